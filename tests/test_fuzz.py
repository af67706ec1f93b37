"""Whatever is typed, nblib answers: it accepts, or says in its own words what is wrong, and it does so in time.

`NBLIB_FUZZ=50 pytest tests/test_fuzz.py` looks fifty times as long, at other examples each time.
"""

import functools
import os
import re
import time

import pytest
from hypothesis import HealthCheck, example
from hypothesis import given as for_any
from hypothesis import settings as how
from hypothesis import strategies as st
from test_syntax import CONSTRUCTS, SETTINGS, setting

import nblib
from nblib import NotationError, WrongLine, derive, exercise, given, refute
from nblib.deadline import time_limit
from nblib.derivation import NotRefuted

SHORT = 2.0  # seconds that the checker allows itself for one line here, where a reader waits up to ten
LIMIT = 2 * SHORT + 1  # a busy machine is slow to begin and to end
LONGER = int(os.environ.get("NBLIB_FUZZ", "0"))


def fuzz(examples: int):
    return how(
        max_examples=examples * max(1, LONGER),
        derandomize=not LONGER,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module", autouse=True)
def less_patience():
    with pytest.MonkeyPatch.context() as patch:
        for module in (nblib.checking, nblib.setting):
            patch.setattr(module, "time_limit", functools.partial(time_limit, SHORT))
        yield


def answers(check, *expected):
    """`check()` in time; only `expected` may be raised."""
    started = time.perf_counter()
    try:
        check()
    except expected:
        pass
    assert time.perf_counter() - started < LIMIT


def ask(text, among):
    answers(lambda: derive(text, among), NotationError, WrongLine)


# ---- settings and lines from pieces


def pieces(text: str) -> list[str]:
    """What stands between two spaces or line ends."""
    return [piece.strip() for piece in re.split(r"  +|\n", text) if piece.strip()]


SCALARS = pieces(
    r"""
    \alpha  \beta  p  q  w^*  E  n  m  1  2  0  3  \frac12  \pi  0.5  x_1  W_{12}  t_i  x_j  W_{ij}  x_{j+1}
    \delta_{ij}
    """
)
ARRAYS = pieces(
    r"""
    x  u  \bar{x}  t  \hat{y}  W  V  W^{[2]}  z  a  \delta^{(3)}  x^\top  W^\top  W_{1,:}  W_{:,2}
    """
)
UNARY = pieces(
    r"""
    -{}  ({})  {}^2  {{{}}}^{{-1}}  {{{}}}^\top  \sqrt{{{}}}  \log({})  \log {}  \exp({})  e^{{{}}}  \sigma({})
    \tanh({})  g({})  g'({})  \operatorname{{relu}}({})  \operatorname{{softmax}}({})  \operatorname{{diag}}({})
    \operatorname{{tr}}({})  |{}|  \lVert {} \rVert^2  \sum_i {}  \sum_{{j=1}}^{{n}} {}  \sum_{{i,j}} {}
    \sum_{{k \ne i}} {}  \prod_i {}  \max_i {}  \max({}, 0)  \mathbb{{1}}[{} > 0]
    \frac{{\partial}}{{\partial x}}({})  \frac{{\partial}}{{\partial W_{{ij}}}}({})
    \frac{{\partial^2}}{{\partial x_i \partial x_j}}({})  \nabla_x ({})  ({})_i  ({})_{{ij}}  {}_1
    \underbrace{{{}}}_{{\text{{so}}}}  \lfloor {} \rfloor  \begin{{bmatrix}} {} & 1 \\ 0 & 2 \end{{bmatrix}}
    \left[ {} \right]  \mathbb{{1}}[x_i = {}]  \langle {}, x \rangle  \frac{{\partial E}}{{\partial {}}}  O({})
    x_{{{}}}
    """
)
BINARY = [
    "{} + {}",
    "{} - {}",
    "{} {}",
    r"{} \odot {}",
    r"{} \cdot {}",
    r"{} \times {}",
    r"\frac{{{}}}{{{}}}",
    "{} / {}",
    "{}^{{{}}}",
    r"\max({}, {})",
    r"\langle {}, {} \rangle",
    "({})({})",
]
RELATIONS = ["=", "=", "=", "=", r"\le", ">", r"\approx", ":=", r"\leftarrow", r"\ne", "&="]

expressions = st.recursive(
    st.sampled_from(SCALARS + ARRAYS),
    lambda inner: st.one_of(
        st.builds(lambda shape, a: shape.format(a), st.sampled_from(UNARY), inner),
        st.builds(lambda shape, a, b: shape.format(a, b), st.sampled_from(BINARY), inner, inner),
    ),
    max_leaves=8,
)
lines = st.builds(lambda a, relation, b: f"{a} {relation} {b}", expressions, st.sampled_from(RELATIONS), expressions)
chains = st.builds(
    lambda first, rest: r" \\ ".join([first, *(f"&= {side}" for side in rest)]),
    lines,
    st.lists(expressions, max_size=2),
)

NAMES = pieces(
    r"""
    x  y  W  \alpha  \hat{y}  x^{(i)}  W^{[2]}  z_i  c_{ij}  n  f(u)  f(u, v)  e  d  _  x_1  \mathbf{1}  A_{ji}
    """
)
SETS = pieces(
    r"""
    \mathbb{R}  \mathbb{R}^{n}  \mathbb{R}^{m \times n}  \mathbb{R}^{n \times n}  (0,1)^{n}  \mathbb{R}_{>0}
    \{0,1\}^m  \mathbb{R}^{n-m}  \mathbb{R}^{3}  \mathbb{C}  \mathbb{R}^{n \times m \times n}
    """
)
ENDINGS = [
    "",
    r" \text{ exactly}",
    r" \text{ zero outside}",
    r" \text{ symmetric}",
    r", i = 1, \dots, m",
    r", i = 1, \dots, q",
]
declarations = st.one_of(
    st.builds(
        lambda name, values, end: f"{name} = {', '.join(map(str, values))}{end}",
        st.sampled_from(["n", "m", "k", "n_x"]),
        st.lists(st.integers(-1, 70), min_size=1, max_size=3),
        st.sampled_from(ENDINGS),
    ),
    st.builds(
        lambda name, kind, end: rf"{name} \in {kind}{end}",
        st.sampled_from(NAMES),
        st.sampled_from(SETS),
        st.sampled_from(ENDINGS),
    ),
    st.builds(lambda name, body: f"{name} := {body}", st.sampled_from(NAMES), expressions),
    st.builds(
        lambda a, relation, b: f"{a} {relation} {b}",
        expressions,
        st.sampled_from(["=", "<", ">", r"\le", r"\ne"]),
        expressions,
    ),
    st.sampled_from(
        [
            r"g : \mathbb{R} \to \mathbb{R}",
            r"g : \mathbb{R}^2 \to \mathbb{R}",
            r"\text{indices from } 0",
            r"n = 3, 5 \quad m = 2, 4",
            "o = n - m + 1",
            "k = n / m",
            r"k = \lfloor n/m \rfloor",
        ]
    ),
)
SIZES = r"n = 3, 5 \quad m = 2, 4"
some_settings = st.builds(
    lambda head, body, glue: glue.join([*head, *body]),
    st.sampled_from([[], [SIZES], [SIZES, r"x \in \mathbb{R}^n, y \in \mathbb{R}^m, W \in \mathbb{R}^{m \times n}"]]),
    st.lists(declarations, max_size=4),
    st.sampled_from([r" \\ ", "\n", r" \quad ", ", "]),
)

# ---- text that only looks like LaTeX

PIECES = [*r"""abcijkmnxyzEWLQdeO0123459{}{}()[]+-*/=<>^_^_,;:.!|'&~ $%#é""", "\n", "\x00", "\x01"] + pieces(
    r"""
    \\  \{  \}  \|  \,  &&  \frac  \tfrac12  \sum  \prod  \sqrt  \partial  \nabla  \top  \odot  \cdot  \times
    \left(  \right)  \left  \right  \bigl(  \text{so}  \text  \alpha  \sigma  \delta  \hat  \hat{y}  \mathbb{1}
    \mathbb{R}  \mathbb{E}  \mathbf{1}  \begin{bmatrix}  \end{bmatrix}  \begin{  \begin{cases}  \lVert  \rVert
    \langle  \rangle  \lfloor  \rceil  \log  \exp  \max  \operatorname{softmax}  \operatorname  \underbrace  \le
    \approx  :=  \leftarrow  \in  \to  \dots  \ldots  \quad  \color{red}  \textcolor{red}  _{i,j}  ^{(i)}
    ^{[2]}  \ne  \def\x{\x}  \input{/etc/passwd}
    """
)
noise = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(max_size=40))

