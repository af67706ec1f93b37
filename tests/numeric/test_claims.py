"""A claimed gradient in each of its forms, and each way in which its form is wrong."""

import numpy as np
import pytest

from nblib.numeric.claims import derived, read_claims
from nblib.numeric.mismatch import GradientMismatch
from nblib.numeric.problem import Problem

W, B, X = np.array([[0.4, -1.3, 0.7], [1.1, 0.2, -0.6]]), np.array([0.9, -0.5]), np.array([1.7, -0.8, 0.3])


class FakeDerivation:
    """What `check_gradient` asks of a derivation, and no more."""

    record: dict = {"kind": "derivation"}  # noqa: RUF012

    def __init__(self, variable, formula):
        self.variable, self._formula = variable, formula

    def function(self, *names):
        return lambda *arrays: self._formula(**dict(zip(names, arrays, strict=True)))


def loss(W, b):
    return ((W @ X + b) ** 2).sum() / 2


def problem():
    return Problem(loss, {"W": W, "b": B})


DZ = W @ X + B
RIGHT = {"W": np.outer(DZ, X), "b": DZ}


@pytest.mark.parametrize(
    "claimed",
    [
        RIGHT,
        lambda W, b: {"W": np.outer(W @ X + b, X), "b": W @ X + b},
        {"W": lambda W, b: np.outer(W @ X + b, X), "b": DZ},
        {"W": FakeDerivation("W", lambda W, b: np.outer(W @ X + b, X)), "b": list(DZ)},
    ],
    ids=["arrays", "one function", "a function and an array", "a derivation and a list"],
)
def test_arrays_functions_and_derivations_are_read_alike(claimed):
    arrays, _ = read_claims(claimed, problem())
    np.testing.assert_allclose(arrays["W"], RIGHT["W"], rtol=1e-14)
    np.testing.assert_allclose(arrays["b"], RIGHT["b"], rtol=1e-14)


def test_a_sequence_is_read_in_the_order_of_the_parameters():
    arrays, _ = read_claims((RIGHT["W"], RIGHT["b"]), Problem(loss, [W, B]))
    assert [a.shape for a in arrays.values()] == [(2, 3), (2,)]


def test_a_list_of_numbers_is_the_gradient_of_a_single_array():
    arrays, _ = read_claims([0.5, 1.5], Problem(lambda w: w.sum(), B))
    assert arrays["w"].tolist() == [0.5, 1.5]


def test_a_derivation_is_known_by_the_symbol_it_differentiates_by():
    by_w, by_b = FakeDerivation("W", None), FakeDerivation(("b",), None)
    assert derived(by_w) == {"W": by_w}
    assert derived([by_w, by_b]) == {"W": by_w, "b": by_b}
    assert derived({"W": by_w}) == {"W": by_w}
    assert derived({"W": by_w, "b": DZ}) is None
    assert derived(RIGHT) is None
    assert derived(RIGHT["W"]) is None


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("W", "W"),
        ("W^{[1]}", "W1"),
        ("w_{fc}", "w_fc"),
        (r"\hat{y}", "y_hat"),
        (r"\bar x", "x_bar"),
        (r"\alpha", "alpha"),
    ],
)
def test_a_symbol_is_matched_with_its_python_name(symbol, name):
    assert list(derived(FakeDerivation(symbol, None))) == [name]


@pytest.mark.parametrize("variable", [None, ("W", "b")])
def test_a_derivation_that_differentiates_by_no_single_symbol_claims_no_gradient(variable):
    with pytest.raises(GradientMismatch, match="no derivative by one symbol"):
        derived(FakeDerivation(variable, None))


def test_a_derivation_under_the_name_of_another_parameter_is_refused():
    with pytest.raises(GradientMismatch, match="the derivation given for W derives the gradient by b"):
        read_claims({"W": FakeDerivation("b", lambda W, b: DZ), "b": DZ}, problem())


def test_a_derivation_by_something_that_is_no_parameter_is_refused():
    claims = derived(FakeDerivation("V", None))
    with pytest.raises(GradientMismatch, match="claimed for V, which is no parameter"):
        read_claims(claims, Problem(loss, {"W": W, "b": B}, only=claims))


@pytest.mark.parametrize(
    ("shape", "mend"),
    [
        ((3, 2), "transpose"),
        ((2, 3, 1), r"reshape\(\(2, 3\)\)"),
        ((5, 2, 3), "one axis more"),
        ((3,), "shape of its variable"),
        ((), "shape of its variable"),
        ((1, 3), "shape of its variable"),
    ],
)
def test_a_wrong_shape_is_never_broadcast_and_the_error_names_both_shapes(shape, mend):
    with pytest.raises(GradientMismatch, match=rf"gradient of W has shape .*W has shape \(2, 3\)[\s\S]*{mend}"):
        read_claims({"W": np.full(shape, 0.3), "b": DZ}, problem())


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_the_gradient_of_a_number_is_a_number(shape):
    scalar = Problem(lambda b: b**2, {"b": 0.7})
    assert read_claims({"b": 1.4}, scalar)[0]["b"].shape == ()
    with pytest.raises(GradientMismatch, match=r"b has shape \(\)"):
        read_claims({"b": np.full(shape, 1.4)}, scalar)


def test_a_missing_name_is_named():
    with pytest.raises(GradientMismatch, match="no gradient is claimed for b"):
        read_claims({"W": RIGHT["W"]}, problem())


def test_an_unknown_name_is_named_with_the_name_that_was_meant():
    with pytest.raises(GradientMismatch, match="Rename 'dW' to 'W', 'db' to 'b'"):
        read_claims({"dW": RIGHT["W"], "db": RIGHT["b"]}, problem())


def test_a_sequence_of_another_length_is_refused():
    with pytest.raises(GradientMismatch, match="1 gradients, and the parameters are W, b"):
        read_claims([RIGHT["W"]], Problem(loss, [W, B]))


def test_a_bare_array_for_a_dict_of_parameters_is_refused():
    with pytest.raises(GradientMismatch, match="in a dict with the same names"):
        read_claims(RIGHT["W"], problem())


@pytest.mark.parametrize("integers", [np.array([1, 2]), [1, 2], np.zeros(2, int)])
def test_an_integer_claim_is_refused_by_name(integers):
    with pytest.raises(GradientMismatch, match="the claimed gradient of b is an integer array"):
        read_claims({"W": RIGHT["W"], "b": integers}, problem())


@pytest.mark.parametrize("claim", [None, "0.3", lambda W, b: None, [[0.3], [0.4, 0.5]]])
def test_a_claim_that_is_no_array_of_numbers_is_refused_by_name(claim):
    with pytest.raises(GradientMismatch, match="the claimed gradient of b is no array of numbers but"):
        read_claims({"W": RIGHT["W"], "b": claim}, problem())


def test_a_claim_that_is_not_finite_is_named_with_its_index():
    broken = RIGHT["W"].copy()
    broken[0, 2] = np.nan
    with pytest.raises(GradientMismatch, match=r"claimed gradient of W\[0, 2\] is nan"):
        read_claims({"W": broken, "b": DZ}, problem())


def test_a_gradient_function_that_changes_its_arguments_is_refused_by_name():
    def gradient(W, b):
        W -= 0.1
        return RIGHT

    with pytest.raises(GradientMismatch, match="the claimed gradient changes W in place"):
        read_claims(gradient, problem())
