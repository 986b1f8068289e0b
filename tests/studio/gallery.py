"""gallery.py - what is kept, found again and handed out: lists, names, pins, room on the disk, results, exports. gallery.py PROGRAM"""
import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
import urllib.parse
import zipfile
import zlib

from PIL import Image

from server import Studio, comes, pixels

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
        for body, code in [({"name": 7}, "invalid"), ({"name": "x" * 256}, "invalid"), ({"name": "a\nb"}, "invalid"),
                           ({"name": "ok", "id": 1}, "invalid"),
                           (b"[]", "json"), (b"", "json"), (b"{", "json"), (b'{"name": "a", "name": "b"}', "json")]:
            ok(patch(s, path, body).code == code, f"PATCH {path[:9]} {str(body)[:30]} is refused")
    ok(patch(s, f"jobs/{numbers[0]}", {"pinned": 1}).code == "invalid", "pinned is true or false")
    ok(s.job(numbers[0]) == before, "what is refused changes nothing")
    ok(patch(s, "jobs/999", {}).code == "no_job" and patch(s, "pictures/" + "0" * 64, {}).code == "no_picture", "what is not there cannot be changed")

    one = s.job(numbers[0])
    files = [s.path("data", "results", f"{numbers[0]}{end}") for end in (".png", ".jpg", ".256.jpg")]
    ok(one["bytes"] == sum(os.path.getsize(f) for f in files), "the bytes of its files are told", one)
    ok(one["created"] < one["finished"] < time.time(), "and when it was finished", one)
    styles = [{"picture": one["styles"][0]["picture"]}]
    waiting = s.post("jobs", {"photo": one["photo"], "styles": styles, "params": {**s.params, "steps": 100000}}).json
    ok(waiting["finished"] is None and waiting["bytes"] == 0, "one that is not over has neither", waiting)

    ok(remove(s, f"pictures/{one['photo']}").code == remove(s, f"pictures/{one['styles'][0]['picture']}").code == "in_use",
       "pictures that a job uses stay")
    ok(remove(s, f"pictures/{ids[0]}").status == 204 and s.get(f"pictures/{ids[0]}").status == 404, "others can be removed")
    ok(ids[0] not in " ".join(os.listdir(s.path("data", "pictures")) + os.listdir(s.path("data", "thumbnails"))), "with their files")
    ok(remove(s, f"pictures/{ids[0]}").status == 404, "and only once")
    s.post(f"jobs/{waiting['id']}/cancel")
    s.wait_for(waiting["id"], "cancelled")
    for number in [*numbers, waiting["id"]]:
        remove(s, f"jobs/{number}")
    ok(remove(s, f"pictures/{one['photo']}").status == 204, "when its jobs are gone a picture can go")
    ok(s.post("jobs", {"photo": one["photo"], "styles": [{"picture": ids[1]}], "params": s.params}).code == "no_picture",
       "a job cannot have it any more")


def on_disk(s):
    """Bytes of all files of pictures and jobs."""
    rooms = [s.path("data", room) for room in ("pictures", "thumbnails", "results", "checkpoints")]
    return sum(os.path.getsize(os.path.join(room, name)) for room in rooms if os.path.isdir(room) for name in os.listdir(room))


def used_on_disk(s):
    use = s.get("disk").json
    return use["used"] - use["database"]


def restart(s, budget):
    code, said = s.stop()
    assert code == 0 and not said, said
    s.start("--disk", str(budget))


def numbers_of(s):
    return [j["id"] for j in s.get("jobs").json][::-1]


