"""`check_gradient` accepts what is right by hand and names what is wrong.

The gradients on the accepting side are closed forms written out by hand, with loops, at generic points.
"""

import math

import numpy as np
import pytest

import nblib.numeric
from nblib.numeric import GradientMismatch, check_gradient

rng = np.random.default_rng(0)
X, T = rng.standard_normal((3, 7)), rng.standard_normal((2, 7))  # 3 features, 2 outputs, 7 examples
W1, B1 = rng.standard_normal((4, 3)), rng.standard_normal(4)
W2, B2 = rng.standard_normal((2, 4)), rng.standard_normal(2)
PARAMS = {"W1": W1, "b1": B1, "W2": W2, "b2": B2}


def network(W1, b1, W2, b2):
    """Two layers, tanh, mean squared error over the examples."""
    a = np.tanh(W1 @ X + b1[:, None])
    return ((W2 @ a + b2[:, None] - T) ** 2).sum() / (2 * X.shape[1])


def network_gradient(W1, b1, W2, b2):
    """The same by hand: example by example, unit by unit, path by path."""
    dW1, db1, dW2, db2 = np.zeros((4, 3)), np.zeros(4), np.zeros((2, 4)), np.zeros(2)
    for k in range(7):
        a = [math.tanh(sum(W1[j, i] * X[i, k] for i in range(3)) + b1[j]) for j in range(4)]
        for o in range(2):
            error = (sum(W2[o, j] * a[j] for j in range(4)) + b2[o] - T[o, k]) / 7
            db2[o] += error
            for j in range(4):
                dW2[o, j] += error * a[j]
                db1[j] += error * W2[o, j] * (1 - a[j] ** 2)
                for i in range(3):
                    dW1[j, i] += error * W2[o, j] * (1 - a[j] ** 2) * X[i, k]
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


RIGHT = network_gradient(**PARAMS)


def planted(name, change):
    """The right gradient but for ``change`` made to a copy of the part ``name``."""
    part = RIGHT[name].copy()
    changed = change(part)
    return {**RIGHT, name: part if changed is None else changed}


# What is right is accepted


@pytest.mark.parametrize("every", [2_000, 0])
def test_a_right_gradient_is_accepted_with_a_row_for_each_parameter(every):
    check = check_gradient(network, PARAMS, RIGHT, every=every)
    assert [row.name for row in check.rows] == ["W1", "b1", "W2", "b2"]
    assert {row.method for row in check.rows} == {"complex step"}
    assert all(row.error < 1e-13 for row in check.rows)
    assert ("every entry (12)" in str(check)) == (every > 0)
    assert ("3 directions of 12" in str(check)) == (every == 0)


def test_a_function_that_returns_the_gradient_is_accepted():
    assert len(check_gradient(network, PARAMS, network_gradient).rows) == 4


def test_a_sequence_of_parameters_is_accepted():
    assert len(check_gradient(network, list(PARAMS.values()), tuple(RIGHT.values())).rows) == 4


def logistic(w):
    y = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0])
    z = w @ X
    return np.mean(np.where(z.real > 0, z, 0) - z * y + np.log(1 + np.exp(np.where(z.real > 0, -z, z))))


def softmax_loss(z):
    top = z.real.max()
    return np.log(np.exp(z - top).sum()) + top - z[1]


