// follow.js - hears of a job's events, again after an interruption, until it is over.
import { api } from './api.js';

const AGAIN_MS = 3000;

/* hears: progress(data), preview(data), state(data), lost(), found(). Returns what ends it.
 *
 * EventSource resumes by itself where the connection broke, with the id of the last event. It
 * gives up if the server refuses it, as while a proxy has no server behind it: then it is
 * begun again. */
export function follow(n, hears) {
    let source, timer, over = false;

    function end() {
        over = true;
        clearTimeout(timer);
        source.close();
    }

    function hear(name) {
        source.addEventListener(name, (e) => { if (!over) hears[name](JSON.parse(e.data)); });
    }

    function begin() {
        source = new EventSource(api.events(n));
        ['progress', 'preview', 'state'].forEach(hear);
        source.onopen = () => hears.found();
        source.onerror = () => {
            if (over) return;
            hears.lost();
            if (source.readyState === EventSource.CLOSED) timer = setTimeout(begin, AGAIN_MS);
        };
    }

    begin();
    return end;
}
