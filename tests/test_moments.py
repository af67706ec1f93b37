"""Expectations are exact: each is compared with a plain enumeration of everything that can happen."""

import itertools
import random
import re
from fractions import Fraction
from math import prod

import pytest
from sympy import Integer, Symbol

from nblib import NotationError, WrongLine, derive, given
from nblib.algebra import Evaluator
from nblib.arrays import Delta, Entry, IndexSum, InRange
from nblib.moments import partitions
from nblib.reader import read_expression

BASE = r"""m = 2, 3 \quad n = 3, 4
W \in \mathbb{R}^{m \times n}, \; V, b \in \mathbb{R}^{m}, \; x, y, c \in \mathbb{R}^{n}
u \in \mathbb{R}, \; v, \tau, a \in \mathbb{R}_{>0}, \; \mathbf{1} \in \mathbb{R}^{m}
z := W x
h := \operatorname{relu}(W c)
"""
LAWS = r"""W_{ij} \sim \mathcal{W} \text{ independent, symmetric}
V_i \sim \mathcal{V} \text{ independent, symmetric}
b_i \sim \mathcal{B}_i \text{ independent}
x_j \sim \mathcal{X} \text{ independent}
y \sim \mathcal{Y} \text{ independent}
u \sim \mathcal{P} \text{ independent}"""


# ---- the oracle: distributions with two values, every outcome enumerated, in fractions; it knows no moments


def coin(rng, symmetric=False):
    """Two values with their probabilities."""
    if symmetric:
        value = Fraction(rng.randint(2, 9), 3)
        return [(value, Fraction(1, 2)), (-value, Fraction(1, 2))]
    chance = Fraction(rng.randint(1, 6), 7)
    low = Fraction(rng.randint(-7, 3), 2)
    return [(low, chance), (low + Fraction(rng.randint(1, 5), 3), 1 - chance)]


class World:
    """Sizes m = 2, n = 3, with a distribution for each random entry."""

    def __init__(self, seed: int):
        rng = random.Random(seed)
        self.m, self.n = 2, 3
        w, v, x = coin(rng, True), coin(rng, True), coin(rng)
        self.coins = {f"W[{i},{j}]": w for i in (1, 2) for j in (1, 2, 3)}
        self.coins |= {f"V[{i}]": v for i in (1, 2)} | {f"b[{i}]": coin(rng) for i in (1, 2)}
        self.coins |= {f"x[{j}]": x for j in (1, 2, 3)} | {"u": coin(rng)}
        self.shared = coin(rng), coin(rng)  # y_j = first + j second: its entries depend on one another
        self.fixed = {f"c[{j}]": Fraction(rng.randint(-5, 5), 2) for j in (1, 2, 3)}

    def mean(self, function, *names) -> Fraction:
        """The mean of function(outcome) over all that the named entries can do; an outcome maps names to numbers."""
        names = sorted({n for name in names for n in self.family(name)})
        total = Fraction(0)
        for outcome in itertools.product(*[self.spread(name) for name in names]):
            values = dict(self.fixed)
            for name, (value, _) in zip(names, outcome, strict=True):
                values |= value if name == "y" else {name: value}
            total += prod(chance for _, chance in outcome) * function(values)
        return total

    def family(self, name):
        return [name] if name in (*self.coins, "y") else [key for key in self.coins if key.startswith(name + "[")]

    def spread(self, name):
        if name != "y":
            return self.coins[name]
        first, second = self.shared
        return [({f"y[{j}]": s + j * t for j in (1, 2, 3)}, p * q) for s, p in first for t, q in second]

    def moment(self, symbol: str) -> Fraction:
        """The value of one of nblib's symbols: a fixed number, or an unknown moment."""
        if symbol in self.fixed:
            return self.fixed[symbol]
        name, order, index = re.fullmatch(r"E\[(\w)\^(\d)\](?:\[(.*)\])?", symbol).groups()
        if name == "y":
            return self.mean(lambda o: prod(o[f"y[{j}]"] for j in index.split(",")), "y")
        entry = f"{name}[{index or {'W': '1,2', 'V': '2', 'x': '3'}[name]}]" if name != "u" else "u"
        raw = [self.mean(lambda o, k=k: o[entry] ** k, entry) for k in range(int(order) + 1)]
        return raw[2] - raw[1] ** 2 if order == "2" else raw[int(order)]


