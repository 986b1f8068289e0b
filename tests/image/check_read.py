"""check_read.py - reading pictures: against PIL's decoding of the same files, and against known samples
where PIL has no such mode.

check_read.py DECODE_DUMP [with-webp] [with-tiff]
"""

import io
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageCms, ImageOps

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import make_icc as icc  # noqa: E402
import make_png as png  # noqa: E402
import make_tiff as tiff  # noqa: E402
import tap  # noqa: E402
from decoder import Decoder  # noqa: E402

HAVE_WEBP, HAVE_TIFF = "with-webp" in sys.argv, "with-tiff" in sys.argv
EXACT = 1e-7            # v / 255 and v / 65535 are the nearest floats: half an ulp of 1 is 6e-8
STEP = 1 / 255
folder = tempfile.TemporaryDirectory(prefix="impasto-read.")
decoder = Decoder(sys.argv[1], folder.name)


def noise(w, h, n, most=255, seed=1):
    return np.random.default_rng(seed).integers(0, most + 1, (h, w, n))


def smooth(w, h, n, seed=1):
    """Slopes: what JPEG is made for, all values within 8 bits."""
    x, y = np.meshgrid(np.linspace(0, 1, w), np.linspace(0, 1, h))
    waves = [0.5 + 0.5 * np.sin(3 * x * (c + 1) + 2 * y * seed + c) for c in range(n)]
    return np.round(255 * np.stack(waves, -1)).astype("u1")


def widen(v):
    """Grey to three channels, grey and alpha to four."""
    return v[..., [0, 0, 0] + list(range(1, v.shape[-1]))] if v.shape[-1] < 3 else v


def same(name, data, want, tolerance=EXACT, depth=8, transparent=False, **more):
    """The file decodes into `want` (h x w x 3 or 4). `transparent`: colours count by their alpha.
    `more`: density, settings."""
    got = decoder.decode(data)
    if not got.ok:
        return tap.ok(False, name, got.message)
    if got.pixels.shape != want.shape:
        return tap.ok(False, name, f"shape {got.pixels.shape}, not {want.shape}")
    distance = np.abs(got.pixels - want)
    if transparent:
        distance[..., :3] *= want[..., 3:]
    why = [f"off by {distance.max() * 255:.4f}/255, allowed {tolerance * 255:.4f}/255"] \
        if not distance.max() <= tolerance else []
    if got.depth != depth:
        why.append(f"depth {got.depth}, not {depth}")
    if "density" in more and not np.allclose(got.density, more["density"], rtol=1e-4):
        why.append(f"density {got.density}, not {more['density']}")
    if "settings" in more and got.settings != more["settings"]:
        why.append(f"settings {got.settings!r}, not {more['settings']!r}")
    return tap.ok(not why, name, "; ".join(why))


def refused(name, data, status, *words, path=None):
    got = decoder.decode(data, path)
    text = "" if got.ok else got.message
    fine = not got.ok and got.status == status and text.startswith(got.path + ": ") \
        and all(w in text for w in words)
    tap.ok(fine, name, f"status {got.status}: {text}" if not got.ok else "was read")


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pil(data, mode=None):
    image = Image.open(io.BytesIO(data))
    return widen(np.atleast_3d(np.asarray(image.convert(mode) if mode else image))) / 255


def as_float(samples, depth):
    return widen(samples) / (2.0 ** depth - 1)


# --- JPEG: the same library decodes for PIL and for impasto, so nothing may differ ----------------

def segments(data):
    """(marker, whole segment) up to the first scan, and the rest."""
    parts, at = [], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        parts.append((data[at + 1], data[at:end]))
        at = end
    return parts, data[at:]


