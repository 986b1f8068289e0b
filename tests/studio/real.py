"""real.py - the real network, by the main path: pictures of photographs' kind handed over, painted with the recipe of the
default preset, and the same by the command line. real.py PROGRAM"""
import io
import os
import subprocess
import sys

import numpy as np
from PIL import Image

from server import studio

from tap import done, ok


def picture(seed, width, height):
    """Waves of colour, as PNG."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    bands = [127 + 120 * np.sin(x / (5 + 3 * k + seed) + y * (k - 1) / 17) * np.cos(y / (7 + seed)) for k in range(3)]
    out = io.BytesIO()
    Image.fromarray(np.uint8(np.stack(bands, axis=-1))).save(out, "PNG")
    return out.getvalue()


def weights(program):
    """Where the real weights are, if they are."""
    path = subprocess.run([program, "model", "path", "vgg19"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return path if os.path.exists(path) else None


def paint(s, path):
    for name, data in [("photo.png", picture(1, 128, 96)), ("painting.png", picture(4, 112, 112))]:
        with open(s.path(name), "wb") as f:
            f.write(data)
    ok(path and "vgg19" in s.get("about").json["models"], "the studio has the real network", s.get("about").json["models"])
    params = {"preset": "default", "model": "vgg19", "size": "128", "steps": 3, "seed": 5}
    job = s.add_wish({"photo": s.add("photo.png"), "styles": [{"picture": s.add("painting.png")}], "params": params})
    one = s.wait_for(job["id"], "done", "failed")
    ok(one["state"] == "done" and one["params"]["model"] == "vgg19" and one["progress"]["step"] == 3, "a job is painted with it", one)
    losses = s.get(f"jobs/{job['id']}/losses").json["total"]
    ok(len(losses) == 3 and losses[-1] < losses[0], "its losses come down", losses)
    subprocess.run([s.program, "stylize", "photo.png", "painting.png", "--size", "128", "--steps", "3", "--seed", "5", "--threads", "1", "-q",
                    "--depth", "16", "-o", "cli.png"], cwd=s.folder, check=True)
    here, there = (np.asarray(Image.open(io.BytesIO(data))) for data in (s.read("cli.png"), s.result_file(job["id"])))
    ok(here.shape == (96, 128, 3) and (here == there).all(), "to the same pixels as by the command line")


def main(program):
    path = weights(program)
    if not path:
        print("1..0 # SKIP no weights: impasto model fetch vgg19")
        return
    with studio(program, "--model", "vgg19") as s:
        paint(s, path)
    done()


main(sys.argv[1])
