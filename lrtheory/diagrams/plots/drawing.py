"""Drawings of diagrams, alone or in space-time: root and later times to the right, ties as outlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from lrtheory.diagrams.counting.placements import Embedding
from lrtheory.diagrams.counting.schedules import Cells, Epochs, cells_of
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.plotting import BLACK, BLUE, GREEN, ORANGE, PALETTE, PURPLE

Point = tuple[float, float]
_OUTLINES = (BLUE, ORANGE, GREEN, PURPLE)
_FRESH, _SMALL = PALETTE[5], 0.5  # a small drawing is this share of one drawn alone
_THROUGH, _ARC = 0.05, 0.7  # an edge nearer than this to a foreign node becomes an arc
_NEAR, _BEND = 0.3, 0.85  # a band nearer than this to a foreign node bends by this share of its length
_ACTIVE, _IDLE = ("#cfe2f3", BLUE), ("none", "#cccccc")  # faces and borders of cells


def draw(
    diagram: Diagram,
    schedule: Epochs | Cells | None = None,
    embedding: Embedding | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw a diagram by itself, or one of its embeddings among the cells of a schedule.

    The root is the open circle at the right; nodes tied by a shared training example lie in one outline.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> ax = draw(enumerate_diagrams(2)[0], ax=Figure().subplots())  # three nodes, two edges, a tie
        >>> len(ax.lines), len(ax.patches)
        (5, 1)

    Args:
        diagram: what to draw.
        schedule: draw its space-time: a row for each training example, a column for each step, active
            cells shaded.
        embedding: where the nodes lie; needs the schedule. Without it the cells are drawn alone.
        ax: where to draw; the current axes if None.

    Returns:
        The axes drawn on.

    Raises:
        ValueError: an embedding without its schedule.

    Source: tenka2020 (the convention of the drawings).
    """
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.gca()
    if schedule is None:
        if embedding is not None:
            raise ValueError("an embedding lies in space-time: pass draw(diagram, schedule, embedding)")
        _draw_nodes(ax, diagram, tidy_places(diagram), size=1.0)
        _frame_alone(ax, diagram)
        return ax
    cells = schedule if isinstance(schedule, Cells) else cells_of(schedule)
    draw_cells(ax, cells)
    if embedding is not None:
        _draw_nodes(ax, diagram, _places_in(cells, embedding), size=0.85)
    return ax


def draw_cells(ax: Axes, cells: Cells) -> None:
    """Draw space-time: a row for each training example, a column for each step, active cells shaded.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> draw_cells(ax, cells_of(Epochs(3)))
        >>> len(ax.patches), [text.get_text() for text in ax.get_xticklabels()]  # 3 examples, 3 steps
        (9, ['1', '2', '3'])

    Source: tenka2020.
    """
    _shade(ax, cells)
    ax.set(xlim=(-0.6, cells.steps + 0.75), ylim=(cells.examples - 0.4, -0.6))
    ax.set_xticks(range(cells.steps), [str(step + 1) for step in range(cells.steps)])
    ax.set_yticks(range(cells.examples), [str(row + 1) for row in range(cells.examples)])
    ax.set(xlabel="step", ylabel="training example")
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_aspect("equal")


