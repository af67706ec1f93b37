"""Values at points: exact, generic, within their sets, and the same on every machine."""

import mpmath
import pytest
from sympy import Integer, Rational

from nblib import WrongLine, derive, given
from nblib.functions import sigma
from nblib.points import Point, Undefined, close, points

TEXT = (
    r"n = 3, 5 \\ x \in \mathbb{R}^{n}, p \in \mathbb{R}_{>0}, q \in (0,1), y \in \{0,1\}, s "
    r"\in \{-1,1\}, \alpha \in \mathbb{R} \\ g : \mathbb{R} \to \mathbb{R} \\ z := \alpha^2 + p"
)


@pytest.fixture(scope="module")
def domain():
    return given(TEXT).explicit[0]


def entry(domain, name, *index):
    return domain.entry(name, index)


@pytest.mark.parametrize("kind", [{}, {"small": True}, {"wide": True}], ids=["generic", "small", "wide"])
def test_values_lie_in_their_sets(domain, kind):
    for seed in range(40):
        point = Point(domain, seed, **kind)
        assert point.value(entry(domain, "p")) > 0
        assert 0 < point.value(entry(domain, "q")) < 1
        assert point.value(entry(domain, "y")) in (0, 1)
        assert point.value(entry(domain, "s")) in (-1, 1)


def test_generic_values_are_neither_zeros_nor_ones_nor_alike(domain):
    for seed in range(40):
        point = Point(domain, seed)
        values = [point.value(entry(domain, "x", k)) for k in (1, 2, 3)] + [point.value(entry(domain, r"\alpha"))]
        assert all(abs(v) > mpmath.mpf("0.1") and abs(v - 1) > mpmath.mpf("1e-9") for v in values)
        assert len({mpmath.nstr(abs(v), 10) for v in values}) == 4


def test_small_values_are_whole_and_never_zero_or_one(domain):
    for seed in range(40):
        value = Point(domain, seed, small=True).value(entry(domain, r"\alpha"))
        assert value == int(value) and abs(value) in (2, 3, 4, 5)


def test_wide_values_meet_every_magnitude_and_both_signs(domain):
    found = [float(Point(domain, seed, wide=True).value(entry(domain, r"\alpha"))) for seed in range(40)]
    assert min(abs(v) for v in found) < 1e-4 and max(found) > 1e4 and min(found) < -1e4


def test_the_same_seed_gives_the_same_point(domain):
    again = given(TEXT).explicit[0]
    assert Point(domain, 7).value(entry(domain, "x", 2)) == Point(again, 7).value(entry(again, "x", 2))
    assert Point(domain, 7).value(entry(domain, "x", 2)) != Point(domain, 8).value(entry(domain, "x", 2))


def test_a_defined_symbol_has_the_value_of_its_definition(domain):
    point = Point(domain, 3)
    with mpmath.workdps(60):
        expected = point.value(entry(domain, r"\alpha")) ** 2 + point.value(entry(domain, "p"))
        assert close(point.value(entry(domain, "z")), expected, 45)


def test_a_folded_point_takes_definitions_as_free(domain):
    point = Point(domain, 3, folded=True)
    assert not close(
        point.value(entry(domain, "z")), point.value(entry(domain, r"\alpha")) ** 2 + point.value(entry(domain, "p")), 5
    )


def test_a_declared_function_has_one_value_at_one_argument(domain):
    from nblib.functions import smooth

    g, alpha, p = smooth("g"), entry(domain, r"\alpha"), entry(domain, "p")
    point = Point(domain, 5)
    assert point.value(g(alpha + p)) == point.value(g(p + alpha))
    assert point.value(g(alpha)) != point.value(g(p))
    assert point.value(g(alpha)) != point.value(smooth("g", 1)(alpha))


def test_what_has_no_real_value_is_undefined(domain):
    from nblib.functions import log, root

    p = entry(domain, "p")
    for expr in (log(-p), root(-p), log(-p - 1)):
        with pytest.raises(Undefined):
            Point(domain, 1).value(expr)


def test_points_at_which_a_side_has_no_value_are_passed_over(domain):
    from nblib.functions import log

    alpha = entry(domain, r"\alpha")
    found = points(domain, 5, [log(alpha)])
    assert len(found) == 5 and all(point.value(alpha) > 0 for point in found)


def test_closeness_is_relative_to_what_is_large():
    with mpmath.workdps(60):
        assert close(mpmath.mpf(10) ** 40, mpmath.mpf(10) ** 40 + 1)
        assert not close(mpmath.mpf(1), mpmath.mpf(1) + mpmath.mpf(10) ** -25)


@pytest.mark.parametrize(
    "line",
    [
        r"\alpha e^{-100} = 0",
        r"\alpha + \frac{1}{10^{35}} = \alpha",
        r"\frac{p}{10^{40}} = \frac{q}{10^{40}}",
        r"10^{40} + \alpha = 10^{40}",
    ],
)
def test_a_small_difference_is_a_difference(line):
    with pytest.raises(WrongLine):
        derive(line, given(TEXT))


def test_what_cancels_is_no_difference():
    """1 − σ(100) has seven of fifty digits left; both sides are the same function."""
    setting = given(r"z \in \mathbb{R}, y \in (0, 1)")
    domain = setting.explicit[0]
    z, y = domain.entry("z", ()), domain.entry("y", ())
    one, other = y / (1 - sigma(z)) * sigma(z) * (1 - sigma(z)), y / sigma(-z) * sigma(-z) * (1 - sigma(-z))
    for number in (-140, -100, 30, 100, 140):
        point = Point(domain, 0)
        point.given[z] = Integer(number)
        assert not point.differ(one, other)
        assert point.differ(one, other * (1 + Rational(1, 10**12)))
