"""Arrays of SymPy expressions, and the two domains in which a syntax tree is evaluated.

`Explicit` has numbers for sizes and writes every sum out; its entries are the symbols `x[2]`, `W[1,3]`. `EverySize`
keeps sizes and indices symbolic and writes sums as `IndexSum`; it is what a proof for every size works on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from sympy import Add, Dummy, Expr, Function, Integer, Mul, Pow, Symbol

from .functions import KINKED, largest
from .syntax import NotationError

MAX_TERMS, MAX_EXPONENT, MAX_BITS = 20_000, 64, 4096


class Array:
    """An array of expressions: its shape (sizes as SymPy expressions) and a function from indices to
    entries, cached.
    """

    __slots__ = ("shape", "_at", "_cache")

    def __init__(self, shape: tuple[Expr, ...], at: Callable[..., Expr]):
        self.shape, self._at, self._cache = shape, at, {}

    @classmethod
    def number(cls, value: Expr) -> Array:
        return cls((), lambda: value)

    def at(self, *index) -> Expr:
        if index not in self._cache:
            self._cache[index] = self._at(*index)
        return self._cache[index]

    @property
    def rank(self) -> int:
        return len(self.shape)


def shape_text(shape: tuple[Expr, ...]) -> str:
    """How messages write a shape: a number, a vector of n, an m × n matrix."""
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a vector of {shape[0]}"
    word = "row" if shape[0] == 1 and len(shape) == 2 else "matrix" if len(shape) == 2 else "array"
    return f"a {' × '.join(str(s) for s in shape)} {word}"


class Outside(Exception):
    """What EverySize cannot express: the proof for every size is not tried."""


class OutOfRange(Exception):
    """An index that leaves its array."""


class IndexSum(Function):
    """IndexSum(body, k, low, high): the sum of `body` over k = low..high, for symbolic limits."""


class Entry(Function):
    """Entry(name, i, j): an entry of a declared array at symbolic indices, zero outside its range."""


class Delta(Function):
    """Kronecker's delta of two symbolic indices."""


class InRange(Function):
    """InRange(e, low, high): 1 when the integer e lies within low..high, else 0."""


# ------------------------------------------------------------------------------------------------------------- domains


class Explicit:
    """Arrays at stated sizes.  `sizes` maps each size's name to its number."""

    every_size = False

    def __init__(self, setting, sizes: dict[str, int]):
        self.setting, self.sizes = setting, sizes
        self.values = {Symbol(name, integer=True, positive=True): Integer(n) for name, n in sizes.items()}
        self.symbols: dict[Symbol, tuple[str, tuple[int, ...]]] = {}
        self.entries: dict[tuple, Expr] = {}
        self.bodies: dict[Symbol, Expr] = {}
        self.rests_on: dict[Expr, frozenset[Symbol]] = {}
        self.kinks: dict[Expr, bool] = {}
        self.assumed: dict[Symbol, Expr] | None = None  # what the assumptions say: see assumptions.py
        self.limits: list[tuple[str, Expr, Expr]] | None = None
        self.terms = 0

    def size(self, expr: Expr) -> int:
        value = expr.xreplace(self.values)
        if not value.is_Integer:
            raise NotationError(f"{expr} is {value} here, which is not a whole number")
        return int(value)

    def number(self, expr: Expr) -> Expr:
        return expr.xreplace(self.values)

    def range(self, low: Expr, high: Expr) -> range:
        low, high = self.number(low), self.number(high)
        if not (low.is_Integer and high.is_Integer):
            raise NotationError(f"the limits {low} and {high} of this sum are not whole numbers")
        self.terms += max(0, int(high) - int(low) + 1)
        if int(high) - int(low) > MAX_TERMS or self.terms > 50 * MAX_TERMS:
            raise NotationError(
                f"this sum has {int(high) - int(low) + 1} terms; that is too many to write out",
                hint="choose smaller sizes",
            )
        return range(int(low), int(high) + 1)

    def total(self, low, high, body) -> Expr:
        return Add(*[body(k) for k in self.range(low, high)])

    def product(self, low, high, body) -> Expr:
        return Mul(*[body(k) for k in self.range(low, high)])

    def extreme(self, low, high, body) -> Expr:
        return maximum([body(k) for k in self.range(low, high)])

    def axis(self, size: Expr) -> range:
        """The indices of an axis."""
        return range(self.setting.origin, self.setting.origin + self.size(size))

    def indices(self, shape) -> Iterator[tuple[int, ...]]:
        return product(*map(self.axis, shape))

    def delta(self, i, j) -> Expr:
        return Integer(1 if i == j else 0)

    def index(self, value: Expr) -> int:
        value = self.number(value)
        if not value.is_Integer:
            raise NotationError(f"an index is a whole number, not {value}")
        return int(value)

    def entry(self, name: str, index: tuple[int, ...]) -> Expr:
        key = (name, index)
        if key not in self.entries:
            self.entries[key] = self._entry(name, index)
        return self.entries[key]

    def _entry(self, name, index) -> Expr:
        declared, first = self.setting.declared[name], self.setting.origin
        for k, size in zip(index, declared.shape, strict=False):
            if not first <= k < first + self.size(size):
                if declared.zero_outside:
                    return Integer(0)
                raise OutOfRange(
                    f"{name} has no entry {', '.join(map(str, index))}: "
                    f"its indices run from {first} to {first + self.size(size) - 1} there"
                )
        if declared.symmetric:
            index = tuple(sorted(index))
        symbol = Symbol(name + ("[" + ",".join(map(str, index)) + "]" if index else ""))
        self.symbols[symbol] = (name, index)
        if declared.constant is not None:
            return Integer(declared.constant)
        return symbol

    def body(self, symbol: Symbol) -> Expr | None:
        """The definition of an entry in terms of earlier entries; None for a free symbol."""
        if symbol not in self.bodies:
            name, index = self.symbols[symbol]
            array = self.setting.definition(name, self)
            self.bodies[symbol] = None if array is None else array.at(*index)
        return self.bodies[symbol]

    def leaves(self, expr: Expr) -> frozenset[Symbol]:
        """The free symbols that an expression rests on, through every definition."""
        if expr not in self.rests_on:
            found: set[Symbol] = set()
            for symbol in expr.free_symbols & self.symbols.keys():
                body = self.body(symbol)
                found |= {symbol} if body is None else self.leaves(body)
            self.rests_on[expr] = frozenset(found)
        return self.rests_on[expr]

    def hides_kink(self, expr: Expr) -> bool:
        """Whether a definition that an expression rests on is made of pieces."""
        if expr not in self.kinks:
            bodies = [self.body(symbol) for symbol in expr.free_symbols & self.symbols.keys()]
            self.kinks[expr] = any(body.has(*KINKED) or self.hides_kink(body) for body in bodies if body is not None)
        return self.kinks[expr]

    def derivative(self, expr: Expr, name: str, index: tuple[int, ...]) -> Expr:
        from .differentiate import gradient

        self.entry(name, index)
        return gradient(self, expr, name).get(self.entry(name, index), Integer(0))

    def expectation(self, expr: Expr) -> Expr:
        from .moments import expectation

        return expectation(self, expr)


