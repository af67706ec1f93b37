"""The cell magics are thin shells: what they return and raise is what the functions do."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import nblib
from nblib import NotationError, WrongLine
from nblib.derivation import NotRefuted

SETTING = (
    "n = 3, 5 \\quad m = 2, 4\nx \\in \\mathbb{R}^{n}, W \\in \\mathbb{R}^{m \\times n}\nz := "
    "W x\nE := \\tfrac12 \\sum_i z_i^2\n"
)


@pytest.fixture
def cells():
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "nblib")
    return lambda magic, line, cell: shell.run_cell_magic(magic, line, cell)


def test_a_derivation_is_checked_and_kept_under_its_label(cells):
    cells("given", "", SETTING)
    result = cells("derive", "eq-square-dW", r"\frac{\partial E}{\partial W} &= z x^\top")
    assert result.verdict.startswith("proved") and result.name == "eq-square-dW"
    assert nblib.derivations["eq-square-dW"] is result


def test_a_wrong_line_stops_the_cell(cells):
    cells("given", "", SETTING)
    with pytest.raises(WrongLine, match="eq-square-dW, line 1"):
        cells("derive", "eq-square-dW", r"\frac{\partial E}{\partial W} &= -z x^\top")


def test_also_adds_to_the_setting_and_given_alone_starts_anew(cells):
    cells("given", "", SETTING)
    cells("given", "also", r"F := 3 E")
    assert cells("derive", "", r"\frac{\partial F}{\partial E} &= 3").verdict.startswith("proved")
    cells("given", "", r"y \in \mathbb{R}")
    with pytest.raises(NotationError, match="E is not declared"):
        cells("derive", "", r"E &= 0")


def test_refute_shows_what_is_false_and_stops_at_what_is_true(cells):
    cells("given", "", SETTING)
    assert cells("refute", "eq-wrong", r"\frac{\partial E}{\partial W} &= -z x^\top").slip == "differs by the factor −1"
    with pytest.raises(NotRefuted):
        cells("refute", "eq-right", r"\frac{\partial E}{\partial W} &= z x^\top")


def test_an_exercise_never_stops_the_notebook(cells):
    cells("given", "", SETTING)
    text = "\\frac{\\partial E}{\\partial W} &= \\ldots\nhint: one entry first\nhint: then an outer product\n"
    assert cells("exercise", "ex-dW", text).status == "open"
    assert cells("exercise", "ex-dW hint", text).hints == ["one entry first"]
    assert len(cells("exercise", "ex-dW hint 2", text).hints) == 2
    assert cells("exercise", "ex-dW", text.replace(r"\ldots", "x")).status == "wrong"


@pytest.mark.parametrize(
    "magic, line", [("derive", "eq-a"), ("refute", "eq-a"), ("exercise", "ex-a"), ("given", "also")]
)
def test_a_cell_before_any_setting_is_told_to_declare_one(cells, magic, line):
    with pytest.raises(NotationError, match="%%given"):
        cells(magic, line, "x = x")


def test_given_takes_nothing_or_also(cells):
    with pytest.raises(NotationError, match="also"):
        cells("given", "more", SETTING)


def test_what_a_cell_returns_is_displayed(cells):
    setting = cells("given", "", SETTING)
    result = cells("derive", "eq-square-dW", r"\frac{\partial E}{\partial W} &= z x^\top")
    for shown in (setting, result):
        bundle = shown._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        assert {"text/plain", "text/latex", "application/vnd.nblib.derivation+json"} <= set(data)
