"""The mutants: how many slips were put before the checker, and what became of them; from `book/mutants.json`.

`make mutants` writes that file, with a fingerprint of what it counted. The numbers of a chapter that has changed since
are not shown, and the page says so, as it does of a changed checker and of changed layers. The build does not fail for
it: an author need not wait some minutes after each line, and a reader sees no number that belongs to another text.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .citations import chapter as short_name
from .elements import make_box, page_link, text_box

sys.path.append(str(Path(__file__).resolve().parents[3] / "tools"))

import chapters
import counts
from mutations import KINDS

REFUSED = {"value": "by numbers", "shape": "by shape", "notation": "unreadable", "time": "undecided"}
ALLOWED = {"equal": "says the same", "true": "still holds"}
ENDS = {**REFUSED, **ALLOWED, "survived": "survived"}


@dataclass(frozen=True)
class Chapter:
    """The counts of a chapter: how many mutants of each kind met which end; none where they are stale."""

    page: str
    lines: int
    kinds: dict[str, dict[str, int]] | None

    def count(self) -> Counter:
        return sum((Counter(ends) for ends in (self.kinds or {}).values()), Counter())


def read_chapters(root: Path, pages: list[str], table: dict) -> list[Chapter]:
    """The chapters of the book in which lines are checked, with their counts where these are of the present text."""
    found = []
    for page in pages:
        notebook = (root / page).with_suffix(".ipynb")
        if not notebook.exists() or not any(magic != "given" for magic, *_ in chapters.checked(notebook)):
            continue
        counted = table.get("chapters", {}).get(notebook.stem, {})
        fresh = counted.get("fingerprint") == chapters.fingerprint(notebook)
        found.append(Chapter(page, counted.get("lines", 0), counted["kinds"] if fresh else None))
    return found


class mutants_list(nodes.General, nodes.Element):
    """Where the counts go; replaced when the whole book has been read."""


class Mutants(SphinxDirective):
    """``{mutants}`` in Markdown."""

    def run(self) -> list[nodes.Node]:
        return [mutants_list("")]


def build(app, doctree: nodes.document, docname: str) -> None:
    from .ledger import order

    for place in list(doctree.findall(mutants_list)):
        root, table = Path(app.srcdir), counts.read(Path(app.srcdir) / "book" / "mutants.json")
        found = read_chapters(root, order(app.env), table)
        titles = [page_link(app, docname, chapter.page, short_name(app.env, chapter.page)) for chapter in found]
        place.replace_self([make_box("div", *content(found, titles, table, root), classes="ledger")])


def content(found: list[Chapter], titles: list[nodes.Node], table: dict, root: Path) -> list[nodes.Node]:
    total = sum((chapter.count() for chapter in found), Counter())
    refused, allowed = (sum(total[end] for end in ends) for ends in (REFUSED, ALLOWED))
    facts = [(total.total(), "slips tried"), (refused, "refused"), (allowed, "need not be"),
             (total["survived"], "survived")]
    tiles = make_box("dl", *[make_box("div", text_box("dd", f"{number:,}"), text_box("dt", name))
                             for number, name in facts], classes="facts")
    return [tiles, *notes(found, table, root), by_chapter(found, titles), by_kind(found), crossed(found, titles),
            *layers(table, root)]


def notes(found: list[Chapter], table: dict, root: Path) -> list[nodes.Node]:
    """What the reader has to know of the age of the counts."""
    said = []
    if any(chapter.kinds is None for chapter in found):
        said.append("A chapter without numbers has changed since the last whole run, and is not counted.")
    if table.get("checker", {}).get("fingerprint") != counts.checker(root):
        said.append("The checker has changed since; these are the counts of the one before.")
    return [text_box("p", " ".join(said), "stale")] if said else []


def grid(name: str, heads: list[str], rows: list[list]) -> nodes.Node:
    """A table whose first column names the row; numbers stand on the right, nothing stands for zero.

    A column that is empty throughout is left out.
    """
    from .ledger import scrolling

    kept = [k for k in range(len(heads)) if not k or any(row[k] for row in rows)]
    heads, rows = [heads[k] for k in kept], [[row[k] for k in kept] for row in rows]

    def cell(value) -> nodes.Node:
        return text_box("td", value if isinstance(value, str) else f"{value:,}" if value else "", "number")

    def first(value) -> nodes.Node:
        return make_box("th", value if isinstance(value, nodes.Node) else nodes.Text(value), html={"scope": "row"})

    top = make_box("tr", *[text_box("th", head, "number" if k else "", html={"scope": "col"})
                           for k, head in enumerate(heads)])
    body = [make_box("tr", first(row[0]), *[cell(value) for value in row[1:]]) for row in rows]
    return scrolling(name, make_box("table", make_box("thead", top), make_box("tbody", *body), classes="counts"))


def by_chapter(found: list[Chapter], titles: list[nodes.Node]) -> nodes.Node:
    rows = []
    for chapter, title in zip(found, titles, strict=True):
        count = chapter.count()
        rows.append([title.deepcopy(), *([chapter.lines, count.total(), *[count[end] for end in ENDS]]
                                         if chapter.kinds is not None else ["stale", *[""] * (len(ENDS) + 1)])])
    return grid("Mutants by chapter", ["Chapter", "lines", "slips", *ENDS.values()], rows)


def by_kind(found: list[Chapter]) -> nodes.Node:
    rows = []
    for kind, meaning in KINDS.items():
        count = sum((Counter(chapter.kinds.get(kind, {})) for chapter in found if chapter.kinds), Counter())
        rows.append([meaning, count.total(), *[count[end] for end in ENDS]])
    return grid("Mutants by kind of slip", ["Slip", "slips", *ENDS.values()], rows)


def crossed(found: list[Chapter], titles: list[nodes.Node]) -> nodes.Node:
    """Every kind in every chapter: refused + need not be (survived, where any has)."""
    def said(ends: dict[str, int]) -> str | int:
        refused, allowed = (sum(ends.get(end, 0) for end in some) for some in (REFUSED, ALLOWED))
        survived = f" ({ends['survived']} survived)" if ends.get("survived") else ""
        return f"{refused} + {allowed}{survived}" if allowed or survived else refused

    fresh = [(chapter, title) for chapter, title in zip(found, titles, strict=True) if chapter.kinds is not None]
    rows = [[kind, *[said(chapter.kinds.get(kind, {})) for chapter, _ in fresh]] for kind in KINDS]
    heads = ["", *[title.astext() for _, title in fresh]]
    summary = make_box("summary", text_box("span", "By chapter and kind", "chapter"), nodes.Text(" "),
                       text_box("span", "refused + need not be", "counts"))
    return make_box("details", summary, grid("Mutants by chapter and kind", heads, rows))


def layers(table: dict, root: Path) -> list[nodes.Node]:
    """The mutants of the NumPy code, file by file."""
    counted = table.get("layers")
    if not counted:
        return []
    rows = [[f"nblib/layers: {name}" if name != "layers" else "nblib/layers", count["mutants"],
             count["mutants"] - count["survived"], count["survived"]] for name, count in counted["files"].items()]
    stale = counted["fingerprint"] != counts.layers(root)
    note = text_box("p", "The layers or their tests have changed since; these are the counts of before.", "stale")
    return [note if stale else None, grid("Mutants of the layers", ["Code", "slips", "noticed", "harmless"], rows)]


def setup(app) -> None:
    app.add_node(mutants_list)
    app.add_directive("mutants", Mutants)
    app.connect("doctree-resolved", build)
