// variations.js - the dialog in which variants are chosen, to be seen side by side.
import { api } from './api.js';
import { makeAsking } from './dialogs.js';
import { make, setText } from './dom.js';
import { isKind, paintNamed } from './catalogue.js';
import { jobTitle, requestOfJob } from './jobs.js';
import { compareHash } from './compare.js';
import { requestOf } from './recipe.js';
import { state } from './state.js';
import { title } from './words.js';

export const MOST = 4;
const LEAST = 2;
const SMALL = 384;        /* pixels, large enough to choose by */
const STEM = 70;           /* letters of a name that all of them have */
const PAINTINGS = 12;      /* so many earlier ones are offered */
const KEPT = ['size', 'keep-colours', 'seed'];   /* what holds in any recipe */

let asking, view;
let base;   /* {request, name, recipe, long} */

/* --- What may differ --------------------------------------------------------------------- */

/* The request with one parameter so many times as large. */
const times = (name, factor) => (request) => ({ ...request, params: { ...request.params,
    [name]: Number(((request.params[name] ?? base.recipe[name]) * factor).toPrecision(4)) } });

const factors = (name, all) => all.map(([label, factor, chosen]) =>
    ({ label, chosen, apply: times(name, factor) }));

function presets() {
    const kept = ({ params }) => Object.fromEntries(
        KEPT.filter((name) => name in params).map((name) => [name, params[name]]));

    return state.presets.map(({ name }, i) => ({ label: name, chosen: i < 3,
        apply: (request) => ({ ...request, params: { ...kept(request), preset: name } }) }));
}

function paintings() {
    const mine = state.pictures.filter((p) => isKind(p, 'painting')).slice(0, PAINTINGS);

    return mine.map((picture, i) => ({
        label: title(picture, 'Without a name'), chosen: i < 3,
        image: api.thumbnail(picture.id, 256),
        apply: (request) => ({ ...request,
            styles: [{ picture: picture.id, weight: 1, scale: 1 }] }),
    }));
}

const WAYS = {
    strength: { label: 'How strong the style is', offer: () => factors('style-weight',
        [['Much fainter', 0.1], ['Fainter', 0.3, true], ['As it is', 1, true],
            ['Stronger', 3, true], ['Much stronger', 10]]) },
    strokes: { label: 'How broad the strokes are', offer: () => factors('style-scale',
        [['Finest strokes', 0.5], ['Finer strokes', 0.7, true], ['As it is', 1, true],
            ['Broader strokes', 1.4, true], ['Broadest strokes', 2]]) },
    recipe: { label: 'The recipe', offer: presets },
    painting: { label: 'The painting', offer: paintings },
};

/* --- The dialog -------------------------------------------------------------------------- */

let variants = [];

const chosen = () => variants.filter((v) => v.input.checked);

function makeVariant(variant, i) {
    const id = `variant-${i}`;

    variant.input = make('input', { type: 'checkbox', id, checked: !!variant.chosen });
    const image = variant.image ? [make('img', { src: variant.image, alt: '' })] : [];
    return make('li', {}, make('label', { class: 'check', for: id }, variant.input, ...image,
        make('span', {}, variant.label)));
}

function count() {
    const n = chosen().length;

    for (const v of variants) v.input.disabled = n >= MOST && !v.input.checked;
    asking.yes.disabled = n < LEAST;
    setText(view.words, n < LEAST ? `Choose ${LEAST} to ${MOST} of them.`
        : `${n} paintings will be made, one after the other.`);
}

function offer() {
    variants = WAYS[view.way.value].offer();
    view.list.replaceChildren(...variants.map(makeVariant));
    count();
}

/* What is small is quick; the one that pleases is painted large. */
function sized(request) {
    const small = view.small.checked && base.long > SMALL;
    const params = { ...request.params, size: `long:${SMALL}` };
    return small ? { ...request, params } : request;
}

async function paint() {
    const numbers = [], group = `variations ${new Date().toISOString()}`;

    try {
        for (const variant of chosen()) {
            const job = await paintNamed({ ...variant.apply(sized(base.request)), group },
                `${base.name.slice(0, STEM)}: ${variant.label.toLowerCase()}`);
            numbers.push(job.id);
        }
        asking.dialog.close();
    } finally {
        if (numbers.length) location.hash = compareHash(numbers);
    }
}

/* --- What they are of -------------------------------------------------------------------- */

const numbersIn = (size) => String(size).match(/\d+/g)?.map(Number) ?? [Infinity];

export function ofDraft() {
    const { draft, recipe } = state;
    const request = requestOf(draft, recipe);
    const styles = draft.styles.map((s) => title(s.picture, 'painting'));

    return { request, recipe, long: Math.max(...numbersIn(request.params.size ?? recipe.size)),
        name: `${title(draft.photo, 'Photograph')} after ${styles.join(' and ')}` };
}

/* A job has all its parameters. */
export const ofJob = (job) => ({ request: requestOfJob(job), recipe: job.params,
    long: Math.max(job.progress.width, job.progress.height), name: jobTitle(job) });

export function openVariations(of) {
    base = of;
    view.smallRow.hidden = base.long <= SMALL;
    offer();
    asking.dialog.showModal();
}

function build() {
    const id = 'variations-way';
    const small = make('input', { type: 'checkbox', checked: true });

    return {
        small,
        smallRow: make('label', { class: 'check' }, small, make('span', {},
            'Small ones, to choose by; the one that pleases is painted large after that')),
        way: make('select', { id, onchange: offer }, ...Object.entries(WAYS).map(
            ([value, { label }]) => make('option', { value }, label))),
        wayLabel: make('label', { for: id }, 'What differs'),
        list: make('ul', { class: 'variants', onchange: count }),
        words: make('p', { class: 'quiet', role: 'status' }),
    };
}

export function startVariations() {
    view = build();
    asking = makeAsking({ id: 'variations', title: 'Variations', yes: 'Paint them',
        words: 'The same painting in several ways, side by side.' },
    [make('div', { class: 'field' }, view.wayLabel, view.way),
        make('div', { role: 'group', 'aria-label': 'Variants' }, view.list), view.words,
        view.smallRow], paint);
}
