"""`derive` gives each line one verdict, `refute` passes only on what is false, and neither is fooled."""

import json

import pytest

from nblib import NotationError, ShapeError, WrongLine, derive, given, refute
from nblib.derivation import NotRefuted

LAYER = r"""m = 3, 5 \quad n = 2, 4
x \in \mathbb{R}^{n}, \; W \in \mathbb{R}^{m \times n}, \; b \in \mathbb{R}^{m}, \; t \in \mathbb{R}^{m}
g : \mathbb{R} \to \mathbb{R}
z := W x + b
a := g(z)
E := \tfrac12 \sum_i (a_i - t_i)^2"""

GRADIENT = r"""\frac{\partial E}{\partial W}
  &= \frac{\partial E}{\partial z}\, x^\top          && \text{each } z_i \text{ meets only row } i \\
  &= \bigl((a - t) \odot g'(z)\bigr)\, x^\top        && \text{chain rule through } a"""


@pytest.fixture(scope="module")
def layer():
    return given(LAYER)


@pytest.fixture(scope="module")
def numbers():
    return given(r"\alpha, \beta \in \mathbb{R}, p \in \mathbb{R}_{>0}, q \in (0,1), y \in \{0,1\}")


# ---- the design's own example


def test_derive_accepts_the_gradient_of_a_dense_layer(layer):
    result = derive(GRADIENT, layer, name="eq-dense-dW")
    assert [line.verdict for line in result.lines] == ["proved for every size"] * 2
    assert result.lines[0].reason == r"\text{each } z_i \text{ meets only row } i"
    assert result.lines[1].left == "" and result.lines[1].right == r"\bigl((a - t) \odot g'(z)\bigr)\, x^\top"


def test_derive_rejects_a_missing_hadamard_product(layer):
    with pytest.raises(ShapeError, match="⊙"):
        derive(GRADIENT.replace(r"(a - t) \odot g'(z)", r"(a - t) g'(z)"), layer)


def test_the_line_of_a_mistake_is_named(layer):
    with pytest.raises(WrongLine) as caught:
        derive(GRADIENT.replace("a - t", "t - a"), layer, name="eq-dense-dW")
    assert str(caught.value).startswith("eq-dense-dW, line 2")
    assert caught.value.line == 2 and caught.value.label == "eq-dense-dW"


def test_two_lines_from_the_command_line():
    s = given(
        r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n} "
        r"\\ z := W x \\ E := \tfrac12 \sum_i z_i^2"
    )
    assert derive(r"\frac{\partial E}{\partial W} &= z x^\top", s).verdict.startswith("proved")
    with pytest.raises((ShapeError, WrongLine), match="transpose"):
        derive(r"\frac{\partial E}{\partial W} &= x z^\top", s)


# ---- verdicts


@pytest.mark.parametrize(
    "line, verdict",
    [
        (r"E = \frac12 \lVert a - t \rVert^2", "proved for every size"),
        (r"\frac{\partial E}{\partial a} = a - t", "proved for every size"),
        (r"\prod_{i=1}^{m} a_i = a_1 \prod_{i=2}^{m} a_i", "proved"),
        (r"r := a - t", "definition"),
        (r"W \leftarrow W - x_1 \frac{\partial E}{\partial W}", "definition"),
    ],
)
def test_a_line_carries_its_verdict(layer, line, verdict):
    assert derive(line, layer).lines[0].verdict == verdict


def test_proved_names_the_sizes(layer):
    detail = derive(r"\prod_{i=1}^{m} a_i = a_1 \prod_{i=2}^{m} a_i", layer).lines[0].detail
    assert "(3, 2), (5, 4)" in detail


# true, but only for the numbers at hand: no law that nblib knows proves these
UNPROVED = [r"\sqrt{\alpha^2} = |\alpha|", r"\arctan(p) + \arctan(1/p) = \frac{\pi}{2}"]


@pytest.mark.parametrize("line", UNPROVED[1:])
def test_sampled_says_at_how_many_points(numbers, line):
    checked = derive(line, numbers).lines[0]
    assert checked.verdict == "sampled"
    assert checked.points >= 4 and f"{checked.points}" in checked.detail


def test_an_inequality_that_is_not_proved_says_at_how_many_points(numbers):
    checked = derive(r"\sin(\alpha) \le 1", numbers).lines[0]
    assert checked.verdict in ("proved", "sampled")
    if checked.verdict == "sampled":
        assert str(checked.points) in checked.detail


