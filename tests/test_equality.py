"""Two sides are equal when they are proved so; a point at which they differ refutes them; the rest is sampled."""

import pytest

from nblib import NotationError, WrongLine, derive, given

TEXT = r"\alpha, \beta, \gamma \in \mathbb{R}, p, r \in \mathbb{R}_{>0}, q \in (0,1), y \in \{0,1\}, s \in \{-1,1\}"

PROVED = [
    r"(\alpha + \beta)^3 = \alpha^3 + 3 \alpha^2 \beta + 3 \alpha \beta^2 + \beta^3",
    r"\frac{1}{p} - \frac{1}{p + 1} = \frac{1}{p (p + 1)}",
    r"\frac{q}{1 - q} + 1 = \frac{1}{1 - q}",
    r"1 - \sigma(\alpha) = \sigma(-\alpha)",
    r"\sigma(\alpha) = \frac{1}{1 + e^{-\alpha}}",
    r"\tanh(\alpha) = \frac{e^\alpha - e^{-\alpha}}{e^\alpha + e^{-\alpha}}",
    r"\sigma(2 \alpha) = \frac{1 + \tanh(\alpha)}{2}",
    r"e^{2 \alpha} = e^{\alpha} e^{\alpha}",
    r"\log(p r) - \log r = \log p",
    r"e^{\log p} = p",
    r"\sqrt{p r^2} = r \sqrt{p}",
    r"\sin(\alpha)^2 + \cos(\alpha)^2 = 1",
    r"\operatorname{relu}(\alpha) - \operatorname{relu}(-\alpha) = \alpha",
    r"\operatorname{relu}(p \alpha) = p \operatorname{relu}(\alpha)",
    r"\max(\alpha, \beta) = \frac{\alpha + \beta + |\alpha - \beta|}{2}",
    r"\max(\alpha, \beta, \gamma) = \max(\gamma, \alpha, \beta)",
    r"|\alpha| = \max(\alpha, -\alpha)",
    r"\log(1 + e^{\alpha}) = \max(\alpha, 0) + \log(1 + e^{-|\alpha|})",
    r"y^2 = y",
    r"s^2 = 1",
    r"y (1 - y) = 0",
]


@pytest.fixture(scope="module")
def numbers():
    return given(TEXT)


TRUE_BUT_HARD = {
    r"\operatorname{relu}(p \alpha) = p \operatorname{relu}(\alpha)",
    r"\sqrt{p r^2} = r \sqrt{p}",
    r"\max(\alpha, \beta, \gamma) = \max(\gamma, \alpha, \beta)",
    r"\log(1 + e^{\alpha}) = \max(\alpha, 0) + \log(1 + e^{-|\alpha|})",
}


@pytest.mark.parametrize("line", PROVED)
def test_an_identity_is_accepted(numbers, line):
    verdict = derive(line, numbers).verdict
    assert verdict.startswith("proved") or (line in TRUE_BUT_HARD and verdict == "sampled")


@pytest.mark.parametrize("line", PROVED)
@pytest.mark.parametrize("change", [" + 1", r" + \alpha", r" + \frac{\beta}{1000}"])
def test_a_changed_identity_is_refused(numbers, line, change):
    with pytest.raises(WrongLine):
        derive(line + change, numbers)


@pytest.mark.parametrize(
    "line",
    [
        r"\max(\alpha - 3, 0) = 0",
        r"\max(\alpha, 100) = 100",
        r"\mathbb{1}[\alpha > 100] = 0",
        r"|\alpha + 50| = \alpha + 50",
        r"\operatorname{relu}(\alpha - 7)^2 = 0",
    ],
)
def test_a_line_that_fails_beyond_a_kink_is_refuted(numbers, line):
    with pytest.raises(WrongLine):
        derive(line, numbers)


RECTIFIED = r"n = 4, 2 \\ c \in \mathbb{R}^{n} \\ a := \operatorname{relu}(c), M := \max_i a_i"


@pytest.mark.parametrize(
    "line",
    [
        r"M = \operatorname{relu}(\max_i c_i)",
        r"\mathbb{1}[a_i > 0] = \mathbb{1}[c_i > 0]",
        r"\mathbb{1}[a_i \ge 0] = 1",
        r"\mathbb{1}[a_i \le 0] = \mathbb{1}[c_i \le 0]",
        r"\sum_i \mathbb{1}[a_i = \max_j a_j] a_i c_i = M \sum_i \mathbb{1}[a_i = \max_j a_j] c_i",
    ],
)
def test_a_step_behind_a_relu_is_proved(line):
    assert derive(line, given(RECTIFIED)).verdict.startswith("proved")


@pytest.mark.parametrize(
    "line",
    [
        r"\mathbb{1}[a_i > 0] = 1",
        r"\mathbb{1}[a_i > 0] + \mathbb{1}[a_i < 0] = 1",
        r"\mathbb{1}[a_i > a_j] + \mathbb{1}[a_j > a_i] = 1 - \delta_{ij}",
        r"\sum_i \mathbb{1}[a_i = \max_j a_j] = 1",
        r"\mathbb{1}[M > 0] = 1",
    ],
)
def test_what_fails_where_a_relu_is_flat_is_refused(line):
    """With a taken as any number these hold; but a is exactly 0 at half of all points."""
    with pytest.raises(WrongLine):
        derive(line, given(RECTIFIED))


