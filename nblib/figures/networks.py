"""Drawings of networks: units, weights, biases, and the paths along which a derivative flows.

The alt text counts what is drawn. Labels are LaTeX without dollar signs. Units, layers and paths count from 1, as the
mathematics does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import hypot

from nblib.display import readable
from nblib.figures.sheet import TYPE, Sheet, text_width
from nblib.figures.style import BLUE, GREEN, INK, MUTED, PURPLE, VERMILLION, Drawing

Labels = Sequence[str] | Callable[[int], str] | None
RADIUS, BIAS_RADIUS = 19, 12
PATHS = (VERMILLION, BLUE, GREEN, PURPLE)


def network(layers: Sequence[int], *, labels: Sequence[Labels] | None = None, biases: bool = False, most: int = 6,
            weights: Callable | bool = False, highlight: Sequence[Sequence[int | None]] = ()) -> Drawing:
    """A dense network, inputs at the left, each unit joined to every unit of the layer before.

    Parameters
    ----------
    layers : number of units in each layer, the inputs first.
    labels : for each layer the labels of its units, or a function of the unit's number, or None for the usual ones:
        ``x_i``, ``a_i^{[l]}``, ``\\hat y_i``.
    weights : True writes ``w_{ij}^{[l]}`` on each edge (i: where it goes); or a function (l, i, j) -> label.
    biases : draw in each layer but the last a unit that is always 1.
    highlight : paths to point out, each a unit for every layer: (1, 2, 1) is x₁ → a₂ → ŷ; None where it does not pass.
    most : a layer with more units shows its first ones, dots, and its last.

    Raises
    ------
    ValueError
        if a layer is empty, or a path does not fit the layers, or passes a unit that is not drawn.

    Examples
    --------
    >>> network((3, 2, 1), highlight=[(1, 2, 1)]).alt
    'A dense network: 3 inputs, 2 hidden units, 1 output; 8 weights. Highlighted: x_1 → a_2^[1] → ŷ.'
    """
    plan = _Plan(tuple(layers), labels, most, biases, bool(weights))
    for path in highlight:
        plan.check(path)
    sheet = Sheet(plan.width, plan.height)
    label = weights if callable(weights) else (_weight if weights else lambda layer, i, j: "")
    marked = _marked(highlight)
    for layer in range(1, len(layers)):
        _draw_edges(sheet, plan, layer, label, marked, bool(weights))
    _draw_units(sheet, plan, marked)
    return Drawing.of(sheet.figure, _network_alt(plan, biases, highlight))


class _Plan:
    """Where each unit of a network stands, and what it is called."""

    def __init__(self, layers: tuple[int, ...], labels: Sequence[Labels] | None, most: int, biases: bool, roomy: bool):
        if len(layers) < 2 or any(not isinstance(n, int) or n < 1 for n in layers):
            raise ValueError(f"A network has two layers or more, each of one unit or more; these are {layers}.")
        if labels is not None and len(labels) != len(layers):
            raise ValueError(f"{len(layers)} layers, labels for {len(labels)}: give None where the usual ones do.")
        self.layers, self.biases = layers, biases
        self.labels = [self._layer_labels(k, (labels or [None] * len(layers))[k]) for k in range(len(layers))]
        self.drawn = [list(range(1, n + 1)) if n <= most else [*range(1, most - 1), n] for n in layers]
        rows = max(len(units) + (n > most) for units, n in zip(self.drawn, layers, strict=True))
        self.step = 96 if roomy and min(layers[1:]) > 1 else 66 if roomy else 62 if rows <= 4 else 52
        self.gap = max(90, 380 / len(layers[1:]) if len(layers) > 2 else 230)
        self.width = self.gap * (len(layers) - 1) + 120
        self.bottom = 36 + self.step * (rows - 1 + biases)
        self.height = self.bottom + 62
        self.middle = 36 + self.step * (rows - 1) / 2

    def _layer_labels(self, layer: int, given: Labels) -> list[str] | Callable[[int], str]:
        if callable(given):
            return given
        if given is not None:
            if len(given) != self.layers[layer]:
                raise ValueError(f"Layer {layer + 1} has {self.layers[layer]} units but {len(given)} labels: {given}.")
            return lambda i: given[i - 1]
        alone = self.layers[layer] == 1
        if layer == 0:
            return lambda i: "x" if alone else f"x_{{{i}}}"
        if layer == len(self.layers) - 1:
            return lambda i: r"\hat{y}" if alone else rf"\hat{{y}}_{{{i}}}"
        mark = f"^{{[{layer}]}}"
        return lambda i: f"a{mark}" if alone else f"a_{{{i}}}{mark}"

    def check(self, path: Sequence[int | None]) -> None:
        """Refuse a path that the drawing cannot show."""
        if len(path) != len(self.layers):
            raise ValueError(f"The path {tuple(path)} has {len(path)} units for {len(self.layers)} layers.")
        for layer, unit in enumerate(path):
            if unit is not None and unit not in self.drawn[layer]:
                raise ValueError(f"The path {tuple(path)} passes unit {unit} of layer {layer + 1}; "
                                 f"the units drawn there are {self.drawn[layer]}.")

    def place(self, layer: int, unit: int) -> tuple[float, float]:
        """Centre of the unit; the bias unit has number 0."""
        x = 60 + self.gap * layer
        if unit == 0:
            return x, self.bottom
        units = self.drawn[layer]
        slots = len(units) + (len(units) < self.layers[layer])
        slot = slots - 1 if unit == self.layers[layer] else units.index(unit)
        return x, self.middle + self.step * (slot - (slots - 1) / 2)


def _weight(layer: int, i: int, j: int) -> str:
    return f"w_{{{i}{j}}}^{{[{layer}]}}" if max(i, j) < 10 else f"w_{{{i},{j}}}^{{[{layer}]}}"


def _marked(highlight: Sequence[Sequence[int | None]]) -> dict[tuple, list[str]]:
    """Colours of each unit (layer, i) and of each edge (layer, i, j) that lies on a path."""
    marked: dict[tuple, list[str]] = {}
    for path, colour in zip(highlight, PATHS * len(highlight), strict=False):
        units = [(layer, unit) for layer, unit in enumerate(path) if unit is not None]
        edges = [(b[0], b[1], a[1]) for a, b in pairwise(units) if b[0] == a[0] + 1]
        for item in [*units, *edges]:
            marked.setdefault(item, []).append(colour)
    return marked


def _draw_edges(sheet: Sheet, plan: _Plan, layer: int, label: Callable, marked: dict, labelled: bool) -> None:
    for j in [*plan.drawn[layer - 1], *([0] if plan.biases else [])]:
        for i in plan.drawn[layer]:
            (x0, y0), (x1, y1) = plan.place(layer - 1, j), plan.place(layer, i)
            length, near = hypot(x1 - x0, y1 - y0), RADIUS if j else BIAS_RADIUS
            dx, dy = (x1 - x0) / length, (y1 - y0) / length
            colours = marked.get((layer, i, j), [None])
            for k, colour in enumerate(colours):
                side = 3 * (k - (len(colours) - 1) / 2)
                look = {"color": colour, "lw": 2} if colour else {"ls": "-" if j else (0, (4, 3))}
                text = f"${label(layer, i, j)}$" if j and labelled else ""
                gap = text_width(text, TYPE - 2) + 8 if text else 0
                sheet.line((x0 + near * dx - side * dy, y0 + near * dy + side * dx),
                           (x1 - RADIUS * dx - side * dy, y1 - RADIUS * dy + side * dx),
                           text if k == 0 else "", gap, **look)


def _draw_units(sheet: Sheet, plan: _Plan, marked: dict) -> None:
    for layer, units in enumerate(plan.drawn):
        for unit in units:
            colour = marked.get((layer, unit), [INK])[0]
            lw = 1.1 if colour == INK else 2
            sheet.disc(*plan.place(layer, unit), RADIUS, f"${plan.labels[layer](unit)}$", colour, lw=lw)
        if len(units) < plan.layers[layer]:
            x, above = plan.place(layer, units[-2])
            for dot in (-7, 0, 7):
                sheet.disc(x, above + plan.step + dot, 1.1, "", MUTED)
        if plan.biases and layer < len(plan.layers) - 1:
            sheet.disc(*plan.place(layer, 0), BIAS_RADIUS, "$1$", MUTED)
        sheet.text(60 + plan.gap * layer, plan.height - 18, _count(plan, layer), 13, MUTED)


def _count(plan: _Plan, layer: int) -> str:
    n, last = plan.layers[layer], len(plan.layers) - 1
    noun = "input" if layer == 0 else "output" if layer == last else "hidden unit"
    return f"{n:,} {noun}" + ("s" if n > 1 else "")


def _network_alt(plan: _Plan, biases: bool, highlight: Sequence[Sequence[int | None]]) -> str:
    layers = ", ".join(_count(plan, layer) for layer in range(len(plan.layers)))
    weights = sum(m * n for m, n in pairwise(plan.layers))
    counts = f"{weights:,} weight{'s' if weights > 1 else ''}"
    if biases:
        total = sum(plan.layers[1:])
        counts += f" and {total:,} bias{'es' if total > 1 else ''}"
    alt = f"A dense network: {layers}; {counts}."
    paths = [" → ".join(readable(plan.labels[k](unit)) for k, unit in enumerate(path) if unit) for path in highlight]
    return alt + (f" Highlighted: {'; '.join(paths)}." if paths else "")
