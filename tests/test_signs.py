"""Every sign of every derivation in the book matters: change any one, and nblib refuses that line.

A sign may also be changed so that the line says the same, as in (a - y)² for (y - a)². Such a change is excused only if
nblib proves the old side equal to the new one, and only if it is listed below.
"""

import re
from dataclasses import dataclass
from operator import itemgetter

import pytest

import chapters
from nblib import derive, given
from nblib.syntax import NotationError, rows, split_top

EQUAL: set[str] = set()  # "label line number: the side with its sign changed"

RELATION = r":=|=|<|>|\\(?:le|leq|ge|geq|approx|leftarrow|gets|ne|neq|lt|gt|coloneqq)(?![A-Za-z])"


@dataclass(frozen=True)
class Cell:
    """A %%derive cell: its label, its text, and the settings that stand before it in its chapter."""

    label: str
    text: str
    settings: tuple[str, ...]

    def setting(self):
        first, *more = self.settings
        setting = given(first)
        for text in more:
            setting = setting.extended(text)
        return setting


def derivations(path):
    """The %%derive cells of a chapter."""
    settings = ()
    for cell in chapters.read(path)["cells"]:
        magic = re.match(r"%%(\w+)[ \t]*(.*)\n", cell["source"])
        if cell["cell_type"] != "code" or not magic:
            continue
        text = cell["source"][magic.end() :]
        if magic[1] == "given":
            settings = (*settings, text) if magic[2].strip() == "also" else (text,)
        elif magic[1] == "derive":
            yield Cell(magic[2].strip(), text, settings)


def flips(text):
    """For each sign of a derivation: its line, the side it stands in, that side changed, and the whole text changed."""
    for number, row in enumerate(rows(text), 1):
        words = re.sub(r"\\text\w*\{[^{}]*\}", lambda match: " " * len(match[0]), row.text)
        for sign in re.finditer(r"[+-]", words):
            at = row.offset + sign.start()
            assert text[at] == sign[0]
            leading = re.search(r"(^|[=<>,&({\[]|" + RELATION + r")\s*$", row.text[: sign.start()])
            other = " " if leading and sign[0] == "-" else {"+": "-", "-": "+"}[sign[0]]
            sides = split_top(row.text, RELATION)
            side, start = max((side for side in sides if side[1] <= sign.start()), key=itemgetter(1))
            within = sign.start() - start
            changed = side[:within] + other + side[within + 1 :]
            yield number, side.strip(), changed.strip(), text[:at] + other + text[at + 1 :]


CELLS = [cell for path in chapters.notebooks() if path.exists() for cell in derivations(path)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.label)
def test_a_changed_sign_is_refused(cell):
    setting = cell.setting()
    survivors = []
    for number, side, changed, text in flips(cell.text):
        try:
            derive(text, setting, name=cell.label)
        except (AssertionError, NotationError) as error:
            if f"line {number}" not in str(error):
                survivors.append(f"{cell.label} line {number}: refused, but not by its number: {error}")
        else:
            place = f"{cell.label} line {number}: {' '.join(changed.split())}"
            if place not in EQUAL or not derive(f"{side} &= {changed}", setting).verdict.startswith("proved"):
                survivors.append(f"accepted: {place}")
    assert not survivors, "\n".join(survivors)


def test_what_is_listed_as_equal_stands_in_the_book():
    places = {f"{c.label} line {n}: {' '.join(changed.split())}" for c in CELLS for n, _, changed, _ in flips(c.text)}
    assert EQUAL <= places


# ---- the changes themselves

def test_each_sign_is_changed_once_and_reasons_are_left_alone():
    text = r"E &= a - t_{i+1} && \text{a - t, +} \\ &= -(t - a)" + "\n"
    assert [(line, side, changed) for line, side, changed, _ in flips(text)] == [
        (1, "a - t_{i+1}", "a + t_{i+1}"),
        (1, "a - t_{i+1}", "a - t_{i-1}"),
        (2, "-(t - a)", "(t - a)"),
        (2, "-(t - a)", "-(t + a)"),
    ]
    assert [changed for *_, changed in flips(text)][2] == r"E &= a - t_{i+1} && \text{a - t, +} \\ &=  (t - a)" + "\n"


def test_a_sign_in_a_word_is_no_sign():
    assert not list(flips(r"x_{\text{non-zero}} &= \text{a+b}"))
