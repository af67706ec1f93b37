"""Grids of numbers: images, filters, feature maps and matrices, with windows marked in them.

A drawing is a table of grids and of signs between them, so that a step of a computation reads from left to right and
what belongs together stands one above the other. Entries are counted from 0, as NumPy and the chapters on images do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nblib.display import readable
from nblib.figures.sheet import Sheet, text_width
from nblib.figures.style import FAINT, INK, MUTED, VERMILLION, Drawing

if TYPE_CHECKING:
    import numpy as np

    Index = int | slice | tuple | np.ndarray

MARGIN, GAP, NAME, NOTE, ARROW = 8, 8, 23, 26, 22  # px: border, between columns, heights of a name and a note
NUMBER = 13  # px: type of an entry


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers in cells, with a name above them.

    Attributes
    ----------
    numbers : (h, w) array of numbers, drawn to three digits, or of texts; nan and "" leave a cell empty.
    name : LaTeX without dollar signs.
    marks : (index, colour) pairs. The index is one that NumPy takes, ``np.s_[0:2, 2:4]``, ``(1, 0)`` or a mask; the
        cells that it selects are tinted and outlined.
    colour : of the numbers and the name: INK for values, VERMILLION for gradients.
    grey_zeros : zeros stand back, so that what is not zero stands out.

    Raises
    ------
    ValueError
        if the numbers are no (h, w) array, or a mark selects no cell or leaves the grid.
    """

    numbers: np.ndarray
    name: str = ""
    marks: Sequence[tuple[Index, str]] = ()
    colour: str = INK
    grey_zeros: bool = False

    def __post_init__(self):
        import numpy as np

        object.__setattr__(self, "numbers", np.asarray(self.numbers))
        if self.numbers.ndim != 2 or not self.numbers.size:
            raise ValueError(f"A grid has the shape (h, w); {self.name or 'this one'} has {self.numbers.shape}.")
        for index, _ in self.marks:
            self.mask(index)

    def mask(self, index: Index) -> np.ndarray:
        """(h, w) array of bool: the cells that the index selects."""
        import numpy as np

        shape = self.numbers.shape
        parts = index if isinstance(index, tuple) else (index,)
        selected = np.zeros(shape, dtype=bool)
        leaves = any(isinstance(part, slice) and (part.stop or 0) > n for part, n in zip(parts, shape, strict=False))
        try:
            selected[index] = True
        except IndexError:
            leaves = True
        if leaves or not selected.any():
            raise ValueError(f"The mark {index} selects no cell, or leaves the grid "
                             f"{self.name + ' ' if self.name else ''}of {shape[0]} × {shape[1]} cells.")
        return selected

    def entry(self, i: int, j: int) -> str:
        """What is written in the cell."""
        value = self.numbers[i, j]
        if isinstance(value, str):
            return value
        if value != value:
            return ""
        return number(value)


Item = Grid | str | None


def number(value: float) -> str:
    """The number as a cell shows it: whole, or to three digits.

    Examples
    --------
    >>> number(-1250.0), number(0.4375), number(-0.0)
    ('−1250', '0.438', '0')
    """
    written = str(int(value)) if value == int(value) else f"{value:.3g}"
    return written.replace("-", "−")


def grids(*tables: Sequence[Sequence[Item]], note: str = "", alt: str = "", cell: float = 30) -> Drawing:
    """The tables one below the other, each a list of rows; what stands in one column of a table is aligned.

    Parameters
    ----------
    tables : rows of equal length of grids, of signs (LaTeX with dollar signs), and of None, which leaves a place free.
        The sign ``"→"`` is an arrow forward, ``"←"`` one back, dashed, as in `graph`; ``""`` is as wide and empty.
    note : a line below the tables, smaller if it would not fit: LaTeX with dollar signs.
    alt : what is drawn, if not the names, the numbers and the marks of all grids.
    cell : px, the side of a cell.

    Raises
    ------
    ValueError
        if there is no table, or the rows of a table have different lengths.

    Examples
    --------
    >>> import numpy as np
    >>> from nblib.figures import BLUE
    >>> X = Grid(np.array([[1, 2, 0], [3, 1, -2]]), "X", marks=[(np.s_[0:2, 1:3], BLUE)])
    >>> grids([[X, "→", Grid(np.array([[0.25]]), "c")]]).alt
    'Grids of numbers. X, 2 × 3: 1 2 0; 3 1 −2; marked: 2 0 1 −2. c, 1 × 1: 0.25.'
    """
    if not tables or not all(tables) or any(len({len(row) for row in table}) > 1 for table in tables):
        raise ValueError("A drawing of grids has one table or more, and the rows of a table are equally long; "
                         f"these are {[[len(row) for row in table] for table in tables]}.")
    plans = [_Plan(table, cell) for table in tables]
    width = max(plan.width for plan in plans) + 2 * MARGIN
    height = sum(plan.height for plan in plans) + GAP * (len(plans) - 1) + 2 * MARGIN
    sheet = Sheet(width, height + (NOTE if note else 0))
    top = MARGIN
    for plan in plans:
        plan.draw(sheet, (width - plan.width) / 2, top)
        top += plan.height + GAP
    fit = min(1, (width - 2 * MARGIN) / max(text_width(note, NUMBER), 1))
    sheet.text(width / 2, height + NOTE / 2 - 5, note, NUMBER * fit)
    return Drawing.of(sheet.figure, alt or _alt(tables))


