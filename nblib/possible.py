"""Can these numbers all be positive at once? A proof by cases leaves out those that cannot occur.

Every product of symbols counts as a number of its own, so that what is asked is linear; Fourier and Motzkin eliminate
one such number after the other. The answer "no" is a proof, the answer "yes" is not.
"""

from __future__ import annotations

from fractions import Fraction

from sympy import Expr, Integer, expand

MOST = 400  # inequalities: beyond that every case counts as possible
ONE = Integer(1)

Linear = dict[Expr, Fraction]  # {product of symbols, or ONE: its coefficient}; positive, it is asked


def can_be_positive(forms: list[Expr]) -> bool:
    """Whether all of these expressions may be positive at the same values of their symbols.

    Examples
    --------
    >>> from sympy.abc import a, b
    >>> can_be_positive([a, b, -a * b]), can_be_positive([a, b - a, -b])
    (True, False)
    """
    left = [{unknown: Fraction(c.p, c.q) for unknown, c in expand(form).as_coefficients_dict().items()}
            for form in forms]
    while True:
        if any(row.keys() <= {ONE} and row.get(ONE, 0) <= 0 for row in left):
            return False
        left = [row for row in left if not row.keys() <= {ONE}]
        if not left or len(left) > MOST:
            return True
        unknowns = sorted({unknown for row in left for unknown in row} - {ONE}, key=str)
        left = without(min(unknowns, key=lambda unknown: pairs(left, unknown)), left)


def pairs(rows: list[Linear], unknown: Expr) -> int:
    """How many inequalities follow when this number is eliminated."""
    above = [row[unknown] > 0 for row in rows if unknown in row]
    return sum(above) * (len(above) - sum(above))


def without(unknown: Expr, rows: list[Linear]) -> list[Linear]:
    """What the inequalities say of the other numbers: each lower bound of this one is below each upper bound."""
    found = [row for row in rows if unknown not in row]
    lower = [row for row in rows if row.get(unknown, 0) > 0]
    upper = [row for row in rows if row.get(unknown, 0) < 0]
    for one in lower:
        for other in upper:
            row = {key: one.get(key, 0) / one[unknown] - other.get(key, 0) / other[unknown] for key in one | other}
            row = {key: value for key, value in row.items() if value}
            if row not in found:
                found.append(row)
    return found
