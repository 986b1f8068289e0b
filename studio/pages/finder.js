// finder.js - parts by what there is in the photograph: objects, the main subject, a box.
import { api } from './api.js';
import { setText } from './dom.js';
import { makeChip } from './editorview.js';
import { loadPlane } from './masks.js';
import { state } from './state.js';

const NO_NETWORK = 'A network would find people, animals and things: “impasto model fetch '
    + 'deeplabv3-mobilenet-v3-large” brings one; then open this page again.';

/* The plane of what is asked for, and its name. The mask itself stays nowhere: what is used of
 * it is handed over with the part. */
async function look(photo, what, sheet) {
    const mask = await api.makeMask(photo.id, what);

    try {
        return { plane: await loadPlane(mask.id, sheet), name: mask.name };
    } finally {
        api.removePicture(mask.id).catch(() => {});   /* it is kept if a painting needs it */
    }
}

/* taker() is asked when the search begins: what it returns, take(plane, name), gives what was
 * found to the part that was meant then, and returns whether it was anything.
 * canPoint(whether) hears whether a network knows what is at a point. */
export function makeFinder(view, taker, canPoint) {
    let photo, sheet, busy = false;
    let visit = new AbortController();   /* what is found after its end is for nobody */
    let note = '';   /* what is said while nothing is looked for */

    function say(text) {
        setText(view.found, text || note);
        view.chips.setAttribute('aria-busy', busy);
    }

    /* From the sheet's pixels to the photograph's. */
    const across = (x) => Math.round(x * photo.width / sheet.width);
    const down = (y) => Math.round(y * photo.height / sheet.height);

    async function find(what, name) {
        const { signal } = visit;

        if (busy) return;
        const take = taker();
        busy = true;
        say(`Looking for ${name} …`);
        try {
            const found = await look(photo, what, sheet);
            if (signal.aborted) return;
            busy = false;
            say(take(found.plane, found.name || name) ? '' : 'Nothing was found there.');
        } catch (e) {
            if (signal.aborted) return;
            busy = false;
            say(e.message);
        }
    }

    const chipOf = ({ name, share }) => makeChip(
        `${name} ${Math.max(1, Math.round(100 * share))} %`, `Add ${name} to the part`,
        () => find({ classes: [name] }, name));

    const subject = makeChip('The main subject', 'Add what stands out to the part',
        () => find({ subject: true }, 'the main subject'));

    /* Without a network there are the main subject, the box and the brush. */
    async function list() {
        const { signal } = visit;

        view.chips.replaceChildren(subject);
        note = state.about.objects?.model ? 'Looking at the photograph …' : NO_NETWORK;
        say('');
        if (note === NO_NETWORK) return;
        try {
            const { classes } = await api.objects(photo.id, signal);
            note = classes.length ? '' : 'Nothing else that the network knows.';
            classes.sort((a, b) => b.share - a.share);
            view.chips.replaceChildren(subject, ...classes.map(chipOf));
            canPoint(true);
        } catch (e) {
            if (signal.aborted) return;
            note = e.message;
        }
        if (!busy) say('');
    }

    return {
        begin(picture, size) {
            photo = picture;
            sheet = size;
            busy = false;
            visit.abort();
            visit = new AbortController();
            canPoint(false);
            list();
        },
        stop() { visit.abort(); },
        at({ x, y }) {
            if (x < 0 || y < 0 || x >= sheet.width || y >= sheet.height) return;
            find({ at: { x: Math.min(across(x), photo.width - 1),
                y: Math.min(down(y), photo.height - 1) } }, 'what is there');
        },
        subjectIn({ left, top, right, bottom }) {
            const x = across(left), y = down(top);
            find({ subject: { x, y, width: Math.max(1, across(right) - x),
                height: Math.max(1, down(bottom) - y) } }, 'what is in the box');
        },
    };
}
