"""The map shows each citation of the chapters once, its arrows lead from what is used to what uses it, and the equation
on its page says the same.
"""

import html
import json
import re
import sys
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from sphinx import addnodes

from chapters import notebooks

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from nblib_site import derivation_map, reading  # noqa: E402
from nblib_site.citations import Citations, Mention, Result, citations  # noqa: E402
from nblib_site.derivations import aside, derivation  # noqa: E402
from nblib_site.elements import make_box  # noqa: E402

SITE = ROOT / "_build" / "html" / "book"


# --- a page for the tests: headings, words, code and equations --------------------------------------------------------

def cell(*children):
    made = nodes.container(nb_element="cell_code")
    made.extend(children)
    return made


def equation(label):
    return cell(derivation("", label=label, kind="derivation", tag="div", html={}))


def words(*labels):
    made = nodes.paragraph("", "By ")
    made.extend(addnodes.pending_xref("", refdomain="math", reftype="eq", reftarget=label) for label in labels)
    return made


def heading(title, *children):
    made = nodes.section("", nodes.title("", title), ids=[nodes.make_id(title)])
    made.extend(children)
    return made


PYTHON = "x = 1"


def read(*children):
    """For each equation what it rests on, and the mentions, of a page with these parts."""
    document = new_document("page", get_default_settings())
    document += heading("Title", *[cell(nodes.literal_block("", part)) if part == PYTHON else part
                                   for part in children])
    names = [node["label"] for node in document.findall(derivation) if node.get("label")]
    results, mentions = citations(document, "page", [record(name, "", kind="measurement") for name in names])
    return {result.label: result.rests_on for result in results}, [(m.label, m.title) for m in mentions]


def record(name, source, verdict="proved", kind="derivation"):
    return {"kind": kind, "name": name, "source": source, "verdict": verdict,
            "lines": [{"left": source.partition("&")[0].strip(), "relation": "=", "right": "0"}]}


def test_an_equation_rests_on_what_the_words_before_it_cite():
    rests_on, mentions = read(equation("a"), words("a", "far"), words("a"), equation("b"))
    assert rests_on == {"a": (), "b": ("a", "far")} and mentions == []


def test_a_setting_between_the_words_and_the_equation_changes_nothing():
    given = cell(make_box("div", classes="setting-frame"))
    assert read(words("a"), given, equation("b"))[0] == {"b": ("a",)}


@pytest.mark.parametrize("between", [equation("c"), PYTHON, cell(aside("", kind="refutation", tag="div", html={}))])
def test_words_before_another_equation_a_refuted_line_or_code_do_not_lead_up_to_it(between):
    assert read(words("a"), between, equation("b"))[0]["b"] == ()


def test_words_above_a_heading_are_a_mention_of_their_own_section():
    rests_on, mentions = read(heading("Check", words("a")), heading("Back", equation("b")))
    assert rests_on == {"b": ()} and mentions == [("a", "Check")]


def test_words_after_the_last_equation_are_a_mention():
    assert read(equation("a"), words("a"))[1] == [("a", "Title")]


def test_an_equation_does_not_rest_on_itself():
    assert read(words("b"), equation("b"))[0] == {"b": ()}


def test_a_definition_in_the_prose_is_a_result():
    definition = nodes.math_block("", "r := 1", label="d")
    assert read(words("a"), definition, words("d"), equation("b"))[0] == {"d": ("a",), "b": ("d",)}


# --- left sides that are taken up -------------------------------------------------------------------------------------

SETTING = {"kind": "setting", "source": "one", "declarations": [
    {"kind": "size", "latex": "n = 3, 5", "name": "n", "shape": []},
    *({"kind": "symbol", "latex": rf"{name} \in \mathbb{{R}}^{{n}}", "name": name, "shape": ["n"]} for name in "xyz"),
    {"kind": "definition", "latex": "E := z^\\top z", "name": "E", "shape": []}]}
OTHER, ALSO = SETTING | {"source": "other"}, SETTING | {"source": "one\nmore"}
DZ, DX = r"\frac{\partial E}{\partial z}", r"\frac{\partial E}{\partial x}"


@pytest.mark.parametrize(("records", "expected"), [
    ([SETTING, record("a", f"{DZ} &= 2 z"), record("b", rf"{DX} &= 3 {DZ} \\ &= 6 z")], ["a"]),
    ([SETTING, record("a", f"{DZ} &= 2 z"), ALSO, record("b", f"{DX} &= 3 {DZ}")], ["a"]),
    ([SETTING, record("a", f"{DZ} &= 2 z"), OTHER, record("b", f"{DX} &= 3 {DZ}")], []),      # another z
    ([SETTING, record("a", f"{DX} &= 2 z"), record("b", f"{DX} &= 3 {DZ}")], []),             # another derivative
    ([SETTING, record("b", f"{DX} &= 3 {DZ}"), record("a", f"{DZ} &= 2 z")], []),             # comes later
    ([SETTING, record("a", "z_i &= x_i"), record("b", f"{DX} &= 3 z")], []),                  # a mere name
    ([SETTING, record("a", r"z^\top z &\ge 0"), record("b", r"E &= z^\top z")], []),          # no value
])
def test_a_left_side_is_taken_up(records, expected):
    assert reading.taken_up(reading.readings(records))["b"] == expected


def test_a_reading_knows_the_symbols_of_a_derivation():
    found = reading.readings([SETTING, record("b", r"x^\top y &= \sum_{i=1}^{n} x_i y_i")])
    assert found[0].names == {"x", "y", "n"}