def relu(number):
    return max(number, 0)


def z(o, i):
    return sum(o[f"W[{i},{j}]"] * o[f"x[{j}]"] for j in (1, 2, 3))


def r(o, i):
    return sum(o[f"W[{i},{j}]"] * o[f"c[{j}]"] for j in (1, 2, 3))


#: what nblib reads -> what is enumerated, and over which entries
CASES = {
    r"\mathbb{E}[u]": (lambda o: o["u"], "u"),
    r"\mathbb{E}[u^5]": (lambda o: o["u"] ** 5, "u"),
    r"\mathbb{E}[(u + b_1)^3]": (lambda o: (o["u"] + o["b[1]"]) ** 3, "u", "b"),
    r"\mathbb{E}[b_1^2 b_2^3]": (lambda o: o["b[1]"] ** 2 * o["b[2]"] ** 3, "b"),
    r"\mathbb{E}[\sum_j c_j x_j]": (lambda o: sum(o[f"c[{j}]"] * o[f"x[{j}]"] for j in (1, 2, 3)), "x"),
    r"\mathbb{E}[(\sum_j x_j)^4]": (lambda o: sum(o[f"x[{j}]"] for j in (1, 2, 3)) ** 4, "x"),
    r"\mathbb{E}[\sum_{j,k} x_j x_k c_k]": (
        lambda o: sum(o[f"x[{j}]"] * o[f"x[{k}]"] * o[f"c[{k}]"] for j in (1, 2, 3) for k in (1, 2, 3)), "x"),
    r"\mathbb{E}[z_1]": (lambda o: z(o, 1), "W", "x"),
    r"\mathbb{E}[z_1^2]": (lambda o: z(o, 1) ** 2, "W[1,1]", "W[1,2]", "W[1,3]", "x"),
    r"\mathbb{E}[z_1 z_2]": (lambda o: z(o, 1) * z(o, 2), "W", "x"),
    r"\mathbb{E}[z_1^2 x_1]": (lambda o: z(o, 1) ** 2 * o["x[1]"], "W[1,1]", "W[1,2]", "W[1,3]", "x"),
    r"\mathbb{E}[\sum_j y_j^2]": (lambda o: sum(o[f"y[{j}]"] ** 2 for j in (1, 2, 3)), "y"),
    r"\mathbb{E}[(\sum_j W_{1j} y_j)^2]": (
        lambda o: sum(o[f"W[1,{j}]"] * o[f"y[{j}]"] for j in (1, 2, 3)) ** 2, "W[1,1]", "W[1,2]", "W[1,3]", "y"),
    r"\mathbb{E}[u \sum_j y_j]": (lambda o: o["u"] * sum(o[f"y[{j}]"] for j in (1, 2, 3)), "u", "y"),
    r"\mathbb{E}[h_1^2]": (lambda o: relu(r(o, 1)) ** 2, "W"),
    r"\mathbb{E}[h_1^4]": (lambda o: relu(r(o, 1)) ** 4, "W"),
    r"\mathbb{E}[h_1 W_{12}]": (lambda o: relu(r(o, 1)) * o["W[1,2]"], "W"),
    r"\mathbb{E}[(\sum_i V_i h_i)^2]": (lambda o: sum(o[f"V[{i}]"] * relu(r(o, i)) for i in (1, 2)) ** 2, "V", "W"),
    r"\mathbb{E}[\lvert V_1 \rvert \, V_1^3]": (lambda o: abs(o["V[1]"]) * o["V[1]"] ** 3, "V"),
    r"\mathbb{E}[\lvert V_1 \rvert^2]": (lambda o: o["V[1]"] ** 2, "V"),
    r"\mathbb{E}[\max(V_1, \tfrac13 V_1)^2]": (lambda o: max(o["V[1]"], o["V[1]"] / 3) ** 2, "V"),
    r"\mathbb{E}[\max(0, V_1) \max(0, -V_1)]": (lambda o: Fraction(0), "V"),
}  # fmt: skip
IN_WORDS = pytest.mark.parametrize("text", CASES)


