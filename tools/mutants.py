"""Would the checker notice?  Every line of every chapter, with every one-token slip in it, put before the checker.

    python tools/mutants.py [chapter ...]

A mutant must be refused, or be proved equal to what the book says. What is accepted as merely *sampled*, or says
something else, has survived: there is a hole in the checker, or in the line. The counts of a whole run go to
`book/mutants.json`, which the ledger shows; a run that names chapters only prints them.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import chapters
import counts
from mutations import Edit, mutations, plain
from nblib import NotationError, Setting, ShapeError, WrongLine, equality, given, order
from nblib.checking import Chain, Comparison, GaveUp, Line
from nblib.deadline import TimeUp, time_limit
from nblib.points import points
from nblib.reader import read_row
from nblib.syntax import Node, Row, rows

LOOSE = {"<": r"\le", r"\le": r"\le", ">": r"\ge", r"\ge": r"\ge"}
#: how a mutant is refused
REFUSED = {
    "value": "its two sides differ",
    "shape": "its shapes do not fit",
    "notation": "it cannot be read",
    "time": "it is not decided in time",
}
#: why it need not be
ALLOWED = {"equal": "proved equal to the line of the book", "true": "a bound that is weaker, or another that is proved"}
#: what is true, though it is not proved to be what the book says: "label line number: the row", and the reason
BY_HAND = {
    r"eq-logistic_regression-half line 2: \le \tfrac12 \lVert (1 - v) \rVert^2":
        "V stays the same when v turns into 1 − v: this is the bound of the book at another v.",
    r"eq-activations-dead line 1: \mathbb{1}[{Q} \le 0] \, \frac{\partial Q}{\partial z} = 0":
        "Q is half of a square, so it is above 0 but where a = y, and there its derivative is 0.",
}


@dataclass(frozen=True)
class Cell:
    """A %%derive cell, or a solved exercise: its chapter, label and text, and the settings that stand before it."""

    chapter: str
    label: str
    text: str
    settings: tuple[str, ...]

    def setting(self) -> Setting:
        setting = Setting()
        for text in self.settings:
            setting = given(text, setting)
        return setting


@dataclass(frozen=True)
class Mutant:
    """One slip in one line, and what the checker said of it."""

    label: str
    line: int
    kind: str
    text: str
    outcome: str = ""

    def __str__(self) -> str:
        return f"{self.label} line {self.line}: {' '.join(self.text.split())}"


@dataclass
class Report:
    """What became of the mutants of one cell."""

    cell: Cell
    lines: int = 0
    mutants: list[Mutant] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, outcome: str) -> list[Mutant]:
        return [mutant for mutant in self.mutants if mutant.outcome == outcome]


def cells(notebook: Path) -> Iterator[Cell]:
    """The cells of a chapter whose lines are checked."""
    settings: tuple[str, ...] = ()
    for magic, line, text in chapters.checked(notebook):
        if magic == "given":
            settings = (*settings, text) if line == "also" else (text,)
        else:
            body = re.sub(r"^hint:.*$\n?", "", text, flags=re.M)
            yield Cell(notebook.stem, line.partition(" ")[0] or "unnamed", body, settings)


# --- the judge --------------------------------------------------------------------------------------------------------


class Judge(Chain):
    """The checker of nblib, which only decides: it looks for no counterexample to show, and names no slip."""

    def __init__(self, setting: Setting):
        super().__init__("", setting, None)

    def verdict(self, left: Node, relation: str, right: Node, before: tuple[Node, ...] = ()) -> str:
        """How `left relation right` is proved, `before` being the chain up to here; raises where it is refused."""
        line = Line("", relation, "", "", "")
        self.chain = [*before, left, right]
        with time_limit():
            self.compare(line, relation, left, right, Row("", "", 0))
        return line.verdict

    def wrong(self, line, comparison, left, node, relation="="):
        raise WrongLine("the two sides differ")

    def entries(self, comparison, domain, left, node):
        return comparison.entries(domain, left, node)


def outcome(judge: Judge, *line) -> str:
    """How a line is refused, or the verdict with which it is accepted."""
    try:
        return judge.verdict(*line)
    except (TimeUp, GaveUp):
        return "time"
    except WrongLine:
        return "value"
    except ShapeError:
        return "shape"
    except NotationError:
        return "notation"


def proved(setting: Setting, *line) -> bool:
    return outcome(Judge(setting), *line).startswith("proved")


# --- one derivation ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """A side of a line: its relation to the sides before it ("" for the first one), and what stands behind it."""

    line: int
    node: Node
    relation: str
    before: tuple[Node, ...]
    after: tuple[str, Node] | None = None

    def lines(self, relation: str, node: Node) -> list[tuple]:
        """The lines that `relation node` makes in place of this side: with the side before it, with the one behind."""
        behind = [(node, *self.after, self.before)] if self.after else []
        return [(self.before[-1], relation, node, self.before[:-1]), *behind] if self.before else behind


def sides(found: list[Row], setting: Setting) -> list[list[Side | None]]:
    """The sides of each row; None where a row goes on with the side above it."""
    made: list[list[Side | None]] = []
    before: tuple[Node, ...] = ()
    line = 0
    for row in found:
        own: list[Side | None] = []
        made.append(own)
        for position, (relation, node) in enumerate(read_row(plain(row.text), setting)):
            if node is None:
                own.append(None)
            elif not position:
                own.append(Side(line + 1, node, "", ()))
                before = (node,)
            else:
                line += 1
                above = own if own[-1] is not None else made[-2]
                above[-1] = replace(above[-1], after=(relation, node))
                own.append(Side(line, node, relation, before))
                before = (*before, node)
    return made


Choice = Callable[[str, list[Edit]], list[Edit]]


def mutants(cell: Cell, judge: type[Judge] = Judge, choose: Choice = lambda text, edits: edits) -> Report:
    """What becomes of the mutants of a cell: of those slips that `choose` keeps of each row."""
    started, report = time.process_time(), Report(cell)
    chain, found = Chain(cell.text, cell.setting(), cell.label), rows(cell.text)
    for row in found:
        chain.define_first(row)
    setting = chain.setting
    for row, own in zip(found, sides(found, setting), strict=True):
        report.lines += len(own) - 1
        text = plain(row.text)
        for edit in choose(text, mutations(text, setting)):
            mutant = judged(cell.label, edit, text, own, setting, judge)
            if mutant is not None:
                report.mutants.append(mutant)
    report.seconds = time.process_time() - started
    return report


def judged(label: str, edit: Edit, text: str, own: list, setting: Setting, judge: type[Judge]) -> Mutant | None:
    """What the checker says of a row with a slip in it; None where nothing that is checked has changed."""
    changed = edit.applied(text)
    try:
        parts = read_row(changed, setting)
    except NotationError as error:
        kind = "shape" if isinstance(error, ShapeError) else "notation"
        return Mutant(label, own[-1].line, edit.kind, changed, kind)
    for side, (relation, node) in zip(own, parts, strict=True):
        if side is None or (side.node == node and (side.relation == relation or not side.before)):
            continue
        if side.lines(relation, node)[0][1] in (":=", r"\leftarrow"):
            return None  # stated, not derived
        mutant = Mutant(label, side.line, edit.kind, changed)
        return replace(mutant, outcome=fate(mutant, side, relation, node, setting, judge))
    return None


def fate(mutant: Mutant, side: Side, relation: str, node: Node, setting: Setting, judge: type[Judge]) -> str:
    """How a mutant is refused, or why it need not be, or that it has survived."""
    line, *behind = side.lines(relation, node)
    ordered, kept = line[1] in LOOSE, not side.before or relation == side.relation
    if ordered and kept and not behind:  # tell first what follows from the book: the proof of it is shorter
        if is_same(side, node, line[1], setting):
            return "equal"
        if is_weaker(side, node, setting):
            return "true"
    said = outcome(judge(setting), *line)
    if said in REFUSED:
        return said
    if kept and is_same(side, node, line[1], setting):
        return "equal"
    for following in behind if ordered else ():  # a changed bound may still be one; then the next line does not follow
        if (refused := outcome(judge(setting), *following)) in REFUSED:
            return refused
    known = ordered and said == "proved" and holds(setting, *line[:3])
    return "true" if known or str(mutant) in BY_HAND else "survived"


def is_same(side: Side, node: Node, relation: str, setting: Setting) -> bool:
    """Whether a changed side is proved to say the same; at points it is compared once more, apart from the proof."""
    if relation == r"\approx":
        order_of = next(inner for end in (side.node, side.after and side.after[1]) if end for inner in end.walk()
                        if inner.head == "call" and inner.children[0] == "O")
        rest = Chain.without_order(node)
        return proved(setting, side.node, relation, Node("add", (rest, order_of), rest.span))
    around = side.before or side.after[1:]  # tells the ranges of indices
    if not proved(setting, side.node, "=", node, around):
        return False
    comparison = Comparison(setting, [side.node, node], [*around])
    found = [(domain, comparison.entries(domain, side.node, node)) for domain in setting.explicit]
    return not any(equality.refuted(domain, entries, 8) for domain, entries in found)


def is_weaker(side: Side, node: Node, setting: Setting) -> bool:
    """Whether a changed bound follows from the one of the book, since it leaves more room."""
    if side.before:
        return proved(setting, side.node, LOOSE[side.relation], node)
    return proved(setting, node, LOOSE[side.after[0]], side.node)


def holds(setting: Setting, left: Node, relation: str, right: Node) -> bool:
    """Whether an inequality holds at points of all magnitudes."""
    comparison = Comparison(setting, [left, right])
    for domain in setting.explicit:
        upward = relation in ("<", r"\le")
        gaps = [b - a if upward else a - b for _, a, b in comparison.entries(domain, left, right)]
        tried = points(domain, 20, gaps) + points(domain, 40, gaps, wide=True)
        if not tried or any(order.fails(point, gap, relation in ("<", ">")) for point in tried for gap in gaps):
            return False
    return True


# --- the book ---------------------------------------------------------------------------------------------------------


def table(notebooks: list[Path], reports: list[Report]) -> dict:
    """For each chapter, for each kind of slip, how many mutants met which end."""
    found = {}
    for notebook in notebooks:
        own = [report for report in reports if report.cell.chapter == notebook.stem]
        kinds: dict[str, Counter] = {}
        for mutant in (mutant for report in own for mutant in report.mutants):
            kinds.setdefault(mutant.kind, Counter())[mutant.outcome] += 1
        found[notebook.stem] = {"fingerprint": chapters.fingerprint(notebook), "kinds": kinds,
                                "lines": sum(report.lines for report in own)}
    return found


def summary(name: str, reports: list[Report]) -> str:
    count = Counter(mutant.outcome for report in reports for mutant in report.mutants)
    ends = ", ".join(f"{count[end]} {end}" for end in (*REFUSED, *ALLOWED, "survived"))
    seconds = sum(report.seconds for report in reports)
    lines = sum(report.lines for report in reports)
    return f"{name:20} {lines:4} lines {count.total():6} mutants: {ends} ({seconds:.0f} s)"


def main(names: list[str]) -> int:
    notebooks = [path for path in chapters.notebooks() if path.exists() and (not names or path.stem in names)]
    todo = sorted((cell for path in notebooks for cell in cells(path)), key=lambda cell: -len(cell.text))
    reports = []
    with get_context("fork").Pool(2) as pool:
        for report in pool.imap_unordered(mutants, todo):
            reports.append(report)
            if sys.stderr.isatty():
                print(f"\r{len(reports)} of {len(todo)} derivations ", end="", file=sys.stderr, flush=True)
    for notebook in notebooks:
        print(summary(notebook.stem, [report for report in reports if report.cell.chapter == notebook.stem]))
    print(summary("all", reports))
    survived = sorted(str(mutant) for report in reports for mutant in report.of("survived"))
    if not names:
        counts.write("chapters", table(notebooks, reports))
        counts.write("checker", {"fingerprint": counts.checker()})
    print("\n".join(["survived:", *survived]) if survived else "none survived")
    return bool(survived)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
