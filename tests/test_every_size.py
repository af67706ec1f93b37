"""A proof for every size holds for every size: what it says is checked here at sizes that no setting had."""

import itertools
import random

import pytest
from sympy import Symbol

from nblib import WrongLine, derive, given
from nblib.checking import Comparison
from nblib.every_size import holds_for_every_size, nonnegative
from nblib.reader import read_expression

TEXT = r"""n = 3, 5 \quad m = 2, 4
x, u \in \mathbb{R}^{n}, t, v \in \mathbb{R}^{m}, W, V \in \mathbb{R}^{m \times n}, Q \in \mathbb{R}^{n \times n}
h \in \mathbb{R}^{n} \text{ zero outside}, \alpha \in \mathbb{R}
g : \mathbb{R} \to \mathbb{R}
z := W x
a := g(z)
E := \tfrac12 \sum_i (a_i - t_i)^2"""

EVERY = [
    r"x^\top u = u^\top x",
    r"(W x)_i = \sum_j W_{ij} x_j",
    r"\sum_{i,j} W_{ij} x_j = \sum_i z_i",
    r"x^\top Q x = \sum_{i,j} Q_{ij} x_i x_j",
    r"\sum_j \delta_{ij} x_j = x_i",
    r"\sum_{i,j} (1 - \delta_{ij}) x_i x_j = \bigl(\sum_i x_i\bigr)^2 - \sum_i x_i^2",
    r"\frac{\partial z_k}{\partial W_{ij}} = \delta_{ki} x_j",
    r"\frac{\partial z}{\partial x} = W",
    r"\frac{\partial E}{\partial W} = \bigl((a - t) \odot g'(z)\bigr) x^\top",
    r"\frac{\partial E}{\partial x} = W^\top \bigl((a - t) \odot g'(z)\bigr)",
    r"\frac{\partial}{\partial x}(x^\top Q x) = (Q + Q^\top) x",
    r"\frac{\partial}{\partial x_i}(\lVert x \rVert^2) = 2 x_i",
    r"\operatorname{tr}(W^\top V) = \sum_{i,j} W_{ij} V_{ij}",
    r"\lVert x - u \rVert^2 = \lVert x \rVert^2 - 2 x^\top u + \lVert u \rVert^2",
    r"\frac1n \sum_i (x_i + \alpha) = \alpha + \frac1n \sum_i x_i",
    r"(W x)^\top t = x^\top (W^\top t)",
    r"\sum_i (x_i - \frac1n \sum_j x_j) = 0",
]


@pytest.fixture(scope="module")
def setting():
    return given(TEXT)


@pytest.mark.parametrize("line", EVERY)
def test_a_line_in_index_notation_is_proved_for_every_size(setting, line):
    checked = derive(line, setting).lines[0]
    assert checked.verdict == "proved for every size"
    assert "every value of n, m" in checked.detail


@pytest.mark.parametrize("line", EVERY)
def test_a_changed_line_is_refused(setting, line):
    left, right = line.split(" = ")
    with pytest.raises((WrongLine, ValueError)):
        derive(f"2 ({left}) = 2 ({right}) + 1", setting)


@pytest.mark.parametrize(
    "line",
    [
        r"\sum_{i=4}^{n} 1 = n - 3",
        r"\sum_{i=3}^{n-1} x_1 = (n - 3) x_1",
        r"\sum_{i=4}^{n} \alpha = (n - 3) \alpha",
    ],
)
def test_a_sum_that_may_be_empty_is_not_counted(setting, line):
    """At n = 2 the sum is empty, and the right side is −1 times what is summed."""
    try:
        assert derive(line, setting).verdict != "proved for every size"
    except WrongLine as error:
        assert "n = 2" in str(error)


@pytest.mark.parametrize(
    "line",
    [
        r"h_7 = 0",
        r"m - n + 1 = 0",
        r"(n - 3) (n - 5) x = 0 x",
        r"x_1 + x_2 + x_3 + \sum_{i=4}^{n} x_i - \sum_i x_i = h_6",
    ],
)
def test_what_holds_only_at_the_sizes_at_hand_is_not_proved_for_every_size(setting, line):
    try:
        assert derive(line, setting).verdict != "proved for every size"
    except WrongLine:
        pass


def test_sizes_that_are_exact_are_not_every_size():
    exact = given(r"n = 4 \text{ exactly} \\ x \in \mathbb{R}^{n}")
    assert derive(r"\sum_i x_i = x^\top x - \sum_i (x_i^2 - x_i)", exact).verdict == "proved"


