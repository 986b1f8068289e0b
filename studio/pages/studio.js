// studio.js - begins the page and leads from the places to the easel and back.
import { api } from './api.js';
import { byId, setText } from './dom.js';
import { startArriving } from './arrive.js';
import { startDialogs } from './dialogs.js';
import { bothFull, putEarlier, startPlaces } from './places.js';
import { learnCatalogue } from './catalogue.js';
import { closeEasel, openEasel, startEasel } from './easel.js';
import { startGallery } from './gallery.js';
import { keepDraft, lastDraft } from './draft.js';
import { requestOf } from './recipe.js';
import { startRegions } from './regions.js';
import { startShelf } from './shelf.js';
import { startSliders } from './sliders.js';
import { atRest, blame, forgetErrors, startMore } from './more.js';
import { change, rememberJob, state, watch } from './state.js';

const NO_MODEL = 'There is no network yet that could look at pictures. “impasto model fetch '
    + 'vgg19” brings one; then start the studio again.';

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

const numberInHash = () => Number(/^#painting-(\d+)$/.exec(location.hash)?.[1] ?? 0);

function turnTo(n) {
    byId('studio').hidden = n > 0;
    byId('easel').hidden = byId('new').hidden = n === 0;
    window.scrollTo(0, 0);
}

async function go() {
    const n = numberInHash();

    notice(state.about.models.length ? '' : NO_MODEL);
    turnTo(n);
    if (n) {
        try {
            await openEasel(n);
            byId('easel-title').focus({ preventScroll: true });
            return;
        } catch (e) {
            notice(e.status === 404 ? `There is no painting ${n} any more.` : e.message);
        }
    }
    closeEasel();
    change((s) => { s.shown = 0; });
    turnTo(0);
    document.title = 'impasto';
}

/* --- The beginning ----------------------------------------------------------------------- */

async function learn() {
    const [about, presets, known] = await Promise.all([
        api.about(), api.presets(), api.known(), learnCatalogue()]);
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
    startEasel();
    startGallery((shelf, picture) => {
        putEarlier(shelf, picture);
        location.hash = '';
        window.scrollTo(0, 0);
    });
    byId('wishes').addEventListener('submit', (e) => { e.preventDefault(); paint(); });
    window.addEventListener('hashchange', go);
    go();
}

try {
    await learn();
    start();
} catch (e) {
    notice(e.message);
}
