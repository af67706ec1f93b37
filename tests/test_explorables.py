"""Explorables: their pure functions give Python's numbers, and a keyboard alone works them on the built page."""

from __future__ import annotations

import numpy as np
import pytest
from test_site import PHONE, SITE, Visit, browser, serve, sideways, site  # noqa: F401 (fixtures)

from nblib.layers import activations, convolution

STATIC = SITE / "_static" / "explorables"


@pytest.fixture(scope="module")
def ask(browser, site):  # noqa: F811
    """Evaluate JavaScript with the module `m` of that name, on a page without explorables."""
    with Visit(browser, site + "book/notation.html") as visit:
        yield lambda name, code: visit.page.evaluate(
            f"async () => {{ const m = await import('/_static/explorables/{name}.js'); return {code}; }}")


def opened(browser, site, page, name, viewport=PHONE):  # noqa: F811
    visit = Visit(browser, f"{site}book/{page}.html", viewport=viewport)
    return visit, visit.page.locator(f'[data-explorable="{name}"]')


def test_the_path_is_that_of_gradient_descent(ask):
    H, start, alpha = np.diag([0.7, 3.1]), np.array([2.3, -1.7]), 0.37
    points = [start]
    for _ in range(6):
        points.append(points[-1] - alpha * H @ points[-1])
    given = np.array(ask("learning-rate", f"m.path({alpha}, [0.7, 3.1], [2.3, -1.7], 6)"))
    np.testing.assert_allclose(given, points, rtol=1e-12)
    assert not np.allclose(given, np.array(points) * [1, -1])


@pytest.mark.parametrize("alpha, says", [(0.48, "converges"), (0.5, "never settles"), (0.52, "diverges")])
def test_the_verdict_follows_the_limit(ask, alpha, says):
    assert says in ask("learning-rate", f"m.verdict({alpha}, [1, 4])")


@pytest.mark.parametrize("name, f, slope", [
    ("sigmoid", activations.sigmoid, activations.sigmoid_slope), ("tanh", activations.tanh, activations.tanh_slope),
    ("ReLU", activations.relu, activations.step), ("ELU", activations.elu, activations.elu_slope)])
def test_activations_are_those_of_nblib(ask, name, f, slope):
    z = np.array([-5.3, -0.7, 0.4, 2.9])
    given = np.array(ask("saturation", f"{z.tolist()}.map((z) => [...m.ACTIVATIONS['{name}'].map((g) => g(z)), "
                                       f"m.left('{name}', z, 7)])")).T
    expected = [f(z), as_slope(slope, f, z), as_slope(slope, f, z) ** 7]
    np.testing.assert_allclose(given, expected, rtol=1e-9, atol=1e-15)


def as_slope(slope, f, z):
    """The slope at z, by central differences: no convention of what a slope takes enters."""
    return (f(z + 1e-6) - f(z - 1e-6)) / 2e-6
