"""A counterexample is small, readable, and true: whoever puts its numbers in finds both values."""

import math
import re
from fractions import Fraction

import pytest

from nblib import WrongLine, derive, given


def counterexample(line, text):
    with pytest.raises(WrongLine) as caught:
        derive(line, given(text))
    return caught.value.counterexample


def numbers(found):
    return {name: Fraction(value) for name, value in found.values.items()}


def test_both_values_follow_from_the_numbers():
    found = counterexample(r"(\alpha + \beta)^2 = \alpha^2 + \beta^2", r"\alpha, \beta, \gamma \in \mathbb{R}")
    at = numbers(found)
    assert set(at) == {r"\alpha", r"\beta"}  # γ does not matter here
    assert Fraction(found.left) == (at[r"\alpha"] + at[r"\beta"]) ** 2
    assert Fraction(found.right) == at[r"\alpha"] ** 2 + at[r"\beta"] ** 2


def test_only_the_entries_that_matter_are_shown():
    found = counterexample(
        r"(W x)_i = \sum_j W_{ij}", r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^{n}"
    )
    i = found.entry.strip("()")
    at = numbers(found)
    assert found.sizes == "m = 3, n = 2"
    assert set(at) == {"x_1", "x_2", f"W_{i}1", f"W_{i}2"}
    assert Fraction(found.left) == at[f"W_{i}1"] * at["x_1"] + at[f"W_{i}2"] * at["x_2"]
    assert Fraction(found.right) == at[f"W_{i}1"] + at[f"W_{i}2"]


def test_a_size_that_is_checked_at_two_values_is_shown_even_if_it_may_be_like_another():
    found = counterexample(
        r"y_i = \sum_u w_u x_{i + u}",
        r"""indices from 0 \\ k = 2, 3 \quad o = 4, 5 \quad s = 2, 3 \text{ exactly} \quad a = 3 \text{ exactly}
        h = s(o - 1) + k \\ x \in \mathbb{R}^{h}, w \in \mathbb{R}^{k}, y \in \mathbb{R}^{o}
        y_i := \sum_u w_u x_{s i + u}""",
    )
    assert found.sizes == "k = 2, o = 4, s = 2"


def test_values_are_generic_and_small():
    found = counterexample(r"\alpha \beta = \alpha + \beta", r"\alpha, \beta \in \mathbb{R}")
    assert all(abs(value) in (2, 3, 4, 5) for value in numbers(found).values())  # no zeros, no ones


def test_values_lie_in_their_sets():
    found = counterexample(r"p + q = y", r"p \in \mathbb{R}_{>0}, q \in (0,1), y \in \{0,1\}")
    at = numbers(found)
    assert at["p"] > 0 and 0 < at["q"] < 1 and at["y"] in (0, 1)


def test_definitions_are_followed_to_what_is_free():
    found = counterexample(r"z = \alpha", r"\alpha \in \mathbb{R} \\ z := \alpha^2")
    at = numbers(found)
    assert set(at) == {r"\alpha"} and Fraction(found.left) == at[r"\alpha"] ** 2


def test_values_of_a_declared_function_are_shown():
    found = counterexample(r"g'(\alpha) = g(\alpha)", r"\alpha \in \mathbb{R} \\ g : \mathbb{R} \to \mathbb{R}")
    assert found.values[r"g'(\alpha)"] == found.left and found.values[r"g(\alpha)"] == found.right


def test_a_member_of_a_family_is_spelled_as_one():
    found = counterexample(r"y^{(i)} = 2 y^{(i)}", r"m = 3, 5 \\ y^{(i)} \in \mathbb{R}, i = 1, \dots, m")
    (name,) = found.values
    assert name in ("y^(1)", "y^{(1)}", "y^(2)", "y^(3)")


def test_the_second_size_is_shown_when_the_first_one_agrees():
    found = counterexample(r"\sum_{i=1}^{3} x_i = \sum_i x_i", r"n = 3, 5 \\ x \in \mathbb{R}^{n}")
    assert found.sizes == "n = 5"
    at = numbers(found)
    assert Fraction(found.left) == sum(at[f"x_{k}"] for k in (1, 2, 3)) and Fraction(found.right) == sum(at.values())


def test_what_is_not_rational_is_rounded_to_six_digits():
    found = counterexample(r"e^{\alpha} = e^{2 \alpha}", r"\alpha \in \mathbb{R}")
    import math

    at = numbers(found)[r"\alpha"]
    assert float(found.left) == pytest.approx(math.exp(at), rel=1e-5) and float(found.right) == pytest.approx(
        math.exp(2 * at), rel=1e-5
    )


def test_an_inequality_is_shown_where_it_fails():
    found = counterexample(r"\alpha^2 \ge \alpha", r"\alpha \in \mathbb{R}")
    at = numbers(found)[r"\alpha"]
    assert at**2 < at


@pytest.mark.parametrize(
    "line",
    [r"\pi = 3.14159265358979", r"e^{\alpha} = e^{\alpha} + \frac{1}{10^{9}}", r"\alpha = \alpha + \frac{1}{10^{12}}"],
)
def test_values_that_differ_late_are_shown_to_differ(line):
    found = counterexample(line, r"\alpha \in \mathbb{R}")
    assert found.left != found.right


RECURRENT = r"""n = 2, 3 \quad m = 3, 2
u \in \mathbb{R}^{n}, U \in \mathbb{R}^{n \times n}, V \in \mathbb{R}^{n \times m}, x, y \in \mathbb{R}^{m}
p := \tanh(U u + V x)
r := U p + V y
q := \tanh(r)"""


@pytest.mark.parametrize("line", [r"\frac{\partial q}{\partial p} = \operatorname{diag}(1 - p \odot p) U", "q = p"])
def test_values_are_told_apart_where_whole_numbers_saturate(line):
    found = counterexample(line, RECURRENT)
    left, right = float(Fraction(found.left)), float(Fraction(found.right))
    assert abs(left - right) > max(abs(left), abs(right)) / 100 > 1e-5


def test_the_names_of_the_line_are_shown_where_the_free_symbols_are_many():
    """An entry of U, of p and of r, not the fifteen numbers that they rest on."""
    found = counterexample(r"\frac{\partial q}{\partial p} = \operatorname{diag}(1 - p \odot p) U", RECURRENT)
    assert {re.sub("_.*", "", name) for name in found.values} == {"U", "p", "r"} and len(found.values) == 3
    k, j = found.entry.strip("()").split(", ")
    at = {name: float(Fraction(value)) for name, value in found.values.items()}
    assert abs(float(Fraction(found.left)) - (1 - math.tanh(at[f"r_{k}"]) ** 2) * at[f"U_{k}{j}"]) < 1e-4
    assert abs(float(Fraction(found.right)) - (1 - at[f"p_{k}"] ** 2) * at[f"U_{k}{j}"]) < 1e-4


def test_values_that_are_alike_refute_a_strict_inequality():
    found = counterexample(r"x^2 > 0", r"x \in \{0, 1\}")
    assert (found.left, found.right) == ("0", "0")
