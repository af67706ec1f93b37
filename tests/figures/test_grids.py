"""Grids of numbers: what stands in a cell, what a mark selects, what is aligned with what."""

import re

import numpy as np
import pytest

from nblib.figures.grids import Grid, grids
from nblib.figures.style import BLUE, VERMILLION

X = np.array([[1, 2.5, 0], [-3, 0.4375, 1250]])


def filled(markup: str, colour: str) -> int:
    return len(re.findall(rf"fill:{colour}", markup))


def test_numbers_are_whole_or_have_three_digits_and_nan_is_empty():
    grid = Grid(np.array([[1.0, -0.0, np.nan], [-3, 0.4375, 1250]]))
    assert [[grid.entry(i, j) for j in range(3)] for i in range(2)] == [["1", "0", ""], ["−3", "0.438", "1250"]]


def test_texts_stand_as_they_are():
    assert grids([[Grid(np.array([["$w_{00}$", "0"]]), "C")]]).alt == "Grids of numbers. C, 1 × 2: w_00 0."


def test_the_alt_text_tells_names_numbers_and_marks():
    grid = Grid(X, r"\partial E/\partial X", marks=[(np.s_[0:2, 1:3], BLUE), ((0, 0), VERMILLION)])
    assert grids([[grid]]).alt == ("Grids of numbers. ∂E/∂X, 2 × 3: 1 2.5 0; −3 0.438 1250; marked: 2.5 0 0.438 1250; "
                                   "marked: 1.")


@pytest.mark.parametrize(("index", "cells"), [
    (np.s_[0:2, 1:3], 4), ((1, 2), 1), (np.s_[::2], 3), (np.s_[:, ::2], 4), (X > 1, 2), (1, 3),
])
def test_a_mark_is_an_index_of_numpy(index, cells):
    assert Grid(X, marks=[(index, BLUE)]).mask(index).sum() == cells


@pytest.mark.parametrize("index", [np.s_[0:3, 0:1], np.s_[0:1, 2:4], np.s_[1:1, 0:1], (2, 0), X > 9999])
def test_a_mark_that_leaves_the_grid_or_selects_nothing_is_refused(index):
    with pytest.raises(ValueError, match="of 2 × 3 cells"):
        Grid(X, "X", marks=[(index, BLUE)])


def test_a_mark_is_outlined_where_it_ends_and_not_inside():
    solid = grids([[Grid(X, marks=[(np.s_[0:2, 0:2], BLUE)])]]).markup
    apart = grids([[Grid(X, marks=[(np.s_[::1, ::2], BLUE)])]]).markup
    sides = [re.search(rf'd="([^"]*)"[^>]*stroke:{BLUE}', markup).group(1).count("M") for markup in (solid, apart)]
    assert sides == [8, 12]  # a square of four cells; two columns of two cells each


@pytest.mark.parametrize("numbers", [np.arange(3), np.zeros((2, 2, 2)), np.zeros((0, 3))])
def test_what_is_no_grid_is_refused(numbers):
    with pytest.raises(ValueError, match=r"shape \(h, w\)"):
        Grid(numbers)


def test_zeros_are_grey_only_where_asked():
    plain, grey = (grids([[Grid(X, grey_zeros=grey)]]).markup for grey in (False, True))
    assert filled(grey, "#828282") > filled(plain, "#828282")


def test_columns_are_aligned_and_the_size_does_not_depend_on_the_numbers():
    first = grids([[Grid(X), "→", Grid(X)], [None, "", Grid(X[:1])]], note="$c = 1$")
    second = grids([[Grid(7 * X), "→", Grid(X)], [None, "", Grid(X[1:])]], note=r"a longer note, $c = 1 + 2 + 3$")
    assert first.size == second.size


@pytest.mark.parametrize("tables", [[], [[]], [[[Grid(X)], [Grid(X), "→"]]]])
def test_tables_without_rows_or_with_uneven_ones_are_refused(tables):
    with pytest.raises(ValueError, match="equally long"):
        grids(*tables)
