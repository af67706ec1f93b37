"""The built site in a browser whose network ends at this machine: every page, light and dark, on a desk and on a phone.

Each check is a function that lists what it has against a page. It must find nothing in the book, and it must find what
is wrong with a page that was made to be refused.
"""

from __future__ import annotations

import functools
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from browser import OFFLINE, chromium, served

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
STATIC = ROOT / "book" / "_static"
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if not {"_static", "lite"} & {*path.parts})
CONTENT = [page for page in PAGES if page.startswith("book/")]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


# --- the browser and the server ---------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def site():
    assert (SITE / "index.html").exists(), "There is no site in _build/html: run `make book` first."
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=OFFLINE)
        yield started
        started.close()


class Visit:
    """A page that has been opened, with all that went wrong on the way."""

    def __init__(self, browser, address: str, scheme: str = "light", viewport: dict = DESK):
        self.context = browser.new_context(viewport=viewport, color_scheme=scheme)
        self.page, self.complaints = self.context.new_page(), []
        self.page.add_init_script(
            "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
            "window.shift += entry.value; })).observe({type: 'layout-shift', buffered: true});")
        self.page.on("request", lambda request: self.note_host(request.url))
        self.page.on("requestfailed", lambda request: self.note(f"failed: {request.url} {request.failure}"))
        self.page.on("response", lambda answer: answer.status >= 400 and self.note(f"{answer.status}: {answer.url}"))
        self.page.on("console", lambda said: said.type == "error" and self.note(f"{said.text} {said.location}"))
        self.page.on("pageerror", lambda error: self.note(f"script: {error}"))
        self.page.goto(address)
        if urlsplit(address).path == "/index.html":                 # leads on to the first page of the book
            self.page.wait_for_url("**/book/*.html")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        self.page.wait_for_timeout(100)

    def note(self, complaint: str) -> None:
        if "favicon.ico" not in complaint:
            self.complaints.append(complaint)

    def note_host(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).hostname != "127.0.0.1":
            self.note(f"asks another host: {url}")

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self.context.close()


# --- the checks -------------------------------------------------------------------------------------------------------

def traffic(visit: Visit) -> list[str]:
    """Requests to other hosts, requests that fail, errors in the console."""
    return visit.complaints


def sideways(visit: Visit) -> list[str]:
    """A page that is wider than its window, with the elements that make it so."""
    return visit.page.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        if (document.scrollingElement.scrollWidth <= width) return [];
        const held = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
            if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
        const wide = [...document.querySelectorAll('body *')].filter((e) => !held(e)
            && e.getBoundingClientRect().right > width + 1).slice(-3).map((e) => e.outerHTML.slice(0, 150));
        return [`${document.scrollingElement.scrollWidth} px in a window of ${width} px`, ...wide];
    }""")


def jumps(visit: Visit) -> list[str]:
    """Content that moves while the page loads: more than 0.1 is felt."""
    shift = visit.page.evaluate("window.shift")
    return [f"layout shift {shift:.3f}"] if shift > 0.1 else []


def barriers(visit: Visit) -> list[str]:
    """What axe finds: each rule that is violated, with its first element.

    Each formula becomes the text in it before: axe has no rule for the inside of MathML, and would look at all of it.
    """
    visit.page.evaluate("document.querySelectorAll('math').forEach((math) => { math.textContent = math.textContent; })")
    found = Axe().run(visit.page).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {rule['nodes'][0]['html'][:200]} ({len(rule['nodes'])} times)"
            for rule in found]


def unnamed_pictures(visit: Visit) -> list[str]:
    """Images without alt text, drawings without a name, figures without a caption."""
    return visit.page.evaluate("""() => [
        ...[...document.querySelectorAll('img:not([alt]), article img[alt=""]')].map((e) => 'no alt text'),
        ...[...document.querySelectorAll('figure svg:not([aria-hidden="true"]), svg[role=img]')].filter((e) =>
            !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label')?.trim())).map((e) => 'no name'),
        ...[...document.querySelectorAll('figure')].filter((e) => !e.querySelector('figcaption')?.textContent.trim())
            .map((e) => 'no caption'),
    ]""")


def unmarked_lines(visit: Visit) -> list[str]:
    """Derivations without a number, lines without exactly one mark, marks that a screen reader cannot name."""
    return visit.page.evaluate(r"""() => [
        ...[...document.querySelectorAll('.derivation[id^=equation-]')].filter((e) =>
            !/^\(\d+(\.\d+)*\)/.test(e.querySelector(':scope > .eqno')?.textContent || ''))
            .map((e) => 'no number: ' + e.id),
        ...[...document.querySelectorAll('.derivation .line')].filter((e) => e.querySelectorAll('.mark').length !== 1)
            .map((e) => 'not one mark: ' + e.innerText),
        ...[...document.querySelectorAll('.mark')].filter((e) => e.getAttribute('role') !== 'img' || e.tabIndex !== 0
            || !e.getAttribute('aria-label')?.trim()).map((e) => 'mark without a name: ' + e.outerHTML.slice(0, 100)),
    ]""")


def raw_latex(visit: Visit) -> list[str]:
    """LaTeX that was meant to be typeset and stands in the text instead."""
    return visit.page.evaluate(r"""() => {
        const words = document.createTreeWalker(document.querySelector('article') || document.body, 4);
        const latex = /\$\$|\\(frac|partial|sum|text|begin|mathbb|top|odot)\b|\$[^$\s][^$]*\$/, found = [];
        while (words.nextNode()) {
            const text = words.currentNode.textContent;
            if (!words.currentNode.parentElement.closest('code, pre, script, style, .source') && latex.test(text))
                found.push(text.trim());
        }
        return found.concat([...document.querySelectorAll('merror')].map((e) => e.textContent));
    }""")


class Page(HTMLParser):
    """The ids and the links of one file."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src") and value and tag != "base":
                self.links.append(value)


