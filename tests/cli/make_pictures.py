"""Makes the small pictures, networks and broken files that the command-line tests work on.

make_pictures.py FOLDER"""
import json
import os
import struct
import sys

import numpy as np
from PIL import Image, PngImagePlugin


def waves(width, height, phase):
    """A smooth colourful picture, so that every format and network has something to work on."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [np.sin(x / (3 + k) + phase) * np.cos(y / (5 - k) + k) for k in range(3)]
    return np.uint8(np.clip(127 + 110 * np.stack(planes, axis=-1), 0, 255))


def masks():
    """Grey ones and a colour-coded one, over photo.png (64x48) but for what their names say."""
    left = np.uint8(255 * np.clip((36 - np.arange(64)) / 8, 0, 1) * np.ones((48, 1)))
    Image.fromarray(left).save("left.png")
    Image.fromarray(255 - left).save("right.png")
    Image.fromarray(left).resize((32, 24)).save("left-small.png")
    Image.fromarray(left).resize((64, 64)).save("left-square.png")
    Image.fromarray(np.uint8(255 * np.ones((48, 64)))).save("white.png")
    Image.fromarray(np.zeros((48, 64), np.uint8)).save("black.png")
    Image.fromarray(np.uint8(255 * np.tri(48))).save("corner.png")      # of painting.png
    coded = np.zeros((48, 64, 3), np.uint8)
    coded[:, :32], coded[:, 32:] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(coded).save("coded.png")
    Image.fromarray(coded[:, 8:56]).save("coded-square.png")
    coded[16:, :] = 0, 255, 0
    Image.fromarray(coded).save("map.png")
    Image.fromarray(coded).save("map.jpg", quality=75)
    sepia = left[:, :, np.newaxis] * np.array([1, 0.84, 0.66]) + (20, 10, 0)
    Image.fromarray(np.uint8(np.clip(sepia, 0, 255))).save("sepia.jpg", quality=60)
    Image.fromarray(np.zeros((48, 48), np.uint8)).save("none-of-it.png")
    subject = np.zeros((48, 64, 3), np.uint8) + np.uint8((40, 60, 90))
    subject[14:34, 24:44] = 220, 130, 40
    Image.fromarray(subject).save("subject.png")


def records():
    """Pictures whose records other programs have spoilt."""
    for name, text in [("half.png", '{"impasto": 3'),
                       ("spoilt.png", json.dumps({
                           "impasto": "9.9", "params": {"stpes": 1}, "painted": [1], "inputs": {
                               "photo": "a\x1b[31m", "keep": [3], "content-mask": "auto", "styles": [
                                   3, {"file": "x\ny", "weight": "a", "mask": "m#12345g"}]}}))]:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("impasto", text)
        Image.open("one.png").save(name, pnginfo=info)


def network(name, scale):
    """A safetensors file of VGG19's first three convolutions, with random weights: enough to paint
    with, by layers up to relu2_1, in no time."""
    random = np.random.default_rng(1)
    header, data = {}, b""
    for layer, c_in, c_out in [(0, 3, 64), (2, 64, 64), (5, 64, 128)]:
        for part, shape in [("weight", (c_out, c_in, 3, 3)), ("bias", (c_out,))]:
            # Variance 2 / inputs keeps the size of what passes through (He et al., 2015).
            values = random.standard_normal(shape) * (2 / (9 * c_in)) ** 0.5 * (part == "weight") * scale
            raw = values.astype("<f4").tobytes()
            header[f"features.{layer}.{part}"] = {"dtype": "F32", "shape": list(shape),
                                                  "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(name, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main(folder):
    os.chdir(folder)
    photo = Image.fromarray(waves(64, 48, 0.0))
    photo.save("photo.png", dpi=(300, 300))
    photo.save("photo.jpg", quality=95)
    photo.save("photo.webp")
    photo.save("photo.tif")
    Image.fromarray(waves(48, 48, 2.0)).save("painting.png")
    Image.fromarray(waves(80, 80, 4.0)).save("sketch.png")
    Image.fromarray(waves(1, 1, 0.0)).save("one.png")
    Image.fromarray(waves(1, 5000, 0.0)).save("tall.png")
    alpha = Image.fromarray(waves(64, 48, 1.0)).convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize((64, 48)))
    alpha.save("alpha.png")
    masks()
    records()
    network("tiny.safetensors", 1)
    network("huge.safetensors", 1e6)
    with open("photo.png", "rb") as f:
        whole = f.read()
    for name, data in [("empty.png", b""), ("cut.png", whole[: len(whole) // 2]), ("words.png", b"not a picture\n"),
                       ("cut.jpg", open("photo.jpg", "rb").read()[:200]),
                       ("tiny.json", b'{"preset": "classic", "model": "tiny.safetensors", "size": "keep", "steps": 2, '
                        b'"content-layers": {"relu2_1": 1}, "style-layers": {"relu1_1": 1, "relu2_1": 1}}\n'),
                       ("bold.json", b'{"preset": "classic", "model": "tiny.safetensors", "size": "keep", "steps": 2, '
                        b'"content-layers": {"relu2_1": 1}, "style-layers": {"relu1_1": 1, "relu2_1": 1}, '
                        b'"learning-rate": 0.2}\n'),
                       ("settings.json", b'{"steps": 2, "seed": 7}\n'),
                       ("classic.json", b'{"preset": "classic", "steps": 2}\n'),
                       ("bad.json", b'{"steps": \n'), ("wrong.json", b'{"steps": -3}\n'),
                       ("unknown.json", b'{"stpes": 3}\n'), ("image.json", b'{"init": "image"}\n')]:
        with open(name, "wb") as f:
            f.write(data)
    os.mkdir("folder")


main(sys.argv[1])
