"""The last line of a derivation as a NumPy function, against the same thing written by hand in NumPy."""

import numpy as np
import pytest

from nblib import NotationError, ShapeError, derive, given


def sigma(z):
    return 1 / (1 + np.exp(-z))


@pytest.fixture
def rng():
    return np.random.default_rng(20260101)


DENSE = given(
    r"m = 3, 5 \quad n = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}, b, t \in "
    r"\mathbb{R}^{m} \\ z := W x + b \\ a := \sigma(z) \\ E := \tfrac12 \sum_i (a_i - t_i)^2"
)
BATCH = given(
    r"""n = 3, 5 \quad m = 2, 4
    w \in \mathbb{R}^{n}, b \in \mathbb{R}
    x^{(i)} \in \mathbb{R}^{n}, y^{(i)} \in (0,1), i = 1, \dots, m
    z^{(i)} := w^\top x^{(i)} + b
    a^{(i)} := \sigma(z^{(i)})
    J := -\frac1m \sum_{i=1}^{m} \bigl(y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log(1 - a^{(i)})\bigr)"""
)


@pytest.mark.parametrize("m, n", [(3, 2), (4, 7), (1, 1), (6, 6)])
def test_a_gradient_is_computed_at_any_size(rng, m, n):
    gradient = derive(
        r"\frac{\partial E}{\partial W} &= \bigl((a - t) \odot a \odot (1 - a)\bigr) x^\top", DENSE
    ).function("W", "x", "b", "t")
    w, x, b, t = rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=m), rng.normal(size=m)
    a = sigma(w @ x + b)
    found = gradient(w, x, b, t)
    assert found.shape == (m, n)
    np.testing.assert_allclose(found, np.outer((a - t) * a * (1 - a), x), rtol=1e-12)


def test_a_gradient_over_a_batch(rng):
    gradient = derive(r"\frac{\partial J}{\partial w} &= \frac1m \sum_i (a^{(i)} - y^{(i)}) x^{(i)}", BATCH).function(
        "w", "b", "x", "y"
    )
    x, y, w, b = rng.normal(size=(6, 4)), rng.uniform(size=6), rng.normal(size=4), 0.3
    np.testing.assert_allclose(gradient(w, b, x, y), x.T @ (sigma(x @ w + b) - y) / 6, rtol=1e-12)


def test_a_number_is_returned_as_a_number(rng):
    loss = derive(r"E = \frac12 \lVert a - t \rVert^2", DENSE).function("W", "x", "b", "t")
    w, x, b, t = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3), rng.normal(size=3)
    assert np.ndim(loss(w, x, b, t)) == 0
    assert loss(w, x, b, t) == pytest.approx(0.5 * np.sum((sigma(w @ x + b) - t) ** 2), rel=1e-12)


def test_only_the_free_indices_of_the_last_statement_become_axes(rng):
    two = derive(
        r"\frac{\partial z_k}{\partial b_i} &= \delta_{ki} \\ z_j &= \sum_q W_{jq} x_q + b_j \\ &= b_j + (W x)_j", DENSE
    ).function("W", "x", "b")
    w, x, b = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)
    np.testing.assert_allclose(two(w, x, b), w @ x + b, rtol=1e-12)


def test_free_indices_become_axes(rng):
    jacobian = derive(r"\frac{\partial z_k}{\partial W_{ij}} = \delta_{ki} x_j", DENSE).function("x", "b")
    x, b = rng.normal(size=2), rng.normal(size=3)
    np.testing.assert_allclose(jacobian(x, b), np.einsum("ki,j->kij", np.eye(3), x))  # as they are first met: k, i, j


def test_an_intermediate_may_be_given(rng):
    gradient = derive(r"\frac{\partial E}{\partial z} &= (a - t) \odot a \odot (1 - a)", DENSE).function("a", "t")
    a, t = rng.uniform(size=5), rng.normal(size=5)
    np.testing.assert_allclose(gradient(a, t), (a - t) * a * (1 - a))


def test_complex_input_stays_complex(rng):
    """What a complex step needs."""
    loss = derive(r"E = \frac12 \sum_i (a_i - t_i)^2", DENSE).function("x", "W", "b", "t")
    x, w, b, t = rng.normal(size=2), rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3)
    a = sigma(w @ x + b)
    step = np.array([1e-30j, 0])
    assert loss(x + step, w, b, t).imag / 1e-30 == pytest.approx((((a - t) * a * (1 - a)) @ w)[0], rel=1e-12)


