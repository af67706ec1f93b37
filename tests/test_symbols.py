"""The index of symbols has a line for every name of every setting, and says of it what the chapter says."""

import json
import re
import sys
from pathlib import Path

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from nblib_site import ledger, symbols  # noqa: E402

PAGE = ROOT / "_build" / "html" / "book" / "symbols.html"
RECORDED = ledger.read_records(ROOT / ledger.FOLDER)


def declared(name, kind="symbol", shape=(), latex=None):
    return {"kind": kind, "name": name, "shape": list(shape), "latex": latex or f"{name} {kind} {shape}"}


def setting(*declarations, source="one"):
    return {"kind": "setting", "name": None, "source": source, "declarations": list(declarations)}


def derivation(name, source):
    return {"kind": "derivation", "name": name, "source": source}


def formula(latex):
    return nodes.math("", latex)


def page(*rows, heads=("symbol", "meaning", "shape"), title="Setting"):
    """A document with a table; each cell is a list of strings (text) and formulas."""
    def line(cells):
        return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", *[
            nodes.Text(part) if isinstance(part, str) else part for part in cell])) for cell in cells])
    table = nodes.table("", nodes.tgroup("", nodes.thead("", line([[head] for head in heads])),
                                         nodes.tbody("", *map(line, rows))))
    document = new_document("page", get_default_settings())
    document += nodes.section("", nodes.title("", title), table)
    return document


def meanings(records, document):
    found = symbols.symbols("page", records)
    symbols.explain(found, document)
    return {symbol.name: "".join(node.astext() for node in symbol.meaning) for symbol in found}


# --- collecting -------------------------------------------------------------------------------------------------------

def test_a_name_is_a_line_for_each_of_its_shapes():
    found = symbols.symbols("page", [
        setting(declared("x", shape=["n"]), declared("n", "size")), setting(declared("x", shape=["m", "n"])),
        setting(declared("x", shape=["n"], latex="x := y"))])
    assert [(one.name, one.shape, one.setting) for one in found] == [
        ("x", "n", 1), ("n", "size", 1), ("x", r"m \times n", 2)]
    assert found[0].declarations == ["x symbol ['n']", "x := y"]


def test_the_law_of_a_random_array_belongs_to_its_declaration():
    law = declared("W", "random", latex="W_{ij} \\sim (0, v)")
    found = symbols.symbols("page", [setting(law, declared("W", shape=["m", "n"]), declared("", "assumption"))])
    assert [(one.name, one.shape, len(one.declarations)) for one in found] == [("W", r"m \times n", 2)]


def test_an_equation_is_listed_with_the_symbols_of_its_own_setting():
    found = symbols.symbols("page", [
        setting(declared("x", shape=["n"]), declared("n", "size")), derivation("eq-a", "x_i &= x_i + 0"),
        setting(declared("x"), source="other"), derivation("eq-b", "x &= 1 x")])
    assert {(one.name, one.shape): one.equations for one in found} == {
        ("x", "n"): ["eq-a"], ("n", "size"): [], ("x", "number"): ["eq-b"]}


@pytest.mark.parametrize(("item", "shape"), [
    (declared("X", shape=["m", "a + b"], latex=r"X \in \mathbb{R}^{m \times h_{1}}"), r"m \times h_{1}"),
    (declared("u", shape=["n"], latex=r"u \in \mathbb{R}_{>0}^{n}"), "n"),
    (declared("x", shape=["m", "n"], latex=r"x^{(i)} \in \mathbb{R}^{n}, i = 1, \dots, m"), r"m \times n"),
    (declared("c", "definition", ["h - k + 1", "-l + n + 1"]), r"(h - k + 1) \times (n + 1 - l)"),
    (declared("c", "definition", ["c*r"]), r"c\,r"), (declared("E", "definition"), "number"),
    (declared("g", "function"), "function")])
def test_the_shape_of_a_declaration(item, shape):
    assert symbols.shape_of(item) == shape


# --- meanings ---------------------------------------------------------------------------------------------------------