# ---- right lines with one to three tokens changed

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.S)
VALID = [(name, right) for name, right, _ in CONSTRUCTS.values()] + [
    (name, wrong) for name, _, wrong in CONSTRUCTS.values()
]
ALPHABET = sorted({token for _, line in VALID for token in TOKEN.findall(line)})


@st.composite
def mutated(draw, texts):
    name, line = draw(st.sampled_from(texts))
    tokens = TOKEN.findall(line)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(tokens) - 1))
        other = draw(st.sampled_from(ALPHABET))
        tokens = draw(
            st.sampled_from(
                [
                    tokens[:at] + tokens[at + 1 :],
                    tokens[:at] + [other] + tokens[at + 1 :],
                    tokens[:at] + [other] + tokens[at:],
                    tokens[:at] + tokens[at : at + 1] * 2 + tokens[at + 1 :],
                ]
            )
        ) or ["x"]
    return name, "".join(tokens)


# ---- tests


@fuzz(250)
@for_any(lines | chains)
@example(r"\frac{\partial}{\partial x}(\lfloor p \rfloor) = 0")
@example(r"W_{1,:} = W^\top_{:,1}")
@example(r"\alpha = " + "(" * 500 + "1" + ")" * 500)
@example(r"\alpha = " + "-" * 500 + "1")
@example(r"\alpha = " + r"\sqrt{" * 39 + "1" + "}" * 39)
@example(r"\alpha = 9^{9^{9^{9}}}")
@example(r"\alpha = ((((2^{60})^{60})^{60})^{60})^{60}")
@example(r"\alpha = \sum_{i=1}^{100} \sum_{j=1}^{100} \sum_{k=1}^{100} \sum_{l=1}^{100} \sin(i j k l \alpha)")
@example(r"\alpha = \sigma" + "'" * 30 + r"(\alpha)")
@example(r"\alpha = \prod_{i=1}^{15000} (\alpha + i)")
@example(
    r"(\alpha + \beta + p + q + x_1 + x_2 + t_1 + t_2)^{60} = (\beta + \alpha + p + q + x_2 + "
    r"x_1 + t_1 + t_2)^{60} + 0^{2}\alpha"
)
@example(r"e^{e^{e^{e^{e^{\alpha}}}}} = 1")
@example(r"\log(-1) = 0")
@example(r"\frac{0}{0} = 1")
@example(r"\alpha = \mathbb{1}[0 > 0]")
@example(r"\mathbb{1}[3^{\frac12} > 0] = \mathbb{1}[g(2) > \sigma(1)]")
def test_a_line_made_of_the_language_gets_an_answer(line):
    ask(line, setting("plain"))


