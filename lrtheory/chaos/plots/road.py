"""Pictures of the road to chaos: orbit diagrams, cobwebs, strange attractors. Arrays in, axes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrtheory.plotting import BLACK, BLUE, GRAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_CONTRAST = 0.45  # power of the share of visits that the ink follows: below 1, rare places stay visible
_FULL = 36.0  # how many times the even share of visits a cell needs for full ink
_INK = 0.9
_SHARED = "#3d4a52"
_SIDES = (np.array([0.835, 0.369, 0.0]), np.array([0.0, 0.447, 0.698]))  # orange and blue of the palette


def orbit_diagram(ax: Axes, counts: ArrayLike, extent: tuple[float, float, float, float]) -> None:
    """Draw how often every position was visited at every rate, from two starts.

    Places that both starts visit are gray, those of the first alone orange, of the second alone blue.

    Args:
        ax: where to draw.
        counts: visits from either start, shape (2, rates, positions), both evenly spaced.
        extent: first and last rate, lowest and highest position.
    """
    from matplotlib.colors import to_rgb

    visits = np.asarray(counts, dtype=float)
    share = visits / np.maximum(visits.sum(axis=2, keepdims=True), 1)
    # Cells of one height: a share that a line of one in 36 of the axis would give is full ink.
    ink = np.minimum(share.max(axis=0) * visits.shape[2] / _FULL, 1) ** _CONTRAST
    both = np.asarray((visits > 0).all(axis=0))
    first = visits[0] > visits[1]
    picture = np.empty((*ink.shape, 4))
    picture[..., :3] = np.where(both[..., None], to_rgb(_SHARED), np.where(first[..., None], *_SIDES))
    picture[..., 3] = _INK * ink
    image = picture.transpose(1, 0, 2)
    ax.imshow(image, extent=extent, aspect="auto", origin="lower", interpolation="nearest")
    ax.set_xlabel(r"learning rate $\eta$")
    ax.set_ylabel("weight $x$")


def cobweb(ax: Axes, points: ArrayLike, x: ArrayLike, after: ArrayLike) -> None:
    """Draw one step of descent as a curve, the diagonal, and an orbit as stairs between them.

    Args:
        ax: where to draw.
        points: positions of the orbit, shape (n,).
        x: positions before a step, shape (m,).
        after: positions after it, shape (m,).
    """
    before = np.asarray(x)
    orbit = np.repeat(np.asarray(points), 2)
    ax.plot(before, before, color=GRAY, linewidth=0.9)
    ax.plot(before, np.asarray(after), color=BLACK, linewidth=1.6)
    ax.plot(orbit[:-1], orbit[1:], color=BLUE, linewidth=0.7, alpha=0.8)
    ax.set_xlabel("weight before the step")
    ax.set_ylabel("weight after")


def return_plot(ax: Axes, points: ArrayLike, *, color: str = BLUE) -> None:
    """Draw each position of one orbit against the one before: its attractor in the plane.

    Args:
        ax: where to draw.
        points: positions of one orbit, shape (n,).
        color: color of the dots.
    """
    x = np.asarray(points)
    ax.plot(x[:-1], x[1:], ",", color=color)
    ax.set_xlabel("weight $x_t$")
    ax.set_ylabel("weight $x_{t+1}$")
