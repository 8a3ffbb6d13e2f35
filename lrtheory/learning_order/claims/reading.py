"""How claims read the curves of runs: the row of a step, the last row of each seed, first steps."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lrtheory.claims.runs import run_at
from lrtheory.learning_order.experiments.race import race
from lrtheory.learning_order.measures.learned import q_modes
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
    return at_step(run, arm, quantity, np.nanmax(run[f"{arm}_steps"], axis=1))


def at_switch(run: Runs, arm: str, quantity: str) -> Floats:
    """A quantity at the end of the first phase, shape (seeds, ...)."""
    return at_step(run, arm, quantity, run[f"{arm}_ends"][:, 0])


def at_step(run: Runs, arm: str, quantity: str, step: float | Floats) -> Floats:
    """A quantity at a recorded step, one for all seeds or one for each, shape (seeds, ...)."""
    steps = run[f"{arm}_steps"]
    wanted = np.broadcast_to(step, len(steps))
    rows = [int(np.flatnonzero(own == each)[-1]) for own, each in zip(steps, wanted, strict=True)]
    return np.array([values[row] for values, row in zip(run[f"{arm}_{quantity}"], rows, strict=True)])


def first_above(run: Runs, arm: str, least: float = 0.9) -> Floats:
    """First recorded step with accuracy on P of at least so much, shape (seeds,); NaN where there is none."""
    return _first(run[f"{arm}_steps"], run[f"{arm}_accuracies"][..., P] >= least)


def first_memorized(run: Runs, arm: str, most: float = 0.55) -> Floats:
    """First recorded step with a loss on Q alone of at most so much, shape (seeds,); NaN if there is none."""
    return _first(run[f"{arm}_steps"], run[f"{arm}_losses"][..., Q] <= most)


def second_difference(g: Floats) -> Floats:
    """That of `q_modes`, of numpy outputs of shape (..., 3)."""
    found: Floats = q_modes(torch.from_numpy(g)).second_difference.numpy()
    return found


def _first(steps: Floats, reached: NDArray[np.bool_]) -> Floats:
    return np.where(reached.any(1), steps[np.arange(len(steps)), reached.argmax(1)], np.nan)