@fuzz(300)
@for_any(mutated(VALID))
def test_a_right_line_with_tokens_changed_gets_an_answer(case):
    name, line = case
    ask(line, setting(name))


@fuzz(500)
@for_any(noise)
@example("")
@example("\\")
@example("&& &&")
@example(r"\hat{\hat{\hat{x}}} = 1")
@example(r"__import__('os').system('true') = 1")
@example(r"x_{__class__} = 1")
def test_any_text_gets_an_answer(text):
    ask(text, setting("plain"))
    answers(lambda: given(text), NotationError)
    answers(lambda: refute(text, setting("plain")), NotationError, WrongLine, NotRefuted)
    answers(lambda: exercise(text, setting("plain")))


@fuzz(250)
@for_any(
    some_settings,
    st.sampled_from(
        [r"x = x", r"\sum_i x_i = W", r"\frac{\partial z}{\partial x} = W", "z = z", "f(1) = f(1)", r"c_{ij} = c_{ij}"]
    ),
)
@example(r"x \in \mathbb{R} \\ f(u) := \sigma(u) \\ z := f''''''''''''''''(x)", "z = z")
@example(r"n = 3, 5 \\ x \in \mathbb{R}^n \\ z := \frac{1}{\sum_{i=1}^{20000} \sum_{j=1}^{20000} x_1}", "z = z")
@example(r"f(u) := f(u)", "f(1) = 1")
@example(r"n = 3, 5 \\ n = 3, 5", "n = n")
@example(r"n = 3, 5 \\ o = 1/(n - n)", "o = o")
def test_any_setting_gets_an_answer(text, line):
    try:
        started = time.perf_counter()
        among = given(text)
    except NotationError:
        return
    finally:
        assert time.perf_counter() - started < LIMIT
    ask(line, among)


@fuzz(100)
@for_any(lines, st.booleans())
def test_refute_and_exercise_agree_with_derive(line, as_exercise):
    """A line is derived, refuted, or unreadable: never two of them."""
    try:
        verdict = derive(line, setting("plain")).verdict
    except WrongLine:
        verdict = "wrong"
    except NotationError:
        verdict = "unreadable"
    if as_exercise:
        status = exercise(line, setting("plain")).status
        assert status == "wrong" if verdict in ("wrong", "unreadable") else status in ("right", "open")
        return
    try:
        refute(line, setting("plain"))
        outcome = "refuted"
    except NotRefuted:
        outcome = "stands"
    except (NotationError, WrongLine):  # WrongLine here: gave up
        outcome = "unreadable"
    allowed = {"wrong": {"refuted", "unreadable"}, "unreadable": {"refuted", "unreadable"}}
    assert outcome in allowed.get(verdict, {"stands"})


def test_the_settings_of_this_file_are_read():
    assert all(setting(name).assignments for name in SETTINGS if name != "entries")
