// recipe.js - from a painter's words to parameters, and back. Touches no element.

export const SIZES = [256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 3072, 4096, 6144, 8192];
const TIMES = [0.25, 0.5, 1, 2, 4];   /* times the recipe's steps */
const TIME_MIDDLE = TIMES.indexOf(1);

/* Enough digits for a weight, and 10 ** 0.5 reads well. */
const round = (x) => Number(x.toPrecision(4));

/* The first word whose limit is not passed. */
const word = (x, ...words) => words.find(([limit]) => x <= limit)[1];

const times = (x) => `${Number(x.toPrecision(2))} ×`;

const listOf = (steps) => Array.isArray(steps) ? steps : String(steps).split(',').map(Number);

/* The long side that a size means for a photograph: "512", "long:512", "short:512", "640x480"
 * or "keep". */
function longSide(size, photo) {
    const long = photo ? Math.max(photo.width, photo.height) : 0;
    const ratio = photo ? long / Math.min(photo.width, photo.height) : 4 / 3;
    const sides = String(size).match(/\d+/g)?.map(Number) ?? [];

    if (!sides.length) return long || 512;
    return String(size).startsWith('short') ? sides[0] * ratio : Math.max(...sides);
}

function nearest(list, x) {
    const far = (i) => Math.abs(Math.log(list[i] / x));
    return list.reduce((best, _, i) => far(i) < far(best) ? i : best, 0);
}

function sizeWords(value, photo, recipe) {
    if (value === null) {
        if (!photo || !/^(long:)?\d+$/.test(recipe.size))
            return `${String(recipe.size).replace(':', ' side ')} pixels`;
        value = Math.round(longSide(recipe.size, photo));
    }
    if (!photo) return `long side ${value} pixels`;
    const scale = value / Math.max(photo.width, photo.height);
    const side = (n) => Math.max(1, Math.round(n * scale));
    return `${side(photo.width)} × ${side(photo.height)} pixels`;
}

/* Each slider: the parameter it moves, its positions, what it says at one of them, and the way
 * from position to value and back. `recipe` has the values of the preset. */
export const SLIDERS = [
    {
        name: 'strength', param: 'style-weight', label: 'Style', ends: ['faint', 'strong'],
        min: -1.5, max: 1.5, step: 0.25, rest: 0,
        say: (x) => word(x, [-1.25, 'faint'], [-0.75, 'gentle'], [-0.25, 'light'],
            [0, 'balanced'], [0.5, 'marked'], [1, 'strong'], [2, 'overwhelming']),
        toParam: (x, recipe) => round(recipe['style-weight'] * 10 ** x),
        fromParam: (value, recipe) => Math.log10(value / recipe['style-weight']),
    },
    {
        name: 'strokes', param: 'style-scale', label: 'Strokes', ends: ['fine', 'broad'],
        min: -1.5, max: 1.5, step: 0.25, rest: 0,
        say: (x) => x === 0 ? 'as in the painting' : `${times(2 ** x)} as broad`,
        toParam: (x, recipe) => round(recipe['style-scale'] * 2 ** x),
        fromParam: (value, recipe) => Math.log2(value / recipe['style-scale']),
    },
    {
        name: 'size', param: 'size', label: 'Size', ends: ['small', 'large'],
        min: 0, max: SIZES.length - 1, step: 1, rest: null,
        /* At rest the recipe's size holds, which may be none of the list. */
        position: (value, recipe, photo) =>
            nearest(SIZES, value ?? longSide(recipe.size, photo)),
        value: (position) => SIZES[position],
        say: sizeWords,
        toParam: (value) => `long:${value}`,
        fromParam: (value) => {
            const match = /^(?:long:)?(\d+)$/.exec(value);
            return match && SIZES.includes(Number(match[1])) ? Number(match[1]) : NaN;
        },
    },
    {
        name: 'time', param: 'steps', label: 'Time', ends: ['sketch', 'patient'],
        min: -TIME_MIDDLE, max: TIMES.length - 1 - TIME_MIDDLE, step: 1, rest: 0,
        say: (x) => x === 0 ? 'as the recipe has it'
            : `${times(TIMES[x + TIME_MIDDLE])} as long`,
        toParam: (x, recipe) => listOf(recipe.steps)
            .map((n) => Math.max(1, Math.round(n * TIMES[x + TIME_MIDDLE]))),
        fromParam: (value, recipe) => TIMES.findIndex((_, i) => same(value,
            SLIDERS[3].toParam(i - TIME_MIDDLE, recipe))) - TIME_MIDDLE,
    },
];

export const COLOURS = 'keep-colours';

/* Layers may come in any order, numbers with more digits or fewer. */
function settled(_, v) {
    if (typeof v === 'number') return Number(v.toPrecision(9));
    return v && typeof v === 'object' && !Array.isArray(v)
        ? Object.fromEntries(Object.entries(v).sort()) : v;
}

/* Steps are one number or several: [500] is 500. */
const plain = (v) => Array.isArray(v) && v.length === 1 ? v[0] : v;

export const same = (a, b) =>
    JSON.stringify(plain(a), settled) === JSON.stringify(plain(b), settled);

/* What is to be different from the preset. */
export function wanted(draft, recipe) {
    const params = {};

    for (const s of SLIDERS) {
        const x = draft.sliders[s.name];
        if (x !== s.rest) params[s.param] = s.toParam(x, recipe);
    }
    if (draft.sliders.colours !== recipe[COLOURS]) params[COLOURS] = draft.sliders.colours;
    Object.assign(params, draft.more);
    for (const name of Object.keys(params))
        if (same(params[name], recipe[name])) delete params[name];
    return params;
}

/* What the server is asked to paint. */
export function requestOf(draft, recipe) {
    return {
        photo: draft.photo.id,
        styles: draft.styles.map(({ picture, weight, scale, mask }) =>
            ({ picture: picture.id, weight, scale, mask: mask ?? undefined })),
        keep: draft.keep ?? undefined,
        params: { preset: draft.preset, ...wanted(draft, recipe) },
    };
}

/* Where slider `s` has to stand for `value`; NaN if none of its positions gives it. */
function standing(s, value, recipe) {
    const x = s.fromParam(value, recipe);
    const snapped = s.name === 'size' ? x : Math.round(x / s.step) * s.step;

    if (!Number.isFinite(snapped)) return NaN;
    if (s.name !== 'size' && (snapped < s.min || snapped > s.max)) return NaN;
    return same(s.toParam(snapped, recipe), value) ? snapped : NaN;
}

/* The sliders and single values that paint by `params` again. */
export function draftOf(params, recipe) {
    const sliders = { colours: recipe[COLOURS] };
    const more = {};

    for (const s of SLIDERS) sliders[s.name] = s.rest;
    for (const [name, value] of Object.entries(params)) {
        if (name === 'preset' || same(value, recipe[name])) continue;
        const s = SLIDERS.find((each) => each.param === name);
        const x = s ? standing(s, value, recipe) : NaN;
        if (name === COLOURS) sliders.colours = value;
        else if (Number.isNaN(x)) more[name] = value;
        else sliders[s.name] = x;
    }
    return { sliders, more };
}
