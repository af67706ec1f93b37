"""Explorables: their pure functions give Python's numbers, and a keyboard alone works them on the built page.

Each comparison is a function of `ask`, which evaluates JavaScript with a module `m`. It must hold of the module, and it
must fail when a slip has been put into the module's formula.
"""

from __future__ import annotations

import re
import sys
from functools import cache, partial
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from test_site import CONTENT, DESK, PHONE, SITE, Visit, browser, sideways, site  # noqa: F401 (fixtures)

from chapters import read
from nblib.layers import ACTIVATIONS, activations, conv2d, conv2d_backward, conv_transpose2d, dense, dense_backward

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "book" / "_static" / "explorables"
PLACES = {"gradient_descent": "learning-rate", "activations": "saturation", "cnn_3": "convolution",
          "transposed_convolution": "transposed-convolution", "initialization": "initialization"}
KINDS = {"linear": "identity", "ReLU": "relu", "tanh": "tanh"}


# --- what is compared -------------------------------------------------------------------------------------------------

def the_path_of_gradient_descent(ask):
    H, start, alpha = np.diag([0.7, 3.1]), np.array([2.3, -1.7]), 0.37
    points = [start]
    for _ in range(6):
        points.append(points[-1] - alpha * H @ points[-1])
    np.testing.assert_allclose(ask(f"m.path({alpha}, [0.7, 3.1], [2.3, -1.7], 6)"), points, rtol=1e-12)


def the_factors_of_a_step(ask):
    H, start, alpha = np.diag([0.7, 3.1]), np.array([2.3, -1.7]), 0.37
    given = ask(f"[0.7, 3.1].map((curvature) => m.factor({alpha}, curvature))")
    np.testing.assert_allclose(given, (start - alpha * H @ start) / start, rtol=1e-12)


def the_verdict_beyond_the_limit(ask):
    verdicts = [ask(f"m.verdict({alpha}, [1, 4])") for alpha in (0.48, 0.5, 0.52)]
    for verdict, says in zip(verdicts, ("it converges", "it never settles", "it diverges"), strict=True):
        assert verdict.endswith(f": {says}.")


def activations_and_their_slopes(ask):
    z, layers = np.array([-5.3, -0.7, 0.4, 2.9]), 3
    kinds = {"sigmoid": activations.sigmoid, "tanh": activations.tanh, "ReLU": activations.relu, "ELU": activations.elu}
    for name, f in kinds.items():
        slope = (f(z + 1e-6) - f(z - 1e-6)) / 2e-6                  # no rule for a slope enters
        given = np.array(ask(f"{z.tolist()}.map((z) => [...m.ACTIVATIONS['{name}'].map((g) => g(z)), "
                             f"m.left('{name}', z, {layers})])")).T
        np.testing.assert_allclose(given, [f(z), slope, slope ** layers], rtol=1e-6, atol=1e-9)


def pictures(rng):
    """An image, a kernel and errors, small integers, all sizes different."""
    X, W = rng.integers(-9, 10, (6, 5)), rng.integers(-9, 10, (3, 2))
    return X, W, rng.integers(-9, 10, (4, 4))


def the_convolution_forward(ask):
    X, W, _ = pictures(np.random.default_rng(1))
    Y = conv2d(X[None, None].astype(float), W[None, None], np.zeros(1))[0, 0]
    for step in (1, 7, 16):
        given = np.array(ask(f"m.forward({X.tolist()}, {W.tolist()}, {step})"), float)      # null is nan
        expected = np.where(np.arange(16).reshape(4, 4) < step, Y, np.nan)
        np.testing.assert_array_equal(given, expected)


def the_convolution_backward(ask):
    X, W, G = pictures(np.random.default_rng(2))
    for step in (1, 7, 16):
        flowed = np.where(np.arange(16).reshape(4, 4) < step, G, 0.0)
        dX, dW, _ = conv2d_backward(flowed[None, None], X[None, None].astype(float), W[None, None], np.zeros(1))
        given = ask(f"m.backward({X.tolist()}, {W.tolist()}, {G.tolist()}, {step})")
        np.testing.assert_array_equal(given["dX"], dX[0, 0])
        np.testing.assert_array_equal(given["dW"], dW[0, 0])


