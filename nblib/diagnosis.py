"""What went wrong in a line: the slip by its name.

A slip is found by mending: the factor between the two sides, or one small edit of the line (a sign, a transpose, an
index, a product; more of them in confusions.py) after which it holds. Only an edit that makes the line right at generic
points is named.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import mpmath
from sympy import Integer, Rational

from . import display, equality
from .arrays import OutOfRange
from .confusions import confusions
from .counterexample import Counterexample, readable
from .every_size import holds_for_every_size
from .points import close, points
from .setting import Setting
from .syntax import AVERAGES, Node, NotationError, free_indices
from .tree import editable, rebuilt, renamed, spelled, untransposed

MAX_EDITS, MAX_SUMMED = 1500, 40_000  # edits that are tried; terms of sums that they may take
FEW, MANY = 60, 600  # entries of an array at which an edit is tried, without a proof
POINTS = 8  # at which what is named holds: two may lie in one branch of a maximum or a gate


def diagnose(setting, comparison, left: Node, right: Node, text: str = "", found: Counterexample | None = None) -> str:
    """The name of the slip that turns the right answer into this line, or "" when none is recognized.

    An edit is tried first where the line was `found` to fail.
    """
    trial = Trial(setting, comparison, left, found)
    if trial.holds(right):  # it fails elsewhere; at these points no edit can be told from none
        return ""
    return (
        moment_slip(trial, left, right)
        or factor_slip(trial, right)
        or next((name for name, edit in edits(right, left, setting, text) if trial.holds(edit)), "")
        or term_slip(trial, left, right, text)
        or lone_factor_slip(trial, left, right, text)
        or number_slip(trial, right, text)
        or symbol_slip(trial, right)
        or square_slip(setting, comparison, left, right)
        or symmetric_slip(setting, comparison, left, right)
        or next((name for name, edit in confusions(right, left, setting, shown_in(text)) if trial.holds(edit)), "")
        or value_slip(setting, comparison, left, right)
    )


class Trial:
    """Tests whether a mended right-hand side holds: one point at the first size, then every size."""

    def __init__(self, setting, comparison, left: Node, found: Counterexample | None = None):
        self.setting, self.comparison, self.left, self.count = setting, comparison, left, 0
        self.found, self.left_out = found, False

    def holds(self, right: Node) -> bool:
        self.count += 1
        spent = self.count > MAX_EDITS or sum(domain.terms for domain in self.setting.explicit) > MAX_SUMMED
        if spent or right == self.left:  # a line that says a = a mends nothing
            return False
        if not (self.mends(right) and self.agrees(right, FEW)):
            return False
        if self.left_out and holds_for_every_size(self.trial(right), self.left, right):
            return True
        return (not self.left_out or self.agrees(right, MANY)) and self.holds_at_all_magnitudes(right)

    def mends(self, right: Node) -> bool:
        """Whether the line holds where it was found to fail."""
        if self.found is None:
            return True
        comparison, domain = self.trial(right), self.found.domain
        try:
            return not any(
                equality.refuted(domain, comparison.entries(domain, self.left, right, place), 1)
                for place in self.found.places
            )
        except (OutOfRange, NotationError, equality.NowhereDefined, ZeroDivisionError):
            return domain is self.setting.apart

    def trial(self, right: Node, most: int | None = None):
        """The comparison with a mended right side."""
        nodes = [*self.comparison.nodes[:-1], right]
        return type(self.comparison)(self.setting, nodes, self.comparison.earlier, most)

    def agrees(self, right: Node, most: int) -> bool:
        """Whether the line holds at so many entries of each array, at every size."""
        comparison = self.trial(right, most)

        def alike(domain, count) -> bool:
            return not equality.refuted(domain, comparison.entries(domain, self.left, right), count)

        domains, apart = self.setting.explicit, self.setting.apart
        try:
            if not (alike(domains[0], 1) and all(alike(domain, POINTS) for domain in domains)):
                return False
        except (NotationError, OutOfRange, equality.NowhereDefined, ZeroDivisionError):
            return False
        self.left_out = comparison.left_out
        try:
            return apart is None or alike(apart, 1)
        except (NotationError, OutOfRange, equality.NowhereDefined, ZeroDivisionError):
            return True  # sizes that were not declared need not have every entry

    def holds_at_all_magnitudes(self, right: Node) -> bool:
        """Whether the line holds beyond every kink too, and for every choice of values where there are but two."""
        comparison = self.trial(right, FEW)
        return all(equality.sampled(d, comparison.entries(d, self.left, right)) for d in self.setting.explicit)


def factor_slip(trial: Trial, right: Node) -> str:
    """The one factor, the same in every entry, at every point and size, by which the line is off."""
    found = []
    for domain in trial.setting.domains:
        try:
            entries = trial.comparison.entries(domain, trial.left, right)
        except (NotationError, OutOfRange):
            if domain is trial.setting.apart:
                continue
            return ""
        ratios = set()
        for point in points(domain, 2, [e for _, a, b in entries for e in (a, b)]):
            for _, a, b in entries:
                x, y = point.value(a), point.value(b)
                if close(x, y) and close(x, mpmath.mpf(0)):
                    continue
                if close(x, mpmath.mpf(0)) or close(y, mpmath.mpf(0)):
                    return ""
                with mpmath.workdps(40):
                    ratios.add(mpmath.nstr(y / x, 30))
        if len(ratios) != 1:
            return ""
        with mpmath.workdps(40):
            found.append((domain, mpmath.mpf(ratios.pop())))
    if not found:
        return ""
    sizes = {name: trial.setting.size_value(name) for name in [*trial.setting.sizes, *trial.setting.derived]}
    for sign, word in ((1, ""), (-1, "−")):
        for name, size in sizes.items():
            values = [int(d.size(size)) for d, _ in found]
            if len(set(values)) == len(values):
                mends = Node("mul", (Node("num", (Integer(sign),), right.span), Node("ref", (name,), right.span)))
                if all(close(r, mpmath.mpf(sign) / v, 15) for (_, r), v in zip(found, values, strict=False)):
                    made = Node("mul", (mends, right), right.span)
                    return f"differs by the factor {word}1/{name}" if trial.holds(made) else ""
                if all(close(r, mpmath.mpf(sign * v), 15) for (_, r), v in zip(found, values, strict=False)):
                    made = Node("div", (right, mends), right.span)
                    return f"differs by the factor {word}{name}: a 1/{name} is missing" if trial.holds(made) else ""
    if all(close(r, found[0][1], 15) for _, r in found):
        ratio = readable(found[0][1])
        if "." not in ratio and "e" not in ratio and ratio != "1":
            factor = Node("num", (1 / Rational(ratio),), right.span)
            if not trial.holds(Node("mul", (factor, right), right.span)):
                return ""
            named = {"1/2": "½", "-1": "−1", "-2": "−2", "-1/2": "−½"}.get(ratio, ratio.replace("-", "−"))
            return f"differs by the factor {named}"
    return ""


def shown_in(text: str):
    """How a node of the line is shown in a message."""
    return lambda node: display.readable(text[node.span[0] : node.span[1]]) or node.head


def edits(right: Node, left: Node, setting, text: str) -> Iterator[tuple[str, Node]]:
    """(name of the slip, mended right-hand side), the likeliest first."""

    latex, nodes = shown_in(text), list(editable(right))
    yield "the transpose of the right answer", Node("transpose", (right,), right.span)
    yield from exchanged(right, left)
    for node in nodes:
        if node.head == "call" and node.children[1]:
            function, order, (argument, *_) = node.children
            shown = {"sigma": "σ"}.get(function, function) + "′" * order
            for inner in argument.walk():
                for name in related(setting, inner):
                    other = Node(inner.head, (name, *inner.children[1:]), inner.span)
                    made = rebuilt(argument, inner, other)
                    slip = f"{shown} is taken at {latex(inner)} instead of {display.readable(spelled(other))}"
                    yield slip, rebuilt(right, node, Node("call", (function, order, (made,)), node.span))
    for node in nodes:
        if node.head in ("mul", "dot", "times"):
            for cut in range(1, len(node.children)):
                first, second = node.children[:cut], node.children[cut:]
                parts = tuple(
                    p[0] if len(p) == 1 else Node("mul", p, (p[0].span[0], p[-1].span[1])) for p in (first, second)
                )
                yield (
                    f"a missing ⊙ between {latex(parts[0])} and {latex(parts[1])}",
                    rebuilt(right, node, Node("had", parts, node.span)),
                )
            for k in range(len(node.children) - 1):
                pair = Node("had", node.children[k : k + 2], (node.children[k].span[0], node.children[k + 1].span[1]))
                rest = (*node.children[:k], pair, *node.children[k + 2 :])
                yield (
                    f"a missing ⊙ between {latex(node.children[k])} and {latex(node.children[k + 1])}",
                    rebuilt(right, node, Node(node.head, rest, node.span) if len(rest) > 1 else pair),
                )
        if node.head == "had":
            yield (
                f"⊙ stands where a matrix product belongs: {latex(node)}",
                rebuilt(right, node, Node("mul", node.children, node.span)),
            )
    for node in nodes:
        if node.head == "transpose":
            yield f"a transpose too many: {latex(node)}", rebuilt(right, node, node.children[0])
        if node.head in ("ref", "add", "partial", "member", "had", "call") or node.head == "mul" and node is not right:
            yield f"a transpose is missing: {latex(node)}", rebuilt(right, node, Node("transpose", (node,), node.span))
        if node.head == "mul" and len(node.children) == 2:
            yield (
                f"the factors of {latex(node)} are in the wrong order",
                rebuilt(right, node, Node("mul", node.children[::-1], node.span)),
            )
    for node in nodes:
        if node.head == "mul" and len(node.children) == 2:
            a, b = node.children
            flipped = Node(
                "mul", (untransposed(b), a if a.head == "transpose" else Node("transpose", (a,), a.span)), node.span
            )
            yield "the transpose of the right answer", rebuilt(right, node, flipped)
    for node in nodes:
        if node.head == "at":
            base, items, split = node.children
            for k, item in enumerate(split or items):
                if item.head == "colon":
                    continue
                for shift in (1, -1):
                    moved = Node("add", (item, Node("num", (Integer(shift),), item.span)), item.span)
                    chosen = split or items
                    made = Node("at", (base, (*chosen[:k], moved, *chosen[k + 1 :]), None), node.span)
                    yield f"off by one in the index {latex(item)} of {latex(node)}", rebuilt(right, node, made)
        if node.head in ("sum", "prod") and node.children[1] is not None:
            names, low, high, conditions, body = node.children
            for shift in (1, -1):
                for which, limit in (("lower", low), ("upper", high)):
                    moved = Node("add", (limit, Node("num", (Integer(shift),), limit.span)), limit.span)
                    made = Node(
                        node.head,
                        (
                            names,
                            moved if which == "lower" else low,
                            moved if which == "upper" else high,
                            conditions,
                            body,
                        ),
                        node.span,
                    )
                    yield f"off by one in the {which} limit of the sum", rebuilt(right, node, made)
    for node in nodes:
        if node.head in ("at", "kron"):
            yield from steps(right, node, setting, latex)
    for node in nodes:
        if node.head in ("add",):
            for child in node.children:
                plain = child.children[0] if child.head == "neg" else child
                opposite = plain if child.head == "neg" else Node("neg", (child,), child.span)
                yield f"the sign of the term {latex(plain)}", rebuilt(right, child, opposite)
                for factor, word in ((Integer(2), "2"), (Rational(1, 2), "½")):
                    scaled = Node("mul", (Node("num", (factor,), child.span), child), child.span)
                    yield f"the term {latex(plain)} lacks the factor {word}", rebuilt(right, child, scaled)
                for size in setting.sizes:
                    scaled = Node("div", (child, Node("ref", (size,), child.span)), child.span)
                    yield f"the term {latex(plain)} lacks the factor 1/{size}", rebuilt(right, child, scaled)
        if node.head == "neg":
            yield f"the sign of {latex(node)}", rebuilt(right, node, node.children[0])
        if node.head == "pow":
            yield f"the power of {latex(node)}", rebuilt(right, node, node.children[0])
        if node.head in ("at", "ref", "call", "norm", "abs", "member"):
            squared = Node("pow", (node, Node("num", (Integer(2),), node.span)), node.span)
            for power in (squared, Node("had", (node, node), node.span)):
                yield f"a square is missing: {latex(node)}", rebuilt(right, node, power)


def terms(node: Node) -> list[Node]:
    """The terms of a sum without their signs; of another node, itself."""
    parts = node.children if node.head == "add" else (node,)
    return [part.children[0] if part.head == "neg" else part for part in parts]


def steps(right: Node, node: Node, setting: Setting, latex) -> Iterator[tuple[str, Node]]:
    """The line with a stride or dilation added to the indices of `node`, or removed.

    It is 2, 3, or a size that is no axis; an index has it alone, or with one in each other place.
    """
    axes = {size for declared in setting.declared.values() for size in declared.shape}
    names = [name for name in setting.sizes if setting.size_value(name) not in axes]
    strides = [Node("ref", (name,)) for name in names] + [Node("num", (Integer(number),)) for number in (2, 3)]
    items = node.children if node.head == "kron" else node.children[2] or node.children[1]
    letters = [[inner for inner in item.walk() if inner.head == "index"] for item in items]
    alone = [(inner,) for item in letters for inner in item]
    together = list(itertools.product(*letters)) if len(items) == 2 else []
    counted = [(letter, *numbers) for item in items if (numbers := [n for n in terms(item) if n.head == "num"])
               for letter in terms(item) if letter.head == "index"]  # q - 1, counted from 0
    for stride in strides:
        for chosen in alone + together + counted:
            made = right
            for inner in chosen:
                made = rebuilt(made, inner, Node("mul", (replace(stride, span=inner.span), inner), inner.span))
            some = [latex(inner) for inner in chosen if inner.head == "index"]
            which = f"the ind{'ices' if some[1:] else 'ex'} {' and '.join(some)}"
            yield f"the factor {spelled(stride)} of {which} is missing", made
    for inner in (part for item in items for part in item.walk()):
        if inner.head == "mul" and len(inner.children) == 2 and inner.children[0] in strides:
            factor, index = inner.children
            yield f"a factor {latex(factor)} of the index {latex(index)} too many", rebuilt(right, inner, index)


def symbol_slip(trial: Trial, right: Node) -> str:
    """One symbol of the setting that stands where another should."""
    for node in editable(right):
        if node.head == "ref" and node.children[0] in trial.setting.declared:
            for name, declared in trial.setting.declared.items():
                if (
                    name != node.children[0]
                    and not declared.family
                    and declared.moment is None
                    and trial.holds(rebuilt(right, node, Node("ref", (name,), node.span)))
                ):
                    return f"{node.children[0]} stands where {name} should"
    return ""


def number_slip(trial: Trial, right: Node, text: str) -> str:
    """A number that is one too large or too small."""
    for node in editable(right):
        if node.head == "num" and node.children[0].is_Integer and node is not right:
            for shift in (1, -1):
                if trial.holds(rebuilt(right, node, Node("num", (node.children[0] + shift,), node.span))):
                    return f"off by one: {text[node.span[0] : node.span[1]]} should be {node.children[0] + shift}"
    return ""


def moment_slip(trial: Trial, left: Node, right: Node) -> str:
    """A wrong step between the moments of random variables."""
    if not any(node.head in AVERAGES for side in (left, right) for node in side.walk()):
        return ""
    for node in editable(right):
        for name, made in moment_edits(node):
            mended = rebuilt(right, node, made)
            if mended == left or trial.holds(mended):
                return name
    for node in editable(left):
        if node.head == "variance":
            square = Node("pow", (*node.children, Node("num", (Integer(2),), node.span)), node.span)
            mended = rebuilt(left, node, Node("expect", (square,), node.span))
            if Trial(trial.setting, trial.comparison, mended).holds(right):
                return "this is E[x²], and Var(x) is less: the mean is not zero"
    return uniform_slip(trial, left, right)


def moment_edits(node: Node) -> Iterator[tuple[str, Node]]:
    """(name of the slip, what should stand there) for a node that holds expectations or variances."""

    def made(head, *children):
        return Node(head, children, node.span)

    two = Node("num", (Integer(2),), node.span)
    if node.head == "variance":
        yield "Var(x) stands where E[x²] should: the mean is not zero", made("expect", made("pow", *node.children, two))
    if node.head == "pow" and node.children[0].head == "expect" and node.children[1] == two:
        yield "E[x]² stands where E[x²] should", made("expect", made("pow", *node.children[0].children, two))
    if node.head == "expect":
        (inner,) = node.children
        if inner.head == "pow" and inner.children[1] == two:
            yield "E[x²] stands where Var(x) should: the mean is not zero", made("variance", inner.children[0])
            yield "E[x²] stands where E[x]² should", made("pow", made("expect", inner.children[0]), two)
        if inner.head in ("mul", "dot", "times"):
            parts = [made("expect", child) for child in inner.children]
            yield "E[x y] stands where E[x] E[y] should", made("mul", *parts)
    if node.head in ("mul", "dot", "times") and all(child.head == "expect" for child in node.children):
        joined = made("mul", *[child.children[0] for child in node.children])
        yield "dependence is ignored: E[x y] is not E[x] E[y] here", made("expect", joined)
    if node.head == "add" and all(child.head == "variance" for child in node.children):
        joined = made("add", *[child.children[0] for child in node.children])
        yield "dependence is ignored: Var(x + y) is not Var(x) + Var(y) here", made("variance", joined)
    if node.head == "call" and len(node.children[2]) == 1 and node.children[2][0].head == "expect":
        name, order, (mean,) = node.children
        inside = made("call", name, order, mean.children) if mean.children else node
        yield f"the expectation is pulled into {name}", made("expect", inside)


def uniform_slip(trial: Trial, left: Node, right: Node) -> str:
    """The variance of U(-a, a) taken as the square of its end."""
    setting = trial.setting
    names = setting.names_in(left).union(*[setting.ancestors(name) for name in setting.names_in(left)])
    laws = [setting.declared[name].law for name in names & setting.declared.keys()]
    if any(law and law.kind == "uniform" for law in laws):
        third = Node("num", (Rational(1, 3),), right.span)
        if trial.holds(Node("mul", (third, right), right.span)):
            return "a third is missing: the variance of U(−a, a) is a²/3"
    return ""


def exchanged(right: Node, left: Node) -> Iterator[tuple[str, Node]]:
    """The line with two index letters exchanged, everywhere or in one factor."""
    letters = sorted({n.children[0] for side in (right, left) for n in side.walk() if n.head == "index"})
    for a, first in enumerate(letters):
        for second in letters[a + 1 :]:
            name = f"the indices {first} and {second} are exchanged"
            yield name, renamed(right, {first: second, second: first})
            for node in editable(right):
                if node.head in ("at", "kron", "member"):
                    made = renamed(node, {first: second, second: first})
                    if made != node:
                        yield name, rebuilt(right, node, made)
    for node in editable(right):
        if node.head == "at" and len(node.children[2] or node.children[1]) == 2:
            chosen = node.children[2] or node.children[1]
            yield (
                f"the indices of {spelled(node.children[0])} are exchanged",
                rebuilt(right, node, Node("at", (node.children[0], chosen[::-1], None), node.span)),
            )


def related(setting, node: Node) -> list[str]:
    """Symbols that could stand where this one does: what it is defined by, or defines, with the same shape."""
    if node.head not in ("ref", "member") or node.children[0] not in setting.declared:
        return []
    name, own = node.children[0], setting.declared[node.children[0]]
    return [
        other
        for other, declared in setting.declared.items()
        if other != name
        and (declared.shape, declared.family) == (own.shape, own.family)
        and (other in setting.ancestors(name) or name in setting.ancestors(other))
    ]


def term_slip(trial: Trial, left: Node, right: Node, text: str) -> str:
    """A term too many, or a term of the left side (or a declared symbol) that is lost."""
    for node in right.walk():
        if node.head == "add":
            for child in node.children:
                rest = tuple(c for c in node.children if c is not child)
                made = rest[0] if len(rest) == 1 else Node("add", rest, node.span)
                if trial.holds(rebuilt(right, node, made)):
                    return f"an extra term: {display.readable(text[child.span[0] : child.span[1]])}"
    for candidate, name in lost_terms(trial, left):
        for sign in ("+", "−"):
            term = candidate if sign == "+" else Node("neg", (candidate,), candidate.span)
            if trial.holds(Node("add", (right, term), right.span)):
                return f"a term is missing: {'' if sign == '+' else '−'}{name}"
    letters = free_indices(right)
    if len(letters) == 1:
        (letter,) = letters
        other = next(new for new in "jkpq" if not any(n.children[0] == new for n in right.walk() if n.head == "index"))
        total = Node("sum", ((other,), None, None, (), renamed(right, {letter: other})), right.span)
        for size in trial.setting.sizes:
            mean = Node("div", (total, Node("ref", (size,), right.span)), right.span)
            if trial.holds(Node("add", (right, Node("neg", (mean,), right.span)), right.span)):
                return f"the mean over {letter} is not subtracted"
    return ""


def lone_factor_slip(trial: Trial, left: Node, right: Node, text: str) -> str:
    """A factor too many, or a factor of the left side that is lost."""
    for node in editable(right):
        if node.head in ("mul", "had", "dot", "times"):
            for child in node.children:
                rest = tuple(c for c in node.children if c is not child)
                made = rest[0] if len(rest) == 1 else Node(node.head, rest, node.span)
                if trial.holds(rebuilt(right, node, made)):
                    return f"an extra factor: {display.readable(text[child.span[0] : child.span[1]])}"
    for node in left.walk():
        if node.head in ("mul", "had", "dot", "times"):
            for child in node.children:
                for product in ("mul", "had"):
                    if trial.holds(Node(product, (right, child), right.span)):
                        return f"a factor is missing: {spelled(child)}"
    return ""


def lost_terms(trial: Trial, left: Node) -> Iterator[tuple[Node, str]]:
    seen = set()
    setting, names = trial.setting, trial.setting.names_in(left)
    names = names.union(*map(setting.ancestors, names))
    sources = [left] + [d.body for n, d in setting.declared.items() if d.body is not None and n in names]
    for source in sources:
        for node in source.walk():
            if node.head == "add":
                for child in node.children:
                    plain = child.children[0] if child.head == "neg" else child
                    if plain not in seen:
                        seen.add(plain)
                        yield plain, spelled(plain)
    one = Node("num", (Integer(1),))
    yield one, "1"
    declared = [(n, d) for n, d in trial.setting.declared.items() if d.moment is None]
    refs = [(Node("ref", (n,)), n) for n, d in declared if not d.family and d.constant is None]
    yield from refs
    numbers = [(node, n) for node, n in refs if not trial.setting.declared[n].shape]
    for node, name in refs:
        yield Node("mul", (Node("num", (Integer(2),)), node)), f"2{name}"
        for number, scale in numbers:
            if number is not node:
                yield Node("mul", (number, node)), f"{scale} {name}"
    letters = trial.comparison.letters
    for node, name in refs:
        shape = trial.setting.declared[name].shape
        if shape and len(shape) == len(letters):
            entry = Node("at", (node, tuple(Node("index", (c,)) for c in letters), None))
            yield entry, f"{name}_{''.join(letters)}"
            for number, scale in numbers:
                yield Node("mul", (number, entry)), f"{scale} {name}_{''.join(letters)}"


def square_slip(setting, comparison, left: Node, right: Node) -> str:
    """Whether the line holds once two sizes are alike: the sign of a line that was tested on square matrices."""
    names = [n for n in setting.sizes if n not in setting.exact]
    for a, first in enumerate(names):
        for second in names[a + 1 :]:
            sizes = {n: setting.sizes[first] if n == second else v for n, v in setting.sizes.items()}
            alike = special(setting, sizes=sizes)
            merge(alike, second, first)
            if holds_in(alike, comparison, left, right):
                return f"true only when {first} = {second}"
    return ""


def symmetric_slip(setting, comparison, left: Node, right: Node) -> str:
    """Whether the line holds once a matrix is symmetric, such as 2 A x for the gradient of a quadratic form."""
    for name, declared in setting.declared.items():
        square = len(declared.shape) == 2 and declared.shape[0] == declared.shape[1]
        if square and declared.body is None and not declared.symmetric:
            tamed = special(setting, declared=setting.declared | {name: replace(declared, symmetric=True)})
            if holds_in(tamed, comparison, left, right):
                return f"true only when {display.readable(name)} is symmetric"
    return ""


def value_slip(setting, comparison, left: Node, right: Node) -> str:
    """Whether the line holds once a symbol is 1 or 0, such as a temperature that is left out.

    Not where any other constant would do, and not where both sides vanish.
    """

    def holds(name: str, value: int, other: Node) -> bool:
        tamed = replace(setting.declared[name], constant=value)
        return holds_in(special(setting, declared=setting.declared | {name: tamed}), comparison, left, other)

    zero, found = Node("num", (Integer(0),), right.span), []
    for name, declared in setting.declared.items():
        free = declared.body is declared.law is declared.moment is declared.constant is None
        for value in (1, 0) if free and not declared.shape else (1,) if free and len(declared.shape) == 1 else ():
            if holds(name, value, right) and not holds(name, 2, right) and not holds(name, value, zero):
                found.append(f"{display.readable(name)} = {value}")
    return f"true only when {' or '.join(found)}" if found else ""


def special(setting: Setting, **changes) -> Setting:
    """A copy of the setting with these parts changed."""
    kept = "source", "exact", "functions", "macros", "assumptions", "declarations", "origin", "sizes"
    owned = {part: dict(getattr(setting, part)) for part in ("derived", "declared")}
    return Setting(**{part: getattr(setting, part) for part in kept} | owned | changes)


def holds_in(setting: Setting, comparison, left: Node, right: Node) -> bool:
    """Whether the line holds at generic points of another setting; a few entries at one point come first.

    A setting in which a size is not positive has nothing that could fail.
    """

    def differs(domain, count, most) -> bool:
        made = type(comparison)(setting, comparison.nodes, comparison.earlier, most)
        return equality.refuted(domain, made.entries(domain, left, right), count)

    if any(domain.size(size) < 1 for domain in setting.domains for size in setting.derived.values()):
        return False
    try:
        if differs(setting.explicit[0], 1, 1):
            return False
        return not any(differs(domain, POINTS, comparison.most) for domain in setting.domains)
    except (NotationError, OutOfRange, equality.NowhereDefined, ZeroDivisionError):
        return False


def merge(setting, name: str, into: str) -> None:
    """Make the size `name` the size `into` in every shape."""
    old, new = setting.size_value(name), setting.size_value(into)
    setting.sizes = {n: v for n, v in setting.sizes.items() if n != name}
    setting.derived = {n: e.xreplace({old: new}) for n, e in setting.derived.items()} | {name: new}
    setting.declared = {
        n: replace(d, shape=tuple(s.xreplace({old: new}) for s in d.shape)) for n, d in setting.declared.items()
    }
