"""weights.py - the weights of a job changed while it waits, is painted, is paused; and the server killed meanwhile. weights.py PROGRAM"""
import json
import re
import signal
import subprocess
import sys

from server import LONG, studio

from tap import done, ok

OTHER = {"params": {"content-weight": 3, "style-weight": 5e4, "tv-weight": 0.5}, "styles": [{"weight": 2}, {"weight": 1}]}


def ask(s, **params):
    paintings = [s.add("painting.png"), s.add("tall.png")]
    return s.add_wish({**s.wish(init="noise", **params), "styles": [{"picture": p} for p in paintings]})["id"]


def painted(s, steps):
    """What the command line paints with the other weights."""
    return s.paint("cli.png", "--style", "painting.png:2", "--style", "tall.png:1", init="noise", steps=steps, **OTHER["params"])


def weights(job):
    return {"params": {name: job["params"][name] for name in OTHER["params"]}, "styles": [{"weight": x["weight"]} for x in job["styles"]]}


def changes(s, number):
    """What the command says of them: {(weight, from, to): step}."""
    text = s.get(f"jobs/{number}/command").body.decode()
    return {(weight, float(a), float(b)): int(step) for step, weight, a, b in re.findall(r"# After step (\d+): (\S.*) from (\S+) to (\S+)\.\n", text)}


def waiting(s, running):
    """Before it begins they are as good as having been asked for."""
    number = ask(s, steps=40)
    before = weights(s.job(number))
    answer = s.patch(f"jobs/{number}", OTHER)
    ok(answer.status == 200 and weights(answer.json) == OTHER != before, "the weights of a job that waits are changed", answer.body)
    part = s.patch(f"jobs/{number}", {"params": {"tv-weight": 0.25}, "name": "a name"}).json
    ok(part["params"]["tv-weight"] == 0.25 and part["styles"][0]["weight"] == 2 and part["name"] == "a name", "one of them alone", part)
    s.patch(f"jobs/{number}", {"params": {"tv-weight": 0.5}})
    s.post(f"jobs/{running}/cancel")
    s.wait_for(number, "done")
    ok(s.result(number) == painted(s, 40), "it is painted with them")
    ok(not changes(s, number), "and nothing was changed on the way", changes(s, number))
    answer = s.patch(f"jobs/{number}", OTHER)
    ok(answer.status == 409 and answer.code == "state", "what is over cannot be changed", answer.body)
    ok(s.patch(f"jobs/{number}", {"pinned": True}).status == 200, "but pinned")


def running(s):
    """The losses of the next steps are of the new weights; who watches is told."""
    number = ask(s, steps=LONG)
    before = s.wait_for(number, "running", step=50)
    answer = s.patch(f"jobs/{number}", {"params": {"style-weight": 1e9}})
    ok(answer.json["params"]["style-weight"] == 1e9, "the weights of a job that is painted are changed", answer.body)
    after = s.wait_for(number, "running", step=answer.json["progress"]["step"] + 20)
    ok(after["progress"]["loss"] > 100 * before["progress"]["loss"], "its losses show it", (before["progress"], after["progress"]))
    for name, change in [("no weights at all", {"params": {"content-weight": 0, "style-weight": 0}}), ("less than none", {"params": {"tv-weight": -1}}),
                         ("too much", {"params": {"style-weight": 1e300}}), ("a word", {"params": {"style-weight": "much"}}),
                         ("another setting", {"params": {"steps": 3}}), ("too few styles", {"styles": [{"weight": 1}]}),
                         ("a style of weight 0", {"styles": [{"weight": 0}, {}]}), ("another picture", {"styles": [{"picture": "a" * 64}, {}]}),
                         ("no list", {"styles": {}}), ("no object", {"params": 3})]:
        answer = s.patch(f"jobs/{number}", {**change, "name": "refused"})
        ok(answer.status == 422 and answer.json["error"]["message"], f"{name} is refused", answer.body)
    one = s.job(number)
    ok(one["params"]["style-weight"] == 1e9 and one["name"] == "", "and nothing is changed by it", one)
    s.post(f"jobs/{number}/stop")
    events = s.events(number)
    changed = [e[2] for e in events if e[1] == "changed"]
    ok(len(changed) == 1 and changed[0]["params"]["style-weight"] == 1e9 and changed[0]["styles"] == [{"weight": 1}, {"weight": 1}],
       "who watches is told", changed)
    with open(s.path("result.png"), "wb") as f:
        f.write(s.get(f"jobs/{number}/result").body)
    told = json.loads(info(s, "--json"))["settings"]
    ok(told["params"]["style-weight"] == 1e9, "the picture tells them")
    change = told["inputs"]["changes"][0]
    step, total = change.pop("step"), s.get(f"jobs/{number}/losses").json["total"]
    ok(len(told["inputs"]["changes"]) == 1 and change == {"weight": "style-weight", "from": 1e6, "to": 1e9}, "and what was before", told["inputs"])
    ok(50 <= step <= after["progress"]["step"] and total[step] > 100 * total[step - 1], "up to which step: the next loss shows it",
       (step, total[step - 2:step + 2]))
    ok(f"changed:  after step {step} style-weight from 1e+06 to 1e+09\n" in info(s), "in words, too", info(s))
    ok(changes(s, number) == {("style-weight", 1e6, 1e9): step}, "so does the command", changes(s, number))


