"""A checked right-hand side as a NumPy function, for comparison with the numeric gradient."""

from __future__ import annotations

from collections.abc import Sequence

from .algebra import Evaluator
from .arrays import Explicit
from .functions import BUILT_IN, Known, Smooth
from .setting import Setting
from .syntax import Node, NotationError, ShapeError, free_indices


def function(setting: Setting, nodes: list[Node], names: tuple[str, ...], source: str):
    r"""The last of `nodes` (the sides of a derivation) as a function of the named arrays.

    Parameters
    ----------
    names : str
        The symbols that become arguments, in this order; every free symbol that the expression rests on must be among
        them, or be defined in terms of them.

    Returns
    -------
    callable
        Takes one array (or number) for each name; its sizes are read off the arrays, and need not be those that were
        checked.  Returns a float array of the shape of the derived expression; complex input stays complex.
        Raises ShapeError when shapes do not fit each other.
    """
    for name in names:
        if setting.kind(name) not in ("symbol", "family"):
            raise NotationError(
                f"{name} is not a symbol of this setting", hint=f"declared: {', '.join(setting.declared)}"
            )
    node, letters = nodes[-1], free_letters(nodes)

    def compiled(*arrays):
        import numpy as np

        if len(arrays) != len(names):
            raise TypeError(f"{len(names)} arrays are needed ({', '.join(names)}), not {len(arrays)}")
        values = {name: np.asarray(a) for name, a in zip(names, arrays, strict=False)}
        domain = Explicit(setting, _sizes(setting, values, node))
        evaluator = Evaluator(setting, domain)
        numbers = _Numbers(domain, values)
        if letters:
            first = setting.origin
            limits = {c: evaluator.limits_of(c, nodes, node, dict.fromkeys(letters, first)) for c in letters}
            shape = tuple(len(domain.range(*limits[c])) for c in letters)
            inner = lambda index: evaluator.value(node, dict(zip(letters, index, strict=False)))  # noqa: E731
            probe = inner((first,) * len(letters))
            full = shape + tuple(domain.size(s) for s in probe.shape)
            out = [numbers.value(inner(i[: len(letters)]).at(*i[len(letters) :])) for i in _indices(full, first)]
            return np.array(out).reshape(full)
        array = evaluator.value(node, {})
        full = tuple(domain.size(s) for s in array.shape)
        out = np.array([numbers.value(array.at(*i)) for i in _indices(full, setting.origin)])
        return out.reshape(full) if full else out[0]

    compiled.__doc__ = f"{source.strip()} as a function of {', '.join(names)}."
    return compiled


