r"""Executable derivations: LaTeX that is read, checked line by line, and typeset with its verdict.

>>> from nblib import given, derive
>>> s = given(r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}")
>>> s = given(r"z := W x \\ E := \tfrac12 \sum_i z_i^2", s)
>>> derive(r"\frac{\partial E}{\partial W} &= z x^\top", s).verdict
'proved for every size'
"""

from importlib import import_module

from .checking import WrongLine
from .derivation import Derivation, NotRefuted, Refutation, derive, refute
from .exercise import Exercise, exercise
from .setting import Setting, given
from .syntax import NotationError, ShapeError

# NumPy and matplotlib are loaded when they are first asked for, so that the checker alone starts fast.
_LATER = {
    "check_gradient": "numeric",
    "GradientMismatch": "numeric",
    "measured": "measurement",
    "NotMeasured": "measurement",
    "use_style": "figures",
    "derivations": "magics",
    "load_ipython_extension": "magics",
}

__all__ = [
    "Derivation",
    "Exercise",
    "NotMeasured",
    "NotRefuted",
    "NotationError",
    "Refutation",
    "Setting",
    "ShapeError",
    "WrongLine",
    "check_gradient",
    "derivations",
    "derive",
    "exercise",
    "given",
    "measured",
    "refute",
    "use_style",
]


def __getattr__(name):
    if name in _LATER:
        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
