"""How long a gradient check takes, in evaluations of the loss, and how exact each way is.

A two-layer network (tanh, squared error, 32 examples) with P parameters. The ways are timed in turn, several rounds,
each as a multiple of one evaluation of the loss in the same round; the table shows medians. One thread:

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/numeric.py
"""

import functools
import time

import numpy as np
from scipy.optimize import check_grad

from nblib.numeric import GradientMismatch, central_difference, check_gradient, complex_step

SIZES = {99: (4, 7, 8), 1_060: (24, 30, 10), 98_800: (544, 178, 10)}  # features, hidden units, outputs
EXAMPLES, ROUNDS, EVERY = 32, 5, 2_000


def network(features, hidden, outputs):
    """The loss as a function of all parameters in one vector (or a stack of them), a point, the gradient there."""
    rng = np.random.default_rng(0)
    X, T = rng.standard_normal((features, EXAMPLES)), rng.standard_normal((outputs, EXAMPLES))
    shapes = [(hidden, features), (hidden, 1), (outputs, hidden), (outputs, 1)]
    cuts = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    def loss(theta):
        parts = np.split(theta, cuts, axis=-1)
        W1, b1, W2, b2 = (part.reshape(theta.shape[:-1] + shape) for part, shape in zip(parts, shapes, strict=True))
        error = W2 @ np.tanh(W1 @ X + b1) + b2 - T
        return (error * error).sum(axis=(-2, -1)) / (2 * EXAMPLES)

    def gradient(theta):
        W1, b1, W2, b2 = (p.reshape(shape) for p, shape in zip(np.split(theta, cuts), shapes, strict=True))
        a = np.tanh(W1 @ X + b1)
        d2 = (W2 @ a + b2 - T) / EXAMPLES
        d1 = (W2.T @ d2) * (1 - a * a)
        parts = (d1 @ X.T, d1.sum(axis=1), d2 @ a.T, d2.sum(axis=1))
        return np.concatenate([part.ravel() for part in parts])

    theta = np.concatenate([rng.standard_normal(shape).ravel() / np.sqrt(shape[1]) for shape in shapes])
    return loss, theta, gradient


def one_at_a_time(loss):
    """The same loss, which refuses a stack of points."""

    def single(theta):
        if theta.ndim > 1:
            raise ValueError("one point, please")
        return loss(theta)

    return single


def ways(loss, theta, gradient):
    """Each way by name: a function to time, and what is left of the gradient's error, if it gives one."""
    v = np.random.default_rng(1).uniform(0.5, 1.5, theta.size)
    right, norm = gradient(theta), np.linalg.norm(gradient(theta))
    single = one_at_a_time(loss)

    def off(slope, exact):
        return float(np.max(np.abs(slope - exact)) / norm)

    yield "complex step, one direction", lambda: off(complex_step(loss, theta, direction=v), right @ v)
    yield "central difference, one direction", lambda: off(central_difference(loss, theta, direction=v), right @ v)
    yield "check_gradient, directions", lambda: check_gradient(loss, theta, right, every=0).rows[0].error
    if theta.size <= EVERY:
        yield "check_gradient, every entry", lambda: check_gradient(single, theta, right).rows[0].error
        yield "check_gradient, every entry, batched", lambda: check_gradient(loss, theta, right).rows[0].error
        yield "complex step, every entry, batched", lambda: off(complex_step(loss, theta, batched=True), right)
        yield "complex step, every entry", lambda: off(complex_step(loss, theta), right)
        yield (
            "central difference, every entry, batched",
            lambda: off(central_difference(loss, theta, batched=True), right),
        )
        yield "central difference, every entry", lambda: off(central_difference(loss, theta), right)
        yield "SciPy check_grad", lambda: check_grad(loss, gradient, theta) / norm


def seconds(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def repeated(function, least=0.02):
    """Seconds of one call: as many calls as take ``least`` seconds."""
    once, value = seconds(function)
    calls = max(1, int(least / once))
    return min(once, sum(seconds(function)[0] for _ in range(calls)) / calls), value


def faults(loss, theta, gradient):
    """The planted faults that check_gradient finds, of all."""
    right, rng, found, planted = gradient(theta), np.random.default_rng(2), 0, 0
    for size in (1e-2, 1e-4, 1e-7, -2.0):
        for k in rng.choice(theta.size, 5, replace=False):
            wrong = right.copy()
            wrong[k] *= 1 + size
            planted += 1
            try:
                check_gradient(loss, theta, wrong)
            except GradientMismatch as error:
                found += error.index == (k,)
    return f"{found} of {planted}"


def main():
    for size, shape in SIZES.items():
        problem = network(*shape)
        methods = dict(ways(*problem))
        evaluate = functools.partial(*problem[:2])
        ratios, times = {name: [] for name in methods}, {name: [] for name in methods}
        for _ in range(ROUNDS):
            unit, _ = repeated(evaluate)
            for name, method in methods.items():
                spent, error = repeated(method)
                times[name].append(spent)
                ratios[name].append((spent / unit, error))
        print(f"\nP = {size:,}; one evaluation of the loss: {unit * 1e3:.3f} ms; faults found: {faults(*problem)}")
        print(f"{'':42}{'evaluations':>12}{'ms':>10}{'error':>10}")
        for name in methods:
            ratio, error = np.median(ratios[name], axis=0)
            print(f"{name:42}{ratio:12.1f}{np.median(times[name]) * 1e3:10.3f}{error:10.0e}")


if __name__ == "__main__":
    main()
