"""restarts.py - the server killed and stopped at any moment: nothing finished is lost, no job is painted twice, and each
ends as if nothing had happened. restarts.py PROGRAM [KILLS [SEED]]"""
import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time

from server import LONG, Studio, parse_events, studio

from tap import done, ok

OFTEN = ["--checkpoint-every", "0"]    # as often as 2 % of the time allow
JOBS = [{"steps": 400}, {"steps": 250, "optimiser": "lbfgs", "clamp": "true"}, {"steps": 3},
        {"steps": "200,150", "size": "long:48", "start-size": 24, "scale-factor": 2, "average": 0.9, "result": "average"}]


def painted(s, name, params):
    """What the command line paints with these settings, and the loss of each step."""
    pixels = s.paint(name, "--log", name + ".csv", **params)
    with open(s.path(name + ".csv"), encoding="utf-8") as f:
        return pixels, [float(row["total"]) for row in csv.DictReader(f)]


def add(s, params):
    """JSON has numbers where the command line has words."""
    as_json = dict(params)
    if "," in str(params["steps"]):
        as_json["steps"] = [int(n) for n in params["steps"].split(",")]
    as_json.update({k: v == "true" for k, v in params.items() if v in ("true", "false")})
    return s.add_job(**as_json)


def near(a, b):
    """The log has nine digits."""
    return len(a) == len(b) and all(abs(x - y) <= 1e-8 * abs(y) for x, y in zip(a, b))


def rooms(s):
    """What is left where nothing should be, once all jobs are over."""
    left = s.left_over() + os.listdir(s.path("data", "checkpoints"))
    return left + [f for room in ("results", "pictures", "thumbnails") for f in os.listdir(s.path("data", room)) if "." in f and
                   f.rsplit(".", 1)[1] not in ("png", "jpg")]


def sound(s):
    with sqlite3.connect(s.path("data", "studio.db")) as db:
        return db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def disturb(s, numbers, chance):
    """Something that people do, now and then."""
    number, what = chance.choice(numbers), chance.choice(["pause", "continue", "continue", "none"])
    if what != "none":
        s.post(f"jobs/{number}/{what}")


def some_end(s, numbers, chance):
    """Any moment at which people do this and that."""
    end = time.time() + chance.uniform(0.01, 0.5)
    while time.time() < end:
        disturb(s, numbers, chance)
        time.sleep(min(0.1, max(0, end - time.time())))


def job_end(s, numbers):
    """The moment at which a job is said to be done: its number, None if all are over."""
    events = s.connection()
    events.request("GET", "/api/v1/events")
    stream = events.getresponse()
    if all(s.job(number)["state"] == "done" for number in numbers):
        return None
    for number in numbers:
        s.post(f"jobs/{number}/continue")
    for line in stream:
        if line.startswith(b"data:") and b'"state":"done"' in line:
            return json.loads(line[5:])["job"]
    raise AssertionError("the stream of events ended")


def killed(program, kills, seed):
    """kill -9 at random moments, of jobs that wait, are painted, and are paused; and as soon as one is done."""
    print(f"# kills: {kills}, seed: {seed}")
    chance = random.Random(seed)
    s = Studio(program)
    finished, steps = {}, {}
    try:
        wanted = [painted(s, f"{i}.png", params) for i, params in enumerate(JOBS)]
        s.start(*OFTEN)
        numbers = [add(s, params) for params in JOBS]
        lost, again, back, words, ended = [], [], 0, "", []
        for kill in range(kills):
            just_done = job_end(s, numbers) if kill % 2 else some_end(s, numbers, chance)
            if just_done:
                words += s.stop(signal.SIGKILL)[1]
                s.start(*OFTEN)
                ended.append(just_done)
                one = s.job(just_done)
                if one["state"] != "done" or s.result(just_done) != wanted[numbers.index(just_done)][0]:
                    lost.append((just_done, one))
                continue
            for number in numbers:
                one = s.job(number)
                steps[number] = one["progress"]["step"]
                if one["state"] == "done":
                    finished.setdefault(number, (one["finished"], s.result_file(number)))
            words += s.stop(signal.SIGKILL)[1]
            s.start(*OFTEN)
            for number in numbers:
                one = s.job(number)
                if number in finished and (one["state"], one["finished"]) != ("done", finished[number][0]):
                    again.append((number, one))
                if number in finished and s.result_file(number) != finished[number][1]:
                    lost.append(number)
                back = max(back, steps[number] - one["progress"]["step"])
        for number in numbers:
            s.post(f"jobs/{number}/continue")
        for number in numbers:
            ok(s.wait_for(number, "done", "failed", "cancelled")["state"] == "done", f"job {number} ends", s.job(number))
        ok(not lost and not again, "what was done stays as it is", (lost, again))
        ok(not words, "nothing was said", words)
        print(f"# steps that a kill cost at most: {back}; killed as they were done: {ended}; done before the last kill: {len(finished)}")
        for number, want in zip(numbers, wanted):
            ok(s.result(number) == want[0], f"job {number} ends as if nothing had happened")
            losses = s.get(f"jobs/{number}/losses").json
            ok(losses["step"] == list(range(1, len(want[1]) + 1)) and near(losses["total"], want[1]), "with the losses of all its steps",
               (len(want[1]), set(range(1, len(want[1]) + 1)) - set(losses["step"])))
        ok(len(s.get("jobs").json) == len(numbers), "there are as many jobs as were asked for")
        s.ends_well()
        ok(not rooms(s), "nothing is left over", rooms(s))
        ok(sound(s), "the database is sound")
    finally:
        s.close()


