"""`derive` and `refute`: a chain of lines, each checked against the one before and against the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from .checking import Chain, GaveUp, Line, WrongLine
from .display import Shown
from .setting import Setting
from .syntax import Node, ShapeError, rows

WEAKEST = {"definition": 0, "assumption": 0, "proved for every size": 1, "proved": 2, "sampled": 3, "measured": 4}


class NotRefuted(AssertionError):
    """`refute` was given lines that are all true."""

    _render_traceback_ = WrongLine._render_traceback_


@dataclass
class Derivation(Shown):
    """Lines that were checked.  `verdict` is the weakest of theirs."""

    name: str | None
    source: str
    setting: Setting = field(repr=False)
    lines: list[Line]

    @property
    def verdict(self) -> str:
        return max((line.verdict for line in self.lines), key=WEAKEST.__getitem__)

    @property
    def record(self) -> dict:
        return {
            "kind": "derivation",
            "name": self.name,
            "source": self.source,
            "sizes": self.setting.assignments,
            "verdict": self.verdict,
            "lines": [line.record for line in self.lines],
        }

    @property
    def variable(self) -> str | None:
        """The symbol that the left-hand side differentiates by, if it is a first derivative."""
        node = self.lines[0].nodes[0]
        if node is not None and node.head == "partial" and len(node.children[1]) == 1:
            inner = node.children[1][0]
            while inner.head == "at":
                inner = inner.children[0]
            return inner.children[0]
        return None

    def function(self, *names: str):
        """The last right-hand side as a NumPy function of the named arrays; see `nblib.compiled.function`."""
        from .compiled import function

        return function(self.setting, self.last_chain, names, self.source)

    @property
    def last_chain(self) -> list[Node]:
        """The sides of the last statement: from the line that names its left side, to the end."""
        first = max(k for k, line in enumerate(self.lines) if line.left)
        return [node for line in self.lines[first:] for node in line.nodes if node is not None]


@dataclass
class Refutation(Shown):
    """Lines of which one is false, and where it fails."""

    name: str | None
    source: str
    setting: Setting = field(repr=False)
    lines: list[Line]
    error: AssertionError | ShapeError = field(repr=False)
    rest: int = 0  # rows after the wrong one, which were not checked

    @property
    def slip(self) -> str:
        return getattr(self.error, "slip", "")

    @property
    def record(self) -> dict:
        found = getattr(self.error, "counterexample", None)
        shown = {
            "line": len(self.lines),
            "slip": self.slip,
            "message": str(self.error),
            "at": "",
            "counterexample": {},
            "entry": "",
            "left": "",
            "right": "",
        }
        if found is not None:
            shown |= {
                "at": found.sizes,
                "counterexample": found.values,
                "entry": found.entry,
                "left": found.left,
                "right": found.right,
            }
        return {
            "kind": "refutation",
            "name": self.name,
            "source": self.source,
            "sizes": self.setting.assignments,
            "verdict": "wrong",
            "lines": [line.record for line in self.lines],
            "refutation": shown,
        }


def derive(text: str, setting: Setting, name: str | None = None) -> Derivation:
    r"""Check a derivation line by line.

    Parameters
    ----------
    text : str
        Lines divided by `\\`; `&` aligns, what follows `&&` is the reason that the reader sees.
    setting : Setting
        What the lines may name (`given`).
    name : str, optional
        The label under which the result is cited.

    Returns
    -------
    Derivation

    Raises
    ------
    NotationError, ShapeError
        When a line cannot be read; the message points at the place.
    WrongLine
        When a line does not follow; the message gives a counterexample and the slip.

    Examples
    --------
    >>> from nblib import given
    >>> s = given(r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}")
    >>> s = given(r"z := W x \\ E := \tfrac12 \sum_i z_i^2", s)
    >>> derive(r"\frac{\partial E}{\partial W} &= z x^\top", s).verdict
    'proved for every size'
    """
    chain = Chain(text, setting, name)
    chain.run()
    return Derivation(name, text.strip(), chain.setting, chain.lines)


def refute(text: str, setting: Setting, name: str | None = None) -> Refutation:
    """Pass only if a line is false; every line before it must hold.

    Raises NotRefuted when every line holds, and NotationError when a line cannot be read.
    """
    result = attempt(text, setting, name)
    if isinstance(result, Refutation):
        return result
    raise NotRefuted(
        "every line holds, so there is nothing to refute:\n"
        + "\n".join(f"  {line.relation} {line.right}   ({line.verdict})" for line in result.lines)
    )


def attempt(text: str, setting: Setting, name: str | None = None) -> Derivation | Refutation:
    """The derivation if every line holds, else the refutation of its first wrong line.

    Raises NotationError when a line cannot be read, GaveUp when one was not decided in time.
    """
    chain = Chain(text, setting, name)
    try:
        chain.run()
    except GaveUp:
        raise
    except WrongLine as error:
        caught, lines = error, chain.lines
    except ShapeError as error:
        line = getattr(chain, "refused", None) or Line("", "", text.strip(), "", "")
        line.verdict, line.detail = "wrong", error.message
        caught, lines = error, [*chain.lines, line]
    else:
        return Derivation(name, text.strip(), chain.setting, chain.lines)
    rest = sum(row.offset > chain.place.offset for row in rows(text))
    return Refutation(name, text.strip(), chain.setting, lines, caught, rest)
