"""What a sweep is: its experiment, grid, fixed parameters and seed, and what follows for each point."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lrtheory.results import Experiment
from lrtheory.results.parameters import as_tuples
from lrtheory.seeds import stream_seed
from lrtheory.sweeps.grid import Grid, checked_grid

_KEY_LENGTH = 12


@dataclass(frozen=True)
class Plan:
    """A sweep, made or not.

    Attributes:
        experiment: name of the experiment.
        module: module that defines it.
        grid: what changes from point to point.
        fixed: all other parameters.
        seed: from which every point gets a seed of its own; None where the parameters say it.
    """

    experiment: str
    module: str
    grid: Grid
    fixed: Mapping[str, object]
    seed: int | None

    @property
    def stem(self) -> str:
        """Name of the folder: the experiment, and a key of all that decides what the points are.

        The device is part of it, unlike in the key of a single run: one figure should not mix two.
        """
        identity = [self.experiment, self.as_json()["grid"], self.fixed, self.seed]
        text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
        return f"{self.experiment}-{hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]}"

    def parameters(self, index: int) -> dict[str, object]:
        """All parameters of a point.

        A seed of its own hangs on the values of the point alone, so a finer grid keeps the numbers of the
        points that it shares with a coarser one.
        """
        point = self.grid.point(index)
        if self.seed is None:
            return {**self.fixed, **point}
        named = {name: value for name, value in point.items() if name != "device"}
        text = json.dumps(named, sort_keys=True, separators=(",", ":"))
        return {**self.fixed, **point, "seed": stream_seed(self.seed, "sweep", text)}

    def as_json(self) -> dict[str, object]:
        """The plan as it stands in sweep.json."""
        grid = [[name, values] for name, values in zip(self.grid.names, self.grid.values, strict=True)]
        return {
            "experiment": self.experiment, "module": self.module, "grid": grid,
            "fixed": dict(self.fixed), "seed": self.seed,
        }


def planned(
    experiment: Experiment, grid: Mapping[str, Iterable[object]], fixed: Mapping[str, object] | None = None,
    seed: int | None = None,
) -> Plan:
    """A sweep whose every point the experiment takes.

    Raises:
        ValueError: a bad grid; a parameter that is both fixed and in the grid; fixed parameters that the
            experiment does not take; a seed for an experiment or a grid that leaves no room for it.
    """
    checked = checked_grid(experiment, grid)
    given = dict(fixed or {})
    both = sorted(set(given) & set(checked.names))
    if both:
        raise ValueError(f"parameter {both[0]!r} is in the grid and fixed; leave one of them out")
    full = experiment.parameters(**given)
    if seed is not None:
        stream_seed(seed)  # refuses what is no seed
        if "seed" not in full:
            raise ValueError(f"{experiment.name} has no parameter 'seed'; leave out seed={seed}")
        if "seed" in given or "seed" in checked.names:
            raise ValueError(f"seed={seed} gives every point a seed of its own; do not set 'seed' beside it")
    left = set(checked.names) | ({"seed"} if seed is not None else set())
    kept = {name: value for name, value in full.items() if name not in left}
    return Plan(experiment.name, experiment.module, checked, kept, seed)


def plan_from_json(content: Mapping[str, object]) -> Plan:
    """The plan that stands in sweep.json.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    axes = as_tuples(content["grid"])
    fixed, seed = content["fixed"], content["seed"]
    if not isinstance(axes, tuple) or not isinstance(fixed, dict) or not isinstance(seed, int | None):
        raise TypeError("grid, fixed or seed is of another kind")
    grid = Grid(tuple(str(name) for name, _ in axes), tuple(values for _, values in axes))
    held = {name: as_tuples(value) for name, value in fixed.items()}
    return Plan(str(content["experiment"]), str(content["module"]), grid, held, seed)
