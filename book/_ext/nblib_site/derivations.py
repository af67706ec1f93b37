"""The records in the notebooks' outputs become equations: aligned, numbered, citable with `{eq}`, marked line by line.

A derivation is one numbered node that holds a grid of lines; each line has its own formula, reason and mark. A
refutation adds the counterexample, an exercise its answer and hints, a setting becomes a table of declarations. The
LaTeX that was typed stays one click away, below what it became.
"""

from __future__ import annotations

import re

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, load_mime_renders
from sphinx.domains.math import MathDomain
from sphinx.util.math import get_node_equation_number

from nblib.display import MIME, first_line, readable, tex_name, unparsed

from .elements import box, make_box, mark, text_box, visit_box

WIDE = 70       # widths of a letter that formula and reason together may take on the page
BRIEF = 27      # and a formula, left and right side, on a phone
KINDS = {"size": "Sizes", "symbol": "Symbols", "function": "Functions", "definition": "Definitions",
         "assumption": "Assumptions", "random": "Random variables"}
NUMBERED = ("derivation", "measurement")


class derivation(box):
    """A checked equation of one or more lines. Sphinx numbers it as it numbers any display."""


class aside(derivation):
    """A refutation or an exercise: looks like a derivation, has no number."""


class Renderer(MimeRenderPlugin):
    mime_priority_overrides = (("*", MIME, 0),)

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if data.mime_type != MIME:
            return None
        record = data.content
        parser = renderer.renderer
        if hasattr(parser, "sphinx_env"):
            note_record(parser.sphinx_env, record)
        if record["kind"] == "setting":
            node = setting(record)
            if hasattr(parser, "sphinx_env"):
                shown = parser.sphinx_env.nblib_records[parser.sphinx_env.docname]
                node["ids"].append(setting_anchor(sum(other["kind"] == "setting" for other in shown)))
            return [node]
        node = equation(record)
        if record.get("name"):
            (number if record["kind"] in NUMBERED else anchor)(node, record["name"], parser)
        return [node]


def note_record(env, record: dict) -> None:
    """Keep what this page shows, in order, for the ledger to compare with what the executor recorded."""
    if not hasattr(env, "nblib_records"):
        env.nblib_records = {}
    env.nblib_records.setdefault(env.docname, []).append(record)


def number(node: derivation, label: str, parser) -> None:
    domain, docname = parser.sphinx_env.get_domain("math"), parser.sphinx_env.docname
    domain.note_equation(docname, label, location=node)
    node.update_all_atts({"label": label, "docname": docname, "number": domain.get_equation_number_for(label)})
    anchor(node, f"equation-{label}", parser)


def anchor(node: derivation, name: str, parser) -> None:
    node["ids"].append(nodes.make_id(name))
    parser.document.note_explicit_target(node)


# --- what a record becomes --------------------------------------------------------------------------------------------

def equation(record: dict) -> derivation:
    """The grid of a derivation, refutation or exercise, with what belongs below it."""
    lines = record["lines"]
    width = max((letters(line["left"]) for line in lines), default=0) + max((letters(line["right"]) for line in lines),
                                                                            default=0)
    reasons = max((len(readable(line["reason"])) for line in lines), default=0)
    classes = ["derivation", record["kind"], "is-" + record["verdict"].replace(" ", "-")]
    classes += ["stacked"] * (width + min(.75 * reasons, 22) > WIDE) + ["brief"] * (width <= BRIEF)
    node = (derivation if record["kind"] in NUMBERED else aside)(
        "", classes=list(dict.fromkeys(classes)), tag="div", html={"role": "group"}, kind=record["kind"])
    caught = record.get("refutation")
    if caught:
        why = caught["slip"] or first_line(caught["message"]).rpartition(f"line {caught['line']}: ")[2]
        node += make_box("p", mark("", verdict="wrong", detail="wrong: refuted"), text_box("strong", "Refuted"),
                         nodes.Text(" "), text_box("span", why, "slip"), classes="headline")
    if record["kind"] == "exercise":
        status = record.get("status", "open")
        verdict = {"open": "open", "wrong": "wrong", "right": "proved"}[status]
        words = {"open": "Your turn", "wrong": "Not yet", "right": "Right"}[status]
        node += make_box("p", mark("", verdict=verdict), text_box("strong", words), classes="headline")
    if lines:
        node += make_box("div", *[grid_line(line) for line in lines], classes="lines")
    if caught and (caught["at"] or caught["left"]):
        node += counterexample(caught)
    if record["kind"] == "exercise":
        node.extend(answer(record))
    return node


def grid_line(line: dict) -> box:
    right = f"{{}}{line['relation']} {line['right']}" if line["relation"] else unparsed(line["right"])
    return make_box(
        "div",
        make_box("span", formula(line["left"]) if line["left"] else None, classes="left"),
        make_box("span", formula(right), classes="right"),
        make_box("span", *reason(line["reason"]), classes="reason"),
        mark("", verdict=line["verdict"], detail=line.get("detail", "")),
        classes="line" + " wrong" * (line["verdict"] == "wrong"))


