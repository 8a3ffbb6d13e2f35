"""Compiled SGD, descent and diffusion on the helix, thousands of walkers at once; predictions elsewhere.

Importing this module does not import numba; the first run does, and compiles its loop once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lrtheory.doors import finite
from lrtheory.measure import Estimate, mean_and_stderr

_GROUPS = 20  # walkers are averaged in groups; the scatter of the groups gives standard errors


@dataclass(frozen=True)
class Climb:
    """What walkers on the helix did after their start was forgotten.

    Attributes:
        velocity: climb per step of lr.
        squared_distance: mean of u^2 + v^2.
        coupling: mean of the product of both weights in the turning frame, whose force is the climb.
    """

    velocity: Estimate
    squared_distance: Estimate
    coupling: Estimate


def helix_climb(
    lr: float,
    *,
    walkers: int,
    steps: int,
    generator: torch.Generator,
    tilt: float = 0.0,
    burn: int | None = None,
    diffusion: int = 0,
) -> Climb:
    """Climb of SGD on the helix, one fresh example a step, from u = v = z = 0.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.diagrams import screw_velocity
        >>> found = helix_climb(0.3, walkers=400, steps=300, generator=generator(0, "noise"))
        >>> abs(found.velocity.value - screw_velocity(0.3)) < 4 * found.velocity.stderr
        True

    Args:
        lr: learning rate, in (0, 1).
        walkers: independent runs, at least 40.
        steps: steps measured.
        generator: source of the noise.
        tilt: slope of the axis.
        burn: steps forgotten first; None for 15 / lr of them.
        diffusion: 0 for SGD; k >= 1 for the diffusion of the same rate in steps of lr / k, of which k count
            as one step.

    Raises:
        ValueError: an argument out of its range.

    Cost: walkers x (burn + steps) compiled steps, times ``diffusion`` where it is not 0; the first call
    compiles.

    Source: tenka2020, the experiment on the Helix landscape.
    """
    lr, tilt = finite("lr", lr), finite("tilt", tilt)
    if not 0 < lr < 1:
        raise ValueError(f"lr must lie in (0, 1), got {lr}: the helix has curvature 2")
    if walkers < 2 * _GROUPS or steps < 1 or diffusion < 0:
        raise ValueError(
            f"at least {2 * _GROUPS} walkers, one step and a refinement of at least 0 are needed, got "
            f"{walkers}, {steps} and {diffusion}"
        )
    from lrtheory.diagrams.measures.compiled_helix import walk

    refinement = max(diffusion, 1)
    forgotten = int(15 / lr) + 1 if burn is None else burn
    seed = int(torch.randint(2**62, (), generator=generator))
    means = np.empty((walkers, 3))
    walk(
        np.random.default_rng(seed),
        means,
        np.array([lr / refinement, refinement**0.5, tilt]),
        np.array([forgotten * refinement, steps * refinement]),
    )
    means[:, 0] *= refinement
    groups = np.stack([part.mean(axis=0) for part in np.array_split(means, _GROUPS)])
    return Climb(*(mean_and_stderr(column) for column in groups.T))
