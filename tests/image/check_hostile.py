"""check_hostile.py - damaged, truncated and lying pictures: refused with one line that begins with the
file's name, or read; never a crash, never a hang.

check_hostile.py DECODE_DUMP [with-webp] [with-tiff]
"""

import io
import os
import struct
import sys
import tempfile
import time

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import make_icc as icc  # noqa: E402
import make_png as png  # noqa: E402
import make_tiff as tiff  # noqa: E402
import tap  # noqa: E402
from decoder import Decoder  # noqa: E402

HAVE_WEBP, HAVE_TIFF = "with-webp" in sys.argv, "with-tiff" in sys.argv
EFORMAT, ELIMIT = -4, -5
FLIPS = 250                              # damaged copies of each file
SLOW = 60                                # seconds for one small file: far above any honest one
folder = tempfile.TemporaryDirectory(prefix="impasto-hostile.")
decoder = Decoder(sys.argv[1], folder.name, (1 << 20, 65500, 1 << 24))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pictures():
    """One small picture of each kind, with everything beside its pixels that a reader looks at."""
    rng = np.random.default_rng(3)
    rgb = Image.fromarray(rng.integers(0, 256, (12, 19, 3)).astype("u1"))
    v = rng.integers(0, 256, (12, 19, 4))
    exif = tiff.make_exif({270: (tiff.ASCII, '{"a": 1}'), 274: (tiff.SHORT, [6]), 282: (tiff.RATIONAL, [100]),
                           283: (tiff.RATIONAL, [50]), 305: (tiff.ASCII, "impasto 0")}, ">")
    profile = icc.rgb_profile(icc.ADOBE, 2.2)
    more = {"exif": exif, "icc_profile": profile}
    yield "JPEG", saved(rgb, "JPEG", dpi=(72, 72), **more)
    yield "progressive JPEG", saved(rgb, "JPEG", progressive=True)
    yield "CMYK JPEG", saved(rgb.convert("CMYK"), "JPEG", icc_profile=icc.cmyk_profile(2))
    chunks = png.profile(profile) + png.density(3000, 3000) + png.exif(exif) + png.text("impasto", '{"a": 1}')
    yield "PNG", png.make_png(v, 8, png.RGB_ALPHA, before=chunks, after=png.text("impasto", "{}", "zTXt"))
    yield "interlaced PNG", png.make_png(v[..., :1] % 16, 4, png.INDEXED, True,
                                         png.palette(v[:, :, :3].reshape(-1, 3)[:16]) + png.gamma(1))
    if HAVE_WEBP:
        yield "WebP", saved(rgb, "WEBP", **more)
        rgba = Image.fromarray(v.astype("u1"), "RGBA")
        yield "lossless WebP", saved(rgba, "WEBP", lossless=True, **more)
    if HAVE_TIFF:
        tags = {274: (tiff.SHORT, [5]), 282: (tiff.RATIONAL, [9]), 34675: (tiff.UNDEFINED, profile)}
        yield "TIFF", tiff.make_tiff(v, 8, tiff.RGB, extra=[2], tags=tags)
        yield "tiled TIFF", tiff.make_tiff(v[..., :3] * 257, 16, tiff.RGB, ">", (16, 16), apart=True, deflate=True)
        yield "palette TIFF", tiff.make_tiff(v[..., :1] % 4, 2, tiff.PALETTE, big=True,
                                             tags=tiff.colour_map(v[0, :4, :3]))
        yield "LZW TIFF", saved(rgb, "TIFF", compression="tiff_lzw")
        yield "fax TIFF", saved(rgb.convert("1"), "TIFF", compression="group4")
        jpeg = saved(rgb, "JPEG", subsampling=0)
        yield "JPEG TIFF", tiff.make_tiff(v[..., :3], 8, tiff.YCBCR, rows=12, stored=[jpeg],
                                          tags={259: (tiff.SHORT, [7]), 530: (tiff.SHORT, [1, 1])})
        yield "YCbCr TIFF", tiff.make_tiff(v[..., :3], 8, tiff.YCBCR, tags={530: (tiff.SHORT, [1, 1])})


def well_told(got):
    """A refusal is one line that begins with the name."""
    return got.message.startswith(got.path + ": ") and len(got.message) > len(got.path) + 10


def check_truncated(name, data):
    """The last four bytes may be a checksum of nothing (PNG) or the lack of a next picture (TIFF)."""
    whole, wrong = decoder.decode(data), []
    for n in range(1, len(data)):
        got = decoder.decode(data[:n])
        if got.ok and n >= len(data) - 4 and np.array_equal(got.pixels, whole.pixels):
            continue
        if got.ok or got.status != EFORMAT or not well_told(got):
            wrong.append(f"{n} of {len(data)} bytes: {'read' if got.ok else got.message}")
    tap.ok(whole.ok and not wrong, f"{name}: none of its beginnings is a picture", "\n".join(wrong[:5]))