def counterexample(caught: dict) -> box:
    """Where the two sides differ, and what each is there."""
    names = [f"{tex_name(name)} = {value}" for name, value in caught["counterexample"].items()]
    sizes = [size for size in re.split(r"[,;]\s*", caught["at"]) if size]
    rows = []
    if sizes + names:
        rows.append(("At", make_box("span", *[make_box("span", formula(number, False), classes="item")
                                             for number in sizes + names])))
    entry = f", entry {caught['entry']}" if caught["entry"] else ""
    rows += [(f"{side} side{entry}", make_box("span", formula(caught[side.lower()], False)))
             for side in ("Left", "Right") if caught["left"]]
    return make_box("dl", *[part for term, value in rows
                            for part in (text_box("dt", term), make_box("dd", value))], classes="counterexample")


def answer(record: dict) -> list[nodes.Node]:
    tag = "pre" if "\n" in record["feedback"] else "p"        # a message with carets keeps its columns
    parts = [text_box(tag, record["feedback"], "feedback")] if record["feedback"] else []
    hints = record["hints"]
    if hints:
        parts.append(make_box("details", text_box("summary", f"Hint{'s' * (len(hints) > 1)}"),
                              make_box("ol", *[text_box("li", hint) for hint in hints]), classes="hints"))
    return parts


def setting_anchor(number: int) -> str:
    """The id of the setting that is the `number`-th of its page, from 1."""
    return f"setting-{number}"


def setting(record: dict) -> box:
    """The declarations, a row for each kind, in the order in which the kinds first come."""
    groups: dict[str, list[dict]] = {}
    for item in record["declarations"]:
        groups.setdefault(item["kind"], []).append(item)
    rows = []
    for kind, items in groups.items():
        formulas = [make_box("span", formula(item["latex"]), classes="item") for item in items]
        cell = make_box("td", *formulas, classes=kind)
        heading = KINDS.get(kind, kind.title())
        heading = heading[:-1] if len(items) == 1 else heading
        rows.append(make_box("tr", text_box("th", heading, html={"scope": "row"}), cell))
    table = make_box("table", make_box("tbody", *rows), classes="setting")
    return make_box("div", table, classes="setting-frame")


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


def formula(latex: str, display: bool = True) -> nodes.math:
    return nodes.math("", latex, display=display)


def reason(latex: str) -> list[nodes.Node]:
    r"""A reason as text that can wrap: ``\text{each } z_i \text{ meets}`` is a text, a formula and a text."""
    parts: list[nodes.Node] = []
    for piece in _pieces(latex):
        if piece.startswith("\\text"):
            words = piece[piece.index("{") + 1:-1]
            for k, word in enumerate(re.split(r"(?<!\\)\$", words)):
                if word:
                    parts.append(formula(word, False) if k % 2 else nodes.Text(re.sub(r"\\([%&#_$ ])", r"\1", word)))
        elif piece.strip().strip("\\,;:! ") not in ("", "quad", "qquad"):
            parts += [nodes.Text(" "), formula(piece, False), nodes.Text(" ")] if parts else [formula(piece, False)]
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


# --- on the page ------------------------------------------------------------------------------------------------------

def visit_derivation(self, node: derivation) -> None:
    name = {"derivation": "Equation", "measurement": "Measurement", "refutation": "Refuted line",
            "exercise": "Exercise"}[node["kind"]]
    eqno = get_node_equation_number(self, node) if node.get("number") else ""
    node["html"]["aria-label"] = f"{name} {eqno}".strip()
    visit_box(self, node)
    if eqno:
        self.body.append(f'<span class="eqno">({eqno})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")


def depart_derivation(self, node: derivation) -> None:
    self.body.append("</div>\n")


def fold_sources(app, document: nodes.document) -> None:
    """Below a typeset record, its LaTeX in a fold; above it, nothing: the equation is what one reads.

    A record that its notebook hides (the tags `hide-cell` and `hide-output`) is a solution, in a fold as a whole.
    """
    for cell in document.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        shown = next((node for node in cell.findall(box)
                      if isinstance(node, derivation) or "setting-frame" in node["classes"]), None)
        source = next((part for part in cell.children if part.get("nb_element") == "cell_code_source"), None)
        if shown is None or source is None or not source.astext().lstrip().startswith("%%"):
            continue
        cell.remove(source)
        cell.append(make_box("details", text_box("summary", "LaTeX"), source, classes="source"))
        cell["classes"].append("record")
        if cell.attributes.pop("hide_mode", None) in ("all", "output", "input+output"):
            folded = make_box("details", text_box("summary", "Show the solution"), *cell.children, classes="solution")
            cell.children = []
            cell.append(folded)


def purge(app, env, docname) -> None:
    getattr(env, "nblib_records", {}).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    for docname in docnames:
        if docname in getattr(other, "nblib_records", {}):
            if not hasattr(env, "nblib_records"):
                env.nblib_records = {}
            env.nblib_records[docname] = other.nblib_records[docname]


def setup(app) -> None:
    if Renderer not in load_mime_renders():
        load_mime_renders().append(Renderer)
    MathDomain.enumerable_nodes[derivation] = ("displaymath", None)
    for node in (derivation, aside):
        app.add_node(node, html=(visit_derivation, depart_derivation))
    app.connect("doctree-read", fold_sources)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