def with_segments(data, drop=(), add=b""):
    parts, rest = segments(data)
    return data[:2] + add + b"".join(s for m, s in parts if m not in drop) + rest


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def adobe(transform):
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def check_jpeg():
    for w, h in [(1, 1), (17, 13), (64, 48), (1, 90), (90, 1)]:
        data = saved(Image.fromarray(smooth(w, h, 3)), "JPEG", quality=90)
        same(f"JPEG {w}x{h}", data, pil(data))
    image = Image.fromarray(noise(45, 31, 3).astype("u1"))
    for name, options in {"4:4:4": {"subsampling": 0}, "4:2:2": {"subsampling": 1},
                          "4:2:0": {"subsampling": 2}, "progressive": {"progressive": True},
                          "quality 5": {"quality": 5}, "optimised": {"optimize": True}}.items():
        data = saved(image, "JPEG", **options)
        same(f"JPEG {name}", data, pil(data))
    for progressive in [False, True]:
        data = saved(image.convert("L"), "JPEG", progressive=progressive)
        same(f"JPEG grey, progressive {progressive}", data, pil(data))
    data = saved(Image.fromarray(smooth(33, 20, 3)), "JPEG")
    data = with_segments(data, drop=[0xE0], add=adobe(0))
    same("JPEG of plain RGB, as Adobe says", data, pil(data))
    data = data[:2] + b"\xff\xff\xff" + data[3:] + b"more after the end"
    same("JPEG with filling before a marker and bytes after its end", data, pil(data))
    at = data.index(b"\xff\xc0")
    refused("JPEG of 12 bits", data[:at + 4] + b"\x0c" + data[at + 5:], EFORMAT, "rare kind", "convert")
    refused("JPEG without loss", data[:at] + b"\xff\xc3" + data[at + 2:], EFORMAT, "rare kind", "convert")
    check_jpeg_cmyk()


def check_jpeg_cmyk():
    # PIL's own rounding of (1 - ink) (1 - black) to 8 bits is half a step.
    for progressive in [False, True]:
        data = saved(Image.fromarray(smooth(37, 29, 4), "CMYK"), "JPEG", progressive=progressive)
        same(f"JPEG CMYK, Adobe's inverted, progressive {progressive}", data, pil(data, "RGB"), 0.6 * STEP)
    ycck = with_segments(data, drop=[0xEE], add=adobe(2))
    same("JPEG YCCK", ycck, pil(ycck, "RGB"), 0.6 * STEP)
    plain = with_segments(data, drop=[0xEE])
    ink = 1 - pil(plain, "CMYK")      # PIL takes every such file for Adobe's
    same("JPEG CMYK without Adobe's marker is not inverted", plain,
         (1 - ink[..., :3]) * (1 - ink[..., 3:]))


# --- PNG: exact ----------------------------------------------------------------------------------

def check_png():
    for kind, name, n, depths in [(png.GREY, "grey", 1, [1, 2, 4, 8, 16]), (png.RGB, "RGB", 3, [8, 16]),
                                  (png.GREY_ALPHA, "grey and alpha", 2, [8, 16]),
                                  (png.RGB_ALPHA, "RGB and alpha", 4, [8, 16])]:
        for depth in depths:
            for interlaced in [False, True]:
                v = noise(21, 18, n, 2 ** depth - 1)
                same(f"PNG {name} of {depth} bits{', interlaced' * interlaced}",
                     png.make_png(v, depth, kind, interlaced), as_float(v, depth), depth=max(8, depth))
    for depth in [1, 2, 4, 8]:
        colours, alpha = noise(2 ** depth, 1, 3, 255, 7)[0], noise(2 ** depth, 1, 1, 255, 8)[0, :, 0]
        for interlaced in [False, True]:
            v = noise(21, 18, 1, 2 ** depth - 1)
            same(f"PNG palette of {depth} bits{', interlaced' * interlaced}",
                 png.make_png(v, depth, png.INDEXED, interlaced, png.palette(colours)),
                 colours[v[..., 0]] / 255)
        same(f"PNG palette of {depth} bits with alpha",
             png.make_png(v, depth, png.INDEXED, False, png.palette(colours, alpha)),
             np.concatenate([colours[v[..., 0]], alpha[v]], -1) / 255)
    check_png_transparent()
    for w, h in [(1, 1), (1, 300), (300, 1), (3, 3)]:
        v = noise(w, h, 3)
        same(f"PNG {w}x{h}, interlaced", png.make_png(v, 8, png.RGB, True), v / 255)
    data = saved(Image.fromarray(smooth(60, 40, 3)), "PNG", optimize=True)
    same("PNG by PIL, all filters", data, pil(data))


