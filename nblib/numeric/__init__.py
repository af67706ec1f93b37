"""`check_gradient`: a hand-derived gradient against a numeric one, taken from the same NumPy code.

Each parameter is checked on its own. Three random directions by the complex step find any fault that matters, at any
size; up to 2,000 parameters every entry is compared besides, so that a small wrong entry cannot hide behind large
right ones. On failure a bisection leads from the direction to the entry. A function that is not analytic, or takes no
complex numbers, is compared with central differences, and the table says so: no wide stencil, because that would step
across the kink of a ReLU. Sources: see `nblib.numeric.steps`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nblib.numeric.claims import derived, read_claims
from nblib.numeric.gauge import DOUBLE, CentralGauge, ComplexGauge, Gauge, NotAnalytic
from nblib.numeric.mismatch import GradientCheck, GradientMismatch, Row, diagnose, entry_name, name_factor
from nblib.numeric.problem import Problem, eps_of
from nblib.numeric.steps import central_difference, complex_step, forward_difference

__all__ = [
    "GradientCheck",
    "GradientMismatch",
    "central_difference",
    "check_gradient",
    "complex_step",
    "forward_difference",
]

SEEDS = (0, 1, 2)
ATOL = 1e-14  # a difference below it may be the rounding of numbers near 1


def check_gradient(
    loss: Callable, params: Any, claimed: Any, *, every: int = 2_000, atol: float = 0.0
) -> GradientCheck:
    """The claimed gradient is that of the loss; a table says how this was checked and how closely it agrees.

    Parameters
    ----------
    loss : function
        Called as ``loss(**params)`` for a dict, ``loss(*params)`` for a list or tuple, ``loss(params)`` for one
        array; returns one number. It should accept complex arrays: compare on the real part
        (``np.where(z.real > 0, z, 0)``), shift log-sum-exp by the real maximum, use no ``abs``, ``conj``, ``norm``.
        Where it also maps a stack of points, shape (b,) + shape, to b numbers, the check is the faster for it.
    params : dict, list, tuple or array
        Arrays of float64 or float32, of any shape. Data belong into the loss.
    claimed : like ``params``; or a function of them that returns as much; or a `Derivation`, or a list of them
        An entry of a dict may itself be a function or a `Derivation`. A `Derivation` claims the gradient by the
        symbol that it differentiates by; parameters without one are then data, held fixed.
    every : int
        Up to this number of parameters in all, every entry is compared besides the directions.
    atol : float
        Allowed of every entry on top, in units of the gradient; for claims that subtract nearly equal numbers, as
        ``a - y`` does where a unit is saturated. The table says so.

    Returns
    -------
    GradientCheck
        One row for each parameter.

    Raises
    ------
    GradientMismatch
        An `AssertionError`: the claim is wrong, or has the wrong shape (nothing is broadcast) or names; or there is
        no gradient to check: the loss is no single finite real number, is not deterministic, ignores a parameter,
        changes its arguments or has a kink exactly here; or an array holds integers or is not finite.

    Notes
    -----
    Required of double precision: 1e-12 of the norm of the gradient along three directions, 1e-10 of each entry (or
    1e-13 of the largest); with central differences 1e-7, and what rounding in the loss does over the step; with
    float32 1e-5 and 1e-4. Where the gradient is so small that rounding the parameters moves it by more than that, as
    much is allowed.

    Examples
    --------
    >>> X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])      # two features, three examples
    >>> loss = lambda w, b: ((w @ X + b) ** 2).sum() / 2
    >>> w, b = np.array([0.4, -0.6]), np.array(0.2)
    >>> check_gradient(loss, {"w": w, "b": b}, {"w": X @ (w @ X + b), "b": (w @ X + b).sum()})
    gradient by  shape  method        checked          relative error
    w            (2,)   complex step  every entry (2)  ≤ 1e-10
    b            ()     complex step  every entry (1)  ≤ 1e-10
    """
    with np.errstate(all="ignore"):
        claims = derived(claimed)
        problem = Problem(loss, params, only=claims)
        problem.settle()
        arrays, given = read_claims(claimed if claims is None else claims, problem)
        whole = sum(array.size for array in arrays.values()) <= every
        rows = [_row(_Examination(problem, name, arrays, given, whole, atol)) for name in arrays]
        problem.settle_again()
    held = [Row(name, array.shape, "held fixed", "–", None, None) for name, array in problem.fixed.items()]
    return GradientCheck(tuple(rows + held))


def _row(examination: _Examination) -> Row:
    """The examination passes, by the complex step or, where that does not serve, by central differences."""
    e = examination
    try:
        gauge, note = ComplexGauge(e.problem, e.name, e.eps), ""
        error = e.compare(gauge)
    except NotAnalytic as why:
        gauge, note = CentralGauge(e.problem, e.name, e.eps), str(why)
        error = e.compare(gauge)
        note += "; the step was narrowed, beside a kink or where the loss curves strongly" if gauge.narrowed else ""
    notes = [note] if note else []
    notes += ["single precision"] if e.eps > DOUBLE else []
    notes += [f"and {e.atol:.0e} of each entry, absolutely"] if e.atol else []
    notes += ["the gradient is zero at this point"] if not e.claim.any() else []
    checked = f"every entry ({e.claim.size:,})" if e.whole else f"{len(SEEDS)} directions of {e.claim.size:,}"
    bound = gauge.rtol_entry if e.whole else gauge.rtol_direction
    return Row(e.name, e.claim.shape, gauge.method, checked, bound, error, "; ".join(notes))


class _Examination:
    """The claimed gradient by one parameter, to be compared with what a gauge measures."""

    def __init__(self, problem: Problem, name: str, arrays: dict, given: dict, whole: bool, atol: float):
        self.problem, self.name, self.claim, self.given = problem, name, arrays[name], given
        self.whole, self.atol = whole, atol
        self.eps = max(problem.eps, eps_of(given[name]), eps_of(problem.given[name]))

    def compare(self, gauge: Gauge) -> float:
        """The largest relative error found.

        Raises
        ------
        GradientMismatch
            The claim is wrong, or the loss ignores the parameter.
        NotAnalytic
            The gauge does not serve this loss.
        """
        gauge.suits(_direction(self.claim.shape, SEEDS[-1] + 1))
        directions = [_direction(self.claim.shape, seed) for seed in SEEDS]
        numeric = [gauge.along(v) for v in directions]
        if not any(numeric) and self.problem.ignores(self.name):
            raise GradientMismatch(_ignored(self.name), name=self.name)
        norm, error = float(np.linalg.norm(self.claim)), 0.0
        for v, slope in zip(directions, numeric, strict=True):
            claimed = float(np.vdot(self.claim, v))
            if not gauge.accepts(v, claimed, slope, gauge.rtol_direction * norm + self.atol * np.abs(v).sum()):
                self._blame(gauge, v, directions, numeric)
            error = max(error, abs(claimed - slope) / (norm or 1.0))
        return self._compare_entries(gauge) if self.whole else error

    def _compare_entries(self, gauge: Gauge) -> float:
        """The largest relative error of an entry."""
        numeric = gauge.everywhere()
        if self._suspects(gauge, numeric).any():
            numeric = gauge.everywhere(batched=False)
        for index in _worst_first(np.abs(self.claim - numeric), self._suspects(gauge, numeric)):
            if not self._accepts_entry(gauge, numeric, index):
                self._raise(gauge, index, numeric)
        size = np.where(numeric == 0, np.max(np.abs(numeric), initial=0.0) or 1.0, np.abs(numeric))
        return float(np.max(np.abs(self.claim - numeric) / size))

    def _tolerance(self, gauge: Gauge, numeric: NDArray) -> NDArray:
        """For each entry; one that is small beside the largest is allowed the rounding of the largest."""
        size = np.abs(numeric)
        return gauge.rtol_entry * size + gauge.rtol_direction / 10 * np.max(size, initial=0.0) + self.atol

    def _suspects(self, gauge: Gauge, numeric: NDArray) -> NDArray:
        return np.array(~(np.abs(self.claim - numeric) <= self._tolerance(gauge, numeric)))

    def _accepts_entry(self, gauge: Gauge, numeric: NDArray, index: tuple[int, ...]) -> bool:
        tolerance = float(self._tolerance(gauge, numeric)[index])
        return gauge.accepts(gauge.unit(index), float(self.claim[index]), float(numeric[index]), tolerance)

    def _blame(self, gauge: Gauge, v: NDArray, directions: list[NDArray], slopes: list[float]) -> None:
        """Raises the error for a claim that is wrong along ``v``, with the entry to which bisection leads."""
        index = _bisect(gauge, self.claim, v)
        if self.whole:
            numeric = gauge.everywhere(batched=False)
            if not self._suspects(gauge, numeric)[index]:
                index = next(_worst_first(np.abs(self.claim - numeric), np.ones(self.claim.shape, bool)))
            self._raise(gauge, index, numeric)
        claimed = [float(np.vdot(self.claim, v)) for v in directions]
        factors = [c / s if s else np.nan for c, s in zip(claimed, slopes, strict=True)]
        same = np.ptp(factors) <= 1e-9 * abs(factors[0])
        self._raise(gauge, index, None, name_factor(factors[0]) if same else "")

    def _raise(self, gauge: Gauge, index: tuple[int, ...], numeric: NDArray | None, why: str = "") -> None:
        """Raises the error for one wrong entry."""
        claimed = float(self.claim[index])
        right = gauge.along(gauge.unit(index)) if numeric is None else float(numeric[index])
        gauge.contradicted(index, claimed, right)
        if numeric is not None:
            wrong = self._suspects(gauge, numeric)
            wrong[index] = True
            why = diagnose(self.claim, numeric, wrong)
        difference = abs(claimed - right)
        relative = f" (relative: {difference / abs(right):.1e})" if right else ""
        lines = [
            f"the claimed gradient of {self.name} is wrong at {entry_name(self.name, index)}:",
            f"    claimed  {claimed + 0.0:.10g}",
            f"    numeric  {right:.10g}   ({gauge.method})",
            f"    they differ by {difference:.1e}{relative}",
        ]
        rounding = f"If the claim subtracts numbers near 1 that are nearly equal, allow atol={ATOL:.0e}."
        lines += [f"  {line}" for line in (why, self._shared(), rounding if difference < ATOL else "") if line]
        raise GradientMismatch("\n".join(lines), name=self.name, index=index, claimed=claimed, numeric=right)

    def _shared(self) -> str:
        """A sentence if the claimed array is also another claim, or the parameter itself."""
        mine = self.given[self.name]
        for name, other in self.given.items():
            if name != self.name and np.shares_memory(mine, other):
                return f"It shares its memory with the gradient of {name}: one overwrites the other; make copies."
        for name, other in self.problem.given.items():
            if np.shares_memory(mine, other):
                return f"It shares its memory with the parameter {name}: make a copy before changing either."
        return ""


def _direction(shape: tuple[int, ...], seed: int) -> NDArray:
    """A random direction in which no entry is small: ± 0.5 to 1.5."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def _bisect(gauge: Gauge, claim: NDArray, v: NDArray) -> tuple[int, ...]:
    """An entry in which ``claim`` is wrong, by halving the direction ``v`` along which it is: log2(size) calls."""
    inside = np.arange(claim.size)
    error = float(np.vdot(claim, v)) - gauge.along(v)
    while inside.size > 1:
        half = inside[: inside.size // 2]
        part = np.zeros(claim.shape)
        part.flat[half] = v.flat[half]
        of_half = float(np.vdot(claim, part)) - gauge.along(part)
        first = abs(of_half) >= abs(error - of_half)
        inside, error = (half, of_half) if first else (inside[half.size :], error - of_half)
    return tuple(int(i) for i in np.unravel_index(inside[0], claim.shape))


def _worst_first(error: NDArray, suspects: NDArray):
    """The indices of the suspects, the largest error first."""
    for flat in np.argsort(-np.where(suspects, error, -1.0), axis=None)[: int(suspects.sum())]:
        yield tuple(int(i) for i in np.unravel_index(flat, error.shape))


def _ignored(name: str) -> str:
    return (
        f"the loss ignores {name}: no change of {name} changes it, so there is nothing to check.\n"
        f"  It may use a variable of that name from outside: let it take {name} as its argument."
    )