@pytest.mark.parametrize(
    ("loss", "point", "gradient"),
    [
        (
            logistic,
            np.array([0.3, -0.7, 1.1]),
            lambda w: np.array(
                [
                    sum(
                        (1 / (1 + math.exp(-sum(w[i] * X[i, k] for i in range(3)))) - y) * X[j, k]
                        for k, y in enumerate([1, 0, 1, 1, 0, 0, 1])
                    )
                    / 7
                    for j in range(3)
                ]
            ),
        ),
        (
            softmax_loss,
            np.array([0.4, -1.2, 2.3, 0.9]),
            lambda z: np.array([math.exp(v) / sum(map(math.exp, z)) - (k == 1) for k, v in enumerate(z)]),
        ),
        (
            lambda A: np.log(A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]),
            np.array([[2.3, 0.4], [-0.7, 1.9]]),
            lambda A: np.array([[A[1, 1], -A[1, 0]], [-A[0, 1], A[0, 0]]]) / (2.3 * 1.9 + 0.4 * 0.7),
        ),
        (lambda c: c**3 - 2 * c, 1.7, lambda c: 3 * c**2 - 2),
        (
            lambda w: np.where(w.real > 0, w, 0.01 * w).sum() ** 2,
            np.array([0.7, -1.3]),
            lambda w: 2 * (0.7 - 0.013) * np.array([1.0, 0.01]),
        ),
    ],
    ids=["logistic regression", "softmax", "log-determinant", "a number", "leaky ReLU"],
)
def test_a_closed_form_is_accepted_and_a_fault_of_one_in_ten_million_is_not(loss, point, gradient):
    assert check_gradient(loss, point, gradient).rows[0].method == "complex step"
    for k in range(np.size(point)):
        wrong = np.array(gradient(np.asarray(point)), float)
        wrong.flat[k] *= 1 + 1e-7
        with pytest.raises(GradientMismatch) as caught:
            check_gradient(loss, point, wrong)
        assert caught.value.index == np.unravel_index(k, np.shape(point))


def test_a_gradient_that_vanishes_to_rounding_at_a_minimum_is_accepted():
    w = np.linalg.lstsq(X.T, T[0], rcond=None)[0]
    loss = lambda w: ((w @ X - T[0]) ** 2).sum() / 2  # noqa: E731
    gradient = X @ (w @ X - T[0])
    assert np.abs(gradient).max() < 1e-13
    check_gradient(loss, w, gradient)
    with pytest.raises(GradientMismatch):
        check_gradient(loss, w, gradient + np.array([0.0, 1e-8, 0.0]))


# What is wrong is named


@pytest.mark.parametrize("every", [2_000, 0])
@pytest.mark.parametrize("name", PARAMS)
@pytest.mark.parametrize("size", [1e-2, 1e-4, 1e-7])
def test_a_fault_in_one_coordinate_is_found_there(name, size, every):
    for k in range(RIGHT[name].size):
        wrong = RIGHT[name].copy()
        wrong.flat[k] *= 1 + size
        with pytest.raises(GradientMismatch) as caught:
            check_gradient(network, PARAMS, {**RIGHT, name: wrong}, every=every)
        where = tuple(int(i) for i in np.unravel_index(k, wrong.shape))
        assert (caught.value.name, caught.value.index) == (name, where)
        assert f"{name}[{', '.join(map(str, where))}]" in str(caught.value)


def flip_small(part):
    part.flat[np.argmin(np.abs(part))] *= -1


def swap(part):
    part[[0, 1], 0] = part[[1, 0], 0]


@pytest.mark.parametrize("every", [2_000, 0])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flip_small, "claimed gradient of W1 is wrong at W1"),
        (swap, "claimed gradient of W1 is wrong at W1\\[[01], 0\\]"),
        (lambda part: 2 * part, "factor 2 throughout"),
        (lambda part: -part, "factor −1 throughout"),
        (lambda part: part / 7, "factor 1/7 throughout"),
        (lambda part: 7 * part, "average that lacks its 1/7"),
        (lambda part: 1.01 * part, "claimed gradient of W1 is wrong"),
        (lambda part: 0 * part, "claimed +0\n"),
        (lambda part: part[::-1], "claimed gradient of W1 is wrong"),
        (lambda part: part + 0.1 * W1, "claimed gradient of W1 is wrong"),
    ],
    ids=["a small sign", "a swap", "twice", "minus", "1/m", "m", "one per cent", "zero", "reversed", "weight decay"],
)
def test_each_planted_fault_is_named_at_any_size(change, said, every):
    with pytest.raises(GradientMismatch, match=said):
        check_gradient(network, PARAMS, planted("W1", change), every=every)


def test_the_slip_is_named_where_every_entry_is_compared():
    for change, said in [(flip_small, "sign is wrong in 1 of 12"), (swap, r"\[0, 0\] and \[1, 0\] are exchanged")]:
        with pytest.raises(GradientMismatch, match=said):
            check_gradient(network, PARAMS, planted("W1", change))


