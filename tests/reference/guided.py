#!/usr/bin/env python3
"""Writes tests/data/reference/guided.json: losses and gradients with masks, by PyTorch's autograd in
float64: which style goes where, which part of a painting counts, where the content does, what is
kept; tests/style/check_guided.c compares.

Usage: guided.py WEIGHTS. See README.md.

A mask is a formula in whole numbers, so that both sides have the same: ["ramp", a, b, c, d] is
(a x + b y + c) / d and ["disc", x, y, r, d] is (r^2 - |p - (x, y)|^2) / d, both cut to [0, 1]; some
are soft over many pixels, some hard. Everything is small: at relu3_1 and deeper a region has fewer
pixels than channels, at some a painting has as well, at some a region is empty."""
import torch
from torch.nn import functional

import objective
import reference

PHOTO, TURNED = "scene-odd.png", objective.TURNED[objective.SMALL]
LEFT, RIGHT, TOP = ["ramp", -1, 0, 60, 12], ["ramp", 1, 0, -40, 1], ["ramp", 1, -3, 100, 9]
DISC, SPECK, DOG = ["disc", 40, 30, 25, 200], ["disc", 70, 40, 7, 60], ["disc", 30, 50, 12, 90]
HALF, CORNER = ["ramp", 0, 1, -30, 25], ["ramp", -1, -1, 90, 1]
LEAST = 0.5 / 255                                 # of a mask; what is less counts as nothing
POOLS = {"inside": lambda m, k, s, p: -functional.max_pool2d(-m, k, s, p), "all": functional.max_pool2d}


def style(region=None, source=None, weight=1, painting="paint-odd.png"):
    return {"painting": painting, "weight": weight, "region": region, "source": source}


DEEP = {"style-layers": ["relu1_1", "conv3_1", "relu4_1"], "content-layers": ["relu3_2"]}
SHALLOW = {"style-layers": ["relu1_1", "relu2_1"], "content-layers": ["relu2_2"]}
DEEPEST = {"style-layers": ["relu2_1", "relu4_1", "relu5_1"], "content-layers": ["relu4_1"]}
WASSERSTEIN = {"style-loss": "wasserstein"}
TWO = [style(LEFT, weight=2), style(RIGHT, source=HALF, weight=0.5)]
THREE = [style(DISC, source=CORNER), style(weight=3, painting="paint.png"), style(TOP, source=SPECK, weight=0.7)]
SPECKS = [style(SPECK, source=SPECK), style()]


def cases():
    """What differs from objective.BASE; styles; masks of the content and of what is kept."""
    for rule in ("simple", "inside", "all"):
        for kind in ({}, WASSERSTEIN):
            yield {**DEEP, **kind, "guide": rule}, TWO, None, None
            yield {**DEEP, **kind, "guide": rule}, THREE, TOP, DOG
    for norm, reduction, by in (("none", "sum", "chw"), ("chw", "mean", "none"), ("chw", "normalised", "chw")):
        yield ({**SHALLOW, "gram-norm": norm, "style-reduction": reduction, "style-norm": by, "guide": "inside",
                "content-reduction": reduction, "terms": ["content", "style", "tv"]}, TWO, DISC, None)
    for reduction, by in (("sum", "chw"), ("mean", "chw")):
        yield {**DEEP, **WASSERSTEIN, "style-reduction": reduction, "style-norm": by}, THREE, None, DOG
    for rule in ("simple", "all"):                # one deep pixel or a few: the painting's more, or the picture's
        yield {**DEEPEST, **WASSERSTEIN, "guide": rule}, SPECKS, None, None
        yield {**DEEPEST, "guide": rule}, SPECKS, SPECK, None
    yield {**DEEPEST, **WASSERSTEIN}, [style(HALF, source=CORNER), style(source=SPECK)], None, None
    yield {**SHALLOW, **WASSERSTEIN, "guide": "inside"}, [style(SPECK), style(source=SPECK)], SPECK, None
    yield {**SHALLOW, "variable": "byte"}, [style(), style(weight=4, painting="paint.png")], TOP, None
    yield {**SHALLOW, "content-reduction": "normalised", "terms": ["content"]}, [style()], DISC, None


