"""The functions of the language, each with its value and its derivative: against mpmath, which takes differences."""

import mpmath
import pytest
from sympy import Symbol

from nblib import NotationError, WrongLine, derive, given
from nblib.functions import BUILT_IN, absolute, derivative, largest, root, route, smooth
from nblib.points import Point

VALUES = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sigma": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "arctan": mpmath.atan,
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "step": lambda z: mpmath.mpf(z > 0),
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "sign": mpmath.sign,
    "absolute": abs,
    "root": mpmath.sqrt,
}
FUNCTIONS = {**{name: BUILT_IN[name] for name in VALUES if name in BUILT_IN}, "absolute": absolute, "root": root}


@pytest.fixture(scope="module")
def domain():
    return given(r"x \in \mathbb{R}, p \in \mathbb{R}_{>0}").explicit[0]


def argument(domain, name):
    return domain.entry("p" if name in ("log", "root") else "x", ())


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_function_has_its_value(domain, name, seed):
    at = argument(domain, name)
    point = Point(domain, seed)
    with mpmath.workdps(40):
        assert mpmath.almosteq(point.value(FUNCTIONS[name](at)), VALUES[name](point.value(at)), 1e-30)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_function_has_its_derivative(domain, name, seed):
    """Against mpmath's numeric derivative, away from kinks."""
    at = argument(domain, name)
    point = Point(domain, seed)
    with mpmath.workdps(40):
        value = point.value(FUNCTIONS[name](at).fdiff(1))
        assert mpmath.almosteq(value, mpmath.diff(VALUES[name], point.value(at)), 1e-12, 1e-12)


@pytest.mark.parametrize("name", ["exp", "sigma", "tanh", "sin", "arctan", "softplus"])
@pytest.mark.parametrize("order", [2, 3])
def test_a_higher_derivative_is_the_derivative_of_the_one_before(domain, name, order):
    x = domain.entry("x", ())
    point = Point(domain, 4)
    with mpmath.workdps(60):
        value = point.value(derivative(FUNCTIONS[name], order, x))
        assert mpmath.almosteq(value, mpmath.diff(VALUES[name], point.value(x), order), 1e-10, 1e-10)


def test_the_derivative_of_a_declared_function_is_its_prime():
    z = Symbol("z")
    assert smooth("g")(z).fdiff(1) == smooth("g", 1)(z)
    assert smooth("g", 1)(z) != smooth("f", 1)(z)


def test_the_maximum_routes_its_derivative_to_what_attains_it(domain):
    x, p = domain.entry("x", ()), domain.entry("p", ())
    for seed in range(6):
        point = Point(domain, seed)
        a, b = point.value(x), point.value(p)
        assert point.value(largest(x, p, -p)) == max(a, b, -b)
        assert point.value(route(1, x, p, -p)) == (1 if a == max(a, b, -b) else 0)


@pytest.mark.parametrize(
    "line",
    [
        r"\sigma''(x) = \sigma'(x) (1 - 2 \sigma(x))",
        r"\tanh''(x) = -2 \tanh(x) (1 - \tanh(x)^2)",
        r"\operatorname{softplus}'(x) = \sigma(x)",
        r"\operatorname{relu}''(x) = 0",
        r"\exp'(x) = e^x",
        r"\log'(p) = \frac1p",
        r"\arctan'(x) = \frac{1}{1 + x^2}",
        r"\sinh'(x) = \cosh(x)",
        r"\cos'(x) = -\sin(x)",
    ],
)
def test_a_prime_is_read_as_the_derivative(line):
    setting = given(r"x \in \mathbb{R}, p \in \mathbb{R}_{>0}")
    assert derive(line, setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(line + " + x", setting)


def test_a_prime_has_a_limit():
    for text in (r"f(u) := \sigma(u) \\ z := f" + "'" * 16 + "(x)", r"z := \sigma" + "'" * 40 + "(x)"):
        with pytest.raises(NotationError):
            setting = given(r"x \in \mathbb{R} \\ " + text)
            derive("z = 0", setting)


def test_a_prime_of_a_defined_function_is_its_derivative():
    setting = given(r"x \in \mathbb{R} \\ f(u) := u^3 e^{u}")
    assert derive(r"f'(x) = (3 x^2 + x^3) e^x", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"f'(x) = 3 x^2 e^x", setting)
    with pytest.raises(NotationError, match="one number"):
        derive(r"h'(x, x) = 0", given(r"x \in \mathbb{R} \\ h(u, v) := u v"))
