// stream.js - hears of all jobs, again after an interruption, and keeps them up to date.
import { api } from './api.js';
import { PAGE } from './catalogue.js';
import { change, forgetJob, forgetPicture, isOver, jobOf, rememberJob, state } from './state.js';

const AGAIN_MS = 3000;
const SOON_MS = 60;   /* several events make one question */

const listeners = new Set();
const soon = new Map();   /* timers, by job */
let source;

/* hears: progress(data), preview(data), changed(job), reach(is); data.job is the job's number.
 * Returns what ends it. */
export function listen(hears) {
    listeners.add(hears);
    return () => listeners.delete(hears);
}

function tell(name, what) {
    for (const hears of listeners) hears[name]?.(what);
}

/* --- What the server has ----------------------------------------------------------------- */

/* The job as the server has it: an event may be an old one, told again. */
export async function refresh(n) {
    try {
        const job = await api.job(n);
        rememberJob(job);
        tell('changed', job);
    } catch (e) {
        if (e.status !== 404) throw e;
        forgetJob(n);
    }
}

function refreshSoon(n) {
    if (soon.has(n)) return;
    soon.set(n, setTimeout(() => {
        soon.delete(n);
        refresh(n).catch(() => tell('reach', false));
    }, SOON_MS));
}

/* `jobs` are the latest that there are. */
function forgetBeside(jobs) {
    const there = new Set(jobs.map((job) => job.id));
    const least = jobs.length < PAGE ? 0 : jobs.at(-1).id;

    state.jobs.filter((job) => job.id >= least && !there.has(job.id))
        .forEach((job) => forgetJob(job.id));
}

/* What happened while nobody listened. */
async function catchUp() {
    for (const job of state.jobs.filter((j) => !isOver(j))) refreshSoon(job.id);
    try {
        const known = state.jobs[0]?.id ?? 0;
        const jobs = await api.jobs({ limit: PAGE });
        jobs.filter((job) => job.id > known).reverse().forEach(rememberJob);
        forgetBeside(jobs);
    } catch {
        /* The connection is lost again, and told of by the stream. */
    }
}

/* --- What is heard ----------------------------------------------------------------------- */

/* The state of a job is asked for: an old event must not bring back what is over. */
function progress(data) {
    const job = jobOf(data.job);

    if (!job) return refreshSoon(data.job);
    if (job.state === 'queued') refreshSoon(job.id);
    if (isOver(job) || data.step < job.progress.step) return;
    change(() => {
        const { job: _, ...rest } = data;
        job.progress = { ...job.progress, ...rest };
    });
    tell('progress', data);
}

const HEARD = {
    progress,
    preview: (data) => tell('preview', data),
    state: (data) => refreshSoon(data.job),
    removed: (data) => (data.job ? forgetJob(data.job) : forgetPicture(data.picture)),
    missed: () => catchUp(),
};

/* EventSource resumes by itself where the connection broke, with the id of the last event. It
 * gives up if the server refuses it, as while a proxy has no server behind it: then it is
 * begun again. */
function begin() {
    source = new EventSource(api.events);
    for (const [name, hear] of Object.entries(HEARD))
        source.addEventListener(name, (e) => hear(JSON.parse(e.data)));
    source.onopen = () => { tell('reach', true); catchUp(); };
    source.onerror = () => {
        tell('reach', false);
        if (source.readyState === EventSource.CLOSED) setTimeout(begin, AGAIN_MS);
    };
}

export function startStream() {
    begin();
    window.addEventListener('pagehide', () => source.close());
    window.addEventListener('pageshow', (e) => { if (e.persisted) begin(); });
}
