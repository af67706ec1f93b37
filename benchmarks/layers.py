"""Layers of images, forward and backward, beside PyTorch's eager autograd and numpy-ml's layer: time and memory.

Each way computes outputs and all three gradients from the same numbers, and they are compared first. The ways take
turns, in rounds; a ratio is the median of the ratios of the rounds. With one thread each, times are those that the
process spent computing, so that what else the machine does is left out; with two threads, those of a clock. Peak memory
is what a fresh process, once warm, needs beyond its inputs. The targets stand above each table. `make bench` installs
the peers and runs this.
"""

from __future__ import annotations

import collections
import collections.abc
import ctypes
import math
import os
import re
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nblib import layers

try:
    import torch
    from torch.nn import functional
except ImportError:
    torch = None
try:
    collections.Hashable = collections.abc.Hashable  # numpy-ml is of 2020
    with warnings.catch_warnings(action="ignore"):
        from numpy_ml.neural_nets.layers import Conv2D as NumpyMl
except ImportError:
    NumpyMl = None

# name: m, C, h, w -> F, kernel, stride, padding
SHAPES = {"A": (1, 1, 4, 4, 1, 2, 1, 0), "B": (32, 3, 32, 32, 16, 3, 1, 1), "C": (64, 1, 28, 28, 8, 5, 1, 2),
          "D": (16, 16, 64, 64, 32, 3, 2, 1)}
# what follows B, C and D: images, window, stride
POOLS = {"B": ((32, 16, 32, 32), 2, 2), "C": ((64, 8, 28, 28), 2, 2), "D": ((16, 32, 32, 32), 3, 2)}
TYPES = {"float32": np.float32, "float64": np.float64}
ROUNDS, LEAST = 15, 0.05  # seconds of each way in a round, at least


def drawn(name, kind):
    """X, W, b, and the gradient by the outputs; stride and padding."""
    m, C, h, w, F, k, stride, padding = SHAPES[name]
    rng, out = np.random.default_rng(0), layers.conv_size((h, w), k, stride, padding)
    shapes = (m, C, h, w), (F, C, k, k), (F,), (m, F, *out)
    return [rng.normal(size=shape).astype(kind) for shape in shapes], (stride, padding)


# ---- the ways: each a function without arguments, which gives the gradients

def ours(X, W, b, dY, stride, padding):
    def run():
        layers.conv2d(X, W, b, stride, padding)
        return layers.conv2d_backward(dY, X, W, b, stride, padding)
    return run


def ours_split(X, W, b, dY, stride, padding):
    """The batch in two halves, each in a thread."""
    pool, half = ThreadPoolExecutor(2), len(X) // 2

    def part(which):
        return ours(X[which], W, b, dY[which], stride, padding)()

    def run():
        (dX, dW, db), (dX2, dW2, db2) = pool.map(part, (slice(half), slice(half, None)))
        return np.concatenate([dX, dX2]), dW + dW2, db + db2
    return run


def by_autograd(function, arrays, dY):
    """PyTorch's ``function`` of the arrays, and the gradients by them."""
    tensors, dY = [torch.from_numpy(a).requires_grad_() for a in arrays], torch.from_numpy(dY)

    def run():
        for tensor in tensors:
            tensor.grad = None
        function(*tensors).backward(dY)
        return [tensor.grad.numpy() for tensor in tensors]
    return run


def pytorch(X, W, b, dY, stride, padding):
    return by_autograd(lambda *a: functional.conv2d(*a, stride=stride, padding=padding), (X, W, b), dY)


def numpy_ml(X, W, b, dY, stride, padding):
    """Its layer has the channels last."""
    layer = NumpyMl(len(W), W.shape[2:], padding, stride)
    X, dY = (np.ascontiguousarray(np.moveaxis(a, 1, -1)) for a in (X, dY))
    layer.forward(X[:1])
    layer.parameters = {"W": np.ascontiguousarray(W.transpose(2, 3, 1, 0)), "b": b[None, None, None]}

    def run():
        layer.flush_gradients()
        layer.gradients = {name: np.zeros_like(a) for name, a in layer.parameters.items()}
        layer.forward(X)
        dX = layer.backward(dY)
        return np.moveaxis(dX, -1, 1), layer.gradients["W"].transpose(3, 2, 0, 1), layer.gradients["b"].ravel()
    return run