def the_transposed_convolution(ask):
    rng = np.random.default_rng(3)
    Y, K = rng.integers(-9, 10, (2, 4)), rng.integers(-9, 10, (3, 5))
    for stride, padding in ((1, 0), (2, 1), (3, 1), (4, 0)):
        given = ask(f"m.transposed({Y.tolist()}, {K.tolist()}, {stride}, {padding})")
        Z = conv_transpose2d(Y[None, None].astype(float), K[None, None], np.zeros(1), stride, padding)[0, 0]
        np.testing.assert_array_equal(given, Z)


def the_gradient_of_a_convolution(ask):
    rng = np.random.default_rng(4)
    Y, K, stride, padding = rng.integers(-9, 10, (3, 2)), rng.integers(-9, 10, (2, 5)), 2, 1
    given = ask(f"m.transposed({Y.tolist()}, {K.tolist()}, {stride}, {padding})")
    X = np.zeros((1, 1, 4, 5))
    dX, *_ = conv2d_backward(Y[None, None].astype(float), X, K[None, None], np.zeros(1), stride, padding)
    np.testing.assert_array_equal(given, dX[0, 0])


def the_copies_so_far(ask):
    rng = np.random.default_rng(5)
    Y, K, stride = rng.integers(1, 10, (2, 3)), rng.integers(1, 10, (3, 4)), 2
    for step in (1, 4, 6):
        done = np.where(np.arange(6).reshape(2, 3) < step, Y, 0)
        terms = ask(f"m.scatter({Y.tolist()}, {K.tolist()}, {stride}, {step})")
        sums, counts = ([[f(cell) for cell in row] for row in terms] for f in (sum, len))
        for given, weights in ((sums, K), (counts, K > 0)):
            source = done if given is sums else done > 0
            images = source[None, None].astype(float), weights[None, None].astype(float)
            np.testing.assert_array_equal(given, conv_transpose2d(*images, np.zeros(1), stride)[0, 0])


def the_generator(ask):
    """C++ knows it as `minstd_rand`, and its standard states the ten-thousandth number from the seed 1."""
    assert ask("((draw) => Array.from({ length: 10000 }, draw).at(-1))(m.uniform(1))") == 399268537 / (2**31 - 1)
    state, expected = 77, []
    for _ in range(50):
        state = 48271 * state % (2**31 - 1)
        expected.append(state / (2**31 - 1))
    assert ask("((draw) => Array.from({ length: 50 }, draw))(m.uniform(77))") == expected


def normal_numbers(ask):
    """Mean, variance, fourth moment, neighbours: within five standard errors of those of a normal law."""
    x = np.array(ask("((draw) => Array.from({ length: 200000 }, draw))(m.normal(2010))"))
    for sample, expected in ((x, 0), (x**2, 1), (x**4, 3), (x[1:] * x[:-1], 0), (x[1:]**2 * x[:-1]**2, 1)):
        assert abs(sample.mean() - expected) < 5 * sample.std() / np.sqrt(len(sample))


def root_mean_square(A):
    return np.sqrt(np.mean(A**2))


def measured(weights, X, G, activation):
    """Root mean squares of signals and gradients by the layers of nblib; columns are examples."""
    A, Zs, no_bias = [X], [], np.zeros((len(X), 1))
    for W in weights:
        Zs.append(dense(A[-1], W, no_bias))
        A.append(activation.function(Zs[-1]))
    dZ = [G]
    for W, Z, below in zip(weights[:0:-1], Zs[-2::-1], A[-2:0:-1], strict=True):
        dZ.insert(0, dense_backward(dZ[0], below, W, no_bias)[0] * activation.slope(Z))
    return [root_mean_square(signal) for signal in A], [root_mean_square(gradient) for gradient in dZ]


