"""The blank sheet: px in, px out."""

import pytest

from nblib.figures.sheet import Sheet, text_width


def test_a_sheet_has_the_size_it_is_given_and_counts_downwards():
    sheet = Sheet(300, 120)
    assert tuple(72 * sheet.figure.get_size_inches()) == (300, 120)
    assert sheet.axes.transData.transform((30, 20)) == pytest.approx((30, 100))


def test_a_wider_text_is_wider_and_none_is_nothing():
    assert text_width("", 14) == 0
    assert 5 < text_width("$x_1$", 14) < text_width(r"$w_{12}^{[2]} x_1$", 14) < 80


def test_a_line_is_interrupted_by_its_label_and_whole_without():
    sheet = Sheet(300, 120)
    sheet.line((10, 10), (200, 10))
    sheet.line((10, 50), (200, 50), "$w_1$")
    whole, before, after = (line.get_xdata() for line in sheet.axes.lines)
    assert list(whole) == [10, 200]
    assert before[0] == 10 and before[1] < 10 + 0.3 * 190 < after[0] and after[1] == 200


def test_a_long_label_shrinks_to_fit_its_disc():
    sheet = Sheet(300, 120)
    sheet.disc(40, 40, 19, "$x_1$")
    sheet.disc(90, 40, 19, r"$\hat{y}_{10}^{[12]} + 1$")
    short, long = sheet.axes.texts
    assert long.get_size() < short.get_size()
