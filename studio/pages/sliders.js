// sliders.js - the few settings that speak a painter's words.
import { byId, make, setText, showShare } from './dom.js';
import { COLOURS, SLIDERS } from './recipe.js';
import { change, state, watch } from './state.js';

/* What was set on a slider is meant; a single value under "more" steps back. */
function move(slider, position) {
    change(({ draft }) => {
        draft.sliders[slider.name] = slider.value ? slider.value(position) : position;
        delete draft.more[slider.param];
    });
}

function makeSlider(slider) {
    const id = `slider-${slider.name}`;
    const input = make('input', {
        type: 'range', id, min: slider.min, max: slider.max, step: slider.step,
        oninput: () => move(slider, Number(input.value)),
    });
    const output = make('output', { for: id });
    const ends = make('div', { class: 'ends quiet', 'aria-hidden': 'true' },
        ...slider.ends.map((end) => make('span', {}, end)));

    byId('sliders').append(make('div', { class: 'slider' },
        make('div', { class: 'head' }, make('label', { for: id }, slider.label), output),
        input, ends));
    return { slider, input, output };
}

function show({ slider, input, output }) {
    const { draft, recipe } = state;
    const x = draft.sliders[slider.name];
    const own = slider.param in draft.more;
    const text = own ? 'set under More' : slider.say(x, draft.photo, recipe);

    input.value = slider.position ? slider.position(x, recipe, draft.photo) : x;
    input.setAttribute('aria-valuetext', text);
    setText(output, text);
    output.classList.toggle('moved', own || x !== slider.rest);
    showShare(input);
}

export function startSliders() {
    const all = SLIDERS.map(makeSlider);
    const colours = byId('colours');

    colours.addEventListener('change', () => change(({ draft }) => {
        draft.sliders.colours = colours.checked;
        delete draft.more[COLOURS];
    }));
    watch(() => {
        if (!state.recipe) return;
        all.forEach(show);
        colours.checked = state.draft.more[COLOURS] ?? state.draft.sliders.colours;
    });
}