def one_drawn_network(ask):
    n, nv, layers = 7, 1.7, 4
    network = f"m.network(m.normal(9), 6, {n}, 5)"                       # two layers more than are used
    X, G, weights = (np.array(part) for part in ask(f"(({{ X, G, weights }}) => [X, G, weights])({network})"))
    for name, kind in KINDS.items():
        given = ask(f"m.measure('{name}', {nv}, {network}, {layers})")
        up, down = measured(np.sqrt(nv / n) * weights[:layers], X.T, G.T, ACTIVATIONS[kind])
        np.testing.assert_allclose(given["up"], up, rtol=1e-12)
        np.testing.assert_allclose(given["down"], down, rtol=1e-12)


@cache
def squares_by_chance(name, nv, n=12, layers=3, runs=1500):
    """Mean squares of many networks that NumPy draws: means and standard errors, upwards and downwards."""
    rng = np.random.default_rng(11)
    draws = [measured(np.sqrt(nv / n) * rng.standard_normal((layers, n, n)), *rng.standard_normal((2, n, 4)),
                      ACTIVATIONS[KINDS[name]]) for _ in range(runs)]
    ways = [np.array(way) ** 2 for way in zip(*draws, strict=True)]
    return [(squares.mean(axis=0), squares.std(axis=0) / np.sqrt(runs)) for squares in ways]


def the_law_of_a_layer(ask):
    """Linear and ReLU: within five standard errors of the mean square of networks drawn at random."""
    for name in ("linear", "ReLU"):
        law = ask(f"m.law('{name}', 1.3, 3)")
        for given, (mean, error) in zip((law["up"], law["down"]), squares_by_chance(name, 1.3), strict=True):
            np.testing.assert_array_less(abs(np.square(given) - mean), 5 * error)


def the_limit_for_tanh(ask):
    """Never below what networks do, and close to it for weights so small that tanh is nearly straight."""
    for nv in (0.05, 1.3):
        law = ask(f"m.law('tanh', {nv}, 3)")
        for given, (mean, error) in zip((law["up"], law["down"]), squares_by_chance("tanh", nv), strict=True):
            np.testing.assert_array_less(mean, np.square(given) + 5 * error)
            if nv < 0.1:
                np.testing.assert_array_less(0.8 * np.square(given), mean + 5 * error)


COMPARISONS = {
    "learning-rate": [the_path_of_gradient_descent, the_factors_of_a_step, the_verdict_beyond_the_limit],
    "saturation": [activations_and_their_slopes],
    "convolution": [the_convolution_forward, the_convolution_backward],
    "transposed-convolution": [the_transposed_convolution, the_gradient_of_a_convolution, the_copies_so_far],
    "initialization": [the_generator, normal_numbers, one_drawn_network, the_law_of_a_layer, the_limit_for_tanh],
}