WAYS = {"nblib": ours} | ({"PyTorch": pytorch} if torch else {}) | ({"numpy-ml": numpy_ml} if NumpyMl else {})


def transposed(name, kind):
    """By way: the transposed layer that leads back from the outputs of this shape."""
    (X, W, _, dY), (stride, padding) = drawn(name, kind)
    b = np.random.default_rng(1).normal(size=X.shape[1]).astype(kind)
    extra = (X.shape[2] + 2 * padding - W.shape[2]) % stride

    def run():
        layers.conv_transpose2d(dY, W, b, stride, padding, 1, extra)
        return layers.conv_transpose2d_backward(X, dY, W, b, stride, padding, 1, extra)

    def theirs(*a):
        return functional.conv_transpose2d(*a, stride=stride, padding=padding, output_padding=extra)
    return {"nblib": run} | ({"PyTorch": by_autograd(theirs, (dY, W, b), X)} if torch else {})


def pooled(name, kind, which):
    """By way: max or mean pooling."""
    shape, size, stride = POOLS[name]
    rng = np.random.default_rng(2)
    X, forward = rng.normal(size=shape).astype(kind), getattr(layers, f"{which}_pool2d")
    dY = rng.normal(size=forward(X, size, stride).shape).astype(kind)

    def run():
        forward(X, size, stride)
        return getattr(layers, f"{which}_pool2d_backward")(dY, X, size, stride)
    theirs = torch and {"max": functional.max_pool2d, "mean": functional.avg_pool2d}[which]
    return {"nblib": run} | ({"PyTorch": by_autograd(lambda x: theirs(x, size, stride), (X,), dY)} if torch else {})


# ---- time

def seconds(runs, clock=time.process_time, rounds=ROUNDS):
    """The seconds of a call of each, by round; the results are made sure to agree."""
    first, *others = [run() for run in runs.values()]
    for other in others:
        for a, b in zip(first, other, strict=True):
            assert np.allclose(a, b, rtol=1e-3, atol=1e-3 * np.abs(a).max()), "the ways disagree"
    calls = {}
    for name, run in runs.items():
        begin = clock()
        run()
        calls[name] = max(1, round(LEAST / max(clock() - begin, 1e-6)))
    spent = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            begin = clock()
            for _ in range(calls[name]):
                run()
            spent[name].append((clock() - begin) / calls[name])
    return {name: np.array(values) for name, values in spent.items()}


def ratio(spent, one, other):
    """The median over the rounds, or nan where one of the ways is missing."""
    return float(np.median(spent[one] / spent[other])) if one in spent and other in spent else math.nan


def milliseconds(spent, name):
    return f"{np.median(spent[name]) * 1e3:.3g}" if name in spent else "not installed"


def shown(number, unit=""):
    return "–" if math.isnan(number) else f"{number:.2f}{unit}"


def geometric_mean(numbers):
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def peak_rate(kind, n=1024):
    """Operations in a second, of the matrix product of two of n × n."""
    A = np.random.default_rng(0).normal(size=(n, n)).astype(kind)
    times = []
    for _ in range(9):
        begin = time.process_time()
        A @ A
        times.append(time.process_time() - begin)
    return 2 * n**3 / min(times)


def convolution_table():
    print("""
### Convolution, one thread each

Outputs and the gradients by images, kernels and biases. Targets: nblib / PyTorch at most 0.80 in the geometric mean
over B, C, D, none above 1.3; numpy-ml / nblib at least 3. Share of peak: of the rate of a 1024 × 1024 matrix product.

| type | shape | nblib ms | PyTorch ms | nblib / PyTorch | numpy-ml ms | numpy-ml / nblib | share of peak |
|---|---|--:|--:|--:|--:|--:|--:|""")
    for kind, dtype in TYPES.items():
        ratios, peak = [], peak_rate(dtype)
        for name in SHAPES:
            arrays, settings = drawn(name, dtype)
            spent = seconds({way: make(*arrays, *settings) for way, make in WAYS.items()})
            _, W, _, dY = arrays
            rate = 6 * dY.size * W[0].size / np.median(spent["nblib"])
            ratios.append(ratio(spent, "nblib", "PyTorch"))
            print(f"| {kind} | {name} | {milliseconds(spent, 'nblib')} | {milliseconds(spent, 'PyTorch')} "
                  f"| {shown(ratios[-1])} | {milliseconds(spent, 'numpy-ml')} "
                  f"| {shown(ratio(spent, 'numpy-ml', 'nblib'))} | {rate / peak:.0%} |", flush=True)
        print(f"| {kind} | **B, C, D** | | | **{shown(geometric_mean(ratios[1:]))}** | | "
              f"| peak {peak / 1e9:.0f} Gflop/s |")


