"""A part of a line replaced, its letters renamed: the rest stays as it was."""

import pytest

from nblib import given
from nblib.reader import read_expression
from nblib.tree import editable, rebuilt, renamed, spelled

SETTING = given(r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}")


def read(text):
    return read_expression(text, SETTING)


def test_one_node_is_replaced_and_its_like_stays():
    line = read("x + x")
    assert rebuilt(line, line.children[0], read("-x")) == read("-x + x")
    assert rebuilt(line, read("x"), read("-x")) is line  # a node that is not this very one


def test_letters_are_renamed_with_the_sums_that_bind_them():
    assert renamed(read(r"\sum_j W_{ij} x_j"), {"i": "j", "j": "i"}) == read(r"\sum_i W_{ji} x_i")


def test_the_variable_of_a_derivative_is_not_edited():
    heads = [node.children[0] for node in editable(read(r"\frac{\partial (W x)}{\partial x}")) if node.head == "ref"]
    assert heads == ["W", "x"]


@pytest.mark.parametrize("text", ["x_i", "−x", "(x + x)", r"W^\top"])
def test_a_node_is_spelled_for_a_message(text):
    assert spelled(read(text.replace("−", "-"))) == text
