#!/usr/bin/env python3
"""Times DeepLabV3 as torchvision computes it and as impasto does, pass by pass in turns, and compares the memory of
the two processes. Needs PyTorch and torchvision.

Usage: segment.py LIBIMPASTO [--network NAME] [--size N] [--passes N] [--threads N]
Prints one line of JSON. The weights are random: time does not depend on them. The picture is N x N (default 520).
A pass goes from the picture to the logits at the size of the network's output; torchvision's goes on to the
picture's size, which takes it 1 % of the time."""
import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

NETWORKS = ("deeplabv3_resnet101", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large")


def peak():
    """The most memory that this process held, in MB."""
    with open("/proc/self/status", encoding="ascii") as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM"))


def serve(run):
    """A pass for each line that comes in; then the memory."""
    for _ in sys.stdin:
        start = time.monotonic()
        run()
        print(time.monotonic() - start, flush=True)
    print(peak(), flush=True)


def torchvision_child(arguments):
    import torch
    import torchvision
    torch.set_num_threads(arguments.threads)
    net = getattr(torchvision.models.segmentation, arguments.network)(weights=None, weights_backbone=None,
                                                                      aux_loss=True)
    net.load_state_dict(torch.load(arguments.weights))
    net.eval().to(memory_format=torch.channels_last)      # the faster layout
    del net.aux_classifier      # its logits are of no use here either
    net.aux_classifier = None
    picture = torch.rand(1, 3, arguments.size, arguments.size).to(memory_format=torch.channels_last)

    def run():
        with torch.inference_mode():
            net(picture)
    serve(run)


class ContextParams(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_int), ("backend", ctypes.c_char_p), ("max_memory", ctypes.c_uint64)]


class SegmentParams(ctypes.Structure):
    _fields_ = [("mode", ctypes.c_int), ("width", ctypes.c_uint32), ("height", ctypes.c_uint32)]


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 1024)]


class Impasto:
    def __init__(self, path):
        self.library, self.error = ctypes.CDLL(path), Error()

    def __call__(self, name, *arguments):
        """The object that a function makes."""
        out = ctypes.c_void_p()
        if getattr(self.library, name)(ctypes.byref(out), *arguments, ctypes.byref(self.error)):
            sys.exit(self.error.message.decode())
        return out


def impasto_child(arguments):
    impasto = Impasto(arguments.library)
    context = impasto("imp_context_new", ctypes.byref(ContextParams(arguments.threads, None, 0)))
    net = impasto("imp_segmenter_new", context, arguments.weights.encode())
    side = ctypes.c_size_t(arguments.size)
    picture = impasto("imp_image_new", side, side, ctypes.c_bool(False))
    keep = SegmentParams(0, 0, 0)

    def run():
        impasto.library.imp_segmentation_free(impasto("imp_segmenter_run", net, picture, ctypes.byref(keep)))
    serve(run)


def save_weights(network, path):
    code = ("import sys, torch, torchvision\n"
            "net = getattr(torchvision.models.segmentation, sys.argv[1])(weights=None, weights_backbone=None, "
            "aux_loss=True)\n"
            "torch.save(net.state_dict(), sys.argv[2])\n")
    subprocess.run([sys.executable, "-c", code, network, path], check=True)


def compare(arguments, weights):
    def start(child):
        own = [sys.executable, os.path.abspath(__file__), arguments.library, "--child", child, "--weights", weights]
        rest = [v for key in ("network", "size", "threads") for v in ("--" + key, str(getattr(arguments, key)))]
        environment = dict(os.environ, OMP_NUM_THREADS=str(arguments.threads))
        return subprocess.Popen(own + rest, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    children = {child: start(child) for child in ("torchvision", "impasto")}
    seconds = {child: [] for child in children}
    for _ in range(arguments.passes + 1):       # the first does not count
        for child, process in children.items():
            process.stdin.write("\n")
            process.stdin.flush()
            seconds[child].append(float(process.stdout.readline()))
    result = {"network": arguments.network, "size": arguments.size, "threads": arguments.threads}
    for child, process in children.items():
        process.stdin.close()
        result[child] = {"seconds": round(statistics.median(seconds[child][1:]), 3),
                         "best": round(min(seconds[child][1:]), 3), "peak-mb": int(process.stdout.readline())}
        process.wait()
    result["ratio"] = round(statistics.median(t / i for t, i in zip(seconds["torchvision"][1:], seconds["impasto"][1:])),
                            2)
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", metavar="LIBIMPASTO")
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0])
    parser.add_argument("--size", type=int, default=520)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--child", choices=("torchvision", "impasto"), help=argparse.SUPPRESS)
    parser.add_argument("--weights", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.library = os.path.abspath(arguments.library)
    if arguments.child:
        {"torchvision": torchvision_child, "impasto": impasto_child}[arguments.child](arguments)
        return
    with tempfile.TemporaryDirectory(prefix="impasto-bench.") as folder:
        weights = os.path.join(folder, arguments.network + ".pth")
        save_weights(arguments.network, weights)
        compare(arguments, weights)


main()
