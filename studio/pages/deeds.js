// deeds.js - what can be made of a painting that is over, and of the way it was painted.
import { pin, removeJob, renameJob } from './catalogue.js';
import { say } from './dialogs.js';
import { byId, setText } from './dom.js';
import { compareHash } from './compare.js';
import { siblingsOf } from './jobs.js';
import { openLarger } from './larger.js';
import { takeRecipe } from './more.js';
import { draftOf } from './recipe.js';
import { change, isOver, jobOf, pictureOf, state } from './state.js';
import { MOST, ofJob, openVariations } from './variations.js';

/* Back to the places and sliders, as they were for this job. */
async function again(job) {
    const preset = job.params.preset ?? 'default';

    try {
        const recipe = await takeRecipe(preset);
        const styles = job.styles.map(
            (style) => ({ ...style, picture: pictureOf(style.picture) }));
        change((s) => {
            s.draft = { photo: pictureOf(job.photo) ?? null,
                styles: styles.filter((each) => each.picture), preset,
                keep: job.keep, masked: job.photo,
                ...draftOf(job.params, recipe) };
        });
        location.hash = '';
    } catch (e) {
        say(e.message);
    }
}

/* Beside the variations made next to it. */
function beside(job) {
    const far = ({ id }) => Math.abs(id - job.id);
    const near = siblingsOf(job).sort((a, b) => far(a) - far(b));
    location.hash = compareHash(near.slice(0, MOST).map((j) => j.id).sort((a, b) => a - b));
}

const DEEDS = {
    larger: openLarger, variations: (job) => openVariations(ofJob(job)), beside, again,
    pin, rename: renameJob, remove: removeJob,
};

export function showDeeds(job) {
    const done = job.state === 'done';

    for (const b of byId('easel-deeds').children) {
        const deed = b.dataset.deed;
        b.hidden = (deed === 'remove' && !isOver(job))
            || (deed === 'beside' && siblingsOf(job).length < 2)
            || (['larger', 'variations', 'pin'].includes(deed) && !done);
        if (deed === 'pin') {
            b.setAttribute('aria-pressed', job.pinned);
            setText(b.querySelector('span'), job.pinned ? 'Pinned' : 'Pin');
        }
    }
}

export function startDeeds() {
    for (const b of byId('easel-deeds').children)
        b.addEventListener('click', () => DEEDS[b.dataset.deed](jobOf(state.shown)));
}
