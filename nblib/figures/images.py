"""Drawings of images: one digit with its numbers, and many images side by side.

An image is white where it is 0 and black where it is 1, on the dark page too. Signed images (weights, gradients) are
blue above zero, orange below, white at zero, on one scale for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING

from nblib.figures.sheet import Sheet
from nblib.figures.style import MUTED, VERMILLION, Drawing

if TYPE_CHECKING:
    import numpy as np

CELL, SIDE = 26, 224  # px: a pixel with its number in it; the height of the whole image
CENTRE = (slice(10, 18), slice(10, 18))


def digit(pixels: np.ndarray, *, window: tuple[slice, slice] = CENTRE, name: str = "") -> Drawing:
    """The image at the left; at the right the pixels of its window, enlarged, each with its intensity from 0 to 255.

    Parameters
    ----------
    pixels : (h, w) array of intensities in [0, 1], or (h·h,) for a square image.
    window : rows and columns to enlarge, at most 10 × 10, counted from 0.
    name : what it shows, for the alt text: "an eight".

    Raises
    ------
    ValueError
        if an intensity is outside [0, 1], the window is empty or leaves the image, or the shape is no image's.

    Examples
    --------
    >>> import numpy as np
    >>> digit(np.linspace(0, 1, 784), name="a ramp", window=(slice(0, 2), slice(0, 3))).alt
    'A 28 × 28 image of a ramp; rows 1 to 2, columns 1 to 3 enlarged with their intensities, the first row 0 0 1.'
    """
    image = _image(pixels, 0, 1)
    rows, columns = window
    part = image[window]
    if not part.size or max(part.shape) > 10 or part.shape != (rows.stop - rows.start, columns.stop - columns.start):
        raise ValueError(f"The window {window} must lie in the {image.shape} image and hold 1 to 10 rows and columns.")
    numbers = (255 * part).round().astype(int)
    scale, (high, wide) = SIDE / image.shape[0], (CELL * part.shape[0], CELL * part.shape[1])
    left, height = scale * image.shape[1] + 50, max(SIDE, high) + 12
    top, middle, sheet = (height - high) / 2, (height - SIDE) / 2, Sheet(left + wide + 6, height)
    _place(sheet, image, 6, middle, scale)
    frame = (6 + scale * columns.start, middle + scale * rows.start, scale * part.shape[1], scale * part.shape[0])
    _outline(sheet, *frame, VERMILLION, 1.6)
    _place(sheet, part, left, top, CELL)
    _outline(sheet, left, top, wide, high, VERMILLION, 1.6)
    for i, row in enumerate(numbers):
        for j, number in enumerate(row):
            colour = "#000000" if number < 128 else "#ffffff"
            sheet.text(left + CELL * (j + 0.5), top + CELL * (i + 0.5), str(number), 12.5, colour)
    return Drawing.of(sheet.figure, _digit_alt(image.shape, window, numbers[0], name))


def _digit_alt(shape: tuple[int, int], window: tuple[slice, slice], first: np.ndarray, name: str) -> str:
    rows, columns = window
    return (f"A {shape[0]} × {shape[1]} image{' of ' * bool(name)}{name}; rows {rows.start + 1} to {rows.stop}, "
            f"columns {columns.start + 1} to {columns.stop} enlarged with their intensities, "
            f"the first row {' '.join(map(str, first))}.")


def image_grid(images: Sequence[np.ndarray] | np.ndarray, *, labels: Sequence[object] | None = None,
               columns: int = 10, signed: bool = False, side: float | None = None) -> Drawing:
    """The images in rows of `columns`, each with its label below.

    Parameters
    ----------
    images : (k, h, w) or (k, h·h); columns of X are examples, so pass ``X[:, :10].T``.
    labels : k texts or numbers.
    signed : colours from −s (orange) to s (blue), s the largest magnitude of them all; else intensities in [0, 1].
    side : width of an image in px; by default they fill 480 px.

    Raises
    ------
    ValueError
        if there is no image, labels do not match, shapes are no image's, or an intensity is outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> image_grid(np.linspace(0, 1, 3 * 784).reshape(3, 784), labels=["dark", 7, "light"]).alt
    '3 images of 28 × 28 pixels in 1 row, labelled dark, 7, light.'
    """
    if not len(images) or (labels is not None and len(labels) != len(images)):
        given = 0 if labels is None else len(labels)
        raise ValueError(f"There are {len(images)} images and {given} labels: give one label for each image.")
    top = max(float(abs(image).max()) for image in images) if signed else 1
    drawn = [_image(image, -top if signed else 0, top) for image in images]
    columns = min(columns, len(drawn))
    rows, side = -(-len(drawn) // columns), side or min(96, (480 - 10) / columns - 8)
    step = side * drawn[0].shape[0] / drawn[0].shape[1] + (26 if labels is not None else 8)
    sheet = Sheet(columns * (side + 8) + 4, rows * step + 6)
    for k, image in enumerate(drawn):
        x, y = 6 + (k % columns) * (side + 8), 5 + (k // columns) * step
        _place(sheet, image, x, y, side / image.shape[1], top if signed else 0)
        if labels is not None:
            sheet.text(x + side / 2, y + side * image.shape[0] / image.shape[1] + 12, str(labels[k]), 13)
    return Drawing.of(sheet.figure, _grid_alt(drawn, rows, labels, top if signed else 0))


def _grid_alt(images: list, rows: int, labels: Sequence[object] | None, top: float) -> str:
    alt = f"{len(images)} image{'s' * (len(images) > 1)} of {images[0].shape[0]} × {images[0].shape[1]} pixels"
    alt += f" in {rows} row{'s' * (rows > 1)}"
    alt += f", labelled {', '.join(map(str, labels))}" if labels is not None else ""
    return alt + (f"; blue is positive, orange negative, up to {top:.3g}." if top else ".")


def _image(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    """The pixels as an (h, w) array, or an error that says what is wrong with them."""
    side = isqrt(pixels.size)
    if pixels.ndim == 1 and side * side == pixels.size:
        pixels = pixels.reshape(side, side)
    if pixels.ndim != 2:
        raise ValueError(f"An image has the shape (h, w), or (h·h,) when it is square; this has {pixels.shape}.")
    if not (pixels.min() >= low and pixels.max() <= high):
        raise ValueError(f"Intensities lie in [{low}, {high}]; these go from {pixels.min()} to {pixels.max()}: "
                         "divide by 255, or draw signed numbers with signed=True.")
    return pixels


def _place(sheet: Sheet, image: np.ndarray, x: float, y: float, scale: float, top: float = 0) -> None:
    """The image with its upper left corner at (x, y), a pixel `scale` px wide; signed up to `top` if that is not 0."""
    from matplotlib.colors import LinearSegmentedColormap

    wide, high = image.shape[1] * scale, image.shape[0] * scale
    signed = LinearSegmentedColormap.from_list("signed", ["#a63f00", "#f0884a", "#ffffff", "#4aa3dc", "#00568a"], N=255)
    sheet.axes.set_autoscale_on(False)
    sheet.axes.imshow(image, extent=(x, x + wide, y + high, y), aspect="auto", cmap=signed if top else "gray_r",
                      vmin=-top, vmax=top or 1)
    _outline(sheet, x, y, wide, high, MUTED, 0.8)


def _outline(sheet: Sheet, x: float, y: float, width: float, height: float, colour: str, lw: float) -> None:
    from matplotlib.patches import Rectangle

    sheet.axes.add_patch(Rectangle((x, y), width, height, fill=False, ec=colour, lw=lw))
