"""The ledger shows counts of the present text alone, and says which are stale."""

import json
import sys
from pathlib import Path

import pytest
from docutils import nodes

import chapters
import counts

sys.path.insert(0, str(chapters.ROOT / "book" / "_ext"))

from nblib_site import mutants as page

GIVEN, DERIVE, OPEN = "%%given\na \\in \\mathbb{R}", "%%derive eq-a\n2a &= a + a", "%%exercise ex-a\na &= \\ldots"


def notebook(path, *sources, prose="# A"):
    cells = [{"cell_type": "markdown", "source": [prose]}]
    cells += [{"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": []} for source in sources]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_the_fingerprint_of_a_chapter_is_that_of_what_is_checked(tmp_path):
    path = tmp_path / "a.ipynb"
    first = chapters.fingerprint(notebook(path, GIVEN, DERIVE))
    assert chapters.fingerprint(notebook(path, GIVEN, OPEN, DERIVE, "a = 3", prose="# B")) == first
    others = [notebook(tmp_path / f"{k}.ipynb", *cells) for k, cells in enumerate([
        (GIVEN, DERIVE.replace("2a", "3a - a")), (GIVEN + ", b \\in \\mathbb{R}", DERIVE), (GIVEN, DERIVE, DERIVE),
        (GIVEN.replace("given", "given also"), DERIVE), (GIVEN, DERIVE, OPEN.replace("\\ldots", "a"))])]
    assert len({first, *map(chapters.fingerprint, others)}) == 6


def test_new_counts_of_one_part_leave_the_others(tmp_path):
    table = tmp_path / "mutants.json"
    assert counts.read(table) == {}
    counts.write("chapters", {"a": 1}, table)
    counts.write("layers", {"b": 2}, table)
    counts.write("chapters", {"c": 3}, table)
    assert counts.read(table) == {"chapters": {"c": 3}, "layers": {"b": 2}}


@pytest.fixture
def book(tmp_path):
    """Three pages: one counted, one changed since, one in which nothing is checked."""
    fresh, changed = (notebook(tmp_path / "book" / f"{name}.ipynb", GIVEN, DERIVE) for name in ("fresh", "changed"))
    notebook(tmp_path / "book" / "words.ipynb", GIVEN)
    kinds = {"sign": {"value": 7, "equal": 2}, "factor": {"shape": 1, "survived": 1}}
    table = {"chapters": {path.stem: {"fingerprint": chapters.fingerprint(path), "lines": 3, "kinds": kinds}
                          for path in (fresh, changed)}}
    notebook(changed, GIVEN, DERIVE.replace("2a", "3a - a"))
    return tmp_path, table, ["book/fresh", "book/changed", "book/words"]


def shown(found, table, root):
    return [node.astext() for node in page.content(found, [nodes.Text(chapter.page) for chapter in found], table, root)
            if node is not None]


def test_counts_of_a_chapter_that_has_changed_are_not_shown(book):
    root, table, pages = book
    fresh, changed = page.read_chapters(root, pages, table)
    assert fresh.count() == {"value": 7, "equal": 2, "shape": 1, "survived": 1} and fresh.lines == 3
    assert changed.kinds is None and not changed.count()
    facts = page.content([fresh, changed], [nodes.Text("f"), nodes.Text("c")], table, chapters.ROOT)[0]
    assert [fact.astext().split("\n\n")[0] for fact in facts.children] == ["11", "8", "2", "1"]
    assert any("stale" in text for text in shown([fresh, changed], table, chapters.ROOT))
    assert not any("stale" in text for text in shown([fresh], table, chapters.ROOT))


def test_the_page_says_when_the_checker_has_changed(book):
    root, table, pages = book
    fresh = page.read_chapters(root, pages, table)[:1]
    assert any("checker has changed" in text for text in shown(fresh, table, chapters.ROOT))
    now = table | {"checker": {"fingerprint": counts.checker()}}
    assert not any("has changed" in text for text in shown(fresh, now, chapters.ROOT))


def test_the_page_says_when_the_layers_have_changed(book):
    _, table, _ = book
    files = {"losses": {"mutants": 20, "survived": 1}}
    for fingerprint, stale in ((counts.layers(), False), ("0", True)):
        said = shown([], table | {"layers": {"fingerprint": fingerprint, "files": files}}, chapters.ROOT)
        assert any("layers or their tests have changed" in text for text in said) == stale
        assert any("losses" in text and "19" in text for text in said)


def test_a_book_without_counts_has_a_page(book):
    root, _, pages = book
    assert all(chapter.kinds is None for chapter in page.read_chapters(root, pages, {}))
    assert shown(page.read_chapters(root, pages, {}), {}, chapters.ROOT)


def test_counts_in_the_repository_are_of_its_chapters_and_none_survived():
    table = counts.read(Path(counts.TABLE))
    assert set(table) == {"chapters", "checker", "layers"}
    assert set(table["chapters"]) <= {path.stem for path in chapters.notebooks()}
    assert not [kind for chapter in table["chapters"].values() for kind in chapter["kinds"].values() if
                kind.get("survived")]
