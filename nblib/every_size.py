"""Proofs for every size: both sides in index notation, with symbolic sizes, put into one normal form.

Every array counts as zero outside its range, so that a sum over a range is a sum over all integers, and Kronecker's
delta eliminates a summation index exactly: the sum over k of δ(k, e) f(k) is f(e) where e lies within the range of k.
A side becomes a list of terms (a coefficient, the summation indices with their ranges, factors); equal terms get
equal names.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Symbol

from .algebra import Evaluator
from .arrays import Delta, Entry, IndexSum, InRange, Outside
from .differentiate import inside
from .functions import Known
from .normal_form import TooLarge, is_zero
from .syntax import Node, NotationError

MAX_TERMS, MAX_BOUND = 400, 7
Range = tuple[Expr, Expr]


def holds_for_every_size(comparison, left: Node, right: Node) -> bool:
    """Whether the line is proved with symbolic sizes.  False means: not proved this way, not that it fails."""
    domain = comparison.setting.every_size
    evaluator = Evaluator(comparison.setting, domain)
    try:
        limits = comparison.ranges(domain, evaluator)
        env = {letter: Symbol(letter, integer=True) for letter in comparison.letters}
        ranges = {env[letter]: limits[letter] for letter in env}
        a, b = evaluator.value(left, env), evaluator.value(right, env)
        index = []
        for axis, size in enumerate(a.shape):
            first = Integer(comparison.setting.origin)
            free = Symbol(f"ι{axis}", integer=True)
            ranges[free] = (first, size + first - 1)
            index.append(first if size == 1 else free)
        return Proof(domain, ranges).of(a.at(*index) - b.at(*index))
    except (Outside, NotationError, TooLarge, TypeError, ZeroDivisionError, RecursionError):
        return False


@dataclass
class Term:
    """coefficient · Σ over bound of the product of factors."""

    coefficient: Expr
    bound: dict[Symbol, Range]
    factors: list[Expr]


class Proof:
    """Shows that an indexed expression is zero.  `ranges` holds what the free indices run over."""

    def __init__(self, domain, ranges: dict[Symbol, Range]):
        self.domain, self.setting, self.ranges = domain, domain.setting, ranges
        self.count = self.names = 0

    def of(self, difference: Expr) -> bool:
        """Whether `difference` is zero, definitions unfolded latest first where needed."""
        while True:
            if difference == 0 or self.vanishes(difference):
                return True
            names = {e.args[0].name for e in difference.atoms(Entry)}
            defined = [n for n in names if self.setting.declared[n].body is not None]
            if not defined:
                return False
            latest = max(defined, key=lambda n: self.setting.declared[n].position)
            difference = self.unfold(difference, latest, self.ranges)

    def fresh(self) -> Symbol:
        """A new summation index.  They are numbered within the proof, so that it takes the same course on every run."""
        self.names += 1
        return Dummy(f"β{self.names:06d}", integer=True)

    # -- definitions

    def unfold(self, expr: Expr, name: str, ranges: dict[Symbol, Range]) -> Expr:
        """`expr` with the entries of `name` replaced by their definition, and by zero outside."""
        if isinstance(expr, Entry):
            if expr.args[0].name != name:
                return expr
            at = expr.args[1:]
            body = self.setting.definition(name, self.domain).at(*at)
            return self.known(inside(self.domain, name, at), ranges) * body
        if not expr.has(Entry):
            return expr
        if isinstance(expr, IndexSum):
            body, k, low, high = expr.args
            fresh = self.fresh()  # no index of the definition can be caught by this sum
            inner = self.unfold(body.xreplace({k: fresh}), name, ranges | {fresh: (low, high)})
            return Integer(0) if inner == 0 else IndexSum(inner, fresh, low, high)
        return expr.func(*[self.unfold(a, name, ranges) if isinstance(a, Expr) else a for a in expr.args])

    def known(self, marks: Expr, ranges: dict[Symbol, Range]) -> Expr:
        """A product of InRange without those that the ranges of the indices settle."""
        return Mul(*[m for m in Mul.make_args(marks) if not (isinstance(m, InRange) and settled(m, ranges))])

    # -- normal form

    def vanishes(self, expr: Expr) -> bool:
        terms = self.without_denominators(self.terms(expr, self.ranges))
        groups: dict[tuple, list[Expr]] = {}
        for term in terms:
            key, value = canonical(term)
            groups.setdefault(key, []).append(value)
        return all(is_zero(Add(*values), self.domain.hides_kink) for values in groups.values())

    def terms(self, expr: Expr, ranges: dict[Symbol, Range]) -> list[Term]:
        self.count += 1
        if self.count > 4000:
            raise TooLarge
        if expr.is_Rational:
            return [Term(expr, {}, [])] if expr != 0 else []
        if isinstance(expr, Add):
            return [t for a in expr.args for t in self.terms(a, ranges)]
        if isinstance(expr, Mul):
            return self.products([self.terms(a, ranges) for a in expr.args], ranges)
        if (
            isinstance(expr, Pow)
            and expr.exp.is_Integer
            and expr.exp > 0
            and (expr.base.is_Add or expr.base.has(IndexSum))
        ):
            return self.products([self.terms(expr.base, ranges) for _ in range(int(expr.exp))], ranges)
        if isinstance(expr, IndexSum):
            body, k, low, high = expr.args
            fresh = self.fresh()
            inner = self.terms(body.xreplace({k: fresh}), ranges | {fresh: (low, high)})
            done = [
                self.simplified(Term(t.coefficient, t.bound | {fresh: (low, high)}, t.factors), ranges) for t in inner
            ]
            return [t for t in done if t.coefficient != 0]
        if isinstance(expr, Pow):
            return [Term(Integer(1), {}, [Pow(self.opaque(expr.base, ranges), expr.exp)])]
        if isinstance(expr, Known):
            return [Term(Integer(1), {}, [expr.func(*[self.opaque(a, ranges) for a in expr.args])])]
        return [Term(Integer(1), {}, [expr])]

    def products(self, lists: list[list[Term]], ranges) -> list[Term]:
        size = 1
        for terms in lists:
            size *= len(terms)
        if size > MAX_TERMS:
            raise TooLarge
        found = []
        for choice in product(*lists):
            bound, factors, coefficient = {}, [], Integer(1)
            for term in choice:
                apart = {k: self.fresh() for k in term.bound if k in bound}
                bound |= {apart.get(k, k): r for k, r in term.bound.items()}
                factors += [f.xreplace(apart) for f in term.factors]
                coefficient *= term.coefficient
            if len(bound) > MAX_BOUND:
                raise TooLarge
            term = self.simplified(Term(coefficient, bound, factors), ranges)
            if term.coefficient != 0:
                found.append(term)
        return found

    def opaque(self, expr: Expr, ranges) -> Expr:
        """An argument that stays closed, spelled in one way."""
        if not expr.has(IndexSum):
            return expr
        total: dict[tuple, list[Expr]] = {}
        for term in self.terms(expr, ranges):
            key, value = canonical(term)
            total.setdefault(key, []).append(value)
        parts = []
        for limits, values in total.items():
            body = Add(*values)
            for k, (low, high) in enumerate(limits, 1):
                body = IndexSum(body, Symbol(f"κ{k}", integer=True), low, high)
            parts.append(body)
        return Add(*parts)

    def without_denominators(self, terms: list[Term]) -> list[Term]:
        """The terms times every denominator that holds a sum: softmax's normalization becomes an ordinary factor."""
        for base in sorted(
            {
                f.base
                for t in terms
                for f in t.factors
                if isinstance(f, Pow) and f.exp.is_Integer and f.exp < 0 and f.base.has(IndexSum)
            },
            key=str,
        ):
            if any(base.has(k) for t in terms for k in t.bound):
                continue
            power = max(-int(f.exp) for t in terms for f in t.factors if isinstance(f, Pow) and f.base == base)
            cleared = []
            for term in terms:
                own = [f for f in term.factors if isinstance(f, Pow) and f.base == base]
                rest = [f for f in term.factors if f not in own]
                left = power + sum(int(f.exp) for f in own)
                lists = [
                    [Term(term.coefficient, term.bound, rest)],
                    *[self.terms(base, self.ranges) for _ in range(left)],
                ]
                cleared += self.products(lists, self.ranges)
            terms = cleared
        return terms

    def simplified(self, term: Term, ranges: dict[Symbol, Range]) -> Term:
        """Deltas eliminated, marks absorbed, indices that nothing depends on counted."""
        factors: list[Expr] = []
        for f in term.factors:
            for part in Mul.make_args(f):
                if isinstance(part, Pow) and isinstance(part.base, (Delta, InRange)):
                    part = part.base
                factors.append(part)
        term = Term(term.coefficient, dict(term.bound), factors)
        done: list[Expr] = []
        while left := deltas(term):
            if any(eliminated(term, delta) for delta in left):
                continue
            delta, k, value = renamed(term, left[0])
            done = [*[replaced(other, k, value) for other in done], delta]
        term.factors += done
        self.absorb(term, ranges)
        for k in [
            k
            for k in term.bound
            if not any(f.has(k) for f in term.factors)
            and not any(lo.has(k) or hi.has(k) for lo, hi in term.bound.values())
        ]:
            low, high = term.bound.pop(k)
            if not (high - low + 1).is_nonnegative:
                raise TooLarge  # at some size this range may be empty, and a count of it would be negative
            term.coefficient = term.coefficient * (high - low + 1)
        numbers = [f for f in term.factors if f.is_Rational]
        if numbers:
            term.coefficient = Mul(term.coefficient, *numbers)
            term.factors = [f for f in term.factors if not f.is_Rational]
        return self.reparametrized(term)

    def absorb(self, term: Term, ranges: dict[Symbol, Range]) -> None:
        """Drop every InRange that a range settles, or that an array which is zero there makes needless."""
        known = ranges | term.bound
        zero_outside = set()
        for f in term.factors:
            if isinstance(f, Entry):
                for at, (low, high) in zip(f.args[1:], self.axis_ranges(f), strict=False):
                    zero_outside |= {(at, low, high), (mirrored(at, low, high), low, high)}
        seen, kept = set(), []
        for f in term.factors:
            if isinstance(f, InRange) and (settled(f, known) or f.args in zero_outside or f in seen):
                continue
            if isinstance(f, InRange):
                seen.add(f)
            kept.append(f)
        term.factors = kept

    def axis_ranges(self, entry: Entry) -> list[Range]:
        """The range of each axis of the array that an entry belongs to."""
        first = Integer(self.setting.origin)
        return [(first, size + first - 1) for size in self.setting.declared[entry.args[0].name].shape]

    def reparametrized(self, term: Term) -> Term:
        """Give each summation index that runs over all integers the place of an array's own index, always
        the same one.
        """
        for k in list(term.bound):
            entries = sorted(
                (f for f in term.factors if isinstance(f, Entry) and any(a.has(k) for a in f.args[1:])),
                key=lambda f: f.args[0].name,
            )
            own = {
                limits
                for f in entries
                for at, limits in zip(f.args[1:], self.axis_ranges(f), strict=False)
                if k in (at, mirrored(at, *limits))
            }
            if term.bound[k] not in own or any(f.has(k) for f in term.factors if not isinstance(f, Entry)):
                continue
            for entry in entries:
                for at, limits in zip(entry.args[1:], self.axis_ranges(entry), strict=False):
                    factor = at.coeff(k, 1)
                    if (
                        factor in (1, -1)
                        and not (at - factor * k).has(k)
                        and not any((at - factor * k).has(o) for o in term.bound)
                    ):
                        if at != k:
                            value = (factor * (k - (at - factor * k))).expand()
                            term.factors = [replaced(f, k, value) for f in term.factors]
                            term.bound[k] = limits
                        break
                else:
                    continue
                break
        return term


