"""One visual language for every figure: what was measured, what was predicted, the book's style.

Nothing here creates figures, shows them or changes settings unless asked to.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from lrtheory.legible import troubles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

# Okabe and Ito's palette: eight colors that color-blind readers tell apart. Black is kept for predictions.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#D55E00", "#009E73", "#CC3311"
PURPLE, SKY, YELLOW, GRAY, BLACK = "#AA4499", "#56B4E9", "#E6A700", "#767676", "#1a1a1a"
_FARTHEST = 1.6  # half the width of the picture of verdicts, in half-intervals
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW, RED, GRAY)

BOOK_STYLE: dict[str, Any] = {
    "figure.figsize": (6.2, 3.9),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
    "font.family": "DejaVu Sans",
    "font.size": 12.5,
    "axes.titlesize": 12.5,
    "axes.labelsize": 12.5,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": BLACK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "text.color": BLACK,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.fontsize": 12.5,
    "image.cmap": "viridis",
}


def book_style() -> dict[str, Any]:
    """Matplotlib settings of the book, with its color cycle; for ``matplotlib.rc_context``.

    Example:
        >>> style = book_style()
        >>> style["font.size"], len(style["axes.prop_cycle"])  # eight colors
        (12.5, 8)
    """
    from cycler import cycler

    return {**BOOK_STYLE, "axes.prop_cycle": cycler(color=PALETTE)}


def use_book_style() -> None:
    """Set the book's style for every later figure of this process: for a chapter's first cell.

    In a notebook a figure that is hard to read on a phone warns when it is shown; see `troubles`.

    Example:
        >>> import matplotlib
        >>> with matplotlib.rc_context():  # to leave no trace here
        ...     use_book_style()
        ...     matplotlib.rcParams["font.size"]
        12.5
    """
    import matplotlib as mpl
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    settings: Any = book_style()
    mpl.rcParams.update(settings)
    set_matplotlib_formats("retina")  # type: ignore[no-untyped-call]
    _warn_of_troubles()


def _warn_of_troubles() -> None:
    """Let the notebook look at each figure before it shows it."""
    from IPython.core.getipython import get_ipython
    from matplotlib.figure import Figure

    shell: Any = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["image/png"]
    shown = formatter.lookup_by_type(Figure)

    def looked_at(figure: Figure) -> object:
        for trouble in troubles(figure):
            warnings.warn(f"hard to read: {trouble}", stacklevel=2)
        return shown(figure)

    formatter.for_type(Figure, looked_at)


def measured(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    stderr: ArrayLike | None = None,
    *,
    label: str | None = None,
    color: str = BLUE,
) -> None:
    """Draw measured values: dots, with bars of one standard error where it is known.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> measured(ax, [1, 2], [3.0, 5.0], stderr=[0.1, 0.2], label="runs")
        >>> ax.containers[0].lines[0].get_ydata().tolist()  # the dots
        [3.0, 5.0]

    Args:
        ax: where to draw.
        x: positions, shape (n,).
        y: measured values, shape (n,).
        stderr: standard errors, shape (n,), in units of y.
        label: name in the legend.
        color: color of dots and bars.
    """
    ax.errorbar(x, y, yerr=stderr, fmt="o", color=color, elinewidth=1.1, capsize=0, label=label, zorder=3)


def predicted(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    *,
    label: str | None = None,
    color: str = BLACK,
    style: str = "-",
) -> None:
    """Draw a prediction: a line, black unless several predictions must be told apart.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> predicted(ax, [1, 2], [3.0, 5.0], label="theory")
        >>> ax.lines[0].get_ydata().tolist(), ax.lines[0].get_color() == BLACK
        ([3.0, 5.0], True)

    Args:
        ax: where to draw.
        x: positions, shape (n,).
        y: predicted values, shape (n,).
        label: name in the legend.
        color: color of the line.
        style: Matplotlib line style.
    """
    ax.plot(x, y, style, color=color, linewidth=1.6, label=label, zorder=4)


def verdicts(ax: Axes, names: Sequence[str], places: Sequence[float], statuses: Sequence[str]) -> None:
    """Draw where measured numbers lie in their intervals: a row a claim, the interval in gray.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> verdicts(ax, ["mean", "slope"], [0.2, 3.0], ["holds", "fails"])  # 3: drawn at the edge
        >>> [(each.get_marker(), float(each.get_xdata()[0])) for each in ax.lines]
        [('o', 0.2), ('X', 1.6)]

    Args:
        ax: where to draw.
        names: name of each claim.
        places: place in its interval, -1 to 1 inside; what lies farther out is drawn at the edge.
        statuses: verdict of each claim, in words; drawn as a filled dot, an open dot or a cross.
    """
    marks = {"holds": ("o", BLUE), "holds within stated limits": ("o", "white")}
    rows = range(len(names))
    ax.barh(rows, 2, left=-1, height=0.5, color="#d9d9d9", zorder=1)
    for row, (where, status) in enumerate(zip(places, statuses, strict=True)):
        mark, face = marks.get(status, ("X", RED))
        edge = RED if mark == "X" else BLUE
        at = min(max(where, -_FARTHEST), _FARTHEST)
        ax.plot(at, row, mark, color=edge, markerfacecolor=face, markersize=7, zorder=3)
    ax.set_yticks(list(rows), names)
    ax.set(xlim=(-_FARTHEST - 0.1, _FARTHEST + 0.1), ylim=(len(names) - 0.4, -0.6))
    ax.set_xticks([-1, 0, 1], ["low end", "", "high end"])
    ax.set_xlabel("measured number, within its interval")
