// history.js - what was done to a sheet, taken back and done again. Touches no element.
import { both, whole, within } from './planes.js';

const MOST_BYTES = 96e6;

/* Calls row(from, to, at): bytes [from, to) of a plane are [at, at + to - from) of a cut. */
function rows(sheet, { left, top, right, bottom }, row) {
    const width = right - left;

    for (let y = top; y < bottom; y++) {
        const from = y * sheet.width + left;
        row(from, from + width, (y - top) * width);
    }
}

function cut(sheet, plane, rect) {
    const bytes = new Uint8Array((rect.right - rect.left) * (rect.bottom - rect.top));

    rows(sheet, rect, (from, to, at) => bytes.set(plane.subarray(from, to), at));
    return bytes;
}

function differs(sheet, a, b, rect) {
    let found = false;

    rows(sheet, rect, (from, to) => {
        for (let i = from; i < to && !found; i++) found = a[i] !== b[i];
    });
    return found;
}

/* A deed is {rect, cuts, run}: of each plane that it changed, the bytes that are not there
 * now. Deeds of one run, which may be undefined, are undone together. */
export function makeHistory(sheet) {
    const { planes } = sheet;
    let settled = planes.map((plane) => plane.slice());   /* as the last deed left them */
    let done = [], undone = [];

    const settle = (rect) => settled.forEach((plane, k) => rows(sheet, rect, (from, to) =>
        plane.set(planes[k].subarray(from, to), from)));

    /* The bytes of a deed change places with those of the planes. */
    function swap({ rect, cuts }) {
        cuts.forEach((bytes, k) => {
            if (!bytes) return;
            const now = cut(sheet, planes[k], rect);
            rows(sheet, rect, (from, to, at) =>
                planes[k].set(bytes.subarray(at, at + to - from), from));
            cuts[k] = now;
        });
        settle(rect);
        return rect;
    }

    const bytesOf = (deed) => deed.cuts.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);

    function forgetOldest() {
        let sum = done.reduce((all, deed) => all + bytesOf(deed), 0);
        while (done.length > 1 && sum > MOST_BYTES) sum -= bytesOf(done.shift());
    }

    /* The last deed is taken back from what is settled; where it was. */
    function reopen() {
        const { rect, cuts } = done.pop();

        cuts.forEach((bytes, k) => bytes && rows(sheet, rect, (from, to, at) =>
            settled[k].set(bytes.subarray(at, at + to - from), from)));
        return rect;
    }

    function step(from, to) {
        const deed = from.pop();
        if (!deed) return null;
        to.push(deed);
        return swap(deed);
    }

    return {
        /* What was changed in `touched` is a deed; false if nothing was. */
        commit(touched, run) {
            const joins = run && done.at(-1)?.run === run;
            const rect = within(sheet, joins ? both(touched, reopen()) : touched);
            const cuts = planes.map((plane, k) => differs(sheet, plane, settled[k], rect)
                ? cut(sheet, settled[k], rect) : null);

            if (cuts.every((bytes) => !bytes)) return false;
            done.push({ rect, cuts, run });
            undone = [];
            settle(rect);
            forgetOldest();
            return true;
        },
        /* What was begun and is no deed yet is forgotten. */
        drop(touched) {
            const rect = within(sheet, touched);
            planes.forEach((plane, k) => rows(sheet, rect, (from, to) =>
                plane.set(settled[k].subarray(from, to), from)));
            return rect;
        },
        /* Each returns where it changed something, or null. */
        undo: () => step(done, undone),
        redo: () => step(undone, done),
        canUndo: () => done.length > 0,
        canRedo: () => undone.length > 0,
        /* The planes as they are now are where all begins. */
        begin() {
            done = [];
            undone = [];
            settle(whole(sheet));
        },
    };
}