@pytest.fixture(scope="module")
def setting():
    return given(BASE + LAWS)


def evaluated(text, setting, domain):
    return Evaluator(setting, domain).value(read_expression(text, setting), {}).at()


@IN_WORDS
@pytest.mark.parametrize("seed", [1, 2])
def test_an_expectation_is_the_mean_over_all_outcomes(text, seed, setting):
    world, (function, *names) = World(seed), CASES[text]
    value = evaluated(text, setting, setting.explicit[0])
    number = value.subs({s: Integer(1) * world.moment(s.name) for s in value.free_symbols})
    assert number == world.mean(function, *names)


@IN_WORDS
def test_a_mean_that_is_off_is_told_from_the_expectation(text, setting):
    """The comparison above can fail: another world has another mean (but for what is zero in each)."""
    function, *names = CASES[text]
    means = [World(seed).mean(function, *names) for seed in (1, 4)]
    assert means[0] != means[1] or means == [0, 0]


def number(expr, world, sizes):
    """The value of an indexed expression at stated sizes, by plain loops."""
    if isinstance(expr, IndexSum):
        body, k, low, high = expr.args
        ends = [int(end.subs(sizes)) for end in (low, high)]
        return sum(number(body.subs(k, at), world, sizes) for at in range(ends[0], ends[1] + 1))
    if isinstance(expr, Delta):
        return int(expr.args[0].subs(sizes) == expr.args[1].subs(sizes))
    if isinstance(expr, InRange):
        at, low, high = (int(e.subs(sizes)) for e in expr.args)
        return int(low <= at <= high)
    if isinstance(expr, Entry):
        name, *index = expr.args
        return world.moment(f"{name}" + (f"[{','.join(map(str, index))}]" if index else ""))
    if expr.is_Rational:
        return Fraction(expr.p, expr.q)
    if isinstance(expr, Symbol):
        return sizes[expr]
    parts = [number(a, world, sizes) for a in expr.args]
    return sum(parts) if expr.is_Add else prod(parts) if expr.is_Mul else parts[0] ** parts[1]


EVERY_SIZE = [text for text in CASES if not any(part in text for part in ("lvert", r"\max", "u^5"))]


@pytest.mark.parametrize("text", EVERY_SIZE)
def test_with_symbolic_sizes_the_expectation_is_the_same(text, setting):
    world, (function, *names) = World(3), CASES[text]
    value = evaluated(text, setting, setting.every_size)
    m, n = (Symbol(name, integer=True, positive=True) for name in "mn")
    assert number(value, world, {m: 2, n: 3}) == world.mean(function, *names)


def test_partitions_are_all_ways_to_group():
    assert [len(list(partitions(list(range(k))))) for k in range(6)] == [1, 1, 2, 5, 15, 52]


# ---- laws with parameters

KNOWN = BASE + r"""\mu \in \mathbb{R}
W_{ij} \sim (0, v) \text{ independent}
V_i \sim \mathcal{N}(\mu, \tau^2) \text{ independent}
b_i \sim \mathcal{N}(0, \tau^2) \text{ independent}
u \sim \mathcal{U}(-a, 2 a) \text{ independent}
x_j \sim \mathcal{D} \text{ independent}
"""