def check_png_transparent():
    for depth in [1, 2, 4, 8, 16]:
        v = noise(19, 7, 1, min(2 ** depth - 1, 5))
        want = np.concatenate([as_float(v, depth), v != 1], -1)
        same(f"PNG grey of {depth} bits with a transparent value",
             png.make_png(v, depth, png.GREY, before=png.transparent(1)), want, depth=max(8, depth))
    for depth in [8, 16]:
        v = noise(19, 7, 3, 2 ** depth - 1)
        v[2, 3] = v[5, 6] = [1, 2, 255]
        want = np.concatenate([v / (2 ** depth - 1), (v != [1, 2, 255]).any(-1, keepdims=True)], -1)
        same(f"PNG RGB of {depth} bits with a transparent colour",
             png.make_png(v, depth, png.RGB, before=png.transparent(1, 2, 255)), want, depth=depth)


# --- WebP ----------------------------------------------------------------------------------------

def check_webp():
    rgba = Image.fromarray(noise(40, 30, 4).astype("u1"), "RGBA")
    lossless = {"lossless": True, "exact": True}
    rgb = rgba.convert("RGB")
    same("WebP lossless", saved(rgb, "WEBP", **lossless), np.asarray(rgb) / 255)
    same("WebP lossless with alpha", saved(rgba, "WEBP", **lossless), np.asarray(rgba) / 255)
    for w, h in [(1, 1), (17, 13), (64, 48)]:
        data = saved(Image.fromarray(smooth(w, h, 3)), "WEBP", quality=80)
        same(f"WebP lossy {w}x{h}", data, pil(data, "RGB"))   # the same library: exact
    data = saved(Image.fromarray(smooth(50, 40, 4), "RGBA"), "WEBP", quality=80)
    same("WebP lossy with alpha", data, pil(data), transparent=True)
    data = saved(rgba, "WEBP", save_all=True, append_images=[rgba.rotate(180)], duration=40)
    refused("WebP animation", data, EFORMAT, "animated", "2 frames")


# --- TIFF: exact but for YCbCr -----------------------------------------------------------

LAYOUTS = {"strips": {}, "one strip": {"rows": 1 << 16}, "tiles": {"tile": (16, 16)},
           "planes apart": {"apart": True}, "tiled planes": {"apart": True, "tile": (32, 16)},
           "big endian": {"order": ">"}, "BigTIFF": {"big": True}, "deflated": {"deflate": True},
           "predicted": {"deflate": True, "predictor": True}}


