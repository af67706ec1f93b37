"""What stands in a line gets its structure from what the names mean."""

import pytest

from nblib import NotationError
from nblib.reader import read_expression, read_row
from nblib.syntax import free_indices

KINDS = {"a": "symbol", "b": "symbol", "x": "symbol", "g": "function", "n": "size"}


class Names:
    """A scope with two numbers, a vector and a function."""

    def kind(self, name):
        return KINDS.get(name)

    def names(self):
        return list(KINDS)


@pytest.mark.parametrize(
    "text, head",
    [
        ("a + b", "add"),
        ("a b", "mul"),
        ("g(a)", "call"),
        ("a(b)", "mul"),
        (r"\frac{a}{b}", "div"),
        ("x_i", "at"),
        ("x_n", "at"),
        (r"x^\top", "transpose"),
        ("a^2", "pow"),
        (r"a \odot b", "had"),
        ("-a", "neg"),
    ],
)
def test_structure_follows_from_what_the_names_mean(text, head):
    assert read_expression(text, Names()).head == head


def test_a_hadamard_product_binds_more_loosely_than_juxtaposition():
    node = read_expression(r"a b \odot x", Names())
    assert node.head == "had" and node.children[0].head == "mul"


def test_a_sum_reaches_to_the_end_of_its_term():
    node = read_expression(r"\sum_i x_i a - b", Names())
    assert node.head == "add" and node.children[0].head == "sum"


def test_a_line_of_two_relations_has_three_sides():
    assert [relation for relation, _ in read_row(r"a = b \leq 2", Names())] == ["", "=", r"\le"]


def test_one_expression_is_read_without_a_relation():
    with pytest.raises(NotationError, match="without a relation"):
        read_expression("a = b", Names())


def test_an_index_that_a_sum_binds_is_not_free():
    assert free_indices(read_expression(r"x_j \sum_i x_i", Names())) == {"j"}


def test_a_loose_letter_is_not_taken_for_an_index():
    with pytest.raises(NotationError, match="k is not declared"):
        read_row("a = k b", Names())


def test_a_loose_letter_that_stands_in_a_subscript_is_an_index():
    (_, left), (_, right) = read_row("x_k = k b", Names())
    assert free_indices(left) == free_indices(right) == {"k"}


def test_a_bracket_behind_a_number_multiplies_and_behind_a_function_applies():
    assert read_expression("a (b + 1)", Names()).head == "mul"
    assert read_expression("g (b + 1)", Names()).head == "call"


def test_a_bar_closes_what_a_bar_has_opened():
    node = read_expression("|a| |b| + |a - |b||", Names())
    assert node.head == "add" and node.children[1].head == "abs"


def test_the_span_of_a_node_is_its_place_in_the_text():
    node = read_expression("a + g(b)", Names())
    assert node.children[1].span == (4, 8)


@pytest.mark.parametrize("text", [r"\sin^{-1}(a)", r"\tanh^{-1}(a)", r"\cos^{-1} a"])
def test_an_ambiguous_power_is_refused(text):
    """The inverse function to some, the inverse number to others."""
    with pytest.raises(NotationError):
        read_expression(text, Names())


@pytest.mark.parametrize("text", ["a^2^3", "x_1_2", "x_i^2^2", "a^{2}^{3}"])
def test_a_second_superscript_needs_braces(text):
    with pytest.raises(NotationError):
        read_expression(text, Names())


def test_a_superscript_of_a_group_is_its_power():
    assert read_expression("{a^2}^3", Names()).head == "pow"
    assert read_expression("{x_i}^2", Names()).head == "pow"
