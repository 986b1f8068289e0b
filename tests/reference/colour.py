#!/usr/bin/env python3
"""Writes tests/data/reference/colour.json: colours in the spaces in which a photograph's are kept, the maps
that give a painting the photograph's colours, and photographs painted in lightness alone, by numpy in
float64; tests/style/check_colour.c compares.

Usage: colour.py

Where there is a second way to the same thing it is taken here: matrices of XYZ come from the primaries'
chromaticities, the photograph's triangle from QR, roots from LAPACK; colours are paled by halves to the end."""
import itertools

import numpy
import torch

import reference

WAYS = ("cholesky", "pca", "symmetric")
SPACES = ("yuv", "luv", "lab")
LEAST_VARIANCE = 1e-5
# painting, photograph: a picture's name, and what is made of it
MATCHES = [("paint.png", "scene.png"), ("scene.png", "paint.png"), ("paint-odd.png", "scene-odd.png"),
           ("paint.png:grey", "scene.png"), ("paint.png", "scene.png:grey"), ("paint.png:flat", "scene.png"),
           ("paint.png", "scene.png:flat"), ("scene.png:faint", "paint.png")]


def colours():
    """Pixels x 3: a grid, with steps where the curves bend."""
    levels = [0, 0.01, 0.05, 0.3, 0.7, 1]
    return numpy.array(list(itertools.product(levels, levels, levels)))


# --- Spaces ---------------------------------------------------------------------------------------------

def xyz_of_linear():
    xy = numpy.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = numpy.column_stack([xy[:, 0] / xy[:, 1], numpy.ones(3), (1 - xy.sum(1)) / xy[:, 1]]).T
    white = numpy.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return primaries * numpy.linalg.solve(primaries, white), white


M, WHITE = xyz_of_linear()
YUV = numpy.array([[0.299, 0.587, 0.114],
                   [-0.299 * 0.492, -0.587 * 0.492, (1 - 0.114) * 0.492],
                   [(1 - 0.299) * 0.877, -0.587 * 0.877, -0.114 * 0.877]])


def to_linear(v):
    return numpy.where(v <= 0.04045, v / 12.92, ((numpy.maximum(v, 0) + 0.055) / 1.055) ** 2.4)


def to_srgb(v):
    return numpy.where(v <= 0.0031308, 12.92 * v, 1.055 * numpy.maximum(v, 0) ** (1 / 2.4) - 0.055)


def chromaticity(xyz):
    x, y, z = xyz[..., 0], xyz[..., 1], xyz[..., 2]
    d = x + 15 * y + 3 * z
    d = numpy.where(d > 0, d, 1)
    return 4 * x / d, 9 * y / d


def lightness(y):
    return numpy.where(y > (6 / 29) ** 3, 116 * numpy.cbrt(y) - 16, (29 / 3) ** 3 * y)


