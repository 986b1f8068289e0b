"""impasto segment with a network of made-up weights: what is written fits together, whatever was found.

segment.py PROGRAM WRITE_DEEPLAB"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap


def palette(n):
    """VOC's: the bits of a number, dealt out to the three channels in turn, highest bit last."""
    return [[sum((number >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(3)) for channel in range(3)]
            for number in range(n)]


class Run:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, *arguments):
        return subprocess.run([self.program, "segment", *arguments, "--model", "net.safetensors"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100, check=False)

    def picture(self, name):
        return Image.open(os.path.join(self.folder, name))


def scene():
    y, x = np.mgrid[0:60, 0:83].astype(float)
    planes = [127 + 120 * np.sin(x / (7 + 5 * k)) * np.cos(y / (9 - 2 * k)) for k in range(3)]
    planes[0][20:50, 30:70] = 250
    return Image.fromarray(np.uint8(np.stack(planes, axis=-1)))


def check_indexed(run):
    done = run("photo.png", "-o", "classes.png")
    image = run.picture("classes.png")
    tap.ok(done.returncode == 0 and done.stderr.startswith(b"classes.png: 83x60 pixels: "), "numbers are written")
    tap.ok(image.mode == "P" and image.size == (83, 60), "as an indexed picture of the photograph's size")
    tap.ok(np.reshape(image.getpalette()[:63], (21, 3)).tolist() == palette(21), "with the usual palette")
    labels = np.asarray(image)
    tap.ok(len(np.unique(labels)) > 1, "more than one class is there")
    run("photo.png", "-o", "again.png", "--quiet", "--threads", "1")
    # Another number of threads may change the last bits: that decides where two classes are as likely.
    tap.ok(np.mean(np.asarray(run.picture("again.png")) == labels) > 0.999, "and the same again")
    return labels


def check_json(run, labels):
    done = run("photo.png", "--json")
    told = json.loads(done.stdout)
    tap.ok([c["number"] for c in told["classes"]] == np.unique(labels).tolist(), "the classes are told")
    tap.ok((told["width"], told["height"], told["network"]) == (83, 60, "DeepLabV3-MobileNetV3-Large"), "with size and network")
    for c in told["classes"]:
        y, x = np.nonzero(labels == c["number"])
        box = [x.min(), y.min(), x.max() - x.min() + 1, y.max() - y.min() + 1]
        tap.ok(c["box"] == box, "the box of %s" % c["class"])
        # It is printed with six digits.
        tap.ok(abs(c["share"] - len(x) / labels.size) < 1e-5, "the share of %s" % c["class"])
    return [c["class"] for c in told["classes"]]


def check_masks(run, labels, names):
    sums, surely = 0, 0
    for name in names:
        run("photo.png", "--class", name, "-o", "mask.png")
        mask = np.asarray(run.picture("mask.png").convert("RGB"))
        tap.ok((mask == mask[:, :, :1]).all(), "the mask of %s is grey" % name)
        number = np.unique(labels)[names.index(name)]
        sure = mask[:, :, 0] >= 128
        tap.ok((labels[sure] == number).all(), "where it is surely %s it is labelled so" % name)
        sums, surely = sums + mask[:, :, 0].astype(int), surely + sure.sum()
    tap.ok(surely > 0, "something is surely there")
    run("photo.png", "--class", ",".join(names), "-o", "mask.png")
    both = np.asarray(run.picture("mask.png").convert("L")).astype(int)
    # Each is rounded to half a step, and so is their sum.
    tap.ok(np.abs(np.minimum(sums, 255) - both).max() <= len(names), "several classes add up")


def check_overlay(run, labels):
    run("photo.png", "--overlay", "-o", "look.png")
    photo = np.asarray(scene()).astype(float)
    colours = np.array(palette(21), dtype=float)[labels]
    expected = np.where(labels[:, :, None] > 0, (photo + colours) / 2, photo)
    # Half a step of rounding, which the mean may be from a whole number too.
    tap.ok(np.abs(np.asarray(run.picture("look.png")) - expected).max() <= 1, "the overlay is half colour")


def check_absent(run, labels):
    absent = next(n for n in ("bus", "sofa", "train", "cow") if {"bus": 6, "sofa": 18, "train": 19, "cow": 10}[n]
                  not in labels)
    done = run("photo.png", "--class", absent, "-o", "mask.png", "--quiet")
    tap.ok(done.returncode == 0 and done.stderr.decode() == 'impasto: photo.png: there is no "%s" in it\n' % absent, "a class that is not there is a warning")


def stylize(run, *arguments):
    return subprocess.run([run.program, "stylize", "photo.png", "-o", "out.png", "--params", "tiny.json", "-q",
                           "--learning-rate", "0.3",
                           "--segment-model", "net.safetensors", *arguments], cwd=run.folder, stderr=subprocess.PIPE,
                          timeout=100, check=False)


def check_stylize(run, names):
    """Paintings and what is kept by the names of things."""
    subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_pictures.py"),
                    run.folder], check=True)
    scene().save(os.path.join(run.folder, "photo.png"))
    first, second = names[:2]
    done = stylize(run, "--style", "painting.png@%s:2" % first, "--keep", second, "--save-masks", ".")
    tap.ok(done.returncode == 0 and not done.stderr, "a painting goes where a class is, another class is kept")
    masks = [np.asarray(run.picture(name).convert("L")).astype(int) for name in ("mask-1.png", "keep.png")]
    tap.ok(all(mask.shape == (60, 83) and mask.max() > 10 for mask in masks), "their masks are written")
    off = np.abs(np.asarray(run.picture("out.png").convert("RGB")).astype(int) - np.asarray(scene())).max(axis=2)
    tap.ok((off <= 255 - masks[1] + 1).all() and off.max() > 0, "as much as is kept is the photograph's")
    absent = next(name for name in ("bus", "sofa", "train", "cow") if name not in names)
    done = stylize(run, "--style", "painting.png@%s" % first, "--style", "painting.png@%s" % absent)
    tap.ok(done.returncode == 0 and ('there is no "%s"' % absent).encode() in done.stderr, "one for what is not there is left out")
    done = stylize(run, "painting.png", "--mask", first, "--style", "sketch.png", "--keep", "%s,%s" % (absent, second),
                   "--content-mask", absent, "--save-masks", "by-name")
    tap.ok(done.returncode == 0 and done.stderr.count(('there is no "%s"' % absent).encode()) == 2
           and b"whole photograph" in done.stderr, "masks of all kinds by classes, of which one is not there")
    keep, *share = (np.asarray(run.picture("by-name/%s.png" % name)).astype(int) for name in ("keep", "mask-1", "mask-2"))
    # Three numbers, each rounded to half a step.
    tap.ok(np.abs(keep + sum(share) - 255).max() <= 1, "everything is kept or somebody's")
    tap.ok(np.abs(keep - masks[1]).max() == 0, "what is not there adds nothing to what is kept")
    stylize(run, "painting.png", "--keep", first, "--keep", second, "--save-masks", "twice")
    stylize(run, "painting.png", "--keep", "%s,%s" % (first, second), "--save-masks", "once")
    twice, once = (np.asarray(run.picture(name + "/keep.png")).astype(int) for name in ("twice", "once"))
    tap.ok((twice >= masks[1]).all() and twice.sum() > masks[1].sum() and once.sum() > masks[1].sum(), "several add up")
    done = stylize(run, "--style", "painting.png@%s" % absent)
    tap.ok(done.returncode == 3, "a picture with nothing to be painted on is refused")
    done = stylize(run, "--style", "painting.png@persn")
    tap.ok(done.returncode == 2 and b'did you mean "person"' in done.stderr, "an unknown class is told the nearest")
    done = stylize(run, "--style", "painting.png@%s" % first, "--mask", "photo.png")
    tap.ok(done.returncode == 2 and b"two masks" in done.stderr, "a class and a mask are one too many")


def main(program, write_deeplab):
    with tempfile.TemporaryDirectory(prefix="impasto-segment.") as folder:
        subprocess.run([write_deeplab, os.path.join(folder, "net.safetensors")], check=True)
        scene().save(os.path.join(folder, "photo.png"))
        run = Run(os.path.abspath(program), folder)
        labels = check_indexed(run)
        names = check_json(run, labels)
        check_masks(run, labels, names)
        check_overlay(run, labels)
        check_absent(run, labels)
        check_stylize(run, names)
    tap.done()


main(sys.argv[1], sys.argv[2])
