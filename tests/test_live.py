"""Live checking in a browser whose network ends at this machine: a reader edits, solves, shares, breaks and repairs.

The pages are those of the built site. What the checker says is compared with what the same nblib says here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import types
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from test_site import DESK, PHONE, SITE, Visit, barriers, browser, sideways, site, traffic  # noqa: F401

import live
from chapters import notebooks, read
from nblib.answer import MAGIC, answer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book" / "_ext"))

from nblib_site import live as live_pages

VENDOR = SITE / "_static" / "live" / "vendor"
PATIENCE = 120_000      # milliseconds that a busy machine may take to start Python
CHAPTER, EQUATION = "book/backprop.html", "equation 4.2"
expect.set_options(timeout=PATIENCE)
ENDLESS = r"""%%given
n = 12, 9
x \in \mathbb{R}^{n}
%%derive
\sum_{i,j,k,p,q,r} x_i x_j x_k x_p x_q x_r &= \Bigl( \sum_i x_i \Bigr)^{6}"""


@pytest.fixture
def visit(browser, site):  # noqa: F811
    """Opens a page of the site; every page must end without a complaint about its traffic."""
    opened = []

    def open_page(name: str, viewport=DESK, scheme: str = "light") -> Visit:
        opened.append(Visit(browser, site + name, scheme, viewport))
        opened[-1].page.set_default_timeout(PATIENCE)
        return opened[-1]

    yield open_page
    for one in opened:
        assert traffic(one) == []
        one.context.close()


def edit(page, name: str = EQUATION, words: str = "Edit"):
    """Open the editor of a record; its frame and its field."""
    page.get_by_role("button", name=f"{words} {name}", exact=True).first.click()
    panel = page.get_by_role("group", name=f"Edit {name}", exact=True).first
    return panel, panel.get_by_role("textbox", name="LaTeX")


def check(panel, status: str) -> str:
    """Press Check and wait for this status; what the page says then."""
    panel.get_by_role("button", name="Check", exact=True).click()
    say = panel.get_by_role("status")
    expect(say).to_have_attribute("data-status", status, timeout=PATIENCE)
    return say.inner_text()


def stage(panel):
    return panel.locator("xpath=preceding-sibling::*[contains(@class, 'live-stage')]")


# --- a derivation of a chapter ----------------------------------------------------------------------------------------

def test_a_flipped_sign_is_refused_and_its_repair_is_marked(visit):
    page = visit(CHAPTER).page
    panel, field = edit(page)
    lines = field.input_value()
    assert lines.startswith(r"\frac{\partial E}{\partial x}") and "%%" not in lines
    field.fill(lines.replace(r"+ \frac{\partial E}{\partial q}", r"- \frac{\partial E}{\partial q}", 1))
    expect(stage(panel).locator(".live-caption")).to_have_text("Preview, not checked")
    assert stage(panel).locator("math").count() == 1 and stage(panel).locator(".mark").count() == 0

    said = check(panel, "wrong")
    assert "Line 1 does not follow: the sign of the term" in said and "The line after it was not checked" in said
    shown = stage(panel)
    assert shown.locator(".line.wrong").count() == 1 and shown.locator(".counterexample dd math").count() > 2
    assert shown.locator("span.tex").count() == 0, "every formula is typeset"

    field.fill(lines.replace(r"\, \frac", r"\cdot \frac"))
    assert "Every line holds: proved" in check(panel, "right")
    assert shown.locator(".line .mark-proved").count() == 2 and shown.locator(".mark-wrong").count() == 0


def test_reset_brings_back_the_lines_of_the_book(visit):
    page = visit(CHAPTER).page
    book = page.locator("#equation-eq-backprop-fan")
    lines_of_book = book.inner_text()
    panel, field = edit(page)
    lines = field.input_value()
    field.fill("x &= x")
    check(panel, "right")
    assert stage(panel).get_attribute("id") == "equation-eq-backprop-fan", "a citation leads to what is shown"
    panel.get_by_role("button", name="Reset").click()
    assert field.input_value() == lines
    expect(stage(panel)).to_be_hidden()
    assert book.inner_text() == lines_of_book


def test_all_of_it_works_by_keyboard(visit):
    page = visit(CHAPTER).page
    button = page.get_by_role("button", name=f"Edit {EQUATION}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="LaTeX")
    expect(field).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.type("-")
    page.keyboard.press("Control+Enter")
    say = page.locator(".live-say").first
    expect(say).to_have_attribute("data-status", "wrong", timeout=PATIENCE)
    assert say.get_attribute("role") == "status"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(field).to_be_hidden()


def test_a_changed_setting_counts_for_the_derivations_below_it(visit):
    page = visit(CHAPTER).page
    settings = page.get_by_role("button", name="Edit the setting", exact=True)
    settings.nth(1).click()
    first = page.locator(".live-panel").first
    field = first.get_by_role("textbox", name="LaTeX")
    field.fill(field.input_value().replace("p := f(x)", "p := g(x)"))
    assert "The setting is read" in check(first, "stated")
    panel, _ = edit(page)
    said = check(panel, "wrong")
    assert "Line 2" in said and "Checked with your setting" in said


def test_what_cannot_be_read_is_told_with_its_place(visit):
    panel, field = edit(visit(CHAPTER).page)
    field.fill(r"\frac{\partial E}{\partial x} &= \frobnicate{x}")
    assert "Cannot be read" in check(panel, "unread")
    assert "^" in stage(panel).locator("pre.feedback").inner_text()


# --- exercises --------------------------------------------------------------------------------------------------------

def test_an_exercise_is_solved_with_one_hint_at_a_time(visit):
    page = visit("book/activations.html").page
    page.get_by_role("button", name="Answer the exercise", exact=True).first.click()
    panel = page.locator(".live-panel").first
    field = panel.get_by_role("textbox", name="LaTeX")
    assert r"\ldots" in field.input_value() and "hint:" not in field.input_value()
    assert panel.locator(".live-hints li").count() == 0
    panel.get_by_role("button", name="Hint 1 of").click()
    assert panel.locator(".live-hints li").count() == 1
    assert "Replace" in check(panel, "open")
    question = field.input_value()
    field.fill(question.replace(r"\ldots", r"\sigma(z)"))
    assert "does not follow" in check(panel, "wrong")
    field.fill(question.replace(r"\ldots", r"\sigma(z) + z \, \sigma(z) (1 - \sigma(z))"))
    assert "Right: proved" in check(panel, "right")
    assert stage(panel).locator(".headline").inner_text().strip().endswith("Right")


# --- links ------------------------------------------------------------------------------------------------------------

def test_a_link_shows_another_reader_the_same_lines_checked(visit, site):  # noqa: F811
    page = visit(CHAPTER).page
    panel, field = edit(page)
    typed = field.input_value().replace("+", "-", 1)
    field.fill(typed)
    panel.get_by_role("button", name="Share").click()
    link = panel.get_by_role("textbox", name="Link to your lines").input_value()
    assert link.startswith(site + CHAPTER + "#live=") and typed not in link

    other = visit(link.removeprefix(site)).page
    panel = other.get_by_role("group", name=f"Edit {EQUATION}", exact=True)
    expect(panel.get_by_role("status")).to_have_attribute("data-status", "wrong", timeout=PATIENCE)
    assert panel.get_by_role("textbox", name="LaTeX").input_value() == typed


@pytest.mark.parametrize("fragment", ["#live=", "#live=%%%", "#live=AAAA", "#live=y0hNLEotLi4BAA"])
def test_a_link_that_is_broken_says_so_and_changes_nothing(visit, fragment):
    page = visit(CHAPTER + fragment).page
    expect(page.get_by_role("alert")).to_contain_text("The link holds lines that cannot be shown here")
    assert page.locator(".live-panel").count() == 0


def test_a_link_cannot_smuggle_markup_into_the_page(visit):
    page = visit(CHAPTER).page
    panel, field = edit(page)
    evil = r"<img src=x onerror=document.title='broken'>"
    field.fill(rf"x &= x && \text{{{evil}}} \\ \text{{{evil}}} &= \href{{javascript:alert(1)}}{{x}}")
    page.wait_for_timeout(400)
    check(panel, "unread")
    field.fill(rf"x &= x && \text{{{evil}}}")
    check(panel, "right")
    assert stage(panel).locator("img, a, script").count() == 0 and page.title() != "broken"
    assert "<img" in stage(panel).locator(".reason").inner_text()


# --- limits -----------------------------------------------------------------------------------------------------------

def test_an_endless_input_ends_with_its_worker_and_the_page_goes_on(visit):
    page = visit("book/playground.html").page
    page.clock.install()
    given, derive = ENDLESS.split("\n%%derive\n")
    fields = page.locator(".live-field")
    fields.nth(0).fill(given.removeprefix("%%given\n"))
    fields.nth(1).fill(derive)
    panel = page.locator(".live-panel").nth(1)
    panel.get_by_role("button", name="Check", exact=True).click()
    say = panel.get_by_role("status")
    expect(say).to_have_text("Checking …", timeout=PATIENCE)
    worker = page.workers[0]
    page.clock.fast_forward(19_000)
    expect(say).to_have_text("Checking …")
    page.clock.fast_forward(2_000)
    expect(say).to_contain_text("Stopped after 20 seconds")
    for _ in range(100):
        if worker not in page.workers:
            break
        page.wait_for_timeout(300)
    assert worker not in page.workers, "the worker is ended, whatever it was doing"
    fields.nth(0).fill(r"x \in \mathbb{R}")
    fields.nth(1).fill("x + x &= 2 x")
    assert "The line holds" in check(panel, "right")


def test_a_reader_can_stop_what_takes_too_long(visit):
    page = visit("book/playground.html").page
    given, derive = ENDLESS.split("\n%%derive\n")
    page.locator(".live-field").nth(0).fill(given.removeprefix("%%given\n"))
    page.locator(".live-field").nth(1).fill(derive)
    panel = page.locator(".live-panel").nth(1)
    panel.get_by_role("button", name="Check", exact=True).click()
    expect(panel.get_by_role("status")).to_have_text("Checking …", timeout=PATIENCE)
    panel.get_by_role("button", name="Stop", exact=True).click()
    expect(panel.get_by_role("status")).to_have_text("Stopped.")
    expect(panel.get_by_role("button", name="Check", exact=True)).to_be_visible()


def test_stop_ends_the_check_of_its_own_cell_only(visit):
    page = visit("book/playground.html").page
    given, derive = ENDLESS.split("\n%%derive\n")
    page.get_by_role("button", name="Add a derivation").click()
    for field, text in enumerate((given.removeprefix("%%given\n"), derive, r"x_1 + x_1 &= 2 x_1")):
        page.locator(".live-field").nth(field).fill(text)
    first, second = (page.locator(".live-panel").nth(k) for k in (1, 2))
    for panel in (first, second):
        panel.get_by_role("button", name="Check", exact=True).click()
    expect(first.get_by_role("status")).to_have_text("Checking …", timeout=PATIENCE)
    second.get_by_role("button", name="Stop", exact=True).click()           # it waits for its turn
    expect(second.get_by_role("status")).to_have_text("Stopped.")
    expect(first.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    assert "Checking" in first.get_by_role("status").inner_text()
    assert second.get_by_role("button", name="Check", exact=True).is_visible()
    second.get_by_role("button", name="Check", exact=True).click()
    first.get_by_role("button", name="Stop", exact=True).click()
    expect(second.get_by_role("status")).to_have_attribute("data-status", "right", timeout=PATIENCE)


def test_a_huge_paste_leaves_the_page_usable(visit):
    page = visit(CHAPTER).page
    panel, field = edit(page)
    field.fill("x + " * 250_000 + "x &= x")
    expect(stage(panel).locator(".live-caption")).to_contain_text("Too long for a preview")
    assert stage(panel).locator("math").count() == 0
    panel.get_by_role("button", name="Share").click()
    expect(panel.get_by_role("status")).to_have_text("There is no link: your lines are too long for one.")
    field.fill("x &= x")
    expect(stage(panel).locator(".live-caption")).to_have_text("Preview, not checked")
    assert stage(panel).locator("math").count() == 1


# --- what happens while something else happens ------------------------------------------------------------------------

@pytest.mark.parametrize("act, words", [("Reset", "The lines of the book are back."), ("type", "")])
def test_an_answer_to_lines_that_are_gone_is_not_shown(visit, act, words):
    page = visit(CHAPTER).page
    panel, field = edit(page)
    field.fill(field.input_value().replace("+", "-", 1))
    panel.get_by_role("button", name="Check", exact=True).click()               # the worker is still on its way
    if act == "Reset":
        panel.get_by_role("button", name="Reset").click()
    else:
        field.fill("x &= x")
    expect(panel.get_by_role("button", name="Check", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(panel.get_by_role("status")).to_have_text(words)
    if act == "Reset":
        expect(stage(panel)).to_be_hidden()
    else:
        expect(stage(panel).locator(".live-caption")).to_have_text("Preview, not checked")


def test_undo_brings_back_what_reset_took(visit):
    page = visit(CHAPTER).page
    panel, field = edit(page)
    book = field.input_value()
    page.keyboard.press("Control+End")
    page.keyboard.type("+ mine")
    panel.get_by_role("button", name="Reset").click()
    assert field.input_value() == book
    expect(panel.get_by_role("button", name="Reset")).to_be_focused()
    field.focus()
    page.keyboard.press("Control+z")
    assert field.input_value() == book + "+ mine"
    expect(stage(panel).locator(".live-caption")).to_have_text("Preview, not checked")


def test_a_result_is_out_of_date_when_its_setting_changes(visit):
    page = visit("book/playground.html").page
    given, derived = (page.locator(".live-panel").nth(k) for k in (0, 1))
    setting, lines = (page.locator(".live-field").nth(k) for k in (0, 1))
    setting.fill(r"x \in \mathbb{R}, \; y := 2 x")
    lines.fill("y &= x + x")
    check(derived, "right")
    setting.fill(r"x \in \mathbb{R}, \; y := 3 x")
    expect(derived.get_by_role("status")).to_have_text("A setting above has changed. Check again.")
    assert stage(derived).get_attribute("data-state") == "outdated"
    check(derived, "wrong")
    assert stage(derived).get_attribute("data-state") == "checked"
    check(given, "stated")
    assert stage(derived).get_attribute("data-state") == "checked", "a check changes nothing"


def test_a_page_is_printed_without_its_editors(visit):
    page = visit(CHAPTER).page
    panel, _ = edit(page)
    page.emulate_media(media="print")
    expect(panel).to_be_hidden()


# --- hostile lines ----------------------------------------------------------------------------------------------------

HOSTILE = [
    r"\text{<script>document.title='broken'</script>}", r"\boxed{<svg onload=document.title='broken'>}",
    r"\href{javascript:document.title='broken'}{x}", r"\url{javascript:document.title='broken'}",
    r"\includegraphics{https://example.org/x.png}", r"\htmlStyle{position:fixed;inset:0}{x}", r"\htmlId{bench}{x}",
    r"\color{red;background:url(https://example.org/)}x", r"\colorbox{red\" onmouseover=\"x}{x}",
    r"\verb|<img src=x onerror=document.title='broken'>|", r"\begin{array}{c@{<img src=x>}c}x&y\end{array}",
    r"\label{<img src=x onerror=1>}x", r"\def\x{\x\x}\x", "{" * 5000, "\u202e\ud83e\udd20 \u0000 \ufeff \u200b",
]
DANGERS = r"""(root) => [root, ...root.querySelectorAll('*')].flatMap((e) => [
    ...(/^(script|img|svg|iframe|object|embed|link|style|form)$/i.test(e.tagName) && !e.closest('.mark')
        ? [e.tagName] : []),
    ...[...e.attributes].filter(({ name, value }) =>
        /^on|^id$|^(xlink:)?href$|^src/i.test(name) && !value.startsWith('#')
        || /url\(|javascript:|position: *fixed/i.test(value)).map(({ name, value }) => `${name}=${value}`)])"""



def dangers(page, text: str, show: str) -> list[str]:
    """What could act, in what `show` has typeset of a text; `broken` when something has."""
    found = page.evaluate(f"""async (text) => {{
        const shown = document.createElement("div");
        document.body.append(shown);
        await ({show})(text, await import("/_static/live/typeset.js"), shown);
        return ({DANGERS})(shown);
    }}""", text)
    page.wait_for_timeout(50)
    return found + ["broken"] * (page.title() == "broken")


@pytest.mark.parametrize("latex", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_latex_stays_text(bench, latex):
    assert dangers(bench, latex, """(latex, { preview }, shown) =>
        Promise.all(["derive", "given"].map(async (kind) => shown.append(await preview(kind, latex))))""") == []


@pytest.mark.parametrize("reason", HOSTILE[:10], ids=range(10))
def test_a_hostile_reason_is_shown_as_text(bench, reason):
    """As it comes in a link, typeset as a checked record is."""
    cell = rf"%%derive{chr(10)}x &= x && \text{{so}} {reason}"
    reply = answer(cell, ["%%given\nx \\in \\mathbb{R}"])
    assert dangers(bench, reply["html"], """(html, { typeset }, shown) => {
        shown.innerHTML = html;
        return typeset(shown);
    }""") == []


@pytest.mark.parametrize("markup", ["<img src='x'>", "<b onclick='x'>b</b>", "<a href='javascript:x'>b</a>",
                                    "<i style='background: url(x)'>b</i>", "<b id='bench'>b</b>"])
def test_the_check_for_dangers_finds(browser, markup):  # noqa: F811
    page = browser.new_page()
    page.set_content(f"<div>{markup}</div>")
    assert page.evaluate(f"({DANGERS})(document.querySelector('div'))") != []
    page.close()


def fragment_of(page, value) -> str:
    return page.evaluate("""async (value) => {
        const { linkTo } = await import("/_static/live/share.js");
        return (await linkTo(value)).split("#")[1];
    }""", value)


def test_a_link_to_the_playground_that_is_none_is_refused(visit):
    page = visit("book/playground.html").page
    fields = page.locator(".live-field")
    expect(fields).to_have_count(2)
    before = [fields.nth(k).input_value() for k in range(2)]
    for held in (None, "%%derive", 7, [], [["%%derive\nx &= x"]], [{}], ["<script>"], ["x", "%%derive\nx &= x"],
                 ["%%derive {__import__('os').getcwd()}\nx &= x"],         # IPython would run this, once exported
                 ["%%given also $(id)\nx &= x"], ["%%derive <img src=x>\nx &= x"], ["%%derived\nx &= x"],
                 ["!id\n%%derive\nx &= x"]):
        page.evaluate("(fragment) => { location.hash = fragment; }", fragment_of(page, {"bench": held}))
        expect(page.get_by_role("alert")).to_contain_text("it is not a playground's")
        assert [fields.nth(k).input_value() for k in range(2)] == before
        expect(page.get_by_role("alert")).to_have_count(1)
        page.evaluate("document.querySelector('.live-notice').remove()")
    good = fragment_of(page, {"bench": ["%%derive eq-a\nx &= x"]})
    page.evaluate("(fragment) => { location.hash = fragment; }", good)
    expect(fields).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("held", [
    None, {}, {"version": 9, "open": "%%derive eq-of-another-year", "cells": {"%%derive eq-of-another-year": "x"}},
    {"open": "%%derive eq-backprop-fan", "cells": {"%%derive eq-backprop-fan": ["x"]}},
    {"open": "__proto__", "cells": {"constructor": "x"}}, {"bench": ["%%derive\nx &= x"]},
])
def test_a_link_of_another_version_is_refused_and_changes_nothing(visit, held):
    page = visit(CHAPTER).page
    for _ in range(2):
        page.evaluate("(fragment) => { location.hash = ''; location.hash = fragment; }", fragment_of(page, held))
        expect(page.get_by_role("alert")).to_contain_text("The link holds lines that cannot be shown here")
    expect(page.get_by_role("alert")).to_have_count(1)
    assert page.locator(".live-panel").count() == 0


def test_signs_of_every_script_travel_in_a_link(visit, site):  # noqa: F811
    page = visit(CHAPTER).page
    panel, field = edit(page)
    typed = "x &= x && \\text{é 数 עברית 🤠 \u200b}"
    field.fill(typed)
    panel.get_by_role("button", name="Share").click()
    link = panel.get_by_role("textbox", name="Link to your lines")
    expect(link).to_be_visible()
    other = visit(link.input_value().removeprefix(site)).page
    panel = other.get_by_role("group", name=f"Edit {EQUATION}", exact=True)
    expect(panel.get_by_role("status")).to_contain_text(r"'\u200b' cannot stand here", timeout=PATIENCE)
    assert panel.get_by_role("textbox", name="LaTeX").input_value() == typed


# --- the playground ---------------------------------------------------------------------------------------------------

def test_the_playground_opens_an_example_and_refuses_what_is_wrong_in_it(visit):
    page = visit("book/playground.html").page
    expect(page.locator(".live-panel")).to_have_count(2)
    page.get_by_role("button", name="Open in the playground: A transpose too few").click()
    panel = page.locator(".live-panel").nth(1)
    assert "Line 2" in check(panel, "wrong")
    field = panel.get_by_role("textbox", name="Derivation")
    field.fill(field.input_value().replace("(v^\\top W)", "(v^\\top W)^\\top"))
    assert "Every line holds: proved for every size" in check(panel, "right")


def test_the_playground_exports_a_notebook_that_nblib_runs(visit):
    page = visit("book/playground.html").page
    page.get_by_role("button", name="Add a derivation").click()
    page.get_by_role("textbox", name="Derivation").nth(1).fill(r"2 E &= \lVert z - t \rVert^2")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a notebook").click()
    with open(download.value.path(), encoding="utf-8") as file:
        book = nbformat.read(file, as_version=4)
    nbformat.validate(book)
    assert download.value.suggested_filename == "derivation.ipynb"
    cells = [cell.source for cell in book.cells if MAGIC.match(cell.source)]
    replies = [answer(cell, cells[:k]) for k, cell in enumerate(cells)]
    assert [reply["status"] for reply in replies] == ["stated", "right", "right"]
    assert any("%load_ext nblib" in cell.source for cell in book.cells)


def test_a_link_to_the_playground_holds_all_cells(visit, site):  # noqa: F811
    page = visit("book/playground.html").page
    page.get_by_role("textbox", name="Derivation").fill(r"E &= \tfrac13 \lVert z - t \rVert^2")
    page.locator(".live-tools").get_by_role("button", name="Share").click()
    link = page.get_by_role("textbox", name="Link to this bench").input_value()
    other = visit(link.removeprefix(site)).page
    expect(other.locator(".live-panel").nth(1).get_by_role("status")).to_have_attribute("data-status", "wrong",
                                                                                      timeout=PATIENCE)


# --- every page -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("viewport, scheme", [(DESK, "light"), (PHONE, "dark")])
def test_the_open_editor_is_open_to_everyone_and_no_wider_than_the_window(visit, viewport, scheme):
    opened = visit(CHAPTER, viewport, scheme)
    panel, field = edit(opened.page)
    field.fill(field.input_value().replace("+", "-", 1))
    check(panel, "wrong")
    assert sideways(opened) == [] and traffic(opened) == []
    assert barriers(opened) == []
    opened.complaints.clear()       # what axe itself asked for


def test_nothing_is_loaded_before_a_reader_asks_for_it(visit):
    page = visit(CHAPTER).page
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not [name for name in loaded if "vendor" in name and "/live/" in name]


def test_without_scripts_a_page_is_as_it_was(browser, site):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "book/playground.html")
    assert page.locator(".live-edit, .live-panel").count() == 0
    assert "if scripts were switched on" in page.locator("#bench").inner_text()
    assert page.locator(".live-example .mark-wrong").count() > 0, "the examples are shown, checked by the build"
    context.close()


@pytest.fixture(scope="module")
def bench(browser, site):  # noqa: F811
    """One page with one worker, for all chapters."""
    with Visit(browser, site + "book/playground.html") as opened:
        yield opened.page


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_the_page_says_of_every_cell_of_the_book_what_nblib_says_here(bench, notebook):
    cells = [cell["source"] + "\n" for cell in read(notebook)["cells"] if MAGIC.match(cell["source"])]
    asked = [(cell, [one for one in cells[:k] if one.startswith("%%given")]) for k, cell in enumerate(cells)]
    replies = bench.evaluate("""async (asked) => {
        const { checker } = await import("../_static/live/checker.js");
        const replies = [];
        for (const [cell, before] of asked) { replies.push(await checker.ask(cell, before)); }
        return replies;
    }""", asked)
    for (cell, before), reply in zip(asked, replies, strict=True):
        assert reply == answer(cell, before), cell


# --- what the site carries --------------------------------------------------------------------------------------------

def test_the_files_are_those_of_the_list_and_light_enough():
    manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    total = 0
    for name, entry in manifest["files"].items():
        content = (VENDOR / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["bytes"], name
        total += len(gzip.compress(content, 9))
    assert {path.name for path in VENDOR.iterdir()} == {*manifest["files"], "manifest.json"}
    assert total < 10_000_000, "a first check takes less than 10 MB from a server that compresses"


def test_the_page_names_the_versions_that_check(visit):
    panel, _ = edit(visit(CHAPTER).page)
    versions = json.loads((VENDOR / "manifest.json").read_text("utf-8"))["versions"]
    expect(panel.locator(".live-about")).to_contain_text(f"SymPy {versions['SymPy']}")
    assert versions["Pyodide"] == live.NPM["pyodide"][0]


def test_a_package_that_was_tampered_with_is_thrown_away(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "BUILT", tmp_path)
    archive = tmp_path / "temml-1.2.3.tgz"
    archive.write_bytes(b"something else")
    with pytest.raises(live.Unavailable, match="not the one that tools"):
        live.fetch("temml", "1.2.3", "0" * 64, ["npm"])
    assert not archive.exists()


def test_without_npm_the_build_goes_on_and_says_why_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(live, "BUILT", tmp_path)
    monkeypatch.setattr(live, "SITE", tmp_path / "site")
    monkeypatch.setattr(live.shutil, "which", lambda name: None)
    monkeypatch.setattr(live.sys, "executable", "/nowhere/python")
    assert live.main() == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "without live checking" in line]
    assert len(said) == 1 and "install Node.js" in said[0]
    assert "install Node.js" in live.read_manifest()["absent"]


@pytest.mark.parametrize("written, count", [({"absent": "no npm"}, 0), ({"versions": {}}, 1)])
def test_the_buttons_are_absent_where_the_checker_is(tmp_path, written, count):
    folder = tmp_path / live_pages.GATHERED
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(written))
    added = []
    app = types.SimpleNamespace(srcdir=tmp_path, env=types.SimpleNamespace(nblib_records={"book/a": []}),
                                add_css_file=lambda name: None, add_js_file=lambda name, **kind: added.append(name))
    live_pages.add_scripts(app, "book/a", "page.html", {}, None)
    live_pages.add_scripts(app, "book/ledger", "page.html", {}, None)
    assert len(added) == count


def test_no_script_names_a_host():
    for path in sorted((SITE / "_static" / "live").glob("*.js")):
        found = re.findall(r"https?://[^\s\"'`]+", path.read_text("utf-8"))
        assert [name for name in found if not name.startswith("https://github.com/executable-derivations/")] == [], path
