"""The network with sine units of the authors' reply: does its chaos survive when the data can be fitted?"""

from __future__ import annotations

import math
from typing import Any

from lrtheory.results import experiment

_EVERY = 10


@experiment(
    version=1,
    smoke={"members": 2, "steps": 600, "twin_steps": 100},
    dtype="float64",
    elsewhere={"loss": 0.05, "twin_distance": math.inf},  # twins part: their distance is another elsewhere
)
def siren_runs(
    *, lr: float = 0.3, label_noise: float = 1.0, eps: float = 1e-3, examples: int = 16,
    smooth_units: int = 3, fine_units: int = 8, members: int = 12, steps: int = 20_000,
    twin_steps: int = 400, delta: float = 1e-9, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Full-batch descent of a sine network with and without label noise: loss, and twins at the end.

    Args:
        lr: learning rate.
        label_noise: standard deviation of the labels' noise; at 0 the network can fit the data.
        eps: small scale of target and network.
        examples: number of training examples.
        smooth_units: units that see the inputs as they are.
        fine_units: units that see the inputs over eps.
        members: independent initializations on the same data.
        steps: number of steps before twins are started, a multiple of 10.
        twin_steps: how long the twins are followed, a multiple of 10.
        delta: first distance of the twins.
        seed: seed of the data and the initializations.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.chaos.measures.runs import pair_distance
    from lrtheory.chaos.models.siren import sine_regression
    from lrtheory.descent import GradientDescent, descend
    from lrtheory.seeds import generator

    network = sine_regression(
        eps, generator(seed, "data"), examples=examples, label_noise=label_noise,
        smooth_units=smooth_units, fine_units=fine_units,
    )
    rule, start = GradientDescent(lr), network.start(members, generator(seed, "start"))
    watch = {"loss": network.loss}
    path = descend(rule, network, start, steps=steps, every=_EVERY, keep_theta=False, observe=watch)
    apart = pair_distance(rule, network, path.final, delta=delta, steps=twin_steps, every=_EVERY)
    return {
        "steps": path.steps.numpy(),
        "loss": path.observed["loss"].numpy().astype(np.float32),
        "twin_steps": np.arange(0, twin_steps + 1, _EVERY),
        "twin_distance": apart.numpy(),
    }
