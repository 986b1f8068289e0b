// editorhands.js - what a pointer and the keyboard do to the parts.
import { setText } from './dom.js';
import { DEEDS, settle } from './editordeeds.js';
import { diameter, ed, paints, partName } from './editing.js';
import { showTool } from './editorshow.js';
import { add, both, erase, line } from './planes.js';

const BRUSH_STEP = 5;    /* of the slider's hundred, by a key */
const LIGHTEST = 0.25;   /* of the brush's radius, under a pen's least touch */

let stroke = null;       /* {first, last, touched} while a pointer is down */
let runs = 1;            /* of strokes by the keyboard: one ends when shift is let go */

/* --- The pointer ------------------------------------------------------------------------- */

const radiusAt = ({ pressure }) =>
    diameter() / 2 * (LIGHTEST + (1 - LIGHTEST) * Math.min(1, pressure || 1));

function paint(from, to) {
    const shape = line(from, to, radiusAt(to), ed.view.soft.input.value / 100);
    return (ed.tool === 'eraser' ? erase : add)(ed.sheet, ed.current, shape);
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

export const hands = {
    begin(point) {
        if (ed.tool === 'hand') return false;
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
        if (ed.tool === 'box') ed.frame.draw(stroke.first, stroke.last);
        if (!touched) return;
        stroke.touched = both(stroke.touched, touched);
        ed.tint(touched, ed.current);
    },
    end() {
        const { touched, last } = stroke;

        stroke = null;
        if (ed.tool === 'object') ed.finder.at(last);
        if (touched) settle(touched, `${partName()} was painted.`);
    },
    cancel() {
        if (stroke?.touched) ed.tint(ed.history.drop(stroke.touched), ed.current);
        stroke = null;
    },
    reach: () => ed.sheet && paints() ? diameter() / 2 : 0,
};

/* --- Keys -------------------------------------------------------------------------------- */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function walk([x, y], shift) {
    const pace = Math.max(2, paints() ? diameter() / 3 : ed.sheet.width / 50);
    const before = ed.table.spot();

    if (ed.tool === 'hand') return ed.table.moveBy(-40 * x, -40 * y);
    if (ed.tool === 'box') {
        ed.frame[shift ? 'growBy' : 'moveBy'](x * pace, y * pace);
        return setText(ed.view.said, ed.frame.words());
    }
    const after = ed.table.step(x * pace, y * pace);
    if (shift && paints()) {
        const touched = paint(before, { ...after, pressure: 1 });
        settle(touched, `${partName()} was painted.`, `${runs} ${ed.tool} ${ed.current}`);
    }
}

function press() {
    hands.begin(ed.table.spot());
    if (stroke) hands.end();
}

function brush(by) {
    ed.view.size.input.value = Number(ed.view.size.input.value) + by * BRUSH_STEP;
    showTool();
}

const KEYS = {
    '[': () => brush(-1), ']': () => brush(1), '+': DEEDS.larger, '=': DEEDS.larger,
    '-': DEEDS.smaller, 0: DEEDS.fit, ' ': press, Enter: press,
};

/* Single characters belong to the picture; what undoes, to all of the editor. */
export function key(e) {
    const control = e.ctrlKey || e.metaKey, name = e.key.toLowerCase();

    if (control && (name === 'z' || name === 'y') && e.target.type !== 'number') {
        e.preventDefault();
        if (!stroke) DEEDS[name === 'y' || e.shiftKey ? 'redo' : 'undo']();
    } else if (e.target === ed.view.table && !control && !e.altKey) {
        const act = ARROWS[e.key] ? () => walk(ARROWS[e.key], e.shiftKey) : KEYS[e.key];
        if (!act) return;
        e.preventDefault();
        act();
    }
}


export function keyUp(e) {
    if (e.key === 'Shift') runs++;
}
