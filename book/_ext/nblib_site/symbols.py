"""The index of symbols: every name of every setting, its shape, what it stands for, and the equations that name it.

Names and shapes come from the records of the settings, the equations from the LaTeX that was checked. What a symbol
stands for comes from the tables of the section *Setting*, where a chapter has one, and from the declarations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from nblib.syntax import canonical

from .citations import chapter, equation_list
from .derivations import setting_anchor
from .elements import make_box, page_link, text_box
from .ledger import order, scrolling
from .reading import readings

PLAIN = (nodes.Text, nodes.math, nodes.strong, nodes.emphasis, nodes.literal)


@dataclass
class Symbol:
    """A name with one shape in one chapter: the setting that declares it first, its declarations, its equations."""

    name: str
    page: str
    setting: int                    # counted from 1 on its page
    shape: str                      # "size", "function", "number", or LaTeX
    rank: int
    declarations: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    meaning: list[nodes.Node] = field(default_factory=list)


def symbols(page: str, records: list[dict]) -> list[Symbol]:
    """The symbols of the settings of a page, in the order in which they are declared."""
    found: dict[tuple[str, str], Symbol] = {}
    here: dict[int, dict[str, Symbol]] = {}
    settings = [record for record in records if record["kind"] == "setting"]
    for number, record in enumerate(settings, 1):
        here[number] = {}
        for item in sorted(record["declarations"], key=lambda item: item["kind"] == "random"):
            name = item["name"]
            if not name or item["kind"] == "assumption":
                continue
            if name not in here[number]:
                shape = shape_of(item)
                here[number][name] = found.setdefault(
                    (name, shape), Symbol(name, page, number, shape, len(item["shape"])))
            symbol = here[number][name]
            if item["latex"] not in symbol.declarations:
                symbol.declarations.append(item["latex"])
    for reading in readings(records):
        for name in reading.names:
            symbol = here[reading.settings[-1]][name]
            if reading.label not in symbol.equations:
                symbol.equations.append(reading.label)
    return list(found.values())


def shape_of(item: dict) -> str:
    r"""``m \times n``, as it was typed where it was; a word for what has no shape."""
    if item["kind"] in ("size", "function"):
        return item["kind"]
    typed = re.search(r"\\mathbb\{R\}(?:_\{[^{}]*\})?\^\{((?:[^{}]|\{[^{}]*\})*)\}", item["latex"])
    if item["kind"] == "symbol" and typed and len(typed[1].split(r"\times")) == len(item["shape"]):
        return re.sub(r"\s+", " ", typed[1]).strip()
    return r" \times ".join(extent(size, len(item["shape"]) > 1) for size in item["shape"]) or "number"


def extent(size: str, bracketed: bool) -> str:
    """One size of a shape in LaTeX; a sum begins with what is not subtracted, and stands in brackets beside others."""
    size = re.sub(r"^-(\S+) \+ (.*)$", r"\2 - \1", size).replace("*", r"\,")
    return f"({size})" if bracketed and re.search(r" [+-] ", size) else size


# --- what the chapters say of them ------------------------------------------------------------------------------------

def explain(found: list[Symbol], document: nodes.document) -> None:
    """Give the symbols of a page the meaning that the tables of its section *Setting* give them.

    A row speaks of the first declaration of its symbol that has as many indices as its shape.
    """
    for row in table_rows(document):
        names = [math.astext() for math in row["symbol"].findall(nodes.math)]
        meanings, shapes = shared(row["meaning"], row["symbol"], names), shared(row["shape"], row["symbol"], names)
        for name, meaning, shape in zip(names, meanings, shapes, strict=True):
            symbol = match(found, name, rank("".join(node.astext() for node in shape)))
            if symbol is not None:
                symbol.meaning = [node.deepcopy() for node in meaning]


def table_rows(document: nodes.document):
    """The rows of the tables that have the columns symbol, meaning and shape, each as a dictionary of its cells."""
    for section in document.findall(nodes.section):
        if section[0].astext() != "Setting":
            continue
        for table in section.findall(nodes.table):
            first, *others = table.findall(nodes.row)
            heads = [entry.astext().strip() for entry in first.findall(nodes.entry)]
            if {"symbol", "meaning", "shape"} <= set(heads):
                yield from (dict(zip(heads, row.findall(nodes.entry), strict=True)) for row in others)


def shared(cell: nodes.Element, symbols: nodes.Element, names: list[str]) -> list[list[nodes.Node]]:
    """What a cell says of each of the symbols of its row: its parts in turn, or all of it of each.

    Semicolons divide groups of symbols, commas the symbols of a group.
    """
    leaves = flat(cell)
    sizes = [sum(isinstance(node, nodes.math) for node in group) for group in divided(flat(symbols), ";")]
    groups = divided(leaves, ";")
    if len(groups) == len(sizes):
        return [part for group, size in zip(groups, sizes, strict=True)
                for part in (divided(group, ",") if one_each(divided(group, ","), size) else [group] * size)]
    parts = groups if len(groups) == len(names) else divided(leaves, ",")
    return parts if one_each(parts, len(names)) else [leaves] * len(names)


def one_each(parts: list[list[nodes.Node]], count: int) -> bool:
    """Whether these are so many meanings, and none merely goes on with the one before it: labels, as rows."""
    starts = [part[0].astext().split(maxsplit=1)[0] if part and part[0].astext().strip() else "" for part in parts[1:]]
    return len(parts) == count and not any(start in ("as", "with", "for", "in", "of", "by") for start in starts)


def flat(cell: nodes.Element) -> list[nodes.Node]:
    """The text and the formulas of a cell, without the paragraphs around them."""
    found = []
    for node in cell.children:
        if isinstance(node, PLAIN):
            found.append(node)
        else:
            found += flat(node) if node.children else [nodes.Text(node.astext())]
    return found


def divided(leaves: list[nodes.Node], sign: str) -> list[list[nodes.Node]]:
    """The parts between the signs that stand in the text itself."""
    parts: list[list[nodes.Node]] = [[]]
    for node in leaves:
        pieces = str(node).split(sign) if isinstance(node, nodes.Text) else [node]
        for k, piece in enumerate(pieces):
            if k:
                parts.append([])
            if not isinstance(piece, str) or piece.strip():
                parts[-1].append(nodes.Text(re.sub(r"^ (and )?", "", piece)) if k else nodes.Text(piece)
                                 if isinstance(piece, str) else piece)
    return parts


def rank(shape: str) -> int:
    r"""How many indices: 2 for ``n \times m`` and 4 × 4, 0 for a number."""
    shape = shape.partition(",")[0]
    return 0 if "number" in shape else 1 + shape.count(r"\times") + shape.count("×")


def match(found: list[Symbol], latex: str, indices: int) -> Symbol | None:
    """The first symbol of this name, with or without its own index, that has so many indices."""
    names = (canonical(latex), re.sub(r"_\{[^{}]*\}$", "", canonical(latex)))
    return next((symbol for name in dict.fromkeys(names) for symbol in found
                 if symbol.name == name and symbol.rank == indices and symbol.shape != "function"), None)


# --- the page ---------------------------------------------------------------------------------------------------------

class symbol_place(nodes.General, nodes.Element):
    """Where the index goes; replaced when the whole book has been read."""


class Symbols(SphinxDirective):
    """``{symbols}`` in Markdown."""

    def run(self) -> list[nodes.Node]:
        return [symbol_place("")]


def initial(name: str) -> str:
    r"""The letter under which a name stands: A for ``\hat{a}``, ``Greek`` for ``\alpha``, 1 for ``\mathbf{1}``."""
    bare = re.sub(r"\\(?:math\w+|hat|bar|tilde|vec|dot)(?![a-z])", "", name).strip("{} ")
    if bare.startswith("\\"):
        return "L" if bare.startswith(r"\ell") else "Greek"
    return bare[:1].upper()


def alphabetical(symbol: Symbol) -> tuple:
    letter = initial(symbol.name)
    bare = re.sub(r"\\(?:math\w+|hat|bar|tilde|vec|dot)(?![a-z])|[{}\\]", "", symbol.name)
    return (letter == "Greek", not letter.isalpha(), letter, bare.lower(), bare, symbol.name)


def build_index(app, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(symbol_place)):
        found = [symbol for page in order(app.env) for symbol in app.env.nblib_symbols.get(page, [])]
        place.replace_self(page_content(app, docname, found))


def page_content(app, docname: str, found: list[Symbol]) -> nodes.Node:
    letters: dict[str, list[Symbol]] = {}
    for symbol in sorted(found, key=alphabetical):          # a stable sort: chapters keep their order
        letters.setdefault(initial(symbol.name), []).append(symbol)
    jumps = [make_box("a", nodes.Text(letter), html={"href": f"#symbols-{letter.lower()}"}) for letter in letters]
    tables = [table(app, docname, letter, some) for letter, some in letters.items()]
    return make_box("div", make_box("nav", *jumps, html={"aria-label": "Letters"}), *tables, classes="ledger symbols")


def table(app, docname: str, letter: str, some: list[Symbol]) -> nodes.Node:
    heads = ("Symbol", "Shape", "Meaning and declaration", "Chapter", "Used in")
    head = make_box("thead", make_box("tr", *[text_box("th", name, html={"scope": "col"}) for name in heads]))
    before = [None, *(symbol.name for symbol in some)]
    rows = [row(app, docname, symbol, symbol.name != name) for symbol, name in zip(some, before, strict=False)]
    title = text_box("h2", letter, ids=[f"symbols-{letter.lower()}"])
    frame = scrolling(f"Symbols: {letter}", make_box("table", head, make_box("tbody", *rows)))
    return make_box("section", title, frame)


def row(app, docname: str, symbol: Symbol, first: bool) -> nodes.Node:
    typeset = symbol.shape not in ("size", "function", "number")
    shape = nodes.math("", symbol.shape) if typeset else nodes.Text(symbol.shape)
    meaning = make_box("div", *symbol.meaning, classes="meaning") if symbol.meaning else None
    declared = [make_box("div", nodes.math("", latex), classes="declared") for latex in symbol.declarations]
    place = page_link(app, docname, symbol.page, chapter(app.env, symbol.page), setting_anchor(symbol.setting))
    return make_box("tr", make_box("td", nodes.math("", symbol.name), classes="symbol"),
                    make_box("td", shape), make_box("td", meaning, *declared), make_box("td", place, classes="place"),
                    make_box("td", *equation_list(app, docname, symbol.equations), classes="equations"),
                    classes="first" * first)


def note(app, document: nodes.document) -> None:
    env = app.env
    if not hasattr(env, "nblib_symbols"):
        env.nblib_symbols = {}
    found = symbols(env.docname, getattr(env, "nblib_records", {}).get(env.docname, []))
    explain(found, document)
    env.nblib_symbols[env.docname] = found


def purge(app, env, docname) -> None:
    getattr(env, "nblib_symbols", {}).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    found = getattr(other, "nblib_symbols", {})
    found = {page: found[page] for page in docnames if page in found}
    env.nblib_symbols = getattr(env, "nblib_symbols", {}) | found


def outdated(app, env, added, changed, removed) -> list[str]:
    return sorted(page for page in env.found_docs if page.rsplit("/", 1)[-1] == "symbols")


def setup(app) -> None:
    app.add_node(symbol_place)
    app.add_directive("symbols", Symbols)
    app.connect("doctree-read", note, priority=400)         # before signs are tied to the formulas that they follow
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-resolved", build_index)
    app.connect("env-get-outdated", outdated)
