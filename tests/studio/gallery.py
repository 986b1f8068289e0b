"""gallery.py - what is kept, found again and handed out: lists, names, pins, room on the disk, results, exports. gallery.py PROGRAM"""
import json
import os
import sqlite3
import sys
import time

from server import PATIENCE, Studio

from tap import done, ok


def patch(s, path, body):
    return s.ask("PATCH", "/api/v1/" + path, body if isinstance(body, bytes) else json.dumps(body).encode())


def remove(s, path):
    return s.ask("DELETE", "/api/v1/" + path)


def variant(s, i):
    """The photograph with other bytes."""
    return s.read("photo.png") + bytes([i])


def lists(s):
    ids = [s.post("pictures", variant(s, i), X_Name=f"{i}.png").json["id"] for i in range(5)][::-1]
    mask = s.post("pictures?role=mask", variant(s, 9)).json["id"]
    got = [p["id"] for p in s.get("pictures").json]
    ok(got == ids, "pictures are listed the latest first, masks are not", got)
    ok([p["id"] for p in s.get("pictures?limit=2").json] == ids[:2], "so many of them")
    ok([p["id"] for p in s.get(f"pictures?limit=2&before={ids[1]}").json] == ids[2:4], "and the next ones")
    ok(s.get(f"pictures?before={ids[4]}").json == [], "behind the last one there is nothing")
    ok(s.get(f"pictures?role=mask&before={ids[4]}").json == [] and len(s.get(f"pictures?role=mask&before={mask}").json) == 0,
       "masks have a list of their own")
    for query in ["limit=0", "limit=1001", "limit=x", "limit=", "before=7", "before="]:
        ok(s.get("pictures?" + query).code == "list", f"pictures?{query} is refused")
    ok(s.get("pictures?before=" + "0" * 64).code == "no_picture", "before a picture that is not there")

    numbers = [s.add_job(steps=1) for _ in range(3)]
    for number in numbers:
        s.wait_for(number, "done")
    ok([j["id"] for j in s.get("jobs?limit=2").json] == numbers[:0:-1], "jobs are listed the latest first, so many of them")
    ok([j["id"] for j in s.get(f"jobs?before={numbers[2]}").json] == numbers[1::-1], "and the next ones")
    ok([j["id"] for j in s.get(f"jobs?state=done&limit=1&before={numbers[1]}").json] == numbers[:1], "those in a state")
    ok(s.get("jobs?state=failed").json == [], "of which there may be none")
    for query in ["limit=0", "before=0", "before=-1", "before=x", "state=", "state=over"]:
        ok(s.get("jobs?" + query).code == "list", f"jobs?{query} is refused")
    return ids, numbers


def changes(s, ids, numbers):
    name = "l'\u00e9t\u00e9 \U0001f3a8"
    answer = patch(s, f"pictures/{ids[0]}", {"name": name})
    ok(answer.status == 200 and answer.json["name"] == s.get("pictures/" + ids[0]).json["name"] == name, "a picture is renamed", answer.body)
    answer = patch(s, f"jobs/{numbers[0]}", {"pinned": True})
    ok(answer.status == 200 and answer.json["pinned"] is True and answer.json["name"] == "", "a job is pinned", answer.body)
    answer = patch(s, f"jobs/{numbers[0]}", {"name": name})
    ok(answer.json["pinned"] is True and answer.json["name"] == name, "and gets a name", answer.body)
    answer = patch(s, f"jobs/{numbers[0]}", {"name": "", "pinned": False})
    ok(answer.json["pinned"] is False and answer.json["name"] == "" and s.job(numbers[0]) == answer.json, "and loses both", answer.body)
    before = s.job(numbers[0])
    for path in [f"pictures/{ids[0]}", f"jobs/{numbers[0]}"]:
        for body, code in [({"name": 7}, "invalid"), ({"name": "x" * 256}, "invalid"), ({"name": "a\nb"}, "invalid"), ({"name": "ok", "id": 1}, "invalid"),
                           (b"[]", "json"), (b"", "json"), (b"{", "json"), (b'{"name": "a", "name": "b"}', "json")]:
            ok(patch(s, path, body).code == code, f"PATCH {path[:9]} {str(body)[:30]} is refused")
    ok(patch(s, f"jobs/{numbers[0]}", {"pinned": 1}).code == "invalid", "pinned is true or false")
    ok(s.job(numbers[0]) == before, "what is refused changes nothing")
    ok(patch(s, "jobs/999", {}).code == "no_job" and patch(s, "pictures/" + "0" * 64, {}).code == "no_picture", "what is not there cannot be changed")

    one = s.job(numbers[0])
    files = [s.path("data", "results", f"{numbers[0]}{end}") for end in (".png", ".jpg")]
    ok(one["bytes"] == sum(os.path.getsize(f) for f in files), "the bytes of its files are told", one)
    ok(one["created"] < one["finished"] < time.time(), "and when it was finished", one)
    waiting = s.post("jobs", {"photo": one["photo"], "styles": [{"picture": one["styles"][0]["picture"]}], "params": {**s.params, "steps": 100000}}).json
    ok(waiting["finished"] is None and waiting["bytes"] == 0, "one that is not over has neither", waiting)

    ok(remove(s, f"pictures/{one['photo']}").code == remove(s, f"pictures/{one['styles'][0]['picture']}").code == "in_use",
       "pictures that a job uses stay")
    ok(remove(s, f"pictures/{ids[0]}").status == 204 and s.get(f"pictures/{ids[0]}").status == 404, "others can be removed")
    ok(not os.path.exists(s.path("data", "pictures", ids[0])) and not os.path.exists(s.path("data", "thumbnails", ids[0] + ".jpg")),
       "with their files")
    ok(remove(s, f"pictures/{ids[0]}").status == 404, "and only once")
    s.post(f"jobs/{waiting['id']}/cancel")
    s.wait_for(waiting["id"], "cancelled")
    for number in [*numbers, waiting["id"]]:
        remove(s, f"jobs/{number}")
    ok(remove(s, f"pictures/{one['photo']}").status == 204, "when its jobs are gone a picture can go")
    ok(s.post("jobs", {"photo": one["photo"], "styles": [{"picture": one["styles"][0]["picture"]}], "params": s.params}).code == "no_picture", "a job cannot have it any more")


