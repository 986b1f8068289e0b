// state.js - all that the page knows, in one place; who shows some of it watches it.

export const state = {
    about: null,       // of the server: its version, models and limits
    presets: [],
    known: new Map(),  // what there is to know of each parameter, by name
    recipe: null,      // the values of the chosen preset
    pictures: [],      // on the server, the latest first
    jobs: [],          // the latest first, as many as were asked for
    allJobs: false,    // whether these are all
    shown: 0,          // the job on the easel, 0: none
    compared: [],      // the numbers of those that are seen side by side
    draft: {           // the job that is being prepared
        photo: null,       // a picture
        styles: [],        // [{picture, weight, scale, mask}]
        keep: undefined,   // the mask of what stays as it is
        masked: undefined, // the photograph that the masks belong to, by its id
        preset: 'default',
        sliders: { strength: 0, strokes: 0, size: null, time: 0, colours: false },
        more: {},          // single values, which come before those of recipe and sliders
    },
};

const watchers = [];
let told = true;

/* Calls `show` now and after every change. */
export function watch(show) {
    watchers.push(show);
    show();
}

/* Changes made in one go are shown in one. */
export function change(how) {
    how(state);
    if (!told) return;
    told = false;
    queueMicrotask(() => {
        told = true;
        for (const show of watchers) show();
    });
}

export const pictureOf = (id) => state.pictures.find((p) => p.id === id);
export const jobOf = (n) => state.jobs.find((j) => j.id === n);

export const isOver = (job) => ['done', 'failed', 'cancelled'].includes(job.state);

/* Foremost if it was not known: the newest come first. */
export function rememberPicture(picture) {
    change((s) => {
        const known = s.pictures.find((p) => p.id === picture.id);
        if (known) Object.assign(known, picture);
        else s.pictures.unshift(picture);
    });
}

/* In its place, whether it was known or not. */
export function rememberJob(job) {
    change((s) => {
        const at = s.jobs.findIndex((j) => j.id <= job.id);
        if (at < 0) s.jobs.push(job);
        else s.jobs.splice(at, s.jobs[at].id === job.id ? 1 : 0, job);
    });
}

export function forgetJob(n) {
    change((s) => { s.jobs = s.jobs.filter((j) => j.id !== n); });
}

/* Gone from the places, too. */
export function forgetPicture(id) {
    change((s) => {
        s.pictures = s.pictures.filter((p) => p.id !== id);
        if (s.draft.photo?.id === id) s.draft.photo = null;
        s.draft.styles = s.draft.styles.filter((style) => style.picture.id !== id);
    });
}
