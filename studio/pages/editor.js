// editor.js - the editor of parts: where on the photograph each painting goes, what stays.
import { api } from './api.js';
import { sure } from './dialogs.js';
import { setText, showShare } from './dom.js';
import { makeBoxTool } from './boxtool.js';
import { buildEditor, makePart, TOOLS } from './editorview.js';
import { makeFinder } from './finder.js';
import { makeHistory } from './history.js';
import { loadPlane, savePlane } from './masks.js';
import { add, both, box, clear, erase, fill, invert, isEmpty, line, makeSheet, share, shapeOf,
    shareFree, sheetSize, whole } from './planes.js';
import { makeTable } from './table.js';
import { drawSwatch, lookOf, makeTint, outline } from './tint.js';
import { findUnfinished, forgetUnfinished, keepUnfinished } from './unfinished.js';

const FINEST = 0.004, BROADEST = 0.4;   /* of a brush, shares of the picture's long side */
const BRUSH_STEP = 5;                   /* of the slider's hundred, by a key */
const LIGHTEST = 0.25;                  /* of the brush's radius, under a pen's least touch */
const PATTERN_PIXELS = 12;              /* of the screen, where the picture fits */
const COUNT_MS = 150, KEEP_MS = 1000;
const NOTHING = 0.0005;                 /* a share that is none */

let view, table, finder, frame;
let photo, parts, rows, sheet, history, tint;
let current = 0, tool = 'brush';
let stroke = null;      /* {last, touched} while a pointer is down */
let runs = 1;           /* of strokes by the keyboard: one ends when shift is let go */
let counting, keeping, finish;

const percent = (part) => {
    const x = Math.round(100 * part);
    return part > NOTHING && !x ? 'less than 1 %' : `${x} %`;
};

/* --- Showing ----------------------------------------------------------------------------- */

function diameter() {
    return FINEST * (BROADEST / FINEST) ** (view.size.input.value / 100)
        * Math.max(sheet.width, sheet.height);
}

const showFrame = (rect) => table.frame(tool === 'box' ? rect : null);

const paints = () => tool === 'brush' || tool === 'eraser';

function showTool() {
    const of = TOOLS.find((each) => each.name === tool);
    const wide = 100 * diameter() / Math.max(sheet.width, sheet.height);

    for (const b of view.tools) b.setAttribute('aria-pressed', b.dataset.tool === tool);
    setText(view.hint, of.hint);
    view.brush.hidden = !paints();
    view.box.root.hidden = tool !== 'box';
    setText(view.size.output, `${wide < 3 ? wide.toFixed(1) : Math.round(wide)} %`);
    setText(view.soft.output, `${view.soft.input.value} %`);
    for (const { input, output } of [view.size, view.soft]) {
        input.setAttribute('aria-valuetext', output.textContent);
        showShare(input);
    }
    view.table.dataset.tool = tool;
    showFrame(frame.rect());
    table.showRing();
}

const names = (list) => new Intl.ListFormat('en-GB').format(list.map((part) => part.name));

/* What becomes of all that was not painted over. */
function restWords(shares, left) {
    const resting = parts.filter((part, k) => !part.keep && shares[k] <= NOTHING);

    if (resting.length && left <= NOTHING)
        return `Nothing is left for ${names(resting)}: give it a place, or take it out.`;
    if (resting.length) return `${names(resting)} ${resting.length > 1 ? 'share' : 'gets'} ${
        left > 1 - NOTHING ? 'all of it' : `the rest, ${percent(left)}`}.`;
    return left > NOTHING ? `The rest, ${percent(left)}, stays near the photograph.`
        : 'All of the photograph has its part.';
}

function count() {
    const shares = sheet.planes.map(share);

    clearTimeout(counting);
    rows.forEach(({ much }, k) => setText(much, shares[k] > NOTHING ? percent(shares[k])
        : parts[k].keep ? 'nothing' : 'the rest'));
    setText(view.rest, restWords(shares, shareFree(sheet)));
}

function showHistory() {
    view.undo.disabled = !history.canUndo();
    view.redo.disabled = !history.canRedo();
    clearTimeout(counting);
    clearTimeout(keeping);
    counting = setTimeout(count, COUNT_MS);
    if (history.canUndo()) keeping = setTimeout(keep, KEEP_MS);
}

/* By photograph and parts. */
const workName = () => [photo.id, ...parts.map((part) => part.name)].join('\n');

const keep = () => keepUnfinished(workName(), sheet);

const showAll = () => tint(whole(sheet), current);

function choosePart(number) {
    current = number;
    rows[number].input.checked = true;
    showAll();
}

/* --- Deeds ------------------------------------------------------------------------------- */

