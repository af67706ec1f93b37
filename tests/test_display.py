"""A record as LaTeX and as text: what a reader of JupyterLab, VS Code or a terminal gets to see."""

import json
import re

import pytest

from nblib.display import MARKS, MIME, latex, mimebundle, plain, prose, readable, tex_name


def line(left, right, verdict="proved", reason="", relation="=", points=0):
    return {"left": left, "relation": relation, "right": right, "reason": reason, "verdict": verdict,
            "detail": "", "points": points}


DERIVATION = {
    "kind": "derivation", "name": "eq-dense-dW", "source": "", "sizes": [{"m": 3, "n": 2}, {"m": 5, "n": 4}],
    "verdict": "sampled", "lines": [
        line(r"\frac{\partial E}{\partial W}", r"\frac{\partial E}{\partial z}\, x^\top", "proved for every size",
             r"\text{each } z_i \text{ meets only row } i"),
        line("", r"\bigl((a - t) \odot g'(z)\bigr)\, x^\top", "sampled", points=12),
    ]}
SETTING = {
    "kind": "setting", "name": None, "source": "", "sizes": [{"n": 3}, {"n": 5}], "verdict": "definition",
    "declarations": [{"kind": "size", "latex": "n = 3, 5", "name": "n", "shape": []},
                     {"kind": "symbol", "latex": r"x \in \mathbb{R}^{n}", "name": "x", "shape": ["n"]},
                     {"kind": "definition", "latex": r"E := \tfrac12 \sum_i x_i^2", "name": "E", "shape": []}]}
REFUTATION = {
    "kind": "refutation", "name": None, "source": "", "sizes": [{"m": 3, "n": 2}], "verdict": "wrong",
    "lines": [line(r"\delta", r"(t - a) \odot g'(z)", "wrong")],
    "refutation": {"line": 1, "slip": "differs by the factor −1", "message": "line 1 does not follow\nat m = 3, n = 2",
                   "at": "m = 3, n = 2", "counterexample": {"W_21": "-3", "x_1": "4"}, "entry": "(2)", "left": "5",
                   "right": "-5"}}
EXERCISE = {
    "kind": "exercise", "name": "ex-bias", "source": "", "sizes": [], "verdict": "open",
    "lines": [line(r"\frac{\partial E}{\partial b}", r"\ldots", "open")], "status": "open",
    "feedback": r"Replace \ldots with your answer.", "hints": ["b has the shape of z_i."]}
RECORDS = {"derivation": DERIVATION, "setting": SETTING, "refutation": REFUTATION, "exercise": EXERCISE}


@pytest.mark.parametrize("kind", RECORDS)
def test_a_bundle_holds_the_record_latex_and_text_and_nothing_that_hides_the_latex(kind):
    data, metadata = mimebundle(RECORDS[kind])
    assert set(data) == {MIME, "text/latex", "text/plain"}
    assert data[MIME] == RECORDS[kind] and json.dumps(data)
    assert metadata == {}


@pytest.mark.parametrize("kind", RECORDS)
def test_the_latex_is_one_balanced_display(kind):
    text = latex(RECORDS[kind])
    assert text.startswith("$$") and text.endswith("$$") and text.count("$") == 4
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert sorted(re.findall(r"\\begin\{(\w+)", text)) == sorted(re.findall(r"\\end\{(\w+)", text))


@pytest.mark.parametrize("kind", RECORDS)
def test_the_latex_is_read_by_an_engine_that_refuses_what_it_does_not_know(kind):
    math_core = pytest.importorskip("math_core")
    source = re.sub(r"#\w{6}", "red", latex(RECORDS[kind]).strip("$"))     # this engine knows colours by name only
    assert "<math" in math_core.LatexToMathML(fancy_error=False).convert_with_local_state(source, displaystyle=True)


def test_every_line_of_the_latex_ends_with_its_mark_and_keeps_its_reason():
    rows = latex(DERIVATION).splitlines()[1:-1]
    assert len(rows) == 2
    assert r"\forall" in rows[0] and "every size" in rows[0] and r"\text{each } z_i \text{ meets only" in rows[0]
    assert r"\therefore" in rows[1] and "sampled" in rows[1]
    assert all(row.count("&") == 5 for row in rows)


def test_a_verdict_that_is_not_listed_is_an_error():
    with pytest.raises(KeyError):
        latex({**DERIVATION, "lines": [line("a", "b", "believed")]})
    with pytest.raises(KeyError):
        plain({**DERIVATION, "lines": [line("a", "b", "believed")]})


def test_marks_differ_in_sign_as_well_as_in_colour():
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.tex for mark in MARKS.values()}) == len(MARKS)