def test_an_assumption_is_stated_and_not_derived():
    setting = given(r"K = 3, 5 \\ y \in (0,1)^{K} \\ \sum_k y_k = 1")
    assert [d["kind"] for d in setting.declarations][-1] == "assumption"


def test_the_verdict_of_a_derivation_is_the_weakest_of_its_lines(layer, numbers):
    mixed = derive(r"\prod_{i=1}^{m} a_i = a_1 \prod_{i=2}^{m} a_i \\ E &= \frac12 \lVert a - t \rVert^2", layer)
    assert [line.verdict for line in mixed.lines] == ["proved", "proved for every size"] and mixed.verdict == "proved"
    weak = derive(r"\alpha = \alpha \\ " + UNPROVED[1], numbers)
    assert weak.verdict == "sampled"


def test_a_definition_inside_a_derivation(numbers):
    result = derive(r"r := \alpha - \beta \\ r^2 &= (\beta - \alpha)^2", numbers)
    assert result.lines[0].verdict == "definition"
    with pytest.raises(WrongLine):
        derive(r"r := \alpha - \beta \\ r^2 &= (\beta + \alpha)^2", numbers)
    with pytest.raises(NotationError, match="r is not declared"):
        derive(r"r^2 = r^2", numbers)  # the name ends with its derivation


WRONG = [
    r"\alpha = \beta",
    r"\alpha = \alpha + 1",
    r"\alpha = \alpha + \frac{1}{10^{12}}",
    r"\max(\alpha, 0) = \alpha",
    r"\max(\alpha - 3, 0) = 0",
    r"\max(\alpha, 100) = 100",
    r"\mathbb{1}[\alpha > 100] = 0",
    r"|\alpha - 50| = 50 - \alpha",
    r"\alpha \le 100",
    r"\alpha^2 < 1000",
    r"\alpha^2 \ge \alpha",
    r"e^{\alpha} > \frac{1}{1000}",
    r"\sigma(\alpha) < \frac{999}{1000}",
    r"q < 0.999",
    r"q > 0.001",
    r"p > 0.001",
    r"\alpha e^{-100} = 0",
    r"\alpha + \frac{1}{10^{35}} = \alpha",
    r"y = 0",
    r"y^2 = 2 y",
    r"\sqrt{\alpha^2} = \alpha",
    r"\log(\alpha^2) = \log \alpha",
    r"\sin(\alpha) = \alpha - \frac{\alpha^3}{6}",
    r"\cos(2\alpha) = \cos(\alpha)^2 + \sin(\alpha)^2",
    r"e^\alpha = 1 + \alpha + O(\alpha^3)",
]


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_never_gets_a_verdict(numbers, line):
    with pytest.raises(WrongLine):
        derive(line, numbers)


@pytest.mark.parametrize("line", WRONG)
def test_what_is_wrong_is_refuted(numbers, line):
    refuted = refute(line, numbers)
    assert refuted.lines[-1].verdict == "wrong" and refuted.record["verdict"] == "wrong"


@pytest.mark.parametrize("n", [3, 5])
def test_binary_values_are_all_tried(n):
    setting = given(rf"n = {n}, {n + 2} \\ y \in \{{0,1\}}^{{n}}")
    with pytest.raises(WrongLine):
        derive(rf"\prod_{{k=1}}^{{{n}}} y_k = 0", setting)


# ---- refute


def test_refute_passes_when_a_line_is_false(layer):
    refuted = refute(GRADIENT.replace("a - t", "t - a"), layer, name="eq-wrong")
    assert [line.verdict for line in refuted.lines] == ["proved for every size", "wrong"]
    assert refuted.slip == "differs by the factor −1"


def test_refute_passes_when_the_shapes_do_not_fit(layer):
    refuted = refute(r"\frac{\partial E}{\partial W} &= x \frac{\partial E}{\partial z}^\top", layer)
    assert refuted.record["refutation"]["line"] == 1 and "n × m" in refuted.record["refutation"]["message"]


def test_refute_rejects_what_is_true(layer):
    with pytest.raises(NotRefuted, match="every line holds"):
        refute(GRADIENT, layer)


def test_refute_rejects_what_cannot_be_read(layer):
    with pytest.raises(NotationError):
        refute(r"E = \kappa", layer)