def begin(s, **params):
    number = s.add_job(**{"steps": LONG, **params})
    s.wait_for(number, "running", step=5)
    return number


def pause(s, number):
    s.post(f"jobs/{number}/pause")
    return s.wait_for(number, "paused")["progress"]


def stopped(s):
    """SIGTERM: the step at hand and a checkpoint, and on from there."""
    number = begin(s)
    events = s.connection()
    events.request("GET", f"/api/v1/jobs/{number}/events")
    text = events.getresponse().read(400).decode()
    last = list(parse_events(text[:text.rindex("\n\n") + 2]))[-1][0]
    before = s.job(number)["progress"]
    s.ends_well()
    s.start(*OFTEN)
    one = s.job(number)["progress"]
    ok(one["step"] >= before["step"] and one["seconds"] >= before["seconds"], "no step is lost", (before, one))
    s.wait_for(number, "running", step=one["step"] + 1)
    first = s.first_events(number, Last_Event_ID=str(last))[0]
    ok(first[0] > last and first[1] == "state", "who watched before hears all that is new, of the state first", first)
    paused = pause(s, number)
    left = os.listdir(s.path("data", "checkpoints"))
    ok(left == [str(number)] and paused["step"] >= one["step"], "paused, it is a checkpoint", left)
    s.stop(signal.SIGKILL)
    s.start(*OFTEN)
    ok(s.job(number)["progress"] == paused, "which stays as it is over a kill", s.job(number))
    preview = s.get(f"jobs/{number}/preview")
    ok(preview.status == 200 and preview.body[:2] == b"\xff\xd8", "and can be looked at", preview.status)
    ok(s.post(f"jobs/{number}/stop").json["state"] == "done", "and stopped, at once")
    want = painted(s, "part.png", {"steps": paused["step"]})
    ok(s.result(number) == want[0], "its picture is that of its last step")
    for when in ("", ", even after a kill"):
        watched = s.get(f"jobs/{number}/events", Last_Event_ID=str(last))
        told = list(parse_events(watched.body.decode()))
        ok(told[-1][2] == {"state": "done"}, "who missed the end is told of it" + when, watched.body)
        ok(s.get(f"jobs/{number}/events", Last_Event_ID=str(told[-1][0])).status == 204, "once")
        s.stop(signal.SIGKILL)
        s.start(*OFTEN)


ORDERS = [("cancel", "cancelled"), ("stop", "done"), ("pause", "paused")]


def wished(s):
    """What was asked of a job just before SIGTERM is done."""
    for what, state in ORDERS:
        number = begin(s)
        s.post(f"jobs/{number}/{what}")
        s.ends_well()
        s.start(*OFTEN)
        ok(s.job(number)["state"] == state, f"{what} was not forgotten", s.job(number))
        s.post(f"jobs/{number}/cancel")


