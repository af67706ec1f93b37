r"""How a record looks on a web page: a tree of elements, the same in the book as it is built and in a reader's browser.

The site's extension (``book/_ext``) makes the tree into document nodes, whose formulas become MathML; the live checker
(`nblib.answer`) makes it into HTML, whose formulas the page typesets. A derivation is a grid of lines, each with its
own formula, reason and mark. A refutation adds the counterexample, an exercise its answer and hints, a setting becomes
a table of declarations. Nothing here knows how a verdict was reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape as escaped

from .display import MARKS, first_line, readable, tex_name, unparsed

WIDE = 70       # widths of a letter that formula and reason together may take on the page
BRIEF = 27      # and a formula, left and right side, on a phone
KINDS = {"size": "Sizes", "symbol": "Symbols", "function": "Functions", "definition": "Definitions",
         "assumption": "Assumptions", "random": "Random variables"}
SIGNS = {  # 16 by 16, drawn with a stroke, so that they follow the colour of the badge
    "proved for every size": '<path d="M3 3.2 8 13.2 13 3.2M5.1 7.6h5.8"/>',
    "proved": '<path d="m3 8.6 3.4 3.4L13 4.6"/>',
    "sampled": '<path d="M8 4.6h.01M4.2 11.2h.01M11.8 11.2h.01" stroke-width="3"/>',
    "measured": '<path d="M8 2.6v7.2M4.4 6.2h7.2M4.4 13h7.2"/>',
    "definition": '<path d="M7 6.2h6.4M7 10.2h6.4"/><path d="M3.6 6.2h.01M3.6 10.2h.01" stroke-width="2.4"/>',
    "assumption": '<path d="M8 2.6 13.4 8 8 13.4 2.6 8Z"/>',
    "wrong": '<path d="m4 4 8 8M12 4l-8 8"/>',
    "open": '<path d="M5.4 6a2.6 2.6 0 1 1 3.8 2.3C8.4 8.8 8 9.300 8 10"/><path d="M8 13h.01" stroke-width="2.4"/>',
}


@dataclass(frozen=True)
class Formula:
    """A formula in running text; `display` sets it in display style."""

    latex: str
    display: bool = True


@dataclass(frozen=True)
class Badge:
    """The mark of a verdict; `detail` is the sentence that its tooltip adds."""

    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Element:
    """An HTML element: its tag, what is in it, its classes and more attributes."""

    tag: str
    children: tuple[Element | Formula | Badge | str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


Part = Element | Formula | Badge | str


def element(tag: str, *children: Part | None, classes: str = "", **attributes: str) -> Element:
    """The element with these children; a child that is None is left out."""
    return Element(tag, tuple(child for child in children if child is not None), tuple(classes.split()), attributes)


# --- what a record becomes --------------------------------------------------------------------------------------------

def content(record: dict) -> Element:
    """The table of a setting; the grid of a derivation, refutation or exercise, with what belongs below it."""
    return setting(record) if record["kind"] == "setting" else equation(record)


def equation(record: dict) -> Element:
    lines = record["lines"]
    width = max((letters(line["left"]) for line in lines), default=0) + max((letters(line["right"]) for line in lines),
                                                                            default=0)
    reasons = max((len(readable(line["reason"])) for line in lines), default=0)
    classes = ["derivation", record["kind"], "is-" + record["verdict"].replace(" ", "-")]
    classes += ["stacked"] * (width + min(.75 * reasons, 22) > WIDE) + ["brief"] * (width <= BRIEF)
    parts: list[Part] = []
    caught = record.get("refutation")
    if caught:
        parts.append(headline("wrong", record.get("words", "Refuted"), why(caught), "wrong: refuted"))
    if record["kind"] == "exercise":
        status = record.get("status", "open")
        verdict = {"open": "open", "wrong": "wrong", "right": "proved"}[status]
        parts.append(headline(verdict, {"open": "Your turn", "wrong": "Not yet", "right": "Right"}[status]))
    if lines:
        parts.append(element("div", *[grid_line(line) for line in lines], classes="lines"))
    if caught and (caught["at"] or caught["left"]):
        parts.append(counterexample(caught))
    if record["kind"] == "exercise":
        parts += answer(record)
    return Element("div", tuple(parts), tuple(dict.fromkeys(classes)), {"role": "group"})


def headline(verdict: str, words: str, more: str = "", detail: str = "") -> Element:
    return element("p", Badge(verdict, detail), element("strong", words), " " if more else None,
                   element("span", more, classes="slip") if more else None, classes="headline")


def why(caught: dict) -> str:
    """The slip, or what the message says of the line."""
    return caught["slip"] or first_line(caught["message"]).rpartition(f"line {caught['line']}: ")[2]


def grid_line(line: dict) -> Element:
    right = f"{{}}{line['relation']} {line['right']}" if line["relation"] else unparsed(line["right"])
    return element(
        "div",
        element("span", Formula(line["left"]) if line["left"] else None, classes="left"),
        element("span", Formula(right), classes="right"),
        element("span", *reason(line["reason"]), classes="reason"),
        Badge(line["verdict"], line.get("detail", "")),
        classes="line" + " wrong" * (line["verdict"] == "wrong"))


def counterexample(caught: dict) -> Element:
    """Where the two sides differ, and what each is there."""
    names = [f"{tex_name(name)} = {value}" for name, value in caught["counterexample"].items()]
    sizes = [size for size in re.split(r"[,;]\s*", caught["at"]) if size]
    rows = []
    if sizes + names:
        rows.append(("At", element("span", *[element("span", Formula(number, False), classes="item")
                                             for number in sizes + names])))
    entry = f", entry {caught['entry']}" if caught["entry"] else ""
    rows += [(f"{side} side{entry}", element("span", Formula(caught[side.lower()], False)))
             for side in ("Left", "Right") if caught["left"]]
    return element("dl", *[part for term, value in rows
                           for part in (element("dt", term), element("dd", value))], classes="counterexample")


def answer(record: dict) -> list[Element]:
    tag = "pre" if "\n" in record["feedback"] else "p"        # a message with carets keeps its columns
    parts = [element(tag, record["feedback"], classes="feedback")] if record["feedback"] else []
    hints = record["hints"]
    if hints:
        parts.append(element("details", element("summary", f"Hint{'s' * (len(hints) > 1)}"),
                             element("ol", *[element("li", hint) for hint in hints]), classes="hints"))
    return parts


def setting(record: dict) -> Element:
    """The declarations, a row for each kind, in the order in which the kinds first come."""
    groups: dict[str, list[dict]] = {}
    for item in record["declarations"]:
        groups.setdefault(item["kind"], []).append(item)
    rows = []
    for kind, items in groups.items():
        formulas = [element("span", Formula(item["latex"]), classes="item") for item in items]
        heading = KINDS.get(kind, kind.title())
        heading = heading[:-1] if len(items) == 1 else heading
        rows.append(element("tr", element("th", heading, scope="row"), element("td", *formulas, classes=kind)))
    return element("div", element("table", element("tbody", *rows), classes="setting"), classes="setting-frame")


def letters(latex: str) -> float:
    """About how wide a formula is: of a fraction the longer part counts, an index counts little more than half."""
    before = None
    while before != latex:
        before = latex
        latex = re.sub(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}",
                       lambda parts: max(parts.groups(), key=lambda part: len(readable(part))), latex)
        latex = re.sub(r"(?<=[_^])\{((?:[^{}]|\{[^{}]*\})*)\}",
                       lambda index: "\0" * round(.6 * len(readable(index[1]))), latex)
    latex = re.sub(r"(\\sum|\\prod)_(\0*)", lambda part: part[1] + part[2][2:], latex)
    return len(readable(latex).replace("_", "").replace("^", ""))


def reason(latex: str) -> list[Part]:
    r"""A reason as text that can wrap: ``\text{each } z_i \text{ meets}`` is a text, a formula and a text."""
    parts: list[Part] = []
    for piece in _pieces(latex):
        if piece.startswith("\\text"):
            words = piece[piece.index("{") + 1:-1]
            for k, word in enumerate(re.split(r"(?<!\\)\$", words)):
                if word:
                    parts.append(Formula(word, False) if k % 2 else re.sub(r"\\([%&#_$ ])", r"\1", word))
        elif piece.strip().strip("\\,;:! ") not in ("", "quad", "qquad"):
            parts += [" ", Formula(piece, False), " "] if parts else [Formula(piece, False)]
    return parts


def _pieces(latex: str) -> list[str]:
    r"""The ``\text{...}`` at the top level, and what stands between them."""
    pieces, start, at = [], 0, 0
    while (found := re.compile(r"\\text(?:rm|it|sf)?\s*\{").search(latex, at)):
        depth, end = 1, found.end()
        while end < len(latex) and depth:
            depth += {"{": 1, "}": -1}.get(latex[end], 0) * (latex[end - 1] != "\\")
            end += 1
        at = end
        if latex[:found.start()].count("{") - latex[:found.start()].count("}") == 0:
            pieces += [latex[start:found.start()], latex[found.start():end]]
            start = end
    return [piece for piece in [*pieces, latex[start:]] if piece.strip()]


# --- HTML -------------------------------------------------------------------------------------------------------------

def html(part: Part) -> str:
    r"""The HTML of a part of the tree; a formula stays LaTeX, in a span that the page typesets.

    Examples
    --------
    >>> html(element("p", "a < b, ", Formula(r"\frac12", False), classes="say"))
    '<p class="say">a &lt; b, <span class="tex">\\frac12</span></p>'
    """
    if isinstance(part, str):
        return escaped(part)
    if isinstance(part, Formula):
        style = ' data-display=""' if part.display else ""
        return f'<span class="tex"{style}>{escaped(part.latex)}</span>'
    if isinstance(part, Badge):
        return badge(part.verdict, part.detail)
    attributes = {"class": " ".join(part.classes)} if part.classes else {}
    words = "".join(f' {name}="{escaped(value)}"' for name, value in (attributes | part.attributes).items())
    return f"<{part.tag}{words}>{''.join(map(html, part.children))}</{part.tag}>"


def spoken(verdict: str, detail: str = "") -> str:
    """What a screen reader says for a mark, and what the tooltip shows."""
    detail = detail or MARKS[verdict].meaning
    return detail if detail.startswith(verdict) else f"{verdict}: {detail}"


def badge(verdict: str, detail: str = "") -> str:
    """The HTML of a mark. It takes the focus, so that the tooltip opens by keyboard and by a tap as well."""
    kind = verdict.replace(" ", "-")
    said = spoken(verdict, detail)
    head, _, rest = said.partition(":")
    tip = f'<span class="tip" aria-hidden="true"><b>{escaped(head)}</b>{escaped(rest.strip())}</span>'
    return (f'<span class="mark mark-{kind}" role="img" tabindex="0" aria-label="{escaped(said)}">'
            f'<svg viewBox="0 0 16 16" aria-hidden="true">{SIGNS[verdict]}</svg>{tip}</span>')
