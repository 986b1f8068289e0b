"""results.py - what is handed out: thumbnails, results of any size and format, names to save them by. results.py PROGRAM"""
import io
import json
import os
import struct
import subprocess
import sys
import zlib

from PIL import Image

from server import studio

from image.make_png import chunk
from tap import done, ok


def thumbnails(s):
    """What galleries show is kept as it is shown; a side is that of a file, or made."""
    big = s.send(large_png(1500, 1000))
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


def large_png(width, height):
    row = b"\0" + bytes(range(250)) * (width // 250)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def jpeg_size(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def results(s):
    """Sizes, with the settings inside; names to save it by."""
    photo, painting = s.send(s.variant(40), "l'\u00e9t\u00e9 \U0001f3a8.jpeg"), s.send(s.read("painting.png"), "../etc/Starry: night*.png")
    number = s.add_wish({"photo": photo, "styles": [{"picture": painting}], "params": {**s.params, "steps": 2}})["id"]
    s.wait_for(number, "done")
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

    names = answer.file_names
    ok(names == ("inline", "l__t_ _-etc_Starry_ night.png", "l'\u00e9t\u00e9 \U0001f3a8-etc_Starry_ night.png"),
       "it has a name to be saved by, from those of its pictures", names)
    ok(s.get(f"jobs/{number}/result?format=jpeg").file_names[1].endswith(".jpg"), "with the format's ending")
    ok(s.get(f"pictures/{photo}/file").file_names[2] == "l'\u00e9t\u00e9 \U0001f3a8.png", "so has a picture, by its type")
    for name, want in [("...", "picture"), ("-rf /\u202e\\x", "rf ___x"), ("caf\u00e9" * 50, "caf\u00e9" * 20), ("a\"b'c;d", "a_b'c_d"),
                       ("\u2013 one", "\u2013 one")]:
        answer = s.patch(f"pictures/{photo}", {"name": name})
        got = s.get(f"pictures/{photo}/file").file_names[2]
        ok(answer.status == 200 and got == want + ".png", f"a name made safe: {name[:20]!r}", got)
    s.patch(f"jobs/{number}", {"name": "Summer/1"})
    ok(s.get(f"jobs/{number}/result").file_names[2] == "Summer_1.png", "a job that has a name goes by that")


def main(program):
    with studio(program) as s:
        thumbnails(s)
        results(s)
    done()


main(sys.argv[1])
