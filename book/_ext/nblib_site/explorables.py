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
SHARED = "stage"  # what the modules are built from; none itself
INSTEAD = "Here stands a picture that moves. It needs JavaScript, which is switched off; the formula is below."


def known() -> list[str]:
    """The names of all explorables."""
    return sorted(path.stem for path in MODULES.glob("*.js") if path.stem != SHARED)


class Explorable(SphinxDirective):
    """A stage and the text under it; an error when there is no module of that name."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in known():
            raise self.error(f"there is no explorable {name!r}; there are: {', '.join(known())}")
        static = "../" * self.env.docname.count("/") + "_static/explorables/"
        text = nodes.container(classes=["explorable-text"])
        self.state.nested_parse(self.content, self.content_offset, text)
        label = f"A picture to move: {name.replace('-', ' ')}"
        return [html(f'<div class="explorable" role="group" aria-label="{label}" data-explorable="{name}">'
                     f'<div class="stage"></div>'
                     f"<noscript><p>{INSTEAD}</p></noscript>"), text,
                html(f'</div><script type="module" src="{static}{name}.js"></script>')]


def html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app) -> None:
    app.add_directive("explorable", Explorable)