def disk(s):
    """The budget is what is there; then less and less of it."""
    for j in s.get("jobs").json:
        remove(s, f"jobs/{j['id']}")
    for p in s.get("pictures").json + s.get("pictures?role=mask").json:
        remove(s, "pictures/" + p["id"])
    ok(s.get("disk").json["used"] == s.get("disk").json["database"] and not on_disk(s), "when nothing is there, nothing is used", s.get("disk").json)
    jobs = [s.add_job(steps=n + 1) for n in range(4)]
    for number in jobs:
        s.wait_for(number, "done")
    mask = s.post("pictures?role=mask", variant(s, 1)).json["id"]
    unused = s.post("pictures", variant(s, 2)).json["id"]
    used = s.job(jobs[0])["photo"]
    patch(s, f"jobs/{jobs[0]}", {"pinned": True})
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
    third = s.add_job(steps=5)
    s.wait_for(third, "done")
    ok(settled(s, [jobs[0], jobs[3], third]), "a new result makes the oldest go", numbers_of(s))
    ok(s.get("disk").json["used"] <= budget, "and the budget is kept", s.get("disk").json)

    restart(s, now["pictures"] + now["masks"] + now["pinned"] + now["database"])
    ok(numbers_of(s) == jobs[:1] and s.get(f"pictures/{mask}").status == 200, "then all others", numbers_of(s))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{mask}").status == 404 and s.get(f"pictures/{unused}").status == 200, "then pictures that no job uses, the oldest first")
    restart(s, 10**10)
    ok(s.get(f"pictures/{used}").status == 200, "those of pinned jobs stay")
    remove(s, f"pictures/{unused}")
    first = s.post("pictures", variant(s, 3)).json["id"]
    second = s.post("pictures", variant(s, 4)).json["id"]
    s.post("pictures", variant(s, 3))
    restart(s, s.get("disk").json["used"] - 1)
    ok(s.get(f"pictures/{first}").status == 200 and s.get(f"pictures/{second}").status == 404,
       "what was handed over again counts as new")

    restart(s, 1)
    ok(numbers_of(s) == jobs[:1] and s.get(f"jobs/{jobs[0]}/result").status == 200, "a pinned job stays at any budget")
    ok([p["id"] for p in s.get("pictures").json if p["id"] in (first, second, unused)] == [], "all that may go is gone")
    answer = s.post("pictures", variant(s, 5))
    ok(answer.status == 507 and answer.code == "disk" and "--disk" in answer.json["error"]["message"], "what cannot fit is refused", answer.body)
    ok(s.post("pictures", s.read("photo.png")).status == 200, "what is there may be handed over again")
    ok(comes(lambda: not os.listdir(s.path("data", "incoming"))), "and nothing of it is left")
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


def thumbnails(s):
    """What galleries show is kept as it is shown; a side is that of a file, or made."""
    big = s.post("pictures", large_png(1500, 1000)).json["id"]
    small = s.add("photo.png")
    for id, side, kept in [(big, 1024, ".jpg"), (big, 256, ".256.jpg"), (small, 64, ".256.jpg"), (small, 1024, ".256.jpg")]:
        answer = s.get(f"pictures/{id}/thumbnail?side={side}")
        ok(answer.body == s.read("data", "thumbnails", id + kept) and "immutable" in answer.headers["cache-control"], f"a thumbnail of {side} is kept")
        ok(s.get(f"pictures/{id}/thumbnail?side={side}", If_None_Match=answer.headers["etag"]).status == 304, "with an ETag")
    ok(s.get(f"pictures/{big}/thumbnail").body == s.read("data", "thumbnails", big + ".256.jpg"), "of 256 if nothing is said")
    os.remove(s.path("data", "thumbnails", big + ".256.jpg"))
    ok(max(jpeg_size(s.get(f"pictures/{big}/thumbnail").body)) == 256, "one that is missing is made again")
    for side in (65, 300):
        ok(max(jpeg_size(s.get(f"pictures/{big}/thumbnail?side={side}").body)) == side, f"one of {side} is made")
    number = s.add_job(steps=1)
    s.wait_for(number, "done")
    for query, kept in [("", ".jpg"), ("?side=1024", ".jpg"), ("?side=256", ".256.jpg")]:
        ok(s.get(f"jobs/{number}/preview{query}").body == s.read("data", "results", f"{number}{kept}"), f"preview{query} is kept")
    ok(s.get(f"jobs/{number}/preview?side=1").code == "side", "there is no other")
    remove(s, f"pictures/{big}")


