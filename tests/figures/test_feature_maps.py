"""The small convolutional net: its numbers against known and numeric ones, its frames against its steps."""

import re

import numpy as np
import pytest

from nblib.figures.feature_maps import Net, feature_maps

RNG = np.random.default_rng(0)
IMAGE = np.array([[1, 2, 0, 1], [3, 1, 2, 0], [0, 1, 3, 1], [2, 0, 1, 2]])
FILTER = np.array([[0.5, -1], [1, 0.25]])


def net(X, w, w_fc, t=0.3, stride=1, pool=2, pool_stride=1, relu=False) -> Net:
    return Net(X, w, w_fc, t, stride, pool, pool_stride, relu)


def labels(drawing) -> list[str]:
    return re.findall(r'<g data-label="([^"]*)"', drawing.animation)


def told(drawing) -> list[str]:
    return re.findall(r'data-alt="([^"]*)"', drawing.animation)


def test_the_instance_of_the_source_comes_out():
    made = net(IMAGE, FILTER, [[0.8]], t=1, stride=2)
    assert made.c.tolist() == [[1.75, 1], [1, 2]] and made.m.tolist() == [[2]]
    assert made.r == pytest.approx(1.6) and made.winners == {(0, 0): (1, 1)}
    assert made.dc == pytest.approx(np.array([[0, 0], [0, 0.48]]))
    assert "by w is 1.44 0.48 0.48 0.96" in told(feature_maps(IMAGE, FILTER, [[0.8]], 1, stride=2))[-1]


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize(("stride", "pool", "pool_stride", "pooled"), [(1, 2, 1, (3, 2)), (2, 1, 1, (2, 2)),
                                                                      (1, 2, 2, (2, 1))])
def test_the_gradient_is_the_numeric_one(relu, stride, pool, pool_stride, pooled):
    X, w, w_fc = RNG.normal(size=(3, 5, 4)), RNG.normal(size=(3, 2, 2)), RNG.normal(size=pooled)
    options = {"stride": stride, "pool": pool, "pool_stride": pool_stride, "relu": relu}
    made = net(X, w, w_fc, **options)
    dX, dw = np.zeros(X.shape), np.zeros(w.shape)
    for at in made.routes:
        dX[:, *made.window(at)] += made.dc[at] * w
        dw += made.dc[at] * made.seen(at)

    def slope(k: int, at: tuple[int, ...], step: float = 1e-6) -> float:
        ends = []
        for sign in (1, -1):
            moved = [X.copy(), w.copy(), w_fc.copy()]
            moved[k][at] += sign * step
            ends.append((net(*moved, **options).r - 0.3) ** 2 / 2)
        return (ends[0] - ends[1]) / (2 * step)

    for k, claimed in enumerate((dX, dw, (made.r - 0.3) * made.m)):
        numeric = [slope(k, at) for at in np.ndindex(claimed.shape)]
        assert claimed.ravel() == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_there_is_a_frame_for_each_step():
    drawing = feature_maps(IMAGE, FILTER, [[0.5, -0.25], [0.25, 0.75]], 1, relu=True)
    names = labels(drawing)
    assert names[:9] == [f"filter {k}/9" for k in range(1, 10)] and names[9] == "ReLU"
    assert names[10:17] == ["pool 1/4", "pool 2/4", "pool 3/4", "pool 4/4", "output", "error", "winners"]
    assert names[17:] == ["ReLU back", "back 1/3", "back 2/3", "back 3/3"]
    made = net(IMAGE, FILTER, [[0.5, -0.25], [0.25, 0.75]], t=1, relu=True)
    dw = sum(made.dc[at] * made.seen(at)[0] for at in made.routes)
    assert f"by w is {' '.join(f'{value:.3g}' for value in dw.ravel())}" in told(drawing)[-1]


def test_a_tie_goes_to_the_first_in_reading_order():
    made = net(np.ones((3, 4)), np.array([[0.5, 1], [2, 0.25]]), [[1.0, 1.0]])
    assert made.winners == {(0, 0): (0, 0), (0, 1): (0, 1)}


def test_a_net_in_which_nothing_is_positive_tells_that_nothing_arrives():
    drawing = feature_maps(IMAGE, -np.abs(FILTER), [[0.8]], 1, stride=2, relu=True)
    assert labels(drawing)[-1] == "nothing" and "zero" in told(drawing)[-1]


def test_the_players_of_the_book_are_small():
    channels = feature_maps(RNG.integers(0, 4, (3, 4, 4)), RNG.integers(-2, 3, (3, 2, 2)) / 2, [[0.5]], 1, stride=2,
                            relu=True, channels="RGB")
    overlapping = feature_maps(IMAGE, FILTER, [[0.5, -0.25], [0.25, 0.75]], 1)
    assert max(len(drawing.animation.encode()) for drawing in (channels, overlapping)) < 200_000
    assert "X^R" not in channels.alt and channels.size[0] <= 500


@pytest.mark.parametrize(("X", "w", "w_fc", "options", "message"), [
    (IMAGE, np.ones((3, 2, 2)), [[1]], {}, "meets a filter"),
    (IMAGE, np.ones((5, 2)), [[1]], {}, "fits into the image"),
    (IMAGE, np.ones((2, 1)), [[1]], {}, "two columns or more"),
    (IMAGE, FILTER, [[1]], {}, r"shape \(2, 2\), not \(1, 1\)"),
    (IMAGE, FILTER, [[1]], {"stride": 2, "pool": 3}, "take 2 or less"),
    (IMAGE, FILTER, [[1]], {"stride": 2, "channels": "RGB"}, "1 channels and 3 names"),
])
def test_what_does_not_fit_is_refused(X, w, w_fc, options, message):
    with pytest.raises(ValueError, match=message):
        feature_maps(X, w, w_fc, 1, **options)
