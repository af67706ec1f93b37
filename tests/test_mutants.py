"""Of the one-token slips that a line of the book can hold, none gets past the checker.

Here a sample is tried: of every line each sign, and as many other slips as SAMPLE says, drawn by a generator whose seed
is the line itself, so that a line has the same sample until it is changed. `make mutants` tries them all.
"""

import random
import re

import pytest

import chapters
import mutants
from mutants import Cell, Judge
from mutations import KINDS, mutations, plain
from nblib import given
from nblib.reader import read_row

SAMPLE = 2
NOTEBOOKS = [path for path in chapters.notebooks() if path.exists()]


def sample(text, edits):
    def is_sign(edit):
        return edit.kind == "sign" and edit.end > edit.begin  # one that stands there, not one put in

    others = [edit for edit in edits if not is_sign(edit)]
    return [*filter(is_sign, edits), *random.Random(text).sample(others, min(SAMPLE, len(others)))]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_slip_of_the_sample_survives(notebook):
    reports = [mutants.mutants(cell, choose=sample) for cell in mutants.cells(notebook)]
    survived = [str(mutant) for report in reports for mutant in report.of("survived")]
    assert not survived, "accepted, though they say something else:\n" + "\n".join(survived)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_that_checks_a_line_is_found(notebook):
    text = "\n".join(cell["source"] for cell in chapters.read(notebook)["cells"] if cell["cell_type"] == "code")
    assert len(list(mutants.cells(notebook))) >= len(re.findall(r"^%%derive", text, re.M))


@pytest.mark.parametrize("place", mutants.BY_HAND)
def test_what_is_proved_by_hand_stands_in_the_book_and_would_survive(place, monkeypatch):
    """An entry that nblib can prove, or that the book no longer holds, has to go."""
    label, _, row = re.fullmatch(r"(\S+) line (\d+): (.*)", place).groups()
    cell = next(cell for notebook in NOTEBOOKS for cell in mutants.cells(notebook) if cell.label == label)

    def only(text, edits):
        return [edit for edit in edits if " ".join(edit.applied(text).split()) == row]

    assert [str(mutant) for mutant in mutants.mutants(cell, choose=only).of("true")] == [place]
    monkeypatch.setattr(mutants, "BY_HAND", {})
    assert [str(mutant) for mutant in mutants.mutants(cell, choose=only).of("survived")] == [place]


# ---- the judgement


PLANTED = Cell(
    "planted",
    "eq-planted-E",
    r"E &= (y - a)^2 && \text{as defined} \\ &= y^2 - 2 a y + a^2 && \text{expanded} \\ &\ge 0",
    (r"a, y \in \mathbb{R}", r"E := (a - y)^2"),
)


class AcceptsAll(Judge):
    """A checker that proves whatever it is shown."""

    def verdict(self, *line):
        return "proved"


class Samples(Judge):
    """A checker that refutes nothing, and proves nothing."""

    def verdict(self, *line):
        return "sampled"


def outcomes(cell, judge=Judge):
    return {str(mutant).partition(": ")[2]: mutant.outcome for mutant in mutants.mutants(cell, judge).mutants}


def test_the_slips_of_a_derivation_are_refused_or_proved_to_be_none():
    found = outcomes(PLANTED)
    assert found["= y^2 + 2 a y + a^2"] == "value"
    assert found["= y^2 - 2 a y"] == "value"
    assert found["E = (-y - a)^2"] == "value"
    assert found["E = (y - a)^{3}"] == "value"
    assert found["\\le 0"] == "value"
    assert found["E = 2 \\cdot (y - a)^2"] == "value"
    assert found["\\ge 2 \\cdot 0"] == "equal"
    assert "survived" not in found.values()


@pytest.mark.parametrize("judge", [AcceptsAll, Samples])
def test_slips_survive_a_checker_that_accepts_them_and_are_named(judge):
    report = mutants.mutants(PLANTED, judge)
    named = [str(mutant) for mutant in report.of("survived")]
    assert r"eq-planted-E line 2: = y^2 + 2 a y + a^2" in named
    assert r"eq-planted-E line 1: E = (y - a)" in named
    assert r"eq-planted-E line 3: \le 0" in named
    refused = outcomes(PLANTED)
    assert {place.partition(": ")[2] for place in named} == {row for row, end in refused.items() if end == "value"}


