// viewer.js - the painting over its photograph: compared by a divider, zoomed to its pixels.
import { icon, make, setText } from './dom.js';

const ZOOMS = [   /* the screen's pixels for one of the picture; 0: as many as fit */
    { zoom: 0, label: 'Fit', name: 'Whole picture' },
    { zoom: 1, label: '100 %', name: 'Its own pixels' },
    { zoom: 2, label: '200 %', name: 'Pixels twice as large' },
    { zoom: 4, label: '400 %', name: 'Pixels four times as large' },
];
const MOST_FIT = 3;       /* what is small is not blown up further than this to fit */
const CLICK_PIXELS = 4;   /* a hand that moves less means a click */
const GRIP = 26;          /* the grip keeps so far from the stage's ends */

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function build(root) {
    const below = make('img', { alt: '' });
    const above = make('img', { alt: '', hidden: true });
    const canvas = make('div', { class: 'canvas' }, below, above);
    const scroller = make('div', { class: 'scroller', tabindex: 0, role: 'group',
        'aria-label': 'The picture; plus and minus zoom' }, canvas);
    const split = make('input', { type: 'range', min: 0, max: 100, step: 1, value: 0,
        'aria-label': 'How much of the photograph is shown' });
    const grip = make('span', { class: 'grip' }, icon('grip'));
    const line = make('div', { class: 'line' }, grip);
    const stage = make('div', { class: 'stage' }, scroller, split, line);
    const hint = make('span', { class: 'quiet hint' });
    const zooms = ZOOMS.map(({ zoom, label, name }) => make('button',
        { type: 'button', 'data-zoom': zoom, title: name }, label));

    root.append(stage, make('div', { class: 'tools' },
        make('div', { class: 'choices', role: 'group', 'aria-label': 'Zoom' }, ...zooms),
        hint));
    return { root, stage, scroller, canvas, below, above, split, line, grip, zooms, hint };
}

/* Loads a picture before it is shown, so that nothing flickers. */
async function load(src) {
    const image = new Image();

    image.src = src;
    await image.decode();
    return image;
}

