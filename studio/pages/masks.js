// masks.js - masks on their way between pictures and planes.
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

/* The picture's luma, as the server reads masks. */
async function planeAt(src, size) {
    const pixels = await pixelsOf(src, size);
    const plane = new Uint8Array(size.width * size.height);

    for (let i = 0, p = 0; i < plane.length; i++, p += 4)
        plane[i] = 0.2126 * pixels[p] + 0.7152 * pixels[p + 1] + 0.0722 * pixels[p + 2] + 0.5;
    return plane;
}

/* The server's mask of this id as a plane of this size. */
export const loadPlane = (id, size) => planeAt(api.pictureFile(id), size);

export async function planeOf(blob, size) {
    const src = URL.createObjectURL(blob);

    try {
        return await planeAt(src, size);
    } finally {
        URL.revokeObjectURL(src);
    }
}

/* A plane as an opaque grey picture. */
export function blobOf({ width, height }, plane) {
    const canvas = new OffscreenCanvas(width, height);
    const image = new ImageData(width, height);
    const { data } = image;

    for (let i = 0, p = 0; i < plane.length; i++, p += 4) {
        data[p] = data[p + 1] = data[p + 2] = plane[i];
        data[p + 3] = 255;
    }
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas.convertToBlob({ type: 'image/png' });
}

/* Hands a plane to the server; its picture. */
export async function savePlane(name, size, plane) {
    const file = new File([await blobOf(size, plane)], `${name}.png`, { type: 'image/png' });

    return api.upload(file, () => {}, 'mask');
}
