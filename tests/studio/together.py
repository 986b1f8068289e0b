"""together.py - several jobs at once: their order, their threads, and memory that is not enough for all. together.py PROGRAM"""
import json
import signal
import subprocess
import sys
import time

from server import LONG, parse_events, studio

from tap import done, ok, skip


def ask(s, priority, **params):
    return s.add_wish({**s.wish(**params), "priority": priority})["id"]


def order(s):
    """The next one is that of the highest priority, of these the oldest."""
    first, second = (s.add_job(steps=LONG) for _ in range(2))
    for number in (first, second):
        s.wait_for(number, "running", step=2)
    ok(s.job(first)["state"] == "running", "two are painted at once")
    waiting = [ask(s, priority, steps=2) for priority in (0, 5, 5, -3)]
    ok([s.job(n)["priority"] for n in waiting] == [0, 5, 5, -3], "priorities are told")
    ok({s.job(n)["state"] for n in waiting} == {"queued"}, "the others wait")
    ok(s.patch(f"jobs/{waiting[3]}", {"priority": 7}).json["priority"] == 7, "a priority can be changed")
    for wrong in (101, -101, 1.5, "1", None):
        ok(s.patch(f"jobs/{waiting[3]}", {"priority": wrong}).status == 422, f"not to {wrong}")
    s.post(f"jobs/{second}/cancel")
    ends = [s.wait_for(n, "done")["finished"] for n in waiting]
    ok(ends[3] < ends[1] < ends[2] < ends[0], "the highest priority first, then the older one", ends)
    return first


def threads(s, running):
    """Each has its share of the threads, with which it goes on whatever the share is then."""
    want = s.paint("two.png", threads=2, steps=150)
    number = s.add_job(steps=150)
    s.wait_for(number, "running", step=20)
    s.post(f"jobs/{number}/pause")
    s.wait_for(number, "paused")
    s.post(f"jobs/{running}/cancel")
    s.stop()
    s.start("--threads", "3", "--checkpoint-every", "0")
    s.post(f"jobs/{number}/continue")
    ok(s.wait_for(number, "done")["progress"]["steps"] == 150, "it goes on with other threads about")
    ok(s.result(number) == want, "to the same picture")


def memory(s):
    """What has no place beside another waits for it, and what has none at all fails."""
    with open(s.program, "rb") as f:
        program = f.read()
        if b"__asan_init" in program or b"__tsan_init" in program:
            return skip("a job waits while there is no memory for it beside another", "a sanitizer takes memory of its own")
    large = {"steps": LONG, "size": "long:640"}
    plan = subprocess.run([s.program, "stylize", "photo.png", "painting.png", "--params", "tiny.json", "--size", "long:640", "--plan", "--json"],
                          cwd=s.folder, stdout=subprocess.PIPE, check=True)
    need = json.loads(plan.stdout)["memory"]
    s.stop()
    s.start("--jobs", "2", "--threads", "2", "--memory", str(int(1.6 * need)))
    first = s.add_job(**large)
    s.wait_for(first, "running", step=1)
    second = s.add_job(**large)
    small = s.add_job(steps=2)
    time.sleep(0.5)
    ok(s.wait_for(second, "queued")["state"] == "queued", "a job waits while there is no memory for it beside another")
    ok(s.job(small)["state"] == "queued" and s.job(first)["state"] == "running", "in its turn")
    s.patch(f"jobs/{small}", {"priority": 1})
    ok(s.wait_for(small, "done")["state"] == "done", "a small one can go before it")
    s.post(f"jobs/{first}/cancel")
    ok(s.wait_for(second, "running", step=1)["state"] == "running", "then it is painted")
    too_large = s.add_job(steps=2, size="long:2048")
    time.sleep(0.5)
    ok(s.wait_for(too_large, "queued")["state"] == "queued", "one that needs more than there is waits as well")
    s.post(f"jobs/{second}/cancel")
    ok("MB" in s.wait_for(too_large, "failed")["error"], "and fails when it is alone", s.job(too_large)["error"])


def watch(s, last=None):
    """The stream of all jobs."""
    connection = s.connection()
    connection.request("GET", "/api/v1/events", headers={"Last-Event-ID": str(last)} if last else {})
    return connection, connection.getresponse()


def read(stream, *done):
    """Its events until these jobs are done."""
    (connection, response), text, events = stream, "", []
    while not all(any(e[1] == "state" and e[2] == {"state": "done", "job": n} for e in events) for n in done):
        text += response.readline().decode()
        if text.endswith("\n\n"):
            events = list(parse_events(text))
    connection.close()
    return events


def stream(s):
    """One stream tells of all jobs, again after an interruption, and that something was missed."""
    watching = watch(s)
    first, second = ask(s, -1, steps=60), ask(s, -1, steps=60)
    found = read(watching, first, second)
    ok({e[2]["job"] for e in found} == {first, second} and {e[1] for e in found} >= {"state", "progress", "preview"},
       "both are told of in one stream", found)
    ids = [e[0] for e in found]
    ok(ids == sorted(set(ids)) and "missed" not in [e[1] for e in found], "in their order")
    ok(read(watch(s, ids[3]), first, second) == found[4:], "Last-Event-ID resumes behind it")
    s.stop(signal.SIGKILL)
    s.start("--jobs", "2", "--threads", "2")
    third = s.add_job(steps=2)
    events = read(watch(s, ids[-1]), third)
    ok(events[0][1:] == ("missed", {}) and events[1][2] == {"state": "queued", "job": third} and events[0][0] > ids[-1],
       "after a restart it is told that something may have been missed", events)


def kill(s):
    """All that were painted go on."""
    s.stop()
    s.start("--jobs", "3", "--checkpoint-every", "0")
    numbers = [s.add_job(steps=120, seed=i, init="noise") for i in range(3)]
    for number in numbers:
        s.wait_for(number, "running", step=30)
    s.stop(signal.SIGKILL)
    s.start("--jobs", "2", "--checkpoint-every", "0")
    ok(all(s.wait_for(n, "done")["progress"]["step"] == 120 for n in numbers), "three are killed and go on")
    ok(all(s.result(n) == s.paint(f"{i}.png", steps=120, seed=i, init="noise")
           for i, n in enumerate(numbers)), "to their ends")


def main(program):
    with studio(program, "--jobs", "2", "--threads", "4", "--checkpoint-every", "0") as s:
        threads(s, order(s))
        memory(s)
        stream(s)
        kill(s)
    done()


main(sys.argv[1])
