"""The table, and the sentence that names a slip."""

import re

import numpy as np
import pytest

from nblib.numeric.mismatch import GradientCheck, GradientMismatch, Row, diagnose, entry_name, name_factor

RIGHT = np.array([[0.4, -1.3, 0.7], [1.1, 0.2, -0.6], [2.3, -0.9, 1.6]])


def changed(**entries):
    """RIGHT with some entries replaced: changed(_12=0.5) replaces entry (1, 2)."""
    wrong = RIGHT.copy()
    for where, value in entries.items():
        wrong[int(where[1]), int(where[2])] = value
    return wrong


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (-RIGHT, "factor −1"),
        (2 * RIGHT, "factor 2 throughout: look for a square"),
        (RIGHT / 2, "factor 1/2 throughout"),
        (RIGHT / 7, "factor 1/7 throughout"),
        (7 * RIGHT, "factor 7 throughout: look for an average that lacks its 1/7"),
        (-3 * RIGHT, "factor −3 throughout"),
        (1.37 * RIGHT, "1.37 times"),
        (RIGHT.T, "transpose"),
        (0 * RIGHT, "zero throughout"),
        (changed(_01=1.3, _22=-1.6), "sign is wrong in 2 of 9"),
        (changed(_01=1.1, _10=-1.3), r"entries \[0, 1\] and \[1, 0\] are exchanged"),
        (RIGHT[::-1], "another order"),
        (changed(_12=0.5), "Wrong in 1 of 9 entries"),
        (RIGHT + 1, "Every entry is wrong"),
    ],
)
def test_the_slip_is_named(claim, sentence):
    wrong = np.abs(claim - RIGHT) > 1e-10
    assert re.search(sentence, diagnose(claim, RIGHT, wrong))


def test_a_flat_loss_is_named():
    assert "the loss is flat here" in diagnose(RIGHT, 0 * RIGHT, np.ones((3, 3), bool))


@pytest.mark.parametrize("factor", [1.0, 1.0000001, 0.73, 2.5, 0.0])
def test_a_factor_without_a_name_gets_none(factor):
    assert name_factor(factor) == ""


def test_a_mismatch_is_an_assertion_error_and_knows_where():
    error = GradientMismatch("wrong", name="W", index=(1, 2), claimed=3.0, numeric=4.0)
    assert isinstance(error, AssertionError)
    assert (error.name, error.index, error.claimed, error.numeric) == ("W", (1, 2), 3.0, 4.0)


def test_an_entry_is_named_as_numpy_indexes_it():
    assert entry_name("W", (1, 2)) == "W[1, 2]"
    assert entry_name("b", ()) == "b"


def table(error):
    rows = (
        Row("W", (2, 3), "complex step", "every entry (6)", 1e-10, error),
        Row("b", (2,), "central differences", "every entry (2)", 1e-7, error, "the loss is not analytic"),
        Row("x", (3,), "held fixed", "–", None, None),
    )
    return GradientCheck(rows)


def test_the_plain_table_has_aligned_columns_and_its_notes_below():
    assert str(table(3e-16)).splitlines() == [
        "gradient by  shape   method               checked          relative error",
        "W            (2, 3)  complex step         every entry (6)  ≤ 1e-10",
        "b            (2,)    central differences  every entry (2)  ≤ 1e-07",
        "x            (3,)    held fixed           –                –",
        "b: the loss is not analytic",
    ]
    assert repr(table(3e-16)) == str(table(3e-16))


def test_the_markdown_table_says_the_same():
    text = table(3e-16)._repr_markdown_()
    assert "| `W` | (2, 3) | complex step | every entry (6) | ≤ 1e-10 |" in text
    assert text.endswith("b: the loss is not analytic")


def test_the_table_shows_no_digit_of_the_noise():
    assert str(table(3e-16)) == str(table(7e-16))
    assert table(3e-16)._repr_markdown_() == table(7e-16)._repr_markdown_()
