"""The smallest readable point at which a line fails."""

from __future__ import annotations

from dataclasses import dataclass, field

import mpmath
from sympy import Expr

from . import order
from .arrays import Explicit, OutOfRange
from .functions import Smooth
from .laws import spelled
from .points import Undefined, close, points
from .syntax import Node, NotationError

MOST_ENTRIES, MOST_FAILING = 12, 100  # entries that are compared for the most readable one; that are remembered
MOST_SHOWN = 17  # values of free symbols that a reader is given; of more, those of the names in the line
STRAINED = 100  # the cost of values that are hard to tell apart


@dataclass
class Counterexample:
    """Where a line fails: the sizes, the values of the symbols that matter, the entry, and both sides."""

    sizes: str
    values: dict[str, str]
    entry: str
    left: str
    right: str
    domain: Explicit | None = field(default=None, repr=False)
    places: list[tuple] = field(default_factory=list, repr=False)  # of entries that fail, some

    @property
    def where(self) -> str:
        return f", entry {self.entry}," if self.entry else ""

    def describe(self) -> str:
        values = ", ".join(f"{k} = {v}" for k, v in self.values.items())
        return "; ".join(p for p in (self.sizes, values) if p) or "every point"


def counterexample(setting, comparison, left: Node, right: Node, relation: str = "=") -> Counterexample:
    """The most readable of many points at which the two sides differ: the smallest sizes, few symbols, small whole
    numbers.
    """
    best = None
    smallest_first = sorted(setting.domains, key=lambda d: (d is setting.apart, sum(d.sizes.values())))
    for domain in smallest_first:
        try:
            entries = comparison.entries(domain, left, right)
        except (NotationError, OutOfRange):  # an entry that the undeclared sizes do not have
            continue
        if relation == "=":
            entries = [entry for entry in entries if entry[1] != entry[2]]
        entries.sort(key=lambda entry: len(domain.leaves(entry[1]) | domain.leaves(entry[2])))
        failing: list[tuple] = []
        for small in (1, 4, 0):  # whole numbers, quarters where those saturate an exponential, and any
            tried = points(domain, 24 if small else 8, [], small, wide=not small and relation != "=")
            if relation != "=":
                tried = order.ends(domain, [e for _, a, b in entries for e in (a, b)]) + tried
            for point in tried:
                for entry in failing[:MOST_ENTRIES] or entries:
                    index, a, b = entry
                    try:
                        x, y = point.value(a), point.value(b)
                        if not fails(relation, point, a, b):
                            continue
                    except Undefined:
                        continue
                    if entry not in failing:
                        failing.append(entry)
                    cost = len(shown_symbols(domain, a, b)) * 4 + len(readable(x)) + len(readable(y))
                    cost += strain(x, y) if relation == "=" else 0
                    if best is None or cost < best[0]:
                        best = (cost, domain, point, index, a, b, x, y)
                    if len(failing) == MOST_FAILING:
                        break
            if best is not None and best[0] < STRAINED:
                break
        if best is not None:
            break
    if best is None:
        return Counterexample("", {}, "", "one value", "another")
    _, domain, point, index, a, b, x, y = best
    shown = {}
    symbols = shown_symbols(domain, a, b)
    for symbol in sorted(symbols, key=lambda s: (domain.setting.declared[domain.symbols[s][0]].position, s.name)):
        shown[spell(domain, symbol)] = readable(point.value(symbol))
    folded = any(domain.body(symbol) is not None for symbol in symbols)
    smooth = a.atoms(Smooth) | b.atoms(Smooth) if folded else smooth_values(domain, a) | smooth_values(domain, b)
    for expr in sorted(smooth, key=str):
        shown[say(domain, expr)] = readable(point.value(expr))
    sizes = ", ".join(f"{name} = {domain.sizes[name]}" for name in setting.varied)
    entry = "(" + ", ".join(map(str, index)) + ")" if index else ""
    return Counterexample(sizes, shown, entry, *told_apart(x, y), domain, [place for place, _, _ in failing])


def shown_symbols(domain: Explicit, a: Expr, b: Expr) -> frozenset:
    """The symbols whose values a reader needs: the free ones, or, where those are many, the ones of the line itself."""
    free = domain.leaves(a) | domain.leaves(b)
    named = frozenset((a.free_symbols | b.free_symbols) & domain.symbols.keys())
    return named if len(free) > MOST_SHOWN and len(named) < len(free) else free


def strain(x, y) -> int:
    """What it costs a reader to tell two values apart, where they are tiny, huge, nearly alike or nearly whole."""
    sizes = [abs(value) for value in (x, y) if not close(value, mpmath.mpf(0), 45)]
    plain = all(1e-3 < size < 1e4 for size in sizes) and abs(x - y) > max(sizes, default=1) / 100
    return 0 if plain and not any(readable(value).endswith(".0") for value in (x, y)) else STRAINED


def fails(relation: str, point, a: Expr, b: Expr) -> bool:
    """Whether `a relation b` is false at a point."""
    if relation == "=":
        return point.differ(a, b)
    return order.fails(point, b - a if relation in ("<", r"\le") else a - b, relation in ("<", ">"))


def smooth_values(domain, expr: Expr) -> set:
    """The values of declared functions in an expression and in the definitions below it."""
    found = set(expr.atoms(Smooth))
    for symbol in expr.free_symbols:
        if symbol in domain.symbols and domain.body(symbol) is not None:
            found |= smooth_values(domain, domain.body(symbol))
    return found


def spell(domain, symbol) -> str:
    """x[1,2] as x_12, the way the book writes entries."""
    name, index = domain.symbols[symbol]
    declared = domain.setting.declared[name]
    if declared.moment is not None:
        variable, order = declared.moment
        law, rank = domain.setting.declared[variable].law, len(domain.setting.declared[variable].shape)
        if law.kind == "joint":
            return f"E[{' '.join(entry(domain, variable, index[k : k + rank]) for k in range(0, len(index), rank))}]"
        return spelled(entry(domain, variable, index or law.letters), order)
    return entry(domain, name, index)


def entry(domain, name: str, index: tuple) -> str:
    """An entry the way the book writes it: x_12, x^(1)_2."""
    if not index:
        return name
    joined = "".join(map(str, index)) if all(len(str(k)) == 1 for k in index) else ",".join(map(str, index))
    if domain.setting.declared[name].family:
        rest = "".join(map(str, index[1:]))
        return f"{name}^({index[0]})" + (f"_{rest}" if rest else "")
    return f"{name}_{joined}"


def say(domain, expr: Expr) -> str:
    text = str(expr)
    for symbol in sorted(expr.free_symbols, key=lambda s: -len(s.name)):
        if symbol in domain.symbols:
            text = text.replace(symbol.name, spell(domain, symbol))
    return text


def told_apart(x, y) -> tuple[str, str]:
    """Both values, with as many digits as it takes to see that they differ."""
    for digits in (6, 12, 24, 48):
        left, right = readable(x, digits), readable(y, digits)
        if left != right or close(x, y, 45):
            return left, right
    return mpmath.nstr(x, 6), mpmath.nstr(y, 6)  # both next to zero


def readable(value, digits: int = 6) -> str:
    """A whole number or a small fraction where the value is one, otherwise six digits."""
    with mpmath.workdps(50):
        for q in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 20, 25):
            if abs(value) < 10**6 and close(value * q, mpmath.nint(value * q), 25):
                p = int(mpmath.nint(value * q))
                return str(p) if q == 1 else f"{p}/{q}"
        return mpmath.nstr(value, digits)
