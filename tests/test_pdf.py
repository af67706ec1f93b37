"""The book on paper: every chapter is there, nothing is empty, nothing is cut off; and each check refuses something."""

import json
import re

import pypdfium2
import pytest

import pdf
from chapters import ROOT, notebooks, pages, read

MARGIN = 20 / 25.4 * 72 - 3  # points; a letter that hangs in the margin is not cut
PRINTED = [name for _, names in pdf.parts() for name in names]
HEADER_AND_FOOTER = 120  # letters that stand on every page


# --- the checks -------------------------------------------------------------------------------------------------------


def empty_pages(document) -> list[int]:
    """The pages, from 1, that say little and show no picture."""
    little = [(number, page) for number, page in enumerate(document, 1) if letters(page) < HEADER_AND_FOOTER]
    return [number for number, page in little if not has_drawing(page)]


def has_drawing(page) -> bool:
    """Whether the page has a drawing: more than the few rules and boxes of a text."""
    kinds = [part.type for part in page.get_objects()]
    return kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH) > 20 or pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds


def letters(page) -> int:
    return len(re.sub(r"\s", "", page.get_textpage().get_text_range()))


def outside_the_margins(document) -> list[tuple[int, str]]:
    """Text that reaches into the left or right margin: the page, and the text."""
    found = []
    for number, page in enumerate(document, 1):
        text, width = page.get_textpage(), page.get_width()
        boxes = [text.get_rect(k) for k in range(text.count_rects())]
        found += [(number, text.get_text_bounded(*box)) for box in boxes if box[0] < MARGIN or box[2] > width - MARGIN]
    return found


# --- the book ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book():
    assert pdf.PDF.exists(), f"There is no {pdf.PDF.name}: run `make pdf` first."
    document = pypdfium2.PdfDocument(pdf.PDF)
    yield document
    document.close()


@pytest.fixture(scope="module")
def words(book):
    """All the text, without blanks and hyphens, for they come and go where lines break."""
    return squeezed("".join(page.get_textpage().get_text_range() for page in book))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\ufffe-]", "", text)


def test_the_book_has_the_length_of_a_book(book):
    assert 12 * len(notebooks()) < len(book) < 40 * len(notebooks())


def test_all_pages_are_a4(book):
    assert {tuple(round(side) for side in page.get_size()) for page in book} == {(595, 842)}


def test_the_outline_holds_every_chapter_and_its_sections(book):
    outline = [(entry.level, squeezed(entry.get_title())) for entry in book.get_toc()]
    assert len([title for level, title in outline if level == 0]) == len(PRINTED)
    for chapter in notebooks():
        title = re.search(r"(?m)^# +(.+)$", "\n".join(cell["source"] for cell in read(chapter)["cells"]))[1]
        plain = squeezed(title.partition("$")[0])
        assert any(level == 0 and plain in entry for level, entry in outline), title
    assert sum(level == 1 and entry.endswith("Derivation") for level, entry in outline) == len(notebooks()) - 1


def test_the_contents_name_the_page_on_which_each_chapter_begins(book):
    contents = [line.strip() for line in book[1].get_textpage().get_text_range().splitlines()]
    numbers = [int(line.split()[-1]) for line in contents if re.search(r"\D\s\d+$", line) or re.fullmatch(r"\d+", line)]
    begins = [entry.get_dest().get_index() + 1 for entry in book.get_toc() if entry.level == 0]
    assert [number for number in numbers if number > 2] == begins


def test_no_page_is_empty(book):
    assert not empty_pages(book)


def test_no_text_is_cut_at_a_margin(book):
    assert not outside_the_margins(book)


def test_the_reasons_of_the_formulas_can_be_read(words):
    reasons = {
        line["reason"]
        for file in (ROOT / "_build" / "records").glob("*.json")
        for record in json.loads(file.read_text("utf-8"))["records"]
        for line in record.get("lines", [])
    }
    plain = [match[1] for reason in reasons if (match := re.fullmatch(r"\\text\{([\w ,:;’]+)\}", reason))]
    assert len(plain) > 100
    assert not [reason for reason in plain if squeezed(reason) not in words]


def test_solutions_are_printed_and_controls_are_not(words):
    assert "Yourturn" in words
    for control in ("Showthesolution", "Showthecode", "Linktothis", "▶", "Details"):
        assert control not in words


# --- what must be refused ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paper():
    with pdf.browser_page() as page:
        yield page


def printed(paper, html: str, margin: int = 20) -> pypdfium2.PdfDocument:
    """A planted page, printed as the book is."""
    paper.set_content(f"<style>@page {{ size: A4; margin: {margin}mm }} body {{ margin: 0 }}</style>{html}")
    return pypdfium2.PdfDocument(paper.pdf(prefer_css_page_size=True, tagged=True, outline=True))


def scripted(paper, html: str):
    """A planted article, in a page that has the script of the book."""
    paper.set_content(f"<article id='planted' class='bd-article'>{html}</article>")
    paper.add_script_tag(path=ROOT / "tools" / "pdf.js")
    return paper


FULL = "<p>" + "What is said here fills a page. " * 20 + "</p>"


def test_an_empty_page_is_noticed(paper):
    break_before = "style='break-before: page'"
    assert empty_pages(printed(paper, f"{FULL}<p {break_before}>7</p><div {break_before}>{FULL}</div>")) == [2]


def test_text_in_a_margin_is_noticed(paper):
    assert not outside_the_margins(printed(paper, FULL))
    assert outside_the_margins(printed(paper, FULL, margin=14))
    assert outside_the_margins(printed(paper, f"<div style='margin-left: -9mm'>{FULL}</div>"))


@pytest.mark.parametrize("terms, refused", [(5, False), (40, False), (100, True)])
def test_a_wide_formula_is_made_smaller_until_it_could_not_be_read(paper, terms, refused):
    formula = f"<div class='formula' style='overflow: auto'>{'x+' * terms}</div>"
    page = scripted(paper, f"<div class='equation'>{formula}</div>")
    assert bool(page.evaluate("fit()")) == refused
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth + 1)(document.querySelector('.formula'))")


@pytest.mark.parametrize("style", ["overflow: hidden; white-space: nowrap", "position: relative; left: 99px"])
def test_what_is_cut_or_sticks_out_is_refused(paper, style):
    assert not scripted(paper, f"<div>{FULL}</div>").evaluate("fit()")
    places = scripted(paper, f"<div style='{style}'>{FULL}</div>").evaluate("fit()")
    assert any("What is said" in place for place in places)


def test_a_link_that_leads_nowhere_is_refused(paper):
    page = scripted(paper, "<a href='#planted'>a</a><a href='#gone'>b</a>")
    assert page.evaluate("astray()") == ["#gone (b)"]
    with pytest.raises(ValueError, match="lead nowhere:\n#gone"):
        pdf.refuse("links that lead nowhere", ["#gone"])


def test_an_outline_that_lacks_a_chapter_is_refused(paper):
    paper.set_content("<h1>One</h1><p>and</p><h1>Two</h1>")
    outlined = paper.pdf(tagged=True, outline=True)
    assert pdf.starts(outlined, ["one", "two"]) == {"one": 1, "two": 1}
    with pytest.raises(ValueError, match="2 chapters, the book has 3"):
        pdf.starts(outlined, ["one", "two", "three"])


def test_the_parts_hold_every_page_that_is_not_for_the_screen_only():
    named = [page.rpartition("/")[2] for page in pages()]
    assert set(named) - set(PRINTED) == pdf.ON_SCREEN_ONLY
    assert [name for name in named if name in PRINTED] == PRINTED
