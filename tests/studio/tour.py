"""tour.py - what a person does, through the API: pictures in, a job watched, its result. tour.py PROGRAM"""
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys

from PIL import Image

from server import comes, studio

from tap import done, ok


def pictures(s):
    data = s.read("photo.png")
    answer = s.post("pictures", data, X_Name="a%20%C3%A9t%C3%A9%0A.png")
    first = answer.json
    ok(answer.status == 201, "a new picture is 201", answer.body)
    ok(first["id"] == hashlib.sha256(data).hexdigest() and first["bytes"] == len(data), "its id is its SHA-256", first)
    ok((first["width"], first["height"], first["type"]) == (64, 48, "image/png"), "its size and type are told", first)
    ok(first["name"] == "a \u00e9t\u00e9.png", "its name is decoded, without control characters", first)
    answer = s.post("pictures", data, X_Name="other.png")
    ok(answer.status == 200 and answer.json == first, "the same again is 200 and the same", answer.body)
    for name in ["photo.jpg", "photo.webp", "photo.tif"]:
        answer = s.post("pictures", s.read(name))
        ok(answer.status in (201, 415) and (answer.status == 415) == (answer.json.get("error") is not None), f"{name} is taken or refused",
           answer.body)
    all_of_them = s.get("pictures").json
    ok(first in all_of_them and all_of_them[-1] == first, "it is listed, the latest first", all_of_them)
    ok(s.get("pictures/" + first["id"]).json == first, "it is found")

    answer = s.get(f"pictures/{first['id']}/file")
    ok(answer.body == data and answer.headers["content-type"] == "image/png", "its bytes come back", answer.headers)
    tag = answer.headers["etag"]
    again = s.get(f"pictures/{first['id']}/file", If_None_Match=tag)
    ok(again.status == 304 and not again.body and again.headers["etag"] == tag, "its ETag spares sending them", again.status)
    ranges = [("bytes=0-9", 206, data[:10]), ("bytes=10-", 206, data[10:]), ("bytes=-7", 206, data[-7:]),
              (f"bytes=5-{10**9}", 206, data[5:]), (f"bytes={len(data)}-", 416, b""), ("bytes=9-5", 200, data),
              ("bytes=0-1,4-5", 200, data), ("lines=1-2", 200, data), ("bytes=5-x", 200, data)]
    for text, status, want in ranges:
        answer = s.get(f"pictures/{first['id']}/file", Range=text)
        ok(answer.status == status and answer.body == want, f"Range: {text}", (answer.status, answer.headers))
    answer = s.get(f"pictures/{first['id']}/file", Range="bytes=0-9", If_Range='"other"')
    ok(answer.status == 200 and answer.body == data, "a part of what has changed is all of it", answer.status)
    answer = s.ask("HEAD", f"/api/v1/pictures/{first['id']}/file")
    ok(answer.status == 200 and not answer.body and answer.headers["content-length"] == str(len(data)), "HEAD has no body",
       answer.headers)

    tall = s.add("tall.png")
    for side, size in [(64, (1, 64)), (1024, (1, 1024))]:
        answer = s.get(f"pictures/{tall}/thumbnail?side={side}")
        got = Image.open(io.BytesIO(answer.body))
        ok(got.format == "JPEG" and got.size == size, f"a thumbnail of {side}", got.size)
    ok(Image.open(io.BytesIO(s.get(f"pictures/{first['id']}/thumbnail").body)).size == (64, 48), "small ones are not enlarged")


def about(s):
    answer = s.get("about")
    ok(answer.json["models"][0] == "tiny.safetensors" and answer.json["threads"] == 1, "about", answer.body)
    presets = [p["name"] for p in s.get("presets").json]
    ok("default" in presets and "classic" in presets, "presets", presets)
    printed = subprocess.run([s.program, "stylize", "--preset", "classic", "--model", "tiny.safetensors", "--print-params"],
                             stdout=subprocess.PIPE, check=True).stdout
    ok(s.get("params?preset=classic").body.strip() == printed.strip(), "params are those that --print-params prints")
    known = {p["name"]: p for p in s.get("params/known").json}
    ok(set(known) == set(s.get("params").json) - {"preset"}, "what there is to know of each", sorted(known))
    ok(all(len(p["help"]) > 10 and p["group"] for p in known.values()), "in words")
    ok(s.get("params").json["preset"] == "default", "params of the default")


