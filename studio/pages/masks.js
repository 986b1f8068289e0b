// masks.js - masks on their way between the server's pictures and planes.
import { api } from './api.js';

async function pixelsOf(src, { width, height }) {
    const image = new Image();
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });

    image.src = src;
    await image.decode();
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
}

/* The mask of this id as a plane of this size: its luma, as the server reads it. */
export async function loadPlane(id, size) {
    const pixels = await pixelsOf(api.pictureFile(id), size);
    const plane = new Uint8Array(size.width * size.height);

    for (let i = 0, p = 0; i < plane.length; i++, p += 4)
        plane[i] = 0.2126 * pixels[p] + 0.7152 * pixels[p + 1] + 0.0722 * pixels[p + 2] + 0.5;
    return plane;
}

/* As an opaque grey picture. */
function blobOf({ width, height }, plane) {
    const canvas = new OffscreenCanvas(width, height);
    const image = new ImageData(width, height);

    for (let i = 0; i < plane.length; i++)
        image.data.set([plane[i], plane[i], plane[i], 255], 4 * i);
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
}

/* Hands a plane to the server; its picture. */
export async function savePlane(name, size, plane) {
    const file = new File([await blobOf(size, plane)], `${name}.png`, { type: 'image/png' });

    return api.upload(file, () => {}, 'mask');
}
