#!/usr/bin/env python3
"""Seconds a step of impasto and of PyTorch, one after the other on this machine, and their ratio.

Usage: compare.py IMPASTO PYTHON [--sizes 256,512] [--steps N] [--threads N]
IMPASTO is the program (build/cli/impasto), which needs its weights in the store; PYTHON is an interpreter
that has PyTorch. Let nothing else run meanwhile."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = [os.path.join(HERE, "..", "tests", "data", "reference", name) for name in ("scene.png", "paint.png")]


def impasto(program, size, steps, threads):
    """The median step, the first one left out, of the taps that pytorch_step.py has as well."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [program, "stylize", *PICTURES, "-o", os.path.join(folder, "out.png"), "--json", "--preset", "classic",
             "--size", f"{size}x{size}", "--steps", str(steps + 1), "--threads", str(threads)],
            capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
    clock = [event["seconds"] for event in events if event["event"] == "step"]
    return statistics.median(after - before for before, after in zip(clock, clock[1:]))


def pytorch(python, size, steps, threads):
    done = subprocess.run(
        [python, os.path.join(HERE, "pytorch_step.py"), "--size", str(size), "--steps", str(steps),
         "--threads", str(threads)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("impasto")
    parser.add_argument("python")
    parser.add_argument("--sizes", default="256,512")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    print("size   impasto s   PyTorch s (channels-last, NCHW)   ratio to the better")
    for size in map(int, args.sizes.split(",")):
        ours = impasto(args.impasto, size, args.steps, args.threads)
        theirs = pytorch(args.python, size, args.steps, args.threads)["seconds"]
        print(f"{size:4}   {ours:9.3f}   {theirs['channels-last']:9.3f} {theirs['nchw']:9.3f}"
              f"   {min(theirs.values()) / ours:.2f}", flush=True)


if __name__ == "__main__":
    main()
