"""The three products behind a convolution: fast, and in little memory.

A convolution without its bias is linear in the images X and in the kernels W. With any Y of the shape of its outputs,

    ⟨Y, correlate(X, W)⟩ = ⟨spread(Y, W), X⟩ = ⟨gather(Y, X), W⟩,

so the other two are its gradients, and a transposed convolution is made of the same three. Each comes down to matrix
products with columns, which hold what the windows read. What makes them fast is that no entry is moved by itself:

- An image is padded and dealt out into phases: the phase (a, b) of stride s holds the entries (s·y + a, s·x + b). There
  windows move by 1.
- The rows of a phase follow one another in memory. So what all windows read with one of their entries is a single run,
  and entries of a window differ in where it begins, by their shift. (Windows that run over the end of a row, of which
  there are a few, are computed with the others and left out at the end.)
- All these runs are one view of the phase, with strides that overlap, and columns are a copy of it. In `spread` the
  runs lie between margins of zeros, so that moving each by its shift and summing them is one sum over a skewed view.
- A group of images at a time, or a band of the windows of a large image: the workspace stays in the cache, and small.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nblib.layers.windows import Windows, inside

__all__ = ["correlate", "gather", "spread"]

WORKSPACE = 2**20  # bytes of columns at a time

Array = np.ndarray


def correlate(X: Array, W: Array, windows: Windows) -> Array:
    """Σ W[f, c, u, v] X[n, c, s·i + d·u − p, s·j + d·v − p] over c, u, v: images and kernels give (m, F, oh, ow).

    Parameters
    ----------
    X : (m, C, h, w); W : (F, C, kh, kw).
    windows : over an image of X.
    """
    layout = layout_of(windows)
    portions = layout.portions(X.shape[1], len(X), X.itemsize)
    kind = np.result_type(X, W)
    kernels, Y = W.reshape(len(W), -1), np.empty((len(X), len(W), *windows.out), kind)
    flat, outputs = layout.outputs(portions, len(W), kind)
    for images, band, columns in _columns(X, layout, portions):
        np.matmul(kernels, columns, out=flat[: len(columns), :, band])
        if band.stop == portions.length:
            Y[images] = outputs[: len(columns)]
    return Y


def gather(Y: Array, X: Array, windows: Windows) -> Array:
    """Σ Y[n, f, i, j] X[n, c, s·i + d·u − p, s·j + d·v − p] over n, i, j: the kernels, (F, C, kh, kw).

    Parameters
    ----------
    Y : (m, F, oh, ow); X : (m, C, h, w).
    windows : over an image of X.
    """
    layout = layout_of(windows)
    portions = layout.portions(X.shape[1], len(X), X.itemsize)
    flat, outputs = layout.outputs(portions, Y.shape[1], Y.dtype)
    total = np.zeros((X.shape[1] * windows.taps, Y.shape[1]), np.result_type(Y, X))
    for images, band, columns in _columns(X, layout, portions):
        if band.start == 0:
            outputs[: len(columns)] = Y[images]
        total += np.add.reduce(columns @ flat[: len(columns), :, band].swapaxes(1, 2))
    return total.T.reshape(Y.shape[1], X.shape[1], *windows.kernel)


def spread(Y: Array, W: Array, windows: Windows) -> Array:
    """Each Y[n, f, i, j] W[f, c, u, v] added to the entry s·i + d·u − p, s·j + d·v − p of the image: (m, C, h, w).

    Parameters
    ----------
    Y : (m, F, oh, ow); W : (F, C, kh, kw).
    windows : over an image of the result.
    """
    layout, channels = layout_of(windows), W.shape[1]
    portions = layout.portions(channels, len(Y), Y.itemsize)
    group, band, length = portions
    flat, outputs = layout.outputs(portions, len(W), Y.dtype)
    kernels, kind = W.reshape(len(W), -1).T, np.result_type(Y, W)
    phases, grids = layout.flat_phases(portions, channels, kind)
    runs, skewed = layout.runs(portions, channels, kind)
    X = np.zeros((len(Y), channels, *windows.size), kind)
    for n in range(0, len(Y), group):
        images = slice(n, min(n + group, len(Y)))
        k = images.stop - n
        outputs[:k] = Y[images]
        if band < length:
            phases[:] = 0
        for t in range(0, length, band):
            np.matmul(kernels, flat[:k, :, t : t + band], out=runs[:k])
            for phase, view in zip(phases, skewed, strict=True):
                if band == length:
                    np.add.reduce(view[:k], axis=(2, 3), out=phase[:k])
                else:  # bands overlap by the reach
                    phase[:k, :, t : t + band + layout.reach] += np.add.reduce(view[:k], axis=(2, 3))
        for grid, phase in zip(grids, layout.phases, strict=True):
            X[images][phase.entries] = grid[:k][phase.inside]
    return X


def _columns(X: Array, layout: Layout, portions: Portions) -> Iterator[tuple[slice, slice, Array]]:
    """For each group of images and each band of windows: these, and what they read, (images, C·kh·kw, windows).

    The same memory serves for the next columns.
    """
    group, band, length = portions
    phases, grids = layout.flat_phases(portions, X.shape[1], X.dtype)
    channels, room = phases.shape[2:]
    views = [_view(flat, phase.shift, (group, channels, *phase.count, length), (channels * room, room, *phase.steps, 1))
             for flat, phase in zip(phases, layout.phases, strict=True)]
    columns = np.empty((group, X.shape[1], *layout.windows.kernel, band), X.dtype)
    for n in range(0, len(X), group):
        images = slice(n, min(n + group, len(X)))
        k = images.stop - n
        for grid, phase in zip(grids, layout.phases, strict=True):
            grid[:k][phase.inside] = X[images][phase.entries]
        for t in range(0, length, band):
            for view, phase in zip(views, layout.phases, strict=True):
                columns[:k, :, *phase.taps] = view[:k, ..., t : t + band]
            yield images, slice(t, t + band), columns.reshape(group, -1, band)[:k]


# ---- where things lie

class Portions(NamedTuple):
    """So many images at a time, so many windows at a time, and all windows of an image, those left out included."""

    group: int
    band: int
    length: int


class Phase(NamedTuple):
    """One phase of an image, and the entries of a window that read it."""

    taps: tuple[slice, slice]  # of a kernel, that read this phase
    count: tuple[int, int]  # of these
    shift: int  # of the first of them, in the flat phase
    steps: tuple[int, int]  # from the shift of one to that of the next, down and to the right
    inside: tuple  # of the phase as a grid: what is no padding
    entries: tuple  # of an image: the same entries there


class Layout(NamedTuple):
    """How images of one size lie in memory, for windows of one kind."""

    windows: Windows
    grid: tuple[int, int]  # the rows and columns of a phase
    reach: int  # the largest shift
    phases: tuple[Phase, ...]

    def portions(self, channels: int, m: int, itemsize: int) -> Portions:
        """Such that columns take about the workspace, and bands are long beside the reach, which they overlap by."""
        length = self.windows.out[0] * self.grid[1]
        fitting = max(WORKSPACE // (channels * self.windows.taps * itemsize), 4 * self.reach, 1)
        groups, bands = -(-m // max(1, fitting // length)), max(1, round(length / fitting))
        band = -(-length // bands)
        return Portions(-(-m // groups), band, bands * band)

    def outputs(self, portions: Portions, channels: int, kind: np.dtype) -> tuple[Array, Array]:
        """Outputs of a group, flat, and as images; zero where windows are left out."""
        (oh, ow), width = self.windows.out, self.grid[1]
        flat = np.zeros((portions.group, channels, portions.length), kind)
        return flat, flat[..., : oh * width].reshape(*flat.shape[:2], oh, width)[..., :ow]

    def flat_phases(self, portions: Portions, channels: int, kind: np.dtype) -> tuple[Array, Array]:
        """The phases of a group of images, flat, and as grids."""
        flat = np.zeros((len(self.phases), portions.group, channels, portions.length + self.reach), kind)
        return flat, flat[..., : self.grid[0] * self.grid[1]].reshape(*flat.shape[:3], *self.grid)

    def runs(self, portions: Portions, channels: int, kind: np.dtype) -> tuple[Array, list[Array]]:
        """A run for each entry of a window, (group, C·kh·kw, band), and for each phase the view that moves them."""
        (kh, kw), room, end = self.windows.kernel, portions.band + 2 * self.reach, portions.band + self.reach
        rooms = np.zeros((portions.group, channels * kh * kw, room), kind)
        views = []
        for (u, v), count, shift, (down, right), _, _ in self.phases:
            first = (u.start * kw + v.start) * room + self.reach - shift
            moved = u.step * kw * room - down, v.step * room - right
            views.append(_view(rooms, first, (portions.group, channels, *count, end),
                               (channels * kh * kw * room, kh * kw * room, *moved, 1)))
        return rooms[..., self.reach : end], views


@lru_cache(maxsize=256)
def layout_of(windows: Windows) -> Layout:
    """The layout for these windows."""
    grid = tuple(o + d * (k - 1) // s for o, d, k, s in zip(windows.out, windows.dilation, windows.kernel,
                                                            windows.stride, strict=True))
    reach = (grid[0] - windows.out[0]) * grid[1] + grid[1] - windows.out[1]
    phases = tuple(Phase((u.taps, v.taps), (u.count, v.count), u.shift * grid[1] + v.shift, (u.step * grid[1], v.step),
                         (..., u.inside, v.inside), (..., u.entries, v.entries))
                   for u in _phases_along(windows, 0, grid[0]) for v in _phases_along(windows, 1, grid[1]))
    return Layout(windows, grid, reach, phases)


class AxisPhase(NamedTuple):
    """One phase of an axis; its fields are those of `Phase`."""

    taps: slice
    count: int
    shift: int
    step: int
    inside: slice
    entries: slice


def _phases_along(windows: Windows, axis: int, grid: int) -> Iterator[AxisPhase]:
    """The phases that are read. Entry u of a window reads phase d·u mod s, and u + s / gcd(s, d) reads the same."""
    size, kernel, stride, padding, dilation, _ = (field[axis] for field in windows)
    period = stride // gcd(stride, dilation)
    for u in range(min(period, kernel)):
        shift, phase = divmod(dilation * u, stride)
        yield AxisPhase(slice(u, None, period), len(range(u, kernel, period)), shift, dilation * period // stride,
                        *inside(phase - padding, stride, grid, size))


def _view(array: Array, first: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """The entries first + Σ index · stride of a contiguous array, counted in entries; they may overlap."""
    steps = tuple(stride * array.itemsize for stride in strides)
    if array.dtype.hasobject:
        return as_strided(array.reshape(-1)[first:], shape, steps)
    return np.ndarray(shape, array.dtype, array, first * array.itemsize, steps)  # 4 µs less than as_strided