def info(s, *options):
    return subprocess.run([s.program, "info", "result.png", *options], cwd=s.folder, stdout=subprocess.PIPE, check=True).stdout.decode()


def kills(s):
    """From a checkpoint with other weights the job goes on with its own; not from the beginning."""
    number, paused = ask(s, steps=LONG), 0
    for state in ("paused", "running"):
        s.wait_for(number, "running", step=paused + 60)
        if state == "paused":
            s.post(f"jobs/{number}/pause")
            paused = step = s.wait_for(number, "paused")["progress"]["step"]
            s.patch(f"jobs/{number}", OTHER)
        else:
            step = s.job(number)["progress"]["step"] // 2    # a checkpoint comes every quarter of a second at most
            s.patch(f"jobs/{number}", {"styles": [{"weight": 5}, {"weight": 4}]})
        s.stop(signal.SIGKILL)
        s.start("--checkpoint-every", "0")
        s.post(f"jobs/{number}/continue")
        one = s.wait_for(number, "running", step=1)
        ok(one["progress"]["step"] >= min(step, 60), f"a job whose weights were changed while it was {state} goes on after a kill", (step, one["progress"]))
    ok(weights(one)["styles"] == [{"weight": 5}, {"weight": 4}] and one["params"]["content-weight"] == 3, "with its weights", weights(one))
    s.wait_for(number, "running", step=one["progress"]["step"] + 5)
    s.post(f"jobs/{number}/stop")
    ok(s.wait_for(number, "done")["error"] is None, "to its end")
    told = changes(s, number)
    ok(told.get(("content-weight", 1, 3)) == paused, "the command tells what was changed in a pause", told)
    last = [(before, step) for (weight, before, after), step in told.items() if (weight, after) == ("style 1", 5)]
    ok(last == [(1, paused)] or last[0][0] == 2 and paused < last[0][1] <= one["progress"]["step"], "and before a kill, as of its checkpoint",
       (told, one["progress"]))


def aside(s):
    """Changed while it is paused, and stopped then, its picture is one of the weights before."""
    number = s.begin()
    s.post(f"jobs/{number}/pause")
    step = s.wait_for(number, "paused")["progress"]["step"]
    for weight in (7, 5, 3):
        s.patch(f"jobs/{number}", {"params": {"content-weight": weight}})
    s.post(f"jobs/{number}/stop")
    ok(changes(s, number) == {("content-weight", 1, 3): step}, "so the command says", changes(s, number))


def main(program):
    with studio(program, "--checkpoint-every", "0") as s:
        waiting(s, s.begin())
        running(s)
        kills(s)
        aside(s)
    done()


main(sys.argv[1])