function settle(touched, said, run) {
    if (!history.commit(touched, run)) return;
    tint(touched, current);
    showHistory();
    setText(view.said, said);
}

function retrace(touched, said) {
    if (!touched) return;
    tint(touched, current);
    showHistory();
    setText(view.said, said);
}

const partName = () => parts[current].name;

const DEEDS = {
    fill: () => settle(fill(sheet, current), `${partName()} has all that was left.`),
    invert: () => settle(invert(sheet, current), `${partName()} has what it had not.`),
    clear: () => settle(clear(sheet, current), `${partName()} has nothing.`),
    undo: () => retrace(history.undo(), 'Undone.'),
    redo: () => retrace(history.redo(), 'Done again.'),
    smaller: () => table.zoomBy(1 / 1.5),
    larger: () => table.zoomBy(1.5),
    fit: () => table.fit(),
    'box-add': () => settle(add(sheet, current, box(frame.rect())),
        `The box belongs to ${partName()}.`),
    'box-subject': () => finder.subjectIn(frame.rect()),
    leave,
    done,
};

function shimmer(plane) {
    const { glow } = table;

    Object.assign(glow, { width: sheet.width, height: sheet.height });
    glow.getContext('2d').putImageData(outline(sheet, plane,
        Math.max(1, Math.round(1.5 / table.scale()))), 0, 0);
    glow.classList.remove('shimmer');
    glow.getBoundingClientRect();   /* begins the animation anew */
    glow.classList.add('shimmer');
}

/* What is looked for now will belong to the part that is chosen now. */
function taker() {
    const part = current;

    return (plane, name) => {
        if (isEmpty(plane)) return false;
        settle(add(sheet, part, shapeOf(sheet, plane)), `${name} belongs to ${
            parts[part].name}.`);
        shimmer(plane);
        return true;
    };
}

/* --- Hands ------------------------------------------------------------------------------- */

const radiusAt = ({ pressure }) =>
    diameter() / 2 * (LIGHTEST + (1 - LIGHTEST) * Math.min(1, pressure || 1));

function paint(from, to) {
    const shape = line(from, to, radiusAt(to), view.soft.input.value / 100);
    return (tool === 'eraser' ? erase : add)(sheet, current, shape);
}

/* Points that lie closer than a broad brush shows cost time alone; the last one counts. */
function sparse(points, from) {
    const near = diameter() / 12;

    return points.filter((point, i) => {
        if (i < points.length - 1
            && Math.hypot(point.x - from.x, point.y - from.y) < near) return false;
        from = point;
        return true;
    });
}

const hands = {
    begin(point) {
        if (tool === 'hand') return false;
        stroke = { first: point, last: point, touched: null };
        hands.go([point]);
        return true;
    },
    go(points) {
        let touched = null;

        for (const point of sparse(points, stroke.last)) {
            if (paints()) touched = both(touched, paint(stroke.last, point));
            stroke.last = point;
        }
        if (tool === 'box') frame.draw(stroke.first, stroke.last);
        if (!touched) return;
        stroke.touched = both(stroke.touched, touched);
        tint(touched, current);
    },
    end() {
        const { touched, last } = stroke;

        stroke = null;
        if (tool === 'object') finder.at(last);
        if (touched) settle(touched, `${partName()} was painted.`);
    },
    cancel() {
        if (stroke?.touched) tint(history.drop(stroke.touched), current);
        stroke = null;
    },
    reach: () => sheet && paints() ? diameter() / 2 : 0,
};

/* --- Keys -------------------------------------------------------------------------------- */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function walk([x, y], shift) {
    const pace = Math.max(2, paints() ? diameter() / 3 : sheet.width / 50);
    const before = table.spot();

    if (tool === 'hand') return table.moveBy(-40 * x, -40 * y);
    if (tool === 'box') {
        frame[shift ? 'growBy' : 'moveBy'](x * pace, y * pace);
        return setText(view.said, frame.words());
    }
    const after = table.step(x * pace, y * pace);
    if (shift && paints()) {
        const touched = paint(before, { ...after, pressure: 1 });
        settle(touched, `${partName()} was painted.`, `${runs} ${tool} ${current}`);
    }
}

function press() {
    hands.begin(table.spot());
    if (stroke) hands.end();
}

function brush(by) {
    view.size.input.value = Number(view.size.input.value) + by * BRUSH_STEP;
    showTool();
}

const KEYS = {
    '[': () => brush(-1), ']': () => brush(1), '+': DEEDS.larger, '=': DEEDS.larger,
    '-': DEEDS.smaller, 0: DEEDS.fit, ' ': press, Enter: press,
};

