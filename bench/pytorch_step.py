#!/usr/bin/env python3
"""Times one step of style transfer as PyTorch does it on a CPU: VGG19 up to relu5_1, content and Gram
losses, the gradient with respect to the picture, Adam. Needs PyTorch only.

Usage: pytorch_step.py [--size N] [--steps N] [--threads N]
Prints one line of JSON: the median seconds a step for each memory format. The weights are random (He's,
so that nothing dies out or overflows): time does not depend on them."""
import argparse
import json
import statistics
import time

import torch
from torch.nn import functional

BLOCKS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
CONTENT, STYLE = (3, 1), [(block, 0) for block in range(5)]     # relu4_2; relu1_1 ... relu5_1


def network(memory):
    generator, channels, layers = torch.Generator().manual_seed(1), 3, []
    for block in BLOCKS:
        layers.append([])
        for width in block:
            kernel = torch.randn(width, channels, 3, 3, generator=generator) * (2 / (9 * channels)) ** 0.5
            layers[-1].append((kernel.to(memory_format=memory), torch.zeros(width)))
            channels = width
    return layers


def features(layers, x):
    out = {}
    for b, block in enumerate(layers):
        if b:
            x = functional.max_pool2d(x, 2)
        for c, (kernel, bias) in enumerate(block):
            x = functional.relu(functional.conv2d(x, kernel, bias, padding=1))
            if (b, c) == CONTENT or (b, c) in STYLE:
                out[b, c] = x
    return out


def gram(f):
    rows = f.flatten(2)[0]
    return rows @ rows.T / rows.shape[1]


def seconds_a_step(size, steps, memory):
    layers = network(memory)
    x = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(2)).to(memory_format=memory)
    with torch.no_grad():
        content = features(layers, x)[CONTENT]
        style = {at: gram(f) for at, f in features(layers, x.flip(2)).items() if at in STYLE}
    x.requires_grad_()
    adam = torch.optim.Adam([x], lr=0.02)
    times = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        adam.zero_grad()
        seen = features(layers, x)
        loss = functional.mse_loss(seen[CONTENT], content)
        loss = loss + 1e3 * sum(functional.mse_loss(gram(seen[at]), style[at]) for at in STYLE)
        loss.backward()
        adam.step()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])        # the first one prepares


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    times = {name: seconds_a_step(args.size, args.steps, memory)
             for name, memory in (("channels-last", torch.channels_last), ("nchw", torch.contiguous_format))}
    print(json.dumps({"torch": torch.__version__, "size": args.size, "threads": args.threads, "seconds": times}))


if __name__ == "__main__":
    main()
