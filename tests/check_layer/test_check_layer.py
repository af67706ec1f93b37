"""The check that readers use: it accepts layers and losses, and each planted fault is named with a way to mend it."""

import numpy as np
import pytest

from nblib import GradientMismatch, check_gradient
from nblib.check_layer import LayerFault, NoFault, check_layer, refute_layer
from nblib.check_layer.report import FAILED, PASSED, Finding, LayerReport
from nblib.layers import conv2d, conv2d_backward, conv_transpose2d, dense, dense_backward

SHAPES = (3, "m"), (4, 3), (4, 1)
CHECKS = ["runs", "shapes", "precision", "gradient by A", "gradient by W", "gradient by b", "not contiguous",
          "called again", "arguments"]


def test_a_layer_is_accepted_and_the_report_names_what_was_tried():
    report = check_layer(dense, dense_backward, *SHAPES)
    assert [finding.what for finding in report.findings] == CHECKS
    assert "out (4, m); gradients by A (3, m), W (4, 3), b (4, 1)" in str(report)
    assert report.passed and repr(report) == repr(check_layer(dense, dense_backward, *SHAPES))


def test_a_loss_is_a_forward_that_gives_one_number():
    report = check_layer(lambda A, Y: ((A - Y) ** 2).mean(), lambda A, Y: 2 * (A - Y) / A.size, (2, "m"), (2, "m"))
    assert "one number, a loss; gradient by A (2, m)" in str(report)


def test_a_layer_that_takes_no_complex_numbers_is_checked_by_central_differences():
    report = check_layer(lambda A: np.maximum(A, 0) + abs(A), lambda dZ, A: dZ * ((A > 0) + np.sign(A)), (3, "m"))
    assert "central differences" in str(report)


# ---- faults of dense_backward, one at a time

def back(dZ, A, W, b):
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


class Remembering:
    """A layer that keeps its input from forward to backward."""

    def forward(self, A):
        self.A = A
        return A**3

    def backward(self, dZ, A):
        return 3 * self.A**2 * dZ


class Random:
    """A layer with random numbers inside."""

    rng = np.random.default_rng(0)

    def forward(self, A):
        return A * (self.rng.random(A.shape) < 0.5)

    def backward(self, dZ, A):
        return dZ * (self.rng.random(A.shape) < 0.5)


def writes(dZ, A):
    dZ *= 2 * A
    return dZ.copy()


def writes_forward(A):
    A *= 2
    return A.copy()


def in_memory_order(A):
    return A.ravel(order="K").reshape(A.shape) ** 2


def in_memory_order_back(dZ, A):
    return 2 * dZ * A.ravel(order="K").reshape(A.shape)


