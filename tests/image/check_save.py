"""check_save.py - written pictures read by others: PIL, a reader of 16 bits in this file, exiftool.

check_save.py PICTURE_TOOL WITH_WEBP WITH_TIFF
"""

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
from PIL import Image, ImageCms

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import tap  # noqa: E402

TOOL, WITH_WEBP, WITH_TIFF = sys.argv[1], sys.argv[2] == "1", sys.argv[3] == "1"
FOLDER = tempfile.TemporaryDirectory(prefix="impasto-save.")
SETTINGS = json.dumps({"preset": "default", "note": 'caf\u00e9 "x", <&>', "n": [1, 2.5]}, ensure_ascii=False)


def save(pixels, path, depth=0, quality=95, density=(0, 0), settings=None, fmt=0):
    """pixels: h x w x 3 or 4 floats. Returns the path, or standard output for "-"."""
    h, w, channels = pixels.shape
    data = b"".join(np.ascontiguousarray(p, dtype="<f4").tobytes()
                    for p in (pixels[..., :3], pixels[..., 3:]))
    path = path if path == "-" else os.path.join(FOLDER.name, path)
    args = ["save", w, h, int(channels == 4), *density, path, fmt, depth, quality]
    run = subprocess.run([TOOL, *map(str, args), *([settings] if settings else [])], input=data,
                         capture_output=True, check=True)
    return run.stdout if path == "-" else path


