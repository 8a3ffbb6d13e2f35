"""How claims read the curves of runs: the row of a step, the last row of each seed, first steps."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.claims.runs import run_at
from lrtheory.learning_order.experiments.race import race
from lrtheory.results import Experiment

Floats = NDArray[np.floating]
Runs = Any  # the arrays of a run, by name: a Result or a dict
P, Q, BOTH = 0, 1, 2  # places in accuracies and losses


def the_race(scale: str) -> Runs:
    """The stored race; at scale smoke one seed of the small setting, run once and kept."""
    return _small_race() if scale == "smoke" else run_at(scale, race, {})


def stored(scale: str, experiment: Experiment, **parameters: object) -> Runs:
    """The stored run at the scales smoke and laptop, the whole again at long."""
    return run_at("laptop" if scale == "smoke" else scale, experiment, {}, **parameters)


@cache
def _small_race() -> Any:
    return race(size="small", stop=0.42, seeds=1, every=50)


def last(run: Runs, arm: str, quantity: str) -> Floats:
    """A quantity at the end of each seed's run, shape (seeds, ...)."""
    ends = np.isfinite(run[f"{arm}_steps"]).sum(axis=1) - 1
    return np.array([row[end] for row, end in zip(run[f"{arm}_{quantity}"], ends, strict=True)])


def at_step(run: Runs, arm: str, quantity: str, step: float) -> Floats:
    """A quantity at a recorded step, shape (seeds, ...)."""
    rows = [int(np.flatnonzero(steps == step)[-1]) for steps in run[f"{arm}_steps"]]
    return np.array([values[row] for values, row in zip(run[f"{arm}_{quantity}"], rows, strict=True)])


def at_switch(run: Runs, arm: str, quantity: str) -> Floats:
    """A quantity at the end of the first phase, shape (seeds, ...)."""
    switch = run[f"{arm}_ends"][:, 0]
    rows = [
        int(np.flatnonzero(steps == end)[-1]) for steps, end in zip(run[f"{arm}_steps"], switch, strict=True)
    ]
    return np.array([values[row] for values, row in zip(run[f"{arm}_{quantity}"], rows, strict=True)])


def first_above(run: Runs, arm: str, least: float = 0.9) -> Floats:
    """First recorded step with accuracy on P of at least so much, shape (seeds,); NaN where there is none."""
    return _first(run[f"{arm}_steps"], run[f"{arm}_accuracies"][..., P] >= least)


def first_memorized(run: Runs, arm: str, most: float = 0.55) -> Floats:
    """First recorded step with a loss on Q alone of at most so much, shape (seeds,); NaN if there is none."""
    return _first(run[f"{arm}_steps"], run[f"{arm}_losses"][..., Q] <= most)


def second_difference(g: Floats) -> Floats:
    """g0 - (g+ + g-) / 2 of outputs of shape (..., 3)."""
    found: Floats = g[..., 0] - (g[..., 1] + g[..., 2]) / 2
    return found


def _first(steps: Floats, reached: NDArray[np.bool_]) -> Floats:
    return np.where(reached.any(1), steps[np.arange(len(steps)), reached.argmax(1)], np.nan)