def mask(formula, height, width):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    kind, a, b, c, d = formula
    value = a * x + b * y + c if kind == "ramp" else c * c - (x - a) ** 2 - (y - b) ** 2
    return (value / d).clamp(0, 1)


def mask_like(formula, image):
    return None if formula is None else mask(formula, *image.shape[1:])


def regions(styles, keep, height, width):
    """A mask and a weight for each style: overlaps are shared, those without one share the rest."""
    drawn = [None if s["region"] is None else mask(s["region"], height, width) for s in styles]
    total = sum((m for m in drawn if m is not None), torch.zeros(height, width))
    rest = (1 - total).clamp(min=0) / max(drawn.count(None), 1)
    free = 1 - mask(keep, height, width) if keep else 1
    shares = [free * (rest if m is None else m / total.clamp(min=1)) for m in drawn]
    areas = [m.mean().item() for m in shares]
    mean = sum(a * s["weight"] for a, s in zip(areas, styles)) / sum(areas)
    return shares, [a * s["weight"] / mean for a, s in zip(areas, styles)]


def guides(m, layers, rule):
    """A mask at each of the layers: of what a unit stands for, or of all that it sees."""
    if m is None:
        return {name: None for name in layers}
    out, m = {}, m[None, None]
    for name in reference.LAYERS:
        if name.endswith("_1") and name.startswith("conv") and name != "conv1_1":
            m = functional.avg_pool2d(m, 2) if rule == "simple" else POOLS[rule](m, 2, 2, 0)
        if name.startswith("conv") and rule != "simple":
            m = POOLS[rule](m, 3, 1, 1)
        if name in layers:
            out[name] = torch.where(m[0, 0] < LEAST, 0, m[0, 0])
        if len(out) == len(set(layers)):
            return out
    return out


def weighted(f, m):
    """Gatys et al. 2016: features times a guide whose squares have the sum of a whole picture's."""
    return f if m is None else f * (m * m.numel() / m.sum()).sqrt()


def moments(f, m):
    """The mean of a region, and columns whose products are its covariance."""
    if m is None:
        return reference.moments(f)
    share = (m / m.sum()).flatten()
    rows = f.flatten(1)
    mean = rows @ share
    return mean, (rows - mean[:, None]) * share.sqrt()


