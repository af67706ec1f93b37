"""Partial derivatives by reverse accumulation over the definitions, which stay unexpanded.

The derivative of L by v treats v as a variable and follows every definition behind it. Its result is an expression in
the intermediate symbols (z_1, a_1, ...), so that a line of backpropagation is identical to it by construction.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Add, Expr, Integer, Mul, Pow, Symbol

from .arrays import Delta, Entry, EverySize, Explicit, IndexSum, InRange
from .functions import Known


@lru_cache(maxsize=20_000)
def partials(expr: Expr) -> dict[Symbol, Expr]:
    """The partial derivatives of `expr` by every symbol in it, in one pass."""
    if isinstance(expr, Symbol):
        return {expr: Integer(1)}
    if not expr.args or not expr.free_symbols:
        return {}
    found: dict[Symbol, list[Expr]] = {}
    if isinstance(expr, Add):
        for term in expr.args:
            for symbol, part in partials(term).items():
                found.setdefault(symbol, []).append(part)
    elif isinstance(expr, Mul):
        for k, factor in enumerate(expr.args):
            inner = partials(factor)
            if inner:
                others = Mul(*expr.args[:k], *expr.args[k + 1 :])
                for symbol, part in inner.items():
                    found.setdefault(symbol, []).append(part * others)
    elif isinstance(expr, Pow):
        outer = expr.exp * Pow(expr.base, expr.exp - 1)
        for symbol, part in partials(expr.base).items():
            found.setdefault(symbol, []).append(outer * part)
    elif isinstance(expr, Known):
        for k, argument in enumerate(expr.args):
            inner = partials(argument)
            if inner:
                outer = expr.fdiff(k + 1)
                for symbol, part in inner.items():
                    found.setdefault(symbol, []).append(outer * part)
    else:
        raise TypeError(f"no derivative of {type(expr).__name__}")
    return {symbol: Add(*parts) for symbol, parts in found.items()}


def gradient(domain: Explicit, expr: Expr, name: str) -> dict[Symbol, Expr]:
    """The derivative of `expr` by each entry of `name`, all later definitions followed.

    Parameters
    ----------
    domain : Explicit
        Holds the entries and their definitions.
    expr : Expr
        A number.
    name : str
        A declared symbol; it is taken as free, even where it has a definition.

    Returns
    -------
    dict
        From entries of `name` to derivatives; an entry that is missing has derivative zero.
    """
    cache = domain.__dict__.setdefault("gradients", {})
    if (expr, name) in cache:
        return cache[expr, name]
    declared, ancestors = domain.setting.declared, domain.setting.ancestors
    waiting: dict[Symbol, list[Expr]] = {}
    result: dict[Symbol, list[Expr]] = {}

    def receive(contributions: dict[Symbol, Expr], factor: Expr):
        for symbol, part in contributions.items():
            own = domain.symbols[symbol][0] if symbol in domain.symbols else None
            if own == name:
                result.setdefault(symbol, []).append(factor * part)
            elif own is not None and name in ancestors(own):
                waiting.setdefault(symbol, []).append(factor * part)

    receive(partials(expr), Integer(1))
    while waiting:
        symbol = max(waiting, key=lambda s: declared[domain.symbols[s][0]].position)
        adjoint = Add(*waiting.pop(symbol))
        if adjoint != 0:
            receive(partials(domain.body(symbol)), adjoint)
    cache[expr, name] = {symbol: Add(*parts) for symbol, parts in result.items()}
    return cache[expr, name]


# ------------------------------------------------------------------------------------------------------ for every size


def derivative_every_size(domain: EverySize, expr: Expr, name: str, index: tuple) -> Expr:
    """The derivative of an indexed expression by the entry `name[index]`, for symbolic sizes and indices."""
    return _Chain(domain, name, index).of(expr)


class _Chain:
    def __init__(self, domain: EverySize, name: str, index: tuple):
        self.domain, self.name, self.index = domain, name, index

    def of(self, expr: Expr) -> Expr:
        if isinstance(expr, Entry):
            return self.entry(expr)
        if not expr.has(Entry):
            return Integer(0)
        if isinstance(expr, Add):
            return Add(*[self.of(term) for term in expr.args])
        if isinstance(expr, Mul):
            return Add(
                *[self.of(factor) * Mul(*expr.args[:k], *expr.args[k + 1 :]) for k, factor in enumerate(expr.args)]
            )
        if isinstance(expr, Pow):
            return expr.exp * Pow(expr.base, expr.exp - 1) * self.of(expr.base)
        if isinstance(expr, IndexSum):
            body, *limits = expr.args
            return _total(self.of(body), *limits)
        if isinstance(expr, (Delta, InRange)):
            return Integer(0)
        if isinstance(expr, Known):
            return Add(*[expr.fdiff(k + 1) * self.of(argument) for k, argument in enumerate(expr.args)])
        raise TypeError(f"no derivative of {type(expr).__name__}")

    def entry(self, expr: Entry) -> Expr:
        own, at = expr.args[0].name, expr.args[1:]
        if own == self.name:
            return Mul(*[self.domain.delta(i, j) for i, j in zip(at, self.index, strict=False)])
        if self.name not in self.domain.setting.ancestors(own):
            return Integer(0)
        return inside(self.domain, own, at) * self.of(self.domain.setting.definition(own, self.domain).at(*at))


def inside(domain: EverySize, name: str, index: tuple) -> Expr:
    """1 where `index` lies within the array `name`, as a product of InRange."""
    first = Integer(domain.setting.origin)
    return Mul(
        *[
            InRange(k, first, size + first - 1)
            for k, size in zip(index, domain.setting.declared[name].shape, strict=False)
        ]
    )


def _total(body: Expr, index, low, high) -> Expr:
    return Integer(0) if body == 0 else IndexSum(body, index, low, high)