def test_the_sign_flip_of_an_entry_a_million_times_smaller_than_the_others_is_found():
    c = np.array([2.3, -1.7, 1e-6, 0.9])
    wrong = c.copy()
    wrong[2] *= -1
    loss = lambda w: (c * np.sin(w)).sum()  # noqa: E731
    w = np.array([0.3, 0.8, 0.5, -0.4])
    check_gradient(loss, w, c * np.cos(w))
    with pytest.raises(GradientMismatch, match=r"wrong at w\[2\]"):
        check_gradient(loss, w, wrong * np.cos(w))


def test_the_derivative_of_the_activation_at_a_instead_of_z_is_found():
    a = np.tanh(W1 @ X + B1[:, None])
    d = (W2 @ a + B2[:, None] - T) / 7
    wrong = ((W2.T @ d) * (1 - np.tanh(a) ** 2)) @ X.T
    with pytest.raises(GradientMismatch, match="gradient of W1 is wrong"):
        check_gradient(network, PARAMS, {**RIGHT, "W1": wrong})


def test_the_error_shows_both_numbers_and_carries_them():
    with pytest.raises(GradientMismatch) as caught:
        check_gradient(lambda w: (w**2).sum(), np.array([1.5, 2.5]), np.array([3.0, 7.0]))
    assert (caught.value.name, caught.value.index) == ("w", (1,))
    assert (caught.value.claimed, caught.value.numeric) == (7.0, 5.0)
    assert str(caught.value).splitlines() == [
        "the claimed gradient of w is wrong at w[1]:",
        "    claimed  7",
        "    numeric  5   (complex step)",
        "    they differ by 2.0e+00 (relative: 4.0e-01)",
        "  Wrong in 1 of 2 entries: look for an index, a mask or an assignment that singles them out.",
    ]


def test_a_large_gradient_costs_a_few_directions_and_a_fault_in_it_a_bisection():
    c = np.random.default_rng(5).standard_normal(50_000)
    calls = []

    def loss(w):
        calls.append(1)
        return (c * w**3).sum()

    w = np.linspace(0.5, 1.5, c.size)
    check_gradient(loss, w, 3 * c * w**2)
    assert len(calls) < 20
    wrong = 3 * c * w**2
    wrong[31_415] *= 1 + 1e-7
    calls.clear()
    with pytest.raises(GradientMismatch, match=r"w\[31415\]"):
        check_gradient(loss, w, wrong)
    assert len(calls) < 60


def test_a_wrong_shape_is_refused_even_where_it_would_broadcast():
    for shape in [(4, 1), (1, 3), (3,), (3, 4), (4, 3, 1)]:
        with pytest.raises(GradientMismatch, match=r"nothing is broadcast"):
            check_gradient(network, PARAMS, {**RIGHT, "W1": np.full(shape, 0.3)})


@pytest.mark.parametrize("claim", [np.zeros(2), np.array([0.3, -0.4])])
def test_a_loss_that_ignores_a_parameter_is_refused_whatever_is_claimed(claim):
    w = np.array([0.7, -1.3])
    b = np.array([0.2, 0.4])
    with pytest.raises(GradientMismatch, match="the loss ignores b") as caught:
        check_gradient(lambda w, b: (w**2).sum(), {"w": w, "b": b}, {"w": 2 * w, "b": claim})
    assert caught.value.name == "b"


def test_a_gradient_that_is_zero_here_is_accepted_and_said_to_be():
    w = np.array([-0.3, -0.7])
    check = check_gradient(lambda w: np.where(w.real > 0, w, 0).sum(), w, np.zeros(2))
    assert "zero at this point" in str(check)
    with pytest.raises(GradientMismatch, match="the loss is flat here"):
        check_gradient(lambda w: np.where(w.real > 0, w, 0).sum(), w, np.ones(2))


def test_a_random_loss_is_refused():
    noise = np.random.default_rng(3)
    with pytest.raises(GradientMismatch, match="not deterministic"):
        check_gradient(lambda w: ((w + noise.standard_normal(2)) ** 2).sum(), W2[:, 0], 2 * W2[:, 0])


