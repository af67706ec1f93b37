"""One style sheet for the whole site, without the rules of the theme that no page uses.

Sphinx, its extensions and the theme bring ten style sheets, most of it for things that this book does not have, and no
text is drawn before the last of them has come. When all pages are written, the sheets are joined in their order. Of the
rules that are not the book's own, those stay that could match: every class and id that they ask for stands in a page,
or is a word in a script or in `nblib.page`, which may put it there later. The rest is left out, as are comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import tinycss2
from sphinx.errors import ExtensionError

from nblib import page as nblib_page

JOINED = "_static/site.css"
OWN = ("book.css", "figures.css", "live/live.css")                 # what the book itself asks for stays whole
LINK = re.compile(r'[ \t]*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="((?:\.\./)*)(_static/[^"?]*)[^"]*"[^>]*>\n?')
NAMES = re.compile(r'\b(?:class|id)="([^"]*)"')
WORDS = re.compile(r"[A-Za-z_][\w-]*")
ADDRESS = re.compile(r"""url\(["']?(?!data:|#)([^"')]+)["']?\)""")
GROUPS = ("media", "supports", "layer", "container")


def join(site: Path) -> None:
    """Write the style sheet of the pages below `site`, and let each of them ask for it alone.

    Raises
    ------
    ExtensionError
        If a page has its sheets in another order than the page with the most: then one sheet cannot stand for both.
    """
    pages = {path: path.read_text("utf-8") for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    asked = {path: [name for _, name in LINK.findall(text)] for path, text in pages.items()}
    sheets = max(asked.values(), key=len, default=[])
    for path, names in asked.items():
        if names != [name for name in sheets if name in names]:
            raise ExtensionError(f"{path.name} has the style sheets {names}, other pages have {sheets}")
    words = {word for text in pages.values() for names in NAMES.findall(text) for word in names.split()}
    words |= {word for path in scripts(site) for word in WORDS.findall(path.read_text("utf-8"))}
    css = "\n".join(rules(site / "_static", name.removeprefix("_static/"), words) for name in sheets)
    (site / JOINED).write_text(css, "utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, text in pages.items():
        if found := LINK.search(text):
            link = f'    <link rel="stylesheet" href="{found[1]}{JOINED}?v={version}">\n'
            path.write_text(text[:found.start()] + link + LINK.sub("", text[found.end():]), "utf-8")


def scripts(site: Path) -> Iterator[Path]:
    """Where names of classes may come from later."""
    for folder in ("", "scripts", "live", "explorables"):
        yield from (site / "_static" / folder).glob("*.js")
    yield Path(nblib_page.__file__)


def rules(static: Path, name: str, words: set[str]) -> str:
    """The rules of one sheet, those that it imports first, with its addresses as seen from the folder `static`."""
    text = (static / name).read_text("utf-8")
    parsed = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    imported = [rule for rule in parsed if rule.type == "at-rule" and rule.lower_at_keyword == "import"]
    before = [rules(static, within(static, name, next(part.value for part in rule.prelude if part.type in
                                                      ("string", "url"))), words) for rule in imported]
    needed = (lambda classes: True) if name in OWN else words.issuperset
    kept = "".join(alive([rule for rule in parsed if rule not in imported], needed))
    return "\n".join([*before, ADDRESS.sub(lambda match: f'url("{within(static, name, match[1])}")', kept)])


def within(static: Path, sheet: str, address: str) -> str:
    """An address in a sheet, from the folder `static`."""
    return ((static / sheet).parent / address).resolve().relative_to(static.resolve()).as_posix()


def alive(parsed: list, needed: Callable[[set[str]], bool]) -> Iterator[str]:
    """The rules that could match; of a rule, the selectors that could."""
    for rule in parsed:
        if rule.type == "qualified-rule":
            selectors = [text(part) for part in divide(rule.prelude) if needed(set(asks_for(part)))]
            if selectors:
                yield f"{','.join(selectors)}{{{text(rule.content)}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in GROUPS and rule.content is not None:
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "".join(alive(inside, needed)):
                yield f"@{rule.at_keyword} {text(rule.prelude)}{{{kept}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            yield rule.serialize() + "\n"
        elif rule.type == "error":
            raise ExtensionError(f"a style sheet cannot be read: {rule.message}")


def divide(prelude: list) -> Iterator[list]:
    """The selectors between the commas."""
    selector: list = []
    for token in prelude:
        if token == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def asks_for(selector: list) -> Iterator[str]:
    """The classes and ids that a page must have; what stands in `:not(…)` or `:is(…)` is left open."""
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "hash" or token.type == "ident" and before == ".":
            yield token.value


def text(tokens: list) -> str:
    return re.sub(r"\s+", " ", tinycss2.serialize([token for token in tokens if token.type != "comment"])).strip()


def join_sheets(app, exception) -> None:
    if exception is None and app.builder.format == "html":
        join(Path(app.outdir))


def setup(app) -> None:
    app.connect("build-finished", join_sheets, priority=900)