def damage(data, rng):
    """A copy with one to four bytes changed: a bit turned, a random value, or a run of 0 or 255."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, len(out)))
        kind = rng.integers(0, 3)
        if kind == 0:
            out[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            out[at] = int(rng.integers(0, 256))
        else:
            n = min(4, len(out) - at)
            out[at:at + n] = bytes([int(rng.choice([0, 255]))]) * n
    return bytes(out)


def check_damaged(name, data):
    rng, wrong, read = np.random.default_rng(len(data)), [], 0
    for i in range(FLIPS):
        start = time.monotonic()
        got = decoder.decode(damage(data, rng))
        read += got.ok
        if time.monotonic() - start > SLOW:
            wrong.append(f"copy {i} took {time.monotonic() - start:.0f} s")
        if not got.ok and not well_told(got):
            wrong.append(f"copy {i}: {got.message}")
    tap.ok(not wrong, f"{name}: {FLIPS} damaged copies, {read} read all the same", "\n".join(wrong[:5]))


def refused(name, data, status, word):
    got = decoder.decode(data)
    fine = not got.ok and got.status == status and well_told(got) and word in got.message
    tap.ok(fine, name, "was read" if got.ok else f"status {got.status}: {got.message}")


def check_lies():
    """Headers that promise what the file does not hold."""
    v = np.zeros((4, 4, 3), int)
    for w, h, status, word in [(60000, 60000, ELIMIT, "max-pixels"), (65501, 1, ELIMIT, "max-side"),
                               ((1 << 31) - 1, (1 << 31) - 1, ELIMIT, "max-side"), (0, 5, EFORMAT, ""),
                               (1000, 1000, EFORMAT, "cut short")]:
        refused(f"PNG that says {w}x{h}", png.make_png(v, 8, png.RGB, size=(w, h)), status, word)
    jpeg = bytearray(saved(Image.new("RGB", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    for w, h, status, word in [(60000, 60000, EFORMAT, "cut short"), (0, 16, EFORMAT, ""),
                               (65500, 1, EFORMAT, "cut short")]:
        jpeg[at:at + 4] = struct.pack(">HH", h, w)
        refused(f"JPEG that says {w}x{h}", bytes(jpeg), status, word)
    if HAVE_WEBP:
        data = bytearray(saved(Image.new("RGB", (16, 16)), "WEBP", lossless=True))
        data[21:25] = struct.pack("<I", 16382 | 16382 << 14)
        refused("WebP that says 16383x16383", bytes(data), ELIMIT, "max-pixels")
    if HAVE_TIFF:
        check_lies_tiff(v)


def check_lies_tiff(v):
    long, short = (lambda n: (tiff.LONG, [n])), (lambda n: (tiff.SHORT, [n]))
    for name, tags, status, word in [
            ("says 60000x60000", {256: long(60000), 257: long(60000)}, ELIMIT, "max-pixels"),
            ("says 4294967295x1", {256: long(0xFFFFFFFF), 257: long(1)}, ELIMIT, "max-side"),
            ("has no width", {256: long(0)}, EFORMAT, ""),
            ("has 65535 samples a pixel", {277: short(65535)}, EFORMAT, ""),
            ("has strips of 4294967295 rows", {257: long(1000), 278: long(0xFFFFFFFF)}, EFORMAT, ""),
            ("has tiles of 65536x65536", {322: long(65536), 323: long(65536), 324: long(8), 325: long(48)},
             EFORMAT, ""),
            ("is compressed in an unknown way", {259: short(12345)}, EFORMAT, ""),
            ("is of an unknown kind", {262: short(999)}, EFORMAT, "photometric 999")]:
        refused(f"TIFF that {name}", tiff.make_tiff(v, 8, tiff.RGB, tags=tags), status, word)


def many_scans(n):
    """A progressive JPEG of 16x16 grey with n legal scans: after the first, each says of one coefficient
    of its four blocks, one bit finer than before, that it is 0."""
    data = saved(Image.new("L", (16, 16), 200), "JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    end = min(data.index(mark, first + 2) for mark in [b"\xff\xc4", b"\xff\xda"])
    table = b"\xff\xc4" + struct.pack(">H", 20) + bytes([0x10, 1] + 15 * [0] + [0x20])   # "0": 4 blocks end
    scans = [b"\xff\xda" + struct.pack(">H", 8) + bytes([1, 1, 0, k, k, high << 4 | low, 0x1f])
             for k in range(1, 64) for high, low in [(0, 13)] + [(i, i - 1) for i in range(13, 0, -1)]]
    return data[:end] + table + b"".join(scans[:n - 1]) + b"\xff\xd9"


def check_bombs():
    """Small files that would take much memory or time."""
    black = np.zeros((3000, 3000, 1), "u1")
    refused("PNG bomb", png.make_png(black, 8, png.GREY), ELIMIT, "max-pixels")
    text = png.text("Comment", "a" * (200 << 20), "zTXt")
    refused("PNG with text of 200 MB", png.make_png(black[:4, :4], 8, png.GREY, before=text), ELIMIT, "beside")
    got = decoder.decode(many_scans(400))
    tap.ok(got.ok, "JPEG of 400 scans is read", got.message)
    refused("JPEG of 800 scans", many_scans(800), ELIMIT, "scans")


for picture_name, picture in pictures():
    check_truncated(picture_name, picture)
    check_damaged(picture_name, picture)
check_lies()
check_bombs()
tap.ok(decoder.close() == 0, "the program ends well")
tap.done()
