r"""`given`: the sizes, symbols, functions and definitions that a derivation may name.

m = 3, 5 \quad n = 2, 4                     sizes, each with the values at which every line is checked
o = \lfloor (n - k) / s \rfloor + 1          a size that follows from others
x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}, y \in (0, 1)^{n}, \alpha \in \mathbb{R}_{>0}
x^{(i)} \in \mathbb{R}^{n}, i = 1, \dots, m   a family of examples
g : \mathbb{R} \to \mathbb{R}                any smooth function
z := W x + b,  c_{ij} := \sum_k W_{ik} x_j   definitions; f(u, v) := ... defines a function
\sum_k y_k = 1,  0 < \beta < 1               assumptions
w_{ij} \sim (0, v) \text{ independent}        a random array, by mean and variance; laws.py lists the other laws
\text{indices from } 0                       where the field counts so
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations, islice

from sympy import Expr, Symbol

from .algebra import Evaluator
from .arrays import Array, EverySize, Explicit
from .deadline import TimeUp, time_limit
from .display import Shown
from .laws import Law
from .syntax import Node, NotationError


@dataclass
class Declared:
    """A symbol of a setting: its shape, what values it takes, and its definition where it has one."""

    name: str
    shape: tuple[Expr, ...]
    position: int
    latex: str
    family: bool = False
    values: str = "real"
    zero_outside: bool = False
    symmetric: bool = False
    constant: int | None = None
    body: Node | None = None
    letters: tuple[str, ...] = ()
    law: Law | None = None
    moment: tuple[str, int] | None = None  # this symbol is an unknown moment: of which variable, and of what order


@dataclass(frozen=True)
class Macro:
    """f(u, v) := body."""

    parameters: tuple[str, ...]
    body: Node
    latex: str


@dataclass
class Assumption:
    """A relation that the derivation may use."""

    relation: str
    left: Node
    right: Node
    latex: str


@dataclass
class Setting(Shown):
    """What a derivation may name.  Made by `given`; `extended` adds to it without changing it."""

    source: str = ""
    sizes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    derived: dict[str, Expr] = field(default_factory=dict)
    declared: dict[str, Declared] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    declarations: list[dict] = field(default_factory=list)
    origin: int = 1

    # -- scope

    def kind(self, name: str) -> str | None:
        if name in self.sizes or name in self.derived:
            return "size"
        if name in self.declared:
            return "family" if self.declared[name].family else "symbol"
        return "function" if name in self.functions else "macro" if name in self.macros else None

    def names(self) -> list[str]:
        symbols = [name for name, declared in self.declared.items() if declared.moment is None]
        return [*self.sizes, *self.derived, *symbols, *self.functions, *self.macros]

    def size_value(self, name: str) -> Expr:
        return self.derived[name] if name in self.derived else Symbol(name, integer=True, positive=True)

    # -- what follows from it

    @property
    def varied(self) -> list[str]:
        """The sizes that are checked at more than one value."""
        return [name for name, values in self.sizes.items() if len(values) > 1]

    @cached_property
    def assignments(self) -> list[dict[str, int]]:
        """The sizes of each check, such as [{"m": 3, "n": 2}, {"m": 5, "n": 4}]."""
        count = max((len(v) for v in self.sizes.values()), default=1)
        return [
            {name: values[k if len(values) > 1 else 0] for name, values in self.sizes.items()} for k in range(count)
        ]

    @cached_property
    def explicit(self) -> list[Explicit]:
        return [Explicit(self, sizes) for sizes in self.assignments]

    @cached_property
    def apart(self) -> Explicit | None:
        """One more choice of sizes, which no small relation ties to those declared; None where sizes are exact.

        A line that rests on m - n = 1, because every declared check happens to have it, fails there.
        """
        names = list(self.sizes)
        if not names or self.exact:
            return None
        smallest_first = chain.from_iterable(_summing_to(total, len(names)) for total in range(8 * len(names) + 1))
        for values in islice(smallest_first, 5000):
            sizes = dict(zip(names, values, strict=True))
            if self._unrelated(sizes):
                return Explicit(self, sizes)
        return None

    @property
    def domains(self) -> list[Explicit]:
        """The declared checks, then the one apart where there is one."""
        return [*self.explicit, *([self.apart] if self.apart else [])]

    def _unrelated(self, sizes: dict[str, int]) -> bool:
        """Whether these sizes are new and unlike, make derived sizes whole, and lie on no line with those declared."""
        checks = self.assignments
        if len(set(sizes.values())) < len(sizes) or any(sizes[n] in self.sizes[n] for n in sizes):
            return False
        for p, q in combinations(sizes, 2):
            rise = [(a[p] - sizes[p], a[q] - sizes[q]) for a in checks]
            if any(x * w == y * v for (x, y), (v, w) in combinations(rise, 2)) or any(
                a[p] * sizes[q] == a[q] * sizes[p] for a in checks
            ):
                return False
        domain = Explicit(self, sizes)
        derived = [expr.xreplace(domain.values) for expr in self.derived.values()]
        return all(value.is_Integer and value >= 2 for value in derived)

    @cached_property
    def every_size(self) -> EverySize:
        return EverySize(self)

    def definition(self, name: str, domain) -> Array | None:
        """The definition of `name` as an array in `domain`; None for a symbol that is free."""
        cache = domain.__dict__.setdefault("definitions", {})
        if name not in cache:
            declared = self.declared[name]
            if declared.body is None:
                cache[name] = None
            else:
                evaluator, letters, body = Evaluator(self, domain), declared.letters, declared.body
                if letters:
                    fixed = len(letters)
                    cache[name] = Array(
                        declared.shape,
                        lambda *i: evaluator.value(body, dict(zip(letters, i, strict=False))).at(*i[fixed:]),
                    )
                else:
                    cache[name] = evaluator.value(body, {})
        return cache[name]

    def parameters(self, declared: Declared, domain, index: tuple) -> list[Array]:
        """The parameters of the law of one entry of a random array."""
        env = dict(zip(declared.law.letters, index, strict=True))
        return [Evaluator(self, domain).value(node, env) for node in declared.law.parameters]

    def chance(self, names: set[str]) -> set[str]:
        """Those of `names` that are random, or are defined by what is random."""
        random = {name for name, declared in self.declared.items() if declared.law is not None}
        return {name for name in names if name in random or random & self.ancestors(name)}

    def names_in(self, node: Node) -> set[str]:
        """The declared names in a syntax tree, those inside functions that the setting defines included."""
        found = set()
        for inner in node.walk():
            if inner.head in ("ref", "member"):
                found.add(inner.children[0])
            elif inner.head == "call" and inner.children[0] in self.macros:
                found |= self.names_in(self.macros[inner.children[0]].body)
        return found

    def ancestors(self, name: str) -> frozenset[str]:
        """Every name that the definition of `name` leads back to."""
        cache = self.__dict__.setdefault("_ancestors", {})
        if name not in cache:
            body = self.declared[name].body if name in self.declared else None
            direct = self.names_in(body) if body else set()
            cache[name] = frozenset(direct.union(*[self.ancestors(n) for n in direct if n != name]))
        return cache[name]

    @property
    def record(self) -> dict:
        return {
            "kind": "setting",
            "name": None,
            "source": self.source,
            "sizes": self.assignments,
            "declarations": self.declarations,
            "verdict": "definition",
        }

    def extended(self, text: str) -> Setting:
        """A new setting: this one and what `text` declares."""
        copy = Setting(
            source=self.source,
            sizes=dict(self.sizes),
            exact=set(self.exact),
            derived=dict(self.derived),
            declared=dict(self.declared),
            functions=dict(self.functions),
            macros=dict(self.macros),
            assumptions=list(self.assumptions),
            declarations=list(self.declarations),
            origin=self.origin,
        )
        from .declarations import Declaring

        try:
            with time_limit():
                Declaring(copy, text).run()
        except TimeUp:
            raise NotationError("this setting takes too long to read", hint="choose smaller sizes") from None
        return copy


def _summing_to(total: int, count: int):
    """Tuples of `count` numbers from 2 to 8 with this sum, in order."""
    if count == 1:
        return iter([(total,)] if 2 <= total <= 8 else [])
    return (
        (first, *rest) for first in range(2, 9) for rest in _summing_to(total - first, count - 1) if total - first >= 2
    )


def given(text: str, setting: Setting | None = None) -> Setting:
    r"""Declare what a derivation may name.

    Parameters
    ----------
    text : str
        Declarations in LaTeX, divided by commas, `\quad`, `\ `, `\\` or new lines; the module's docstring lists them.
    setting : Setting, optional
        A setting to add to; it is not changed.

    Returns
    -------
    Setting

    Raises
    ------
    NotationError
        When a declaration cannot be read, or when the sizes are degenerate: below two, alike, or fewer than two values
        for a size that is not declared with `\text{ exactly}`.

    Examples
    --------
    >>> given(r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n} \\ z := W x").assignments
    [{'n': 3, 'm': 2}, {'n': 5, 'm': 4}]
    """
    return (setting or Setting()).extended(text)
