// editing.js - what the editor of parts is at: one photograph, its parts, the tool at hand.

const FINEST = 0.004, BROADEST = 0.4;   /* of a brush, shares of the picture's long side */

export const ed = {
    view: null,      // the elements: editorview.js
    table: null,     // the photograph: table.js
    finder: null,    // what is found there: finder.js
    frame: null,     // the box: boxtool.js
    photo: null,     // a picture
    parts: [],       // [{name, mask, keep}]
    rows: [],        // their elements
    sheet: null,     // their masks: planes.js
    history: null,   // of the sheet: history.js
    tint: null,      // shows the sheet where it has changed: tint.js
    current: 0,      // the part that is painted
    tool: 'brush',
};

/* Of the brush, in the sheet's pixels. */
export function diameter() {
    return FINEST * (BROADEST / FINEST) ** (ed.view.size.input.value / 100)
        * Math.max(ed.sheet.width, ed.sheet.height);
}

export const paints = () => ed.tool === 'brush' || ed.tool === 'eraser';

export const partName = () => ed.parts[ed.current].name;
