// larger.js - the dialog in which a finished painting is asked for again, larger.
import { api } from './api.js';
import { paintNamed } from './catalogue.js';
import { makeAsking } from './dialogs.js';
import { make, setText } from './dom.js';
import { largerTitle, requestOfJob } from './jobs.js';
import { fits, objection, planWords } from './plan.js';
import { pictureOf } from './state.js';
import { pixels } from './words.js';

const TIMES = [1.5, 2, 3, 4];
const SETTLE_MS = 400;

const OWN_WORDS = 'Its longer side, in pixels';

let asking, list, own;
let job, stop = new AbortController(), timer;

const longOf = ({ progress: p }) => Math.max(p.width, p.height);
const even = (x) => Math.round(x);

/* The sizes to choose from: {side, label}. */
function choices() {
    const long = longOf(job), photo = pictureOf(job.photo);
    const all = TIMES.map((n) => ({ side: even(n * long), label: `${n} × as large` }));
    const own = photo ? Math.max(photo.width, photo.height) : 0;

    if (own > long) all.push({ side: own, label: 'As large as the photograph' });
    return all.sort((a, b) => a.side - b.side);
}

const request = (side) => requestOfJob(job, { size: `long:${side}` });

function sidesWords(side) {
    const { width, height } = job.progress, scale = side / longOf(job);
    return `${pixels(even(width * scale), even(height * scale))} pixels`;
}

/* --- Rows -------------------------------------------------------------------------------- */

function makeRow({ side, label }, i) {
    const id = `larger-${i}`;
    const input = make('input', { type: 'radio', name: 'larger', id, value: side,
        'aria-describedby': `${id}-words` });
    const words = make('span', { class: 'quiet', id: `${id}-words` }, sidesWords(side));

    return { side, input, words, item: make('li', {}, input,
        make('label', { for: id }, make('strong', {}, label)), words) };
}

function allWords(plan) {
    const wrong = objection(plan);
    return wrong ? `${planWords(plan)}. ${wrong.words}` : planWords(plan);
}

function tell(row, plan) {
    setText(row.words, allWords(plan));
    row.item.classList.toggle('warning', !!objection(plan));
    row.input.disabled = !fits(plan);
    if (row.input.disabled) row.input.checked = false;
}

/* One after the other, the chosen one first: what is reckoned at the same time would be
 * reckoned slower. */
async function reckon(rows, signal) {
    const first = rows.filter((row) => row.input.checked);

    for (const row of new Set([...first, ...rows])) {
        setText(row.words, `${sidesWords(row.side)}, reckoning …`);
        try {
            tell(row, await api.plan(request(row.side), signal));
        } catch (e) {
            if (e.name === 'AbortError') return;
            setText(row.words, sidesWords(row.side));
        }
    }
}

/* --- A size of one's own ----------------------------------------------------------------- */

function makeOwn() {
    const words = make('span', { class: 'quiet', id: 'larger-own-words' });
    const input = make('input', { type: 'radio', name: 'larger', id: 'larger-own',
        value: 'own', 'aria-describedby': words.id });
    const side = make('input', { type: 'number', min: 1, max: 20000, inputmode: 'numeric',
        'aria-label': 'Longer side, in pixels', 'aria-describedby': words.id });

    side.addEventListener('input', () => {
        input.checked = true;
        clearTimeout(timer);
        timer = setTimeout(reckonOwn, SETTLE_MS);
    });
    return { side, words, item: make('li', {}, input, make('label', { for: input.id },
        make('strong', {}, 'Another size')), side, words) };
}

const ownSide = () => Math.round(Number(own.side.value));

async function reckonOwn() {
    const side = ownSide();

    if (!(side > 0)) return setText(own.words, OWN_WORDS);
    setText(own.words, sidesWords(side));
    try {
        const plan = await api.plan(request(side), stop.signal);
        setText(own.words, allWords(plan));
    } catch {
        /* Without a plan the size is all there is to say. */
    }
}

/* --- The dialog -------------------------------------------------------------------------- */

async function paint() {
    const choice = document.querySelector('[name="larger"]:checked')?.value;
    const side = choice === 'own' ? ownSide() : Number(choice);

    if (!(side > 0)) throw new Error('Choose how large it is to be.');
    const made = await paintNamed(request(side), largerTitle(job, side));
    asking.dialog.close();
    location.hash = `#painting-${made.id}`;
}

export function openLarger(of) {
    job = of;
    stop = new AbortController();

    const rows = choices().map(makeRow);
    list.replaceChildren(...rows.map((row) => row.item), own.item);
    rows.find((row) => row.side === 2 * longOf(job)).input.checked = true;
    own.side.value = '';
    setText(own.words, OWN_WORDS);
    asking.dialog.showModal();
    rows.find((row) => row.input.checked).input.focus();
    reckon(rows, stop.signal);
}

export function startLarger() {
    own = makeOwn();
    list = make('ul', { class: 'sizes' });
    asking = makeAsking({ id: 'larger', title: 'Paint it larger', yes: 'Paint it',
        words: 'The same pictures and settings, on a larger canvas.' },
    [make('div', { role: 'group', 'aria-label': 'Sizes' }, list)], paint);
    asking.dialog.addEventListener('close', () => stop.abort());
}
