"""Expectations, exactly, by moments.

What stands below an expectation is multiplied out. Each product falls into independent factors; the expectation of
each is a moment of one variable (laws.py). Beside powers, a product may hold `relu` and `step` of an argument that
changes its sign together with a symmetric variable: half of what is averaged is then cut off. Of a normal argument
more is known. Whatever is left is an error: nothing is guessed.

With symbolic sizes the entries in a product may coincide or not. The moment of such a product is a sum over the ways to
group its factors, each group a cumulant, with a delta for all entries of a group being one; the proof removes deltas.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from sympy import Add, Expr, Integer, Mul, Symbol, expand, factor_terms, factorial, pi

from .arrays import Entry, Explicit, Outside
from .functions import Known, absolute, arctan, relu, root, sign, sin, step, tanh
from .laws import cumulant, joint_moment, moment
from .syntax import NotationError

BOUNDED_ODD = (tanh, sin, arctan)
MAX_TERMS = 20_000


def undecided(what: str) -> NotationError:
    return NotationError(
        f"moments do not give the expectation of {what}",
        hint="E is evaluated over sums and products of independent variables, and over relu where these are symmetric",
    )


def split_kinks(expr: Expr) -> Expr:
    """|u| and the sign of u in terms of relu and step."""
    return expr.replace(lambda e: isinstance(e, absolute), lambda e: relu(e.args[0]) + relu(-e.args[0])).replace(
        lambda e: isinstance(e, sign), lambda e: 2 * step(e.args[0]) - 1
    )


def subsets(names: set[str]):
    """The nonempty subsets, small ones first."""
    names = sorted(names)
    return (set(some) for count in range(1, len(names) + 1) for some in combinations(names, count))


def half_normal(order: int, spread: Expr) -> Expr:
    """E[relu(u) ** order], order odd, for a normal u of mean 0 and this standard deviation."""
    half = (order - 1) // 2
    return 2**half * factorial(half) * spread**order / root(2 * pi)


# ------------------------------------------------------------------------------------------------------- stated sizes


def expectation(domain: Explicit, expr: Expr) -> Expr:
    """E of an expression at stated sizes; raises NotationError where moments do not decide it."""
    cache = domain.__dict__.setdefault("expectations", {})
    if expr not in cache:
        cache[expr] = Averaging(domain).of(expr)
    return cache[expr]


class Averaging:
    """Takes expectations of expressions in the symbols of one domain."""

    def __init__(self, domain: Explicit):
        self.domain, self.declared = domain, domain.setting.declared

    def law(self, symbol):
        """The law of a symbol; None for one that is not random."""
        return self.declared[self.domain.symbols[symbol][0]].law if symbol in self.domain.symbols else None

    def random(self, expr: Expr) -> set[Symbol]:
        return {s for s in expr.free_symbols if self.law(s) is not None}

    def unfolded(self, expr: Expr) -> Expr:
        """`expr` in terms of random entries; definitions that nothing random enters stay folded."""
        while True:
            defined = {s: self.domain.body(s) for s in expr.free_symbols & self.domain.symbols.keys()}
            bodies = {s: body for s, body in defined.items() if body is not None and self.rests_on_chance(s)}
            if not bodies:
                return expr
            expr = expr.xreplace(bodies)

    def rests_on_chance(self, symbol: Symbol) -> bool:
        return any(self.law(leaf) is not None for leaf in self.domain.leaves(symbol))

    def of(self, expr: Expr) -> Expr:
        expr = split_kinks(self.unfolded(expr))
        total: list[Expr] = []
        for term in Add.make_args(expr):
            if not self.random(term):
                total.append(term)
                continue
            total.append(self.of_two_sums(term))
        return Add(*total)

    def of_two_sums(self, term: Expr) -> Expr:
        """E of a term; if two long sums X and Y are multiplied, as E[X] E[Y] and what their summands have in common."""
        factors: list[Expr] = []
        for factor in Mul.make_args(term):
            base, power = factor.as_base_exp()
            factors += [base, base] if power == 2 else [factor]
        fixed = [f for f in factors if not self.random(f)]
        sums = [f for f in factors if isinstance(f, Add) and self.random(f)]
        if len(sums) == 2 and len(factors) == 2 + len(fixed):
            try:
                return Mul(*fixed) * self.covaried(*sums)
            except NotationError:
                pass  # a product may be known where its factors are not
        products = Add.make_args(expand(term))
        if len(products) > MAX_TERMS:
            raise NotationError(f"this expectation has {len(products)} terms", hint="choose smaller sizes")
        return Add(*[self.product(product) for product in products])

    def covaried(self, left: Expr, right: Expr) -> Expr:
        """E of a product of two sums, by the pairs of summands that depend on one another."""
        first, second = (Add.make_args(expand(side)) for side in (left, right))
        means = {summand: self.product(summand) for summand in {*first, *second}}
        partners: dict = {}
        for summand in second:
            for key in self.linked(summand):
                partners.setdefault(key, set()).add(summand)
        total = [Add(*[means[s] for s in first]) * Add(*[means[s] for s in second])]
        for summand in first:
            for other in set().union(*[partners.get(key, set()) for key in self.linked(summand)]):
                total.append(self.product(expand(summand * other)) - means[summand] * means[other])
        return Add(*total)

    def linked(self, expr: Expr) -> set:
        """Where an expression has its randomness from: entries, or whole arrays of a joint law."""
        return {self.domain.symbols[s][0] if self.law(s).kind == "joint" else s for s in self.random(expr)}

    def product(self, term: Expr) -> Expr:
        """E of a product: that of its independent parts, multiplied."""
        fixed, groups = [], []
        for factor in Mul.make_args(term):
            linked = self.linked(factor)
            if not linked:
                fixed.append(factor)
                continue
            members, apart = [factor], []
            for other, found in groups:
                if other & linked:
                    linked, members = linked | other, found + members
                else:
                    apart.append((other, found))
            groups = [*apart, (linked, members)]
        value = Mul(*fixed)
        for _, members in sorted(groups, key=lambda group: any(factor.has(Known) for factor in group[1])):
            value *= self.part(Counter(dict(map(self.power, members))))
            if value == 0:
                break  # what is independent of it need not be known
        return value

    def power(self, factor: Expr) -> tuple[Expr, int]:
        base, exponent = factor.as_base_exp()
        known = isinstance(base, (Symbol, relu, step, *BOUNDED_ODD))
        if not (known and exponent.is_Integer and exponent > 0):
            raise undecided(self.say(factor))
        return base, int(exponent)

    def say(self, expr: Expr) -> str:
        from .counterexample import say

        return say(self.domain, expr)

    def part(self, powers: Counter) -> Expr:
        """E of a product of powers that hang together."""
        entries = [self.domain.symbols[s] for s in powers if isinstance(s, Symbol)]
        if len(entries) == len(powers):
            (name, index), *_ = entries
            if self.declared[name].law.kind != "joint":
                return moment(self.domain, name, index, *powers.values())
            return joint_moment(self.domain, name, [self.domain.symbols[s][1] for s in powers.elements()])
        if not any(isinstance(base, (relu, step)) for base in powers):
            return self.odd(powers)
        return self.cut(powers)

    def flips(self, symbols: set[Symbol]):
        """The changes of sign that leave all laws as they are: each a substitution."""
        symmetric = {self.domain.symbols[s][0] for s in symbols if self.law(s).symmetric}
        for names in subsets(symmetric):
            yield {s: -s for s in symbols if self.domain.symbols[s][0] in names}

    def odd(self, powers: Counter) -> Expr:
        """E of a product with bounded odd functions: zero where a change of sign turns it over."""
        for flip in self.flips(self.random(Mul(*powers))):
            signs = 1
            for base, power in powers.items():
                inner = base if isinstance(base, Symbol) else base.args[0]
                signs *= self.turned(inner, flip) ** power
            if signs == -1:
                return Integer(0)
        raise undecided(self.say(Mul(*[base**power for base, power in powers.items()])))

    @staticmethod
    def turned(expr: Expr, flip: dict) -> int:
        """-1 when the flip turns the sign of an expression, 1 when it leaves it alone, 0 otherwise."""
        other = expr.xreplace(flip)
        return 1 if expand(expr - other) == 0 else -1 if expand(expr + other) == 0 else 0

    def cut(self, powers: Counter) -> Expr:
        """E of relu(u) ** k p or step(u) p, for a polynomial p."""
        whole = Mul(*[base**power for base, power in powers.items()])
        arguments = {base.args[0] for base in powers if isinstance(base, (relu, step))}
        if any(-u in arguments for u in arguments):
            return Integer(0)  # where one is positive, the other is cut off
        if len(arguments) > 1 or any(isinstance(base, BOUNDED_ODD) for base in powers):
            raise undecided(self.say(whole))
        (u,) = arguments
        rest = Counter({base: power for base, power in powers.items() if isinstance(base, Symbol)})
        order = powers[relu(u)] + rest.pop(u, 0)  # u relu(u) is relu(u) ** 2, and u step(u) is relu(u)
        factor = Mul(*[base**power for base, power in rest.items()])
        for flip in self.flips(self.random(whole)):
            even = (order + sum(power for base, power in rest.items() if base in flip)) % 2 == 0
            if self.turned(u, flip) == -1 and even and (order or self.never_zero(u, flip)):
                return self.of(u**order * factor) / 2
        if factor == 1 and order and self.normal(u):
            return half_normal(order, self.spread(self.of(u**2)))
        raise undecided(self.say(whole))

    def never_zero(self, u: Expr, flip: dict) -> bool:
        """Whether u = 0 has probability zero: u is a polynomial in variables of which no value has a probability."""
        symbols = self.random(u)
        return not any(self.random(f) for f in u.atoms(Known)) and all(self.law(s).continuous for s in symbols)

    def normal(self, u: Expr) -> bool:
        """Whether u is normal with mean 0: linear in independent normal variables."""
        symbols = self.random(u)
        slopes = [u.diff(s) for s in symbols] if not u.atoms(relu, step) else []
        return (
            bool(slopes)
            and all(self.law(s).kind == "normal" for s in symbols)
            and not any(self.random(slope) for slope in slopes)
            and self.of(u) == 0
        )

    def spread(self, variance: Expr) -> Expr:
        """The square root, with the squares of what has a sign taken out."""
        from .order import sign as seen

        outside, inside = Integer(1), Integer(1)
        for factor in Mul.make_args(factor_terms(variance.factor())):
            base, power = factor.as_base_exp()
            half = power / 2
            positive, negative = seen(self.domain, base) == 2, seen(self.domain, -base) == 2
            if half.is_Integer and (positive or negative):
                outside *= (base if positive else -base) ** half
            else:
                inside *= factor
        return outside * root(inside)


# --------------------------------------------------------------------------------------------------------- every size


def expectation_every_size(domain, expr: Expr) -> Expr:
    """E of an indexed expression, for symbolic sizes and indices; raises Outside where this does not decide it."""
    try:
        return AveragingEverySize(domain).of(expr)
    except NotationError:
        raise Outside("an expectation") from None


class AveragingEverySize:
    """Takes expectations of indexed expressions: one random array after the other is averaged out."""

    def __init__(self, domain):
        from .every_size import Proof, Term

        self.domain, self.setting = domain, domain.setting
        self.proof, self.term = Proof(domain, {}), Term

    def random(self, expr: Expr) -> set[str]:
        """The names of the random arrays in an expression whose definitions are unfolded."""
        return {e.args[0].name for e in expr.atoms(Entry) if self.setting.declared[e.args[0].name].law}

    def of(self, expr: Expr) -> Expr:
        expr = split_kinks(expr)
        while True:
            names = self.setting.chance({e.args[0].name for e in expr.atoms(Entry)})
            defined = [name for name in names if self.setting.declared[name].body is not None]
            if not defined:
                break
            latest = max(defined, key=lambda name: self.setting.declared[name].position)
            expr = self.proof.unfold(expr, latest, {})
        return Add(*[self.rebuilt(t) for term in self.proof.terms(expr, {}) for t in self.averaged(term)])

    def rebuilt(self, term) -> Expr:
        """A term as an expression again."""
        expr = term.coefficient * Mul(*term.factors)
        for k, (low, high) in term.bound.items():
            body = expr
            expr = self.domain.total(low, high, lambda at, body=body, k=k: body.xreplace({k: at}))
        return expr

    def averaged(self, term) -> list:
        """The terms of E of one term."""
        fixed = [f for f in term.factors if not self.random(f)]
        rest = [f for f in term.factors if self.random(f)]
        if not rest:
            return [term]
        bare = [f for f in rest if isinstance(f.as_base_exp()[0], Entry)]
        nested = set().union(*[self.random(f) for f in rest if f not in bare])
        names = sorted(set().union(*[self.random(f) for f in bare]) - nested)
        if not names:
            return self.cut(term, fixed, bare, [f for f in rest if f not in bare])
        entries = []
        for factor in bare:
            base, power = factor.as_base_exp()
            if base.args[0].name == names[0]:
                if not (power.is_Integer and power > 0):
                    raise Outside("a power that moments do not give")
                entries += [base.args[1:]] * int(power)
        others = [f for f in rest if names[0] not in self.random(f)]
        found = []
        for value in self.grouped(names[0], entries):
            kept = self.term(term.coefficient, term.bound, fixed + others)
            for product in self.proof.products([[kept], self.proof.terms(value, {})], {}):
                found += self.averaged(product)
        return found

    def grouped(self, name: str, entries: list[tuple]):
        """The summands of E of a product of entries of one array."""
        from .differentiate import inside

        if self.setting.declared[name].law.kind == "joint":
            yield joint_moment(self.domain, name, entries)
            return
        if len(set(entries)) == 1:
            yield moment(self.domain, name, entries[0], len(entries)) * inside(self.domain, name, entries[0])
            return
        if len(entries) > 5:
            raise Outside("a product of more than five random entries")
        for groups in partitions(entries):
            value = Integer(1)
            for first, *others in groups:
                for other in others:
                    value *= Mul(*[self.domain.delta(i, j) for i, j in zip(first, other, strict=True)])
                value *= cumulant(self.domain, name, first, 1 + len(others)) * inside(self.domain, name, first)
            if value != 0:
                yield value

    def cut(self, term, fixed, bare, kinked) -> list:
        """E of relu(u) ** k p or step(u) p, as in `Averaging.cut`."""
        functions = Counter()
        for base, power in map(Expr.as_base_exp, kinked):
            functions[base] += int(power)
        arguments = {base.args[0] for base in functions if isinstance(base, (relu, step))}
        if len(arguments) != 1 or not all(isinstance(base, (relu, step)) for base in functions):
            raise Outside("functions of which moments say nothing")
        (u,) = arguments
        order, factor = functions[relu(u)], Mul(*bare)
        laws = {name: self.setting.declared[name].law for name in self.random(u) | self.random(factor)}
        for names in subsets({name for name, law in laws.items() if law.symmetric}):
            odd = self.vanishes(u + self.flipped(u, names))
            even = self.vanishes(u**order * factor - self.flipped(u**order * factor, names))
            if odd and even and (order or self.never_zero(u)):
                kept = self.term(term.coefficient / 2, term.bound, fixed + bare)
                products = self.proof.products([[kept], *[self.proof.terms(u, {})] * order], {})
                return [t for product in products for t in self.averaged(product)]
        raise Outside("a function of what is not symmetric")

    def never_zero(self, u: Expr) -> bool:
        laws = [self.setting.declared[name].law for name in self.random(u)]
        return not u.atoms(Known) and all(law.continuous for law in laws)

    @staticmethod
    def flipped(expr: Expr, names: set[str]) -> Expr:
        return expr.xreplace({e: -e for e in expr.atoms(Entry) if e.args[0].name in names})

    def vanishes(self, expr: Expr) -> bool:
        return self.proof.vanishes(expr)


def partitions(items: list):
    """Every way to divide a list into groups."""
    if not items:
        yield []
        return
    first, *rest = items
    for groups in partitions(rest):
        yield [[first], *groups]
        for k, group in enumerate(groups):
            yield [*groups[:k], [first, *group], *groups[k + 1 :]]
