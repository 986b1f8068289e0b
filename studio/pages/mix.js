// mix.js - several paintings: how much of each, and how broad its strokes.
import { api } from './api.js';
import { icon, make, setText, showShare } from './dom.js';
import { openShelf } from './shelf.js';
import { change, state, watch } from './state.js';
import { title } from './words.js';

/* What can be set of each painting: its place in the draft, and what it says there. */
const DIALS = [
    {
        name: 'weight', label: 'Share', of: (name) => `How much of ${name}`,
        min: 0.1, max: 2, step: 0.1, read: (x) => x, write: (x) => x,
        say: (style, all) => `${Math.round(100 * style.weight / all)} %`,
    },
    {
        name: 'scale', label: 'Strokes', of: (name) => `Strokes of ${name}`,
        min: -1.5, max: 1.5, step: 0.25, read: (x) => Math.log2(x), write: (x) => 2 ** x,
        say: ({ scale }) => `${Number(scale.toPrecision(2))} ×`,
    },
];

export function addPainting(picture) {
    change(({ draft }) => {
        if (draft.styles.some((s) => s.picture.id === picture.id)) return;
        if (draft.styles.length < state.about.limits.styles)
            draft.styles.push({ picture, weight: 1, scale: 1 });
    });
}

function makeDial(style, dial, name) {
    const input = make('input', { type: 'range', min: dial.min, max: dial.max,
        step: dial.step, 'aria-label': dial.of(name), oninput: () => change(() => {
            style[dial.name] = dial.write(Number(input.value));
        }) });

    return make('label', { class: 'dial' }, make('span', { class: 'quiet' }, dial.label),
        input, make('output', { class: 'quiet' }));
}

/* `add` is where one is after a painting was taken out. */
function makeRow(style, add) {
    const name = title(style.picture, 'Painting');
    const drop = make('button', { type: 'button', class: 'plain',
        'aria-label': `Without ${name}`, onclick: () => {
            change(({ draft }) => {
                draft.styles = draft.styles.filter((s) => s !== style);
            });
            add.focus();
        } }, icon('cross'));

    return make('li', {}, make('img', { src: api.thumbnail(style.picture.id, 256), alt: '' }),
        make('span', { class: 'name' }, name), drop,
        ...DIALS.map((dial) => makeDial(style, dial, name)));
}

function showDial(style, dial, label, all) {
    const input = label.querySelector('input');
    const text = dial.say(style, all);

    input.value = dial.read(style[dial.name]);
    input.setAttribute('aria-valuetext', text);
    setText(label.querySelector('output'), text);
    showShare(input);
}

/* The rows are made anew only when other paintings are there: a slider that is being moved
 * must stay. */
function showMix(mix) {
    const { styles } = state.draft;
    const all = styles.reduce((sum, s) => sum + s.weight, 0);

    mix.list.hidden = styles.length < 2;
    mix.add.hidden = !styles.length || styles.length >= state.about.limits.styles;
    if (mix.styles.length !== styles.length || mix.styles.some((s, i) => s !== styles[i]))
        mix.list.replaceChildren(...styles.map((style) => makeRow(style, mix.add)));
    mix.styles = [...styles];
    styles.forEach((style, i) => DIALS.forEach((dial, d) =>
        showDial(style, dial, mix.list.children[i].querySelectorAll('.dial')[d], all)));
}

/* Under the place for paintings; chooseFile(put) opens the system's dialog. */
export function makeMix(place, chooseFile) {
    const mix = {
        styles: [],
        list: make('ul', { class: 'mix', 'aria-label': 'Paintings and their shares' }),
        add: make('button', { type: 'button' }, icon('plus'), 'Another painting'),
    };

    mix.add.addEventListener('click', () => openShelf('Another painting', 'painting',
        addPainting, () => chooseFile(addPainting)));
    place.root.querySelector('.error').before(mix.list);
    place.root.querySelector('.buttons').append(mix.add);
    watch(() => showMix(mix));
}
