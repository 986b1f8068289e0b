"""load.py - two hundred clients at once while a job is painted. load.py PROGRAM [SECONDS [THREADS [NICE]]]

To measure what a job loses: 20 seconds, as many threads as processors, and NICE 19, so that the clients, which would
be elsewhere, take nothing from it."""
import collections
import http.client
import io
import multiprocessing
import os
import random
import sys
import threading
import time

import numpy as np
from PIL import Image

from server import PATIENCE, Studio

from tap import done, ok

# What a sanitizer keeps of freed memory, to catch who still uses it, is not the server's.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"

CLIENTS = 200
# Of a connection: its stack, 32 KiB of libmicrohttpd's and what is sent; far below 1 MiB each. The
# rest is for pictures being encoded, and for the allocator's arenas, two for each of two processors.
ROOM_MIB = 160
SANITIZED = 3    # times as much, for what sanitizers note of each byte and each thread


def picture(seed):
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(data, "PNG")
    return data.getvalue()


class Clients:
    """In a process of their own: each asks, without a pause, for one thing after the other."""
    def __init__(self, s, number, seconds, nice):
        self.host, self.port, self.number, self.end = s.host, s.port, number, time.time() + seconds
        self.photo, self.nice = s.photo, nice
        self.answers = collections.Counter()
        self.times = []
        self.lock = threading.Lock()

    def ask(self, connection, method, path, body=None):
        begun = time.time()
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            if path.endswith("/events"):
                for _ in range(20):
                    response.readline()
                    if time.time() > self.end:
                        break
                connection.close()
            else:
                response.read()
            what = response.status if not response.getheader("Retry-After") else "busy"
        except (OSError, http.client.HTTPException) as e:
            what = type(e).__name__
            connection.close()
        with self.lock:
            self.answers[what] += 1
            self.times.append(time.time() - begun)

    def client(self, i):
        random_ = random.Random(i)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        while time.time() < self.end:
            kind = random_.choices(["page", "list", "thumbnail", "upload", "events"], [8, 8, 8, 1, 1 if i % 2 else 0])[0]
            if kind == "page":
                self.ask(connection, "GET", random_.choice(["/", "/studio.js", "/studio.css", "/api/v1/about"]))
            elif kind == "list":
                self.ask(connection, "GET", random_.choice(["/api/v1/pictures?limit=20", "/api/v1/jobs"]))
            elif kind == "thumbnail":
                self.ask(connection, "GET", f"/api/v1/pictures/{self.photo}/thumbnail?side=64")
            elif kind == "upload":
                self.ask(connection, "POST", "/api/v1/pictures", picture(random_.randrange(1 << 30)))
            else:
                self.ask(connection, "GET", f"/api/v1/jobs/{self.number}/events")
        connection.close()

    def run(self, results):
        os.nice(self.nice)
        threads = [threading.Thread(target=self.client, args=(i,)) for i in range(CLIENTS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        results.put((self.answers, sorted(self.times)))


def resident(s):
    with open(f"/proc/{s.process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


def pace(s, number, seconds):
    """Steps a second."""
    def now():
        return s.job(number)["progress"]["step"], time.time()

    first, begun = now()
    time.sleep(seconds)
    last, ended = now()
    return (last - first) / (ended - begun)


def load(s, seconds, nice):
    s.photo = s.add("photo.png")
    large = io.BytesIO()
    Image.open(s.path("photo.png")).resize((320, 240)).save(large, "PNG")
    photo = s.post("pictures", large.getvalue()).json["id"]
    job = {"photo": photo, "styles": [{"picture": s.add("painting.png")}], "params": {**s.params, "steps": 100000}}
    number = s.post("jobs", job).json["id"]
    s.wait_for(number, "running", step=2)
    with open(s.program, "rb") as f:
        program = f.read()
    room = ROOM_MIB * (SANITIZED if b"__asan_init" in program or b"__tsan_init" in program else 1)
    before, quiet = resident(s), [pace(s, number, seconds)]
    results = multiprocessing.Queue()
    clients = Clients(s, number, seconds, nice)
    process = multiprocessing.Process(target=clients.run, args=(results,))
    process.start()
    loaded, most = pace(s, number, seconds), resident(s)
    answers, times = results.get()
    most = max(most, resident(s))
    process.join()
    quiet.append(pace(s, number, seconds))
    print(f"# {sum(answers.values())} answers in {seconds} s: {dict(answers)}; half within {times[len(times) // 2]:.2f} s, "
          f"all within {times[-1]:.2f} s")
    print(f"# memory: {before:.0f} MiB before, {most:.0f} MiB at most")
    print(f"# steps a second: {quiet[0]:.1f} before, {loaded:.1f} beside {CLIENTS} clients, {quiet[1]:.1f} after: "
          f"{loaded / max(quiet):.2f} of the best")
    ok(set(answers) <= {200, 201, 204, "busy"} and answers[200] > CLIENTS, "no error but deliberate refusals", answers)
    ok(most - before < room, "its memory is bounded", (before, most))
    ok(s.job(number)["state"] == "running" and loaded > 0, "the job goes on")


def main(program, seconds=3, threads=1, nice=0):
    s = Studio(program)
    try:
        s.start("--threads", str(threads))
        load(s, float(seconds), int(nice))
        code, said = s.stop()
        ok(code == 0 and not said, "it ends well, and had nothing to complain of", (code, said))
    finally:
        s.close()
    done()


main(*sys.argv[1:])
