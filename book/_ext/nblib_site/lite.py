"""JupyterLite beside the pages: a button on every chapter that opens it in the reader's browser, and the files of it.

`tools/lite.py` builds it in `_build/lite/site`. Where that has not been done there is neither button nor folder, so no
button leads nowhere. It takes the place of sphinx-thebe, which Jupyter Book loads unasked and which is taken out here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

BUILT = Path("_build/lite")
FOLDER = "lite"


def built(app) -> bool:
    return (Path(app.srcdir) / BUILT / "manifest.json").exists()


def add_button(app, pagename, templatename, context, doctree) -> None:
    """The first of the launch buttons."""
    if built(app):
        for group in context.get("header_buttons", []):
            if group.get("label") == "launch-buttons":
                page = context["pathto"](f"{FOLDER}/notebooks/index.html", resource=True)
                group["buttons"].insert(0, {
                    "type": "link", "text": "Your browser, nothing to install", "tooltip": "Open in JupyterLite",
                    "icon": "_static/images/logo_jupyterlite.svg", "url": f"{page}?path={pagename}.ipynb"})


def copy_site(app, exception) -> None:
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / FOLDER
        shutil.rmtree(target, ignore_errors=True)
        if built(app):
            shutil.copytree(Path(app.srcdir) / BUILT / "site", target)


def drop_thebe(app, config) -> None:
    """Disconnect all that sphinx-thebe would add to the pages: scripts, styles, a configuration."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [one for one in listeners if one.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [file for file in app.registry.css_files if file[0] != "sphinx-thebe.css"]


def setup(app) -> None:
    app.connect("config-inited", drop_thebe)
    app.connect("html-page-context", add_button, priority=900)
    app.connect("build-finished", copy_site, priority=950)      # after the pages are mended and their sheets joined
