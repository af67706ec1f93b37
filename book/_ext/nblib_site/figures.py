"""Figures from cells: the drawing stands inline in the page, in the colours of the theme, with its caption below.

`nblib.figures` says what the record holds. The drawing carries its own name for screen readers.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, load_mime_renders

from nblib.figures import MIME, css

from .elements import make_box


class Renderer(MimeRenderPlugin):
    mime_priority_overrides = (("*", MIME, 0),)

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if data.mime_type != MIME:
            return None
        return [figure(data.content, renderer.renderer, data.line or 0)]


def figure(record: dict, parser, line: int) -> nodes.Element:
    """The ``<figure>``: drawing, controls of a player, caption (inline Markdown)."""
    drawing = nodes.raw("", record["svg"], format="html")
    controls = nodes.raw("", record["controls"], format="html") if record.get("controls") else None
    caption = make_box("figcaption")
    with parser.current_node_context(caption):
        parser.nested_render_text(record["caption"], line, inline=True)
    return make_box("figure", make_box("div", drawing, classes="drawing"), controls, caption, classes="nb-figure")


def write_colours(app) -> None:
    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "figures.css").write_text(css(), "utf-8")


def setup(app) -> None:
    if Renderer not in load_mime_renders():
        load_mime_renders().append(Renderer)
    app.connect("builder-inited", write_colours)
    app.add_css_file("figures.css")
