"""fuzz.py - the studio against its own OpenAPI document: schemathesis makes requests that fit it and requests that
do not, and holds every answer to what the document says. fuzz.py PROGRAM [--examples N] [--seed N] [--seconds N]"""
import argparse
import copy
import json
import os
import re
import subprocess

from server import studio

from tap import done, ok

VIRTUAL = os.environ.get("IMPASTO_TEST_VENV", "")
TOOL = os.path.join(VIRTUAL, "bin", "st")
# The streams of events do not end while a job goes on; jobs.py reads them.
ENDLESS = ["/events", "/jobs/{n}/events"]
# What a schema cannot say may be refused: a picture that is no picture, a layer that the network does not have.
NOT_CHECKED = "positive_data_acceptance"


def jobs(s):
    """Of each kind one: done, failed, cancelled, paused and queued ones."""
    numbers = [s.add_job(), s.add_job(**{"content-layers": {"relu4_2": 1}})]
    for n in numbers:
        s.wait_for(n, "done", "failed")
    for what in ["cancel", "pause"]:
        numbers.append(s.begin())
        s.post(f"jobs/{numbers[-1]}/{what}")
        s.wait_for(numbers[-1], what + ("led" if what == "cancel" else "d"))
    return numbers


def operations(document):
    return [operation for path in document["paths"].values() for operation in path.values()]


def walk(schema, visit):
    """visit(each object of a schema)."""
    if isinstance(schema, dict):
        visit(schema)
        for each in schema.values():
            walk(each, visit)
    elif isinstance(schema, list):
        for each in schema:
            walk(each, visit)


def strict(document):
    """Answers have the members that the document names, and no others."""
    def close(schema):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    walk(document["components"]["schemas"], close)


def at_home(document, s, pictures, numbers):
    """Requests ask for what is there, more often than not."""
    ids = {"type": "string", "enum": pictures + ["0" * 64]}
    ns = {"type": "integer", "enum": numbers + [1000000]}

    for operation in operations(document):
        for p in operation.get("parameters", []):
            if p["in"] == "path":
                p["schema"] = ids if p["name"] == "id" else ns

    job = document["components"]["schemas"]["newJob"]
    small = {"type": "object", "enum": [{**s.params, "steps": n} for n in (1, 2, 3)] + [{"preset": "classic"}, s.params]}
    job["properties"].update(photo=ids, params={"anyOf": [small, copy.deepcopy(job["properties"]["params"])]})
    job["properties"]["styles"]["items"]["properties"].update(picture=ids)
    job.pop("example", None)


def prepare(s):
    """The document that schemathesis works by."""
    document = s.get("openapi.json").json
    pictures = [s.add(name) for name in ("photo.png", "painting.png", "sketch.png", "alpha.png")]
    strict(document)
    at_home(document, s, pictures, jobs(s))
    for path in ENDLESS:
        document["paths"].pop(path, None)
    with open(s.path("document.json"), "w", encoding="utf-8") as f:
        json.dump(document, f)
    return document


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("--examples", default="10")
    p.add_argument("--seed", default="1")
    p.add_argument("--seconds", type=int, default=150, help="when to give it up")
    args = p.parse_args()
    if not os.path.exists(TOOL):
        print("1..0 # SKIP no schemathesis; tools/setup-venv build/venv gets it")
        return
    with studio(args.program) as s:
        document = prepare(s)
        run = subprocess.run(
            [TOOL, "run", s.path("document.json"), "--url", f"http://{s.name}:{s.port}/api/v1", "--seed", args.seed, "--max-examples", args.examples,
             "--generation-database", "none", "--exclude-checks", NOT_CHECKED, "--no-shrink", "--continue-on-failure", "--request-timeout", "20",
             "--warnings", "off", "--no-color"], cwd=s.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=args.seconds, check=False)
        said = run.stdout.decode(errors="replace")
        number = re.search(r"(\d+) generated", said)
        asked = len(operations(document))
        tested = re.search(r"Tested: (\d+)", said)
        ok(tested and int(tested.group(1)) == asked, f"all {asked} operations are asked", said[-2000:])
        ok(run.returncode == 0, f"{number.group(1) if number else 'no'} requests are answered as the document says", said[said.find("FAILURES"):])
        ok(s.get("about").status == 200, "the studio is alive")
    done()


main()
