"""Pictures of this theory: arrays in, axes out. Nothing is computed here but bins and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrtheory.plotting import BLACK, BLUE, GRAY, ORANGE, predicted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from lrtheory.law import Law


def histogram(
    ax: Axes,
    positions: ArrayLike,
    *,
    bins: int | ArrayLike = 80,
    label: str | None = None,
    color: str = BLUE,
) -> None:
    """Draw the density of measured positions as a filled outline.

    Args:
        ax: where to draw.
        positions: real numbers, any shape.
        bins: number of bins, or their edges.
        label: name in the legend.
        color: color of the filling.
    """
    chosen: Any = bins
    counts, edges = np.histogram(np.asarray(positions).ravel(), bins=chosen)
    histogram_counts(ax, edges, counts, label=label, color=color)


def histogram_counts(
    ax: Axes, edges: ArrayLike, counts: ArrayLike, *, label: str | None = None, color: str = BLUE
) -> None:
    """Draw a stored histogram as a density.

    Args:
        ax: where to draw.
        edges: bin edges, shape (n + 1,).
        counts: counts, shape (n,).
        label: name in the legend.
        color: color of the filling.
    """
    bounds, heights = np.asarray(edges, dtype=float), np.asarray(counts, dtype=float)
    density = heights / (heights.sum() * np.diff(bounds))
    ax.stairs(density, bounds, fill=True, color=color, alpha=0.35, label=label)
    ax.stairs(density, bounds, color=color, linewidth=1.2)
    _label_density(ax)


def law(ax: Axes, predicted_law: Law, *, label: str | None = None, style: str = "-") -> None:
    """Draw a predicted law's density as a black line.

    Args:
        ax: where to draw.
        predicted_law: the law.
        label: name in the legend.
        style: Matplotlib line style.
    """
    predicted(ax, predicted_law.points, predicted_law.density, label=label, style=style)
    _label_density(ax)


def rough_loss(ax: Axes, x: ArrayLike, loss: ArrayLike, smooth: ArrayLike | None = None) -> None:
    """Draw a loss of two scales, with its large-scale part dashed.

    Args:
        ax: where to draw.
        x: positions, shape (n,).
        loss: the loss there, shape (n,).
        smooth: the large-scale part there, shape (n,).
    """
    ax.plot(x, np.asarray(loss), color=GRAY, linewidth=1.1, label="loss")
    if smooth is not None:
        ax.plot(x, np.asarray(smooth), "--", color=BLACK, linewidth=1.2, label="its large-scale part")
    ax.set_xlabel("weight $x$")
    ax.set_ylabel("loss")


def orbit(ax: Axes, positions: ArrayLike, *, label: str | None = None, color: str = BLUE) -> None:
    """Draw one orbit against the step: a dot a step, joined by a thin line.

    Args:
        ax: where to draw.
        positions: shape (steps + 1,).
        label: name in the legend.
        color: color of the dots.
    """
    x = np.asarray(positions)
    ax.plot(np.arange(len(x)), x, "-o", color=color, linewidth=0.5, markersize=2.2, label=label)
    ax.set_xlabel("step")
    ax.set_ylabel("weight $x$")


def twin_distance(
    ax: Axes, steps: ArrayLike, distance: ArrayLike, *, label: str | None = None, color: str = BLUE
) -> None:
    """Draw the distance between twins against the step, on a logarithmic axis.

    Args:
        ax: where to draw.
        steps: step numbers, shape (n,).
        distance: distances, shape (n,) or (n, pairs).
        label: name in the legend.
        color: color of the lines.
    """
    gaps = np.asarray(distance)
    gaps = gaps[:, None] if gaps.ndim == 1 else gaps
    for pair in range(gaps.shape[1]):
        ax.plot(steps, gaps[:, pair], color=color, linewidth=1.1, label=label if pair == 0 else None)
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("distance between the twins")


def loss_band(
    ax: Axes,
    steps: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    label: str | None = None,
    color: str = ORANGE,
) -> None:
    """Draw the range that a loss covers between two records, on a logarithmic axis.

    Args:
        ax: where to draw.
        steps: step numbers of the records, shape (n,).
        low: smallest loss since the record, shape (n,).
        high: largest loss since the record, shape (n,).
        label: name in the legend.
        color: color of the band.
    """
    bottom, top = np.asarray(low), np.asarray(high)
    ax.fill_between(np.asarray(steps), bottom, top, color=color, linewidth=0.6, label=label)
    ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("training loss")


def _label_density(ax: Axes) -> None:
    ax.set_xlabel("weight $x$")
    ax.set_ylabel("density")