def large_png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(range(250)) * (width // 250)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def jpeg_size(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def file_names(answer):
    """Both that Content-Disposition gives, the one for those who know ASCII only first."""
    found = re.fullmatch(r"(inline|attachment); filename=\"([^\"]*)\"; filename\*=UTF-8''(\S*)", answer.headers["content-disposition"])
    return found.group(1), found.group(2), urllib.parse.unquote(found.group(3))


def new_job(s, photo, *paintings, **params):
    """A job with pictures (bytes, name), and what else is said of each painting; done."""
    def add(data, name, **others):
        return {"picture": s.post("pictures", data, X_Name=urllib.parse.quote(name)).json["id"], **others}

    job = {"photo": add(*photo)["picture"], "styles": [add(p[0], p[1], **(p[2] if len(p) > 2 else {})) for p in paintings],
           "params": {**s.params, **params}}
    answer = s.post("jobs", job)
    assert answer.status == 201, answer.body
    s.wait_for(answer.json["id"], "done")
    return answer.json["id"]


def results(s):
    """Sizes, with the settings inside; names to save it by."""
    number = new_job(s, (variant(s, 40), "l'\u00e9t\u00e9 \U0001f3a8.jpeg"), (s.read("painting.png"), "../etc/Starry: night*.png"), steps=2)
    for query, want in [("size=keep", (64, 48)), ("size=32", (32, 24)), ("size=long:100&depth=16", (100, 75)), ("size=short:96&format=jpeg", (128, 96)),
                        ("size=20x50&format=webp", (20, 50)), ("size=32&format=tiff&depth=16", (32, 24))]:
        answer = s.get(f"jobs/{number}/result?{query}")
        if answer.status == 415:
            continue     # left out of this build
        with open(s.path("result"), "wb") as f:
            f.write(answer.body)
        told = json.loads(subprocess.run([s.program, "info", "result", "--json"], cwd=s.folder, stdout=subprocess.PIPE, check=True).stdout)
        ok((told["width"], told["height"]) == want and told["settings"]["params"]["steps"] == 2, f"result?{query}, its settings inside", told)
    answer = s.get(f"jobs/{number}/result?size=32")
    ok(s.get(f"jobs/{number}/result?size=long:32", If_None_Match=answer.headers["etag"]).status == 304
       and s.get(f"jobs/{number}/result?size=33", If_None_Match=answer.headers["etag"]).status == 200, "each size has an ETag of its own")
    for size in ["", "0", "-1", "x", "32x", "1e9", "99999999999"]:
        ok(s.get(f"jobs/{number}/result?size={size}").code == "size", f"size={size} is refused")
    for size in ["60000", "10000x10000"]:
        ok(s.get(f"jobs/{number}/result?size={size}").code == "too_large", f"size={size} is too large")

    names = file_names(answer)
    ok(names == ("inline", "l__t_ _-etc_Starry_ night.png", "l'\u00e9t\u00e9 \U0001f3a8-etc_Starry_ night.png"),
       "it has a name to be saved by, from those of its pictures", names)
    ok(file_names(s.get(f"jobs/{number}/result?format=jpeg"))[1].endswith(".jpg"), "with the format's ending")
    photo = s.job(number)["photo"]
    ok(file_names(s.get(f"pictures/{photo}/file"))[2] == "l'\u00e9t\u00e9 \U0001f3a8.png", "so has a picture, by its type")
    for name, want in [("...", "picture"), ("-rf /\u202e\\x", "rf ___x"), ("caf\u00e9" * 50, "caf\u00e9" * 20), ("a\"b'c;d", "a_b'c_d"),
                       ("\u2013 one", "\u2013 one")]:
        answer = patch(s, f"pictures/{photo}", {"name": name})
        got = file_names(s.get(f"pictures/{photo}/file"))[2]
        ok(answer.status == 200 and got == want + ".png", f"a name made safe: {name[:20]!r}", got)
    patch(s, f"jobs/{number}", {"name": "Summer/1"})
    ok(file_names(s.get(f"jobs/{number}/result"))[2] == "Summer_1.png", "a job that has a name goes by that")
    return number


def words_of(s, number):
    return shlex.split(s.get(f"jobs/{number}/command").body.decode())


def unpack(s, number):
    """A folder with all of a job, and the network that it is painted with."""
    folder = s.path(f"export-{number}")
    with zipfile.ZipFile(io.BytesIO(s.get(f"jobs/{number}/export").body)) as z:
        assert z.testzip() is None and len({name.lower() for name in z.namelist()}) == len(z.namelist()), z.namelist()
        for name in z.namelist():
            assert name and "/" not in name and "\\" not in name and name[0] not in ".-" and name.isprintable(), name
        z.extractall(folder)
    shutil.copy(s.path("tiny.safetensors"), folder)
    return folder


def repeats(s, number, what):
    """The command in the export paints what the studio has painted, to the last bit."""
    folder = unpack(s, number)
    with open(os.path.join(folder, "command.txt"), encoding="utf-8") as f:
        command = f.read()
    words = shlex.split(command, comments=True)
    result = os.path.join(folder, words[words.index("--output") + 1])
    with open(result, "rb") as f:
        kept = f.read()
    ok(kept == s.get(f"jobs/{number}/result?depth=16").body, f"{what}: the export has the result")
    os.remove(result)
    with open(os.path.join(folder, "impasto"), "w", encoding="utf-8") as f:
        f.write(f'#!/bin/sh\nexec "{s.program}" "$@" -q\n')
    os.chmod(os.path.join(folder, "impasto"), 0o755)
    run = subprocess.run(["sh", "command.txt"], cwd=folder, env={**os.environ, "PATH": folder + ":" + os.environ["PATH"]}, check=False)
    with open(result, "rb") as f:
        painted = f.read()
    ok(run.returncode == 0 and pixels(painted) == pixels(kept), f"{what}: its command paints the same, to the last bit", command)
    with open(os.path.join(folder, "params.json"), encoding="utf-8") as f:
        settings = json.load(f)
    kept = s.job(number)["params"]
    ok(set(settings) == set(kept) and all(settings[k] == kept[k] for k in kept if not isinstance(kept[k], float)), f"{what}: and has its settings")
    return words


def exports(s, number):
    answer = s.get(f"jobs/{number}/export")
    ok(answer.headers["content-type"] == "application/zip" and file_names(answer) == ("attachment", "Summer_1.zip", "Summer_1.zip"),
       "an export is a ZIP with a name", answer.headers)
    ok(comes(lambda: not os.listdir(s.path("data", "incoming"))), "and leaves nothing behind")
    words = repeats(s, number, "one painting")
    ok({"--steps", "--model", "--preset"} <= set(words) and not {"--seed", "--beta1"} & set(words), "of the settings it has those that differ", words)
    ok(words[words.index("--threads") + 1] == "1", "and as many threads")
    ok(s.get(f"jobs/{number}/command").headers["content-type"].startswith("text/plain"), "as text")
    data = s.read("photo.png")
    hostile = "$(touch hacked) `touch hacked` '; touch hacked #.png"
    several = new_job(s, (data, hostile), (variant(s, 50), hostile.upper(), {"weight": 0.1 + 0.2}), (data, "", {"scale": 1.5}),
                      (variant(s, 51), "params.json", {"weight": 1e-3}), (variant(s, 52), "command.txt"), steps=[3], size="48",
                      **{"keep-colours": True, "seed": 7, "init": "noise", "content-layers": {"relu2_1": 0.5, "relu1_1": 2}})
    words = repeats(s, several, "several paintings under hostile names")
    ok("--keep-colours" in words and not os.path.exists(s.path(f"export-{several}", "hacked")), "no name does anything", words)
    ok(words[3].endswith(":0.30000000000000004") and any(w.endswith(":1:1.5") for w in words) and any(w.endswith(":0.001") for w in words),
       "weights and scales are there", words)

    left, right = (s.add_mask(name) for name in ("left.png", "right.png"))
    painting, start = (s.add(name) for name in ("painting.png", "tall.png"))
    job = {"photo": s.add("photo.png"), "keep": s.add_mask("left-small.png"), "content": right, "init": start, "styles": [
        {"picture": painting, "mask": left, "source": s.add_mask("corner.png"), "colours": "pca"}, {"picture": start, "mask": right, "scale": 2}],
           "params": {**s.params, "steps": 2, "init": "image"}}
    masked = s.post("jobs", job).json["id"]
    s.wait_for(masked, "done")
    words = repeats(s, masked, "masks, colours and a start")
    ok({"--mask", "--style-mask", "--style-colours", "--keep", "--content-mask", "--init"} <= set(words) and "image" not in words, "all are there",
       words)

    one = s.job(number)
    running = paint_on(s, one)
    ok(s.get(f"jobs/{running}/export").code == "state" and s.get(f"jobs/{running}/command").status == 200,
       "one that is not done has a command, but nothing to export")
    s.wait_for(running, "running", step=3)
    s.post(f"jobs/{running}/stop")
    steps = s.wait_for(running, "done")["progress"]["step"]
    words = repeats(s, running, "one that was stopped")
    ok(words[words.index("--steps") + 1] == str(steps), "it takes as many steps", words)
    grown = s.post("jobs", {"photo": one["photo"], "styles": [{"picture": one["photo"]}],
                            "params": {**s.params, "steps": 100000, "start-size": 32, "size": "64"}}).json["id"]
    s.wait_for(grown, "running", step=1)
    s.post(f"jobs/{grown}/stop")
    s.wait_for(grown, "done")
    command = s.get(f"jobs/{grown}/command").body.decode().splitlines()
    ok(len(command) == 2 and command[0].startswith("# It was stopped after"), "if it had several sizes, what differs is told", command)
    for path in ["export", "command"]:
        ok(s.get(f"jobs/999/{path}").code == "no_job", f"there is no {path} of no job")


def settled(s, numbers):
    """Whether these jobs are left when the last one is done."""
    return comes(lambda: numbers_of(s) == numbers)


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
                        ("jobs?state=done&limit=100&before=5000", 0.4), ("jobs?state=failed", 0.2), ("disk", 0.4)]:
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
        thumbnails(s)
        exports(s, results(s))
        disk(s)
        many(s)
        code, said = s.stop()
        ok(code == 0 and not said, "it ends well, and had nothing to complain of", (code, said))
    finally:
        s.close()
    done()


main(sys.argv[1])
