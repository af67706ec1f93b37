"""Explorables: small pictures that a reader moves, on the static page and without Python.

A Markdown cell holds the fence ``{explorable} name``, whose text says what to try and cites the checked formula. On the
site the text stands under a stage, which the ES module ``_static/explorables/name.js`` fills; only the pages that use a
module load it. In a notebook the fence reads as its text.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

MODULES = Path(__file__).resolve().parents[2] / "_static" / "explorables"
INSTEAD = "Here stands a picture that moves. It needs JavaScript, which is switched off; the formula is below."


class Explorable(SphinxDirective):
    """A stage and the text under it; an error when there is no module of that name."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if not (MODULES / f"{name}.js").exists():
            known = ", ".join(sorted(path.stem for path in MODULES.glob("*.js") if path.stem != "stage"))
            raise self.error(f"there is no explorable {name!r}; there are: {known}")
        static = "../" * self.env.docname.count("/") + "_static/explorables/"
        text = nodes.container(classes=["explorable-text"])
        self.state.nested_parse(self.content, self.content_offset, text)
        return [html(f'<div class="explorable" role="group" data-explorable="{name}"><div class="stage"></div>'
                     f"<noscript><p>{INSTEAD}</p></noscript>"), text,
                html(f'</div><script type="module" src="{static}{name}.js"></script>')]


def html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app) -> None:
    app.add_directive("explorable", Explorable)