export function makeViewer(root) {
    const v = build(root);
    const size = { width: 4, height: 3 };   /* of the painting, in pixels */
    let own = false;                        /* whether that is its own, not the photograph's */
    let zoom = 0, wanted = null, loading = false, turn = 0;

    /* --- Layout -------------------------------------------------------------------------- */

    const room = () => Math.max(240, window.innerHeight * 0.74);

    /* CSS pixels for one of the picture. */
    const fitScale = () => Math.min(v.stage.clientWidth / size.width, room() / size.height,
        MOST_FIT / window.devicePixelRatio);
    const scaleAt = (at) => at ? at / window.devicePixelRatio : fitScale();

    function layout() {
        const fit = fitScale(), scale = scaleAt(zoom);
        const percent = Math.round(100 * fit * window.devicePixelRatio);

        v.stage.style.height = `${Math.round(Math.min(fit * size.height, room()))}px`;
        v.canvas.style.width = `${size.width * scale}px`;
        v.canvas.style.height = `${size.height * scale}px`;
        v.root.classList.toggle('zoomed', scale > fit);
        v.root.classList.toggle('large', zoom > 1);
        setText(v.zooms[0], own ? `Fit, ${percent} %` : 'Fit');
        for (const b of v.zooms)
            b.setAttribute('aria-pressed', Number(b.dataset.zoom) === zoom);
        divide();
    }

    /* What of the canvas is to be seen, in pixels from the stage's left. */
    function seen() {
        const stage = v.stage.getBoundingClientRect();
        const canvas = v.canvas.getBoundingClientRect();
        const left = Math.max(0, canvas.left - stage.left);
        const right = Math.min(stage.width, canvas.right - stage.left);
        return { left, width: Math.max(1, right - left), shift: canvas.left - stage.left };
    }

    function divide() {
        const { left, width, shift } = seen();
        const x = left + width * v.split.value / 100;

        v.line.style.left = `${x}px`;
        v.grip.style.left = `calc(50% + ${clamp(x, GRIP, v.stage.clientWidth - GRIP) - x}px)`;
        v.above.style.clipPath = `inset(0 0 0 ${x - shift}px)`;
        v.split.setAttribute('aria-valuetext', `${v.split.value} percent photograph`);
    }

    /* Zooms so that what is at (x, y) of the stage stays there. */
    function zoomTo(to, x = v.stage.clientWidth / 2, y = v.stage.clientHeight / 2) {
        const before = v.canvas.getBoundingClientRect(), at = v.stage.getBoundingClientRect();
        const px = (at.left + x - before.left) / before.width;
        const py = (at.top + y - before.top) / before.height;

        zoom = to;
        layout();
        v.scroller.scrollLeft = px * v.canvas.offsetWidth - x;
        v.scroller.scrollTop = py * v.canvas.offsetHeight - y;
        divide();
    }

    /* The next zoom that shows it larger or smaller than this one; undefined if none does. */
    function nextOf(from, larger) {
        const all = ZOOMS.map((z) => z.zoom).sort((a, b) => scaleAt(a) - scaleAt(b));
        return larger ? all.find((at) => scaleAt(at) > scaleAt(from))
            : all.findLast((at) => scaleAt(at) < scaleAt(from));
    }

    function zoomBy(larger) {
        const next = nextOf(zoom, larger);
        if (next !== undefined) zoomTo(next);
    }

    /* --- Hands --------------------------------------------------------------------------- */

    /* Calls moved(e) until the pointer is let go, then done(e, far). */
    function drag(e, element, moved, done) {
        const from = { x: e.clientX, y: e.clientY };
        let far = false;
        const move = (m) => {
            far ||= Math.hypot(m.clientX - from.x, m.clientY - from.y) > CLICK_PIXELS;
            if (far) moved(m);
        };
        const end = (m) => {
            element.removeEventListener('pointermove', move);
            element.removeEventListener('pointerup', end);
            element.removeEventListener('pointercancel', end);
            if (m.type === 'pointerup') done(m, far);
        };
        element.setPointerCapture(e.pointerId);
        element.addEventListener('pointermove', move);
        element.addEventListener('pointerup', end);
        element.addEventListener('pointercancel', end);
    }

    function splitAt(clientX) {
        const { left, width } = seen();
        const x = clientX - v.stage.getBoundingClientRect().left;
        v.split.value = clamp(100 * (x - left) / width, 0, 100);
        divide();
    }

    v.line.addEventListener('pointerdown', (e) => {
        e.preventDefault();
        v.split.focus({ preventScroll: true });
        drag(e, v.line, (m) => splitAt(m.clientX), () => {});
    });

    /* A finger scrolls by itself; a mouse has to be helped. */
    v.canvas.addEventListener('pointerdown', (e) => {
        const start = { left: v.scroller.scrollLeft, top: v.scroller.scrollTop };
        if (e.button) return;
        drag(e, v.canvas, (m) => {
            if (e.pointerType !== 'mouse') return;
            v.scroller.scrollLeft = start.left - (m.clientX - e.clientX);
            v.scroller.scrollTop = start.top - (m.clientY - e.clientY);
        }, (m, far) => {
            const at = v.stage.getBoundingClientRect();
            if (!far) zoomTo(zoom ? 0 : nextOf(0, true), m.clientX - at.left, m.clientY - at.top);
        });
    });

    v.split.addEventListener('input', divide);
    v.scroller.addEventListener('scroll', divide);
    v.scroller.addEventListener('keydown', (e) => {
        if (e.key === '+' || e.key === '=') zoomBy(true);
        else if (e.key === '-') zoomBy(false);
    });
    for (const b of v.zooms) b.addEventListener('click', () => zoomTo(Number(b.dataset.zoom)));
    new ResizeObserver(layout).observe(v.root);
    window.addEventListener('resize', layout);

    /* --- Pictures ------------------------------------------------------------------------ */

    async function pump(mine) {
        loading = true;
        while (wanted && mine === turn) {
            const { src, width, height, alt } = wanted;
            wanted = null;
            try {
                const image = await load(src);
                if (mine !== turn) return;
                own = !width;
                Object.assign(size, { width: width ?? image.naturalWidth,
                    height: height ?? image.naturalHeight });
                Object.assign(v.above, { src, alt, hidden: false });
                layout();
            } catch {
                /* A preview that did not come is followed by the next one. */
            }
        }
        if (mine === turn) loading = false;
    }

    return {
        /* Begins with the photograph alone; `backup` is for files that no browser shows. */
        begin({ src, backup, width, height, alt }) {
            turn++;
            wanted = null;
            loading = false;
            zoom = 0;
            own = false;
            v.split.value = 0;
            v.above.hidden = true;
            v.above.removeAttribute('src');
            v.below.onerror = () => { v.below.onerror = null; v.below.src = backup; };
            v.below.src = src;
            v.below.alt = alt;
            Object.assign(size, { width, height });
            v.root.classList.remove('painted');
            setText(v.hint, '');
            layout();
        },
        /* The painting as it is now. Those that come faster than they load are left out. Its
         * own size counts only where none is given. */
        show(picture) {
            wanted = picture;
            v.root.classList.add('painted');
            setText(v.hint, 'Drag the line to see the photograph');
            if (!loading) pump(turn);
        },
    };
}
