// losscurve.js - the loss over the steps and its parts, on a logarithmic scale, drawn as SVG;
// with the borders between the sizes, as the loss of another size is another one.
import { make, makeSvg, setText } from './dom.js';
import { number } from './words.js';

const WIDTH = 320, HEIGHT = 96, MARGIN = 4;
const FLOOR = 1e-2;   /* of the largest loss: what lies lower is of no weight */

/* Told apart by their dashes, not by their colours alone. */
const PARTS = [
    { name: 'total', label: 'all of it' },
    { name: 'style', label: 'away from the painting' },
    { name: 'content', label: 'away from the photograph' },
];

/* Logarithms have no place for a loss of 0. */
function scales(points, steps) {
    const top = Math.max(...points.map((p) => p.total));
    const least = Math.min(...points.flatMap((p) => PARTS.map(({ name }) => p[name]))
        .filter((x) => x > 0));
    const bottom = Math.log(Math.max(least, top * FLOOR));
    const span = Math.log(top) - bottom || 1, room = HEIGHT - 2 * MARGIN;

    return {
        x: (step) => (WIDTH * step / steps).toFixed(1),
        y: (loss) => (MARGIN + room * Math.min(1,
            (Math.log(top) - Math.log(loss)) / span)).toFixed(1),
    };
}

function path(points, name, { x, y }) {
    return points.filter((p) => p[name] > 0)
        .map((p, i) => `${i ? 'L' : 'M'}${x(p.step)} ${y(p[name])}`).join('');
}

/* Runs of steps at one size: {side, from, to}, each up to the border with the next. */
function runs(points, steps) {
    const all = [];

    for (const { step, width, height } of points) {
        const side = Math.max(width, height), last = all.at(-1);
        if (last?.side === side) continue;
        if (last) last.to = step - 0.5;
        all.push({ side, from: last?.to ?? 0, to: steps });
    }
    return all;
}

const share = (x, steps) => `${100 * x / steps}%`;

/* Over each run the longer side; SVG would stretch its letters. */
function makeSides(all, steps) {
    return all.map(({ side, from, to }) => {
        const e = make('span', {}, `${side} px`);
        Object.assign(e.style, { left: share(from, steps), width: share(to - from, steps) });
        return e;
    });
}

const borders = (all, { x }) =>
    all.slice(1).map(({ from }) => `M${x(from)} 0V${HEIGHT}`).join('');

const sizeWords = (all) => all.length < 2 ? '' : ` It was painted at ${all.length} sizes: ${
    all.map(({ side }) => side).join(', ')} pixels.`;

function makeLegend() {
    return make('ul', { class: 'legend quiet' }, ...PARTS.map(({ name, label }) =>
        make('li', {}, makeSvg('svg', { viewBox: '0 0 28 8', 'aria-hidden': 'true' },
            makeSvg('path', { class: name, d: 'M1 4H27' })), label)));
}

export function makeCurve(figure) {
    const svg = makeSvg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img',
        preserveAspectRatio: 'none' });
    const words = make('span', { class: 'quiet' });
    const lines = PARTS.map(({ name }) => makeSvg('path', { class: name }));
    const border = makeSvg('path', { class: 'border' });
    const sides = make('div', { class: 'sides quiet', 'aria-hidden': 'true' });
    let points = new Map(), steps = 1, due = 0;

    svg.append(border, ...lines);
    figure.append(make('figcaption', {}, 'Loss ', words),
        make('div', { class: 'plot' }, svg, sides), makeLegend());

    function draw() {
        const list = [...points.values()].sort((a, b) => a.step - b.step);
        due = 0;
        figure.hidden = list.length < 2;
        if (figure.hidden) return;

        const most = Math.max(steps, list.at(-1).step), all = runs(list, most);
        const scale = scales(list, most);
        const first = number(list[0].total), last = number(list.at(-1).total);
        PARTS.forEach(({ name }, i) => lines[i].setAttribute('d', path(list, name, scale)));
        border.setAttribute('d', borders(all, scale));
        sides.replaceChildren(...all.length < 2 ? [] : makeSides(all, most));
        setText(words, `from ${first} to ${last}`);
        svg.setAttribute('aria-label', `The loss went from ${first} to ${last} in ${
            list.at(-1).step} steps; the painting’s part of it is now ${
            number(list.at(-1).style ?? 0)}, the photograph’s ${
            number(list.at(-1).content ?? 0)}.${sizeWords(all)}`);
    }

    const later = () => { due ||= requestAnimationFrame(draw); };
    const put = (point) => { if (point.total > 0) points.set(point.step, point); };

    return {
        clear() {
            points = new Map();
            draw();
        },
        /* A step as events have it. */
        add(progress) {
            steps = progress.steps;
            put({ ...progress, total: progress.loss });
            later();
        },
        /* Columns as the server keeps them; those that were added are left where they are. */
        set({ step, total, content, style, width, height }, all) {
            steps = all;
            step.forEach((at, i) => put({ step: at, total: total[i], content: content[i],
                style: style[i], width: width[i], height: height[i] }));
            later();
        },
    };
}