# A comparison, what the module says, and the slip that the comparison must notice.
SLIPS = [
    (the_path_of_gradient_descent, "w - alpha * curvatures[i] * w", "w + alpha * curvatures[i] * w"),
    (the_factors_of_a_step, "1 - alpha * curvature", "1 - alpha / curvature"),
    (the_verdict_beyond_the_limit, "factors.map(Math.abs)", "factors"),
    (activations_and_their_slopes, "1 / (1 + Math.exp(-z))", "1 / (1 + Math.exp(z))"),
    (activations_and_their_slopes, "sigmoid(z) * (1 - sigmoid(z))", "1 - sigmoid(z) ** 2"),
    (activations_and_their_slopes, "1 - Math.tanh(z) ** 2", "1 - Math.tanh(z)"),
    (activations_and_their_slopes, "(z > 0 ? 1 : 0)", "(z > 0 ? 1 : 0.01)"),
    (activations_and_their_slopes, "Math.expm1(z)", "Math.exp(z)"),
    (activations_and_their_slopes, "1 : Math.exp(z)", "1 : Math.exp(-z)"),
    (activations_and_their_slopes, "[1](z) ** layers", "[1](z) * layers"),
    (the_convolution_forward, "X[i + u][j + v]])", "X[i + W.length - 1 - u][j + v]])"),
    (the_convolution_forward, "slice(0, steps)", "slice(0, steps + 1)"),
    (the_convolution_backward, "dX[i + u][j + v] += G[i][j] * w", "dX[i][j] += G[i][j] * w"),
    (the_convolution_backward, "G[i][j] * X[i + u][j + v]", "G[i][j] * X[u][v]"),
    (the_transposed_convolution, "terms[stride * i + u]", "terms[i + u]"),
    (the_transposed_convolution, "list.length - padding)", "list.length)"),
    (the_gradient_of_a_convolution, "push(Y[i][j] * w)", "push(Y[i][j] * K[K.length - 1 - u][row.length - 1 - v])"),
    (the_copies_so_far, "slice(0, steps)", "slice(0, steps - 1)"),
    (the_copies_so_far, "push(Y[i][j] * w)", "push(Y[i][j] + w)"),
    (the_generator, "48271", "16807"),
    (normal_numbers, "-2 * Math.log", "-Math.log"),
    (normal_numbers, "2 * Math.PI", "Math.PI"),
    (one_drawn_network, "slope(Zs[k - 1][i][j])", "slope(Zs[k][i][j])"),
    (one_drawn_network, "back[j] += scale * w * g[r]", "back[r] += scale * w * g[j]"),
    (one_drawn_network, "Math.sqrt(nv / n)", "nv / n"),
    (one_drawn_network, "(z > 0 ? 1 : 0)", "1"),
    (one_drawn_network, "rows.length * rows[0].length", "rows.length"),
    (the_law_of_a_layer, "(z > 0 ? 1 : 0), 1 / 2]", "(z > 0 ? 1 : 0), 1]"),
    (the_law_of_a_layer, "Math.sqrt(nv * ", "(nv * "),
    (the_law_of_a_layer, "** (layers - 1 - k)", "** k"),
    (the_limit_for_tanh, "Math.tanh(z) ** 2, 1]", "Math.tanh(z) ** 2, 1 / 2]"),
    (the_limit_for_tanh, "Math.tanh(z) ** 2, 1]", "Math.tanh(z) ** 2, 2]"),
]


@pytest.fixture(scope="module")
def page(browser, site):  # noqa: F811
    """A page without explorables, on which a module can be imported, as it is or with a slip."""
    def with_slip(route):
        name, slip = re.search(r"/([a-z-]+)\.js\?slip=(\d+)$", route.request.url).groups()
        _, old, new = SLIPS[int(slip)]
        text = (MODULES / f"{name}.js").read_text("utf-8")
        route.fulfill(body=text.replace(old, new), content_type="text/javascript")

    with Visit(browser, site + "book/notation.html") as visit:
        visit.page.route("**/explorables/*.js?slip=*", with_slip)
        yield visit.page


def ask_of(page, module, code):
    return page.evaluate(f"async () => {{ const m = await import('/_static/explorables/{module}'); return {code}; }}")


@pytest.mark.parametrize("name, comparison", [(name, f) for name, listed in COMPARISONS.items() for f in listed],
                         ids=lambda value: getattr(value, "__name__", value))
def test_the_numbers_are_those_of_python(page, name, comparison):
    comparison(partial(ask_of, page, f"{name}.js"))


@pytest.mark.parametrize("slip", range(len(SLIPS)), ids=lambda k: f"{SLIPS[k][0].__name__}-{SLIPS[k][2]}")
def test_a_comparison_refuses_a_wrong_formula(page, slip):
    comparison, right, _ = SLIPS[slip]
    name = next(name for name, listed in COMPARISONS.items() if comparison in listed)
    assert right in (MODULES / f"{name}.js").read_text("utf-8")
    with pytest.raises(AssertionError):
        comparison(partial(ask_of, page, f"{name}.js?slip={slip}"))


