"""The tree of a record: what it holds, and that its HTML cannot be broken by what was typed."""

from __future__ import annotations

from html.parser import HTMLParser

from nblib import derive, given, refute
from nblib.page import Badge, Element, Formula, content, element, html, letters, reason

SETTING = given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ E := \tfrac12 \sum_i x_i^2")


def found(part, kind) -> list:
    """All parts of a kind below a part, in the order of the page."""
    if isinstance(part, kind):
        return [part]
    return [one for child in part.children for one in found(child, kind)] if isinstance(part, Element) else []


def test_every_line_has_its_formulas_and_one_mark():
    tree = content(derive(r"\frac{\partial E}{\partial x} &= x && \text{each } x_i \text{ alone} \\ &= 1 x",
                          SETTING).record)
    assert [mark.verdict for mark in found(tree, Badge)] == ["proved for every size"] * 2
    assert [part.latex for part in found(tree, Formula)] == [
        r"\frac{\partial E}{\partial x}", "{}= x", " x_i ", "{}= 1 x"]
    assert "derivation" in tree.classes and "refutation" not in tree.classes


def test_a_refutation_shows_where_the_sides_differ():
    tree = content(refute(r"\frac{\partial E}{\partial x} &= 2 x", SETTING).record)
    assert "refutation" in tree.classes and "counterexample" in html(tree)
    assert [mark.verdict for mark in found(tree, Badge)] == ["wrong", "wrong"]


def test_a_setting_is_a_table_with_a_row_for_each_kind():
    said = html(content(SETTING.record))
    assert said.count("<tr>") == 3 and "Size</th>" in said and "Definition</th>" in said


def test_the_html_holds_what_was_typed_as_text():
    class Reader(HTMLParser):
        tags: list[str]
        text = ""

        def handle_starttag(self, tag, attributes):
            self.tags.append(tag)

        def handle_data(self, data):
            self.text += data

    reader = Reader()
    reader.tags = []
    typed = "<script>\"'&</script>"
    reader.feed(html(element("p", typed, Formula(typed), title=typed)))
    assert reader.tags == ["p", "span"] and reader.text == typed * 2


def test_a_fraction_is_as_wide_as_its_longer_part_and_an_index_is_small():
    assert letters(r"\frac{a + b + c}{d}") < letters("a + b + c + d")
    assert letters("x_{ijk}") < letters("x i j k")


def test_a_reason_is_text_and_formulas_in_turn():
    assert reason(r"\text{each } z_i \text{ meets}") == ["each ", " ", Formula(" z_i ", False), " ", " meets"]
    assert reason(r"\text{by $x$ alone}") == ["by ", Formula("x", False), " alone"]