@pytest.mark.parametrize("where", ["params", "claimed"])
def test_integer_arrays_are_refused(where):
    point, claim = (np.array([1, 2]), np.array([2.0, 4.0])) if where == "params" else (np.array([1.0, 2]), [2, 4])
    with pytest.raises(GradientMismatch, match="integer array"):
        check_gradient(lambda w: (w**2).sum(), {"w": point}, {"w": claim})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value):
    with pytest.raises(GradientMismatch, match=r"W1\[0, 1\] is"):
        check_gradient(network, {**PARAMS, "W1": np.where(np.arange(12).reshape(4, 3) == 1, value, W1)}, RIGHT)
    with pytest.raises(GradientMismatch, match=r"gradient of W1\[0, 1\] is"):
        check_gradient(network, PARAMS, {**RIGHT, "W1": np.where(np.arange(12).reshape(4, 3) == 1, value, W1)})
    with pytest.raises(GradientMismatch, match="the loss is"):
        check_gradient(lambda **p: network(**p) * value, PARAMS, RIGHT)


def test_a_loss_that_is_an_array_is_refused():
    with pytest.raises(GradientMismatch, match=r"array of shape \(1,\)"):
        check_gradient(lambda w: (w**2).sum(keepdims=True), np.array([0.3, 0.7]), np.array([0.6, 1.4]))


def test_parameters_that_the_loss_changes_are_named_and_the_callers_stay_as_they_were():
    def loss(w):
        w -= w.mean()
        return (w**2).sum()

    w = np.array([0.3, 0.7, -0.4])
    with pytest.raises(GradientMismatch, match="changes w in place"):
        check_gradient(loss, w, 2 * w)
    assert w.tolist() == [0.3, 0.7, -0.4]


def test_two_names_for_one_array_are_two_parameters():
    A = np.array([0.3, 0.7])
    loss = lambda u, v: (u**2 * v).sum()  # noqa: E731
    check_gradient(loss, {"u": A, "v": A}, {"u": 2 * A * A, "v": A**2})
    with pytest.raises(GradientMismatch, match="gradient of u is wrong"):
        check_gradient(loss, {"u": A, "v": A}, {"u": 3 * A * A, "v": A**2})


def test_a_buffer_used_for_two_gradients_is_pointed_at():
    buffer = np.array([0.3, 0.7])
    u, v = np.array([0.5, -0.2]), np.array([0.3, 0.7])
    with pytest.raises(GradientMismatch, match="shares its memory with the gradient of u"):
        check_gradient(lambda u, v: (u * v).sum(), {"u": u, "v": v}, {"u": buffer, "v": buffer})


def test_a_gradient_that_is_the_parameter_itself_is_accepted_where_it_is_right():
    w = np.array([0.3, 0.7])
    check_gradient(lambda w: (w**2).sum() / 2, w, w)
    with pytest.raises(GradientMismatch, match="shares its memory with the parameter w"):
        check_gradient(lambda w: (w**3).sum() / 2, w, w)


# Single precision


def single(change=0.0):
    point = {name: array.astype(np.float32) for name, array in PARAMS.items()}
    claim = {name: array.astype(np.float32) for name, array in network_gradient(**point).items()}
    claim["W1"][2, 1] *= 1 + change
    return point, claim


def test_single_precision_is_checked_with_a_tolerance_of_its_own_and_said():
    check = check_gradient(network, *single())
    assert {(row.bound, row.note) for row in check.rows} == {(1e-4, "single precision")}


def test_a_fault_of_one_in_a_thousand_is_found_in_single_precision():
    with pytest.raises(GradientMismatch, match=r"W1\[2, 1\]"):
        check_gradient(network, *single(1e-3))


def test_a_loss_that_computes_in_single_precision_is_checked_by_wide_enough_differences():
    c = np.array([2.3, -1.7, 0.8], np.float32)
    loss = lambda w: (c * np.sin(w.astype(np.float32))).sum()  # noqa: E731
    w = np.array([0.3, 0.8, -0.4])
    right = np.array([2.3 * math.cos(0.3), -1.7 * math.cos(0.8), 0.8 * math.cos(0.4)])
    check = check_gradient(loss, w, right)
    assert check.rows[0].method == "central differences"
    with pytest.raises(GradientMismatch, match=r"w\[1\]"):
        check_gradient(loss, w, right * np.array([1, 1.5, 1]))


# Where the complex step does not serve

