// disk.js - how much of the disk the studio has taken, and what goes when there is no more.
import { api } from './api.js';
import { byId, setText } from './dom.js';
import { jobTitle } from './jobs.js';
import { isOver, state, watch } from './state.js';
import { bytes } from './words.js';

const SETTLE_MS = 1000;
const NEARLY = 0.85;

let seen = '', timer;

/* The oldest that is not pinned, if all are known. */
function firstToGo() {
    const job = state.allJobs && state.jobs.findLast((j) => isOver(j) && !j.pinned);
    return job ? `, “${jobTitle(job)}” first` : '';
}

function words({ used, budget, pinned }) {
    const held = pinned ? `, ${bytes(pinned)} of it pinned` : '';
    return `${bytes(used)} of ${bytes(budget)} used${held}.`;
}

const goes = () => 'When it is full, the oldest paintings that are not pinned go'
    + `${firstToGo()}; then pictures that no painting needs.`;

async function look() {
    try {
        const disk = await api.disk();
        const meter = byId('disk-meter');
        meter.max = disk.budget;
        meter.high = NEARLY * disk.budget;
        meter.value = disk.used;
        setText(byId('disk-words'), words(disk));
        setText(byId('disk-goes'), goes());
        byId('disk').hidden = false;
    } catch {
        byId('disk').hidden = true;
    }
}

/* Asked again when there are others, or others are over or pinned. */
function show() {
    const now = JSON.stringify([state.pictures.length,
        state.jobs.map((j) => [j.id, isOver(j), j.pinned])]);

    if (now === seen) return;
    seen = now;
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_MS);
}

export const startDisk = () => watch(show);
