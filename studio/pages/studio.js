// studio.js - begins the page and leads from the places to the easel and back.
import { api } from './api.js';
import { byId, setText } from './dom.js';
import { startArriving } from './arrive.js';
import { startDialogs } from './dialogs.js';
import { bothFull, putEarlier, startPlaces } from './places.js';
import { learnCatalogue } from './catalogue.js';
import { closeCompare, comparedIn, openCompare, startCompare } from './compare.js';
import { startDisk } from './disk.js';
import { closeEasel, openEasel, startEasel } from './easel.js';
import { startGallery } from './gallery.js';
import { keepDraft, lastDraft } from './draft.js';
import { requestOf } from './recipe.js';
import { startLarger } from './larger.js';
import { startPlan } from './plan.js';
import { startRegions } from './regions.js';
import { startSession } from './session.js';
import { startShelf } from './shelf.js';
import { startSliders } from './sliders.js';
import { startStream } from './stream.js';
import { ofDraft, openVariations, startVariations } from './variations.js';
import { atRest, blame, forgetErrors, startMore } from './more.js';
import { change, jobOf, rememberJob, state, watch } from './state.js';

const NO_MODEL = 'There is no network yet that could look at pictures. “impasto model fetch '
    + 'vgg19” brings one; then start the studio again.';

const AGAIN_MS = 3000;

function notice(text) {
    byId('notice').hidden = !text;
    setText(byId('notice'), text);
}

/* --- Painting ---------------------------------------------------------------------------- */

async function paint() {
    const { draft, recipe } = state;

    forgetErrors();
    setText(byId('paint-error'), '');
    if (!bothFull()) return;
    byId('paint').disabled = true;
    try {
        const job = await api.paint(requestOf(draft, recipe));
        rememberJob(job);
        location.hash = `#painting-${job.id}`;
    } catch (e) {
        if (!blame(e.message)) setText(byId('paint-error'), e.message);
    }
    byId('paint').disabled = false;
}

/* --- Where the page is ------------------------------------------------------------------- */

const numberIn = (hash) => Number(/^#painting-(\d+)$/.exec(hash)?.[1] ?? 0);

/* What a place is opened by; without one a new painting is prepared. */
function wayOf(hash) {
    const n = numberIn(hash), compared = comparedIn(hash);

    if (n) return { name: 'easel', open: () => openEasel(n) };
    if (compared.length) return { name: 'compare', open: () => openCompare(compared) };
    return { name: 'studio' };
}

/* What is shown can be deleted, here or elsewhere. */
function leaveGone() {
    if (state.shown && !jobOf(state.shown)) location.hash = '';
}

function turnTo(name) {
    for (const each of ['studio', 'easel', 'compare']) byId(each).hidden = each !== name;
    byId('new').hidden = name === 'studio';
    window.scrollTo(0, 0);
}

function leave(name) {
    if (name !== 'easel') closeEasel();
    if (name !== 'compare') closeCompare();
    if (name !== 'easel') change((s) => { s.shown = 0; });
}

async function go() {
    const { name, open } = wayOf(location.hash);

    notice(state.about.models.length ? '' : NO_MODEL);
    leave(name);
    turnTo(name);
    document.title = 'impasto';
    if (!open) return;
    try {
        await open();
        byId(`${name}-title`).focus({ preventScroll: true });
    } catch (e) {
        notice(e.message);
        leave('studio');
        turnTo('studio');
    }
}

/* --- The beginning ----------------------------------------------------------------------- */

async function learn() {
    const about = await api.about();   /* where one logs in, once */
    const [presets, known] = await Promise.all([
        api.presets(), api.known(), learnCatalogue()]);
    const draft = lastDraft(presets, state.pictures);
    const recipe = await api.params(draft?.preset ?? state.draft.preset);

    change((s) => {
        Object.assign(s, { about, presets, recipe });
        s.known = new Map(known.map((k) => [k.name, k]));
        s.draft.sliders = atRest(recipe);
        if (draft) Object.assign(s.draft, draft);
    });
    watch(keepDraft);
}

function start() {
    startDialogs();
    startPlaces();
    startRegions();
    startArriving();
    startShelf();
    startSliders();
    startMore();
    startPlan();
    startEasel();
    startLarger();
    startVariations();
    startCompare();
    startDisk();
    startStream();
    startGallery((shelf, picture) => {
        putEarlier(shelf, picture);
        location.hash = '';
        window.scrollTo(0, 0);
    });
    byId('wishes').addEventListener('submit', (e) => { e.preventDefault(); paint(); });
    byId('vary').addEventListener('click', () => {
        if (bothFull()) openVariations(ofDraft());
    });
    window.addEventListener('hashchange', go);
    watch(leaveGone);
    go();
}

/* Until the server is there. */
async function begin() {
    try {
        await learn();
    } catch (e) {
        notice(e.message);
        if (e.code === 'unreachable') setTimeout(begin, AGAIN_MS);
        return;
    }
    start();
}

await startSession();
begin();