def check_tiff():
    for layout, options in LAYOUTS.items():
        for depth in [8, 16]:
            for n, kind in [(1, tiff.BLACK_IS_ZERO), (3, tiff.RGB)]:
                v = noise(35, 27, n, 2 ** depth - 1)
                same(f"TIFF {layout}, {n} of {depth} bits", tiff.make_tiff(v, depth, kind, **options),
                     as_float(v, depth), depth=depth)
    for depth in [1, 2, 4, 8, 16]:
        most = 2 ** depth - 1
        v = noise(21, 17, 1, most)
        for kind, want in [(tiff.BLACK_IS_ZERO, v), (tiff.WHITE_IS_ZERO, most - v)]:
            same(f"TIFF grey of {depth} bits, photometric {kind}", tiff.make_tiff(v, depth, kind),
                 as_float(want, depth), depth=max(8, depth))
    for depth in [1, 2, 4, 8]:
        v, colours = noise(21, 17, 1, 2 ** depth - 1), noise(2 ** depth, 1, 3, 255, 5)[0]
        data = tiff.make_tiff(v, depth, tiff.PALETTE, tags=tiff.colour_map(colours))
        same(f"TIFF palette of {depth} bits", data, colours[v[..., 0]] / 255)
    check_tiff_alpha()
    check_tiff_other_colours()
    check_tiff_by_pil()
    refused("TIFF of Lab", tiff.make_tiff(noise(9, 9, 3), 8, tiff.LAB), EFORMAT, "photometric 8", "convert")
    refused("TIFF of floats", tiff.make_tiff(noise(9, 9, 1), 8, tiff.BLACK_IS_ZERO,
            tags={258: (tiff.SHORT, [32]), 339: (tiff.SHORT, [3])}), EFORMAT, "floating-point", "convert")


def check_tiff_alpha():
    for depth in [8, 16]:
        most = 2 ** depth - 1
        v = noise(21, 17, 4, most)
        for apart in [False, True]:
            data = tiff.make_tiff(v, depth, tiff.RGB, extra=[tiff.UNASSOCIATED], apart=apart)
            same(f"TIFF alpha of {depth} bits, apart {apart}", data, v / most, depth=depth)
        rgb, alpha = v[..., :3] / most, v[..., 3:] / most
        stored = np.round(np.concatenate([rgb * alpha, alpha], -1) * most).astype("i8")
        data = tiff.make_tiff(stored, depth, tiff.RGB, extra=[tiff.ASSOCIATED])
        # Half a step of the stored colour, over alpha: weighted by alpha, half a step again.
        same(f"TIFF premultiplied alpha of {depth} bits", data, v / most, 0.51 / most, depth, True)
        data = tiff.make_tiff(v[..., :2], depth, tiff.BLACK_IS_ZERO, extra=[tiff.UNASSOCIATED])
        same(f"TIFF grey and alpha of {depth} bits", data, widen(v[..., :2]) / most, depth=depth)
        v = noise(21, 17, 6, most)
        data = tiff.make_tiff(v, depth, tiff.RGB, extra=[0, tiff.UNASSOCIATED, 0])
        same(f"TIFF alpha among other samples of {depth} bits", data, v[..., [0, 1, 2, 4]] / most,
             depth=depth)
        data = tiff.make_tiff(v, depth, tiff.RGB, extra=[0, 0, 0])
        same(f"TIFF samples of no known use, {depth} bits", data, v[..., :3] / most, depth=depth)


def check_tiff_other_colours():
    for depth in [8, 16]:
        v = noise(21, 17, 4, 2 ** depth - 1)
        ink = v / (2 ** depth - 1)
        want = (1 - ink[..., :3]) * (1 - ink[..., 3:])
        for apart in [False, True]:
            data = tiff.make_tiff(v, depth, tiff.CMYK, apart=apart)
            same(f"TIFF CMYK of {depth} bits, apart {apart}", data, want, depth=depth)
    v = noise(20, 16, 3)
    y, cb, cr = v[..., 0], v[..., 1] - 128.0, v[..., 2] - 128.0
    want = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)
    want = np.clip(want, 0, 255)
    data = tiff.make_tiff(v, 8, tiff.YCBCR, tags={530: (tiff.SHORT, [1, 1])})
    same("TIFF YCbCr, not compressed", data, want / 255, 1.5 * STEP)   # integer tables, rounded twice


