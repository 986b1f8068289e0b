// easel.js - one painting: how it emerges, what can be done meanwhile, and what comes of it.
import { api } from './api.js';
import { byId, setText } from './dom.js';
import { removeJob } from './catalogue.js';
import { sure } from './dialogs.js';
import { draftOf } from './recipe.js';
import { follow } from './follow.js';
import { detailWords, jobTitle, leftWords, percentOf, shareOf } from './jobs.js';
import { makeCurve } from './losscurve.js';
import { makeViewer } from './viewer.js';
import { takeRecipe } from './more.js';
import { change, isOver, jobOf, pictureOf, rememberJob, state, watch } from './state.js';
import { stateName } from './words.js';

const SPOKEN_SECONDS = 15;   /* at least so long between two announcements */
const SOON_MS = 60;           /* several events make one question */

/* What a painter can be told: when that makes sense, the states it leads to, and what is said
 * until then, as a step takes its time. */
const ORDERS = {
    stop: { from: ['running', 'paused'], to: ['done', 'failed'], words: 'Stopping' },
    pause: { from: ['running'], to: ['paused'], words: 'Pausing' },
    continue: { from: ['paused'], to: ['running', 'queued'], words: 'Continuing' },
    cancel: { from: ['queued', 'running', 'paused'], to: ['cancelled'], words: 'Cancelling' },
};
const DEEP = ['png', 'tiff'];

let viewer, curve, unfollow = () => {};
let lost = false;    /* the connection */
let ended = false;   /* the job is over, and what came of it is shown */
let spoken = 0;      /* when, in seconds */
let soon;            /* a timer */
let asked = null;    /* what the painter was told and has not done yet */

const easelJob = () => jobOf(state.shown);

/* --- Showing ----------------------------------------------------------------------------- */

function showButtons(job) {
    for (const b of byId('easel-buttons').children) {
        b.hidden = !ORDERS[b.dataset.do].from.includes(job.state);
        b.disabled = asked !== null;
    }
    byId('remove').hidden = !isOver(job);
    byId('download').hidden = job.state !== 'done';
}

function showDownload(job) {
    const format = byId('format').value, depth = byId('depth');
    const name = jobTitle(job).replace(/[^\p{L}\p{N}]+/gu, '-');
    const link = byId('download-link');

    depth.options[1].disabled = !DEEP.includes(format);
    if (depth.options[1].disabled) depth.value = '8';
    link.href = api.result(job.id, format, depth.value);
    link.download = `${name}.${format === 'jpeg' ? 'jpg' : format}`;
}

/* To those who hear the page: rarely while it goes on, at once when it changes. */
function speak(job) {
    const now = Date.now() / 1000;
    if (job.state === 'running' && now - spoken < SPOKEN_SECONDS) return;

    const percent = job.state === 'running' ? `, ${percentOf(job)} percent` : '';
    spoken = now;
    setText(byId('easel-spoken'), `${stateName(job.state)}${percent} ${leftWords(job)}`);
}

function show() {
    const job = easelJob();
    if (!job) return;

    byId('easel').dataset.state = job.state;
    setText(byId('easel-title'), jobTitle(job));
    setText(byId('easel-state'), asked ? ORDERS[asked].words : stateName(job.state));
    setText(byId('easel-left'), lost ? 'connection lost, trying again …'
        : asked ? 'after this step …' : leftWords(job));
    setText(byId('easel-detail'), detailWords(job));
    byId('easel-progress').value = shareOf(job);
    setText(byId('easel-error'), job.state === 'failed' ? job.error : '');
    showButtons(job);
    showDownload(job);
    document.title = job.state === 'running'
        ? `${percentOf(job)} % · impasto` : `${jobTitle(job)} · impasto`;
}

/* --- What happens ------------------------------------------------------------------------ */

function showResult(job) {
    viewer.show({ src: api.result(job.id, 'png', 8), alt: `The painting: ${jobTitle(job)}` });
}

