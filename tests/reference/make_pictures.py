#!/usr/bin/env python3
"""Writes tests/data/reference/*.png: a scene, a painting, and parts of them, all drawn here.

Needs NumPy and PIL. There is a little noise everywhere and nothing is clipped: in a flat area the
maxima of a pool are equal but for rounding, and no two programs agree where their gradient goes."""
import os

import numpy
from PIL import Image

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "reference")


def smooth_noise(random, height, width, cell):
    """Uniform noise on a lattice `cell` pixels wide, interpolated: about [0, 1]."""
    rows, columns = int(height / cell) + 3, int(width / cell) + 3
    lattice = random.random((rows, columns))
    y, x = numpy.arange(height) / cell, numpy.arange(width) / cell
    top, left = y.astype(int), x.astype(int)
    fy, fx = (y - top)[:, None], (x - left)[None, :]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    top, left = top[:, None], left[None, :]
    return ((lattice[top, left] * (1 - fx) + lattice[top, left + 1] * fx) * (1 - fy)
            + (lattice[top + 1, left] * (1 - fx) + lattice[top + 1, left + 1] * fx) * fy)


def fractal(random, height, width, cell, octaves):
    total = sum(0.5 ** k * smooth_noise(random, height, width, max(cell / 2 ** k, 1)) for k in range(octaves))
    return total / sum(0.5 ** k for k in range(octaves))


def mix(picture, colour, mask):
    """`colour` laid over the picture where mask is 1."""
    mask = numpy.clip(mask, 0, 1)[..., None]
    return picture * (1 - mask) + numpy.asarray(colour) * mask


def tint(a, b, amount):
    amount = numpy.clip(amount, 0, 1)[..., None]
    return numpy.asarray(a) * (1 - amount) + numpy.asarray(b) * amount


