"""Is this side of a line equal to that one?  Refute first, at exact random points, in milliseconds; then prove.

The tiers: the two sides are the same expression; they are equal once expanded, with definitions left folded; equal with
definitions unfolded, latest first; equal at points only.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Symbol

from .arrays import Array, Explicit
from .differentiate import partials
from .normal_form import is_zero
from .points import Point, close, points, surely_not_zero

SAMPLES = 8


@dataclass
class Difference:
    """Where two sides differ: the sizes, the entry, the point, and both values there."""

    domain: Explicit
    index: tuple[int, ...]
    point: Point
    left: object
    right: object


class NowhereDefined(Exception):
    """No point was found at which both sides have real values."""


def pairs(domain: Explicit, left: Array, right: Array) -> list[tuple[tuple[int, ...], Expr, Expr]]:
    """(index, entry of left, entry of right) for every entry; the shapes agree."""
    return [(index, left.at(*index), right.at(*index)) for index in domain.indices(left.shape)]


def refuted(domain: Explicit, entries, count: int = 2, small: bool = False) -> Difference | None:
    """The first entry and point at which the two sides differ; None when they agree at `count` points."""
    unlike = [(index, a, b) for index, a, b in entries if a != b]
    if not unlike:
        return None
    found = points(domain, count, [e for _, a, b in unlike for e in (a, b)], small)
    if not found and not small:
        raise NowhereDefined
    for point in found:
        for index, a, b in unlike:
            left, right = point.value(a), point.value(b)
            if not close(left, right):
                return Difference(domain, index, point, left, right)
    return None


def prove(domain: Explicit, entries) -> bool:
    """Whether every pair is symbolically equal, definitions unfolded where needed."""
    return all(equal(domain, a, b) for _, a, b in entries)


def equal(domain: Explicit, a: Expr, b: Expr) -> bool:
    cache = domain.__dict__.setdefault("proved", {})
    if a == b:
        return True
    if (a, b) not in cache:
        cache[a, b] = any(not surely_not_zero(domain, rest) and is_zero(rest) for rest in unfoldings(domain, a - b))
    return cache[a, b]


def unfoldings(domain: Explicit, expr: Expr):
    """`expr`, then with its definitions unfolded one name at a time, latest first, then with the assumptions used."""
    yield expr
    while True:
        defined = {
            s: domain.symbols[s][0] for s in expr.free_symbols if s in domain.symbols and domain.body(s) is not None
        }
        if not defined:
            break
        latest = max(defined.values(), key=lambda name: domain.setting.declared[name].position)
        expr = expr.xreplace({s: domain.body(s) for s, name in defined.items() if name == latest})
        yield expr
    assumed = domain.substitutions()
    while expr.free_symbols & assumed.keys():
        expr = expr.xreplace(assumed)
        yield expr


def substitutions(domain: Explicit) -> dict[Symbol, Expr]:
    """What the assumed equations say: each is solved for the last free entry that it contains with a number as its
    factor.
    """
    if "assumed" not in domain.__dict__:
        domain.assumed = {}
        from .algebra import Evaluator

        evaluator = Evaluator(domain.setting, domain)
        for assumption in domain.setting.assumptions:
            if assumption.relation != "=":
                continue
            left, right = evaluator.value(assumption.left, {}), evaluator.value(assumption.right, {})
            for index in domain.indices(left.shape):
                residual = left.at(*index) - (right.at(*index) if right.rank else right.at())
                _solve(domain, residual.xreplace(domain.assumed))
    return domain.assumed


def _solve(domain: Explicit, residual: Expr) -> None:
    while any(domain.body(s) is not None for s in residual.free_symbols if s in domain.symbols):
        residual = residual.xreplace(
            {s: domain.body(s) for s in residual.free_symbols if s in domain.symbols and domain.body(s) is not None}
        )
    factors = {s: p for s, p in partials(residual).items() if p.is_Rational and p != 0 and s in domain.symbols}
    if not factors:
        return
    symbol = max(factors, key=lambda s: (domain.setting.declared[domain.symbols[s][0]].position, domain.symbols[s][1]))
    domain.assumed = {s: e.xreplace({symbol: symbol - residual / factors[symbol]}) for s, e in domain.assumed.items()}
    domain.assumed[symbol] = Add(symbol, -residual / factors[symbol]).expand()


Explicit.substitutions = substitutions


def sampled(domain: Explicit, entries, count: int = SAMPLES) -> int:
    """At how many generic points all pairs agree; 0 when they differ at one of them."""
    if refuted(domain, entries, count) is not None:
        return 0
    return count