def draw_sheet(
    ax: Axes, diagram: Diagram, schedule: Epochs | Cells, placed: Sequence[Embedding], *, columns: int = 5
) -> None:
    """Draw several embeddings side by side, each in a small space-time of its own.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from lrtheory.diagrams import embeddings, enumerate_diagrams
        >>> ax, diagram = Figure().subplots(), enumerate_diagrams(1)[0]
        >>> draw_sheet(ax, diagram, Epochs(3), embeddings(diagram, Epochs(3)))
        >>> len(ax.patches)  # three places, nine cells each
        27

    Args:
        ax: where to draw; its axes are hidden.
        diagram: what is embedded.
        schedule: the cells.
        placed: the embeddings, row by row from the top left.
        columns: spaces in a row.

    Source: ours.
    """
    cells = schedule if isinstance(schedule, Cells) else cells_of(schedule)
    for number, embedding in enumerate(placed):
        right, down = number % columns * (cells.steps + 1.8), number // columns * (cells.examples + 0.9)
        _shade(ax, cells, right=right, down=down)
        places = tuple((x + right, y + down) for x, y in _places_in(cells, embedding))
        _draw_nodes(ax, diagram, places, size=_SMALL)
    rows = max(1, -(-len(placed) // columns))
    width, height = columns * (cells.steps + 1.8), rows * (cells.examples + 0.9)
    ax.set(xlim=(-0.7, width - 1.0), ylim=(height - 0.9 + 0.1, -0.8))
    ax.set_aspect("equal")
    ax.set_axis_off()


def _shade(ax: Axes, cells: Cells, *, right: float = 0.0, down: float = 0.0) -> None:
    """Squares of a space-time whose first cell has its center at (right, down)."""
    from matplotlib.patches import Rectangle

    for step, batch in enumerate(cells.seen):
        for row in range(cells.examples):
            corner = (right + step - 0.46, down + row - 0.46)
            face, edge = _ACTIVE if row in batch else _IDLE
            square = Rectangle(corner, 0.92, 0.92, facecolor=face, edgecolor=edge, linewidth=0.9, zorder=0)
            ax.add_patch(square)


def tidy_places(diagram: Diagram) -> tuple[Point, ...]:
    """Places of the nodes when a diagram is drawn alone: a parent one step right of its last child.

    Source: ours.
    """
    places: dict[int, Point] = {}
    used = 0

    def place(node: int, x: float) -> float:
        nonlocal used
        below = [place(child, x - 1) for child in diagram.children[node]]
        y = sum(below) / len(below) if below else float(used)
        used += not below
        places[node] = (x, -y)
        return y

    place(0, 0.0)
    return tuple(places[node] for node in range(len(diagram.parents)))


def _draw_nodes(ax: Axes, diagram: Diagram, places: tuple[Point, ...], *, size: float) -> None:
    """Outlines, edges and nodes at given places."""
    for number, part in enumerate(diagram.ties):
        label = diagram.parts[part[0]]
        color = _FRESH if label in diagram.fresh else _OUTLINES[number % len(_OUTLINES)]
        others = [place for node, place in enumerate(places) if node not in part]
        _outline(ax, sorted(places[node] for node in part), others, color, size)
    for node, parent in enumerate(diagram.parents):
        if parent >= 0:
            others = [place for other, place in enumerate(places) if other not in (node, parent)]
            _edge(ax, places[node], places[parent], others, size)
    for node, (x, y) in enumerate(places):
        face = "white" if node == 0 else BLACK
        ax.plot(x, y, "o", color=BLACK, markerfacecolor=face, markersize=8 * size, zorder=5)


def _edge(ax: Axes, start: Point, end: Point, others: list[Point], size: float) -> None:
    """Straight line between two nodes, or an arc where it would run through a third."""
    if all(_distance(other, start, end) > _THROUGH for other in others):
        ax.plot([start[0], end[0]], [start[1], end[1]], color=BLACK, linewidth=1.6 * size, zorder=4)
        return
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - _ARC
    steps = [number / 20 for number in range(21)]
    xs, ys = (
        [(1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * middle[axis] + t**2 * end[axis] for t in steps]
        for axis in (0, 1)
    )
    ax.plot(xs, ys, color=BLACK, linewidth=1.6 * size, zorder=4)


def _outline(ax: Axes, points: list[Point], others: list[Point], color: str, size: float) -> None:
    """Wide band with round ends through tied nodes, bent around nodes that are not tied to them."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners, codes = [points[0]], [Path.MOVETO]
    for start, end in pairwise(points):
        if any(_distance(other, start, end) < _NEAR for other in others):
            middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
            across = start[1] - end[1], end[0] - start[0]
            corners += [(middle[0] + _BEND * across[0], middle[1] + _BEND * across[1]), end]
            codes += [Path.CURVE3, Path.CURVE3]
        else:
            corners.append(end)
            codes.append(Path.LINETO)
    band = PathPatch(
        Path(corners, codes), fill=False, edgecolor=color, linewidth=24 * size, alpha=0.28,
        capstyle="round", joinstyle="round", zorder=2, clip_on=False,
    )
    ax.add_patch(band)


def _distance(point: Point, start: Point, end: Point) -> float:
    """Distance of a point from a segment."""
    (px, py), (ax, ay), (bx, by) = point, start, end
    length = math.hypot(bx - ax, by - ay)
    if length == 0:
        return math.hypot(px - ax, py - ay)
    along = min(1.0, max(0.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length**2))
    return math.hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay))


def _places_in(cells: Cells, embedding: Embedding) -> tuple[Point, ...]:
    """Centers of the nodes' cells, side by side where they share one; the root right of the last column."""
    sharing: dict[tuple[int, int], list[int]] = {}
    for node, (row, step) in enumerate(embedding.cells):
        if node > 0:
            sharing.setdefault((row, step), []).append(node)
    used = [row for row, _ in embedding.cells if row >= 0]
    own = embedding.cells[0][0]  # the root has a row only where it is tied
    middle = sum(used) / len(used) if used else (cells.examples - 1) / 2
    places: dict[int, Point] = {0: (cells.steps + 0.2, own if own >= 0 else middle)}
    for (row, step), nodes in sharing.items():
        for place, node in enumerate(nodes):
            places[node] = (step, row + 0.36 * (place - (len(nodes) - 1) / 2))
    return tuple(places[node] for node in range(len(places)))


def _frame_alone(ax: Axes, diagram: Diagram) -> None:
    places = tidy_places(diagram)
    xs, ys = zip(*places, strict=True)
    ax.set(xlim=(min(xs) - 0.55, max(xs) + 0.55), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.set_aspect("equal")
    ax.set_axis_off()