remembering = Remembering()
one = [(3, "m")]
FAULTS = {
    "a flipped sign": (dense, lambda *a: (-back(*a)[0], *back(*a)[1:]), SHAPES, "gradient by A", "factor −1"),
    "a forgotten gradient by the input": (dense, lambda *a: (0 * back(*a)[0], *back(*a)[1:]), SHAPES,
                                          "gradient by A", "zero"),
    "a factor 2": (dense, lambda *a: (back(*a)[0], 2 * back(*a)[1], back(*a)[2]), SHAPES, "gradient by W", "factor 2"),
    "a mean for a sum": (dense, lambda dZ, A, W, b: (*back(dZ, A, W, b)[:2], dZ.mean(axis=1, keepdims=True)), SHAPES,
                         "gradient by b", "factor 1/5"),
    "a lost axis": (dense, lambda dZ, A, W, b: (*back(dZ, A, W, b)[:2], dZ.sum(axis=1)), SHAPES, "shapes", "keepdims"),
    "a transpose": (dense, lambda *a: (back(*a)[0], back(*a)[1].T, back(*a)[2]), SHAPES, "shapes", "transpose it"),
    "no sum over the batch": (dense, lambda dZ, A, W, b: (*back(dZ, A, W, b)[:2], dZ), SHAPES,
                              "shapes", "sum over what was"),
    "a gradient too many": (dense, lambda *a: (*back(*a), a[0]), SHAPES, "runs", "4 gradients"),
    "float64 inside": (lambda A: A * np.ones((3, 1)), lambda dZ, A: dZ * np.ones((3, 1)), one,
                       "precision", "float32 in, but forward is float64"),
    "integers": (lambda A: (A > 0).astype(int), lambda dZ, A: dZ, one, "runs", "int64"),
    "not finite": (lambda A: np.log(A), lambda dZ, A: dZ / A, one, "runs", "not finite"),
    "an exception": (lambda A: A @ A, lambda dZ, A: dZ, one, "runs", "forward stops at 5 examples: ValueError"),
    "one example only": (lambda A: A + (np.nan if A.shape[1] == 1 else 0), lambda dZ, A: 1 * dZ, one,
                         "runs", "at 1 example"),
    "memory": (remembering.forward, remembering.backward, one, "called again", "left behind"),
    "chance": (Random().forward, Random().backward, one, "called again", "mask"),
    "memory order": (in_memory_order, in_memory_order_back, one, "not contiguous", "order in memory"),
    "writing backward": (lambda A: A**2, writes, one, "arguments", "the incoming gradient is written to"),
    "writing forward": (writes_forward, lambda dZ, A: 2 * dZ, one, "arguments", "A is written to"),
    "a shared array": (lambda A: 1 * A, lambda dZ, A: dZ, one, "arguments", "shares its memory"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(fault):
    forward, backward, shapes, what, words = FAULTS[fault]
    with pytest.raises(LayerFault) as error:
        check_layer(forward, backward, *shapes)
    found = {finding.what: finding.detail for finding in error.value.report.faults}
    assert what in found and words in found[what], str(error.value)


def test_a_small_fault_in_one_entry_is_found():
    def slightly(dZ, A, W, b):
        dA, dW, db = back(dZ, A, W, b)
        dW[2, 1] += 1e-7
        return dA, dW, db

    with pytest.raises(LayerFault, match=r"W\[2, 1\]"):
        check_layer(dense, slightly, *SHAPES)


def test_a_faulty_layer_is_refuted_and_a_right_one_is_not():
    assert refute_layer(dense, FAULTS["a factor 2"][1], *SHAPES).faults
    with pytest.raises(NoFault, match="every check passed"):
        refute_layer(dense, dense_backward, *SHAPES)


# ---- bugs that gradient checks have let pass elsewhere: each at the point that forgave it, and at a generic one

def strided(stride):
    return lambda X, W, b: conv2d(X, W, b, stride)


def without_stride(stride):
    """The kernel's gradient from the windows of stride 1 (Kulbear/deep-learning-coursera, pull request 34)."""
    def backward(dY, X, W, b):
        dX, _, db = conv2d_backward(dY, X, W, b, stride)
        rows, columns = (o + k - 1 for o, k in zip(dY.shape[2:], W.shape[2:], strict=True))
        return dX, conv2d_backward(dY, X[:, :, :rows, :columns], W, b)[1], db
    return backward


def without_remainder(stride):
    """As if the last window ended at the edge (CMU10-714, issue 6)."""
    def backward(dY, X, W, b):
        _, dW, db = conv2d_backward(dY, X, W, b, stride)
        return conv_transpose2d(dY, W, np.zeros_like(dY, shape=W.shape[1]), stride), dW, db
    return backward


def channels_exchanged(stride):
    """Input channel where the output channel belongs (NervanaSystems/neon, issue 111)."""
    def backward(dY, X, W, b):
        dX, dW, db = conv2d_backward(dY, X, W, b, stride)
        return dX, dW.swapaxes(0, 1).copy(), db
    return backward


def normalized(A, gamma):
    centred = A - A.mean(axis=0)
    return gamma * centred / np.sqrt((centred**2).mean(axis=0) + 0.1)


def without_gamma(dZ, A, gamma):
    """The gradient by the inputs lacks γ (denizyuret/Knet.jl, issue 288)."""
    Y = normalized(A, np.ones_like(gamma))
    spread = np.sqrt(((A - A.mean(axis=0)) ** 2).mean(axis=0) + 0.1)
    return (dZ - dZ.mean(axis=0) - Y * (dZ * Y).mean(axis=0)) / spread, (dZ * Y).sum(axis=1, keepdims=True)


def ones(rng, m):
    return np.ones((4, 1))


def images(height, width, inputs=3, outputs=4):
    return ("m", inputs, height, width), (outputs, inputs, 3, 2), (outputs,)


#: forward and backward, the point that forgives, the generic point, what the report says there
PUBLISHED = {
    "stride": (lambda s: (strided(s), without_stride(s)), (1, *images(6, 7)), (2, *images(7, 8)), "gradient by W"),
    "remainder": (lambda s: (strided(s), without_remainder(s)), (2, *images(7, 6)), (2, *images(8, 6)), "shapes"),
    "channels": (lambda s: (strided(s), channels_exchanged(s)), (2, *images(7, 8, 1, 1)), (2, *images(7, 8, 3, 3)),
                 "gradient by W"),
    "gamma": (lambda _: (normalized, without_gamma), (0, (4, "m"), ones), (0, (4, "m"), (4, 1)), "gradient by A"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_bug_passes_at_its_lazy_point_and_is_caught_at_a_generic_one(name):
    pair, (lazy, *forgiving), (setting, *generic), what = PUBLISHED[name]
    assert check_layer(*pair(lazy), *forgiving).passed
    faults = refute_layer(*pair(setting), *generic).faults
    assert what in [fault.what for fault in faults]


def test_a_wrong_gradient_by_the_inputs_passes_where_only_the_weights_are_checked():
    """As in a network of which only the first layer is tested (mlpack, issue 1923)."""
    rng = np.random.default_rng(3)
    X, W, b, dY = (rng.normal(size=shape) for shape in ((2, 3, 6, 7), (4, 3, 3, 2), (4,), (2, 4, 4, 6)))
    dX, dW, db = conv2d_backward(dY, X, W, b)
    assert check_gradient(lambda W, b: (dY * conv2d(X, W, b)).sum(), {"W": W, "b": b}, {"W": dW, "b": db})
    with pytest.raises(GradientMismatch, match="X"):
        check_gradient(lambda X, W: (dY * conv2d(X, W, b)).sum(), {"X": X, "W": W}, {"X": -dX, "W": dW})


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "needs a shape"), ([(3, "m")], "forward takes 3 arguments"), ([*SHAPES, (1, 1)], "forward takes 3"),
    ([(3, "n"), (4, 3), (4, 1)], "neither a shape"), ([np.ones((3, 5)), (4, 3), (4, 1)], "lambda rng, m"),
])
def test_arguments_that_do_not_describe_the_points_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        check_layer(dense, dense_backward, *arguments)


# ---- the report

def test_a_report_is_a_table_in_a_notebook_and_its_words_are_no_markup():
    report = LayerReport((Finding("runs", PASSED, "a_b | c"), Finding("shapes", FAILED, "one\n  two")))
    assert report._repr_markdown_().splitlines()[2:] == [
        r"| ✓ | runs | a\_b \| c |", "| **✗** | shapes | one<br>two |"]
    assert str(report) == "✓ runs     a_b | c\n✗ shapes   one\n             two"
