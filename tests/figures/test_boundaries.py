"""Decision boundaries: alt text from the numbers, a line only where there is a choice, probabilities only."""

import numpy as np
import pytest

from nblib.figures.boundaries import boundary, draw_boundary
from nblib.figures.player import player
from nblib.figures.style import INK, subplots

rng = np.random.default_rng(3)
X, y = rng.normal(size=(2, 31)), rng.integers(0, 2, 31)


def left_or_right(at):
    return lambda P: 1 / (1 + np.exp(at - P[0]))


def test_the_alt_text_counts_points_and_sides():
    own = int(((X[0] > 0.3) == y).sum())
    alt = boundary(left_or_right(0.3), X, y).alt
    assert f"{31 - y.sum()} points of class 0 (circles) and {y.sum()} of class 1 (triangles)" in alt
    assert f"{own} of the 31 points lie on their own side" in alt


def test_the_side_of_class_1_is_measured():
    _, axes = subplots()
    share, _ = draw_boundary(axes, left_or_right(0.0), X, y, margin=0)
    low, high = X[0].min(), X[0].max()
    assert share == pytest.approx(high / (high - low), abs=1 / 60)


@pytest.mark.parametrize(("at", "drawn"), [(0.0, True), (99.0, False)])
def test_a_line_is_drawn_where_there_is_something_to_decide(at, drawn):
    markup = boundary(left_or_right(at), X, y).markup
    assert any(f"stroke:{INK}" in path and "stroke-width:1.3" in path for path in markup.split("<")) is drawn


def test_a_row_of_probabilities_is_read_as_a_list_of_them():
    flat = boundary(left_or_right(0.1), X, y)
    assert boundary(lambda P: left_or_right(0.1)(P)[None], X, y).markup == flat.markup


def test_frames_of_a_player_share_the_points():
    frames = [boundary(left_or_right(at), X, y) for at in np.linspace(-1, 1, 12)]
    both = player(frames, labels=[f"step {k}" for k in range(12)])
    assert len(both.animation) < sum(len(frame.markup) for frame in frames) * 0.7


@pytest.mark.parametrize(("predict", "points", "classes", "words"), [
    (left_or_right(0), X.T, y, r"\(31, 2\)"), (left_or_right(0), X, y[:5], r"\(5,\)"),
    (left_or_right(0), X, 2 * y + 1, "3"),
    (lambda P: P[0], X, y, "logits"), (lambda P: np.full(P.shape[1], np.nan), X, y, "no probabilities"),
    (lambda P: P, X, y, "one probability for each"),
])
def test_what_does_not_fit_is_refused(predict, points, classes, words):
    with pytest.raises(ValueError, match=words):
        boundary(predict, points, classes)
