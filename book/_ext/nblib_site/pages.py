"""What the theme leaves to be mended: scripts that hold up the text, scripts added twice, a missing description."""

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
    'data-theme="auto"': 'data-theme="light"',      # where scripts are off; the first script chooses
}
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>(?=<meta name="viewport")')
# Code from other hosts, what no page of the book has (a test holds it), what only the search reads.
DROPPED = ("fontawesome.js", "togglebutton", "togglehint", "design-tabs")
FOR_THE_SEARCH = ("documentation_options.pagename", "documentation_options.search_as_you_type")
TEMPLATES = Path(__file__).parent / "templates"


def clean_page(app, pagename, templatename, context, doctree) -> None:
    """Each script once, after the text, none that asks another host for code; a description for search engines."""
    for name in ("script_files", "css_files"):
        if name in context:
            context[name] = _once(context[name])
    if pagename != "search" and "script_files" in context:      # its own scripts want the others before them
        context["script_files"] = _after_the_text(context["script_files"])
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


def _after_the_text(files: list) -> list:
    """The scripts of a page other than the search, each run when the text stands."""
    kept = [file for file in files if not file.attributes.get("body", "").lower().startswith(FOR_THE_SEARCH)]
    return [file if not file.filename or file.attributes.get("type") == "module" else      # a module waits by itself
            type(file)(file.filename, priority=file.priority, **file.attributes | {"defer": "defer"}) for file in kept]


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
            mended = VIEWPORT.sub("", mended)
            if mended != text:
                path.write_text(mended, "utf-8")


def setup(app) -> None:
    app.connect("config-inited", lambda app, config: config.templates_path.append(str(TEMPLATES)))
    app.connect("build-finished", mend_markup)
    app.connect("html-page-context", clean_page, priority=900)
