"""jobs.py - jobs stopped, paused, cancelled, and the program killed among them. jobs.py PROGRAM"""
import http.client
import io
import signal
import sys
import threading

from PIL import Image

from server import LONG, studio

from tap import done, ok


def states(events):
    return [e[2]["state"] for e in events if e[1] == "state"]


def watch(s, number):
    """Collects a job's events in a thread, until the stream ends."""
    events = []
    thread = threading.Thread(target=lambda: events.extend(s.events(number)))
    thread.start()
    return events, thread


def stop(s):
    number = s.begin()
    events, thread = watch(s, number)
    ok(s.remove(f"jobs/{number}").code == "state", "a running job cannot be removed")
    ok(s.get(f"jobs/{number}/result").status == 409, "it has no result yet")
    s.wait_for(number, "running", step=2)
    preview = s.get(f"jobs/{number}/preview")
    ok(Image.open(io.BytesIO(preview.body)).size == (64, 48), "but a preview", preview.headers)
    ok(s.get(f"jobs/{number}").json["progress"]["left"] > 0, "the time left is told")
    ok(s.post(f"jobs/{number}/stop").status == 200, "it can be stopped")
    one = s.wait_for(number, "done")
    thread.join()
    ok(2 <= one["progress"]["step"] < LONG, "what there is is kept", one["progress"])
    ok(s.get(f"jobs/{number}/result").status == 200, "it is a picture")
    ok(states(events)[-1] == "done", "who watches is told", events[-1])
    for what in ["stop", "pause", "continue", "cancel"]:
        ok(s.post(f"jobs/{number}/{what}").code == "state", f"after the end there is no {what}")


def queue(s):
    first, second, third = (s.add_job(steps=n) for n in (LONG, LONG, 3))
    s.wait_for(first, "running", step=1)
    ok(s.job(second)["state"] == s.job(third)["state"] == "queued", "others wait")
    ok(s.post(f"jobs/{second}/stop").code == "state", "what has not begun has nothing to keep")
    ok(s.get(f"jobs/{second}/preview").status == 404, "and no preview")
    ok(s.post(f"jobs/{second}/cancel").json["state"] == "cancelled", "it can be cancelled")
    ok(states(s.events(second)) == ["queued", "cancelled"], "that is all that happened to it")

    s.post(f"jobs/{first}/pause")
    paused = s.wait_for(first, "paused")
    ok(s.wait_for(third, "done")["progress"]["step"] == 3, "while one is paused the next is painted")
    ok(s.get(f"jobs/{first}/preview").status == 200, "the paused one can be looked at")
    ok(s.job(first)["progress"] == paused["progress"], "and stands still")
    ok(s.post(f"jobs/{first}/pause").json["state"] == "paused", "to pause it again is no harm")
    s.post(f"jobs/{first}/continue")
    one = s.wait_for(first, "running", step=paused["progress"]["step"] + 1)
    ok(one["progress"]["step"] > paused["progress"]["step"], "it goes on from where it was", one["progress"])

    events, thread = watch(s, first)
    s.post(f"jobs/{first}/cancel")
    s.wait_for(first, "cancelled")
    thread.join()
    ok(states(events) == ["queued", "running", "paused", "queued", "running", "cancelled"], "all of it was told", states(events))
    ok(s.get(f"jobs/{first}/result").status == 409, "nothing of it is kept")


def aside(s):
    """Jobs that are paused are ended while another is painted."""
    keep, drop, wait = (s.add_job(steps=LONG) for _ in range(3))
    for number in (keep, drop):
        s.wait_for(number, "running", step=1)
        s.post(f"jobs/{number}/pause")
        s.wait_for(number, "paused")
    s.wait_for(wait, "running", step=1)
    s.post(f"jobs/{keep}/stop")
    s.post(f"jobs/{drop}/cancel")
    s.wait_for(keep, "done")
    s.wait_for(drop, "cancelled")
    ok(s.get(f"jobs/{keep}/result").status == 200, "a paused job is stopped and kept while another is painted")
    ok(s.job(wait)["state"] == "running", "which goes on")
    queued = s.add_job(steps=2)
    ok(s.post(f"jobs/{queued}/pause").json["state"] == "paused", "one that waits can be paused")
    s.post(f"jobs/{wait}/cancel")
    s.wait_for(wait, "cancelled")
    ok(s.job(queued)["state"] == "paused", "and does not begin")
    s.post(f"jobs/{queued}/continue")
    ok(s.wait_for(queued, "done")["progress"]["step"] == 2, "before it may")


