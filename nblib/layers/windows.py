"""Windows that slide over images: how many there are, which entries they read, and images as columns.

Images are stacked along the first axis: X has shape (m, C, h, w), examples, channels, rows, columns. A window reads
entry s·i + d·u − p of a row or column, where i counts windows and u the entries of a window, both from 0; s is the
stride, d the dilation, p the padding, zeros on both sides. Every such setting is an int, or a pair (rows, columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

__all__ = ["Windows", "check_images", "col2im", "conv_size", "conv_transpose_size", "flatten", "flatten_backward",
           "im2col", "pair"]

Array = np.ndarray
Setting = int | tuple[int, int]
AXES = "rows", "columns"


def pair(value: Setting, name: str, least: int = 1) -> tuple[int, int]:
    """The setting for rows and for columns.

    Raises
    ------
    ValueError
        unless it is an int or two of them, each at least ``least``.

    Examples
    --------
    >>> pair(3, "stride"), pair((1, 2), "stride")
    ((3, 3), (1, 2))
    """
    two = (value, value) if isinstance(value, int | np.integer) else value
    if not (isinstance(two, tuple | list) and len(two) == 2
            and all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= least for n in two)):
        raise ValueError(f"{name} is {value!r}: it must be an int from {least} on, or a pair of them, for rows and for "
                         "columns.")
    return int(two[0]), int(two[1])


def conv_size(size: Setting, kernel: Setting, stride: Setting = 1, padding: Setting = 0,
              dilation: Setting = 1) -> Setting:
    """How many windows fit: ⌊(I + 2p − d(k − 1) − 1) / s⌋ + 1, along one axis, or along both where a pair is given.

    Raises
    ------
    ValueError
        if not one fits; it says which kernel, or which padding, would do.

    Examples
    --------
    >>> conv_size(28, kernel=5, stride=2, padding=1)
    13
    >>> conv_size((300, 451), kernel=3, stride=(2, 3))
    (149, 150)
    >>> conv_size(4, kernel=3, dilation=2)
    Traceback (most recent call last):
    ValueError: a window of 3 rows with dilation 2 spans 5, the input has 4 rows with padding 0: \
