"""The authors' network experiment: full-batch descent on the airfoil data, is it chaotic and stationary?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtheory.results import experiment, progress

if TYPE_CHECKING:
    from lrtheory.chaos.models.networks import NetworkLandscape

_STEPS_A_RECORD = 20  # losses and weights are kept at this stride; the exponent uses every step
_TWIN_RECORD = 40  # steps between two distances of a twin, a multiple of the above
_WEIGHTS_STORED = 4
_HIGHEST_LOSS = 1e30  # keeps a diverging loss within float32
_RENORMALIZE = 20  # steps between rescalings of the tangent vector


@experiment(
    version=2,
    dtype="float64",
    smoke={"steps": 2000, "seeds": 2, "checkpoints": 4, "twin_steps": 400},
    elsewhere={"twin_distance": 1e-3, "rises": 0.01},  # 2000 steps are too few for rounding to grow further
)
def airfoil_runs(
    *, lr: float = 0.0165, scaling: str = "centered", sizes: tuple[int, ...] = (5, 16, 1),
    slope: float = 0.01, steps: int = 60_000, seeds: int = 6, checkpoints: int = 60,
    twin_steps: int = 3000, delta: float = 1e-9, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Full-batch descent of a leaky-ReLU network on the airfoil data: loss, exponent, sharpness, drift.

    Args:
        lr: learning rate.
        scaling: how inputs and targets are scaled, as in `airfoil_network`.
        sizes: layer widths, one hidden layer and one output.
        slope: slope of the leaky ReLU below zero.
        steps: number of steps, a multiple of checkpoints * 20.
        seeds: independent initializations.
        checkpoints: blocks of the run. At the end of each the sharpness is read and the exponent of the
            block; at its start a twin is put delta away.
        twin_steps: how long each twin is followed, a multiple of 40; NaN once the run is over.
        delta: first distance of a twin, in weight space.
        seed: seed of the initializations, tangents and twins.
        device: must be ``"cpu"``: the kernel is compiled for it.
    """
    import numpy as np

    if steps % (checkpoints * _STEPS_A_RECORD):
        raise ValueError(f"steps must be a multiple of checkpoints * {_STEPS_A_RECORD}, got {steps}")
    if twin_steps % _TWIN_RECORD:
        raise ValueError(f"twin_steps must be a multiple of {_TWIN_RECORD}, got {twin_steps}")
    if device != "cpu" or len(sizes) != 3 or sizes[-1] != 1:
        raise ValueError(f"one hidden layer, one output and device cpu expected, got {sizes} on {device}")
    from lrtheory.chaos.models.networks import airfoil_network

    landscape = airfoil_network(scaling=scaling, sizes=sizes, slope=slope)
    plan = _Plan(lr, steps, checkpoints, twin_steps, delta, seed)
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = pool.map(lambda member: _one_run(landscape, member, plan), range(seeds))
        found = list(progress(runs, f"airfoil {scaling} lr={lr}", total=seeds))
    return {
        "record_steps": np.arange(0, steps, _STEPS_A_RECORD),
        "checkpoint_steps": np.arange(1, checkpoints + 1) * (steps // checkpoints),
        "twin_steps": np.arange(0, twin_steps + 1, _TWIN_RECORD),
        **{name: np.stack([run[name] for run in found]) for name in found[0]},
    }


@dataclass(frozen=True)
class _Plan:
    """What every member of an experiment shares; fields as in `airfoil_runs`."""

    lr: float
    steps: int
    checkpoints: int
    twin_steps: int
    delta: float
    seed: int


def _one_run(landscape: NetworkLandscape, member: int, plan: _Plan) -> dict[str, Any]:
    """One initialization: arrays without a member axis; NaN from the checkpoint of a divergence on."""
    import numpy as np
    import torch

    from lrtheory.measure import sharpness
    from lrtheory.seeds import generator

    theta = landscape.start(1, generator(plan.seed, "start", member))[0].numpy()
    tangent = _random_unit(landscape.dim, generator(plan.seed, "tangent", member))
    span = plan.steps // plan.checkpoints
    loss = np.full((plan.checkpoints, span), np.nan)
    path = np.full((plan.checkpoints, span // _STEPS_A_RECORD, landscape.dim), np.nan)
    exponent, top = np.full(plan.checkpoints, np.nan), np.full(plan.checkpoints, np.nan)
    for k in range(plan.checkpoints):
        theta, tangent, loss[k], path[k], growth = _advance(landscape, theta, tangent, lr=plan.lr, steps=span)
        if not np.isfinite(theta).all():
            break
        exponent[k] = growth / span
        source = generator(plan.seed, "lanczos", member)
        top[k] = float(sharpness(landscape, torch.as_tensor(theta), generator=source).value)
    records = path.reshape(-1, landscape.dim)
    distance = [
        _twin_distance(landscape, records[k * len(path[0]) :], generator(plan.seed, "twin", member, k), plan)
        for k in range(plan.checkpoints)
    ]
    return {
        **_loss_summary(loss.ravel()),
        "exponent": exponent,
        "sharpness": top,
        "twin_distance": np.stack(distance).astype(np.float32),
        "drift_ks": _quarters_ks(records),
        "weights": records[:, _shown_weights(landscape.dim)].astype(np.float32),
    }


def _loss_summary(loss: Any) -> dict[str, Any]:
    """The loss at every record, its range between records, and the step of a divergence (-1: none)."""
    import numpy as np

    records = loss.reshape(-1, _STEPS_A_RECORD)
    lost = np.nonzero(~np.isfinite(loss))[0]
    return {
        "loss": records[:, 0],
        "loss_low": records.min(1).astype(np.float32),
        "loss_high": records.max(1).clip(max=_HIGHEST_LOSS).astype(np.float32),
        "rises": (np.diff(loss) > 0).mean(),
        "diverged_at": int(lost[0]) if len(lost) else -1,
    }


def _shown_weights(dim: int) -> Any:
    import numpy as np

    return np.linspace(0, dim - 1, _WEIGHTS_STORED).astype(int)


def _advance(landscape: NetworkLandscape, theta: Any, tangent: Any, *, lr: float, steps: int) -> Any:
    """Descend so many steps: weights, unit tangent, losses, weights every record, log growth."""
    import numpy as np

    from lrtheory.chaos.kernels.network import descend_network

    inputs, targets = landscape.inputs.T.numpy(), landscape.targets[:, 0].numpy()
    losses, path, growth = [], [], 0.0
    for _ in range(steps // _RENORMALIZE):
        path.append(theta)
        theta, tangent, loss = descend_network(
            theta, tangent, inputs, targets, slope=landscape.slope, lr=lr, steps=_RENORMALIZE
        )
        losses.append(loss)
        if not np.isfinite(loss[-1]):
            break
        length = float(np.linalg.norm(tangent))
        growth += float(np.log(length))
        tangent = tangent / length
    losses.append(np.full(steps - _RENORMALIZE * len(losses), np.nan))
    path += [np.full_like(theta, np.nan)] * (steps // _RENORMALIZE - len(path))
    return theta, tangent, np.concatenate(losses), np.stack(path), growth


def _twin_distance(landscape: NetworkLandscape, records: Any, source: Any, plan: _Plan) -> Any:
    """Distance of a twin from the run whose records these are; finite, so kinks count too."""
    import numpy as np

    from lrtheory.chaos.kernels.network import descend_network

    inputs, targets = landscape.inputs.T.numpy(), landscape.targets[:, 0].numpy()
    twin = records[0] + plan.delta * _random_unit(landscape.dim, source)
    distance = np.full(plan.twin_steps // _TWIN_RECORD + 1, np.nan)
    stride = _TWIN_RECORD // _STEPS_A_RECORD
    for each, at in enumerate(records[: len(distance) * stride : stride]):
        if not (np.isfinite(at).all() and np.isfinite(twin).all()):  # one of them has diverged
            break
        distance[each] = np.linalg.norm(twin - at)
        twin = descend_network(
            twin, np.zeros_like(twin), inputs, targets, slope=landscape.slope, lr=plan.lr, steps=_TWIN_RECORD
        )[0]
    return distance


def _quarters_ks(path: Any) -> Any:
    """Kolmogorov-Smirnov distance of every weight's third quarter from its fourth: 0 if stationary."""
    import numpy as np
    from scipy.stats import ks_2samp

    if not np.isfinite(path).all():
        return np.full(path.shape[1], np.nan)
    quarter = len(path) // 4
    third, fourth = path[2 * quarter : 3 * quarter], path[3 * quarter :]
    return np.array([ks_2samp(a, b).statistic for a, b in zip(third.T, fourth.T, strict=True)])


def _random_unit(dim: int, source: Any) -> Any:
    import torch

    vector = torch.randn(dim, generator=source, dtype=torch.float64).numpy()
    return vector / (vector**2).sum() ** 0.5
