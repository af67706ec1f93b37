"""Shapes: right ones pass, each wrong one is told with both shapes and a way to mend it (test_layers.py has more)."""

import numpy as np
import pytest

from nblib.layers.shapes import check_batch, check_dense, check_each_row, check_like


def test_right_shapes_pass():
    A, W, b = np.ones((3, 5)), np.ones((4, 3)), np.ones((4, 1))
    passed = [check_batch(A, "A"), check_like(A, A + 1, "A", "B"), check_each_row(b, 4, "b", "W"), check_dense(A, W, b)]
    assert passed == [None] * 4


@pytest.mark.parametrize(("check", "words"), [
    (lambda: check_batch(np.ones(()), "A"), "unroll"),
    (lambda: check_batch(np.ones((0, 4)), "A"), r"\(0, 4\)"),
    (lambda: check_like(np.ones(6), np.ones((2, 3)), "a", "b"), r"a.reshape\(2, 3\)"),
    (lambda: check_like(np.ones((4, 1)), np.ones((4, 3)), "a", "b"), r"give a the shape \(4, 3\)"),
    (lambda: check_like(np.ones(5), np.ones((2, 3)), "a", "b"), r"give a the shape \(2, 3\)"),
    (lambda: check_like(np.ones((2, 6)), np.ones((4, 3)), "a", "b"), r"give a the shape \(4, 3\)"),
    (lambda: check_each_row(np.ones((4, 2)), 4, "b", "W"), "an entry for each row of W"),
    (lambda: check_dense(np.ones((3, 5)), np.ones((4, 2)), np.ones((4, 1))), r"\(4, 2\).*\(3, 5\)"),
])
def test_a_wrong_shape_is_told(check, words):
    with pytest.raises(ValueError, match=words):
        check()