class Guided(reference.Objective):
    def __init__(self, weights, settings, photo, styles, content_mask, keep):
        self.weights, self.settings = weights, settings
        self.layers = set(settings["content-layers"]) | set(settings["style-layers"])
        rule, names = settings.get("guide", "simple"), list(settings["style-layers"])
        shares, self.style_weights = regions(styles, keep, *photo.shape[1:])
        self.guides = [guides(m, names, rule) for m in shares]
        self.content_guides = guides(mask_like(content_mask, photo), list(settings["content-layers"]), rule)
        with torch.no_grad():
            self.content = self.see(photo, "unit")
            self.styles = [self.look(s, names, rule) for s in styles]

    def look(self, s, names, rule):
        painting = reference.picture(s["painting"])
        source = guides(mask_like(s["source"], painting), names, rule)
        seen = self.see(painting, "unit")
        return {name: self.statistics(seen[name], source[name]) for name in names}

    def statistics(self, f, m):
        if m is not None and m.sum() == 0:
            return None
        if self.settings.get("style-loss", "gram") == "gram":
            return reference.gram(weighted(f, m), self.settings["gram-norm"])
        mean, columns = moments(f, m)
        values, vectors = torch.linalg.eigh(columns @ columns.T)
        values = values.clamp(min=0) + reference.EPSILON
        return mean, values.sum(), vectors * values.sqrt() @ vectors.T

    def of_style(self, f, m, target):
        s = self.settings
        if target is None or m.sum() == 0:
            return torch.zeros(())
        if s.get("style-loss", "gram") == "gram":
            loss = reference.reduced(reference.gram(weighted(f, m), s["gram-norm"]) - target, s["style-reduction"])
        else:
            loss = self.distance(f, m, target) / (f.shape[0] if s["style-reduction"] == "mean" else 1)
        return loss / (f.numel() if s["style-norm"] == "chw" else 1)

    @staticmethod
    def distance(f, m, target):
        """As reference.wasserstein, with the region's moments."""
        mean, columns = moments(f, m)
        target_mean, target_trace, root = target
        factor = torch.cat([columns, reference.EPSILON ** 0.5 * torch.eye(f.shape[0])], 1)
        roots = torch.linalg.svdvals(root @ factor).sum()
        return ((mean - target_mean) ** 2).sum() + (factor ** 2).sum() + target_trace - 2 * roots

    def content_loss(self, name, f):
        """Each pixel counts as much as its mask says of what it would count without one."""
        m, kind = self.content_guides[name], self.settings["content-reduction"]
        d = f - self.content[name]
        return reference.reduced(d if m is None else d * m.sqrt(), kind)

    def losses(self, x):
        s = self.settings
        seen = self.see(x, s["variable"])
        content = [s["content-weight"] * w * self.content_loss(name, seen[name])
                   for name, w in s["content-layers"].items()]
        of = [[s["style-weight"] * w * share * self.of_style(seen[name], guide[name], target[name])
               for name, w in s["style-layers"].items()]
              for share, guide, target in zip(self.style_weights, self.guides, self.styles)]
        self.each_style = [sum(v.item() for v in losses) for losses in of]
        return content, [sum(losses) for losses in zip(*of)], s["tv-weight"] * self.tv(x)

    def gradient(self, x):
        losses, gradient = super().gradient(x)
        return {**losses, "styles": self.each_style}, gradient


def two_digits(value):
    return float("%.1e" % value)


def weigh(guided, change, x):
    """Gives it weights that let every layer and every term be seen, as objective.weighted() does."""
    settings = {**guided.settings}
    none = {term + "-weight": 0 for term in ("content", "style", "tv")}
    guided.settings = {**settings, "content-weight": 1, "style-weight": 1, "tv-weight": 0}
    losses, _ = guided.gradient(x)
    for group in ("content-layers", "style-layers"):
        for name, loss in zip(settings[group], losses[group]):
            if loss > 0:                          # else its region is empty
                settings[group][name] = two_digits((list(settings[group]).index(name) + 1) / loss)
    weights = dict(none)
    for term in change.get("terms", objective.BASE["terms"]):
        guided.settings = {**settings, **none, term + "-weight": 1}
        norm = guided.gradient(x)[1].norm().item()
        weights[term + "-weight"] = two_digits(1 / norm) if norm > 0 else 1
    guided.settings = {**settings, **weights}


def case(weights, change, styles, content_mask, keep):
    photo = reference.picture(PHOTO)
    settings = {**objective.BASE, **change}
    del settings["terms"]
    for group in ("content-layers", "style-layers"):
        settings[group] = dict.fromkeys(settings[group], 1)
    x = reference.to_variable(reference.mixed(photo, *TURNED), settings["variable"])
    guided = Guided(weights, settings, photo, styles, content_mask, keep)
    weigh(guided, change, x)
    losses, gradient = guided.gradient(x)
    return {"photo": PHOTO, "turned": list(TURNED), "styles": styles, "content": content_mask, "keep": keep,
            "params": guided.settings, "losses": losses, "gradient": reference.fingerprint(gradient)}


def main():
    weights = reference.weights_argument()
    data = reference.begin("losses and gradients with masks by PyTorch in float64",
                           (PHOTO, "paint-odd.png", "paint.png"), weights)
    data["cases"] = [case(weights, *settings) for settings in cases()]
    reference.write("guided.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
