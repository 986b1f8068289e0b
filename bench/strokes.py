#!/usr/bin/env python3
"""How large are the strokes in the picture, for what --style-scale and --style-size ask?

Usage: strokes.py [--size N] [--pictures FOLDER] IMPASTO PAINTING [-- OPTION...]
Paints the painting's texture alone, from grey and without content, at each scale, with the OPTIONs. A picture's
spectrum is the power of its grey values in half octaves, between blurs of 0.7 to 5.7 pixels. It is compared with those
of the painting itself, resized to a long side of N / 4 to 4 N, by the root of the mean squared difference in decibels:
where they are nearest is the size of the strokes. (The level counts: a spectrum that falls steadily has no other mark
of its size.) Prints the size asked for, that found, the difference there, and at half and twice the size asked for.
Ends with status 1 if one is half an octave or more from what was asked for, or if strokes do not grow with the scale.
IMPASTO (build/cli/impasto) needs its weights in the store; numpy and Pillow."""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

SIGMAS = 2.0 ** np.arange(-0.5, 2.75, 0.5)
STEPS = 16  # to an octave
SCALES = 0.5, 2 ** -0.5, 1, 2 ** 0.5, 2


def grey(path, long_side=None):
    with Image.open(path) as image:
        image = image.convert("L")
        if long_side:
            size = [max(1, round(long_side * side / max(image.size))) for side in image.size]
            image = image.resize(size, Image.BICUBIC)
        return np.asarray(image, dtype=float)


def blur(spectrum, sigma):
    """Of a mirrored picture."""
    fy, fx = (np.fft.fftfreq(n) for n in spectrum.shape)
    return np.fft.ifft2(spectrum * np.exp(-2 * (np.pi * sigma) ** 2 * (fx ** 2 + fy[:, None] ** 2))).real


def decibels(picture):
    height, width = picture.shape
    mirrored = np.fft.fft2(np.pad(picture, ((0, height), (0, width)), "symmetric"))
    blurred = [blur(mirrored, sigma)[:height, :width] for sigma in SIGMAS]
    return 10 * np.log10([(fine - coarse).var() + 1e-6 for fine, coarse in zip(blurred, blurred[1:])])


def difference(a, b):
    return np.sqrt(((a - b) ** 2).mean(-1))


def paint(args, options, out):
    subprocess.run([args.impasto, "stylize", args.painting, args.painting, "-o", out, "-q", "--content-weight", "0",
                    "--init", "grey", "--detail", "0", "--style-fit", "size", *options, *args.option], check=True)
    return decibels(grey(out))


def measure(args, folder, spectra, asked, options):
    """The size of the strokes of a picture painted so, and whether it is what was asked for."""
    found = paint(args, options, os.path.join(folder, "-".join(options).lstrip("-") + ".png"))
    sizes = args.size * 2.0 ** (np.arange(len(spectra)) / STEPS - 2)
    far = difference(spectra, found)
    nearest = sizes[far.argmin()]
    half, twice = (np.interp(asked * k, sizes, far) for k in (0.5, 2))
    print(f"{' '.join(options):33} {asked:4.0f} px asked, {nearest:4.0f} found ({nearest / asked:.2f})   "
          f"{far.min():4.1f} dB there, {half:4.1f} at half, {twice:4.1f} at twice the size", flush=True)
    return nearest, abs(np.log2(nearest / asked)) < 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("impasto")
    parser.add_argument("painting")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--pictures")
    parser.add_argument("option", nargs="*")
    args = parser.parse_args()
    spectra = np.array([decibels(grey(args.painting, args.size * 2 ** (k / STEPS - 2)))
                        for k in range(4 * STEPS + 1)])
    size, larger = str(args.size), str(args.size * 3 // 2)
    with tempfile.TemporaryDirectory() as folder:
        look = args, args.pictures or folder, spectra
        scaled = [measure(*look, args.size * scale, ["--size", size, "--style-scale", f"{scale:.4g}"])
                  for scale in SCALES]
        _, right = measure(*look, args.size, ["--size", larger, "--style-size", size])
    grows = all(a[0] < b[0] for a, b in zip(scaled, scaled[1:]))
    return 0 if grows and right and all(right for _, right in scaled) else 1


if __name__ == "__main__":
    sys.exit(main())
