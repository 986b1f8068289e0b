// places.js - the two places for pictures, and all the ways by which one gets there.
import { api } from './api.js';
import { byId, icon, make, setText, showShare } from './dom.js';
import { openShelf } from './shelf.js';
import { change, rememberPicture, state, watch } from './state.js';
import { bytes, pixels, title } from './words.js';

const KINDS = [
    {
        heading: 'Photograph', empty: 'Your photograph', sign: 'photo',
        picture: () => state.draft.photo,
        put: (picture) => change(({ draft }) => { draft.photo = picture; }),
    },
    {
        heading: 'Painting', empty: 'The painting whose manner it gets', sign: 'painting',
        picture: () => state.draft.styles[0]?.picture ?? null,
        put: (picture) => change(({ draft }) => {
            const weight = draft.styles[0]?.weight ?? 1;
            draft.styles = [{ picture, weight },
                ...draft.styles.slice(1).filter((s) => s.picture.id !== picture.id)];
        }),
    },
];

let places = [];

/* --- Taking a file ----------------------------------------------------------------------- */

const tooLarge = (file) => file.size > state.about.limits.bytes
    && `${file.name}: ${bytes(file.size)}, but only ${bytes(state.about.limits.bytes)} are `
        + 'taken; save it smaller.';

async function take(place, file, put = place.kind.put) {
    const refused = tooLarge(file);

    setText(place.error, refused || '');
    if (refused) return;
    place.progress.hidden = false;
    place.progress.removeAttribute('value');
    try {
        const picture = await api.upload(file, (share) => { place.progress.value = share; });
        rememberPicture(picture);
        put(picture);
    } catch (e) {
        setText(place.error, e.message);
    }
    place.progress.hidden = true;
}

/* Opens the system's dialog for files; `camera` wants the camera itself. */
function choose(place, { camera, put } = {}) {
    const { input } = place;

    if (camera) input.setAttribute('capture', 'environment');
    else input.removeAttribute('capture');
    place.put = put;
    input.click();
}

/* --- Several paintings ------------------------------------------------------------------- */

function add(picture) {
    change(({ draft }) => {
        if (draft.styles.some((s) => s.picture.id === picture.id)) return;
        draft.styles.push({ picture, weight: 1 });
    });
}

function makeShare(style) {
    const name = title(style.picture, 'Painting');
    const input = make('input', { type: 'range', min: 0.1, max: 2, step: 0.1,
        'aria-label': `How much of ${name}` });
    const drop = make('button', { type: 'button', class: 'plain',
        'aria-label': `Without ${name}` }, icon('cross'));

    input.value = style.weight;
    input.addEventListener('input', () => change(() => {
        style.weight = Number(input.value);
    }));
    drop.addEventListener('click', () => change(({ draft }) => {
        draft.styles = draft.styles.filter((s) => s !== style);
    }));
    return make('li', {}, make('img', { src: api.thumbnail(style.picture.id, 128), alt: '' }),
        make('span', { class: 'name' }, name), input, make('output', { class: 'quiet' }),
        drop);
}

/* The rows are made anew only when other paintings are there: a slider that is being moved
 * must stay. */
function showMix(mix) {
    const { styles } = state.draft;
    const all = styles.reduce((sum, s) => sum + s.weight, 0);
    const ids = styles.map((s) => s.picture.id).join();

    mix.list.hidden = styles.length < 2;
    mix.add.hidden = !styles.length || styles.length >= state.about.limits.styles;
    if (mix.ids !== ids || mix.first !== styles[0])
        mix.list.replaceChildren(...styles.map(makeShare));
    Object.assign(mix, { ids, first: styles[0] });
    styles.forEach((s, i) => {
        const row = mix.list.children[i];
        const input = row.querySelector('input');
        const share = `${Math.round(100 * s.weight / all)} %`;
        setText(row.querySelector('output'), share);
        input.setAttribute('aria-valuetext', share);
        showShare(input);
    });
}

function makeMix(place) {
    const mix = {
        list: make('ul', { class: 'mix', 'aria-label': 'Paintings and their shares' }),
        add: make('button', { type: 'button' }, icon('plus'), 'Another painting'),
    };

    mix.add.addEventListener('click', () => openShelf('Another painting', add,
        () => choose(place, { put: add })));
    place.root.querySelector('.error').before(mix.list);
    place.root.querySelector('.buttons').append(mix.add);
    watch(() => showMix(mix));
}

