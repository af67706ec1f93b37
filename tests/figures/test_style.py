"""One look: named colours, alt text and captions that are asked for, the three forms of a figure."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from nblib.figures import style
from nblib.figures.style import COLOURS, MIME, Drawing, css, show, subplots, themed


@pytest.fixture
def drawing() -> Drawing:
    figure, axes = subplots()
    axes.plot([0, 1, 3], label="loss")
    axes.legend()
    return show(figure, alt='A "line" that rises & bends, 0 < 3.', caption="The *loss* rises with $t < 3$.")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour: str, background: str) -> float:
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_knows_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#e69f00", "#ffffff") < 3  # an orange that would not do


@pytest.mark.parametrize("name", COLOURS)
def test_each_colour_is_legible_on_both_backgrounds(name):
    notebook, light, dark = COLOURS[name]
    assert contrast(notebook, "#ffffff") >= 3
    assert contrast(notebook, "#121212") >= 3
    assert contrast(light, "#ffffff") >= 3
    assert contrast(dark, "#1b2024") >= 3


@pytest.mark.parametrize("name", [name for name in COLOURS if name != "faint"])
def test_each_colour_of_text_is_legible_on_the_site(name):
    _, light, dark = COLOURS[name]
    assert contrast(light, "#fdfcf8") >= 4.5
    assert contrast(dark, "#15191c") >= 4.5


def test_colours_become_variables_and_others_stay():
    assert themed('fill:#0072b2;stroke:#0072b3"') == 'fill:var(--nb-blue,#0072b2);stroke:#0072b3"'
    assert themed('href="#0072b2-4"') == 'href="#0072b2-4"'


def test_the_style_sheet_defines_each_variable_twice():
    for name, (_, light, dark) in COLOURS.items():
        assert re.findall(rf"--nb-{name}:(#\w+);", css()) == [light, dark]


def test_the_site_gets_variables_and_the_notebook_gets_hexadecimals(drawing):
    assert "var(--nb-ink,#767676)" in drawing.record["svg"]
    assert not re.search(r'[:"]#(767676|0072b2)[;"]', drawing.record["svg"])
    assert "var(" not in unquote(drawing.html)
    assert "#0072b2" in unquote(drawing.html)


def test_the_sites_svg_is_xml_with_a_name_and_a_size(drawing):
    root = ElementTree.fromstring(drawing.record["svg"])
    assert (root.get("role"), root.get("aria-label")) == ("img", drawing.alt)
    assert (root.get("width"), root.get("height")) == ("480", "300")
    assert drawing.record["width"] == 480


def test_the_notebooks_image_has_its_alt_text_and_caption(drawing):
    class Reader(HTMLParser):
        seen: list = []  # noqa: RUF012

        def handle_starttag(self, tag, attributes):
            self.seen.append((tag, dict(attributes)))

    reader = Reader()
    reader.feed(drawing.html)
    tags = [tag for tag, _ in reader.seen]
    image = reader.seen[tags.index("img")][1]
    assert tags == ["figure", "img", "figcaption", "em"]
    assert image["alt"] == drawing.alt
    assert "$t &lt; 3$" in drawing.html
    ElementTree.fromstring(unquote(image["src"].removeprefix("data:image/svg+xml,")))


def test_a_cell_shows_three_forms(drawing):
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == [MIME, "text/html", "text/plain"]
    assert bundle["text/plain"] == f"[figure: {drawing.alt}]\n{drawing.caption}"
    assert set(bundle[MIME]) == {"svg", "alt", "caption", "width"}


@pytest.mark.parametrize("alt", [None, "", "  "])
def test_a_figure_without_alt_text_is_refused_with_an_example(alt):
    figure, _ = subplots()
    with pytest.raises(ValueError, match=r"no alt text.*show\(figure, alt="):
        show(figure, alt=alt, caption="Something is so.")


@pytest.mark.parametrize("caption", ["", "the loss", "Loss against steps"])
def test_a_caption_that_is_no_sentence_is_refused(caption):
    figure, _ = subplots()
    with pytest.raises(ValueError, match="full stop"):
        show(figure, alt="A line.", caption=caption)


def test_a_drawing_keeps_its_alt_text_unless_another_is_given(drawing):
    assert show(drawing, caption="So.").alt == drawing.alt
    assert show(drawing, alt="Better words.", caption="So.").alt == "Better words."


def test_show_closes_a_pyplot_figure():
    import matplotlib.pyplot as plt

    figure, _ = plt.subplots()
    show(figure, alt="Empty axes.", caption="Nothing is here.")
    assert not plt.fignum_exists(figure.number)


def test_curves_differ_in_dashes_and_not_in_colour_alone():
    assert len(set(map(str, list(style.CYCLE.values())[:5]))) == 5
