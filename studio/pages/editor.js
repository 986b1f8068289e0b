// editor.js - the editor of parts, in which is painted where on the photograph each painting
// goes and what stays: how it begins and what comes of it.
import { api } from './api.js';
import { makeBoxTool } from './boxtool.js';
import { sure } from './dialogs.js';
import { setText } from './dom.js';
import { ed } from './editing.js';
import { DEEDS, settle, showHistory, stopKeeping, taker, workName } from './editordeeds.js';
import { hands, key, keyUp } from './editorhands.js';
import { choosePart, count, showFrame, showTool } from './editorshow.js';
import { buildEditor, makePart } from './editorview.js';
import { makeFinder } from './finder.js';
import { makeHistory } from './history.js';
import { loadPlane, savePlane } from './masks.js';
import { isEmpty, makeSheet, sheetSize, whole } from './planes.js';
import { makeTable } from './table.js';
import { drawSwatch, lookOf, makeTint } from './tint.js';
import { findUnfinished } from './unfinished.js';

const PATTERN_PIXELS = 12;   /* of the screen, where the picture fits */

let finish;

/* --- The end ----------------------------------------------------------------------------- */

function end(masks) {
    stopKeeping();
    ed.finder.stop();
    ed.view.dialog.close();
    finish(masks);
}

async function leave() {
    if (ed.history.canUndo() && !await sure('Throw away what you painted?',
        'All parts are then as they were before.', 'Throw it away')) return;
    end(null);
}

/* The id of a part's mask: the one it had, a new one, or none where nothing was painted. */
async function maskOf(part, number) {
    const plane = ed.sheet.planes[number];

    if (isEmpty(plane)) return null;
    if (part.loaded?.every((value, i) => value === plane[i])) return part.mask;
    return (await savePlane(`${part.name}, mask`, ed.sheet, plane)).id;
}

async function done() {
    setText(ed.view.error, '');
    ed.view.done.disabled = true;
    try {
        const masks = [];
        for (const [number, part] of ed.parts.entries())
            masks.push(await maskOf(part, number));
        end(masks);
    } catch (e) {
        setText(ed.view.error, e.message);
    }
    ed.view.done.disabled = false;
}

const ENDS = { leave, done };

/* --- The beginning ----------------------------------------------------------------------- */

function showParts() {
    ed.rows = ed.parts.map(makePart);
    ed.view.parts.replaceChildren(...ed.rows.map((row) => row.root));
    ed.rows.forEach(({ input, swatch }, k) => {
        drawSwatch(swatch, lookOf(k, ed.parts[k].keep));
        input.addEventListener('change', () => choosePart(k));
    });
}

/* The masks that the parts have already. One that is gone is none. */
async function loadMasks() {
    await Promise.all(ed.parts.map(async (part, k) => {
        if (!part.mask) return;
        try {
            part.loaded = await loadPlane(part.mask, ed.sheet);
            ed.sheet.planes[k].set(part.loaded);
        } catch {
            setText(ed.view.error, `The mask of ${part.name} is not there any more.`);
        }
    }));
    ed.history.begin();
}

/* What was painted before the page was left: one deed, so that it can be undone. */
async function loadUnfinished() {
    const planes = await findUnfinished(workName(), ed.sheet);

    if (planes?.length !== ed.parts.length) return;
    planes.forEach((plane, k) => ed.sheet.planes[k].set(plane));
    settle(whole(ed.sheet), 'What was painted before is here again.');
}

/* Opens the editor for parts [{name, mask, keep}]; resolves to the masks' ids, null where a
 * part has none, or to null if nothing shall change. */
export async function openEditor(picture, wanted, first) {
    if (!ed.view) startEditor();
    ed.photo = picture;
    ed.parts = wanted.map((part) => ({ ...part }));
    ed.sheet = makeSheet(sheetSize(ed.photo), ed.parts.length);
    ed.history = makeHistory(ed.sheet);
    setText(ed.view.error, '');
    setText(ed.view.said, '');
    showParts();
    ed.view.dialog.showModal();
    ed.table.begin({ src: api.pictureFile(picture.id), backup: api.thumbnail(picture.id, 1024),
        width: ed.sheet.width, height: ed.sheet.height });
    ed.table.glow.width = 0;
    ed.tint = makeTint(ed.table.tint, ed.sheet,
        ed.parts.map((part, k) => lookOf(k, part.keep)),
        Math.max(6, Math.round(PATTERN_PIXELS / ed.table.scale())));
    ed.frame.begin(ed.sheet);
    ed.tool = 'brush';
    showTool();
    ed.finder.begin(ed.photo, ed.sheet);
    await loadMasks();
    await loadUnfinished();
    choosePart(first);
    ed.rows[first].input.focus();
    showHistory();
    count();
    return new Promise((resolve) => { finish = resolve; });
}

function startEditor() {
    ed.view = buildEditor();
    ed.table = makeTable(ed.view.table, hands);
    ed.frame = makeBoxTool(ed.view.box.inputs, showFrame);
    ed.finder = makeFinder(ed.view, taker, (can) => {
        ed.view.tools.find((b) => b.dataset.tool === 'object').hidden = !can;
    });
    for (const b of ed.view.dialog.querySelectorAll('[data-do]'))
        b.addEventListener('click', DEEDS[b.dataset.do] ?? ENDS[b.dataset.do]);
    for (const b of ed.view.tools)
        b.addEventListener('click', () => { ed.tool = b.dataset.tool; showTool(); });
    for (const { input } of [ed.view.size, ed.view.soft])
        input.addEventListener('input', showTool);
    ed.view.dialog.addEventListener('keydown', key);
    ed.view.dialog.addEventListener('keyup', keyUp);
    ed.view.dialog.addEventListener('cancel', (e) => { e.preventDefault(); leave(); });
}