def test_the_running_example_is_that_of_the_chapter(page):
    code = "\n".join(cell["source"] for cell in read(ROOT / "book" / "transposed_convolution.ipynb")["cells"])
    for letter, name in (("Y", "INPUT"), ("K", "KERNEL")):
        assert f"{letter} = np.array({ask_of(page, 'transposed-convolution.js', f'm.{name}')})" in code


@pytest.mark.parametrize("value, says", [(0.0314159, "0.031"), (2.5e-9, "2.5 · 10⁻⁹"), (1.26e12, "1.3 · 10¹²"),
                                         (0, "0"), (870, "870")])
def test_a_size_is_read_in_two_digits(page, value, says):
    assert ask_of(page, "stage.js", f"m.size({value})") == says


# --- the page ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("chapter, actions, says", [
    ("gradient_descent", [("input", ["End"])], "α = 0.56. Each step multiplies the error by 0.44 along"),
    ("activations", [("input >> nth=0", ["ArrowRight"] * 2)], "At z = 2 the sigmoid is 0.881"),
    ("activations", [("input >> nth=1", ["End"])], "20 such layers leave 3"),
    ("cnn_3", [("button >> nth=1", ["Enter", "Space"])], "Step 3 of 8: Y at (0, 2) is"),
    ("cnn_3", [("button >> nth=1", ["Enter"] * 9)],
     "Step 8 of 8: Y at (1, 3) is 1·0 − 2·3 + 3·2 + 2·1 − 1·3 + 1·2 = 1."),
    ("transposed_convolution", [("select >> nth=1", ["ArrowDown"]), ("button >> nth=1", ["Enter"] * 3)],
     "5 of them held something already: at (2, 2), 2 + 3 + 4 + 4 = 13."),
    ("transposed_convolution", [("select >> nth=2", ["ArrowDown"]), ("select >> nth=0", ["ArrowDown"])],
     "the error 2 at (0, 0) returns through the weights to the nine places that its window has read. Of the 4 × 4 "
     "places padding takes off the struck ones; 2 × 2 remain."),
    ("initialization", [("input >> nth=1", ["ArrowRight"] * 10)],
     "n v = 2, He. By the law a ReLU layer multiplies root mean squares by 1.00. Signal at layer 20: law 1,"),
    ("initialization", [("select", ["ArrowDown"] * 2), ("input >> nth=1", ["End"]), ("input >> nth=0", ["End"])],
     "n v = 4. By the law a linear layer multiplies root mean squares by 2.00. Signal at layer 30: law 1.1 · 10⁹,"),
])
def test_a_keyboard_works_it_on_a_phone(browser, site, chapter, actions, says):  # noqa: F811
    with Visit(browser, f"{site}book/{chapter}.html", viewport=PHONE) as visit:
        visit.page.emulate_media(reduced_motion="reduce")
        explorable = visit.page.locator(f'[data-explorable="{PLACES[chapter]}"]')
        assert says not in explorable.locator("output").inner_text()
        for control, keys in actions:
            explorable.locator(control).focus()
            for key in keys:
                visit.page.keyboard.press(key)
            assert explorable.locator(control).evaluate("(control) => control === document.activeElement")
        assert says in explorable.locator("output").inner_text()
        assert visit.page.evaluate("document.getAnimations().length") == 0
        assert not sideways(visit) and not visit.complaints


def test_another_network_is_drawn(browser, site):  # noqa: F811
    with Visit(browser, f"{site}book/initialization.html") as visit:
        explorable = visit.page.locator("[data-explorable]")
        first = explorable.locator("output").inner_text()
        explorable.locator("button").press("Enter")
        assert explorable.locator("output").inner_text() != first
        numbers = re.findall(r"law (\S+(?: · \S+)?), this network", first)
        assert numbers == re.findall(r"law (\S+(?: · \S+)?), this network", explorable.locator("output").inner_text())


@pytest.mark.parametrize("chapter", PLACES)
def test_every_control_says_its_name_and_value(browser, site, chapter):  # noqa: F811
    with Visit(browser, f"{site}book/{chapter}.html") as visit:
        group = visit.page.get_by_role("group", name=f"A picture to move: {PLACES[chapter].replace('-', ' ')}")
        assert group.locator("output").get_attribute("aria-live") == "polite"
        for control in group.locator("input, select, button").all():
            assert control.evaluate("(e) => (e.labels?.[0] ?? e).firstChild.textContent").strip()
        for control in group.locator("input").all():
            assert control.get_attribute("aria-valuetext")


