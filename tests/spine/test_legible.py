"""Figures that are hard to read are found out, and those that are not are left alone."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from lrtheory.legible import PHONE, SMALLEST, troubles
from lrtheory.plotting import book_style


@pytest.fixture(autouse=True)
def _style():
    with mpl.rc_context(book_style()):
        yield


def figure(width=6.2, **options):
    made = Figure(figsize=(width, 3.8), layout="constrained")
    axes = made.subplots(**options)
    for ax in np.ravel(axes):
        ax.plot([0, 1, 2], [3, 1, 2], label="measured")
        ax.set(xlabel="learning rate", ylabel="loss")
    return made


@pytest.mark.parametrize("width", [3.0, 5.4, 6.2, 6.4])
def test_a_figure_in_the_books_style_has_no_troubles(width):
    assert troubles(figure(width)) == ()
    assert troubles(figure(width, nrows=2)) == ()


@pytest.mark.parametrize(("width", "points"), [(7.6, 12.5), (6.2, 9), (3.1, 5)])
def test_letters_below_nine_pixels_on_a_phone_are_named_with_their_size(width, points):
    made = figure(width)
    made.axes[0].set_ylabel("loss", fontsize=points)
    [trouble] = troubles(made)
    least = SMALLEST * width * 72 / PHONE
    assert f"at least {least:.1f} points in a figure {width:g} inches wide" in trouble
    assert f"letters {points * PHONE / (72 * width):.1f} pixels" in trouble


@pytest.mark.parametrize(("apart", "touch"), [(0.0, True), (0.03, True), (0.4, False)])
def test_labels_that_touch_are_named(apart, touch):
    made = figure()
    made.axes[0].text(0.6, 2.5, "one place")
    made.axes[0].text(0.6, 2.5 + apart, "another")
    assert troubles(made) == (("'one place' touches 'another'",) if touch else ())


def test_the_labels_of_two_axes_can_touch():
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        made = Figure(figsize=(6.2, 3.8))
        for bottom in (0.2, 0.45):
            made.add_axes((0.2, bottom, 0.7, 0.2)).set(ylabel="share of all the steps", xticks=[], yticks=[])
        assert troubles(made) == ("'share of all the steps' touches 'share of all the steps'",)


def test_a_line_that_marks_a_place_must_not_run_through_the_legend():
    made = figure()
    made.axes[0].legend(loc="upper right")
    made.axes[0].axvline(0.5, label="_mark")
    assert troubles(made) == ()
    made.axes[0].axvline(1.8)
    assert troubles(made) == ("a line runs through the legend of 'measured'",)
    made.axes[0].lines[-1].set_visible(False)
    assert troubles(made) == ()


def test_a_line_ends_at_the_edge_of_its_axes():
    made = figure()
    made.axes[0].set(xlim=(0, 2), ylim=(0, 2))
    made.axes[0].plot([0, 9], [0, 9])
    made.axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1))
    assert troubles(made) == ()


def test_what_is_not_drawn_troubles_nobody():
    made = figure()
    made.axes[0].set_xticks([1, 9], ["one", "outside"], fontsize=12.5)
    made.axes[0].get_xticklabels()[1].set_fontsize(3)
    made.axes[0].set_xlim(0, 2)
    made.axes[0].text(1, 2, "hidden", fontsize=3, visible=False)
    made.axes[0].text(1, 2, " ", fontsize=3)
    assert troubles(made) == ()


def test_looking_at_a_figure_changes_nothing_in_it():
    made = figure()
    canvas, size = made.canvas, made.get_size_inches().tolist()
    assert troubles(made) == troubles(made)
    assert made.canvas is canvas
    assert made.get_size_inches().tolist() == size
