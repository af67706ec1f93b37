"""Values at points: every entry of a setting as a number with 50 digits, to refute in milliseconds and to show a
counterexample.
"""

from __future__ import annotations

import hashlib
import random

import mpmath
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from .arrays import Explicit
from .assumptions import inequalities, solved
from .functions import Known, Smooth
from .laws import drawn

DIGITS = 50


class Undefined(Exception):
    """An expression has no real value at this point (the logarithm of a negative number, a division by zero)."""


class Point:
    """Random exact rational values for the free symbols of a domain, and what follows from them.

    `small` draws small whole numbers instead, for a counterexample that a reader can follow, or such numbers divided by
    it; `wide` draws all sizes; `folded` takes defined symbols as free, too.
    """

    def __init__(self, domain: Explicit, seed: int, small=0, wide=False, folded=False, digits: int = DIGITS):
        self.domain, self.seed, self.small, self.wide, self.folded = domain, seed, small, wide, folded
        self.digits = digits
        self.given: dict[Symbol, Rational] = {}
        self.known: dict[Expr, mpmath.mpf] = {}

    def value(self, expr: Expr) -> mpmath.mpf:
        """The value of `expr`; raises Undefined where it has none."""
        with mpmath.workdps(self.digits):
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
            base = self._value(expr.base)
            scale = mpmath.fsum(abs(self._value(term)) for term in Add.make_args(expr.base))
            if expr.exp < 0 and abs(base) <= scale * mpmath.mpf(10) ** (8 - self.digits):
                raise Undefined  # the divisor is zero, but for rounding
            value = base ** int(expr.exp)
        elif isinstance(expr, Smooth):
            value = self.smooth(expr, self._value(expr.args[0]))
        elif isinstance(expr, Known):
            value = type(expr).number(*[self._value(a) for a in expr.args])
        else:
            value = mpmath.mpf(str(expr.evalf(self.digits)))
        if not mpmath.isfinite(value):
            raise Undefined
        self.known[expr] = value
        return value

    def sharper(self) -> Point:
        """The same point with more digits."""
        point = Point(self.domain, self.seed, self.small, self.wide, self.folded, 3 * self.digits)
        point.given = dict(self.given)
        return point

    def differ(self, a: Expr, b: Expr) -> bool:
        """Whether two expressions have different values here.  What looks like a difference is computed again with more
        digits: that of equal expressions shrinks with them, however much cancels, that of different ones stays.
        """
        x, y = self.value(a), self.value(b)
        distance = abs(x - y)
        if distance <= mpmath.mpf(10) ** (5 - self.digits) * max(abs(x), abs(y)) and (x != 0 or y != 0):
            return False
        sharp = self.sharper()
        finer = abs(sharp.value(a) - sharp.value(b))
        shrunk = finer <= mpmath.mpf(10) ** -self.digits * distance
        return not shrunk and finer > mpmath.mpf(10) ** (20 - 3 * self.digits) * max(1, abs(x), abs(y))

    def admitted(self) -> bool:
        """Whether the assumptions hold here, and what they determine lies where it was declared to lie."""
        for symbol, expr in solved(self.domain).items():
            value = self.value(expr)
            values = self.domain.setting.declared[self.domain.symbols[symbol][0]].values
            if (values in ("positive", "nonnegative", "unit", "closed unit") and value <= 0) or (
                values in ("unit", "closed unit", "below one") and value >= 1
            ):
                return False
        return all(holds(r, self.value(a), self.value(b)) for r, a, b in inequalities(self.domain))

    def symbol(self, symbol: Symbol) -> mpmath.mpf:
        if not self.folded and symbol in solved(self.domain):
            return self._value(solved(self.domain)[symbol])
        if not self.folded and symbol in self.domain.symbols:
            body = self.domain.body(symbol)
            if body is not None:
                return self._value(body)
        if symbol in self.domain.symbols:
            name, index = self.domain.symbols[symbol]
            if self.domain.setting.declared[name].moment:
                return drawn(self, self.domain.setting.declared[name], index)
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
        if values in ("unit", "closed unit"):
            if self.wide:
                near = Rational(rng.randrange(1, 10**6), 10**6) * Rational(10) ** rng.randint(-6, 0) / 2
                return rng.choice((near, 1 - near))
            return Rational(rng.randint(1, 4), 5) if self.small else Rational(rng.randrange(10**4, 99 * 10**4), 10**6)
        if self.small:
            number = Integer(
                rng.choice((2, 3, 4, 5) if values in ("positive", "nonnegative") else (-3, -2, 2, 3, 4, 5))
            )
            return 1 / number if values == "below one" else number / int(self.small)
        number = Rational(rng.randrange(2 * 10**5, 22 * 10**5), 10**6 + 3)
        positive = rng.random() < 0.5
        if self.wide:
            magnitude, positive = self.magnitude(symbol)
            number *= Rational(10) ** magnitude
        if values in ("below one", "at most one"):
            return 1 - number
        return number if values in ("positive", "nonnegative") or positive else -number

    def magnitude(self, symbol: Symbol) -> tuple[int, bool]:
        """The power of ten and the sign of a wide value: each symbol meets every magnitude, with both signs, in turn.

        At every other point all entries of an array are of one magnitude, and of one sign or of mixed ones: a bound may
        fail only where all are small, or all are large and negative.
        """
        turn = self.seed + sum(map(ord, symbol.name))
        name, index = self.domain.symbols.get(symbol, ("", ()))
        if not index or self.seed % 2 == 0:
            return 7 * turn % 13 - 6, turn // 13 % 2 == 0
        own = sum(map(ord, name))
        way = (self.seed // 2 * (1, 2, 4, 7, 8, 11, 13, 14)[own % 8] + own) % 15  # two arrays do not keep step
        return (-3, -1, 0, 1, 3)[way // 3], (True, False, turn % 2 == 0)[way % 3]

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


def holds(relation: str, x, y) -> bool:
    """Whether `x relation y` is true of two values."""
    if relation == "=":
        return close(x, y)
    smaller = {r"\le": x <= y, "<": x < y, r"\ge": x >= y, ">": x > y}[relation]
    return bool(smaller) or (relation in (r"\le", r"\ge") and close(x, y))


def surely_not_zero(domain: Explicit, expr: Expr) -> bool:
    """Whether `expr`, its defined symbols taken as free, differs from zero at a point: then no proof need be tried."""
    for seed in range(12):
        point = Point(domain, seed, folded=True)
        try:
            value = point.value(expr)
        except Undefined:
            continue
        return abs(value) > mpmath.mpf(10) ** -12
    return False


def points(domain: Explicit, count: int, exprs: list[Expr], small: int = 0, wide: bool = False) -> list[Point]:
    """`count` points that the assumptions admit and at which each of `exprs` has a real value; fewer when none are
    found.
    """
    found: list[Point] = []
    seed, misses = 0, 0
    while len(found) < count and misses < 40 * count and seed < 1000 * count:
        point = Point(domain, seed, small, wide)
        seed += 1
        try:
            if not point.admitted():
                continue
            for expr in exprs:
                point.value(expr)
        except Undefined:
            misses += 1
            continue
        found.append(point)
    return found
