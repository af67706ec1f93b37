"""The progress bar: what it shows while it runs, and that what stays is the same in every run."""

import json

import pytest

import execute
from nblib import progress as module
from nblib.progress import Bar, progress


@pytest.fixture
def shown(monkeypatch):
    """The bars that a notebook would show."""
    bars = []
    monkeypatch.setattr(module, "_notebook", lambda: lambda bar: bars.append(repr(bar).split(" ", 1)[1]))
    return bars


def test_the_first_and_the_last_state_are_the_same_and_say_no_measured_number(shown):
    values = iter([0.5, 0.9])
    assert list(progress(2, "epochs", lambda: f"accuracy {next(values)}")) == [0, 1]
    assert shown == ["2 of 2 epochs", "0 of 2 epochs", "1 of 2 epochs, accuracy 0.5", "2 of 2 epochs, accuracy 0.9",
                     "2 of 2 epochs"]


def test_a_loop_that_is_left_early_says_where(shown):
    for k in progress(5):
        if k == 3:
            break
    assert shown[-1] == "3 of 5 steps"


def test_a_loop_that_fails_says_where(shown):
    with pytest.raises(ZeroDivisionError):
        for k in progress(5):
            1 / (k - 1)
    assert shown[-1] == "1 of 5 steps"


def test_no_steps_are_no_error_and_fewer_are_one(shown):
    assert list(progress(0)) == []
    with pytest.raises(ValueError, match="-1"):
        progress(-1)


def test_the_bar_of_a_page_has_a_name_and_escapes_what_is_said():
    html = Bar(1, 4, "epochs", "a < b & c")._repr_markdown_()
    assert 'max="4" value="1" aria-label="epochs done"' in html and "a &lt; b &amp; c" in html


def test_a_terminal_gets_one_line_and_a_log_none(monkeypatch, capsys):
    list(progress(3))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    list(progress(3, "steps", lambda: "far"))
    text = capsys.readouterr().err
    assert "\n" not in text and text.count("\r") == 6
    assert text.rsplit("\r", 1)[1].rstrip().endswith("3 of 3 steps")


def test_a_notebook_stores_the_full_bar_and_nothing_else(tmp_path):
    cell = ("from nblib.progress import progress\nimport time\n"
            "for k in progress(3, 'epochs', lambda: str(time.time())):\n    pass")
    path = tmp_path / "planted.ipynb"
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
    path.write_text(json.dumps({"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    notebook, _ = execute.execute(path)
    output, = notebook.cells[0].outputs
    assert output.data["text/plain"].endswith("━ 3 of 3 epochs")