def free_letters(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The free indices of these sides of one statement, in the order in which they first stand there."""
    free = set().union(*[free_indices(node) for node in nodes])
    found = (n.children[0] for side in nodes for n in side.walk() if n.head == "index")
    return tuple(dict.fromkeys(letter for letter in found if letter in free))


def _indices(shape, first):
    from itertools import product

    return product(*[range(first, first + n) for n in shape])


def _needed(setting: Setting, node: Node, given: set[str]) -> set[str]:
    """The sizes that the value of `node` rests on, when the arrays in `given` are known."""
    found, seen, waiting = set(), set(given), [node]
    while waiting:
        node = waiting.pop()
        found |= {n.children[0] for n in node.walk() if n.head == "ref" and setting.kind(n.children[0]) == "size"}
        for name in setting.names_in(node) & setting.declared.keys():
            found |= {s.name for size in setting.declared[name].shape for s in size.free_symbols}
            if name not in seen and setting.declared[name].body is not None:
                waiting.append(setting.declared[name].body)
            seen.add(name)
    return found


def _sizes(setting: Setting, values: dict, node: Node) -> dict[str, int]:
    """The number of each size, read off the arrays; a ShapeError names arrays that do not agree."""
    from sympy import Symbol

    found: dict[str, tuple[int, str]] = {}
    for name, array in values.items():
        shape = setting.declared[name].shape
        if array.ndim != len(shape):
            raise ShapeError(
                f"{name} has {array.ndim} axes; it is declared with {len(shape)}",
                hint="no array is broadcast or squeezed",
            )
        for size, n in zip(shape, array.shape, strict=False):
            if isinstance(size, Symbol):
                known = found.setdefault(size.name, (n, name))
                if known[0] != n:
                    raise ShapeError(
                        f"{size} is {known[0]} in {known[1]} and {n} in {name}",
                        hint="no array is broadcast: give arrays of fitting shapes",
                    )
    sizes = {n: setting.sizes[n][0] for n in setting.exact} | {n: v for n, (v, _) in found.items()}
    missing = sorted(_needed(setting, node, set(values)) & setting.sizes.keys() - sizes.keys())
    if missing:
        raise NotationError(
            f"the size {', '.join(missing)} cannot be read off the arrays {', '.join(values)}",
            hint=f"let an array that has an axis of {missing[0]} be an argument, too",
        )
    domain = Explicit(setting, sizes)
    for name, array in values.items():
        expected = tuple(domain.size(s) for s in setting.declared[name].shape)
        if expected != array.shape:
            raise ShapeError(
                f"{name} has shape {array.shape}; the other arrays call for {expected}", hint="no array is broadcast"
            )
    return sizes


class _Numbers:
    """Evaluates entries with NumPy numbers, definitions followed; each subexpression once."""

    def __init__(self, domain: Explicit, values: dict):
        self.domain, self.values, self.known = domain, values, {}

    def value(self, expr):
        if expr not in self.known:
            self.known[expr] = self._value(expr)
        return self.known[expr]

    def _value(self, expr):
        import math

        if expr.is_Rational:
            return expr.p / expr.q
        if expr.is_Symbol:
            return self.symbol(expr)
        if expr.is_Add:
            return sum(self.value(a) for a in expr.args)
        if expr.is_Mul:
            return math.prod(self.value(a) for a in expr.args)
        if expr.is_Pow:
            return self.value(expr.base) ** int(expr.exp)
        if isinstance(expr, Known) and not isinstance(expr, Smooth):
            return _NUMPY[type(expr).__name__](*[self.value(a) for a in expr.args])
        if expr.is_number:
            return float(expr)
        raise NotationError(
            f"{expr} has no numeric value: it holds a function of which nothing is known",
            hint="define the function in the setting, or give its values as an array",
        )

    def symbol(self, symbol):
        name, index = self.domain.symbols[symbol]
        if name in self.values:
            first = self.domain.setting.origin
            return self.values[name][tuple(k - first for k in index)]
        body = self.domain.body(symbol)
        if body is None:
            raise NotationError(f"{name} has no value", hint=f"add {name} to the arguments of the function")
        return self.value(body)


def _numpy_functions() -> dict:
    import numpy as np

    def sigma(z):
        return 1 / (1 + np.exp(-z))

    table = {
        "exp": np.exp,
        "log": np.log,
        "sigma": sigma,
        "tanh": np.tanh,
        "sinh": np.sinh,
        "cosh": np.cosh,
        "sin": np.sin,
        "cos": np.cos,
        "arctan": np.arctan,
        "softplus": lambda z: np.log1p(np.exp(z)),
        "step": lambda z: 1.0 * (np.real(z) > 0),
        "relu": lambda z: z * (np.real(z) > 0),
        "sign": lambda z: np.sign(np.real(z)),
        "absolute": lambda z: z * np.sign(np.real(z)),
        "root": np.sqrt,
        "largest": lambda *z: max(z, key=np.real),
        "route": lambda k, *z: 1.0 * (np.real(z[int(k) - 1]) == max(np.real(a) for a in z)),
    }
    assert BUILT_IN.keys() - {"ln", "ReLU"} <= table.keys()
    return table


class _Lazy(dict):
    def __missing__(self, key):
        self.update(_numpy_functions())
        return self[key]


_NUMPY = _Lazy()
