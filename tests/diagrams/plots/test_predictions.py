"""Pictures of predictions show the numbers they are given."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from lrtheory.diagrams import one_epoch, predict, two_quintics
from lrtheory.diagrams.plots import ORDER_COLORS, breakdown, orders


def test_each_order_is_a_line_of_its_partial_sums_in_its_color():
    landscape, theta = two_quintics()
    prediction, rates = predict(landscape, theta, one_epoch(3)), np.array([0.005, 0.01, 0.02])
    sums = np.array([prediction.at(lr).sums for lr in rates])
    ax = Figure().add_subplot()
    orders(ax, rates, sums)
    assert [line.get_label() for line in ax.lines] == ["order 1", "order 2", "order 3"]
    for order, line in enumerate(ax.lines, start=1):
        assert line.get_ydata() == pytest.approx(sums[:, order])
        assert line.get_color() == ORDER_COLORS[order]


def test_a_breakdown_has_a_bar_and_a_drawing_for_every_diagram():
    landscape, theta = two_quintics()
    rows = predict(landscape, theta, one_epoch(3)).breakdown(0.02, largest=5)
    ax = Figure().add_subplot()
    breakdown(ax, rows)
    bars = ax.containers[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([amount for _, amount in rows])
    assert len(ax.child_axes) == len(rows) == 5
    for inset, (diagram, _) in zip(ax.child_axes, rows, strict=True):
        assert sum(line.get_marker() == "o" for line in inset.lines) == diagram.order + 1
    assert len({bar.get_facecolor() for bar in bars}) == len({amount > 0 for _, amount in rows})
