"""Players: self-contained, small, usable with a keyboard; one is driven in a browser."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright

from browser import FLAGS, chromium
from nblib.figures.player import player
from nblib.figures.style import Drawing, show, subplots

OFFLINE = [*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND"]  # a player asks for nothing, not even of this machine


def frame(k: int, width: float = 300) -> Drawing:
    figure, axes = subplots(width=width, height=200)
    axes.plot([0, 1, 2], [0, k, 1.5], "o-")
    axes.set(xlabel="step", ylabel="loss", ylim=(0, 9))
    return Drawing.of(figure, f"A line with its corner at height {k}.")


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    made = player([frame(k) for k in (1, 4, 8)], labels=[rf"\alpha = {k}" for k in (1, 4, 8)], name="learning rate")
    return show(made, caption="The corner rises.")


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OFFLINE)
        yield browser.new_page()
        browser.close()


def test_the_page_gets_the_player_and_the_notebook_gets_the_last_frame(drawing):
    assert set(drawing.record) == {"svg", "alt", "caption", "width"}
    assert drawing.markup == frame(8).markup
    assert "<script" not in drawing.html and drawing.html.count("<img") == 1


def test_the_alt_text_counts_frames_and_tells_first_and_last(drawing):
    assert drawing.alt == ("3 frames, by learning rate. α = 1: A line with its corner at height 1. … "
                           "α = 8: A line with its corner at height 8.")
    assert f'aria-label="{drawing.alt}"' in drawing.record["svg"]


def test_a_player_asks_nothing_from_elsewhere(drawing):
    assert not re.search(r"https?:|src=|@import|fetch\(|import\(", drawing.record["svg"])


def test_all_html_is_closed_and_each_control_has_a_name(drawing):
    class Reader(HTMLParser):
        open, controls = [], []

        def handle_starttag(self, tag, attributes):
            if tag != "input":
                self.open.append(tag)
            if tag in ("button", "input"):
                self.controls.append(dict(attributes).get("aria-label"))

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    reader = Reader()
    reader.feed(drawing.record["svg"])
    assert reader.open == []
    assert reader.controls == ["play", "previous", "learning rate", "next"]


def test_shared_parts_are_stored_once(drawing):
    svg = re.search(r"<svg.*</svg>", drawing.record["svg"], re.S).group()
    root = ElementTree.fromstring(svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"(?:href=\"|url\()#([^\")]+)", svg)) == set(ids)
    assert len(svg) < 2 * len(drawing.markup)


def test_the_same_player_has_the_same_bytes_and_another_has_other_ids(drawing):
    labels = [rf"\alpha = {k}" for k in (1, 4, 8)]
    again = player([frame(k) for k in (1, 4, 8)], labels=labels, name="learning rate")
    other = player([frame(k) for k in (1, 5, 8)], labels=labels)
    assert again.animation == drawing.animation
    ids, other_ids = (set(re.findall(r' id="([^"]+)"', made.animation)) for made in (drawing, other))
    assert ids and not ids & other_ids


@pytest.mark.parametrize(("frames", "labels", "message"), [
    ([1], ["a"], "2 to 30 frames"), ([1, 2], ["a"], "1 labels"), (range(31), ["a"] * 31, "31 frames"),
])
def test_too_few_too_many_or_unlabelled_frames_are_refused(frames, labels, message):
    one = frame(1)
    with pytest.raises(ValueError, match=message):
        player([one for _ in frames], labels=labels)


def test_frames_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        player([frame(1), frame(2, width=310)], labels=["a", "b"])


def test_a_player_that_is_too_large_is_refused():
    def heavy(k: int) -> Drawing:
        figure, axes = subplots()
        axes.scatter([n * k % 97 for n in range(3000)], range(3000))
        return Drawing.of(figure, "Many points.")

    with pytest.raises(ValueError, match="more than 300"):
        player([heavy(2), heavy(3)], labels=["a", "b"])


def shown(page, number: int = 0) -> list[str]:
    return page.locator(".nb-player").nth(number).locator("g[data-label]").evaluate_all(
        "groups => groups.filter(g => getComputedStyle(g).display != 'none').map(g => g.dataset.label)")


def test_a_player_obeys_keys_and_buttons_and_leaves_its_neighbour_alone(page, drawing):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.emulate_media(reduced_motion="no-preference")
    page.set_content(f"<!doctype html><figure>{drawing.record['svg']}</figure>{drawing.record['svg']}")
    slider = page.get_by_role("slider").first
    assert shown(page) == ["α = 8"]
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert shown(page) == ["α = 4"] and slider.get_attribute("aria-valuetext") == "α = 4"
    assert page.locator("svg").first.get_attribute("aria-label") == "A line with its corner at height 4."
    page.keyboard.press("Home")
    assert shown(page) == ["α = 1"]
    page.get_by_role("button", name="next").first.press("Enter")
    assert shown(page) == ["α = 4"] and shown(page, 1) == ["α = 8"]
    page.get_by_role("button", name="play").first.press("Space")
    page.wait_for_function("document.querySelector('input').value == 2")
    assert page.get_by_role("button", name="play").count() == 2  # it has stopped at the end
    assert errors == []


def test_without_scripts_the_last_frame_stands_alone(page, drawing):
    silent = page.context.browser.new_context(java_script_enabled=False).new_page()
    silent.set_content(f"<!doctype html>{drawing.record['svg']}")
    assert [group.is_visible() for group in silent.locator("g[data-label]").all()] == [False, False, True]
    assert not silent.locator(".nb-player-bar").is_visible()
    page.set_content(f"<!doctype html>{drawing.record['svg']}")
    assert page.locator(".nb-player-bar").is_visible()


def test_no_play_button_where_motion_is_to_be_reduced(page, drawing):
    page.emulate_media(reduced_motion="reduce")
    page.set_content(f"<!doctype html>{drawing.record['svg']}")
    assert page.get_by_role("button", name="play").count() == 0
    assert page.get_by_role("button", name="next").count() == 1
