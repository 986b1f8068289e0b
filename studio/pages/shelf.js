// shelf.js - the dialog in which a picture that was used before is chosen again.
import { api } from './api.js';
import { byId, make } from './dom.js';
import { pixels, title } from './words.js';
import { state } from './state.js';

function makeCard(picture, pick) {
    const name = title(picture, 'Without a name');
    const button = make('button', { type: 'button', class: 'card' },
        make('img', { src: api.thumbnail(picture.id, 256), alt: '', loading: 'lazy' }),
        make('span', { class: 'name' }, name),
        make('span', { class: 'quiet' }, pixels(picture.width, picture.height)));

    button.addEventListener('click', () => pick(picture));
    return make('li', {}, button);
}

/* Calls take(picture) if one is chosen, chooseFile() if it is to be a new one. */
export function openShelf(heading, take, chooseFile) {
    const shelf = byId('shelf');
    const pick = (picture) => { shelf.close(); take(picture); };

    byId('shelf-title').textContent = heading;
    byId('shelf-list').replaceChildren(...state.pictures.map((p) => makeCard(p, pick)));
    byId('shelf-file').onclick = () => { shelf.close(); chooseFile(); };
    shelf.showModal();
}

export function startShelf() {
    const shelf = byId('shelf');

    /* The backdrop belongs to the dialog: what is hit beside its content closes it. */
    shelf.addEventListener('click', (e) => { if (e.target === shelf) shelf.close(); });
}
