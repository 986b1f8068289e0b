"""exports.py - a job taken home: its command, and a ZIP with all that it needs. exports.py PROGRAM"""
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile

from server import LONG, comes, pixels, studio

from tap import done, ok


def new_job(s, photo, *paintings, **params):
    """A job with pictures (bytes, name), and what else is said of each painting; done."""
    styles = [{"picture": s.send(data, name), **(others[0] if others else {})} for data, name, *others in paintings]
    number = s.add_wish({"photo": s.send(*photo), "styles": styles, "params": {**s.params, **params}})["id"]
    s.wait_for(number, "done")
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
    ok(kept == s.result_file(number), f"{what}: the export has the result")
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


def plain(s):
    number = new_job(s, (s.variant(40), "summer.png"), (s.read("painting.png"), "night.png"), steps=2)
    s.patch(f"jobs/{number}", {"name": "Summer/1"})
    answer = s.get(f"jobs/{number}/export")
    ok(answer.headers["content-type"] == "application/zip" and answer.file_names == ("attachment", "Summer_1.zip", "Summer_1.zip"),
       "an export is a ZIP with a name", answer.headers)
    ok(comes(lambda: not s.left_over()), "and leaves nothing behind")
    words = repeats(s, number, "one painting")
    ok({"--steps", "--model", "--preset"} <= set(words) and not {"--seed", "--beta1"} & set(words), "of the settings it has those that differ", words)
    ok(words[words.index("--threads") + 1] == "1", "and as many threads")
    ok(s.get(f"jobs/{number}/command").headers["content-type"].startswith("text/plain"), "as text")
    return number


def hostile_names(s):
    data = s.read("photo.png")
    hostile = "$(touch hacked) `touch hacked` '; touch hacked #.png"
    several = new_job(s, (data, hostile), (s.variant(50), hostile.upper(), {"weight": 0.1 + 0.2}), (data, "", {"scale": 1.5}),
                      (s.variant(51), "params.json", {"weight": 1e-3}), (s.variant(52), "command.txt"), steps=[3], size="48",
                      **{"keep-colours": True, "seed": 7, "init": "noise", "content-layers": {"relu2_1": 0.5, "relu1_1": 2}})
    words = repeats(s, several, "several paintings under hostile names")
    ok("--keep-colours" in words and not os.path.exists(s.path(f"export-{several}", "hacked")), "no name does anything", words)
    ok(words[3].endswith(":0.30000000000000004") and any(w.endswith(":1:1.5") for w in words) and any(w.endswith(":0.001") for w in words),
       "weights and scales are there", words)


def masked(s):
    left, right = (s.add_mask(name) for name in ("left.png", "right.png"))
    painting, start = (s.add(name) for name in ("painting.png", "tall.png"))
    job = {"photo": s.add("photo.png"), "keep": s.add_mask("left-small.png"), "content": right, "init": start, "styles": [
        {"picture": painting, "mask": left, "source": s.add_mask("corner.png"), "colours": "pca"}, {"picture": start, "mask": right, "scale": 2}],
           "params": {**s.params, "steps": 2, "init": "image"}}
    number = s.add_wish(job)["id"]
    s.wait_for(number, "done")
    words = repeats(s, number, "masks, colours and a start")
    ok({"--mask", "--style-mask", "--style-colours", "--keep", "--content-mask", "--init"} <= set(words) and "image" not in words, "all are there",
       words)


def stopped(s, one):
    running = s.begin(s.wish_like(one, steps=LONG))
    ok(s.get(f"jobs/{running}/export").code == "state" and s.get(f"jobs/{running}/command").status == 200,
       "one that is not done has a command, but nothing to export")
    s.wait_for(running, "running", step=3)
    s.post(f"jobs/{running}/stop")
    steps = s.wait_for(running, "done")["progress"]["step"]
    words = repeats(s, running, "one that was stopped")
    ok(words[words.index("--steps") + 1] == str(steps), "it takes as many steps", words)
    grown = s.begin(s.wish_like(one, **{"steps": LONG, "start-size": 32, "size": "64"}))
    s.post(f"jobs/{grown}/stop")
    s.wait_for(grown, "done")
    command = s.get(f"jobs/{grown}/command").body.decode().splitlines()
    ok(len(command) == 2 and command[0].startswith("# It was stopped after"), "if it had several sizes, what differs is told", command)
    for path in ["export", "command"]:
        ok(s.get(f"jobs/999/{path}").code == "no_job", f"there is no {path} of no job")


def main(program):
    with studio(program) as s:
        number = plain(s)
        hostile_names(s)
        masked(s)
        stopped(s, s.job(number))
    done()


main(sys.argv[1])
