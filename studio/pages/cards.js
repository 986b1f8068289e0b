// cards.js - a painting or a picture in the gallery, and what can be done with it there.
import { api } from './api.js';
import { byId, icon, make, setText } from './dom.js';
import { isOver, state } from './state.js';
import { pin, removeJob, removePicture, renameJob, renamePicture } from './catalogue.js';
import { jobTitle, percentOf } from './jobs.js';
import { pixels, stateName, title, when } from './words.js';

function makeDeed(name, symbol, deed) {
    return make('button', { type: 'button', class: 'deed', 'data-deed': name, onclick: deed },
        icon(symbol));
}

/* The card that had the focus goes with what was on it. */
async function removed(gone) {
    if (await gone && document.activeElement === document.body)
        byId('gallery-title').focus({ preventScroll: true });
}

/* What a button does is told by its name, which has the picture's in it. */
function nameDeed(button, words, name) {
    button.setAttribute('aria-label', `${words} ${name}`);
    button.title = words;
}

/* --- Paintings --------------------------------------------------------------------------- */

/* `job` is looked up at the time: cards stay, jobs are replaced by newer ones. */
export function makeJobCard(id) {
    const job = () => state.jobs.find((j) => j.id === id);
    const image = make('img', { alt: '', loading: 'lazy' });
    const badge = make('span', { class: 'badge' });
    const name = make('span', { class: 'name' });
    const time = make('span', { class: 'quiet' });
    const link = make('a', { class: 'card', href: `#painting-${id}` },
        make('span', { class: 'shot' }, image, badge), name, time);
    const deeds = {
        pin: makeDeed('pin', 'pin', () => pin(job())),
        rename: makeDeed('rename', 'pen', () => renameJob(job())),
        remove: makeDeed('remove', 'bin', () => removed(removeJob(job()))),
    };

    return { link, image, badge, name, time, deeds,
        item: make('li', {}, link, make('div', { class: 'deeds' }, ...Object.values(deeds))) };
}

/* Until there is a painting, and where none came of it: the photograph, paler. */
export function showJobCard(card, job) {
    const percent = job.state === 'running' ? ` ${percentOf(job)} %` : '';
    const name = jobTitle(job);

    if (card.state !== job.state) {
        const painted = job.state === 'done';
        card.image.classList.toggle('pale', !painted);
        card.image.src = painted ? api.preview(job.id, job.state, 256)
            : api.thumbnail(job.photo, 256);
        card.state = job.state;
    }
    card.badge.hidden = job.state === 'done';
    setText(card.badge, stateName(job.state) + percent);
    setText(card.name, name);
    setText(card.time, when(job.finished ?? job.created));
    if (job.id === state.shown) card.link.setAttribute('aria-current', 'page');
    else card.link.removeAttribute('aria-current');
    card.deeds.pin.setAttribute('aria-pressed', job.pinned);
    card.deeds.remove.hidden = !isOver(job);
    nameDeed(card.deeds.pin, 'Pin', name);
    nameDeed(card.deeds.rename, 'Rename', name);
    nameDeed(card.deeds.remove, 'Delete', name);
}

/* --- Pictures ---------------------------------------------------------------------------- */

/* `pick` is called with the picture that is chosen; without `deeds` that is all. */
export function makePictureCard(picture, pick, { deeds = false } = {}) {
    const name = title(picture, 'Without a name');
    const button = make('button', { type: 'button', class: 'card',
        onclick: () => pick(picture) },
        make('img', { src: api.thumbnail(picture.id, 256), alt: '', loading: 'lazy' }),
        make('span', { class: 'name' }, name),
        make('span', { class: 'quiet' }, pixels(picture.width, picture.height)));
    const item = make('li', {}, button);

    if (!deeds) return item;
    const rename = makeDeed('rename', 'pen', () => renamePicture(picture));
    const remove = makeDeed('remove', 'bin', () => removed(removePicture(picture)));
    nameDeed(rename, 'Rename', name);
    nameDeed(remove, 'Delete', name);
    item.append(make('div', { class: 'deeds' }, rename, remove));
    return item;
}
