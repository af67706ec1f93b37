"""Figures of the book: one style, drawings of networks and graphs, digits, surfaces, players.

``show(figure, caption=…, alt=…)`` is the value of a figure's cell. Its MIME bundle holds

``application/vnd.nblib.figure+json``
    for the site, a dictionary: ``svg`` (one ``<svg role="img" aria-label width height viewBox>``, to stand inline in
    the page; of a player it is a ``<div class="nb-player">`` that holds the svg, its controls and its script), ``alt``
    (plain text, already in the svg), ``caption`` (inline Markdown with ``$math$``), ``width`` (CSS px: the natural
    width). The colours are ``var(--nb-…,#hex)``, so they follow the theme when the site's style sheet holds
    what ``css()`` returns; the svg wants ``max-width: 100%; height: auto``. That is::

        <figure>{svg}<figcaption>{caption}</figcaption></figure>

``text/html``
    for JupyterLab and VS Code: the SVG as an image with its alt text, and the caption. It is shown in a notebook that
    nobody has run yet, too, where JupyterLab hides ``image/svg+xml`` (and it shows no caption with that). An image
    cannot follow JupyterLab's theme: its colours have a contrast of 3:1 or more on white and on near-black.
``text/plain``
    the alt text and the caption.

Matplotlib is imported when the first figure is drawn, not before.
"""

from nblib.figures.feature_maps import feature_maps
from nblib.figures.graphs import graph
from nblib.figures.grids import Grid, grids
from nblib.figures.images import digit, image_grid
from nblib.figures.networks import network
from nblib.figures.player import player
from nblib.figures.style import (
    BLUE,
    COLOURS,
    FAINT,
    GREEN,
    INK,
    MIME,
    MUTED,
    OCHRE,
    PURPLE,
    VERMILLION,
    Drawing,
    css,
    show,
    subplots,
    use_style,
)
from nblib.figures.surfaces import contours, draw_contours, surface

__all__ = [
    "BLUE",
    "COLOURS",
    "FAINT",
    "GREEN",
    "INK",
    "MIME",
    "MUTED",
    "OCHRE",
    "PURPLE",
    "VERMILLION",
    "Drawing",
    "Grid",
    "contours",
    "css",
    "digit",
    "draw_contours",
    "feature_maps",
    "graph",
    "grids",
    "image_grid",
    "network",
    "player",
    "show",
    "subplots",
    "surface",
    "use_style",
]
