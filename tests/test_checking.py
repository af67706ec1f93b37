"""The checker runs nothing that it reads, needs nothing but SymPy, mpmath and lark, and starts fast."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nblib
from nblib import NotationError, WrongLine, derive, given
from nblib.checking import Comparison, GaveUp
from nblib.reader import read_row

CHECKER = {
    f"{name}.py"
    for name in (
        "syntax reader setting declarations arrays algebra functions differentiate normal_form tree "
        "points equality order every_size counterexample confusions diagnosis checking deadline derivation exercise"
    ).split()
}
SOURCES = sorted(Path(nblib.__file__).parent.rglob("*.py"))
BUILT_IN = {"eval", "exec", "compile", "__import__", "__builtins__", "globals"}
ANYWHERE = {"sympify", "parse_expr", "parse_latex", "lambdify", "system", "popen", "run_cell"}  # some of them call eval


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_executed_from_text(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import) for alias in node.names
    }
    assert not names & (BUILT_IN | ANYWHERE)
    assert not (attributes | imported) & ANYWHERE
    assert not imported & {"subprocess", "pickle", "os", "builtins"} or path.name not in CHECKER


CORE = "import sys, nblib.derivation, nblib.exercise\n"


def modules(code):
    done = subprocess.run(
        [sys.executable, "-c", code + "print('\\n'.join(sorted({name.split('.')[0] for name in sys.modules})))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_core_imports_sympy_mpmath_and_lark_alone():
    loaded = modules(CORE) - set(sys.stdlib_module_names)
    own = {name for name in loaded if not name.startswith("_")}
    assert {"sympy", "mpmath", "lark", "nblib"} <= own
    assert not own & {"numpy", "matplotlib", "IPython", "scipy", "pandas", "PIL"}


def test_a_line_is_checked_without_numpy():
    code = r"""
