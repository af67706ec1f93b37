"""Surfaces and contours: alt text from the numbers, paths that are drawn, nothing infinite."""

import re

import numpy as np
import pytest

from nblib.figures.surfaces import MOST, contours, surface

X, Y = np.meshgrid(np.linspace(-3, 2, 41), np.linspace(-1, 1.5, 31))
Z = (X - 1) ** 2 + 2 * (Y + 0.5) ** 2
PATH = np.array([[-2, 1, 13.5], [-0.5, -0.2, 2.43], [0.7, -0.45, 0.095]])


@pytest.mark.parametrize(("draw", "kind"), [(surface, "surface"), (contours, "contours of")])
def test_the_alt_text_says_ranges_extremes_and_path(draw, kind):
    assert draw(X, Y, Z, path=PATH, names=("w_1", r"\alpha", "E")).alt == (
        f"The {kind} E over w_1 from −3 to 2 and α from −1 to 1.5: lowest, 0, at (1, −0.5); highest, 24, at (−3, 1.5). "
        "A path takes 2 steps from (−2, 1) to (0.7, −0.45).")


def test_a_path_is_drawn_when_it_is_given():
    assert len(contours(X, Y, Z, path=PATH).markup) > len(contours(X, Y, Z).markup)
    assert "#111111" in surface(X, Y, Z, path=PATH).markup
    assert "#111111" not in surface(X, Y, Z).markup


def test_a_fine_grid_is_thinned_out():
    patches = len(re.findall("stroke:#c8c8c8", surface(X, Y, Z).markup))
    assert patches == (MOST - 1) ** 2
    assert len(surface(X, Y, Z).markup) < 90_000


@pytest.mark.parametrize(("arguments", "message"), [
    ((X, Y, Z[:-1]), "grids of one shape"), ((X[0], Y[0], Z[0]), "grids of one shape"),
    ((X, Y, np.where(Z > 9, np.inf, Z)), "finite"),
])
@pytest.mark.parametrize("draw", [surface, contours])
def test_a_grid_that_does_not_fit_is_refused(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)


def test_a_path_of_the_wrong_shape_or_that_diverges_is_refused():
    with pytest.raises(ValueError, match=r"3 columns.*\(3, 2\)"):
        surface(X, Y, Z, path=PATH[:, :2])
    with pytest.raises(ValueError, match="finite"):
        contours(X, Y, Z, path=PATH * np.array([1, np.nan, 1]))
