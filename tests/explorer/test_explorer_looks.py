"""How the player looks in a real browser: widths, light and dark, focus, paper, and no scripts."""

import base64
import io

import pytest
from PIL import Image


def seen(locator):
    """What the reader sees of it, in gray."""
    return Image.open(io.BytesIO(locator.screenshot())).convert("L")


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_is_wider_than_the_window_and_every_control_is_a_target(opened, width):
    players = opened(viewport={"width": width, "height": 800})
    for player in players:
        assert player.page.evaluate("document.documentElement.scrollWidth") <= width
        assert player.picture.bounding_box()["width"] > 0.85 * min(width, 640)
        for control in player.controls.all():
            box = control.bounding_box()
            assert min(box["height"], box["width"]) >= 40


@pytest.mark.parametrize(
    ("system", "theme", "dark"),
    [("light", None, False), ("dark", None, True), ("light", "dark", True), ("dark", "light", False)],
)
def test_the_theme_of_the_page_wins_over_the_system_and_black_lines_stay_seen(opened, system, theme, dark):
    one, _ = opened(color_scheme=system)
    if theme:
        one.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    one.shown()
    picture = seen(one.picture)
    darkest, lightest = picture.getextrema()
    assert darkest < 40
    assert lightest > 200
    ground = picture.getpixel((2, 2))
    assert ground < 40 if dark else ground == 255


def test_the_focus_is_seen_on_every_control(opened):
    one, _ = opened()
    panel = one.box.locator(".lr-controls")
    for control in one.controls.all():
        before = panel.screenshot()
        control.press("Shift")  # a key, so that the browser takes the focus for the keyboard's
        assert panel.screenshot() != before
        control.blur()


def test_paper_shows_the_start_and_what_to_look_for_wherever_the_knob_stands(opened):
    one, _ = opened(color_scheme="dark")
    one.slider.press("End")
    one.page.emulate_media(media="print")
    still = one.box.locator("img.lr-still")
    source = still.get_attribute("src").removeprefix("data:image/webp;base64,")
    assert base64.b64decode(source) == one.explorer.frame()
    assert seen(still).getpixel((2, 2)) == 255
    assert one.box.locator(".lr-caption").inner_text() == one.explorer.first.caption
    assert one.box.get_by_text("Look for: the sign flips above 1.").is_visible()
    assert not one.picture.is_visible()
    assert not one.box.locator(".lr-controls").is_visible()


def test_without_scripts_the_start_and_its_words_are_there(opened):
    one, _ = opened(java_script_enabled=False)
    assert one.box.get_by_role("img", name=one.explorer.first.alt).is_visible()
    assert one.box.get_by_text(one.explorer.first.caption, exact=True).is_visible()
    assert one.box.get_by_text("the sign flips above 1.").is_visible()
    assert one.box.locator("noscript p").is_visible()  # "With scripts switched on, ..."
    assert not one.box.locator(".lr-controls").is_visible()
