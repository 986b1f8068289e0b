#!/usr/bin/env python3
"""Writes tests/data/reference/recipes.json: the losses of the first 20 steps of the presets `classic`
and `tf-eager`, by PyTorch in float64, and Adam by itself; tests/style/check_reference.c compares.

Usage: recipes.py WEIGHTS. See README.md.

The pictures keep their sizes, so that no resizing enters; they are large because small differences
grow from step to step in each place by itself, and average out over many places. A step's losses are those of the picture as
it was before it. `classic` walks by PyTorch's Adam, which adds epsilon to the root of the corrected
second moment; `tf-eager` by TensorFlow's, written out here, which adds it to the root of the moment as
it is (Kingma and Ba, 2014, end of section 2: "epsilon hat")."""
import torch

import reference

PICTURES = ("scene.png", "paint.png")
STEPS = 20
# learning rate, betas, epsilon; where epsilon goes; whether pixels are clipped to the valid range
OPTIMISERS = {"classic": ((0.003, (0.9, 0.999), 1e-8), False, False),
              "tf-eager": ((5, (0.99, 0.999), 0.1), True, True)}


class HatAdam:
    """TensorFlow's Adam, with torch.optim's manners."""

    def __init__(self, x, lr, betas, eps):
        self.x, self.lr, self.betas, self.eps = x, lr, betas, eps
        self.m, self.v, self.t = torch.zeros_like(x), torch.zeros_like(x), 0

    def step(self):
        b1, b2 = self.betas
        self.t += 1
        self.m = b1 * self.m + (1 - b1) * self.x.grad
        self.v = b2 * self.v + (1 - b2) * self.x.grad ** 2
        rate = self.lr * (1 - b2 ** self.t) ** 0.5 / (1 - b1 ** self.t)
        self.x.data = self.x.data - rate * self.m / (self.v.sqrt() + self.eps)


def adam_of(x, constants, hat):
    lr, betas, eps = constants
    return HatAdam(x, lr, betas, eps) if hat else torch.optim.Adam([x], lr=lr, betas=betas, eps=eps)


def curve(weights, preset):
    settings, (constants, hat, clip) = reference.PRESETS[preset], OPTIMISERS[preset]
    content, style = (reference.picture(name) for name in PICTURES)
    objective = reference.Objective(weights, settings, content, style)
    x = reference.to_variable(content, settings["variable"]).clone().requires_grad_()
    low, high = (reference.to_variable(torch.full_like(content, v), settings["variable"]) for v in (0, 1))
    adam = adam_of(x, constants, hat)
    steps = []
    for _ in range(STEPS):
        losses, x.grad = objective.gradient(x)
        steps.append([losses["total"], losses["content"], losses["style"]])
        adam.step()
        if clip:
            x.data = torch.maximum(torch.minimum(x.data, high), low)
    last = reference.to_rgb(x.detach(), settings["variable"]).clamp(0, 1)
    return {"preset": preset, "pictures": list(PICTURES), "steps": steps, "picture": reference.fingerprint(last)}


def quadratic(constants, hat=False):
    """50 steps down sum a (x - c)^2 / 2: a stretches over four powers of ten, so that epsilon counts
    for some coordinates and not for others; steps so short that none comes near its end and swings."""
    lr, betas, eps = constants
    n = 16
    a = 10 ** torch.linspace(-3, 1, n)
    c = torch.linspace(-2, 2, n)
    x = torch.zeros(n, requires_grad=True)
    adam = adam_of(x, constants, hat)
    after = []
    for _ in range(50):
        x.grad = a * (x.detach() - c)
        adam.step()
        after.append(x.detach().tolist())
    return {"learning-rate": lr, "beta1": betas[0], "beta2": betas[1], "epsilon": eps, "epsilon-hat": hat,
            "a": a.tolist(), "c": c.tolist(), "after": {str(step): after[step - 1] for step in (1, 2, 10, 50)}}


def main():
    weights = reference.weights_argument()
    data = reference.begin("the first steps of presets, and Adam, by PyTorch in float64", PICTURES, weights)
    data["adam"] = [quadratic((0.003, (0.9, 0.999), 1e-8)), quadratic((0.05, (0.99, 0.999), 0.1)),
                    quadratic((0.05, (0.99, 0.999), 0.1), hat=True), quadratic((0.01, (0.5, 0.9), 1e-3))]
    data["curves"] = [curve(weights, preset) for preset in OPTIMISERS]
    reference.write("recipes.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