TRUE = {
    r"\mathbb{E}[V_i^3] = \mu^3 + 3 \mu \tau^2": "proved for every size",
    r"\mathbb{E}[b_i^6] = 15 \tau^6": "proved for every size",
    r"\mathbb{E}[(V_1 - \mu)^4] = 3 \tau^4": "proved for every size",
    r"\mathbb{E}[u] = \frac{a}{2}": "proved for every size",
    r"\operatorname{Var}(u) = \frac{(3 a)^2}{12}": "proved for every size",
    r"\operatorname{Var}(z_i) = n v \, \mathbb{E}[x_1^2]": "proved for every size",
    r"\operatorname{Cov}(z_i, z_k) = n v \, \delta_{ik} \mathbb{E}[x_1^2]": "proved for every size",
    r"\operatorname{Var}(z_i) = n v \, (\operatorname{Var}(x_1) + \mathbb{E}[x_1]^2)": "proved for every size",
    r"\operatorname{Var}(z_i) = \sum_j \operatorname{Var}(W_{ij}) \mathbb{E}[x_j^2]": "proved for every size",
    r"\mathbb{E}[b b^\top] = \tau^2 \operatorname{diag}(\mathbf{1})": "proved for every size",
    r"\mathbb{E}[\operatorname{relu}(b_1)] = \frac{\tau}{\sqrt{2 \pi}}": "proved",
    r"\mathbb{E}[\operatorname{relu}(b_1)^3] = \frac{2 \tau^3}{\sqrt{2 \pi}}": "proved",
    r"\mathbb{E}[\operatorname{relu}'(b_i)] = \tfrac12": "proved for every size",
    r"\mathbb{E}[\tanh(b_1) + \sin(b_1)^3] = 0": "proved",
    r"\mathbb{E}[x_1^2] \ge \mathbb{E}[x_1]^2": "proved",
}


@pytest.mark.parametrize("line", TRUE)
def test_a_true_line_is_proved(line):
    assert derive(line, given(KNOWN)).verdict == TRUE[line]


FALSE = {
    r"\operatorname{Var}(z_i) = v \, \mathbb{E}[x_1^2]": "1/n",
    r"\operatorname{Var}(z_i) = n v \, \mathbb{E}[x_1]^2": "E[x]² stands where E[x²] should",
    r"\operatorname{Var}(z_i) = n v \, \operatorname{Var}(x_1)": "Var(x) stands where E[x²] should",
    r"\mathbb{E}[x_1]^2 = \mathbb{E}[x_1^2] - \mathbb{E}[x_1^2]": "",
    r"\operatorname{Var}(x_1) = \mathbb{E}[x_1^2]": "E[x²] stands where Var(x) should",
    r"\mathbb{E}[x_1]^2 = \mathbb{E}[x_1^2]": "E[x²] stands where E[x]² should",
    r"\mathbb{E}[z_1 x_1 z_1] = \mathbb{E}[z_1] \mathbb{E}[x_1 z_1]": "dependence is ignored: E[x y]",
    r"\operatorname{Var}(z_1 + 2 z_1) = \operatorname{Var}(z_1) + \operatorname{Var}(2 z_1)": "dependence is ignored",
    r"\operatorname{Var}(u) = (3 a)^2": "factor 12",
    r"\operatorname{Var}(u) = \frac{(3 a)^2}{4}": "a third is missing",
    r"\mathbb{E}[\operatorname{relu}(b_1)] = \operatorname{relu}(\mathbb{E}[b_1])": "pulled into relu",
    r"\mathbb{E}[\operatorname{relu}(b_1)^2] = \tau^2": "factor 2",
    r"\mathbb{E}[b_1^4] = \tau^4": "1/3",
    r"\operatorname{Var}(\operatorname{relu}(b_1)) = \tfrac12 \tau^2": "this is E[x²], and Var(x) is less",
    r"\mathbb{E}[V_1 V_2] = \mu^2 + \tau^2": "",
    r"\mathbb{E}[x_1^4] \le \mathbb{E}[x_1^2]^2": "",
    r"\operatorname{Cov}(z_1, z_2) = n v \, \mathbb{E}[x_1^2]": "",
}


@pytest.mark.parametrize("line", FALSE)
def test_a_false_line_is_refused_and_its_slip_named(line):
    with pytest.raises(WrongLine) as caught:
        derive(line, given(KNOWN))
    assert FALSE[line] in caught.value.slip


