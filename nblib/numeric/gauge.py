"""Two ways to measure the derivative of a loss by one parameter, each with an honest idea of its own error.

`ComplexGauge` is exact to rounding, and wrong without a sign of it where the loss is not analytic; so before it is
used, `suits` compares it with differences along one direction. `CentralGauge` needs nothing but the loss itself, and
is good to seven digits. A kink of the loss within the step of a difference is met by narrowing the step, never by
widening the tolerance; a kink at the very point is an error, for there the gradient does not exist.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nblib.numeric.mismatch import GradientMismatch, entry_name
from nblib.numeric.problem import Problem
from nblib.numeric.steps import complex_step

__all__ = ["CentralGauge", "ComplexGauge", "Gauge", "NotAnalytic"]

DOUBLE = float(np.finfo(float).eps)
SHRINK = (1.0, 1 / 4, 1 / 16, 1 / 256, 1 / 4096)  # of the step h = 6.1e-6; the last is 1.5e-9
SEARCHED = 2_000  # entries: beyond, a kink is not traced to its entry


class NotAnalytic(Exception):
    """The complex step does not give the derivative of this loss; the message says why."""


class Slope(NamedTuple):
    """What differences over one step say of a directional derivative."""

    centre: float  # (f(x + h v) - f(x - h v)) / 2h
    gap: float  # forward slope minus backward slope: h f″, or the jump of the slope at a kink
    rounding: float  # the error of both that rounding in the loss explains

    def near(self, target: float) -> bool:
        return bool(abs(self.centre - target) <= 1e-8 * abs(target) + self.rounding)


class Gauge:
    """The derivative of a loss by one parameter: what both ways have in common.

    Parameters
    ----------
    problem : Problem, settled
    name : the parameter
    eps : relative spacing of the coarsest floating-point numbers involved
    """

    method: str
    rtol_direction: float  # of the norm of the gradient
    rtol_entry: float  # of the entry

    def __init__(self, problem: Problem, name: str, eps: float):
        self.problem, self.name, self.eps = problem, name, eps
        self.f, self.x = problem.of(name), problem.point[name]

    def unit(self, index: tuple[int, ...]) -> NDArray:
        """The direction of one entry."""
        v = np.zeros(self.x.shape)
        v[index] = 1.0
        return v

    def slope(self, v: NDArray, shrink: float = 1.0) -> Slope:
        """Differences along ``v``, over a step of fixed length whatever the length of ``v``."""
        length = float(np.linalg.norm(v))
        h = shrink * self.problem.eps ** (1 / 3) * max(1.0, float(np.abs(self.x).max())) / length
        ahead, behind = float(self.f(self.x + h * v)), float(self.f(self.x - h * v))
        gap = (ahead - 2 * self.problem.value + behind) / h
        return Slope((ahead - behind) / (2 * h), abs(gap), self.problem.noise / h)

    def slopes(self, v: NDArray) -> list[Slope]:
        """Differences along ``v`` over narrower and narrower steps."""
        return [self.slope(v, shrink) for shrink in SHRINK]

    def refuse_kink(self, slopes: list[Slope], index: tuple[int, ...] | None = None) -> None:
        """There is no kink of the loss at this very point, along the direction of ``slopes``.

        Raises
        ------
        GradientMismatch
            The slopes to both sides differ however narrow the step: the gradient does not exist.
        """
        if not _kink(slopes):
            return
        index = self._kinked() if index is None else index
        where = entry_name(self.name, index) if index is not None else self.name
        last = self.slope(self.unit(index), SHRINK[-1]) if index is not None else slopes[-1]
        raise GradientMismatch(
            f"the loss has a kink exactly here: as {where} grows or shrinks, its slope jumps by {last.gap:.3g}, "
            "so the gradient does not exist.\n"
            "  A ReLU at 0, equal entries under a max, or |z| at 0 does this: check at a point drawn at random, with "
            "biases that are not 0.",
            name=self.name,
            index=index,
        )

    def _kinked(self) -> tuple[int, ...] | None:
        """The first entry along which the loss has a kink here, if it can be found."""
        for index in np.ndindex(self.x.shape) if self.x.size <= SEARCHED else ():
            if _kink([self.slope(self.unit(index), shrink) for shrink in SHRINK[-2:]]):
                return index
        return None


class ComplexGauge(Gauge):
    """The derivative by the complex step."""

    method = "complex step"

    def __init__(self, problem: Problem, name: str, eps: float):
        super().__init__(problem, name, eps)
        self.rtol_direction, self.rtol_entry = (1e-12, 1e-10) if eps <= DOUBLE else (1e-5, 1e-4)

    def along(self, v: NDArray) -> float:
        """The derivative along ``v``."""
        return self._along(self.f, self.x, v)

    def everywhere(self, batched: bool = True) -> NDArray:
        """The whole gradient, by a batched call where the loss takes a stack of points."""
        if batched and self._batches():
            try:
                return complex_step(self.f, self.x, batched=True)
            except Exception:  # it took two points and does not take these: one by one, then
                pass
        return complex_step(self.f, self.x)

    def accepts(self, v: NDArray, claimed: float, numeric: float, tolerance: float) -> bool:
        """True if both numbers are the same, but for what rounding the parameters does to the derivative."""
        if abs(claimed - numeric) <= tolerance:
            return True
        return bool(abs(claimed - numeric) <= tolerance + max(self._doubt(v, numeric, seed) for seed in (0, 1)))

    def suits(self, v: NDArray) -> None:
        """The complex step gives the derivative of this loss: differences along ``v`` agree with it.

        Raises
        ------
        NotAnalytic
            They do not.
        GradientMismatch
            The loss has a kink at this very point.
        """
        exact = self.along(v)
        if self.slope(v).near(exact):
            return
        slopes = self.slopes(v)
        curved = 2 * abs(slopes[0].centre - slopes[1].centre)
        if _settles(slopes, exact) or abs(slopes[0].centre - exact) <= curved:
            return
        self.refuse_kink(slopes)
        raise NotAnalytic(
            f"the loss is not analytic (abs, conj, norm?): along one direction the complex step gives {exact:.3g} "
            f"and differences {slopes[0].centre:.3g}"
        )

    def contradicted(self, index: tuple[int, ...], claimed: float, numeric: float) -> None:
        """Differences by one entry do not side with the claim against the complex step.

        Raises
        ------
        NotAnalytic
            They do.
        GradientMismatch
            The loss has a kink at this very point.
        """
        slopes = self.slopes(self.unit(index))
        self.refuse_kink(slopes, index)
        if _settles(slopes, claimed) and not _settles(slopes, numeric):
            raise NotAnalytic(
                f"the loss is not analytic (abs, conj, norm?): by {entry_name(self.name, index)} the complex step "
                f"gives {numeric:.3g} and differences {slopes[0].centre:.3g}"
            )

    def _along(self, f, x: NDArray, v: NDArray) -> float:
        try:
            slope = complex_step(f, x, direction=v)
        except Exception as why:
            first = str(why).strip().splitlines()[0][:120] if str(why).strip() else type(why).__name__
            raise NotAnalytic(f"the loss does not take complex numbers ({type(why).__name__}: {first})") from None
        if slope.shape != () or not np.isfinite(slope):
            raise NotAnalytic("the loss is not finite for complex parameters")
        return float(slope)

    def _doubt(self, v: NDArray, numeric: float, seed: int) -> float:
        """How far the derivative moves when every parameter moves by a few roundings."""
        point = self.problem.moved(64 * self.eps, seed)
        around = {name: array.astype(complex) for name, array in point.items()}

        def moved(array: NDArray):
            return self.problem.apply(self.problem.loss, {**around, self.name: array})

        return abs(self._along(moved, point[self.name], v) - numeric)

    def _batches(self) -> bool:
        """True if the loss maps a stack of two points to their two values."""
        other = self.problem.moved(1e-3, 0)[self.name]
        stack = np.stack([self.x, other]).astype(complex)
        try:
            values = np.asarray(self.f(stack))
            return values.shape == (2,) and np.allclose(values, [self.problem.value, self.f(other)], rtol=1e-9, atol=0)
        except Exception:
            return False


class CentralGauge(Gauge):
    """The derivative by central differences."""

    method = "central differences"

    def __init__(self, problem: Problem, name: str, eps: float):
        super().__init__(problem, name, eps)
        loose = 1e-2 if problem.eps > DOUBLE else 1e-5 if eps > DOUBLE else 1e-7
        self.rtol_direction, self.rtol_entry = loose, 10 * loose if eps > DOUBLE else loose
        self.narrowed = False

    def along(self, v: NDArray) -> float:
        """The derivative along ``v``."""
        return self._measure(v).centre

    def everywhere(self, batched: bool = False) -> NDArray:
        """The whole gradient, one entry after the other."""
        entries = [self.along(self.unit(index)) for index in np.ndindex(self.x.shape)]
        return np.array(entries).reshape(self.x.shape)

    def accepts(self, v: NDArray, claimed: float, numeric: float, tolerance: float) -> bool:
        """True if both numbers are the same, but for rounding in the loss."""
        return bool(abs(claimed - numeric) <= tolerance + self._measure(v).rounding)

    def suits(self, v: NDArray) -> None:
        """The loss has no kink at this very point along ``v``.

        Raises
        ------
        GradientMismatch
            It has.
        """
        self.refuse_kink(self.slopes(v))

    def contradicted(self, index: tuple[int, ...], claimed: float, numeric: float) -> None:
        """The loss has no kink at this very point along one entry.

        Raises
        ------
        GradientMismatch
            It has.
        """
        self.refuse_kink(self.slopes(self.unit(index)), index)

    def _measure(self, v: NDArray) -> Slope:
        """The widest difference that a narrower one confirms: neither kink nor curvature spoils it."""
        slope = self.slope(v)
        for shrink in SHRINK[1:]:
            narrow = self.slope(v, shrink)
            if abs(slope.centre - narrow.centre) <= 1e-7 * abs(narrow.centre) + slope.rounding + narrow.rounding:
                break
            slope, self.narrowed = narrow, True
        return slope


def _settles(slopes: list[Slope], target: float) -> bool:
    """True if differences agree with ``target``; over a narrower step, only if narrowing it changed them."""
    first = slopes[0]
    return any(
        slope.near(target) and (slope is first or abs(slope.centre - first.centre) > slope.rounding + first.rounding)
        for slope in slopes
    )


def _kink(slopes: list[Slope]) -> bool:
    """True if the gap of the slopes stays as the step narrows (where the loss is smooth it falls with the step)."""
    before, last = slopes[-2:]
    return bool(last.gap > 4 * last.rounding and last.gap > 0.5 * before.gap)
