"""Pooling: against loops over single entries, with ties, padding, overlap; shapes."""

from functools import partial
from itertools import product

import loops
import numpy as np
import pytest

from nblib.check_layer import check_layer
from nblib.layers import (
    LAYERS,
    max_pool2d,
    max_pool2d_backward,
    mean_pool2d,
    mean_pool2d_backward,
    pooling,
)

SETTINGS = [(size, stride, padding) for size, stride, padding in product(
    [(2, 3), (3, 2), 2], [2, (3, 1), (1, 2), (4, 3)], [0, 1, (1, 0)])]


def drawn(seed=3, shape=(2, 3, 7, 8)):
    return np.random.default_rng(seed).normal(size=shape)


def same(a, b):
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-12, atol=1e-13))


@pytest.mark.parametrize(("size", "stride", "padding"), SETTINGS)
def test_pooling_forward_is_the_loops(size, stride, padding):
    X, numbers = drawn(), np.prod(loops.pairs(size)[0])
    assert same(max_pool2d(X, size, stride, padding), loops.pool2d(X, size, stride, padding, max))
    assert same(mean_pool2d(X, size, stride, padding), loops.pool2d(X, size, stride, padding, sum) / numbers)


@pytest.mark.parametrize(("size", "stride", "padding"), SETTINGS)
@pytest.mark.parametrize("values", [None, 3])
def test_the_gradient_of_a_maximum_goes_to_the_first_largest_entry(size, stride, padding, values):
    """With values = 3, entries are 0, 1 or 2, and most windows have a tie."""
    X = drawn() if values is None else np.random.default_rng(4).integers(values, size=(2, 3, 7, 8)).astype(float)
    dY = drawn(5, max_pool2d(X, size, stride, padding).shape)
    right = loops.max_pool2d_backward(dY, X, size, stride, padding)
    assert same(max_pool2d_backward(dY, X, size, stride, padding)[0], right)


@pytest.mark.parametrize(("size", "stride", "padding"), SETTINGS)
def test_the_gradient_of_a_mean_is_the_adjoint(size, stride, padding):
    X = drawn()
    dY = drawn(5, mean_pool2d(X, size, stride, padding).shape)
    dX, = mean_pool2d_backward(dY, X, size, stride, padding)
    pooled = loops.pool2d(X, size, stride, padding, sum) / np.prod(loops.pairs(size)[0])
    assert dX.shape == X.shape and np.vdot(dX, X) == pytest.approx(np.vdot(dY, pooled), rel=1e-11)


def test_windows_follow_one_another_unless_a_stride_is_given():
    X = drawn()
    for pool in (max_pool2d, mean_pool2d):
        assert same(pool(X, (2, 3)), pool(X, (2, 3), (2, 3))) and pool(X, (2, 3)).shape == (2, 3, 3, 2)


def test_of_several_largest_entries_the_first_in_reading_order_gets_all_of_the_gradient():
    X = np.array([[[[1.0, 4.0, 4.0], [4.0, 4.0, 2.0]]]])
    assert max_pool2d_backward(np.array([[[[7.0]]]]), X, (2, 3))[0].tolist() == [[[[0, 7, 0], [0, 0, 0]]]]
    overlapping = max_pool2d_backward(np.array([[[[7.0, 5.0]]]]), X, 2, 1)[0]
    assert overlapping.tolist() == [[[[0, 12, 0], [0, 0, 0]]]]


def test_the_padding_is_never_the_largest_entry():
    X = np.full((1, 1, 3, 4), -2.5)
    assert (max_pool2d(X, 2, 2, 1) == -2.5).all()
    assert max_pool2d_backward(np.ones((1, 1, 2, 3)), X, 2, 2, 1)[0].sum() == 6


@pytest.mark.parametrize("name", ["max_pool2d", "mean_pool2d"])
@pytest.mark.parametrize("settings", [{"size": 2}, {"size": (2, 3), "stride": (1, 2), "padding": (0, 1)}])
def test_pooling_passes_check_layer(name, settings):
    report = check_layer(*LAYERS[name].having(**settings), ("m", 3, 5, 7))
    assert "complex step" in str(report)


