"""Every chapter keeps the house style, and each check of it refuses what it is there to refuse."""

import itertools

import pytest

import house_style
from chapters import ROOT, notebooks, pages
from house_style import HEADINGS, OF_A_CHAPTER, OF_EVERY_PAGE, Page

CHAPTERS = [Page.of(path) for path in notebooks() if path.exists()]
PAGES = CHAPTERS + [Page.of(path) for path in (ROOT / f"{page}.md" for page in pages()) if path.exists()]


@pytest.mark.parametrize("check", OF_A_CHAPTER, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.name)
def test_chapter_keeps(page, check):
    findings = list(check(page))
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("check", OF_EVERY_PAGE, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_keeps(page, check):
    findings = list(check(page))
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_cites_exists(page):
    assert not list(house_style.citations(page, house_style.targets(PAGES), house_style.bibliography()))


def test_no_two_chapters_have_a_label_in_common():
    labels = [label for page in CHAPTERS for _, label, _ in page.magics("derive", "refute", "exercise") if label]
    assert len(labels) == len(set(labels))


# ---- the checks themselves: a page that they accept, and for each a page with one fault

SETUP = """%load_ext nblib
import numpy as np
from nblib import use_style

use_style()
rng = np.random.default_rng(0)"""
DERIVE = r"""%%derive eq-planted-dz
\frac{\partial E}{\partial z}
  &= a - t          && \text{each unit sees its own error} \\
  &= -(t - a)       && \text{the sign comes out}"""

EXERCISE = r"""%%exercise ex-planted-{0}
\frac{{\partial E}}{{\partial z}} &= \ldots
hint: Each unit sees its own error."""
SOLUTION = r"""%%derive eq-planted-{0}
\frac{{\partial E}}{{\partial z}} &= a - t && \text{{so it does}}"""


def markdown(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text: str, *tags: str) -> dict:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": text, "outputs": []}


def planted() -> Page:
    """A page without a fault."""
    words = "The error of a unit is what it says minus what it should say. " * 120
    sections = {heading: [markdown(f"## {heading}\n\nThis is said in a sentence.")] for heading in HEADINGS}
    sections["Goals"].append(code(SETUP))
    sections["Setting"].append(code("%%given\nn = 2, 3"))
    sections["Derivation"] += [code(DERIVE), markdown("By {eq}`eq-planted-dz` and {cite:p}`rumelhart`:"), code("1 + 1")]
    for word in ("one", "two"):
        question, solution = code(EXERCISE.format(word)), code(SOLUTION.format(word), "hide-cell")
        sections["Exercises"] += [markdown("Your turn:"), question, markdown("The solution:"), solution]
    sections["Check"].append(markdown("$$\nu := \\sum_{i=1}^{n} x_i\n$$ (eq-planted-u)\n\n> $$a = b$$ as printed"))
    return Page("planted", [markdown(f"# A title\n\n{words}"), *itertools.chain(*sections.values())])


def with_cell(cell: dict, after: str = "## Picture") -> Page:
    """The page without a fault, and this cell in it, with a sentence before it."""
    page = planted()
    here = next(n for n, old in enumerate(page.cells) if old["source"].startswith(after))
    page.cells[here + 1 : here + 1] = [cell]
    return page


def without(text: str, instead: str = "") -> Page:
    """The page without a fault, and without this text in it."""
    page = planted()
    assert any(text in cell["source"] for cell in page.cells)
    for cell in page.cells:
        cell["source"] = cell["source"].replace(text, instead)
    return page


@pytest.mark.parametrize("check", OF_A_CHAPTER + OF_EVERY_PAGE, ids=lambda check: check.__name__)
def test_a_page_without_a_fault_is_accepted(check):
    assert not list(check(planted()))


def test_the_landing_page_needs_no_sections_but_is_checked_otherwise():
    assert not list(house_style.headings(Page("index", [])))
    assert not list(house_style.length_in_words(Page("index", [])))
    assert not list(house_style.exercises(Page("index", [])))
    assert list(house_style.quiet_code(Page("index", [code("print(1)")])))


FAULTS = [
    ("headings", without("## Check\n"), "sections are"),
    ("headings", without("## Summary", "## Conclusion"), "sections are"),
    ("headings", without("# A title"), "0"),
    ("headings", with_cell(markdown("## Check\n\nAgain.")), "sections are"),
    ("length_in_words", without(" of a unit is what it says"), "words of prose"),
    ("length_in_words", with_cell(markdown("And so on and on. " * 1000)), "words of prose"),
    ("setup_cell", without("%load_ext nblib"), "0 do"),
    ("opens_on_colab", Page("planted", planted().cells, on_colab=False), "ON_COLAB"),
    ("setup_cell", with_cell(code("import scipy")), "imports"),
    ("setup_cell", with_cell(code("def late():\n    from math import pi\n    return pi")), "imports"),
    ("short_cells", with_cell(code("x\n" * 26)), "26 lines"),
    ("short_cells", Page("planted", [code("x\n" * 6)]), "median"),
    ("sentence_before", with_cell(code("1"), after="1 + 1"), "no sentence"),
    ("sentence_before", without("## Setting\n\nThis is said in a sentence.", "## Setting"), "no sentence"),
    ("quiet_code", with_cell(code("print(1)")), "prints"),
    ("quiet_code", with_cell(code("list(map(print, [1]))")), "prints"),
    ("quiet_code", with_cell(code("%pip install torch")), "installs"),
    ("quiet_code", with_cell(code("!ls")), "installs"),
    ("quiet_code", with_cell(code("urllib.request.urlopen(address)")), "network"),
    ("bound_once", with_cell(code("rng = 1"), after="1 + 1"), "rng is bound"),
    ("bound_once", with_cell(code("def rng():\n    return 1")), "rng is bound"),
    ("seeded", with_cell(code("np.random.rand(3)")), "random numbers"),
    ("seeded", without("default_rng(0)", "default_rng()"), "random numbers"),
    ("nothing_excused", with_cell(code("1 / 0", "raises-exception")), "excused"),
    ("nothing_excused", with_cell(code("# NBVAL_IGNORE_OUTPUT\nrng.random()")), "excused"),
    ("nothing_excused", with_cell({**code("1 / 0"), "outputs": [{"output_type": "error"}]}), "shows an error"),
    ("labels", without("eq-planted-dz", "eq-other-dz"), "eq-planted-<word>"),
    ("labels", without(" eq-planted-dz"), "''"),
    ("labels", with_cell(code(DERIVE)), "2 cells"),
    ("labels", with_cell(code("measured('eq-other-s', {}, run)")), "eq-planted-<word>"),
    ("labels", with_cell(code("measured('eq-planted-dz', {}, run)")), "2 cells"),
    ("reasons", without(r"&& \text{the sign comes out}"), "line 2 has no reason"),
    ("reasons", without(r"\text{the sign comes out}"), "line 2 has no reason"),
    ("exercises", without(EXERCISE.format("two")), "1 exercises"),
    ("exercises", without("ex-planted-one", "eq-planted-one-ex"), "ex-planted-<word>"),
    ("exercises", without(r"\ldots", "a - t"), "nothing is left"),
    ("exercises", without("hint: Each unit sees its own error."), "no hint"),
    ("exercises", without(SOLUTION.format("two"), "a - t"), "no checked solution"),
    ("exercises", without(SOLUTION.format("two"), EXERCISE.format("three")), "no checked solution"),
    ("exercises", Page("planted", [{**cell, "metadata": {}} for cell in planted().cells]), "lies open"),
    ("exercises", Page("planted", planted().cells + [code(EXERCISE.format(n)) for n in range(4)]), "6 exercises"),
    ("no_unchecked_equation", with_cell(markdown("$$a = b$$")), "a = b"),
    ("no_unchecked_equation", with_cell(markdown("$$\nu := v \\\\\na &= b\n$$ (eq-planted-a)")), "a &= b"),
    ("no_unchecked_equation", with_cell(markdown("```{math}\n:label: eq-planted-x\na = b\n```")), "a = b"),
    ("no_unchecked_equation", with_cell(markdown(":::{math}\na = b\n:::")), "a = b"),
    ("no_unchecked_equation", with_cell(markdown("\\[ a = b \\]")), "a = b"),
    ("no_unchecked_equation", with_cell(markdown("\\begin{align*}\na &= b\n\\end{align*}")), "a &= b"),
    ("no_unchecked_equation", with_cell(markdown("$$a \\approx b$$")), "approx"),
    ("no_empty_phrases", with_cell(markdown("It can be shown that this holds.")), "It can be shown"),
    ("no_empty_phrases", with_cell(markdown("This clearly holds.")), "clearly"),
    ("no_empty_phrases", with_cell(markdown("One verifies the rest.")), "One verifies"),
]


@pytest.mark.parametrize("check, page, words", FAULTS, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(FAULTS)])
def test_a_fault_is_refused(check, page, words):
    findings = list(getattr(house_style, check)(page))
    assert any(words in finding for finding in findings), findings


def test_every_check_refuses_something():
    assert {name for name, _, _ in FAULTS} == {check.__name__ for check in OF_A_CHAPTER + OF_EVERY_PAGE}


def test_citations_accept_what_exists_and_refuse_what_does_not():
    known = house_style.targets([planted()])
    named = [f"{kind}-planted-{word}" for kind in ("eq", "ex") for word in ("one", "two")]
    assert known == {"eq-planted-dz", "eq-planted-u", *named}
    assert not list(house_style.citations(planted(), known, {"rumelhart"}))
    assert list(house_style.citations(planted(), known - {"eq-planted-dz"}, {"rumelhart"}))
    assert list(house_style.citations(planted(), known, {"werbos"}))
