r"""Inequalities (`\le`, `\ge`, `<`, `>`) and orders of smallness (`O(h^2)`)."""

from __future__ import annotations

from itertools import product

from mpmath import mpf
from sympy import Add, Expr, Integer, Mul, Poly, Pow, Rational, Symbol, expand, factor_list

from . import functions as f
from .algebra import Evaluator
from .arrays import Explicit
from .assumptions import inequalities
from .differentiate import partials
from .equality import has_value, two_valued, unfoldings
from .normal_form import Fractions, Rewriter, TooLarge, is_zero, rewritten
from .points import Point, points
from .syntax import Node, NotationError

SAMPLES = 60
BESIDE = (Rational(-1, 10**6), Rational(1, 10**6))
NOTHING = 1e-30  # what a number must exceed to be seen to be positive, of the 50 digits that it is computed with
POSITIVE = (f.exp, f.sigma, f.softplus, f.cosh)
NOT_NEGATIVE = (f.absolute, f.relu, f.root, f.step, f.route)


def compare(domain: Explicit, entries, relation: str) -> tuple[bool | None, int]:
    """(True: proved, False: refuted, None: held at every point tried; the number of points)."""
    strict = relation in ("<", ">")
    differences = [b - a if relation in ("<", r"\le") else a - b for _, a, b in entries]
    found = points(domain, SAMPLES // 2, differences) + points(domain, SAMPLES // 2, differences, wide=True)
    found += ends(domain, differences) + each_choice(domain, differences)
    if not found:
        raise NotationError(
            "no point was found at which both sides have a value",
            hint="declare positive symbols as "
            r"\mathbb{R}_{>0} and probabilities as (0, 1), so that logarithms and roots exist",
        )
    for point in found:
        for difference in differences:
            if fails(point, difference, strict):
                return False, len(found)
    proved = all(not_negative(domain, difference, strict) for difference in differences)
    return (True if proved else None), len(found)


def fails(point: Point, difference: Expr, strict: bool) -> bool:
    """Whether a difference that should not be negative (should be positive, when strict) is so at a point.

    At a point of all magnitudes a zero may be a positive number too small for the digits; it refutes nothing.
    """
    if point.differ(difference, Integer(0)):
        return point.sharper().value(difference) < 0
    return strict and not point.wide


def ends(domain: Explicit, exprs: list[Expr]) -> list[Point]:
    """Points with every symbol of a closed interval at its lower end, and with every one at its upper end."""
    ends = {"closed unit": (0, 1), "nonnegative": (0, 0), "at most one": (1, 1)}
    found = []
    for which in (0, 1):
        point = Point(domain, which)
        for expr in exprs:
            for symbol in domain.leaves(expr):
                kind = domain.setting.declared[domain.symbols[symbol][0]].values
                if kind in ends:
                    point.given[symbol] = Integer(ends[kind][which])
        if point.given and _has_values(point, exprs):
            found.append(point)
    return found


def each_choice(domain: Explicit, exprs: list[Expr]) -> list[Point]:
    """Points with every choice of values for the symbols that take only two."""
    found = []
    for expr in exprs:
        *_, unfolded = unfoldings(domain, expr)
        for values in two_valued(domain, unfolded):
            point = Point(domain, 0)
            point.given = dict(values)
            found.append(point)
    return [point for point in found if _has_values(point, exprs)]


def _has_values(point: Point, exprs: list[Expr]) -> bool:
    return all(has_value(point, e) for e in exprs) and point.admitted()


def not_negative(domain: Explicit, expr: Expr, strict: bool = False) -> bool:
    """Whether `expr` is provably at least zero (above zero, when strict) for all values that the setting admits."""
    expr, enough = like_squares(expr), 2 if strict else 1
    if sign(domain, expr) >= enough or polynomial_sign(domain, expr, strict):
        return True
    for unfolded in unfoldings(domain, expr):
        if sign(domain, unfolded) >= enough:
            return True
    choices = two_valued(domain, unfolded)
    if choices and all(sign(domain, unfolded.xreplace(c).expand()) >= enough for c in choices):
        return True
    return unfolded != expr and polynomial_sign(domain, unfolded, strict)


def like_squares(expr: Expr) -> Expr:
    """(2a + 2b)² as 4 (a + b)², so that it can be told what a multiple of a square it is."""

    def taken_out(power: Pow) -> Expr:
        content, rest = power.base.primitive()
        return content**power.exp * rest**power.exp

    return expr.replace(lambda e: isinstance(e, Pow) and e.exp.is_Integer and isinstance(e.base, Add), taken_out)


def sign(domain: Explicit, expr: Expr) -> int:
    """2 when `expr` is seen to be positive, 1 when it is seen not to be negative, 0 when neither is seen."""
    return _sign(domain, expr) or _assumed(domain, expr) or _with_maxima(domain, expr)


def _with_maxima(domain: Explicit, expr: Expr) -> int:
    """A sum with a maximum in it is at least what it is with any one of its arguments in the place of the maximum."""
    terms = [term.as_coeff_Mul() for term in Add.make_args(expr)]
    maxima = [rest for number, rest in terms if isinstance(rest, f.largest) and number > 0]
    if not maxima or len(maxima) > 2 or any(rest.has(f.largest) for _, rest in terms if rest not in maxima):
        return 0
    choices = product(*[maximum.args for maximum in maxima])
    return max(_sign(domain, expr.xreplace(dict(zip(maxima, choice, strict=True)))) for choice in choices)


def _assumed(domain: Explicit, expr: Expr) -> int:
    """What an assumed inequality says of `expr`, or of a positive multiple of it."""
    for relation, a, b in inequalities(domain):
        smaller, larger = (a, b) if relation in ("<", r"\le") else (b, a)
        gap = (larger - smaller).expand()
        ratio = (expr.expand() / gap).cancel() if gap != 0 else Integer(0)
        if ratio.is_Rational and ratio > 0:
            return 2 if relation in ("<", ">") else 1
    return 0


def _sign(domain: Explicit, expr: Expr) -> int:
    if expr.is_Rational:
        return 2 if expr > 0 else 1 if expr == 0 else 0
    if not expr.free_symbols:
        return 2 if has_value(point := Point(domain, 0), expr) and point.value(expr) > NOTHING else 0
    if isinstance(expr, Symbol):
        if expr not in domain.symbols:
            return 0
        body = domain.body(expr)
        if body is not None:
            return sign(domain, body)
        values = domain.setting.declared[domain.symbols[expr][0]].values
        return {"positive": 2, "unit": 2, "binary": 1, "nonnegative": 1, "closed unit": 1}.get(values, 0)
    if isinstance(expr, Add):
        signs = [sign(domain, a) for a in expr.args]
        if min(signs) == 0:
            return _complement(domain, expr)
        return 2 if max(signs) == 2 else 1
    if isinstance(expr, Mul):
        return min(sign(domain, a) for a in expr.args)
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        inner = sign(domain, expr.base)
        return inner if inner == 2 or expr.exp % 2 else 1
    if isinstance(expr, POSITIVE) or (isinstance(expr, f.root) and sign(domain, expr.args[0]) == 2):
        return 2
    return 1 if isinstance(expr, NOT_NEGATIVE) else 0


def _complement(domain: Explicit, expr: Expr) -> int:
    """1 - p, for a p between 0 and 1."""
    rest = 1 - expr
    if isinstance(rest, Symbol) and rest in domain.symbols:
        body = domain.body(rest)
        if body is not None:
            return _complement(domain, 1 - body)
        return {"unit": 2, "binary": 1, "below one": 2, "closed unit": 1, "at most one": 1}.get(
            domain.setting.declared[domain.symbols[rest][0]].values, 0
        )
    if isinstance(rest, f.sigma):
        return 2
    if isinstance(rest, Mul) and all(sign(domain, a) for a in rest.args):
        others = [sign(domain, 1 - a) for a in rest.args]  # 1 - p q, for a p and a q between 0 and 1
        return max(others) if all(others) else 0
    return 1 if isinstance(rest, (f.step, f.route)) else 0


def polynomial_sign(domain: Explicit, expr: Expr, strict: bool) -> bool:
    """Whether a rational function is seen to be at least zero (above zero, when strict): some symbols are known to
    be positive, of the others nothing is known.
    """
    try:
        return _polynomial_sign(domain, expr, strict)
    except (TooLarge, TypeError, ZeroDivisionError):
        return False


def _polynomial_sign(domain: Explicit, expr: Expr, strict: bool) -> bool:
    rewritten_expr, rewriter = rewritten(expr, deep=True)
    positive = set(rewriter.positive)
    odds: dict[Symbol, Expr] = {}
    for symbol in rewritten_expr.free_symbols:
        if symbol in domain.symbols:
            values = domain.setting.declared[domain.symbols[symbol][0]].values
            free = Symbol(symbol.name + "·free")
            if values == "positive":
                positive.add(symbol)
            elif values in ("unit", "below one"):
                positive.add(free)
                odds[symbol] = free / (1 + free) if values == "unit" else 1 - free
            elif values == "nonnegative":
                odds[symbol] = free**2
            elif values in ("closed unit", "at most one") and not strict:
                odds[symbol] = free**2 / (1 + free**2) if values == "closed unit" else 1 - free**2
    if rewriter.cases:
        return False
    rewritten_expr = rewritten_expr.xreplace(odds)
    fractions = Fractions(sorted(rewritten_expr.free_symbols, key=str))
    number, below = fractions.of(rewritten_expr)
    known = numbers(domain, rewriter)
    if not all(power % 2 == 0 or _definite(factor.as_expr(), positive, known) > 1 for factor, power in below.items()):
        return False
    return _definite(number.as_expr(), positive, known) >= (2 if strict else 1)


def numbers(domain: Explicit, rewriter: Rewriter) -> dict[Symbol, mpf]:
    """The values of those symbols of a rewritten expression that stand for numbers: e, log 2."""
    at = Point(domain, 0)
    fixed = {s: kind(*arguments) for kind, arguments, s in rewriter.atoms if not any(a.free_symbols for a in arguments)}
    return {symbol: at.value(expr) for symbol, expr in fixed.items() if has_value(at, expr)}


def _definite(expr: Expr, positive: set[Symbol], known: dict | None = None) -> int:
    """2: a positive polynomial, 1: one that is not negative, 0: neither is seen.

    `known` holds the values of symbols that stand for numbers, such as e. A polynomial of the first degree in one of
    them is positive where it is so with two fractions between which the number lies.
    """
    for symbol in sorted(expr.free_symbols & (known or {}).keys(), key=str):
        if Poly(expr, symbol).degree() > 1:
            continue
        near = Rational(int(known[symbol] * 10**6), 10**6)
        return min(_definite(expr.xreplace({symbol: near + step}), positive, known) for step in BESIDE)
    if expr.is_Rational:
        return 2 if expr > 0 else 1 if expr == 0 else 0
    direct = _by_coefficients(expr, positive)
    if direct:
        return direct
    content, factors = factor_list(expr)
    result, flips = (2 if content != 0 else 1), content < 0
    for factor, power in factors:
        kind = _by_coefficients(factor, positive) or _without_roots(factor)
        if kind == 0 and (mirrored := _by_coefficients(-factor, positive) or _without_roots(-factor)):
            kind, flips = mirrored, flips ^ bool(power % 2)
        if kind == 0:
            if power % 2:
                return 0
            kind = 1
        result = min(result, kind)
    return 0 if flips else result


def _by_coefficients(expr: Expr, positive: set[Symbol]) -> int:
    poly = Poly(expr, *sorted(expr.free_symbols, key=str))
    best = 1
    for monomial, coefficient in poly.terms():
        if coefficient < 0 or any(
            power % 2 and symbol not in positive for symbol, power in zip(poly.gens, monomial, strict=False)
        ):
            return 0
        if all(power == 0 or symbol in positive for symbol, power in zip(poly.gens, monomial, strict=False)):
            best = 2
    return best


def _without_roots(expr: Expr) -> int:
    """A polynomial of one variable without real roots has the sign that it has at zero."""
    symbols = expr.free_symbols
    if len(symbols) != 1:
        return 0
    poly = Poly(expr, *symbols)
    return 2 if poly.degree() <= 12 and poly.count_roots() == 0 and poly.eval(0) > 0 else 0


# ---------------------------------------------------------------------------------------------------------- smallness


def small_quantity(setting, domain: Explicit, node: Node) -> tuple[Symbol, int]:
    """The symbol and the power in O(h^k)."""
    base, power = (node.children[0], node.children[1]) if node.head == "pow" else (node, Node("num", (Integer(1),)))
    if (
        base.head != "ref"
        or setting.kind(base.children[0]) != "symbol"
        or setting.declared[base.children[0]].shape
        or power.head != "num"
    ):
        error = NotationError("an order is a power of one declared number", hint="write O(h^2)")
        error.span = node.span
        raise error
    return Evaluator(setting, domain).value(base, {}).at(), int(power.children[0])


def first_missing(domain: Explicit, entries, symbol: Symbol, power: int) -> int | None:
    """The lowest order below `power` in which the sides differ; None when they agree to that order."""
    for _, a, b in entries:
        *_, term = unfoldings(domain, a - b)
        pole = 0
        while has_pole(term, symbol) and pole < 4:
            term, pole = expand(term * symbol), pole + 1
        for k in range(power + pole):
            if not is_zero(term.xreplace({symbol: Integer(0)})):
                return k - pole
            term = partials(term).get(symbol, Integer(0))
    return None


def has_pole(expr: Expr, symbol: Symbol) -> bool:
    """Whether `expr` divides by something that vanishes with `symbol`."""
    return any(
        e.exp.is_Integer and e.exp < 0 and is_zero(e.base.xreplace({symbol: Integer(0)})) for e in expr.atoms(Pow)
    )
