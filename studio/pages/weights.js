// weights.js - what is drawn to the photograph and what to the painting, while it is painted.
import { api } from './api.js';
import { byId, make, setText, showShare } from './dom.js';
import { SLIDERS } from './recipe.js';
import { isOver, jobOf, pictureOf, rememberJob, state } from './state.js';
import { title } from './words.js';

const SEND_MS = 400;   /* a hand that rests so long has decided */
const STRENGTH = SLIDERS.find((s) => s.name === 'strength');
const REACH = 1.5;     /* powers of ten to each side */

const recipes = new Map();   /* promises, by preset */
let recipe = null, seen = 0;
let rows = null;             /* inputs: {strength, styles} */
let wishes = {}, timer;

/* --- What is asked ----------------------------------------------------------------------- */

async function send(n) {
    const asked = wishes;

    wishes = {};
    try {
        rememberJob(await api.change(n, asked));
        setText(byId('weights-said'), 'Painted so from the next step on.');
    } catch (e) {
        setText(byId('weights-said'), e.message);
    }
}

function wish(what) {
    Object.assign(wishes, what);
    clearTimeout(timer);
    timer = setTimeout(send, SEND_MS, state.shown);
}

/* --- Sliders ----------------------------------------------------------------------------- */

const strengthOf = (job) =>
    Math.min(REACH, Math.max(-REACH, STRENGTH.fromParam(job.params['style-weight'], recipe)));

function showInput(input, value, text) {
    if (value !== undefined) input.value = value;
    input.setAttribute('aria-valuetext', text);
    showShare(input);
}

function makeStrength() {
    const input = make('input', { type: 'range', min: -REACH, max: REACH, step: 0.05,
        id: 'weight-strength', 'aria-label': 'Closer to the photograph or to the painting',
        oninput: () => {
            const x = Number(input.value);
            showInput(input, undefined, STRENGTH.say(x));
            wish({ params: { 'style-weight': STRENGTH.toParam(x, recipe) } });
        } });

    byId('weights-rows').append(input, make('div',
        { class: 'ends quiet', 'aria-hidden': 'true' },
        make('span', {}, 'closer to the photograph'),
        make('span', {}, 'closer to the painting')));
    return input;
}

function makeStyle(style, inputs) {
    const name = title(pictureOf(style.picture), 'Painting');
    const input = make('input', { type: 'range', min: 0.1, max: 2, step: 0.1,
        'aria-label': `How much of ${name}`, oninput: () => {
            showInput(input, undefined, input.value);
            wish({ styles: inputs.map((each) => ({ weight: Number(each.value) })) });
        } });

    byId('weights-rows').append(make('label', { class: 'dial' },
        make('img', { src: api.thumbnail(style.picture, 64), alt: '' }),
        make('span', { class: 'quiet name' }, name), input));
    return input;
}

function makeRows(job) {
    const styles = [];

    byId('weights-rows').replaceChildren();
    rows = { strength: makeStrength(), styles };
    if (job.styles.length > 1)
        for (const style of job.styles) styles.push(makeStyle(style, styles));
}

/* A slider that is being moved goes before what the server says. */
function fill(job) {
    if (Object.keys(wishes).length) return;
    const x = strengthOf(job);
    showInput(rows.strength, x, STRENGTH.say(x));
    rows.styles.forEach((input, i) =>
        showInput(input, job.styles[i].weight, String(job.styles[i].weight)));
}

async function learn(job) {
    const preset = job.params.preset ?? 'default';

    seen = job.id;
    if (!recipes.has(preset)) recipes.set(preset, api.params(preset));
    try {
        const found = await recipes.get(preset);
        if (seen !== job.id) return;
        recipe = found;
        makeRows(job);
        showWeights(jobOf(job.id));
    } catch {
        recipes.delete(preset);   /* asked again when this painting is opened again */
    }
}

export function showWeights(job) {
    if (seen !== job.id) learn(job);
    byId('weights').hidden = isOver(job) || !rows || !(job.params['style-weight'] > 0);
    if (!byId('weights').hidden) fill(job);
}

export function forgetWeights() {
    clearTimeout(timer);
    wishes = {};
    rows = null;
    seen = 0;
    setText(byId('weights-said'), '');
}

export function startWeights() {
    byId('weights').addEventListener('submit', (e) => e.preventDefault());
}
