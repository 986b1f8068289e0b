// dom.js - short words for what the page does with its elements.

export const byId = (id) => document.getElementById(id);

/* make('p', {class: 'quiet', hidden: true}, 'text', element ...). Names beginning with "on"
 * are listeners, booleans are present or not, all others are attributes. */
export function make(tag, attributes = {}, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
        else if (typeof value === 'boolean') e.toggleAttribute(name, value);
        else if (value !== undefined && value !== null) e.setAttribute(name, value);
    }
    e.append(...children);
    return e;
}

const SVG = 'http://www.w3.org/2000/svg';

export function makeSvg(tag, attributes = {}, ...children) {
    const e = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
}

export const icon = (name) =>
    makeSvg('svg', { 'aria-hidden': 'true' }, makeSvg('use', { href: `icons.svg#${name}` }));

/* Setting a text that is there already would make screen readers say it again. */
export function setText(e, text) {
    if (e.textContent !== text) e.textContent = text;
}

/* Colours the share of a slider's track that lies before its thumb. */
export function showShare(range) {
    const share = (range.value - range.min) / (range.max - range.min);
    range.style.setProperty('--share', `${100 * share}%`);
}
