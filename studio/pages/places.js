// places.js - the two places for pictures.
import { api } from './api.js';
import { rememberKind } from './catalogue.js';
import { byId, setText } from './dom.js';
import { addPainting, makeMix } from './mix.js';
import { openShelf } from './shelf.js';
import { change, rememberPicture, state, watch } from './state.js';
import { bytes, pixels, title } from './words.js';

const KINDS = [
    {
        heading: 'Photograph', empty: 'Your photograph', sign: 'photo',
        picture: () => state.draft.photo,
        put: (picture) => change(({ draft }) => { draft.photo = picture; }),
        add: addPainting,
    },
    {
        heading: 'Painting', empty: 'The painting whose manner it gets', sign: 'painting',
        picture: () => state.draft.styles[0]?.picture ?? null,
        put: (picture) => change(({ draft }) => {
            const first = draft.styles[0] ?? { weight: 1, scale: 1 };
            draft.styles = [{ ...first, picture },
                ...draft.styles.slice(1).filter((s) => s.picture.id !== picture.id)];
        }),
        add: addPainting, several: true,
    },
];

export let places = [];

/* --- Taking files ------------------------------------------------------------------------ */

const tooLarge = (file) => file.size > state.about.limits.bytes
    && `${bytes(file.size)}, but only ${bytes(state.about.limits.bytes)} are taken; save it `
        + 'smaller.';

/* "the picture: is cut short" is said of the file that it is. */
function refusalOf(file, message) {
    const reason = message.replace(/^the picture: /, '');
    return `“${file.name}”${reason.startsWith('is ') ? '' : ':'} ${reason}`;
}

async function takeOne(place, file, put, told) {
    const refused = tooLarge(file);
    if (refused) throw new Error(refused);

    const picture = await api.upload(file, told);
    rememberPicture(picture);
    rememberKind(picture.id, place.kind.sign);
    put(picture);
}

/* The first goes where `put` puts it, the others beside it. What is refused is told one by
 * one; the rest is taken all the same. */
export async function take(place, files, put = place.kind.put) {
    const wrong = [];

    setText(place.error, '');
    place.progress.hidden = false;
    place.progress.removeAttribute('value');
    for (const [i, file] of files.entries()) {
        const told = (share) => { place.progress.value = (i + share) / files.length; };
        try {
            await takeOne(place, file, i ? place.kind.add : put, told);
        } catch (e) {
            wrong.push(refusalOf(file, e.message));
        }
    }
    place.progress.hidden = true;
    setText(place.error, wrong.join('\n'));
}

/* Opens the system's dialog for files; `camera` wants the camera itself. */
function choose(place, { camera, put } = {}) {
    const { input } = place;

    if (camera) input.setAttribute('capture', 'environment');
    else input.removeAttribute('capture');
    place.put = put;
    input.click();
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
    place.input.multiple = !!kind.several;
    place.input.setAttribute('aria-label', `${kind.heading}: choose a file`);
    find('.frame').htmlFor = id;
    place.progress.setAttribute('aria-label', 'Uploading');

    place.input.addEventListener('change', () => {
        if (place.input.files.length) take(place, [...place.input.files], place.put);
        place.input.value = '';   /* the same file again is a change, too */
        place.put = undefined;
        place.input.removeAttribute('capture');
    });
    find('.choose').addEventListener('click', () => choose(place));
    find('.camera').addEventListener('click', () => choose(place, { camera: true }));
    place.earlier.addEventListener('click', () => openShelf(
        `${kind.heading}: earlier pictures`, kind.sign, kind.put, () => choose(place)));
    byId('places').append(root);
    return place;
}

export function startPlaces() {
    places = KINDS.map(makePlace);
    for (const place of places) watch(() => showPlace(place));
    makeMix(places[1], (put) => choose(places[1], { put }));
}

/* What is meant where nothing is said: the first that is still empty. */
export const firstEmpty = () => places.find((p) => !p.kind.picture()) ?? null;

/* Puts an earlier picture into the place for "photo" or "painting". */
export function putEarlier(sign, picture) {
    places.find((p) => p.kind.sign === sign).kind.put(picture);
}

/* Leads to the first empty place and says what belongs there; true if both are full. */
export function bothFull() {
    const place = firstEmpty();
    if (!place) return true;

    setText(place.error, `A ${place.kind.heading.toLowerCase()} is still missing.`);
    place.input.focus();
    return false;
}
