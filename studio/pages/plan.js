// plan.js - what a painting will take in time and memory, said before it is begun.
import { api } from './api.js';
import { byId, setText } from './dom.js';
import { SIZES, requestOf } from './recipe.js';
import { change, state, watch } from './state.js';
import { bytes, duration, pixels } from './words.js';

const SETTLE_MS = 500;    /* a hand that rests so long has decided */
const PATIENCE_MS = 1500;  /* what takes longer is announced */
const LONG_SECONDS = 20 * 60;

export const fits = (plan) => plan.memory <= plan.available;

export function planWords(plan) {
    return `${pixels(plan.width, plan.height)} pixels, about ${duration(plan.seconds)}, ${
        bytes(plan.memory)} of memory`;
}

/* --- What to change ---------------------------------------------------------------------- */

/* Both grow with the pixels, about: the largest side for which `share` of them is left. */
function sideFor(plan, share) {
    const side = Math.max(plan.width, plan.height) * Math.sqrt(share);
    return SIZES.findLast((each) => each <= side);
}

/* What is wrong with a plan, and the side that mends it; null if it is well. */
export function objection(plan) {
    if (!fits(plan)) {
        return { words: `This will not fit: it needs ${bytes(plan.memory)} of memory, and ${
            bytes(plan.available)} are free.`, side: sideFor(plan,
            0.9 * plan.available / plan.memory) };
    }
    if (plan.seconds > LONG_SECONDS) {
        return { words: `This is long: about ${duration(plan.seconds)}. Less Time or a `
            + 'smaller Size makes it shorter.',
        side: sideFor(plan, LONG_SECONDS / 2 / plan.seconds) };
    }
    return null;
}

/* --- Asking ------------------------------------------------------------------------------ */

let asked = '', timer, slow, stop = new AbortController();

function tell(words, wrong = null) {
    const button = byId('plan-smaller');

    clearTimeout(slow);
    byId('plan').classList.toggle('warning', !!wrong);
    setText(byId('plan-words'), wrong?.words ?? words);
    button.hidden = !wrong?.side;
    button.dataset.side = wrong?.side ?? '';
    setText(button, `Take ${wrong?.side} pixels`);
}

/* What is wrong with the settings is said when they are to be painted, where they are. */
async function ask(request) {
    stop = new AbortController();
    slow = setTimeout(tell, PATIENCE_MS, 'Reckoning how long it takes …');
    try {
        const plan = await api.plan(request, stop.signal);
        tell(`About ${duration(plan.seconds)} for ${pixels(plan.width, plan.height)} pixels, ${
            bytes(plan.memory)} of memory.`, objection(plan));
    } catch (e) {
        if (e.name !== 'AbortError') tell('');
    }
}

function look() {
    const { draft, recipe, shown } = state;
    const ready = draft.photo && draft.styles.length && recipe && !shown;
    const request = ready ? requestOf(draft, recipe) : null;
    const text = JSON.stringify(request);

    if (text === asked) return;
    asked = text;
    stop.abort();
    clearTimeout(timer);
    clearTimeout(slow);
    if (request) timer = setTimeout(ask, SETTLE_MS, request);
    else tell('');
}

export function startPlan() {
    byId('plan-smaller').addEventListener('click', (e) => change(({ draft }) => {
        draft.sliders.size = Number(e.currentTarget.dataset.side);
        delete draft.more.size;
    }));
    watch(look);
}
