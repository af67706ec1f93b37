"""The lines of a derivation, checked in turn: each against the one before and against the definitions."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import NamedTuple

from sympy import Expr, Integer

from . import equality, order
from .algebra import Evaluator
from .arrays import Explicit, OutOfRange, shape_text
from .counterexample import Counterexample, counterexample
from .deadline import SECONDS, TimeUp, time_limit
from .diagnosis import diagnose
from .every_size import holds_for_every_size
from .reader import read_row
from .setting import Setting
from .syntax import AVERAGES, Node, NotationError, Row, ShapeError, canonical, free_indices, rows

BOUNDS = ("<", ">", r"\le", r"\ge")  # x_i \le c says that it is one for every i
MANY = 60  # entries of a large array that are compared before a proof for every size is tried


class WrongLine(AssertionError):
    """A line does not follow.  The message names the line, the place where it fails, both values there,
    and the slip.
    """

    def __init__(
        self, message: str, line: int = 0, slip: str = "", found: Counterexample | None = None, label: str | None = None
    ):
        super().__init__(message)
        self.line, self.slip, self.counterexample, self.label = line, slip, found, label

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]  # a reader of a notebook needs the message, not our stack


class GaveUp(WrongLine):
    """A line was not decided within its time."""


@dataclass
class Line:
    """One relation of a derivation and what is known of it."""

    left: str
    relation: str
    right: str
    reason: str
    verdict: str
    detail: str = ""
    points: int = 0
    seconds: float = 0.0
    nodes: tuple[Node | None, Node | None] = field(default=(None, None), repr=False)

    @property
    def record(self) -> dict:
        return {
            "left": self.left,
            "relation": self.relation,
            "right": self.right,
            "reason": self.reason,
            "verdict": self.verdict,
            "detail": self.detail,
            "points": self.points,
        }


class Refused(NamedTuple):
    """A line, where it fails, and its relation."""

    line: Line
    counterexample: Counterexample
    relation: str


class Comparison:
    """Compares two sides of a line in every domain of a setting.  Free indices mean: for every value of them.

    Where neither side says what an index runs over, as in X_{i+p}, the lines before in its chain may (`earlier`).
    Of a large array `most` entries are enough to refute a line, or to show where it fails: the same ones each time.
    None means all. `left_out` says whether there were others.
    """

    def __init__(self, setting: Setting, nodes: list[Node], earlier: Sequence[Node] = (), most: int | None = None):
        self.setting, self.earlier, self.most, self.left_out = setting, list(earlier), most, False
        self.letters = tuple(sorted(set().union(*[free_indices(n) for n in nodes])))
        self.nodes = nodes

    def ranges(self, domain, evaluator: Evaluator) -> dict[str, tuple[Expr, Expr]]:
        first = Integer(self.setting.origin) if domain.every_size else self.setting.origin
        env = dict.fromkeys(self.letters, first)
        found = {}
        for letter in self.letters:
            said = any(True for node in self.nodes for _ in evaluator.axes(letter, node, env))
            found[letter] = evaluator.limits_of(letter, self.nodes if said else self.earlier, self.nodes[0], env)
        return found

    def entries(
        self, domain: Explicit, left: Node, right: Node, place: tuple | None = None
    ) -> list[tuple[tuple, Expr, Expr]]:
        """(place, entry on the left, entry on the right) for every entry and every value of the free indices, or for
        `most` of them, or for one place: the values of the free indices, then those of the axes.
        """
        count = len(self.letters)
        evaluator = Evaluator(self.setting, domain)
        limits = self.ranges(domain, evaluator)
        ranges = [domain.range(*limits[letter]) for letter in self.letters]
        chosen = None if place is None else {place[:count]: [place[count:]]}
        found: list[tuple[tuple, Expr, Expr]] = []
        for values in product(*ranges):
            if chosen is not None and values not in chosen:
                continue
            env = dict(zip(self.letters, values, strict=False))
            a, b = evaluator.value(left, env), evaluator.value(right, env)
            if a.shape != b.shape:
                error = ShapeError(
                    f"the left side is {shape_text(a.shape)}, the right side is {shape_text(b.shape)}",
                    hint="a number is never compared with an array entry by entry" if not a.rank or not b.rank else "",
                )
                error.span = right.span
                raise error
            if chosen is None:
                chosen = self.chosen(ranges, [domain.axis(size) for size in a.shape])
            found.extend((values + index, a.at(*index), b.at(*index)) for index in chosen.get(values, ()))
        return found

    def chosen(self, free: list[range], axes: list[range]) -> dict[tuple, list[tuple]]:
        """The entries that are looked at for each value of the free indices.

        Where they are too many: the corners, beyond which an index leaves its range first, and others at random.
        """
        box = [*free, *axes]
        total = prod(map(len, box))
        if self.most is None or total <= self.most:
            places = product(*box)
        else:
            self.left_out = True
            rng = random.Random(total)
            corners = product(*[dict.fromkeys((side[0], side[-1])) for side in box])
            others = (tuple(map(rng.choice, box)) for _ in range(self.most))
            places = sorted({*corners, *others})
        found: dict[tuple, list[tuple]] = {}
        for place in places:
            found.setdefault(place[: len(free)], []).append(place[len(free) :])
        return found


class Chain:
    """Checks the lines of one derivation in turn."""

    def __init__(self, text: str, setting: Setting, name: str | None):
        self.text, self.setting, self.name = text, setting, name
        self.lines: list[Line] = []
        self.previous: Node | None = None
        self.chain: list[Node] = []
        self.place: Row | None = None
        self.refuted: Refused | None = None

    def run(self):
        for row in rows(self.text):
            self.place = row
            try:
                self.define_first(row)
                self.row(row, read_row(row.text, self.setting))
            except NotationError as error:
                raise self.located(error, row) from None
            except RecursionError:
                raise self.located(
                    NotationError("this is nested too deeply", row.text, (0, len(row.text))), row
                ) from None

    def located(self, error: NotationError, row: Row) -> NotationError:
        """The error, told in terms of the whole derivation, with the number of the line."""
        if getattr(error, "located", False):
            return error
        begin, end = error.span
        if error.text and error.text not in (row.text, row.text.replace("\x00", "&")):
            begin, end = 0, len(row.text)
        label = f"{self.name}, line {len(self.lines) + 1}: " if self.name else f"line {len(self.lines) + 1}: "
        made = type(error)(label + error.message, self.text, (begin + row.offset, end + row.offset), error.hint)
        made.located, made.line, made.slip = True, len(self.lines) + 1, getattr(error, "slip", "")
        return made

    def row(self, row: Row, parts):
        if not parts:
            raise NotationError(
                "there is no line here", row.text, (0, len(row.text)), "write what is derived, as a = b"
            )
        _, left = parts[0]
        if left is not None:
            if len(parts) == 1:
                raise NotationError(
                    "this line has no relation",
                    row.text,
                    left.span,
                    "a line says a = b; the next ones may begin with &=",
                )
            self.previous, self.chain = left, [left]
        elif self.previous is None:
            raise NotationError(
                "the first line has no left-hand side",
                row.text,
                (0, max(1, len(row.text) - len(row.text.lstrip()) + 1)),
                r"begin with what is derived: \frac{\partial E}{\partial W} &= ...",
            )
        for (_, before), (relation, node) in zip(parts, parts[1:], strict=False):
            started = time.perf_counter()
            left_text = self.source(row, before) if before is not None else ""
            line = Line(
                left_text,
                relation,
                self.source(row, node),
                row.reason if node is parts[-1][1] else "",
                "",
                nodes=(self.previous, node),
            )
            self.lines.append(line)
            self.chain.append(node)
            try:
                self.check(line, relation, node, row)
            except NotationError as error:
                self.lines.pop()
                self.refused = line
                raise self.located(error, row) from None
            finally:
                line.seconds = round(time.perf_counter() - started, 4)
            self.previous = node

    @staticmethod
    def source(row: Row, node: Node) -> str:
        """The LaTeX of a side, as typed: from its relation to the next one, brackets included."""
        begin, end = node.span
        text = row.text.replace("\x00", "&")
        before = max(
            (m.end() for m in _RELATION.finditer(text) if m.end() <= begin and _top_level(text, m.start())), default=0
        )
        after = min(
            (m.start() for m in _RELATION.finditer(text) if m.start() >= end and _top_level(text, m.start())),
            default=len(text),
        )
        return text[before:after].strip()

    def check(self, line: Line, relation: str, node: Node, row: Row):
        left = self.previous
        for domain in self.setting.domains:
            domain.terms = 0
        if relation == ":=":
            line.verdict, line.detail = "definition", "stated, not derived"
        elif relation == r"\leftarrow":
            self.update(line, left, node)
        elif relation == r"\ne":
            raise NotationError(
                "an inequation states nothing that can be derived", row.text, node.span, r"write =, \le, \ge, < or >"
            )
        else:
            try:
                with time_limit():
                    self.compare(line, relation, left, node, row)
            except TimeUp:
                if self.refuted is not None:
                    self.refuse()
                raise GaveUp(
                    f"{self.label(line)}: gave up after {SECONDS:g} s, without deciding whether this line holds\n"
                    f"  {line.right}\n"
                    "split the line, choose smaller sizes, or give intermediate results names with :=",
                    len(self.lines),
                ) from None

    def define_first(self, row: Row):
        """Declare the name that a row defines with := before the row is read."""
        signs = [m for m in _RELATION.finditer(row.text) if _top_level(row.text, m.start())]
        if signs and signs[0][0] in (":=", r"\coloneqq"):
            end = signs[1].start() if len(signs) > 1 else len(row.text)
            left = row.text[: signs[0].start()]
            name = re.sub(r"(_\{[a-z,']+\})?(\^\{\([a-z]\)\})?$", "", canonical(left.partition("(")[0]))
            free = name in self.setting.declared and self.setting.declared[name].body is None
            if free or self.setting.kind(name) not in (None, "symbol", "family"):
                hint = "a derivation defines new names only"
                raise NotationError(f"{left.strip()} is already declared", row.text, (0, len(left.rstrip())), hint)
            self.setting = self.setting.extended(row.text[:end])

    def update(self, line: Line, left: Node, node: Node):
        inner = left
        while inner.head == "at":
            inner = inner.children[0]
        if inner.head not in ("ref", "member"):
            error = NotationError(
                "an update changes a declared symbol",
                hint=r"write w \leftarrow w - \alpha \frac{\partial J}{\partial w}",
            )
            error.span = left.span
            raise error
        comparison = Comparison(self.setting, [left, node])
        comparison.entries(self.setting.explicit[0], left, node)
        line.verdict, line.detail = "definition", "an update, not an equation; the shapes agree"

    def compare(self, line: Line, relation: str, left: Node, node: Node, row: Row):
        left, node, left_letters, right_letters = self.with_order(left, node, relation)
        one_sided = left_letters ^ right_letters
        averaged = self.averaged(left) or self.averaged(node)  # Var(z_i) = v says that it is the same for every i
        everywhere = relation in BOUNDS or one_sided <= self.variables(left) | self.variables(node)
        if one_sided and not (averaged or everywhere or self.plain_number(node) or self.plain_number(left)):
            side = "left" if one_sided & left_letters else "right"
            letters = one_sided & left_letters or one_sided
            raise NotationError(
                f"the index {', '.join(sorted(letters))} stands on the {side} only",
                row.text,
                node.span,
                "both sides need the same free indices; sum over the others",
            )
        earlier = self.chain[:-2]
        comparison = Comparison(self.setting, [*earlier, left, node] if one_sided else [left, node], earlier)
        if relation in BOUNDS:
            return self.inequality(line, relation, comparison, left, node)
        if self.orders:
            return self.approximation(line, comparison, left, node)
        if relation == r"\approx":
            raise NotationError(r"\approx needs its order", row.text, node.span, "add what is left out: + O(h^2)")
        self.equation(line, comparison, left, node)

    @staticmethod
    def plain_number(node: Node) -> bool:
        return not any(n.head in ("ref", "member", "index") for n in node.walk())

    @staticmethod
    def variables(node: Node) -> set[str]:
        """The indices of what a side is differentiated by: its derivative may be the same for every value of them."""
        taken = [inner for n in node.walk() if n.head == "partial" for inner in n.children[1]]
        return set().union(*map(free_indices, taken))

    @staticmethod
    def averaged(node: Node) -> bool:
        return any(n.head in AVERAGES for n in node.walk())

    def with_order(self, left: Node, node: Node, relation: str):
        """Takes O(...) off the right side; `orders` keeps what it says."""
        terms = list(node.children) if node.head == "add" else [node]
        marks = [t for t in terms if t.head == "call" and t.children[0] == "O"]
        self.orders = [m.children[2][0] for m in marks]
        rest = [t for t in terms if t not in marks]
        if marks:
            node = (
                Node("num", (Integer(0),), node.span)
                if not rest
                else rest[0]
                if len(rest) == 1
                else Node("add", tuple(rest), node.span)
            )
        left = self.without_order(left)
        return left, node, free_indices(left), free_indices(node)

    @staticmethod
    def without_order(node: Node) -> Node:
        if node.head != "add":
            return node
        rest = tuple(t for t in node.children if not (t.head == "call" and t.children[0] == "O"))
        return node if len(rest) == len(node.children) else rest[0] if len(rest) == 1 else Node("add", rest, node.span)

    def label(self, line: Line) -> str:
        number = self.lines.index(line) + 1 if line in self.lines else len(self.lines) + 1
        return f"{self.name}, line {number}" if self.name else f"line {number}"

    # -- relations

    def equation(self, line: Line, comparison: Comparison, left: Node, node: Node):
        domains, sizes = self.setting.explicit, say_sizes(self.setting)
        provable = bool(self.setting.sizes) and len(domains) > 1
        comparison.most = MANY if provable else None
        entries = self.agreeing(line, comparison, left, node)
        partly = equality.partly_defined(domains[0], entries[domains[0]])
        where = "wherever both sides have a value" if partly else "for all real values"
        if provable and holds_for_every_size(comparison, left, node):
            names = ", ".join(self.setting.varied)
            line.verdict = "proved for every size"
            every = f"{where}, for every value of {names}" if partly else f"for every value of {names}"
            line.detail = f"equal {every}, by a proof in index notation; also compared at points{sizes}"
            return
        if comparison.left_out:
            comparison.most = None
            entries = self.agreeing(line, comparison, left, node)
        self.try_other_sizes(line, comparison, left, node)
        if all(equality.prove(domain, entries[domain]) for domain in domains):
            line.verdict, line.detail = "proved", f"equal {where}{sizes}"
            return
        for domain in domains:
            count = equality.sampled(domain, entries[domain])
            if not count:
                self.wrong(line, comparison, left, node)
            line.points += count
        line.verdict = "sampled"
        line.detail = f"equal to 30 digits at {line.points} generic points{sizes}, not proved"

    def agreeing(self, line: Line, comparison: Comparison, left: Node, node: Node) -> dict[Explicit, list]:
        """The entries of both sides in each domain; the line is refused where they differ."""
        entries = {}
        for domain in self.setting.explicit:
            entries[domain] = self.entries(comparison, domain, left, node)
            if self.differs(domain, entries[domain]):
                self.wrong(line, comparison, left, node)
        return entries

    def entries(self, comparison: Comparison, domain: Explicit, left: Node, node: Node) -> list:
        """The entries of both sides; an error of shape is told with its slip."""
        try:
            return comparison.entries(domain, left, node)
        except ShapeError as error:
            slip = diagnose(self.setting, comparison, left, node, self.place.text)
            hints = "\n".join(filter(None, (error.hint, f"slip: {slip}" if slip else "")))
            made = type(error)(error.message, error.text, error.span, hints)
            made.slip = slip
            raise made from None

    @staticmethod
    def differs(domain: Explicit, entries: list) -> bool:
        try:
            return equality.refuted(domain, entries)
        except equality.NowhereDefined:
            raise NotationError(
                "no point was found at which both sides have a value",
                hint=r"declare positive symbols as \mathbb{R}_{>0} and probabilities as (0, 1), so that logarithms and "
                "roots exist",
            ) from None

    def try_other_sizes(self, line: Line, comparison: Comparison, left: Node, node: Node):
        """Refuse a line that holds only because of how the declared sizes are related."""
        domain = self.setting.apart
        if domain is None:
            return
        try:
            entries = comparison.entries(domain, left, node)[:24]
            differs = equality.refuted(domain, entries, 1)
        except (NotationError, OutOfRange, equality.NowhereDefined):
            return
        if differs:
            self.wrong(line, comparison, left, node)

    def wrong(self, line: Line, comparison: Comparison, left: Node, node: Node, relation: str = "="):
        found = counterexample(self.setting, comparison, left, node, relation)
        self.refuted = Refused(line, found, relation)
        named = relation == "="
        self.refuse(diagnose(self.setting, comparison, left, node, self.place.text, found) if named else "")

    def refuse(self, slip: str = ""):
        """Raise what is known against the line: the counterexample and, where it was found in time, the slip."""
        line, found, relation = self.refuted
        sign = {"=": "=", r"\le": "≤", r"\ge": "≥"}.get(relation, relation)
        text = [f"{self.label(line)}: this line does not follow", f"  {sign} {line.right}"]
        text.append(f"at {found.describe()}")
        text.append(f"the left side{found.where} is {found.left}, the right side is {found.right}")
        if slip:
            text.append(f"slip: {slip}")
        error = WrongLine("\n".join(text), len(self.lines), slip, found, self.name)
        line.verdict, line.detail = "wrong", slip or "the two sides differ"
        raise error

    def inequality(self, line: Line, relation: str, comparison: Comparison, left: Node, node: Node):
        proved, count = True, 0
        for domain in self.setting.explicit:
            entries = comparison.entries(domain, left, node)
            outcome, used = order.compare(domain, entries, relation)
            if outcome is False:
                self.wrong(line, comparison, left, node, relation)
            proved, count = proved and outcome is True, count + used
        sizes = say_sizes(self.setting)
        line.verdict = "proved" if proved else "sampled"
        line.points = 0 if proved else count
        line.detail = (
            f"holds for all real values{sizes}"
            if proved
            else f"holds at {count} points of all magnitudes{sizes}, not proved"
        )

    def approximation(self, line: Line, comparison: Comparison, left: Node, node: Node):
        if len(self.orders) != 1:
            raise NotationError("one order is stated in a line", hint="write + O(h^3) once")
        for domain in self.setting.explicit:
            symbol, power = order.small_quantity(self.setting, domain, self.orders[0])
            entries = comparison.entries(domain, left, node)
            missing = order.first_missing(domain, entries, symbol, power)
            if missing is not None:
                line.verdict = "wrong"
                message = (
                    f"{self.label(line)}: this line does not follow\n  {line.right}\n"
                    "the two sides already differ in the term of order "
                    f"{missing} in {symbol}: the remainder is not O({symbol}^{power})"
                )
                raise WrongLine(
                    message, len(self.lines), f"a term of order {missing} is missing or wrong", None, self.name
                )
        line.verdict = "proved"
        line.detail = f"all terms below order {power} in {symbol} agree, for all real values{say_sizes(self.setting)}"


_RELATION = re.compile(r":=|=|<|>|\\(?:le|leq|ge|geq|approx|leftarrow|gets|ne|neq|coloneqq|lt|gt)(?![A-Za-z])")


def _top_level(text: str, at: int) -> bool:
    depth = 0
    for match in re.finditer(r"\\begin|\\end|\\[{}]|\\.|[{}()\[\]]", text[:at], re.S):
        depth += {
            "\\begin": 1,
            "\\end": -1,
            "{": 1,
            "}": -1,
            "(": 1,
            ")": -1,
            "[": 1,
            "]": -1,
            "\\{": 1,
            "\\}": -1,
        }.get(match[0], 0)
    return depth == 0


def say_sizes(setting: Setting) -> str:
    """` at (m, n) = (3, 2), (5, 4)`, or nothing in a setting without sizes."""
    names = list(setting.sizes)
    if not names:
        return ""
    if len(names) == 1:
        return f" at {names[0]} = " + ", ".join(str(a[names[0]]) for a in setting.assignments)
    return f" at ({', '.join(names)}) = " + ", ".join(
        "(" + ", ".join(str(a[n]) for n in names) + ")" for a in setting.assignments
    )
