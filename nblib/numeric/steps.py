"""Numeric derivatives of NumPy functions: complex step, central and forward differences.

A difference quotient subtracts two nearly equal numbers, so its step must not be too small; the complex step
subtracts nothing, so its step may be as small as one likes and the derivative is exact to rounding. All three
functions share one form: ``f`` takes an array and returns a number or an array, the result is the gradient or the
Jacobian (rows: outputs), or, along a given direction, one derivative. Every computation is in double precision.

Sources: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
40(1), 1998, 110-112; J. Martins, P. Sturdza and J. Alonso, "The complex-step derivative approximation", ACM
Transactions on Mathematical Software 29(3), 2003, 245-262; A. Al-Mohy and N. Higham, "The complex step approximation
to the Fréchet derivative of a matrix function", Numerical Algorithms 53, 2010, 133-148 (directions).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["central_difference", "complex_step", "forward_difference"]

EPS = float(np.finfo(float).eps)
CHUNK = 128  # directions in one call of a batched function: bounds the memory
Function = Callable[[NDArray], ArrayLike]


def complex_step(
    f: Function, x: ArrayLike, h: ArrayLike = 1e-20, *, direction: ArrayLike | None = None, batched: bool = False
) -> NDArray:
    """The derivative of ``f`` at ``x``, exact to rounding: Im f(x + i h v) / h.

    Parameters
    ----------
    f : function of an array
        Analytic around ``x``, accepts complex arrays. Compare on the real part (``np.where(z.real > 0, z, 0)``) and
        use no ``abs``, ``conj`` or ``np.linalg.norm``: they are not analytic, and this formula is silently wrong
        for them (`nblib.numeric.check_gradient` notices).
    x : array, shape (...,)
        The point, real.
    h : float or array, shape (k,)
        Step. An array gives a leading axis of length k, one entry for each step.
    direction : array, shape of ``x``
        If given, the derivative along this direction only: one call of ``f``.
    batched : bool
        True where ``f`` maps a stack of points, shape (b,) + x.shape, to a stack of values, shape (b, ...).

    Returns
    -------
    array, shape f(x).shape + x.shape, or f(x).shape along a direction

    Raises
    ------
    TypeError
        ``x`` is not real, or ``f`` drops the imaginary part of its input.
    ValueError
        ``direction`` does not have the shape of ``x``, or ``f`` does not keep the batch axis.

    Notes
    -----
    The error is h² f‴/6, below rounding for h = 1e-20 (Squire and Trapp 1998, eq. 3; Martins et al. 2003, eq. 6).

    Examples
    --------
    >>> float(complex_step(np.exp, 0.0))
    1.0
    >>> complex_step(lambda x: x[0] ** 2 * x[1], [3.0, 5.0])
    array([30.,  9.])
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            return _differentiate(_imaginary, f, x, h, direction, batched)
        except np.exceptions.ComplexWarning as why:
            raise TypeError(f"the imaginary part is dropped: {why}") from None


def central_difference(
    f: Function, x: ArrayLike, h: ArrayLike | None = None, *, direction: ArrayLike | None = None, batched: bool = False
) -> NDArray:
    """The derivative of ``f`` at ``x`` to about ten digits: (f(x + h v) - f(x - h v)) / 2h.

    Parameters
    ----------
    f, x, direction, batched
        As for `complex_step`, but ``f`` needs neither be analytic nor accept complex arrays.
    h : float or array, shape (k,), optional
        Step; without it 6.1e-6 · max(1, abs(x_i)), the cube root of the machine precision, where truncation
        (h² f‴/6) and rounding (2.2e-16 abs(f) / h) are about equal; along a direction the point moves as far
        whatever the length of the direction.

    Returns
    -------
    array, shape f(x).shape + x.shape, or f(x).shape along a direction

    Raises
    ------
    TypeError, ValueError
        As for `complex_step`.

    Notes
    -----
    Wider stencils are more exact on smooth functions, and wrong by a hundredth and more beside the kink of a ReLU:
    there are none here. The step is Nocedal and Wright, *Numerical Optimization*, 2nd edition, 2006, section 8.1.

    Examples
    --------
    >>> bool(abs(central_difference(np.sin, 1.0) - np.cos(1.0)) < 1e-10)
    True
    """
    return _differentiate(_symmetric, f, x, EPS ** (1 / 3) if h is None else h, direction, batched, scaled=h is None)


