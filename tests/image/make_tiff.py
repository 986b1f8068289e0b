"""make_tiff.py - writes TIFF, byte by byte, for the tests of the reader; and EXIF, which is the same."""

import struct
import zlib

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
FORMAT = {BYTE: "B", SHORT: "H", LONG: "I", LONG8: "Q"}
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
ASSOCIATED, UNASSOCIATED = 1, 2


def value_bytes(kind, values, order):
    if kind in (ASCII, UNDEFINED):
        return values if isinstance(values, bytes) else values.encode() + b"\0"
    if kind == RATIONAL:
        return b"".join(struct.pack(order + "II", round(v * 1000), 1000) for v in values)
    return struct.pack(f"{order}{len(values)}{FORMAT[kind]}", *values)


def directory(tags, order, at, big=False):
    """The directory that will stand at offset `at`: its entries, then the values too long for them."""
    count, word, room = ("Q", "Q", 8) if big else ("H", "I", 4)
    entry = 4 + 2 * struct.calcsize(order + word)
    outside_at = at + struct.calcsize(order + count) + entry * len(tags) + room
    entries, outside = b"", b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        data = value_bytes(kind, values, order)
        n = len(data) if kind in (ASCII, UNDEFINED) else len(values)
        if len(data) <= room:
            place = data.ljust(room, b"\0")
        else:
            place = struct.pack(order + word, outside_at + len(outside))
            outside += data + b"\0" * (len(data) % 2)
        entries += struct.pack(order + "HH" + word, tag, kind, n) + place
    return struct.pack(order + count, len(tags)) + entries + b"\0" * room + outside


def head(order, at, big=False):
    mark = b"II" if order == "<" else b"MM"
    return mark + (struct.pack(order + "HHHQ", 43, 8, 0, at) if big else struct.pack(order + "HI", 42, at))


def make_exif(tags, order="<"):
    """tags: {number: (type, values)}."""
    return head(order, 8) + directory(tags, order, 8)


def pack(part, bits, order, predictor):
    h, w, n = part.shape
    if predictor:
        part = part.copy()
        part[:, 1:] -= part[:, :-1].copy()
    if bits == 16:
        return part.astype(order + "u2").tobytes()
    if bits == 8:
        return part.astype("u1").tobytes()
    planes = (part.reshape(h, -1, 1) >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(planes.reshape(h, -1).astype("u1"), axis=1).tobytes()


def split(samples, tile, rows):
    """Strips of `rows` rows, or tiles filled up with zeros."""
    h, w, n = samples.shape
    if not tile:
        return [samples[y:y + rows] for y in range(0, h, rows)]
    tw, th = tile
    full = np.zeros((-(-h // th) * th, -(-w // tw) * tw, n), samples.dtype)
    full[:h, :w] = samples
    return [full[y:y + th, x:x + tw] for y in range(0, h, th) for x in range(0, w, tw)]


def make_tiff(samples, bits, photometric, order="<", tile=None, rows=5, apart=False, deflate=False,
              predictor=False, extra=None, tags=None, big=False, stored=None):
    """samples: h x w x n integers. The directory comes first, the samples at the end; `stored` takes
    their place with strips or tiles ready made."""
    h, w, n = samples.shape
    samples = samples.astype(f"u{2 if bits == 16 else 1}")
    planes = [samples[..., i:i + 1] for i in range(n)] if apart else [samples]
    data = stored or [pack(p, bits, order, predictor) for plane in planes for p in split(plane, tile, rows)]
    if deflate:
        data = [zlib.compress(d) for d in data]
    place = LONG8 if big else LONG
    all_tags = {256: (LONG, [w]), 257: (LONG, [h]), 258: (SHORT, [bits] * n),
                259: (SHORT, [8 if deflate else 1]), 262: (SHORT, [photometric]), 277: (SHORT, [n]),
                284: (SHORT, [2 if apart else 1]), 317: (SHORT, [2 if predictor else 1])}
    if extra is not None:
        all_tags[338] = (SHORT, extra)
    if tile:
        all_tags.update({322: (LONG, [tile[0]]), 323: (LONG, [tile[1]])})
    else:
        all_tags[278] = (LONG, [rows])
    all_tags.update(tags or {})
    offsets, counts = (324, 325) if tile else (273, 279)
    all_tags[counts] = (place, [len(d) for d in data])
    all_tags[offsets] = (place, [0] * len(data))
    first = 16 if big else 8
    begin = first + len(directory(all_tags, order, first, big))
    starts = np.cumsum([begin] + [len(d) for d in data])[:-1]
    all_tags[offsets] = (place, [int(s) for s in starts])
    return head(order, first, big) + directory(all_tags, order, first, big) + b"".join(data)


def colour_map(colours):
    """The tag for a palette of 8-bit colours (n x 3), n a power of two."""
    return {320: (SHORT, [int(v) * 257 for v in np.asarray(colours).T.reshape(-1)])}
