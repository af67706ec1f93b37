"""Derivatives by reverse accumulation agree with SymPy's, taken by hand, and with differences of numbers."""

import math
import random

import pytest
import sympy

from nblib import NotationError, ShapeError, WrongLine, derive, given

# ---- by hand in SymPy: (setting, what is differentiated, the same in SymPy over x1 x2 x3 with n = 3)

x = sympy.symbols("x_1:4")
SCALARS = {
    r"\sum_i x_i^3": sum(v**3 for v in x),
    r"x_1 e^{x_2} + \sin(x_3 x_1)": x[0] * sympy.exp(x[1]) + sympy.sin(x[2] * x[0]),
    r"\tanh(x_1 + 2 x_2)^2 \cos(x_3)": sympy.tanh(x[0] + 2 * x[1]) ** 2 * sympy.cos(x[2]),
    r"\frac{x_1 x_2}{1 + x_3^2}": x[0] * x[1] / (1 + x[2] ** 2),
    r"\log(1 + x^\top x)": sympy.log(1 + sum(v**2 for v in x)),
    r"\sqrt{1 + x_1^2 x_2^2} + \arctan(x_3)": sympy.sqrt(1 + x[0] ** 2 * x[1] ** 2) + sympy.atan(x[2]),
    r"\prod_i (x_i + 2)": sympy.Mul(*[v + 2 for v in x]),
    r"\sigma(x_1 x_2 x_3)": 1 / (1 + sympy.exp(-x[0] * x[1] * x[2])),
    r"e^{-\sum_i x_i^2} \sum_i x_i": sympy.exp(-sum(v**2 for v in x)) * sum(x),
}


@pytest.fixture(scope="module")
def vector():
    return given(r"n = 3 \text{ exactly} \\ x \in \mathbb{R}^{n}")


FUNCTIONS = {sympy.exp: r"\exp", sympy.sin: r"\sin", sympy.cos: r"\cos", sympy.tanh: r"\tanh", sympy.log: r"\log"}


def latex(expr):
    """A SymPy expression in the language of the book, with every bracket."""
    if expr.is_Symbol:
        return expr.name
    if expr.is_Rational:
        return f"({expr.p})" if expr.q == 1 else rf"\frac{{{expr.p}}}{{{expr.q}}}"
    if expr.is_Add:
        return "(" + " + ".join(map(latex, expr.args)) + ")"
    if expr.is_Mul:
        return r" \cdot ".join(map(latex, expr.args))
    if expr.is_Pow and expr.exp.q == 2:
        return (
            f"({latex(sympy.sqrt(expr.base))})^{{{2 * expr.exp}}}"
            if abs(expr.exp) != sympy.Rational(1, 2)
            else root(expr)
        )
    if expr.is_Pow:
        return f"({latex(expr.base)})^{{{expr.exp}}}"
    return f"{FUNCTIONS[expr.func]}({latex(expr.args[0])})"


def root(expr):
    under = rf"\sqrt{{{latex(expr.base)}}}"
    return under if expr.exp > 0 else rf"\frac{{1}}{{{under}}}"


@pytest.mark.parametrize("text", SCALARS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_derivative_is_the_one_that_sympy_takes_by_hand(vector, text, k):
    expected = sympy.diff(SCALARS[text], x[k - 1])
    line = rf"\frac{{\partial}}{{\partial x_{k}}}\bigl({text}\bigr) = {latex(expected)}"
    assert derive(line, vector).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(line + " + x_1", vector)


@pytest.mark.parametrize("text", SCALARS)
def test_a_second_derivative_is_the_one_that_sympy_takes_by_hand(vector, text):
    expected = sympy.diff(SCALARS[text], x[0], x[1])
    if expected == 0:
        expected = sympy.diff(SCALARS[text], x[0], x[0])
        order = r"\partial x_1 \partial x_1"
    else:
        order = r"\partial x_1 \partial x_2"
    assert derive(rf"\frac{{\partial^2}}{{{order}}}\bigl({text}\bigr) = {latex(expected)}", vector).verdict.startswith(
        "proved"
    )


# ---- by differences: a gradient as a NumPy function against central differences of the same network in plain Python


def network(w, v, b, t):
    """½ Σ (tanh(Σ W v + b) − t)², its sizes read off the lists."""
    total = 0.0
    for row, shift, target in zip(w, b, t, strict=True):
        total += 0.5 * (math.tanh(sum(a * c for a, c in zip(row, v, strict=True)) + shift) - target) ** 2
    return total


def test_a_gradient_agrees_with_differences_of_numbers():
    setting = given(
        r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}, v \in \mathbb{R}^{n}, b, t \in "
        r"\mathbb{R}^{m} \\ z := W v + b \\ a := \tanh(z) \\ E := \tfrac12 \sum_i (a_i - t_i)^2"
    )
    gradient = derive(r"\frac{\partial E}{\partial W} &= \bigl((a - t) \odot \tanh'(z)\bigr) v^\top", setting).function(
        "W", "v", "b", "t"
    )
    rng = random.Random(5)
    w = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(4)]  # sizes that were not declared
    v, b, t = ([rng.uniform(-1, 1) for _ in range(k)] for k in (3, 4, 4))
    found = gradient(w, v, b, t)
    step = 1e-5
    for i in range(4):
        for j in range(3):
            up, down = ([row[:] for row in w] for _ in range(2))
            up[i][j] += step
            down[i][j] -= step
            assert found[i][j] == pytest.approx((network(up, v, b, t) - network(down, v, b, t)) / (2 * step), abs=1e-8)


