// shelf.js - the dialog in which a picture that was used before is chosen again.
import { makePictureCard } from './cards.js';
import { isKind } from './catalogue.js';
import { closeBeside } from './dialogs.js';
import { byId } from './dom.js';
import { state } from './state.js';

/* Photographs or paintings first, the others after them. */
function sorted(kind) {
    const mine = state.pictures.filter((p) => isKind(p, kind));
    return [...mine, ...state.pictures.filter((p) => !mine.includes(p))];
}

/* Calls take(picture) if one is chosen, chooseFile() if it is to be a new one. `kind` as in
 * catalogue.js. */
export function openShelf(heading, kind, take, chooseFile) {
    const shelf = byId('shelf');
    const pick = (picture) => { shelf.close(); take(picture); };

    byId('shelf-title').textContent = heading;
    byId('shelf-list').replaceChildren(...sorted(kind).map((p) => makePictureCard(p, pick)));
    byId('shelf-file').onclick = () => { shelf.close(); chooseFile(); };
    shelf.showModal();
}

export function startShelf() {
    closeBeside(byId('shelf'));
}