def job(s):
    number = s.add_job(steps=12)
    events = s.events(number)
    ids = [e[0] for e in events]
    ok(ids == sorted(set(ids)), "the ids of events grow", ids)
    states = [e[2]["state"] for e in events if e[1] == "state"]
    ok(states == ["queued", "running", "done"] and events[-1][1] == "state", "queued, running, done, and the end", states)
    steps = [e[2] for e in events if e[1] == "progress"]
    ok(steps[0]["step"] == 0 and steps[-1]["step"] == steps[-1]["steps"] == 12 and steps[-1]["left"] == 0, "progress to the end", steps)
    ok(steps[0]["loss"] is None and steps[-1]["loss"] > 0 and steps[-1]["style"] > 0, "losses are told", steps)
    ok(any(e[1] == "preview" for e in events), "a preview is announced")
    rest = s.events(number, Last_Event_ID=str(ids[2]))
    ok(rest == events[3:], "Last-Event-ID resumes behind it", rest)
    ok(s.get(f"jobs/{number}/events", Last_Event_ID=str(ids[-1])).status == 204, "behind the last one there is nothing: 204")

    one = s.job(number)
    ok(one["state"] == "done" and one["error"] is None and one["progress"]["step"] == 12, "the job is done", one)
    ok(one["params"]["steps"] == 12 and one["params"]["model"] == "tiny.safetensors", "it has all its settings", one["params"])
    ok(one["styles"][0]["weight"] == 1 and one["progress"]["left"] == 0, "its styles and progress are told", one)
    ok(s.get("jobs").json[0] == one, "it is listed")
    return number


