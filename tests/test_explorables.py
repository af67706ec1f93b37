"""Explorables: their pure functions give Python's numbers, and a keyboard alone works them on the built page."""

from __future__ import annotations

import numpy as np
import pytest
from test_site import PHONE, Visit, browser, sideways, site  # noqa: F401 (fixtures)

from nblib.layers import activations, conv2d, conv2d_backward


@pytest.fixture(scope="module")
def ask(browser, site):  # noqa: F811
    """Evaluate JavaScript with the module `m` of that name, on a page without explorables."""
    with Visit(browser, site + "book/notation.html") as visit:
        yield lambda name, code: visit.page.evaluate(
            f"async () => {{ const m = await import('/_static/explorables/{name}.js'); return {code}; }}")


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


@pytest.mark.parametrize("name, f", [("sigmoid", activations.sigmoid), ("tanh", activations.tanh),
                                     ("ReLU", activations.relu), ("ELU", activations.elu)])
def test_activations_and_slopes_are_those_of_nblib(ask, name, f):
    z = np.array([-5.3, -0.7, 0.4, 2.9])
    slope = (f(z + 1e-6) - f(z - 1e-6)) / 2e-6                   # no rule for a slope enters
    given = np.array(ask("saturation", f"{z.tolist()}.map((z) => [...m.ACTIVATIONS['{name}'].map((g) => g(z)), "
                                       f"m.left('{name}', z, 3)])")).T
    np.testing.assert_allclose(given, [f(z), slope, slope ** 3], rtol=1e-6, atol=1e-9)


def test_the_convolution_is_that_of_nblib(ask):
    X, W, G = (np.array(ask("convolution", f"m.{name}"), float) for name in ("IMAGE", "KERNEL", "ERRORS"))
    batch = X[None, None], W[None, None], np.zeros(1)
    Y, both = ask("convolution", "[m.forward(m.IMAGE, m.KERNEL, 8), m.backward(m.IMAGE, m.KERNEL, m.ERRORS, 8)]")
    np.testing.assert_array_equal(Y, conv2d(*batch)[0, 0])
    dX, dW, _ = conv2d_backward(G[None, None], *batch)
    np.testing.assert_array_equal(both["dX"], dX[0, 0])
    np.testing.assert_array_equal(both["dW"], dW[0, 0])


@pytest.mark.parametrize("page, name, control, keys, says", [
    ("gradient_descent", "learning-rate", "input", ["End"], "α = 0.56. Each step multiplies the error by 0.44 along"),
    ("activations", "saturation", "input >> nth=0", ["ArrowRight", "ArrowRight"], "At z = 2 the sigmoid is 0.881"),
    ("cnn_3", "convolution", "button >> nth=1", ["Enter", "Space"], "Step 3 of 8: Y at (0, 2) is"),
])
def test_a_keyboard_works_it_on_a_phone(browser, site, page, name, control, keys, says):  # noqa: F811
    with Visit(browser, f"{site}book/{page}.html", viewport=PHONE) as visit:
        explorable = visit.page.locator(f'[data-explorable="{name}"]')
        assert says not in explorable.locator("output").inner_text()
        explorable.locator(control).focus()
        for key in keys:
            visit.page.keyboard.press(key)
        assert says in explorable.locator("output").inner_text()
        assert not sideways(visit) and not visit.complaints