def check_tiff_by_pil():
    rgb = Image.fromarray(smooth(70, 50, 3))
    for compression in ["tiff_lzw", "packbits", "tiff_deflate", "lzma", "zstd"]:
        for image in [rgb, rgb.convert("L"), rgb.convert("P"), rgb.convert("CMYK").convert("RGBA")]:
            try:
                data = saved(image, "TIFF", compression=compression)
            except OSError:
                tap.skip(f"TIFF {compression} {image.mode}", "PIL's libtiff cannot write it")
                continue
            want = np.asarray(image.convert("RGB") if image.mode == "P" else image)
            same(f"TIFF {compression} {image.mode}", data, widen(np.atleast_3d(want)) / 255)
    bilevel = rgb.convert("1")
    data = saved(bilevel, "TIFF", compression="group4")
    same("TIFF fax, group 4", data, widen(np.atleast_3d(np.asarray(bilevel))) * 1.0)
    for image in [rgb, rgb.convert("L")]:
        data = saved(image, "TIFF", compression="jpeg")
        same(f"TIFF jpeg {image.mode}", data, pil(data))
    for subsampling in [(1, 1), (2, 2)]:
        jpeg = saved(rgb, "JPEG", subsampling=0 if subsampling == (1, 1) else 2)
        data = tiff.make_tiff(np.asarray(rgb), 8, tiff.YCBCR, rows=50, stored=[jpeg],
                              tags={259: (tiff.SHORT, [7]), 530: (tiff.SHORT, subsampling)})
        same(f"TIFF jpeg YCbCr, subsampled {subsampling}", data, pil(jpeg))


# --- Upright -------------------------------------------------------------------------------------

UPRIGHT = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
           5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1),
           7: lambda a: a[::-1, ::-1].transpose(1, 0, 2), 8: lambda a: np.rot90(a)}


def orientation(n, order="<"):
    """An EXIF block that also says 100 x 50 pixels per inch as stored."""
    return tiff.make_exif({274: (tiff.SHORT, [n]), 282: (tiff.RATIONAL, [100]), 283: (tiff.RATIONAL, [50]),
                           296: (tiff.SHORT, [2])}, order)


def check_orientation():
    v = noise(13, 8, 4)
    jpeg = saved(Image.fromarray(smooth(13, 8, 3)), "JPEG")
    jpeg = with_segments(jpeg, drop=[0xE0])
    for n in range(1, 9):
        want, dots = UPRIGHT[n](v) / 255, (100, 50) if n < 5 else (50, 100)
        for order in "<>":
            block = orientation(n, order)
            data = with_segments(jpeg, add=segment(0xE1, b"Exif\0\0" + block))
            turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            same(f"orientation {n} in JPEG, {order}", data, np.asarray(turned) / 255, density=dots)
            same(f"orientation {n} in PNG, {order}",
                 png.make_png(v, 8, png.RGB_ALPHA, before=png.exif(block)), want, density=dots)
        if HAVE_WEBP:
            data = saved(Image.fromarray(v.astype("u1"), "RGBA"), "WEBP", lossless=True, exact=True,
                         exif=orientation(n))
            same(f"orientation {n} in WebP", data, want, density=dots)
        if HAVE_TIFF:
            tags = {274: (tiff.SHORT, [n]), 282: (tiff.RATIONAL, [100]), 283: (tiff.RATIONAL, [50])}
            same(f"orientation {n} in TIFF", tiff.make_tiff(v, 8, tiff.RGB, extra=[2], tags=tags), want,
                 density=dots)
    same("orientation 9 is none",
         png.make_png(v, 8, png.RGB_ALPHA, before=png.exif(orientation(9))), v / 255)


# --- Profiles ------------------------------------------------------------------------------------

# Numbers in a profile have 16 fractional bits: half of the last one in each of three products of two
# matrices, on the steepest part of sRGB's curve (12.92), comes to about 0.1 of an 8-bit step.
FINE = 0.1 * STEP


