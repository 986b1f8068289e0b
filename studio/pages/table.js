// table.js - the photograph on which parts are painted: zoomed, moved and touched.
import { make } from './dom.js';

const MOST_ZOOM = 12;      /* times what fits */
const WHEEL_STEP = 1.0015; /* a pixel of the wheel */
const PINCH_STEP = 1.01;   /* of two fingers on a touchpad, which browsers tell as a wheel */
const MARGIN = 12;         /* around a picture that fits, in CSS pixels */

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function build(root) {
    const photo = make('img', { alt: '' });
    const tint = make('canvas'), glow = make('canvas', { class: 'glow' });
    const frame = make('div', { class: 'box-frame', hidden: true });
    const sheet = make('div', { class: 'sheet' }, photo, tint, glow, frame);
    const ring = make('div', { class: 'ring', hidden: true });

    root.append(sheet, ring);
    return { root, sheet, photo, tint, glow, frame, ring };
}

/* hands.begin(point, e), go(points), end(), cancel(): what a pointer does, in the sheet's
 * pixels; begin() returns whether it does anything, else the picture is moved. hands.reach()
 * is the brush's radius there, 0: none. */
export function makeTable(root, hands) {
    const t = build(root);
    const size = { width: 4, height: 3 };          /* of the sheet */
    const at = { scale: 1, x: 0, y: 0 };           /* where the sheet is, in CSS pixels */
    const pointers = new Map();
    let fitting = true, doing = null, pinch = null, held = false;
    let spot = { x: 0, y: 0 };                     /* of the keyboard, or the last pointer's */

    /* --- Layout -------------------------------------------------------------------------- */

    const fitScale = () => Math.max(0.01, Math.min(
        (root.clientWidth - 2 * MARGIN) / size.width,
        (root.clientHeight - 2 * MARGIN) / size.height));

    /* A picture that is larger than the table covers it, a smaller one lies in its middle. */
    function hold(offset, length, room) {
        if (length <= room - 2 * MARGIN) return (room - length) / 2;
        return clamp(offset, room - length - MARGIN, MARGIN);
    }

    function layout() {
        if (fitting) at.scale = fitScale();
        at.x = hold(at.x, size.width * at.scale, root.clientWidth);
        at.y = hold(at.y, size.height * at.scale, root.clientHeight);
        t.sheet.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
        t.sheet.style.setProperty('--pixel', `${1 / at.scale}px`);
        showRing();
    }

    /* Zooms so that what is at (x, y) of the table stays there. */
    function zoomTo(scale, x = root.clientWidth / 2, y = root.clientHeight / 2) {
        const fit = fitScale();
        const to = clamp(scale, fit, fit * MOST_ZOOM);

        fitting = to <= fit * 1.001;
        at.x = x - (x - at.x) * to / at.scale;
        at.y = y - (y - at.y) * to / at.scale;
        at.scale = to;
        layout();
    }

    function moveBy(dx, dy) {
        at.x += dx;
        at.y += dy;
        layout();
    }

    /* --- The brush's ring ---------------------------------------------------------------- */

    function showRing() {
        const side = 2 * hands.reach() * at.scale;

        t.ring.hidden = !held || !side;
        t.ring.style.width = t.ring.style.height = `${Math.max(side, 4)}px`;
        t.ring.style.transform = `translate(${at.x + spot.x * at.scale}px, ${
            at.y + spot.y * at.scale}px) translate(-50%, -50%)`;
    }

    function ringAt(point, shown = true) {
        spot = point;
        held = shown;
        showRing();
    }

    /* --- Pointers ------------------------------------------------------------------------ */

    function local(e) {
        const edge = root.getBoundingClientRect();
        return { x: e.clientX - edge.left, y: e.clientY - edge.top };
    }

    function pointOf(e) {
        const { x, y } = local(e);
        return { x: (x - at.x) / at.scale, y: (y - at.y) / at.scale,
            pressure: e.pointerType === 'pen' ? e.pressure : 1 };
    }

    function span() {
        const [a, b] = [...pointers.values()];
        return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2,
            far: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
    }

    function press(e) {
        root.setPointerCapture(e.pointerId);
        pointers.set(e.pointerId, local(e));
        if (pointers.size === 2) {
            if (doing === 'hands') hands.cancel();
            doing = 'pinch';
            pinch = span();
            ringAt(spot, false);
        }
        if (pointers.size > 1) return;
        ringAt(pointOf(e));
        doing = e.button === 0 && hands.begin(pointOf(e), e) ? 'hands' : 'move';
        root.classList.toggle('moving', doing === 'move');
    }

    function move(e) {
        const before = pointers.get(e.pointerId), now = local(e);

        if (e.pointerType !== 'touch' || doing === 'hands') ringAt(pointOf(e));
        if (!before) return;
        pointers.set(e.pointerId, now);
        if (doing === 'hands') hands.go([...e.getCoalescedEvents?.() ?? [], e].map(pointOf));
        else if (doing === 'move') moveBy(now.x - before.x, now.y - before.y);
        else if (pointers.size === 2) {
            const next = span();
            moveBy(next.x - pinch.x, next.y - pinch.y);
            zoomTo(at.scale * next.far / pinch.far, next.x, next.y);
            pinch = next;
        }
    }

    function release(e) {
        if (!pointers.delete(e.pointerId) || pointers.size) return;
        if (doing === 'hands') e.type === 'pointerup' ? hands.end() : hands.cancel();
        doing = null;
        root.classList.remove('moving');
        if (e.pointerType === 'touch') ringAt(spot, false);
    }

    root.addEventListener('pointerdown', (e) => {
        e.preventDefault();
        root.focus({ preventScroll: true });
        press(e);
    });
    root.addEventListener('pointermove', move);
    root.addEventListener('pointerup', release);
    root.addEventListener('pointercancel', release);
    root.addEventListener('pointerleave', () => { if (!pointers.size) ringAt(spot, false); });
    root.addEventListener('wheel', (e) => {
        const { x, y } = local(e);
        e.preventDefault();
        zoomTo(at.scale * (e.ctrlKey ? PINCH_STEP : WHEEL_STEP) ** -e.deltaY, x, y);
    }, { passive: false });
    root.addEventListener('blur', () => ringAt(spot, false));
    new ResizeObserver(layout).observe(root);

    /* --- For the editor ------------------------------------------------------------------ */

    return {
        tint: t.tint,
        glow: t.glow,
        /* `backup` is for photographs that no browser shows. */
        begin({ src, backup, width, height }) {
            t.photo.onerror = () => { t.photo.onerror = null; t.photo.src = backup; };
            t.photo.src = src;
            Object.assign(size, { width, height });
            t.sheet.style.width = `${width}px`;
            t.sheet.style.height = `${height}px`;
            spot = { x: width / 2, y: height / 2 };
            fitting = true;
            layout();
        },
        fit() { fitting = true; layout(); },
        zoomBy(factor) { zoomTo(at.scale * factor); },
        zoom: () => at.scale / fitScale(),
        scale: () => at.scale,
        showRing,
        moveBy,
        /* Moves the spot that the keyboard has, and what is seen with it. */
        step(dx, dy) {
            const x = clamp(spot.x + dx, 0, size.width);
            const y = clamp(spot.y + dy, 0, size.height);
            const left = at.x + x * at.scale, top = at.y + y * at.scale;

            ringAt({ x, y, pressure: 1 });
            moveBy(Math.min(0, root.clientWidth - MARGIN - left) + Math.max(0, MARGIN - left),
                Math.min(0, root.clientHeight - MARGIN - top) + Math.max(0, MARGIN - top));
            return spot;
        },
        spot: () => ({ ...spot, pressure: 1 }),
        /* A frame in the sheet's pixels, or null. */
        frame(rect) {
            t.frame.hidden = !rect;
            if (!rect) return;
            Object.assign(t.frame.style, { left: `${rect.left}px`, top: `${rect.top}px`,
                width: `${rect.right - rect.left}px`, height: `${rect.bottom - rect.top}px` });
        },
    };
}
