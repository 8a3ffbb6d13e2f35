"""What the runs have in common with those of the GPU: seeds, tasks, and one table of widths by seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lrtheory.doors import whole
from lrtheory.results import progress

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from lrtheory.lazy_rnn.models.networks import ElmanNetwork
    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import Sequences
    from lrtheory.lazy_rnn.theory.linearized import LinearizedRegression

WIDTHS: Final = (64, 128, 256, 512)
# The streams of the protocol: data and weights are drawn from these seeds plus the run's own.
_TOKENS, _TARGETS, _TEST_TOKENS = 10_000, 20_000, 30_000
_TEST_SEQUENCES = 16
_CURVE_POINTS, _CURVE_END = 120, 3000
# What the numbers of `fitted` may differ by on another processor, where a gate on its edge may flip.
ROUNDED: Final = {
    **dict.fromkeys(("frobenius", "spectral", "frobenius_ratio", "spectral_ratio", "max_train_gap"), 1e-4),
    **dict.fromkeys(("flips", "flips_test", "kernel_change", "test_gap", "final_loss", "loss_curve"), 0.05),
    **dict.fromkeys(("frobenius_over_predicted", "final_loss_ratio", "pl_min", "pl_max"), 0.05),
}


def table(
    measure: Callable[[int, int], Mapping[str, Any]], widths: Sequence[int], seeds: int, name: str
) -> dict[str, Any]:
    """Numbers of every width and seed: shape (widths, seeds, ...) each, and ``widths``.

    Args:
        measure: of a width and a seed.
        widths: in the order of the rows.
        seeds: how many, from 0 on.
        name: what the progress bar says.
    """
    import numpy as np

    for width in widths:
        whole("widths", width, least=1)
    cells = [(width, seed) for width in widths for seed in range(whole("seeds", seeds, least=1))]
    rows = [measure(*cell) for cell in progress(cells, name)]
    found = {
        key: np.array([_numpy(row[key]) for row in rows]).reshape(
            len(widths), seeds, *_numpy(rows[0][key]).shape
        )
        for key in rows[0]
    }
    return found | {"widths": np.array(widths)}


def _numpy(value: Any) -> Any:
    import numpy as np

    return np.asarray(value.cpu() if hasattr(value, "cpu") else value, dtype=float)


def stream(seed: int) -> torch.Generator:
    """Numbers from a seed as the protocol draws them; the GPU runs drew the same."""
    import torch

    return torch.Generator().manual_seed(seed)


def drawn_network(
    seed: int, width: int, inputs: int, outputs: int = 1, device: str = "cpu"
) -> ElmanNetwork:
    """A network whose weights were drawn in float32 on the CPU, computed with in float64 on a device."""
    import torch

    from lrtheory.lazy_rnn.models.networks import random_network

    network = random_network(width, inputs, outputs, generator=stream(seed), drawn_in=torch.float32)
    weights = {name: getattr(network, name).to(device) for name in ("recurrent", "input_weights", "readout")}
    return replace(network, **weights)


def drawn_task(
    seed: int, width: int, *, count: int, times: int, inputs: int, weights: int = 0, device: str = "cpu"
) -> tuple[SequenceRegression, Sequences]:
    """A random network, random tokens, random targets at every time; and sequences to test it on.

    Args:
        seed: of the run; ``weights`` is added for the network.
        width: units.
        count: training sequences.
        times: their length.
        inputs: size of a token.
        weights: added to the seed for the weights.
        device: where all of it lies; on every device the same numbers.
    """
    from lrtheory.lazy_rnn.models.regression import SequenceRegression
    from lrtheory.lazy_rnn.models.sequences import every_time
    from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens

    tokens = random_tokens(count, times, inputs, generator=stream(_TOKENS + seed))
    test = random_tokens(_TEST_SEQUENCES, times, inputs, generator=stream(_TEST_TOKENS + seed))
    targets = random_targets(tokens, generator=stream(_TARGETS + seed))
    network = drawn_network(weights + seed, width, inputs, device=device)
    tokens, test, targets = (each.to(device) for each in (tokens, test, targets))
    return SequenceRegression(network, every_time(tokens), targets), every_time(test)


def fitted(
    regression: SequenceRegression, test: Sequences, *, lr: float, steps: int, stop: float
) -> tuple[dict[str, Any], Tensor, Tensor]:
    """Train, and compare with the linearization at the start.

    Returns:
        Numbers by name; changes of the test outputs of the network and of its linearization.
    """
    from lrtheory.lazy_rnn.kernels.training import trained
    from lrtheory.lazy_rnn.measures.movement import flips, kernel_change, movement
    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
    from lrtheory.lazy_rnn.theory.linear_training import interpolation_movement
    from lrtheory.lazy_rnn.theory.linearized import linearized
    from lrtheory.lazy_rnn.theory.modes import Modes

    network, start = regression.network, regression.start
    linear = linearized(regression)
    run = trained(regression, start, lr, steps=steps, stop=stop)
    outputs = [test.flat(network.outputs_of(theta, test)) for theta in (start, run.theta)]
    full = outputs[1] - outputs[0]
    begin = linear.start_residuals
    # Some rates of the runs make the linear dynamics diverge: infinities and NaN are then kept.
    modes = Modes.after(linear.kernel, begin, lr, [int(run.steps)], allow_divergence=True)
    fed = modes.back(modes.gain * modes.start)[0]
    guess = -tangent_kernel(network, start, test, regression.sequences) @ fed
    moved, values = movement(network, run.theta), linear.eigenvalues
    loss = run.loss
    numbers = {
        "frobenius": moved.frobenius, "spectral": moved.spectral, "frobenius_ratio": moved.frobenius_ratio,
        "spectral_ratio": moved.spectral_ratio,
        "flips": flips(network, run.theta, regression.sequences),
        "flips_test": flips(network, run.theta, test),
        "max_train_gap": largest_gap(linear, run.residuals, lr),
        "test_gap": _finite((full - guess).norm() / full.norm()),
        "kernel_change": kernel_change(network, run.theta, regression.sequences),
        "final_loss": loss[-1], "final_loss_ratio": loss[-1] / loss[0], "steps": steps,
        "frobenius_over_predicted": moved.frobenius / interpolation_movement(linear.kernel, begin),
        "lambda_max": values[-1] / network.width, "lambda_min": values[0] / network.width,
        "steps_to_1e3": run.first_below(1e-3), "steps_to_1e6": run.first_below(1e-6),
        "steps_to_ratio_1e4": run.first_below(1e-4 * loss[0]), "loss_curve": curve(loss),
    }
    ratios = (run.slopes / (network.width * loss))[: int(run.steps)]
    ratios = ratios[loss[: int(run.steps)] > 1e-8 * loss[0]]
    return numbers | {"pl_min": ratios.min(), "pl_max": ratios.max()}, full, guess


def own_rate(regression: SequenceRegression) -> float:
    """1 / lambda_max of the network's own tangent kernel at its start: half the edge of stability."""
    import torch

    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel

    kernel = tangent_kernel(regression.network, regression.start, regression.sequences)
    return float(1 / torch.linalg.eigvalsh(kernel)[-1])


