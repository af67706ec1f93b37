"""Two document nodes from which everything else here is built: `box`, any HTML element, and `mark`, a badge."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode

from nblib.display import MARKS
from nblib.page import badge


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
