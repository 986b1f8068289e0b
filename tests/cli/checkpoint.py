"""A painting that is killed at random moments, or stopped, and gone on with: checkpoint.py PROGRAM [SEED]

The picture in the end is that of one which nothing stopped, to the byte."""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap  # noqa: E402  (found by the line above)

# So many, or fewer where the program is slow (under a sanitizer): after so many seconds the least of them are enough,
# and after three times as many it is not the machine that is slow.
KILLS, LEAST_KILLS, LIMIT = 20, 5, 40
# In two sizes, with everything that is carried along from step to step.
JOB = ["photo.png", "painting.png", "--params", "tiny.json", "--size", "160", "--start-size", "80", "--scale-factor",
       "2", "--steps", "40,40", "--optimiser", "lbfgs", "--line-search", "wolfe", "--history", "5", "--average", "0.9",
       "--result", "average", "--threads", "1", "-q"]


class Job:
    def __init__(self, program):
        self.program = program

    def start(self, out, *more):
        resume = ["--resume", "ck"] if os.path.exists("ck") else []
        return subprocess.Popen([self.program, "stylize", *JOB, "-o", out, "--checkpoint", "ck", *resume, *more],
                                stderr=subprocess.PIPE, text=True)

    def finish(self, out, *more):
        run = self.start(out, *more)
        said = run.communicate()[1]
        return run.returncode, said


def parts():
    """Checkpoints that are being written."""
    return [name for name in os.listdir(".") if name.startswith("ck.")]


def await_part(run, seconds):
    end = time.monotonic() + seconds
    while run.poll() is None and not parts() and time.monotonic() < end:
        time.sleep(0.0005)


def read(name):
    with open(name, "rb") as f:
        return f.read()


def kill_often(job, whole, span):
    """Runs until so many kills have hit; of every three one hits while a checkpoint is written, if it can."""
    begun, kills, torn, ends, why = time.monotonic(), 0, 0, 0, ""
    while kills < KILLS and not why and time.monotonic() - begun < (LIMIT if kills >= LEAST_KILLS else 3 * LIMIT):
        run = job.start("out.png", "--every", "3")
        try:
            run.wait(random.uniform(0, span))
        except subprocess.TimeoutExpired:
            if kills % 3 == 0:
                await_part(run, span)
        if run.poll() is None:
            run.kill()
        said = run.communicate()[1]
        if run.returncode == -signal.SIGKILL:
            kills += 1
            torn += bool(parts())
        elif run.returncode:
            why = f"status {run.returncode}: {said}"
        else:
            ends += 1
            why = "" if read("out.png") == whole else "the picture is another one"
            os.unlink("out.png")
        for name in parts():
            os.unlink(name)
    print(f"# {kills} kills ({torn} while a checkpoint was written), {ends} paintings done between them, "
          f"{time.monotonic() - begun:.1f} s")
    return kills, why


def check_kills(job, whole, span):
    kills, why = kill_often(job, whole, span)
    tap.ok(not why, "killed at random moments it goes on each time", why)
    tap.ok(kills >= LEAST_KILLS, "it was killed often", f"{kills} times within {3 * LIMIT} s")
    status, said = job.finish("out.png", "--every", "3")
    tap.ok(status == 0 and read("out.png") == whole, "the picture is that of one never stopped", said)
    tap.ok(not os.path.exists("ck"), "done, it leaves no checkpoint")


def await_rows(run, log, rows):
    while run.poll() is None and (not os.path.exists(log) or read(log).count(b"\n") <= rows):
        time.sleep(0.001)


def rows(log):
    """Without the seconds."""
    return [line.split(",")[:1] + line.split(",")[2:] for line in open(log, encoding="ascii")]


def check_signal(job, whole, number):
    """Stopped long before the first regular checkpoint."""
    name = signal.Signals(number).name
    for left in ("out.png", "log.csv"):
        if os.path.exists(left):
            os.unlink(left)
    run = job.start("out.png", "--every", "1000", "--log", "log.csv")
    await_rows(run, "log.csv", 5)
    run.send_signal(number)
    run.communicate()
    tap.ok(run.returncode == 128 + number, f"{name}: status", run.returncode)
    tap.ok(os.path.exists("ck") and os.path.exists("out.png"), f"{name}: a checkpoint and a picture are there")
    status, said = job.finish("out.png", "--log", "log.csv")
    tap.ok(rows("log.csv") == rows("whole.csv"), f"{name}: the log is whole")
    tap.ok(status == 0 and read("out.png") == whole, f"{name}: the picture is that of one never stopped", said)


def main(program, seed):
    print(f"# seed {seed}")
    random.seed(seed)
    folder = tempfile.mkdtemp(prefix="impasto-cli.")
    try:
        subprocess.run([sys.executable, os.path.join(HERE, "make_pictures.py"), folder], check=True)
        os.chdir(folder)
        job = Job(program)
        begun = time.monotonic()
        subprocess.run([program, "stylize", *JOB, "-o", "whole.png", "--log", "whole.csv"], check=True)
        span = time.monotonic() - begun
        print(f"# uninterrupted: {span:.2f} s")
        whole = read("whole.png")
        check_kills(job, whole, span)
        check_signal(job, whole, signal.SIGINT)
        check_signal(job, whole, signal.SIGTERM)
    finally:
        shutil.rmtree(folder)
    tap.done()


main(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32))
