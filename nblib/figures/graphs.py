"""Drawings of computational graphs: values flow forward above the nodes, derivatives come back below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nblib.display import readable
from nblib.figures.sheet import TYPE, Sheet, text_width
from nblib.figures.style import BLUE, INK, MUTED, VERMILLION, Drawing

NODE_HEIGHT, GAP, MARGIN = 34, 52, 26


def graph(nodes: Mapping[str, Sequence[str]], *, formulas: Mapping[str, str] | None = None,
          values: Mapping[str, object] | None = None, derivatives: Mapping[str, object] | None = None) -> Drawing:
    """A computational graph from left to right; values run forward above the nodes, derivatives back below them.

    Parameters
    ----------
    nodes : for each computed name the names it reads, in order of computation; the last one is the result.
        A name that is only read is an input.
    formulas : the right-hand side of a computed name, LaTeX.
    values, derivatives : numbers or LaTeX for each name; a derivative is that of the result by the name.

    Raises
    ------
    ValueError
        if a name is read before it is computed, or a value or a derivative belongs to no node.

    Examples
    --------
    >>> graph({"u": ("b", "c"), "v": ("a", "u"), "J": ("v",)}, formulas={"u": "bc", "v": "a+u", "J": "3v"},
    ...       values={"a": 5, "J": 33}, derivatives={"J": 1, "a": 3}).alt
    'A computational graph: b, c and a lead to u = bc, v = a+u, J = 3v. Values: a = 5, J = 33. ∂J/∂J = 1, ∂J/∂a = 3.'
    """
    values, derivatives = values or {}, derivatives or {}
    plan = _Layout(nodes, formulas or {}, bool(values or derivatives))
    plan.check(values, "value")
    plan.check(derivatives, "derivative")
    sheet = Sheet(plan.width, plan.height)
    for name, sources in nodes.items():
        for source in sources:
            _draw_edge(sheet, plan, source, name, bool(derivatives))
    for name, (x, y) in plan.places.items():
        if name in nodes:
            sheet.box(x, y, plan.widths[name], NODE_HEIGHT, f"${plan.formula(name)}$")
        else:
            sheet.disc(x, y, NODE_HEIGHT / 2, f"${name}$", MUTED)
        if name in values:
            sheet.text(x, y - NODE_HEIGHT / 2 - 12, f"${values[name]}$", TYPE - 1, BLUE)
        if name in derivatives:
            sheet.text(x, y + NODE_HEIGHT / 2 + 12, f"${derivatives[name]}$", TYPE - 1, VERMILLION)
    _legend(sheet, plan, values, derivatives)
    return Drawing.of(sheet.figure, _graph_alt(plan, values, derivatives))


class _Layout:
    """Where each node of a graph stands: columns by depth, rows so that the edges of a tree do not cross."""

    def __init__(self, nodes: Mapping[str, Sequence[str]], formulas: Mapping[str, str], numbers: bool):
        self.nodes, self.formulas = nodes, formulas
        self.row, self.edge = (84, 24) if numbers else (58, 0)
        self.result = list(nodes)[-1]
        self.depth = self._depths()
        self.inputs = [name for name in self.depth if name not in nodes]
        self.widths = {name: self._width(name) for name in self.depth}
        self.places = self._places()
        self.width = max(x + self.widths[name] / 2 for name, (x, _) in self.places.items()) + MARGIN
        self.height = max(y for _, y in self.places.values()) + MARGIN + 2.4 * self.edge

    def formula(self, name: str) -> str:
        """What stands in the node."""
        return f"{name} = {self.formulas[name]}" if name in self.formulas else name

    def check(self, given: Mapping[str, object], what: str) -> None:
        """Refuse a number for a node that is not there."""
        for name in given:
            if name not in self.depth:
                raise ValueError(f"There is a {what} for {name}, but no such node, only {', '.join(self.depth)}.")

    def _width(self, name: str) -> float:
        return text_width(f"${self.formula(name)}$", TYPE) + 24 if name in self.nodes else NODE_HEIGHT

    def _depths(self) -> dict[str, int]:
        """Column of each node: one more than the deepest that it reads; an input stands one before its first reader."""
        depth: dict[str, int] = {}
        for name, sources in self.nodes.items():
            for source in sources:
                if source not in depth and source in self.nodes:
                    raise ValueError(f"{name} reads {source}, which is computed later: list it first.")
                depth.setdefault(source, 0)
            depth[name] = 1 + max((depth[source] for source in sources), default=-1)
        for source in depth.keys() - self.nodes.keys():
            depth[source] = min(depth[name] for name, sources in self.nodes.items() if source in sources) - 1
        return depth

    def _places(self) -> dict[str, tuple[float, float]]:
        rows: dict[str, float] = {}
        self._place_rows(self.result, rows)
        for name in self.depth:
            if name not in rows:
                self._place_rows(name, rows)
        places, left = {}, MARGIN
        for column in range(max(self.depth.values()) + 1):
            names = sorted((name for name in self.depth if self.depth[name] == column), key=rows.__getitem__)
            wide = max(self.widths[name] for name in names)
            lowest = float("-inf")
            for name in names:
                rows[name] = lowest = max(rows[name], lowest + 1)
                places[name] = (left + wide / 2, MARGIN + self.edge + self.row * rows[name])
            left += wide + GAP
        return {name: places[name] for name in self.depth}

    def _place_rows(self, name: str, rows: dict[str, float]) -> None:
        """Inputs take the next free row as they are met; a node stands in the middle of what it reads."""
        sources = self.nodes.get(name, ())
        for source in sources:
            if source not in rows:
                self._place_rows(source, rows)
        taken = sum(other not in self.nodes for other in rows)
        rows[name] = sum(rows[source] for source in sources) / len(sources) if sources else float(taken)


def _draw_edge(sheet: Sheet, plan: _Layout, source: str, name: str, both: bool) -> None:
    (x0, y0), (x1, y1) = plan.places[source], plan.places[name]
    start, end = x0 + plan.widths[source] / 2 + 4, x1 - plan.widths[name] / 2 - 4
    slope = (y1 - y0) / (x1 - x0)
    start_y, end_y = y0 + slope * 0.35 * (start - x0), y1 - 0.12 * (y1 - y0)
    shift = 3.5 if both else 0
    sheet.arrow((start, start_y - shift), (end, end_y - shift), color=INK)
    if both:
        sheet.arrow((end, end_y + shift), (start, start_y + shift), color=VERMILLION, ls=(0, (4, 2.5)))


def _legend(sheet: Sheet, plan: _Layout, values: Mapping, derivatives: Mapping) -> None:
    entries = [("values, forward", BLUE)] * bool(values)
    entries += [(rf"derivatives of ${plan.result}$, back", VERMILLION)] * bool(derivatives)
    for k, (text, colour) in enumerate(entries):
        sheet.text(plan.width * (k + 0.5) / len(entries), plan.height - 14, text, 13, colour)


def _graph_alt(plan: _Layout, values: Mapping, derivatives: Mapping) -> str:
    inputs = [readable(name) for name in plan.inputs]
    listed = " and ".join([", ".join(inputs[:-1]), inputs[-1]]) if len(inputs) > 1 else "".join(inputs)
    computed = ", ".join(readable(plan.formula(name)) for name in plan.nodes)
    alt = f"A computational graph: {listed} lead{'s' * (len(inputs) == 1)} to {computed}."
    if values:
        numbers = (f"{readable(name)} = {readable(str(value))}" for name, value in values.items())
        alt += f" Values: {', '.join(numbers)}."
    if derivatives:
        result = readable(plan.result)
        rates = (f"∂{result}/∂{readable(name)} = {readable(str(rate))}" for name, rate in derivatives.items())
        alt += " " + ", ".join(rates) + "."
    return alt
