"""What the theme leaves to be mended: scripts added twice, a kernel launcher, a missing description."""

from __future__ import annotations

import re

from docutils import nodes

DROPPED = ("thebe", "fontawesome.js")


def clean_page(app, pagename, templatename, context, doctree) -> None:
    """Each script once, none that asks another host for code, and a description for search engines."""
    for name in ("script_files", "css_files"):
        if name in context:
            context[name] = _once(context[name])
    if doctree is not None and "name=\"description\"" not in context.get("metatags", ""):
        text = next((" ".join(node.astext().split()) for node in doctree.findall(nodes.paragraph)
                     if not any(isinstance(child, nodes.math) for child in node)), "")
        text = text or context.get("title", "")
        context["metatags"] = context.get("metatags", "") + f'\n<meta name="description" content="{_attribute(text)}">'


def _once(files: list) -> list:
    seen, kept = set(), []
    for file in files:
        key = str(getattr(file, "filename", None) or file), str(getattr(file, "attributes", {}).get("body", ""))
        if key not in seen and not any(word in part.lower() for word in DROPPED for part in key):
            seen.add(key)
            kept.append(file)
    return kept


def _attribute(text: str) -> str:
    text = re.sub(r"[\"<>&]", "", text)
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " …"


def setup(app) -> None:
    app.connect("html-page-context", clean_page, priority=900)
