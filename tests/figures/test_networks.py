"""Networks: what the alt text counts is what is drawn."""

import re
from xml.etree import ElementTree

import pytest

from nblib.figures.networks import network
from nblib.figures.style import BLUE, VERMILLION


def circles(markup: str) -> int:
    """Circles are the only curves outside <defs>."""
    root = ElementTree.fromstring(markup)
    glyphs = {path for definitions in root.iter("defs") for path in definitions.iter("path")}
    return sum("C" in path.get("d") for path in root.iter("path") if path not in glyphs)


def lines(markup: str, colour: str = "") -> int:
    return len(re.findall(rf'd="M[-.\d ]+L[-.\d ]+" style="[^"]*stroke:{colour}', markup))


@pytest.mark.parametrize(("layers", "text"), [
    ((3, 2, 1), "3 inputs, 2 hidden units, 1 output; 8 weights."),
    ((2, 4, 3, 5), "2 inputs, 4 hidden units, 3 hidden units, 5 outputs; 35 weights."),
    ((1, 1), "1 input, 1 output; 1 weight."),
])
def test_the_alt_text_counts_units_and_weights_as_drawn(layers, text):
    drawing = network(layers)
    assert drawing.alt == f"A dense network: {text}"
    assert circles(drawing.markup) == sum(layers)
    assert lines(drawing.markup) == sum(m * n for m, n in zip(layers, layers[1:], strict=False))


def test_biases_add_a_unit_to_each_layer_but_the_last_and_an_edge_to_each_later_unit():
    plain, biased = network((3, 4, 2)), network((3, 4, 2), biases=True)
    assert biased.alt.endswith("20 weights and 6 biases.")
    assert circles(biased.markup) - circles(plain.markup) == 2
    assert lines(biased.markup) - lines(plain.markup) == 6


def test_two_paths_are_drawn_in_two_colours_and_named():
    drawing = network((2, 3, 2), highlight=[(1, 3, 1), (1, 3, 2)])
    assert drawing.alt.endswith("Highlighted: x_1 → a_3^[1] → ŷ_1; x_1 → a_3^[1] → ŷ_2.")
    assert lines(drawing.markup, VERMILLION) == lines(drawing.markup, BLUE) == 2
    assert lines(network((2, 3, 2)).markup, VERMILLION) == 0


def test_a_path_may_start_late():
    drawing = network((2, 3, 2), highlight=[(None, 3, 1)])
    assert drawing.alt.endswith("Highlighted: a_3^[1] → ŷ_1.")
    assert lines(drawing.markup, VERMILLION) == 1


def test_a_large_layer_shows_its_ends_and_says_its_size():
    drawing = network((784, 10))
    assert drawing.alt == "A dense network: 784 inputs, 10 outputs; 7,840 weights."
    assert circles(drawing.markup) == 2 * (5 + 3)
    assert network((784, 10), highlight=[(784, 10)]).alt.endswith("x_784 → ŷ_10.")


def test_labels_may_be_lists_functions_or_the_usual_ones():
    drawing = network((2, 3, 1), labels=[["u", "v"], lambda i: f"h_{i}", None], highlight=[(2, 3, 1)])
    assert drawing.alt.endswith("v → h_3 → ŷ.")


@pytest.mark.parametrize(("options", "message"), [
    ({"layers": (3,)}, "two layers or more"),
    ({"layers": (3, 0)}, "one unit or more"),
    ({"layers": (3, 2), "labels": [None]}, "labels for 1"),
    ({"layers": (3, 2), "labels": [["a", "b"], None]}, "3 units but 2 labels"),
    ({"layers": (3, 2), "highlight": [(1, 1, 1)]}, "3 units for 2 layers"),
    ({"layers": (3, 2), "highlight": [(4, 1)]}, r"passes unit 4 of layer 1"),
    ({"layers": (784, 2), "highlight": [(100, 1)]}, r"drawn there are \[1, 2, 3, 4, 784\]"),
])
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        network(**options)
