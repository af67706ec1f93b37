"""The derivations of a chapter, read again from their records: which symbols each names, what it gives and takes up.

Nothing is checked here. The LaTeX is parsed with the names of the setting in which the derivation stands, so that
`z_i` is an entry of `z`, and `w_{fc}` a name of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nblib.reader import read_row
from nblib.syntax import Node, rows

ATOMS = ("ref", "at", "number", "member")       # heads of a name, of one of its entries, of a number
NAMED = ("ref", "call", "member")               # heads of a node whose first child is a name


@dataclass
class Names:
    """The names of a setting, as `nblib.reader` asks for them, from the declarations of its record."""

    declarations: list[dict]
    kinds: dict[str, str] = field(init=False)

    def __post_init__(self):
        self.kinds = {}
        for declared in self.declarations:
            if declared["name"]:
                self.kinds.setdefault(declared["name"], kind(declared))

    def kind(self, name: str) -> str | None:
        return self.kinds.get(name)

    def names(self) -> list[str]:
        return list(self.kinds)


def kind(declared: dict) -> str:
    """What the name of a declaration is to the reader of a line."""
    if declared["kind"] == "function":
        return "macro" if ":=" in declared["latex"] else "function"
    if declared["kind"] == "size":
        return "size"
    return "family" if re.match(r"[^:=]*\^\{\([a-z]\)\}", declared["latex"]) else "symbol"


@dataclass(frozen=True)
class Reading:
    """One derivation: its label, the settings that hold where it stands (by number), the names in it, the
    expressions that its left sides give a value, and every expression in the rest of it.
    """

    label: str
    settings: tuple[int, ...]
    names: frozenset[str]
    gives: frozenset[Node]
    takes: frozenset[Node]


def readings(records: list[dict]) -> list[Reading]:
    """The derivations of a chapter that have a label, in order."""
    found, settings, number, source, scope = [], (), 0, "", Names([])
    for record in records:
        if record["kind"] == "setting":
            number += 1
            also = bool(source) and record["source"].startswith(source + "\n")
            settings, source, scope = (settings if also else ()) + (number,), record["source"], Names(
                record["declarations"])
        elif record["kind"] == "derivation" and record["name"]:
            found.append(reading(record, settings, scope))
    return found


def reading(record: dict, settings: tuple[int, ...], scope: Names) -> Reading:
    lefts, rest, gives = set(), set(), set()
    for row in rows(record["source"]):
        (_, left), *others = read_row(row.text, scope)
        rest |= {node for _, node in others}
        if left is not None:
            lefts.add(left)
            if others[0][0] == "=" and left.head not in ATOMS:      # an inequality gives no value
                gives.add(left)
    inner = {node for side in rest for node in side.walk()}
    names = {node.children[0] for side in lefts | rest for node in side.walk() if node.head in NAMED}
    return Reading(record["name"], settings, frozenset(names & set(scope.kinds)), frozenset(gives),
                   frozenset(inner - lefts))


def taken_up(found: list[Reading]) -> dict[str, list[str]]:
    """For each label the earlier derivations whose left side it takes up, in one setting."""
    taken = {}
    for k, later in enumerate(found):
        taken[later.label] = [earlier.label for earlier in found[:k]
                              if earlier.settings[:1] == later.settings[:1] and earlier.gives & later.takes]
    return taken
