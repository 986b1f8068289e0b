// boxtool.js - a box on the photograph: drawn, moved by keys, or given by numbers.

const SIDES = { left: 'width', top: 'height', width: 'width', height: 'height' };
const LEAST = 2;   /* pixels that make a box */

/* `inputs` take left, top, width and height in percent; show(rect) shows it. */
export function makeBoxTool(inputs, show) {
    let sheet = { width: 4, height: 4 }, rect = null;

    const between = (a, b) => ({
        left: Math.max(0, Math.min(a.x, b.x)), top: Math.max(0, Math.min(a.y, b.y)),
        right: Math.min(sheet.width, Math.max(a.x, b.x)),
        bottom: Math.min(sheet.height, Math.max(a.y, b.y)),
    });

    function take(wanted) {
        if (wanted.right - wanted.left < LEAST || wanted.bottom - wanted.top < LEAST)
            return false;
        rect = wanted;
        show(rect);
        return true;
    }

    function write() {
        const values = { left: rect.left, top: rect.top, width: rect.right - rect.left,
            height: rect.bottom - rect.top };

        for (const [name, input] of Object.entries(inputs))
            input.value = Math.round(100 * values[name] / sheet[SIDES[name]]);
    }

    function read() {
        const value = (name) => Math.min(100, Math.max(0, Number(inputs[name].value)))
            / 100 * sheet[SIDES[name]];
        const corner = { x: value('left'), y: value('top') };

        take(between(corner,
            { x: corner.x + value('width'), y: corner.y + value('height') }));
    }

    const fit = (x, length, room) => Math.min(Math.max(0, x), room - length);

    for (const input of Object.values(inputs)) input.addEventListener('input', read);
    return {
        rect: () => rect,
        begin(size) {
            sheet = size;
            take({ left: size.width / 4, top: size.height / 4, right: 3 * size.width / 4,
                bottom: 3 * size.height / 4 });
            write();
        },
        draw(a, b) { if (take(between(a, b))) write(); },
        moveBy(dx, dy) {
            const width = rect.right - rect.left, height = rect.bottom - rect.top;
            const left = fit(rect.left + dx, width, sheet.width);
            const top = fit(rect.top + dy, height, sheet.height);

            take({ left, top, right: left + width, bottom: top + height });
            write();
        },
        growBy(dx, dy) {
            const corner = { x: rect.left, y: rect.top };

            take(between(corner, { x: Math.max(corner.x, rect.right + dx),
                y: Math.max(corner.y, rect.bottom + dy) }));
            write();
        },
        words: () => Object.entries(inputs).map(([name, input]) =>
            `${name} ${input.value} %`).join(', '),
    };
}