/* Single characters belong to the picture; what undoes, to all of the editor. */
function key(e) {
    const control = e.ctrlKey || e.metaKey, name = e.key.toLowerCase();

    if (control && (name === 'z' || name === 'y') && e.target.type !== 'number') {
        e.preventDefault();
        if (!stroke) DEEDS[name === 'y' || e.shiftKey ? 'redo' : 'undo']();
    } else if (e.target === view.table && !control && !e.altKey) {
        const act = ARROWS[e.key] ? () => walk(ARROWS[e.key], e.shiftKey) : KEYS[e.key];
        if (!act) return;
        e.preventDefault();
        act();
    }
}

/* --- Beginning and end ------------------------------------------------------------------- */

function end(masks) {
    clearTimeout(keeping);
    forgetUnfinished();
    finder.stop();
    view.dialog.close();
    finish(masks);
}

async function leave() {
    if (history.canUndo() && !await sure('Throw away what you painted?',
        'All parts are then as they were before.', 'Throw it away')) return;
    end(null);
}

/* The id of a part's mask: the one it had, a new one, or none where nothing was painted. */
async function maskOf(part, number) {
    const plane = sheet.planes[number];

    if (isEmpty(plane)) return null;
    if (part.loaded?.every((value, i) => value === plane[i])) return part.mask;
    return (await savePlane(`${part.name}, mask`, sheet, plane)).id;
}

async function done() {
    setText(view.error, '');
    view.done.disabled = true;
    try {
        const masks = [];
        for (const [number, part] of parts.entries()) masks.push(await maskOf(part, number));
        end(masks);
    } catch (e) {
        setText(view.error, e.message);
    }
    view.done.disabled = false;
}

function showParts() {
    rows = parts.map(makePart);
    view.parts.replaceChildren(...rows.map((row) => row.root));
    rows.forEach(({ input, swatch }, k) => {
        drawSwatch(swatch, lookOf(k, parts[k].keep));
        input.addEventListener('change', () => choosePart(k));
    });
}

/* The masks that the parts have already. One that is gone is none. */
async function loadMasks() {
    await Promise.all(parts.map(async (part, k) => {
        if (!part.mask) return;
        try {
            part.loaded = await loadPlane(part.mask, sheet);
            sheet.planes[k].set(part.loaded);
        } catch {
            setText(view.error, `The mask of ${part.name} is not there any more.`);
        }
    }));
    history.begin();
}

/* What was painted before the page was left: one deed, so that it can be undone. */
async function loadUnfinished() {
    const planes = await findUnfinished(workName(), sheet);

    if (planes?.length !== parts.length) return;
    planes.forEach((plane, k) => sheet.planes[k].set(plane));
    settle(whole(sheet), 'What was painted before is here again.');
}

/* Opens the editor for parts [{name, mask, keep}]; resolves to the masks' ids, null where a
 * part has none, or to null if nothing shall change. */
export async function openEditor(picture, wanted, first) {
    view ??= startEditor();
    photo = picture;
    parts = wanted.map((part) => ({ ...part }));
    sheet = makeSheet(sheetSize(photo), parts.length);
    history = makeHistory(sheet);
    setText(view.error, '');
    setText(view.said, '');
    showParts();
    view.dialog.showModal();
    table.begin({ src: api.pictureFile(photo.id), backup: api.thumbnail(photo.id, 1024),
        width: sheet.width, height: sheet.height });
    table.glow.width = 0;
    tint = makeTint(table.tint, sheet, parts.map((part, k) => lookOf(k, part.keep)),
        Math.max(6, Math.round(PATTERN_PIXELS / table.scale())));
    frame.begin(sheet);
    tool = 'brush';
    showTool();
    finder.begin(photo, sheet);
    await loadMasks();
    await loadUnfinished();
    choosePart(first);
    rows[first].input.focus();
    showHistory();
    count();
    return new Promise((resolve) => { finish = resolve; });
}

function startEditor() {
    view = buildEditor();
    table = makeTable(view.table, hands);
    frame = makeBoxTool(view.box.inputs, showFrame);
    finder = makeFinder(view, taker, (can) => {
        view.tools.find((b) => b.dataset.tool === 'object').hidden = !can;
    });
    for (const b of view.dialog.querySelectorAll('[data-do]'))
        b.addEventListener('click', () => DEEDS[b.dataset.do]());
    for (const b of view.tools)
        b.addEventListener('click', () => { tool = b.dataset.tool; showTool(); });
    for (const { input } of [view.size, view.soft]) input.addEventListener('input', showTool);
    view.dialog.addEventListener('keydown', key);
    view.dialog.addEventListener('keyup', (e) => { if (e.key === 'Shift') runs++; });
    view.dialog.addEventListener('cancel', (e) => { e.preventDefault(); leave(); });
    return view;
}
