"""The check that readers use: it accepts layers and losses, and each planted fault is named with a way to mend it."""

import numpy as np
import pytest

from nblib.check_layer import LayerFault, NoFault, check_layer, refute_layer
from nblib.check_layer.report import FAILED, PASSED, Finding, LayerReport
from nblib.layers import dense, dense_backward

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
