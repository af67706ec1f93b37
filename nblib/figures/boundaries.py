"""Decision boundaries in the plane: two classes of points, and the line on which a classifier cannot decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nblib.figures.style import BLUE, INK, VERMILLION, Drawing, subplots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["boundary", "draw_boundary"]

GRID = 61  # points each way: kinks of a ReLU network are seen, and a player of twenty frames stays small
LOOK = ((BLUE, "o"), (VERMILLION, "^"))
Predict = Callable[[np.ndarray], np.ndarray]


def boundary(predict: Predict, X: np.ndarray, y: np.ndarray, *, margin: float = 0.4,
             names: tuple[str, str] = ("x_1", "x_2"), width: float = 400, height: float = 320) -> Drawing:
    """The points of two classes, and where the classifier says one or the other.

    Parameters
    ----------
    predict : function
        Maps points (2, k) to k probabilities of class 1; the boundary is where it is 0.5.
    X : (2, m) points, one in each column. y : (m,) their classes, 0 or 1.
    margin : what is shown beyond the points, on each side, in units of the axes.
    names : LaTeX of the two axes.

    Raises
    ------
    ValueError
        if the shapes do not fit, a class is neither 0 nor 1, or predict gives no probabilities.

    Examples
    --------
    >>> X, y = np.array([[-1.0, -2.0, 1.0, 2.0], [0.0, 1.0, 0.0, 1.0]]), np.array([0, 0, 1, 1])
    >>> boundary(lambda P: 1.0 * (P[0] > 1.5), X, y).alt
    'A plane, x_1 from −2.4 to 2.4 and x_2 from −0.4 to 1.4, with 2 points of class 0 (circles) and 2 of class 1 \
(triangles); 20 % of it lies on the side of class 1. 3 of the 4 points lie on their own side.'
    """
    from nblib.display import readable
    from nblib.figures.surfaces import _number

    figure, axes = subplots(width=width, height=height)
    share, right = draw_boundary(axes, predict, X, y, margin=margin)
    axes.set_xlabel(f"${names[0]}$")
    axes.set_ylabel(f"${names[1]}$", rotation=0, va="center")
    spans = [f"{readable(name)} from {_number(low)} to {_number(high)}"
             for name, (low, high) in zip(names, _spans(X, margin), strict=True)]
    ones, m = int(y.sum()), len(y)
    alt = (f"A plane, {' and '.join(spans)}, with {m - ones} points of class 0 (circles) and {ones} of class 1 "
           f"(triangles); {round(100 * share)} % of it lies on the side of class 1. "
           f"{right} of the {m} points lie on their own side.")
    return Drawing.of(figure, alt)


def draw_boundary(axes: Axes, predict: Predict, X: np.ndarray, y: np.ndarray, *,
                  margin: float = 0.4) -> tuple[float, int]:
    """The same on axes that are there already, for panels.

    Returns
    -------
    share, right : how much of the plane lies on the side of class 1; how many points lie on their own side.

    Raises
    ------
    ValueError
        as `boundary` does.
    """
    _check(X, y)
    (left, right), (low, high) = _spans(X, margin)
    x1, x2 = np.meshgrid(np.linspace(left, right, GRID), np.linspace(low, high, GRID))
    p = _probabilities(predict, np.stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    for levels, colour in (((-1, 0.5), BLUE), ((0.5, 2), VERMILLION)):
        axes.contourf(x1, x2, p, levels=levels, colors=[colour], alpha=0.16)
    if p.min() < 0.5 < p.max():
        axes.contour(x1, x2, p, levels=[0.5], colors=[INK], linewidths=1.3)
    for kind, (colour, marker) in enumerate(LOOK):
        axes.plot(*X[:, y == kind], ls="", marker=marker, ms=4, mfc="none", mec=colour, mew=1)
    axes.set(xlim=(left, right), ylim=(low, high))
    return float((p > 0.5).mean()), int(((_probabilities(predict, X) > 0.5) == y).sum())


def _spans(X: np.ndarray, margin: float) -> list[tuple[float, float]]:
    return [(float(row.min()) - margin, float(row.max()) + margin) for row in X]


def _probabilities(predict: Predict, points: np.ndarray) -> np.ndarray:
    p = np.asarray(predict(points))
    if p.shape not in ((points.shape[1],), (1, points.shape[1])):
        raise ValueError(f"predict gives the shape {p.shape} for {points.shape[1]} points: one probability for each is "
                         "wanted, that of class 1.")
    if not (np.isfinite(p).all() and p.min() >= 0 and p.max() <= 1):
        raise ValueError("predict gives numbers that are no probabilities, between 0 and 1: does it return logits?")
    return p.ravel()


def _check(X: np.ndarray, y: np.ndarray) -> None:
    if X.ndim != 2 or X.shape[0] != 2 or y.shape != (X.shape[1],):
        raise ValueError(f"X has shape {X.shape}, y has shape {y.shape}: points stand in the columns of X, (2, m), and "
                         "y holds m classes.")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"The classes are 0 and 1; y holds {sorted(set(y.tolist()) - {0, 1})[:3]}.")