def split(rgb, space):
    if space == "yuv":
        return rgb @ YUV.T
    xyz = to_linear(rgb) @ M.T
    light = lightness(xyz[..., 1])
    if space == "luv":
        (u, v), (un, vn) = chromaticity(xyz), chromaticity(WHITE)
        return numpy.stack([light, 13 * light * (u - un), 13 * light * (v - vn)], -1)
    f = (lightness(xyz / WHITE) + 16) / 116
    return numpy.stack([light, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def join(c, space):
    """As light: of the values themselves (yuv), or linear."""
    if space == "yuv":
        return c @ numpy.linalg.inv(YUV).T
    def share(light):
        return numpy.where(light > 8, ((light + 16) / 116) ** 3, light * (3 / 29) ** 3)
    y = share(c[..., 0])
    with numpy.errstate(all="ignore"):
        if space == "luv":
            un, vn = chromaticity(WHITE)
            u, v = c[..., 1] / (13 * c[..., 0]) + un, c[..., 2] / (13 * c[..., 0]) + vn
            xyz = numpy.stack([y * 9 * u / (4 * v), y, y * (12 - 3 * u - 20 * v) / (4 * v)], -1)
            xyz = numpy.where(c[..., :1] > 0, xyz, 0)
        else:
            f = (c[..., 0] + 16) / 116
            xyz = numpy.stack([share(116 * (f + c[..., 1] / 500) - 16) * WHITE[0], y,
                               share(116 * (f - c[..., 2] / 200) - 16) * WHITE[2]], -1)
        return xyz @ numpy.linalg.inv(M).T


def keep(painted, photo, space):
    """The photograph's chroma on the painted lightness, paler where that is out of range; and the share
    of pixels for which it is."""
    own, c = split(painted, space), split(photo, space)
    c[..., 0] = own[..., 0]
    most, too_much = numpy.zeros(c.shape[:-1]), numpy.full(c.shape[:-1], 2.0)
    for _ in range(50):
        share = numpy.minimum((most + too_much) / 2, 1)
        light = join(c * numpy.stack([numpy.ones_like(share), share, share], -1), space)
        fits = numpy.all((light >= -1e-5) & (light <= 1 + 1e-5), -1)
        most, too_much = numpy.where(fits, share, most), numpy.where(fits, too_much, share)
    light = join(c * numpy.stack([numpy.ones_like(most), most, most], -1), space).clip(0, 1)
    return light if space == "yuv" else to_srgb(light), (most < 0.9999).mean()


# --- Matching -------------------------------------------------------------------------------------------

def pixels(name):
    name, _, change = name.partition(":")
    p = reference.picture(name).flatten(1).T.numpy()
    if change == "grey":
        p = numpy.repeat(p[:, :1], 3, 1)
    if change == "flat":
        p = numpy.repeat(p[:1], len(p), 0)
    if change == "faint":     # grey but for a hundredth of the green
        p = numpy.stack([p[:, 0], 0.99 * p[:, 0] + 0.01 * p[:, 1], p[:, 0]], 1)
    return p


def root(s, exponent=0.5, least=0.0):
    values, vectors = numpy.linalg.eigh(s)
    return vectors * numpy.maximum(values, least) ** exponent @ vectors.T


def triangle(s):
    """By Gram and Schmidt's method on the root, so that s may be singular."""
    r = numpy.linalg.qr(root(s))[1].T
    signs = numpy.where(numpy.diag(r) < 0, -1, 1)
    return r * signs


def match(painting, photo, way):
    wanted = numpy.cov(photo.T, bias=True)
    there = root(numpy.cov(painting.T, bias=True), 1, LEAST_VARIANCE)
    if way == "cholesky":
        matrix = triangle(wanted) @ numpy.linalg.inv(numpy.linalg.cholesky(there))
    elif way == "pca":
        matrix = root(wanted) @ numpy.linalg.inv(root(there))
    else:
        half = root(there)
        middle = root(half @ wanted @ half)
        matrix = numpy.linalg.solve(half, numpy.linalg.solve(half, middle).T)
    return {"way": way, "matrix": matrix.tolist(), "shift": (photo.mean(0) - matrix @ painting.mean(0)).tolist()}


def main():
    names = sorted({name.partition(":")[0] for pair in MATCHES for name in pair})
    data = reference.begin("Colours split, matched and kept by numpy in float64", names, None)
    data["colours"] = colours().tolist()
    data["spaces"] = {space: numpy.round(split(colours(), space), 9).tolist() for space in SPACES}
    data["matches"] = [{"painting": a, "photo": b,
                        "ways": [match(pixels(a), pixels(b), way) for way in WAYS]} for a, b in MATCHES]
    scene = reference.picture("scene.png").permute(1, 2, 0).numpy()
    data["kept"] = []
    for space in SPACES:
        kept, paler = keep(scene[::-1, ::-1], scene, space)
        data["kept"].append({"space": space, "paler": paler, "pixels": reference.fingerprint(
            torch.from_numpy(numpy.ascontiguousarray(kept.transpose(2, 0, 1))))})
    reference.write("colour.json", data)


if __name__ == "__main__":
    main()
