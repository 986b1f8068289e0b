// editorview.js - the elements of the editor of parts: what there is to see and press.
import { icon, make } from './dom.js';

export const TOOLS = [
    { name: 'brush', sign: 'brush', label: 'Brush',
        hint: 'Paint over what belongs to the part.' },
    { name: 'eraser', sign: 'eraser', label: 'Eraser',
        hint: 'Take away what does not belong to it.' },
    { name: 'object', sign: 'object', label: 'Object',
        hint: 'Point at something in the picture.' },
    { name: 'box', sign: 'marquee', label: 'Box',
        hint: 'Draw a box around something, or give its place.' },
    { name: 'hand', sign: 'hand', label: 'Move',
        hint: 'Drag the picture; two fingers do it anywhere.' },
];

const KEYS = 'Arrow keys move, space paints, shift with an arrow paints on the way; square '
    + 'brackets change the brush, plus, minus and 0 the zoom.';

const button = (name, label, sign, more = {}) => make('button',
    { type: 'button', 'data-do': name, ...more }, ...(sign ? [icon(sign)] : []), label);

const plain = (name, label, sign) => make('button', { type: 'button', 'data-do': name,
    title: label, 'aria-label': label }, icon(sign));

function slider(id, label, value) {
    const input = make('input', { type: 'range', id, min: 0, max: 100, step: 1, value });
    const output = make('output', { for: id });

    return { root: make('div', { class: 'slider' }, make('div', { class: 'head' },
        make('label', { for: id }, label), output), input), input, output };
}

function boxField(name, label) {
    const id = `box-${name}`;
    const input = make('input', { type: 'number', id, min: 0, max: 100, step: 1,
        inputmode: 'numeric' });

    return { root: make('div', { class: 'field' }, make('label', { for: id }, label), input),
        input };
}

function buildBox() {
    const fields = { left: boxField('left', 'Left'), top: boxField('top', 'Top'),
        width: boxField('width', 'Width'), height: boxField('height', 'Height') };
    const root = make('div', { class: 'box-options' },
        make('div', { class: 'box-fields', role: 'group',
            'aria-label': 'The box, in percent of the picture' },
        ...Object.values(fields).map((field) => field.root)),
        make('div', { class: 'buttons' },
            button('box-subject', 'Find what is in it', 'find'),
            button('box-add', 'Add all of it', 'plus')));

    return { root, inputs: Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, field.input])) };
}

function buildTools(view) {
    view.tools = TOOLS.map(({ name, label, sign }) => make('button', { type: 'button',
        'data-tool': name }, icon(sign), label));
    view.hint = make('p', { class: 'quiet' });
    view.size = slider('brush-size', 'Size', 55);
    view.soft = slider('brush-soft', 'Softness', 40);
    view.brush = make('div', { class: 'brush-options' }, view.size.root, view.soft.root);
    view.box = buildBox();
    view.deeds = make('div', { class: 'buttons wholes', role: 'group',
        'aria-label': 'All of the part' },
    button('fill', 'Fill', null, { title: 'The part gets all that no other part has' }),
    button('invert', 'Invert', null, { title: 'The part gets all that it does not have' }),
    button('clear', 'Clear', null, { title: 'Nothing belongs to the part' }));
    return make('section', { class: 'block', 'aria-label': 'Tool' },
        make('div', { class: 'choices tool-list', role: 'group', 'aria-label': 'Tool' },
            ...view.tools),
        view.hint, view.brush, view.box.root, view.deeds);
}

function buildObjects(view) {
    view.chips = make('ul', { class: 'chips', 'aria-labelledby': 'objects-title' });
    view.found = make('p', { class: 'quiet', id: 'objects-note', role: 'status' });
    return make('section', { class: 'block', 'aria-labelledby': 'objects-title' },
        make('h3', { id: 'objects-title' }, 'Found in the photograph'), view.found,
        view.chips);
}

/* The dialog and all in it that changes. */
export function buildEditor() {
    const view = {};
    const zooms = make('div', { class: 'choices', role: 'group', 'aria-label': 'Zoom' },
        plain('smaller', 'Smaller', 'minus'), button('fit', 'Fit', null,
            { 'aria-label': 'Fit, whole picture' }), plain('larger', 'Larger', 'plus'));
    const tools = buildTools(view), objects = buildObjects(view);

    view.table = make('div', { class: 'table', id: 'parts-table', tabindex: 0,
        role: 'application', 'aria-label': 'The photograph',
        'aria-describedby': 'parts-keys' });
    view.parts = make('div', { class: 'part-list' });
    view.rest = make('p', { class: 'quiet', id: 'parts-rest' });
    view.error = make('p', { class: 'error', id: 'parts-error', role: 'alert' });
    view.said = make('p', { class: 'unseen', id: 'parts-said', 'aria-live': 'polite' });
    view.undo = plain('undo', 'Undo', 'undo');
    view.redo = plain('redo', 'Redo', 'redo');
    view.done = button('done', 'Done', 'check', { class: 'primary' });
    view.dialog = make('dialog', { id: 'parts', class: 'editor',
        'aria-labelledby': 'parts-title' },
    make('header', {}, make('h2', { id: 'parts-title' }, 'What goes where'),
        make('div', { class: 'buttons' }, button('leave', 'Cancel'), view.done)),
    view.table,
    make('div', { class: 'tools' }, make('div', { class: 'choices', role: 'group',
        'aria-label': 'Steps' }, view.undo, view.redo), zooms),
    make('div', { class: 'panel', tabindex: -1 },
        make('fieldset', { class: 'block' }, make('legend', {}, 'Part'), view.parts,
            view.rest),
        tools, objects, view.error),
    make('p', { class: 'unseen', id: 'parts-keys' }, KEYS), view.said);
    document.body.append(view.dialog);
    return view;
}

/* The row of a part: a radio button with its colour, its name and how much it has. */
export function makePart({ name }, number) {
    const input = make('input', { type: 'radio', name: 'part', id: `part-${number}`,
        value: number });
    const swatch = make('canvas', { class: 'swatch', 'aria-hidden': 'true' });
    const much = make('span', { class: 'quiet much' });

    return { root: make('label', { class: 'part', for: input.id }, input, swatch,
        make('span', { class: 'name' }, name), much), input, swatch, much };
}

export function makeChip(label, title, pick) {
    return make('li', {}, make('button', { type: 'button', class: 'chip', title,
        onclick: pick }, icon('plus'), label));
}
