"""Syntax tree -> arrays of SymPy expressions.

One evaluator serves both domains of arrays.py. Definitions are never unfolded here: `z_1` stays `z_1`. Shapes are
compared as symbols (m, n), so two sizes that happen to be equal numbers never pass for one another, and nothing
broadcasts except a number added to an array.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from sympy import Add, Dummy, Expr, Integer, Mul, Rational, ceiling, floor, pi
from sympy import E as euler

from .arrays import Array, OutOfRange, Outside, maximum, power, shape_text
from .functions import BUILT_IN, Smooth, absolute, derivative, exp, largest, log, relu, root, route, smooth, step
from .syntax import AVERAGES, Node, NotationError, ShapeError, free_indices


class Evaluator:
    """Evaluates syntax trees of one setting in one domain.  `env` maps index letters to integers or integer symbols."""

    def __init__(self, setting, domain):
        self.setting, self.domain = setting, domain
        self.local: dict[str, Array] = {}  # parameters of the macro that is being evaluated

    def fail(self, message: str, node: Node, hint: str = "", kind=NotationError):
        error = kind(message, hint=hint)
        error.span = node.span
        raise error

    def value(self, node: Node, env: dict) -> Array:
        method = getattr(self, "_" + node.head, None)
        if method is None:
            self.fail("this cannot stand here", node)
        try:
            return method(node, env)
        except NotationError as error:
            if error.span == (0, 0) and not error.text:
                error.span = node.span
            raise

    # -- leaves

    def _num(self, node, env):
        return Array.number(node.children[0])

    def _constant(self, node, env):
        return Array.number(pi if node.children[0] == "pi" else euler if self.domain.every_size else exp(Integer(1)))

    def _index(self, node, env):
        if node.children[0] not in env:
            self.fail(
                f"the index {node.children[0]} has no value here",
                node,
                "an index belongs to a sum, or stands on both sides",
            )
        value = env[node.children[0]]
        return Array.number(Integer(value) if isinstance(value, int) else value)

    def _ref(self, node, env):
        name = node.children[0]
        if name in self.local:
            return self.local[name]
        kind = self.setting.kind(name)
        if kind == "size":
            return Array.number(self.domain.number(self.setting.size_value(name)))
        if kind == "family":
            self.fail(f"{name} needs its number: {name}^{{(i)}}", node)
        return Array(self.setting.declared[name].shape, lambda *index: self.domain.entry(name, index))

    def _member(self, node, env):
        name, index = node.children
        at = self.integer(index, env)
        shape = self.setting.declared[name].shape
        return self.guarded(node, Array(shape[1:], lambda *rest: self.domain.entry(name, (at, *rest))))

    def guarded(self, node, array: Array) -> Array:
        def at(*index):
            try:
                return array.at(*index)
            except OutOfRange as error:
                self.fail(
                    str(error),
                    node,
                    r"declare the array with \text{ zero outside} if it is meant to vanish there, "
                    "or give the range of the sum",
                )

        return Array(array.shape, at)

    def integer(self, node: Node, env) -> object:
        known = None if self.domain.every_size else self.whole(node, env)
        if known is not None:
            return known
        array = self.value(node, env)
        if array.rank:
            self.fail(f"an index is a whole number, not {shape_text(array.shape)}", node)
        try:
            return self.domain.index(array.at())
        except NotationError as error:
            self.fail(error.message, node)

    def whole(self, node: Node, env) -> int | None:
        """The value of an index made of whole numbers, letters and sizes alone, found without SymPy; else None."""
        head, first = node.head, node.children[0]
        if head == "index":
            return env.get(first)
        if head == "num":
            return int(first) if first.is_Integer else None
        if head == "ref" and first not in self.local and self.setting.kind(first) == "size":
            return self.domain.size(self.setting.size_value(first))
        if head not in ("neg", "add", "mul"):
            return None
        values = [self.whole(child, env) for child in node.children]
        if None in values:
            return None
        return -values[0] if head == "neg" else sum(values) if head == "add" else prod(values)

    def slots(self, node: Node, rank: int) -> tuple[Node, ...]:
        _base, items, split = node.children
        if len(items) == rank:
            return items
        if split and len(split) == rank:
            return split
        if split and len(split) < rank and len(items) == 1:
            items = split
        self.fail(
            f"{len(items)} index{'es' if len(items) > 1 else ''} for {shape_with_rank(rank)}",
            node,
            "write one index for each axis, separated by commas",
            ShapeError,
        )

    def _at(self, node, env):
        base = self.value(node.children[0], env)
        if base.rank == 0:
            self.fail("a number has no entries", node, "declare it as a vector, or remove the subscript", ShapeError)
        slots = self.slots(node, base.rank)
        fixed = [None if slot.head == "colon" else self.integer(slot, env) for slot in slots]
        shape = tuple(s for s, k in zip(base.shape, fixed, strict=False) if k is None)

        def at(*index):
            rest = iter(index)
            return base.at(*[next(rest) if k is None else k for k in fixed])

        self.check_range(base, fixed, node)
        return self.guarded(node, Array(shape, at))

    def check_range(self, base, fixed, node):
        """Entries of computed arrays: an index outside the shape is an error (declared arrays check for themselves)."""
        if self.domain.every_size or node.children[0].head == "ref" and node.children[0].children[0] not in self.local:
            return
        first = self.setting.origin
        for size, k in zip(base.shape, fixed, strict=False):
            if k is not None and not first <= k < first + self.domain.size(size):
                self.fail(f"the index {k} leaves the range {first} to {first + self.domain.size(size) - 1}", node)

    # -- sums and products

    def _neg(self, node, env):
        inner = self.value(node.children[0], env)
        return Array(inner.shape, lambda *i: -inner.at(*i))

    def _add(self, node, env):
        terms = [self.value(child, env) for child in node.children]
        shape = self.common(terms, node, "added to")
        for term, child in zip(terms, node.children, strict=True):
            if shape and not term.rank and free_indices(child):
                self.fail(
                    f"an entry is added to {shape_text(shape)}",
                    child,
                    "give the other terms the same index; only a number without one is added to every entry; "
                    r"or multiply it by a vector of ones, \mathbf{1}, declared with its size",
                    ShapeError,
                )
        return Array(shape, lambda *i: Add(*[t.at(*i) if t.rank else t.at() for t in terms]))

    def common(self, arrays, node, verb) -> tuple:
        """The one shape of these arrays, numbers apart; a ShapeError that names the first that does not fit."""
        shaped = [(a, n) for a, n in zip(arrays, node.children, strict=False) if a.rank]
        for array, child in shaped[1:]:
            if array.shape != shaped[0][0].shape:
                flipped = array.rank == 2 and array.shape[::-1] == shaped[0][0].shape
                self.fail(
                    f"{shape_text(array.shape)} cannot be {verb} {shape_text(shaped[0][0].shape)}",
                    child,
                    "it is the transpose that would fit"
                    if flipped
                    else "only a number may be added to every entry of an array",
                    ShapeError,
                )
        return shaped[0][0].shape if shaped else ()

    def _mul(self, node, env):
        arrays = [self.value(child, env) for child in node.children]
        result = arrays[0]
        for right in arrays[1:]:
            result = self.multiply(result, right, node)
        return result

    def _times(self, node, env):
        return self.multiply(*[self.value(c, env) for c in node.children], node)

    def _dot(self, node, env):
        left, right = (self.value(c, env) for c in node.children)
        if left.rank == right.rank == 1:
            return self.inner(left, right, node)
        return self.multiply(left, right, node)

    def _inner(self, node, env):
        left, right = (self.value(c, env) for c in node.children)
        return self.inner(left, right, node)

    def inner(self, left, right, node):
        if left.shape != right.shape:
            self.fail(
                f"the inner product of {shape_text(left.shape)} and {shape_text(right.shape)} does not exist",
                node,
                "both must have the same shape",
                ShapeError,
            )
        return Array.number(self.contract(left.shape, lambda *k: left.at(*k) * right.at(*k)))

    def contract(self, shape, body) -> Expr:
        if not shape:
            return body()
        low = Integer(self.setting.origin)
        return self.domain.total(
            low, shape[0] + low - 1, lambda k: self.contract(shape[1:], lambda *rest: body(k, *rest))
        )

    def multiply(self, a: Array, b: Array, node: Node) -> Array:
        """The product that the shapes call for; columns are vectors, x^\\top is a row."""
        if not a.rank or not b.rank:
            number, array = (a, b) if not a.rank else (b, a)
            return Array(array.shape, lambda *i: number.at() * array.at(*i))
        first = Integer(self.setting.origin)
        if a.rank <= 2 and b.rank <= 2:
            if a.rank == 1 and b.rank == 2 and b.shape[0] == 1:
                return Array((a.shape[0], b.shape[1]), lambda i, j: a.at(i) * b.at(self.domain.index(first), j))
            if a.rank == 2 and a.shape[1] == b.shape[0]:
                inner = a.shape[1]
                low, high = first, inner + first - 1
                if a.shape[0] == 1 and b.rank == 1:
                    row = self.domain.index(first)
                    return Array.number(self.domain.total(low, high, lambda k: a.at(row, k) * b.at(k)))
                if b.rank == 1:
                    return Array(a.shape[:1], lambda i: self.domain.total(low, high, lambda k: a.at(i, k) * b.at(k)))
                return Array(
                    (a.shape[0], b.shape[1]),
                    lambda i, j: self.domain.total(low, high, lambda k: a.at(i, k) * b.at(k, j)),
                )
        self.fail(
            f"{shape_text(a.shape)} times {shape_text(b.shape)} does not fit", node, self.mend_product(a, b), ShapeError
        )

    @staticmethod
    def mend_product(a: Array, b: Array) -> str:
        if a.rank == b.rank == 1:
            same = r"; x \odot y multiplies entry by entry, x^\top y gives a number" if a.shape == b.shape else ""
            return r"two columns: x y^\top gives a matrix" + same
        if a.shape == b.shape:
            return r"the shapes are alike: write \odot for the product entry by entry, or transpose one of them"
        if a.rank == 2 and a.shape[0] == b.shape[0]:
            return r"the transpose of the left factor would fit: write ^\top"
        if b.rank == 2 and a.rank == 2 and a.shape[1] == b.shape[1]:
            return r"the transpose of the right factor would fit: write ^\top"
        if b.rank <= 2 and b.rank and a.rank and b.shape[-1 if b.rank == 2 else 0] == a.shape[0]:
            return "the other order would fit"
        return "the inner sizes must agree; write it with indices and a sum if another product is meant"

    def _had(self, node, env):
        arrays = [self.value(child, env) for child in node.children]
        for array, child in zip(arrays[1:], node.children[1:], strict=False):
            if array.shape != arrays[0].shape or not array.rank:
                self.fail(
                    rf"\odot between {shape_text(arrays[0].shape)} and {shape_text(array.shape)}",
                    child,
                    r"\odot multiplies arrays of one shape entry by entry",
                    ShapeError,
                )
        return Array(arrays[0].shape, lambda *i: Mul(*[a.at(*i) for a in arrays]))

    def _div(self, node, env):
        top, bottom = (self.value(child, env) for child in node.children)
        if bottom.rank:
            self.fail(
                f"division by {shape_text(bottom.shape)}",
                node.children[1],
                "divide entry by entry with indices: \\frac{a_i}{b_i}",
                ShapeError,
            )
        divisor = bottom.at()
        if divisor == 0:
            self.fail("this divides by zero", node.children[1])
        inverse = power(divisor, Integer(-1))
        return Array(top.shape, lambda *i: top.at(*i) * inverse)

    def _pow(self, node, env):
        norm, times = node.children
        if norm.head == "norm" and times.head == "num" and times.children[0] % 2 == 0:  # needs no root
            return Array.number(power(self.square_of_length(norm, env), times.children[0] / 2))
        base, exponent = (self.value(child, env) for child in node.children)
        if exponent.rank:
            self.fail("an exponent is a number", node.children[1], kind=ShapeError)
        p = exponent.at()
        if base.rank == 2 and p == -1:
            return self.inverse(base, node)
        if base.rank:
            self.fail(
                f"a power of {shape_text(base.shape)}",
                node,
                r"write x \odot x entry by entry, x^\top x or \lVert x \rVert^2 for the square of the length, "
                "A A for a matrix",
                ShapeError,
            )
        if p == Rational(1, 2) or p == Rational(-1, 2):
            return Array.number(power(root(base.at()), Integer(1 if p > 0 else -1)))
        if not p.is_Integer:
            if p.free_symbols and p.is_integer:
                raise Outside("a power with a symbolic size")
            return Array.number(exp(p * log(base.at())))  # a real exponent, of a base that must be positive
        return Array.number(power(base.at(), p))

    def inverse(self, base, node):
        if self.domain.every_size:
            raise Outside("an inverse matrix")
        if base.shape[0] != base.shape[1]:
            self.fail(f"{shape_text(base.shape)} has no inverse", node, "only a square matrix has", ShapeError)
        n = self.domain.size(base.shape[0])
        if n > 4:
            self.fail("inverses are written out up to 4 × 4", node, "choose a smaller size")
        from sympy import Matrix

        first = self.setting.origin
        matrix = Matrix(n, n, lambda i, j: base.at(i + first, j + first))
        adjugate, determinant = matrix.adjugate(), matrix.det(method="berkowitz")
        return Array(base.shape, lambda i, j: adjugate[i - first, j - first] / determinant)

    def _transpose(self, node, env):
        inner = self.value(node.children[0], env)
        if inner.rank == 0:
            return inner
        if inner.rank == 1:
            return Array((Integer(1), *inner.shape), lambda _, j: inner.at(j))
        if inner.rank > 2:
            self.fail(f"the transpose of {shape_text(inner.shape)}", node, "write it with indices", ShapeError)
        if inner.shape[0] == 1:
            return Array(inner.shape[1:], lambda i: inner.at(self.domain.index(Integer(self.setting.origin)), i))
        return Array(inner.shape[::-1], lambda i, j: inner.at(j, i))

    def _sqrt(self, node, env):
        inner = self.scalar(node.children[0], env, "a square root")
        return Array.number(root(inner))

    def scalar(self, node, env, what: str) -> Expr:
        array = self.value(node, env)
        if array.rank:
            self.fail(f"{what} of {shape_text(array.shape)}", node, "it is taken of a number", ShapeError)
        return array.at()

    def _abs(self, node, env):
        inner = self.value(node.children[0], env)
        return Array(inner.shape, lambda *i: absolute(inner.at(*i)))

    def _norm(self, node, env):
        return Array.number(root(self.square_of_length(node, env)))

    def square_of_length(self, norm, env) -> Expr:
        inner = self.value(norm.children[0], env)
        return self.contract(inner.shape, lambda *i: inner.at(*i) ** 2)

    def _floor(self, node, env):
        return Array.number(self.rounded(node, env, floor))

    def _ceil(self, node, env):
        return Array.number(self.rounded(node, env, ceiling))

    def rounded(self, node, env, function) -> Expr:
        value = self.scalar(node.children[0], env, "rounding")
        if value.is_Rational or (value.free_symbols and all(s.is_integer for s in value.free_symbols)):
            return function(value)
        if value.free_symbols or value.atoms(Smooth):
            self.fail("only what is made of sizes and numbers can be rounded", node)
        from .points import Point  # a number such as the root of three

        return Integer(int(function(Rational(str(Point(self.domain, 0).value(value))))))

    def _matrix(self, node, env):
        rows = [[self.scalar(c, env, "an entry of a matrix") for c in row] for row in node.children[0]]
        first = self.setting.origin
        if self.domain.every_size:
            raise Outside("a matrix that is written out")
        if len(rows[0]) == 1:
            return Array((Integer(len(rows)),), lambda i: rows[i - first][0])
        return Array((Integer(len(rows)), Integer(len(rows[0]))), lambda i, j: rows[i - first][j - first])

    def _kron(self, node, env):
        if any(child.head == "colon" for child in node.children):
            self.fail("δ has two indices, and no slices", node, r"write \delta_{ij} with an index on both sides")
        i, j = (self.integer(child, env) for child in node.children)
        return Array.number(self.domain.delta(i, j))

    def _indicator(self, node, env):
        relation, left, right = node.children
        a, b = self.value(left, env), self.value(right, env)
        shape = self.common([a, b], Node("pair", (left, right), node.span), "compared with")

        def at(*index):
            x, y = (side.at(*index) if side.rank else side.at() for side in (a, b))
            return self.test(relation, x, y, node)

        return Array(shape, at)

    def test(self, relation: str, x: Expr, y: Expr, node) -> Expr:
        whole = all(e.is_Rational or e.is_integer for e in (x, y))
        if whole and not self.domain.every_size:
            holds = {"=": x == y, r"\ne": x != y, "<": x < y, ">": x > y, r"\le": x <= y, r"\ge": x >= y}[relation]
            return Integer(1 if holds else 0)
        if relation in ("=", r"\ne"):
            if self.domain.every_size and whole:
                same = self.domain.delta(x, y)
                return same if relation == "=" else 1 - same
            for top, other in ((x, y), (y, x)):
                if isinstance(top, largest) and other in top.args:
                    return route(Integer(top.args.index(other) + 1), *top.args)
            self.fail(
                "two real numbers are compared for equality",
                node,
                r"write \mathbb{1}[a > b], or compare an entry with the maximum over all of them",
            )
        if self.domain.every_size and whole:
            raise Outside("an order between indices")
        if relation in (">", "<"):
            return step(x - y) if relation == ">" else step(y - x)
        return 1 - step(x - y) if relation == r"\le" else 1 - step(y - x)

    # -- ranges

    def _sum(self, node, env):
        return self.ranged(node, env, self.domain.total)

    def _prod(self, node, env):
        return self.ranged(node, env, self.domain.product)

    def _max(self, node, env):
        return self.ranged(node, env, self.domain.extreme)

    def _min(self, node, env):
        names, low, high, conditions, body = node.children
        inner = Node("max", (names, low, high, conditions, Node("neg", (body,), body.span)), node.span)
        value = self._max(inner, env)
        return Array(value.shape, lambda *i: -value.at(*i))

    def ranged(self, node, env, fold) -> Array:
        names, low, high, conditions, body = node.children
        if conditions and fold != self.domain.total:
            self.fail("a condition stands below a sum only", node)
        if low is not None:
            limits = {names[0]: (self.limit(low, env), self.limit(high, env))}
        else:
            limits = {name: self.limits_of(name, [body], node, env) for name in names}
        probe = self.value(body, env | {name: self.start(limits[name]) for name in names})
        if len(names) > 1 and fold == self.domain.extreme:
            if self.domain.every_size:
                raise Outside("a maximum over a symbolic range")
            ranges = [self.domain.range(*limits[name]) for name in names]
            return Array(
                probe.shape,
                lambda *i: maximum(
                    [self.value(body, env | dict(zip(names, at, strict=False))).at(*i) for at in product(*ranges)]
                ),
            )

        def over(names, env, index):
            if not names:
                value = self.value(body, env).at(*index)
                for _relation, a, b in conditions:
                    value = value * (1 - self.domain.delta(self.integer(a, env), self.integer(b, env)))
                return value
            name, *rest = names
            return fold(*limits[name], lambda k: over(rest, env | {name: k}, index))

        return Array(probe.shape, lambda *index: over(names, env, index))

    def start(self, limits):
        low = self.domain.number(limits[0])
        return self.domain.index(low) if low.is_Integer or self.domain.every_size else int(low)

    def limit(self, node, env) -> Expr:
        value = self.value(node, env)
        if value.rank:
            self.fail("the limit of a sum is a number", node, kind=ShapeError)
        return value.at()

    def limits_of(self, name: str, nodes: list[Node], place: Node, env) -> tuple[Expr, Expr]:
        """First and last value of an index, from the axes that it stands on."""
        found: list[tuple[Expr, Node]] = []
        for node in nodes:
            found.extend(self.axes(name, node, env))
        for size, where in found[1:]:
            if size != found[0][0]:
                self.fail(
                    f"the index {name} runs over {found[0][0]} in one place and over {size} in another",
                    where,
                    "an index belongs to axes of one size",
                    ShapeError,
                )
        if not found:
            self.fail(
                f"the range of {name} cannot be told from where it stands",
                place,
                rf"give it: \sum_{{{name}={self.setting.origin}}}^{{n}}, "
                f"or let {name} stand alone as an index somewhere",
            )
        first = Integer(self.setting.origin)
        return first, found[0][0] + first - 1

    def axes(self, name: str, node: Node, env) -> Iterator[tuple[Expr, Node]]:
        """The sizes of all axes on which the index `name` stands alone."""
        if node.head == "member" and node.children[1] == Node("index", (name,)):
            yield self.setting.declared[node.children[0]].shape[0], node
        if node.head == "at":
            shape = self.shape(node.children[0], env)
            for size, slot in zip(shape, self.slots(node, len(shape)), strict=False):
                if slot == Node("index", (name,)):
                    yield size, node
        for child in node.children:
            for inner in child if isinstance(child, tuple) else (child,):
                if isinstance(inner, Node):
                    yield from self.axes(name, inner, env)

    def shape(self, node: Node, env) -> tuple[Expr, ...]:
        """The shape of a node, whatever its indices are."""
        if node.head == "ref" and node.children[0] not in self.local:
            return self.value(node, env).shape
        first = self.setting.origin
        loose = {
            n.children[0]: first if not self.domain.every_size else Integer(first)
            for n in node.walk()
            if n.head == "index"
        }
        return self.value(node, loose | env).shape

    # -- functions

    def _call(self, node, env):
        name, order, arguments = node.children
        values = [self.value(a, env) for a in arguments]
        kind = self.setting.kind(name)
        if order > 4:
            self.fail(f"a function has at most four primes, not {order}", node)
        if kind == "macro":
            return self.macro(name, order, values, node, env)
        if name in ("max", "min"):
            return self.largest_of(name, order, values, node)
        if len(values) != 1:
            self.fail(f"{name} takes one argument", node)
        value = values[0]
        if name == "softmax":
            return self.softmax(value, order, node)
        if name == "diag":
            return self.diagonal(value, node)
        if name == "tr":
            if value.rank != 2 or value.shape[0] != value.shape[1]:
                self.fail(f"the trace of {shape_text(value.shape)}", node, "it is taken of a square matrix", ShapeError)
            first = Integer(self.setting.origin)
            return Array.number(self.domain.total(first, value.shape[0] + first - 1, lambda k: value.at(k, k)))
        if kind != "function" and name not in BUILT_IN:
            self.fail(f"the function {name} is not declared", node)
        function = smooth(name) if kind == "function" else BUILT_IN[name]
        if function is log and order == 0:
            for i in [()] if not value.rank else []:
                if value.at(*i).is_Rational and value.at(*i) <= 0:
                    self.fail("the logarithm of a number that is not positive", node)
        if order:
            return Array(value.shape, lambda *i: derivative(function, order, value.at(*i)))
        return Array(value.shape, lambda *i: function(value.at(*i)))

    def macro(self, name, order, values, node, env):
        macro = self.setting.macros[name]
        if len(values) != len(macro.parameters):
            self.fail(f"{name} takes {len(macro.parameters)} arguments, not {len(values)}", node)
        saved, self.local = self.local, dict(zip(macro.parameters, values, strict=False))
        try:
            if not order:
                result = self.value(macro.body, {})
                if result.rank == 0:
                    return Array.number(result.at())
                entries = (
                    {i: result.at(*i) for i in self.domain.indices(result.shape)}
                    if not self.domain.every_size
                    else None
                )
                if entries is None:
                    raise Outside("an array from a function")
                return Array(result.shape, lambda *i: entries[i])
            if len(values) != 1 or values[0].rank:
                self.fail(
                    f"a prime needs a function of one number; {name} has another argument",
                    node,
                    r"write \frac{\partial}{\partial z}",
                )
            at = Dummy("z")
            self.local = {macro.parameters[0]: Array.number(at)}
            result = self.value(macro.body, {}).at()
            for _ in range(order):
                result = result.diff(at)
            return Array.number(result.xreplace({at: values[0].at()}))
        finally:
            self.local = saved

    def largest_of(self, name, order, values, node):
        if order:
            self.fail(f"{name} has no prime", node)
        sign = 1 if name == "max" else -1
        if len(values) == 1 and not values[0].rank:
            return values[0]
        if len(values) == 1:
            if self.domain.every_size:
                raise Outside("a maximum over a symbolic range")
            entries = [sign * values[0].at(*i) for i in self.domain.indices(values[0].shape)]
            return Array.number(sign * maximum(entries))
        shape = self.common(values, Node("pair", node.children[2], node.span), "compared with")

        def at(*index):
            entries = [sign * (v.at(*index) if v.rank else v.at()) for v in values]
            if len(entries) == 2:  # max(z, 0) is relu(z)
                return sign * (entries[1] + relu(entries[0] - entries[1]))
            return sign * maximum(entries)

        return Array(shape, at)

    def softmax(self, value, order, node):
        if value.rank != 1 or order:
            self.fail(
                f"softmax of {shape_text(value.shape)}",
                node,
                "it takes a vector; write the columns of a batch with indices",
                ShapeError,
            )
        first = Integer(self.setting.origin)
        total = self.domain.total(first, value.shape[0] + first - 1, lambda k: exp(value.at(k)))
        return Array(value.shape, lambda i: exp(value.at(i)) / total)

    def diagonal(self, value, node):
        if value.rank == 2 and value.shape[0] == value.shape[1]:
            return Array(value.shape[:1], lambda i: value.at(i, i))
        if value.rank != 1:
            self.fail(f"diag of {shape_text(value.shape)}", node, "it takes a vector", ShapeError)
        return Array(value.shape * 2, lambda i, j: self.domain.delta(i, j) * value.at(i))

    # -- expectations

    def _expect(self, node, env):
        inner = self.value(node.children[0], env)
        return Array(inner.shape, lambda *i: self.average(inner.at(*i), node))

    def _variance(self, node, env):
        return self._covariance(Node("covariance", node.children * 2, node.span), env)

    def _covariance(self, node, env):
        a, b = (self.value(child, env) for child in node.children)
        for array, child in ((a, node.children[0]), (b, node.children[1])):
            if array.rank:
                self.fail(
                    f"the variance of {shape_text(array.shape)}",
                    child,
                    r"it is taken of a number: write \operatorname{Var}(z_i) or \operatorname{Cov}(z_i, z_j)",
                    ShapeError,
                )
        x, y = a.at(), b.at()
        return Array.number(self.average(x * y, node) - self.average(x, node) * self.average(y, node))

    def average(self, expr: Expr, node) -> Expr:
        if not self.local and not self.setting.chance(self.setting.names_in(node)):
            self.fail(
                "nothing random stands here",
                node,
                r"declare what is random: x_j \sim (0, v) \text{ independent}",
            )
        try:
            return self.domain.expectation(expr)
        except NotationError as error:
            self.fail(error.message, node, error.hint)

    # -- derivatives

    def _partial(self, node, env):
        body, variables = node.children
        inner = self.value(body, env)
        targets = [self.variable(v, env) for v in variables]
        for (name, _, _), variable in zip(targets, variables, strict=False):
            self.check_dependence(body, name, node, variable)
        arrays = [(shape, v) for (_, _, shape), v in zip(targets, variables, strict=False) if shape]
        ranks = [len(shape) for shape, _ in arrays]
        if not (
            not arrays
            or (inner.rank == 0 and (len(ranks) == 1 or ranks == [1, 1]))
            or (inner.rank == 1 and ranks == [1])
        ):
            self.fail(
                f"the derivative of {shape_text(inner.shape)} by {' and '.join(shape_text(s) for s, _ in arrays)} has "
                f"{inner.rank + sum(ranks)} axes",
                node,
                r"write it with indices: \frac{\partial z_k}{\partial W_{ij}}",
                ShapeError,
            )
        shape = inner.shape + sum((shape for _, _, shape in targets), ())

        def at(*index):
            value, rest = inner.at(*index[: inner.rank]), index[inner.rank :]
            for name, fixed, own in targets:
                value = self.domain.derivative(value, name, fixed + tuple(rest[: len(own)]))
                rest = rest[len(own) :]
            return value

        return self.guarded(node, Array(shape, at))

    def variable(self, node, env) -> tuple[str, tuple, tuple]:
        """(name, fixed indices, shape that is left) of what a derivative is taken by."""
        if node.head == "ref":
            name = node.children[0]
            if name in self.local:
                self.fail(f"{name} is a parameter here; a derivative is taken by a symbol of the setting", node)
            if self.setting.kind(name) != "symbol":
                self.fail(f"{name} is a size; a derivative is taken by a symbol", node)
            if self.setting.declared[name].constant is not None:
                self.fail(f"{name} is constant; nothing can be differentiated by it", node)
            if self.setting.declared[name].symmetric:
                self.fail(
                    f"the derivative by the symmetric matrix {name} has two meanings",
                    node,
                    "its entries (i, j) and (j, i) are one number; declare it without symmetric to count them apart",
                )
            return name, (), self.setting.declared[name].shape
        if node.head == "member":
            name, index = node.children
            return name, (self.integer(index, env),), self.setting.declared[name].shape[1:]
        base, _, _ = node.children
        name, fixed, shape = self.variable(base, env)
        slots = self.slots(node, len(shape))
        if any(slot.head == "colon" for slot in slots):
            self.fail("a derivative by a slice", node, "write it with an index in each place")
        return name, fixed + tuple(self.integer(slot, env) for slot in slots), ()

    def check_dependence(self, body: Node, name: str, node: Node, variable: Node):
        """Refuse the derivative of something that does not depend on its variable: it would be a zero that proves
        nothing.
        """
        if self.local:
            return
        names = self.setting.names_in(body)
        if self.setting.chance({name}) and self.averages(body):
            self.fail(
                f"{name} is random, and the expectation has averaged it out",
                node,
                "differentiate by what is not random, or below the expectation",
            )
        if name in names or any(name in self.setting.ancestors(n) for n in names):
            return
        later = [n for n in names if n in self.setting.ancestors(name)]
        what = ", ".join(sorted(n for n in names if self.setting.kind(n) in ("symbol", "family"))) or "this"
        if later:
            self.fail(
                f"{later[0]} comes before {name}: it does not depend on it",
                node,
                f"did you mean the derivative of {name} by {later[0]}?",
            )
        self.fail(
            f"{what} does not depend on {name}",
            node,
            f"no definition leads from {name} to it; the derivative would be zero and prove nothing",
        )

    def averages(self, node: Node) -> bool:
        """Whether an expectation stands in an expression or in a definition that it leads back to."""
        bodies = [self.setting.declared[n].body for n in self.setting.names_in(node) if n in self.setting.declared]
        own = any(n.head in AVERAGES for n in node.walk())
        return own or any(self.averages(body) for body in bodies if body is not None)


def shape_with_rank(rank: int) -> str:
    return {0: "a number", 1: "a vector", 2: "a matrix"}.get(rank, f"an array with {rank} axes")
