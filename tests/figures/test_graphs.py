"""Computational graphs: order, counts, alt text."""

import pytest

from nblib.figures.graphs import _Layout, graph
from nblib.figures.style import BLUE, VERMILLION

NODES = {"u": ("b", "c"), "v": ("a", "u"), "J": ("v",)}
FORMULAS = {"u": "bc", "v": "a + u", "J": "3v"}


def test_the_alt_text_says_nodes_values_and_derivatives():
    drawing = graph(NODES, formulas=FORMULAS, values={"a": 5, "J": 33}, derivatives={"J": 1, "c": 9})
    assert drawing.alt == ("A computational graph: b, c and a lead to u = bc, v = a + u, J = 3v. "
                           "Values: a = 5, J = 33. ∂J/∂J = 1, ∂J/∂c = 9.")


def test_values_and_derivatives_have_their_colours_and_only_when_given():
    both = graph(NODES, values={"a": 5}, derivatives={"J": 1}).markup
    assert BLUE in both and VERMILLION in both
    neither = graph(NODES).markup
    assert BLUE not in neither and VERMILLION not in neither


def test_edges_run_to_the_right_and_nodes_do_not_overlap():
    plan = _Layout(NODES | {"K": ("J", "y", "u")}, FORMULAS, True)
    for name, sources in plan.nodes.items():
        assert all(plan.places[source][0] < plan.places[name][0] for source in sources)
    places = list(plan.places.values())
    assert all(abs(p[0] - q[0]) > 30 or abs(p[1] - q[1]) > 50 for k, p in enumerate(places) for q in places[:k])


def test_an_input_stands_just_before_its_first_reader():
    plan = _Layout({"z": ("x", "w"), "L": ("z", "y")}, {}, False)
    assert plan.depth == {"x": 0, "w": 0, "z": 1, "y": 1, "L": 2}


@pytest.mark.parametrize(("nodes", "options", "message"), [
    ({"v": ("u",), "u": ("b",)}, {}, "v reads u, which is computed later"),
    (NODES, {"values": {"d": 4}}, "value for d, but no such node"),
    (NODES, {"derivatives": {"d": 4}}, "derivative for d, but no such node"),
])
def test_what_does_not_fit_is_refused(nodes, options, message):
    with pytest.raises(ValueError, match=message):
        graph(nodes, **options)