class EverySize:
    """Arrays of symbolic size: indices are integer symbols, sums are IndexSum over symbols κ1, κ2, ... numbered from
    inside.
    """

    every_size = True

    def __init__(self, setting):
        self.setting = setting
        self.bodies: dict[str, object] = {}
        self.kinks: dict[str, bool] = {}

    def number(self, expr: Expr) -> Expr:
        return expr

    def total(self, low, high, body) -> Expr:
        probe = Dummy(integer=True)
        inner = body(probe)
        if inner == 0:
            return inner
        index = bound_symbol(1 + max((int(s.name[1:]) for s in inner.free_symbols if s.name[:1] == "κ"), default=0))
        return IndexSum(inner.xreplace({probe: index}), index, low, high)

    def product(self, low, high, body) -> Expr:
        raise Outside("a product over a symbolic range")

    extreme = product

    def delta(self, i, j) -> Expr:
        if i == j:
            return Integer(1)
        if (i - j).is_Integer:
            return Integer(0)
        return Delta(i, j)

    def index(self, value: Expr) -> Expr:
        return value

    def entry(self, name, index) -> Expr:
        declared = self.setting.declared[name]
        if declared.constant is not None:
            return Integer(declared.constant)
        if declared.symmetric:
            index = tuple(sorted(index, key=str))
        return Entry(Symbol(name), *index)

    def hides_kink(self, expr: Expr) -> bool:
        """Whether a definition that an expression rests on is made of pieces."""
        return any(self.kinked(entry.args[0].name) for entry in expr.atoms(Entry))

    def kinked(self, name: str) -> bool:
        """Whether the definition of a name is made of pieces."""
        if name not in self.kinks:
            try:
                array = self.setting.definition(name, self)
                body = array and array.at(*[Dummy(integer=True) for _ in array.shape])
                self.kinks[name] = bool(body) and (body.has(*KINKED) or self.hides_kink(body))
            except Outside:  # a maximum over a symbolic range
                self.kinks[name] = True
        return self.kinks[name]

    def derivative(self, expr: Expr, name: str, index) -> Expr:
        from .differentiate import derivative_every_size

        return derivative_every_size(self, expr, name, index)

    def expectation(self, expr: Expr) -> Expr:
        from .moments import expectation_every_size

        return expectation_every_size(self, expr)


def bound_symbol(depth: int) -> Symbol:
    return Symbol(f"κ{depth}", integer=True)


def maximum(entries: list[Expr]) -> Expr:
    """The largest of these numbers."""
    return entries[0] if len(entries) == 1 else largest(*entries)


def power(base: Expr, exponent: Expr) -> Expr:
    """base ** exponent, refusing what would be too large to write."""
    if exponent.is_Integer and base.is_Rational and base not in (0, 1, -1):
        bits = max(abs(base.p).bit_length(), base.q.bit_length()) * abs(int(exponent))
        if bits > MAX_BITS:
            raise NotationError(f"{base} to the power {exponent} is too large")
    if exponent.is_Integer and abs(int(exponent)) > MAX_EXPONENT and not base.is_Rational:
        raise NotationError(f"a power of {exponent} is too high to check")
    if exponent.is_Integer and exponent < 0 and base == 0:
        raise NotationError("this divides by zero")
    return Pow(base, exponent)
