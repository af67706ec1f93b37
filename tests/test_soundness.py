"""What is proved is true: identities made by chance, whole and with a token changed, against NumPy at its own points.

`NBLIB_FUZZ=50 pytest tests/test_soundness.py` looks fifty times as long, at other examples each time.
"""

import os

import numpy as np
import sympy
from hypothesis import HealthCheck
from hypothesis import given as for_any
from hypothesis import settings as how
from hypothesis import strategies as st
from test_differentiate import latex as sympy_latex

from nblib import ShapeError, WrongLine, derive, given

LONGER = int(os.environ.get("NBLIB_FUZZ", "0"))
SETTING = given(
    r"""m = 3, 5 \quad n = 2, 4
    \alpha, \beta \in \mathbb{R}, x, u \in \mathbb{R}^{n}, t, v \in \mathbb{R}^{m}, W, V \in \mathbb{R}^{m \times n}"""
)
NAMES = {"number": ["alpha", "beta"], "n": ["x", "u"], "m": ["t", "v"], "mn": ["W", "V"]}
FUNCTIONS = {
    "sigma": (r"\sigma", lambda z: 1 / (1 + np.exp(-z))),
    "tanh": (r"\tanh", np.tanh),
    "exp": (r"\exp", np.exp),
    "relu": (r"\operatorname{relu}", lambda z: np.maximum(z, 0)),
    "sin": (r"\sin", np.sin),
}


