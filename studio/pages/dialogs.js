// dialogs.js - asks in a dialog, and says in a few words what was done.
import { byId, icon, make, setText } from './dom.js';

const SAID_MS = 6000;

let said;

/* What the dialog was closed with. */
function closed(dialog) {
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener(
        'close', () => resolve(dialog.returnValue), { once: true }));
}

/* Resolves to true for yes. */
export async function sure(title, text, yes) {
    byId('sure-title').textContent = title;
    byId('sure-text').textContent = text;
    byId('sure-yes').textContent = yes;
    return await closed(byId('sure')) === 'yes';
}

/* Resolves to what was written, null if nothing is to be changed. */
export async function write(title, label, value) {
    const input = byId('write-input');

    byId('write-title').textContent = title;
    byId('write-label').textContent = label;
    input.value = value;
    const answer = closed(byId('write'));
    input.select();
    return await answer === 'yes' ? input.value.trim() : null;
}

/* A dialog that asks for paintings: {dialog, yes}, `yes` being its button. answer() hears when
 * they are wanted, and closes it; what it throws is told. */
export function makeAsking({ id, title, words, yes: label }, fields, answer) {
    const error = make('p', { class: 'error', role: 'alert' });
    const yes = make('button', { class: 'primary' }, icon('brush'), label);
    const no = make('button', { type: 'button', onclick: () => dialog.close() }, 'Not now');
    const form = make('form', { method: 'dialog', novalidate: true },
        make('h2', { id: `${id}-title` }, title), make('p', { class: 'quiet' }, words),
        ...fields, error, make('div', { class: 'buttons' }, yes, no));
    const dialog = make('dialog', { id, 'aria-labelledby': `${id}-title` }, form);

    form.addEventListener('submit', async (e) => {
        e.preventDefault();
        setText(error, '');
        yes.disabled = true;
        try {
            await answer();
        } catch (wrong) {
            setText(error, wrong.message);
        }
        yes.disabled = false;
    });
    dialog.addEventListener('close', () => setText(error, ''));
    document.body.append(dialog);
    return { dialog, yes };
}

/* At the foot of the page, for a while. */
export function say(text) {
    clearTimeout(said);
    setText(byId('said'), text);
    byId('said').classList.add('shown');
    said = setTimeout(() => {
        byId('said').classList.remove('shown');
        setText(byId('said'), '');
    }, SAID_MS);
}

/* Buttons that only close; Enter in a field must not press them. */
export function startDialogs() {
    for (const b of document.querySelectorAll('[data-close]'))
        b.addEventListener('click', () => b.closest('dialog').close());
}

/* The backdrop belongs to the dialog: what is hit beside its content closes it. */
export function closeBeside(dialog) {
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
}
