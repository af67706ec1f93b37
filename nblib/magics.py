"""`%load_ext nblib`: the cell magics, thin shells over given, derive, refute and exercise.

%%given          a new setting; `%%given also` adds to the one before
%%derive LABEL   a derivation in the current setting; `nblib.derivations[LABEL]` keeps it
%%refute LABEL   lines of which one is false
%%exercise LABEL [hint N]
"""

from __future__ import annotations

from IPython.core.magic import Magics, cell_magic, magics_class

from .derivation import derive, refute
from .exercise import exercise
from .setting import Setting, given
from .syntax import NotationError

derivations: dict[str, object] = {}


@magics_class
class DerivationMagics(Magics):
    """Holds the setting that the cells of a notebook share."""

    setting: Setting | None = None

    def current(self) -> Setting:
        if self.setting is None:
            raise NotationError("there is no setting yet", hint="declare sizes and symbols in a %%given cell first")
        return self.setting

    @cell_magic
    def given(self, line, cell):
        """Declare sizes, symbols and definitions."""
        if line.strip() not in ("", "also"):
            raise NotationError(f"%%given takes nothing or `also`, not {line.strip()!r}")
        self.setting = given(cell, self.current() if line.strip() else None)
        return self.setting

    @cell_magic
    def derive(self, line, cell):
        """Check a derivation and keep it under its label."""
        result = derive(cell, self.current(), line.strip() or None)
        if result.name:
            derivations[result.name] = result
        return result

    @cell_magic
    def refute(self, line, cell):
        """Show that a line is false, and why."""
        return refute(cell, self.current(), line.strip() or None)

    @cell_magic
    def exercise(self, line, cell):
        """Check a reader's answer; `%%exercise label hint` shows a hint, `hint 2` two of them."""
        label, _, rest = line.strip().partition(" ")
        count = 0
        if rest.strip().startswith("hint"):
            digits = rest.strip()[4:].strip()
            count = int(digits) if digits.isdigit() else 1
        return exercise(cell, self.current(), label or None, count)


def load_ipython_extension(ipython) -> None:
    """Called by `%load_ext nblib`."""
    ipython.register_magics(DerivationMagics)
