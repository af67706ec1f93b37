"""Pooling of images, forward and backward: each window becomes its largest entry, or its mean.

Images are (m, C, h, w), see `nblib.layers.windows`; channels stay apart. Windows follow one another without a gap and
without overlap unless a stride is given.
"""

from __future__ import annotations

import numpy as np

from nblib.layers.windows import Setting, Windows, check_images, pair, windows_of

__all__ = ["max_pool2d", "max_pool2d_backward", "mean_pool2d", "mean_pool2d_backward"]

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
    Y, _ = _largest(X, _check(X, size, stride, padding))
    return Y


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
    _, which = _largest(X, windows)
    dX = np.zeros(X.shape, np.result_type(dY, X))
    for k, (_, read, entries) in enumerate(windows.reads()):
        dX[entries] += dY[read] * (which[read] == k)
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
    Y = np.zeros((*X.shape[:2], *windows.out), X.dtype)
    for _, read, entries in windows.reads():
        Y[read] += X[entries]
    return Y / windows.taps


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
    share = dY / windows.taps
    dX = np.zeros(X.shape, share.dtype)
    for _, read, entries in windows.reads():
        dX[entries] += share[read]
    return (dX,)


def _largest(X: Array, windows: Windows) -> tuple[Array, Array]:
    """The largest entry of each window, and which it is of the window's entries, counted in reading order."""
    (ph, pw), (sh, sw), (oh, ow), (_, kw) = windows.padding, windows.stride, windows.out, windows.kernel
    rows, columns = sh * np.arange(oh) - ph, sw * np.arange(ow) - pw  # where windows begin
    Y = X[:, :, rows.clip(0)[:, None], columns.clip(0)]
    which = np.zeros(Y.shape, int) + (-rows).clip(0)[:, None] * kw + (-columns).clip(0)
    for k, (_, read, entries) in enumerate(windows.reads()):
        larger = X[entries].real > Y[read].real
        np.copyto(Y[read], X[entries], where=larger)
        which[read][larger] = k
    return Y, which


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