def mirrored(at: Expr, low: Expr, high: Expr) -> Expr:
    """The index counted from the other end: it lies within the range exactly when `at` does."""
    return (low + high - at).expand()


def settled(mark: InRange, ranges: dict[Symbol, Range]) -> bool:
    """Whether an index is known to lie within its range."""
    at, low, high = mark.args
    return ranges.get(at) == (low, high) or (nonnegative(at - low, ranges) and nonnegative(high - at, ranges))


def nonnegative(expr: Expr, ranges: dict[Symbol, Range]) -> bool:
    """Whether a number is known to be zero or more, whatever its indices: each is put where that makes it least."""
    expr = expr.expand()
    while indices := [k for k in ranges if expr.has(k)]:
        k = indices[0]
        factor, (low, high) = expr.coeff(k, 1), ranges[k]
        if (expr - factor * k).expand().has(k) or not (factor.is_nonnegative or factor.is_nonpositive):
            return False  # not linear, or of unknown sign
        expr = expr.subs(k, low if factor.is_nonnegative else high).expand()
    return bool(expr.is_nonnegative)


def deltas(term: Term) -> list[Delta]:
    """Those factors that are deltas."""
    return [f for f in term.factors if isinstance(f, Delta)]


def eliminated(term: Term, delta: Delta) -> bool:
    """Use one delta to remove a summation index, or to make two free indices one name.  False when nothing can be
    solved.
    """
    difference = (delta.args[0] - delta.args[1]).expand()
    if difference == 0:
        term.factors.remove(delta)
        return True
    if difference.is_Integer:
        term.coefficient = Integer(0)
        term.factors.remove(delta)
        return True
    for k in sorted((k for k in difference.free_symbols if k in term.bound), key=str):
        factor = difference.coeff(k, 1)
        if factor in (1, -1) and not (difference - factor * k).has(k):
            value = (k - factor * difference).expand()
            low, high = term.bound.pop(k)
            rest = list(term.factors)
            rest.remove(delta)
            term.factors = [replaced(f, k, value) for f in rest] + [InRange(value, low, high)]
            term.factors = [p for f in term.factors for p in Mul.make_args(f)]
            return True
    return False


