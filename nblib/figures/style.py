"""One look for every figure of the book: colours, type, line widths, and the value that a figure's cell has.

Colours have names. In the notebook a colour is a hexadecimal number with a contrast of 3:1 or more on white and on
near-black alike; on the site it is a CSS variable (``var(--nb-ink,#767676)``), so that figures follow the theme.
The hues start from Okabe and Ito's, which people with any colour vision tell apart; curves differ in their dashes too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from nblib.figures import svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIME = "application/vnd.nblib.figure+json"

#: name: (in a notebook, on the light site, on the dark site)
COLOURS = {
    "ink": ("#767676", "#1f2328", "#e6e8eb"),         # text, outlines
    "muted": ("#858585", "#6b7280", "#9aa3ad"),       # what stands back: axes, edges that are not the topic
    "faint": ("#828282", "#8a919b", "#7d8590"),       # grid lines, always with alpha
    "blue": ("#0072b2", "#0067a3", "#5cb8ec"),
    "vermillion": ("#d55e00", "#c14f00", "#ff9248"),
    "green": ("#009473", "#007a5c", "#35c79f"),
    "purple": ("#b8629a", "#a14584", "#dd98c6"),
    "ochre": ("#a87a00", "#8a6300", "#e3b341"),
}
INK, MUTED, FAINT, BLUE, VERMILLION, GREEN, PURPLE, OCHRE = (notebook for notebook, _, _ in COLOURS.values())
CYCLE = {BLUE: "-", VERMILLION: "--", GREEN: "-.", PURPLE: ":", OCHRE: (0, (6, 1.5, 1, 1.5, 1, 1.5)), MUTED: "-"}

RC = {
    "font.family": ["STIXGeneral", "DejaVu Sans"], "mathtext.fontset": "stix", "font.size": 14,
    "axes.labelsize": 14, "xtick.labelsize": 12.5, "ytick.labelsize": 12.5, "legend.fontsize": 13,
    "figure.dpi": 72, "figure.facecolor": "none", "axes.facecolor": "none", "legend.frameon": False,
    "figure.constrained_layout.use": True, "figure.constrained_layout.h_pad": 4 / 72,
    "figure.constrained_layout.w_pad": 4 / 72,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "axes.edgecolor": MUTED,
    "axes.labelcolor": INK, "text.color": INK, "xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelcolor": INK,
    "ytick.labelcolor": INK, "axes.labelpad": 6, "axes.titlesize": 14, "axes.titlepad": 8, "axes.axisbelow": True,
    "xtick.major.width": 0.8, "ytick.major.width": 0.8, "xtick.minor.visible": False, "ytick.minor.visible": False,
    "grid.color": FAINT, "grid.linewidth": 0.6, "grid.alpha": 0.35, "lines.linewidth": 1.6, "lines.markersize": 5,
    "patch.linewidth": 0.8, "image.cmap": "cividis", "hatch.color": MUTED, "hatch.linewidth": 0.6,
}


def use_style() -> None:
    """Every figure drawn from now on has the book's look (Matplotlib's ``rcParams`` are set)."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(RC | svg.FIXED)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=list(CYCLE), linestyle=list(CYCLE.values()))


def subplots(rows: int = 1, columns: int = 1, *, width: float = 480, height: float = 300, **options):
    """A new figure of ``width`` × ``height`` px with its axes, like ``plt.subplots`` but known to no global state.

    480 px is what a phone shows at three quarters of its size: type stays legible. Side by side, use at most 640.

    Examples
    --------
    >>> figure, axes = subplots(1, 2, width=640)
    >>> axes.shape
    (2,)
    """
    from matplotlib.figure import Figure

    use_style()
    figure = Figure(figsize=(width / 72, height / 72))
    return figure, figure.subplots(rows, columns, **options)


def themed(markup: str) -> str:
    """The markup with the book's colours as CSS variables, the notebook's colour as the fallback.

    Examples
    --------
    >>> themed('<path style="fill:none;stroke:#0072b2"/>')
    '<path style="fill:none;stroke:var(--nb-blue,#0072b2)"/>'
    """
    names = {notebook: name for name, (notebook, _, _) in COLOURS.items()}
    pattern = rf"(?<=[:\"])(?:{'|'.join(names)})(?=[;\"])"
    return re.sub(pattern, lambda colour: f"var(--nb-{names[colour.group()]},{colour.group()})", markup)


def css() -> str:
    """The variables of `themed` for the site: light, and dark under ``html[data-theme=dark]``."""
    def rules(column: int) -> str:
        return "".join(f"--nb-{name}:{colours[column]};" for name, colours in COLOURS.items())

    return f":root{{{rules(1)}}}\nhtml[data-theme=dark]{{{rules(2)}}}\n"


