"""Figures from cells: an inline drawing with a caption and an accessible name."""

from __future__ import annotations

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, load_mime_renders

from .elements import make_box, text_box

MIME = "application/vnd.nblib.figure+json"


class Renderer(MimeRenderPlugin):
    mime_priority_overrides = [("*", MIME, 0)]

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if data.mime_type != MIME:
            return None
        return [figure(data.content)]


def figure(record: dict) -> nodes.Element:
    drawing = nodes.raw("", record["svg"] if "svg" in record else record["html"], format="html")
    caption = text_box("figcaption", record["caption"]) if record.get("caption") else None
    return make_box("figure", make_box("div", drawing, classes="drawing"), caption, classes="plot")


def setup(app) -> None:
    if Renderer not in load_mime_renders():
        load_mime_renders().append(Renderer)