def fuzz(examples):
    return how(
        max_examples=examples * max(1, LONGER),
        derandomize=not LONGER,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# ---- trees: (head, kind, children); `latex` writes one, `value` computes it with NumPy


def node(head, kind, *children):
    return (head, kind, children)


def leaves(kind):
    named = st.sampled_from(NAMES[kind]).map(lambda name: node("name", kind, name))
    if kind != "number":
        return named
    return named | st.integers(1, 3).map(lambda k: node("whole", kind, k))


def trees(kind, depth):
    """Expressions of one kind: a number, a vector of n or of m, a matrix."""
    if depth == 0:
        return leaves(kind)
    same, number = trees(kind, depth - 1), trees("number", 0)
    made = [
        leaves(kind),
        st.builds(lambda a, b: node("add", kind, a, b), same, same),
        st.builds(lambda a, b: node("sub", kind, a, b), same, same),
        st.builds(lambda a: node("neg", kind, a), same),
        st.builds(lambda f, a: node("call", kind, f, a), st.sampled_from(sorted(FUNCTIONS)), same),
    ]
    if kind == "number":
        made += [
            st.builds(lambda a, b: node("times", kind, a, b), same, same),
            st.builds(lambda a: node("square", kind, a), same),
            *[
                st.builds(lambda a, b: node("dot", kind, a, b), trees(axis, depth - 1), trees(axis, depth - 1))
                for axis in ("n", "m")
            ],
        ]
    else:
        made += [
            st.builds(lambda a, b: node("scale", kind, a, b), number, same),
            st.builds(lambda a, b: node("had", kind, a, b), same, same),
        ]
    if kind == "m":
        made.append(st.builds(lambda a, b: node("apply", kind, a, b), trees("mn", 0), trees("n", depth - 1)))
    if kind == "n":
        made.append(st.builds(lambda a, b: node("back", kind, a, b), trees("mn", 0), trees("m", depth - 1)))
    if kind == "mn":
        made.append(st.builds(lambda a, b: node("outer", kind, a, b), trees("m", depth - 1), trees("n", depth - 1)))
    return st.one_of(made)


def latex(tree):
    head, _, children = tree
    if head == "name":
        return {"alpha": r"\alpha", "beta": r"\beta"}.get(children[0], children[0])
    if head == "whole":
        return str(children[0])
    if head == "call":
        return f"{FUNCTIONS[children[0]][0]}({latex(children[1])})"
    texts = [f"({latex(child)})" for child in children]
    return {
        "add": "{} + {}", "sub": "{} - {}", "neg": "-{}", "times": r"{} \cdot {}", "square": "{}^2", "scale": "{} {}",
        "had": r"{} \odot {}", "dot": r"{}^\top {}", "apply": "{} {}", "back": r"{}^\top {}", "outer": r"{} {}^\top",
    }[head].format(*texts)  # fmt: skip


def value(tree, at):
    head, _, children = tree
    if head == "name":
        return at[children[0]]
    if head == "whole":
        return float(children[0])
    if head == "call":
        return FUNCTIONS[children[0]][1](value(children[1], at))
    a, *rest = (value(child, at) for child in children)
    b = rest[0] if rest else None
    return {
        "add": lambda: a + b, "sub": lambda: a - b, "neg": lambda: -a, "times": lambda: a * b, "square": lambda: a * a,
        "scale": lambda: a * b, "had": lambda: a * b, "dot": lambda: np.dot(a, b), "apply": lambda: a @ b,
        "back": lambda: a.T @ b, "outer": lambda: np.outer(a, b),
    }[head]()  # fmt: skip


def agree(one, other, sizes, seed):
    """Whether two trees have one value at random points of these sizes."""
    rng = np.random.default_rng(seed)
    m, n = sizes
    for scale in (0.7, 0.7, 3.0):
        shapes = {"alpha": (), "beta": (), "x": n, "u": n, "t": m, "v": m, "W": (m, n), "V": (m, n)}
        at = {name: rng.normal(scale=scale, size=shape) for name, shape in shapes.items()}
        with np.errstate(all="ignore"):
            a, b = value(one, at), value(other, at)
        if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
            continue
        if not np.allclose(a, b, rtol=1e-7, atol=1e-9 * (1 + np.max(np.abs(a)))):
            return False
    return True


# ---- the same in other words, and one token changed


def rewritten(tree, draw):
    """An equal tree: sums and products turned round, brackets multiplied out, functions written by others."""
    head, kind, children = tree
    if head in ("name", "whole"):
        return tree
    if head == "call":
        name, inner = children[0], rewritten(children[1], draw)
        if name == "tanh" and kind == "number" and draw(st.booleans()):
            two, one = node("whole", "number", 2), node("whole", "number", 1)
            half = node("call", kind, "sigma", node("times", kind, two, inner))
            return node("sub", kind, node("times", kind, two, half), one)
        return node("call", kind, name, inner)
    parts = [rewritten(child, draw) for child in children]
    turn = draw(st.booleans())
    if head in ("add", "times", "had", "dot") and turn:
        return node(head, kind, *parts[::-1])
    if head == "sub" and turn:
        return node("neg", kind, node("sub", kind, *parts[::-1]))
    if head == "square" and turn:
        return node("times", kind, parts[0], parts[0])
    if head in ("apply", "back", "scale", "times") and parts[1][0] == "add":
        return node("add", kind, *[node(head, kind, parts[0], term) for term in parts[1][2]])
    return node(head, kind, *parts)


def places(tree):
    yield ()
    for k, child in enumerate(tree[2]):
        if isinstance(child, tuple):
            yield from ((k, *place) for place in places(child))


def changed(tree, place, draw):
    """The tree with one token changed at a place."""
    head, kind, children = tree
    if place:
        k, *rest = place
        return node(head, kind, *children[:k], changed(children[k], tuple(rest), draw), *children[k + 1 :])
    if head == "name":
        return node(head, kind, next(n for n in NAMES[kind] if n != children[0]))
    if head == "whole":
        return node(head, kind, children[0] + 1)
    if head == "call":
        return node(head, kind, draw(st.sampled_from(sorted(FUNCTIONS))), children[1])
    if head in ("add", "sub"):
        return node("sub" if head == "add" else "add", kind, *children)
    if head == "neg":
        return children[0]
    if head == "square":
        return children[0]
    if head in ("had", "times", "dot"):
        return node(head, kind, children[0], children[0])
    return node("neg", kind, tree)


@st.composite
def identities(draw, kinds=("number", "n", "m", "mn")):
    tree = draw(trees(draw(st.sampled_from(kinds)), 2))
    return tree, rewritten(tree, draw)


@st.composite
def slips(draw):
    tree, other = draw(identities())
    return tree, changed(other, draw(st.sampled_from(list(places(other)))), draw)


def verdict(one, other):
    try:
        return derive(f"{latex(one)} = {latex(other)}", SETTING).verdict
    except WrongLine:
        return "wrong"


@fuzz(120)
@for_any(identities())
def test_an_identity_is_accepted(pair):
    assert verdict(*pair) in ("proved for every size", "proved", "sampled")


@fuzz(200)
@for_any(slips(), st.integers(0, 2**32))
def test_an_identity_with_a_token_changed_is_accepted_only_if_it_is_true(pair, seed):
    """Proved for every size: at sizes that were never declared. Accepted otherwise: at the declared ones."""
    found = verdict(*pair)
    true = agree(*pair, (3, 2), seed) and agree(*pair, (5, 4), seed)
    assert true or found == "wrong"
    if found == "proved for every size":
        assert agree(*pair, (4, 7), seed) and agree(*pair, (2, 3), seed)


# ---- derivatives of numbers, by SymPy from the same tree, and by differences

SYMBOLS = {name: sympy.Symbol("\\" + name) for name in NAMES["number"]}
IN_SYMPY = {"sigma": lambda z: 1 / (1 + sympy.exp(-z)), "tanh": sympy.tanh, "exp": sympy.exp, "sin": sympy.sin}


def in_sympy(tree):
    head, _, children = tree
    if head == "name":
        return SYMBOLS[children[0]]
    if head == "whole":
        return sympy.Integer(children[0])
    if head == "call":
        return IN_SYMPY[children[0]](in_sympy(children[1]))
    a, *b = (in_sympy(child) for child in children)
    return {
        "add": lambda: a + b[0], "sub": lambda: a - b[0], "times": lambda: a * b[0], "neg": lambda: -a,
        "square": lambda: a**2,
    }[head]()  # fmt: skip


def smooth_numbers(depth):
    if depth == 0:
        return leaves("number")
    inner = smooth_numbers(depth - 1)
    pair = st.sampled_from(["add", "sub", "times"])
    return st.one_of(
        st.builds(lambda head, a, b: node(head, "number", a, b), pair, inner, inner),
        st.builds(lambda name, a: node("call", "number", name, a), st.sampled_from(sorted(IN_SYMPY)), inner),
        st.builds(lambda a: node("square", "number", a), inner),
    )


@fuzz(60)
@for_any(smooth_numbers(2), st.sampled_from(["", " + 1", r" + \beta", r" \cdot 2", " - 10^{-3}"]))
def test_a_derivative_is_accepted_exactly_if_differences_of_numbers_agree(tree, slip):
    expr = in_sympy(tree)
    alpha, beta = SYMBOLS["alpha"], SYMBOLS["beta"]
    derivative = sympy.diff(expr, alpha)
    if derivative == 0:
        return
    changed = {"": derivative, " + 1": derivative + 1, r" + \beta": derivative + beta, r" \cdot 2": derivative * 2}
    claimed = sympy.lambdify((alpha, beta), changed.get(slip, derivative - sympy.Rational(1, 1000)), "math")
    of = sympy.lambdify((alpha, beta), expr, "math")
    try:
        pairs = [(claimed(a, b), (of(a + 1e-5, b) - of(a - 1e-5, b)) / 2e-5) for a, b in ((0.31, -0.47), (-0.83, 0.59))]
    except OverflowError:
        return
    true = all(abs(p - q) < 1e-5 * (1 + abs(q)) for p, q in pairs)
    assert true == (slip == "")
    line = rf"\frac{{\partial}}{{\partial \alpha}}\bigl({latex(tree)}\bigr) = ({sympy_latex(derivative)}){slip}"
    try:
        accepted = bool(derive(line, SETTING).verdict)
    except (WrongLine, ShapeError):
        accepted = False
    assert accepted == true
