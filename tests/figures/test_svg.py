"""Matplotlib's SVG, cleaned: same bytes everywhere, nothing that reaches outside the drawing."""

import base64
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from nblib.figures import svg
from nblib.figures.style import subplots

DRAW = """
import numpy as np
from nblib.figures import svg
from nblib.figures.style import subplots
figure, axes = subplots(1, 2, width=640, subplot_kw={"projection": "3d"})
x, y = np.meshgrid(np.linspace(-1, 2, 7), np.linspace(-2, 1, 6))
axes[0].plot_surface(x, y, np.sin(x) * y)
axes[1].scatter(x, y, x * y, label="points")
axes[1].legend()
plain, left = subplots()
left.plot([0.1, 0.7, 0.3], "o-"); left.imshow(np.eye(3) / 3); left.set_xlabel(r"$\\hat{y}_1$ in px")
print(svg.render(figure) + svg.render(plain))
"""


@pytest.fixture
def drawn() -> str:
    figure, axes = subplots()
    axes.plot([0.123456, 1 / 3, 0.7], "o--")
    axes.set_xlabel(r"logit $z = w^\top x$")
    return svg.render(figure)


def test_a_figure_gives_the_same_bytes_in_two_processes_with_different_hash_seeds():
    outputs = [subprocess.run([sys.executable, "-c", DRAW], env={"PYTHONHASHSEED": seed, "PATH": ""}, check=True,
                              capture_output=True).stdout for seed in ("1", "2")]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 5000


def test_different_figures_give_different_bytes_and_ids(drawn):
    figure, axes = subplots()
    axes.plot([0.123456, 1 / 3, 0.8], "o--")
    other = svg.render(figure)
    ids, other_ids = (set(re.findall(r' id="([^"]+)"', text)) for text in (drawn, other))
    assert ids and other_ids and not ids & other_ids


def test_every_id_is_used_unique_and_there(drawn):
    root = ElementTree.fromstring(drawn)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    used = set(re.findall(r"(?:href=\"|url\()#([^\")]+)", drawn))
    assert len(ids) == len(set(ids))
    assert set(ids) == used


def test_nothing_reaches_outside_the_drawing(drawn):
    assert not re.search(r"https?:|<style|<script|<metadata|<\?xml|<!DOCTYPE|font-family|@import", drawn)
    assert re.search(r"https?:", "http://example.org")  # the pattern does find one


def test_coordinates_have_two_decimals_at_most(drawn):
    for data in re.findall(r' d="([^"]+)"', drawn):
        assert not re.search(r"\.\d{3}", data)
    assert svg.tidy('<svg viewBox="0 0 1 1"><path d="M 0.12345 1e-7 L 10.0 200"/></svg>').count('"M.12 0L10 200"') == 1


def test_scales_keep_more_digits_than_places():
    text = '<svg viewBox="0 0 9 9"><g transform="translate(1.23456 2) scale(0.015625)"><path d="M 1 1"/></g></svg>'
    assert 'transform="translate(1.23 2) scale(.015625)"' in svg.tidy(text)


def test_colours_and_ids_are_not_taken_for_numbers():
    text = '<svg viewBox="0 0 9 9"><path d="M 1 1" style="stroke: #123456; stroke-dasharray: 4.12345,1.6"/></svg>'
    assert 'style="stroke:#123456;stroke-dasharray:4.123,1.6"' in svg.tidy(text)


def test_invisible_paths_and_empty_groups_are_left_out():
    text = '<svg viewBox="0 0 9 9"><g id="a"><path d="M 1 1" style="fill: none"/></g><g><path d="M 2 2"/></g></svg>'
    assert svg.tidy(text) == '<svg viewBox="0 0 9 9" stroke-linejoin="round"><path d="M2 2"/></svg>'


def pixels(markup: str) -> Image.Image:
    data = re.search(r"data:image/(?:png|jpeg);base64,([^\"]+)", markup).group(1)
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_small_image_keeps_its_pixels():
    figure, axes = subplots()
    values = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    axes.imshow(values)
    kept = pixels(svg.render(figure))
    assert kept.format == "PNG"
    assert np.array_equal(np.asarray(kept), values)


def test_a_grey_image_takes_a_byte_a_pixel():
    grey = svg._png(3, 2, bytes(value for value in (0, 9, 255, 7, 8, 250) for _ in range(3)))
    assert np.asarray(Image.open(io.BytesIO(grey))).tolist() == [[0, 9, 255], [7, 8, 250]]
    colour = svg._png(1, 2, bytes((1, 2, 3, 4, 5, 6)))
    assert np.asarray(Image.open(io.BytesIO(colour))).tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


def test_a_photograph_becomes_a_jpeg():
    figure, axes = subplots()
    axes.imshow(np.random.default_rng(0).random((80, 90, 3)))
    assert pixels(svg.render(figure)).format == "JPEG"