def on_disk(s):
    """Bytes of all files of pictures and jobs."""
    rooms = [s.path("data", room) for room in ("pictures", "thumbnails", "results", "checkpoints")]
    return sum(os.path.getsize(os.path.join(room, name)) for room in rooms if os.path.isdir(room) for name in os.listdir(room))


def restart(s, budget):
    s.stop()
    s.start("--disk", str(budget))


def numbers_of(s):
    return [j["id"] for j in s.get("jobs").json][::-1]


def disk(s):
    """The budget is what is there; then less and less of it."""
    for p in s.get("pictures").json + s.get("pictures?role=mask").json:
        remove(s, "pictures/" + p["id"])
    ok(s.get("disk").json["used"] == on_disk(s) == 0, "when nothing is there, nothing is used", s.get("disk").json)
    jobs = [s.add_job(steps=n + 1) for n in range(4)]
    for number in jobs:
        s.wait_for(number, "done")
    mask = s.post("pictures?role=mask", variant(s, 1)).json["id"]
    unused = s.post("pictures", variant(s, 2)).json["id"]
    used = s.job(jobs[0])["photo"]
    patch(s, f"jobs/{jobs[0]}", {"pinned": True})
    now = s.get("disk").json
    ok(now["used"] == on_disk(s) == now["pictures"] + now["masks"] + now["results"] + now["checkpoints"], "all that is on the disk is counted",
       (now, on_disk(s)))
    ok(now["results"] == sum(s.job(n)["bytes"] for n in jobs) and now["pinned"] == s.job(jobs[0])["bytes"], "results, those of pinned jobs among them",
       now)
    ok(now["masks"] > 0 and now["gone"] == {"jobs": 0, "pictures": 0} and now["budget"] == 10**10, "masks apart; the budget is 10G", now)

    restart(s, now["used"] - 1)
    ok(numbers_of(s) == [jobs[0], *jobs[2:]], "above the budget the oldest job goes that is not pinned", numbers_of(s))
    ok(s.get("disk").json["gone"] == {"jobs": 1, "pictures": 0} and s.get("disk").json["used"] == on_disk(s), "that is told", s.get("disk").json)
    ok(s.get(f"jobs/{jobs[1]}").status == 404 and not os.path.exists(s.path("data", "results", f"{jobs[1]}.png")), "its files are gone")
    budget = s.get("disk").json["used"] + s.job(jobs[0])["bytes"] // 2
    restart(s, budget)
    third = s.add_job(steps=5)
    s.wait_for(third, "done")
    ok(settled(s, [jobs[0], jobs[3], third]), "a new result makes the oldest go", numbers_of(s))
    ok(s.get("disk").json["used"] <= budget, "and the budget is kept", s.get("disk").json)

    restart(s, now["pictures"] + now["masks"] + now["pinned"])
    ok(numbers_of(s) == jobs[:1] and s.get(f"pictures/{mask}").status == 200, "then all others", numbers_of(s))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{mask}").status == 404 and s.get(f"pictures/{unused}").status == 200, "then pictures that no job uses, the oldest first")
    restart(s, 10**10)
    ok(s.get(f"pictures/{used}").status == 200, "those of pinned jobs stay")
    first = s.post("pictures", variant(s, 3)).json["id"]
    second = s.post("pictures", variant(s, 4)).json["id"]
    s.post("pictures", variant(s, 3))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{first}").status == 200 and s.get(f"pictures/{second}").status != s.get(f"pictures/{unused}").status,
       "what was handed over again counts as new", [s.get(f"pictures/{i}").status for i in (first, second, unused)])

    restart(s, 1)
    ok(numbers_of(s) == jobs[:1] and s.get(f"jobs/{jobs[0]}/result").status == 200, "a pinned job stays at any budget")
    ok([p["id"] for p in s.get("pictures").json if p["id"] in (first, second, unused)] == [], "all that may go is gone")
    answer = s.post("pictures", variant(s, 5))
    ok(answer.status == 507 and answer.code == "disk" and "--disk" in answer.json["error"]["message"], "what cannot fit is refused", answer.body)
    ok(s.post("pictures", s.read("photo.png")).status == 200, "what is there may be handed over again")
    ok(not os.listdir(s.path("data", "incoming")), "and nothing of it is left")
    one = s.job(jobs[0])
    number = paint_on(s, one)
    patch(s, f"jobs/{jobs[0]}", {"pinned": False})
    s.post(f"jobs/{number}/stop")
    ok(settled(s, [number]) and s.get(f"jobs/{number}/result").status == 200, "the last result stays, and its pictures", numbers_of(s))
    running = paint_on(s, one)
    answer = s.post("pictures", variant(s, 6))
    ok(answer.status == 507 and s.job(running)["state"] == "running", "nor does what is running go", answer.body)
    s.post(f"jobs/{running}/stop")
    s.wait_for(running, "done")
    ok(settled(s, [running]) and len(s.get("pictures").json) == 2, "its result drives out the other, its pictures stay", numbers_of(s))
    restart(s, 10**10)
    with open(s.path("data", "results", "7.png.abcdef"), "wb") as f:
        f.write(b"half of it")
    restart(s, 10**10)
    ok(not os.path.exists(s.path("data", "results", "7.png.abcdef")), "what was not whole when the program was killed is gone")