POINT = np.array([0.7, -1.3, 2.1])
NOT_ANALYTIC = {
    "abs": (lambda w: (np.abs(w) * [2.0, 3.0, 5.0]).sum(), np.array([2.0, -3.0, 5.0])),
    "norm": (lambda w: np.linalg.norm(w), POINT / math.sqrt(0.49 + 1.69 + 4.41)),
    "conj": (lambda w: np.real(np.vdot(w, w)) + 0 * w.sum(), 2 * POINT),
    "abs among others": (lambda w: (w**2).sum() + 1e-3 * np.abs(w).sum(), 2 * POINT + 1e-3 * np.sign(POINT)),
    "no complex numbers": (lambda w: np.logaddexp(0, w).sum(), np.array([1 / (1 + math.exp(-v)) for v in POINT])),
    "variance": (lambda w: np.var(w), 2 / 3 * (POINT - 0.5)),
}


@pytest.mark.parametrize("every", [2_000, 0])
@pytest.mark.parametrize("kind", NOT_ANALYTIC)
def test_a_loss_that_is_not_analytic_is_checked_by_central_differences_and_this_is_said(kind, every):
    loss, right = NOT_ANALYTIC[kind]
    row = check_gradient(loss, POINT, right, every=every).rows[0]
    assert row.method == "central differences"
    assert "does not take complex numbers" in row.note or "not analytic" in row.note
    for k in range(3):
        wrong = right.copy()
        wrong[k] *= 1 + 1e-4
        with pytest.raises(GradientMismatch, match=rf"w\[{k}\][\s\S]*central differences"):
            check_gradient(loss, POINT, wrong, every=every)


@pytest.mark.parametrize("kind", ["abs", "norm"])
def test_a_claim_that_shares_the_blind_spot_of_the_complex_step_is_refused(kind):
    with pytest.raises(GradientMismatch):
        check_gradient(NOT_ANALYTIC[kind][0], POINT, np.zeros(3))


def test_a_small_term_that_is_not_analytic_does_not_make_a_right_claim_wrong():
    loss = lambda w: (w**2).sum() + 1e-6 * (np.abs(w) + 0j if np.iscomplexobj(w) else np.abs(w)).sum()  # noqa: E731
    row = check_gradient(loss, POINT, 2 * POINT + 1e-6 * np.sign(POINT)).rows[0]
    assert row.method == "central differences"


@pytest.mark.parametrize("maximum", [np.maximum, lambda z, zero: np.where(z > zero, z, zero)])
def test_maximum_of_complex_numbers_orders_by_the_real_part_and_serves(maximum):
    row = check_gradient(lambda w: (maximum(w, 0) * [2.0, 3.0, 5.0]).sum(), POINT, np.array([2.0, 0.0, 5.0])).rows[0]
    assert row.method == "complex step"


# Kinks


def hinge(w):
    return (np.where(w.real > 0, w, 0) * [2.0, 3.0, 5.0]).sum()


@pytest.mark.parametrize("near", [1e-6, -1e-6, 1e-8, -1e-8])
def test_a_kink_within_the_step_of_differences_does_not_disturb_the_complex_step(near):
    point = np.array([0.7, near, -1.2])
    right = np.array([2.0, 3.0 * (near > 0), 0.0])
    assert check_gradient(hinge, point, right).rows[0].method == "complex step"
    with pytest.raises(GradientMismatch, match=r"w\[1\]"):
        check_gradient(hinge, point, np.array([2.0, 1.5, 0.0]))


@pytest.mark.parametrize("near", [1e-6, -1e-6, 1e-7])
def test_a_kink_within_the_step_narrows_it_and_this_is_said(near):
    loss = lambda w: (np.maximum(w.astype(float), 0) * [2.0, 3.0, 5.0]).sum()  # noqa: E731
    point, right = np.array([0.7, near, -1.2]), np.array([2.0, 3.0 * (near > 0), 0.0])
    row = check_gradient(loss, point, right).rows[0]
    assert row.method == "central differences"
    assert "the step was narrowed, beside a kink" in row.note
    averaged = float(nblib.numeric.central_difference(loss, point)[1])
    for wrong in (1.5, averaged, 3.0 * (near < 0)):
        with pytest.raises(GradientMismatch, match=r"w\[1\]"):
            check_gradient(loss, point, np.array([2.0, wrong, 0.0]))