def noise(channels, maximum, seed=1, size=(61, 47)):
    """Whole numbers of all sizes."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, maximum + 1, (size[1], size[0], channels))


def slopes(channels):
    """A picture of the kind that lossy formats are made for."""
    y, x = np.mgrid[0:120, 0:160] / 160
    planes = [x, y, 0.5 + 0.4 * np.sin(9 * x) * np.cos(7 * y), 1 - x * y]
    return np.stack(planes[:channels], axis=2)


def psnr(a, b):
    return -10 * np.log10(np.mean((a - b) ** 2) + 1e-20)


def decode(path):
    return np.asarray(Image.open(path)).astype("f8")


def read_png16(path):
    """16-bit RGB or RGBA, not interlaced: chunks, inflate, and the five filters undone."""
    data = open(path, "rb").read()
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0]
        if kind == b"IHDR":
            w, h, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert depth == 16 and colour in (2, 6) and not interlace
        packed += body if kind == b"IDAT" else b""
        at += 12 + n
    step = 6 if colour == 2 else 8
    rows = np.frombuffer(zlib.decompress(packed), "u1").reshape(h, 1 + w * step)
    above = [0] * (w * step)
    out = []
    for kind, row in zip(rows[:, 0], rows[:, 1:].tolist()):
        for i in range(w * step):
            a, b, c = (row[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            distance = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
            paeth = (a, b, c)[distance.index(min(distance))]
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth)[kind]) & 255
        out.append(row)
        above = row
    return np.array(out, "u1").view(">u2").reshape(h, w, step // 2).astype(int)


def read_tiff16(path):
    """Little-endian strips of 16 bits, deflated after horizontal differencing."""
    data = open(path, "rb").read()
    assert data[:4] == b"II*\0"
    at = struct.unpack("<I", data[4:8])[0]
    tags = {}
    for i in range(struct.unpack("<H", data[at:at + 2])[0]):
        tag, kind, count, value = struct.unpack("<HHI4s", data[at + 2 + 12 * i:at + 14 + 12 * i])
        size = {2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind] * count
        raw = value[:size] if size <= 4 else data[struct.unpack("<I", value)[0]:][:size]
        if kind in (3, 4):
            tags[tag] = struct.unpack(f"<{count}{'H' if kind == 3 else 'I'}", raw)
    w, h, channels = tags[256][0], tags[257][0], tags[277][0]
    assert set(tags[258]) == {16} and tags[259] == (8,) and tags[317] == (2,) and tags[284] == (1,)
    assert channels == 3 or tags[338] == (2,)   # alpha that colours are not multiplied by
    raw = b"".join(zlib.decompress(data[o:o + n]) for o, n in zip(tags[273], tags[279]))
    differences = np.frombuffer(raw, "<u2").reshape(h, w, channels).astype("u4")
    return (np.cumsum(differences, axis=1) & 0xffff).astype(int)


def test_lossless():
    """8 and 16 bits come back exactly."""
    for channels in (3, 4):
        v8, v16 = noise(channels, 255), noise(channels, 65535)
        v16[0, :4, 0] = (0, 1, 65534, 65535)
        mode = {3: "RGB", 4: "RGBA"}[channels]
        paths = [("a.png", 95)] + [("a.tif", 95)] * WITH_TIFF + [("a.webp", 100)] * WITH_WEBP
        for name, quality in paths:
            path = save(v8 / 255, name, 8, quality)
            tap.ok(Image.open(path).mode == mode and (decode(path) == v8).all(),
                   f"{name} of 8 bits, {mode}, is exact to PIL")
        readers = [("b.png", read_png16)] + [("b.tif", read_tiff16)] * WITH_TIFF
        for name, read in readers:
            got = read(save(v16 / 65535, name, 16))
            tap.ok(got.shape == v16.shape and (got == v16).all(), f"{name} of 16 bits, {mode}, is exact")


def test_lossy():
    """Quality 95 on slopes: JPEG in 4:4:4 keeps them to about one step of 255 (48 dB); WebP halves the
    colour planes. Channels swapped, or a wrong matrix, give less than 25 dB."""
    for name, least in [("c.jpg", 42)] + [("c.webp", 38)] * WITH_WEBP:
        got = psnr(decode(save(slopes(3), name)) / 255, slopes(3))
        tap.ok(got >= least, f"{name} is close", got)
        worse = psnr(decode(save(slopes(3), name, quality=20)) / 255, slopes(3))
        tap.ok(worse < got - 3, f"{name}: quality counts", worse)
    red = np.zeros((64, 64, 3))
    red[:, 1::2, 0] = 1   # lines of one pixel: halved colour planes would smear them
    got = psnr(decode(save(red, "d.jpg")) / 255, red)
    tap.ok(got > 35, "JPEG keeps the colour of single pixels", got)
    path = save(slopes(3), "e.jpg")
    tap.ok([c[1:3] for c in Image.open(path).layer] == [(1, 1)] * 3, "JPEG is 4:4:4")


def test_alpha():
    p = slopes(4)
    path = save(p, "f.jpg")
    want = p[..., :3] * p[..., 3:] + 1 - p[..., 3:]
    got = psnr(decode(path) / 255, want)
    tap.ok(Image.open(path).mode == "RGB" and got > 42, "JPEG has alpha laid over white", got)
    if WITH_WEBP:
        got = decode(save(p, "f.webp"))[..., 3]
        tap.ok((got == np.floor(p[..., 3] * 255 + 0.5)).all(), "lossy WebP keeps alpha exactly")


def test_rounding():
    v = np.array([0.5, 0.25, 1.0, 0.999, 0.0, -0.0, -1.0, 2.0, np.nan, np.inf, -np.inf, 1e-9], "f4").reshape(1, 4, 3)
    want8 = [128, 64, 255, 255, 0, 0, 0, 255, 0, 255, 0, 0]
    want16 = [32768, 16384, 65535, 65469, 0, 0, 0, 65535, 0, 65535, 0, 0]
    got8, got16 = decode(save(v, "g.png")), read_png16(save(v, "h.png", 16))
    tap.ok(got8.ravel().tolist() == want8, "8 bits: clamped, rounded half up, NaN is 0", got8.ravel())
    tap.ok(got16.ravel().tolist() == want16, "16 bits: clamped, rounded half up, NaN is 0", got16.ravel())


def test_standard_output():
    v = noise(3, 255)
    data = save(v / 255, "-")
    got = Image.open(io.BytesIO(data))
    tap.ok(got.format == "PNG" and (np.asarray(got) == v).all(), "standard output gets a PNG")
    got = Image.open(io.BytesIO(save(v / 255, "-", fmt=1)))
    tap.ok(got.format == "JPEG", "or the format asked for")


def test_depth_default():
    if WITH_TIFF:
        tap.ok(read_tiff16(save(noise(3, 65535) / 65535, "i.tif")).shape == (47, 61, 3), "TIFF has 16 bits by default")
    tap.ok(open(save(slopes(3), "i.png"), "rb").read(25)[24] == 8, "PNG has 8 bits by default")


def test_profile():
    """PIL's Little CMS takes the profile, and finds no difference to its own sRGB."""
    for name in ["j.png", "j.jpg"] + ["j.webp"] * WITH_WEBP + ["j.tif"] * WITH_TIFF:
        image = Image.open(save(slopes(3), name, 8, 100))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        same = ImageCms.profileToProfile(image.convert("RGB"), profile, ImageCms.createProfile("sRGB"))
        worst = np.abs(np.asarray(same).astype(int) - np.asarray(image.convert("RGB"))).max()
        tap.ok(worst <= 1, f"{name} carries sRGB", worst)   # 1: Little CMS works in 15 bits


