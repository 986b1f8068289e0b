// tint.js - how parts are told apart: each has a colour and a pattern, here and in its swatch.

/* Okabe and Ito's colours, which people with any kind of sight tell apart, by turns with the
 * patterns: seven and six, so that forty-two parts differ. */
const COLOURS = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [213, 94, 0],
    [86, 180, 233], [240, 228, 66]];

const THIN = 0.2;   /* of the period is line */

/* Whether there is a line at (u, v), both in [0, 1) of the period. */
const PATTERNS = [
    (u, v) => (u + v) % 1 < THIN,
    (u, v) => (1 + u - v) % 1 < THIN,
    (u, v) => Math.hypot(u - 0.5, v - 0.5) < THIN,
    (u, v) => v < THIN,
    (u) => u < THIN,
    (u, v) => u < THIN || v < THIN,
];

/* How much a look's ground and its lines hide of the photograph. */
const HIDES = { body: 0.5, lines: 0.85 };
const KEEP = { colour: [250, 250, 250], ink: [40, 40, 40], body: 0.5, lines: 0.4,
    pattern: (u, v) => (u < 0.5) === (v < 0.5) };

const DIMMED = 0.55;   /* other parts than the one that is painted */

export function lookOf(number, keep) {
    if (keep) return KEEP;
    return { colour: COLOURS[number % COLOURS.length],
        pattern: PATTERNS[number % PATTERNS.length], ink: [255, 255, 255],
        ...HIDES };
}

/* One period of a look: [red, green, blue, how much it hides] for each of its pixels. */
function makeTile({ colour, pattern, ink, body, lines }, period) {
    const tile = new Float32Array(4 * period * period);

    for (let i = 0; i < period * period; i++) {
        const lined = pattern(i % period / period, Math.floor(i / period) / period);
        tile.set([...(lined ? ink : colour), lined ? lines : body], 4 * i);
    }
    return tile;
}

/* Where parts meet in a soft edge their colours mix. `t` is of the tiles' pixel. */
function mix(data, o, planes, i, tiles, t, current) {
    let sum = 0, alpha = 0, red = 0, green = 0, blue = 0;

    for (let k = 0; k < planes.length; k++) {
        const value = planes[k][i], tile = tiles[k];
        if (!value) continue;
        sum += value;
        red += value * tile[t];
        green += value * tile[t + 1];
        blue += value * tile[t + 2];
        alpha += value * tile[t + 3] * (k === current ? 1 : DIMMED);
    }
    if (!sum) return;
    data[o] = red / sum;
    data[o + 1] = green / sum;
    data[o + 2] = blue / sum;
    data[o + 3] = alpha;
}

/* The colours of a sheet's rectangle. */
function compose(sheet, tiles, period, current, { left, top, right, bottom }) {
    const image = new ImageData(right - left, bottom - top);
    let o = 0;

    for (let y = top; y < bottom; y++) {
        const row = y % period * period;
        let i = y * sheet.width + left, u = left % period;
        for (let x = left; x < right; x++, i++, o += 4) {
            mix(image.data, o, sheet.planes, i, tiles, 4 * (row + u), current);
            if (++u === period) u = 0;
        }
    }
    return image;
}

/* Shows a sheet on a canvas of its size; `period` is of the patterns, in its pixels. */
export function makeTint(canvas, sheet, looks, period) {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const tiles = looks.map((look) => makeTile(look, period));

    Object.assign(canvas, { width: sheet.width, height: sheet.height });
    return function show({ left, top, right, bottom }, current) {
        if (right <= left || bottom <= top) return;
        context.putImageData(compose(sheet, tiles, period, current,
            { left, top, right, bottom }), left, top);
    };
}

/* A small canvas in a part's colour and pattern. */
export function drawSwatch(canvas, look) {
    const side = 28, period = 10;
    const plane = new Uint8Array(side * side).fill(255);
    const sheet = { width: side, height: side, planes: [plane] };
    const tile = makeTile({ ...look, body: 1, lines: 1 }, period);

    Object.assign(canvas, { width: side, height: side });
    canvas.getContext('2d').putImageData(compose(sheet, [tile], period, 0,
        { left: 0, top: 0, right: side, bottom: side }), 0, 0);
}

/* The outline of a plane, light and dark, as an image. */
export function outline({ width, height }, plane, thick) {
    const image = new ImageData(width, height);
    const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height
        && plane[y * width + x] > 127;

    for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i++) {
            if (plane[i] <= 127 || (inside(x - thick, y) && inside(x + thick, y)
                && inside(x, y - thick) && inside(x, y + thick))) continue;
            const light = Math.floor((x + y) / (3 * thick)) % 2 ? 255 : 20;
            image.data.set([light, light, light, 255], 4 * i);
        }
    }
    return image;
}
