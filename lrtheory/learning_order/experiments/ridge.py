"""What a large rate makes of the memorizable pattern in the long run, and what its gates have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lrtheory.learning_order.experiments.runs import drawn, seeds_from, setting_of
from lrtheory.results import experiment, progress
from lrtheory.seeds import generator, stream_seed

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from lrtheory.learning_order.models.settings import Setting

# r, A and weight decay of each long run.
RIDGE_CASES: Final = (
    (0.07, 7.5, 8e-4), (0.07, 7.5, 1.6e-3), (0.05, 7.5, 8e-4), (0.1, 7.5, 1.6e-3), (0.07, 5.0, 8e-4),
)
_ROUNDED: Final = 0.1  # of a second difference: gates near their edge, in single precision
_LAST_STILL: Final = 400  # step up to which descent without noise is followed
_INPUTS: Final = 400  # training inputs on which the kernel of the first block is compared


@experiment(
    version=1,
    smoke={
        "cases": ((0.07, 7.5, 1.6e-3),), "units": 2000, "steps": 100, "begin": 40, "every": 10, "seeds": 2,
    },
    elsewhere={"outputs": _ROUNDED, "curve": _ROUNDED, "predicted": 1e-6},
)
def ridge_law(
    *, cases: tuple[tuple[float, float, float], ...] = RIDGE_CASES, units: int = 100_000,
    examples: int = 4000, steps: int = 20_000, begin: int = 5000, every: int = 50, lr: float = 0.3,
    tau: float = 1.2, alpha_from: float = 0.5, seeds: int = 4, seed: int = 0,
) -> dict[str, Any]:
    """Long runs of the memorizing block alone at a large rate, with the noise that keeps its weights' size.

    Args:
        cases: r, A and weight decay of each run.
        units: of the block.
        examples: all with the memorizable pattern alone.
        steps: of descent.
        begin: from which step on the outputs are averaged.
        every: steps between the points of a curve.
        lr: learning rate.
        tau: spread of the weights.
        alpha_from: least length of an example.
        seeds: how many, from ``seed`` on: draws of data, weights and noise.
        seed: the first.

    Returns:
        ``outputs`` (cases, seeds, 3), the time-means; ``curve`` (cases, points), second differences of the
        first seed at ``curve_steps``; ``predicted`` (cases, 3), outputs of the ridge law.
    """
    import numpy as np

    from lrtheory.learning_order.models.pq import q_points
    from lrtheory.learning_order.theory.gates import averaged_kernel
    from lrtheory.learning_order.theory.ridge import ridge_law as law

    jobs = [(*case, one) for case in cases for one in seeds_from(seed, seeds)]
    means, curves = [], []
    for r, amplitude, decay, one in progress(jobs, "ridge law"):
        outputs = _outputs_of_a_block(
            r, amplitude, decay, units=units, examples=examples, steps=steps, lr=lr, tau=tau,
            alpha_from=alpha_from, seed=one,
        )
        means.append(outputs[begin:].mean(0))
        curves.append((outputs[:, 0] - (outputs[:, 1] + outputs[:, 2]) / 2)[::every])
    predicted = [
        law(averaged_kernel(q_points(r)), decay, amplitude=amplitude, alpha_from=alpha_from).outputs.numpy()
        for r, amplitude, decay in cases
    ]
    return {
        "outputs": np.array(means).reshape(len(cases), seeds, 3), "curve": np.array(curves[::seeds]),
        "curve_steps": np.arange(0, steps + 1, every), "predicted": np.array(predicted),
        "cases": np.array(cases),
    }


@experiment(
    version=1, smoke={"size": "tiny", "examples": 200, "steps": (1, 5, 20), "seeds": 1},
    elsewhere={
        name: 0.05
        for run in ("large", "still")
        for name in (f"{run}_flips", f"{run}_crossed", f"{run}_same", f"{run}_cka", f"{run}_cka_p")
    },
)
def gates_in_time(
    *, size: str = "base", examples: int = 1200, steps: tuple[int, ...] = (1, 10, 100, 400, 1000, 4000),
    seeds: int = 2, seed: int = 0,
) -> dict[str, Any]:
    """Gates at the start beside those under a large rate with noise ("large") and without noise ("still").

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        examples: to train on.
        steps: at which both are compared with the start.
        seeds: how many, from ``seed`` on.
        seed: the first.

    Returns:
        Arrays (seeds, steps): ``flips``; ``crossed`` and ``same``, second differences of the kernel across
        time and of that of one time, over that at the start; ``cka`` of the memorizing block's kernel at the
        three points, and ``cka_p`` of the other block's on training inputs. NaN for "still" after
        step 400, when it has long memorized.
    """
    import numpy as np

    setting = setting_of(size, examples=examples)
    rows: dict[str, list[dict[str, Any]]] = {"large": [], "still": []}
    for one, name in progress([(s, n) for s in seeds_from(seed, seeds) for n in rows], "gates in time"):
        rows[name].append(_compared(setting, one, steps, noise=name == "large"))
    found = {
        f"{name}_{quantity}": np.array([row[quantity] for row in each])
        for name, each in rows.items()
        for quantity in each[0]
    }
    return found | {"steps": np.array(steps)}


def _outputs_of_a_block(
    r: float, amplitude: float, decay: float, *, units: int, examples: int, steps: int, lr: float,
    tau: float, alpha_from: float, seed: int,
) -> np.ndarray:
    """Outputs at the three points at every step, shape (steps + 1, 3)."""
    import numpy as np
    import torch

    from lrtheory.learning_order.kernels.q_block import QBlock
    from lrtheory.learning_order.models.noise import stationary_noise
    from lrtheory.learning_order.models.pq import PQDistribution

    data = PQDistribution(2, p_only=0.0, q_only=1.0, r=r, alpha_from=alpha_from)
    train = data.sample(examples, generator=generator(seed, "data"))
    alpha, y, point = (each.numpy() for each in (train.alpha, train.labels, train.patterns))
    draw = generator(seed, "weights")
    weights = (tau * torch.randn(2, units, generator=draw)).numpy()
    signs = torch.where(torch.rand(units, generator=draw) < 0.5, -1.0, 1.0).numpy()
    second = (signs * (amplitude / units**0.5)).astype(np.float32)
    block = QBlock(second, weights[0].copy(), weights[1].copy(), r, stream_seed(seed, "noise"))
    block.begin()
    spread, found = stationary_noise(tau, lr, decay), np.empty((steps + 1, 3))
    for step in range(steps + 1):
        found[step] = block.g
        if step < steps:
            pull = -y * alpha / (1 + np.exp(y * alpha * block.g[point])) / examples
            force = np.bincount(point, pull, minlength=3)
            block.advance(force.astype(float), lr=lr, weight_decay=decay, spread=spread)
    return found


def _compared(setting: Setting, seed: int, steps: tuple[int, ...], *, noise: bool) -> dict[str, Any]:
    """Quantities of `gates_in_time` of one run."""
    import numpy as np
    import torch

    from lrtheory.learning_order.kernels.two_block_run import TwoBlockRun
    from lrtheory.learning_order.measures.gates import cka, cross_kernel_smode, pattern_flip_rate
    from lrtheory.learning_order.models.phases import Phase
    from lrtheory.learning_order.models.pq import q_points

    task, start, _ = drawn(setting, seed)
    x, r = task.examples.x1[task.examples.groups != 1][:_INPUTS], setting.data.r
    run = TwoBlockRun(task, start, noise=setting.noise, seed=seed)
    phase = Phase(setting.lr, max(steps), noise=1.0 if noise else 0.0)
    first = task.blocks(run.theta.double())
    once = cross_kernel_smode(first.q, first.q, r)
    kept: dict[str, list[float]] = {"flips": [], "crossed": [], "same": [], "cka": [], "cka_p": []}
    run.begin(phase)
    for step in range(1, (max(steps) if noise else _LAST_STILL) + 1):
        run.outputs()
        run.advance(phase)
        if step in steps:
            now = task.blocks(run.theta.double())
            kept["flips"].append(float(pattern_flip_rate(first.q, now.q, r)))
            kept["crossed"].append(float(cross_kernel_smode(first.q, now.q, r) / once))
            kept["same"].append(float(cross_kernel_smode(now.q, now.q, r) / once))
            kept["cka"].append(float(cka(*(_tangent(each.q, q_points(r)) for each in (first, now)))))
            kept["cka_p"].append(float(cka(*(_tangent(each.p, x) for each in (first, now)))))
    fewer = len(steps) - len(kept["flips"])
    return {name: np.array(rows + [torch.nan] * fewer) for name, rows in kept.items()}


def _tangent(weights: Tensor, points: Tensor) -> Tensor:
    """Tangent kernel of a block's first layer with the gates of its weights, but for the second layer."""
    gates = (points @ weights.mT > 0).double()
    return (points @ points.mT) * (gates @ gates.mT) / len(weights)
