"""check_resize.py - resizing against PIL, which has the same convention.

check_resize.py PICTURE_TOOL
"""

import os
import subprocess
import sys

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import tap  # noqa: E402

TOOL = sys.argv[1]
FILTERS = {"bilinear": (0, Image.BILINEAR), "bicubic": (1, Image.BICUBIC), "lanczos": (2, Image.LANCZOS)}


def resize(rgb, alpha, width, height, number, linear=False):
    """rgb (h x w x 3) and alpha (h x w, or None), resized by impasto."""
    h, w = rgb.shape[:2]
    data = rgb.astype("<f4").tobytes() + (b"" if alpha is None else alpha.astype("<f4").tobytes())
    args = ["resize", w, h, int(alpha is not None), width, height, number, int(linear)]
    run = subprocess.run([TOOL] + [str(a) for a in args], input=data, capture_output=True, check=True)
    out = np.frombuffer(run.stdout, "<f4")
    n = width * height * 3
    return out[:n].reshape(height, width, 3), (None if alpha is None else out[n:].reshape(height, width))


def pil_planes(planes, width, height, resample):
    """Each plane resized by PIL in floating point."""
    return np.stack([np.asarray(Image.fromarray(planes[..., c].astype("f4"), "F")
                                .resize((width, height), resample))
                     for c in range(planes.shape[2])], axis=2)


def to_linear(v):
    v = v.astype("f8")
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0) + 0.055) / 1.055) ** 2.4)


def to_srgb(v):
    v = v.astype("f8")
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0) ** (1 / 2.4) - 0.055)


def picture(w, h, seed):
    """Edges, slopes and noise: all that a filter can get wrong."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    base = np.stack([x / max(w - 1, 1), y / max(h - 1, 1), ((x // 7 + y // 5) % 2)], axis=2)
    return np.round(255 * np.clip(0.8 * base + 0.2 * rng.random((h, w, 3)), 0, 1)) / 255


SIZES = [(97, 61, 40, 25), (97, 61, 200, 130), (97, 61, 97, 20), (64, 64, 63, 65), (640, 427, 512, 342),
         (50, 40, 1, 1), (1, 1, 7, 5), (1, 500, 3, 40), (500, 1, 40, 3), (3000, 4, 2, 9)]

# Both sum the same products; PIL in double with one rounding to float between the passes, impasto in
# float. 3000 products of at most 1 in float: 1e-5 is some 170 roundings, far beyond what was seen.
TOLERANCE = 1e-5


def test_against_float_planes():
    for name, (number, resample) in FILTERS.items():
        for i, (w, h, new_w, new_h) in enumerate(SIZES):
            rgb = picture(w, h, i)
            got, _ = resize(rgb, None, new_w, new_h, number)
            worst = np.abs(got - pil_planes(rgb, new_w, new_h, resample)).max()
            tap.ok(worst <= TOLERANCE, f"{name} {w}x{h} to {new_w}x{new_h} equals PIL's floats",
                   f"off by {worst}")


def test_against_bytes():
    """PIL rounds its weights and the values between its passes to 8 bits: one step at most."""
    for i, (w, h, new_w, new_h) in enumerate(SIZES):
        rgb = picture(w, h, i)
        pil = np.asarray(Image.fromarray(np.round(rgb * 255).astype("u1")).resize((new_w, new_h), Image.BILINEAR))
        got, _ = resize(rgb, None, new_w, new_h, 0)
        worst = np.abs(np.floor(got * 255 + 0.5) - pil).max()
        tap.ok(worst <= 1, f"bilinear {w}x{h} to {new_w}x{new_h} is within 1/255 of PIL's bytes", f"off by {worst}")


def test_linear_light():
    rgb = picture(97, 61, 3)
    got, _ = resize(rgb, None, 40, 25, 0, linear=True)
    want = to_srgb(pil_planes(to_linear(rgb), 40, 25, Image.BILINEAR))
    # The slope of the way back is 12.92 near black, which enlarges the error of the sums.
    worst = np.abs(got - want).max()
    tap.ok(worst <= 12.92 * TOLERANCE, "linear light equals PIL on linear planes", f"off by {worst}")
    checks = np.indices((64, 64)).sum(axis=0) % 2
    got, _ = resize(np.repeat(checks[..., None], 3, axis=2), None, 8, 8, 0, linear=True)
    # Half the light is 0.7354 in sRGB; within 0.02 since eight pixels' edges are not all averaged.
    tap.ok(abs(got[4, 4, 0] - 0.7354) < 0.02, "black and white squares keep their light", got[4, 4, 0])


def test_alpha():
    rgb, alpha = picture(97, 61, 4), np.random.default_rng(5).random((61, 97))
    for name, (number, resample) in FILTERS.items():
        for linear in (False, True):
            got, got_alpha = resize(rgb, alpha, 40, 25, number, linear)
            lin = to_linear(rgb) if linear else rgb
            planes = pil_planes(np.dstack([lin * alpha[..., None], alpha]), 40, 25, resample)
            want = np.clip(planes[..., :3] / planes[..., 3:], 0, 1)
            want = to_srgb(want) if linear else want
            # Alpha is weighted with 2^-20 added: 1e-6 of the colour, divided by alphas above 0.1.
            worst = max(np.abs(got - want).max(), np.abs(got_alpha - np.clip(planes[..., 3], 0, 1)).max())
            tap.ok(worst <= 20 * TOLERANCE, f"{name}: colours are weighted by alpha, {linear=}", f"off by {worst}")


def test_transparent_colours():
    rgb, alpha = np.zeros((32, 32, 3)), np.zeros((32, 32))
    rgb[:, :16], alpha[:, :16] = (0.25, 0.5, 0.75), 1.0
    rgb[:, 16:] = (1, 0, 1)
    got, got_alpha = resize(rgb, alpha, 5, 5, 0)
    tap.ok(np.abs(got[:, 2] - (0.25, 0.5, 0.75)).max() < 1e-4 and 0 < got_alpha[2, 2] < 1,
           "a transparent colour does not bleed into the edge", got[2, 2])
    tap.ok(np.abs(got[:, 4] - (1, 0, 1)).max() < 1e-4 and got_alpha[2, 4] == 0,
           "a colour below full transparency is kept", got[2, 4])
    for number in (1, 2):
        got, got_alpha = resize(rgb, alpha, 70, 11, number)
        tap.ok(np.isfinite(got).all() and got.min() >= 0 and got.max() <= 1 and got_alpha.min() >= 0
               and got_alpha.max() <= 1, f"filter {number} rings but stays in range at an edge of alpha")


def test_large():
    """A photograph of a camera to a size for painting. The limit, of processor time, only catches a loss of the order of ten."""
    rgb = np.random.default_rng(6).random((3456, 5184, 3), dtype="f4")
    start = os.times()
    got, _ = resize(rgb, None, 512, 341, 2, linear=True)
    seconds = sum(b - a for a, b in zip(start[:4], os.times()))
    tap.ok(seconds < 30, "18 megapixels are soon done", seconds)
    print(f"# 18 megapixels, Lanczos, linear light, with reading and writing: {seconds:.2f} s of processors")
    # 10 x 10 source pixels and more enter each: noise around the mean light, within six deviations.
    tap.ok(np.abs(to_linear(got).mean() - to_linear(rgb[:100]).mean()) < 0.01, "and their mean light stays")


test_against_float_planes()
test_against_bytes()
test_linear_light()
test_alpha()
test_transparent_colours()
test_large()
tap.done()
