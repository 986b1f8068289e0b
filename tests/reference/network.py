#!/usr/bin/env python3
"""Writes tests/data/reference/network.json: every tap of VGG19 with its real weights, and gradients,
computed by PyTorch in float64; tests/style/check_network_reference.c compares.

Usage: network.py WEIGHTS. See README.md.

Three things are recorded. The taps' outputs for scene.png. The gradient with respect to the network's
input of half the sum of all taps' squared norms, each divided by its own squared norm at that
picture, so that every tap pulls about alike on the way back. And the same for an odd-sized picture
under each way of pooling and padding."""
import torch

import reference


def case(weights, name, pooling, padding, layers):
    x = reference.to_network(reference.picture(name), "unit").requires_grad_()
    taps = reference.features(weights, x, layers, pooling, padding)
    squares = {layer: (tap.detach() ** 2).sum().item() for layer, tap in taps.items()}
    sum((tap ** 2).sum() / (2 * squares[layer]) for layer, tap in taps.items()).backward()
    return {"picture": name, "pooling": pooling, "padding": padding,
            "taps": {layer: reference.fingerprint(taps[layer]) for layer in layers},
            "gradient": reference.fingerprint(x.grad, samples=name == "scene.png")}


def main():
    weights = reference.weights_argument()
    pictures = ["scene.png", "scene-odd.png"]
    data = reference.begin("VGG19's taps and gradients by PyTorch in float64", pictures, weights)
    few = ["relu1_1", "relu2_1", "conv3_1", "relu4_2", "relu5_1"]
    data["cases"] = [case(weights, "scene.png", "max", "zero", reference.LAYERS)]
    for pooling, padding in (("max", "zero"), ("average", "zero"), ("l2", "zero"), ("max", "replicate"),
                             ("average", "replicate")):
        data["cases"].append(case(weights, "scene-odd.png", pooling, padding, few))
    reference.write("network.json", data)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
