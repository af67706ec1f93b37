"""Is an expression zero? Functions become free symbols tied by their few laws; what is left is a rational function,
whose numerator is expanded in SymPy's sparse polynomial ring. The work is counted, not timed, so that a verdict is
the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import lcm

from sympy import QQ, Add, Expr, Integer, Mul, Pow, Symbol, expand, factor_list, factorint, together
from sympy.polys.rings import PolyElement, PolyRing

from . import functions as f
from .functions import Known, Smooth
from .possible import can_be_positive

BUDGET = 600_000


class TooLarge(Exception):
    """The proof would take more work than a line is given."""


class Fractions:
    """Sparse fractions: a polynomial over a product of polynomials, never reduced; zero is told by the numerator."""

    def __init__(self, symbols: list[Symbol]):
        self.ring = PolyRing(symbols or [Symbol("_")], QQ)
        self.generators = dict(zip(symbols, self.ring.gens, strict=False))
        self.work, self.weight = 0, 1 + len(symbols) // 16
        self.cache: dict[Expr, tuple] = {}

    def times(self, a: PolyElement, b: PolyElement) -> PolyElement:
        self.work += len(a) * len(b) * self.weight
        if self.work > BUDGET:
            raise TooLarge
        return a * b

    def power(self, a: PolyElement, n: int) -> PolyElement:
        result = self.ring.one
        for _ in range(n):
            result = self.times(result, a)
        return result

    def of(self, expr: Expr) -> tuple[PolyElement, dict[PolyElement, int]]:
        """(numerator, {factor of the denominator: its power})."""
        if expr not in self.cache:
            self.cache[expr] = self._of(expr)
        return self.cache[expr]

    def _of(self, expr):
        if expr.is_Rational:
            return self.ring.ground_new(QQ(expr.p, expr.q)), {}
        if isinstance(expr, Symbol):
            return self.generators[expr], {}
        if isinstance(expr, Add):
            return self.add([self.of(a) for a in expr.args])
        if isinstance(expr, Mul):
            number, below = self.ring.one, {}
            for a in expr.args:
                n, d = self.of(a)
                number = self.times(number, n)
                for factor, power in d.items():
                    below[factor] = below.get(factor, 0) + power
            return self.cancel(number, below)
        if isinstance(expr, Pow) and expr.exp.is_Integer:
            n, d = self.of(expr.base)
            power = int(expr.exp)
            if power >= 0:
                return self.power(n, power), {factor: p * power for factor, p in d.items()}
            if n == 0:
                raise ZeroDivisionError
            top = self.ring.one
            for factor, p in d.items():
                top = self.times(top, self.power(factor, -p * power))
            return self.over(top, n, -power)
        raise TypeError(f"{type(expr).__name__} is not a rational function")

    def over(self, top, n, power):
        """top / n ** power, with the number in n taken out so that 2a and a are one factor."""
        content = n.LC
        n = n.quo_ground(content)
        top = top.mul_ground(QQ(1) / content**power)
        return (top, {}) if n.is_ground else self.cancel(top, {n: power})

    def cancel(self, number, below):
        """Divides out factors of the denominator that divide the numerator: what keeps sums of fractions small."""
        for factor in list(below):
            while number != 0 and below.get(factor):
                quotient = self.divided(number, factor)
                if quotient is None:
                    break
                number = quotient
                below[factor] -= 1
                if not below[factor]:
                    del below[factor]
        return number, below

    def divided(self, number: PolyElement, factor: PolyElement) -> PolyElement | None:
        if len(factor) == 1:
            fits = all(all(a >= b for a, b in zip(monomial, factor.LM, strict=False)) for monomial in number)
            return number.quo_term((factor.LM, QQ(1))) if fits else None
        if len(factor) > 6 or len(number) > 60 or len(number) < len(factor):
            return None
        self.work += len(factor) * len(number) * self.weight
        quotient, rest = number.div(factor)
        return quotient if rest == 0 else None

    def add(self, parts):
        common: dict[PolyElement, int] = {}
        for _, below in parts:
            for factor, power in below.items():
                common[factor] = max(common.get(factor, 0), power)
        total = self.ring.zero
        for number, below in parts:
            for factor, power in common.items():
                missing = power - below.get(factor, 0)
                if missing:
                    number = self.times(number, self.power(factor, missing))
            self.work += len(number)
            total = total + number
        return self.cancel(total, common) if total != 0 else (total, {})


class Rewriter:
    """Replaces functions by symbols and their laws.

    `cases` lists the ways in which steps and maxima can fall out; `squares` maps a square root to what is under it.
    """

    def __init__(self, deep: bool, decided: list | None = None):
        self.deep, self.decided = deep, decided
        self.known: dict[Expr, Expr] = {}
        self.atoms: list[tuple[type, tuple, Symbol]] = []
        self.cases: list[list[dict[Symbol, int]]] = []
        self.squares: dict[Symbol, Expr] = {}
        self.positive: set[Symbol] = set()
        self.scale: dict[Expr, int] = {}
        self.logs: dict[Symbol, Expr] = {}

    def of(self, expr: Expr) -> Expr:
        if expr not in self.known:
            self.known[expr] = self._of(expr)
        return self.known[expr]

    def _of(self, expr: Expr) -> Expr:
        if not expr.args:
            return expr if not expr.is_NumberSymbol else self.atom(Known, (expr,), str(expr))
        if isinstance(expr, (Add, Mul)):
            return expr.func(*[self.of(a) for a in expr.args])
        if isinstance(expr, Pow):
            base, exponent = self.of(expr.base), expr.exp
            return Pow(base, exponent) if exponent.is_Integer else self.atom(Pow, (base, self.of(exponent)), "p")
        if isinstance(expr, Known):
            rule = getattr(self, "_" + type(expr).__name__, None) if not isinstance(expr, Smooth) else None
            if rule is not None:
                return rule(expr)
            return self.atom(type(expr), tuple(self.of(a) for a in expr.args), type(expr).__name__)
        return self.atom(type(expr), tuple(expr.args), type(expr).__name__)

    def atom(self, kind: type, arguments: tuple, name: str) -> Symbol:
        """One symbol for each function value; arguments that are provably equal share it."""
        known = _found(self.atoms, kind, arguments)
        if known is not None:
            return known
        symbol = Symbol(f"{name}·{len(self.atoms)}")
        self.atoms.append((kind, arguments, symbol))
        return symbol

    # -- laws

    def _exp(self, expr):
        argument = expand(self.of(expr.args[0]))
        result = Integer(1)
        for term in Add.make_args(argument):
            coefficient, rest = term.as_coeff_Mul()
            if rest in self.logs and coefficient.is_Integer:
                result *= self.logs[rest] ** coefficient
                continue
            if not coefficient.is_Rational:
                coefficient, rest = Integer(1), term
            scale = self.scale.get(rest, 1)
            if scale % coefficient.q:
                raise Rescale(rest, lcm(scale, int(coefficient.q)))
            symbol = self.atom(f.exp, (rest / scale,), "exp")
            self.positive.add(symbol)
            result *= symbol ** int(coefficient * scale)
        return result

    def _sigma(self, expr):
        argument = self.of(expr.args[0])
        if not self.deep:
            return self.mirrored(f.sigma, argument, lambda s: 1 - s)
        e = self._exp(f.exp(argument)) if not isinstance(f.exp(argument), Integer) else Integer(1)
        return e / (1 + e)

    def _tanh(self, expr):
        argument = self.of(expr.args[0])
        if not self.deep:
            return self.mirrored(f.tanh, argument, lambda s: -s)
        e = self._exp(f.exp(2 * argument))
        return (e - 1) / (e + 1)

    def mirrored(self, kind, argument, mirror):
        argument = expand(argument)
        if argument.could_extract_minus_sign():
            return mirror(self.atom(kind, (-argument,), kind.__name__))
        return self.atom(kind, (argument,), kind.__name__)

    def _sinh(self, expr):
        e = self._exp(f.exp(expr.args[0]))
        return (e - 1 / e) / 2

    def _cosh(self, expr):
        e = self._exp(f.exp(expr.args[0]))
        return (e + 1 / e) / 2

    def _softplus(self, expr):
        return self._log(f.log(1 + f.exp(expr.args[0])))

    def _log(self, expr):
        """The logarithm of a product as a sum of logarithms of its factors; signs drop out, since log needs a positive
        number.
        """
        argument = together(self.of(expr.args[0]))
        if argument.count_ops() > 400:
            return self.atom(f.log, (argument,), "log")
        total = Integer(0)
        for part, sign in zip(argument.as_numer_denom(), (1, -1), strict=False):
            content, factors = factor_list(part) if part.free_symbols else (part, [])
            if not content.is_Rational:
                return self.atom(f.log, (argument,), "log")
            for prime, power in [
                *factorint(abs(content.p)).items(),
                *((q, -n) for q, n in factorint(content.q).items()),
            ]:
                if prime != 1:
                    total += sign * power * self.atom(f.log, (Integer(prime),), "log")
            for factor, power in factors:
                total += sign * power * self.log_of(factor)
        return total

    def log_of(self, factor: Expr) -> Expr:
        for kind, arguments, symbol in self.atoms:
            if kind is f.exp and symbol == factor:
                return arguments[0]
        if factor.could_extract_minus_sign():
            factor = -factor
        symbol = self.atom(f.log, (factor,), "log")
        self.logs[symbol] = factor
        return symbol

    def _root(self, expr):
        under = self.of(expr.args[0])
        symbol = self.atom(f.root, (under,), "root")
        self.squares[symbol] = under
        self.positive.add(symbol)
        return symbol

    def _sin(self, expr):
        return self.trigonometric(f.sin, expr)

    def _cos(self, expr):
        return self.trigonometric(f.cos, expr)

    def trigonometric(self, kind, expr):
        argument = expand(self.of(expr.args[0]))
        if argument.could_extract_minus_sign():
            value = self.trigonometric(kind, f.cos(-argument))
            return value if kind is f.cos else -value
        symbol = self.atom(kind, (argument,), kind.__name__)
        if kind is f.cos:
            self.squares[symbol] = 1 - self.atom(f.sin, (argument,), "sin") ** 2
        return symbol

    def _step(self, expr):
        argument = expand(self.of(expr.args[0]))
        if self.decided is not None and _same(argument, Integer(0)):
            return Integer(0)
        if argument.is_Rational:
            return f.step(argument)
        first = min(Add.make_args(argument), key=lambda t: str(t.as_coeff_Mul()[1]))
        coefficient = first.as_coeff_Mul()[0]
        if self.decided is not None:
            value = self.decision(f.step, (expand(argument / coefficient),), 2)
            return Integer(value if coefficient > 0 else 1 - value)
        symbol = self.indicator(f.step, (expand(argument / coefficient),))
        return symbol if coefficient > 0 else 1 - symbol

    def decision(self, kind: type, arguments: tuple, ways: int) -> int:
        """Which way this step or maximum falls out in the case at hand; raises Undecided when the case does not say."""
        way = _found(self.decided, kind, arguments)
        if way is None:
            raise Undecided(kind, arguments, ways)
        return way

    def indicator(self, kind, arguments) -> Symbol:
        count = len(self.atoms)
        symbol = self.atom(kind, arguments, "step")
        if len(self.atoms) > count:
            self.cases.append([{symbol: 0}, {symbol: 1}])
        return symbol

    def _relu(self, expr):
        return self.of(expr.args[0]) * self._step(expr)

    def _absolute(self, expr):
        return self.of(expr.args[0]) * (2 * self._step(expr) - 1)

    def _sign(self, expr):
        if self.decided is not None:
            return self._step(f.step(expr.args[0])) - self._step(f.step(-expr.args[0]))
        return 2 * self._step(expr) - 1

    def _route(self, expr):
        if self.decided is not None:  # every entry that equals the maximum is one
            own = self.of(expr.args[int(expr.args[0])])
            return Integer(int(_same(own, self.winner(expr.args[1:]))))
        return self.routes(expr.args[1:])[int(expr.args[0]) - 1]

    def _largest(self, expr):
        if self.decided is not None:
            return self.winner(expr.args)
        return Add(*[self.of(a) * r for a, r in zip(expr.args, self.routes(expr.args), strict=False)])

    def winner(self, arguments) -> Expr:
        """The largest of these, in the case at hand."""
        unlike: list[Expr] = []
        for argument in map(self.of, arguments):
            if not any(_same(argument, other) for other in unlike):
                unlike.append(argument)
        if len(unlike) == 1:
            return unlike[0]
        if len(unlike) == 2:
            return unlike[0] if self._step(f.step(unlike[0] - unlike[1])) == 1 else unlike[1]
        return unlike[self.decision(f.route, tuple(unlike), len(unlike))]

    def routes(self, arguments) -> list[Symbol]:
        arguments = tuple(self.of(a) for a in arguments)
        if len(arguments) == 2:
            first = self._step(f.step(arguments[0] - arguments[1]))
            return [first, 1 - first]
        count = len(self.atoms)
        symbols = [self.atom(f.route, (Integer(k), *arguments), "route") for k in range(1, len(arguments) + 1)]
        if len(self.atoms) > count:
            self.cases.append([{s: int(s == symbol) for s in symbols} for symbol in symbols])
        return symbols


class Rescale(Exception):
    """An exponential needs a root: exp(x/2) beside exp(x) makes exp(x/2) the unit."""


class Undecided(Exception):
    """A case distinction is needed: (kind, arguments, number of ways)."""


def _found(table: list[tuple], kind: type, arguments: tuple):
    """What a table of (function, arguments, value) holds for this function at provably equal arguments, or None."""
    for other, seen, value in table:
        if other is kind and len(seen) == len(arguments):
            if all(a == b or _same(a, b) for a, b in zip(arguments, seen, strict=True)):
                return value
    return None


def _same(a: Expr, b: Expr) -> bool:
    if a.free_symbols != b.free_symbols and not (a - b).has(Pow):
        return False
    try:
        return _numerator(a - b, {}) == 0
    except (TooLarge, TypeError, ZeroDivisionError):
        return False


def _numerator(expr: Expr, squares: dict[Symbol, Expr]) -> PolyElement:
    symbols = sorted(expr.free_symbols.union(*[s.free_symbols for s in squares.values()]), key=str)
    fractions = Fractions(symbols)
    number = fractions.of(expr)[0]
    for symbol, under in squares.items():
        if symbol in fractions.generators and number != 0:
            number = _reduce(fractions, number, symbol, under)
    return number


def _clipped(number: PolyElement, bits: set[Symbol]) -> PolyElement:
    """A polynomial in which every power of a symbol that is 0 or 1 is the symbol itself."""
    total = number.ring.zero
    for monomial, coefficient in number.terms():
        powers = (min(n, 1) if s in bits else n for n, s in zip(monomial, number.ring.symbols, strict=True))
        total += number.ring.term_new(tuple(powers), coefficient)
    return total


def _reduce(fractions: Fractions, number: PolyElement, symbol: Symbol, under: Expr) -> PolyElement:
    """`number` with symbol**2 replaced by `under`, up to a factor that is not zero."""
    top, below = fractions.of(under)
    bottom = fractions.ring.one
    for factor, power in below.items():
        bottom = fractions.times(bottom, fractions.power(factor, power))
    position = fractions.ring.gens.index(fractions.generators[symbol])
    parts: dict[int, PolyElement] = {}
    for monomial, coefficient in number.terms():
        half, odd = divmod(monomial[position], 2)
        rest = monomial[:position] + (odd,) + monomial[position + 1 :]
        parts[half] = parts.get(half, fractions.ring.zero) + fractions.ring.term_new(rest, coefficient)
    highest = max(parts)
    total = fractions.ring.zero
    for half, part in parts.items():
        scaled = fractions.times(fractions.power(top, half), fractions.power(bottom, highest - half))
        total += fractions.times(part, scaled)
    return total


def rewritten(expr: Expr, deep: bool, decided: list | None = None) -> tuple[Expr, Rewriter]:
    """`expr` with its functions replaced by symbols, and the rewriter that knows their laws."""
    scale: dict[Expr, int] = {}
    for _ in range(20):
        rewriter = Rewriter(deep, decided)
        rewriter.scale = dict(scale)
        try:
            return rewriter.of(expr), rewriter
        except Rescale as needed:
            scale[needed.args[0]] = needed.args[1]
    raise TooLarge


def is_zero(expr: Expr, hides_kink: Callable[[Expr], bool] = lambda _: False) -> bool:
    """Whether `expr` is provably zero for all real values of its symbols (away from kinks).  False means:
    not proved.  `hides_kink` tells of symbols that stand for something made of pieces.
    """
    if expr == 0:
        return True
    groups = independent(expr)
    if len(groups) > 1 and all(is_zero(group, hides_kink) for group in groups):
        return True
    whole = sealed(expr, lambda argument: argument.has(*f.KINKED) or hides_kink(argument))
    for deep in (False, True):
        if deep and not expr.has(f.sigma, f.tanh):
            break
        try:
            if _vanishes(*rewritten(whole, deep)):
                return True
        except (TooLarge, TypeError, ZeroDivisionError):
            continue
    if expr.has(*f.KINKED):
        try:
            return _vanishes_case_by_case(sealed(expr, hides_kink), [])
        except (TooLarge, TypeError, ZeroDivisionError):
            return False
    return False


def sealed(expr: Expr, on_a_kink: Callable[[Expr], bool]) -> Expr:
    """`expr` with a symbol, of which nothing is known, for each jump whose argument may be on it for good.

    Behind a ReLU, whose value is 0 over half of its range, 1[a > 0] + 1[a < 0] is not 1.
    """
    jumps = [jump for jump in expr.atoms(*f.JUMPS) if any(on_a_kink(argument) for argument in jump.args)]
    return expr.xreplace({jump: Symbol(f"sealed·{_spelled(jump)}") for jump in jumps})


def _spelled(jump: Expr) -> str:
    """A jump in one spelling: which of its arguments is the largest does not depend on their order."""
    if not isinstance(jump, f.route):
        return str(jump)
    place, *arguments = jump.args
    return f"{arguments[int(place) - 1]} of {sorted(map(str, arguments))}"


def independent(expr: Expr) -> list[Expr]:
    """The terms of a sum, grouped so that no two groups share a symbol: each of them is often zero by itself."""
    groups: list[tuple[set, list[Expr]]] = []
    for term in Add.make_args(expr):
        symbols, terms = set(term.free_symbols), [term]
        apart = []
        for other, members in groups:
            if other & symbols:
                symbols, terms = symbols | other, members + terms
            else:
                apart.append((other, members))
        groups = [*apart, (symbols, terms)]
    return [Add(*terms) for _, terms in groups]


def _vanishes_case_by_case(expr: Expr, decided: list) -> bool:
    """As `_vanishes`, with steps and maxima decided before the functions around them are read."""
    if len(decided) > 8:
        raise TooLarge
    try:
        return _vanishes(*rewritten(expr, True, decided))
    except Undecided as needed:
        kind, arguments, ways = needed.args
        cases = [[*decided, (kind, arguments, way)] for way in range(ways)]
        return all(_vanishes_case_by_case(expr, case) for case in cases if can_be_positive(_positive(case)))


def _positive(decided: list) -> list[Expr]:
    """What is positive in this case."""
    found = []
    for kind, arguments, way in decided:
        if kind is f.step:
            found.append(arguments[0] if way else -arguments[0])
        else:
            found += [arguments[way] - other for k, other in enumerate(arguments) if k != way]
    return found


def _vanishes(expr: Expr, rewriter: Rewriter) -> bool:
    cases = [c for c in rewriter.cases if any(s in expr.free_symbols for s in c[0])]
    total = 1
    for case in cases:
        total *= len(case)
    bits = {symbol for case in cases for symbol in case[0]}
    if cases and _clipped(_numerator(expr, rewriter.squares), bits) == 0:
        return True
    if total > 256:
        raise TooLarge
    for choice in product(*cases):
        values = {symbol: Integer(v) for part in choice for symbol, v in part.items()}
        if _numerator(expr.xreplace(values) if values else expr, rewriter.squares) != 0:
            return False
    return True
