// orders.js - what the painter of the shown job can be told, and what it has not done yet.
import { api } from './api.js';
import { sure } from './dialogs.js';
import { byId } from './dom.js';
import { aheadOf, nextPriority } from './jobs.js';
import { refresh } from './stream.js';
import { change, isOver, jobOf, rememberJob, state } from './state.js';

/* When an order makes sense, the states it leads to, and what is said until then, as a step
 * takes its time. */
const ORDERS = {
    stop: { from: ['running', 'paused'], to: ['done', 'failed'], words: 'Stopping' },
    pause: { from: ['running'], to: ['paused'], words: 'Pausing' },
    continue: { from: ['paused'], to: ['running', 'queued'], words: 'Continuing' },
    cancel: { from: ['queued', 'running', 'paused'], to: ['cancelled'], words: 'Cancelling' },
    next: { from: ['queued'], to: ['queued', 'running'], words: 'Going before the others' },
};

let asked = null;
let wrong = '';

export const orderWords = () => asked && ORDERS[asked].words;
export const orderError = () => wrong;

export function forgetOrder() {
    asked = null;
    wrong = '';
}

/* The painter has done it, or cannot any more. */
export function orderSeen(job) {
    if (isOver(job) || ORDERS[asked]?.to.includes(job.state)) asked = null;
}

export function showOrders(job) {
    for (const b of byId('easel-buttons').children) {
        const order = b.dataset.do;
        b.hidden = !ORDERS[order].from.includes(job.state)
            || (order === 'next' && !aheadOf(job));
        b.disabled = asked !== null;
    }
}

async function send(n, order) {
    if (order === 'next')
        rememberJob(await api.change(n, { priority: nextPriority(jobOf(n)) }));
    else await api.tell(n, order);
    await refresh(n);
}

async function tell(order) {
    const n = state.shown;

    if (order === 'cancel' && !await sure('Cancel this painting?', 'What is painted so far is '
        + 'thrown away. “Stop and keep” keeps it.', 'Cancel it')) return;
    try {
        change(() => { asked = order; wrong = ''; });
        await send(n, order);
    } catch (e) {
        change(() => { asked = null; wrong = e.message; });
    }
}

export function startOrders() {
    for (const b of byId('easel-buttons').children)
        b.addEventListener('click', () => tell(b.dataset.do));
}
