// planes.js - masks while they are painted: a byte a pixel, 255 inside. Touches no element.
//
// A sheet holds one plane a part, all of one size: {width, height, planes}. What one part gets
// the others lose, so that each place belongs to one of them, at soft edges to two.

const LONGEST = 2048;   /* finer than any brush; the server fits masks to the picture */

/* The size in which the masks of a photograph are painted. */
export function sheetSize({ width, height }) {
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    return { width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale)) };
}

export function makeSheet(size, count) {
    const plane = () => new Uint8Array(size.width * size.height);
    return { ...size, planes: Array.from({ length: count }, plane) };
}

/* --- Where ------------------------------------------------------------------------------- */

export const whole = ({ width, height }) =>
    ({ left: 0, top: 0, right: width, bottom: height });

const clamp = (x, most) => Math.min(Math.max(0, x), most);

/* The pixels that a rectangle touches, within the sheet. */
export function within({ width, height }, { left, top, right, bottom }) {
    return { left: clamp(Math.floor(left), width), top: clamp(Math.floor(top), height),
        right: clamp(Math.ceil(right), width), bottom: clamp(Math.ceil(bottom), height) };
}

const grown = ({ left, top, right, bottom }, by) =>
    ({ left: left - by, top: top - by, right: right + by, bottom: bottom + by });

export function both(a, b) {
    if (!a || !b) return a ?? b;
    return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
        right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

/* --- What -------------------------------------------------------------------------------- */

/* A shape is where it is and how much of each pixel it covers: {rect, at(x, y, i)}, where i
 * counts the sheet's pixels. */

/* What a brush leaves between two points; `softness` is the share of its radius over which it
 * fades, at least a pixel. */
export function line(from, to, radius, softness) {
    const dx = to.x - from.x, dy = to.y - from.y, square = dx * dx + dy * dy;
    const outer = radius + 0.5, fade = Math.max(1, radius * softness);
    const inner = Math.max(0, outer - fade);

    return {
        rect: grown({ left: Math.min(from.x, to.x), top: Math.min(from.y, to.y),
            right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) }, outer),
        at(x, y) {
            const px = x + 0.5 - from.x, py = y + 0.5 - from.y;
            const t = square && Math.min(1, Math.max(0, (px * dx + py * dy) / square));
            const ex = px - t * dx, ey = py - t * dy, far = ex * ex + ey * ey;
            if (far >= outer * outer) return 0;
            if (far <= inner * inner) return 255;
            const s = (outer - Math.sqrt(far)) / fade;
            return 255 * s * s * (3 - 2 * s);
        },
    };
}

export const box = (rect) => ({ rect, at: () => 255 });

export const shapeOf = (sheet, plane) => ({ rect: whole(sheet), at: (x, y, i) => plane[i] });

/* --- Painting ---------------------------------------------------------------------------- */

/* Calls each(i, covered) for all pixels of the shape, and returns where that was. */
function cover(sheet, shape, each) {
    const rect = within(sheet, shape.rect);

    for (let y = rect.top; y < rect.bottom; y++) {
        for (let x = rect.left, i = y * sheet.width + x; x < rect.right; x++, i++) {
            const covered = shape.at(x, y, i);
            if (covered > 0) each(i, covered);
        }
    }
    return rect;
}

export function add(sheet, part, shape) {
    const mine = sheet.planes[part];
    const others = sheet.planes.filter((plane) => plane !== mine);

    return cover(sheet, shape, (i, covered) => {
        const left = 255 - covered;
        if (mine[i] < covered) mine[i] = covered;
        for (const plane of others) if (plane[i] > left) plane[i] = left;
    });
}

export function erase(sheet, part, shape) {
    const mine = sheet.planes[part];

    return cover(sheet, shape, (i, covered) => {
        if (mine[i] > 255 - covered) mine[i] = 255 - covered;
    });
}

export function clear(sheet, part) {
    sheet.planes[part].fill(0);
    return whole(sheet);
}

export function invert(sheet, part) {
    const mine = sheet.planes[part];

    for (let i = 0; i < mine.length; i++) mine[i] = 255 - mine[i];
    return add(sheet, part, shapeOf(sheet, mine));
}

/* What no part has. */
function free(sheet) {
    const left = new Uint8Array(sheet.width * sheet.height).fill(255);

    for (const plane of sheet.planes)
        for (let i = 0; i < left.length; i++) left[i] -= Math.min(left[i], plane[i]);
    return left;
}

export function fill(sheet, part) {
    const mine = sheet.planes[part], left = free(sheet);

    for (let i = 0; i < left.length; i++) mine[i] += left[i];
    return whole(sheet);
}

/* --- Looking ----------------------------------------------------------------------------- */

export function share(plane) {
    let sum = 0;
    for (let i = 0; i < plane.length; i++) sum += plane[i];
    return sum / (255 * plane.length);
}

export const isEmpty = (plane) => !plane.some((value) => value > 0);

/* What the parts together leave over, as a share. */
export const shareFree = (sheet) => share(free(sheet));