def forward_difference(
    f: Function, x: ArrayLike, h: ArrayLike | None = None, *, direction: ArrayLike | None = None, batched: bool = False
) -> NDArray:
    """The derivative of ``f`` at ``x`` to about eight digits: (f(x + h v) - f(x)) / h.

    Parameters
    ----------
    f, x, direction, batched
        As for `central_difference`.
    h : float or array, shape (k,), optional
        Step; without it 1.5e-8 · max(1, abs(x_i)), the square root of the machine precision, where truncation
        (h f″/2) and rounding (2.2e-16 abs(f) / h) are about equal.

    Returns
    -------
    array, shape f(x).shape + x.shape, or f(x).shape along a direction

    Raises
    ------
    TypeError, ValueError
        As for `complex_step`.

    Notes
    -----
    The step is Nocedal and Wright, *Numerical Optimization*, 2nd edition, 2006, section 8.1.

    Examples
    --------
    The first step is too wide, the last one too narrow.

    >>> error = abs(forward_difference(np.exp, 0.0, h=[1e-2, 1e-8, 1e-15]) - 1)
    >>> [bool(entry < 1e-7) for entry in error]
    [False, True, False]
    """
    return _differentiate(_one_sided, f, x, EPS**0.5 if h is None else h, direction, batched, scaled=h is None)


def _imaginary(f, x, step):
    value = np.asarray(f(x + 1j * step))
    if not np.iscomplexobj(value):
        raise TypeError(f"it returns {value.dtype}: the imaginary part is dropped")
    return value.imag


def _symmetric(f, x, step):
    return (np.asarray(f(x + step)) - np.asarray(f(x - step))) / 2


def _one_sided(f, x, step):
    return np.asarray(f(x + step)) - np.asarray(f(x + 0 * step))


def _differentiate(formula, f, x, h, direction, batched, scaled=False) -> NDArray:
    """``formula`` over the step, for each step in ``h``, along ``direction`` or along every coordinate."""
    x = _real(x, "x")
    if np.ndim(h):
        return np.stack([_differentiate(formula, f, x, each, direction, batched, scaled) for each in np.asarray(h)])
    scale = np.maximum(1.0, np.abs(x)) if scaled else np.ones(x.shape)
    if direction is not None:
        v = _real(direction, "direction")
        if v.shape != x.shape:
            raise ValueError(f"direction has shape {v.shape} and x has shape {x.shape}: they must be the same")
        length = float(np.linalg.norm(v)) or 1.0
        step = h * float(scale.max(initial=1.0)) / length if scaled else h
        return formula(lambda a: f(a[None])[0], x, step * v) / step if batched else formula(f, x, step * v) / step
    steps = h * scale
    rows = _batches(formula, f, x, steps) if batched else (formula(f, x, step) for step in _one_by_one(steps))
    rows = np.array(list(rows))
    rows = rows / steps.reshape((-1,) + (1,) * (rows.ndim - 1))
    return np.moveaxis(rows, 0, -1).reshape(rows.shape[1:] + x.shape)


def _one_by_one(steps: NDArray) -> Iterator[NDArray]:
    """For each entry, an array that holds its step there and zero elsewhere."""
    for k, step in enumerate(steps.flat):
        alone = np.zeros(steps.shape)
        alone.flat[k] = step
        yield alone


def _batches(formula, f, x, steps) -> Iterator[NDArray]:
    """The rows of the batched formula, a stack of at most ``CHUNK`` coordinates at a time."""
    for start in range(0, x.size, CHUNK):
        here = np.arange(start, min(start + CHUNK, x.size))
        stack = np.zeros((here.size, x.size))
        stack[np.arange(here.size), here] = steps.flat[here]
        rows = formula(f, x, stack.reshape((here.size, *x.shape)))
        if rows.shape[:1] != (here.size,):
            raise ValueError(
                f"a batched function must return one value for each of its {here.size} points; "
                f"it returned shape {rows.shape}: reduce over the last axes only, or leave out batched=True"
            )
        yield from rows


def _real(x: ArrayLike, name: str) -> NDArray:
    """``x`` as a float64 array."""
    x = np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers and holds {x.dtype}")
    return x.astype(float)