X, B, L = declared("x", shape=["n"]), declared("b"), declared("L", "definition")


@pytest.mark.parametrize(("words", "expected"), [
    ("input, bias", {"x": "input", "b": "bias"}),
    ("weighted sum, and output", {"x": "weighted sum", "b": "output"}),
    ("input; bias, a number", {"x": "input", "b": "bias, a number"}),
    ("both, as rows", dict.fromkeys("xb", "both, as rows")),
    ("input and bias", dict.fromkeys("xb", "input and bias"))])
def test_the_symbols_of_a_row_share_its_meaning_or_have_one_each(words, expected):
    row = [[formula("x"), ", ", formula("b")], [words], [formula("n"), ", a number"]]
    assert meanings([setting(X, B)], page(row)) == expected


def test_groups_of_symbols_are_divided_by_semicolons():
    row = [[formula("x"), "; ", formula("b"), ", ", formula("L")], ["input; one for each"], ["numbers"]]
    found = meanings([setting(declared("x"), B, L)], page(row))
    assert found == {"x": "input", "b": "one for each", "L": "one for each"}


def test_a_meaning_belongs_to_the_shape_that_the_table_states():
    row = [[formula("x")], ["input"], [formula("n")]]
    assert meanings([setting(declared("x"))], page(row)) == {"x": ""}
    assert meanings([setting(X)], page(row)) == {"x": "input"}


@pytest.mark.parametrize("latex", [r"\rho_{ab}", r"\rho"])
def test_a_symbol_with_an_index_is_the_symbol(latex):
    row = [[formula(latex)], ["route"], [r"2 × 2"]]
    assert meanings([setting(declared(r"\rho", shape=["k", "n"]))], page(row)) == {r"\rho": "route"}


def test_other_tables_explain_nothing():
    row = [[formula("b")], ["bias"], ["a number"]]
    assert meanings([setting(B)], page(row, title="Check")) == {"b": ""}
    assert meanings([setting(B)], page(row, heads=("loss", "meaning", "shape"))) == {"b": ""}


@pytest.mark.parametrize(("name", "letter"), [
    ("a", "A"), (r"\hat{a}", "A"), (r"\tilde{W}", "W"), (r"\mathbf{1}", "1"), (r"\bar{\alpha}", "Greek"),
    (r"\Delta^{[l]}", "Greek"), (r"\ell", "L"), ("w_{fc}", "W")])
def test_a_name_stands_under_its_letter(name, letter):
    assert symbols.initial(name) == letter


# --- the book ---------------------------------------------------------------------------------------------------------

def test_every_symbol_of_every_setting_has_a_line_that_leads_to_it():
    """Counted here from the records: a line for each name, shape and chapter; a link to a setting in each."""
    assert PAGE.exists(), "There is no site in _build/html: run `make book` first."
    rows = re.findall(r"<tr.*?</tr>", PAGE.read_text("utf-8"), re.S)
    linked = [re.findall(r'href="([\w.]+)\.html#setting-\d+"', row) for row in rows if '<td class="symbol">' in row]
    assert all(len(pages) == 1 for pages in linked)
    for chapter, records in RECORDED.items():
        names = {item["name"] for record in records for item in record.get("declarations", [])} - {""}
        expected = {one.name for one in symbols.symbols(chapter, records)}
        assert expected == names, json.dumps(sorted(names ^ expected))
        assert sum(pages == [chapter] for pages in linked) == len(symbols.symbols(chapter, records))


def test_every_symbol_that_an_equation_of_the_book_writes_alone_is_listed_with_it():
    """The left side of a derivative, read here by a pattern and not by the parser."""
    for chapter, records in RECORDED.items():
        used = {(one.name, label) for one in symbols.symbols(chapter, records) for label in one.equations}
        for record in records:
            if record["kind"] == "derivation" and record["name"]:
                for name in re.findall(r"\\frac\{\\partial ([A-Z])\}\{\\partial [A-Za-z]\}", record["source"]):
                    assert (name, record["name"]) in used, (record["name"], name)