def promised(s):
    """What was answered holds after a kill in the midst of a step, which takes long here."""
    for what, state in ORDERS:
        number = begin(s, size="long:96")
        before = s.job(number)["progress"]["step"]
        answer = s.post(f"jobs/{number}/{what}").json
        s.stop(signal.SIGKILL)
        s.start(*OFTEN)
        one = s.wait_for(number, state)
        ok(what != "stop" or one["progress"]["step"] >= before, f"{what}, of a job that was {answer['state']} when the kill came, is done", one)
        s.post(f"jobs/{number}/cancel")
    number = begin(s, size="long:96")
    for what in ("pause", "continue", "stop"):
        s.post(f"jobs/{number}/{what}")
    s.stop(signal.SIGKILL)
    s.start(*OFTEN)
    ok(s.wait_for(number, "done")["state"] == "done", "the last order counts")


def waited(s):
    """So does what was asked of a job that waits for its turn."""
    number = begin(s)
    pause(s, number)
    other = begin(s)
    s.post(f"jobs/{number}/continue")
    ok(s.post(f"jobs/{number}/stop").json["state"] == "queued", "one that waits behind another is stopped in its turn")
    s.stop(signal.SIGKILL)
    s.start(*OFTEN)
    ok(s.wait_for(number, "done")["progress"]["step"] < LONG and s.get(f"jobs/{number}/result").status == 200, "also after a kill")
    s.post(f"jobs/{other}/cancel")


LOST = [("pictures", "ab" * 32), ("thumbnails", "ab" * 32 + ".jpg"), ("thumbnails", "ab" * 32 + ".256.jpg"), ("incoming", "body.aB3xYz")]
KEPT = [("pictures", "notes.txt"), ("pictures", "AB" * 32), ("pictures", "ab" * 31), ("thumbnails", "ab" * 32), ("results", "mine.png"), ("results", ".png"), ("notes",)]


def spoilt(s):
    """A checkpoint that is of no use costs its steps, not the job."""
    torn, foreign, gone = paused_three(s)
    s.stop()
    path = [s.path("data", "checkpoints", str(n)) for n in (torn, foreign, gone)]
    shutil.copy(path[0], path[1])
    os.truncate(path[0], 1000)
    os.remove(path[2])
    for part in [path[0] + ".aB3xYz", s.path("data", "results", "7.png.000000"), s.path("data", "results", "999.png"), path[0] + "999"]:
        with open(part, "wb") as f:
            f.write(b"what a kill left")
    lost, kept = [os.path.join(*name) for name in LOST], [os.path.join(*name) for name in KEPT]
    for part in lost + kept:
        with open(s.path("data", part), "wb") as f:
            f.write(b"what a kill left, or somebody")
    s.start(*OFTEN)
    there = [part for part in lost + kept if os.path.exists(s.path("data", part))]
    ok(there == kept, "files of pictures that no row knows go, and nothing that is called otherwise", there)
    for part in kept:
        os.remove(s.path("data", part))
    ok(s.get(f"pictures/{s.job(torn)['photo']}/file").body == s.read("photo.png"), "nor a picture that there is")
    ok(len(os.listdir(s.path("data", "checkpoints"))) == 2 and not any(f.startswith(("7.png.", "999")) for f in
       os.listdir(s.path("data", "results"))), "what a kill left is swept", os.listdir(s.path("data", "checkpoints")))
    for number in (torn, foreign, gone):
        s.post(f"jobs/{number}/continue")
        s.wait_for(number, "running", step=3)
        s.post(f"jobs/{number}/stop")
        ok(s.wait_for(number, "done")["progress"]["step"] >= 1, "a job without its checkpoint is painted")
    said = s.stop()[1].strip().split("\n")
    ok(len(said) == 3 and all("begins anew" in line for line in said), "and it is said why", said)
    ok(not rooms(s) and sound(s), "nothing is left over", rooms(s))
    s.start()


def paused_three(s):
    numbers = []
    for seed in range(3):
        numbers.append(begin(s, seed=seed))
        pause(s, numbers[-1])
    return numbers


def main(program, kills=8, seed=None):
    killed(program, int(kills), int(seed) if seed else random.randrange(10 ** 6))
    with studio(program, *OFTEN) as s:
        stopped(s)
        wished(s)
        promised(s)
        waited(s)
        spoilt(s)
    done()


main(*sys.argv[1:])
