"""make_png.py - writes PNG of every depth and colour type, byte by byte, for the tests of the reader."""

import struct
import zlib

import numpy as np

GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6

# Adam7: first column, first row, step across, step down of each pass.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return (struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data)))


def pack(samples, depth):
    """Rows of samples (h x w x n) as PNG stores them, each behind a filter byte, in turn none, sub, up."""
    h, w, n = samples.shape
    if depth == 16:
        rows = samples.astype(">u2").reshape(h, -1).view("u1").reshape(h, -1)
    elif depth == 8:
        rows = samples.astype("u1").reshape(h, -1)
    else:
        bits = (samples.reshape(h, -1, 1) >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(h, -1).astype("u1"), axis=1)
    left = max(1, n * depth // 8)
    out, before = [], np.zeros_like(rows[0])
    for y, row in enumerate(rows):
        shifted = np.concatenate([np.zeros(left, "u1"), row[:-left]]) if len(row) > left else 0 * row
        out.append(bytes([y % 3]) + (row - [0 * row, shifted, before][y % 3]).astype("u1").tobytes())
        before = row
    return b"".join(out)


def make_png(samples, depth, kind, interlaced=False, before=b"", after=b"", size=None):
    """samples: h x w x n integers; before, after: chunks around IDAT; size: a lie for the header."""
    h, w = samples.shape[:2]
    if interlaced:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in PASSES]
        data = b"".join(pack(p, depth) for p in parts if p.size)
    else:
        data = pack(samples, depth)
    header = struct.pack(">IIBBBBB", *(size or (w, h)), depth, kind, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
            + chunk(b"IDAT", zlib.compress(data)) + after + chunk(b"IEND", b""))


def palette(colours, alpha=None):
    """PLTE, and tRNS if alpha (n numbers) is given."""
    out = chunk(b"PLTE", np.asarray(colours, "u1").tobytes())
    return out + (chunk(b"tRNS", np.asarray(alpha, "u1").tobytes()) if alpha is not None else b"")


def transparent(*sample):
    return chunk(b"tRNS", struct.pack(f">{len(sample)}H", *sample))


def profile(icc):
    return chunk(b"iCCP", b"made up\0\0" + zlib.compress(icc))


def density(x, y):
    """In pixels per metre."""
    return chunk(b"pHYs", struct.pack(">IIB", x, y, 1))


def gamma(value, primaries=None):
    """gAMA, and cHRM of eight numbers: x, y of white, red, green, blue."""
    out = chunk(b"gAMA", struct.pack(">I", round(value * 1e5)))
    if primaries is not None:
        out += chunk(b"cHRM", struct.pack(">8I", *[round(v * 1e5) for v in primaries]))
    return out


def text(keyword, value, kind="iTXt"):
    key, data = keyword.encode(), value.encode()
    if kind == "iTXt":
        return chunk(b"iTXt", key + b"\0\0\0\0\0" + data)
    if kind == "zTXt":
        return chunk(b"zTXt", key + b"\0\0" + zlib.compress(data))
    return chunk(b"tEXt", key + b"\0" + data)


def exif(block):
    return chunk(b"eXIf", block)
