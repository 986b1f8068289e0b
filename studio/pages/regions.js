// regions.js - which part of the photograph each painting gets, and what stays as it is.
import { api } from './api.js';
import { byId, icon, make } from './dom.js';
import { openEditor } from './editor.js';
import { change, state, watch } from './state.js';
import { drawSwatch, lookOf } from './tint.js';
import { title } from './words.js';

const KEEP = 'Stays as it is';

let list, open, shown = '';

/* What the editor calls parts: the paintings, and what stays. */
function partsOf({ styles, keep }) {
    return [...styles.map(({ picture, mask }) => ({ name: title(picture, 'Painting'), mask })),
        { name: KEEP, mask: keep, keep: true }];
}

function put(draft, masks) {
    draft.styles.forEach((style, i) => { style.mask = masks[i] ?? undefined; });
    draft.keep = masks[draft.styles.length] ?? undefined;
    draft.masked = draft.photo.id;
}

/* A single painting has all that does not stay: that is what one begins with. */
async function edit() {
    const { photo, styles } = state.draft;
    const masks = await openEditor(photo, partsOf(state.draft), styles.length > 1 ? 0
        : styles.length);

    if (masks) change(({ draft }) => { if (draft.photo === photo) put(draft, masks); });
}

/* Masks belong to the photograph that they were painted on. */
function dropForeign() {
    const { draft } = state;

    if (!draft.masked || draft.photo?.id === draft.masked) return;
    for (const style of draft.styles) style.mask = undefined;
    draft.keep = draft.masked = undefined;
}

function makeRow({ name, mask, keep }, number) {
    const swatch = make('canvas', { class: 'swatch', 'aria-hidden': 'true' });

    drawSwatch(swatch, lookOf(number, keep));
    return make('li', {}, swatch, make('span', { class: 'name' }, name),
        make('img', { src: api.thumbnail(mask, 256), alt: `Where: ${name}` }),
        make('button', { type: 'button', class: 'plain', 'aria-label': `Remove where: ${name}`,
            onclick: () => change(({ draft }) => {
                const masks = partsOf(draft).map((part) => part.mask);
                masks[number] = undefined;
                put(draft, masks);
                open.focus();
            }) }, icon('cross')));
}

function show() {
    dropForeign();
    const parts = partsOf(state.draft);
    const text = JSON.stringify(parts);

    open.hidden = !state.draft.photo;
    if (text === shown) return;
    shown = text;
    list.replaceChildren(...parts.map((part, k) => part.mask ? makeRow(part, k) : null)
        .filter(Boolean));
    list.hidden = !list.children.length;
}

/* Masks that the server has not any more are none. */
async function forgetGone() {
    const { draft } = state;
    const gone = (mask) => mask && api.picture(mask).then(() => null,
        (e) => e.status === 404 ? mask : null);
    const all = await Promise.all(partsOf(draft).map((part) => gone(part.mask)));

    if (all.some(Boolean) && draft === state.draft) change(() => put(draft,
        partsOf(draft).map(({ mask }) => all.includes(mask) ? undefined : mask)));
}

/* In the place for the photograph. */
export function startRegions() {
    const place = byId('place-photo').closest('.place');

    open = make('button', { type: 'button', id: 'regions-open', onclick: edit },
        icon('regions'), 'Say what goes where');
    list = make('ul', { class: 'regions', 'aria-label': 'What goes where' });
    place.querySelector('.error').before(list);
    place.querySelector('.buttons').append(open);
    watch(show);
    forgetGone();
}
