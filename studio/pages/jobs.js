// jobs.js - what there is to say of a job; touches no element.
import { pictureOf, state } from './state.js';
import { duration, pixels, plural, title } from './words.js';

/* The name it was given, else what it is made of. */
export function jobTitle(job) {
    if (job.name) return job.name;

    const photo = title(pictureOf(job.photo), 'Photograph');
    const styles = job.styles.map((s) => title(pictureOf(s.picture), 'painting'));
    return `${photo} after ${styles.join(' and ')}`;
}

const LARGER = / \(\d+ pixels\)$/;

/* The name of the same painting at another size. */
export const largerTitle = (job, side) =>
    `${jobTitle(job).replace(LARGER, '')} (${side} pixels)`;

/* The variations that were asked for together. */
export const siblingsOf = (job) =>
    job.group ? state.jobs.filter((j) => j.group === job.group) : [];

export const shareOf = ({ progress: { step, steps } }) => steps ? step / steps : 0;
export const percentOf = (job) => Math.round(100 * shareOf(job));

/* --- The queue --------------------------------------------------------------------------- */

const sooner = (a, b) => b.priority - a.priority || a.id - b.id;

/* How many are painted before it. */
export const aheadOf = (job) => state.jobs.filter(
    (j) => j.state === 'queued' && j.id !== job.id && sooner(j, job) < 0).length;

/* The priority that brings it before all others, within what the server takes. */
export const nextPriority = (job) => Math.min(100, 1 + Math.max(
    ...state.jobs.filter((j) => j.state === 'queued' && j.id !== job.id)
        .map((j) => j.priority), 0));

function queueWords(job) {
    const ahead = aheadOf(job);

    if (ahead === 0) return 'It is the next one.';
    return ahead === 1 ? 'One other painting comes first.'
        : `${ahead} other paintings come first.`;
}

/* --- Progress ---------------------------------------------------------------------------- */

export function leftWords({ state: is, progress: p }) {
    if (is === 'running' && p.left > 0) return `about ${duration(p.left)} left`;
    if (is === 'running') return 'looking at the pictures';
    if (is === 'done' && p.seconds > 0) return `in ${duration(p.seconds)}`;
    return '';
}

export function detailWords(job) {
    const p = job.progress;

    if (job.state === 'queued') return queueWords(job);
    if (!p.step) return '';
    const size = p.width ? `, ${pixels(p.width, p.height)} pixels` : '';
    return job.state === 'done' ? `${plural(p.step, 'step')}${size}`
        : `Step ${p.step} of ${p.steps}${size}`;
}

/* --- The same again ---------------------------------------------------------------------- */

const given = (all, names) => Object.fromEntries(
    names.filter((name) => all[name] !== undefined && all[name] !== null)
        .map((name) => [name, all[name]]));

/* What asks for the same painting again, with other values for some parameters. */
export function requestOfJob(job, params = {}) {
    return {
        ...given(job, ['photo', 'keep', 'content', 'init']),
        styles: job.styles.map((s) =>
            given(s, ['picture', 'weight', 'scale', 'mask', 'source', 'colours'])),
        params: { ...job.params, ...params },
    };
}

