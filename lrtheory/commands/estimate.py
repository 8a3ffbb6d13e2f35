"""What a sweep would do and cost, without doing it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrtheory.results import Experiment, Store
from lrtheory.sweeps.folder import MISSING
from lrtheory.sweeps.header import read_header
from lrtheory.sweeps.plan import Plan, planned
from lrtheory.sweeps.reading import FOLDER, read_sweep, to_make


@dataclass(frozen=True)
class Preview:
    """What a sweep would do.

    Attributes:
        plan: its points.
        folder: where they are or will be stored.
        done: number of points that are stored and did not fail.
        failed: number of points that failed.
        ahead: number of points that are to be made.
        seconds: that a point is likely to take.
        how: where these come from.
    """

    plan: Plan
    folder: Path
    done: int
    failed: int
    ahead: int
    seconds: float
    how: str


def previewed(
    experiment: Experiment, grid: Mapping[str, Iterable[object]], *, store: Store | str | Path | None = None,
    seed: int | None = None, fixed: Mapping[str, object] | None = None, retry: bool = False,
) -> Preview:
    """What `sweep` would do with the same arguments; at most the small setting is run, once.

    Raises:
        ValueError: a bad grid, seed or parameter.
    """
    plan = planned(experiment, grid, fixed, seed)
    root = store.root if isinstance(store, Store) else Store(store).root
    folder = root / FOLDER / plan.stem
    header = read_header(folder)
    if header is None:
        return Preview(plan, folder, 0, 0, plan.grid.size, *_timed(experiment, plan))
    found = read_sweep(folder, header)
    made = found.state.seconds[found.state.status != MISSING]
    cost = (float(np.mean(made)), f"the mean of {len(made)} stored points") if len(made) else None
    return Preview(
        plan, folder, found.done, len(found.failed), len(to_make(found, retry)),
        *(cost or _timed(experiment, plan)),
    )


def _timed(experiment: Experiment, plan: Plan) -> tuple[float, str]:
    """Seconds of the small setting of the first point; of its second run, as the first one may compile."""
    if not experiment.smoke:
        return float("nan"), "not known: the experiment has no small setting"
    parameters = experiment.small(plan.parameters(0))
    for _ in range(2):
        began = time.perf_counter()
        experiment.function(**parameters)
        seconds = time.perf_counter() - began
    named = " ".join(f"{name}={value}" for name, value in experiment.smoke.items())
    return seconds, f"timed now with the small setting ({named}); a full point takes longer"
