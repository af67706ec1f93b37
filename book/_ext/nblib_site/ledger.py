"""The ledger: every equality of the book, how it was checked, at which sizes, in what time; made from the records.

The executor writes `_build/records/<chapter>.json` when it runs a chapter. The pages show the records that the
notebooks carry. The two must agree, or the build fails: then no mark can outlive the run that gave it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from nblib.display import MARKS

from .elements import equation_link, make_box, mark, text_box

logger = logging.getLogger(__name__)
PROVED = ("proved for every size", "proved")
CHECKED = (*PROVED, "sampled", "measured")      # an equality that something had to be done for; the others are stated
FOLDER = Path("_build/records")


@dataclass(frozen=True)
class Entry:
    """One line that was checked or stated: where it stands, and how it was checked."""

    chapter: str
    kind: str               # derivation, measurement or exercise
    label: str | None
    line: int               # counted from 1 in its derivation
    lines: int              # how many its derivation has
    formula: str
    verdict: str
    detail: str
    sizes: str
    seconds: float | None


def read_records(folder: Path) -> dict[str, list[dict]]:
    """The records of each chapter, by its name."""
    chapters = (json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json")))
    return {chapter["chapter"]: chapter["records"] for chapter in chapters}


def entries(chapter: str, records: list[dict]) -> list[Entry]:
    """The lines of the derivations and measurements of a chapter, and of its exercises that are solved."""
    found = []
    for record in records:
        if record["kind"] not in ("derivation", "measurement") and record.get("status") != "right":
            continue
        sizes, seconds = sizes_in_words(record.get("sizes", [])), record.get("seconds") or []
        for k, line in enumerate(record["lines"]):
            found.append(Entry(chapter, record["kind"], record.get("name"), k + 1, len(record["lines"]),
                               f"{line['left'] or '{}'} {line['relation']} {line['right']}", line["verdict"],
                               line.get("detail", ""), sizes, seconds[k] if k < len(seconds) else None))
    return found


def sizes_in_words(sizes: list[dict]) -> str:
    """``(m, n) = (3, 2), (5, 4)``."""
    if not sizes or not sizes[0]:
        return ""
    names, several = list(sizes[0]), len(sizes[0]) > 1
    values = [",\u00a0".join(str(size[name]) for name in names) for size in sizes]
    return (f"({', '.join(names)})" if several else names[0]) + " = " + ", ".join(
        f"({value})" if several else value for value in values)


def totals(found: list[Entry]) -> Counter:
    return Counter(entry.verdict for entry in found)


def share_proved(found: list[Entry]) -> float:
    """Of the equalities that were checked (not those that define or assume), the part that is proved."""
    count = totals(found)
    checked = sum(count[verdict] for verdict in CHECKED)
    return sum(count[verdict] for verdict in PROVED) / checked if checked else 1.0


def refuted(records: list[dict]) -> int:
    return sum(record["kind"] == "refutation" for record in records)


def disagreements(shown: list[dict], recorded: list[dict]) -> list[str]:
    """In what the records of a notebook differ from those of its last run; times aside."""
    recorded = [{key: value for key, value in record.items() if key != "seconds"} for record in recorded]
    if len(shown) != len(recorded):
        return [f"the page shows {len(shown)} records, the last run made {len(recorded)}"]
    return [f"record {k + 1} ({page.get('name') or page['kind']}) is not what the last run made"
            for k, (page, run) in enumerate(zip(shown, recorded, strict=True)) if page != run]


# --- the page ---------------------------------------------------------------------------------------------------------

class ledger_list(nodes.General, nodes.Element):
    """Where the ledger goes; replaced when the whole book has been read."""


class Ledger(SphinxDirective):
    """``{ledger}`` in Markdown."""

    def run(self) -> list[nodes.Node]:
        return [ledger_list("")]


class Marks(SphinxDirective):
    """``{marks}`` in Markdown: all the marks, with their meaning."""

    def run(self) -> list[nodes.Node]:
        return [make_box("div", legend(list(MARKS)), classes="ledger")]


def order(env) -> list[str]:
    """The pages that show records, in the order of the book."""
    shown = getattr(env, "nblib_records", {})
    pages, seen = [env.config.root_doc], []
    while pages:
        page = pages.pop(0)
        seen.append(page)
        pages = [child for child in env.toctree_includes.get(page, []) if child not in seen] + pages
    return [page for page in seen if page in shown] + sorted(set(shown) - set(seen))


def build_ledger(app, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(ledger_list)):
        recorded = read_records(Path(app.srcdir) / FOLDER)
        chapters = [(page, recorded.get(page.rsplit("/", 1)[-1], app.env.nblib_records[page]))
                    for page in order(app.env)]
        place.replace_self(page_content(app, docname, chapters))


def page_content(app, docname: str, chapters: list[tuple[str, list[dict]]]) -> list[nodes.Node]:
    found = [(page, entries(page.rsplit("/", 1)[-1], records)) for page, records in chapters]
    everything = [entry for _, some in found for entry in some]
    slips = sum(refuted(records) for _, records in chapters)
    content = [summary(everything, slips)]
    for page, some in found:
        if some:
            title = app.env.titles[page].astext()
            content.append(table(app, docname, page, title, some))
    return [make_box("div", *content, classes="ledger")]


def summary(everything: list[Entry], slips: int) -> nodes.Node:
    count = totals(everything)
    checked = sum(count[verdict] for verdict in CHECKED)
    seconds = sum(entry.seconds or 0 for entry in everything)
    facts = [(f"{len(everything)}", "lines in the book"), (f"{checked}", "equalities checked"),
             (f"{100 * share_proved(everything):.0f} %", "of these proved"), (f"{slips}", "wrong lines refuted"),
             (f"{seconds:.1f} s", "to check them all")]
    tiles = make_box("dl", *[make_box("div", text_box("dd", value), text_box("dt", name)) for value, name in facts],
                     classes="facts")
    return make_box("div", tiles, legend([verdict for verdict in MARKS if count[verdict]], count))


def legend(verdicts: list[str], count: Counter | None = None) -> nodes.Node:
    """The marks and what they mean; in the ledger also how often each was given."""
    heads = ("Mark", "Verdict", "Lines", "Meaning") if count else ("Mark", "Verdict", "Meaning")
    head = make_box("thead", make_box("tr", *[text_box("th", name, html={"scope": "col"}) for name in heads]))
    rows = [make_box("tr", make_box("td", mark("", verdict=verdict)), text_box("th", verdict, html={"scope": "row"}),
                     text_box("td", str(count[verdict]), "number") if count else None,
                     text_box("td", MARKS[verdict].meaning)) for verdict in verdicts]
    return scrolling("Marks", make_box("table", head, make_box("tbody", *rows), classes="verdicts"))


def scrolling(name: str, table: nodes.Node) -> nodes.Node:
    """A table in a frame of its own, which scrolls on a phone and takes the focus for it."""
    return make_box("div", table, classes="scroll", html={"tabindex": "0", "role": "region", "aria-label": name})


def table(app, docname: str, page: str, title: str, some: list[Entry]) -> nodes.Node:
    """The equalities of one chapter; folded on request, so that a long book stays one page."""
    heads = ("Mark", "Equation", "Line", "Sizes", "Time")
    head = make_box("thead", make_box("tr", *[text_box("th", name, html={"scope": "col"}) for name in heads]))
    body = make_box("tbody", *[row(app, docname, page, entry) for entry in some])
    count = totals(some)
    words = ", ".join(f"{count[verdict]} {verdict}" for verdict in MARKS if count[verdict])
    caption = make_box("summary", text_box("span", title, "chapter"), nodes.Text(" "),
                       text_box("span", words, "counts"))
    frame = scrolling(f"Equalities of {title}", make_box("table", head, body))
    return make_box("details", caption, frame, html={"open": "open"})


def row(app, docname: str, page: str, entry: Entry) -> nodes.Node:
    place = resolve(app, docname, page, entry) if entry.line == 1 else nodes.Text("")
    time = "" if entry.seconds is None else f"{1000 * entry.seconds:.0f} ms"
    return make_box("tr", make_box("td", mark("", verdict=entry.verdict, detail=entry.detail)),
                    make_box("td", place, classes="place"),
                    make_box("td", make_box("div", nodes.math("", entry.formula)), classes="formula"),
                    make_box("td", *sizes_as_nodes(entry if entry.line == 1 else None), classes="sizes"),
                    text_box("td", time, "number"),
                    classes="" if entry.line > 1 else "first")


def sizes_as_nodes(entry: Entry | None) -> list[nodes.Node]:
    """The names of the sizes typeset, their values as text, which can wrap."""
    names, equals, values = (entry.sizes if entry else "").partition(" = ")
    return [nodes.math("", names), nodes.Text(equals + values)] if names else []


def resolve(app, docname: str, page: str, entry: Entry) -> nodes.Node:
    """The number of an equation, or the word exercise, as a link to it."""
    if not entry.label:
        return nodes.inline("", "unnumbered")
    if entry.kind == "exercise":
        words = nodes.inline("", "exercise")
        return nodes.inline("", "", make_refnode(app.builder, docname, page, nodes.make_id(entry.label), words))
    return equation_link(app, docname, entry.label)


def check(app, env) -> None:
    """Fail the build when a page shows what the last run of its chapter did not make."""
    recorded = read_records(Path(app.srcdir) / FOLDER)
    for page in order(env):
        chapter = page.rsplit("/", 1)[-1]
        if chapter not in recorded:
            problems = ["it has never been run: no records"]
        else:
            problems = disagreements(env.nblib_records[page], recorded[chapter])
        for problem in problems:
            logger.warning("%s; run `make book`", problem, location=page, type="nblib", subtype="stale")


def always_outdated(app, env, added, changed, removed) -> list[str]:
    return sorted(page for page in env.found_docs if page.rsplit("/", 1)[-1] == "ledger")


def setup(app) -> None:
    app.add_node(ledger_list)
    app.add_directive("ledger", Ledger)
    app.add_directive("marks", Marks)
    app.connect("doctree-resolved", build_ledger)
    app.connect("env-check-consistency", check)
    app.connect("env-get-outdated", always_outdated)
