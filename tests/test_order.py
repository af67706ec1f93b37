"""Inequalities are proved by signs or held against points of all magnitudes; approximations go order by order."""

import pytest

from nblib import NotationError, WrongLine, derive, given

TEXT = r"\alpha, \beta, h \in \mathbb{R}, p \in \mathbb{R}_{>0}, q \in (0,1) \\ f : \mathbb{R} \to \mathbb{R}"


@pytest.fixture(scope="module")
def numbers():
    return given(TEXT)


@pytest.mark.parametrize(
    "line",
    [
        r"\alpha^2 \ge 0",
        r"\alpha^2 + \beta^2 \ge 2 \alpha \beta",
        r"\alpha^2 + 1 > 0",
        r"-\alpha^4 \le 0",
        r"p + q > 0",
        r"\sqrt{p} > 0",
        r"q (1 - q) \le \frac14",
        r"0 < \sigma(\alpha) < 1",
        r"\sigma(\alpha) (1 - \sigma(\alpha)) \le \frac14",
        r"e^{\alpha} > 0",
        r"|\alpha| \ge 0",
        r"\operatorname{relu}(\alpha) \ge 0",
        r"\tanh(\alpha)^2 \le 1",
        r"4 (\alpha + \beta)^2 \le (3\alpha + 3\beta)^2",
        r"\sigma(\alpha) (1 - \sigma(\alpha)) \sigma(\beta) < 1",
        r"1 - q^2 \sigma(\alpha) > 0",
        r"\log 3 > 1",
        r"p + \log 3 > 1",
        r"\sigma'(\alpha) < \frac1e",
        r"\sigma'(\alpha) < \frac{2}{e + 5}",
    ],
)
def test_an_inequality_is_proved(numbers, line):
    assert derive(line, numbers).verdict == "proved"


@pytest.mark.parametrize(
    "line",
    [
        r"\alpha^2 > 0.0001",
        r"\alpha^2 \ge \alpha",
        r"\alpha^3 \ge 0",
        r"p \ge 1",
        r"\sqrt{q} \ge 1",
        r"q (1 - q) \le \frac15",
        r"\sigma(\alpha) (1 - \sigma(\alpha)) < \frac15",
        r"e^{\alpha} \ge 1 + \alpha + \frac12 \alpha^2",
        r"|\alpha| > \alpha",
        r"\alpha < \beta",
        r"\operatorname{relu}(\alpha) > 0",
        r"4 (\alpha + \beta)^2 \le (\alpha + 3\beta)^2",
        r"2 \sigma(\alpha) \sigma(\beta) < 1",
        r"1 - p \, q > 0",
        r"\log 3 > 1.0987",
        r"\sigma'(\alpha) < \frac{2}{e + 5.3}",
        r"\lvert \alpha + \beta \rvert \ge |\alpha|",
    ],
)
def test_a_wrong_inequality_is_refused(numbers, line):
    with pytest.raises(WrongLine):
        derive(line, numbers)


@pytest.mark.parametrize(
    "line",
    [
        r"\alpha \le 100",
        r"\alpha^2 < 1000",
        r"p < 500",
        r"e^{\alpha} > \frac{1}{1000}",
        r"\alpha > -40",
        r"p > \frac{1}{500}",
        r"\sigma(\alpha) < 0.999",
        r"q < 0.999",
    ],
)
def test_a_bound_that_large_numbers_break_is_refused(numbers, line):
    with pytest.raises(WrongLine):
        derive(line, numbers)


def test_a_bound_that_only_small_entries_of_an_array_break_is_refused():
    """Scaled together: the left side is of the second degree in v, the right side of the third."""
    setting = given(r"K = 3, 4 \\ z, v \in \mathbb{R}^{K} \\ p := \operatorname{softmax}(z)")
    variance = r"v^\top (\operatorname{diag}(p) - p p^\top) v"
    with pytest.raises(WrongLine):
        derive(variance + r" \le \tfrac12 \lVert v \rVert^3", setting)
    assert derive(variance + r" \le \lVert v \rVert^2", setting).verdict in ("proved", "sampled")


@pytest.mark.parametrize("line", [r"e^\alpha \ge 1 + \alpha", r"\log p \le p - 1", r"\sin(\alpha) \le 1"])
def test_what_is_true_but_not_proved_is_sampled(numbers, line):
    checked = derive(line, numbers).lines[0]
    assert checked.verdict in ("proved", "sampled")
    assert (checked.points >= 30 and str(checked.points) in checked.detail) == (checked.verdict == "sampled")


@pytest.mark.parametrize(
    "line", [r"\sigma(\alpha) < 1", r"\sigma(\alpha) > 0", r"\tanh(\alpha) < 1", r"e^{-\alpha^2} > 0"]
)
def test_rounding_refutes_no_strict_inequality(numbers, line):
    """1 − σ(150) is 0 in fifty digits."""
    assert derive(line, numbers).verdict in ("proved", "sampled")


def test_a_closed_interval_is_not_open():
    setting = given(r"v \in [0, 1]")
    assert derive(r"v \ge 0", setting).verdict == "proved"
    with pytest.raises(WrongLine):
        derive("v > 0", setting)
    with pytest.raises(WrongLine):
        derive("v < 1", setting)


def test_an_assumption_with_equality_is_not_strict():
    setting = given(r"v \in \mathbb{R} \\ v \ge 0")
    assert derive(r"v \ge 0", setting).verdict == "proved"
    with pytest.raises(WrongLine):
        derive("v > 0", setting)


