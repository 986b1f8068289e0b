// compare.js - several paintings side by side, as they emerge; one of them is painted large.
import { api } from './api.js';
import { icon, make, byId, setText } from './dom.js';
import { jobTitle, leftWords, percentOf, shareOf } from './jobs.js';
import { openLarger } from './larger.js';
import { listen, refresh } from './stream.js';
import { change, isOver, jobOf, pictureOf, state, watch } from './state.js';
import { stateName } from './words.js';

const cells = new Map();

export const compareHash = (numbers) => `#side-by-side-${numbers.join('-')}`;

/* The numbers in such an address; none if it is another. */
export function comparedIn(hash) {
    const match = /^#side-by-side((?:-\d+)+)$/.exec(hash);
    return match ? match[1].slice(1).split('-').map(Number) : [];
}

/* --- Showing ----------------------------------------------------------------------------- */

/* What all the names begin with is said once, above them. */
function common(names) {
    const at = names[0].lastIndexOf(': ');
    const start = names[0].slice(0, at + 2);

    return at > 0 && names.every((name) => name.startsWith(start)) ? start : '';
}

function makeCell(n) {
    const job = jobOf(n), photo = pictureOf(job.photo);
    const image = make('img', { alt: '', class: 'pale', src: api.thumbnail(job.photo, 1024),
        width: photo?.width, height: photo?.height });
    const name = make('span', { class: 'name' });
    const words = make('span', { class: 'quiet' });
    const bar = make('progress', { max: 1, 'aria-label': 'Progress' });
    const large = make('button', { type: 'button', onclick: () => openLarger(jobOf(n)) },
        icon('larger'), 'Paint this one larger');
    const item = make('li', {}, make('a', { class: 'card', href: `#painting-${n}` },
        make('span', { class: 'shot' }, image), name, words), bar, large);

    return { item, image, name, words, bar, large };
}

function showCell(n, start) {
    const job = jobOf(n), cell = cells.get(n);
    const left = leftWords(job);
    const percent = job.state === 'running' ? ` ${percentOf(job)} %` : '';

    setText(cell.name, jobTitle(job).slice(start.length));
    setText(cell.words, `${stateName(job.state)}${percent}${left && ', '}${left}`);
    cell.bar.value = shareOf(job);
    cell.bar.hidden = isOver(job);
    cell.large.hidden = job.state !== 'done';
    cell.large.setAttribute('aria-label', `Paint larger: ${jobTitle(job)}`);
}

function show() {
    const jobs = state.compared.map(jobOf).filter(Boolean);
    if (!jobs.length) return;

    const start = common(jobs.map(jobTitle));
    const ready = jobs.filter((j) => j.state === 'done').length;
    setText(byId('compare-title'), start ? start.slice(0, -2) : 'Side by side');
    setText(byId('compare-words'), ready === jobs.length ? 'All are finished.'
        : `${ready} of ${jobs.length} are finished.`);
    for (const job of jobs) {
        if (!cells.has(job.id)) cells.set(job.id, makeCell(job.id));
        showCell(job.id, start);
    }
    const items = jobs.map((job) => cells.get(job.id).item), list = byId('compare-list');
    if (items.length !== list.children.length || items.some((e, i) => e !== list.children[i]))
        list.replaceChildren(...items);
}

/* --- What happens ------------------------------------------------------------------------ */

function paint(n, src) {
    const cell = cells.get(n);

    if (!cell || cell.src === src) return;
    cell.src = src;
    cell.image.src = src;
    cell.image.classList.remove('pale');
}

const hears = {
    preview: ({ job: n, step }) => paint(n, api.preview(n, step)),
    changed(job) {
        if (job.state === 'done' && cells.has(job.id))
            paint(job.id, api.preview(job.id, 'done'));
    },
};

/* Throws if there is none of them. */
export async function openCompare(numbers) {
    await Promise.all(numbers.map(refresh));
    if (!numbers.some(jobOf)) throw new Error('There are no such paintings any more.');
    cells.clear();
    change((s) => { s.compared = numbers; });
    show();
    for (const job of numbers.map(jobOf).filter(Boolean)) {
        hears.changed(job);
        if (job.progress.step && !isOver(job))
            paint(job.id, api.preview(job.id, job.progress.step));
    }
}

export function closeCompare() {
    change((s) => { s.compared = []; });
}

export function startCompare() {
    listen(hears);
    watch(show);
}
