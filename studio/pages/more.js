// more.js - every parameter there is, made from what the server says of them.
import { api } from './api.js';
import { byId, icon, make, setText } from './dom.js';
import { COLOURS, SLIDERS, same, wanted } from './recipe.js';
import { change, state, watch } from './state.js';

const GROUPS = {
    picture: 'Picture', colour: 'Colour', network: 'Network', loss: 'What is compared',
    start: 'Start', schedule: 'Sizes and steps', optimiser: 'Optimiser',
};

const fields = new Map();

/* --- Values and texts -------------------------------------------------------------------- */

function textOf(value) {
    if (Array.isArray(value)) return value.join(', ');
    if (typeof value === 'object')
        return Object.entries(value).map(([layer, w]) => `${layer}:${w}`).join(', ') || 'none';
    return String(value);
}

const spoken = (name) => name.replaceAll('-', ' ');
const parts = (text) => text.split(',').map((part) => part.trim()).filter(Boolean);

/* What is no number stays text: the server says what is wrong with it. */
const numberOf = (text) => Number.isNaN(Number(text)) ? text : Number(text);

function layersOf(text) {
    if (text.trim() === 'none') return {};
    return Object.fromEntries(parts(text).map((part) => {
        const [layer, weight = '1'] = part.split(':').map((side) => side.trim());
        return [layer, numberOf(weight)];
    }));
}

/* Steps are a number or several: whichever the recipe has, the other may be meant. */
function stepsOf(text) {
    const counts = parts(text).map(numberOf);
    return counts.length === 1 ? counts[0] : counts;
}

/* Read as the recipe's own value is written. */
function valueOf(name, text) {
    const like = state.recipe[name];

    if (name === 'steps') return stepsOf(text);
    if (typeof like === 'object') return layersOf(text);
    if (typeof like === 'number' && text.trim()) return numberOf(text);
    return text.trim();
}

/* --- Fields ------------------------------------------------------------------------------ */

function set(name, value) {
    change(({ draft, recipe }) => {
        if (name === COLOURS) draft.sliders.colours = value;
        else draft.more[name] = value;
        if (same(value, recipe[name])) delete draft.more[name];
    });
}

/* Back to the recipe's value, whether a field or a slider had moved it. */
function forget(name) {
    change(({ draft, recipe }) => {
        const slider = SLIDERS.find((s) => s.param === name);
        if (slider) draft.sliders[slider.name] = slider.rest;
        if (name === COLOURS) draft.sliders.colours = recipe[name];
        delete draft.more[name];
    });
}

/* The words of "max|average|l2"; capitals stand for what one writes oneself. */
function choices(name, value) {
    if (name === 'model') return state.about.models;
    return /^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(value) ? value.split('|') : null;
}

function makeInput(name, like, known) {
    const id = `param-${name}`;
    const words = choices(name, known.value);

    if (typeof like === 'boolean')
        return make('input', { type: 'checkbox', id, onchange: (e) =>
            set(name, e.target.checked) });
    if (words)
        return make('select', { id, onchange: (e) => set(name, e.target.value) },
            ...[...new Set([...words, like])].map((w) => make('option', { value: w }, w)));
    return make('input', {
        type: 'text', id, autocomplete: 'off', spellcheck: 'false',
        inputmode: typeof like === 'number' ? 'decimal' : 'text',
        onchange: (e) => set(name, valueOf(name, e.target.value)),
    });
}

function makeField(name, like) {
    const known = state.known.get(name);
    const words = spoken(name);
    const input = makeInput(name, like, known);
    const range = known.range ? ` (${known.range})` : '';
    const help = make('p', { class: 'quiet', id: `help-${name}` }, known.help + range);
    const error = make('p', { class: 'error', id: `error-${name}`, role: 'alert' });
    const label = make('label', { for: input.id }, words);

    const back = () => { forget(name); input.focus(); };
    const reset = make('button', { type: 'button', class: 'reset', hidden: true,
        onclick: back }, icon('undo'), make('span', {}, 'reset'));

    input.setAttribute('aria-describedby', `${help.id} ${error.id}`);
    fields.set(name, { input, error, reset });
    return make('div', { class: `field ${input.type}` }, label, input, reset, error, help);
}

function makeGroups() {
    const groups = new Map(Object.entries(GROUPS).map(([group, name]) =>
        [group, make('fieldset', {}, make('legend', {}, name))]));

    for (const [name, like] of Object.entries(state.recipe)) {
        if (name !== 'preset')
            groups.get(state.known.get(name).group).append(makeField(name, like));
    }
    byId('more-groups').append(...groups.values());
}

/* --- Showing ----------------------------------------------------------------------------- */

function showField(name, value, changed) {
    const { input, reset } = fields.get(name);
    const text = textOf(value);

    if (input.type === 'checkbox') input.checked = value;
    else if (input.value !== text) input.value = text;
    input.closest('.field').classList.toggle('changed', changed);
    reset.hidden = !changed;
    reset.setAttribute('aria-label', `Reset ${spoken(name)} to ${
        textOf(state.recipe[name])}`);
}

function show() {
    const { draft, recipe, presets } = state;
    if (!recipe) return;
    if (!fields.size) makeGroups();

    const params = wanted(draft, recipe);
    const count = Object.keys(params).length;
    for (const name of fields.keys())
        showField(name, params[name] ?? recipe[name], name in params);
    setText(byId('more-count'), count ? `${count} not as the recipe has ${
        count === 1 ? 'it' : 'them'}` : 'all settings, and other recipes');
    byId('more-reset').disabled = !count;
    byId('preset').value = draft.preset;
    setText(byId('preset-what'), presets.find((p) => p.name === draft.preset)?.what ?? '');
}

/* --- Recipes ----------------------------------------------------------------------------- */

export function atRest(recipe) {
    return { strength: 0, strokes: 0, size: null, time: 0, colours: recipe[COLOURS] };
}

export async function takeRecipe(preset) {
    const recipe = await api.params(preset);

    change((s) => {
        s.recipe = recipe;
        s.draft.preset = preset;
        s.draft.sliders.colours ||= recipe[COLOURS];
    });
    return recipe;
}

/* --- Errors ------------------------------------------------------------------------------ */

export function forgetErrors() {
    for (const { input, error } of fields.values()) {
        input.removeAttribute('aria-invalid');
        setText(error, '');
    }
}

/* Shows a message at the parameter that it names; false if it names none. */
export function blame(message) {
    const name = [...fields.keys()].sort((a, b) => b.length - a.length)
        .find((each) => message.includes(`${each}:`) || message.includes(`"${each}"`));
    if (!name) return false;

    const { input, error } = fields.get(name);
    byId('more').open = true;
    input.setAttribute('aria-invalid', 'true');
    setText(error, message);
    input.focus();
    return true;
}

export function startMore() {
    const preset = byId('preset');

    preset.append(...state.presets.map((p) => make('option', { value: p.name }, p.name)));
    preset.addEventListener('change', () => takeRecipe(preset.value).catch(
        (e) => setText(byId('preset-what'), e.message)));
    byId('more-reset').addEventListener('click', () => change((s) => {
        s.draft.more = {};
        s.draft.sliders = atRest(s.recipe);
    }));
    watch(show);
}