@pytest.mark.parametrize("claim", [0.0, 1.5, 3.0])
@pytest.mark.parametrize("loss", [hinge, lambda w: (np.maximum(w.astype(float), 0) * [2.0, 3.0, 5.0]).sum()])
def test_a_kink_exactly_at_the_point_is_refused_whatever_is_claimed(loss, claim):
    with pytest.raises(GradientMismatch, match=r"kink exactly here: as w\[1\] grows or shrinks, its slope jumps by 3"):
        check_gradient(loss, np.array([0.7, 0.0, -1.2]), np.array([2.0, claim, 0.0]))


def test_a_tie_under_a_max_is_refused():
    with pytest.raises(GradientMismatch, match="kink exactly here"):
        check_gradient(lambda w: w[np.argmax(w.real)] ** 2, np.array([0.7, 0.7, -1.2]), np.array([1.4, 0.0, 0.0]))


# Rounding in the claim


def saturated(z):
    return np.log(1 + np.exp(-z)).sum()


def test_a_claim_that_cancels_is_pointed_to_atol_and_accepted_with_it():
    z = np.array([20.3, 1.7])
    claim = 1 / (1 + np.exp(-z)) - 1
    claim[0] += 1e-16
    loose = lambda z: np.where(z.real > 5, np.exp(-z), np.log(1 + np.exp(-z))).sum()  # noqa: E731
    right = np.array([-math.exp(-20.3), 1 / (1 + math.exp(-1.7)) - 1])
    check_gradient(loose, z, right)
    with pytest.raises(GradientMismatch, match="allow atol=1e-14"):
        check_gradient(loose, z[:1], right[:1] + 1e-16)
    assert "absolutely" in str(check_gradient(loose, z[:1], right[:1] + 1e-16, atol=1e-15))
    with pytest.raises(GradientMismatch):
        check_gradient(loose, z[:1], right[:1] + 1e-13, atol=1e-15)


# Derivations


class FakeDerivation:
    """What `check_gradient` asks of a derivation, and no more."""

    record: dict = {"kind": "derivation"}  # noqa: RUF012
    variable = "W"

    def __init__(self, sign):
        self.sign = sign

    def function(self, *names):
        assert names == ("W", "x", "t")
        return lambda W, x, t: self.sign * np.outer(W @ x - t, x)


DATA = {"W": W2[:, :3], "x": X[:, 0], "t": np.array([1, 0])}


def squared(W, x, t):
    return ((W @ x - t) ** 2).sum() / 2


def test_a_derivation_claims_the_gradient_by_its_variable_and_the_rest_is_held_fixed():
    check = check_gradient(squared, DATA, FakeDerivation(1))
    assert [(row.name, row.method) for row in check.rows] == [
        ("W", "complex step"),
        ("x", "held fixed"),
        ("t", "held fixed"),
    ]


def test_a_wrong_derivation_is_refused():
    with pytest.raises(GradientMismatch, match="factor −1 throughout"):
        check_gradient(squared, DATA, FakeDerivation(-1))


NET = r"""
m = 3, 5 \quad n = 2, 4
x \in \mathbb{R}^{n}, \; W^{[1]} \in \mathbb{R}^{m \times n}, \; \hat{t} \in \mathbb{R}^{m}
z := W^{[1]} x
E := \tfrac12 \sum_i (z_i - \hat{t}_i)^2
"""


@pytest.mark.parametrize(("factor", "right"), [(0.5, True), (1.0, False)])
def test_a_derivation_made_by_derive_is_compared_with_the_loss_of_the_chapter(factor, right):
    from nblib.derivation import derive
    from nblib.setting import given

    derivation = derive(r"\frac{\partial E}{\partial W^{[1]}} &= (z - \hat{t})\, x^\top", given(NET))
    data = {"W1": W1, "x": X[:, 0], "t_hat": B1}
    loss = lambda W1, x, t_hat: factor * ((W1 @ x - t_hat) ** 2).sum()  # noqa: E731
    if right:
        assert str(check_gradient(loss, data, derivation)).count("held fixed") == 2
    else:
        with pytest.raises(GradientMismatch, match="differs by the factor 1/2 throughout"):
            check_gradient(loss, data, derivation)


def test_the_result_is_the_same_text_every_time():
    assert str(check_gradient(network, PARAMS, RIGHT)) == str(check_gradient(network, PARAMS, network_gradient))