def test_the_shape_and_the_notation_refuse_before_the_checker_is_asked():
    cell = Cell("planted", "eq-planted-W", r"\frac{\partial E}{\partial W} &= z x^\top && \text{row by row}", (
        r"m = 2, 4 \quad n = 3, 5 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}",
        r"z := W x \\ E := \tfrac12 \sum_i z_i^2"))
    found = outcomes(cell)
    assert found[r"\frac{\partial E}{\partial W} = z x"] == "shape"
    assert found[r"\frac{\partial E}{\partial W} = z \odot x^\top"] == "shape"
    assert found[r"\frac{\partial E}{\partial W} = -z x^\top"] == "value"
    assert "survived" not in found.values()


def test_a_bound_that_leaves_more_room_is_no_slip_and_one_that_leaves_less_is():
    cell = Cell("planted", "eq-planted-b", r"\sigma'(z) &\le \frac14 && \text{at most}", (r"z \in \mathbb{R}",))
    found = outcomes(cell)
    assert found[r"\sigma'(z) \le {1}"] == "true"
    assert found[r"\sigma'(z) \le \frac1{5}"] == "value"
    assert found[r"\sigma'(z) \ge \frac14"] == "value"
    assert outcomes(cell, AcceptsAll)[r"\sigma'(z) \le \frac1{5}"] == "survived"


def test_a_changed_bound_may_be_refused_by_the_line_behind_it():
    cell = Cell("planted", "eq-planted-c", r"0 &\le a^2 && \text{a square} \\ &= a \cdot a && \text{written out}", (
        r"a \in \mathbb{R}",))
    assert outcomes(cell)[r"0 \le 2 \cdot a^2"] == "value"


def test_definitions_and_updates_are_not_judged():
    cell = Cell("planted", "eq-planted-d", r"c &:= a + 1 \\ c - 1 &= a", (r"a \in \mathbb{R}",))
    assert {str(mutant)[: len("eq-planted-d line 2")] for mutant in mutants.mutants(cell).mutants} == {
        "eq-planted-d line 2"}


def test_an_order_may_be_no_higher_than_it_is():
    cell = Cell("planted", "eq-planted-o", r"e^h &\approx 1 + h + O(h^2) && \text{Taylor}", (r"h \in \mathbb{R}",))
    found = outcomes(cell)
    assert found[r"e^h \approx 1 + h + O(h^{3})"] == "value"
    assert found[r"e^h \approx 1 - h + O(h^2)"] == "value"
    assert "survived" not in found.values() and "survived" in outcomes(cell, AcceptsAll).values()


# ---- the slips


SETTING = given(r"""n = 3, 5 \quad m = 4, 2 \quad r = 5, 3
x^{(i)} \in \mathbb{R}^{n}, \; i = 1, \dots, m
W, V \in \mathbb{R}^{n \times n}, \; a, b \in \mathbb{R}^{n}, \; \alpha \in \mathbb{R}
u \in \mathbb{R}^{r} \text{ zero outside}
W^{[2]} \in \mathbb{R}^{n \times n}
g : \mathbb{R} \to \mathbb{R}
z := W a, \; v := g(z)""")