def test_the_moments_of_a_counterexample_are_those_of_a_distribution():
    with pytest.raises(WrongLine) as caught:
        derive(r"\mathbb{E}[x_1^4] = \mathbb{E}[x_1^2]^2", given(KNOWN))
    found = {name: Fraction(value) for name, value in caught.value.counterexample.values.items()}
    mean, variance, fourth = found["E[x_j]"], found["Var(x_j)"], found["E[x_j^4]"]
    assert variance > 0 and fourth > (variance + mean**2) ** 2


# ---- what moments do not decide

OPEN = {
    "a function": r"\mathbb{E}[\exp(b_1)] = 1",
    "a quotient": r"\mathbb{E}[\frac{1}{u}] = 1",
    "relu of what is not symmetric": r"\mathbb{E}[\operatorname{relu}(z_1)^2] = 1",
    "the mean of a relu that is not normal": r"\mathbb{E}[\operatorname{relu}(W_{11})] = 1",
    "a step that may stand at its edge": r"\mathbb{E}[\operatorname{relu}'(\operatorname{relu}(b_1) b_2)] = \tfrac12",
    "two cuts that hang together": r"\mathbb{E}[\operatorname{relu}(b_1) \operatorname{relu}(b_1 + b_2)] = 1",
    "the mean of a relu off its centre": r"\mathbb{E}[\operatorname{relu}(V_1)] = 1",
    "a moment that is too high": r"\mathbb{E}[x_1^9] = 1",
}


@pytest.mark.parametrize("case", OPEN)
def test_what_moments_do_not_decide_is_an_error_that_points_at_it(case):
    with pytest.raises(NotationError) as caught:
        derive(OPEN[case], given(KNOWN))
    begin, end = caught.value.span
    assert OPEN[case][begin:end] == OPEN[case].partition(" = ")[0]
    assert re.search("moments", str(caught.value))


def test_a_symmetric_step_at_its_edge_is_not_one_half():
    """V relu(W c) is zero whenever the unit is off: its step is on in a quarter of the cases, not in half of them."""
    setting = given(BASE + LAWS)
    with pytest.raises(NotationError, match="moments do not give"):
        derive(r"\mathbb{E}[\operatorname{relu}'(V_1 h_1)] = \tfrac12", setting)
    discrete = r"\mathbb{E}[\operatorname{relu}'(V_1)] = \tfrac12"
    with pytest.raises(NotationError, match="moments do not give"):
        derive(discrete, setting)
    continuous = LAWS.replace(r"\mathcal{V} \text{", r"\mathcal{V} \text{ continuous,")
    assert derive(discrete, given(BASE + continuous)).verdict.startswith("proved")


def test_a_joint_law_gives_two_moments_and_no_third():
    setting = given(BASE + LAWS)
    assert derive(r"\mathbb{E}[y_1 y_2] = \mathbb{E}[y_2 y_1]", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\mathbb{E}[y_1 y_2] = \mathbb{E}[y_1] \mathbb{E}[y_2]", setting)
    with pytest.raises(NotationError, match="may depend on one another"):
        derive(r"\mathbb{E}[y_1 y_2 y_3] = 0", setting)


def test_a_derivative_by_what_is_averaged_out_is_refused():
    setting = given(KNOWN + r"""\theta \in \mathbb{R}
q := \theta u
R := \mathbb{E}[q^2]""")
    line = r"\frac{\partial R}{\partial \theta} = 2 \theta \, \mathbb{E}[u^2]"
    assert derive(line, setting).verdict.startswith("proved")
    for line in (r"\frac{\partial R}{\partial q} = 0", r"\frac{\partial}{\partial u} \mathbb{E}[u^2] = 0"):
        with pytest.raises(NotationError, match="averaged"):
            derive(line, setting)


def test_what_is_taken_of_a_vector_is_refused():
    with pytest.raises(NotationError, match="variance of a vector of m"):
        derive(r"\operatorname{Var}(z) = v", given(KNOWN))