def exiftool(path):
    run = subprocess.run(["exiftool", "-json", "-G0", "-n", path], capture_output=True, check=True)
    return json.loads(run.stdout)[0]


def close(got, want):
    """PNG counts whole pixels per metre: half of one is 0.0127 per inch."""
    return abs(got - want) < 0.02


def check_origin(name, tags, x, y):
    group = {"png": "PNG"}.get(name[-3:], "EXIF")
    software, settings = tags.get(group + ":Software"), tags.get(
        "PNG:Impasto" if group == "PNG" else "EXIF:ImageDescription")
    tap.ok(str(software).startswith("impasto 0."), f"exiftool: {name} names the program", software)
    tap.ok(settings == SETTINGS, f"exiftool: {name} has the settings", settings)
    if group == "PNG":
        right = tags["PNG:PixelUnits"] == 1 and close(tags["PNG:PixelsPerUnitX"] * 0.0254, x) \
                and close(tags["PNG:PixelsPerUnitY"] * 0.0254, y)
    else:
        right = tags["EXIF:ResolutionUnit"] == 2 and close(tags["EXIF:XResolution"], x) \
                and close(tags["EXIF:YResolution"], y) and tags["EXIF:Orientation"] == 1
    tap.ok(right, f"exiftool: {name} has the density, upright", tags)
    tap.ok("sRGB" in tags.get("ICC_Profile:ProfileDescription", "")
           and tags["ICC_Profile:ProfileDateTime"].startswith("2000:01:01"), f"exiftool: {name} has the profile", tags)
    complaints = [v for k, v in tags.items() if k.startswith("ExifTool:") and k.split(":")[1] in ("Warning", "Error")]
    tap.ok(not complaints, f"exiftool does not complain about {name}", complaints)


def test_metadata():
    if not shutil.which("exiftool"):
        tap.skip("metadata by exiftool", "exiftool is not installed (libimage-exiftool-perl)")
        return
    for name in ["k.png", "k.jpg"] + ["k.webp"] * WITH_WEBP + ["k.tif"] * WITH_TIFF:
        tags = exiftool(save(slopes(4), name, density=(300, 150.5), settings=SETTINGS))
        check_origin(name, tags, 300, 150.5)
        bare = exiftool(save(slopes(3), name))
        known = [k for k in bare if k.split(":")[-1] in
                 ("ImageDescription", "Impasto", "XResolution", "PixelsPerUnitX") and not k.startswith("JFIF")]
        tap.ok(not known, f"{name}: what is not known is not written", known)
    whole = exiftool(save(slopes(3), "l.jpg", density=(300, 240)))
    tap.ok((whole["JFIF:ResolutionUnit"], whole["JFIF:XResolution"], whole["JFIF:YResolution"]) == (1, 300, 240),
           "JFIF has whole densities", whole)


def test_hostile_densities():
    for x, y in (("nan", "nan"), (-5, 300), (1e30, 1e30), ("inf", 72), (300, 0), (1e-9, 1e-9)):
        path = save(slopes(3), "m.jpg", density=(x, y))
        tap.ok("dpi" not in Image.open(path).info or Image.open(path).info["dpi"] == (72, 72),
               f"a density of {x}, {y} counts as unknown", Image.open(path).info.get("dpi"))


test_lossless()
test_lossy()
test_alpha()
test_rounding()
test_standard_output()
test_depth_default()
test_profile()
test_metadata()
test_hostile_densities()
tap.done()
