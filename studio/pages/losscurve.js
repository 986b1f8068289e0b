// losscurve.js - the loss over the steps and its parts, on a logarithmic scale, drawn as SVG.
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
    let points = new Map(), steps = 1, due = 0;

    svg.append(...lines);
    figure.append(make('figcaption', {}, 'Loss ', words), svg, makeLegend());

    function draw() {
        const list = [...points.values()].sort((a, b) => a.step - b.step);
        due = 0;
        figure.hidden = list.length < 2;
        if (figure.hidden) return;

        const scale = scales(list, Math.max(steps, list.at(-1).step));
        const first = number(list[0].total), last = number(list.at(-1).total);
        PARTS.forEach(({ name }, i) => lines[i].setAttribute('d', path(list, name, scale)));
        setText(words, `from ${first} to ${last}`);
        svg.setAttribute('aria-label', `The loss went from ${first} to ${last} in ${
            list.at(-1).step} steps; the painting’s part of it is now ${
            number(list.at(-1).style ?? 0)}, the photograph’s ${
            number(list.at(-1).content ?? 0)}.`);
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
        set({ step, total, content, style }, all) {
            steps = all;
            step.forEach((at, i) => put({ step: at, total: total[i], content: content[i],
                style: style[i] }));
            later();
        },
    };
}
