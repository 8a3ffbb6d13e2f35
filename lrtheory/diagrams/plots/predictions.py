"""Pictures of predictions: arrays in, axes out. Drawings of single diagrams are in drawing.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrtheory.diagrams.plots.drawing import draw
from lrtheory.plotting import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, predicted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from lrtheory.diagrams.diagram.diagram import Diagram

ORDER_COLORS = (SKY, ORANGE, GREEN, PURPLE, BLACK)  # of order 0 to 4
_SMALL = 0.65  # of the size of a diagram drawn alone


def orders(
    ax: Axes, lr: ArrayLike, sums: ArrayLike, *, first: int = 1, style: str = "-", named: bool = True
) -> None:
    """Draw the partial sums of a prediction against the rate: a line for each order, in the order's color.

    Args:
        ax: where to draw.
        lr: rates, shape (n,).
        sums: partial sums through order 0, 1, ..., shape (n, orders); at most through order 4.
        first: lowest order drawn.
        style: Matplotlib line style.
        named: whether the lines have names in the legend.
    """
    table = np.asarray(sums, dtype=float)
    for order in range(first, table.shape[1]):
        label = f"order {order}" if named else None
        predicted(ax, lr, table[:, order], label=label, color=ORDER_COLORS[order], style=style)
    ax.set_xlabel(r"learning rate $\eta$")


def breakdown(
    ax: Axes, rows: Sequence[tuple[Diagram, float]], *, reach: float | None = None, share: float = 0.16
) -> None:
    """Draw what each diagram adds as a bar with the diagram beside it: orange raises, blue lowers.

    Args:
        ax: where to draw; the drawings stand at its left.
        rows: diagrams and what they add, the first on top; as `Prediction.breakdown` gives them.
        reach: half the width of the axis; None for the largest bar.
        share: width of the drawings, as a share of the axes' width.
    """
    amounts = [amount for _, amount in rows]
    half = 1.08 * max(map(abs, amounts), default=1.0) if reach is None else reach
    colors = [ORANGE if amount > 0 else BLUE for amount in amounts]
    ax.barh(range(len(rows)), amounts, height=0.55, color=colors)
    ax.axvline(0, color=BLACK, linewidth=0.9)
    for row, (diagram, _) in enumerate(rows):
        inset = ax.inset_axes((-share - 0.03, row - 0.46, share, 0.92), transform=_rows_of(ax))
        draw(diagram, ax=inset)
        inset.axis("off")
        _shrink(inset)
    ax.set(xlim=(-half, half), ylim=(len(rows) - 0.4, -0.6), yticks=[])
    ax.spines["left"].set_visible(False)


def _shrink(ax: Axes) -> None:
    """Thinner lines, outlines and nodes, for a drawing of a few millimeters."""
    for band in ax.patches:
        band.set_linewidth(_SMALL * band.get_linewidth())
    for line in ax.lines:
        line.set_markersize(_SMALL * line.get_markersize())
        line.set_linewidth(_SMALL * line.get_linewidth())


def _rows_of(ax: Axes):  # type: ignore[no-untyped-def]  # noqa: ANN202  Matplotlib's transforms have no types
    """Share of the axes across, rows down."""
    from matplotlib.transforms import blended_transform_factory

    return blended_transform_factory(ax.transAxes, ax.transData)
