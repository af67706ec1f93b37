"""Is this NumPy function the derived line? The function itself is run, on arrays of symbols, and its result compared.

NumPy computes with any objects that can add and multiply. Here they are symbols of the setting in which a line was
derived, so what the function returns is a formula, and the checker proves it equal to the line, for all real values. A
function that branches, as a ReLU does, is followed along the branch that a random point takes: each branch that is met
is proved by itself, for all values that take it. Rounding is not looked at: a number of the code is taken as the
simplest fraction that rounds to it, so 0.1 is 1/10.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from sympy import Expr, Integer, Rational

from nblib import functions
from nblib.algebra import Evaluator
from nblib.arrays import Explicit
from nblib.compiled import free_letters
from nblib.derivation import Derivation
from nblib.display import readable
from nblib.equality import equal, unfoldings
from nblib.points import Point, points
from nblib.syntax import Node, NotationError

__all__ = ["CodeProof", "Formula", "WrongCode", "prove_code", "simplest"]

SEEDS = 24  # points, each on the branch of its own


class WrongCode(AssertionError):
    """The function is not the derived line: an entry in which they differ, with both formulas."""


@dataclass(frozen=True)
class CodeProof:
    """The function computes what the line says; shown as a sentence."""

    code: str
    line: str
    sizes: tuple[str, ...]
    branches: int

    def __repr__(self) -> str:
        each = f", on each of {self.branches} branches met" if self.branches > 1 else ""
        return f"{self.code} computes {self.line}: proved for all real values at {' and at '.join(self.sizes)}{each}."


class Formula:
    """A SymPy expression and its value at a point: NumPy computes with the first and branches by the second."""

    __slots__ = ("expr", "point", "path")

    def __init__(self, expr: Expr, point: Point, path: list):
        self.expr, self.point, self.path = expr, point, path

    def _with(self, other, operation, swapped: bool = False):
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = _expression(other)
        left, right = (other, self.expr) if swapped else (self.expr, other)
        return Formula(operation(left, right), self.point, self.path)

    def __add__(self, other): return self._with(other, operator.add)
    def __radd__(self, other): return self._with(other, operator.add, True)
    def __sub__(self, other): return self._with(other, operator.sub)
    def __rsub__(self, other): return self._with(other, operator.sub, True)
    def __mul__(self, other): return self._with(other, operator.mul)
    def __rmul__(self, other): return self._with(other, operator.mul, True)
    def __truediv__(self, other): return self._with(other, operator.truediv)
    def __rtruediv__(self, other): return self._with(other, operator.truediv, True)
    def __pow__(self, other): return self._with(other, operator.pow)
    def __neg__(self): return self._with(-1, operator.mul)
    def __pos__(self): return self

    def _compare(self, other, relation) -> bool:
        """The answer at the point; it is noted, since the result holds only where it is the same."""
        answer = bool(relation(self.point.value(self.expr - _expression(other)), 0))
        self.path.append(answer)
        return answer

    def __gt__(self, other): return self._compare(other, operator.gt)
    def __ge__(self, other): return self._compare(other, operator.ge)
    def __lt__(self, other): return self._compare(other, operator.lt)
    def __le__(self, other): return self._compare(other, operator.le)

    def _of(self, function) -> Formula:
        return Formula(function(self.expr), self.point, self.path)

    # NumPy calls these for np.exp and so on.
    def exp(self): return self._of(functions.exp)
    def log(self): return self._of(functions.log)
    def expm1(self): return self._of(lambda z: functions.exp(z) - 1)
    def log1p(self): return self._of(lambda z: functions.log(1 + z))
    def tanh(self): return self._of(functions.tanh)
    def arctan(self): return self._of(functions.arctan)
    def conjugate(self): return self

    def __repr__(self) -> str:
        return str(self.expr)


def _expression(number) -> Expr:
    if isinstance(number, Formula):
        return number.expr
    if isinstance(number, bool | np.bool_ | int | np.integer):
        return Integer(int(number))
    return Rational(simplest(float(number)))


def simplest(number: float) -> Fraction:
    """The fraction with the smallest denominator, up to 10⁹, that rounds to this float.

    Examples
    --------
    >>> simplest(0.01), simplest(-1 / 6)
    (Fraction(1, 100), Fraction(-1, 6))
    """
    near = Fraction(number).limit_denominator(10**9)
    return near if float(near) == number else Fraction(number)


def prove_code(code: Callable, derivation: Derivation, *names: str) -> CodeProof:
    r"""The function computes the last line of the derivation, for all real values of its arguments.

    Parameters
    ----------
    code : function
        Called with one array for each name, of the shape that the setting declares; returns an array of the shape of
        the line, or a number.
    derivation : Derivation
        Its last right-hand side is what the code should compute; free indices are axes, in the order in which they
        first stand in its chain.
    names : str
        The symbols that become arguments, in this order.

    Returns
    -------
    CodeProof
        Where code or line branch, each branch that 24 points take is proved by itself, and their number is told.

    Raises
    ------
    WrongCode
        The two differ, or their shapes do.
    NotationError
        A name is no array of the setting.

    Examples
    --------
    >>> from nblib import derive, given
    >>> s = given(r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}")
    >>> s = given(r"E := \sum_i (W x)_i^2", s)
    >>> line = derive(r"\frac{\partial E}{\partial x} &= 2 W^\top W x", s)
    >>> prove_code(lambda W, x: 2 * W.T @ (W @ x), line, "W", "x")
    the function computes ∂E/∂x: proved for all real values at n = 3, m = 2 and at n = 5, m = 4.
    """
    setting = derivation.setting
    unknown = [name for name in names if setting.kind(name) != "symbol"]
    if unknown:
        known = ", ".join(setting.declared)
        raise NotationError(f"{unknown[0]} is no array of this setting", hint=f"declared: {known}")
    branches = 0
    for domain in setting.explicit:
        shape, line = _entries(derivation.last_chain, domain)
        branches = max(branches, _prove_at(code, domain, names, shape, line))
    sizes = [", ".join(f"{readable(name)} = {n}" for name, n in a.items()) for a in setting.assignments]
    return CodeProof(_name(code), _left(derivation), tuple(sizes), branches)


def _entries(nodes: Sequence[Node], domain: Explicit) -> tuple[tuple[int, ...], dict[tuple, Expr]]:
    """The shape of the last of these sides, free indices first, and every entry of it."""
    evaluator, (*_, node) = Evaluator(domain.setting, domain), nodes
    letters = free_letters(nodes)
    start = dict.fromkeys(letters, domain.setting.origin)
    ranges = [domain.range(*evaluator.limits_of(letter, nodes, node, start)) for letter in letters]
    line = {}
    for values in product(*ranges):
        array = evaluator.value(node, dict(zip(letters, values, strict=True)))
        line |= {values + index: array.at(*index) for index in domain.indices(array.shape)}
    return (*map(len, ranges), *[domain.size(size) for size in array.shape]), line


def _prove_at(code: Callable, domain: Explicit, names: tuple[str, ...], shape: tuple[int, ...], line: dict) -> int:
    """The number of branches that were met and proved, at the sizes of this domain."""
    met = set()
    for point in points(domain, SEEDS, list(line.values())):
        path: list[bool] = []
        got = np.asarray(code(*[_symbols(domain, name, point, path) for name in names]), dtype=object)
        if got.shape != shape:
            raise WrongCode(f"{_name(code)} returns the shape {got.shape}; the line has the shape {shape}, at "
                            f"{_where(domain)}.\n  A column of shape (n, 1) is a vector after [:, 0].")
        full = {index: _on_branch(domain, expr, point) for index, expr in line.items()}
        branch = (tuple(path), tuple(sorted(full.items(), key=str)) if path else ())
        if branch in met:
            continue
        met.add(branch)
        for index, entry in zip(line, got.flat, strict=True):
            _compare(domain, index, _on_branch(domain, _expression(entry), point), full[index], point, _name(code))
        if not path and all(full[index] == _unfolded(domain, line[index]) for index in line):
            break  # neither side branches
    return len(met)


def _compare(domain: Explicit, index: tuple, code: Expr, line: Expr, point: Point, name: str) -> None:
    """Raise WrongCode unless the two expressions are proved equal."""
    if equal(domain, code, line):
        return
    at = ", ".join(map(str, index))
    values = ", ".join(f"{s} = {v}" for s, v in list(point.given.items())[:6])
    differ = point.differ(code, line)
    how = (f"at {values} … they are {float(point.value(code)):.6g} and {float(point.value(line)):.6g}" if differ
           else "they agree at a point, but no proof was found: derive the line in smaller steps")
    short = lambda expr: str(expr) if len(str(expr)) < 300 else str(expr)[:300] + " …"  # noqa: E731
    raise WrongCode(f"{name} is not the derived line, at {_where(domain)}" + (f", entry ({at})" if at else "") + ":\n"
                    f"    code     {short(code)}\n    derived  {short(line)}\n  {how}.")


def _symbols(domain: Explicit, name: str, point: Point, path: list) -> np.ndarray:
    """The array of this name, its entries symbols."""
    shape = domain.setting.declared[name].shape
    sizes, first = tuple(domain.size(size) for size in shape), domain.setting.origin
    out = np.empty(sizes, dtype=object)
    for index in product(*map(range, sizes)):
        out[index] = Formula(domain.entry(name, tuple(first + k for k in index)), point, path)
    return out


def _unfolded(domain: Explicit, expr: Expr) -> Expr:
    *_, full = unfoldings(domain, expr)
    return full


def _on_branch(domain: Explicit, expr: Expr, point: Point) -> Expr:
    """The expression as it is near the point: without steps, maxima and absolute values."""
    expr = _unfolded(domain, expr)
    kinds = (functions.step, functions.relu, functions.absolute, functions.sign, functions.largest, functions.route)
    while True:
        found = [a for a in expr.atoms(*kinds) if not any(b.atoms(*kinds) for b in a.args)]
        if not found:
            return expr
        expr = expr.xreplace({a: _near(a, point) for a in found})


def _near(call: Expr, point: Point) -> Expr:
    """The analytic function that equals this call around the point."""
    values = [point.value(a) for a in call.args]
    up, z = values[0] > 0, call.args[0]
    if isinstance(call, functions.largest):
        return call.args[values.index(max(values))]
    if isinstance(call, functions.route):
        return Integer(int(values[int(z)] == max(values[1:])))
    return {"step": Integer(int(up)), "relu": z if up else Integer(0), "absolute": z if up else -z,
            "sign": Integer(1 if up else -1)}[type(call).__name__]


def _where(domain: Explicit) -> str:
    return ", ".join(f"{readable(name)} = {n}" for name, n in domain.sizes.items())


def _name(code: Callable) -> str:
    name = getattr(code, "__name__", type(code).__name__)
    return "the function" if name == "<lambda>" else name


def _left(derivation: Derivation) -> str:
    return derivation.name or readable(derivation.lines[0].left)