def paint_on(s, like):
    """A job with the pictures of another, which runs."""
    styles = [{"picture": style["picture"]} for style in like["styles"]]
    number = s.post("jobs", {"photo": like["photo"], "styles": styles, "params": {**s.params, "steps": 100000}}).json["id"]
    s.wait_for(number, "running", step=1)
    return number


def settled(s, numbers):
    """Whether these jobs are left, at once or a moment after the last one was done."""
    end = time.time() + PATIENCE
    while numbers_of(s) != numbers and time.time() < end:
        time.sleep(0.02)
    return numbers_of(s) == numbers


def many(s):
    """Ten thousand of each: a list takes no longer for them. The bound is 20 times what it took on a slow machine."""
    s.stop()
    db = sqlite3.connect(s.path("data", "studio.db"))
    photo = db.execute("SELECT id FROM pictures LIMIT 1").fetchone()[0]
    ids = [f"{i:064x}" for i in range(10000)]
    db.executemany("INSERT INTO pictures (id, role, name, type, width, height, bytes, created, touched)"
                   " VALUES (?, 0, 'a.png', 'image/png', 64, 48, 1000, ?, ?)", [(id, i, i) for i, id in enumerate(ids)])
    db.executemany("INSERT INTO jobs (id, state, created, photo, params, finished, bytes) VALUES (?, 3, ?, ?, ?, ?, 5000)",
                   [(i + 100, i, photo, json.dumps({**s.params, "preset": "default"}), i) for i in range(10000)])
    db.executemany("INSERT INTO styles (job, place, picture, weight, scale) VALUES (?, 0, ?, 1, 1)", [(i + 100, id) for i, id in enumerate(ids)])
    db.executemany("INSERT INTO uses (picture, job) VALUES (?, ?)", [(id, i + 100) for i, id in enumerate(ids)])
    db.commit()
    db.close()
    s.start()
    for path, bound in [("pictures", 1), ("pictures?limit=100", 0.2), (f"pictures?limit=100&before={ids[50]}", 0.2), ("jobs?limit=100", 0.4),
                        ("jobs?state=done&limit=100&before=5000", 0.4), ("jobs?state=failed", 0.2)]:
        begun = time.time()
        answer = s.get(path)
        took = time.time() - begun
        ok(answer.status == 200 and took < bound, f"of ten thousand: {path[:40]} in {1000 * took:.1f} ms, {len(answer.json)} of them")


def main(program):
    s = Studio(program)
    try:
        s.start()
        ids, numbers = lists(s)
        changes(s, ids, numbers)
        disk(s)
        many(s)
        code, said = s.stop()
        ok(code == 0 and not said, "it ends well, and had nothing to complain of", (code, said))
    finally:
        s.close()
    done()


main(sys.argv[1])
