#!/usr/bin/env python3
"""Times one step of style transfer as PyTorch does it on a CPU: VGG19 up to relu5_1 with zero
padding and max pooling, content loss at relu4_2, Gram losses at relu1_1 to relu5_1, the
gradient with respect to the picture, Adam. Needs PyTorch only.

Usage: pytorch_step.py [--size N|WIDTHxHEIGHT] [--steps N] [--threads N] [--format FORMAT]
                       [--bf16]
Prints one line of JSON. The weights are random (He's, so that nothing dies out or overflows):
time does not depend on them."""
import argparse
import json
import statistics
import time

import torch
from torch.nn import functional

BLOCKS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
CONTENT, STYLE = (3, 1), [(block, 0) for block in range(5)]     # relu4_2; relu1_1 ... relu5_1
FORMATS = {"channels-last": torch.channels_last, "nchw": torch.contiguous_format}


def network(memory):
    generator, channels, layers = torch.Generator().manual_seed(1), 3, []
    for block in BLOCKS:
        layers.append([])
        for width in block:
            kernel = torch.randn(width, channels, 3, 3, generator=generator)
            kernel *= (2 / (9 * channels)) ** 0.5
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


def objective(layers, picture):
    """The loss as a function of x: the photograph is this picture, the painting its mirror."""
    with torch.no_grad():
        content = features(layers, picture)[CONTENT]
        seen = features(layers, picture.flip(2))
        style = {at: gram(seen[at]) for at in STYLE}

    def loss(x):
        seen = features(layers, x)
        styles = sum(functional.mse_loss(gram(seen[at]), style[at]) for at in STYLE)
        return functional.mse_loss(seen[CONTENT], content) + 1e3 * styles
    return loss


def seconds_a_step(width, height, steps, memory, bf16):
    x = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(2))
    x = x.to(memory_format=memory)
    times = []
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        loss = objective(network(memory), x.clone())
    x.requires_grad_()
    adam = torch.optim.Adam([x], lr=0.02)
    for _ in range(steps + 1):
        start = time.perf_counter()
        adam.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            value = loss(x)
        value.backward()
        adam.step()
        times.append(time.perf_counter() - start)
    return times[1:]        # the first one prepares


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", default="512")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--format", choices=FORMATS, default="channels-last")
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    width, _, height = args.size.partition("x")
    times = seconds_a_step(int(width), int(height or width), args.steps,
                           FORMATS[args.format], args.bf16)
    print(json.dumps({"torch": torch.__version__, "size": args.size, "threads": args.threads,
                      "capability": torch.backends.cpu.get_cpu_capability(),
                      "format": args.format, "step": statistics.median(times),
                      "steps": times}))


if __name__ == "__main__":
    main()
