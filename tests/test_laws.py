"""Laws are declared as the field writes them; what is left unsaid, or contradicts, is refused."""

import re

import mpmath
import pytest
from carets import pointed_at
from sympy import Rational

from nblib import NotationError, ShapeError, derive, given
from nblib.laws import cumulant, moment
from nblib.points import Point

BASE = r"""m = 2, 4 \quad n = 3, 5
W \in \mathbb{R}^{m \times n}, \; w, \mu \in \mathbb{R}^{n}, \; \tau \in \mathbb{R}_{>0}^{n}
u, t \in \mathbb{R}, \; a, v \in \mathbb{R}_{>0}
x^{(i)} \in \mathbb{R}^{n}, i = 1, \dots, m
S \in \mathbb{R}^{n \times n} \text{ symmetric}
y \in \{0, 1\}
q := W w
"""


def law(text, name):
    return given(BASE + text).declared[name].law


KINDS = {
    r"W_{ij} \sim (0, v) \text{ independent}": ("W", "spread", "ij", False, False),
    r"W_{ij} \sim \left( 0,\, \frac{2}{n} \right) \text{ independent, symmetric}": ("W", "spread", "ij", True, False),
    r"W_{ij} \sim \mathcal{N}(0, v) \text{ independent}": ("W", "normal", "ij", True, True),
    r"w_j \sim \mathcal{N}(\mu_j, \tau_j^2) \text{ independent}": ("w", "normal", "j", False, True),
    r"u \sim \mathcal{U}(-a, a) \text{ independent}": ("u", "uniform", "", True, True),
    r"u \sim \mathcal U(0, 2 a) \text{ independent}": ("u", "uniform", "", False, True),
    r"W_{ij} \sim \mathcal{U}\bigl(-\tfrac{1}{\sqrt{n}}, \tfrac{1}{\sqrt{n}}\bigr) \text{ independent}":
        ("W", "uniform", "ij", True, True),
    r"w_j \sim \mathcal{D} \text{ independent}": ("w", "same", "j", False, False),
    r"w_j \sim \mathcal{D}_j \text{ independent and continuous}": ("w", "own", "j", False, True),
    r"w \sim \mathcal{D} \text{ independent}": ("w", "joint", "", False, False),
    r"x^{(i)}_j \sim \mathcal{D} \text{ independent}": ("x", "same", "ij", False, False),
}  # fmt: skip


@pytest.mark.parametrize("text", KINDS)
def test_a_law_is_read_as_it_is_written(text):
    name, kind, letters, symmetric, continuous = KINDS[text]
    found = law(text, name)
    assert (found.kind, "".join(found.letters)) == (kind, letters)
    assert (found.symmetric, found.continuous) == (symmetric, continuous)


