"""What nbval does not see: how chapters are stored, what their records say, and how a wrong line stops them."""

import base64
import io
import json
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from conftest import by_structure
from PIL import Image

import chapters
import execute
from chapters import ROOT

CHAPTERS = [path for path in chapters.notebooks() if path.exists()]
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)

# What differs from run to run: an address, a date, a random name.
NOISE = r"\bat 0x[0-9a-f]{6,}|\b20\d\d-\d\d-\d\dT\d\d:\d\d|<dc:date>|\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"


def stored(path):
    return json.loads(path.read_text(encoding="utf-8"))


def noise(notebook: dict) -> list[str]:
    """What in the outputs of a notebook would differ in the next run."""
    return re.findall(NOISE, json.dumps([cell.get("outputs", []) for cell in notebook["cells"]]))


def test_every_chapter_of_the_table_of_contents_exists():
    assert [path for path in chapters.notebooks() if not path.exists()] == []


@every_chapter
def test_a_chapter_is_stored_as_the_executor_writes_it(path):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert nbformat.writes(notebook) + "\n" == text
    assert {key: stored(path)["metadata"][key] for key in execute.METADATA} == execute.METADATA
    ids = [cell["id"] for cell in stored(path)["cells"]]
    assert len(ids) == len(set(ids))


@every_chapter
def test_every_cell_has_run_once_in_order(path):
    cells = [cell for cell in stored(path)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@every_chapter
def test_a_chapter_holds_nothing_that_differs_from_run_to_run(path):
    notebook = stored(path)
    assert noise(notebook) == []
    for cell in notebook["cells"]:
        assert not {"execution", "ExecuteTime"} & set(cell["metadata"])
        assert not any("nblib" in output.get("metadata", {}) for output in cell.get("outputs", []))


@every_chapter
def test_figures_are_vector_graphics_or_png(path):
    """nbval compares SVG as text, and PNG by structure (conftest.py); of other images it knows nothing."""
    outputs = [output for cell in stored(path)["cells"] for output in cell.get("outputs", [])]
    types = {kind for output in outputs for kind in output.get("data", {}) if kind.startswith("image/")}
    assert types <= {"image/svg+xml", "image/png"}


@every_chapter
def test_each_derivation_has_its_record(path):
    """The line that is read is the line that was checked: the record holds the very text of the cell."""
    for cell in chapters.read(path)["cells"]:
        magic = re.match(r"%%derive[ \t]+(\S+)[ \t]*\n(.*)", cell["source"], re.DOTALL)
        if magic:
            records = [output["data"][execute.RECORD] for output in cell["outputs"] if execute.RECORD in output["data"]]
            assert [record["name"] for record in records] == [magic[1]]
            assert records[0]["source"].strip() == magic[2].strip()


@every_chapter
def test_the_records_file_agrees_with_the_notebook(path):
    file = ROOT / "_build" / "records" / f"{path.stem}.json"
    assert file.exists(), "run make book first"
    chapter = json.loads(file.read_text(encoding="utf-8"))
    assert chapter["fingerprint"] == execute.fingerprint(path), "stale: run make notebooks"
    shown = list(execute.take_records(nbformat.read(path, as_version=4)))
    for record in chapter["records"]:
        if record["kind"] == "derivation":
            assert len(record["seconds"]) == len(record["lines"])
    assert [{**record, "seconds": []} for record in chapter["records"]] == shown


# ---- the executor, on a chapter of three cells

GIVEN = r"""%%given
m = 3, 5 \quad n = 2, 4
x \in \mathbb{R}^{n}, \; W \in \mathbb{R}^{m \times n}, \; t \in \mathbb{R}^{m}
z := W x
E := \tfrac12 \sum_i (z_i - t_i)^2"""
DERIVE = r"""%%derive eq-planted-dW
\frac{\partial E}{\partial W}
  &= \frac{\partial E}{\partial z} x^\top && \text{each row by itself} \\
  &= (z - t) x^\top                       && \text{the error}"""


def planted(folder, *cells):
    """A notebook with these cells, as an author leaves it: not executed, no ids."""
    path = folder / "planted.ipynb"
    fresh = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**fresh, "source": source} for source in cells]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_a_chapter_is_the_same_byte_for_byte_when_it_is_executed_again(tmp_path):
    path = planted(tmp_path, "%load_ext nblib", GIVEN, DERIVE)
    execute.run(path, tmp_path)
    first = path.read_bytes()
    written = path.stat().st_mtime_ns
    execute.run(path, tmp_path)
    assert path.read_bytes() == first
    assert path.stat().st_mtime_ns == written, "what has not changed is not written"
    assert (tmp_path / "planted.json").stat().st_mtime_ns > written, "the records are the stamp: they are newer"


