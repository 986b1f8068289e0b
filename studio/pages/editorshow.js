// editorshow.js - what the editor of parts says of its tool and of who has how much.
import { setText, showShare } from './dom.js';
import { diameter, ed, paints } from './editing.js';
import { TOOLS } from './editorview.js';
import { share, shareFree, whole } from './planes.js';

const NOTHING = 0.0005;   /* a share that is none */

const percent = (part) => {
    const x = Math.round(100 * part);
    return part > NOTHING && !x ? 'less than 1 %' : `${x} %`;
};

export const showFrame = (rect) => ed.table.frame(ed.tool === 'box' ? rect : null);

export function showTool() {
    const of = TOOLS.find((each) => each.name === ed.tool);
    const wide = 100 * diameter() / Math.max(ed.sheet.width, ed.sheet.height);

    for (const b of ed.view.tools) b.setAttribute('aria-pressed', b.dataset.tool === ed.tool);
    setText(ed.view.hint, of.hint);
    ed.view.brush.hidden = !paints();
    ed.view.box.root.hidden = ed.tool !== 'box';
    setText(ed.view.size.output, `${wide < 3 ? wide.toFixed(1) : Math.round(wide)} %`);
    setText(ed.view.soft.output, `${ed.view.soft.input.value} %`);
    for (const { input, output } of [ed.view.size, ed.view.soft]) {
        input.setAttribute('aria-valuetext', output.textContent);
        showShare(input);
    }
    ed.view.table.dataset.tool = ed.tool;
    showFrame(ed.frame.rect());
    ed.table.showRing();
}

const names = (list) => new Intl.ListFormat('en-GB').format(list.map((part) => part.name));

/* What becomes of all that was not painted over. */
function restWords(shares, left) {
    const resting = ed.parts.filter((part, k) => !part.keep && shares[k] <= NOTHING);

    if (resting.length && left <= NOTHING)
        return `Nothing is left for ${names(resting)}: give it a place, or take it out.`;
    if (resting.length) return `${names(resting)} ${resting.length > 1 ? 'share' : 'gets'} ${
        left > 1 - NOTHING ? 'all of it' : `the rest, ${percent(left)}`}.`;
    return left > NOTHING ? `The rest, ${percent(left)}, stays near the photograph.`
        : 'All of the photograph has its part.';
}

export function count() {
    const shares = ed.sheet.planes.map(share);

    ed.rows.forEach(({ much }, k) => setText(much, shares[k] > NOTHING ? percent(shares[k])
        : ed.parts[k].keep ? 'nothing' : 'the rest'));
    setText(ed.view.rest, restWords(shares, shareFree(ed.sheet)));
}

const showAll = () => ed.tint(whole(ed.sheet), ed.current);

export function choosePart(number) {
    ed.current = number;
    ed.rows[number].input.checked = true;
    showAll();
}
