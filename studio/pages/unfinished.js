// unfinished.js - what is painted in the editor and not handed over, kept through a reload.
import { blobOf, planeOf } from './masks.js';

const KEY = 'impasto.unfinished';

const read = (blob) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1]);
    reader.readAsDataURL(blob);
});

const blobFrom = (text) => new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))],
    { type: 'image/png' });

/* `name` says of which photograph and parts. Masks are small as pictures; where there is no
 * room for them all the same nothing is kept. */
export async function keepUnfinished(name, sheet) {
    try {
        const planes = await Promise.all(sheet.planes.map(
            async (plane) => read(await blobOf(sheet, plane))));
        sessionStorage.setItem(KEY, JSON.stringify({ name, planes }));
    } catch {
        forgetUnfinished();
    }
}

/* The planes that were kept under this name, null if there are none. */
export async function findUnfinished(name, size) {
    try {
        const kept = JSON.parse(sessionStorage.getItem(KEY));
        if (kept?.name !== name) return null;
        return await Promise.all(kept.planes.map((text) => planeOf(blobFrom(text), size)));
    } catch {
        return null;
    }
}

export function forgetUnfinished() {
    try {
        sessionStorage.removeItem(KEY);
    } catch {
        /* A browser that keeps nothing has nothing to forget. */
    }
}