SLIPS = {
    "sign": (r"a - b = a", r"a + b = a"),
    "sign put in": (r"g(a_i) = b_i", r"g(-a_i) = b_i"),
    "term": (r"a - b + z = a", r"a + z = a"),
    "first term": (r"a - b = a", r"- b = a"),
    "factor dropped": (r"\alpha W a = b", r"W a = b"),
    "factor twice": (r"a_i \alpha = b_i", r"a_i \alpha \, \alpha = b_i"),
    "factor two": (r"a = b", r"2 \cdot a = b"),
    "divisor": (r"\frac{\alpha}{a_i} = b_i", r"{\alpha} = b_i"),
    "mean": (r"\frac1m a = b", r"a = b"),
    "mean below": (r"\frac{1}{2 m} a = b", r"\frac{1}{2} a = b"),
    "number": (r"\tfrac12 a = b", r"\tfrac1{3} a = b"),
    "power": (r"a_i^2 = b_i", r"a_i = b_i"),
    "root": (r"\sqrt{\alpha} = 2", r"{\alpha} = 2"),
    "transpose dropped": (r"W^\top a = b", r"W a = b"),
    "transpose of a layer": (r"W^{[2]\top} a = b", r"W^{[2]} a = b"),
    "transpose put in": (r"W a = b", r"(W)^\top a = b"),
    "product for ⊙": (r"a \odot b = z", r"a b = z"),
    "⊙ for a product": (r"W V = W", r"W \odot V = W"),
    "indices exchanged": (r"W_{ij} = V_{ij}", r"W_{j, i} = V_{ij}"),
    "index of another axis": (r"W_{ij} = V_{ij}", r"W_{ii} = V_{ij}"),
    "index shifted": (r"W_{ij} = V_{ij}", r"W_{i, j + 1} = V_{ij}"),
    "example shifted": (r"x^{(i)} = a", r"x^{(i + 1)} = a"),
    "sum cut": (r"\sum_i a_i = 1", r"\sum_{i \ne 1} a_i = 1"),
    "double sum cut": (r"\sum_{i,j} W_{ij} = 1", r"\sum_{i, j \ne 1} W_{ij} = 1"),
    "upper limit": (r"\sum_{i=1}^{n} a_i = 1", r"\sum_{i=1}^{n - 1} a_i = 1"),
    "condition": (r"\sum_{i, j \ne i} W_{ij} = 1", r"\sum_{i, j} W_{ij} = 1"),
    "stride": (r"u_{2 i + j} = W_{ij}", r"u_{i + j} = W_{ij}"),
    "offset": (r"u_{i + j - 1} = W_{ij}", r"u_{i + j + 1} = W_{ij}"),
    "complement dropped": (r"1 - a_i = b_i", r"a_i = b_i"),
    "complement put in": (r"a_i = b_i", r"(1 - a_i) = b_i"),
    "prime dropped": (r"g'(z) = b", r"g(z) = b"),
    "prime put in": (r"g(z) = b", r"g'(z) = b"),
    "derivative at v for z": (r"g'(z) = b", r"g'({v}) = b"),
    "another layer": (r"W a = b", r"{W^{[2]}} a = b"),
    "variable": (r"\frac{\partial v_i}{\partial z_j} = W_{ij}", r"\frac{\partial v_i}{\partial {a}_j} = W_{ij}"),
    "function": (r"\log \alpha = 1", r"\alpha = 1"),
    "minimum": (r"\max(a) = 1", r"\min(a) = 1"),
    "relation": (r"\alpha \le 1", r"\alpha \ge 1"),
    "relation inside": (r"\mathbb{1}[\alpha > 1] = 1", r"\mathbb{1}[\alpha < 1] = 1"),
    "exponent": (r"e^{\alpha} = 1", r"e^{-\alpha} = 1"),
    "in a matrix": (
        r"\begin{bmatrix} \alpha \\ 1 \end{bmatrix} = b",
        r"\begin{bmatrix} -\alpha \\ 1 \end{bmatrix} = b",
    ),
}


def written(text):
    return [" ".join(edit.applied(text).split()) for edit in mutations(text, SETTING)]


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_made(slip):
    text, changed = SLIPS[slip]
    assert changed in written(text)


def test_every_slip_changes_the_line_and_every_kind_is_made():
    kinds = set()
    for text, _ in SLIPS.values():
        edits = mutations(text, SETTING)
        assert len({edit.applied(text) for edit in edits}) == len(edits)
        assert text not in written(text)
        kinds |= {edit.kind for edit in edits}
    assert kinds == set(KINDS)


def test_a_symbol_put_in_is_read_as_that_symbol():
    """Its superscripts, the number of its example and its transpose come along."""
    for text in (r"W^{[2]\top} a = W_{ij} x^{(i)}_j", r"\frac{\partial v_k}{\partial z_j} = V^\top W"):
        for edit in mutations(text, SETTING):
            if edit.kind == "symbol":
                assert read_row(edit.applied(text), SETTING) != read_row(text, SETTING)


def test_words_marks_and_indices_that_are_bound_are_left_alone():
    assert not [t for t in written(r"W^{[2]} = V") if "[3]" in t or "[-2]" in t]
    assert not [t for t in written(r"\underbrace{a - b}_{\text{a-b}} = z") if r"\text{a+b}" in t]
    assert not [t for t in written(r"\sum_i a_i = 1") if r"\sum_j" in t]


def test_brackets_of_any_size_are_brackets():
    assert plain(r"\bigl( a \bigr) \left[ b \right] \left\langle a, b \right\rangle") == (
        r"( a ) [ b ] \left\langle a, b \right\rangle")