def curves(s):
    """Losses of many steps; and of a painting that fails, with what there is to be seen of it."""
    number = s.add_job(steps=2600, size="long:16")
    s.wait_for(number, "running", step=1)
    early = s.get(f"jobs/{number}/losses").json
    ok(0 < len(early["step"]) == len(early["tv"]) <= 2000, "losses are told while it is painted", len(early["step"]))
    s.wait_for(number, "done")
    late = s.get(f"jobs/{number}/losses").json
    ok(late["step"] == list(range(2, 2601, 2)) and all(len(x) == 1300 for x in late.values()), "and after the end, not too many", len(late["step"]))
    ok(all(x is not None for x in late["total"]) and late["total"][-1] < late["total"][0], "they come down")
    ok(set(late["step"]) & set(early["step"]) and all(early["total"][early["step"].index(n)] == late["total"][late["step"].index(n)]
       for n in set(late["step"]) & set(early["step"])), "and are the same")
    number = s.add_job(**{"steps": "3,2", "start-size": 24, "scale-factor": 2, "size": "long:48"})
    s.wait_for(number, "done")
    sizes = s.get(f"jobs/{number}/losses").json
    ok((sizes["width"], sizes["height"]) == ([24] * 3 + [48] * 2, [18] * 3 + [36] * 2), "each has the size that was painted at", sizes)
    number = s.add_job(**{"steps": 500, "optimiser": "lbfgs", "line-search": "none", "step-length": 10, "clamp": False, "gram-norm": "none",
                          "metric": "scalar"})
    one = s.wait_for(number, "failed")
    ok("no longer finite" in one["error"], "a painting that leaves all bounds fails", one)
    ok(s.get(f"jobs/{number}/preview").status == 200 and s.get(f"jobs/{number}/result").status == 409, "its last preview is kept")
    ok(len(s.get(f"jobs/{number}/losses").json["step"]) == one["progress"]["step"] > 0, "and its losses")
    ok(s.get("jobs/999/losses").status == 404, "no job has no losses")


def killed(s):
    """kill -9 in the midst: what was finished is there, the rest is painted at the next start."""
    finished = s.add_job(steps=2)
    s.wait_for(finished, "done")
    result = s.result_file(finished)
    running, waiting, paused = s.add_job(steps=LONG), s.add_job(steps=2), s.add_job(steps=2)
    s.post(f"jobs/{paused}/pause")
    s.wait_for(running, "running", step=2)
    last = s.first_events(running)[-1][0]
    s.stop(signal.SIGKILL)
    s.start()
    ok(s.result_file(finished) == result, "after kill -9 what was finished is there")
    s.wait_for(running, "running", step=1)
    ok(s.job(waiting)["state"] == "queued" and s.job(paused)["state"] == "paused", "what was running runs, what waited waits")
    ok(s.first_events(running, Last_Event_ID=str(last))[0][0] > last, "event ids go on growing")
    s.post(f"jobs/{running}/stop")
    ok(s.wait_for(waiting, "done")["progress"]["step"] == 2, "one after the other")
    s.post(f"jobs/{paused}/continue")
    ok(s.wait_for(paused, "done")["state"] == "done", "what was paused can go on")
    watcher = threading.Thread(target=read_all, args=(s, s.begin()))
    watcher.start()
    status, said = s.stop()
    watcher.join()
    ok(status == 0 and not said, "it ends though a job runs and somebody watches", (status, said))
    s.start()


def read_all(s, number):
    connection = s.connection()
    try:
        connection.request("GET", f"/api/v1/jobs/{number}/events")
        connection.getresponse().read()
    except (http.client.HTTPException, ConnectionError):   # what the end of the program looks like
        pass


def main(program):
    with studio(program) as s:
        stop(s)
        queue(s)
        aside(s)
        curves(s)
        killed(s)
    done()


main(sys.argv[1])
