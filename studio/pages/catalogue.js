// catalogue.js - earlier pictures and paintings: they come page by page, and stay in order.
import { api } from './api.js';
import { say, sure, write } from './dialogs.js';
import { change, forgetJob, forgetPicture, pictureOf, rememberJob, rememberPicture,
    state } from './state.js';
import { jobTitle } from './jobs.js';
import { title } from './words.js';

export const PAGE = 60;
const ALL = 1000;   /* as many as the server gives in one go */
const NAME = 100;   /* so many letters fit the server's names in any writing */
const KEY = 'impasto.kinds';

/* --- Pages ------------------------------------------------------------------------------- */

/* A job's pictures may be older than those that are known. */
async function learnPictures(jobs) {
    const ids = new Set(jobs.flatMap((j) => [j.photo, ...j.styles.map((s) => s.picture)]));
    const missing = [...ids].filter((id) => !pictureOf(id));
    const found = await Promise.all(missing.map((id) => api.picture(id).catch(() => null)));
    const pictures = found.filter(Boolean);

    if (!pictures.length) return;
    change((s) => {
        s.pictures = [...s.pictures, ...pictures].sort((a, b) => b.created - a.created);
    });
}

export async function moreJobs(limit = PAGE) {
    const jobs = await api.jobs({ limit, before: state.jobs.at(-1)?.id });

    change((s) => {
        const known = new Set(s.jobs.map((j) => j.id));
        s.jobs.push(...jobs.filter((j) => !known.has(j.id)));
        s.allJobs = jobs.length < limit;
    });
    await learnPictures(jobs);
}

export async function allJobs() {
    while (!state.allJobs) await moreJobs(ALL);
}

/* --- What a picture is for --------------------------------------------------------------- */

/* The server does not tell photographs from paintings: the jobs do, and where a picture was
 * put. */
let kinds = {};

export function rememberKind(id, kind) {
    kinds[id] = kind;
    try {
        localStorage.setItem(KEY, JSON.stringify(kinds));
    } catch {
        /* It is on both shelves, then. */
    }
}

/* Whether it belongs to the photographs ("photo") or the paintings ("painting"). What was
 * never used belongs to both. */
export function isKind(picture, kind) {
    const photo = state.jobs.some((j) => j.photo === picture.id);
    const painting = state.jobs.some((j) => j.styles.some((s) => s.picture === picture.id));

    if (photo || painting) return kind === 'photo' ? photo : painting;
    return (kinds[picture.id] ?? kind) === kind;
}

/* --- What their owner does with them ----------------------------------------------------- */

/* Tells what went wrong. */
async function attempt(how) {
    try {
        await how();
        return true;
    } catch (e) {
        say(e.message);
        return false;
    }
}

/* Asks for a painting that has a name from the beginning. */
export async function paintNamed(request, name) {
    const job = await api.paint(request);
    const named = await api.change(job.id, { name: [...name].slice(0, NAME).join('') });

    rememberJob(named);
    return named;
}

export const pin = (job) => attempt(async () => {
    rememberJob(await api.change(job.id, { pinned: !job.pinned }));
    say(job.pinned ? 'No longer pinned.' : 'Pinned: it stays when room is made on the disk.');
});

export const renameJob = (job) => attempt(async () => {
    const name = await write('Name this painting', 'Name', jobTitle(job));
    if (name !== null) rememberJob(await api.change(job.id, { name }));
});

export const renamePicture = (picture) => attempt(async () => {
    const name = await write('Name this picture', 'Name', title(picture, ''));
    if (name !== null) rememberPicture(await api.changePicture(picture.id, { name }));
});

/* Both resolve to whether it is gone. */
export async function removeJob(job) {
    if (!await sure('Delete this painting?',
        `“${jobTitle(job)}” goes for good; the pictures it was made of stay.`, 'Delete it'))
        return false;
    return attempt(async () => {
        await api.remove(job.id);
        forgetJob(job.id);
        say('Deleted.');
    });
}

export async function removePicture(picture) {
    if (!await sure('Delete this picture?',
        `“${title(picture, 'Without a name')}” goes for good, from the studio only.`,
        'Delete it')) return false;
    return attempt(async () => {
        await api.removePicture(picture.id);
        forgetPicture(picture.id);
        say('Deleted.');
    });
}

/* --- The beginning ----------------------------------------------------------------------- */

function lastKinds() {
    try {
        return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
        return {};
    }
}

export async function learnCatalogue() {
    const pictures = await api.pictures({ limit: ALL });

    kinds = lastKinds();
    change((s) => { s.pictures = pictures; });
    await moreJobs();
}
