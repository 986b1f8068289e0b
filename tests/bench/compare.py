"""bench/compare.py with an impasto and a PyTorch that tell made-up times: compare.py"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap  # noqa: E402

COMPARE = os.path.join(HERE, "..", "..", "bench", "compare.py")
# Stands for both programs. A side's second and third rounds take 3 and 9 times as long, as on
# a machine that others begin to use; the ratios stay. Each call is noted with what limits it.
FAKE = f"""#!{sys.executable}
import json, os, sys
args = sys.argv[1:]
option = lambda name: args[args.index(name) + 1] if name in args else None
ours = args[0] in ("bench", "stylize")
side = "ours" if ours else option("--format")
calls = open("calls").read().splitlines() if os.path.exists("calls") else []
step = {{"ours": 0.1, "channels-last": 0.6, "nchw": 0.5}}[side]
step *= 2 / int(option("--threads")) if ours else 1
step *= 1.2 if option("--memory") else 1
mine = side + " " + str(option("--threads")) + " " + str(option("--memory"))
step *= 3 ** sum(call.startswith(mine) for call in calls)
limits = [os.environ.get(name) for name in ("IMPASTO_CPU", "ATEN_CPU_CAPABILITY")]
with open("calls", "a") as f:
    print(mine, "bf16" in str(args), *limits, file=f)
if args[0] == "bench":
    print(json.dumps({{"sizes": [{{"step": step}}]}}))
elif args[0] == "stylize":
    for i in range(int(option("--steps"))):
        print(json.dumps({{"event": "step", "seconds": 7 + i * step}}))
else:
    held = bytearray(60_000_000) if side == "nchw" else None
    print(json.dumps({{"step": step}}))
"""


def compare(folder, only, *options):
    """The result of these rows, and the calls that they took."""
    calls = os.path.join(folder, "calls")
    if os.path.exists(calls):
        os.remove(calls)
    fake = os.path.join(folder, "fake")
    with open(fake, "w", encoding="utf-8") as f:
        f.write(FAKE)
    os.chmod(fake, 0o755)
    done = subprocess.run([sys.executable, COMPARE, fake, fake, "--only", only, "--rounds",
                           "3", *options], cwd=folder, capture_output=True, text=True,
                          check=False)
    with open(calls, encoding="utf-8") if os.path.exists(calls) else open(os.devnull) as f:
        return done, f.read().splitlines()


def row(folder, name):
    done, calls = compare(folder, name, "--json")
    return json.loads(done.stdout)[0], calls


def near(values, expected):
    return len(values) == len(expected) and all(abs(a / b - 1) < 1e-9
                                                for a, b in zip(values, expected))


def main():
    with tempfile.TemporaryDirectory() as folder:
        found, calls = row(folder, "fp32-512")
        tap.ok([call.split()[0] for call in calls] == ["ours", "channels-last", "nchw"] * 3,
               "the sides take turns", calls)
        tap.ok(found["better"] == "PyTorch nchw" and near(found["values"], [5] * 3),
               "the better memory format counts, round by round", found)
        tap.ok(near(found["medians"].values(), [0.3, 1.8, 1.5]), "medians of the rounds", found)
        tap.ok(found["reached"] == ["must"], "5 times is the must, not the aim", found)
        _, calls = row(folder, "avx2-512")
        tap.ok(all(call.endswith("avx2 avx2") for call in calls), "both are held to AVX2",
               calls)
        _, calls = row(folder, "bf16-512")
        tap.ok(all(call.split()[3] == "True" for call in calls), "both compute in bf16", calls)
        found, _ = row(folder, "threads-512")
        tap.ok(near(found["values"], [2] * 3), "two threads beside one", found)
        found, _ = row(folder, "memory-limit")
        tap.ok(near(found["values"], [1.2] * 3) and found["reached"] == ["must"],
               "1.2 times as slow is the must, not the aim", found)
        found, _ = row(folder, "memory-512")
        more = found["medians"]["PyTorch nchw"] - found["medians"]["PyTorch channels-last"]
        # Interpreters differ by less than 10 MB.
        tap.ok(5e7 < more < 7e7, "60 MB more are seen", found)
        done, _ = compare(folder, "fp32-256,fp32-1024")
        tap.ok([text.split()[:2] for text in done.stdout.splitlines()]
               == [["fp32-256", "5.00"], ["fp32-1024", "5.00"]], "a line a row", done.stdout)
        done, calls = compare(folder, "fp32-512,nonsense")
        tap.ok(done.returncode == 2 and "no row nonsense" in done.stderr and not calls,
               "a row that is none", done.stderr)
    tap.done()


if __name__ == "__main__":
    main()
