"""A bar that shows how far a loop has come: in a notebook, in a terminal, and, full, on a built page.

What a notebook stores must be the same in every run. So the bar that stays holds only how many steps there were; what
the loop says while it runs, an accuracy or a loss, is gone at its end. Tools that follow no updates of an output see
the first state of the bar: for the blink of an eye it is that of the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

__all__ = ["Bar", "progress"]

WIDE = 24  # characters, in a terminal


class Bar:
    """The state of a loop: so many steps of so many are done.

    Examples
    --------
    >>> Bar(3, 4, "epochs", "accuracy 93 %")
    ━━━━━━━━━━━━━━━━━━────── 3 of 4 epochs, accuracy 93 %
    """

    def __init__(self, done: int, total: int, unit: str, said: str = ""):
        self.done, self.total, self.unit, self.said = done, total, unit, said

    @property
    def words(self) -> str:
        return f"{self.done:,} of {self.total:,} {self.unit}" + (f", {self.said}" if self.said else "")

    def __repr__(self) -> str:
        full = WIDE * self.done // self.total if self.total else WIDE
        return f"{'━' * full}{'─' * (WIDE - full)} {self.words}"

    def _repr_markdown_(self) -> str:
        words = self.words.replace("&", "&amp;").replace("<", "&lt;")
        return (f'<progress max="{max(self.total, 1)}" value="{self.done if self.total else 1}" '
                f'aria-label="{self.unit} done"></progress> {words}')


def progress(count: int, unit: str = "steps", say: Callable[[], str] | None = None) -> Iterator[int]:
    """0, 1, … count − 1, with a bar that shows how many are done.

    Parameters
    ----------
    count : int
        How many steps the loop takes.
    unit : str
        What they are called, in the plural.
    say : function, optional
        Called after each step: what to add, such as a loss. It is shown while the loop runs, and then gone.

    Raises
    ------
    ValueError
        if count is negative.

    Examples
    --------
    >>> [k**2 for k in progress(4, "squares")]
    [0, 1, 4, 9]
    """
    if count < 0:
        raise ValueError(f"progress counts steps, of which there are none or more, not {count}.")
    return _steps(count, unit, say, _notebook() or _terminal() or (lambda bar: None))


def _steps(count: int, unit: str, say: Callable[[], str] | None, show: Callable[[Bar], None]) -> Iterator[int]:
    show(Bar(count, count, unit))
    show(Bar(0, count, unit))
    done = 0
    try:
        for done in range(count):
            yield done
            show(Bar(done + 1, count, unit, say() if say else ""))
        done = count
    finally:
        show(Bar(done, count, unit))


def _notebook() -> Callable[[Bar], None] | None:
    """Shows a bar as an output that later ones replace; None outside a notebook."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    handle = []

    def show(bar: Bar) -> None:
        if handle:
            handle[0].update(bar)
        else:
            handle.append(display(bar, display_id=True))

    return show


def _terminal() -> Callable[[Bar], None] | None:
    """Writes a bar over the one before; None where nobody is looking, as in a log."""
    if not sys.stderr.isatty():
        return None
    longest = 0

    def show(bar: Bar) -> None:
        nonlocal longest
        longest = max(longest, len(repr(bar)))
        sys.stderr.write(f"\r{bar!r:{longest}}")
        sys.stderr.flush()

    return show