def test_single_precision_stays():
    X = drawn().astype(np.float32)
    for forward, backward in ((max_pool2d, max_pool2d_backward), (mean_pool2d, mean_pool2d_backward)):
        Y = forward(X, (2, 3), padding=1)
        assert Y.dtype == backward(Y, X, (2, 3), padding=1)[0].dtype == np.float32


def test_complex_numbers_are_compared_by_their_real_parts():
    X = drawn() + 1j * drawn(9)
    assert same(max_pool2d(X, 2, 1).real, max_pool2d(X.real, 2, 1))
    chosen = max_pool2d_backward(np.ones((2, 3, 6, 7)), X, 2, 1)[0]
    assert same(chosen.real, max_pool2d_backward(np.ones((2, 3, 6, 7)), X.real, 2, 1)[0])


def test_groups_of_images_do_not_change_the_result(monkeypatch):
    X = drawn(shape=(5, 3, 7, 8))
    dY = drawn(5, (5, 3, 3, 4))
    right = max_pool2d_backward(dY, X, (3, 2), 2)[0]
    monkeypatch.setattr(pooling, "WORKSPACE", 2 * X[0].nbytes)
    assert same(max_pool2d_backward(dY, X, (3, 2), 2)[0], right)


def test_nothing_is_written_to():
    X, dY = drawn(), drawn(5, (2, 3, 7, 8))
    copies = X.copy(), dY.copy()
    for forward, backward in ((max_pool2d, max_pool2d_backward), (mean_pool2d, mean_pool2d_backward)):
        Y = forward(X, 1)
        dX, = backward(dY, X, 1)
        assert not any(np.shares_memory(new, old) for new, old in product((Y, dX), (X, dY)))
    assert np.array_equal(X, copies[0]) and np.array_equal(dY, copies[1])


def test_of_complex_entries_with_equal_real_parts_the_first_is_the_largest():
    for step in (1e-30j, -1e-30j):
        X = np.array([[[[2 + step, 2 + 3 * step], [1 + 5 * step, 2 + 4 * step]]]])
        assert max_pool2d(X, 2)[0, 0, 0, 0] == X[0, 0, 0, 0]
        assert np.array_equal(max_pool2d_backward(np.full((1, 1, 1, 1), 7.0), X, 2)[0].real, [[[[7, 0], [0, 0]]]])


# ---- a wrong route is refused

def to_every_largest(dY, X, size):
    """Each gradient to all the largest entries of its window."""
    up = partial(np.kron, b=np.ones((1, 1, size, size)))
    return up(dY) * (X == up(max_pool2d(X, size)))


def test_a_route_to_all_of_several_largest_entries_is_not_the_loops():
    X = np.random.default_rng(4).integers(3, size=(2, 3, 6, 8)).astype(float)
    dY = drawn(5, (2, 3, 3, 4))
    assert not same(to_every_largest(dY, X, 2), loops.max_pool2d_backward(dY, X, 2, 2, 0))
    X = drawn(shape=X.shape)
    assert same(to_every_largest(dY, X, 2), loops.max_pool2d_backward(dY, X, 2, 2, 0))


@pytest.mark.parametrize("backward", [max_pool2d_backward, mean_pool2d_backward])
@pytest.mark.parametrize(("arguments", "words"), [
    ((drawn(shape=(2, 3, 3, 4)), drawn()[0], 2), ["(3, 7, 8)", "X[None]"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), 9), ["spans 9", "7 rows", "7 or less"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), 2, 2, 2), ["padding is 2", "size of a window is 2", "less than the size"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), (3, 2), 2, (0, 2)), ["padding is (0, 2)", "less than the size"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), (2, 3), 2, (2, 0)), ["padding is (2, 0)", "less than the size"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), 0), ["size is 0", "from 1 on"]),
    ((drawn(shape=(2, 3, 3, 4)), drawn(), 3), ["(2, 3, 3, 4)", "(2, 3, 2, 2)", "nothing is broadcast"]),
    ((drawn(shape=(2, 1, 3, 4)), drawn(), 2), ["(2, 1, 3, 4)", "(2, 3, 3, 4)", "nothing is broadcast"]),
])
def test_a_wrong_shape_is_an_error_with_both_shapes_and_a_way_to_mend_it(backward, arguments, words):
    with pytest.raises(ValueError) as error:
        backward(*arguments)
    assert [word for word in words if word not in str(error.value)] == []
