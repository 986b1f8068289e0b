"""gallery.py - what is kept and found again: lists, names, pins. gallery.py PROGRAM"""
import json
import os
import sqlite3
import sys
import time

from server import LONG, studio

from tap import done, ok


def lists(s):
    ids = [s.send(s.variant(i), f"{i}.png") for i in range(5)][::-1]
    mask = s.post("pictures?role=mask", s.variant(9)).json["id"]
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

    numbers = [s.add_wish({**s.wish(steps=1), "group": "x" * 63})["id"] for _ in range(3)]
    for number in numbers:
        s.wait_for(number, "done")
    ok([s.job(number)["group"] for number in numbers] == ["x" * 63] * 3, "they tell their group")
    ok([j["id"] for j in s.get("jobs?limit=2").json] == numbers[:0:-1], "jobs are listed the latest first, so many of them")
    ok([j["id"] for j in s.get(f"jobs?before={numbers[2]}").json] == numbers[1::-1], "and the next ones")
    ok([j["id"] for j in s.get(f"jobs?state=done&limit=1&before={numbers[1]}").json] == numbers[:1], "those in a state")
    ok(s.get("jobs?state=failed").json == [], "of which there may be none")
    for query in ["limit=0", "before=0", "before=-1", "before=x", "state=", "state=over"]:
        ok(s.get("jobs?" + query).code == "list", f"jobs?{query} is refused")
    return ids, numbers


def changes(s, ids, numbers):
    name = "l'\u00e9t\u00e9 \U0001f3a8"
    answer = s.patch(f"pictures/{ids[0]}", {"name": name})
    ok(answer.status == 200 and answer.json["name"] == s.get("pictures/" + ids[0]).json["name"] == name, "a picture is renamed", answer.body)
    answer = s.patch(f"jobs/{numbers[0]}", {"pinned": True})
    ok(answer.status == 200 and answer.json["pinned"] is True and answer.json["name"] == "", "a job is pinned", answer.body)
    answer = s.patch(f"jobs/{numbers[0]}", {"name": name})
    ok(answer.json["pinned"] is True and answer.json["name"] == name, "and gets a name", answer.body)
    answer = s.patch(f"jobs/{numbers[0]}", {"name": "", "pinned": False})
    ok(answer.json["pinned"] is False and answer.json["name"] == "" and s.job(numbers[0]) == answer.json, "and loses both", answer.body)
    before = s.job(numbers[0])
    for path in [f"pictures/{ids[0]}", f"jobs/{numbers[0]}"]:
        for body, code in [({"name": 7}, "invalid"), ({"name": "x" * 256}, "invalid"), ({"name": "a\nb"}, "invalid"),
                           ({"name": "ok", "id": 1}, "invalid"),
                           (b"[]", "json"), (b"", "json"), (b"{", "json"), (b'{"name": "a", "name": "b"}', "json")]:
            ok(s.patch(path, body).code == code, f"PATCH {path[:9]} {str(body)[:30]} is refused")
    for group in [7, "x" * 64, "a\nb"]:
        ok(s.post("jobs", {**s.wish(), "group": group}).code == "invalid", f"a job of the group {str(group)[:9]!r} is refused")
    ok(s.patch(f"jobs/{numbers[0]}", {"pinned": 1}).code == "invalid", "pinned is true or false")
    ok(s.job(numbers[0]) == before, "what is refused changes nothing")
    ok(s.patch("jobs/999", {}).code == "no_job" and s.patch("pictures/" + "0" * 64, {}).code == "no_picture", "what is not there cannot be changed")

    one = s.job(numbers[0])
    files = [s.path("data", "results", f"{numbers[0]}{end}") for end in (".png", ".jpg", ".256.jpg")]
    ok(one["bytes"] == sum(os.path.getsize(f) for f in files), "the bytes of its files are told", one)
    ok(one["created"] < one["finished"] < time.time(), "and when it was finished", one)
    waiting = s.add_wish(s.wish_like(one, steps=LONG))
    ok(waiting["finished"] is None and waiting["bytes"] == 0, "one that is not over has neither", waiting)

    ok(s.remove(f"pictures/{one['photo']}").code == s.remove(f"pictures/{one['styles'][0]['picture']}").code == "in_use",
       "pictures that a job uses stay")
    ok(s.remove(f"pictures/{ids[0]}").status == 204 and s.get(f"pictures/{ids[0]}").status == 404, "others can be removed")
    ok(ids[0] not in " ".join(os.listdir(s.path("data", "pictures")) + os.listdir(s.path("data", "thumbnails"))), "with their files")
    ok(s.remove(f"pictures/{ids[0]}").status == 404, "and only once")
    s.post(f"jobs/{waiting['id']}/cancel")
    s.wait_for(waiting["id"], "cancelled")
    for number in [*numbers, waiting["id"]]:
        s.remove(f"jobs/{number}")
    ok(s.remove(f"pictures/{one['photo']}").status == 204, "when its jobs are gone a picture can go")
    ok(s.post("jobs", s.wish_like(one)).code == "no_picture",
       "a job cannot have it any more")


def many(s):
    """Ten thousand of each: a list takes no longer for them. The bounds are 20 times what it took on a slow machine."""
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
                        ("jobs?state=done&limit=100&before=5000", 0.4), ("jobs?state=failed", 0.2), ("disk", 0.4)]:
        begun = s.processor()
        answer = [s.get(path) for _ in range(5)][-1]
        took = (s.processor() - begun) / 5
        ok(answer.status == 200 and took < bound, f"of ten thousand: {path[:40]} in {1000 * took:.1f} ms, {len(answer.json)} of them")


def main(program):
    with studio(program) as s:
        changes(s, *lists(s))
        many(s)
    done()


main(sys.argv[1])
