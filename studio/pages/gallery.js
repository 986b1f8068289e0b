// gallery.js - what was painted here, and the pictures it was made of: found again.
import { byId, setText } from './dom.js';
import { say } from './dialogs.js';
import { allJobs, isKind, moreJobs } from './catalogue.js';
import { makeJobCard, makePictureCard, showJobCard } from './cards.js';
import { jobTitle } from './jobs.js';
import { state, watch } from './state.js';
import { title } from './words.js';

const shelves = {
    jobs: {
        title: 'Paintings made here', all: () => state.jobs, name: jobTitle,
        empty: 'Nothing has been painted yet.',
    },
    photo: {
        title: 'Photographs', name: (p) => title(p, ''),
        all: () => state.pictures.filter((p) => isKind(p, 'photo')),
        empty: 'There is no photograph yet.', hint: 'Choose one to repaint it.',
    },
    painting: {
        title: 'Paintings to go by', name: (p) => title(p, ''),
        all: () => state.pictures.filter((p) => isKind(p, 'painting')),
        empty: 'There is no painting yet.', hint: 'Choose one to paint in its manner.',
    },
};

const cards = new Map();
let open = 'jobs', sought = '', loading = false, choose;

/* --- Showing ----------------------------------------------------------------------------- */

function cardOf(thing) {
    const key = open === 'jobs' ? thing.id : `${open} ${thing.id} ${thing.name}`;

    if (open !== 'jobs') {
        if (!cards.has(key)) cards.set(key, makePictureCard(thing,
            (picture) => choose(open, picture), { deeds: true }));
        return cards.get(key);
    }
    if (!cards.has(key)) cards.set(key, makeJobCard(thing.id));
    showJobCard(cards.get(key), thing);
    return cards.get(key).item;
}

const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/* Every word that is sought, anywhere in the name. */
function fits(name) {
    const text = plain(name);
    return plain(sought).split(/\s+/).every((word) => text.includes(word));
}

function found() {
    const shelf = shelves[open];
    return shelf.all().filter((thing) => fits(shelf.name(thing)));
}

/* What the search hides is told: what is new may be among it. */
function wordsFor(n) {
    const shelf = shelves[open], hidden = shelf.all().length - n;

    if (!n) return hidden ? `None of them is called “${sought}”.` : shelf.empty;
    if (!hidden) return shelf.hint ?? '';
    return `${n} found; the search hides ${hidden === 1 ? 'another one' : `${hidden} others`}.`;
}

function show() {
    const items = found().map(cardOf);
    const list = byId('gallery-list');

    byId('gallery').hidden = !state.jobs.length && !state.pictures.length;
    setText(byId('gallery-words'), wordsFor(items.length));
    byId('gallery-clear').hidden = !sought;
    byId('gallery-more').hidden = open !== 'jobs' || state.allJobs;
    list.setAttribute('aria-label', shelves[open].title);
    for (const b of byId('gallery-shelves').children)
        b.setAttribute('aria-pressed', b.dataset.shelf === open);
    if (items.length !== list.children.length || items.some((e, i) => e !== list.children[i]))
        list.replaceChildren(...items);
}

/* --- More of it -------------------------------------------------------------------------- */

async function load(how) {
    if (loading || state.allJobs) return;
    loading = true;
    try {
        await how();
    } catch (e) {
        say(e.message);
    }
    loading = false;
}

/* What is sought may be older than what is there. */
function seek() {
    sought = byId('gallery-search').value.trim();
    show();
    if (sought) load(allJobs);
}

function clear() {
    byId('gallery-search').value = '';
    seek();
    byId('gallery-search').focus();
}

/* `use` is called with the shelf ("photo" or "painting") and the picture to be used. */
export function startGallery(use) {
    choose = use;
    for (const b of byId('gallery-shelves').children)
        b.addEventListener('click', () => { open = b.dataset.shelf; show(); });
    byId('gallery-search').addEventListener('input', seek);
    byId('gallery-clear').addEventListener('click', clear);
    byId('gallery-more').addEventListener('click', () => load(moreJobs));
    new IntersectionObserver(([seen]) => {
        if (seen.isIntersecting) load(moreJobs);
    }, { rootMargin: '400px' }).observe(byId('gallery-more'));
    watch(show);
}
