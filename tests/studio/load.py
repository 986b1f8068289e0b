"""load.py - two hundred clients at once while a job is painted. load.py PROGRAM [SECONDS [THREADS [ROUNDS]]]

First people, who open the page, watch, and do something every other second; then clients that ask without a pause. To
measure what a job loses by people: 20 seconds, as many threads as processors but one, and 3 rounds, with and without them
by turns. The clients, who would be elsewhere, then have the last processor for themselves."""
import glob
import io
import os
import sys
import time

from PIL import Image

from crowd import Crowd
from server import Studio

from tap import done, ok

# What a sanitizer keeps of freed memory, to catch who still uses it, is not the server's.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"

CLIENTS = 200
# Of a connection: its stack, 32 KiB of libmicrohttpd's and what is sent; far below 1 MiB each. The
# rest is for pictures being looked at, and for what the allocator keeps of them.
ROOM_MIB = 160
SANITIZED = 8    # times as much, for what sanitizers note of each byte, and 2 MiB of each thread's history
WELL = {200, 201, 204, "busy"}
# A server ten times as slow has not heard of some in time, and ends their connections to make room for others.
LATE = {"ConnectionResetError", "BrokenPipeError", "EOFError"}


def places(apart):
    """The processors of the studio, and those of the clients."""
    all_ = os.sched_getaffinity(0)
    last = {max(all_)}
    return (all_ - last, last) if apart else (all_, all_)


def resident(s):
    with open(f"/proc/{s.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


def priorities(s):
    """Of the threads that answer, the niceness."""
    found = set()
    for path in glob.glob(f"/proc/{s.process.pid}/task/*/stat"):
        try:
            with open(path, encoding="ascii") as f:
                name, rest = f.read().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "(MHD" in name:
            found.add(int(rest.split()[16]))
    return found


def pace(s, number, seconds):
    """Steps a second."""
    def now():
        return s.job(number)["progress"]["step"], time.time()

    first, begun = now()
    time.sleep(seconds)
    last, ended = now()
    return (last - first) / (ended - begun)


def is_sanitized(s):
    with open(s.program, "rb") as f:
        program = f.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def begin_job(s):
    """The ids of a photograph, and of a job of many short steps with it."""
    large = io.BytesIO()
    Image.open(s.path("photo.png")).resize((320, 240)).save(large, "PNG")
    photo = s.post("pictures", large.getvalue()).json["id"]
    job = {"photo": photo, "styles": [{"picture": s.add("painting.png")}], "params": {**s.params, "steps": 100000}}
    number = s.post("jobs", job).json["id"]
    s.wait_for(number, "running", step=2)
    return photo, number


def load(s, photo, number, behaviour, seconds, rounds):
    """Quiet times and crowds by turns."""
    crowd, sanitized = Crowd(s, photo, CLIENTS, behaviour), is_sanitized(s)
    before, most = resident(s), 0
    quiet, loaded = [], []
    for _ in range(rounds):
        quiet.append(pace(s, number, seconds))
        alone = priorities(s)
        crowd.come(seconds + 1)    # still there when it is looked at
        loaded.append(pace(s, number, seconds))
        ok(max(priorities(s)) > max(alone), f"{behaviour}: of many each gets less of the processor", (alone, priorities(s)))
        most = max(most, resident(s))
        answers, times, events, files, used = crowd.gone()
        ok(set(answers) <= WELL | (LATE if sanitized else set()) and answers[200] > CLIENTS,
           f"{behaviour}: no error but deliberate refusals", answers)
        print(f"# {behaviour}: {sum(answers.values())} answers: {dict(answers)}; half within {times[len(times) // 2]:.3f} s, "
              f"99 % within {times[len(times) * 99 // 100]:.3f} s, all within {times[-1]:.3f} s; {events} events, "
              f"pages of {files} files; clients took {used:.2f} s of a processor")
    print(f"# memory: {before:.0f} MiB before, {most:.0f} MiB at most")
    print(f"# steps a second: {' '.join(f'{x:.1f}' for x in quiet)}, beside {CLIENTS} clients "
          f"{' '.join(f'{x:.1f}' for x in loaded)}: {sum(loaded) / sum(quiet):.3f} of it")
    ok(most - before < ROOM_MIB * (SANITIZED if sanitized else 1), f"{behaviour}: its memory is bounded", (before, most))
    ok(s.job(number)["state"] == "running" and min(loaded) > 0, f"{behaviour}: the job goes on")


def main(program, seconds=3, threads=1, rounds=1):
    s = Studio(program)
    for_studio, for_clients = places(int(rounds) > 1)
    try:
        os.sched_setaffinity(0, for_studio)
        s.start("--threads", str(threads))
        os.sched_setaffinity(0, for_clients)
        photo, number = begin_job(s)
        for behaviour in ["person", "relentless"]:
            load(s, photo, number, behaviour, float(seconds), int(rounds))
        code, said = s.stop()
        ok(code == 0 and not said, "it ends well, and had nothing to complain of", (code, said))
    finally:
        s.close()
    done()


main(*sys.argv[1:])
