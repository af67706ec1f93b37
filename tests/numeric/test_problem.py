"""What is made sure of before anything is differentiated: each check with what it accepts and what it refuses."""

import numpy as np
import pytest

from nblib.numeric.mismatch import GradientMismatch
from nblib.numeric.problem import Problem, eps_of, read_array

W, B = np.array([[0.4, -1.3, 0.7], [1.1, 0.2, -0.6]]), np.array([0.9, -0.5])


def settled(loss, params, **options):
    problem = Problem(loss, params, **options)
    problem.settle()
    return problem


@pytest.mark.parametrize(
    ("loss", "params", "names"),
    [
        (lambda W, b: W.sum() + b[0] ** 2, {"W": W, "b": B}, ["W", "b"]),
        (lambda W, b: W.sum() + b[0] ** 2, [W, B], ["W", "b"]),
        (lambda *args: args[0].sum() + args[1][0] ** 2, (W, B), ["parameter 0", "parameter 1"]),
    ],
)
def test_the_loss_is_called_in_the_form_in_which_the_parameters_came(loss, params, names):
    problem = settled(loss, params)
    assert problem.names == names
    assert problem.value == pytest.approx(0.5 + 0.81)


def test_one_array_is_one_parameter_with_the_name_that_the_loss_gives_it():
    assert settled(lambda theta: (theta**2).sum(), W).names == ["theta"]


def test_the_parameters_are_copies_so_that_names_for_one_array_are_independent():
    problem = settled(lambda V, W: (V * W).sum(), {"V": W, "W": W})
    assert not np.shares_memory(problem.point["V"], problem.point["W"])
    assert not np.shares_memory(problem.point["V"], W)


def test_the_loss_of_one_parameter_holds_the_others_fixed():
    assert settled(lambda V, c: V.sum() * c, {"V": W, "c": 2.0}).of("c")(np.array(3.0)) == pytest.approx(1.5)


@pytest.mark.parametrize("integers", [np.array([1, 2, 3]), 3, np.array([True, False])])
def test_an_integer_parameter_is_refused_by_name(integers):
    with pytest.raises(GradientMismatch, match="w is an integer array"):
        Problem(lambda w: (w**2).sum(), {"w": integers})


@pytest.mark.parametrize("held", [np.array(["a"]), np.array([1 + 2j]), np.array([1.5], np.float16)])
def test_a_parameter_that_is_neither_single_nor_double_precision_is_refused(held):
    with pytest.raises(GradientMismatch, match="checked in float64 or float32"):
        Problem(lambda w: (w**2).sum(), {"w": held})


@pytest.mark.parametrize("nothing", [{}, []])
def test_no_parameters_at_all_are_refused(nothing):
    with pytest.raises(GradientMismatch, match="there are no parameters"):
        Problem(lambda: 0.3, nothing)


def test_an_empty_parameter_is_refused():
    with pytest.raises(GradientMismatch, match=r"w has no entries, shape \(0, 3\)"):
        Problem(lambda w: w.sum(), {"w": np.zeros((0, 3))})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_parameter_that_is_not_finite_is_named_with_its_index(value):
    broken = W.copy()
    broken[1, 2] = value
    with pytest.raises(GradientMismatch, match=r"w\[1, 2\] is") as caught:
        Problem(lambda w: (w**2).sum(), {"w": broken})
    assert caught.value.index == (1, 2)


@pytest.mark.parametrize("loss", [lambda w: np.log(w).sum(), lambda w: np.exp(1e4 * w).sum()])
def test_a_loss_that_is_not_finite_is_refused(loss):
    with np.errstate(all="ignore"), pytest.raises(GradientMismatch, match=r"the loss is (nan|inf) at these parameters"):
        settled(loss, W)


@pytest.mark.parametrize("loss", [lambda w: w**2, lambda w: (w**2).sum(keepdims=True), lambda w: [1.5, 2.5]])
def test_a_loss_that_is_not_one_number_is_refused_with_its_shape(loss):
    with pytest.raises(GradientMismatch, match=r"must return one number and returned an array of shape \("):
        settled(loss, W)


@pytest.mark.parametrize("loss", [lambda w: (w * 1j).sum(), lambda w: None, lambda w: "0.3"])
def test_a_loss_that_is_not_a_real_number_is_refused(loss):
    with pytest.raises(GradientMismatch, match="must return a real number"):
        settled(loss, W)


def test_a_random_loss_is_refused_as_not_deterministic():
    rng = np.random.default_rng(4)
    with pytest.raises(GradientMismatch, match=r"not deterministic: at the same point it gave .*, then"):
        settled(lambda w: (w**2 * (rng.random(w.shape) > 0.5)).sum(), W)


def test_a_loss_that_changes_later_is_refused_at_the_end():
    calls = []

    def loss(w):
        calls.append(1)
        return (w**2).sum() + (len(calls) > 8)

    problem = settled(loss, W)
    for _ in range(8):
        problem.of("w")(W)
    with pytest.raises(GradientMismatch, match="not deterministic"):
        problem.settle_again()


def test_a_loss_that_changes_a_parameter_in_place_is_refused_by_name():
    def loss(W, b):
        b -= 0.1 * b
        return (W**2).sum() + (b**2).sum()

    before = B.copy()
    with pytest.raises(GradientMismatch, match="the loss changes b in place") as caught:
        settled(loss, {"W": W, "b": B})
    assert caught.value.name == "b"
    np.testing.assert_array_equal(B, before)


def test_data_are_held_fixed_and_may_be_integers():
    problem = settled(lambda w, t: ((w - t) ** 2).sum(), {"w": B, "t": np.array([1, 3])}, only=["w"])
    assert list(problem.point) == ["w"]
    assert list(problem.fixed) == ["t"]


def test_a_parameter_that_no_change_reaches_is_ignored():
    assert settled(lambda w, b: (w**2).sum(), {"w": W, "b": B}).ignores("b")


def test_a_parameter_whose_gradient_is_only_zero_here_is_not_ignored():
    dead = settled(lambda w: np.where(w > 0, w, 0).sum(), np.array([-0.3, -0.7]))
    assert not dead.ignores("w")
    behind_zeros = settled(lambda v, w: (v * np.tanh(w)).sum(), {"v": np.zeros(2), "w": np.array([0.3, 0.7])})
    assert not behind_zeros.ignores("w")


def test_a_parameter_at_which_the_loss_looks_only_to_refuse_it_is_not_ignored():
    def loss(w, A):
        if np.linalg.eigvalsh(A).min() <= 0:
            raise ValueError("A must be positive definite")
        return (w**2).sum()

    positive = np.array([[2.0, 0.3], [0.3, 1.0]])
    assert not settled(loss, {"w": np.array([0.3, 0.7]), "A": positive}).ignores("A")


def test_the_noise_of_a_loss_covers_cancellation_inside_it():
    w = np.array([0.3, 0.7])
    assert settled(lambda w: (w**2).sum(), w).noise < 1e-14
    assert settled(lambda w: (w**2).sum() + (1e8 * w).sum() - 1e8 * w.sum(), w).noise > 1e-9


def test_single_precision_is_read_without_loss_and_known_as_such():
    single = np.array([0.1, 0.2], np.float32)
    assert eps_of(single) == pytest.approx(2.0**-23)
    assert eps_of(np.array([0.1])) == eps_of(0.1) == 2.0**-52
    assert read_array(single, "w", "w").dtype == np.float64
    np.testing.assert_array_equal(read_array(single, "w", "w"), single)