@dataclass(frozen=True)
class Drawing:
    """A picture with the words that belong to it; the value of a cell.

    Attributes
    ----------
    markup : one ``<svg>`` element in the notebook's colours (`svg.render` makes it).
    alt : what is drawn, in words, for who does not see it.
    caption : a sentence with a claim, inline Markdown with ``$math$``; empty until `show` gives it.
    animation : a player's HTML for the site, with ``{alt}`` where its name goes; else empty.
    """

    markup: str
    alt: str
    caption: str = ""
    animation: str = ""

    @classmethod
    def of(cls, figure: Figure, alt: str) -> Drawing:
        """The Matplotlib figure as a drawing; the figure is closed, so that no front end shows it twice."""
        import sys

        drawing = cls(svg.render(figure), unicodedata.normalize("NFC", alt))
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close(figure)
        return drawing

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS px."""
        _, _, width, height = re.search(r'viewBox="([^"]*)"', self.markup).group(1).split()
        return round(float(width)), round(float(height))

    @property
    def record(self) -> dict:
        """What the site shows: see `nblib.figures`."""
        (width, height), name = self.size, svg.attribute(self.alt)
        words = {"alt": self.alt, "caption": self.caption, "width": width}
        if self.animation:
            return {"svg": themed(self.animation.replace("{alt}", name, 1)), **words}
        opening = f'<svg role="img" aria-label="{name}" width="{width}" height="{height}" '
        return {"svg": themed(self.markup.replace("<svg ", opening, 1)), **words}

    @property
    def html(self) -> str:
        """The same for a notebook: an image with its alt text, and the caption. It carries no script and no style."""
        width, height = self.size
        opening = f"<svg xmlns='{svg.SVG}' width='{width}' height='{height}' "
        source = quote(self.markup.replace('"', "'").replace("<svg ", opening, 1), safe=" !$&'()*+,-./:;<=>?@[]^_`{|}~")
        image = f'<img src="data:image/svg+xml,{source}" width="{width}" alt="{svg.attribute(self.alt)}">'
        caption = f"<figcaption>{_inline(self.caption)}</figcaption>" if self.caption else ""
        return f"<figure>{image}{caption}</figure>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        """For IPython: the site's record, the notebook's HTML, the alt text."""
        return {MIME: self.record, "text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"[figure: {self.alt}]" + (f"\n{self.caption}" if self.caption else "")


def show(figure: Figure | Drawing, *, caption: str, alt: str | None = None) -> Drawing:
    """The figure as the value of its cell, with alt text and caption.

    Parameters
    ----------
    figure : a Matplotlib figure, or a drawing of `nblib.figures`, which knows its alt text.
    caption : a full sentence that claims something, inline Markdown with ``$math$``.
    alt : what is drawn: kinds of marks, axes with their ranges, what stands out. Required of a Matplotlib figure.

    Raises
    ------
    ValueError
        if there is no alt text, or the caption is not a sentence.

    Examples
    --------
    >>> figure, axes = subplots()
    >>> show(figure, alt="Empty axes from 0 to 1.", caption="Nothing is plotted yet.")
    [figure: Empty axes from 0 to 1.]
    Nothing is plotted yet.
    """
    drawing = figure if isinstance(figure, Drawing) else None
    alt = alt or (drawing.alt if drawing else None)
    if not alt or not alt.strip():
        raise ValueError("This figure has no alt text: say what is drawn, in words, as in "
                         "show(figure, alt='A curve that rises from 0 to 1 as z grows from −6 to 6.', caption='…').")
    if not caption.strip().endswith((".", "?", "!", ".)")):
        raise ValueError(f"A caption is a sentence with a claim and a full stop; this one is {caption!r}.")
    return replace(drawing or Drawing.of(figure, alt), alt=" ".join(alt.split()), caption=" ".join(caption.split()))


def _inline(caption: str) -> str:
    """Inline Markdown as HTML: emphasis, strong, code; ``$math$`` stays for the front end to typeset."""
    parts = re.split(r"(\$[^$]*\$)", caption)
    for k in range(0, len(parts), 2):
        text = svg.attribute(parts[k])
        for mark, tag in ((r"\*\*", "strong"), (r"\*", "em"), ("`", "code")):
            text = re.sub(rf"{mark}(.+?){mark}", rf"<{tag}>\1</{tag}>", text)
        parts[k] = text
    return "".join(part if k % 2 == 0 else svg.attribute(part) for k, part in enumerate(parts))
