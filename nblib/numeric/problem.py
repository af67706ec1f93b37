"""A loss at a point: what `check_gradient` may rely on, made sure of before anything is differentiated.

The parameters are read into independent double-precision copies, whatever form they came in; the loss is tried on
them: it must return one finite number, the same each time, and leave its arguments alone. Nothing is broadcast,
nothing is squeezed, and each refusal says how to mend what it refuses.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nblib.numeric.mismatch import GradientMismatch, entry_name

__all__ = ["Problem", "read_array"]


class Problem:
    """A loss and the point at which its gradient is claimed.

    Parameters
    ----------
    loss : function
        Called as ``loss(**params)`` for a dict, ``loss(*params)`` for a list or tuple, ``loss(params)`` for an array.
    params : dict, list, tuple or array
        Real floating-point arrays of any shape.
    only : names, optional
        The parameters proper; the others are data, passed on as they are and never moved.

    Raises
    ------
    GradientMismatch
        A parameter is not a finite floating-point array of at least single precision.
    """

    def __init__(self, loss: Callable, params: Any, only: Collection[str] | None = None):
        self.loss = loss
        self.by_name = isinstance(params, Mapping)
        self.single = not isinstance(params, (Mapping, list, tuple))
        given = dict(params) if self.by_name else dict(_named(loss, [params] if self.single else params))
        if not given:
            raise GradientMismatch("there are no parameters, so there is no gradient to check.\n  Name at least one.")
        self.names = list(given)
        self.fixed = {name: np.array(given[name]) for name in given if only is not None and name not in only}
        self.given = {name: np.asarray(given[name]) for name in given if name not in self.fixed}
        self.point = {name: read_array(array, name, name) for name, array in self.given.items()}
        self.complex_point = {name: array.astype(complex) for name, array in self.point.items()}

    def apply(self, function: Callable, point: Mapping[str, NDArray]) -> Any:
        """``function`` called at ``point`` in the form in which the parameters came."""
        arguments = {name: (self.fixed | dict(point))[name] for name in self.names}
        return function(**arguments) if self.by_name else function(*arguments.values())

    def arguments(self) -> dict[str, NDArray]:
        """Fresh copies of all arguments, by name."""
        return {name: (self.fixed | self.point)[name].copy() for name in self.names}

    def of(self, name: str) -> Callable[[NDArray], Any]:
        """The loss as a function of the parameter ``name`` alone, real or complex."""

        def loss_of_one(array: NDArray) -> Any:
            point = self.complex_point if np.iscomplexobj(array) else self.point
            return self.apply(self.loss, {**point, name: array})

        return loss_of_one

    def settle(self) -> None:
        """The loss is one finite number, always the same, and leaves its arguments alone; sets `value`, `noise`.

        Raises
        ------
        GradientMismatch
            It is not.
        """
        copies = self.arguments()
        value = self.apply(self.loss, copies)
        self.check_unmoved(copies, "the loss")
        self._check_number(value)
        self.value, self.eps = float(value), eps_of(value)
        self.settle_again()
        near = [self._value(self.moved(2 * self.eps, seed)) for seed in range(4)]
        self.noise = 4 * max([self.eps * abs(self.value)] + [abs(other - self.value) for other in near])

    def settle_again(self) -> None:
        """The loss is still what it was at first.

        Raises
        ------
        GradientMismatch
            It is not: it is random, or it keeps a state.
        """
        again = self._value(self.point)
        if abs(again - self.value) > 500 * self.eps * abs(self.value) or np.isnan(again):
            raise GradientMismatch(
                f"the loss is not deterministic: at the same point it gave {self.value:.10g}, then {again:.10g}.\n"
                "  Draw random numbers (dropout, mini-batches, noise) once, outside the loss, and let it use them; "
                "keep no state in it."
            )

    def moved(self, amount: float, seed: int) -> dict[str, NDArray]:
        """The point with each entry moved by the share ``amount`` of itself, up or down at random."""
        rng = np.random.default_rng(seed)
        return {
            name: array + amount * rng.choice([-1.0, 1.0], array.shape) * (np.abs(array) + (not array.any()))
            for name, array in self.point.items()
        }

    def ignores(self, name: str) -> bool:
        """True if no change of the parameter ``name`` changes the loss, at points drawn at random, near and far.

        A loss that refuses such a point (a matrix that must be positive definite) counts as one that looks at it.
        """
        for seed in range(6):
            rng = np.random.default_rng(seed)
            size = 4.0 ** (seed - 3)
            draw = {key: a + size * (1 + np.abs(a)) * rng.standard_normal(a.shape) for key, a in self.point.items()}
            try:
                if self._value(draw) != self._value({**draw, name: self.point[name]}):
                    return False
            except Exception:
                return False
        return True

    def _value(self, point: Mapping[str, NDArray]) -> float:
        return float(self.apply(self.loss, point))

    def _check_number(self, value: Any) -> None:
        value = np.asarray(value)
        if value.shape != ():
            raise GradientMismatch(
                f"the loss must return one number and returned an array of shape {value.shape}.\n"
                "  Sum it or take its mean over every axis; write value.item() or value[0, 0] if it holds one entry."
            )
        if value.dtype.kind not in "fiu":
            raise GradientMismatch(
                f"the loss must return a real number and returned {value.dtype}.\n  Return a float, the loss itself."
            )
        if not np.isfinite(value):
            raise GradientMismatch(
                f"the loss is {value} at these parameters: there is no gradient to check.\n"
                "  Look for a logarithm of 0, an overflowing exponential or a division by 0; compute from the logits."
            )

    def check_unmoved(self, arguments: Mapping[str, NDArray], who: str) -> None:
        """The ``arguments`` are what they were before they were given away.

        Raises
        ------
        GradientMismatch
            One of them is not.
        """
        for name, array in (self.fixed | self.point).items():
            if not np.array_equal(arguments[name], array):
                raise GradientMismatch(
                    f"{who} changes {name} in place.\n"
                    f"  Work on a copy: write {name} = {name} - step instead of {name} -= step.",
                    name=name,
                )


def eps_of(array: Any) -> float:
    """The relative spacing of the floating-point numbers in ``array``: 1.2e-7 for float32, else that of doubles."""
    return float(np.finfo(np.float32 if np.asarray(array).dtype == np.float32 else float).eps)


def read_array(array: Any, name: str, what: str) -> NDArray:
    """A double-precision copy of ``array``, of which no entry is lost.

    Raises
    ------
    GradientMismatch
        It holds integers, half-precision numbers, complex numbers, objects, or something that is not finite.
    """
    array = np.asarray(array)
    if array.size == 0:
        raise GradientMismatch(f"{what} has no entries, shape {array.shape}.\n  Leave it out.", name=name)
    if array.dtype.kind in "iub":
        raise GradientMismatch(
            f"{what} is an integer array ({array.dtype}): it cannot be moved by a small step, nor hold a fraction.\n"
            "  Write 2.0 for 2, or .astype(float); what is data and no parameter belongs into the loss.",
            name=name,
        )
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        raise GradientMismatch(
            f"{what} holds {array.dtype}; a gradient is checked in float64 or float32.\n"
            "  Convert it with .astype(float).",
            name=name,
        )
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise GradientMismatch(
            f"{entry_name(what, index)} is {array[index]}.\n  Find where it arises before checking a gradient.",
            name=name,
            index=index,
        )
    return array.astype(float)


def _named(loss: Callable, params: list) -> list[tuple[str, Any]]:
    """The parameters with the names that the loss gives them, or x, y where these cannot be read."""
    try:
        names = [p.name for p in inspect.signature(loss).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        names = []
    names = names if len(names) >= len(params) else [f"parameter {k}" for k in range(len(params))]
    return list(zip(names, params, strict=False))
