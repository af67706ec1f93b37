"""What a page of the site weighs, and that it can be read before, or without, any script.

Nothing here is timed: `benchmarks/site.py` is for that. Bytes are counted as a host sends them that compresses text.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from random import Random

import pytest
import tinycss2
from sphinx.errors import ExtensionError
from test_site import CONTENT, ROOT, SITE, STATIC, browser  # noqa: F401 (fixture)

import vendor_fonts
from delivery import Host, hidden, weight

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from nblib_site import styles

LIMIT = 400_000         # bytes over the wire, beyond figures
GONE = ".toggle, .admonition.dropdown, .sd-tab-set"     # their scripts are left out: book/_ext/nblib_site/pages.py


@pytest.fixture(scope="module")
def host():
    assert (SITE / "index.html").exists(), "There is no site in _build/html: run `make book` first."
    with Host(SITE) as serving:
        yield serving


def load(browser, host, name: str):  # noqa: F811
    """A first visit: what the host sent, and how many elements need a script that is not there."""
    context = browser.new_context()
    page = context.new_page()
    host.sent.clear()
    page.goto(host.address + name)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(100)
    sent, needy = list(host.sent), page.locator(GONE).count()
    context.close()
    return sent, needy


def too_heavy(sent: list[tuple[str, int]], html: str) -> list[str]:
    total = weight(sent, html)
    heaviest = sorted(sent, key=lambda one: -one[1])[:4]
    return [f"{total:,} bytes beyond figures, the limit is {LIMIT:,}; heaviest: {heaviest}"] if total > LIMIT else []


def in_the_way(html: str) -> list[str]:
    """Scripts of other files that a browser must have run before it draws what stands below them."""
    asked = re.findall(r"<script\b[^>]*\bsrc=[^>]*>", html)
    return [tag for tag in asked if not re.search(r'\bdefer\b|type="module"', tag)]


# --- the book passes --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CONTENT)
def test_a_page_is_light_and_waits_for_no_script(browser, host, name):  # noqa: F811
    html = (SITE / name).read_text("utf-8")
    sent, needy = load(browser, host, name)
    assert too_heavy(sent, html) == []
    assert in_the_way(html) == []
    assert needy == 0, f"{GONE} need scripts that the site leaves out"
    assert not [path for path, _ in sent if "searchindex" in path or "math-rest" in path]
    assert [path for path, _ in sent if path.endswith(".css")] == [styles.JOINED]


@pytest.mark.parametrize("name", CONTENT)
def test_a_page_is_read_with_scripts_switched_off(browser, host, name):  # noqa: F811
    assert hidden(browser, host.address + name) == []


def test_a_rarer_character_is_drawn_with_the_rest_of_the_font(browser, host):  # noqa: F811
    context = browser.new_context()
    page = context.new_page()
    page.goto(host.address + "book/playground.html")
    with page.expect_request("**/pagella-math-rest.woff2"):
        page.evaluate("document.querySelector('math').innerHTML = '<mi>𝔽</mi>'")
    context.close()


def test_the_style_sheet_knows_which_characters_come_often():
    css = (STATIC / "book.css").read_text("utf-8")
    assert re.findall(r"unicode-range: ([^;]*);", css) == [vendor_fonts.unicode_range(vendor_fonts.OFTEN)]


# --- bad pages are refused --------------------------------------------------------------------------------------------

@pytest.fixture
def plant(tmp_path):
    """Serves a page of this body."""
    hosts = []

    def write(body: str, **files: bytes) -> tuple[Host, str]:
        html = f"<!doctype html><title>Planted</title><article>{body}</article>"
        (tmp_path / "page.html").write_text(html, "utf-8")
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        hosts.append(Host(tmp_path).__enter__())
        return hosts[-1], html

    yield write
    for one in hosts:
        one.__exit__()


def noise(size: int) -> bytes:
    """What gzip cannot make smaller."""
    return Random(7).randbytes(size)


@pytest.mark.parametrize("size, refused", [(390_000, False), (410_000, True)])
def test_a_page_with_a_heavy_script_is_refused(browser, plant, size, refused):  # noqa: F811
    host, html = plant('<script src="heavy" defer></script>', heavy=noise(size))
    sent, _ = load(browser, host, "page.html")
    assert bool(too_heavy(sent, html)) == refused


@pytest.mark.parametrize("figure", ['<div class="drawing"><svg><desc>{}</desc></svg></div><figcaption>c</figcaption>',
                                    "<img src=\"data:image/svg+xml,<svg xmlns='x'><desc>{}</desc></svg>\">"])
def test_text_counts_as_it_is_compressed_and_figures_not_at_all(browser, plant, figure):  # noqa: F811
    host, html = plant(f"<figure>{figure.format(noise(300_000).hex())}</figure>" + "wide " * 9999)
    sent, _ = load(browser, host, "page.html")
    assert sum(size for _, size in sent) > 300_000 > 2_000 > weight(sent, html)


@pytest.mark.parametrize("body, lost", [
    ('<p id="p" style="visibility: hidden">words</p><script>p.style.visibility = "visible"</script>', "text: words"),
    ('<p id="p"></p><script>p.textContent = "words"</script><p>others</p>', "written by a script: words"),
    ('<p id="p" style="opacity: 0">words</p>', "text: words"),
    (r"<p>Then \(\frac{a}{b}\) waits for a script.</p>", "not typeset: Then"),
    ('<math style="display: none"><mi>x</mi></math>', "formula: x"),
    ('<figure style="display: none"><svg width="9" height="9"></svg></figure>', "figure: <svg"),
    ("<p>words</p><details><summary>More</summary><p>folded</p></details><pre>\\frac</pre>", None)])
def test_what_cannot_be_seen_without_scripts_is_told(browser, plant, body, lost):  # noqa: F811
    host, _ = plant(body)
    found = hidden(browser, host.address + "page.html")
    assert found[0].startswith(lost) if lost else found == []


def test_a_script_that_text_waits_for_is_told():
    assert in_the_way('<script src="a.js"></script><script defer src="b.js"></script>') == ['<script src="a.js">']


# --- one style sheet --------------------------------------------------------------------------------------------------

def site_of(folder: Path, sheets: dict[str, str], *pages: str) -> Path:
    for name, css in sheets.items():
        (folder / "_static" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "_static" / name).write_text(css)
    for k, page in enumerate(pages):
        (folder / f"{k}.html").write_text(page)
    return folder


def link(name: str) -> str:
    return f'<link rel="stylesheet" type="text/css" href="_static/{name}?v=1" />\n'


def test_rules_stay_whose_classes_a_page_or_a_script_names(tmp_path):
    theme = """/* c */ @import "base.css"; .used, .unused { color: red } p.unused b { color: red }
        .used:not(.unused) { top: 0 }
        @media (min-width: 9px) { .later { left: 0 } .unused { left: 0 } }
        @supports (gap: 1px) { #unused { gap: 0 } }
        .used { background: url(../pictures/a.svg), url("data:image/svg+xml,<svg/>") }"""
    site = site_of(tmp_path, {"styles/theme.css": theme, "styles/base.css": "i.used { right: 0 }",
                              "book.css": ".unused { bottom: 0 }", "book.js": "e.classList.add('later')"},
                   f'{link("styles/theme.css")}{link("book.css")}<p class="used">', link("book.css"))
    styles.join(site)
    css = (site / styles.JOINED).read_text()
    assert css.index("right: 0") < css.index("color: red") < css.index("bottom: 0"), "the order of the cascade"
    assert ".used{color: red}" in css.replace("; ", "").replace(" }", "}") and ".later" in css
    assert css.count(".unused") == 2 and "#unused" not in css, "in :not(…), and in the book's own sheet"
    assert 'url("pictures/a.svg")' in css and "data:image/svg+xml" in css and "/*" not in css
    for path in site.glob("*.html"):
        assert re.findall(r'href="([^"?]*)', path.read_text()) == [styles.JOINED]


def test_sheets_in_two_orders_are_refused(tmp_path):
    a, b = link("a.css"), link("book.css")
    site = site_of(tmp_path, {"a.css": "", "book.css": ""}, a + b, b + a)
    with pytest.raises(ExtensionError, match="other pages have"):
        styles.join(site)


def test_a_sheet_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ExtensionError, match="cannot be read"):
        styles.join(site_of(tmp_path, {"a.css": "p { color: red } }"}, link("a.css")))


def test_the_style_sheet_of_the_site_is_whole():
    parsed = tinycss2.parse_stylesheet((SITE / styles.JOINED).read_text("utf-8"))
    assert not [rule.message for rule in parsed if rule.type == "error"]
    faces = [tinycss2.serialize(rule.content) for rule in parsed if rule.type == "at-rule" and rule.content]
    assert sum("Pagella" in face for face in faces) > 6
