#!/usr/bin/env python3
"""What --style-scale does to the strokes: the mean spatial frequency of the painted picture's details.

Usage: strokes.py IMPASTO PAINTING [--size N] [--scales 0.5,1,2] [-- OPTION...]
Paints the painting's texture alone, from noise and without content, at each scale, and takes the power spectrum of
its grey values (whitened by the squared frequency, so that edges count and not areas). IMPASTO (build/cli/impasto)
needs its weights in the store; numpy and Pillow."""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image


def mean_frequency(path):
    """In cycles per picture."""
    grey = np.asarray(Image.open(path).convert("L")).astype(float)
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    fy, fx = np.fft.fftfreq(grey.shape[0]), np.fft.fftfreq(grey.shape[1])
    radius = np.hypot(fy[:, None], fx[None, :])
    power = power * radius  # as much for each octave of a picture whose power falls with the square
    return max(grey.shape) * (power * radius).sum() / power.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("impasto")
    parser.add_argument("painting")
    parser.add_argument("--size", default="256")
    parser.add_argument("--scales", default="0.5,1,2")
    parser.add_argument("option", nargs="*")
    args = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.png")
        for scale in args.scales.split(","):
            subprocess.run([args.impasto, "stylize", args.painting, args.painting, "-o", out, "-q", "--size",
                            f"{args.size}x{args.size}", "--init", "noise", "--content-weight", "0", "--style-scale",
                            scale, "--style-fit", "size", "--detail", "0", *args.option], check=True)
            found.append(mean_frequency(out))
            print(f"--style-scale {scale:>4}: {found[-1]:.1f} cycles a picture", flush=True)
    return 0 if all(a > b for a, b in zip(found, found[1:])) else 1


if __name__ == "__main__":
    sys.exit(main())
