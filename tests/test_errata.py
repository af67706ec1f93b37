"""The museum as a regression test: every printed line is refused, every right line and every false alarm is proved.

The cells of `book/errata.ipynb` are the data. Its labels say what each is: `eq-errata-<name>-printed` is refuted,
`eq-errata-<name>` is what should stand there, `-at-zero`, `-at-one` and `-at-equal` are lazy points, at which the
printed line holds, and `-alarm` was right all along.
"""

import re
from dataclasses import dataclass

import pytest

from chapters import ROOT, read
from nblib import NotRefuted, ShapeError, derive, given, refute
from nblib.setting import Setting

#: what is printed in the museum, and the slip that the checker names, "" where it names none
SLIPS = {
    "pixels": "", "handout": "X stands where W should", "quadratic": "the term A z lacks the factor 2", "gram": "",
    "root": "", "loss": "differs by the factor −1", "square": "", "step": "", "rate": "a term of order 1 is missing",
    "chain": "differs by the factor −1", "delta": "", "minus": "differs by the factor −1",
    "slope": "f′ is taken at a instead of z", "layer": "a^{(2)} stands where a^{(3)} should",
    "hadamard": "a missing ⊙", "entry": "", "order": "", "average": "a 1/m is missing",
    "average-dZ": "a 1/m is missing", "perfect": "", "signs": "", "centred": "", "whiten": "", "convex": "",
    "places": "", "column": "a term is missing: −1", "volume": "a 1/C is missing", "colour": "",
    "stride": "the factor s of the index i is missing",
    "span": "true only when D = k", "size": "true only when k = 1 or D = 1",
    "inverse": "", "approximation": "", "fan": "true only when m = n",
    "third": "a third is missing", "zeros": "", "cancel": "an extra factor: σ'(z)",
}  # fmt: skip
SHAPES = {"handout", "gram", "hadamard", "entry", "order"}  # refused for its shape, before any number is tried
HALF_MENDED = {"minus", "slope", "average-dZ"}  # further lines of an exhibit
LAZY = {
    "handout": "equal", "quadratic": "zero", "gram": "equal", "root": "one", "square": "zero", "chain": "zero",
    "delta": "zero", "hadamard": "one", "order": "one", "average": "one", "signs": "one", "centred": "one",
    "whiten": "one", "convex": "equal", "volume": "one", "stride": "one", "span": "equal", "size": "one",
    "fan": "equal",
}  # fmt: skip
ALARMS = ["batchnorm", "cancel"]
IN_EXERCISES = {"lacks", "apart", "level"}
RIGHT = [name for name in SLIPS if name not in HALF_MENDED and name not in ALARMS]


@dataclass(frozen=True)
class Exhibit:
    """A cell of the museum: its text, the setting in which it is read, and the prose before it."""

    text: str
    setting: Setting
    before: str

    @property
    def statement(self) -> str:
        """The first line as it reads, without alignment, spaces and reason."""
        return bare(self.text.partition("&&")[0])


def bare(text: str) -> str:
    return re.sub(r"[\s&]", "", text)


def exhibits() -> dict[tuple[str, str], Exhibit]:
    """The cells by their magic and the name in their label."""
    found, setting, before = {}, None, ""
    for cell in read(ROOT / "book" / "errata.ipynb")["cells"]:
        magic = re.match(r"%%(given|derive|refute) *(?:eq-errata-(\S+))?\n", cell["source"])
        if magic:
            text = cell["source"][magic.end() :]
            if magic[1] == "given":
                setting = given(text)
            else:
                found[magic[1], magic[2]] = Exhibit(text, setting, before)
        before = cell["source"]
    return found


MUSEUM = exhibits()
PRINTED = {name.removesuffix("-printed"): found for (magic, name), found in MUSEUM.items() if magic == "refute"}
DERIVED = {name: found for (magic, name), found in MUSEUM.items() if magic == "derive"}


def proved(exhibit: Exhibit) -> bool:
    return all(line.verdict.startswith("proved") for line in derive(exhibit.text, exhibit.setting).lines)


def test_the_museum_holds_each_piece_once():
    assert PRINTED.keys() == SLIPS.keys()
    lazy = {f"{name}-at-{kind}" for name, kind in LAZY.items()}
    assert DERIVED.keys() == {*RIGHT} | lazy | {f"{name}-alarm" for name in ALARMS} | IN_EXERCISES


@pytest.mark.parametrize("name", SLIPS)
def test_a_printed_line_is_refuted_and_its_slip_is_named(name):
    found = refute(PRINTED[name].text, PRINTED[name].setting)
    assert SLIPS[name] in found.slip and bool(SLIPS[name]) == bool(found.slip)
    if name in SHAPES:
        assert isinstance(found.error, ShapeError)
    elif name != "rate":  # refused for the order of its terms
        shown = found.record["refutation"]
        assert shown["left"] and shown["right"]
        assert shown["left"] != shown["right"] or PRINTED[name].statement.endswith(">0")


@pytest.mark.parametrize("name", RIGHT)
def test_the_line_that_the_reader_is_asked_about_is_the_line_that_is_refuted(name):
    quoted = re.search(r"(?m)^> \$\$(.*)\$\$$", PRINTED[name].before)
    assert bare(quoted[1]) == PRINTED[name].statement


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_right_is_proved(name):
    assert proved(DERIVED[name])


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_point_lets_the_very_line_pass_that_is_refuted_elsewhere(name):
    lazy = DERIVED[f"{name}-at-{LAZY[name]}"]
    assert lazy.statement == PRINTED[name].statement
    with pytest.raises(NotRefuted):
        refute(lazy.text, lazy.setting)


@pytest.mark.parametrize("name", ALARMS)
def test_a_right_line_that_readers_took_for_wrong_cannot_be_refuted(name):
    alarm = DERIVED[f"{name}-alarm"]
    with pytest.raises(NotRefuted):
        refute(alarm.text, alarm.setting)
