"""masks.py - masks: handed over, made from pictures, and jobs that are painted with them. masks.py PROGRAM"""
import sys

from server import Studio

from tap import done, ok


def roles(s):
    before = s.get("pictures").json
    answer = s.post("pictures?role=mask", s.read("left.png"), X_Name="left.png")
    mask = answer.json
    ok(answer.status == 201 and mask["role"] == "mask", "a mask is a picture of that role", answer.body)
    ok(s.get("pictures").json == before and s.get("pictures?role=mask").json == [mask], "masks are listed apart")
    ok(s.post("pictures?role=mask", s.read("left.png")).json == mask, "once more it is the same")
    answer = s.post("pictures", s.read("left.png"))
    ok(answer.status == 200 and answer.json == {**mask, "role": "picture"}, "handed over as a picture it is one", answer.body)
    ok(answer.json in s.get("pictures").json and not s.get("pictures?role=mask").json, "and is listed among them")
    ok(s.post("pictures?role=mask", s.read("left.png")).json["role"] == "picture", "and stays one")
    for query in ["role=", "role=masks", "role=Mask"]:
        ok(s.post("pictures?" + query, s.read("left.png")).code == s.get("pictures?" + query).code == "role", f"{query} is refused")


def main(program):
    s = Studio(program)
    try:
        s.start()
        roles(s)
        code, said = s.stop()
        ok(code == 0 and not said, "it ends well", (code, said))
    finally:
        s.close()
    done()


main(sys.argv[1])
