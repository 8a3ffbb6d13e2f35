"""The visual language: what is drawn, and that nothing else is touched."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from lrtheory import chaos
from lrtheory.law import law_from_density
from lrtheory.plotting import BLACK, BLUE, RED, book_style, measured, predicted, verdicts


@pytest.fixture
def ax():
    return Figure().subplots()


def test_measured_values_are_dots_with_bars_of_one_standard_error(ax):
    measured(ax, [1, 2], [3.0, 4.0], [0.5, 0.25], label="seen")
    dots, _, (bars,) = ax.containers[0]
    assert dots.get_xydata().tolist() == [[1, 3], [2, 4]]
    assert dots.get_linestyle() == "None"
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[2.5, 3.5], [3.75, 4.25]]


def test_predictions_are_black_lines(ax):
    predicted(ax, [0, 1], [1, 2])
    [line] = ax.lines
    assert (line.get_color(), line.get_linestyle()) == (BLACK, "-")


def test_verdicts_have_a_row_each_and_a_mark_by_status(ax):
    statuses = ["holds", "holds within stated limits", "does not reproduce"]
    verdicts(ax, ["a", "b", "c"], [0.5, -0.2, 7.0], statuses)
    marks = [(line.get_marker(), line.get_color(), line.get_markerfacecolor()) for line in ax.lines]
    assert marks == [("o", BLUE, BLUE), ("o", BLUE, "white"), ("X", RED, RED)]
    assert [float(line.get_xdata()[0]) for line in ax.lines] == [0.5, -0.2, 1.6]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c"]


def test_a_histogram_is_a_density(ax):
    chaos.plots.histogram(ax, np.array([0.0, 0.1, 0.9]), bins=[0.0, 0.5, 1.0])
    heights = ax.patches[0].get_data().values
    assert heights.tolist() == pytest.approx([4 / 3, 2 / 3])


def test_a_law_is_drawn_at_its_points(ax):
    law = law_from_density([0, 1, 2], [0, 1, 0])
    chaos.plots.law(ax, law)
    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [1, 1], [2, 0]]


def test_twins_are_a_line_a_pair_on_a_logarithmic_axis(ax):
    chaos.plots.twin_distance(ax, [0, 1], [[1e-9, 1e-9], [1e-3, 1e-8]])
    assert len(ax.lines) == 2
    assert ax.get_yscale() == "log"


def test_the_books_style_is_made_of_known_settings_and_sets_none_by_itself():
    before = dict(mpl.rcParams)
    assert set(book_style()) <= set(mpl.rcParams)
    assert dict(mpl.rcParams) == before