def test_an_assumption_that_is_strict_is_used():
    setting = given(r"v \in \mathbb{R} \\ 0 < v < 1")
    assert derive(r"v^2 < v", setting).verdict in ("proved", "sampled")
    with pytest.raises(WrongLine):
        derive(r"v^2 < v", given(r"v \in \mathbb{R}"))


def test_assumed_sum_keeps_probabilities_positive():
    setting = given(r"K = 3, 4 \\ y \in (0,1)^{K} \\ \sum_k y_k = 1")
    for line in (r"y_k > 0", r"y_k < 1", r"y_k (1 - y_k) \ge 0", r"\sum_k y_k^2 \le 1"):
        assert derive(line, setting).verdict in ("proved", "sampled")
    with pytest.raises(WrongLine):
        derive(r"y_k < \frac12", setting)


def test_an_inequality_holds_for_each_entry():
    setting = given(r"n = 3, 5 \\ x, u \in \mathbb{R}^{n}")
    assert derive(r"2 x_i u_i \le x_i^2 + u_i^2", setting).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(r"x_i u_i \le x_i^2", setting)


def test_array_and_number_are_not_compared():
    with pytest.raises(NotationError):
        derive(r"x \ge 0", given(r"n = 3, 5 \\ x \in \mathbb{R}_{>0}^{n}"))


# ---- orders


@pytest.mark.parametrize(
    "right, wrong",
    [
        (
            r"f(\alpha + h) \approx f(\alpha) + h f'(\alpha) + O(h^2)",
            r"f(\alpha + h) \approx f(\alpha) + h f'(\alpha) + O(h^3)",
        ),
        (
            r"f(\alpha + h) \approx f(\alpha) + h f'(\alpha) + \frac12 h^2 f''(\alpha) + O(h^3)",
            r"f(\alpha + h) \approx f(\alpha) + h f'(\alpha) - \frac12 h^2 f''(\alpha) + O(h^3)",
        ),
        (
            r"f(\alpha + h) - f(\alpha - h) \approx 2 h f'(\alpha) + O(h^3)",
            r"f(\alpha + h) - f(\alpha - h) \approx 2 h f'(\alpha) + O(h^4)",
        ),
        (r"e^{h} = 1 + h + \frac12 h^2 + O(h^3)", r"e^{h} = 1 + h + h^2 + O(h^3)"),
        (r"\log(1 + h) \approx h - \frac12 h^2 + O(h^3)", r"\log(1 + h) \approx h + \frac12 h^2 + O(h^3)"),
        (r"\sin(h) \approx h - \frac{h^3}{6} + O(h^5)", r"\sin(h) \approx h + \frac{h^3}{6} + O(h^5)"),
        (r"\frac{1}{1 - h} \approx 1 + h + h^2 + O(h^3)", r"\frac{1}{1 - h} \approx 1 - h + h^2 + O(h^3)"),
    ],
)
def test_an_approximation_holds_to_its_order_and_not_beyond(numbers, right, wrong):
    assert derive(right, numbers).verdict == "proved"
    with pytest.raises(WrongLine, match="order"):
        derive(wrong, numbers)


def test_central_difference_as_it_is_written(numbers):
    line = r"\frac{f(\alpha + h) - f(\alpha - h)}{2 h} \approx f'(\alpha) + O(h^2)"
    assert derive(line, numbers).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(line.replace("h^2", "h^3"), numbers)
    with pytest.raises(WrongLine):
        derive(line.replace(r"{2 h}", r"{h}"), numbers)


def test_forward_difference_as_it_is_written(numbers):
    line = r"\frac{f(\alpha + h) - f(\alpha)}{h} = f'(\alpha) + O(h)"
    assert derive(line, numbers).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(line.replace("O(h)", "O(h^2)"), numbers)


@pytest.mark.parametrize(
    "line",
    [
        r"e^h \approx 1 + h",
        r"e^h \approx 1 + O(h) + O(h^2)",
        r"e^h \approx 1 + O(2)",
        r"e^h \approx 1 + O(h^\alpha)",
        r"e^h \approx 1 + O(h + 1)",
    ],
)
def test_an_order_that_cannot_be_told_is_refused(numbers, line):
    with pytest.raises(NotationError):
        derive(line, numbers)


MAXIMUM = r"K = 3, 4 \\ z \in \mathbb{R}^{K}, p \in \mathbb{R}_{>0} \\ F := \log \sum_k e^{z_k}"


@pytest.mark.parametrize("line", [r"\min(z) \le \max(z)", r"z_2 < \max(z) + p", r"\min(z) - p < z_2"])
def test_a_maximum_is_at_least_each_of_its_arguments(line):
    assert derive(line, given(MAXIMUM)).verdict == "proved"


@pytest.mark.parametrize("line", [r"\max(z) \le \min(z) + p", r"\max(z) \le z_2", r"\max(z) \le 2F", r"F \le 2F"])
def test_a_bound_on_a_maximum_that_one_sign_breaks_is_refused(line):
    with pytest.raises(WrongLine):
        derive(line, given(MAXIMUM))


def test_a_bound_is_proved_before_definitions_are_unfolded():
    """Unfolded, the difference is a polynomial in seventeen symbols."""
    setting = given(r"n = 3, 4 \\ C \in \mathbb{R}^{n \times n}, r \in \mathbb{R}^{n}, \alpha, L \in \mathbb{R}_{>0}"
                    r"\\ H := C^\top C \\ g := H r")
    assert derive(r"\alpha (1 - \alpha L) \lVert g \rVert^2 \le \alpha \lVert g \rVert^2", setting).verdict == "proved"
    with pytest.raises(WrongLine):
        derive(r"\alpha (1 - \alpha L) \lVert g \rVert^2 \ge \alpha \lVert g \rVert^2", setting)
