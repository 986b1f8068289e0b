#!/usr/bin/env python3
"""What --keep-colours and --match-colours do to the colours of a painted picture.

Usage: colours.py IMPASTO PHOTO PAINTING [-- OPTION...]
IMPASTO is the program (build/cli/impasto), which needs its weights in the store; OPTIONs go to impasto
stylize. For each way of painting it prints how much of the change from the photograph is one of lightness
(of the squared distances in YUV and in L*a*b*), and how far the picture's colours as a whole are from the
photograph's and the painting's: the root of the Wasserstein distance of two normal distributions, in
units of 255. Needs numpy and PIL."""
import argparse
import os
import sys
import tempfile

import numpy
from PIL import Image

from compare import run

WAYS = [[], ["--keep-colours"], ["--keep-colours", "--colour-space", "luv"],
        ["--keep-colours", "--colour-space", "lab"], ["--match-colours", "cholesky"],
        ["--match-colours", "pca"], ["--match-colours", "symmetric"]]
YUV = numpy.array([[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.100]])
XYZ = numpy.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(rgb):
    linear = numpy.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ XYZ.T / XYZ.sum(1)
    f = numpy.where(xyz > 216 / 24389, numpy.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return numpy.stack([116 * f[:, 1], 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def pixels(name, size=None):
    with Image.open(name) as image:
        rgb = image.convert("RGB")
        rgb = rgb.resize(size, Image.LANCZOS) if size else rgb
        return numpy.asarray(rgb, dtype=float).reshape(-1, 3) / 255, rgb.size


def share(change):
    """Of the first coordinate."""
    return (change[:, 0] ** 2).sum() / (change ** 2).sum()


def root(s):
    values, vectors = numpy.linalg.eigh(s)
    return vectors * numpy.sqrt(numpy.maximum(values, 0)) @ vectors.T


def distance(a, b):
    s, t = numpy.cov(a.T), numpy.cov(b.T)
    both = numpy.trace(s) + numpy.trace(t) - 2 * numpy.trace(root(root(s) @ t @ root(s)))
    return 255 * numpy.sqrt(((a.mean(0) - b.mean(0)) ** 2).sum() + max(both, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("impasto", "photo", "painting", "option"):
        parser.add_argument(name, nargs="*" if name == "option" else None)
    args = parser.parse_args()
    painting, _ = pixels(args.painting)
    print("                                    lightness's share of the change    distance of colours to")
    print("                                        YUV     L*a*b*              photograph  painting")
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.png")
            run([args.impasto, "stylize", args.photo, args.painting, "-o", out, "--json", *args.option, *way], {})
            painted, size = pixels(out)
        photo, _ = pixels(args.photo, size)
        print(f"{' '.join(way) or 'as the painting is':36} {100 * share((painted - photo) @ YUV.T):5.1f} %"
              f"  {100 * share(lab(painted) - lab(photo)):5.1f} % {distance(painted, photo):19.1f}"
              f" {distance(painted, painting):9.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
