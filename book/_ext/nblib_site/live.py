"""Live checking in the page: which pages get the scripts, what is copied beside them, and the examples to start from.

`tools/live.py` gathers Pyodide and the checker in `_build/live/site`; the scripts stand in `book/_static/live`. Where
that could not be had, the pages are as they were, and the playground says why.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from nblib import page
from nblib.answer import parts, setting_of
from nblib.derivation import attempt

from .derivations import as_node, equation
from .elements import make_box, text_box

GATHERED = Path("_build/live/site")


def manifest(app) -> dict:
    """What `tools/live.py` wrote; empty if it has never run."""
    path = Path(app.srcdir) / GATHERED / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {"absent": "tools/live.py has not been run"}


def add_scripts(app, pagename, templatename, context, doctree) -> None:
    live = pagename in getattr(app.env, "nblib_records", {}) or pagename in getattr(app.env, "nblib_playgrounds", set())
    if live and "absent" not in manifest(app):
        app.add_css_file("live/live.css")
        app.add_js_file("live/start.js", type="module")


def copy_gathered(app, exception) -> None:
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "live" / "vendor"
        shutil.rmtree(target, ignore_errors=True)
        if "absent" not in manifest(app):
            shutil.copytree(Path(app.srcdir) / GATHERED, target)


class Playground(SphinxDirective):
    """``{playground}``: where the bench goes, or why there is none."""

    def run(self) -> list[nodes.Node]:
        env = self.env
        if not hasattr(env, "nblib_playgrounds"):
            env.nblib_playgrounds = set()
        env.nblib_playgrounds.add(env.docname)
        found = manifest(env.app)
        if "absent" in found:
            words = f"This copy of the site was built without live checking: {found['absent']}."
        else:
            versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
            words = f"Here you could type derivations of your own, if scripts were switched on. They run on {versions}."
        return [make_box("div", text_box("p", words, "live-without"), ids=["bench"])]


class Example(SphinxDirective):
    """``{example} title``: cells that the build checks and shows, and that the playground opens.

    Its content is a notebook's: each cell begins with `%%given` or `%%derive`. `:wrong:` says that a line must not
    hold. Anything else than what is said fails the build.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict] = {"wrong": directives.flag}

    def run(self) -> list[nodes.Node]:
        cells = split_cells("\n".join(self.content))
        shown = [text_box("p", self.arguments[0], "live-title")]
        for k, cell in enumerate(cells):
            kind, _, body = parts(cell)
            setting = setting_of(tuple(one for one in cells[:k + 1] if parts(one)[0] == "given"))
            if kind == "given":
                shown.append(as_node(page.setting(setting.record)))
                continue
            record = attempt(body, setting).record
            if (record["kind"] == "refutation") != ("wrong" in self.options):
                raise self.error(f"the example {self.arguments[0]!r} is {record['verdict']}, which it does not say")
            shown.append(equation(record | {"words": "Refused"}))
        source = "\n\n".join(cells)
        shown.append(make_box("details", text_box("summary", "LaTeX"),
                              make_box("pre", nodes.Text(source), classes="example-source"), classes="source"))
        return [make_box("section", *shown, classes="live-example", html={"aria-label": self.arguments[0]})]


def split_cells(text: str) -> list[str]:
    """The cells of an example: each begins at a line with a magic."""
    cells: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("%%"):
            cells.append([])
        cells[-1].append(line)
    return ["\n".join(cell).rstrip() + "\n" for cell in cells]


def purge(app, env, docname) -> None:
    getattr(env, "nblib_playgrounds", set()).discard(docname)


def setup(app) -> None:
    app.add_directive("playground", Playground)
    app.add_directive("example", Example)
    app.connect("html-page-context", add_scripts)
    app.connect("env-purge-doc", purge)
    app.connect("build-finished", copy_gathered)