pad by 1 or more, or take a window of 2 or less.
    """
    given = size, kernel, stride, padding, dilation
    names = (("size", 1), ("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1))
    axes = zip(*(pair(value, *name) for value, name in zip(given, names, strict=True)), strict=True)
    out = tuple(_conv_size(*axis, name) for axis, name in zip(axes, AXES, strict=True))
    return out if any(isinstance(value, tuple | list) for value in given) else out[0]


def _conv_size(size: int, kernel: int, stride: int, padding: int, dilation: int, axis: str) -> int:
    room, span = size + 2 * padding, dilation * (kernel - 1) + 1
    if room < span:
        raise ValueError(f"a window of {kernel} {axis} with dilation {dilation} spans {span}, the input has {size} "
                         f"{axis} with padding {padding}: pad by {-((size - span) // 2)} or more, or take a window of "
                         f"{(room - 1) // dilation + 1} or less.")
    return (room - span) // stride + 1


def conv_transpose_size(size: Setting, kernel: Setting, stride: Setting = 1, padding: Setting = 0,
                        dilation: Setting = 1, output_padding: Setting = 0) -> Setting:
    """The input that a convolution takes to this size: (I − 1)s + d(k − 1) + 1 − 2p + output_padding.

    A stride above 1 takes s sizes of input to the same size; output_padding, from 0 to s − 1, says which one is meant.

    Raises
    ------
    ValueError
        if nothing is left, or output_padding is no such number.

    Examples
    --------
    >>> conv_transpose_size(2, kernel=3, stride=2), conv_transpose_size(2, kernel=3, stride=2, output_padding=1)
    (5, 6)
    >>> conv_size(5, kernel=3, stride=2), conv_size(6, kernel=3, stride=2)
    (2, 2)
    """
    given = size, kernel, stride, padding, dilation, output_padding
    names = (("size", 1), ("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1), ("output_padding", 0))
    axes = zip(*(pair(value, *name) for value, name in zip(given, names, strict=True)), strict=True)
    out = tuple(_conv_transpose_size(*axis, name) for axis, name in zip(axes, AXES, strict=True))
    return out if any(isinstance(value, tuple | list) for value in given) else out[0]


def _conv_transpose_size(size: int, kernel: int, stride: int, padding: int, dilation: int, extra: int,
                         axis: str) -> int:
    if extra >= stride:
        raise ValueError(f"output_padding is {extra} for {axis}, the stride is {stride}: it must be less than the "
                         f"stride, 0 to {stride - 1}, so that a convolution leads back to {size} {axis}.")
    full = (size - 1) * stride + dilation * (kernel - 1) + 1 + extra
    if full <= 2 * padding:
        raise ValueError(f"{size} {axis} become {full}, of which padding {padding} takes off {2 * padding}, and "
                         f"nothing is left: take a padding of {(full - 1) // 2} or less.")
    return full - 2 * padding


class Windows(NamedTuple):
    """The windows over an image of this size; each field holds (rows, columns), ``out`` how many windows there are."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]

    @property
    def taps(self) -> int:
        """The entries of a window."""
        return self.kernel[0] * self.kernel[1]

    def along(self, axis: int) -> list[tuple[slice, slice]]:
        """For each entry of a window, along rows (axis 0) or columns (1): the windows that read with it an entry of
        the image, not of the padding, and these entries."""
        size, kernel, stride, padding, dilation, out = (field[axis] for field in self)
        return [inside(dilation * u - padding, stride, out, size) for u in range(kernel)]

    def reads(self) -> Iterator[tuple[tuple[int, int], tuple[slice, ...], tuple[slice, ...]]]:
        """The same along both axes: for each (u, v) two indices of a stack of images, windows and entries.

        X[entries] has the shape of Y[windows], where Y has an entry for each window.
        """
        columns = self.along(1)
        for u, (windows_r, entries_r) in enumerate(self.along(0)):
            for v, (windows_c, entries_c) in enumerate(columns):
                yield (u, v), (..., windows_r, windows_c), (..., entries_r, entries_c)


