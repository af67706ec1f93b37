"""The two ways to measure a derivative, and how they notice that they do not serve."""

import math

import numpy as np
import pytest

from nblib.numeric.gauge import DOUBLE, CentralGauge, ComplexGauge, NotAnalytic
from nblib.numeric.mismatch import GradientMismatch
from nblib.numeric.problem import Problem
from nblib.numeric.steps import central_difference

W, V = np.array([0.7, -1.3, 2.1]), np.array([0.8, -1.1, 0.6])


def gauge(kind, loss, point=W):
    problem = Problem(loss, {"w": point})
    problem.settle()
    return kind(problem, "w", DOUBLE)


def relu(w):
    return np.where(w.real > 0, w, 0)


@pytest.mark.parametrize(("kind", "tolerance"), [(ComplexGauge, 1e-15), (CentralGauge, 1e-9)])
def test_both_measure_the_same_derivative(kind, tolerance):
    # d/dw of the sum of exp(w_i) is exp(w_i)
    g = gauge(kind, lambda w: np.exp(w).sum())
    expected = np.exp(W)
    assert g.along(V) == pytest.approx(expected @ V, rel=tolerance * 10)
    assert g.along(g.unit((1,))) == pytest.approx(expected[1], rel=tolerance * 10)
    np.testing.assert_allclose(g.everywhere(), expected, rtol=tolerance * 10)


def test_a_loss_that_takes_a_stack_of_points_is_called_with_one():
    shapes = []

    def loss(w):
        shapes.append(np.shape(w))
        return (w**3).sum(axis=-1)

    np.testing.assert_allclose(gauge(ComplexGauge, loss).everywhere(), 3 * W**2, rtol=1e-14)
    assert shapes[-1] == (3, 3)


def test_a_loss_that_mixes_the_points_of_a_stack_is_called_with_one_point_at_a_time():
    np.testing.assert_allclose(
        gauge(ComplexGauge, lambda w: (w**3).sum() * (np.ones(2) if w.ndim == 2 else 1.0)).everywhere(), 3 * W**2
    )


@pytest.mark.parametrize(
    "loss",
    [
        lambda w: np.exp(np.sin(w)).sum(),
        lambda w: (relu(w - 0.4) ** 2 + relu(w)).sum(),
        lambda w: np.sqrt((w**2).sum()),
        lambda w: np.where(w.real > 0, w, 0.01 * w).sum() * np.tanh(w).prod(),
    ],
)
def test_an_analytic_loss_suits_the_complex_step(loss):
    gauge(ComplexGauge, loss).suits(V)


def test_a_strongly_curved_loss_suits_the_complex_step():
    gauge(ComplexGauge, lambda w: np.sin(300 * w).sum()).suits(V)


def test_a_kink_within_the_step_of_the_differences_does_not_discredit_the_complex_step():
    gauge(ComplexGauge, lambda w: (3 * relu(w - 2e-6)).sum(), np.array([1e-7, 0.3, -0.8])).suits(V)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (lambda w: np.abs(w).sum(), "dropped"),
        (lambda w: np.linalg.norm(w), "dropped"),
        (lambda w: np.var(w), "dropped"),
        (lambda w: np.logaddexp(0, w).sum(), "TypeError"),
        (lambda w: sum(float(entry) ** 2 for entry in w), "TypeError|dropped"),
        (lambda w: np.vdot(w, w), "not analytic"),
        (lambda w: (w * w.conj()).sum(), "not analytic"),
        (lambda w: (w**2).sum() + 1e-3 * (np.abs(w) + 0j).sum(), "not analytic"),
        (lambda w: (w**2).sum() * (1 if w.dtype == float else np.nan), "not finite"),
    ],
)
def test_a_loss_that_is_not_analytic_is_noticed_and_the_reason_is_said(loss, reason):
    def real_loss(w):
        value = loss(w)
        return value if np.iscomplexobj(w) else np.real(value)

    with pytest.raises(NotAnalytic, match=reason):
        gauge(ComplexGauge, real_loss).suits(V)


@pytest.mark.parametrize(
    ("loss", "point", "where"),
    [
        (lambda w: 3 * relu(w).sum(), np.array([0.7, 0.0, -1.2]), r"w\[1\] grows or shrinks, its slope jumps by 3"),
        (lambda w: relu(w[0] - w[2]), np.array([0.7, 0.4, 0.7]), r"w\[0\] grows or shrinks, its slope jumps by 1"),
    ],
)
def test_a_kink_at_the_very_point_is_an_error_that_names_the_entry(loss, point, where):
    with pytest.raises(GradientMismatch, match=where):
        gauge(ComplexGauge, loss, point).suits(V)


def test_rounding_is_accepted_where_the_gradient_vanishes_and_a_fault_is_not():
    # at the minimum of the squared distance to 0.3 + 0.4 the residual is a rounding, and the gradient with it
    g = gauge(
        ComplexGauge, lambda w: ((w * np.array([0.1, 0.7, 0.3]) - 0.07) ** 2).sum(), np.array([0.7, 0.1, 0.7 / 3])
    )
    assert g.accepts(V, 1e-17, 3e-17, 0.0)
    assert not g.accepts(V, 1e-11, 3e-17, 0.0)


@pytest.mark.parametrize("near", [4e-6, 1e-6, 1e-7, -1e-6])
def test_central_differences_narrow_the_step_beside_a_kink(near):
    g = gauge(CentralGauge, lambda w: np.abs(w).sum(), np.array([near, 0.7, -0.3]))
    unit, right = g.unit((0,)), math.copysign(1.0, near)
    assert abs(central_difference(lambda w: np.abs(w).sum(), g.x)[0] - right) > 0.1  # what a fixed step would say
    assert g.along(unit) == pytest.approx(right, abs=1e-6)
    assert g.narrowed
    assert g.accepts(unit, right, g.along(unit), 1e-6)
    for wrong in (0.9, 0.5, 0.0, -right):
        assert not g.accepts(unit, wrong, g.along(unit), 1e-6)


def test_central_differences_do_not_narrow_the_step_without_need():
    g = gauge(CentralGauge, lambda w: np.abs(w).sum() + np.exp(w).sum())
    assert g.along(V) == pytest.approx((np.sign(W) + np.exp(W)) @ V, rel=1e-9)
    assert not g.narrowed


def test_central_differences_allow_for_curvature_and_not_for_a_fault():
    g = gauge(CentralGauge, lambda w: np.sin(3000 * w).sum())
    unit = g.unit((1,))
    right = 3000 * math.cos(3000 * W[1])
    assert g.accepts(unit, right, g.along(unit), 1e-7 * abs(right))
    assert not g.accepts(unit, right * (1 + 1e-5), g.along(unit), 1e-7 * abs(right))


def test_central_differences_refuse_a_kink_at_the_very_point():
    with pytest.raises(GradientMismatch, match=r"kink exactly here: as w\[1\]"):
        gauge(CentralGauge, lambda w: np.abs(w).sum(), np.array([0.7, 0.0, -0.3])).suits(V)
