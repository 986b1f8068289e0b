// api.js - the server's addresses; nothing else on the page knows them.

const ROOT = '/api/v1';

/* What went wrong, in words for people; `code` is the server's, for programs. */
class ApiError extends Error {
    constructor(status, code, message) {
        super(message);
        this.status = status;
        this.code = code;
    }
}

const unreachable = () => new ApiError(
    0, 'unreachable', 'The studio does not answer. Is “impasto serve” still running?');

function refusal(status, text) {
    try {
        const { code, message } = JSON.parse(text).error;
        return new ApiError(status, code, message);
    } catch {
        return new ApiError(status, 'unknown',
            `The studio answered ${status} without a reason.`);
    }
}

async function send(method, path, body, signal) {
    const options = { method, signal };
    let answer, text;

    if (body !== undefined) {
        options.headers = { 'Content-Type': 'application/json' };
        options.body = JSON.stringify(body);
    }
    try {
        answer = await fetch(ROOT + path, options);
        text = await answer.text();
    } catch (e) {
        throw e.name === 'AbortError' ? e : unreachable();
    }
    if (!answer.ok) throw refusal(answer.status, text);
    return text;
}

/* Asks again when the one who was refused has logged in: see session.js. */
let loggedIn = null;
export const whenLoginIsWanted = (how) => { loggedIn = how; };

async function insist(how) {
    try {
        return await how();
    } catch (e) {
        if (e.code !== 'login' || !loggedIn) throw e;
        await loggedIn();
        return insist(how);
    }
}

const askText = (...what) => insist(() => send(...what));

async function ask(...what) {
    const text = await askText(...what);
    return text ? JSON.parse(text) : null;
}

/* Uploads a file; told(share) hears how much of it has gone. XMLHttpRequest, because fetch
 * does not tell. */
function sendFile(file, told, role = 'picture') {
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('POST', `${ROOT}/pictures?role=${role}`);
        request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
        request.setRequestHeader('X-Name', encodeURIComponent(file.name || ''));
        request.upload.onprogress = (e) => e.lengthComputable && told(e.loaded / e.total);
        request.onerror = () => reject(unreachable());
        request.onload = () => request.status < 300
            ? resolve(JSON.parse(request.responseText))
            : reject(refusal(request.status, request.responseText));
        request.send(file);
    });
}

/* "?limit=60&before=7"; what is undefined is left out. */
function query(words = {}) {
    const given = Object.entries(words).filter(([, value]) => value !== undefined);
    return given.length ? `?${new URLSearchParams(given)}` : '';
}

export const api = {
    about: () => ask('GET', '/about'),
    presets: () => ask('GET', '/presets'),
    params: (preset) => ask('GET', `/params?preset=${encodeURIComponent(preset)}`),
    known: () => ask('GET', '/params/known'),
    disk: () => ask('GET', '/disk'),
    login: (token) => send('POST', '/login', { token }),
    logout: () => send('POST', '/logout'),

    upload: (file, told, role) => insist(() => sendFile(file, told, role)),
    pictures: (which) => ask('GET', `/pictures${query(which)}`),
    picture: (id) => ask('GET', `/pictures/${id}`),
    changePicture: (id, what) => ask('PATCH', `/pictures/${id}`, what),
    removePicture: (id) => ask('DELETE', `/pictures/${id}`),
    pictureFile: (id) => `${ROOT}/pictures/${id}/file`,
    thumbnail: (id, side) => `${ROOT}/pictures/${id}/thumbnail?side=${side}`,

    objects: (id, signal) =>
        ask('GET', `/pictures/${id}/objects`, undefined, signal),
    makeMask: (id, what) => ask('POST', `/pictures/${id}/masks`, what),

    paint: (job) => ask('POST', '/jobs', job),
    plan: (job, signal) => ask('POST', '/plan', job, signal),
    jobs: (which) => ask('GET', `/jobs${query(which)}`),
    job: (n) => ask('GET', `/jobs/${n}`),
    tell: (n, what) => ask('POST', `/jobs/${n}/${what}`),
    change: (n, what) => ask('PATCH', `/jobs/${n}`, what),
    remove: (n) => ask('DELETE', `/jobs/${n}`),
    losses: (n) => ask('GET', `/jobs/${n}/losses`),
    command: (n) => askText('GET', `/jobs/${n}/command`),
    events: `${ROOT}/events`,
    /* `version` is only there to be another address when the picture is another. */
    preview: (n, version, side = 1024) =>
        `${ROOT}/jobs/${n}/preview?side=${side}&version=${version}`,
    result: (n, how) => `${ROOT}/jobs/${n}/result${query(how)}`,
    export: (n) => `${ROOT}/jobs/${n}/export`,
};