def test_nothing_moves_by_itself():
    for path in MODULES.glob("*.js"):
        assert not re.search(r"setTimeout|setInterval|requestAnimationFrame|animate", path.read_text("utf-8"))


# --- loaded only where it is used -------------------------------------------------------------------------------------

def astray(page: str) -> list[str]:
    """Modules that a page loads without a stage for them, and stages without their module."""
    scripts = re.findall(r'<script[^>]*src="[^"]*explorables/([\w-]+)\.js"', page)
    stages = re.findall(r'data-explorable="([^"]*)"', page)
    return [*(f"no stage: {name}" for name in scripts if name not in stages),
            *(f"no module: {name}" for name in stages if name not in scripts)]


def test_the_pages_name_the_modules_that_they_use():
    used = {}
    for name in CONTENT:
        page = (SITE / name).read_text("utf-8")
        assert astray(page) == []
        used |= {Path(name).stem: module for module in re.findall(r'data-explorable="([^"]*)"', page)}
    assert used == PLACES


@pytest.mark.parametrize("page, fault", [
    ('<script type="module" src="../_static/explorables/saturation.js"></script>', "no stage: saturation"),
    ('<div data-explorable="saturation"></div><script src="../_static/explorables/convolution.js"></script>',
     "no module: saturation"),
])
def test_a_module_out_of_place_is_noticed(page, fault):
    assert fault in astray(page)


@pytest.mark.parametrize("chapter", [*PLACES, "notation", "cnn_2"])
def test_a_browser_asks_for_a_module_only_where_it_is_used(browser, site, chapter):  # noqa: F811
    with Visit(browser, f"{site}book/{chapter}.html") as visit:
        asked = visit.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    found = {Path(url).stem for url in asked if "/explorables/" in url}
    assert found == ({PLACES[chapter], "stage"} if chapter in PLACES else set())


# --- the directive, and the page without JavaScript -------------------------------------------------------------------

def build(folder: Path, name: str) -> tuple[str, str]:
    """A page with one explorable: its HTML, and the warnings."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    (folder / "conf.py").write_text('extensions = ["myst_parser", "nblib_site.explorables"]\n', "utf-8")
    (folder / "index.md").write_text(f"# A page\n\n```{{explorable}} {name}\nThe formula stands here.\n```\n", "utf-8")
    warnings = StringIO()
    with docutils_namespace():
        Sphinx(folder, folder, folder / "out", folder / "trees", "html", status=None, warning=warnings).build()
    return (folder / "out" / "index.html").read_text("utf-8"), warnings.getvalue()


def test_the_directive_knows_every_module(tmp_path):
    page, warnings = build(tmp_path, "saturation")
    assert warnings == "" and astray(page) == [] and "The formula stands here." in page


@pytest.mark.parametrize("name", ["saturations", "stage", "../live/start", '"><script>'])
def test_an_unknown_name_is_refused_with_those_that_are_known(tmp_path, name):
    page, warnings = build(tmp_path, name)
    assert f"there is no explorable {name!r}; there are: convolution, initialization, learning-rate, saturation, " \
           "transposed-convolution" in warnings
    assert "data-explorable" not in page


@pytest.mark.parametrize("chapter", PLACES)
def test_without_javascript_the_text_stands_in_its_place(browser, site, chapter):  # noqa: F811
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}book/{chapter}.html")
    explorable = page.locator("[data-explorable]")
    assert explorable.locator("noscript p").is_visible() and "switched off" in explorable.inner_text()
    assert explorable.get_by_text("Try it.").is_visible()
    assert explorable.locator('.explorable-text a[href*="#equation-"]').first.is_visible()
    assert not explorable.locator(".stage").is_visible()
    context.close()
