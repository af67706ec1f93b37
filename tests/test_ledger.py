"""The ledger counts every checked line of the book once, and a page that shows anything else does not build."""

import copy
import html
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

from chapters import notebooks

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from nblib_site import ledger, mathml  # noqa: E402

from nblib.display import MIME  # noqa: E402

CHAPTERS = [path for path in notebooks() if path.exists()]
RECORDED = ledger.read_records(ROOT / ledger.FOLDER)


def line(verdict="proved", left="a"):
    return {"left": left, "relation": "=", "right": "b", "reason": "", "verdict": verdict, "detail": "", "points": 0}


def record(*verdicts, kind="derivation", **more):
    return {"kind": kind, "name": "eq-a", "source": "", "sizes": [{"m": 3, "n": 2}, {"m": 5, "n": 4}],
            "verdict": verdicts[-1] if verdicts else "", "lines": [line(verdict) for verdict in verdicts], **more}


def shown_in(path: Path) -> list[dict]:
    """The records in the outputs of a notebook, in order."""
    cells = nbformat.read(path, 4).cells
    return [output.data[MIME] for cell in cells if cell.cell_type == "code" for output in cell.outputs
            if MIME in output.get("data", {})]


# --- the book ---------------------------------------------------------------------------------------------------------

def every_line() -> list[ledger.Entry]:
    return [entry for path in CHAPTERS for entry in ledger.entries(path.stem, RECORDED.get(path.stem, []))]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_its_last_run_made(path):
    assert ledger.disagreements(shown_in(path), RECORDED[path.stem]) == []


def test_the_ledger_counts_the_checked_lines_of_the_notebooks():
    """Counted here from the cells themselves: each `%%derive` cell has one record, each record its lines; so has each
    cell that measures.
    """
    count = 0
    for path in CHAPTERS:
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code" and re.search(r"(?m)\A\s*%%(derive|exercise)|^measured\(", cell.source):
                shown = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
                assert len(shown) == 1, f"{path.stem}: a checked cell without its record: {cell.source[:60]}"
                if shown[0]["kind"] in ("derivation", "measurement") or shown[0].get("status") == "right":
                    count += len(shown[0]["lines"])
    assert len(every_line()) == count


def test_nine_in_ten_equalities_of_the_book_are_proved():
    assert ledger.share_proved(every_line()) >= 0.9, ledger.totals(every_line())


def test_the_page_has_a_row_for_every_line():
    page = ROOT / "_build" / "html" / "book" / "ledger.html"
    assert page.exists(), "There is no site in _build/html: run `make book` first."
    text = page.read_text("utf-8")
    rows = re.findall(r'<td class="formula">', text)
    assert len(rows) == len(every_line())
    numbers = dict(zip(re.findall(r"<dt>([^<]*)</dt>", text), re.findall(r"<dd>([^<]*)</dd>", text), strict=False))
    assert html.unescape(numbers["lines in the book"]) == str(len(every_line()))


# --- the counting -----------------------------------------------------------------------------------------------------

def test_each_line_of_a_derivation_is_an_entry():
    found = ledger.entries("dense", [record("proved for every size", "sampled", seconds=[0.02, 0.3])])
    assert [(entry.line, entry.lines, entry.verdict, entry.seconds) for entry in found] == [
        (1, 2, "proved for every size", 0.02), (2, 2, "sampled", 0.3)]
    assert found[0].label == "eq-a" and found[0].chapter == "dense"


def test_settings_refutations_and_open_exercises_are_no_equalities():
    setting = {"kind": "setting", "name": None, "sizes": [], "declarations": [], "verdict": "definition"}
    records = [setting, record("wrong", kind="refutation"), record("open", kind="exercise", status="open"),
               record("wrong", kind="exercise", status="wrong")]
    assert ledger.entries("dense", records) == []
    assert ledger.refuted(records) == 1


def test_a_measurement_counts_and_is_not_proved():
    found = ledger.entries("dense", [record("measured", kind="measurement")])
    assert [entry.verdict for entry in found] == ["measured"] and ledger.share_proved(found) == 0


def test_a_solved_exercise_counts():
    assert len(ledger.entries("dense", [record("proved", kind="exercise", status="right")])) == 1


def test_what_is_only_stated_is_not_counted_as_proved_nor_as_checked():
    found = ledger.entries("dense", [record("proved", "sampled", "definition", "assumption")])
    assert ledger.share_proved(found) == 0.5


def test_a_book_that_samples_too_much_falls_below_nine_in_ten():
    found = ledger.entries("dense", [record(*["proved"] * 8, "sampled", "measured")])
    assert ledger.share_proved(found) == pytest.approx(0.8)


@pytest.mark.parametrize(("sizes", "words"), [
    ([], ""), ([{}], ""), ([{"n": 3}, {"n": 5}], "n = 3, 5"),
    ([{"m": 3, "n": 2}, {"m": 5, "n": 4}], "(m, n) = (3,\u00a02), (5,\u00a04)")])
def test_sizes_in_words(sizes, words):
    assert ledger.sizes_in_words(sizes) == words


# --- stale pages are refused ------------------------------------------------------------------------------------------

def test_records_that_agree_raise_nothing_and_times_do_not_matter():
    run = [record("proved", seconds=[0.1]), record("sampled", seconds=[0.2])]
    page = [{key: value for key, value in made.items() if key != "seconds"} for made in run]
    assert ledger.disagreements(page, run) == []


@pytest.mark.parametrize("change", [
    lambda page: page.pop(),
    lambda page: page.append(record("proved")),
    lambda page: page.reverse(),
    lambda page: page[0]["lines"][0].update(right="-b"),
    lambda page: page[0]["lines"][0].update(verdict="proved for every size"),
    lambda page: page[1].update(name="eq-other"),
    lambda page: page[0]["sizes"].pop(),
])
def test_a_page_that_differs_from_the_last_run_is_found(change):
    run = [record("proved"), record("sampled", "proved")]
    page = copy.deepcopy(run)
    change(page)
    assert ledger.disagreements(page, run) != []


def test_records_are_read_by_chapter(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({"chapter": "dense", "records": [record("proved")]}))
    assert list(ledger.read_records(tmp_path)) == ["dense"]


# --- formulas are typeset at build, or the build stops ---------------------------------------------------------------

@pytest.mark.parametrize("latex", [
    r"\hat{y} = \sigma(w^\top x + b)", r"W^{[l+1]\top}\delta^{[l+1]}", r"g'(z)", r"\bigl(a \odot b\bigr)",
    r"\begin{cases} z & z > 0 \\ 0 & \text{else} \end{cases}", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
    r"\underbrace{a - y}_{\text{error}}", r"\lVert x \rVert^2", r"\mathbb{1}[z > 0]", r"\boxed{a = b}",
    r"\operatorname{diag}(p) - p p^\top", r"\left\lfloor \frac{a}{b} \right\rfloor + 1", r"\mathbb{E}[x^2]",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}", r"a &= b \\ &= c"])
def test_a_formula_of_the_book_becomes_mathml(latex):
    result = mathml.mathml(latex, display=True, block=True)
    assert result.startswith("<math") and "menclose" not in result and "merror" not in result


@pytest.mark.parametrize("latex", [r"\frac{a}", r"\nonsense", "{a", r"a & b", r"\begin{aligned} a", r"\eqref{eq-a}"])
def test_a_formula_that_cannot_be_typeset_is_an_error_that_names_it(latex):
    with pytest.raises(mathml.FormulaError, match=re.escape(latex)):
        mathml.mathml(latex)
