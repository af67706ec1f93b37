"""What the theme leaves to be mended: scripts added twice, a missing description."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes

PRELOADED = ("pagella-regular.woff2", "pagella-math.woff2")
MENDED = {
    '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">':
        '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar" role="complementary" aria-label="Book">',
    '<th class="head"><p></p></th>': '<td class="head"></td>',       # the corner of a table
    'role="doc-biblioentry"': 'role="listitem"',
}
DROPPED = ("fontawesome.js",)


def clean_page(app, pagename, templatename, context, doctree) -> None:
    """Each script once, none that asks another host for code, and a description for search engines."""
    for name in ("script_files", "css_files"):
        if name in context:
            context[name] = _once(context[name])
    links = [f'<link rel="preload" href="{context["pathto"]("_static/fonts/" + name, resource=True)}" as="font" '
             'type="font/woff2" crossorigin>' for name in PRELOADED]
    context["metatags"] = context.get("metatags", "") + "".join(links)
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


def mend_markup(app, exception) -> None:
    """What the theme's templates and docutils write that a screen reader trips over."""
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            text = path.read_text("utf-8")
            mended = text
            for old, new in MENDED.items():
                mended = mended.replace(old, new)
            if mended != text:
                path.write_text(mended, "utf-8")


def setup(app) -> None:
    app.connect("build-finished", mend_markup)
    app.connect("html-page-context", clean_page, priority=900)
