"""Which result rests on which: read from the chapters and their records, shown below every equation.

A *result* is whatever has a number: a derivation, a measurement, a definition in the prose. It rests on the equations
that the text leading up to it cites with `{eq}`, back to the heading, the equation or the code before that text; and
on those whose left side it takes up, in the same setting. Any other citation is a *mention*, of its section.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging

from .derivations import aside, derivation
from .elements import box, equation_link, make_box, page_link, text_box
from .ledger import order
from .reading import readings, taken_up

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """A numbered equation, with the labels of those that it rests on."""

    label: str
    page: str
    verdict: str
    formula: str                    # what it is about: its first left side
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A citation that leads up to no result."""

    label: str
    page: str
    anchor: str
    title: str


@dataclass
class Citations:
    """Those of the whole book, its results in the order in which they are read."""

    results: dict[str, Result] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)

    def rests_on(self, label: str) -> list[str]:
        return [cited for cited in self.results[label].rests_on if cited in self.results]

    def used_in(self, label: str) -> list[str]:
        return [result.label for result in self.results.values() if label in result.rests_on]

    def mentioned_in(self, label: str) -> list[Mention]:
        return list(dict.fromkeys(mention for mention in self.mentions if mention.label == label))

    def pages(self) -> dict[str, list[Result]]:
        """The results of each page that has any."""
        found: dict[str, list[Result]] = {}
        for result in self.results.values():
            found.setdefault(result.page, []).append(result)
        return found

    def circle(self) -> list[str]:
        """Labels of which each rests on the next and the last on the first; empty when the book argues forwards."""
        done: set[str] = set()

        def search(label: str, path: list[str]) -> list[str]:
            if label in path:
                return path[path.index(label):]
            if label not in done:
                for cited in self.rests_on(label):
                    if found := search(cited, [*path, label]):
                        return found
                done.add(label)
            return []

        return next((found for label in self.results if (found := search(label, []))), [])


# --- reading ----------------------------------------------------------------------------------------------------------

def citations(document: nodes.document, page: str, records: list[dict]) -> tuple[list[Result], list[Mention]]:
    """The results and the mentions of one page, in order."""
    taken = taken_up(readings(records))
    records = {record["name"]: record for record in records if record.get("name")}
    results, mentions, waiting, section = [], [], [], None
    for node, part in parts(document):
        if part == "citation":
            waiting.append(node["reftarget"])
            continue
        if part == "result":
            label = node["label"]
            cited = dict.fromkeys(other for other in waiting + taken.get(label, []) if other != label)
            results.append(result(node, page, records.get(label), tuple(cited)))
        elif section is not None:
            mentions += [Mention(label, page, section["ids"][0], section[0].astext()) for label in waiting]
        waiting.clear()
        section = node if part == "section" else section
    return results, mentions


def parts(document: nodes.document) -> Iterator[tuple[nodes.Node | None, str]]:
    """What matters of a page, in order: its sections, citations and results, and what else ends a text."""
    for node in document.findall():
        if isinstance(node, nodes.section):
            yield node, "section"
        elif isinstance(node, addnodes.pending_xref) and node.get("reftype") == "eq":
            yield node, "citation"
        elif isinstance(node, (derivation, nodes.math_block)) and node.get("label"):
            yield node, "result"
        elif isinstance(node, aside) or node_of_code(node):
            yield node, "end"
    yield None, "end"


def node_of_code(node: nodes.Node) -> bool:
    """A cell of Python: not one that became a derivation or a setting."""
    if not (isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"):
        return False
    return not any(isinstance(inner, derivation) or "setting-frame" in inner["classes"] for inner in node.findall(box))


def result(node: nodes.Element, page: str, record: dict | None, cited: tuple[str, ...]) -> Result:
    if record is None:                  # a display in the prose, which may only define
        return Result(node["label"], page, "definition", node.astext().partition(":=")[0].strip(), cited)
    return Result(node["label"], page, record["verdict"], record["lines"][0]["left"], cited)


def note(app, document: nodes.document) -> None:
    env = app.env
    if not hasattr(env, "nblib_citations"):
        env.nblib_citations = {}
    records = getattr(env, "nblib_records", {}).get(env.docname, [])
    env.nblib_citations[env.docname] = citations(document, env.docname, records)


def purge(app, env, docname) -> None:
    getattr(env, "nblib_citations", {}).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    found = getattr(other, "nblib_citations", {})
    found = {page: found[page] for page in docnames if page in found}
    env.nblib_citations = getattr(env, "nblib_citations", {}) | found


def of_book(env) -> Citations:
    """The citations of all pages, in the order of the book."""
    book = Citations()
    for page in order(env):
        results, mentions = env.nblib_citations.get(page, ([], []))
        book.results |= {result.label: result for result in results}
        book.mentions += mentions
    return book


def check(app, env) -> None:
    """Fail the build when results rest on one another in a circle."""
    book = of_book(env)
    if circle := book.circle():
        logger.warning("these results rest on one another: %s", ", ".join(circle),
                       location=book.results[circle[0]].page, type="nblib", subtype="circle")


# --- below each equation ----------------------------------------------------------------------------------------------

def show_uses(app, doctree: nodes.document, docname: str) -> None:
    """Below each equation of the page, links to what uses it."""
    book = of_book(app.env)
    for node in list(doctree.findall(lambda node: isinstance(node, (derivation, nodes.math_block)))):
        line = uses(app, docname, book, node["label"]) if node.get("label") in book.results else None
        if line is not None and isinstance(node, derivation):
            node += line
        elif line is not None:
            node.parent.insert(node.parent.index(node) + 1, line)


def uses(app, docname: str, book: Citations, label: str) -> nodes.Node | None:
    """``Used in (4.2), (5.1); cited under Check``; None for an equation that nothing cites."""
    equations = [equation_link(app, docname, user) for user in book.used_in(label)]
    sections = [section_link(app, docname, mention) for mention in book.mentioned_in(label)]
    words = [nodes.Text("Used in "), *listed(equations)] if equations else []
    if sections:
        words += [nodes.Text("; cited under " if words else "Cited under "), *listed(sections)]
    return make_box("p", *words, classes="uses") if words else None


def listed(links: list[nodes.Node]) -> list[nodes.Node]:
    """The links with commas between them."""
    return [part for k, link in enumerate(links) for part in ([nodes.Text(", ")] if k else []) + [link]]


def section_link(app, docname: str, mention: Mention) -> nodes.Node:
    words = mention.title if mention.page == docname else f"{mention.title} of {chapter(app.env, mention.page)}"
    return page_link(app, docname, mention.page, words, mention.anchor)


def chapter(env, page: str) -> str:
    """``chapter 4``, or the title of a page without a number."""
    number = env.toc_secnumbers.get(page, {}).get("")
    return f"chapter {'.'.join(map(str, number))}" if number else env.titles[page].astext()


def equation_list(app, docname: str, labels: list[str]) -> list[nodes.Node]:
    return listed([equation_link(app, docname, label) for label in labels]) or [text_box("span", "–", "none")]


def setup(app) -> None:
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", show_uses)
