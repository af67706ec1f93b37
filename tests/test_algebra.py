"""Arrays have shapes, products are what the shapes call for, and nothing broadcasts but a number."""

import pytest

from nblib import NotationError, ShapeError, WrongLine, derive, given

TEXT = r"""m = 3, 5 \quad n = 2, 4 \quad k = 4, 3
x, u \in \mathbb{R}^{n}, t, v \in \mathbb{R}^{m}, W, V \in \mathbb{R}^{m \times n}
U \in \mathbb{R}^{n \times k}, T \in \mathbb{R}^{m \times n \times k}
Q \in \mathbb{R}^{n \times n}, \alpha, \beta \in \mathbb{R}, p \in \mathbb{R}_{>0}
g : \mathbb{R} \to \mathbb{R}"""


@pytest.fixture(scope="module")
def setting():
    return given(TEXT)


# product: its entries, by indices
PRODUCTS = {
    "number and vector": r"(\alpha x)_i = \alpha x_i",
    "number and matrix": r"(\alpha W)_{ij} = W_{ij} \alpha",
    "matrix and vector": r"(W x)_i = \sum_j W_{ij} x_j",
    "matrix and matrix": r"(W U)_{ij} = \sum_l W_{il} U_{lj}",
    "row and vector": r"x^\top u = \sum_i x_i u_i",
    "vector and row": r"(t x^\top)_{ij} = t_i x_j",
    "row and matrix": r"((t^\top W)^\top)_j = \sum_i t_i W_{ij}",
    "row, matrix, vector": r"t^\top W x = \sum_{i,j} t_i W_{ij} x_j",
    "vector, row, vector": r"(t x^\top u)_i = t_i \sum_j x_j u_j",
    "dot of vectors": r"x \cdot u = \sum_i x_i u_i",
    "inner product of matrices": r"\langle W, V \rangle = \sum_{i,j} W_{ij} V_{ij}",
    "entrywise": r"(W \odot V)_{ij} = W_{ij} V_{ij}",
    "three entrywise": r"(x \odot u \odot x)_i = x_i^2 u_i",
    "entrywise binds last": r"(t \odot W x)_i = t_i \sum_j W_{ij} x_j",
    "transposed product": r"((W U)^\top)_{ij} = \sum_l U_{li} W_{jl}",
    "inverse": r"\sum_j (Q^{-1} Q)_{1j} Q_{j1} = Q_{11}",
    "trace": r"\operatorname{tr}(Q) = \sum_i Q_{ii}",
    "diagonal matrix": r"\operatorname{diag}(x)_{ij} = x_i \delta_{ij}",
    "diagonal of a matrix": r"\operatorname{diag}(Q)_i = Q_{ii}",
    "norm of a matrix": r"\lVert W \rVert^2 = \sum_{i,j} W_{ij}^2",
    "row of a matrix": r"(W_{2,:})_j = W_{2j}",
    "column of a matrix": r"(W_{:,1})_i = W_{i1}",
    "slice of a tensor": r"(T_{i,:,2})_j = T_{ij2} + 0 t_i",
    "function of a vector": r"g(x)_i = g(x_i)",
    "function of a matrix": r"g(W)_{ij} = g(W_{ij})",
    "number plus matrix": r"(1 - W)_{ij} = 1 - W_{ij}",
    "vector over a number": r"\bigl(\frac{x}{p}\bigr)_i = \frac{x_i}{p}",
    "indicator of a vector": r"\mathbb{1}[x > 0]_i = \mathbb{1}[x_i > 0]",
    "maximum of vectors": r"\max(x, u)_i = \max(x_i, u_i)",
    "maximum over an index": r"\max_i x_i = \max(x)",
    "softmax sums to one": r"\sum_i \operatorname{softmax}(x)_i = 1",
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_an_array_has_its_entries(setting, name):
    assert derive(PRODUCTS[name], setting).verdict.startswith("proved")


@pytest.mark.parametrize("name", PRODUCTS)
def test_other_entries_are_refused(setting, name):
    left, right = PRODUCTS[name].split(" = ")
    with pytest.raises((WrongLine, NotationError)):
        derive(f"{left} = 2 ({right}) + 1", setting)


# text: the shapes that the message names
MISFITS = {
    "x u": "a vector of n times a vector of n",
    "x t": "a vector of n times a vector of m",
    "W t": "a m × n matrix times a vector of m",
    "W V": "a m × n matrix times a m × n matrix",
    "x W": "a vector of n times a m × n matrix",
    r"x^\top t": "row",
    r"x^\top W": "row",
    r"x + t": "a vector of m cannot be added to a vector of n",
    r"x + x^\top": "row",
    r"W + W^\top": "a n × m matrix cannot be added to a m × n matrix",
    r"W + x": "a vector of n cannot be added to a m × n matrix",
    r"x \odot t": r"\odot between a vector of n and a vector of m",
    r"W \odot x": r"\odot between a m × n matrix and a vector of n",
    r"2 \odot x": r"\odot between a number and a vector of n",
    r"x \cdot t": "inner product of a vector of n and a vector of m",
    r"\langle W, Q \rangle": "inner product of a m × n matrix and a n × n matrix",
    r"\frac{x}{u}": "division by a vector of n",
    r"\frac{1}{W}": "division by a m × n matrix",
    r"x^2": "a power of a vector of n",
    r"2^x": "exponent is a number",
    r"W^{-1}": "a m × n matrix has no inverse",
    r"\sqrt{x}": "a square root of a vector of n",
    r"\operatorname{tr}(W)": "the trace of a m × n matrix",
    r"\operatorname{diag}(W)": "diag of a m × n matrix",
    r"\operatorname{softmax}(W)": "softmax of a m × n matrix",
    r"T^\top": "transpose of a m × n × k array",
    r"T x": "array times a vector of n",
    r"x_{1,2}": "for a vector",
    r"W_{1}": "for a matrix",
    r"T_{12}": "for an array with 3 axes",
    r"\alpha_1": "a number has no entries",
    r"\max(x, t)": "a vector of m cannot be compared with a vector of n",
    r"\mathbb{1}[x > t]": "a vector of m cannot be compared with a vector of n",
    r"\sum_i W_{ij} x_i t_j": "runs over",
    r"\frac{\partial}{\partial W}(W x)": "3 axes",
}


@pytest.mark.parametrize("text", MISFITS)
def test_shapes_that_do_not_fit_are_named(setting, text):
    with pytest.raises(ShapeError) as caught:
        derive(rf"{text} = {text}", setting)
    assert MISFITS[text] in str(caught.value) and "^" in str(caught.value)


def test_sizes_that_are_alike_in_number_are_still_two_sizes():
    exact = given(
        r"m = 3 \text{ exactly} \quad n = 3 \text{ exactly} "
        r"\\ x \in \mathbb{R}^{n}, t \in \mathbb{R}^{m}, W \in \mathbb{R}^{m \times n}"
    )
    for text in ("x + t", "W t", r"W + W^\top"):
        with pytest.raises(ShapeError):
            derive(f"{text} = {text}", exact)


@pytest.mark.parametrize("line", [r"x = 0", r"W = \alpha", r"\alpha = x", r"x^\top = x", r"x_i = x"])
def test_the_two_sides_have_one_shape(setting, line):
    with pytest.raises(NotationError):
        derive(line, setting)


def test_the_indicator_of_the_maximum_at_two_entries():
    setting = given(r"n = 2, 3 \\ x \in \mathbb{R}^{n}")
    line = r"\frac{\partial}{\partial x_i}(\max_k x_k) = \mathbb{1}[x_i = \max_k x_k]"
    assert derive(line, setting).verdict.startswith("proved")


@pytest.mark.parametrize(
    "text",
    [
        r"\sum_{i=1}^{100000} \alpha",
        r"\alpha^{1000}",
        r"2^{100000}",
        r"\sum_{i=1}^{\alpha} i",
        r"\sum_{i=1}^{1/2} \alpha",
        r"x_{\alpha}",
        r"x_{1/2}",
        r"\log(-2)",
    ],
)
def test_what_cannot_be_written_out_is_refused(setting, text):
    with pytest.raises(NotationError):
        derive(rf"\alpha = {text}", setting)


@pytest.mark.parametrize(
    "line",
    [
        r"\mathbb{1}[\sqrt{3} > 1] = 1",
        r"\mathbb{1}[\sigma(2) > 1] = 0",
        r"\mathbb{1}[\max(2, \log 3, 1) > 1] = 1",
        r"\mathbb{1}[\pi > 3] = 1",
        r"\mathbb{1}[m > n] = 1 - \mathbb{1}[m \le n]",
        r"\lfloor \sqrt{3} \rfloor = 1",
        r"\lceil \frac{m}{2} \rceil + \lfloor \frac{m}{2} \rfloor = m",
    ],
)
def test_numbers_are_compared(setting, line):
    assert derive(line, setting).verdict in ("proved for every size", "proved", "sampled")
    with pytest.raises(WrongLine):
        derive(line + " + 1", setting)


@pytest.mark.parametrize("line", [r"\mathbb{1}[g(2) > 0] = \mathbb{1}[g(2) > 0]", r"\lfloor g(1) \rfloor = 1"])
def test_a_number_of_which_nothing_is_known_is_no_crash(setting, line):
    try:
        derive(line, setting)
    except (WrongLine, NotationError):
        pass


def test_the_square_of_a_length_of_numbers_is_a_number():
    column = r"\begin{bmatrix} 3 \\ 4 \end{bmatrix}"
    square = rf"\left\lVert {column} \right\rVert^2"
    assert derive(rf"{square} = 25", given(r"x \in \mathbb{R}")).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(rf"{square} = 5", given(r"x \in \mathbb{R}"))


KINK = r"z, y \in \mathbb{R} \\ a := \operatorname{relu}(z)"


@pytest.mark.parametrize(
    "line",
    [
        r"\mathbb{1}[a \le 0] = \mathbb{1}[z \le 0]",
        r"\mathbb{1}[a > 0] \, y = \mathbb{1}[z > 0] \, y",
        r"\mathbb{1}[z \ge 0] = 1 - \mathbb{1}[z < 0]",
    ],
)
def test_a_condition_on_relu_is_one_on_its_argument(line):
    assert derive(line, given(KINK)).verdict == "proved"


@pytest.mark.parametrize(
    "line",
    [
        r"\mathbb{1}[a < 0] = \mathbb{1}[z \le 0]",
        r"\mathbb{1}[a \ge 0] \, y = \mathbb{1}[z > 0] \, y",
        r"\mathbb{1}[a > 0] + \mathbb{1}[a < 0] = 1",
    ],
)
def test_relu_stays_at_zero_where_less_is_not_less_or_equal(line):
    with pytest.raises(WrongLine):
        derive(line, given(KINK))


def test_a_condition_below_a_maximum_is_refused_and_not_dropped():
    for line in (r"\max_{i, j \ne 1} W_{ij} = 0", r"\max_{i \ne 1} W_{i1} = 0"):
        with pytest.raises(NotationError, match="a condition stands below a sum only"):
            derive(line, given(r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}"))
