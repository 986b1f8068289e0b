#!/usr/bin/env python3
"""What impasto says before it starts, beside what it then takes: seconds, and resident memory at the peak.

Usage: plan.py IMPASTO [--sizes 128,256,512,1024] [--presets default,classic] [--steps N]
               [--pictures PHOTO PAINTING]... [-- OPTION...]
IMPASTO is the program (build/cli/impasto), which needs its weights in the store. OPTIONs go to
impasto stylize. Ends with status 1 if a ratio is outside 0.75 to 1.25; let nothing else run
meanwhile."""
import argparse
import itertools
import json
import os
import sys
import tempfile

from compare import PICTURES, run

NEAR = 0.75, 1.25


def paint(program, pictures, options):
    """The events of one painting, and the most memory that it held."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "stylize", *pictures, "-o", os.path.join(folder, "out.png"),
                   "--json", *options]
        text, resident = run(command, {})
    return {event["event"]: event for event in map(json.loads, text.splitlines())}, resident


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("impasto")
    parser.add_argument("--sizes", default="128,256,512,1024")
    parser.add_argument("--presets", default="default,classic")
    parser.add_argument("--steps", help="for every preset (default: the preset's own)")
    parser.add_argument("--pictures", nargs=2, action="append", metavar=("PHOTO", "PAINTING"))
    parser.add_argument("option", nargs="*")
    args = parser.parse_args()
    far = 0
    print("preset        size    said s    took s  ratio   said MB   took MB  ratio")
    for preset, size, pictures in itertools.product(
            args.presets.split(","), args.sizes.split(","), args.pictures or [PICTURES]):
        options = ["--preset", preset, "--size", size, *args.option]
        options += ["--steps", args.steps] if args.steps else []
        events, resident = paint(args.impasto, pictures, options)
        said, took = events["start"], events["saved"]["elapsed"]
        ratios = said["seconds"] / took, said["memory"] / resident
        far += sum(not NEAR[0] <= ratio <= NEAR[1] for ratio in ratios)
        print(f"{preset:12} {size:>5} {said['seconds']:9.2f} {took:9.2f} {ratios[0]:6.2f}"
              f" {said['memory'] / 1e6:9.0f} {resident / 1e6:9.0f} {ratios[1]:6.2f}"
              f"  {', '.join(os.path.basename(name) for name in pictures)}", flush=True)
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main())
