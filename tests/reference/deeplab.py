#!/usr/bin/env python3
"""Writes tests/data/reference/deeplab.json: what torchvision's DeepLabV3 networks find in small pictures, with
made-up weights, in float64; tests/segment/check_deeplab.c compares.

Usage: deeplab.py

The weights are of the networks' full size and therefore not committed: both sides make them up from the
tensors' names. Element i (from 0) of a tensor is low + (high - low) u, u being the upper 24 bits of the
number i + 1 of splitmix64 (Steele, Lea and Flood, 2014) that starts with the 64-bit FNV-1a hash of the name,
over 2^24. Filters lie within +-sqrt(6 / inputs of an output), which keeps the length of rectified features
(He, Zhang, Ren and Sun, 2015); a norm's weight within 0.45 .. 1.4, its variance within 0.5 .. 1.5, its
bias and mean, and all other biases, within +-0.3; the norm that ends a bottleneck has a weight of 0.1 .. 0.3, so
that sums over 33 of them do not grow without bounds.

Of each picture are kept: the logits where the network computes them, the class of every pixel as a letter,
and the probabilities of all classes at some pixels."""
import math

import numpy
import torch
import torchvision

import reference

NETWORKS = ("deeplabv3_resnet101", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large")
# Left, top, width, height; the last is wide enough for ResNet's features to be seen 36 apart.
CROPS = (("scene-odd.png", 0, 0, 101, 67), ("scene-odd.png", 7, 3, 65, 41), ("scene.png", 0, 130, 384, 19))
PIXELS = 24                                     # of which probabilities are kept


def fnv1a(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % 2 ** 64
    return value


def uniform(name, n):
    """n numbers in [0, 1)."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(fnv1a(name)) + numpy.arange(1, n + 1, dtype=numpy.uint64) * numpy.uint64(0x9e3779b97f4a7c15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94d049bb133111eb)
        z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2 ** 24


def limits(name, shape):
    if len(shape) == 4:
        bound = math.sqrt(6 / (shape[1] * shape[2] * shape[3]))
        return -bound, bound
    if name.endswith("bn3.weight"):
        return 0.1, 0.3
    if name.endswith(".weight"):
        return 0.45, 1.4
    if name.endswith(".running_var"):
        return 0.5, 1.5
    return -0.3, 0.3


def made_up(name, shape):
    low, high = limits(name, shape)
    u = uniform(name, math.prod(shape))
    return torch.from_numpy((low + (high - low) * u).astype(numpy.float32).reshape(shape))


def network(name):
    build = getattr(torchvision.models.segmentation, name)
    net = build(weights=None, weights_backbone=None, aux_loss=True)
    net.load_state_dict({key: made_up(key, value.shape) if value.is_floating_point() else value
                         for key, value in net.state_dict().items()})
    return net.double().eval()


def pixels(width, height):
    """Some places, corners among them."""
    some = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
    return some + [(37 * i % width, 23 * i % height) for i in range(1, PIXELS - len(some) + 1)]


def case(net, name, left, top, width, height):
    rgb = reference.picture(name)[:, top:top + height, left:left + width]
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in
                 (reference.TORCHVISION_MEAN, reference.TORCHVISION_STD))
    found = {}
    hook = net.classifier.register_forward_hook(lambda module, inputs, output: found.update(logits=output[0]))
    with torch.no_grad():
        out = net(((rgb - mean) / std)[None])["out"][0]
    hook.remove()
    logits = found["logits"]
    share = torch.bincount(out.argmax(0).flatten(), minlength=21) / out[0].numel()
    print("%dx%d: logits %.3g +- %.3g, %d classes, the most frequent %.0f %%"
          % (width, height, logits.mean(), logits.std(), (share > 0).sum(), 100 * share.max()))
    probability = out.softmax(0)
    return {"picture": name, "left": left, "top": top, "width": width, "height": height,
            "shape": list(logits.shape), "logits": [float("%.7g" % v) for v in logits.flatten()],
            "classes": "".join(chr(ord("A") + k) for k in out.argmax(0).flatten().tolist()),
            "probabilities": [{"x": x, "y": y, "of": [float("%.6g" % v) for v in probability[:, y, x]]}
                              for x, y in pixels(width, height)]}


def main():
    data = reference.begin("torchvision's DeepLabV3 with made-up weights, in float64",
                           sorted({crop[0] for crop in CROPS}), None)
    data["made-with"]["torchvision"] = torchvision.__version__
    data["networks"] = []
    for name in NETWORKS:
        print(name)
        net = network(name)
        data["networks"].append({"name": name, "tensors": len(net.state_dict()),
                                 "cases": [case(net, *crop) for crop in CROPS]})
    reference.write("deeplab.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