class _Plan:
    """Where the columns and rows of a table stand."""

    def __init__(self, table: Sequence[Sequence[Item]], cell: float):
        self.table, self.cell = table, cell
        self.widths = [max(self._width(row[k]) for row in table) for k in range(len(table[0]))]
        self.names = [NAME * any(isinstance(item, Grid) and bool(item.name) for item in row) for row in table]
        self.heights = [max([cell * item.numbers.shape[0] for item in row if isinstance(item, Grid)], default=NAME)
                        for row in table]
        self.width = sum(self.widths) + GAP * (len(self.widths) - 1)
        self.height = sum(self.names) + sum(self.heights) + GAP * (len(table) - 1)

    def _width(self, item: Item) -> float:
        if isinstance(item, Grid):
            return max(self.cell * item.numbers.shape[1], text_width(f"${item.name}$", NUMBER + 2) if item.name else 0)
        return 0 if item is None else max(ARROW, text_width(item, NUMBER + 2))

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        for row, name, height in zip(self.table, self.names, self.heights, strict=True):
            x, middle = left, top + name + height / 2
            for item, width in zip(row, self.widths, strict=True):
                if isinstance(item, Grid):
                    h, w = item.numbers.shape
                    corner = (x + (width - self.cell * w) / 2, middle - self.cell * h / 2)
                    _draw_grid(sheet, item, *corner, self.cell)
                elif item:
                    _draw_sign(sheet, item, x, middle, width)
                x += width + GAP
            top += name + height + GAP


def _draw_sign(sheet: Sheet, sign: str, x: float, y: float, width: float) -> None:
    if sign == "→":
        sheet.arrow((x, y), (x + width, y), color=INK)
    elif sign == "←":
        sheet.arrow((x + width, y), (x, y), color=VERMILLION, ls=(0, (4, 2.5)))
    else:
        sheet.text(x + width / 2, y, sign, NUMBER + 2)


def _draw_grid(sheet: Sheet, grid: Grid, x: float, y: float, cell: float) -> None:
    h, w = grid.numbers.shape
    lines = [((x, y + i * cell), (x + w * cell, y + i * cell)) for i in range(h + 1)]
    lines += [((x + j * cell, y), (x + j * cell, y + h * cell)) for j in range(w + 1)]
    for index, colour in grid.marks:
        cells = [(x + j * cell, y + i * cell) for i, j in zip(*grid.mask(index).nonzero(), strict=True)]
        _stroke(sheet, [((a, b), (a + cell, b), (a + cell, b + cell), (a, b + cell), (a, b)) for a, b in cells],
                fc=colour, ec="none", alpha=0.16)
    _stroke(sheet, lines, fc="none", ec=MUTED, lw=0.6)
    for index, colour in grid.marks:
        edges = [((x + a * cell, y + b * cell), (x + c * cell, y + d * cell))
                 for (a, b), (c, d) in _outline(grid.mask(index))]
        _stroke(sheet, edges, fc="none", ec=colour, lw=2, capstyle="projecting")
    sheet.text(x + w * cell / 2, y - NAME / 2, f"${grid.name}$" if grid.name else "", NUMBER + 2, grid.colour)
    for i in range(h):
        for j in range(w):
            text = grid.entry(i, j)
            fit = min(1, (cell - 5) / max(text_width(text, NUMBER), 1))
            colour = FAINT if grid.grey_zeros and text == "0" else grid.colour
            sheet.text(x + (j + 0.5) * cell, y + (i + 0.5) * cell, text, NUMBER * fit, colour)


def _stroke(sheet: Sheet, lines: Sequence[Sequence[tuple[float, float]]], **look) -> None:
    """All the lines as one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    codes = [code for line in lines for code in (Path.MOVETO, *[Path.LINETO] * (len(line) - 1))]
    sheet.axes.add_patch(PathPatch(Path([point for line in lines for point in line], codes), **look))


def _outline(mask: np.ndarray) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The sides (x, y) to (x, y) that a selected cell does not share with another."""
    h, w = mask.shape
    for i, j in zip(*map(list, mask.nonzero()), strict=True):
        for side, (down, right) in ((((j, i), (j + 1, i)), (-1, 0)), (((j, i + 1), (j + 1, i + 1)), (1, 0)),
                                    (((j, i), (j, i + 1)), (0, -1)), (((j + 1, i), (j + 1, i + 1)), (0, 1))):
            near = (i + down, j + right)
            if not (0 <= near[0] < h and 0 <= near[1] < w and mask[near]):
                yield side


def _alt(tables: Sequence[Sequence[Sequence[Item]]]) -> str:
    shown = [item for table in tables for row in table for item in row if isinstance(item, Grid)]
    return " ".join(["Grids of numbers.", *map(_words, shown)])


def _words(grid: Grid) -> str:
    h, w = grid.numbers.shape
    read = [[readable(grid.entry(i, j).strip("$")) or "·" for j in range(w)] for i in range(h)]
    rows = map(" ".join, read)
    words = f"{readable(grid.name) or 'A grid'}, {h} × {w}: {'; '.join(rows)}"
    for index, _ in grid.marks:
        words += f"; marked: {' '.join(read[i][j] for i, j in zip(*grid.mask(index).nonzero(), strict=True))}"
    return words + "."
