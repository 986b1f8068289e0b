"""disk.py - the room that pictures and results may take, and what goes when it is full. disk.py PROGRAM"""
import json
import os
import sys

from server import LONG, comes, studio

from tap import done, ok


def on_disk(s):
    """Bytes of all files of pictures and jobs."""
    rooms = [s.path("data", room) for room in ("pictures", "thumbnails", "results", "checkpoints")]
    return sum(os.path.getsize(os.path.join(room, name)) for room in rooms if os.path.isdir(room) for name in os.listdir(room))


def used_on_disk(s):
    use = s.get("disk").json
    return use["used"] - use["database"]


def restart(s, budget):
    s.ends_well()
    s.start("--disk", str(budget))


def numbers_of(s):
    return [j["id"] for j in s.get("jobs").json][::-1]


def settled(s, numbers):
    """Whether these jobs are left when the last one is done."""
    return comes(lambda: numbers_of(s) == numbers)


def watch(s):
    """What is told of all jobs from now on, line by line."""
    connection = s.connection()
    connection.request("GET", "/api/v1/events")
    return connection.getresponse()


def removed(stream):
    """The next thing that is told to have been removed."""
    while stream.readline() != b"event: removed\n":
        pass
    return json.loads(stream.readline()[5:])


def disk(s):
    """The budget is what is there; then less and less of it."""
    ok(s.get("disk").json["used"] == s.get("disk").json["database"] and not on_disk(s), "when nothing is there, nothing is used", s.get("disk").json)
    subject = s.add("subject.png")
    jobs = [s.add_wish({**s.wish(steps=1), "content": subject})["id"], *(s.add_job(steps=n + 1) for n in range(1, 4))]
    for number in jobs:
        s.wait_for(number, "done")
    mask = s.post("pictures?role=mask", s.variant(1)).json["id"]
    unused = s.send(s.variant(2))
    used = s.job(jobs[0])["photo"]
    s.patch(f"jobs/{jobs[0]}", {"pinned": True})
    now = s.get("disk").json
    parts = now["pictures"] + now["masks"] + now["results"] + now["checkpoints"]
    ok(now["used"] - now["database"] == on_disk(s) == parts, "all that is on the disk is counted", (now, on_disk(s)))
    ok(now["results"] == sum(s.job(n)["bytes"] for n in jobs) and now["pinned"] == s.job(jobs[0])["bytes"], "results, those of pinned jobs among them",
       now)
    ok(now["masks"] > 0 and now["gone"] == {"jobs": 0, "pictures": 0} and now["budget"] == 10**10, "masks apart; the budget is 10G", now)

    restart(s, now["used"] - 1)
    ok(numbers_of(s) == [jobs[0], *jobs[2:]], "above the budget the oldest job goes that is not pinned", numbers_of(s))
    ok(s.get("disk").json["gone"] == {"jobs": 1, "pictures": 0} and used_on_disk(s) == on_disk(s), "that is told", s.get("disk").json)
    ok(s.get(f"jobs/{jobs[1]}").status == 404 and not os.path.exists(s.path("data", "results", f"{jobs[1]}.png")), "its files are gone")
    budget = s.get("disk").json["used"] + s.job(jobs[0])["bytes"] // 2
    restart(s, budget)
    stream = watch(s)
    third = s.add_job(steps=5)
    s.wait_for(third, "done")
    ok(removed(stream) == {"job": jobs[2]}, "who watches is told what goes for a new result")
    ok(settled(s, [jobs[0], jobs[3], third]), "a new result makes the oldest go", numbers_of(s))
    ok(s.get("disk").json["used"] <= budget, "and the budget is kept", s.get("disk").json)

    restart(s, now["pictures"] + now["masks"] + now["pinned"] + now["database"])
    ok(numbers_of(s) == jobs[:1] and s.get(f"pictures/{mask}").status == 200, "then all others", numbers_of(s))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{mask}").status == 404 and s.get(f"pictures/{unused}").status == 200, "then pictures that no job uses, the oldest first")
    restart(s, 10**10)
    ok(s.get(f"pictures/{used}").status == 200, "those of pinned jobs stay")
    stream = watch(s)
    s.remove(f"pictures/{unused}")
    ok(removed(stream) == {"picture": unused}, "and what somebody removes, a picture")
    first = s.send(s.variant(3))
    second = s.send(s.variant(4))
    s.post("pictures", s.variant(3))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{first}").status == 200 and s.get(f"pictures/{second}").status == 404,
       "what was handed over again counts as new")

    restart(s, 1)
    ok(numbers_of(s) == jobs[:1] and s.get(f"jobs/{jobs[0]}/result").status == 200, "a pinned job stays at any budget")
    ok([p["id"] for p in s.get("pictures").json if p["id"] in (first, second, unused)] == [], "all that may go is gone")
    answer = s.post("pictures", s.variant(5))
    ok(answer.status == 507 and answer.code == "disk" and "--disk" in answer.json["error"]["message"], "what cannot fit is refused", answer.body)
    answer = s.post(f"pictures/{subject}/masks", {"subject": True})
    ok(answer.status == 507 and answer.code == "disk", "a mask that would be made, too", answer.body)
    ok(s.post("pictures", s.read("photo.png")).status == 200, "what is there may be handed over again")
    ok(comes(lambda: not s.left_over()), "and nothing of it is left")
    one = s.job(jobs[0])
    number = s.begin(s.wish_like(one, steps=LONG))
    s.patch(f"jobs/{jobs[0]}", {"pinned": False})
    s.post(f"jobs/{number}/stop")
    ok(settled(s, [number]) and s.get(f"jobs/{number}/result").status == 200, "the last result stays, and its pictures", numbers_of(s))
    running = s.begin(s.wish_like(one, steps=LONG))
    answer = s.post("pictures", s.variant(6))
    ok(answer.status == 507 and s.job(running)["state"] == "running", "nor does what is running go", answer.body)
    s.post(f"jobs/{running}/stop")
    s.wait_for(running, "done")
    ok(settled(s, [running]) and len(s.get("pictures").json) == 2, "its result drives out the other, its pictures stay", numbers_of(s))
    stream = watch(s)
    s.remove(f"jobs/{running}")
    ok(removed(stream) == {"job": running}, "a job that somebody removes is told, too")
    restart(s, 10**10)
    with open(s.path("data", "results", "7.png.abcdef"), "wb") as f:
        f.write(b"half of it")
    restart(s, 10**10)
    ok(not os.path.exists(s.path("data", "results", "7.png.abcdef")), "what was not whole when the program was killed is gone")


def main(program):
    with studio(program) as s:
        disk(s)
    done()


main(sys.argv[1])
