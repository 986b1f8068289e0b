#!/usr/bin/env python3
"""Writes tests/data/reference/wasserstein.json: Wasserstein distances of made-up features and their
gradients by PyTorch's autograd in float64; tests/style/check_wasserstein.c makes the same features
and compares.

Usage: wasserstein.py

Features are integers over a power of two, so that float holds them exactly: a few hidden causes mixed
into the channels, noise besides, rectified. Some have fewer pixels than channels (the covariance has no
inverse but for EPSILON), in magnitudes where EPSILON counts and where it does not, on either side."""
import numpy
import torch

import reference

# channels, pixels (h, w), painting's pixels, hidden causes, binary exponent of the unit
CASES = [
    (3, (5, 7), (9, 4), 2, -5), (3, (1, 2), (9, 4), 2, -5), (16, (8, 8), (10, 9), 5, -6),
    (24, (20, 21), (13, 17), 8, -4), (32, (4, 4), (20, 20), 8, -6), (32, (20, 20), (4, 4), 8, -6),
    (48, (3, 5), (4, 5), 6, -8), (64, (30, 31), (16, 40), 10, -5), (64, (7, 5), (6, 6), 10, -7),
    (64, (7, 5), (40, 40), 10, 5), (64, (7, 5), (6, 6), 10, 6), (64, (8, 8), (12, 20), 12, 3),
    (40, (30, 30), (6, 5), 9, 4), (48, (3, 3), (30, 30), 6, 8), (64, (7, 9), (40, 40), 4, 4),
    (64, (1, 1), (9, 9), 4, 0), (64, (5, 13), (40, 40), 10, 3), (64, (9, 9), (40, 40), 10, 3),
    (48, (4, 5), (30, 30), 6, 10), (64, (2, 10), (5, 5), 10, 10), (64, (3, 5), (16, 30), 10, 12),
    (64, (6, 8), (4, 5), 10, 8), (64, (5, 9), (3, 3), 10, 12), (48, (6, 6), (5, 6), 8, 11),
    (64, (4, 5), (6, 8), 10, 8), (64, (3, 3), (5, 9), 10, 12), (48, (5, 6), (6, 6), 8, 11),
]


def numbers(seed, n, limit):
    """n whole numbers from -limit to limit."""
    hashes = reference.hashes(seed + n)[seed:]
    return (hashes >> numpy.uint64(33)).astype(numpy.int64) % (2 * limit + 1) - limit


def features(c, sides, causes, exponent, seed):
    n = sides[0] * sides[1]
    mixing = numbers(seed, c * causes, 7).reshape(c, causes)
    hidden = numbers(seed + 10000, causes * n, 7).reshape(causes, n)
    noise = numbers(seed + 200000, c * n, 15).reshape(c, n)
    values = numpy.maximum(mixing @ hidden + noise + 40, 0)
    return torch.from_numpy(values.astype(numpy.float64) * 2.0 ** exponent).reshape(c, *sides)


def case(c, sides, painting, causes, exponent):
    f = features(c, sides, causes, exponent, 0).requires_grad_()
    target = reference.wasserstein_target(features(c, painting, causes, exponent, 1000))
    loss = reference.wasserstein(f, target)
    loss.backward()
    return {"channels": c, "pixels": list(sides), "painting": list(painting), "causes": causes,
            "exponent": exponent, "loss": loss.item(), "gradient": reference.fingerprint(f.grad)}


def main():
    data = reference.begin("Wasserstein distances by PyTorch in float64", [], None)
    data["cases"] = [case(*settings) for settings in CASES]
    reference.write("wasserstein.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
