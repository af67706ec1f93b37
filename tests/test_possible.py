"""`can_be_positive` says no only where no point exists, and says so whenever the inequalities are linear."""

import random

import pytest
import sympy

from nblib.possible import MOST, can_be_positive, without

a, b, c = (sympy.Symbol(name) for name in "abc")

IMPOSSIBLE = {
    "opposites": [a - 2 * b, 4 * b - 2 * a],
    "a circle": [a - b, b - c, c - a],
    "a maximum that is negative beside a positive number": [a, b - a, b - c, -b],
    "beyond a constant": [a - 3, 2 - a],
    "products are numbers of their own": [a * b - c, c - 2 * a * b, a * b],
    "zero": [sympy.Integer(0)],
    "zero, once expanded": [b, (a + b) ** 2 - a**2 - 2 * a * b - b**2],
}
POSSIBLE = {
    "nothing is asked": [],
    "a constant": [sympy.Rational(1, 3)],
    "an order": [a - b, b - c],
    "a strip": [a - 2, 3 - a],
    "a maximum": [b, b - a, b - c, -a],
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_is_told(name):
    assert not can_be_positive(IMPOSSIBLE[name])


@pytest.mark.parametrize("name", POSSIBLE)
def test_what_can_be_is_never_denied(name):
    assert can_be_positive(POSSIBLE[name])


@pytest.mark.parametrize("seed", range(40))
def test_what_a_point_satisfies_can_be(seed):
    rng = random.Random(seed)
    at = {symbol: sympy.Rational(rng.randint(-20, 20), 7) for symbol in (a, b, c)}
    forms = []
    for _ in range(6):
        form = sum((rng.randint(-3, 3) * symbol for symbol in (a, b, c, a * b)), sympy.Rational(rng.randint(-9, 9), 2))
        value = form.xreplace(at)
        forms.append(form if value > 0 else -form if value < 0 else form + 1)
    assert can_be_positive(forms)
    assert not can_be_positive([*forms, -forms[0] - forms[1]])


def test_an_elimination_drops_the_unknown_and_keeps_the_rest():
    rows = [{a: 2, b: 1}, {a: -1, c: 3}, {b: -5}]
    assert without(a, rows) == [{b: -5}, {b: 0.5, c: 3}]


def test_too_many_inequalities_count_as_possible():
    forms = [a + k * b for k in range(MOST + 1)]
    assert can_be_positive([*forms, -a, -b])
