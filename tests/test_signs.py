"""Every sign of every derivation in the book matters: change any one, and nblib refuses that line.

A sign may also be changed so that the line says the same, as in (a - y)² for (y - a)². Such a change is excused only if
nblib proves the old side equal to the new one, and only if it is listed below.
"""

import re
from dataclasses import dataclass

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
    done = 0
    for row in rows(text):
        words = re.sub(r"\\text\w*\{[^{}]*\}", lambda match: " " * len(match[0]), row.text)
        sides = split_top(row.text, RELATION)  # a row is one line for each of its relations
        for sign in re.finditer(r"[+-]", words):
            at = row.offset + sign.start()
            assert text[at] == sign[0]
            leading = re.search(r"(^|[=<>,&({\[]|" + RELATION + r")\s*$", row.text[: sign.start()])
            other = " " if leading and sign[0] == "-" else {"+": "-", "-": "+"}[sign[0]]
            number = max(n for n, (_, start) in enumerate(sides) if start <= sign.start())
            side, start = sides[number]
            within = sign.start() - start
            changed = side[:within] + other + side[within + 1 :]
            yield done + max(1, number), side.strip(), changed.strip(), text[:at] + other + text[at + 1 :]
        done += len(sides) - 1


CELLS = [cell for path in chapters.notebooks() if path.exists() for cell in derivations(path)]


def survivors(cell, equal):
    """The changed signs that nblib does not refuse by the number of their line, except those listed in `equal`.

    A changed bound may still be a bound; then the line after it is refused, which no longer follows.
    """
    setting = cell.setting()
    for number, side, changed, text in flips(cell.text):
        place = f"{cell.label} line {number}: {' '.join(changed.split())}"
        try:
            derive(text, setting, name=cell.label)
        except (AssertionError, NotationError) as error:
            named = re.search(rf"{cell.label}, line (\d+)", str(error))
            if not named or int(named[1]) < number:
                yield f"refused, but elsewhere: {place}\n{error}"
        else:
            if place not in equal or not derive(f"{side} &= {changed}", setting).verdict.startswith("proved"):
                yield f"accepted: {place}"


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.label)
def test_a_changed_sign_is_refused(cell):
    found = list(survivors(cell, EQUAL))
    assert not found, "\n".join(found)


def test_what_is_listed_as_equal_stands_in_the_book():
    places = {f"{c.label} line {n}: {' '.join(changed.split())}" for c in CELLS for n, _, changed, _ in flips(c.text)}
    assert EQUAL <= places


# ---- the changes themselves

PLANTED = Cell(
    "eq-planted-E",
    r"E &= (y - a)^2 && \text{as defined} \\ &= y^2 - 2 a y + a^2 && \text{expanded}",
    (r"a, y \in \mathbb{R}", r"E := (a - y)^2"),
)


def test_a_sign_that_matters_is_refused_by_its_line():
    assert list(survivors(PLANTED, set())) == []


def test_a_sign_that_does_not_matter_must_be_listed():
    even = Cell("eq-planted-D", r"D &= (-a)^2 && \text{as defined}", (r"a \in \mathbb{R} \\ D := a^2",))
    assert list(survivors(even, set())) == ["accepted: eq-planted-D line 1: ( a)^2"]
    assert list(survivors(even, {"eq-planted-D line 1: ( a)^2"})) == []


def test_each_sign_is_changed_once_and_reasons_are_left_alone():
    text = r"E &= a - t_{i+1} && \text{a - t, +} \\ &= -(t - a)" + "\n"
    assert [(line, side, changed) for line, side, changed, _ in flips(text)] == [
        (1, "a - t_{i+1}", "a + t_{i+1}"),
        (1, "a - t_{i+1}", "a - t_{i-1}"),
        (2, "-(t - a)", "(t - a)"),
        (2, "-(t - a)", "-(t + a)"),
    ]
    assert [changed for *_, changed in flips(text)][2] == r"E &= a - t_{i+1} && \text{a - t, +} \\ &=  (t - a)" + "\n"


def test_a_row_of_two_relations_is_two_lines():
    assert [line for line, *_ in flips(r"a - b &= c - d = e - f \\ &= g - h")] == [1, 1, 2, 3]


def test_a_sign_in_a_word_is_no_sign():
    assert not list(flips(r"x_{\text{non-zero}} &= \text{a+b}"))