def scene(height, width):
    """Hills behind a lake, a house with windows, trees and grass; drawn twice as large, then halved."""
    random = numpy.random.default_rng(19)
    h, w = 2 * height, 2 * width
    y, x = numpy.mgrid[0:h, 0:w] / h
    clouds = fractal(random, h, w, w / 4, 6)
    picture = tint((0.22, 0.42, 0.74), (0.84, 0.76, 0.66), y * 1.9)
    picture = mix(picture, (0.93, 0.92, 0.90), (clouds - 0.5) * 6 * (0.6 - y))
    picture = mix(picture, (0.95, 0.88, 0.62), numpy.exp(-((x - 1.05) ** 2 + (y - 0.18) ** 2) * 90))

    for depth in range(3):              # hills, each nearer one darker and greener
        ridge = 0.30 + 0.09 * depth + 0.16 * (fractal(random, 1, w, w / (3 + depth), 7)[0] - 0.5)
        rock = fractal(random, h, w, 30, 5)
        colour = tint((0.40 - 0.1 * depth, 0.44 - 0.05 * depth, 0.55 - 0.16 * depth),
                      (0.58 - 0.1 * depth, 0.56 - 0.03 * depth, 0.58 - 0.18 * depth), rock * 1.6 - 0.3)
        picture = mix(picture, colour, (y - ridge[None, :]) * h / 2)

    ripples = numpy.sin((y ** 1.5 * 260) + 9 * fractal(random, h, w, 80, 3)) * 0.5 + 0.5
    picture = mix(picture, tint((0.12, 0.26, 0.40), (0.62, 0.70, 0.74), ripples * (1.45 - y)), (y - 0.60) * h / 2)
    shore = 0.74 + 0.05 * numpy.sin(x * 4) + 0.02 * fractal(random, h, w, 25, 4)
    blades = fractal(random, h, w, 7, 3) + 0.4 * numpy.sin(x * 700 + 30 * smooth_noise(random, h, w, 20))
    picture = mix(picture, tint((0.10, 0.22, 0.07), (0.52, 0.58, 0.20), blades), (y - shore) * h / 2)

    house = (numpy.abs(x - 0.32) < 0.13) & (numpy.abs(y - 0.68) < 0.11)
    brick = ((y * 95 % 1 < 0.18) | ((x * 48 + (y * 95 // 1) % 2 / 2) % 1 < 0.10)).astype(float)
    picture = mix(picture, tint((0.62, 0.28, 0.20), (0.74, 0.68, 0.60), brick), house.astype(float))
    roof = (y - 0.44 > numpy.abs(x - 0.32) * 0.8) & (y < 0.58)
    picture = mix(picture, tint((0.20, 0.18, 0.22), (0.34, 0.30, 0.34), numpy.sin(y * 400) * 0.5 + 0.5),
                  roof.astype(float))
    for left in (0.24, 0.34):
        pane = (numpy.abs(x - left - 0.03) < 0.03) & (numpy.abs(y - 0.66) < 0.04)
        cross = (numpy.abs(x - left - 0.03) < 0.003) | (numpy.abs(y - 0.66) < 0.003)
        picture = mix(picture, tint((0.90, 0.80, 0.42), (0.16, 0.15, 0.16), cross * 1.0), pane.astype(float))

    for centre, top, size in ((0.72, 0.36, 0.13), (0.95, 0.44, 0.10), (1.16, 0.30, 0.16)):
        trunk = (numpy.abs(x - centre) < 0.012) & (y > top) & (y < 0.86)
        picture = mix(picture, (0.24, 0.16, 0.11), trunk.astype(float))
        leaves = fractal(random, h, w, 16, 4)
        crown = 1.25 - numpy.hypot(x - centre, (y - top - size) * 0.8) / size + 1.4 * (leaves - 0.5)
        picture = mix(picture, tint((0.06, 0.17, 0.06), (0.46, 0.60, 0.20), leaves * 2 - 0.6), (crown - 0.4) * 9)

    picture = picture.reshape(height, 2, width, 2, 3).mean((1, 3))
    return picture + (random.random(picture.shape) + random.random(picture.shape) - 1) * 0.014


def painting(height, width):
    """Noise smeared along whirling curves, as a loaded brush would, in a few strong colours."""
    random = numpy.random.default_rng(88)
    angle = 5.5 * fractal(random, height, width, width / 3, 2)
    dx, dy = numpy.cos(angle), numpy.sin(angle)
    bristles = random.random((height, width))
    hue = fractal(random, height, width, 34, 4)
    row, column = numpy.mgrid[0:height, 0:width].astype(float)
    smeared, dragged = bristles.copy(), hue.copy()
    for sense in (1, -1):
        y, x = row.copy(), column.copy()
        for _ in range(9):
            at = (numpy.rint(y).astype(int) % height, numpy.rint(x).astype(int) % width)
            y, x = y + sense * dy[at], x + sense * dx[at]
            at = (numpy.rint(y).astype(int) % height, numpy.rint(x).astype(int) % width)
            smeared, dragged = smeared + bristles[at], dragged + hue[at]
    smeared, dragged = (smeared / 19 - 0.5) * 3.2, dragged / 19
    colours = numpy.array([(0.09, 0.13, 0.38), (0.16, 0.36, 0.62), (0.45, 0.66, 0.70), (0.86, 0.72, 0.28),
                           (0.78, 0.42, 0.16), (0.34, 0.18, 0.20)])
    index = numpy.clip((dragged - 0.28) / 0.44, 0, 0.999) * (len(colours) - 1) + smeared * 0.5
    index = numpy.clip(index, 0, len(colours) - 1.001)
    near = index.astype(int)
    share = numpy.clip((index - near - 0.35) / 0.3, 0, 1)[..., None]
    picture = (colours[near] * (1 - share) + colours[near + 1] * share) * (1 + 0.34 * smeared[..., None])
    return picture + (random.random(picture.shape) - 0.5) * 0.02


def save(picture, name):
    if picture.min() <= 0.004 or picture.max() >= 0.996:
        picture = 0.03 + 0.94 * (picture - picture.min()) / (picture.max() - picture.min())
    data = numpy.floor(picture * 255 + 0.5).astype(numpy.uint8)
    Image.fromarray(data).save(os.path.join(FOLDER, name), optimize=True)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    whole, strokes = scene(288, 384), painting(240, 320)
    save(whole, "scene.png")
    save(strokes, "paint.png")
    save(whole[120:187, 90:191], "scene-odd.png")       # 101 x 67
    save(strokes[150:225, 20:113], "paint-odd.png")     # 93 x 75


if __name__ == "__main__":
    main()
