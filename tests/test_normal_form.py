"""`is_zero` proves what is zero, and never what is not: against SymPy's numbers at random points."""

import random

import pytest
import sympy

from nblib import functions as f
from nblib.normal_form import is_zero

a, b, c = (sympy.Symbol(name) for name in "abc")

ZERO = {
    "rational": 1 / a + 1 / b - (a + b) / (a * b),
    "powers": (a + b) ** 4 - (a**2 + 2 * a * b + b**2) ** 2,
    "sigma": f.sigma(a) + f.sigma(-a) - 1,
    "sigma by exp": f.sigma(a) - 1 / (1 + f.exp(-a)),
    "tanh by sigma": f.tanh(a) - 2 * f.sigma(2 * a) + 1,
    "exp of a sum": f.exp(a + b) - f.exp(a) * f.exp(b),
    "exp of a half": f.exp(a) - f.exp(a / 2) ** 2,
    "log of a product": f.log(a * b**2) - f.log(a) - 2 * f.log(b),
    "exp of a log": f.exp(f.log(a)) - a,
    "root": f.root(a) ** 2 - a,
    "root over root": a / f.root(a) - f.root(a),
    "circle": f.sin(a) ** 2 + f.cos(a) ** 2 - 1,
    "odd and even": f.sin(a - b) + f.sin(b - a) + f.cos(a - b) - f.cos(b - a),
    "hyperbola": f.cosh(a) ** 2 - f.sinh(a) ** 2 - 1,
    "relu": f.relu(a) - f.relu(-a) - a,
    "absolute": f.absolute(a) - 2 * f.relu(a) + a,
    "step": f.step(a) + f.step(-a) - 1,
    "step twice": f.step(a) ** 2 - f.step(a),
    "step of twice": f.step(2 * a) - f.step(a),
    "step of relu": f.step(f.relu(a)) - f.step(a),
    "routes": f.route(1, a, b, c) + f.route(2, a, b, c) + f.route(3, a, b, c) - 1,
    "relu and maximum": f.largest(f.relu(a), f.relu(b), f.relu(c)) - f.relu(f.largest(a, b, c)),
    "step of a relu": f.step(f.relu(a)) - f.step(a),
    "step of a relu's negative": f.step(-f.relu(a)),
    "sign of a relu": f.sign(f.relu(a)) - f.step(a),
    "one relu after another": f.relu(f.relu(a) - b) - f.step(a) * f.relu(a - b) - (1 - f.step(a)) * f.relu(-b),
    "routes behind relus": f.route(2, f.relu(a), f.relu(b), f.relu(c)) * f.step(b) - f.route(2, a, b, c) * f.step(b),
    "routes in another order": f.route(1, *map(f.relu, (a, b, c))) - f.route(3, *map(f.relu, (b, c, a))),
    "many steps, squared": a * sum(f.step(s) ** 3 - f.step(s) for s in sympy.symbols("s:12")),
    "declared": f.smooth("g")(a + b) - f.smooth("g")(b + a),
    "argument that expands": f.smooth("g")((a + b) ** 2) - f.smooth("g")(a**2 + 2 * a * b + b**2),
}


@pytest.mark.parametrize("name", ZERO)
def test_what_is_zero_is_proved(name):
    assert is_zero(ZERO[name])


@pytest.mark.parametrize("name", ZERO)
@pytest.mark.parametrize("extra", [sympy.Integer(1), a, sympy.Rational(1, 10**9), f.sigma(b) * c])
def test_what_is_not_zero_is_never_proved(name, extra):
    assert not is_zero(ZERO[name] + extra)