# ---- traps


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial t}{\partial x} = 0",
        r"\frac{\partial W}{\partial x_1} = 0",
        r"\frac{\partial x}{\partial z} = 0",
        r"\frac{\partial t_i}{\partial W_{jk}} = 0",
        r"\frac{\partial (x^\top x)}{\partial t} = 0",
    ],
)
def test_a_zero_derivative_is_no_proof(layer, line):
    """MatrixSymbol.diff returns 0 where it cannot see a dependence; here there is none, and the line says nothing."""
    with pytest.raises(NotationError):
        derive(line, layer)


def test_a_derivative_that_is_not_zero_is_not_taken_for_zero(layer):
    with pytest.raises((WrongLine, ShapeError)):
        derive(r"\frac{\partial E}{\partial W_{11}} = 0", layer)


@pytest.mark.parametrize(
    "line",
    [
        "x + W = W",
        "t + x = t",
        "b = b_1",
        r"x = 0",
        r"W = 1",
        r"z = (W x + b) \odot 1",
        r"x^\top + x = 2 x",
        r"W + b = W",
        r"\lVert x \rVert^2 = x x",
        r"W \odot x = W",
    ],
)
def test_nothing_broadcasts(layer, line):
    with pytest.raises(NotationError):
        derive(line, layer)


def test_a_number_is_added_to_each_entry(layer):
    assert derive("(1 - t)_i = 1 - t_i", layer).verdict == "proved for every size"


LAZY = {
    "c = 0 (d2l PR 2657)": (
        r"n = 2, 3 \\ Q \in \mathbb{R}^{n \times n} \text{ symmetric}, x, c \in \mathbb{R}^{n}, b \in \mathbb{R}",
        (
            r"\frac12 x^\top Q x + x^\top c + b = \frac12 (x - Q^{-1} c)^\top Q (x - Q^{-1} c) + b - "
            r"\frac12 c^\top Q^{-1} c"
        ),
        (
            r"\frac12 x^\top Q x + x^\top c + b = \frac12 (x + Q^{-1} c)^\top Q (x + Q^{-1} c) + b - "
            r"\frac12 c^\top Q^{-1} c"
        ),
    ),
    "square matrices (cs231n 229)": (
        (
            r"N = 3, 5 \quad D = 2, 4 \quad C = 4, 3 \\ X \in \mathbb{R}^{N \times D}, W \in "
            r"\mathbb{R}^{D \times C}, G \in \mathbb{R}^{N \times C} \\ Y := X W "
            r"\\ L := \sum_{i,j} G_{ij} Y_{ij}"
        ),
        r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} X^\top",
        r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} W^\top",
    ),
    "n_in = n_out (cs249r 1161)": (
        r"n = 3, 5 \quad m = 2, 4",
        r"\sqrt{\frac{1}{n}} = \sqrt{\frac{2}{n + m}}",
        r"\sqrt{\frac{2}{n + m}}^2 = \frac{2}{m + n}",
    ),
    "dilation 1 (pytorch 14099)": (
        r"I, s, p, k, d_1, r \in \mathbb{R}",
        r"(I - 1) s - 2 p + d_1 (k - 1) + r + 1 = (I - 1) s - 2 p + k + r",
        r"(I - 1) s - 2 p + (k - 1) + r + 1 = (I - 1) s - 2 p + k + r",
    ),
    "k = d (matconvnet 1010)": (
        r"k, f \in \mathbb{R}",
        r"f (k - 1) + 1 = k (f - 1) + 1",
        r"f (k - 1) + 1 = f k - f + 1",
    ),
    "zero residual (Neuromatch 176)": (
        r"w, x, y \in \mathbb{R} \\ \ell := (y - w x)^2",
        r"\frac{\partial \ell}{\partial w} = 2 (y - w x) x",
        r"\frac{\partial \ell}{\partial w} = -2 (y - w x) x",
    ),
    "one-hot labels (softmax)": (
        (
            r"K = 3, 4 \\ z \in \mathbb{R}^{K}, y \in (0,1)^{K} \\ p := \operatorname{softmax}(z) "
            r"\\ L := -\sum_k y_k \log p_k"
        ),
        r"\frac{\partial L}{\partial z_k} = p_k - y_k",
        r"\frac{\partial L}{\partial z_k} = \sum_j y_j p_k - y_k",
    ),
    "stride 1": (
        (
            r"n = 7, 12 \quad k = 2, 4 \quad s = 2 \text{ exactly} "
            r"\\ o = \lfloor (n - k)/s \rfloor + 1 \\ x \in \mathbb{R}^{n}, w \in \mathbb{R}^{k}, c \in "
            r"\mathbb{R}^{o} \\ c_i := \sum_{p=1}^{k} w_p x_{s (i - 1) + p}"
        ),
        r"\frac{\partial c_i}{\partial w_p} = x_{i + p - 1}",
        r"\frac{\partial c_i}{\partial w_p} = x_{s i - s + p}",
    ),
    "a symmetric matrix": (
        r"n = 3, 5 \\ A \in \mathbb{R}^{n \times n}, x \in \mathbb{R}^{n} \\ f := x^\top A x",
        r"\frac{\partial f}{\partial x} = 2 A x",
        r"\frac{\partial f}{\partial x} = (A + A^\top) x",
    ),
}


