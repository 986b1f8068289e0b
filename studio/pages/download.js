// download.js - the finished painting as a file: its format and size; how to make it again.
import { api } from './api.js';
import { say } from './dialogs.js';
import { byId, setText } from './dom.js';
import { jobTitle } from './jobs.js';
import { jobOf, state } from './state.js';
import { pixels } from './words.js';

const FORMATS = {
    png: { ending: 'png', deep: true },
    jpeg: { ending: 'jpg', quality: true },
    tiff: { ending: 'tif', deep: true },
    webp: { ending: 'webp', quality: true },
};
const SHARES = { half: 2, quarter: 4 };

const fileName = (job, ending) =>
    `${jobTitle(job).replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')}.${ending}`;

/* --- Its size ---------------------------------------------------------------------------- */

const longOf = ({ progress: p }) => Math.max(p.width, p.height);

/* The long side that is asked for; undefined: as it was painted. */
function wantedLong(job) {
    const choice = byId('result-size').value;

    if (choice === 'own') return Number(byId('result-long').value) || undefined;
    return SHARES[choice] && Math.max(1, Math.round(longOf(job) / SHARES[choice]));
}

function sizeWords({ progress: p }, share) {
    const side = (n) => Math.max(1, Math.round(n / share));
    return pixels(side(p.width), side(p.height));
}

function showSizes(job) {
    const select = byId('result-size'), own = byId('result-long');

    for (const option of select.options) {
        const share = SHARES[option.value] ?? 1;
        if (option.value !== 'own')
            setText(option, `${option.dataset.words}, ${sizeWords(job, share)}`);
    }
    byId('result-long-field').hidden = select.value !== 'own';
    if (select.value === 'own' && !own.value) own.value = longOf(job);
}

/* --- Showing ----------------------------------------------------------------------------- */

function wishes(job) {
    const format = byId('format').value, { deep, quality } = FORMATS[format];
    const long = wantedLong(job);

    return {
        format, depth: deep ? byId('depth').value : undefined,
        quality: quality ? byId('quality').value : undefined,
        size: long && `long:${long}`,
    };
}

export function showDownload(job) {
    byId('download').hidden = job.state !== 'done';
    if (byId('download').hidden) return;

    const { ending, deep, quality } = FORMATS[byId('format').value];
    const link = byId('download-link'), all = byId('export-link');
    byId('depth-field').hidden = !deep;
    byId('quality-field').hidden = !quality;
    setText(byId('quality-words'), byId('quality').value);
    showSizes(job);
    link.href = api.result(job.id, wishes(job));
    link.download = fileName(job, ending);
    all.href = api.export(job.id);
    all.download = fileName(job, 'zip');
    if (byId('command-text').dataset.job !== String(job.id)) byId('command').hidden = true;
}

/* --- The command ------------------------------------------------------------------------- */

/* Shown as well: browsers let pages copy only where they trust the address. */
async function copyCommand() {
    const n = state.shown, place = byId('command-text');

    try {
        const text = (await api.command(n)).trim();
        place.dataset.job = n;
        setText(place, text);
        byId('command').hidden = false;
        try {
            await navigator.clipboard.writeText(text);
            setText(byId('command-said'), 'Copied. The pictures it names are in the ZIP.');
        } catch {
            getSelection().selectAllChildren(place);
            setText(byId('command-said'), 'Selected: copy it from here.');
        }
    } catch (e) {
        say(e.message);
    }
}

export function startDownload() {
    const form = byId('download');

    for (const name of ['input', 'change'])
        form.addEventListener(name, () => showDownload(jobOf(state.shown)));
    form.addEventListener('submit', (e) => e.preventDefault());
    byId('copy-command').addEventListener('click', copyCommand);
}
