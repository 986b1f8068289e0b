#!/usr/bin/env python3
"""Time to quality: how long impasto takes to get as far as a reference run got.

    bench/quality.py IMPASTO CASES.json [OPTION...]

CASES.json is a list of objects: name, photo, painting, preset (whose objective counts, with its own
size), content and style (the losses where the reference ended), seconds (what it took; left
out if nobody knows), and settings (a list of options that define the objective, may be empty).
The OPTIONs are those of `impasto stylize` that walk faster: --optimiser lbfgs --start-size 128
... --content-weight W is for objectives whose own is 1: it shapes the walk, and what is
compared is divided by it. Each case is painted once with a log; the quality is reached at the
first step at the final size whose content and style are both at most 5 % above the reference's,
and whose sum is not above. The time is that of the whole command, without what it did after
that step.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import tempfile
import time

MARGIN = 1.05


def paint(impasto, case, options, weight, folder):
    """Runs one case: seconds of the whole command, and its log's rows, as the objective weighs."""
    log = os.path.join(folder, "log.csv")
    picture = os.path.join(case.get("keep", folder), case["name"] + ".png")
    command = [impasto, "stylize", case["photo"], case["painting"], "-o", picture, "--quiet",
               "--preset", case["preset"], "--log", log, *case.get("settings", []), *options]
    if weight:
        command += ["--content-weight", str(weight)]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - start
    with open(log, newline="", encoding="utf-8") as f:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(f)]
    for row in rows:
        row["content"] /= weight or 1
    return seconds, rows


def at_final_size(rows):
    last = (rows[-1]["width"], rows[-1]["height"])
    return [row for row in rows if (row["width"], row["height"]) == last]


def good(row, case):
    total = case["content"] + case["style"]
    return (row["content"] <= MARGIN * case["content"] and row["style"] <= MARGIN * case["style"]
            and row["content"] + row["style"] <= total)


def measure(impasto, case, options, weight, folder):
    seconds, rows = paint(impasto, case, options, weight, folder)
    final = at_final_size(rows)
    reached = next((row for row in final if good(row, case)), None)
    shown = reached or min(final, key=lambda row: max(row["content"] / case["content"],
                                                      row["style"] / case["style"]))
    result = {
        "name": case["name"], "reached": reached is not None, "step": int(shown["step"]),
        "content": shown["content"] / case["content"], "style": shown["style"] / case["style"],
        "seconds": seconds - (rows[-1]["seconds"] - shown["seconds"]),
    }
    if case.get("seconds"):
        result["ratio"] = case["seconds"] / result["seconds"]
    return result


def line(r):
    return (f"{r['name']:34s} {'yes' if r['reached'] else 'no ':3s} step {r['step']:4d} "
            f"content {r['content']:6.3f} style {r['style']:6.3f} {r['seconds']:7.1f} s"
            + (f"  1/{r['ratio']:.0f}" if "ratio" in r else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("impasto")
    parser.add_argument("cases")
    parser.add_argument("--keep", help="a folder for the pictures")
    parser.add_argument("--content-weight", type=float, metavar="W")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help="cases whose name has this in it", default="")
    args, options = parser.parse_known_args()
    with open(args.cases, encoding="utf-8") as f:
        cases = [case for case in json.load(f) if args.only in case["name"]]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            if args.keep:
                case["keep"] = args.keep
            results.append(measure(args.impasto, case, options, args.content_weight, folder))
            if not args.json:
                print(line(results[-1]), flush=True)
    if args.json:
        print(json.dumps(results))
    elif results and all("ratio" in r for r in results):
        print(f"{'median':34s} {sum(r['reached'] for r in results)} of {len(results)} reached, "
              f"1/{statistics.median(r['ratio'] for r in results):.0f} of the reference's time")


if __name__ == "__main__":
    main()
