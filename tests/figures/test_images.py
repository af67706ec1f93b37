"""Images: numbers that are the pixels', labels that match, intensities in range."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from nblib.figures.images import digit, image_grid

RNG = np.random.default_rng(0)
PICTURE = RNG.random((12, 9))


def embedded(markup: str) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([^\"]+)", markup)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_a_digit_shows_the_image_and_its_window():
    drawing = digit(PICTURE, window=(slice(3, 7), slice(2, 5)), name="noise")
    whole, part = embedded(drawing.markup)
    assert sorted((whole.shape, part.shape)) == [(4, 3), (12, 9)]
    first = " ".join(str(round(255 * value)) for value in PICTURE[3, 2:5])
    assert drawing.alt == ("A 12 × 9 image of noise; rows 4 to 7, columns 3 to 5 enlarged with their intensities, "
                           f"the first row {first}.")


def test_white_is_nothing_and_black_is_full():
    (drawn,) = embedded(image_grid(np.array([[[0, 1, 0.5]]])).markup)
    assert drawn.tolist() == [[255, 0, 127]]


def test_signed_images_share_one_scale_with_white_at_zero():
    small, large = embedded(image_grid(np.array([[[0, 0.2]], [[-2, 1]]]), signed=True).markup)
    assert np.array_equal(small[0, 0], [255, 255, 255])
    assert small[0, 1].mean() > large[0, 1].mean()
    assert large[0, 0, 0] > large[0, 0, 2]  # negative: more red than blue


def test_a_grid_counts_its_images_and_rows():
    assert image_grid(RNG.random((13, 16)), labels=range(13), columns=5).alt == (
        "13 images of 4 × 4 pixels in 3 rows, labelled 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.")


@pytest.mark.parametrize(("pixels", "message"), [
    (255 * PICTURE, "divide by 255"), (PICTURE - 0.5, "signed=True"), (RNG.random(10), r"shape.*\(10,\)"),
    (RNG.random((3, 4, 3)), "shape"), (np.full((4, 4), np.nan), "nan"),
])
def test_what_is_no_image_is_refused(pixels, message):
    with pytest.raises(ValueError, match=message):
        digit(pixels, window=(slice(0, 2), slice(0, 2)))


@pytest.mark.parametrize("rows", [slice(10, 14), slice(0, 11), slice(3, 3)])
def test_a_window_outside_the_image_or_too_large_is_refused(rows):
    with pytest.raises(ValueError, match="window"):
        digit(PICTURE, window=(rows, slice(0, 2)))


def test_labels_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="2 images and 3 labels"):
        image_grid(RNG.random((2, 16)), labels=[1, 2, 3])
    with pytest.raises(ValueError, match="0 images"):
        image_grid([])