def inside(start: int, step: int, count: int, size: int) -> tuple[slice, slice]:
    """Which of the places start, start + step, … (so many) lie in 0 … size − 1: their numbers, and the places.

    Examples
    --------
    >>> inside(-1, 2, 4, 5)
    (slice(1, 3, None), slice(1, 4, 2))
    """
    first, last = max(0, -(start // step)), min(count, (size - 1 - start) // step + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    place = start + step * first
    return slice(first, last), slice(place, place + step * (last - first - 1) + 1, step)


def windows_of(size: tuple[int, int], *settings: Setting) -> Windows:
    """The windows over an image of this size, given kernel, stride, padding and dilation.

    Raises
    ------
    ValueError
        if none fits; it says which would do.
    """
    return _windows_of(size, *[tuple(value) if isinstance(value, list) else value for value in settings])


@lru_cache(maxsize=256, typed=True)
def _windows_of(size: tuple[int, int], kernel: Setting, stride: Setting, padding: Setting,
                dilation: Setting) -> Windows:
    both = pair(kernel, "kernel"), pair(stride, "stride"), pair(padding, "padding", 0), pair(dilation, "dilation")
    return Windows(size, *both, conv_size(size, *both))


def check_images(X: Array, name: str) -> None:
    """`X` is a stack of images: (m, C, h, w), one or more of each.

    Examples
    --------
    >>> check_images(np.ones((28, 28)), "X")
    Traceback (most recent call last):
    ValueError: X has shape (28, 28), but images have shape (m, C, h, w), examples, channels, rows, columns: \
one image of one channel is X[None, None].
    """
    shape = np.shape(X)
    if len(shape) != 4:
        mend = {2: f"one image of one channel is {name}[None, None]",
                3: f"one image is {name}[None], images of one channel are {name}[:, None]"}
        raise ValueError(f"{name} has shape {shape}, but images have shape (m, C, h, w), examples, channels, rows, "
                         f"columns: {mend.get(len(shape), f'{name}.reshape(m, C, h, w)')}.")
    if 0 in shape:
        raise ValueError(f"{name} has shape {shape}: there must be one or more of each.")


def im2col(X: Array, kernel: Setting, stride: Setting = 1, padding: Setting = 0, dilation: Setting = 1) -> Array:
    """What the windows read, a column for each window: a convolution becomes a dense layer.

    Parameters
    ----------
    X : (m, C, h, w) images.

    Returns
    -------
    columns : (C·kh·kw, m·oh·ow); rows run over channels, then over the entries of a window; columns over images,
        then over the windows of one.

    Raises
    ------
    ValueError
        if X is no stack of images, or no window fits.

    Examples
    --------
    >>> im2col(np.arange(1.0, 10).reshape(1, 1, 3, 3), kernel=2)
    array([[1., 2., 4., 5.],
           [2., 3., 5., 6.],
           [4., 5., 7., 8.],
           [5., 6., 8., 9.]])
    """
    check_images(X, "X")
    windows = windows_of(X.shape[2:], kernel, stride, padding, dilation)
    columns = np.zeros((X.shape[1], *windows.kernel, X.shape[0], *windows.out), X.dtype)
    for (u, v), read, entries in windows.reads():
        columns[:, u, v][read] = X.swapaxes(0, 1)[entries]
    return columns.reshape(X.shape[1] * windows.kernel[0] * windows.kernel[1], -1)


def col2im(columns: Array, shape: tuple[int, int, int, int], kernel: Setting, stride: Setting = 1,
           padding: Setting = 0, dilation: Setting = 1) -> Array:
    """The images in which each entry is the sum over the windows that read it: the adjoint of `im2col`.

    Parameters
    ----------
    columns : (C·kh·kw, m·oh·ow), as from `im2col`; shape : (m, C, h, w), of the images.

    Returns
    -------
    X : (m, C, h, w)

    Raises
    ------
    ValueError
        if the columns are not those of such images.

    Examples
    --------
    >>> col2im(np.ones((4, 4)), (1, 1, 3, 3), kernel=2)
    array([[[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]]])
    """
    m, C, h, w = shape
    windows = windows_of((h, w), kernel, stride, padding, dilation)
    (kh, kw), (oh, ow) = windows.kernel, windows.out
    if np.shape(columns) != (C * kh * kw, m * oh * ow):
        raise ValueError(f"columns have shape {np.shape(columns)}, images of shape {tuple(shape)} have windows of "
                         f"{kh} × {kw}, {oh} × {ow} of them, and need the shape {(C * kh * kw, m * oh * ow)}.")
    columns = columns.reshape(C, kh, kw, m, oh, ow)
    X = np.zeros((C, m, h, w), columns.dtype)
    for (u, v), read, entries in windows.reads():
        X[entries] += columns[:, u, v][read]
    return X.swapaxes(0, 1).copy()


def flatten(X: Array) -> Array:
    """Each image as a column: (m, C, h, w) -> (C·h·w, m), which a dense layer takes.

    Examples
    --------
    >>> flatten(np.arange(8.0).reshape(2, 1, 2, 2))
    array([[0., 4.],
           [1., 5.],
           [2., 6.],
           [3., 7.]])
    """
    check_images(X, "X")
    return X.reshape(len(X), -1).T.copy()


def flatten_backward(dZ: Array, X: Array) -> tuple[Array]:
    """The gradient by the images, (m, C, h, w), from that by the columns, (C·h·w, m)."""
    check_images(X, "X")
    needed = X[0].size, len(X)
    if np.shape(dZ) != needed:
        mend = "pass dZ.T" if np.shape(dZ) == needed[::-1] else "it is the gradient by those columns"
        raise ValueError(f"dZ has shape {np.shape(dZ)}, flatten(X) has shape {needed}; they must be alike, nothing is "
                         f"broadcast: {mend}.")
    return (dZ.T.reshape(X.shape).copy(),)