/* While sizes grow, the canvas keeps the size of the photograph. */
function showPreview(job, version) {
    const photo = pictureOf(job.photo);
    viewer.show({ src: api.preview(job.id, version), alt: 'The painting as it is now',
        width: photo?.width, height: photo?.height });
}

/* The job as the server has it: an event may be an old one, told again. */
async function refresh(n) {
    const job = await api.job(n);
    if (state.shown !== n) return;

    if (isOver(job) || ORDERS[asked]?.to.includes(job.state)) asked = null;
    rememberJob(job);
    speak(job);
    if (!isOver(job) || ended) return;
    ended = true;
    if (job.state === 'done') showResult(job);
}

function refreshSoon(n) {
    clearTimeout(soon);
    soon = setTimeout(() => refresh(n).catch(() => reach(false)), SOON_MS);
}

function reach(is) {
    lost = !is;
    show();
}

/* The stream breaks off as well when there is no more to tell. */
function broken(n) {
    if (ended) unfollow();
    else refreshSoon(n);
}

function hear(n) {
    return {
        progress(progress) {
            const job = jobOf(n);
            curve.add(progress);
            if (ended || progress.step < job.progress.step) return;
            rememberJob({ ...job, progress: { ...job.progress, ...progress } });
            speak(easelJob());
        },
        preview({ step }) {
            const job = jobOf(n);
            if (!ended && step >= job.progress.step) showPreview(job, step);
        },
        state: () => refreshSoon(n),
        lost: () => broken(n),
        found: () => reach(true),
    };
}

async function tell(what) {
    const n = state.shown;

    if (what === 'cancel' && !await sure('Cancel this painting?', 'What is painted so far is '
        + 'thrown away. “Stop and keep” keeps it.', 'Cancel it')) return;
    setText(byId('easel-error'), '');
    try {
        asked = what;
        show();
        await api.tell(n, what);
        await refresh(n);
    } catch (e) {
        asked = null;
        show();
        setText(byId('easel-error'), e.message);
    }
}

async function remove() {
    if (await removeJob(easelJob())) location.hash = '';
}

/* Back to the places and sliders, as they were for this job. */
async function again() {
    const job = easelJob();
    const preset = job.params.preset ?? 'default';

    try {
        const recipe = await takeRecipe(preset);
        const styles = job.styles.map(
            (style) => ({ ...style, picture: pictureOf(style.picture) }));
        change((s) => {
            s.draft = { photo: pictureOf(job.photo) ?? null,
                styles: styles.filter((each) => each.picture), preset,
                keep: job.keep, masked: job.photo,
                ...draftOf(job.params, recipe) };
        });
        location.hash = '';
    } catch (e) {
        setText(byId('easel-error'), e.message);
    }
}

/* --- Beginning and end ------------------------------------------------------------------- */

export async function openEasel(n) {
    const job = await api.job(n);
    const photo = pictureOf(job.photo);

    closeEasel();
    change((s) => { s.shown = n; });
    rememberJob(job);
    viewer.begin({ src: api.pictureFile(job.photo), backup: api.thumbnail(job.photo, 1024),
        width: photo?.width ?? 4, height: photo?.height ?? 3, alt: 'The photograph' });
    if (job.progress.step && !isOver(job)) showPreview(job, job.progress.step);
    unfollow = follow(n, hear(n));
    await refresh(n);
}

export function closeEasel() {
    unfollow();
    unfollow = () => {};
    clearTimeout(soon);
    lost = ended = false;
    asked = null;
    spoken = 0;
    curve.clear();
    setText(byId('easel-error'), '');
    setText(byId('easel-spoken'), '');
}

export function startEasel() {
    viewer = makeViewer(byId('viewer'));
    curve = makeCurve(byId('curve'));
    curve.clear();
    for (const b of byId('easel-buttons').children)
        b.addEventListener('click', () => tell(b.dataset.do));
    byId('remove').addEventListener('click', remove);
    byId('again').addEventListener('click', again);
    byId('download').addEventListener('change', show);
    byId('download').addEventListener('submit', (e) => e.preventDefault());
    watch(show);
}
