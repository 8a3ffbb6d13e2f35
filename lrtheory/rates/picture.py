"""The picture of *How fast*: how many times faster than each peer, on a logarithmic axis, with the goals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrtheory.plotting import BLACK, BLUE, GRAY, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lrtheory.rates.measured import Measured, Row

_LABEL = 29  # letters, of which a phone still shows an axis beside


def aimed(found: Sequence[Measured]) -> list[tuple[str, Row]]:
    """Rows that have both a goal and a ratio, each with its label: workload, then the peer's name."""
    return [
        (textwrap.shorten(f"{each.title.split(':')[0]} {row.name}", _LABEL, placeholder="…"), row)
        for each in found for row in each.rows if row.goal is not None and row.ratio is not None
    ]


def ratios(ax: Axes, found: Sequence[Measured]) -> None:
    """Draw a dot with its quartiles for each peer, and a bar where the goal lies.

    Args:
        ax: where to draw.
        found: measurements; rows without a goal or a ratio are left out.
    """
    from matplotlib.ticker import NullFormatter

    shown = aimed(found)
    ends = [1.0, 10.0]
    for place, (_, row) in enumerate(shown):
        if row.ratio is None or row.goal is None:
            continue
        ends += [row.ratio.low, row.ratio.high, row.goal]
        color = BLUE if row.met else GRAY
        measured(ax, [row.ratio.median], [place], color=color)
        ax.hlines(place, row.ratio.low, row.ratio.high, color=color, linewidth=1.1)
        ax.vlines(row.goal, place - 0.35, place + 0.35, color=BLACK, linewidth=1.6)
    ax.set_xscale("log")
    ax.xaxis.set_minor_formatter(NullFormatter())  # powers of ten are enough
    ax.set_xlim(min(ends) / 1.5, max(ends) * 1.5)
    ax.set_yticks(range(len(shown)), [label for label, _ in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel("times faster")
