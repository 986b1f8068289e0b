// editordeeds.js - what is done to the parts: settled, undone, kept through a reload.
import { setText } from './dom.js';
import { ed, partName } from './editing.js';
import { count } from './editorshow.js';
import { add, box, clear, fill, invert, isEmpty, shapeOf } from './planes.js';
import { outline } from './tint.js';
import { forgetUnfinished, keepUnfinished } from './unfinished.js';

const COUNT_MS = 150, KEEP_MS = 1000;

let counting, keeping;

/* --- What was done ----------------------------------------------------------------------- */

/* By photograph and parts. */
export const workName = () => [ed.photo.id, ...ed.parts.map((part) => part.name)].join('\n');

const keep = () => keepUnfinished(workName(), ed.sheet);

export function stopKeeping() {
    clearTimeout(keeping);
    forgetUnfinished();
}

export function showHistory() {
    ed.view.undo.disabled = !ed.history.canUndo();
    ed.view.redo.disabled = !ed.history.canRedo();
    clearTimeout(counting);
    clearTimeout(keeping);
    counting = setTimeout(count, COUNT_MS);
    if (ed.history.canUndo()) keeping = setTimeout(keep, KEEP_MS);
}

export function settle(touched, said, run) {
    if (!ed.history.commit(touched, run)) return;
    ed.tint(touched, ed.current);
    showHistory();
    setText(ed.view.said, said);
}

function retrace(touched, said) {
    if (!touched) return;
    ed.tint(touched, ed.current);
    showHistory();
    setText(ed.view.said, said);
}

/* --- What can be done -------------------------------------------------------------------- */

/* By the names of the buttons. */
export const DEEDS = {
    fill: () => settle(fill(ed.sheet, ed.current), `${partName()} has all that was left.`),
    invert: () => settle(invert(ed.sheet, ed.current), `${partName()} has what it had not.`),
    clear: () => settle(clear(ed.sheet, ed.current), `${partName()} has nothing.`),
    undo: () => retrace(ed.history.undo(), 'Undone.'),
    redo: () => retrace(ed.history.redo(), 'Done again.'),
    smaller: () => ed.table.zoomBy(1 / 1.5),
    larger: () => ed.table.zoomBy(1.5),
    fit: () => ed.table.fit(),
    'box-add': () => settle(add(ed.sheet, ed.current, box(ed.frame.rect())),
        `The box belongs to ${partName()}.`),
    'box-subject': () => ed.finder.subjectIn(ed.frame.rect()),
};

function shimmer(plane) {
    const { glow } = ed.table;

    Object.assign(glow, { width: ed.sheet.width, height: ed.sheet.height });
    glow.getContext('2d').putImageData(outline(ed.sheet, plane,
        Math.max(1, Math.round(1.5 / ed.table.scale()))), 0, 0);
    glow.classList.remove('shimmer');
    glow.getBoundingClientRect();   /* begins the animation anew */
    glow.classList.add('shimmer');
}

/* What is looked for now will belong to the part that is chosen now. */
export function taker() {
    const part = ed.current;

    return (plane, name) => {
        if (isEmpty(plane)) return false;
        settle(add(ed.sheet, part, shapeOf(ed.sheet, plane)), `${name} belongs to ${
            ed.parts[part].name}.`);
        shimmer(plane);
        return true;
    };
}