def test_a_derivation_in_plain_text():
    assert plain(DERIVATION) == """\
derivation eq-dense-dW: sampled
    ∂E/∂W = ∂E/∂z xᵀ               [∀ proved for every size]  each z_i meets only row i
          = ((a - t) ⊙ g'(z)) xᵀ   [∴ sampled at 12 points]"""


def test_a_setting_in_plain_text():
    assert plain(SETTING) == """\
setting
    n = 3, 5            [size]
    x ∈ ℝ^n             [array]
    E := 1/2 Σ_i x_i²   [definition]"""


def test_a_refutation_shows_the_wrong_line_the_numbers_and_the_slip():
    text = latex(REFUTATION)
    assert r"\times" in text and "wrong" in text
    for shown in ("m = 3, n = 2", "W_{21} = -3", "x_1 = 4", r"5 \ne -5", "differs by the factor -1", "(2)"):
        assert shown in text
    assert "✗ wrong" in plain(REFUTATION) and "line 1 does not follow" in plain(REFUTATION)


def test_a_refutation_without_numbers_says_why():
    shown = {"line": 1, "slip": "", "message": "line 1: the left side is a 3 × 2 matrix\n  ^^^", "at": "",
             "counterexample": {}, "entry": "", "left": "", "right": ""}
    text = latex({**REFUTATION, "refutation": shown})
    assert "the left side is a 3 × 2 matrix" in text and "^^^" not in text and r"\ne" not in text


def test_an_exercise_shows_its_feedback_and_the_hints_given_so_far():
    assert r"hint: b has the shape of }z_i" in latex(EXERCISE)
    assert r"Replace }\backslash \textsf{ldots" in latex(EXERCISE)
    assert plain(EXERCISE).splitlines()[0] == "exercise ex-bias: open"
    assert plain(EXERCISE).splitlines()[-1] == "  hint: b has the shape of z_i."


def test_an_answer_that_could_not_be_read_is_shown_as_it_was_typed():
    body = r"x &= y && \text{guess} \\ &= z"
    text = latex({**EXERCISE, "status": "wrong", "lines": [line("", body, "wrong", relation="")]})
    assert rf"\begin{{aligned}}{body}\end{{aligned}}" in text


@pytest.mark.parametrize(("tex", "text"), [
    (r"\frac{\partial^2 J}{\partial w_i \partial w_j}", "∂² J/(∂w_i ∂w_j)"),
    (r"\tfrac12 \sum_{i=1}^{n} (a_i - t_i)^2", "1/2 Σ_i=1^n (a_i - t_i)²"),
    (r"\frac{a + b}{c - d}", "(a + b)/(c - d)"),
    (r"W^{[l+1]\top}\delta^{[l+1]}", "W^[l+1]⊤δ^[l+1]"),
    (r"x \in \mathbb{R}^{m \times n}", "x ∈ ℝ^(m × n)"),
    (r"\text{each } z_i", "each z_i"),
    (r"\{1, 2\}", "{1, 2}"), (r"G_i\,w_{u-i,\,v}", "G_i w_u-i, v"),
    (r"\{1, 2\}", "{1, 2}"),
    (r"\bigl\langle C x, y \bigr\rangle", "⟨C x, y⟩"),
    (r"\frac1m x + \frac1\tau", "1/m x + 1/τ"),
])
def test_a_formula_is_readable_in_a_terminal(tex, text):
    assert readable(tex) == text


@pytest.mark.parametrize("tex", [r"\frac{", r"}{", "\\", r"\hat", r"\frac{a}", "", r"\begin{cases} a \\ b"])
def test_a_broken_formula_is_still_shown(tex):
    assert isinstance(readable(tex), str)


@pytest.mark.parametrize(("name", "tex"), [("x_1", "x_1"), ("W_21", "W_{21}"), ("W^[2]_12", "W^{[2]}_{12}"),
                                           ("w_1,2,1", "w_{1,2,1}"), ("g'(z_12)", "g'(z_{12})")])
def test_the_name_of_a_number_becomes_latex(name, tex):
    assert tex_name(name) == tex


@pytest.mark.parametrize("sign", list("\\{}$&#%^~_"))
def test_prose_keeps_special_signs_out_of_the_text(sign):
    """MathJax prints a backslash before them there, KaTeX refuses them without it; outside the text both agree."""
    assert all(sign not in words for words in re.findall(r"\\textsf\{([^{}]*)\}", prose(f"a {sign} b")))
    assert prose(f"a {sign} b").count(r"\textsf") == 2


def test_the_feedback_of_a_wrong_answer_is_shown_without_its_columns():
    feedback = "line 1: this does not follow\n  = t - a\n    ^^^^^\nslip: differs by the factor −1"
    text = latex({**EXERCISE, "status": "wrong", "feedback": feedback})
    assert "this does not follow" in text and "differs by the factor -1" in text and "= t - a" not in text
