"""A function of two variables: its surface in three dimensions, and its contours with the path of a descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nblib.display import readable
from nblib.figures.style import FAINT, INK, MUTED, VERMILLION, Drawing, subplots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

Names = tuple[str, str, str]
NAMES, MOST = ("w", "b", "J"), 23  # a surface is drawn with at most so many lines each way
LOW_TO_HIGH = ["#0a72b8", "#5a6cb4", "#8f62a5", "#bd5f78", "#d35c04"]  # legible on white and on near-black


def surface(x: np.ndarray, y: np.ndarray, z: np.ndarray, *, path: np.ndarray | None = None, names: Names = NAMES,
            view: tuple[float, float] = (32, -58), width: float = 460, height: float = 380) -> Drawing:
    """The surface z(x, y) in three dimensions, coloured by height, with a path on it.

    Parameters
    ----------
    x, y, z : (k, l) arrays from ``np.meshgrid``; 23 × 23 points are enough, more are thinned out.
    path : (s, 3) points (x, y, z), in order.
    names : LaTeX of the three axes.
    view : elevation and azimuth in degrees.

    Raises
    ------
    ValueError
        if the shapes differ, or a number is not finite.

    Examples
    --------
    >>> x, y = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 7))
    >>> surface(x, y, x**2 + 3 * y**2).alt
    'The surface J over w from −2 to 2 and b from −1 to 1: lowest, 0, at (0, 0); highest, 7, at (−2, −1).'
    """
    _check(x, y, z, path, 3)
    figure, _ = subplots(width=width, height=height, subplot_kw={"projection": "3d", "computed_zorder": False})
    axes = figure.axes[0]
    thin = tuple(np.linspace(0, n - 1, min(n, MOST)).round().astype(int) for n in z.shape)
    axes.plot_surface(*(grid[np.ix_(*thin)] for grid in (x, y, z)), rstride=1, cstride=1, cmap=_colours(), shade=False,
                      edgecolor="#c8c8c8", linewidth=0.3, clip_on=False)
    if path is not None:
        for colour, lw, ms in (("#ffffff", 3.4, 5.5), ("#111111", 1.4, 3.5)):
            axes.plot(*path.T, color=colour, lw=lw, ls="-", marker="o", ms=ms, mew=0, zorder=9)
    _space(axes, names, view)
    return Drawing.of(figure, _alt("surface", x, y, z, path, names))


def contours(x: np.ndarray, y: np.ndarray, z: np.ndarray, *, path: np.ndarray | None = None, names: Names = NAMES,
             levels: int | Sequence[float] = 12, width: float = 460, height: float = 340) -> Drawing:
    """The level lines of z(x, y), labelled, with a path that starts at the open circle; see `draw_contours`.

    Parameters
    ----------
    x, y, z : (k, l) arrays from ``np.meshgrid``.
    path : (s, 2) points (x, y), in order; more columns are not looked at.
    names : LaTeX of the two axes and of the function.
    levels : how many, or which.

    Raises
    ------
    ValueError
        if the shapes differ, or a number is not finite.

    Examples
    --------
    >>> x, y = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-1, 1, 7))
    >>> contours(x, y, x**2 + 3 * y**2, path=np.array([[2, 1], [0.5, -0.25], [0.1, 0.0625]])).alt
    'The contours of J over w from −2 to 2 and b from −1 to 1: lowest, 0, at (0, 0); highest, 7, at (−2, −1). \
A path takes 2 steps from (2, 1) to (0.1, 0.0625).'
    """
    figure, axes = subplots(width=width, height=height)
    draw_contours(axes, x, y, z, path=path, levels=levels)
    axes.set_xlabel(f"${names[0]}$")
    axes.set_ylabel(f"${names[1]}$", rotation=0, va="center")
    return Drawing.of(figure, _alt("contours", x, y, z, path, names))


def draw_contours(axes: Axes, x: np.ndarray, y: np.ndarray, z: np.ndarray, *, path: np.ndarray | None = None,
                  levels: int | Sequence[float] = 12) -> None:
    """Level lines, their numbers, and a path, on axes that are already there (for panels and players)."""
    _check(x, y, z, path, 2)
    lines = axes.contour(x, y, z, levels=levels, cmap=_colours(), linewidths=0.9, alpha=0.9)
    axes.clabel(lines, lines.levels[1::2], fontsize=11, fmt=lambda level: _number(level))
    axes.set(xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
    if path is not None:
        axes.plot(*path.T[:2], color=INK, lw=1.3, ls="-", marker="o", ms=3.2)
        axes.plot(*path[0, :2], marker="o", ms=8, mfc="none", mec=VERMILLION, mew=1.5)


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("low to high", LOW_TO_HIGH)


def _space(axes, names: Names, view: tuple[float, float]) -> None:
    """Axes without walls: thin lines, few ticks, upright names."""
    for axis, name in zip((axes.xaxis, axes.yaxis, axes.zaxis), names, strict=True):
        axis.set_pane_color((0, 0, 0, 0))
        axis.line.set(color=MUTED, lw=0.8)
        axis.set_major_locator(_ticks())
        axis._axinfo["grid"].update(color=FAINT, linewidth=0.4)
        axis.set_rotate_label(False)
        axis.set_label_text(f"${name}$")
    axes.view_init(*view)
    axes.set_box_aspect(None, zoom=0.92)


def _ticks():
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, steps=[1, 2, 5, 10])


def _check(x: np.ndarray, y: np.ndarray, z: np.ndarray, path: np.ndarray | None, columns: int) -> None:
    if not (x.ndim == 2 and x.shape == y.shape == z.shape):
        raise ValueError(f"x, y and z are grids of one shape, as np.meshgrid makes them; these have "
                         f"{x.shape}, {y.shape} and {z.shape}.")
    if path is not None and (path.ndim != 2 or path.shape[1] < columns or not len(path)):
        raise ValueError(f"A path has a point in each row and {columns} columns; this one has the shape {path.shape}.")
    if not (np.isfinite(z).all() and (path is None or np.isfinite(path).all())):
        raise ValueError("Every value of the function and every point of the path must be finite: clip what diverges.")


def _number(value: float) -> str:
    """Three digits, no trailing zeros, a true minus.

    Examples
    --------
    >>> _number(-0.12345), _number(2.0), _number(12345.0)
    ('−0.123', '2', '12300')
    """
    number = float(f"{value:.3g}") + 0.0
    return f"{number:g}".replace("-", "−") if abs(number) < 1e6 else f"{number:.2e}".replace("-", "−")


def _point(*values: float) -> str:
    return f"({', '.join(_number(value) for value in values)})"


def _alt(kind: str, x: np.ndarray, y: np.ndarray, z: np.ndarray, path: np.ndarray | None, names: Names) -> str:
    low, high = np.unravel_index(z.argmin(), z.shape), np.unravel_index(z.argmax(), z.shape)
    first, second, value = (readable(name) for name in names)
    ranges = [f"{name} from {_number(v.min())} to {_number(v.max())}" for name, v in ((first, x), (second, y))]
    alt = (f"The {kind} {'of ' * (kind == 'contours')}{value} over {' and '.join(ranges)}: "
           f"lowest, {_number(z[low])}, at {_point(x[low], y[low])}; "
           f"highest, {_number(z[high])}, at {_point(x[high], y[high])}.")
    if path is not None:
        steps = len(path) - 1
        alt += f" A path takes {steps} step{'s' * (steps != 1)}"
        alt += f" from {_point(*path[0, :2])} to {_point(*path[-1, :2])}."
    return alt