# --- the graph --------------------------------------------------------------------------------------------------------

def book(**rests_on):
    """Results a, b, ... that rest on the others given; the page of each is its first letter."""
    return Citations({label: Result(label, label[0], "proved", label, tuple(others))
                      for label, others in rests_on.items()}, [Mention("a", "z", "check", "Check")] * 2)


def test_uses_are_the_reverse_of_rests():
    found = book(a="", b="a", c=("a", "b", "gone"))
    assert found.used_in("a") == ["b", "c"] and found.rests_on("c") == ["a", "b"] and found.used_in("c") == []
    assert len(found.mentioned_in("a")) == 1 and found.mentioned_in("b") == []


def test_a_circle_is_found():
    assert book(a="", b="a", c="ab").circle() == []
    assert sorted(book(a="", b="ad", c="b", d="c").circle()) == ["b", "c", "d"]


# --- the drawing ------------------------------------------------------------------------------------------------------

def draw(found):
    address = {label: (f"{k}.7", f"{label}.html#equation-{label}") for k, label in enumerate(found.results)}
    return derivation_map.drawing(found, address, [("4", "A & B", "a.html")], [("Part", 0, 0)])


def test_the_drawing_has_each_result_and_each_arrow_once():
    svg = draw(book(a1="", a2=("a1",), b1=("a1", "a2", "gone")))
    assert re.findall(r'class="map-result[^"]*" href="([^"]*)"', svg) == [
        "a1.html#equation-a1", "a2.html#equation-a2", "b1.html#equation-b1"]
    assert len(re.findall(r'<path id="line-\d+"', svg)) == 3 and "A &amp; B" in svg
    assert 'aria-label="(2.7), proved; rests on (0.7), (1.7)"' in svg
    assert svg.count('<use href="#line-1"/>') == 2               # at both its ends


def test_an_arrow_leads_from_the_cited_to_the_citing():
    places = derivation_map.layout([["a", "b"], ["c"]])
    for first, last in (("a", "b"), ("a", "c"), ("c", "b")):
        numbers = [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", derivation_map.curve(places[first], places[last]))]
        assert numbers[:2] == [places[first].x + derivation_map.WIDTH, places[first].y]
        assert numbers[-1] == places[last].y


def test_no_two_results_overlap_and_arcs_stay_clear_of_the_next_column():
    places = list(derivation_map.layout([["a", "b", "c"], ["d", "e"]]).values())
    for k, one in enumerate(places):
        for other in places[:k]:
            assert abs(one.x - other.x) >= derivation_map.WIDTH or abs(one.y - other.y) >= derivation_map.HEIGHT
    assert derivation_map.WIDTH + .75 * derivation_map.BULGE < derivation_map.COLUMN


def test_a_result_that_is_tied_to_none_is_drawn_pale():
    svg = draw(book(a="", b="a", c=""))
    assert [label for label in "abc" if f'map-alone" href="{label}.html' in svg] == ["c"]


# --- the book ---------------------------------------------------------------------------------------------------------

def cited_in_cells(path):
    """Label: labels that the words before it cite, counted here from the cells of a notebook."""
    found, waiting = {}, []
    for part in nbformat.read(path, 4).cells:
        label = re.search(r'\A%%derive[ \t]+(\S+)|\bmeasured\("([^"]+)"', part.source)
        if part.cell_type == "markdown":
            for line in part.source.splitlines():
                waiting = [] if re.match(r"#+ ", line) else waiting + re.findall(r"\{eq\}`([^`]+)`", line)
                if named := re.match(r"\$\$ \(([\w-]+)\)", line):
                    found[named[1]], waiting = waiting, []
        elif label:
            found[label[1] or label[2]], waiting = waiting, []
        elif not part.source.startswith("%%given"):
            waiting = []
    return found


def shown_on_the_map():
    """Label: labels that it rests on, from the links of the drawing."""
    page = SITE / "map.html"
    assert page.exists(), "There is no site in _build/html: run `make book` first."
    found = re.findall(r'class="map-result[^"]*" href="[^"#]*#equation-([\w-]+)" aria-label="([^"]*)"',
                       page.read_text("utf-8"))
    words = {label: html.unescape(said) for label, said in found}
    label_of = {re.match(r"\(([\d.]+)\)", said)[1]: label for label, said in words.items()}
    return {label: [label_of[number] for number in re.findall(r"\(([\d.]+)\)", re.split("; used in", said)[0])[1:]]
            for label, said in words.items()}


def test_the_map_of_the_book_shows_every_citation():
    shown, labels = shown_on_the_map(), {}
    for path in notebooks():
        cited = cited_in_cells(path)
        labels |= cited
        taken = reading.taken_up(reading.readings(
            json.loads((ROOT / "_build" / "records" / f"{path.stem}.json").read_text("utf-8"))["records"]))
        for label, others in cited.items():
            assert sorted(shown[nodes.make_id(label)]) == sorted(
                {nodes.make_id(other) for other in [*others, *taken.get(label, [])] if other != label}), label
    assert set(shown) == {nodes.make_id(label) for label in labels}


def test_each_equation_of_the_book_says_what_uses_it():
    used = {other for others in shown_on_the_map().values() for other in others}
    pages = "".join(page.read_text("utf-8") for page in SITE.glob("*.html"))
    for label in used:
        start = pages.index(f'id="equation-{label}"')
        assert '<p class="uses">Used in' in pages[start:pages.index('<details class="source"', start)], label
