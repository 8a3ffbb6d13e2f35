"""The explorer without a browser or a kernel: its frames, its player as text, what it shows Jupyter."""

import base64
import io
import json
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from lrtheory.explorer import Choice, Explorer, Slider, explore, frames, page


@pytest.fixture(autouse=True)
def static_page(monkeypatch):
    monkeypatch.setenv("LRTHEORY_STATIC", "1")


def descent(lr, rule="plain"):
    """Weights of descent on half a parabola, in closed form."""
    factor = abs(1 - lr) if rule == "without sign" else 1 - lr
    return {"theta": factor ** np.arange(6)}


def draw(ax, arrays):
    ax.plot(arrays["theta"], "o-")
    ax.set(xlim=(0, 5), ylim=(-2, 2), xticks=[], yticks=[], xlabel="step")


def last(arrays):
    return {"last weight": f"{arrays['theta'][-1]:.3g}"}


TEXTS = {"label": "Descent", "look_for": "the sign flips above 1.", "alt": "Weight against step."}
LR = Slider((0.5, 1.0, 1.5), label="learning rate", start=1.5)
RULE = Choice(("plain", "without sign"), label="rule")


def explorer(compute=descent, plot=draw, **options):
    """An explorer that draws only what a test asks for."""
    controls = {"lr": options.pop("lr", LR)} | ({"rule": options.pop("rule")} if "rule" in options else {})
    return Explorer(
        compute, plot, **{**TEXTS, "numbers": last, "figsize": (3, 2), **options}, controls=controls
    )


def player_data(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


def test_the_same_setting_gives_the_same_bytes_whatever_the_notebook_set():
    first = explorer().frame(lr=1.0)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "figure.facecolor": "red"}):
        assert explorer().frame(lr=1.0) == first


def test_a_frame_does_not_depend_on_the_frames_drawn_before():
    alone = {}
    for lr in (0.5, 1.5):
        frames._canvas.cache_clear()  # as in another process
        alone[lr] = explorer().frame(lr=lr)
    assert [explorer().frame(lr=lr) for lr in (0.5, 1.5, 0.5)] == [alone[0.5], alone[1.5], alone[0.5]]


def test_drawing_leaves_the_settings_of_matplotlib_alone():
    mpl.get_backend()  # settled by its first reader, so read it before comparing
    before = dict(mpl.rcParams)
    explorer().html()
    assert dict(mpl.rcParams) == before


