"""Would the checker notice?  Every line of every chapter with every one-token slip, put before it.

    python tools/mutants.py [chapter ...]

A mutant must be refused, or be proved equal to what the book says. One that is accepted as merely *sampled*, or that is
accepted though it says something else, has survived: the checker has a hole, or the line has one.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import chapters
from mutations import Edit, mutations, plain
from nblib import NotationError, Setting, ShapeError, WrongLine, equality, given, order
from nblib.checking import Chain, Comparison, GaveUp, Line
from nblib.deadline import TimeUp, time_limit
from nblib.exercise import OPEN
from nblib.points import points
from nblib.reader import read_row
from nblib.syntax import Node, Row, rows

SECONDS = 10.0  # for one mutant, as for one line
ORDERED = ("<", ">", r"\le", r"\ge")
REFUSED = {
    "value": "the two sides differ at a point",
    "shape": "the shapes do not fit",
    "notation": "it cannot be read",
    "time": "not decided in time",
}
ACCEPTED = {
    "equal": "proved equal to the line of the book",
    "true": "another inequality, which holds and is proved",
    "survived": "accepted, though it says something else, or nothing proves it",
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

    kind: str
    line: int
    text: str
    outcome: str


@dataclass
class Report:
    """What became of the mutants of one cell."""

    cell: Cell
    lines: int = 0
    mutants: list[Mutant] = field(default_factory=list)
    seconds: float = 0.0

    def survivors(self) -> list[str]:
        return [f"{self.cell.label}, line {m.line}, {m.kind}: {m.text}" for m in self.mutants if m.outcome == "survived"]


def cells(notebook: Path) -> Iterator[Cell]:
    """The cells of a chapter whose lines are checked."""
    settings: tuple[str, ...] = ()
    for cell in chapters.read(notebook)["cells"]:
        magic = re.match(r"%%(given|derive|exercise)[ \t]*(.*)\n", cell["source"])
        if cell["cell_type"] != "code" or not magic:
            continue
        text = cell["source"][magic.end() :]
        if magic[1] == "given":
            settings = (*settings, text) if magic[2].strip() == "also" else (text,)
        elif magic[1] == "derive" or not OPEN.search(text):
            body = re.sub(r"^hint:.*$\n?", "", text, flags=re.M)
            yield Cell(notebook.stem, magic[2].split()[0] if magic[2].strip() else "unnamed", body, settings)


# --- the judge --------------------------------------------------------------------------------------------------------


class Judge(Chain):
    """The checker of nblib, which only decides: it looks for no counterexample to show and names no slip."""

    def __init__(self, setting: Setting):
        super().__init__("", setting, None)

    def verdict(self, left: Node, relation: str, right: Node, chain: tuple[Node, ...] = ()) -> str:
        """How `left relation right` is proved, `chain` being the sides before it; raises where it is refused."""
        line = Line("", relation, "", "", "")
        self.chain = [*chain, left, right]
        with time_limit(SECONDS):
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


# --- one derivation ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """A side of a line: the sides before it in its chain, and what stands behind it."""

    line: int
    node: Node
    relation: str  # to the side before it; "" for the first one
    before: tuple[Node, ...]
    after: tuple[str, Node] | None = None

    def lines(self, relation: str, node: Node) -> list[tuple]:
        """The lines that `relation node` makes in the place of this side: with the side before it, then with the next."""
        behind = [(node, *self.after, self.before)] if self.after else []
        return [(self.before[-1], relation, node, self.before[:-1]), *behind] if self.before else behind


def sides(found: list[Row], setting: Setting) -> list[list[Side | None]]:
    """The sides of each row; None where a row goes on with the side above it."""
    made: list[list[Side | None]] = []
    chain: tuple[Node, ...] = ()
    last: tuple[int, int] | None = None
    line = 0
    for number, row in enumerate(found):
        made.append([])
        for position, (relation, node) in enumerate(read_row(plain(row.text), setting)):
            if node is None:
                made[-1].append(None)
                continue
            if position:
                line += 1
                above, at = made[last[0]][last[1]], last
                made[at[0]][at[1]] = replace(above, after=(relation, node))
            else:
                chain = ()
            made[-1].append(Side(max(line, 1) if position else line + 1, node, relation if position else "", chain))
            chain, last = (*chain, node), (number, position)
    return made


def mutants(cell: Cell, judge: type[Judge] = Judge, choose=None) -> Report:
    """What becomes of the mutants of a cell; of all of them, or of those that `choose` keeps of each row."""
    started, report = time.perf_counter(), Report(cell)
    chain = Chain(cell.text, cell.setting(), cell.label)
    chain.run()
    report.lines, setting = len(chain.lines), chain.setting
    found = rows(cell.text)
    for row, own in zip(found, sides(found, setting), strict=True):
        text = plain(row.text)
        edits = mutations(text, setting)
        for edit in choose(text, edits) if choose else edits:
            mutant = judged(edit, text, own, setting, judge)
            if mutant is not None:
                report.mutants.append(mutant)
    report.seconds = time.perf_counter() - started
    return report


def judged(edit: Edit, text: str, own: list[Side | None], setting: Setting, judge: type[Judge]) -> Mutant | None:
    """What the checker says of a row with a slip in it; None where the slip changes nothing that is checked."""
    changed = edit.applied(text)
    try:
        parts = read_row(changed, setting)
    except NotationError as error:
        kind = "shape" if isinstance(error, ShapeError) else "notation"
        return Mutant(edit.kind, own[-1].line, changed, kind)
    for side, (relation, node) in zip(own, parts, strict=True):
        if side is None or (side.node == node and (side.relation == relation or not side.before)):
            continue
        lines = side.lines(relation, node)
        if lines and lines[0][1] in (":=", r"\leftarrow"):
            return None  # stated, not derived
        return Mutant(edit.kind, side.line, changed, fate(side, relation, node, lines, setting, judge))
    return None


def fate(side: Side, relation: str, node: Node, lines: list[tuple], setting: Setting, judge: type[Judge]) -> str:
    """How the mutant is refused, or why it may be accepted, or that it has survived."""
    said = outcome(judge(setting), *lines[0])
    compared = lines[0][1]
    if said in REFUSED:
        return said
    if side.relation in ("", relation) and same(setting, side.node, node, compared):
        return "equal"
    if compared not in ORDERED:
        return "survived"
    for line in lines[1:]:  # a changed bound may still be a bound; then the next line does not follow from it
        if (refused := outcome(judge(setting), *line)) in REFUSED:
            return refused
    return "true" if said == "proved" and holds(setting, *lines[0][:3]) else "survived"


def same(setting: Setting, one: Node, other: Node, relation: str) -> bool:
    """Whether two sides are proved to say the same; at points they are compared once more, apart from the proof."""
    if relation == r"\approx":
        return outcome(Judge(setting), one, relation, with_order(other, one)).startswith("proved")
    if not outcome(Judge(setting), one, "=", other).startswith("proved"):
        return False
    comparison = Comparison(setting, [one, other])
    return all(equality.sampled(domain, comparison.entries(domain, one, other)) for domain in setting.explicit)


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


def run(cell: Cell) -> Report:
    return mutants(cell)


def main(names: list[str]) -> int:
    notebooks = [path for path in chapters.notebooks() if path.exists() and (not names or path.stem in names)]
    todo = [cell for path in notebooks for cell in cells(path)]
    started = time.perf_counter()
    with get_context("fork").Pool(2) as pool:
        reports = list(pool.imap_unordered(run, sorted(todo, key=lambda cell: -len(cell.text))))
    for name in dict.fromkeys(cell.chapter for cell in todo):
        own = [report for report in reports if report.cell.chapter == name]
        count = Counter(mutant.outcome for report in own for mutant in report.mutants)
        print(name, sum(report.lines for report in own), count.total(), dict(count),
              f"{sum(report.seconds for report in own):.1f} s")
    count = Counter(mutant.outcome for report in reports for mutant in report.mutants)
    print("all", sum(report.lines for report in reports), count.total(), dict(count))
    for report in reports:
        for line in report.survivors():
            print(line)
    print(f"{time.perf_counter() - started:.0f} s", [ (r.cell.label, round(r.seconds,1)) for r in sorted(reports, key=lambda r:-r.seconds)[:8]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