def test_a_piece_that_few_points_meet_is_met():
    """Four products are negative at one point in sixteen."""
    text = r"n = 4 \text{ exactly} \\ x, w \in \mathbb{R}^{n} \\ c := w \odot x, a := \operatorname{relu}(c)"
    with pytest.raises(WrongLine):
        derive(r"\sum_i \mathbb{1}[a_i = \max_j a_j] = 1", given(text))


@pytest.mark.parametrize(
    "line", [r"y_1 y_2 y_3 y_4 y_5 = 0", r"\sum_i y_i \ge 1", r"\sum_i y_i < n", r"\prod_i (1 - y_i) = 0"]
)
def test_binary_values_are_all_tried(line):
    with pytest.raises(WrongLine):
        derive(line, given(r"n = 5, 7 \\ y \in \{0,1\}^{n}"))


@pytest.mark.parametrize(
    "line",
    [
        r"m - n = 1",
        r"(m - 3) (m - 5) = 0",
        r"\frac{1}{n + 1} \sum_i t_i = \frac1m \sum_i t_i",
        r"\sum_i t_i m = \sum_i t_i (n + 1)",
    ],
)
def test_a_relation_between_the_sizes_at_hand_is_no_identity(line):
    with pytest.raises(WrongLine):
        derive(line, given(r"m = 3, 5 \quad n = 2, 4 \\ t \in \mathbb{R}^{m}, x \in \mathbb{R}^{n}"))


def test_definitions_are_unfolded_only_where_that_is_needed():
    setting = given(
        r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ f : \mathbb{R} \to \mathbb{R} \\ z_i := f(x_i) "
        r"\\ v_i := f(z_i) \\ u_i := f(v_i)"
    )
    assert derive(r"u_i^2 - 1 = (u_i - 1) (u_i + 1)", setting).verdict == "proved for every size"
    assert derive(r"u_i = f(f(f(x_i)))", setting).verdict == "proved for every size"
    with pytest.raises(WrongLine):
        derive(r"u_i = f(f(x_i))", setting)


def test_an_assumption_is_used_and_only_where_it_was_made():
    assert derive(
        r"(1 - \sum_k y_k) p = 0", given(r"K = 3, 5 \\ y \in (0,1)^{K}, p \in \mathbb{R} \\ \sum_k y_k = 1")
    ).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"(1 - \sum_k y_k) p = 0", given(r"K = 3, 5 \\ y \in (0,1)^{K}, p \in \mathbb{R}"))


@pytest.mark.parametrize(
    "line",
    [
        r"\log(-p) = 0",
        r"\sqrt{-1 - \alpha^2} = 0",
        r"\frac{1}{\alpha - \alpha} = 1",
        r"\log(\sigma(\alpha) - 2) = \alpha",
    ],
)
def test_sides_that_have_no_value_anywhere_are_an_error(numbers, line):
    with pytest.raises(NotationError):
        derive(line, numbers)


def test_equality_is_told_to_thirty_digits(numbers):
    with pytest.raises(WrongLine):
        derive(r"\alpha = \alpha + \frac{1}{10^{25}}", numbers)


def test_a_long_product_stays_quick():
    """A square loss over ten layers, unexpanded: identical by construction."""
    layers = "".join(
        rf"\\ z^{{[{k + 1}]}} := W a^{{[{k}]}} \\ a^{{[{k + 1}]}} := f(z^{{[{k + 1}]}})" for k in range(10)
    )
    setting = given(
        r"n = 3, 4 \\ W \in \mathbb{R}^{n \times n}, a^{[0]}, y \in \mathbb{R}^{n} \\ f : \mathbb{R} \to \mathbb{R} "
        + layers
        + r"\\ L := \frac12 \lVert a^{[10]} - y \rVert^2"
    )
    result = derive(
        (
            r"\frac{\partial L}{\partial z^{[4]}} = \bigl(W^\top \frac{\partial L}{\partial "
            r"z^{[5]}}\bigr) \odot f'(z^{[4]})"
        ),
        setting,
    )
    assert result.verdict.startswith("proved") and result.lines[0].seconds < 2


ZERO = r"(\alpha + 1)^2 - \alpha^2 - 2 \alpha - 1"


@pytest.mark.parametrize(
    "line",
    [
        rf"\frac{{\beta}}{{{ZERO}}} = \frac{{2 \beta}}{{2 ({ZERO})}}",
        rf"\frac{{1}}{{{ZERO}}} = 7",
        r"\frac{1}{\sin(\alpha)^2 + \cos(\alpha)^2 - 1} = \beta",
    ],
)
def test_a_denominator_that_is_zero_everywhere_is_an_error(numbers, line):
    with pytest.raises(NotationError):
        derive(line, numbers)


@pytest.mark.parametrize(
    "line", [r"\log(\alpha^2) = 2 \log \alpha", r"e^{\log \alpha} = \alpha", r"\sqrt{\alpha}^2 = \alpha"]
)
def test_a_side_without_a_value_is_told(numbers, line):
    """True wherever both sides have a value, and for α < 0 one has none."""
    checked = derive(line, numbers).lines[0]
    assert "all real values" not in checked.detail and "every value" not in checked.detail.split("wherever")[0]
