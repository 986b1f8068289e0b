"""plan.py - what a job would take, told beforehand. plan.py PROGRAM"""
import sys

import numpy as np
from PIL import Image

from server import at_once, studio

from tap import done, ok


def plans(s):
    photo, painting = s.add("photo.png"), s.add("painting.png")
    good = {"photo": photo, "styles": [{"picture": painting}], "params": {**s.params, "steps": "4,7", "start-size": 24, "scale-factor": 2, "size": "48"}}
    answer = s.post("plan", good)
    plan = answer.json
    ok(answer.status == 200 and (plan["width"], plan["height"]) == (48, 36) and plan["styles"] == [{"share": 1}], "what it will be", answer.body)
    ok([(z["width"], z["height"], z["steps"]) for z in plan["sizes"]] == [(24, 18, 4), (48, 36, 7)] and plan["steps"] == 11, "its sizes and steps", plan)
    ok(plan["seconds"] > 0 and abs(sum(z["seconds"] for z in plan["sizes"]) - plan["seconds"]) < 1e-6, "its time is that of all sizes", plan)
    ok(0 < plan["memory"] and plan["available"] >= 0, "its memory", plan)
    ok(s.get("jobs").json == [], "nothing is queued")

    params = {**good["params"], "style-weight": 123, "seed": 9}
    ok(s.post("plan", {**good, "params": params, "styles": [{"picture": painting, "weight": 3}]}).json == plan, "how much anything weighs does not matter")
    other = s.post("plan", {**good, "params": {**params, "size": "32"}}).json
    ok((other["width"], other["height"]) == (32, 24), "the size does", other)

    left = np.asarray(Image.open(s.path("left.png"))) / 255
    halves = [{"picture": painting, "mask": s.add_mask("left.png")}, {"picture": s.add("sketch.png")}]
    shares = [x["share"] for x in s.post("plan", {**good, "styles": halves}).json["styles"]]
    # The mask is resized; its mean stays but for rounding.
    ok(abs(shares[0] - left.mean()) < 0.005 and abs(sum(shares) - 1) < 1e-6, "the shares of masks", (shares, left.mean()))
    for name, change, code in [("a mask without white", {"keep": s.add_mask("black.png")}, "mask"), ("no such photo", {"photo": "f" * 64}, "no_picture"),
                               ("a setting out of range", {"params": {"steps": -1}}, "invalid"), ("an unknown member", {"x": 1}, "invalid"),
                               ("a layer that there is not", {"params": {**s.params, "content-layers": {"relu9_9": 1}}}, "invalid")]:
        got = s.post("plan", {**good, **change})
        ok(got.status == 422 and got.code == code, f"a job with {name} is refused", got.body)
    ok(s.post("plan", b"paint").status == 400, "what is no JSON as well")
    return good


def beside(s, good):
    """While something is painted; many at once."""
    number = s.begin()
    got = at_once(12, lambda i: s.post("plan", {**good, "params": {**good["params"], "steps": f"1,{i + 1}"}}))
    planned = [g.json["steps"] for g in got if g.status == 200]
    ok(len(planned) >= 8 and all(g.status in (200, 503) for g in got), "twelve at once beside a painting", [g.status for g in got])
    ok(sorted(planned) == sorted(set(planned)), "each gets its own", planned)
    ok(s.post(f"jobs/{number}/cancel").status == 200, "the painting went on")


def main(program):
    with studio(program) as s:
        beside(s, plans(s))
    done()


main(sys.argv[1])
