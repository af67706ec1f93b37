"""What a setting assumes: equations, solved for one symbol each, and inequalities, which every point must satisfy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from sympy import Add, Expr, Symbol

from .algebra import Evaluator
from .arrays import Explicit, shape_text
from .differentiate import partials
from .syntax import NotationError, ShapeError, free_indices


def stated(domain: Explicit, assumption) -> Iterator[tuple[Expr, Expr]]:
    """(left, right) of an assumption for each entry and every value of its free indices."""
    evaluator, sides = Evaluator(domain.setting, domain), (assumption.left, assumption.right)
    letters = sorted(free_indices(assumption.left) | free_indices(assumption.right))
    first = dict.fromkeys(letters, domain.setting.origin)
    limits = [domain.range(*evaluator.limits_of(letter, list(sides), assumption.left, first)) for letter in letters]
    for at in product(*limits):
        left, right = (evaluator.value(side, dict(zip(letters, at, strict=True))) for side in sides)
        if left.shape != right.shape and (assumption.relation == "=" or (left.rank and right.rank)):
            raise ShapeError(f"the left side is {shape_text(left.shape)}, the right side is {shape_text(right.shape)}")
        for index in domain.indices(left.shape or right.shape):
            yield tuple(side.at(*index) if side.rank else side.at() for side in (left, right))


def solved(domain: Explicit) -> dict[Symbol, Expr]:
    """The symbols that the assumed equations determine, each in terms of others."""
    if domain.assumed is None:
        domain.assumed = {}
        for assumption in domain.setting.assumptions:
            if assumption.relation == "=":
                for left, right in stated(domain, assumption):
                    _solve(domain, (left - right).xreplace(domain.assumed))
    return domain.assumed


def _solve(domain: Explicit, residual: Expr) -> None:
    """Solve for the last free entry that the equation holds with a number as its factor."""
    while any(domain.body(s) is not None for s in residual.free_symbols if s in domain.symbols):
        residual = residual.xreplace(
            {s: domain.body(s) for s in residual.free_symbols if s in domain.symbols and domain.body(s) is not None}
        )
    if residual.expand() == 0:
        return
    factors = {s: p for s, p in partials(residual).items() if p.is_Rational and p != 0 and s in domain.symbols}
    if not factors:
        raise NotationError(
            "this equation cannot be used: none of its symbols can be solved for",
            hint="assume it in a form in which one symbol stands alone, times a number",
        )
    symbol = max(factors, key=lambda s: (domain.setting.declared[domain.symbols[s][0]].position, domain.symbols[s][1]))
    domain.assumed = {s: e.xreplace({symbol: symbol - residual / factors[symbol]}) for s, e in domain.assumed.items()}
    domain.assumed[symbol] = Add(symbol, -residual / factors[symbol]).expand()


def inequalities(domain: Explicit) -> list[tuple[str, Expr, Expr]]:
    """What the assumed inequalities say of entries, as (relation, left, right)."""
    if domain.limits is None:
        domain.limits = [
            (assumption.relation, left, right)
            for assumption in domain.setting.assumptions
            if assumption.relation != "="
            for left, right in stated(domain, assumption)
        ]
    return domain.limits