LOOKALIKES = [
    f.sigma(a) - f.sigma(b),
    f.exp(a + b) - f.exp(a) - f.exp(b),
    f.log(a + b) - f.log(a) - f.log(b),
    f.root(a**2) - a,
    f.root(a + b) - f.root(a) - f.root(b),
    f.relu(a) - a,
    f.relu(a + b) - f.relu(a) - f.relu(b),
    f.absolute(a + b) - f.absolute(a) - f.absolute(b),
    f.step(a) - f.step(b),
    f.step(a) * f.step(b) - f.step(a + b),
    f.largest(a, b, c) - f.largest(a, b, -c),
    f.route(1, a, b, c) - f.route(2, a, b, c),
    f.step(f.relu(a)) + f.step(-f.relu(a)) - 1,
    f.step(f.relu(a) - f.relu(b)) + f.step(f.relu(b) - f.relu(a)) - 1,
    f.sign(f.relu(a)) ** 2 - 1,
    f.route(1, f.relu(a), f.relu(b)) + f.route(2, f.relu(a), f.relu(b)) - 1,
    f.route(1, *map(f.relu, (a, b, c))) + f.route(2, *map(f.relu, (a, b, c))) + f.route(3, *map(f.relu, (a, b, c))) - 1,
    f.largest(f.relu(a), f.relu(b), c) - f.largest(a, b, c),
    f.smooth("g")(a) - f.smooth("g", 1)(a),
    f.smooth("g")(a + b) - f.smooth("g")(a) - f.smooth("g")(b),
    f.sin(2 * a) - 2 * f.sin(a),
    f.tanh(a + b) - f.tanh(a) - f.tanh(b),
    f.sigma(2 * a) - f.sigma(a) ** 2,
    f.softplus(a) - f.log(1 + f.exp(-a)),
]


@pytest.mark.parametrize("expr", LOOKALIKES, ids=str)
def test_what_looks_like_zero_is_never_proved(expr):
    assert not is_zero(expr)


SYMPY = {
    f.sigma: lambda z: 1 / (1 + sympy.exp(-z)),
    f.exp: sympy.exp,
    f.tanh: sympy.tanh,
    f.relu: lambda z: sympy.Max(z, 0),
    f.absolute: sympy.Abs,
    f.step: lambda z: sympy.Heaviside(z, 0),
}


def random_pair(rng, depth):
    """The same random expression twice: in our functions and in SymPy's."""
    if depth == 0:
        leaf = rng.choice([a, b, c, sympy.Integer(rng.randint(1, 3)), sympy.Rational(1, 2)])
        return leaf, leaf
    kind = rng.choice(["add", "mul", "sub", "call", "square", "inverse"])
    one, other = random_pair(rng, depth - 1)
    if kind == "call":
        ours = rng.choice(list(SYMPY))
        return ours(one), SYMPY[ours](other)
    if kind == "square":
        return one**2, other**2
    if kind == "inverse":
        return 1 / (one**2 + 1), 1 / (other**2 + 1)
    two, another = random_pair(rng, depth - 1)
    return {
        "add": (one + two, other + another),
        "mul": (one * two, other * another),
        "sub": (one - two, other - another),
    }[kind]


@pytest.mark.parametrize("seed", range(60))
def test_a_proof_is_never_against_the_numbers(seed):
    """Two random expressions, mostly unlike: proved equal only where SymPy's numbers agree at three random points."""
    rng = random.Random(seed)
    one, other = random_pair(rng, 3), random_pair(rng, 3) if seed % 2 else random_pair(random.Random(seed), 3)
    points = [{s: sympy.Rational(rng.randint(-30, 30), 7) for s in (a, b, c)} for _ in range(3)]
    agree = all(abs(sympy.N((one[1] - other[1]).subs(point), 30)) < 1e-20 for point in points)
    assert agree or not is_zero(one[0] - other[0])


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_a_changed_order_is_proved(seed):
    """The same random expression, multiplied out in another way."""
    one, _ = random_pair(random.Random(seed), 3)
    two, _ = random_pair(random.Random(seed + 1), 2)
    assert is_zero((one + two) ** 2 - one**2 - 2 * one * two - two**2)