def test_the_module_loads_nothing_heavy_and_drawing_needs_no_pyplot():
    code = """
import sys
from lrtheory import Slider, explore
assert not {"numpy", "matplotlib", "PIL", "ipywidgets", "torch"} & set(sys.modules)
explore(lambda lr: {"y": [lr, 0]}, lambda ax, a: ax.plot(a["y"]), label="a", look_for="b", alt="c",
        lr=Slider((0.1, 0.2), label="d"))
assert not {"matplotlib.pyplot", "ipywidgets"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_a_frame_is_640_css_pixels_wide_at_twice_the_density_on_a_transparent_ground():
    picture = Image.open(io.BytesIO(explorer().frame(lr=0.5)))
    assert picture.format == "WEBP"
    assert picture.size == (1280, 853)
    assert picture.getpixel((0, 0))[3] == 0


def test_the_webp_shows_what_the_png_shows():
    frame = explorer().at(lr=0.5)
    webp = Image.open(io.BytesIO(frame.webp()))
    over_white = Image.alpha_composite(Image.new("RGBA", webp.size, "white"), webp).convert("RGB")
    png = Image.open(io.BytesIO(frame.png()))
    difference = np.abs(np.asarray(over_white, int) - np.asarray(png, int))
    assert difference.max() <= 9  # half a step of the 16 levels of edge smoothing


def test_the_player_holds_every_frame_that_python_draws_in_the_order_of_the_controls():
    shown = explorer(rule=RULE)
    data = player_data(shown.html())
    still = re.search(r'class="lr-still" src="data:image/webp;base64,([^"]+)"', shown.html())[1]
    settings = [{"lr": lr, "rule": rule} for lr in LR.values for rule in RULE.options]
    assert len(data["picture"]) == len(settings)
    for cell, setting in enumerate(settings):
        image = data["images"][data["picture"][cell]] or still
        assert base64.b64decode(image) == shown.frame(**setting)
        assert data["numbers"][cell] == [["last weight", f"{descent(**setting)['theta'][-1]:.3g}"]]
    assert base64.b64decode(still) == shown.frame()


def test_equal_frames_are_held_once():
    data = player_data(explorer(rule=RULE).html())
    # The rules agree at 0.5 and at 1.0, and "without sign" at 1.5 is descent at 0.5: three pictures of six.
    assert len(data["images"]) == 3
    assert data["picture"][0] == data["picture"][1]
    assert data["images"].count(None) == 1


def test_the_fragment_asks_for_nothing_and_carries_no_inline_event():
    html = explorer(rule=RULE).html()
    assert not re.search(r"\bon[a-z]+=", html)
    outside = re.sub(r"data:image/webp;base64,[^\"]+", "", html)
    assert set(re.findall(r"https?://[^\s\"']+", outside)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|@import|\burl\(|\bfetch\(", outside)


def test_words_of_the_author_are_escaped_everywhere():
    nasty = '</script><b a="1">&'
    html = explorer(label=nasty, alt=nasty, look_for=nasty, numbers=lambda _: {nasty: nasty}).html()
    assert nasty not in html
    assert player_data(html)["about"] == nasty
    assert player_data(html)["numbers"][0] == [[nasty, nasty]]


def test_the_style_and_the_script_weigh_a_few_kilobytes():
    assert len(page._part("player.js").encode()) < 6_000
    assert len(page._part("player.css").encode()) < 7_000


def test_on_a_page_the_bundle_is_player_picture_and_words_and_no_widget():
    shown = explorer()
    bundle, metadata = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["text/html"] == shown.html()
    assert base64.b64decode(bundle["image/png"]) == shown.at(lr=1.5).png()
    words = "Weight against step. Learning rate 1.5: last weight -0.0312."
    assert bundle["text/plain"] == f"Descent. {words} Look for: the sign flips above 1."
    assert metadata["image/png"]["width"] == 640


def test_a_page_warns_of_what_is_hard_to_read_at_any_stop():
    def plot(ax, arrays):
        ax.plot([0, 1])
        if arrays["lr"] > 1.2:
            ax.text(0.5, 0.5, "tiny", fontsize=5)

    shown = explorer(compute=lambda lr: {"lr": lr}, plot=plot, numbers=None)
    with pytest.warns(UserWarning, match=r"hard to read in 'Descent': letters 7.* as in 'tiny'") as told:
        shown.html()
    assert len(told) == 1


def test_a_kernel_without_ipywidgets_is_given_the_player(monkeypatch):
    monkeypatch.delenv("LRTHEORY_STATIC")
    monkeypatch.setattr("lrtheory.explorer.explorer.find_spec", lambda name: None)
    assert "text/html" in explorer()._repr_mimebundle_()[0]


def test_the_first_frame_is_the_start_and_controls_left_out_are_at_their_start():
    shown = explorer(rule=RULE)
    assert shown.start == {"lr": 1.5, "rule": "plain"}
    assert shown.frame(rule="without sign") == shown.frame(lr=1.5, rule="without sign")
    assert shown.frame(rule="without sign") != shown.frame()


def test_a_frame_exists_between_the_values_of_the_grid():
    between = explorer().at(lr=1.25)
    assert between.state == "learning rate 1.25"
    assert between.readout == f"last weight {descent(1.25)['theta'][-1]:.3g}"
    assert between.webp() not in {explorer().frame(lr=lr) for lr in LR.values}


def test_a_number_off_by_rounding_is_the_value_of_the_grid():
    received = []

    def compute(lr):
        received.append(lr)
        return descent(lr)

    shown = explorer(compute, lr=Slider(np.linspace(0.1, 0.5, 5), label="learning rate", start=0.3))
    received.clear()
    shown.at(lr=0.3)
    shown.at(lr=0.1 * 3)
    assert received == [np.linspace(0.1, 0.5, 5)[2]] * 2


def test_several_panels_reach_plot_as_the_axes_that_matplotlib_makes():
    def two(axes, arrays):
        axes[0].plot(arrays["theta"])
        axes[1].plot(arrays["theta"] ** 2)

    assert explorer(plot=two, subplots={"nrows": 2, "sharex": True}).frame() != explorer().frame()


def test_one_text_is_as_good_as_texts_by_name():
    shown = explorer(numbers=lambda _: "all steps settle")
    assert shown.first.readout == "all steps settle"
    assert shown.first.alt == "Weight against step. Learning rate 1.5: all steps settle."


def test_without_numbers_the_caption_is_the_setting():
    shown = explorer(numbers=None, rule=RULE)
    assert shown.first.caption == "Learning rate 1.5, rule plain."


def test_a_picture_of_many_colors_is_kept_lossy_and_lighter():
    noise = np.random.default_rng(0).normal(size=(300, 480))

    def image(ax, arrays):
        ax.imshow(noise * arrays["theta"][1], interpolation="bilinear")

    shown = explorer(plot=image)
    exact = io.BytesIO()
    Image.fromarray(shown.first.pixels).save(exact, format="WEBP", lossless=True)
    assert len(shown.frame()) < len(exact.getvalue()) / 2


@pytest.mark.parametrize(("static", "settings"), [("1", [1.5, 0.5, 1.0]), ("0", [1.5])])
def test_explore_draws_every_frame_for_a_page_and_the_first_for_a_kernel(monkeypatch, static, settings):
    monkeypatch.setenv("LRTHEORY_STATIC", static)
    received = []
    shown = explore(lambda lr: received.append(lr) or descent(lr), draw, **TEXTS, lr=LR)
    assert sorted(received) == sorted(settings)
    shown.html()
    assert sorted(received) == [0.5, 1.0, 1.5]
