"""`answer`: what a page is told about a cell, right, wrong, open, or not in the language."""

from __future__ import annotations

import pytest

from nblib.answer import answer, given_cells, parts

GIVEN = r"""%%given
m = 3, 5 \quad n = 2, 4
x \in \mathbb{R}^{n}, \; W \in \mathbb{R}^{m \times n}, \; b \in \mathbb{R}^{m}, \; t \in \mathbb{R}^{m}
g : \mathbb{R} \to \mathbb{R}
z := W x + b"""
ALSO = "%%given also\na := g(z)\nE := \\tfrac12 \\sum_i (a_i - t_i)^2"
DERIVE = r"""%%derive eq-dense-dW
\frac{\partial E}{\partial W}
  &= \frac{\partial E}{\partial z}\, x^\top          && \text{each } z_i \text{ meets only row } i \\
  &= \bigl((a - t) \odot g'(z)\bigr)\, x^\top        && \text{chain rule through } a \\
  &= \bigl(g'(z) \odot (a - t)\bigr)\, x^\top"""
TASK = "%%exercise ex-dense-db\n\\frac{\\partial E}{\\partial b} &= \\ldots"


def ask(cell: str, *before: str) -> dict:
    return answer(cell, list(before or (GIVEN, ALSO)))


def test_a_right_derivation_has_a_mark_on_every_line():
    reply = ask(DERIVE)
    assert (reply["status"], reply["say"]) == ("right", "Every line holds: proved for every size.")
    assert reply["html"].count('class="line"') == reply["html"].count("mark-proved-for-every-size") == 3


def test_a_flipped_sign_is_told_with_its_line_its_slip_its_counterexample_and_what_was_not_checked():
    reply = ask(DERIVE.replace("(a - t) \\odot", "(a + t) \\odot"))
    assert reply["status"] == "wrong"
    assert reply["say"] == "Line 2 does not follow: the sign of the term t. The line after it was not checked."
    assert '<dl class="counterexample">' in reply["html"] and "Left side, entry" in reply["html"]
    assert reply["html"].count("line wrong") == 1 and reply["html"].count("mark-proved-for-every-size") == 1


def test_a_shape_that_does_not_fit_is_told_with_the_place():
    reply = ask(DERIVE.replace("x^\\top          &&", "x          &&"))
    assert reply["status"] == "wrong" and "Line 1" in reply["say"] and "The 2 lines after it" in reply["say"]
    assert "^^^" in reply["html"]


def test_what_is_not_in_the_language_is_told_with_the_place():
    reply = ask(DERIVE.replace("g'(z)\\bigr)", "h'(z)\\bigr)"))
    assert reply["status"] == "unread" and "line 2: h&#x27; is not declared" in reply["html"] and "^" in reply["html"]


def test_a_setting_is_shown_as_a_table():
    reply = ask(ALSO, GIVEN)
    assert reply["status"] == "stated" and '<table class="setting">' in reply["html"]
    assert ask("%%given\nn = 3, 3 \\quad m = 3, 3\nx \\in \\mathbb{R}^{n}")["status"] == "unread"


def test_a_plain_given_begins_anew_and_also_adds():
    assert given_cells([GIVEN, ALSO, GIVEN, ALSO]) == (GIVEN, ALSO)
    assert given_cells([GIVEN, DERIVE, ALSO]) == (GIVEN, ALSO)
    assert ask(DERIVE, GIVEN)["status"] == "unread"                     # without `also`, E is not declared


def test_a_derivation_without_a_setting_and_an_addition_to_nothing_are_told():
    assert "no setting" in answer(DERIVE, [])["say"]
    assert "no setting to add to" in answer(ALSO, [])["say"]


def test_a_setting_above_that_cannot_be_read_is_named_as_the_cause():
    reply = ask(DERIVE, GIVEN, "%%given also\na := h(z)")
    assert reply["status"] == "unread" and reply["say"].startswith("The setting above cannot be read")


@pytest.mark.parametrize("typed, status", [
    (r"\ldots", "open"),
    (r"(a - t) \odot g'(z)", "right"),
    (r"(t - a) \odot g'(z)", "wrong"),
    (r"(a - t) g'(z)", "wrong"),
    (r"\frac{\partial E}{\partial z}", "open"),
    (r"(a - t", "unread"),
])
def test_an_exercise_is_open_right_or_wrong(typed, status):
    reply = ask(TASK.replace(r"\ldots", typed) + "\nhint: follow a")
    assert reply["status"] == status and "follow a" not in reply["html"]


def test_lines_to_refute_are_right_when_one_of_them_is_wrong():
    wrong = "%%refute\n\\frac{\\partial E}{\\partial b} &= (t - a) \\odot g'(z)"
    assert ask(wrong)["status"] == "right"
    reply = ask(wrong.replace("t - a", "a - t"))
    assert reply["status"] == "wrong" and reply["say"] == "The line holds: there is nothing to refute."


def test_what_a_reader_types_reaches_the_page_as_text():
    reply = ask("%%derive\nx &= x && \\text{<img src=x onerror=alert(1)>}")
    assert "<img" not in reply["html"] and "&lt;img" in reply["html"]


@pytest.mark.parametrize("cell", ["x = x", "%%timeit\nx", "%%derived\nx", ""])
def test_a_cell_without_a_magic_of_nblib_is_an_error(cell):
    with pytest.raises(ValueError, match="begins with"):
        parts(cell)
