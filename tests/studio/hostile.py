"""hostile.py - files that are no pictures, or would be the end of a careless reader. hostile.py PROGRAM [COUNT]"""
import glob
import io
import os
import random
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np
from PIL import Image, PngImagePlugin

from server import comes, studio

from image.make_png import chunk
from tap import done, ok

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 1 << 30    # its own care is not what is asked
# What a sanitizer keeps of freed memory, to catch who still uses it, is not the server's.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
# A decoder's memory is its own; the server holds one thumbnail of 1024 x 1024 floats and its JPEG
# at a time, and what the allocator keeps of that.
ROOM_MIB = 64


def seeds():
    """Small whole pictures of each format, as file name and bytes."""
    rng = np.random.default_rng(3)
    photo = Image.fromarray(rng.integers(0, 256, (40, 56, 3), dtype=np.uint8))
    made = {}
    for name, image, options in [
            ("a.jpg", photo, {"quality": 80}), ("b.jpg", photo.convert("CMYK"), {}), ("c.jpg", photo.convert("L"), {"progressive": True}),
            ("d.png", photo, {}), ("e.png", photo.convert("P"), {}), ("f.png", photo.convert("LA"), {}),
            ("g.webp", photo, {}), ("h.webp", photo.convert("RGBA"), {"lossless": True}), ("i.tif", photo, {}),
            ("j.tif", photo, {"compression": "tiff_lzw"}), ("k.tif", photo.convert("L"), {"compression": "tiff_adobe_deflate"})]:
        data = io.BytesIO()
        image.save(data, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}[name.split(".")[1]], **options)
        made[name] = data.getvalue()
    return made


def png(width, height, rows, depth=8, colour=2, *extra):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) + b"".join(extra)
            + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def fixed(made):
    """What has to be tried by name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("photo.png", made["d.png"])
    bomb = zlib.compress(bytes(48 << 20), 9)
    yield "nothing", b""
    yield "text", b"paint me\n" * 100
    yield "HTML", b"<!doctype html><script>alert(1)</script>"
    yield "SVG", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    yield "ZIP", archive.getvalue()
    yield "GIF", b"GIF89a" + bytes(100)
    yield "PDF", b"%PDF-1.7\n" + bytes(100)
    yield "ELF", b"\x7fELF" + bytes(100)
    yield "zeros", bytes(10000)
    yield "PNG and ZIP", made["d.png"] + archive.getvalue()
    yield "JPEG and HTML", made["a.jpg"] + b"<script>alert(1)</script>"
    yield "HTML and JPEG", b"<script>alert(1)</script>" + made["a.jpg"]
    yield "PNG's head, JPEG's body", made["d.png"][:8] + made["a.jpg"]
    yield "JPEG's head, PNG's body", made["a.jpg"][:4] + made["d.png"]
    yield "a bomb in rows", png(4000, 4000, bomb)
    yield "a bomb behind a small picture", png(1, 1, bomb)
    yield "a bomb in a profile", png(1, 1, zlib.compress(bytes(4)), 8, 2, chunk(b"iCCP", b"x\0\0" + bomb))
    yield "a bomb in text", png(1, 1, zlib.compress(bytes(4)), 8, 2, chunk(b"zTXt", b"x\0\0" + bomb))
    yield "a bomb in settings", png(1, 1, zlib.compress(bytes(4)), 8, 2, chunk(b"iTXt", b"impasto\0\1\0\0\0" + bomb))
    for side in [0, 65501, 60000, 0x7fffffff, 0x80000000, 0xffffffff]:
        yield f"a PNG of {side}", png(side, side, zlib.compress(bytes(100)))
        yield f"a PNG of {side} by 1", png(side, 1, zlib.compress(bytes(100)), 16, 6)
    for width, height in [(0, 0), (0xffff, 0xffff), (0xffff, 1), (1, 0)]:
        at = made["a.jpg"].index(b"\xff\xc0") + 5
        yield f"a JPEG of {width} by {height}", made["a.jpg"][:at] + struct.pack(">HH", height, width) + made["a.jpg"][at + 4:]


def spoilt(made, rng):
    """A whole picture, spoilt in one of many ways."""
    name = rng.choice(sorted(made))
    data = bytearray(made[name])
    way = rng.choice(["cut", "bits", "bytes", "swap", "double", "hole", "foreign", "numbers"])
    if way == "cut":
        del data[rng.randrange(len(data)):]
    elif way == "bits":
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif way == "bytes":
        at = rng.randrange(len(data))
        data[at:at + 16] = rng.randbytes(16)
    elif way == "swap":
        a, b = sorted(rng.sample(range(len(data)), 2))
        data = data[:a] + data[b:] + data[a:b]
    elif way == "double":
        a, b = sorted(rng.sample(range(len(data)), 2))
        data = data[:b] + data[a:]
    elif way == "hole":
        a, b = sorted(rng.sample(range(len(data)), 2))
        del data[a:b]
    elif way == "foreign":
        other = made[rng.choice(sorted(made))]
        at = rng.randrange(min(len(data), len(other)))
        data = data[:at] + other[at:]
    else:       # where sizes and offsets stand
        at = rng.randrange(min(200, len(data) - 4))
        data[at:at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"\x80\0\0\0", b"\0\0\xff\xff"])
    return f"{name}, {way}", bytes(data)


def tells_how_it_is_made(tiff):
    """Whether the first directory says how it is compressed, and what its numbers stand for."""
    at, = struct.unpack_from("<I", tiff, 4)
    n, = struct.unpack_from("<H", tiff, at)
    return {259, 262} <= {struct.unpack_from("<H", tiff, at + 2 + 12 * i)[0] for i in range(n)}


def can_be_read(data, told):
    """By a decoder that is not ours. Of WebP, which PIL reads as if it were an animation, minding what stands
    behind the first picture, the size alone has to agree; and of TIFF PIL wants to be told what libtiff takes
    for granted."""
    try:
        if data[:4] == b"II*\0" and not tells_how_it_is_made(data):
            return True
        image = Image.open(io.BytesIO(data))
        if image.format == "WEBP":
            return image.size == (told["width"], told["height"])
        image.convert("RGB").load()
        return True
    except Exception:     # PIL raises nearly anything
        pass
    return False


def name_of(link):
    """What has been closed meanwhile is as good as a socket."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return "socket:"


