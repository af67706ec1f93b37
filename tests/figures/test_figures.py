"""The public face of the figures: it is complete, and it is light until something is drawn."""

import subprocess
import sys

import pytest

from nblib import figures


@pytest.mark.parametrize(
    "name", ["use_style", "show", "network", "graph", "digit", "image_grid", "surface", "contours", "player",
             "Grid", "grids", "feature_maps"])
def test_each_drawing_is_within_reach_and_documented(name):
    assert name in figures.__all__
    assert len(getattr(figures, name).__doc__) > 40


def imported(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_matplotlib_is_imported_by_the_first_figure_and_not_before():
    assert "matplotlib" not in imported("import nblib.figures")
    drawn = imported("from nblib.figures import subplots; subplots()")
    assert "matplotlib" in drawn and "matplotlib.pyplot" not in drawn


def test_a_drawing_has_the_same_bytes_in_two_processes():
    code = ("import numpy as np; from nblib.figures import *; x, y = np.meshgrid(np.arange(5.0), np.arange(4.0));"
            "frames = [contours(x, y, x * y + k) for k in (1, 2)];"
            "drawings = [network((3, 2, 1), weights=True, biases=True), graph({'u': ('b', 'c')}, values={'b': 2}),"
            "image_grid(np.linspace(0, 1, 32).reshape(2, 16)), surface(x, y, x * y), player(frames, labels='ab')];"
            "print(*(drawing._repr_mimebundle_() for drawing in drawings))")
    runs = [subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True)
            for seed in ("3", "4")]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout) > 50_000
