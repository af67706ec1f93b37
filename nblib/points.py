"""Values at points: every entry of a setting as a number with 50 digits, to refute in milliseconds and to show a
counterexample.
"""

from __future__ import annotations

import hashlib
import random

import mpmath
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from .arrays import Explicit
from .functions import Known, Smooth

DIGITS = 50


class Undefined(Exception):
    """An expression has no real value at this point (the logarithm of a negative number, a division by zero)."""


class Point:
    """Random exact rational values for the free symbols of a domain, and what follows from them.

    `small` draws small whole numbers instead, for a counterexample that a reader can follow; `wide` draws all sizes;
    `folded` takes defined symbols as free, too.
    """

    def __init__(self, domain: Explicit, seed: int, small: bool = False, wide: bool = False, folded: bool = False):
        self.domain, self.seed, self.small, self.wide, self.folded = domain, seed, small, wide, folded
        self.given: dict[Symbol, Rational] = {}
        self.known: dict[Expr, mpmath.mpf] = {}

    def value(self, expr: Expr) -> mpmath.mpf:
        """The value of `expr`; raises Undefined where it has none."""
        with mpmath.workdps(DIGITS):
            try:
                return self._value(expr)
            except (ZeroDivisionError, OverflowError, ValueError):
                raise Undefined from None

    def _value(self, expr: Expr) -> mpmath.mpf:
        if expr in self.known:
            return self.known[expr]
        if expr.is_Rational:
            value = mpmath.mpf(expr.p) / expr.q
        elif isinstance(expr, Symbol):
            value = self.symbol(expr)
        elif isinstance(expr, Add):
            value = mpmath.fsum(self._value(a) for a in expr.args)
        elif isinstance(expr, Mul):
            value = mpmath.fprod(self._value(a) for a in expr.args)
        elif isinstance(expr, Pow) and expr.exp.is_Integer:
            value = self._value(expr.base) ** int(expr.exp)
        elif isinstance(expr, Smooth):
            value = self.smooth(expr, self._value(expr.args[0]))
        elif isinstance(expr, Known):
            value = type(expr).number(*[self._value(a) for a in expr.args])
        else:
            value = mpmath.mpf(str(expr.evalf(DIGITS)))
        if not mpmath.isfinite(value):
            raise Undefined
        self.known[expr] = value
        return value

    def symbol(self, symbol: Symbol) -> mpmath.mpf:
        if not self.folded and symbol in self.domain.substitutions():
            return self._value(self.domain.substitutions()[symbol])
        if not self.folded and symbol in self.domain.symbols:
            body = self.domain.body(symbol)
            if body is not None:
                return self._value(body)
        if symbol not in self.given:
            name = self.domain.symbols[symbol][0] if symbol in self.domain.symbols else None
            self.given[symbol] = self.draw(symbol, self.domain.setting.declared[name].values if name else "real")
        value = self.given[symbol]
        return mpmath.mpf(value.p) / value.q

    def draw(self, symbol: Symbol, values: str) -> Rational:
        rng = random.Random(f"{self.seed} {symbol.name}")
        if values == "binary":
            return Integer(rng.randrange(2))
        if values == "sign":
            return Integer(rng.choice((-1, 1)))
        if values == "unit":
            return Rational(rng.randint(1, 4), 5) if self.small else Rational(rng.randrange(10**4, 99 * 10**4), 10**6)
        if self.small:
            number = Integer(rng.choice((2, 3, 4, 5) if values == "positive" else (-3, -2, 2, 3, 4, 5)))
            return 1 / number if values == "below one" else number
        number = Rational(rng.randrange(2 * 10**5, 22 * 10**5), 10**6 + 3)
        if self.wide:
            number *= Rational(10) ** rng.randint(-2, 1)
        if values == "below one":
            return 1 - number
        return number if values == "positive" or rng.random() < 0.5 else -number

    def smooth(self, expr: Smooth, at) -> mpmath.mpf:
        """A value of a declared function: the same for the same argument, otherwise free, as it may be for any smooth
        function.
        """
        digest = hashlib.sha256(f"{self.seed} {expr.name} {expr.order} {mpmath.nstr(at, 25)}".encode()).digest()
        if self.small:
            return mpmath.mpf((-3, -2, 2, 3, 4, 5)[digest[0] % 6])
        return mpmath.mpf(int.from_bytes(digest[:6], "big")) / 2**46 - 2


def close(a: mpmath.mpf, b: mpmath.mpf, digits: int = 30) -> bool:
    """Whether two values agree to `digits` digits."""
    return abs(a - b) <= mpmath.mpf(10) ** (-digits) * max(1, abs(a), abs(b))


def surely_not_zero(domain: Explicit, expr: Expr) -> bool:
    """Whether `expr`, with its defined symbols taken as free, differs from zero at some point: no proof need be tried."""
    for seed in range(12):
        point = Point(domain, seed, folded=True)
        try:
            value = point.value(expr)
        except Undefined:
            continue
        return not close(value, mpmath.mpf(0), 25)
    return False


def points(domain: Explicit, count: int, exprs: list[Expr], small: bool = False, wide: bool = False) -> list[Point]:
    """`count` points at which every one of `exprs` has a real value; fewer when they cannot be found in 40 tries each."""
    found: list[Point] = []
    seed = 0
    while len(found) < count and seed < 40 * count:
        point = Point(domain, seed, small, wide)
        seed += 1
        try:
            for expr in exprs:
                point.value(expr)
        except Undefined:
            continue
        found.append(point)
    return found