@pytest.mark.parametrize("case", LAZY)
def test_a_lazy_point_does_not_let_a_wrong_line_pass(case):
    text, wrong, right = LAZY[case]
    setting = given(text)
    with pytest.raises((WrongLine, ShapeError)):
        derive(wrong, setting)
    assert derive(right, setting).verdict.startswith("proved")


def test_false_alarms_are_accepted():
    """BVLC/caffe 3912: two forms of the batch-normalization gradient; mnielsen PR 77: no σ' in the output error."""
    norm = given(r"m = 3, 4 \\ g, v \in \mathbb{R}^{m}, s \in \mathbb{R}_{>0}, \gamma \in \mathbb{R}")
    assert derive(
        (
            r"\frac{\gamma}{m s} \Bigl(m g_i - \sum_j g_j - v_i \sum_j g_j v_j\Bigr) = \frac{\gamma}{s} "
            r"\Bigl(g_i - \frac1m \sum_j g_j - \frac{v_i}{m} \sum_j g_j v_j\Bigr)"
        ),
        norm,
    ).verdict.startswith("proved")
    unit = given(r"z \in \mathbb{R}, y \in (0,1) \\ a := \sigma(z) \\ L := -y \log a - (1 - y) \log(1 - a)")
    assert derive(r"\frac{\partial L}{\partial z} = a - y", unit).verdict.startswith("proved")


# ---- records


def test_the_record_of_a_derivation_is_what_was_typed_and_found(layer):
    record = derive(GRADIENT, layer, name="eq-dense-dW").record
    assert json.loads(json.dumps(record)) == record
    assert record["kind"] == "derivation" and record["name"] == "eq-dense-dW" and record["source"] == GRADIENT
    assert record["sizes"] == [{"m": 3, "n": 2}, {"m": 5, "n": 4}] and record["verdict"] == "proved for every size"
    first = record["lines"][0]
    assert first["left"] == r"\frac{\partial E}{\partial W}" and first["relation"] == "=" and first["points"] == 0
    assert set(first) == {"left", "relation", "right", "reason", "verdict", "detail", "points"}


def test_the_record_of_a_refutation_has_its_counterexample(numbers):
    record = refute(r"\alpha^2 - \beta^2 = (\alpha - \beta)^2", numbers).record
    shown = record["refutation"]
    assert json.loads(json.dumps(record)) == record
    assert shown["line"] == 1 and set(shown["counterexample"]) == {r"\alpha", r"\beta"}
    a, b = (int(shown["counterexample"][name]) for name in (r"\alpha", r"\beta"))
    assert int(shown["left"]) == a**2 - b**2 and int(shown["right"]) == (a - b) ** 2


def test_records_are_the_same_each_time(layer):
    first, second = (refute(GRADIENT.replace("a - t", "t - a"), given(LAYER)).record for _ in range(2))
    assert first == second


def test_seconds_stand_beside_the_record(layer):
    data, metadata = derive(GRADIENT, layer)._repr_mimebundle_()
    assert len(metadata["nblib"]["seconds"]) == 2
    assert "seconds" not in json.dumps(data["application/vnd.nblib.derivation+json"])


def test_a_derivation_knows_what_it_differentiates_by(layer):
    assert derive(GRADIENT, layer).variable == "W"
    assert derive(r"E = \frac12 \lVert a - t \rVert^2", layer).variable is None


@pytest.mark.parametrize("line", [r"\alpha := \beta", r"\alpha := \beta \\ \alpha &= \beta", r"p := -1 \\ p &= -1"])
def test_a_definition_inside_a_derivation_needs_a_new_name(numbers, line):
    """Otherwise an assumption could pass for a definition."""
    with pytest.raises(NotationError):
        derive(line, numbers)
