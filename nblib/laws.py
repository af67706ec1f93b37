r"""The laws of random variables: how they are declared, which moments they have, and moments at which a line is tried.

w_{ij} \sim (0, v) \text{ independent}                  mean and variance; otherwise the entries need not be alike
x_j \sim \mathcal{N}(\mu, \tau^2) \text{ independent}   normal, by mean and variance
x_j \sim \mathcal{U}(-a, a) \text{ independent}         uniform between two ends
x_j \sim \mathcal{D} \text{ independent}                any law, one for all entries; \mathcal{D}_j: each entry its own
x \sim \mathcal{D} \text{ independent}                  any joint law: the entries may depend on one another

`independent` says: of every other random variable, and (but for a joint law) entry from entry. `symmetric` adds that -x
has the law of x, `continuous` that no single value has a probability. A moment that the law does not give is a symbol
of the setting, such as E[x_j] or Var(x_j); every moment that a line uses is taken to exist.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb, prod

import mpmath
from sympy import Add, Expr, Integer

from .syntax import AVERAGES, Node, NotationError, ShapeError, free_indices, split_top

HIGHEST = 8  # the highest moment of one variable that a line may use
WORDS = {"independent", "symmetric", "continuous"}
FORMS = r"(\mu, v), \mathcal{N}(\mu, v), \mathcal{U}(-a, a), \mathcal{D}: x_j \sim \mathcal{D} \text{ independent}"
PLAIN = re.compile(r"\s*(?:\\mathcal\s*\{?\s*([NU])\s*\}?)?\s*\((.*)\)\s*")
NAMED = re.compile(r"\s*\\mathcal\s*\{?\s*([A-MO-TV-Z])\s*\}?(?:_\{?([a-z,\s]+)\}?)?\s*")
WHITE = r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])|\\[,;:! ]"


@dataclass(frozen=True)
class Law:
    """How an entry is distributed: its kind ("normal", "uniform", "spread", "same", "own" or "joint"), the letters that
    number the entry in the parameters, and the parameters (mean and variance, or two ends).
    """

    kind: str
    letters: tuple[str, ...]
    parameters: tuple[Node, ...] = ()
    symmetric: bool = False
    continuous: bool = False
    letter: str = ""  # of a law without parameters: the D of \mathcal{D}


# ------------------------------------------------------------------------------------------------------------- declare


def declare(declaring, text: str, offset: int) -> None:
    r"""Read `w_{ij} \sim ...` into the setting of `declaring` (declarations.Declaring)."""
    setting = declaring.setting
    left, right = re.split(r"\\sim(?![A-Za-z])", text, maxsplit=1)
    where, at = (offset, offset + len(left.rstrip())), offset + len(text) - len(right)
    name, letters = _variable(declaring, left, offset, where)
    declared = setting.declared[name]
    law = _law(declaring, right, at, declared, letters)
    if law.parameters:
        law = _checked(declaring, law, declared, (at, at + len(right.rstrip())))
    setting.declared[name] = replace(declared, law=law)
    _refuse_uses(declaring, name, where)
    for key, order, shape in _unknown(law, declared):
        values = "nonnegative" if order % 2 == 0 and law.kind != "joint" else "real"
        setting.declared[key] = replace(
            declared, name=key, shape=shape, values=values, family=False, moment=(name, order),
            symmetric=law.kind == "joint" and order == 2,
        )  # fmt: skip
    setting.declarations.append({"kind": "random", "latex": text.strip(), "name": name, "shape": []})


def _variable(declaring, left: str, offset: int, where) -> tuple[str, tuple[str, ...]]:
    """(name, letters of its entry) of what gets a law."""
    setting = declaring.setting
    node, letters = declaring.read(left, offset), ()
    if node.head == "at":
        base, items, split = node.children
        if base.head == "member":
            items, base = (base.children[1], *(split or items)), Node("ref", base.children[:1])
            split = None
        rank = len(setting.declared[base.children[0]].shape) if base.head == "ref" else 0
        letters, node = (split if split and len(split) == rank else items), base
    elif node.head == "member":
        letters, node = node.children[1:], Node("ref", node.children[:1])
    if node.head != "ref" or setting.kind(node.children[0]) not in ("symbol", "family"):
        declaring.fail("a law is that of a declared symbol or of its entries", where, r"write x_j \sim ...")
    if any(item.head != "index" for item in letters) or len(set(letters)) < len(letters):
        declaring.fail("the entries of a random array have different letters", where, r"write W_{ij} \sim ...")
    name = node.children[0]
    declared = setting.declared[name]
    if declared.law is not None:
        declaring.fail(f"{name} already has a law", where, "a random variable has one law")
    if declared.body is not None or declared.constant is not None:
        declaring.fail(f"{name} is defined; its law follows from that", where, "declare the laws of what it is made of")
    if declared.symmetric or declared.values != "real":
        declaring.fail(f"{name} is not free to take any real value", where, r"declare it in \mathbb{R}")
    if len(letters) not in (0, len(declared.shape)) or (declared.family and not letters):
        hint = "give each axis a letter, and each letter an axis"
        declaring.fail(f"{name} has {len(declared.shape)} axes, not {len(letters)}", where, hint, ShapeError)
    return name, tuple(item.children[0] for item in letters)


def _law(declaring, text: str, offset: int, declared, letters: tuple[str, ...]) -> Law:
    where = (offset, offset + max(1, len(text.rstrip())))
    spoken = re.findall(r"\\text\s*\{([^{}]*)\}", text)
    words = set(re.findall(r"[a-z]+", " ".join(spoken))) - {"and"}
    if words - WORDS:
        declaring.fail(f"{sorted(words - WORDS)[0]} says nothing here", where, f"known are {', '.join(sorted(WORDS))}")
    if "independent" not in words:
        hint = r"add \text{ independent}; a dependent variable is defined (:=) by those that it depends on"
        declaring.fail("it is not said what this is independent of", where, hint)
    flags = {"symmetric": "symmetric" in words, "continuous": "continuous" in words}
    plain = re.sub(r"\\text\s*\{[^{}]*\}|" + WHITE, lambda m: " " * len(m[0]), text)
    if match := PLAIN.fullmatch(plain):
        if len(letters) < len(declared.shape):
            hint = rf"write {declared.name}_{{j}} \sim ..., with a letter for each axis"
            declaring.fail("parameters belong to the entries", where, hint)
        pieces = split_top(match[2], ",")
        if len(pieces) != 2:
            declaring.fail("a law has two parameters here", where, f"known are {FORMS}")
        nodes = tuple(declaring.read(piece, offset + match.start(2) + begin) for piece, begin in pieces)
        kind = {"N": "normal", "U": "uniform", None: "spread"}[match[1]]
        return Law(kind, letters, nodes, flags["symmetric"], flags["continuous"] or kind != "spread")
    if not (match := NAMED.fullmatch(plain)):
        declaring.fail("this law is not known", where, f"known are {FORMS}")
    letter = match[1]
    if any(other.law and other.law.letter == letter for other in declaring.setting.declared.values()):
        declaring.fail(rf"\mathcal{{{letter}}} is the law of another variable", where, "choose another letter")
    own = tuple(re.findall(r"[a-z]", match[2] or ""))
    if own and own != letters:
        declaring.fail("the law has other letters than its variable", where, r"write x_j \sim \mathcal{D}_j")
    kind = "own" if own else "same" if letters or not declared.shape else "joint"
    if kind == "joint" and any(flags.values()):
        declaring.fail("nothing more can be said of a joint law", where, r"write \text{ independent} alone")
    return Law(kind, letters, (), **flags, letter=letter)


def _checked(declaring, law: Law, declared, where) -> Law:
    """The law, once its parameters are seen to be possible, and whether it is symmetric."""
    from .declarations import setting_domain
    from .order import sign

    setting = declaring.setting
    for node in law.parameters:
        loose = sorted(free_indices(node) - set(law.letters))
        if loose:
            hint = "a parameter has the letters of its entry"
            declaring.fail(f"the index {', '.join(loose)} stands on the right only", where, hint)
        if setting.chance(setting.names_in(node)) or any(n.head in AVERAGES for n in node.walk()):
            declaring.fail("a parameter of a law is not random itself", where, "only fixed numbers may stand here")
    domain, first = setting_domain(setting), (setting.origin,) * len(declared.shape)
    values = setting.parameters(replace(declared, law=law), domain, first)
    if any(value.rank for value in values):
        declaring.fail("the parameters of a law are numbers", where, "give an array its index", ShapeError)
    low, high = (value.at() for value in values)
    if law.kind == "uniform" and sign(domain, high - low) < 2:
        hint = r"write \mathcal{U}(-a, a) with a \in \mathbb{R}_{>0}"
        declaring.fail("the second end is not seen to lie above the first", where, hint)
    if law.kind != "uniform" and (high == 0 or sign(domain, high) < 1):
        hint = r"declare it positive, v \in \mathbb{R}_{>0}, or write \tau^2"
        declaring.fail("this variance is not seen to be positive", where, hint)
    centred = (low + high if law.kind == "uniform" else low).expand() == 0
    if law.symmetric and not centred:
        declaring.fail("what is symmetric has mean zero", where, "remove the word, or the mean")
    return replace(law, symmetric=centred if law.kind != "spread" else law.symmetric)


def _refuse_uses(declaring, name: str, where) -> None:
    """A name that assumptions or other laws rest on cannot be random."""
    setting = declaring.setting
    for assumption in setting.assumptions:
        if setting.chance(setting.names_in(assumption.left) | setting.names_in(assumption.right)):
            declaring.fail(f"an assumption already rests on {name}", where, "what is assumed of it would undo the law")
    for other, declared in setting.declared.items():
        if declared.law and any(setting.chance(setting.names_in(node)) for node in declared.law.parameters):
            declaring.fail(f"the law of {other} already rests on {name}", where, "only fixed numbers may stand there")


# ------------------------------------------------------------------------------------------------------------- moments


def _key(name: str, order: int) -> str:
    return f"E[{name}^{order}]"


def _unknown(law: Law, declared):
    """(name, order, shape) of each moment that the law leaves open; that of order 2 stands for the variance."""
    if law.kind == "joint":
        yield _key(declared.name, 1), 1, declared.shape
        yield _key(declared.name, 2), 2, declared.shape * 2
    elif law.kind in ("spread", "same", "own"):
        for order in range(3 if law.kind == "spread" else 1, HIGHEST + 1):
            if not (law.symmetric and order % 2):
                yield _key(declared.name, order), order, () if law.kind == "same" else declared.shape


def moment(domain, name: str, index: tuple, order: int) -> Expr:
    """E[x ** order] of the entry `index` of a random array, as an expression of `domain`.

    Raises NotationError for an order above 8.
    """
    setting = domain.setting
    declared = setting.declared[name]
    law = declared.law
    if order == 0:
        return Integer(1)
    if order > HIGHEST:
        raise NotationError(f"this needs E[{name}^{order}]", hint=f"moments are known up to the order {HIGHEST}")
    if law.symmetric and order % 2:
        return Integer(0)
    if law.parameters:
        first, second = (value.at() for value in setting.parameters(declared, domain, index))
        if law.kind == "uniform":
            return Add(*[first**k * second ** (order - k) for k in range(order + 1)]) / (order + 1)
        if law.kind == "normal":
            ways = {k: comb(order, k) * prod(range(1, k, 2)) for k in range(0, order + 1, 2)}
            return Add(*[count * first ** (order - k) * second ** (k // 2) for k, count in ways.items()])
        if order <= 2:
            return first if order == 1 else second + first**2
    at = () if law.kind == "same" else index
    if order == 2 and not law.parameters:
        return domain.entry(_key(name, 2), at) + moment(domain, name, index, 1) ** 2
    return domain.entry(_key(name, order), at)


def cumulant(domain, name: str, index: tuple, order: int) -> Expr:
    """The cumulant of an entry: what is left of its moment when all products of lower ones are taken off."""
    lower = [comb(order - 1, k - 1) * cumulant(domain, name, index, k) * moment(domain, name, index, order - k)
             for k in range(1, order)]  # fmt: skip
    return (moment(domain, name, index, order) - Add(*lower)).expand()


def joint_moment(domain, name: str, indices: list[tuple]) -> Expr:
    """E[x_i] or E[x_i x_j] of entries that may depend on one another; raises NotationError for more of them."""
    if len(indices) > 2:
        raise NotationError(f"this needs E of {len(indices)} entries of {name}, which may depend on one another",
                            hint=rf"declare them independent: {name}_j \sim \mathcal{{D}}")  # fmt: skip
    return domain.entry(_key(name, len(indices)), sum(indices, ()))


def spelled(entry: str, order: int) -> str:
    """How messages write a moment, given how they write its entry."""
    return {1: f"E[{entry}]", 2: f"Var({entry})"}.get(order, f"E[{entry}^{order}]")


# ------------------------------------------------------------------------------------------------------------ to try at


def drawn(point, declared, index: tuple):
    """The value of an unknown moment at a point: that of a distribution with a few values, so that all of them fit."""
    name, order = declared.moment
    law = point.domain.setting.declared[name].law
    rng = random.Random(f"{point.seed} {name} {'' if law.kind in ('same', 'joint') else index}")
    if law.kind == "joint":
        return _drawn_jointly(point, name, index)
    mean, spread = Fraction(0), 1
    if law.kind == "spread":
        entry = point.domain.setting.parameters(point.domain.setting.declared[name], point.domain, index)
        mean, variance = (point.value(value.at()) for value in entry)
        spread, values = mpmath.sqrt(variance), _standard(rng, point.small)
    else:
        values = _values(rng, point)
    if law.symmetric:
        values = [(sign * value, weight / 2) for value, weight in values for sign in (1, -1)]
    if order == 2:
        mean = -sum(weight * value for value, weight in values)
    powers = [_mpf(sum(weight * value**k for value, weight in values)) for k in range(order + 1)]
    return mpmath.fsum(comb(order, k) * _mpf(mean) ** (order - k) * spread**k * powers[k] for k in range(order + 1))


def _values(rng, point) -> list[tuple[Fraction, Fraction]]:
    """A few values with their probabilities."""
    if point.small:
        return [(Fraction(value), Fraction(1, 2)) for value in rng.sample((-3, -2, -1, 1, 2, 3, 4, 5), 2)]
    scale = Fraction(10) ** rng.randint(-3, 3) if point.wide else 1
    weights = [rng.randint(1, 9) for _ in range(4)]
    return [(scale * Fraction(rng.randint(-4000, 4000), 1009), Fraction(w, sum(weights))) for w in weights]


def _standard(rng, small: bool) -> list[tuple[Fraction, Fraction]]:
    """Values of mean 0 and variance 1, with their probabilities."""
    found = []
    for _ in range(2):
        a = Fraction(rng.randint(2, 3)) if small else Fraction(rng.randint(500, 3000), 1009)
        found += [(a, 1 / (1 + a * a) / 2), (-1 / a, a * a / (1 + a * a) / 2)]
    return found


def _drawn_jointly(point, name: str, index: tuple):
    """E[x_i], or E[x_i x_j], of entries that share three random causes."""
    def entry(at):
        own, scale = random.Random(f"{point.seed} {name} {at}"), 1 if point.small else 1009
        return [Fraction(own.randint(-3 * scale, 3 * scale), scale) for _ in range(4)]

    rank = len(point.domain.setting.declared[name].shape)
    rows = [entry(index[k : k + rank]) for k in range(0, len(index), rank)]
    return _mpf(rows[0][0]) if len(rows) == 1 else _mpf(sum(a * b for a, b in zip(*rows, strict=True)))


def _mpf(number):
    return mpmath.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mpmath.mpf(number)