/* --- A place ----------------------------------------------------------------------------- */

function showPlace(place) {
    const { kind, root, image, caption, earlier } = place;
    const picture = kind.picture();
    const name = title(picture, 'Without a name');

    if (place.seen !== picture) setText(place.error, '');
    place.seen = picture;
    root.classList.toggle('full', !!picture);
    image.hidden = !picture;
    earlier.hidden = !state.pictures.length;
    if (!picture) {
        image.removeAttribute('src');
        setText(caption, '');
        return;
    }
    const src = api.thumbnail(picture.id, 1024);
    if (image.getAttribute('src') !== src) image.src = src;
    image.alt = `${kind.heading}: ${name}`;
    setText(caption, `${name}, ${pixels(picture.width, picture.height)} pixels`);
}

function makePlace(kind) {
    const root = byId('place').content.firstElementChild.cloneNode(true);
    const find = (selector) => root.querySelector(selector);
    const place = {
        kind, root, input: find('input'), image: find('img'), caption: find('.caption'),
        error: find('.error'), progress: find('progress'), earlier: find('.earlier'),
    };
    const id = `place-${kind.sign}`;

    find('h2').textContent = kind.heading;
    find('h2').id = `${id}-title`;
    root.setAttribute('aria-labelledby', `${id}-title`);
    find('.empty strong').textContent = kind.empty;
    find('.sign use').setAttribute('href', `icons.svg#${kind.sign}`);
    place.input.id = id;
    place.input.setAttribute('aria-label', `${kind.heading}: choose a file`);
    find('.frame').htmlFor = id;
    place.progress.setAttribute('aria-label', 'Uploading');

    place.input.addEventListener('change', () => {
        if (place.input.files[0]) take(place, place.input.files[0], place.put);
        place.input.value = '';   /* the same file again is a change, too */
        place.put = undefined;
        place.input.removeAttribute('capture');
    });
    find('.choose').addEventListener('click', () => choose(place));
    find('.camera').addEventListener('click', () => choose(place, { camera: true }));
    place.earlier.addEventListener('click', () => openShelf(
        `${kind.heading}: earlier pictures`, kind.put, () => choose(place)));
    byId('places').append(root);
    return place;
}

/* --- Drag and drop, and the clipboard ---------------------------------------------------- */

const placeAt = (element) => places.find((p) => p.root.contains(element));

/* What is meant where nothing is said: the first that is still empty. */
const firstEmpty = () => places.find((p) => !p.kind.picture()) ?? null;

function drop(e) {
    const files = [...e.dataTransfer.files];
    const place = placeAt(e.target) ?? firstEmpty() ?? places[0];

    over(null);
    e.preventDefault();
    if (!files.length) {
        setText(place.error, 'That was no file: save the picture first, or copy it and paste '
            + 'it here.');
        return;
    }
    take(place, files[0]);
    const other = places.find((p) => p !== place);
    if (files[1] && !other.kind.picture()) take(other, files[1]);
}

function over(place) {
    for (const p of places) p.root.classList.toggle('over', p === place);
}

function paste(e) {
    const file = [...e.clipboardData.files].find((f) => f.type.startsWith('image/'));
    if (!file) return;

    const place = placeAt(document.activeElement)
        ?? places.find((p) => p.root.matches(':hover')) ?? firstEmpty();
    e.preventDefault();
    if (place) take(place, file);
    else setText(places[0].error, 'Both places are taken: point at the one that is meant, '
        + 'then paste again.');
}

/* Only while a painting is being prepared; a file let go elsewhere would replace the page. */
function listen() {
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

export function startPlaces() {
    places = KINDS.map(makePlace);
    for (const place of places) watch(() => showPlace(place));
    makeMix(places[1]);
    listen();
}

/* Leads to the first empty place and says what belongs there; true if both are full. */
export function bothFull() {
    const place = firstEmpty();
    if (!place) return true;

    setText(place.error, `A ${place.kind.heading.toLowerCase()} is still missing.`);
    place.input.focus();
    return false;
}
