"""Is this side of a line equal to that one?  Refute first, at exact random points, in milliseconds; then prove.

The tiers: the two sides are the same expression; they are equal once expanded, with definitions left folded; equal with
definitions unfolded, latest first; equal at points only.
"""

from __future__ import annotations

from itertools import product

from sympy import Expr, Integer, Symbol

from .arrays import Array, Explicit
from .assumptions import solved
from .functions import KINKED, log, root
from .normal_form import is_zero
from .points import Point, Undefined, points, surely_not_zero

SAMPLES = 8


class NowhereDefined(Exception):
    """No point was found at which both sides have real values."""


def pairs(domain: Explicit, left: Array, right: Array) -> list[tuple[tuple[int, ...], Expr, Expr]]:
    """(index, entry of left, entry of right) for every entry; the shapes agree."""
    return [(index, left.at(*index), right.at(*index)) for index in domain.indices(left.shape)]


def refuted(domain: Explicit, entries, count: int = 2) -> bool:
    """Whether the two sides differ in an entry at one of `count` points."""
    unlike = [(a, b) for _, a, b in entries if a != b]
    if not unlike:
        return False
    found = points(domain, count, [side for pair in unlike for side in pair])
    if not found:
        raise NowhereDefined
    return any(point.differ(a, b) for point in found for a, b in unlike)


def prove(domain: Explicit, entries) -> bool:
    """Whether every pair is symbolically equal, definitions unfolded where needed."""
    return all(equal(domain, a, b) for _, a, b in entries)


def equal(domain: Explicit, a: Expr, b: Expr) -> bool:
    cache = domain.__dict__.setdefault("proved", {})
    if a == b:
        return True
    if (a, b) not in cache:
        cache[a, b] = any(
            not surely_not_zero(domain, rest) and is_zero(rest, domain.hides_kink) for rest in unfoldings(domain, a - b)
        ) or (equal_in_each_case(domain, a - b))
    return cache[a, b]


def equal_in_each_case(domain: Explicit, expr: Expr) -> bool:
    """Whether `expr` is zero for all values of its symbols that take only two values."""
    *_, expr = unfoldings(domain, expr)
    choices = two_valued(domain, expr)
    return bool(choices) and all(is_zero(expr.xreplace(values)) for values in choices)


def two_valued(domain: Explicit, expr: Expr) -> list[dict[Symbol, Integer]]:
    """Every choice of values for the symbols of `expr` that take only two; none when there are no such
    symbols, or many.
    """
    values = {"binary": (0, 1), "sign": (-1, 1)}
    symbols = {
        s: domain.setting.declared[domain.symbols[s][0]].values for s in expr.free_symbols if s in domain.symbols
    }
    chosen = sorted((s for s, kind in symbols.items() if kind in values), key=str)
    if not chosen or len(chosen) > 8:
        return []
    combinations = product(*[values[symbols[s]] for s in chosen])
    return [dict(zip(chosen, map(Integer, choice), strict=True)) for choice in combinations]


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
    assumed = solved(domain)
    while expr.free_symbols & assumed.keys():
        expr = expr.xreplace(assumed)
        yield expr


def partly_defined(domain: Explicit, entries) -> bool:
    """Whether one side has a value at a point where the other has none, such as log x² and 2 log x at x < 0."""
    unlike = [(a, b) for _, a, b in entries if a != b and (a.has(log, root) or b.has(log, root))]
    tried = [Point(domain, seed) for seed in range(8)]
    return any(has_value(point, a) != has_value(point, b) for a, b in unlike[:4] for point in tried)


def has_value(point: Point, expr: Expr) -> bool:
    """Whether an expression has a real value at a point."""
    try:
        point.value(expr)
    except Undefined:
        return False
    return True


def sampled(domain: Explicit, entries, count: int = SAMPLES) -> int:
    """At how many points all pairs agree: generic ones, ones of all magnitudes (beyond every kink) and every choice of
    values for symbols that take two.  0 when they differ at one.  What is made of pieces is looked at more often: a
    piece may be a small part of all values, as where four numbers are negative.
    """
    unlike = [(index, a, b) for index, a, b in entries if a != b]
    sides = [e for _, a, b in unlike for e in (a, b)]
    count *= 4 if any(side.has(*KINKED) or domain.hides_kink(side) for side in sides) else 1
    tried = points(domain, count, sides) + points(domain, 4 * count, sides, wide=True)
    for _, a, b in unlike:
        *_, unfolded = unfoldings(domain, a - b)
        for values in two_valued(domain, unfolded):
            point = Point(domain, 0)
            point.given = dict(values)
            tried.append(point)
    for point in tried:
        for _, a, b in unlike:
            try:
                if point.differ(a, b):
                    return 0
            except Undefined:
                continue
    return len(tried)