import sys, nblib
s = nblib.given(r"n = 3, 5 \\ x \in \mathbb{R}^{n}")
nblib.derive(r"x^\top x = \lVert x \rVert^2", s)
nblib.refute(r"x = 2 x", s)
"""
    assert not modules(code) & {"numpy", "matplotlib", "IPython"}


# ---- lines that would take too long


@pytest.fixture
def one_second(monkeypatch):
    import functools

    from nblib import checking, setting
    from nblib.deadline import time_limit

    for module in (checking, setting):
        monkeypatch.setattr(module, "time_limit", functools.partial(time_limit, 1.0))


HARD = [
    r"\alpha = \sum_{i=1}^{99} \sum_{j=1}^{99} \sum_{k=1}^{99} \sin(i j k \alpha)",
    r"\alpha = \prod_{i=1}^{15000} (\alpha + i)",
]


@pytest.mark.parametrize("line", HARD)
def test_a_line_that_takes_too_long_fails_and_says_so(one_second, line):
    with pytest.raises(WrongLine) as caught:
        derive(line, given(r"\alpha \in \mathbb{R}"))
    assert not isinstance(caught.value, GaveUp) or "gave up" in str(caught.value)


def test_what_was_given_up_is_not_refuted(one_second):
    from nblib import refute

    with pytest.raises(GaveUp):
        refute(HARD[0].replace("99", "160"), given(r"\alpha \in \mathbb{R}"))


def test_a_checker_that_gave_up_goes_on_with_the_next_line(one_second):
    setting = given(r"\alpha \in \mathbb{R}")
    with pytest.raises(WrongLine):
        derive(HARD[0], setting)
    assert derive(r"2 \alpha = \alpha + \alpha", setting).verdict.startswith("proved")


# ---- large arrays: some entries refute, a proof for every size spares the others, without it all are compared

LARGE = given(
    r"indices from 0 \\ s = 2, 3 \quad D = 3, 2 \quad k = 4, 5 \quad n = 6, 7 \quad m = 9, 8 \quad h = 30, 31"
    r"\\ x \in \mathbb{R}^{m \times h} \text{ zero outside}, w \in \mathbb{R}^{k}, G \in \mathbb{R}^{m \times n}"
    r"\\ Y \in \mathbb{R}^{m \times n}, \epsilon \in \mathbb{R} \\ Y_{i,j} := \sum_q w_q x_{i,\, sj + Dq}"
    r"\\ L := \sum_{i,j} G_{i,j} Y_{i,j}"
)


def compared(text, setting, most):
    parts = read_row(text, setting)
    comparison = Comparison(setting, [node for _, node in parts], most=most)
    return comparison.entries(setting.explicit[0], *[node for _, node in parts])


def test_of_a_large_array_the_corners_and_a_sample_are_compared():
    index = r"x_{i,t} = x_{i,t}"
    everything, some = compared(index, LARGE, None), compared(index, LARGE, 50)
    assert len(everything) == 9 * 30 and 40 <= len(some) <= 54
    corners = {(0, 0), (8, 0), (0, 29), (8, 29)}
    assert corners <= {place for place, _, _ in some} and set(some) <= set(everything)
    assert compared(index, LARGE, 270) == everything


def test_a_derivative_by_a_large_array_is_proved_with_strides_and_dilations():
    line = r"\frac{\partial L}{\partial x_{i,t}} &= \sum_{j,q} G_{i,j} w_q \delta_{t,\, %s}"
    assert derive(line % "sj + Dq", LARGE).verdict == "proved for every size"
    for wrong in ("sj + q", "Dj + sq"):
        with pytest.raises(WrongLine, match=r"\nat s = \d, D = \d.*\nthe left side, entry"):
            derive(line % wrong, LARGE)


def test_one_wrong_entry_among_many_is_found_where_nothing_is_proved():
    setting = given(r"m = 9, 12 \quad n = 10, 13 \\ G \in \mathbb{R}^{m \times n}, \epsilon \in \mathbb{R}")
    right = r"\arctan(-G_{ij}) &= -\arctan(G_{ij})"
    assert derive(right, setting).verdict == "sampled"
    for i, j in ((3, 2), (7, 4)):
        with pytest.raises(WrongLine, match=rf"entry \({i}, {j}\)"):
            derive(rf"{right} + \epsilon \delta_{{i,{i}}} \delta_{{j,{j}}}", setting)


def test_an_index_that_leaves_a_large_array_is_an_error():
    plain = given(r"m = 9, 11 \quad n = 10, 13 \\ X, Y \in \mathbb{R}^{m \times n}")
    with pytest.raises(NotationError, match="no entry"):
        derive(r"X_{i,j+1} Y_{i,j} &= Y_{i,j} X_{i,j+1}", plain)


def test_a_setting_may_be_used_for_ever():
    setting = given(r"n = 50, 60 \quad m = 40, 45 \\ X \in \mathbb{R}^{m \times n} \\ s := \sum_{i,j} X_{ij}")
    setting.explicit[0].terms = 10**9  # what the lines before this one have summed
    assert derive(r"s &= \sum_{j,i} X_{ij}", setting).verdict == "proved for every size"
    assert 0 < setting.explicit[0].terms < 10**6
# ---- what an index runs over

MAP = r"""n = 5, 6 \quad k = 2, 3 \quad o = n - k + 1
\text{indices from } 0
x \in \mathbb{R}^{n} \text{ zero outside}, w \in \mathbb{R}^{k}, g \in \mathbb{R}^{o}
y \in \mathbb{R}^{o}
y_i := \sum_p w_p x_{i+p}
E := \sum_i g_i y_i"""
CHAIN = r"""\frac{\partial E}{\partial w_p} &= \sum_i g_i \frac{\partial y_i}{\partial w_p} \\
  &= \sum_i g_i x_{i+p} \\
  &= \sum_i x_{i+p} g_i"""


def test_the_range_of_an_index_is_taken_from_the_lines_before_where_a_line_does_not_say_it():
    assert [line.verdict for line in derive(CHAIN, given(MAP)).lines] == ["proved for every size"] * 3


def test_a_wrong_line_whose_range_stands_before_is_refused():
    with pytest.raises(WrongLine, match="line 3"):
        derive(CHAIN.replace("x_{i+p} g_i", "x_{i-p} g_i"), given(MAP))


def test_an_index_whose_range_stands_nowhere_is_refused():
    with pytest.raises(NotationError, match="the range of p cannot be told"):
        derive(r"\sum_i g_i x_{i+p} = \sum_i x_{i+p} g_i", given(MAP))


# ---- an index that stands on one side only


POOLED = r"""C = 3, 4 \quad h = 2, 5 \quad w = 4, 3 \\ X \in \mathbb{R}^{C \times h \times w}, g \in \mathbb{R}^{C}
a_c := \frac{1}{h w} \sum_{i,j} X_{c,i,j} \\ L := g^\top a \\ f := \log \sum_c e^{g_c}"""


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial L}{\partial X_{c,i,j}} = \frac{g_c}{h w}",
        r"\frac{\partial a_c}{\partial X_{b,i,j}} = \frac{\delta_{bc}}{h w}",
        r"g_c \le f",
        r"f > g_c - 1",
    ],
)
def test_a_derivative_or_a_bound_may_be_the_same_for_every_index(line):
    assert derive(line, given(POOLED)).verdict in ("proved for every size", "sampled")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (r"\frac{\partial L}{\partial X_{c,i,j}} = \frac{g_c}{h}", WrongLine),
        (r"\frac{\partial L}{\partial X_{1,i,j}} = \frac{g_c}{h w}", NotationError),
        (r"\frac{\partial a_c}{\partial X_{c,i,j}} = \frac{\delta_{bc}}{h w}", NotationError),
        (r"g_c \ge f", WrongLine),
        (r"g_c = f", NotationError),
    ],
)
def test_other_indices_stand_on_both_sides(line, error):
    with pytest.raises(error):
        derive(line, given(POOLED))