def test_indices_from_zero_are_proved_too():
    zero = given(
        r"\text{indices from } 0 \\ n = 3, 5 \quad m = 2, 4 "
        r"\\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n} \\ z := W x"
    )
    assert derive(r"\frac{\partial z_k}{\partial W_{ij}} = \delta_{ki} x_j", zero).verdict == "proved for every size"


# ---- an oracle of its own: the same statements, in plain Python, at other sizes

rng = random.Random(20260101)


def plain(n, m):
    """Random arrays as nested lists."""
    vector = lambda k: [rng.uniform(-2, 2) for _ in range(k)]  # noqa: E731
    return {
        "x": vector(n),
        "u": vector(n),
        "t": vector(m),
        "W": [vector(n) for _ in range(m)],
        "V": [vector(n) for _ in range(m)],
        "Q": [vector(n) for _ in range(n)],
    }


STATEMENTS = {
    r"x^\top Q x = \sum_{i,j} Q_{ij} x_i x_j": lambda v, n, m: (
        sum(v["x"][i] * sum(v["Q"][i][j] * v["x"][j] for j in range(n)) for i in range(n)),
        sum(v["Q"][i][j] * v["x"][i] * v["x"][j] for i, j in itertools.product(range(n), range(n))),
    ),
    r"\sum_{i,j} (1 - \delta_{ij}) x_i x_j = \bigl(\sum_i x_i\bigr)^2 - \sum_i x_i^2": lambda v, n, m: (
        sum(v["x"][i] * v["x"][j] for i in range(n) for j in range(n) if i != j),
        sum(v["x"]) ** 2 - sum(a * a for a in v["x"]),
    ),
    r"\operatorname{tr}(W^\top V) = \sum_{i,j} W_{ij} V_{ij}": lambda v, n, m: (
        sum(sum(v["W"][i][k] * v["V"][i][k] for i in range(m)) for k in range(n)),
        sum(v["W"][i][j] * v["V"][i][j] for i in range(m) for j in range(n)),
    ),
    r"\sum_{i=2}^{n} x_i = \sum_i x_i - x_1": lambda v, n, m: (sum(v["x"][1:]), sum(v["x"]) - v["x"][0]),
    r"\sum_{i=1}^{n-1} (x_{i+1} - x_i) = x_n - x_1": lambda v, n, m: (
        sum(v["x"][i + 1] - v["x"][i] for i in range(n - 1)),
        v["x"][-1] - v["x"][0],
    ),
}


@pytest.mark.parametrize("line", STATEMENTS)
@pytest.mark.parametrize("sizes", [(2, 3), (4, 7), (6, 2), (7, 5)])
def test_what_is_proved_for_every_size_holds_at_other_sizes(setting, line, sizes):
    assert derive(line, setting).verdict.startswith("proved")
    left, right = STATEMENTS[line](plain(*sizes), *sizes)
    assert left == pytest.approx(right, abs=1e-9)


# ---- convolution


def test_the_kernel_gradient_of_a_convolution_is_proved():
    setting = given(
        r"""n = 9, 13 \quad k = 2, 3 \quad C = 4, 5
        o = n - k + 1
        x \in \mathbb{R}^{C \times n}, w \in \mathbb{R}^{C \times k}, \epsilon, y \in \mathbb{R}^{o}
        y_i := \sum_{c,p} w_{cp} x_{c,i + p - 1}
        E := \sum_i \epsilon_i y_i"""
    )
    result = derive(r"\frac{\partial E}{\partial w_{cp}} = \sum_i \epsilon_i x_{c,i + p - 1}", setting)
    assert result.verdict.startswith("proved") and result.lines[0].seconds < 2
    with pytest.raises((WrongLine, ValueError)):
        derive(r"\frac{\partial E}{\partial w_{cp}} = \sum_i \epsilon_i x_{c,i + p}", setting)


# ---- an index that runs backwards, as true convolution has it

FLIP = r"""\text{indices from } 0 \\ n = 5, 8 \quad k = 2, 3 \quad o = n - k + 1
x \in \mathbb{R}^{n} \text{ zero outside}, w, r \in \mathbb{R}^{k} \text{ zero outside}
g \in \mathbb{R}^{o} \text{ zero outside}
r_p := w_{k-1-p}
y \in \mathbb{R}^{o}
y_i := \sum_p w_p x_{i+k-1-p}
E := \sum_i g_i y_i"""