def descendants(pid):
    """How many processes it, and they, have started: whichever thread has."""
    children = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(task, encoding="ascii") as f:
                children += f.read().split()
        except (FileNotFoundError, ProcessLookupError):
            pass
    return len(children) + sum(descendants(child) for child in children)


def open_files(s):
    files = [name_of(f"/proc/{s.process.pid}/fd/{n}") for n in os.listdir(f"/proc/{s.process.pid}/fd")]
    return len([f for f in files if not f.startswith("socket:")])


def hostile(s, count):
    made, rng = seeds(), random.Random(20)
    for data in made.values():      # what is whole is accepted, or of a format that was left out
        answer = s.post("pictures", data)
        assert answer.status == 201 or answer.code == "unsupported", answer.body
    before, memory = open_files(s), s.resident()
    trials = list(fixed(made))
    trials += [spoilt(made, rng) for _ in range(max(0, count - len(trials)))]
    seen, wrong, doubtful = {}, [], []
    for name, data in trials:
        answer = s.post("pictures", data)
        seen[answer.status] = seen.get(answer.status, 0) + 1
        if 400 <= answer.status < 500:
            if not answer.code or len(answer.json["error"]["message"]) < 10:
                wrong.append((name, answer.status, answer.body[:200]))
        elif answer.status not in (200, 201):
            wrong.append((name, answer.status, answer.body[:200]))
        elif not can_be_read(data, answer.json):
            doubtful.append((name, answer.json))
        if answer.status == 201:
            s.remove(f"pictures/{answer.json['id']}")
    print(f"# {len(trials)} files: {seen}; memory {memory:.0f} MiB before, {s.resident():.0f} after; {len(doubtful)} that PIL refuses")
    ok(not wrong, "each is refused with a reason, or accepted", wrong[:5])
    ok(not doubtful, "what is accepted another decoder reads as well", doubtful[:5])
    ok(comes(lambda: not s.left_over()), "nothing is left of uploads", s.left_over())
    ok(len(os.listdir(s.path("data", "pictures"))) == len(s.get("pictures").json), "nor of pictures that were refused")
    ok(comes(lambda: open_files(s) == before), "no file stays open", (before, open_files(s)))
    ok(comes(lambda: descendants(s.process.pid) <= 1), "no process is left but the one that the others come from", descendants(s.process.pid))
    ok(s.resident() - memory < ROOM_MIB, "memory is bounded", (memory, s.resident()))
    ok(s.get("about").status == 200, "the server is alive")


def main(program, count=1000):
    with studio(program) as s:
        hostile(s, int(count))
    done()


main(*sys.argv[1:])
