"""Numeric derivatives against closed forms worked by hand, at generic points."""

import math

import numpy as np
import pytest

import nblib.numeric.steps
from nblib.numeric.steps import central_difference, complex_step, forward_difference

METHODS = [(complex_step, 1e-15), (central_difference, 1e-9), (forward_difference, 1e-6)]
by_each_method = pytest.mark.parametrize(("method", "tolerance"), METHODS)


@by_each_method
def test_the_derivative_of_a_function_of_one_number_is_right(method, tolerance):
    # d/dx exp(x) sin(x) = exp(x) (sin(x) + cos(x))
    expected = math.exp(0.7) * (math.sin(0.7) + math.cos(0.7))
    assert float(method(lambda x: np.exp(x) * np.sin(x), 0.7)) == pytest.approx(expected, rel=tolerance)


@by_each_method
def test_the_gradient_has_the_shape_of_its_variable(method, tolerance):
    # d/dW of the sum of W_ij^3 c_j is 3 W_ij^2 c_j
    W, c = np.array([[0.3, -1.2, 2.1], [0.8, 1.7, -0.4]]), np.array([2.0, -3.0, 0.5])
    gradient = method(lambda W: (W**3 @ c).sum(), W)
    expected = [[3 * W[i, j] ** 2 * c[j] for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=20 * tolerance)


@by_each_method
def test_the_jacobian_has_its_outputs_as_rows(method, tolerance):
    x = np.array([0.5, -1.5, 2.5])
    jacobian = method(lambda x: np.stack([x[0] * x[1], np.exp(x[2])]), x)
    expected = [[-1.5, 0.5, 0.0], [0.0, 0.0, math.exp(2.5)]]
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=30 * tolerance)


@by_each_method
def test_a_direction_gives_the_jacobian_times_the_direction(method, tolerance):
    x, v = np.array([0.5, -1.5]), np.array([2.0, 3.0])
    slope = method(lambda x: np.stack([x[0] * x[1], x[1] ** 2]), x, direction=v)
    np.testing.assert_allclose(slope, [-1.5 * 2 + 0.5 * 3, -3.0 * 3], rtol=0, atol=30 * tolerance)


def test_the_length_of_a_direction_does_not_spoil_a_central_difference():
    x = np.linspace(0.3, 2.0, 10_000)
    slope = central_difference(lambda x: np.sin(x).sum(), x, direction=np.full(x.size, 30.0))
    assert float(slope) == pytest.approx(30 * math.fsum(math.cos(x_i) for x_i in x), rel=1e-8)


@by_each_method
def test_a_batched_function_gives_the_same_gradient_beyond_one_chunk(method, tolerance):
    x = np.linspace(0.3, 2.0, 2 * nblib.numeric.steps.CHUNK + 5)
    c = np.linspace(-1.0, 3.0, x.size)
    gradient = method(lambda x: np.sum(c * np.sin(x), axis=-1), x, batched=True)
    np.testing.assert_allclose(gradient, [c_i * math.cos(x_i) for c_i, x_i in zip(c, x, strict=True)], atol=1e-5)
    along = method(lambda x: np.sum(c * np.sin(x), axis=-1), x, batched=True, direction=c)
    assert float(along) == pytest.approx(sum(c_i**2 * math.cos(x_i) for c_i, x_i in zip(c, x, strict=True)), rel=1e-4)


@by_each_method
def test_a_function_that_does_not_keep_the_batch_axis_is_refused(method, tolerance):
    with pytest.raises(ValueError, match="one value for each of its 3 points"):
        method(lambda x: np.sum(x**2), np.array([1.5, 2.5, 3.5]), batched=True)


@by_each_method
def test_a_direction_of_another_shape_is_refused_and_not_broadcast(method, tolerance):
    with pytest.raises(ValueError, match=r"direction has shape \(1,\) and x has shape \(3,\)"):
        method(np.sum, np.array([1.5, 2.5, 3.5]), direction=np.array([2.0]))


@by_each_method
def test_complex_points_are_refused(method, tolerance):
    with pytest.raises(TypeError, match="real numbers"):
        method(np.exp, np.array([1 + 2j]))


@by_each_method
def test_integers_are_moved_as_real_numbers(method, tolerance):
    assert float(method(lambda x: x**3, 2)) == pytest.approx(12, rel=tolerance * 10)


def test_several_steps_give_a_leading_axis():
    slopes = central_difference(lambda x: x**3, 1.0, h=[0.1, 0.01])
    np.testing.assert_allclose(slopes, [3.01, 3.0001], rtol=1e-12)  # (x³)' = 3, and the error is h² exactly


def test_the_forward_error_falls_with_h_and_the_central_error_with_its_square():
    h = np.array([1e-2, 1e-3])
    forward = abs(forward_difference(np.exp, 0.0, h) - 1)
    central = abs(central_difference(np.exp, 0.0, h) - 1)
    assert forward[0] / forward[1] == pytest.approx(10, rel=0.01)
    assert central[0] / central[1] == pytest.approx(100, rel=0.01)


def test_the_complex_step_is_exact_at_every_small_step_where_differences_are_not():
    steps = np.logspace(-200, -10, 20)
    assert abs(complex_step(np.exp, 0.3, steps) / math.exp(0.3) - 1).max() < 1e-15
    assert abs(forward_difference(np.exp, 0.3, 1e-15) / math.exp(0.3) - 1) > 1e-2


@pytest.mark.parametrize("drops", [lambda x: np.sum(np.abs(x)), lambda x: np.sum(np.asarray(x).astype(float))])
def test_the_complex_step_refuses_a_function_that_drops_the_imaginary_part(drops):
    with pytest.raises(TypeError, match="imaginary part is dropped"):
        complex_step(drops, np.array([0.5, 1.5]))
