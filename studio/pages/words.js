// words.js - numbers and names as people say them.

export const plural = (n, unit) => `${n} ${unit}${n === 1 ? '' : 's'}`;

/* "40 seconds", "3 minutes", "1 hour 20 minutes": rounder, the longer it takes. */
export function duration(seconds) {
    if (seconds < 10) return plural(Math.max(1, Math.round(seconds)), 'second');
    if (seconds < 55) return plural(Math.round(seconds / 5) * 5, 'second');
    if (seconds < 3570) return plural(Math.max(1, Math.round(seconds / 60)), 'minute');
    const minutes = Math.round(seconds / 300) * 5;
    const rest = minutes % 60 ? ` ${minutes % 60} minutes` : '';
    return plural(Math.floor(minutes / 60), 'hour') + rest;
}

/* Three digits, as many as the eye can use. */
export function number(x) {
    if (x === 0) return '0';
    const size = Math.abs(x);
    return size >= 1e5 || size < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3)));
}

export const pixels = (width, height) => `${width} × ${height}`;

/* A file's name without its ending. */
export const title = (picture, otherwise) =>
    picture && picture.name ? picture.name.replace(/\.[a-z0-9]+$/i, '') : otherwise;

export function bytes(n) {
    if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
    if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
    return `${(n / 1e9).toFixed(n < 1e10 ? 1 : 0)} GB`;
}

/* As the server writes times: seconds since 1970. */
export function when(seconds) {
    const then = new Date(seconds * 1000);
    const clock = then.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

    if (then.toDateString() === new Date().toDateString()) return `today, ${clock}`;
    return then.toLocaleDateString([], { day: 'numeric', month: 'long', year: 'numeric' });
}

const STATES = {
    queued: 'Waiting its turn', running: 'Painting', paused: 'Paused', done: 'Finished',
    failed: 'Failed', cancelled: 'Cancelled',
};
export const stateName = (state) => STATES[state] ?? state;
