// easel.js - one painting: how it emerges, and what comes of it.
import { api } from './api.js';
import { startDeeds, showDeeds } from './deeds.js';
import { byId, setText } from './dom.js';
import { showDownload, startDownload } from './download.js';
import { detailWords, jobTitle, leftWords, percentOf, shareOf } from './jobs.js';
import { makeCurve } from './losscurve.js';
import { forgetOrder, orderError, orderSeen, orderWords, showOrders,
    startOrders } from './orders.js';
import { listen, refresh } from './stream.js';
import { change, isOver, jobOf, pictureOf, state, watch } from './state.js';
import { makeViewer } from './viewer.js';
import { forgetWeights, showWeights, startWeights } from './weights.js';
import { stateName } from './words.js';

const SPOKEN_SECONDS = 15;   /* at least so long between two announcements */

let viewer, curve;
let lost = false;    /* the connection */
let ended = false;   /* the job is over, and what came of it is shown */
let spoken = 0;      /* when, in seconds */

/* --- Showing ----------------------------------------------------------------------------- */

/* To those who hear the page: rarely while it goes on, at once when it changes. */
function speak(job) {
    const now = Date.now() / 1000;
    if (job.state === 'running' && now - spoken < SPOKEN_SECONDS) return;

    const percent = job.state === 'running' ? `, ${percentOf(job)} percent` : '';
    spoken = now;
    setText(byId('easel-spoken'), `${stateName(job.state)}${percent} ${leftWords(job)}`);
}

function show() {
    const job = jobOf(state.shown);
    if (!job) return;

    byId('easel').dataset.state = job.state;
    setText(byId('easel-title'), jobTitle(job));
    setText(byId('easel-state'), orderWords() ?? stateName(job.state));
    setText(byId('easel-left'), lost ? 'connection lost, trying again …'
        : orderWords() ? 'after this step …' : leftWords(job));
    setText(byId('easel-detail'), detailWords(job));
    byId('easel-progress').value = shareOf(job);
    setText(byId('easel-error'), job.state === 'failed' ? job.error : orderError());
    showOrders(job);
    showWeights(job);
    showDownload(job);
    showDeeds(job);
    document.title = job.state === 'running'
        ? `${percentOf(job)} % · impasto` : `${jobTitle(job)} · impasto`;
}

/* While sizes grow, the canvas keeps the size of the photograph. */
function showPreview(job, version) {
    const photo = pictureOf(job.photo);
    viewer.show({ src: api.preview(job.id, version), alt: 'The painting as it is now',
        width: photo?.width, height: photo?.height });
}

/* --- What happens ------------------------------------------------------------------------ */

function finish(job) {
    if (!isOver(job) || ended) return;
    ended = true;
    if (job.state === 'done')
        viewer.show({ src: api.result(job.id, { format: 'png' }),
            alt: `The painting: ${jobTitle(job)}` });
    showLosses(job.id);
}

/* All there have been, also those of an earlier visit. A painting that was stopped has no more
 * steps to come. */
async function showLosses(n) {
    try {
        const losses = await api.losses(n);
        const job = jobOf(n);
        if (state.shown === n && job)
            curve.set(losses, isOver(job) ? losses.step.at(-1) ?? 1 : job.progress.steps);
    } catch {
        /* The curve is then as long as this visit. */
    }
}

const shown = (hear) => (data) => { if (data.job === state.shown && !ended) hear(data); };

const hears = {
    progress: shown((progress) => {
        curve.add(progress);
        speak(jobOf(progress.job));
    }),
    preview: shown(({ job: n, step }) => {
        const job = jobOf(n);
        if (step >= job.progress.step) showPreview(job, step);
    }),
    changed(job) {
        if (job.id !== state.shown) return;
        change(() => orderSeen(job));
        speak(job);
        finish(job);
    },
    reach(is) {
        if (is && lost && state.shown) showLosses(state.shown);
        lost = !is;
        show();
    },
};

/* --- Beginning and end ------------------------------------------------------------------- */

/* Throws if there is no such job. */
export async function openEasel(n) {
    closeEasel();
    await refresh(n);

    const job = jobOf(n), photo = pictureOf(job?.photo);
    if (!job) throw new Error(`There is no painting ${n} any more.`);
    change((s) => { s.shown = n; });
    viewer.begin({ src: api.pictureFile(job.photo), backup: api.thumbnail(job.photo, 1024),
        width: photo?.width ?? 4, height: photo?.height ?? 3, alt: 'The photograph' });
    if (job.progress.step && !isOver(job)) showPreview(job, job.progress.step);
    if (!isOver(job)) showLosses(n);
    hears.changed(job);
}

export function closeEasel() {
    ended = false;
    spoken = 0;
    forgetOrder();
    forgetWeights();
    curve.clear();
    setText(byId('easel-spoken'), '');
}

export function startEasel() {
    viewer = makeViewer(byId('viewer'));
    curve = makeCurve(byId('curve'));
    curve.clear();
    startOrders();
    startWeights();
    startDownload();
    startDeeds();
    listen(hears);
    watch(show);
}