def test_the_seconds_leave_the_notebook_for_the_records(tmp_path):
    path = planted(tmp_path, "%load_ext nblib", GIVEN, DERIVE)
    execute.run(path, tmp_path)
    record = json.loads((tmp_path / "planted.json").read_text())["records"][-1]
    assert record["name"] == "eq-planted-dW"
    assert len(record["seconds"]) == len(record["lines"]) == 2
    assert "seconds" not in path.read_text()


def test_a_flipped_sign_stops_the_run_and_names_chapter_label_and_line(tmp_path):
    path = planted(tmp_path, "%load_ext nblib", GIVEN, DERIVE.replace("(z - t)", "(z + t)"))
    before = path.read_bytes()
    run = subprocess.run([sys.executable, ROOT / "tools" / "execute.py", path], capture_output=True, text=True)
    assert run.returncode == 1
    assert "Chapter planted stops at %%derive eq-planted-dW" in run.stderr
    assert "line 2" in run.stderr
    assert "Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) < 40
    assert path.read_bytes() == before, "the notebook stays as its author wrote it"
    assert not (ROOT / "_build" / "records" / "planted.json").exists()


@pytest.mark.parametrize(
    "cell, words",
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its kernel died"),
        (r"%%derive eq-planted-z" + "\n" + r"z &= y && \text{unknown}", "%%derive eq-planted-z"),
    ],
)
def test_any_failure_says_where_it_is(tmp_path, cell, words):
    path = planted(tmp_path, "%load_ext nblib", GIVEN, cell)
    with pytest.raises(execute.ChapterStops, match="Chapter planted stops at") as stop:
        execute.run(path, tmp_path)
    assert words in str(stop.value)
    assert "(cell 3 of planted.ipynb)" in str(stop.value)


def test_a_tag_excuses_nothing(tmp_path):
    path = planted(tmp_path, "1 / 0")
    tagged = path.read_text().replace('"metadata": {}', '"metadata": {"tags": ["raises-exception"]}', 1)
    path.write_text(tagged)
    with pytest.raises(execute.ChapterStops):
        execute.run(path, tmp_path)


def test_the_fingerprint_follows_the_cells_and_not_their_outputs(tmp_path):
    path = planted(tmp_path, "1 + 1")
    before = execute.fingerprint(path)
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 7'))
    assert execute.fingerprint(path) == before
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert execute.fingerprint(path) != before


@pytest.mark.parametrize("text", ["<Line at 0x7f3a2b1c9d00>", "2026-11-21T03:09:33", "<dc:date>"])
def test_noise_is_found(text):
    assert noise({"cells": [{"outputs": [{"text": text}]}]})


def test_quiet_outputs_are_accepted():
    assert not noise({"cells": [{"outputs": [{"text": "x = 0x10, in 2026"}]}, {}]})


# ---- how pictures of pixels are compared (conftest.py)

def picture(width: int, height: int, level: int) -> str:
    """A base64 PNG of random pixels, compressed at this level."""
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 9, (height, width), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "png", compress_level=level)
    return base64.b64encode(file.getvalue()).decode()


def test_the_same_picture_compressed_otherwise_is_accepted():
    assert picture(30, 20, level=1) != picture(30, 20, level=9)
    assert by_structure(picture(30, 20, level=1)) == by_structure(picture(30, 20, level=9))


def test_a_picture_of_another_size_is_refused_also_within_an_svg():
    drawings = [f'<image href="data:image/png;base64,{picture(30, height, 6)}" x="1"/>' for height in (20, 21)]
    assert "base64,PNG of 30 by 20 pixels, depth 8, colour type 0" in by_structure(drawings[0])
    assert by_structure(drawings[0]) != by_structure(drawings[1])
