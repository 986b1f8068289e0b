// login.js - comes in where a token is asked for: by the link that has it, else by asking.
import { api } from './api.js';
import { say, write } from './dialogs.js';

/* The link's token goes from the address line, so that it does not stay in the history. */
function tokenInLink() {
    const token = /^#token=(.+)$/.exec(location.hash)?.[1];

    if (token) history.replaceState(null, '', location.pathname);
    return token;
}

async function tryToken(token) {
    try {
        await api.login(token);
    } catch (e) {
        say(e.message);
    }
}

/* Resolves once the studio answers, to what it says about itself. */
export async function comeIn() {
    let token = tokenInLink();

    for (;;) {
        if (token) await tryToken(token);
        try {
            return await api.about();
        } catch (e) {
            if (e.code !== 'login') throw e;
        }
        token = await write('Log in', 'The token of this studio', '');
    }
}