# ---- what a derivative follows

CHAIN = (
    r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, c \in \mathbb{R} "
    r"\\ f : \mathbb{R} \to \mathbb{R} \\ u := f(x) \\ v := u \odot u "
    r"\\ L := c \sum_i v_i + \sum_i x_i"
)


@pytest.fixture(scope="module")
def chain():
    return given(CHAIN)


@pytest.mark.parametrize(
    "right, wrong",
    [
        (r"\frac{\partial L}{\partial v_1} = c", r"\frac{\partial L}{\partial v_1} = c + 1"),
        (r"\frac{\partial L}{\partial u} = 2 c u", r"\frac{\partial L}{\partial u} = c u"),
        (
            r"\frac{\partial L}{\partial x_i} = 2 c u_i f'(x_i) + 1",
            r"\frac{\partial L}{\partial x_i} = 2 c u_i f'(x_i)",
        ),
        (
            r"\frac{\partial v_i}{\partial x_j} = 2 \delta_{ij} u_i f'(x_i)",
            r"\frac{\partial v_i}{\partial x_j} = 2 u_i f'(x_j)",
        ),
        (
            r"\frac{\partial^2 L}{\partial x_i \partial x_j} = 2 c \delta_{ij} (f'(x_i)^2 + u_i f''(x_i))",
            r"\frac{\partial^2 L}{\partial x_i \partial x_j} = 2 c \delta_{ij} u_i f''(x_i)",
        ),
        (
            r"\frac{\partial u}{\partial x} = \operatorname{diag}(f'(x))",
            r"\frac{\partial u}{\partial x} = f'(x) x^\top",
        ),
    ],
    ids=["last", "through one", "through two and directly", "Jacobian by entries", "second", "Jacobian"],
)
def test_all_later_definitions_are_followed_and_nothing_earlier(chain, right, wrong):
    assert derive(right, chain).verdict.startswith("proved")
    with pytest.raises((WrongLine, ShapeError)):
        derive(wrong, chain)


def test_a_variable_that_fans_out_adds_its_paths():
    setting = given(r"a, b, c \in \mathbb{R} \\ u := b c \\ v := a + u \\ J := 3 v + u^2")
    assert derive(r"\frac{\partial J}{\partial u} = 3 + 2 u", setting).verdict.startswith("proved")
    assert derive(r"\frac{\partial J}{\partial b} = (3 + 2 u) c", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\frac{\partial J}{\partial b} = 2 u c", setting)


@pytest.mark.parametrize(
    "line, message",
    [
        (r"\frac{\partial c}{\partial x} = 0", "does not depend on x"),
        (r"\frac{\partial x}{\partial u} = 0", "comes before u"),
        (r"\frac{\partial L}{\partial n} = 0", "size"),
        (r"\frac{\partial v}{\partial f} = 0", "f"),
        (r"\frac{\partial L}{\partial (x + u)} = 0", "declared symbol"),
        (r"\frac{\partial^2 L}{\partial x} = 0", "order 2 needs 2 variables"),
        (r"\frac{\partial^9 L}{\partial c^9} = 0", "from 1 to 4"),
    ],
)
def test_a_derivative_that_says_nothing_is_refused(chain, line, message):
    with pytest.raises(NotationError, match=message):
        derive(line, chain)


def test_a_constant_is_no_variable():
    setting = given(r"n = 3, 5 \\ x, \mathbf{1} \in \mathbb{R}^{n} \\ L := \mathbf{1}^\top x")
    with pytest.raises(NotationError):
        derive(r"\frac{\partial L}{\partial \mathbf{1}} = x - x", setting)


def test_a_derivative_by_a_family_is_one_for_each_member():
    setting = given(
        r"m = 3, 5 \\ z^{(i)} \in \mathbb{R}, i = 1, \dots, m \\ f : \mathbb{R} \to \mathbb{R} "
        r"\\ J := \frac1m \sum_i f(z^{(i)})"
    )
    assert derive(r"\frac{\partial J}{\partial z^{(i)}} = \frac1m f'(z^{(i)})", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\frac{\partial J}{\partial z^{(i)}} = f'(z^{(i)})", setting)


def test_a_rounding_has_no_derivative():
    with pytest.raises(NotationError):
        derive(r"\frac{\partial}{\partial c}(\lfloor c \rfloor) = 0", given(r"c \in \mathbb{R}"))


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial}{\partial x_i}(\operatorname{relu}(x_i)) = \mathbb{1}[x_i > 0]",
        r"\frac{\partial}{\partial x_i}(\max_k x_k) = \mathbb{1}[x_i = \max_k x_k]",
        r"\frac{\partial}{\partial x_i}(|x_i|) = \mathbb{1}[x_i > 0] - \mathbb{1}[x_i < 0]",
    ],
)
def test_a_kink_has_the_derivatives_of_its_sides(chain, line):
    assert derive(line, chain).verdict in ("proved for every size", "proved")
    with pytest.raises(WrongLine):
        derive(line + " + 1", chain)


MATRIX = r"""v, w, s, t \in \mathbb{R}, x \in \mathbb{R}^{2} \text{ exactly}
C := \begin{bmatrix} w & v \\ 0 & w \end{bmatrix}
y := C x
L := s y_1 + t y_2"""


def test_a_matrix_that_is_written_out_depends_on_its_entries():
    setting = given(MATRIX)
    assert derive(r"\frac{\partial L}{\partial w} = s x_1 + t x_2", setting).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(r"\frac{\partial L}{\partial w} = s x_1 + s x_2", setting)