def check_profiles():
    wide, grey = icc.rgb_profile(icc.ADOBE, 563 / 256), icc.grey_profile(1.8)
    for depth in [8, 16]:
        most = 2 ** depth - 1
        v = noise(30, 20, 4, most)
        rgb = icc.rgb_meaning(v[..., :3] / most, icc.ADOBE, 563 / 256)
        want = np.concatenate([rgb, v[..., 3:] / most], -1)
        data = png.make_png(v, depth, png.RGB_ALPHA, before=png.profile(wide))
        same(f"profile of RGB in PNG, {depth} bits", data, want, FINE, depth)
        want = widen(icc.grey_meaning(v[..., :1] / most, 1.8))
        data = png.make_png(v[..., :1], depth, png.GREY, before=png.profile(grey))
        same(f"profile of grey in PNG, {depth} bits", data, want, FINE, depth)
        if HAVE_TIFF:
            data = tiff.make_tiff(v[..., :1], depth, tiff.BLACK_IS_ZERO, tags={34675: (tiff.UNDEFINED, grey)})
            same(f"profile of grey in TIFF, {depth} bits", data, want, FINE, depth)
    data = saved(Image.fromarray(smooth(40, 30, 3)), "JPEG", icc_profile=wide)
    same("profile of RGB in JPEG", data, icc.rgb_meaning(pil(data), icc.ADOBE, 563 / 256), FINE)
    # PIL's conversion goes through 8-bit tables of its own.
    other = ImageCms.profileToProfile(Image.open(io.BytesIO(data)), io.BytesIO(wide),
                                      ImageCms.createProfile("sRGB"))
    same("profile of RGB in JPEG, against PIL", data, np.asarray(other) / 255, 2 * STEP)
    if HAVE_WEBP:
        v = noise(30, 20, 3).astype("u1")
        data = saved(Image.fromarray(v), "WEBP", lossless=True, icc_profile=wide)
        same("profile of RGB in WebP", data, icc.rgb_meaning(v / 255, icc.ADOBE, 563 / 256), FINE)
    check_profiles_cmyk()
    check_profiles_ignored(wide, grey)
    check_png_gamma()


def cmyk_by_pil(image, profile):
    # 0x0100: no shortcut through a coarser table. What is left is the rounding to 8 bits in and out.
    return np.asarray(ImageCms.profileToProfile(image, io.BytesIO(profile), ImageCms.createProfile("sRGB"),
                                                outputMode="RGB", flags=0x0100)) / 255


def check_profiles_cmyk():
    profile = icc.cmyk_profile()
    data = saved(Image.fromarray(smooth(40, 30, 4), "CMYK"), "JPEG", icc_profile=profile)
    same("profile of CMYK in JPEG", data, cmyk_by_pil(Image.open(io.BytesIO(data)), profile), 2 * STEP)
    if HAVE_TIFF:
        v = noise(30, 20, 4)
        want = cmyk_by_pil(Image.fromarray(v.astype("u1"), "CMYK"), profile)
        for depth, scale in [(8, 1), (16, 257)]:
            data = tiff.make_tiff(v * scale, depth, tiff.CMYK, tags={34675: (tiff.UNDEFINED, profile)})
            same(f"profile of CMYK in TIFF, {depth} bits", data, want, 2 * STEP, depth)


def check_profiles_ignored(wide, grey):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    v = noise(30, 20, 3)
    table = icc.curve_tag(icc.srgb_decode(np.linspace(0, 1, 1024)))
    another = icc.rgb_profile([(0.64001, 0.32999), (0.30002, 0.6), (0.14999, 0.06002)], curve=table)
    ignored = {"sRGB": srgb, "sRGB by another maker": another, "damaged": wide[:200],
               "noise": noise(500, 1, 1).astype("u1").tobytes(), "short": b"abc", "of grey": grey,
               "of CMYK": icc.cmyk_profile(3),
               "with its tags cut": wide[:150] + b"\xff" * (len(wide) - 150)}
    for name, profile in ignored.items():
        data = png.make_png(v, 8, png.RGB, before=png.profile(profile))
        same(f"profile {name} in RGB changes nothing", data, v / 255)
    data = saved(Image.fromarray(smooth(40, 30, 3)), "JPEG", icc_profile=srgb)
    same("profile sRGB in JPEG changes nothing", data, pil(data))