@pytest.mark.parametrize(
    "line",
    [
        r"y_i = \sum_p r_p x_{i+p}",
        r"\frac{\partial E}{\partial x_t} = \sum_i g_i r_{t-i}",
        r"\frac{\partial E}{\partial x_t} = \sum_p w_p g_{t-k+1+p}",
        r"\sum_p w_{k-1-p} g_p = \sum_p w_p g_{k-1-p}",
    ],
)
def test_a_reversed_index_is_proved_for_every_size(line):
    assert derive(line, given(FLIP)).lines[0].verdict == "proved for every size"


@pytest.mark.parametrize(
    "line",
    [
        r"y_i = \sum_p r_p x_{i+p+1}",
        r"y_i = \sum_p w_p x_{i+p}",
        r"\frac{\partial E}{\partial x_t} = \sum_i g_i r_{i-t}",
        r"\frac{\partial E}{\partial x_t} = \sum_p w_p g_{t-k+p}",
        r"\sum_{p=0}^{k-2} w_{k-1-p} g_p = \sum_{p=0}^{k-2} w_p g_{k-1-p}",
    ],
)
def test_a_reversed_index_that_is_off_is_refused(line):
    with pytest.raises(WrongLine):
        derive(line, given(FLIP))
    left, right = line.split(" = ", 1)
    assert not proved_for_every_size(left, right, given(FLIP))


def proved_for_every_size(left, right, setting):
    """What the proof alone says, without the numbers that refute the line before it is tried."""
    nodes = [read_expression(side, setting) for side in (left, right)]
    return holds_for_every_size(Comparison(setting, nodes), *nodes)
def test_the_input_gradient_of_a_dilated_transposed_convolution_is_proved_for_every_size():
    """A delta that no index can be solved from is kept, and follows when another delta renames what it holds."""
    setting = given(
        r"""\text{indices from } 0
        s = 2, 3 \quad p = 3, 2 \quad D = 4, 5 \quad k = 5, 4 \quad o = 8, 9 \quad n = 9, 8
        x \in \mathbb{R}^{o} \text{ zero outside}, w \in \mathbb{R}^{k} \text{ zero outside}
        G, y \in \mathbb{R}^{n} \text{ zero outside}
        y_t := \sum_{i,q} x_i w_q \delta_{t + p, s i + D q}
        L := \sum_t G_t y_t"""
    )
    line = r"\frac{\partial L}{\partial x_i} = \sum_q w_q G_{s i + D q - p}"
    assert derive(line, setting).verdict == "proved for every size"
    with pytest.raises(WrongLine):
        derive(line.replace("- p", ""), setting)


ZEROS_BETWEEN = r"""\text{indices from } 0
    s = 2, 4 \quad k = 3, 5 \quad o = 4, 3 \quad n = s (o - 1) + k \quad m = s (o - 1) + 1
    w \in \mathbb{R}^{k} \text{ zero outside}, y \in \mathbb{R}^{o} \text{ zero outside}
    z \in \mathbb{R}^{n}, v \in \mathbb{R}^{m} \text{ zero outside}
    z_t := \sum_i y_i w_{t - s i}
    v_u := \sum_i y_i \delta_{u, s i}"""


def test_an_index_that_cannot_leave_its_range_is_proved_for_every_size():
    line = r"z_t = \sum_q w_q v_{t - q}"
    assert derive(line, given(ZEROS_BETWEEN)).verdict == "proved for every size"
    with pytest.raises(WrongLine):  # the last entry of y is cut off
        derive(line, given(ZEROS_BETWEEN.replace("(o - 1) + 1", "(o - 1)")))


def test_the_least_value_of_a_number_is_known_only_where_each_sign_is():
    i, j = Symbol("i", integer=True), Symbol("j", integer=True)
    s, c = Symbol("s", integer=True, positive=True), Symbol("c", integer=True)
    ranges = {i: (0 * s, s - 1), j: (i, i + 3)}
    assert nonnegative(s * i, ranges) and nonnegative(s - 1 - i, ranges) and nonnegative(j + 0 * i, ranges)
    assert not nonnegative(i - 1, ranges) and not nonnegative(c * i, ranges) and not nonnegative(i * i - i, ranges)
    assert not nonnegative((s - 2) * i, ranges)


def test_two_deltas_of_one_index_with_different_numbers_exclude_each_other():
    setting = given(r"m = 5, 4 \quad n = 4, 5 \\ G \in \mathbb{R}^{m \times n}, \epsilon \in \mathbb{R}")
    line = derive(r"G_{ij} + \epsilon \delta_{j,3} \delta_{j,2} = G_{ij}", setting)
    assert line.verdict == "proved for every size"
    with pytest.raises(WrongLine):
        derive(r"G_{ij} + \epsilon \delta_{i,3} \delta_{j,2} = G_{ij}", setting)
