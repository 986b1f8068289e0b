// arrive.js - pictures that are let go over the page or pasted find their place.
import { setText } from './dom.js';
import { firstEmpty, places, take } from './places.js';
import { state } from './state.js';

const placeAt = (element) => places.find((p) => p.root.contains(element));

function over(place) {
    for (const p of places) p.root.classList.toggle('over', p === place);
}

/* One photograph is enough: of several files the others are paintings. */
async function share(place, files) {
    const [photo, painting] = places;

    if (place !== photo) return take(place, files);
    await take(photo, files.slice(0, 1));
    if (files.length > 1)
        await take(painting, files.slice(1),
            painting.kind.picture() ? painting.kind.add : painting.kind.put);
}

function drop(e) {
    const files = [...e.dataTransfer.files];
    const place = placeAt(e.target) ?? firstEmpty() ?? places[0];

    over(null);
    e.preventDefault();
    if (files.length) share(place, files);
    else setText(place.error, 'That was no file: save the picture first, or copy it and paste '
        + 'it here.');
}

/* What has the focus may just have been filled: it counts where it is empty, or all are full. */
function placeOfPaste() {
    const focused = placeAt(document.activeElement);

    if (focused && !focused.kind.picture()) return focused;
    return places.find((p) => p.root.matches(':hover')) ?? firstEmpty() ?? focused;
}

function paste(e) {
    const files = [...e.clipboardData.files].filter((f) => f.type.startsWith('image/'));
    if (!files.length) return;

    const place = placeOfPaste();
    e.preventDefault();
    if (place) share(place, files);
    else setText(places[0].error, 'Both places are taken: point at the one that is meant, '
        + 'then paste again.');
}

/* Only while a painting is being prepared; a file let go elsewhere would replace the page. */
export function startArriving() {
    const here = () => !state.shown && !document.querySelector('dialog[open]');

    document.addEventListener('dragover', (e) => {
        e.preventDefault();
        e.dataTransfer.dropEffect = here() ? 'copy' : 'none';
        if (here()) over(placeAt(e.target) ?? firstEmpty());
    });
    document.addEventListener('dragleave', (e) => { if (!e.relatedTarget) over(null); });
    document.addEventListener('drop', (e) => here() ? drop(e) : e.preventDefault());
    document.addEventListener('paste', (e) => { if (here()) paste(e); });
}