def check_png_gamma():
    v = noise(30, 20, 3)
    primaries = [*icc.D65, *sum(icc.ADOBE, ())]
    for name, chunks, want in [
            ("of 1/2.2", png.gamma(0.45455), v / 255),
            ("of 1/2.2 and sRGB's primaries", png.gamma(0.45455, [*icc.D65, *sum(icc.SRGB, ())]), v / 255),
            ("of 1", png.gamma(1), icc.rgb_meaning(v / 255, icc.SRGB, 1)),
            ("of 1/1.8", png.gamma(0.55556), icc.rgb_meaning(v / 255, icc.SRGB, 1.8)),
            ("of 1 and other primaries", png.gamma(1, primaries), icc.rgb_meaning(v / 255, icc.ADOBE, 1)),
            ("overruled by sRGB", png.gamma(1) + png.chunk(b"sRGB", b"\0"), v / 255),
            ("of 0", png.gamma(0), v / 255), ("of 20000", png.gamma(20000), v / 255)]:
        # Gamma 1.8 stands in the file as 1 / 0.55556 and in the formula in steps of 1/256.
        same(f"PNG gamma {name}", png.make_png(v, 8, png.RGB, before=chunks), want,
             EXACT if np.array_equal(want, v / 255) else 4 * FINE if "1.8" in name else FINE)
    data = png.make_png(v[..., :1], 8, png.GREY, before=png.gamma(1))
    same("PNG gamma of 1, grey", data, widen(icc.grey_meaning(v[..., :1] / 255, 1)), FINE)


# --- Density and settings ------------------------------------------------------------------------

JSON = '{"preset": "default", "text": "\u00fcber 1/2"}'


def settings_tags(software="impasto 0.1.0"):
    return {270: (tiff.ASCII, JSON.encode() + b"\0"), 305: (tiff.ASCII, software)}


def check_metadata():
    v = noise(9, 7, 3)
    plain = png.make_png(v, 8, png.RGB)
    same("nothing known of density and settings", plain, v / 255, density=(0, 0), settings="")
    data = png.make_png(v, 8, png.RGB, before=png.density(11811, 5906))
    same("density in PNG", data, v / 255, density=(300, 150))
    for kind in ["iTXt", "tEXt", "zTXt"]:
        for place in ["before", "after"]:
            text = JSON if kind == "iTXt" else JSON.replace("\u00fc", "u")
            chunks = {place: png.text("Comment", "none") + png.text("impasto", text, kind)}
            same(f"settings in PNG, {kind} {place} the pixels", png.make_png(v, 8, png.RGB, **chunks), v / 255,
                 settings=text)
    same("settings in PNG that are no object", png.make_png(v, 8, png.RGB, before=png.text("impasto", "x")),
         v / 255, settings="")
    image = Image.fromarray(v.astype("u1"))
    data = saved(image, "JPEG", dpi=(300, 200))
    same("density in JPEG", data, pil(data), density=(300, 200))
    parts = segment(0xE0, b"JFIF\0\1\1\2" + struct.pack(">HH", 100, 50) + b"\0\0")
    data = with_segments(data, drop=[0xE0], add=parts)
    same("density in JPEG, per centimetre", data, pil(data), density=(254, 127))
    check_settings(image, v)


