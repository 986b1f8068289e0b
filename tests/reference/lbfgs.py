#!/usr/bin/env python3
"""Writes tests/data/reference/lbfgs.json: the points at which PyTorch's L-BFGS evaluates small problems,
in float64 and how far float32 is from that; tests/style/check_optimiser.c compares.

Usage: lbfgs.py. See README.md.

Two problems: Rosenbrock's function in pairs of variables, and a quadratic whose curvatures stretch over
four powers of ten. Without a line search PyTorch evaluates just the points it steps to, whether a call
of step() takes 1 iteration or its default of 20; both are run and must agree. With strong Wolfe
conditions a call takes one iteration and up to 25 evaluations, the first of which repeats the last
point and is left out; the trial points of the search are all listed. Tolerances are 0.

Walks in float and in double part with time, so each comes with the distance of PyTorch's own float walks
(the farthest of 17 that begin a few roundings apart) from its double walk: no better can be asked of
anyone. The line search alone is scalar
arithmetic, in double here and there: over functions of one variable all its trials are listed."""
import inspect
import math
import random

import torch

from torch.optim import lbfgs
from torch.optim.lbfgs import _strong_wolfe

import reference

# Rules that decide few searches, and others that look much like them.
RULES = (("ls_iter > 1", "ls_iter > 2"), ("ls_iter > 1", "ls_iter > 0"), ("f + c1", "f + 10 * c1"),
         ("insuf_progress or", ""), ("f_new >= bracket_f[low_pos]", "False"))


def rosenbrock(x):
    a, b = x[0::2], x[1::2]
    return (100 * (b - a ** 2) ** 2 + (1 - a) ** 2).sum()


def curvatures(n, dtype):
    return 10 ** torch.linspace(-3, 1, n, dtype=torch.float64).to(dtype)


def quadratic(x):
    n = len(x)
    return (curvatures(n, x.dtype) * (x - torch.linspace(-2, 2, n, dtype=torch.float64).to(x.dtype)) ** 2).sum() / 2


def start_of(problem, n):
    if problem is quadratic:
        return torch.zeros(n, dtype=torch.float64)
    return torch.tensor([-1.2, 1.0] * (n // 2), dtype=torch.float64) + torch.linspace(0, 0.5, n, dtype=torch.float64)


def walk(problem, n, dtype, points, search, rate, history, iterations=1, shift=0.0):
    x = (start_of(problem, n).to(dtype) * (1 + shift)).requires_grad_()
    seen = []

    def closure():
        optimiser.zero_grad()
        loss = problem(x)
        loss.backward()
        seen.append((x.detach().double().tolist(), loss.item()))
        return loss

    optimiser = torch.optim.LBFGS([x], lr=rate, history_size=history, max_iter=iterations, max_eval=25 * iterations,
                                  tolerance_grad=0, tolerance_change=0, line_search_fn=search)
    while len(seen) < points:
        before = len(seen)
        optimiser.step(closure)
        if search and before:      # evaluated again
            del seen[before]
    return seen[:points]


def distance(a, b):
    a, b = (torch.tensor(v, dtype=torch.float64) for v in (a, b))
    return float((a - b).norm())


def case(problem, n, points, search, rate, history):
    double = walk(problem, n, torch.float64, points, search, rate, history)
    singles = [walk(problem, n, torch.float32, points, search, rate, history, shift=k * 1.2e-7) for k in range(-8, 9)]
    if not search:
        assert walk(problem, n, torch.float64, points, search, rate, history, iterations=20) == double
    off = [max(distance(w[i][0], double[i][0]) for w in singles) for i in range(points)]
    return {"problem": problem.__name__, "n": n, "line-search": "wolfe" if search else "none", "learning-rate": rate,
            "history": history, "points": [[float("%.10g" % v) for v in x] for x, _ in double],
            "losses": [float("%.10g" % loss) for _, loss in double], "float-off": [float("%.3g" % d) for d in off]}


def search(values, shake, strong_wolfe=_strong_wolfe):
    """The trials and the end of a search along a t^2 / 2 + b t + c cos(s t + u) + e |t - k| + m, each
    value and slope off by a share of up to `shake`. A bracket over which not even 1e-7 of the loss could
    be won ends a search, which is PyTorch's tolerance_change in other words."""
    a, b, c, s, u, e, k, m, first = values
    rng = random.Random(1)
    trials = []

    def phi(x, t, d):
        t = torch.as_tensor(t, dtype=torch.float64)
        if d is not None:
            trials.append(float(t))
        wave = s * t + u
        f = a * t * t / 2 + b * t + c * torch.cos(wave) + e * abs(t - k) + m
        g = a * t + b - c * s * torch.sin(wave) + e * torch.sign(t - k)
        return float(f) * (1 + rng.uniform(-shake, shake)), (g * (1 + rng.uniform(-shake, shake))).reshape(1)

    one = torch.ones(1, dtype=torch.float64)
    f, g = phi(None, 0.0, None)
    if not float(g) < -0.01:
        return None
    _, _, end, _ = strong_wolfe(phi, None, torch.tensor(first, dtype=torch.float64), one, f, g, g.dot(one),
                                 tolerance_change=1e-7 * abs(f) / -float(g), max_ls=24)
    return trials + [float(end)]


def search_case(rng):
    """Waves and kinks make searches long or fail. Those that the last digits decide are left out."""
    while True:
        values = [rng.uniform(*r) for r in ((-0.2, 2), (-3, 1), (-2, 2), (0.2, 6), (0, 6), (0, 3), (-1, 4))]
        values[3] *= rng.choice((1, 1, 10))
        values[5] *= rng.choice((0, 1, 1))
        a, b, c, s, u, e, k = values
        values += [rng.choice((0, -(c * math.cos(u) + e * abs(k)))), 10 ** rng.uniform(-2.5, 1.5)]
        values = [float("%.6g" % v) for v in values]
        trials = search(values, 0)
        others = [search(values, shake) for shake in (1e-13, 1e-12)]
        if trials and all(o and len(o) == len(trials) and all(abs(v - w) < 1e-7 * abs(v) for v, w in zip(o, trials))
                          for o in others):
            trials = [float("%.12g" % t) for t in trials]
            return {"phi": values, "trials": trials[:-1], "end": trials[-1]}


def decisive_case(rng, rule, other):
    """One in which this rule of PyTorch's decides: with another in its place the trials differ."""
    source = inspect.getsource(_strong_wolfe)
    names = dict(vars(lbfgs))
    assert rule in source
    exec(source.replace(rule, other), names)
    while True:
        case = search_case(rng)
        if search(case["phi"], 0, names["_strong_wolfe"])[:-1] != search(case["phi"], 0)[:-1]:
            return case


def main():
    rng = random.Random(4)
    cases = []
    for search in (None, "strong_wolfe"):
        for history in (100, 5):
            rate = 1 if search else 0.5
            cases.append(case(rosenbrock, 10, 40, search, rate, history))
            cases.append(case(quadratic, 24, 40, search, rate, history))
    data = {"about": "the points at which torch.optim.LBFGS evaluates", "torch": torch.__version__, "cases": cases,
            "searches": [search_case(rng) for _ in range(240)]
                        + [decisive_case(rng, *rule) for rule in RULES for _ in range(3)]}
    reference.write("lbfgs.json", data)


if __name__ == "__main__":
    main()
