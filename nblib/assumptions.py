"""What a setting assumes: equations, solved for one symbol each, and inequalities, which every point must satisfy."""

from __future__ import annotations

from sympy import Add, Expr, Symbol

from .algebra import Evaluator
from .arrays import Explicit
from .differentiate import partials
from .syntax import NotationError


def solved(domain: Explicit) -> dict[Symbol, Expr]:
    """What the assumed equations say: each is solved for the last free entry that it contains with a number as its
    factor.
    """
    if "assumed" not in domain.__dict__:
        domain.assumed = {}
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
    if "limits" not in domain.__dict__:
        evaluator = Evaluator(domain.setting, domain)
        domain.limits = []
        for assumption in domain.setting.assumptions:
            if assumption.relation != "=":
                left, right = evaluator.value(assumption.left, {}), evaluator.value(assumption.right, {})
                for index in domain.indices(left.shape if left.rank else right.shape):
                    a, b = (side.at(*index) if side.rank else side.at() for side in (left, right))
                    domain.limits.append((assumption.relation, a, b))
    return domain.limits
