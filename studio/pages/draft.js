// draft.js - what is being prepared, kept by the browser until the page is opened again.
import { state } from './state.js';

const KEY = 'impasto.draft';

let kept = null;

/* Browsers may forbid to keep anything: then a new page begins anew. */
export function keepDraft() {
    const text = JSON.stringify(state.draft);

    if (text === kept) return;
    kept = text;
    try {
        localStorage.setItem(KEY, text);
    } catch {
        /* Nothing is lost but the comfort. */
    }
}

function read() {
    try {
        return JSON.parse(localStorage.getItem(KEY));
    } catch {
        return null;
    }
}

/* The draft that was kept, without the pictures that are gone since; null if there is none. */
export function lastDraft(presets, pictures) {
    const draft = read();
    const find = (picture) => pictures.find((p) => p.id === picture?.id);

    if (!draft?.sliders || !presets.some((p) => p.name === draft.preset)) return null;
    draft.photo = find(draft.photo) ?? null;
    draft.styles = draft.styles.map((s) => ({ ...s, picture: find(s.picture) }))
        .filter((s) => s.picture);
    return draft;
}