def check_settings(image, v):
    for software, want in [("impasto 0.1.0", JSON), ("another", "")]:
        block = tiff.make_exif(settings_tags(software))
        data = with_segments(saved(image, "JPEG"), add=segment(0xE1, b"Exif\0\0" + block))
        same(f"description by {software} in JPEG", data, pil(data), settings=want)
        if HAVE_WEBP:
            data = saved(image, "WEBP", lossless=True, exif=block)
            same(f"description by {software} in WebP", data, v / 255, settings=want)
        if HAVE_TIFF:
            data = tiff.make_tiff(v, 8, tiff.RGB, tags=settings_tags(software))
            same(f"description by {software} in TIFF", data, v / 255, settings=want)
    if HAVE_TIFF:
        tags = {282: (tiff.RATIONAL, [100]), 283: (tiff.RATIONAL, [50]), 296: (tiff.SHORT, [3])}
        same("density in TIFF, per centimetre", tiff.make_tiff(v, 8, tiff.RGB, tags=tags), v / 255,
             density=(254, 127))


# --- What is refused -----------------------------------------------------------------------------

EINVAL, ENOMEM, EIO, EFORMAT, ELIMIT, EUNSUPPORTED = -1, -2, -3, -4, -5, -7


def check_refusals():
    image = Image.fromarray(smooth(20, 10, 3))
    for name, data, words in [
            ("GIF", saved(image, "GIF"), ["a GIF picture", "convert"]),
            ("BMP", saved(image, "BMP"), ["a BMP picture", "convert"]),
            ("PNM", saved(image, "PPM"), ["a PNM picture", "convert"]),
            ("PDF", saved(image, "PDF"), ["a PDF document"]),
            ("JPEG 2000", saved(image, "JPEG2000"), ["a JPEG 2000 picture"]),
            ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", ["a HEIC picture", "convert"]),
            ("AVIF", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", ["an AVIF picture"]),
            ("a web page", b"<!DOCTYPE html>\n<html></html>", ["a web page"]),
            ("text", b"Dear reader", ["not a picture", "JPEG, PNG, WebP, TIFF"]),
            ("one byte", b"\xff", ["not a picture"])]:
        refused(f"{name} is named and refused", data, EFORMAT, *words)
    refused("an empty file", b"", EIO, "is empty")
    refused("a folder", None, EIO, "is a folder", path=folder.name)
    refused("a missing file", None, EIO, "No such file", path=os.path.join(folder.name, "none.png"))
    v = noise(9, 7, 3)
    got = decoder.decode(png.make_png(v, 8, png.RGB), os.path.join(folder.name, "lies.jpg"))
    tap.ok(got.ok and np.allclose(got.pixels, v / 255), "a PNG named .jpg is read as what it is",
           got.message)
    line = decoder.from_stdin(png.make_png(v, 8, png.RGB))
    tap.ok(line.startswith("ok 9 7 8 "), "standard input", line)
    line = decoder.from_stdin(b"no picture")
    tap.ok(line.startswith(f"{EFORMAT} standard input: "), "standard input that is no picture", line)


def check_left_out():
    """A build without a part says so."""
    image = Image.fromarray(smooth(20, 10, 3))
    if not HAVE_WEBP:
        refused("WebP was left out", saved(image, "WEBP"), EUNSUPPORTED, "without WebP")
    if not HAVE_TIFF:
        refused("TIFF was left out", saved(image, "TIFF"), EUNSUPPORTED, "without TIFF")


def check_limits():
    data = png.make_png(noise(30, 20, 3), 8, png.RGB)
    for limits, fits, word in [((600, 30, len(data)), True, ""), ((599, 30, len(data)), False, "max-pixels"),
                               ((600, 29, len(data)), False, "max-side"),
                               ((600, 30, len(data) - 1), False, "limit")]:
        got = Decoder(sys.argv[1], folder.name, limits).decode(data)
        fine = got.ok if fits else not got.ok and got.status == ELIMIT and word in got.message
        tap.ok(fine, f"limits {limits}", got.message)


check_jpeg()
check_png()
if HAVE_WEBP:
    check_webp()
if HAVE_TIFF:
    check_tiff()
check_orientation()
check_profiles()
check_metadata()
check_refusals()
check_left_out()
check_limits()
tap.ok(decoder.close() == 0, "the program ends well")
tap.done()
