"""The whole book as one PDF, printed from the built site by Chromium.

    python tools/pdf.py

`_build/html` becomes `_build/pdf/executable-derivations.pdf`: a title page, the contents with links and page numbers,
then every page of the book in its order, in A4, tagged, with an outline. What a reader opens on the site stands open
here: answers are printed, the code of figures and the LaTeX of derivations are not. A formula that is too wide is made
smaller.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import yaml
from playwright.sync_api import Page, sync_playwright

from browser import OFFLINE, chromium, served
from chapters import ROOT

SITE = ROOT / "_build" / "html"
PDF = ROOT / "_build" / "pdf" / "executable-derivations.pdf"
ON_SCREEN_ONLY = {"playground"}
TEXT_WIDTH = 643  # CSS pixels: 210 mm of paper, less two margins of 20 mm (pdf.css)


@contextmanager
def browser_page() -> Iterator[Page]:
    """An empty page, as wide as the text on paper and in the colours of paper."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OFFLINE)
        page = browser.new_page(viewport={"width": TEXT_WIDTH, "height": 900}, color_scheme="light")
        page.emulate_media(media="print")
        yield page
        browser.close()


def parts(toc: Path = ROOT / "_toc.yml") -> list[tuple[str, list[str]]]:
    """The parts of the book, each with the names of its pages; the landing page stands before them, in none.

    Pages that do nothing without a screen are left out.
    """
    book = yaml.safe_load(toc.read_text(encoding="utf-8"))
    named = [(part["caption"], [Path(page["file"]).stem for page in part["chapters"]]) for part in book["parts"]]
    named = [(caption, [page for page in pages if page not in ON_SCREEN_ONLY]) for caption, pages in named]
    return [("", [Path(book["root"]).stem]), *named]


def starts(pdf: bytes, names: list[str]) -> dict[str, int]:
    """On which page, from 1, each of these pages of the book begins: the entries of the outline's top level."""
    document = pypdfium2.PdfDocument(pdf)
    top = [entry for entry in document.get_toc() if entry.level == 0]
    pages = [entry.get_dest().get_index() + 1 for entry in top]
    document.close()
    if len(pages) != len(names):
        raise ValueError(f"the outline has {len(pages)} chapters, the book has {len(names)}: {', '.join(names)}")
    return dict(zip(names, pages, strict=True))


def refuse(what: str, places: list[str]) -> None:
    """Raises ValueError if there are such places."""
    if places:
        raise ValueError("\n".join([f"{what}:", *places]))


def make(site: Path = SITE) -> bytes:
    """The PDF of the book that is built in `site`.

    Raises ValueError where a line is cut or would become too small to read, where a link leads nowhere, and where the
    outline does not hold every chapter.
    """
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    book = {
        "parts": parts(),
        "home": config["html"]["baseurl"],
        "style": (ROOT / "tools" / "pdf.css").read_text(encoding="utf-8"),
        **{key: config[key] for key in ("title", "author", "copyright")},
    }
    with served(site) as address, browser_page() as page:
        page.goto(f"{address}book/{book['parts'][0][1][0]}.html")
        page.add_script_tag(path=ROOT / "tools" / "pdf.js")
        page.evaluate("book => assemble(book)", book)
        refuse("cut off, or too small to read; break these lines", page.evaluate("fit()"))
        refuse("links that lead nowhere", page.evaluate("astray()"))
        options = {"prefer_css_page_size": True, "print_background": True, "tagged": True, "outline": True}
        names = [name for _, pages in book["parts"] for name in pages]
        page.evaluate("pages => number(pages)", starts(page.pdf(**options), names))
        return page.pdf(**options)


def main() -> int:
    try:
        pdf = make()
    except ValueError as failure:
        print(failure, file=sys.stderr)
        return 1
    PDF.parent.mkdir(parents=True, exist_ok=True)
    PDF.write_bytes(pdf)
    print(f"The book is printed: {PDF}, {len(pypdfium2.PdfDocument(pdf))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
