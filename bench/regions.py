#!/usr/bin/env python3
"""Two regions with a style each: how far is each from its own style, and how far from the other's?

Usage: regions.py [--size N] IMPASTO PHOTO MASK STYLE OTHER [-- OPTION...]
Paints STYLE where MASK is white and OTHER elsewhere, with the OPTIONs; then takes the distances of Gram matrices
(preset gatys' losses) of the picture, region by region, to both styles. Ends with status 1 if a region is not at
least four times nearer to its own. IMPASTO (build/cli/impasto) needs its weights in the store."""
import argparse
import csv
import os
import subprocess
import sys
import tempfile

NEARER = 4


def stylize(program, photo, mask, styles, out, *options):
    command = [program, "stylize", photo, "--style", styles[0], "--mask", mask, "--style", styles[1], "-o", out, "-q"]
    subprocess.run([*command, *options], check=True)


def distances(program, photo, mask, styles, painted, size, folder):
    """Of the two regions of a painted picture to the style that is named for each."""
    log = os.path.join(folder, "log.csv")
    stylize(program, photo, mask, styles, os.path.join(folder, "unused.png"), "--preset", "gatys", "--size", size,
            "--start-size", "0", "--steps", "1", "--init", painted, "--log", log)
    with open(log, encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    return float(row["style-1"]), float(row["style-2"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    for name in ("impasto", "photo", "mask", "style", "other"):
        parser.add_argument(name)
    parser.add_argument("--size", default="256")
    parser.add_argument("option", nargs="*")
    args = parser.parse_args()
    styles = args.style, args.other
    with tempfile.TemporaryDirectory() as folder:
        painted = os.path.join(folder, "painted.png")
        stylize(args.impasto, args.photo, args.mask, styles, painted, "--size", args.size, *args.option)
        look = args.impasto, args.photo, args.mask
        own = distances(*look, styles, painted, args.size, folder)
        other = distances(*look, styles[::-1], painted, args.size, folder)
    for name, mine, theirs in zip(("white", "black"), own, other):
        print(f"where the mask is {name}: {mine:.4g} to its own style, {theirs:.4g} to the other's: 1/{theirs / mine:.1f}")
    return 0 if all(NEARER * mine <= theirs for mine, theirs in zip(own, other)) else 1


if __name__ == "__main__":
    sys.exit(main())
