// losscurve.js - the loss over the steps, on a logarithmic scale, drawn as SVG.
import { make, makeSvg, setText } from './dom.js';
import { number } from './words.js';

const WIDTH = 320, HEIGHT = 96, MARGIN = 4;

/* Runs of points at one size of the picture: between two sizes the loss jumps. */
function runs(points) {
    const all = [];

    points.forEach((p, i) => {
        if (!i || p.width !== points[i - 1].width) all.push([]);
        all.at(-1).push(p);
    });
    return all;
}

function scales(points, steps) {
    const logs = points.map((p) => Math.log(p.loss));
    const top = Math.max(...logs), bottom = Math.min(...logs);
    const span = top - bottom || 1, room = HEIGHT - 2 * MARGIN;

    return {
        x: (step) => (WIDTH * step / steps).toFixed(1),
        y: (loss) => (MARGIN + (top - Math.log(loss)) * room / span).toFixed(1),
    };
}

const path = (run, { x, y }) => run.map((p, i) =>
    `${i ? 'L' : 'M'}${x(p.step)} ${y(p.loss)}`).join('');

export function makeCurve(figure) {
    const svg = makeSvg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img',
        preserveAspectRatio: 'none' });
    const words = make('span', { class: 'quiet' });
    let points = new Map(), steps = 1, due = 0;

    figure.append(make('figcaption', {}, 'Loss ', words), svg);

    function draw() {
        const list = [...points.values()].sort((a, b) => a.step - b.step);
        due = 0;
        figure.hidden = list.length < 2;
        if (figure.hidden) return;

        const all = runs(list), scale = scales(list, steps);
        const first = number(list[0].loss), last = number(list.at(-1).loss);
        const ends = all.slice(1).map((run) => makeSvg('path', { class: 'size',
            d: `M${scale.x(run[0].step)} 0V${HEIGHT}` }));
        svg.replaceChildren(...ends, ...all.map((run) =>
            makeSvg('path', { class: 'loss', d: path(run, scale) })));
        setText(words, `from ${first} to ${last}`);
        svg.setAttribute('aria-label', `The loss fell from ${first} to ${last} in ${
            list.at(-1).step} steps, at ${all.length} sizes of the picture.`);
    }

    return {
        clear() {
            points = new Map();
            draw();
        },
        /* Logarithms have no place for a loss of 0. */
        add(progress) {
            steps = Math.max(progress.steps, 1);
            if (progress.loss > 0) points.set(progress.step, progress);
            due ||= requestAnimationFrame(draw);
        },
    };
}