def largest_gap(linear: LinearizedRegression, path: Tensor, lr: float | Tensor) -> Tensor:
    """Largest distance between the residuals of a run, path, and the linearized ones, over the first."""
    from lrtheory.lazy_rnn.theory.modes import Modes

    steps = range(len(path))
    modes = Modes.after(linear.kernel, linear.start_residuals, lr, steps, allow_divergence=True)
    gaps = path - modes.back(modes.decay * modes.start)
    return _finite(gaps.norm(dim=-1).amax(0) / path[0].norm(dim=-1))


def _finite(number: Tensor) -> Tensor:
    return number.nan_to_num(math.nan, math.nan, math.nan)


def curve(loss: Tensor, points: int = _CURVE_POINTS) -> Tensor:
    """Losses at steps evenly spaced in the logarithm to 3000, held at the end; shape (points,)."""
    import torch

    at = torch.as_tensor(curve_steps(points))
    return loss[at.clamp_max(len(loss) - 1)]


def curve_steps(points: int = _CURVE_POINTS) -> Any:
    """The steps of `curve`: 0, then up to ``points`` whole numbers from 1 to 3000."""
    import numpy as np

    spaced = np.geomspace(1, _CURVE_END, points).round()
    return np.unique(np.concatenate([[0], spaced])).astype(int)
