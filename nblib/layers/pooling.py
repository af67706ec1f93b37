"""Pooling of images, forward and backward: each window becomes its largest entry, or its mean.

Images are (m, C, h, w), see `nblib.layers.windows`; channels stay apart. Windows follow one another without a gap and
without overlap unless a stride is given. Sums and maxima are taken along columns first, then along rows.
"""

from __future__ import annotations

import numpy as np

from nblib.layers.windows import Setting, Windows, check_images, pair, windows_of

__all__ = ["max_pool2d", "max_pool2d_backward", "mean_pool2d", "mean_pool2d_backward"]

WORKSPACE = 2**20  # bytes of images at a time, so that they stay in the cache

Array = np.ndarray


def max_pool2d(X: Array, size: Setting, stride: Setting | None = None, padding: Setting = 0) -> Array:
    """The largest entry of each window; what lies in the padding is never the largest.

    Parameters
    ----------
    X : (m, C, h, w) images.
    size : of a window, an int or a pair (rows, columns); stride likewise, ``size`` where it is not given.
    padding : less than the size, so that each window holds an entry of X.

    Returns
    -------
    Y : (m, C, oh, ow)

    Raises
    ------
    ValueError
        if X is no stack of images, no window fits, or a window could lie in the padding.

    Examples
    --------
    >>> max_pool2d(np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 6.0]]]]), 2)
    array([[[[5., 8.]]]])
    """
    return _largest(X, _check(X, size, stride, padding))


def max_pool2d_backward(dY: Array, X: Array, size: Setting, stride: Setting | None = None,
                        padding: Setting = 0) -> tuple[Array]:
    """Each gradient goes to the entry that was largest: of several equal ones to the first, in reading order.

    With a tie the largest entry has a kink; this choice is one of its subgradients.

    Parameters
    ----------
    dY : (m, C, oh, ow) gradient of the loss by the outputs; the others as for `max_pool2d`.

    Returns
    -------
    dX : (m, C, h, w)

    Examples
    --------
    >>> max_pool2d_backward(np.array([[[[7.0]]]]), np.array([[[[1.0, 5.0], [5.0, 4.0]]]]), 2)[0]
    array([[[[0., 7.],
             [0., 0.]]]])
    """
    windows = _check(X, size, stride, padding, dY, "max_pool2d(X)")
    dX = np.zeros(X.shape, np.result_type(dY, X))
    group = max(1, WORKSPACE // X[0].nbytes)
    for n in range(0, len(X), group):
        _route(dY[n : n + group], X[n : n + group], windows, dX[n : n + group])
    return (dX,)


def mean_pool2d(X: Array, size: Setting, stride: Setting | None = None, padding: Setting = 0) -> Array:
    """The mean of each window; zeros in the padding count.

    Parameters and errors are those of `max_pool2d`.

    Examples
    --------
    >>> mean_pool2d(np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 6.0]]]]), 2)
    array([[[[3.25, 4.  ]]]])
    """
    windows = _check(X, size, stride, padding)
    total = X
    for axis in (1, 0):
        parts, total = total, np.zeros(_along(total.shape, axis, windows.out), X.dtype)
        for read, entries in windows.along(axis):
            total[_at(read, axis)] += parts[_at(entries, axis)]
    return total / windows.taps


def mean_pool2d_backward(dY: Array, X: Array, size: Setting, stride: Setting | None = None,
                         padding: Setting = 0) -> tuple[Array]:
    """Each gradient is shared out among the entries of its window, in equal parts.

    Examples
    --------
    >>> mean_pool2d_backward(np.array([[[[8.0]]]]), np.array([[[[1.0, 5.0], [5.0, 4.0]]]]), 2)[0]
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    windows = _check(X, size, stride, padding, dY, "mean_pool2d(X)")
    dX = dY / windows.taps
    for axis in (1, 0):
        shares, dX = dX, np.zeros(_along(dX.shape, axis, windows.size), dX.dtype)
        for read, entries in windows.along(axis):
            dX[_at(entries, axis)] += shares[_at(read, axis)]
    return (dX,)


def _largest(X: Array, windows: Windows) -> Array:
    """The largest entry of each window, of several equal ones the first in reading order."""
    for axis in (1, 0):
        begin = windows.stride[axis] * np.arange(windows.out[axis]) - windows.padding[axis]
        Y = X.take(begin, axis=2 + axis, mode="clip")
        for read, entries in windows.along(axis)[1:]:
            Y[_at(read, axis)] = _larger(Y[_at(read, axis)], X[_at(entries, axis)])
        X = Y
    return X


def _route(dY: Array, X: Array, windows: Windows, dX: Array) -> None:
    """Add each gradient to dX where the largest entry of its window is."""
    Y = _largest(X, windows)
    waiting = np.ones(Y.shape, bool)
    for _, read, entries in windows.reads():
        found = waiting[read] & (X[entries] == Y[read])
        waiting[read] ^= found
        dX[entries] += dY[read] * found


def _larger(A: Array, B: Array) -> Array:
    """The larger of each two entries, A where they are equal; complex numbers are compared by their real parts."""
    return np.where(B.real > A.real, B, A) if A.dtype.kind in "cO" else np.maximum(A, B)


def _at(place: slice, axis: int) -> tuple:
    """These rows (axis 0) or columns (1) of images."""
    return (..., place) if axis else (..., place, slice(None))


def _along(shape: tuple[int, ...], axis: int, size: tuple[int, int]) -> tuple[int, ...]:
    """The shape with this size along rows or columns."""
    return (*shape[:2], *(size[k] if k == axis else shape[2 + k] for k in (0, 1)))


def _check(X: Array, size: Setting, stride: Setting | None, padding: Setting, dY: Array | None = None,
           what: str = "") -> Windows:
    check_images(X, "X")
    windows = windows_of(X.shape[2:], pair(size, "size"), size if stride is None else stride, padding, 1)
    if windows.padding[0] >= windows.kernel[0] or windows.padding[1] >= windows.kernel[1]:
        raise ValueError(f"padding is {padding}, the size of a window is {size}: a window must hold an entry of X, so "
                         "take a padding less than the size.")
    shape = (*X.shape[:2], *windows.out)
    if dY is not None and np.shape(dY) != shape:
        raise ValueError(f"dY has shape {np.shape(dY)}, {what} has shape {shape}; they must be alike, nothing is "
                         "broadcast: it is the gradient by those outputs, with the same settings.")
    return windows
