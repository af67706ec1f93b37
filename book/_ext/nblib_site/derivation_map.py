"""The map of derivations: every result, a column for each chapter, and an arrow from each to what rests on it.

A drawing without a script: its links take the focus one after the other, and the lines of the one that has it, or that
the pointer is on, come forward. Below it the same in words, chapter by chapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from nblib.display import MARKS
from nblib.page import SIGNS

from .citations import Citations, Result, equation_list, of_book
from .elements import equation_link, make_box, mark, page_link, text_box
from .ledger import legend, scrolling

WIDTH, HEIGHT = 54, 20              # of a result, in pixels
COLUMN, ROW = 84, 25                # from one chapter, or result, to the next
TOP, MARGIN = 62, 6                 # above the first result; around the drawing
BULGE = 34                          # how far the longest line within a chapter swings out; 3/4 of it is seen


@dataclass(frozen=True)
class Place:
    """Where a result stands: the left end and the middle of its height, and its column."""

    x: float
    y: float
    column: int


def layout(columns: list[list[str]]) -> dict[str, Place]:
    """A place for each label: chapters from left to right, their results from top to bottom."""
    return {label: Place(MARGIN + COLUMN * k, TOP + ROW * row + HEIGHT / 2, k)
            for k, labels in enumerate(columns) for row, label in enumerate(labels)}


def curve(cited: Place, citing: Place) -> str:
    """The path of a line: an arc at the right of a column, an S from one column to another."""
    x, y = cited.x + WIDTH, cited.y
    if cited.column == citing.column:
        swing = x + min(BULGE, 12 + .16 * abs(citing.y - y))
        return f"M{x:g} {y:g}C{swing:g} {y:g} {swing:g} {citing.y:g} {x:g} {citing.y:g}"
    reach = COLUMN / 2 if citing.column > cited.column else -COLUMN / 2
    return f"M{x:g} {y:g}C{x + reach:g} {y:g} {citing.x - reach:g} {citing.y:g} {citing.x:g} {citing.y:g}"


# --- the drawing ------------------------------------------------------------------------------------------------------

def drawing(book: Citations, address: dict[str, tuple[str, str]], heads: list[tuple[str, str, str]],
            parts: list[tuple[str, int, int]]) -> str:
    """The SVG.

    Parameters
    ----------
    book : Citations
    address : dict
        For each label its number and the link to it.
    heads : list
        For each chapter that has results its number, its title and the link to it.
    parts : list
        The name of each part of the book, its first and its last column.
    """
    columns = [[result.label for result in results] for results in book.pages().values()]
    places = layout(columns)
    lines = [(cited, result.label) for result in book.results.values() for cited in book.rests_on(result.label)]
    names = {pair: f"line-{k + 1}" for k, pair in enumerate(lines)}
    width = 2 * MARGIN + COLUMN * len(columns)
    height = TOP + ROW * max(map(len, columns), default=0) + MARGIN
    drawn = [f'<svg class="map-drawing" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" '
             f'aria-label="{len(places)} results and {len(lines)} arrows">',
             '<defs><marker id="map-head" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="6" markerHeight="6" '
             'orient="auto-start-reverse"><path d="M0 .4 5.6 3 0 5.600Z"/></marker></defs>',
             *(part_name(*part) for part in parts),
             *(head(k, *chapter) for k, chapter in enumerate(heads)),
             '<g class="map-lines" aria-hidden="true">',
             *(f'<path id="{names[pair]}" d="{curve(places[pair[0]], places[pair[1]])}" marker-end="url(#map-head)"/>'
               for pair in lines),
             "</g>"]
    for label, place in places.items():
        near = [name for pair, name in names.items() if label in pair]
        drawn.append(chip(book, label, place, address, near))
    return "\n".join([*drawn, "</svg>"])


def part_name(name: str, first: int, last: int) -> str:
    x, end = MARGIN + COLUMN * first, MARGIN + COLUMN * last + WIDTH
    room = (end - x) // 7                       # letters that fit
    name = name if len(name) <= room else name[:room - 1].rstrip() + "…"
    return (f'<g class="map-part"><text x="{x}" y="14">{escape(name)}</text>'
            f'<path d="M{x} 21H{end}"/></g>')


def head(column: int, number: str, title: str, link: str) -> str:
    """The number of a chapter above its column; nothing above a page without one."""
    if not number:
        return ""
    x = MARGIN + COLUMN * column
    return (f'<a class="map-chapter" href="{escape(link)}" aria-label="{escape(f"Chapter {number}: {title}")}">'
            f'<title>{escape(title)}</title><rect x="{x}" y="26" width="{WIDTH}" height="28" rx="4"/>'
            f'<text x="{x + WIDTH / 2:g}" y="47">{escape(number)}</text></a>')


def chip(book: Citations, label: str, place: Place, address: dict[str, tuple[str, str]], near: list[str]) -> str:
    """One result: a link with its number and its mark, which lights the lines `near` it."""
    verdict = book.results[label].verdict
    classes = f"map-result is-{verdict.replace(' ', '-')}" + " map-alone" * (not near)
    number, link = address[label]
    said = spoken(book, label, address)
    lit = "".join(f'<use href="#{name}"/>' for name in near)
    y = place.y - HEIGHT / 2
    corner = f"translate({place.x + 5:g} {place.y - 5:g}) scale(.625)"
    return (f'<a class="{classes}" href="{escape(link)}" aria-label="{escape(said)}">'
            f'<title>{escape(said)}</title><g class="map-lit" aria-hidden="true">{lit}</g>'
            f'<rect x="{place.x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="{rounding(verdict)}"/>'
            f'<g class="map-sign" transform="{corner}">{SIGNS[verdict]}</g>'
            f'<text x="{place.x + 18:g}" y="{place.y + 4:g}">{escape(number)}</text></a>')


def rounding(verdict: str) -> int:
    """Square for what holds at every size and for what is measured, round for the others: as the marks are."""
    return 3 if verdict in ("proved for every size", "measured") else HEIGHT // 2


def spoken(book: Citations, label: str, address: dict[str, tuple[str, str]]) -> str:
    """``(4.2), proved; rests on (4.1); used in (4.3)``: the link in words."""
    words = f"({address[label][0]}), {book.results[label].verdict}"
    for name, labels in (("rests on", book.rests_on(label)), ("used in", book.used_in(label))):
        if labels:
            words += f"; {name} " + ", ".join(f"({address[other][0]})" for other in labels)
    return words


# --- the page ---------------------------------------------------------------------------------------------------------

class map_place(nodes.General, nodes.Element):
    """Where the map goes; replaced when the whole book has been read."""


class Map(SphinxDirective):
    """``{map}`` in Markdown."""

    def run(self) -> list[nodes.Node]:
        return [map_place("")]


def build_map(app, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(map_place)):
        book = of_book(app.env)
        place.replace_self(page_content(app, docname, book) if book.results else [])


def page_content(app, docname: str, book: Citations) -> list[nodes.Node]:
    address = {label: locate(equation_link(app, docname, label)) for label in book.results}
    heads = [(number_of(app.env, page), app.env.titles[page].astext(), app.builder.get_relative_uri(docname, page))
             for page in book.pages()]
    svg = drawing(book, address, heads, parts(app.env, list(book.pages())))
    given = {result.verdict for result in book.results.values()}
    frame = scrolling("Map of derivations", nodes.raw("", svg, format="html"))
    chapters = [in_words(app, docname, book, page, results) for page, results in book.pages().items()]
    return [make_box("div", frame, legend([verdict for verdict in MARKS if verdict in given]), *chapters,
                     classes="ledger map")]


def locate(link: nodes.Node) -> tuple[str, str]:
    """The number of an equation and its address, from a link to it."""
    found = next(link.findall(nodes.reference))
    address = found.get("refuri") or "#" + found["refid"]
    return found.astext().strip("()"), address


def number_of(env, page: str) -> str:
    return ".".join(map(str, env.toc_secnumbers.get(page, {}).get("", ())))


def parts(env, pages: list[str]) -> list[tuple[str, int, int]]:
    """The parts of the book by their captions in the table of contents, each with its first and last column."""
    found = []
    for tree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        columns = [pages.index(page) for page in tree["includefiles"] if page in pages]
        if columns and tree.get("caption"):
            found.append((tree["caption"], min(columns), max(columns)))
    return found


def in_words(app, docname: str, book: Citations, page: str, results: list[Result]) -> nodes.Node:
    """One chapter of the map as a table, and below it the results that are tied to no other."""
    tied = [result for result in results if book.rests_on(result.label) or book.used_in(result.label)]
    heads = ("Mark", "Equation", "About", "Rests on", "Used in")
    head = make_box("thead", make_box("tr", *[text_box("th", name, html={"scope": "col"}) for name in heads]))
    rows = [make_box("tr", make_box("td", mark("", verdict=result.verdict)),
                     make_box("td", equation_link(app, docname, result.label), classes="place"),
                     make_box("td", make_box("div", nodes.math("", result.formula)), classes="formula"),
                     make_box("td", *equation_list(app, docname, book.rests_on(result.label))),
                     make_box("td", *equation_list(app, docname, book.used_in(result.label))),
                     classes="first") for result in tied]
    title = app.env.titles[page].astext()
    table = scrolling(f"Citations of {title}", make_box("table", head, make_box("tbody", *rows))) if rows else None
    return make_box("section", make_box("p", text_box("span", number_of(app.env, page), "section-number"),
                                        nodes.Text(" "), page_link(app, docname, page, title), classes="chapter"),
                    table, alone(app, docname, [result for result in results if result not in tied]))


def alone(app, docname: str, results: list[Result]) -> nodes.Node | None:
    """``By themselves: proved (4.1), (4.2); sampled (4.5).``"""
    words: list[nodes.Node] = []
    for verdict in MARKS:
        labels = [result.label for result in results if result.verdict == verdict]
        if labels:
            words += [nodes.Text(f"{'; ' if words else 'By themselves: '}{verdict} "),
                      *equation_list(app, docname, labels)]
    return make_box("p", *words, nodes.Text("."), classes="alone") if words else None


def outdated(app, env, added, changed, removed) -> list[str]:
    return sorted(page for page in env.found_docs if page.rsplit("/", 1)[-1] == "map")


def setup(app) -> None:
    app.add_node(map_place)
    app.add_directive("map", Map)
    app.connect("doctree-resolved", build_map)
    app.connect("env-get-outdated", outdated)
