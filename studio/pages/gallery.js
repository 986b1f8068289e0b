// gallery.js - the earlier paintings, each a way to its easel.
import { api } from './api.js';
import { byId, make, setText } from './dom.js';
import { jobTitle, percentOf } from './easel.js';
import { change, isOver, state, watch } from './state.js';
import { stateName, when } from './words.js';

const LOOK_AGAIN_MS = 5000;

const cards = new Map();

function makeCard(job) {
    const image = make('img', { alt: '', loading: 'lazy' });
    const badge = make('span', { class: 'badge' });
    const name = make('span', { class: 'name' });
    const time = make('span', { class: 'quiet' }, when(job.created));
    const link = make('a', { class: 'card', href: `#painting-${job.id}` },
        make('span', { class: 'shot' }, image, badge), name, time);

    return { item: make('li', {}, link), link, image, badge, name };
}

/* Until there is a painting, and where none came of it: the photograph, paler. */
function showCard(job) {
    if (!cards.has(job.id)) cards.set(job.id, makeCard(job));
    const card = cards.get(job.id);
    const percent = job.state === 'running' ? ` ${percentOf(job)} %` : '';

    if (card.state !== job.state) {
        const painted = job.state === 'done';
        card.image.classList.toggle('pale', !painted);
        card.image.src = painted ? api.preview(job.id, job.state)
            : api.thumbnail(job.photo, 256);
        card.state = job.state;
    }
    card.badge.hidden = job.state === 'done';
    setText(card.badge, stateName(job.state) + percent);
    setText(card.name, jobTitle(job));
    if (job.id === state.shown) card.link.setAttribute('aria-current', 'page');
    else card.link.removeAttribute('aria-current');
    return card.item;
}

function show() {
    const items = state.jobs.map(showCard);
    const list = byId('gallery-list');

    byId('gallery').hidden = !items.length;
    if (items.length !== list.children.length || items.some((e, i) => e !== list.children[i]))
        list.replaceChildren(...items);
}

/* Jobs that are not on the easel go on, too. */
async function lookAgain() {
    const busy = state.jobs.some((job) => !isOver(job) && job.id !== state.shown);
    if (!busy || document.hidden) return;
    try {
        const jobs = await api.jobs();
        const mine = state.jobs.find((j) => j.id === state.shown);
        change((s) => { s.jobs = jobs.map((j) => j.id === mine?.id ? mine : j); });
    } catch {
        /* The easel tells of lost connections; here the next look will do. */
    }
}

export function startGallery() {
    watch(show);
    setInterval(lookAgain, LOOK_AGAIN_MS);
}
