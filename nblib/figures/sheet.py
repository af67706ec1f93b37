"""A blank sheet for drawings of structure: discs, boxes, lines and arrows, laid out in px, labelled in LaTeX."""

from __future__ import annotations

from functools import cache

from nblib.figures.style import INK, MUTED, use_style

Point = tuple[float, float]
TYPE = 15.5  # px: labels in diagrams


class Sheet:
    """A blank figure of width × height px; what is drawn on it is given in px, y downwards."""

    def __init__(self, width: float, height: float):
        from matplotlib.figure import Figure

        use_style()
        self.figure = Figure(figsize=(width / 72, height / 72), layout="none")
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self.axes.set_axis_off()

    def text(self, x: float, y: float, tex: str, size: float = TYPE, colour: str = INK) -> None:
        """The text, centred at (x, y)."""
        if tex:
            self.axes.text(x, y, tex, size=size, color=colour, ha="center", va="center_baseline")

    def disc(self, x: float, y: float, radius: float, tex: str, colour: str = INK, **options) -> None:
        """A circle with its label inside, smaller if it would not fit."""
        from matplotlib.patches import Circle

        self.axes.add_patch(Circle((x, y), radius, fill=False, ec=colour, lw=options.get("lw", 1.1), clip_on=False))
        fit = min(1, 1.62 * radius / max(text_width(tex, TYPE), 1))
        self.text(x, y, tex, TYPE * fit)

    def box(self, x: float, y: float, width: float, height: float, tex: str) -> None:
        """A box with round corners and its label inside."""
        from matplotlib.patches import FancyBboxPatch

        corner, style = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=8"
        self.axes.add_patch(FancyBboxPatch(corner, width, height, style, fill=False, ec=INK, lw=1.1, clip_on=False))
        self.text(x, y, tex)

    def line(self, start: Point, end: Point, label: str = "", gap: float = 0, **look) -> None:
        """A straight line; its label, or a gap of that width, interrupts it at three tenths of the way."""
        (x0, y0), (x1, y1) = start, end
        width = text_width(label, TYPE - 2) + 8 if label else gap
        self.text(x0 + 0.3 * (x1 - x0), y0 + 0.3 * (y1 - y0), label, TYPE - 2, look.get("color", INK))
        half = min(width / 2 / max(abs(x1 - x0), 1), 13 / max(abs(y1 - y0), 1)) if width else 0
        for a, b in ((0, 0.3 - half), (0.3 + half, 1)) if width else ((0, 1),):
            self.axes.plot([x0 + a * (x1 - x0), x0 + b * (x1 - x0)], [y0 + a * (y1 - y0), y0 + b * (y1 - y0)],
                           **{"color": MUTED, "lw": 0.9, "ls": "-", "solid_capstyle": "butt", "clip_on": False} | look)

    def arrow(self, start: Point, end: Point, **options) -> None:
        """A thin arrow."""
        from matplotlib.patches import FancyArrowPatch

        look = {"arrowstyle": "-|>,head_length=5,head_width=2.2", "shrinkA": 0, "shrinkB": 0, "lw": 1, "color": MUTED}
        self.axes.add_patch(FancyArrowPatch(start, end, mutation_scale=1, **look | options))


@cache
def text_width(tex: str, size: float) -> float:
    """The width of the text in px."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), tex, size=size, prop=FontProperties(family="STIXGeneral")).get_extents().width if tex else 0