def renamed(term: Term, delta: Delta) -> tuple[Expr, Symbol, Expr]:
    """A delta of free indices, in one spelling; the other factors use one of its two names.  Returns also that name
    and what replaces it (the name itself where nothing can be solved).
    """
    term.factors.remove(delta)
    difference = (delta.args[0] - delta.args[1]).expand()
    for k in sorted(difference.free_symbols, key=str, reverse=True):
        factor = difference.coeff(k, 1)
        if factor in (1, -1) and not (difference - factor * k).has(k):
            value = (k - factor * difference).expand()
            term.factors = [replaced(f, k, value) for f in term.factors]
            return Delta(k, value), k, value
    return delta, k, k


def replaced(expr: Expr, k: Symbol, value: Expr) -> Expr:
    result = expr.xreplace({k: value})
    return result.replace(
        lambda e: isinstance(e, (Entry, Delta, InRange)), lambda e: e.func(*[a.expand() for a in e.args])
    )


def canonical(term: Term) -> tuple[tuple, Expr]:
    """(ranges of the summation indices in order, the term with them named κ1, κ2, ...): equal terms come out equal."""
    body = Mul(*term.factors)
    if not term.bound:
        return (), term.coefficient * body

    def signature(k):
        return str(term.bound[k]), sorted(
            str(f.xreplace({k: Symbol("■")} | {o: Symbol("□") for o in term.bound if o != k}))
            for f in term.factors
            if f.has(k)
        )

    order = sorted(term.bound, key=lambda k: (str(signature(k)[0]), signature(k)[1]))
    ties = [[order[0]]]
    for k in order[1:]:
        if signature(k) == signature(ties[-1][-1]):
            ties[-1].append(k)
        else:
            ties.append([k])
    best = None
    count = 1
    for group in ties:
        for n in range(2, len(group) + 1):
            count *= n
    if count > 120:
        raise TooLarge
    for choice in product(*[permutations(group) for group in ties]):
        arranged = [k for group in choice for k in group]
        names = {k: Symbol(f"κ{n}", integer=True) for n, k in enumerate(arranged, 1)}
        made = body.xreplace(names)
        text = str(made)
        if best is None or text < best[0]:
            limits = tuple((term.bound[k][0].xreplace(names), term.bound[k][1].xreplace(names)) for k in arranged)
            best = (text, limits, made)
    return best[1], term.coefficient * best[2]
