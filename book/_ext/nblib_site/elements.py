"""Two document nodes from which everything else here is built: `box`, any HTML element, and `mark`, a badge."""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode

from nblib.display import MARKS

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


class box(nodes.General, nodes.Element):
    """An HTML element: `tag`, `classes`, `ids` and a dictionary `html` of more attributes. Other builders skip it."""


class mark(nodes.General, nodes.Inline, nodes.Element):
    """The badge of one verdict: `verdict`, and `detail`, the sentence that its tooltip adds."""


def make_box(tag: str, *children: nodes.Node | None, classes: str = "", html: dict | None = None, **attributes) -> box:
    """The element with these children; a child that is None is left out."""
    node = box("", classes=classes.split(), tag=tag, html=html or {}, **attributes)
    node.extend(child for child in children if child is not None)
    return node


def text_box(tag: str, text: str, classes: str = "", **attributes) -> box:
    return make_box(tag, nodes.Text(text), classes=classes, **attributes)


def spoken(verdict: str, detail: str = "") -> str:
    """What a screen reader says for a mark, and what the tooltip shows."""
    detail = detail or MARKS[verdict].meaning
    return detail if detail.startswith(verdict) else f"{verdict}: {detail}"


def badge(verdict: str, detail: str = "") -> str:
    """The HTML of a mark. It takes the focus, so that the tooltip opens by keyboard and by a tap as well."""
    kind = verdict.replace(" ", "-")
    said = spoken(verdict, detail)
    head, _, rest = said.partition(":")
    tip = f'<span class="tip" aria-hidden="true"><b>{escape(head)}</b>{escape(rest.strip())}</span>'
    return (f'<span class="mark mark-{kind}" role="img" tabindex="0" aria-label="{escape(said)}">'
            f'<svg viewBox="0 0 16 16" aria-hidden="true">{SIGNS[verdict]}</svg>{tip}</span>')


def equation_link(app, docname: str, label: str) -> nodes.Node:
    """The number of an equation, as a link to it from the page `docname`; its label where there is no such equation."""
    cited = addnodes.pending_xref("", refdomain="math", reftype="eq", reftarget=label, refdoc=docname)
    found = app.env.get_domain("math").resolve_xref(
        app.env, docname, app.builder, "eq", label, cited, nodes.literal("", label))
    return nodes.inline("", "", found if found is not None else nodes.Text(label))


def page_link(app, docname: str, page: str, words: str, anchor: str = "") -> nodes.Node:
    """A link from the page `docname` to `page`, or to the element there whose id is `anchor`."""
    return nodes.inline("", "", make_refnode(app.builder, docname, page, anchor, nodes.Text(words)))


def visit_box(self, node: box) -> None:
    attributes = {name: value for name, value in node["html"].items() if value is not None}
    self.body.append(self.starttag(node, node["tag"], "", **attributes))


def depart_box(self, node: box) -> None:
    self.body.append(f"</{node['tag']}>\n")


def visit_mark(self, node: mark) -> None:
    self.body.append(badge(node["verdict"], node.get("detail", "")))
    raise nodes.SkipNode


def mark_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """``{mark}`proved` ``: the badge of a verdict in running text."""
    if text not in MARKS:
        message = inliner.reporter.error(f"unknown verdict {text!r}; there are: {', '.join(MARKS)}", line=lineno)
        return [inliner.problematic(rawtext, rawtext, message)], [message]
    return [mark("", verdict=text)], []


def ignore(self, node) -> None:
    pass


def skip(self, node) -> None:
    raise nodes.SkipNode


def setup(app) -> None:
    others = ("latex", "text", "man", "texinfo")
    app.add_node(box, html=(visit_box, depart_box), **dict.fromkeys(others, (ignore, ignore)))
    app.add_node(mark, html=(visit_mark, None), **dict.fromkeys(others, (skip, None)))
    app.add_role("mark", mark_role)
