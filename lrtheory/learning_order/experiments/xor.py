"""One feature only: what a large rate and weight decay do where there is no order to learn things in."""

from __future__ import annotations

from typing import Any, Final

from lrtheory.results import experiment, progress
from lrtheory.seeds import generator

RATES: Final = (50.0, 150.0, 400.0, 1600.0)
CALM: Final = 5.0  # rate of the second phase
# name, deviation of the start, decay, rate, steps of the first phase
CONTROLS: Final = (
    ("decay", 1.0, 1e-3, 50.0, 400),
    ("decay, small rate", 1.0, 1e-3, 2.0, 2000),
    ("large start", 5.0, 0.0, 5.0, 400),
)
_INPUTS, _TRAIN, _TEST, _BATCH, _PAIRS, _PHASE = 40, 300, 4000, 50, 512, 400
_ELSEWHERE: Final = {
    "accuracy": 0.1, "train_accuracy": 0.1, "movement": 0.1, "rank": 0.1, "energy": 0.2, "dead": 0.1,
}


@experiment(
    version=1, smoke={"seeds": 1, "rates": (50.0, 1600.0), "steps": 60, "calm_steps": 20}, dtype="float32",
    elsewhere={**_ELSEWHERE, "kernel_accuracy": 0.01},
)
def xor(
    *, seeds: int = 8, rates: tuple[float, ...] = RATES, steps: int = _PHASE, calm_steps: int = _PHASE,
    seed: int = 0,
) -> dict[str, Any]:
    """Product of two of 40 signs from 300 examples: a rate, then rate 5; no weight decay.

    1,024 units in pairs that cancel at the start, batches of 50 with replacement. The data of a seed are the
    same at all rates.

    Args:
        seeds: runs, from ``seed`` on.
        rates: of the first phase.
        steps: of the first phase.
        calm_steps: of the second.
        seed: the first one.

    Returns:
        ``accuracy`` on 4,000 new inputs, ``train_accuracy``, ``movement`` (relative), ``rank`` of the
        features of the training inputs, ``energy`` of the first layer in the two coordinates that count,
        ``dead`` (share of units closed on all training inputs), each of shape (rates, seeds); and
        ``kernel_accuracy`` of the tangent kernel, shape (seeds,).
    """
    import numpy as np

    from lrtheory.learning_order.models.xor import kernel_outputs

    cells = [(lr, run) for lr in rates for run in range(seed, seed + seeds)]
    rows = [_trained(run, lr, 1.0, 0.0, steps, calm_steps) for lr, run in progress(cells, "one feature")]
    found = {name: np.array([row[name] for row in rows]).reshape(len(rates), seeds) for name in rows[0]}
    exact = []
    for run in range(seed, seed + seeds):
        train, test = _data(run)
        outputs = kernel_outputs(train.inputs.double(), train.labels.double(), test.inputs.double())
        exact.append(float((outputs.sign() == test.labels).double().mean()))
    return found | {"kernel_accuracy": np.array(exact)}


@experiment(version=1, smoke={"seeds": 1, "share": 0.1}, dtype="float32", elsewhere=_ELSEWHERE)
def xor_controls(*, seeds: int = 3, share: float = 1.0, seed: int = 0) -> dict[str, Any]:
    """The same task with weight decay at two rates, and from a start five times as large.

    Args:
        seeds: runs, from ``seed`` on.
        share: of the steps that are made.
        seed: the first one.

    Returns:
        As of `xor`, without the kernel, each of shape (cases, seeds), in the order of `CONTROLS`.
    """
    import numpy as np

    rows = [
        _trained(run, lr, std, decay, round(share * steps), round(share * _PHASE))
        for _, std, decay, lr, steps in progress(CONTROLS, "controls")
        for run in range(seed, seed + seeds)
    ]
    return {name: np.array([row[name] for row in rows]).reshape(len(CONTROLS), seeds) for name in rows[0]}


def _data(run: int) -> tuple[Any, Any]:
    import torch

    from lrtheory.learning_order.models.xor import random_signs

    numbers = generator(run, "data")
    return tuple(
        random_signs(count, _INPUTS, generator=numbers, dtype=torch.float32) for count in (_TRAIN, _TEST)
    )  # type: ignore[return-value]


def _trained(
    run: int, lr: float, std: float, decay: float, steps: int, calm_steps: int
) -> dict[str, float]:
    """One run, and what is read off its end."""
    from lrtheory.descent import descend
    from lrtheory.learning_order.models.xor import RELEVANT, effective_rank, paired_net
    from lrtheory.rules import GradientDescent, step_decay
    from lrtheory.sampling import batches

    train, test = _data(run)
    net, start = paired_net(
        train, _PAIRS, std=std, weight_decay=decay, generator=generator(run, "weights")
    )
    calm = min(CALM, lr)
    theta = descend(
        GradientDescent(step_decay(lr, at=steps, factor=calm / lr)), net, start, steps=steps + calm_steps,
        batches=batches(_TRAIN, _BATCH, order="replacement", generator=generator(run, "batches")),
    ).final
    first, units = theta.reshape(2 * _PAIRS, -1), net.units(theta).relu().mT
    return {
        "accuracy": float(net.accuracy(theta, test.inputs, test.labels)),
        "train_accuracy": float(net.accuracy(theta, train.inputs, train.labels)),
        "movement": float((theta - start).norm() / start.norm()),
        "rank": effective_rank(units),
        "energy": float(first[:, :RELEVANT].square().sum() / first.square().sum()),
        "dead": float((units == 0).all(0).double().mean()),
    }
