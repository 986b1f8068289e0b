#!/usr/bin/env python3
"""impasto beside PyTorch, or beside itself with one thread or little memory, on this machine.

Usage: compare.py IMPASTO PYTHON [--only fp32-512,...] [--rounds N] [--steps N] [--threads N]
                  [--size N] [--json]
IMPASTO is the program (build/cli/impasto); PYTHON an interpreter that has PyTorch. All sides
of a row do the same work: VGG19 up to relu5_1, content at relu4_2, Gram matrices at relu1_1
to relu5_1, Adam. They take turns, each in a process of its own, and the ratios are of
neighbours in time. PyTorch runs in both memory formats, of which the one with the better
median counts. --size puts every row at one size, to try the script out. The row memory-limit
paints with real weights, which must be in the store. Let nothing else run meanwhile."""
import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES = [os.path.join(HERE, "..", "tests", "data", "reference", name)
            for name in ("scene.png", "paint.png")]
AVX2 = {"IMPASTO_CPU": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2"}


def times_faster(ours, other):
    return other / ours


def times_slower(ours, other):
    return ours / other


def gigabytes(ours, _):
    return ours / 1e9


@dataclasses.dataclass(frozen=True)
class Row:
    """What is measured on both sides, what is made of it, and the goals for that."""
    size: int
    must: float
    aim: float
    other: str = "PyTorch"
    precision: str = "fp32"
    environment: dict = dataclasses.field(default_factory=dict)
    quantity: str = "step"
    value: Callable[[float, float], float] = times_faster

    def reaches(self, value, goal):
        return value >= goal if self.value is times_faster else value <= goal


ROWS = {
    "fp32-256": Row(256, 4, 5.5),
    "fp32-512": Row(512, 4.5, 6),
    "fp32-1024": Row(1024, 5, 7),
    "avx2-512": Row(512, 3.5, 5, environment=AVX2),
    "bf16-512": Row(512, 3.5, 4.5, precision="bf16"),
    "memory-512": Row(512, 1.0, 0.7, quantity="resident", value=gigabytes),
    "threads-512": Row(512, 1.85, 1.95, other="one thread"),
    "memory-limit": Row(512, 1.3, 1.15, other="no limit", value=times_slower),
}
UNITS = {"step": ("s", 1), "resident": ("MB", 1e-6)}


def run(command, environment):
    """What the command prints, and the most bytes that it held."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}) as child:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: status {child.returncode}")
    return text, usage.ru_maxrss * 1024


def bench(args, row, threads):
    text, resident = run([args.impasto, "bench", "--json", "--size", str(row.size), "--steps",
                          str(args.steps), "--threads", str(threads), "--precision",
                          row.precision], row.environment)
    return {"step": json.loads(text)["sizes"][0]["step"], "resident": resident}


def pytorch(args, row, memory_format):
    text, resident = run([args.python, os.path.join(HERE, "pytorch_step.py"), "--size",
                          str(row.size), "--steps", str(args.steps), "--threads",
                          str(args.threads), "--format", memory_format,
                          *(["--bf16"] if row.precision == "bf16" else [])], row.environment)
    return {"step": json.loads(text)["step"], "resident": resident}


def paint(args, row, *options):
    """Steps of a painting, the first one left out, as the events of its progress tell them."""
    with tempfile.TemporaryDirectory() as folder:
        out, size = os.path.join(folder, "out.png"), f"{row.size}x{row.size}"
        text, resident = run([args.impasto, "stylize", *PICTURES, "-o", out, "--json",
                              "--preset", "classic", "--size", size, "--steps",
                              str(args.steps + 1), "--threads", str(args.threads), *options],
                             row.environment)
    events = [json.loads(line) for line in text.splitlines()]
    clock = [event["seconds"] for event in events if event["event"] == "step"]
    steps = [after - before for before, after in zip(clock, clock[1:])]
    return {"step": statistics.median(steps), "resident": resident}


def sides(args, name, row):
    """Ours first, then what it is compared with."""
    if name == "memory-limit":
        return {"impasto --memory 600M": lambda: paint(args, row, "--memory", "600M"),
                row.other: lambda: paint(args, row)}
    ours = {"impasto": lambda: bench(args, row, args.threads)}
    if row.other != "PyTorch":
        return {**ours, row.other: lambda: bench(args, row, 1)}
    return {**ours, **{f"PyTorch {form}": lambda form=form: pytorch(args, row, form)
                       for form in ("channels-last", "nchw")}}


def measure(args, name, row):
    measured = sides(args, name, row)
    rounds = {side: [] for side in measured}
    for _ in range(args.rounds):
        for side, go in measured.items():
            rounds[side].append(go()[row.quantity])
    medians = {side: statistics.median(values) for side, values in rounds.items()}
    ours, *others = medians
    best = min(others, key=medians.get)
    values = [row.value(a, b) for a, b in zip(rounds[ours], rounds[best])]
    value = statistics.median(values)
    return {"name": name, "size": row.size, "quantity": row.quantity, "medians": medians,
            "rounds": rounds, "better": best, "value": row.value.__name__.replace("_", " "),
            "values": values, "median": value, "must": row.must, "aim": row.aim,
            "reached": [goal for goal in ("must", "aim")
                        if row.reaches(value, getattr(row, goal))]}


def line(found):
    unit, scale = UNITS[found["quantity"]]
    medians = ", ".join(f"{side} {value * scale:.4g} {unit}"
                        for side, value in found["medians"].items())
    return (f"{found['name']:12} {found['median']:5.2f} {found['value']:12} "
            f"({min(found['values']):.2f} to {max(found['values']):.2f}; "
            f"must {found['must']:g}, aim {found['aim']:g}: "
            f"{(['missed'] + found['reached'])[-1]})  {medians}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("impasto")
    parser.add_argument("python")
    parser.add_argument("--only", default=",".join(ROWS), help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.only = args.only.split(",")
    for name in args.only:
        if name not in ROWS:
            parser.error(f"--only: no row {name}; there are {', '.join(ROWS)}")
    return args


def main():
    args = arguments()
    results = []
    for name in args.only:
        row = dataclasses.replace(ROWS[name], size=args.size or ROWS[name].size)
        results.append(measure(args, name, row))
        if not args.json:
            print(line(results[-1]), flush=True)
    if args.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
