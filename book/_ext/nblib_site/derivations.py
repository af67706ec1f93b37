"""The records in the notebooks' outputs become equations: aligned, numbered, cited by `{eq}`, marked line by line.

`nblib.page` decides what a record looks like; here its tree becomes nodes, which Sphinx numbers and cites. The LaTeX
that was typed stays one click away, below what it became.
"""

from __future__ import annotations

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, load_mime_renders
from sphinx.domains.math import MathDomain
from sphinx.util.math import get_node_equation_number

from nblib import page
from nblib.display import MIME

from .elements import box, make_box, mark, text_box, visit_box

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
            node = as_node(page.setting(record))
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
    """The node of a derivation, refutation or exercise."""
    tree = page.equation(record)
    made = derivation if record["kind"] in NUMBERED else aside
    node = made("", classes=list(tree.classes), tag=tree.tag, html=tree.attributes, kind=record["kind"])
    node.extend(as_node(part) for part in tree.children)
    return node


def setting_anchor(number: int) -> str:
    """The id of the setting that is the `number`-th of its page, from 1."""
    return f"setting-{number}"


def as_node(part: page.Part) -> nodes.Node:
    """The document node of an element, formula, mark or text."""
    if isinstance(part, str):
        return nodes.Text(part)
    if isinstance(part, page.Formula):
        return nodes.math("", part.latex, display=part.display)
    if isinstance(part, page.Badge):
        return mark("", verdict=part.verdict, detail=part.detail)
    return make_box(part.tag, *map(as_node, part.children), classes=" ".join(part.classes), html=part.attributes)


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