def info(s, name):
    """What impasto info tells of a picture's record."""
    told = subprocess.run([s.program, "info", "--json", name], cwd=s.folder, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(told)["settings"]


def result(s, number):
    ok(s.result(number) == s.paint("cli.png", steps=12), "its pixels are those of impasto stylize, to the last bit")
    with open(s.path("told.png"), "wb") as f:
        f.write(s.get(f"jobs/{number}/result?format=png&depth=16").body)
    here, there = (info(s, name) for name in ("cli.png", "told.png"))
    ok(there["painted"] == here["painted"] and there["params"] == here["params"], "it tells as much of how it was painted", (here, there))
    ok(there["inputs"]["photo"] == "a \u00e9t\u00e9.png" and there["inputs"]["styles"][0].pop("file") == "picture.png", "and what from, by name", there)
    here["inputs"]["styles"][0].pop("file")
    ok(there["inputs"]["styles"] == here["inputs"]["styles"], "and how much of it", (here, there))
    ok(s.get(f"jobs/{number}/result?depth=16", Range="bytes=1-3").body == b"PNG", "a part of it")
    for name, query in [("PNG", ""), ("JPEG", "?format=jpeg&quality=80"), ("WEBP", "?format=webp"), ("TIFF", "?format=tiff&depth=16")]:
        answer = s.get(f"jobs/{number}/result{query}")
        if answer.status == 415:
            ok("left out" in answer.json["error"]["message"], f"{name} was left out of this build", answer.body)
            continue
        with open(s.path("result"), "wb") as f:
            f.write(answer.body)
        with open(s.path("result.json"), "wb") as f:
            f.write(subprocess.run([s.program, "info", "result", "--params"], cwd=s.folder, stdout=subprocess.PIPE, check=True).stdout)
        settings = s.read("result.json")
        ok(b'"steps": 12' in settings and (name == "TIFF" or Image.open(s.path("result")).format == name), f"{name} with the settings inside",
           settings)
        ok(s.get(f"jobs/{number}/result{query}", If_None_Match=answer.headers["etag"]).status == 304, f"{name}: ETag")
        part = s.get(f"jobs/{number}/result{query}", Range="bytes=10-19")
        ok(part.status == 206 and part.body == answer.body[10:20], f"{name}: a part of it", (part.status, part.headers))
    ok(s.get(f"jobs/{number}/result?format=jpeg&depth=16").status == 422, "JPEG has no 16 bits")
    for query in ["format=bmp", "depth=12", "depth=0", "depth=", "quality=0", "quality=1e2", "format="]:
        ok(s.get(f"jobs/{number}/result?{query}").status == 400, f"result?{query} is refused")
    preview = s.get(f"jobs/{number}/preview")
    ok(Image.open(io.BytesIO(preview.body)).size == (64, 48), "the preview is the result", preview.headers)


def elsewhere(program, tag):
    """In another folder the first job is another, under the same address."""
    with studio(program) as s:
        number = s.add_job(steps=1)
        s.wait_for(number, "done")
        ok(number == 1 and s.get("jobs/1/result", If_None_Match=tag).status == 200, "the ETag of one folder's job is not another's", tag)


def failing(s):
    number = s.add_job(**{"content-layers": {"relu4_2": 1}})
    last = s.events(number)[-1]
    one = s.job(number)
    ok(one["state"] == "failed" and "no such convolution" in one["error"], "a job that cannot be painted fails and says why", one)
    ok(last[2] == {"state": "failed", "error": one["error"]}, "so does its last event", last)
    ok(s.get(f"jobs/{number}/result").status == 409 and s.get(f"jobs/{number}/preview").status == 404, "it has no picture")
    ok(s.remove(f"jobs/{number}").status == 204 and s.get(f"jobs/{number}").status == 404, "and can be removed")


def pages(s):
    answer = s.ask("GET", "/")
    ok(answer.status == 200 and answer.headers["content-type"].startswith("text/html"), "the page", answer.headers)
    policy = answer.headers["content-security-policy"]
    ok("default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, "its policy", policy)
    ok(answer.headers["x-content-type-options"] == "nosniff" and answer.headers["referrer-policy"] == "no-referrer", "its headers")
    ok(s.ask("GET", "/", If_None_Match=answer.headers["etag"]).status == 304, "its ETag")
    ok(s.ask("GET", "/index.html").body == answer.body, "the page by its name")
    ok(not re.search(rb"<style|<script(?![^>]* src=)| on[a-z]+=| style=|https?://(?!www.w3.org)", answer.body),
       "nothing inline, nothing from elsewhere")
    seen, todo = set(), ["index.html"]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        answer = s.ask("GET", "/" + name)
        ok(answer.status == 200, f"{name} is there", answer.status)
        text = answer.body.decode()
        todo += re.findall(r'(?:href|src)="([\w.-]+\.\w+)[#"]', text) if name.endswith(".html") else []
        todo += re.findall(r"from '\./([\w.-]+)'", text) if name.endswith(".js") else []
    ok(len(seen) > 3, "scripts and style are part of it", seen)


def again(s, number):
    """What is there after the program has ended and begun again."""
    before = s.job(number), s.get("pictures").json
    s.ends_well()
    s.start(address="::1")
    ok((s.job(number), s.get("pictures").json) == before, "jobs and pictures are still there, by IPv6 too")
    events = s.events(number)
    ok([e[2] for e in events] == [{"state": "done"}], "of a job of before, the state is all there is to tell", events)
    ok(s.get(f"jobs/{number}/events", Last_Event_ID=str(events[0][0])).status == 204, "and that only once")
    ok(s.remove(f"jobs/{number}").status == 204, "a job of before can be removed")
    ok(not os.listdir(s.path("data", "results")), "with its files", os.listdir(s.path("data", "results")))
    ok(comes(lambda: not s.left_over()), "no upload was left behind")
    ok(s.stop(signal.SIGINT)[0] == 0, "Ctrl-C ends it as well")
    s.start()


def main(program):
    with studio(program) as s:
        about(s)
        pages(s)
        pictures(s)
        number = job(s)
        result(s, number)
        elsewhere(program, s.get(f"jobs/{number}/result").headers["etag"])
        failing(s)
        again(s, number)
    done()


main(sys.argv[1])
