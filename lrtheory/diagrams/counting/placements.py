"""Embeddings of a diagram in given cells, listed one by one. To count them takes no list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.counting.cells import number_of_maps
from lrtheory.diagrams.counting.schedules import Cells, Epochs, cells_of
from lrtheory.diagrams.diagram.diagram import Diagram

_NOWHERE = -1  # the row of a root that is tied to nothing


@dataclass(frozen=True)
class Embedding:
    """A place in space-time for every node of a diagram; those that differ by a symmetry are one.

    Attributes:
        cells: (row, step) of every node. The root, node 0, is at step T, in the row that it is tied to, or
            in row -1.
        symmetries: symmetries of the diagram that leave every node in its place, |Aut_f|; the embedding
            counts one over this.

    Source: tenka2020.
    """

    cells: tuple[tuple[int, int], ...]
    symmetries: int


def embeddings(diagram: Diagram, cells: Cells | Epochs, *, limit: int = 10_000) -> tuple[Embedding, ...]:
    """Every embedding of a diagram in given cells, each once up to the symmetries of the diagram.

    The sum of 1 / symmetries over them is the number of all maps over ``diagram.aut``.

    Example:
        >>> from lrtheory.diagrams import cells_of, enumerate_diagrams, one_epoch
        >>> len(embeddings(enumerate_diagrams(1)[0], cells_of(one_epoch(5))))
        5

    Args:
        diagram: any diagram.
        cells: the active cells, or passes in fixed order.
        limit: most maps that may be listed, before those that differ by a symmetry are joined.

    Returns:
        Embeddings in ascending order of their cells.

    Raises:
        ValueError: more maps than the limit, or passes in drawn orders.

    Source: tenka2020.
    """
    grid = cells if isinstance(cells, Cells) else cells_of(cells)
    expected = number_of_maps(diagram, grid)
    if expected > limit:
        raise ValueError(
            f"{diagram.name} has {expected} maps into these cells, more than limit={limit}: use fewer "
            "examples or steps, raise the limit, or count them with embedding_count"
        )
    if not expected:
        return ()
    places = [(row, step) for step, batch in enumerate(grid.seen) for row in sorted(batch)]
    maps = _all_maps(diagram, np.array(places, dtype=np.int64))
    kept, symmetries = _up_to_symmetry(maps, diagram.symmetries, len(places))
    found = []
    for row, number in zip(kept.tolist(), symmetries.tolist(), strict=True):
        nodes = [places[place] for place in row]
        root = nodes[diagram.members[0][1] - 1][0] if diagram.root_tied else _NOWHERE
        found.append(Embedding(((root, grid.steps), *nodes), number))
    return tuple(sorted(found, key=lambda each: each.cells))


def _all_maps(diagram: Diagram, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the cell of every node but the root, one map a row; parents are placed before children."""
    rows, steps = places[:, 0], places[:, 1]
    maps = np.zeros((1, 0), dtype=np.int64)
    for node in range(1, diagram.order + 1):
        allowed = np.ones((len(maps), len(places)), dtype=bool)
        parent = diagram.parents[node]
        if parent:
            allowed &= steps < steps[maps[:, parent - 1]][:, None]
        part = diagram.parts[node]
        for other in diagram.members[part]:
            if 0 < other < node:
                allowed &= rows == rows[maps[:, other - 1]][:, None]
                if part in diagram.fresh:
                    allowed &= steps == steps[maps[:, other - 1]][:, None]
        which, place = np.nonzero(allowed)
        maps = np.hstack([maps[which], place[:, None]])
    return maps


def _up_to_symmetry(
    maps: NDArray[np.int64], symmetries: NDArray[np.int8], places: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One map of each class, the least, and how many symmetries leave it as it is."""
    weights = np.array([places**power for power in range(maps.shape[1])][::-1], dtype=object)
    if places ** maps.shape[1] < 2**62:
        weights = weights.astype(np.int64)
    code = maps @ weights
    least = np.ones(len(maps), dtype=bool)
    fixed = np.zeros(len(maps), dtype=np.int64)
    for symmetry in symmetries:
        moved = maps[:, symmetry[1:] - 1] @ weights
        least &= np.asarray(code <= moved, dtype=bool)
        fixed += np.asarray(code == moved, dtype=bool)
    return maps[least], fixed[least]
