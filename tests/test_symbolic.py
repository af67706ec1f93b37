"""Code run on symbols: what is proved, what is refused, and what a branch is."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from nblib import NotationError, derive, given
from nblib.symbolic import WrongCode, prove_code, simplest

SETTING = given(r"""n = 3, 5 \quad m = 2, 4
x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}, t \in \mathbb{R}
z := W x
E := \tfrac12 \sum_i \tanh(z_i)^2
F := \sum_j \max(x_j, 0)
D := \max(x)
C := \sum_j \lvert x_j \rvert""")
DW = derive(r"\frac{\partial E}{\partial W} &= \frac{\partial E}{\partial z} x^\top", SETTING, name="eq-planted-dW")


def backward(W, x):
    z = W @ x
    return np.outer(np.tanh(z) * (1 - np.tanh(z) ** 2), x)


def test_code_that_computes_the_line_is_proved_and_says_at_which_sizes():
    assert repr(prove_code(backward, DW, "W", "x")) == (
        "backward computes eq-planted-dW: proved for all real values at n = 3, m = 2 and at n = 5, m = 4.")


def test_a_size_with_an_index_is_named_without_braces():
    line = derive(r"\frac{\partial}{\partial x}(x^\top x) &= 2 x", given(r"n_{1} = 3, 5 \\ x \in \mathbb{R}^{n_{1}}"))
    assert repr(prove_code(lambda x: 2 * x, line, "x")).endswith("at n_1 = 3 and at n_1 = 5.")


@pytest.mark.parametrize("wrong", [
    lambda W, x: -backward(W, x),
    lambda W, x: backward(W, x) * (1 + 1e-9),
    lambda W, x: np.outer(np.tanh(W @ x), x),
    lambda W, x: backward(W, x) + 1e-30 * x,
])
def test_code_that_computes_something_else_is_refused_with_both_formulas(wrong):
    with pytest.raises(WrongCode, match=r"(?s)at n = 3, m = 2, entry \(1, 1\).*code .*derived "):
        prove_code(wrong, DW, "W", "x")


def test_a_fault_at_one_entry_of_the_larger_size_is_found():
    def rare(W, x):
        out = backward(W, x)
        if len(x) == 5:
            out[3, 4] = out[3, 4] + 1
        return out

    with pytest.raises(WrongCode, match=r"n = 5, m = 4, entry \(4, 5\)"):
        prove_code(rare, DW, "W", "x")


def test_a_result_of_another_shape_is_refused():
    with pytest.raises(WrongCode, match=r"\(3, 2\).*\(2, 3\)"):
        prove_code(lambda W, x: backward(W, x).T, DW, "W", "x")


@pytest.mark.parametrize(("line", "code"), [
    (r"F &= F", lambda x: np.where(x > 0, x, 0).sum()),
    (r"\frac{\partial F}{\partial x} &= \mathbb{1}[x > 0]", lambda x: (x > 0).astype(object)),
    (r"C &= C", lambda x: np.where(x >= 0, x, -x).sum()),
    (r"\frac{\partial C}{\partial x} &= \frac{\partial C}{\partial x}", lambda x: 1 * (x > 0) - 1 * (x < 0)),
    (r"D &= D", lambda x: x.max()),
    (r"\frac{\partial D}{\partial x} &= \frac{\partial D}{\partial x}",
     lambda x: np.eye(len(x), dtype=int)[x.argmax()]),
])
def test_each_branch_is_proved_by_itself(line, code):
    proof = prove_code(code, derive(line, SETTING), "x")
    assert proof.branches > 2
    assert f"on each of {proof.branches} branches met" in repr(proof)


@pytest.mark.parametrize(("line", "code"), [
    (r"F &= F", lambda x: x.sum()),
    (r"F &= F", lambda x: np.where(x > 0, 0, x).sum()),
    (r"C &= C", lambda x: np.where(x <= 0, x, -x).sum()),
    (r"\frac{\partial F}{\partial x} &= \mathbb{1}[x > 0]", lambda x: (x <= 0).astype(object)),
    (r"D &= D", lambda x: x.min()),
])
def test_a_wrong_branch_is_refused(line, code):
    with pytest.raises(WrongCode):
        prove_code(code, derive(line, SETTING), "x")


def test_functions_of_numpy_become_those_of_the_language():
    setting = given(r"n = 2, 3 \\ x \in \mathbb{R}_{>0}^{n} \\ s := \sum_i (\log x_i + e^{x_i} + \arctan(x_i))")
    code = lambda x: (np.log1p(x - 1) + np.expm1(x) + 1 + np.arctan(x)).sum()  # noqa: E731
    prove_code(code, derive("s &= s", setting), "x")


@drawn(st.integers(-999, 999), st.integers(1, 999))
def test_a_float_is_read_as_the_simplest_fraction(top, below):
    assert simplest(top / below) == Fraction(top, below)


def test_a_float_without_a_simple_fraction_keeps_its_value():
    assert float(simplest(np.pi)) == np.pi and simplest(1e-30) == Fraction(1e-30)


def test_a_name_that_is_no_array_is_refused():
    with pytest.raises(NotationError, match="V is no array"):
        prove_code(backward, DW, "V", "x")


def test_free_indices_are_axes_in_the_order_of_the_line():
    by_index = derive(r"\frac{\partial E}{\partial W_{ij}} &= \frac{\partial E}{\partial z_i} x_j", SETTING)
    assert prove_code(backward, by_index, "W", "x").branches == 1
    with pytest.raises(WrongCode, match="returns the shape"):
        prove_code(lambda W, x: backward(W, x).T, by_index, "W", "x")
    with pytest.raises(WrongCode, match=r"entry \(1, 1\)"):
        prove_code(lambda W, x: 2 * backward(W, x), by_index, "W", "x")
