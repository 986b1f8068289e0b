#!/usr/bin/env python3
"""Writes tests/data/reference/objective.json: losses of a list of settings, and their gradient with
respect to the optimiser's variable by PyTorch's autograd in float64; tests/style/check_reference.c
compares.

Usage: objective.py WEIGHTS. See README.md.

The presets are evaluated on whole pictures, the other settings on small odd-sized ones, always at a
mixture of the content with itself turned by 180 degrees, where no loss is 0. Among the ten million
units of a large picture there are always some where a maximum or a rectifier is about to decide the
other way; the gradient jumps there, and float differs from double by what happens to hang on them
(PyTorch's own float by anything from 1e-7 to 1e-3, mixture by mixture). The mixture of the large
pictures is one at which little does. The weights let each layer and each term count, so that none hides behind another."""
import torch

import reference

LARGE, SMALL = ("scene.png", "paint.png"), ("scene-odd.png", "paint-odd.png")
TURNED = {LARGE: (3, 10), SMALL: (1, 4)}          # shares of the picture turned round
BASE = {"pooling": "max", "padding": "zero", "content-layers": ["relu3_2"],
        "style-layers": ["relu1_1", "relu2_1", "relu3_1"], "terms": ["content", "style"],
        "content-reduction": "mean", "gram-norm": "hw", "style-reduction": "mean",
        "style-norm": "none", "tv-kind": "squared", "tv-reduction": "mean", "variable": "unit"}


def variations():
    """What differs from BASE."""
    for gram_norm in ("none", "hw", "chw"):
        for reduction in ("mean", "sum"):
            for norm in ("none", "chw"):
                yield {"gram-norm": gram_norm, "style-reduction": reduction, "style-norm": norm}
    yield {"content-reduction": "sum"}
    yield {"content-layers": ["conv3_2", "relu4_1"], "style-layers": ["conv1_1", "relu1_1", "conv4_1"]}
    yield {"content-layers": ["relu2_1", "conv5_1"], "style-layers": ["relu2_1", "relu5_1"]}
    for kind in ("squared", "absolute", "nine-point"):
        for reduction in ("mean", "sum"):
            for variable in ("unit", "byte", "normalised"):
                yield {"tv-kind": kind, "tv-reduction": reduction, "variable": variable,
                       "terms": ["content", "style", "tv"]}
    for pooling in ("average", "l2"):
        yield {"pooling": pooling, "padding": "replicate", "variable": "normalised"}
    yield {"terms": ["style"]}
    for gram_norm, norm in (("hw", "none"), ("chw", "chw")):
        yield {"content-reduction": "normalised", "style-reduction": "normalised", "gram-norm": gram_norm,
               "style-norm": norm}
    for reduction, norm in (("mean", "none"), ("sum", "chw")):
        yield {"style-loss": "wasserstein", "style-reduction": reduction, "style-norm": norm}
    yield {"style-loss": "wasserstein", "style-layers": ["conv1_1", "relu4_1"], "content-layers": ["relu4_1"]}
    yield {"style-loss": "wasserstein", "style-layers": ["relu5_1"], "terms": ["style"]}
    yield {"terms": ["content"], "variable": "byte"}


def two_digits(value):
    return float("%.1e" % value)


def weighted(weights, change, content, style):
    """The settings with weights that let every layer and every term be seen in the gradient: layers'
    losses go as 1, 2, 3 ..., the terms' gradients are about equally long. So no weight is 1."""
    settings = {**BASE, **change}
    terms = settings.pop("terms")
    for group in ("content-layers", "style-layers"):
        settings[group] = dict.fromkeys(settings[group], 1)
    x = reference.to_variable(reference.mixed(content, *TURNED[SMALL]), settings["variable"])
    ones = {**settings, "content-weight": 1, "style-weight": 1, "tv-weight": 1}
    losses, _ = reference.Objective(weights, ones, content, style).gradient(x)
    for group in ("content-layers", "style-layers"):
        for i, name in enumerate(settings[group]):
            settings[group][name] = two_digits((i + 1) / losses[group][i])
    for term in ("content", "style", "tv"):
        alone = {**settings, "content-weight": 0, "style-weight": 0, "tv-weight": 0, term + "-weight": 1}
        _, gradient = reference.Objective(weights, alone, content, style).gradient(x)
        ones[term + "-weight"] = two_digits(1 / gradient.norm().item()) if term in terms else 0
    return {**settings, **{term + "-weight": ones[term + "-weight"] for term in ("content", "style", "tv")}}


def case(weights, pictures, settings, **more):
    content, style = (reference.picture(name) for name in pictures)
    objective = reference.Objective(weights, settings, content, style)
    x = reference.to_variable(reference.mixed(content, *TURNED[pictures]), settings["variable"])
    losses, gradient = objective.gradient(x)
    return {"pictures": list(pictures), "turned": list(TURNED[pictures]), **more, "losses": losses,
            "gradient": reference.fingerprint(gradient, samples=pictures == LARGE)}


def main():
    weights = reference.weights_argument()
    data = reference.begin("losses and gradients by PyTorch in float64", LARGE + SMALL, weights)
    data["cases"] = [case(weights, LARGE, settings, preset=name) for name, settings in reference.PRESETS.items()]
    for change in variations():
        settings = weighted(weights, change, *(reference.picture(name) for name in SMALL))
        data["cases"].append(case(weights, SMALL, settings, params=settings))
    reference.write("objective.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
