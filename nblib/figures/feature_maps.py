"""A small convolutional network at work, step by step, with its numbers: forward, and the gradient on its way back.

One filter slides over the image, and the feature map fills up; pooling keeps the largest entry of each window; a weight
for each of them gives the output. On the way back only the winners hear of the error, and each hands it to the filter
and to the window of the image that it had seen. The numbers are computed here, entry by entry, from the definitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nblib.figures.grids import Grid, grids, number
from nblib.figures.player import player
from nblib.figures.style import BLUE, INK, VERMILLION, Drawing

if TYPE_CHECKING:
    import numpy as np

FORWARD, BACK = "→", "←"


def feature_maps(X: np.ndarray, w: np.ndarray, w_fc: np.ndarray, t: float, *, stride: int = 1, pool: int = 2,
                 pool_stride: int = 1, relu: bool = False, channels: Sequence[str] = ()) -> Drawing:
    """A player with a frame for each step: convolution, ReLU, max-pooling, output, and the gradient back to the image.

    The net: c, the cross-correlation of X with w; a = max(c, 0) if there is a ReLU; m, the maxima of its windows; the
    output r, the sum of w_fc · m; E = (r − t)²/2. Where entries tie for the maximum, the first in reading order wins.

    Parameters
    ----------
    X : (h, w) or (C, h, w) image; channels stand one below the other.
    w : (k, k') or (C, k, k') filter.
    w_fc : weights of the output, in the shape of m.
    t : what the output should be.
    stride, pool, pool_stride : step of the filter; side and step of the windows of the maximum.
    channels : names of the channels, LaTeX: ``"RGB"``; by default their numbers.

    Raises
    ------
    ValueError
        if the shapes do not fit; the message says which shape would. `player` refuses more than 30 steps.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[1, 2, 0, 1], [3, 1, 2, 0], [0, 1, 3, 1], [2, 0, 1, 2]])
    >>> w, w_fc = np.array([[0.5, -1], [1, 0.25]]), np.array([[0.8]])
    >>> feature_maps(image, w, w_fc, 1, stride=2).alt[-50:]
    'by X 0 0 0 0 0 0 0 0 0 0 0.24 −0.48 0 0 0.48 0.12.'
    """
    net = Net(X, w, w_fc, t, stride, pool, pool_stride, relu)
    story = _Story(net, channels or ([""] if len(net.X) == 1 else [str(k) for k in range(len(net.X))]))
    for tell in (_convolve, _rectify, _pool, _answer, _route, _share):
        tell(net, story)
    return player(story.frames, labels=story.labels)


class Net:
    """All numbers of the net, forward and backward; X, w and their gradients have a channel axis."""

    def __init__(self, X, w, w_fc, t: float, stride: int, pool: int, pool_stride: int, relu: bool):
        import numpy as np

        X, w, self.w_fc = (np.asarray(array, dtype=float) for array in (X, w, w_fc))
        self.X, self.w = (array[None] if array.ndim == 2 else array for array in (X, w))
        self.t, self.stride, self.pool, self.pool_stride, self.relu = t, stride, pool, pool_stride, relu
        self._check()
        self.c = np.zeros(_size(self.X.shape[1:], self.w.shape[1:], stride))
        for at in np.ndindex(self.c.shape):
            self.c[at] = (self.w * self.seen(at)).sum()
        self.a = np.where(self.c > 0, self.c, 0) if relu else self.c
        self.winners = {at: self._winner(at) for at in np.ndindex(self.w_fc.shape)}
        self.m = np.array([self.a[winner] for winner in self.winners.values()]).reshape(self.w_fc.shape)
        self.r = (self.w_fc * self.m).sum()
        self.da = np.zeros(self.c.shape)
        for at, winner in self.winners.items():
            self.da[winner] += (self.r - t) * self.w_fc[at]
        self.dc = np.where(self.c > 0, self.da, 0) if relu else self.da
        self.routes = [at for at in np.ndindex(self.c.shape) if self.dc[at]]

    def window(self, at: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the image that an entry of c sees."""
        return _window(at, self.w.shape[1:], self.stride)

    def seen(self, at: tuple[int, int]) -> np.ndarray:
        """The part of the image there, all its channels."""
        return self.X[:, *self.window(at)]

    def pooled(self, at: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the feature map that an entry of m sees."""
        return _window(at, (self.pool, self.pool), self.pool_stride)

    def _winner(self, at: tuple[int, int]) -> tuple[int, int]:
        rows, columns = self.pooled(at)
        i, j = divmod(int(self.a[rows, columns].argmax()), self.pool)
        return rows.start + i, columns.start + j

    def _check(self) -> None:
        X, w = self.X.shape, self.w.shape
        if len(X) != 3 or len(w) != 3 or X[0] != w[0]:
            raise ValueError(f"An image (C, h, w) meets a filter (C, k, k'); these have {X} and {w}.")
        if w[2] < 2 or w[1] > X[1] or w[2] > X[2]:
            raise ValueError(f"The filter has two columns or more and fits into the image; its shape is {w[1:]}, "
                             f"that of the image {X[1:]}.")
        c = _size(X[1:], w[1:], self.stride)
        if self.pool > min(c):
            raise ValueError(f"A pooling window of side {self.pool} does not fit into a feature map of {c}: "
                             f"take {min(c)} or less.")
        m = _size(c, (self.pool, self.pool), self.pool_stride)
        if self.w_fc.shape != m:
            raise ValueError(f"There is a weight w_fc for each pooled entry: shape {m}, not {self.w_fc.shape}.")


def _size(image: Sequence[int], window: Sequence[int], stride: int) -> tuple[int, ...]:
    return tuple((n - k) // stride + 1 for n, k in zip(image, window, strict=True))


def _window(at: tuple[int, int], window: tuple[int, int], stride: int) -> tuple[slice, slice]:
    return tuple(slice(stride * i, stride * i + k) for i, k in zip(at, window, strict=True))


class _Story:
    """The frames so far, and what is known by now: arrays that fill up."""

    def __init__(self, net: Net, channels: Sequence[str]):
        import numpy as np

        if len(channels) != len(net.X):
            raise ValueError(f"There are {len(net.X)} channels and {len(channels)} names for them.")
        self.net, self.channels, self.frames, self.labels = net, channels, [], []
        like = {"dX": net.X, "c": net.c, "a": net.c, "m": net.m, "r": np.zeros((1, 1))}
        like |= {"products": net.w, "dw": net.w, "dc": net.c, "da": net.c, "dm": net.m, "dr": like["r"], "dw_fc": net.m}
        self.known = {name: np.full(array.shape, np.nan) for name, array in like.items()}
        self.back = False

    def frame(self, label: str, note: str, words: str, **marks: list) -> None:
        """One more frame; marks are (index, colour) pairs for each grid by its name."""
        def grid(key: str, name: str, numbers=None) -> Grid:
            back = key.startswith("d")
            name, colour = (rf"\partial E/\partial {name}", VERMILLION) if back else (name, INK)
            return Grid(self.known[key] if numbers is None else numbers, name, marks.get(key, ()), colour, back)

        sheets = []
        for k, channel in enumerate(self.channels):
            mark, net = (f"^{{{channel}}}" if channel else ""), self.net
            third = (grid("dw", f"w{mark}", self.known["dw"][k]) if self.back
                     else Grid(self.known["products"][k], r"\mathrm{product}"))
            sheets.append([grid("X", f"X{mark}", net.X[k]), "" if self.back else r"$\odot$",
                           grid("w", f"w{mark}", net.w[k]), "", third, "", grid("dX", f"X{mark}", self.known["dX"][k])])
        maps = [[grid("c", "c"), FORWARD], [grid("dc", "c"), BACK]]
        if self.net.relu:
            maps = [maps[0] + [grid("a", "a"), FORWARD], maps[1] + [grid("da", "a"), BACK]]
        maps[0] += [grid("m", "m"), FORWARD, grid("r", "r"), "", grid("w_fc", "w_{fc}", self.net.w_fc)]
        maps[1] += [grid("dm", "m"), BACK, grid("dr", "r"), "", grid("dw_fc", "w_{fc}")]
        self.frames.append(grids(sheets, maps, note=note, alt=words))
        self.labels.append(label)


def _convolve(net: Net, story: _Story) -> None:
    """One frame for each position of the filter."""
    for k, at in enumerate(_all(net.c), 1):
        products = net.w * net.seen(at)
        story.known["products"], story.known["c"][at] = products, net.c[at]
        terms = products.ravel() if len(products) == 1 else products.sum(axis=(1, 2))
        words = (f"The filter lies on {_place(net.window(at))} of X; its products are "
                 f"{_listed(products.ravel())}, and their sum {number(net.c[at])} is entry {_at(at)} of c.")
        story.frame(f"filter {k}/{net.c.size}", f"${_name('c', at)} = {_sum(terms)}$", words,
                    X=[(net.window(at), BLUE)], c=[(at, BLUE)])


def _rectify(net: Net, story: _Story) -> None:
    story.known["a"] = net.a
    if net.relu:
        words = f"ReLU: the negative entries of c become 0; a is {_listed(net.a.ravel())}."
        story.frame("ReLU", r"$a = \max(c, 0)$", words, c=[(net.c > 0, BLUE)] if net.c.max() > 0 else [])


def _pool(net: Net, story: _Story) -> None:
    """One frame for each window of the maximum."""
    source = "a" if net.relu else "c"
    for k, (at, winner) in enumerate(net.winners.items(), 1):
        story.known["m"][at] = net.m[at]
        entries = net.a[net.pooled(at)].ravel()
        note = rf"${_name('m', at)} = \max({', '.join(map(number, entries))}) = {number(net.m[at])}$"
        words = (f"Entry {_at(at)} of m is the largest of {_listed(entries)}: {number(net.m[at])}, "
                 f"which stands at {_at(winner)} of {source}.")
        story.frame(f"pool {k}/{net.m.size}", note, words, m=[(at, BLUE)],
                    **{source: [(net.pooled(at), BLUE), (winner, VERMILLION)]})


def _answer(net: Net, story: _Story) -> None:
    story.known["r"].fill(net.r)
    loss, r, t = number((net.r - net.t) ** 2 / 2), number(net.r), number(net.t)
    products = " + ".join(rf"{number(v)} \cdot {number(m)}" for v, m in zip(net.w_fc.flat, net.m.flat, strict=True))
    note = rf"$r = {products} = {r}, \quad E = (r - {t})^2/2 = {loss}$".replace("+ −", "− ")
    story.frame("output", note, f"The output r is {r}; it should be {t}, so the loss is {loss}.", r=[((0, 0), BLUE)])


def _route(net: Net, story: _Story) -> None:
    """The error, and its way back through the weights and the maxima."""
    error, known, back = net.r - net.t, story.known, VERMILLION
    known["dr"].fill(error)
    known["dw_fc"], known["dm"] = error * net.m, error * net.w_fc
    note = rf"$\partial E/\partial r = r - t = {number(error)}$"
    words = (f"The error is {number(error)}. The gradient by w_fc is {_listed(known['dw_fc'].ravel())}, "
             f"by m {_listed(known['dm'].ravel())}.")
    story.frame("error", note, words, dr=[((0, 0), back)])
    known["da"] = net.da
    if not net.relu:
        known["dc"] = net.dc
    winners, source = sorted(set(net.winners.values())), "a" if net.relu else "c"
    route = [(winner, back) for winner in winners]
    words = f"Back through the maximum to {', '.join(map(_at, winners))}: the gradient is {_listed(net.da.ravel())}."
    story.frame("winners", "only the winners of the maximum hear of the error", words,
                **{source: route, f"d{source}": route})
    if net.relu:
        known["dc"] = net.dc
        story.frame("ReLU back", r"$\partial E/\partial c = \partial E/\partial a$ where $c > 0$, else 0",
                    f"Back through ReLU: the gradient by c is {_listed(net.dc.ravel())}.",
                    dc=[(at, back) for at in net.routes])


def _share(net: Net, story: _Story) -> None:
    """One frame for each entry of c that has a gradient: the filter and the image receive their shares."""
    known = story.known
    known["dw"], known["dX"], story.back = 0 * net.w, 0 * net.X, True
    if not net.routes:
        story.frame("nothing", "no gradient arrives", "No gradient arrives: those by w and X are zero.")
    for k, at in enumerate(net.routes, 1):
        share, window = net.dc[at], net.window(at)
        known["dw"] += share * net.seen(at)
        known["dX"][:, *window] += share * net.w
        factor = number(share)
        note = (rf"$\partial E/\partial w$ gains {factor} times the window of $X$, "
                rf"the window of $\partial E/\partial X$ gains {factor} times $w$")
        words = (f"Entry {_at(at)} of c hands on its gradient {factor} by {_place(window)} of X. So far the gradient "
                 f"by w is {_listed(known['dw'].ravel())}, by X {_listed(known['dX'].ravel())}.")
        story.frame(f"back {k}/{len(net.routes)}", note, words, X=[(window, VERMILLION)], dX=[(window, VERMILLION)],
                    dc=[(at, VERMILLION)])


def _all(array: np.ndarray) -> Iterator[tuple[int, int]]:
    import numpy as np

    return np.ndindex(array.shape)


def _at(at: tuple[int, int]) -> str:
    return f"({at[0]}, {at[1]})"


def _name(letter: str, at: tuple[int, int]) -> str:
    return f"{letter}_{{{at[0]}{at[1]}}}"


def _place(window: tuple[slice, slice]) -> str:
    rows, columns = window
    return f"rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}"


def _listed(numbers: Sequence[float]) -> str:
    return " ".join(map(number, numbers))


def _sum(terms: Sequence[float]) -> str:
    return f"{' + '.join(map(number, terms))} = {number(sum(terms))}".replace("+ −", "− ")
