"""How a gradient check ends: a table of what agrees, or an error that says what is wrong, where, and how to mend it.

The table prints bounds, not the digits of rounding noise, so that it is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["GradientCheck", "GradientMismatch", "Row", "diagnose", "entry_name", "name_factor"]


class GradientMismatch(AssertionError):
    """The claimed gradient is wrong, or there is none to compare it with.

    Attributes
    ----------
    name : str or None
        The parameter concerned.
    index : tuple of int or None
        The entry of it, counted from 0.
    claimed, numeric : float or None
        Both numbers, where two numbers disagree.
    """

    def __init__(self, message: str, *, name=None, index=None, claimed=None, numeric=None):
        super().__init__(message)
        self.name, self.index, self.claimed, self.numeric = name, index, claimed, numeric


@dataclass(frozen=True)
class Row:
    """What was found out about one parameter."""

    name: str
    shape: tuple[int, ...]
    method: str  # complex step, central differences, held fixed
    checked: str  # every entry, or so many directions
    bound: float | None  # relative; the claimed gradient was required to be this close
    error: float | None  # relative; it was this close (noise: differs between machines)
    note: str = ""


@dataclass(frozen=True)
class GradientCheck:
    """The claimed gradient agrees with the numeric one; shown as a table, one row for each parameter.

    Attributes
    ----------
    rows : tuple of Row

    Notes
    -----
    The last column is what was required, relative to the entry where every entry was checked and to the norm of the
    gradient where directions were; what a rounding of the parameters moves comes on top. ``rows[k].error`` is what
    was reached.
    """

    rows: tuple[Row, ...]

    def _cells(self) -> list[tuple[str, ...]]:
        head = ("gradient by", "shape", "method", "checked", "relative error")
        return [head] + [
            (row.name, str(row.shape), row.method, row.checked, "–" if row.bound is None else f"≤ {row.bound:.0e}")
            for row in self.rows
        ]

    def _notes(self) -> list[str]:
        return [f"{row.name}: {row.note}" for row in self.rows if row.note]

    def __str__(self) -> str:
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]
        return "\n".join(lines + self._notes())

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        head, *rows = self._cells()
        lines = ["| " + " | ".join(head) + " |", "|:--|:--|:--|:--|--:|"]
        lines += ["| " + " | ".join((f"`{row[0]}`", *row[1:])) + " |" for row in rows]
        return "\n".join(lines + [f"\n{note}" for note in self._notes()])


def entry_name(name: str, index: tuple[int, ...]) -> str:
    """``W[1, 2]``, or ``b`` for a scalar."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def diagnose(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    """The slip that explains the difference, in a sentence with what to do about it.

    Parameters
    ----------
    claim, numeric : arrays of one shape
    wrong : array of bool, the same shape
        The entries that disagree; at least one.
    """
    for explains in (_zero, _factor, _transpose, _signs, _exchange):
        sentence = explains(claim, numeric, wrong)
        if sentence:
            return sentence
    k, size = int(wrong.sum()), wrong.size
    if k == size:
        return "Every entry is wrong: derive the formula again, or look for an update between loss and gradient."
    return f"Wrong in {k} of {size} entries: look for an index, a mask or an assignment that singles them out."


def _zero(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    if not claim.any():
        return "The claimed gradient is zero throughout: was it ever filled in?"
    return "" if numeric.any() else "The numeric gradient is zero throughout: the loss is flat here."


def _factor(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    if not wrong[numeric != 0].all():
        return ""
    factor = float(np.vdot(numeric, claim) / np.vdot(numeric, numeric))
    if abs(factor - 1) < 1e-6 or not _close(claim, factor * numeric):
        return ""
    return name_factor(factor) or (f"It is {factor:.9g} times the right one throughout." if claim.size > 1 else "")


def name_factor(factor: float) -> str:
    """The sentence for a claimed gradient that is ``factor`` times the right one, if the factor has a name."""
    if _close(factor, -1.0):
        return "It differs by the factor −1 throughout: a minus is missing, or one too many."
    sign, size = "−" if factor < 0 else "", abs(factor)
    n = round(max(size, 1 / size)) if size else 1
    if n < 2 or not _close(max(size, 1 / size), n):
        return ""
    if size > 1:
        why = "a square that lacks its ½" if n == 2 else f"an average that lacks its 1/{n}"
        return f"It differs by the factor {sign}{n} throughout: look for {why}."
    return f"It differs by the factor {sign}1/{n} throughout: look for a 1/{n} that is there once too often."


def _transpose(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    if claim.ndim == 2 and claim.shape[0] == claim.shape[1] and _close(claim, numeric.T):
        return "It is the transpose of the right gradient: exchange the factors of the product, transposed."
    return ""


def _signs(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    if _close(claim[wrong], -numeric[wrong]):
        return f"The sign is wrong in {int(wrong.sum())} of {wrong.size} entries."
    return ""


def _exchange(claim: NDArray, numeric: NDArray, wrong: NDArray) -> str:
    if wrong.sum() < 2 or not _close(np.sort(claim[wrong]), np.sort(numeric[wrong])):
        return ""
    if wrong.sum() > 2:
        return f"{int(wrong.sum())} entries hold the right numbers in another order: look at reshape, transpose, index."
    first, second = (entry_name("", tuple(int(i) for i in index)) for index in np.argwhere(wrong))
    return f"The entries {first} and {second} are exchanged."


def _close(a, b) -> bool:
    """Equal to nine digits of the largest entry: enough to name a slip."""
    return bool(np.max(np.abs(np.subtract(a, b)), initial=0.0) <= 1e-9 * np.max(np.abs(b), initial=0.0))