def two_thread_table():
    print("""
### Convolution, two threads each

The batch split over two Python threads, beside PyTorch with two; of each the fastest round, since a busy neighbour
slows two threads many times over. Target: at most 1.2 in the geometric mean.

| type | shape | nblib ms | PyTorch ms | nblib / PyTorch | gain by the second thread |
|---|---|--:|--:|--:|--:|""")
    for kind, dtype in TYPES.items():
        ratios = []
        for name in "BCD":
            arrays, settings = drawn(name, dtype)
            makers = {"nblib": ours_split, "one": ours} | ({"PyTorch": pytorch} if torch else {})
            runs = {way: make(*arrays, *settings) for way, make in makers.items()}
            spent = seconds(runs, time.perf_counter, 2 * ROUNDS)
            fastest = {way: times[times.argmin()][None] for way, times in spent.items()}
            ratios.append(ratio(fastest, "nblib", "PyTorch"))
            print(f"| {kind} | {name} | {milliseconds(fastest, 'nblib')} | {milliseconds(fastest, 'PyTorch')} "
                  f"| {shown(ratios[-1])} | {shown(ratio(fastest, 'one', 'nblib'), ' ×')} |", flush=True)
        print(f"| {kind} | **B, C, D** | | | **{shown(geometric_mean(ratios))}** | |")
    print(f"\nIn the last minute {os.getloadavg()[0]:.1f} processes were at work, of which two are ours.")


def other_layers_table():
    print("""
### Transposed convolution and pooling, one thread each

The transposed layers lead back from the outputs of B, C, D; pooling follows them, windows of 2 with stride 2, after D
of 3 with stride 2. The time, and nblib / PyTorch. Target: at most 2.

| layer | type | B | C | D |
|---|---|--:|--:|--:|""")
    makers = {"transposed convolution": transposed, "max pooling": lambda *a: pooled(*a, "max"),
              "mean pooling": lambda *a: pooled(*a, "mean")}
    for layer, make in makers.items():
        for kind, dtype in TYPES.items():
            cells = []
            for name in "BCD":
                spent = seconds(make(name, dtype))
                cells.append(f"{milliseconds(spent, 'nblib')} ms, {shown(ratio(spent, 'nblib', 'PyTorch'), ' ×')}")
            print(f"| {layer} | {kind} | {' | '.join(cells)} |", flush=True)


# ---- memory

def status(field):
    """A field of this process's memory, in MiB (Linux)."""
    with open("/proc/self/status") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1]) / 1024


def peak_memory(way, name, kind):
    """MiB that a run needs beyond what is there before it; to be called in a fresh process."""
    arrays, settings = drawn(name, TYPES[kind])
    run = WAYS[way](*arrays, *settings)
    run()
    ctypes.CDLL(None).malloc_trim(0)
    before = status("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is counted anew
    run()
    return status("VmHWM") - before


def memory_table():
    print("\n### Peak memory of a convolution, MiB\n\nTarget: at most that of PyTorch.\n")
    print(f"| type | shape | {' | '.join(WAYS)} |\n|---|---|{'--:|' * len(WAYS)}")
    for kind in TYPES:
        for name in "BCD":
            cells = [float(subprocess.run([sys.executable, __file__, way, name, kind], check=True, text=True,
                                          stdout=subprocess.PIPE).stdout) for way in WAYS]
            print(f"| {kind} | {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |", flush=True)


def main():
    if torch:
        torch.set_num_threads(1)
    if len(sys.argv) > 1:
        print(peak_memory(*sys.argv[1:]))
        return
    shapes = [f"{name} {m} × {C} × {h} × {w} → {F}, {k}, {s}, {p}" for name, (m, C, h, w, F, k, s, p) in SHAPES.items()]
    print(f"Shapes, m × C × h × w → F, kernel, stride, padding: {'; '.join(shapes)}.")
    convolution_table()
    other_layers_table()
    if sys.platform == "linux":
        memory_table()
    if torch:
        torch.set_num_threads(2)
    two_thread_table()


if __name__ == "__main__":
    main()