@functools.cache
def parsed(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def dead_links(folder: Path, name: str) -> list[str]:
    """Internal links of a page whose file or anchor is not there."""
    dead = []
    for link in parsed(folder / name).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = folder / unquote(urlsplit(urljoin(name, parts.path or Path(name).name)).path)
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            dead.append(f"no file: {link}")
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in parsed(target).ids:
            dead.append(f"no anchor: {link}")
    return dead


# --- the book passes --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_alone_and_is_open_to_everyone(browser, site, name):
    with Visit(browser, site + name, "light", DESK) as visit:
        assert traffic(visit) == []
        assert jumps(visit) == []
        assert unnamed_pictures(visit) == []
        assert unmarked_lines(visit) == []
        assert raw_latex(visit) == []
        assert barriers(visit) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_good_on_a_phone_in_the_dark(browser, site, name):
    with Visit(browser, site + name, "dark", PHONE) as visit:
        assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 390, sideways(visit)
        assert traffic(visit) == []
        assert jumps(visit) == []
        assert barriers(visit) == []
        if name in CONTENT:
            assert visit.page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("name", PAGES)
def test_all_internal_links_of_a_page_lead_somewhere(site, name):
    assert dead_links(SITE, name) == []


def test_the_tooltip_of_a_mark_opens_by_keyboard_and_closes_with_escape(browser, site):
    with Visit(browser, site + "book/ledger.html") as visit:
        mark = visit.page.locator(".mark").first
        tip = mark.locator(".tip")
        assert not tip.is_visible()
        mark.focus()
        assert tip.is_visible() and tip.inner_text().strip()
        visit.page.keyboard.press("Escape")
        assert not tip.is_visible()


def test_the_search_finds_a_chapter(browser, site):
    with Visit(browser, site + "search.html?q=gradient") as visit:
        visit.page.wait_for_selector("#search-results li", timeout=10_000)
        assert traffic(visit) == []


def test_a_page_is_light(browser, site):
    """Scripts, styles, fonts and icons, before compression: 1,100 kB at most; the search index grows with the book."""
    with Visit(browser, site + "book/ledger.html") as visit:
        sizes = visit.page.evaluate(
            "performance.getEntriesByType('resource').map((entry) => [entry.name, entry.decodedBodySize])")
    total = sum(size for name, size in sizes if "searchindex" not in name)
    assert total < 1_100_000, sorted(sizes, key=lambda entry: -entry[1])[:6]


def test_the_fonts_are_those_of_the_list(site):
    for line in (STATIC / "fonts" / "CHECKSUMS").read_text().splitlines():
        digest, name = line.split()
        for folder in (STATIC, SITE / "_static"):
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_every_icon_in_use_is_in_the_icon_font(browser, site):
    kept = set((STATIC / "fonts" / "icons.txt").read_text().split())
    for name in CONTENT[:2]:
        with Visit(browser, site + name) as visit:
            used = visit.page.evaluate(
                "[...document.querySelectorAll('.fa-solid, .fas, .fab, .fa-brands')].map((e) => "
                "getComputedStyle(e, '::before').content.replaceAll('\"', ''))")
        assert {f"{ord(sign):x}" for sign in used if len(sign) == 1} <= kept


# --- bad pages are refused --------------------------------------------------------------------------------------------

SHELL = ('<!doctype html><html lang="en"><head><title>Planted</title>{head}</head>'
         "<body><main><h1>A page</h1>{body}</main></body></html>")
GOOD_MARK = '<span class="mark" role="img" tabindex="0" aria-label="proved"></span>'
PLANTED = {
    "a script from another host": (traffic, '<script src="https://example.org/x.js"></script>', ""),
    "an image that is missing": (traffic, "", '<img src="missing.png" alt="nothing">'),
    "an error in the console": (traffic, "<script>console.error('planted')</script>", ""),
    "a script that throws": (traffic, "<script>throw new Error('planted')</script>", ""),
    "a formula wider than the phone": (sideways, "", '<p style="width: 900px">wide</p>'),
    "content that jumps": (jumps, "", '<div id="late"></div><p style="height: 400px">text</p><script>addEventListener('
                           '"load", () => setTimeout(() => late.style.height = "500px", 50))</script>'),
    "a button without a name": (barriers, "", "<button></button>"),
    "text that cannot be told from its paper": (barriers, "", '<p style="color: #ddd; background: #fff">pale</p>'),
    "an image without alt text": (unnamed_pictures, "", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'),
    "a drawing without a name": (unnamed_pictures, "", "<figure><svg></svg><figcaption>Up.</figcaption></figure>"),
    "a figure without a caption": (unnamed_pictures, "", '<figure><svg role="img" aria-label="rising"></svg></figure>'),
    "a derivation without a number": (unmarked_lines, "", f'<div class="derivation" id="equation-a">'
                                      f'<div class="line">x {GOOD_MARK}</div></div>'),
    "a line without a mark": (unmarked_lines, "", '<div class="derivation"><div class="line">x = x</div></div>'),
    "a mark without a name": (unmarked_lines, "", '<span class="mark" role="img" tabindex="0"></span>'),
    "a mark beyond the keyboard": (unmarked_lines, "", '<span class="mark" role="img" aria-label="proved"></span>'),
    "a formula that was not typeset": (raw_latex, "", r"<p>so $\frac{1}{2}$ remains</p>"),
    "a formula with an error": (raw_latex, "", "<math><merror><mtext>bad</mtext></merror></math>"),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    for k, (_, head, body) in enumerate(PLANTED.values()):
        (folder / f"{k}.html").write_text(SHELL.format(head=head, body=body), "utf-8")
    (folder / "good.html").write_text(SHELL.format(head="", body="<p>All is well.</p>"), "utf-8")
    with served(folder) as address:
        yield address


@pytest.mark.parametrize("fault", PLANTED)
def test_a_check_refuses_a_page_with(browser, planted, fault):
    check = PLANTED[fault][0]
    with Visit(browser, f"{planted}{list(PLANTED).index(fault)}.html", viewport=PHONE) as visit:
        visit.page.wait_for_timeout(150)
        assert check(visit) != []
    with Visit(browser, f"{planted}good.html", viewport=PHONE) as visit:
        assert check(visit) == []


@pytest.mark.parametrize("link", ["gone.html", "other.html#gone", "#gone", "../outside.png"])
def test_a_dead_link_is_found(tmp_path, link):
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>')
    good = '<a href="other.html#here">y</a> <a href="#a" id="a">z</a>'
    (tmp_path / "page.html").write_text(f'<a href="{link}">x</a> {good}')
    assert len(dead_links(tmp_path, "page.html")) == 1


def test_a_link_out_of_the_book_is_not_followed(tmp_path):
    (tmp_path / "page.html").write_text('<a href="https://example.org/nothing">x</a>')
    assert dead_links(tmp_path, "page.html") == []


def test_no_page_names_a_host_for_its_scripts_styles_or_fonts():
    pattern = re.compile(r"""<(?:script|img|iframe|link(?! rel="canonical"))\b[^>]*?(?:src|href)=["'](?:https?:)?//""")
    for name in PAGES:
        assert not pattern.findall((SITE / name).read_text("utf-8")), name