REFUSED = {
    "independence unsaid": (r"u \sim \mathcal{D}", r"\mathcal{D}", "not said what this is independent of"),
    "an unknown word": (r"u \sim \mathcal{D} \text{ independent, bounded}", None, "bounded says nothing"),
    "an unknown law": (r"u \sim P(v) \text{ independent}", None, "not known"),
    "one parameter": (r"u \sim \mathcal{N}(v) \text{ independent}", None, "two parameters"),
    "a normal law without parameters": (r"u \sim \mathcal{N} \text{ independent}", None, "not known"),
    "a variance that may be negative": (r"u \sim (0, t) \text{ independent}", None, "not seen to be positive"),
    "no variance": (r"u \sim (t, 0) \text{ independent}", None, "not seen to be positive"),
    "ends in the wrong order": (r"u \sim \mathcal{U}(a, -a) \text{ independent}", None, "not seen to lie above"),
    "symmetric about another mean": (r"u \sim (t, v) \text{ independent, symmetric}", None, "mean zero"),
    "another letter in a parameter": (r"w_j \sim (0, \tau_i) \text{ independent}", None, "the index i stands"),
    "an array as a parameter": (r"w_j \sim (\mu, v) \text{ independent}", None, "are numbers"),
    "a random parameter": (
        r"t \sim \mathcal{D} \text{ independent} \\ u \sim (t, v) \text{ independent}", None, "not random"),
    "a parameter that becomes random": (
        r"u \sim (t, v) \text{ independent} \\ t \sim \mathcal{D} \text{ independent}", "t", "already rests on t"),
    "too few letters": (r"W_i \sim (0, v) \text{ independent}", "W_i", "W has 2 axes, not 1"),
    "one letter twice": (r"W_{ii} \sim (0, v) \text{ independent}", "W_{ii}", "different letters"),
    "a number for a letter": (r"w_1 \sim (0, v) \text{ independent}", "w_1", "different letters"),
    "parameters of a whole array": (r"w \sim (0, v) \text{ independent}", None, "belong to the entries"),
    "other letters in the law": (r"w_j \sim \mathcal{D}_k \text{ independent}", None, "other letters"),
    "one law for two": (
        r"w_j \sim \mathcal{D} \text{ independent} \\ u \sim \mathcal{D} \text{ independent}", None, "law of another"),
    "a second law": (
        r"u \sim \mathcal{D} \text{ independent} \\ u \sim \mathcal{P} \text{ independent}", "u", "already has a law"),
    "what is defined": (r"q_i \sim \mathcal{D} \text{ independent}", "q_i", "is defined"),
    "a definition of what is random": (r"u \sim \mathcal{D} \text{ independent} \\ u := v", "u", "is random"),
    "a symmetric matrix": (r"S_{ij} \sim \mathcal{D} \text{ independent}", "S_{ij}", "any real value"),
    "a label": (r"y \sim \mathcal{D} \text{ independent}", "y", "any real value"),
    "a size": (r"n \sim \mathcal{D} \text{ independent}", "n", "declared symbol"),
    "what is not declared": (r"Q \sim \mathcal{D} \text{ independent}", "Q", "not declared"),
    "more of a joint law": (r"w \sim \mathcal{D} \text{ independent, symmetric}", None, "joint law"),
    "an assumption about it": (r"u \sim \mathcal{D} \text{ independent} \\ u = 2 v", None, "cannot be made"),
    "an assumption before it": (r"t = 2 u \\ u \sim \mathcal{D} \text{ independent}", "u", "already rests on u"),
    "an assumed mean": (r"u \sim \mathcal{D} \text{ independent} \\ \mathbb{E}[u] = 0", None, "cannot be made"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_law_that_leaves_something_open_or_contradicts_is_refused(case):
    text, place, message = REFUSED[case]
    with pytest.raises((NotationError, ShapeError)) as caught:
        given(BASE + text)
    assert message in str(caught.value)
    if place is not None:
        assert pointed_at(caught.value).strip() == place


def test_the_unknown_moments_are_no_names_that_a_line_could_use():
    setting = given(BASE + r"u \sim \mathcal{D} \text{ independent}")
    assert not [name for name in setting.names() if name.startswith("E[")]
    assert [name for name in setting.declared if name.startswith("E[u")] == [f"E[u^{k}]" for k in range(1, 9)]


def test_a_setting_shows_its_laws():
    setting = given(BASE + r"W_{ij} \sim (0, v) \text{ independent}")
    assert setting.declarations[-1]["kind"] == "random"
    assert re.search(r"W_ij ∼ \(0, v\) independent +\[random\]", str(setting))


def test_moments_and_cumulants_of_a_normal_and_of_a_uniform_law():
    text = r"u \sim \mathcal{N}(t, v) \text{ independent} \\ w_j \sim \mathcal{U}(-a, 2 a) \text{ independent}"
    domain = given(BASE + text).explicit[0]
    t, v, a = (domain.entry(name, ()) for name in "tva")
    assert [cumulant(domain, "u", (), k) for k in range(1, 6)] == [t, v, 0, 0, 0]
    for order in range(1, 6):  # the integral of x ** order over the interval, by its length
        expected = Rational(2 ** (order + 1) - (-1) ** (order + 1), 3 * (order + 1)) * a**order
        assert moment(domain, "w", (2,), order).expand() == expected


@pytest.mark.parametrize("kind", [{}, {"small": True}, {"wide": True}], ids=["generic", "small", "wide"])
@pytest.mark.parametrize("text", [r"\mathcal{D}", r"(t, v)", r"\mathcal{P}"])
def test_moments_at_a_point_are_those_of_a_distribution(text, kind):
    """The matrix of the moments E[x ** (i + j)] has no negative determinant, or no distribution has them."""
    flags = ", symmetric" if "P" in text else ""
    domain = given(BASE + rf"u \sim {text} \text{{ independent{flags}}}").explicit[0]
    for seed in range(12):
        point = Point(domain, seed, **kind)
        values = [point.value(moment(domain, "u", (), order)) for order in range(7)]
        for size in (2, 3, 4):
            with mpmath.workdps(50):
                determinant = mpmath.det(mpmath.matrix([[values[i + j] for j in range(size)] for i in range(size)]))
                assert determinant > -(mpmath.mpf(10) ** -20) * max(1, *map(abs, values)) ** size
                assert size > 2 or determinant > 0


def test_joint_moments_at_a_point_are_those_of_a_distribution():
    domain = given(BASE + r"w \sim \mathcal{D} \text{ independent}").explicit[0]
    point = Point(domain, 3)
    first = [point.value(domain.entry("E[w^1]", (j,))) for j in (1, 2, 3)]
    second = [[point.value(domain.entry("E[w^2]", (j, k))) for k in (1, 2, 3)] for j in (1, 2, 3)]
    covariance = mpmath.matrix([[second[j][k] - first[j] * first[k] for k in range(3)] for j in range(3)])
    assert all(mpmath.det(covariance[:k, :k]) > 0 for k in (1, 2, 3))
    assert second[0][1] == second[1][0] != first[0] * first[1]


def test_a_law_is_declared_after_what_it_enters():
    """The definition of q stands before the law of W in the setting."""
    setting = given(BASE + r"W_{ij} \sim (0, v) \text{ independent}")
    assert derive(r"\operatorname{Var}(q_i) = v \lVert w \rVert^2", setting).verdict == "proved for every size"
