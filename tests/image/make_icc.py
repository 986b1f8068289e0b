"""make_icc.py - writes ICC profiles (version 2), and says in double precision what they mean."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB = [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]
ADOBE = [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)]
D65 = (0.3127, 0.3290)


def matrix(primaries):
    """RGB under D65 to XYZ under D50, white to white."""
    xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1, (1 - D65[0] - D65[1]) / D65[1]])
    adapt = np.linalg.solve(CONES, np.diag(CONES @ D50 / (CONES @ white)) @ CONES)    # Bradford
    return adapt @ (xyz * np.linalg.solve(xyz, white))


def fixed(values):
    return b"".join(struct.pack(">i", round(float(v) * 65536)) for v in values)


def xyz_tag(values):
    return b"XYZ \0\0\0\0" + fixed(values)


def gamma_tag(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def curve_tag(values):
    """A table of values in [0, 1]."""
    code = np.round(np.asarray(values) * 65535).astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + code


def text_tags():
    name = b"made up\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 79
    return {b"desc": described, b"cprt": b"text\0\0\0\0public\0", b"wtpt": xyz_tag(D50)}


def make_profile(space, kind, connection, tags):
    tags = {**text_tags(), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", begin + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    body = table + data
    head = (struct.pack(">I4sI4s4s4s", 128 + len(body), b"none", 0x02400000, kind, space, connection)
            + struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + fixed(D50))
    return head.ljust(128, b"\0") + body


def rgb_profile(primaries, gamma=None, curve=None):
    """With an exponent, or with the table that curve_tag() made."""
    m = matrix(primaries)
    tags = {n: xyz_tag(m[:, i]) for i, n in enumerate([b"rXYZ", b"gXYZ", b"bXYZ"])}
    tags.update({n: curve or gamma_tag(gamma) for n in [b"rTRC", b"gTRC", b"bTRC"]})
    return make_profile(b"RGB ", b"mntr", b"XYZ ", tags)


def grey_profile(gamma):
    return make_profile(b"GRAY", b"mntr", b"XYZ ", {b"kTRC": gamma_tag(gamma)})


def cmyk_profile(side=9):
    """Inks of a made-up press: a table of Lab over side^4 points, and the way back left flat."""
    c, m, y, k = np.meshgrid(*[np.linspace(0, 1, side)] * 4, indexing="ij")
    light = 100 * (1 - 0.35 * c) * (1 - 0.45 * m) * (1 - 0.08 * y) * (1 - 0.85 * k)
    lab = np.stack([light, (74 * m - 37 * c - 5 * y) * (1 - k), (90 * y - 50 * c - 5 * m) * (1 - k)], -1)
    code = np.stack([lab[..., 0] * 65280 / 100, (lab[..., 1] + 128) * 256, (lab[..., 2] + 128) * 256], -1)
    grid = np.clip(np.round(code), 0, 65535).astype(">u2").tobytes()
    ramp = struct.pack(">2H", 0, 65535)
    lut = (b"mft2\0\0\0\0" + bytes([4, 3, side, 0]) + fixed([1, 0, 0, 0, 1, 0, 0, 0, 1])
           + struct.pack(">2H", 2, 2) + ramp * 4 + grid + ramp * 3)
    return make_profile(b"CMYK", b"prtr", b"Lab ", {b"A2B0": lut})


def srgb_encode(v):
    v = np.clip(v, 0, None)
    return np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)


def srgb_decode(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def rgb_meaning(values, primaries, gamma):
    """What RGB values (h x w x 3 in [0, 1]) under such a profile are in sRGB, clipped."""
    linear = values.astype("f8") ** (round(gamma * 256) / 256)
    return np.clip(srgb_encode(linear @ (np.linalg.inv(matrix(SRGB)) @ matrix(primaries)).T), 0, 1)


def grey_meaning(values, gamma):
    return np.clip(srgb_encode(values.astype("f8") ** (round(gamma * 256) / 256)), 0, 1)