FUNCTIONS = {
    r"e^{x}": np.exp,
    r"\log(1 + e^x)": lambda v: np.log1p(np.exp(v)),
    r"\tanh(x)": np.tanh,
    r"\sinh(x) + \cosh(x)": np.exp,
    r"\sin(x) \cos(x)": lambda v: np.sin(v) * np.cos(v),
    r"\arctan(x)": np.arctan,
    r"\operatorname{relu}(x)": lambda v: np.maximum(v, 0),
    r"|x|": np.abs,
    r"\max(x, 1)": lambda v: np.maximum(v, 1),
    r"\min(x, 1, -2)": lambda v: np.minimum(np.minimum(v, 1), -2),
    r"\mathbb{1}[x > 0]": lambda v: float(v > 0),
    r"\sqrt{1 + x^2}": lambda v: np.sqrt(1 + v * v),
    r"\operatorname{softplus}(x)": lambda v: np.log1p(np.exp(v)),
    r"\frac{1}{3 + x^2}": lambda v: 1 / (3 + v * v),
    r"\pi x": lambda v: np.pi * v,
    r"x^3 - \frac12 x": lambda v: v**3 - v / 2,
}


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("at", [-1.7, 0.4, 2.3])
def test_a_function_has_its_value_in_numpy(text, at):
    found = derive(rf"{text} = {text}", given(r"x \in \mathbb{R}")).function("x")(at)
    assert found == pytest.approx(FUNCTIONS[text](at), rel=1e-12)


def test_softmax_and_its_gradient(rng):
    setting = given(
        r"K = 3, 4 \\ z \in \mathbb{R}^{K}, y \in (0,1)^{K} \\ p := \operatorname{softmax}(z) "
        r"\\ L := -\sum_k y_k \log p_k"
    )
    gradient = derive(r"\frac{\partial L}{\partial z} &= \bigl(\sum_k y_k\bigr) p - y", setting).function("z", "y")
    z, y = rng.normal(size=6), rng.uniform(size=6)
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(gradient(z, y), y.sum() * p - y, rtol=1e-12)


def test_indices_from_zero_reach_the_same_entries(rng):
    setting = given(r"\text{indices from } 0 \\ n = 3, 5 \\ x \in \mathbb{R}^{n}")
    shifted = derive(r"\sum_{i=0}^{n-2} x_{i+1} x_i = \sum_{i=1}^{n-1} x_i x_{i-1}", setting).function("x")
    x = rng.normal(size=6)
    assert shifted(x) == pytest.approx(np.dot(x[1:], x[:-1]), rel=1e-12)


# ---- what does not fit is an error, never a broadcast

GRADIENT = derive(r"\frac{\partial E}{\partial W} &= \bigl((a - t) \odot a \odot (1 - a)\bigr) x^\top", DENSE).function(
    "W", "x", "b", "t"
)


@pytest.mark.parametrize(
    "shapes",
    [
        [(3, 2), (3,), (3,), (3,)],
        [(3, 2), (2,), (1,), (3,)],
        [(3, 2), (2,), (), (3,)],
        [(3, 2), (2, 1), (3,), (3,)],
        [(2, 3), (2,), (3,), (3,)],
        [(3, 2, 1), (2,), (3,), (3,)],
    ],
)
def test_arrays_that_do_not_fit_are_refused(shapes):
    with pytest.raises(ShapeError):
        GRADIENT(*[np.full(shape, 0.5) for shape in shapes])


def test_a_missing_argument_is_named():
    with pytest.raises(NotationError, match="t has no value"):
        derive(r"\frac{\partial E}{\partial a} = a - t", DENSE).function("a")(np.ones(3))


def test_an_unknown_argument_is_named():
    with pytest.raises(NotationError, match="Q is not a symbol"):
        derive(r"\frac{\partial E}{\partial a} = a - t", DENSE).function("Q")


def test_the_number_of_arrays_is_told():
    with pytest.raises(TypeError, match="4 arrays are needed"):
        GRADIENT(np.ones((3, 2)))


def test_a_function_of_which_nothing_is_known_has_no_value():
    setting = given(r"x \in \mathbb{R} \\ g : \mathbb{R} \to \mathbb{R}")
    with pytest.raises(NotationError, match="nothing is known"):
        derive("g(x) = g(x)", setting).function("x")(1.0)


def test_a_size_that_no_array_tells_is_not_guessed():
    setting = given(r"m = 3, 5 \quad n = 2, 4 \\ x \in \mathbb{R}^{n}")
    mean = derive(r"\frac1m \sum_i x_i = \frac{1}{m} \sum_i x_i", setting).function("x")
    with pytest.raises((NotationError, TypeError)):
        mean(np.ones(7))
