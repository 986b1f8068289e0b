// session.js - the token that a studio asks for when others than this machine can reach it.
import { api, whenLoginIsWanted } from './api.js';
import { byId, setText } from './dom.js';

const KEY = 'impasto.login';
const IN_ADDRESS = /^#token=(.+)$/;

let waiting = null;   /* all who were refused wait for the same login */

/* Whether there is something to log out of: the cookie itself is not for scripts. */
function remember(is) {
    byId('logout').hidden = !is;
    try {
        if (is) localStorage.setItem(KEY, '1');
        else localStorage.removeItem(KEY);
    } catch {
        /* The button is gone after a reload, then. */
    }
}

function wasIn() {
    try {
        return localStorage.getItem(KEY) !== null;
    } catch {
        return false;
    }
}

async function login(token) {
    setText(byId('login-error'), '');
    try {
        await api.login(token.trim());
    } catch (e) {
        setText(byId('login-error'), e.message);
        byId('login-token').select();
        return false;
    }
    remember(true);
    return true;
}

function ask() {
    waiting ??= new Promise((resolve) => {
        const dialog = byId('login');
        byId('login-token').value = '';
        dialog.showModal();
        byId('login-form').onsubmit = async (e) => {
            e.preventDefault();
            if (!await login(byId('login-token').value)) return;
            dialog.close();
            waiting = null;
            resolve();
        };
    });
    return waiting;
}

async function logout() {
    try {
        await api.logout();
    } finally {
        remember(false);
        location.reload();
    }
}

/* A token in the address is for this visit only: it shall not stay there to be read. */
export async function startSession() {
    const token = IN_ADDRESS.exec(location.hash)?.[1];

    remember(wasIn());
    byId('logout').addEventListener('click', logout);
    byId('login').addEventListener('cancel', (e) => e.preventDefault());
    whenLoginIsWanted(ask);
    if (!token) return;
    history.replaceState(null, '', location.pathname);
    await login(decodeURIComponent(token));
}
