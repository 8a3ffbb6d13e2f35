"""Rates from lazy to divergent, a large rate before a small one, and the scale of the readout."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lrtheory.lazy_rnn.experiments.protocol import curve, drawn_task, largest_gap, table
from lrtheory.results import experiment

if TYPE_CHECKING:
    from torch import Tensor

    from lrtheory.lazy_rnn.models.regression import SequenceRegression

RATES: Final = (0.5, 0.9, 1.1, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0)
_TASK: Final[dict[str, Any]] = {"count": 6, "times": 5, "inputs": 5, "weights": 50}
_POINTS = 60  # of the loss curves


@experiment(version=1, smoke={"widths": (64,), "seeds": 2, "rates": (0.5, 2.0)})
def rate_sweep(
    *, widths: tuple[int, ...] = (256,), seeds: int = 4, rates: tuple[float, ...] = RATES, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Rates from half the edge of stability to sixteen times it: lazy, catapult, divergent.

    Six sequences of 5 tokens, targets not centered. A rate c is c times 2 / lambda_max of the kernel at the
    start; 600 steps up to width 256, 400 beyond.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        rates: c, over the edge.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    import torch

    from lrtheory.lazy_rnn.kernels.training import trained
    from lrtheory.lazy_rnn.measures.movement import flips, movement
    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel

    def measure(width: int, run: int) -> dict[str, Any]:
        regression, _ = drawn_task(seed + run, width, **_TASK)
        network, sequences, start = regression.network, regression.sequences, regression.start
        before = tangent_kernel(network, start, sequences)
        lr = 2 * torch.tensor(rates, dtype=start.dtype) / torch.linalg.eigvalsh(before)[-1]
        many = start.expand(len(rates), -1)
        path = trained(regression, many, lr, steps=600 if width <= 256 else 400)
        loss, gone = path.loss, path.diverged
        lost = gone[:, None] | ~path.theta.isfinite()
        at = torch.where(lost, many, path.theta)  # of those that diverged nothing is kept below
        now, moved = tangent_kernel(network, at, sequences), movement(network, at)
        numbers = {
            "final_loss": loss[-1], "flips": flips(network, at, sequences),
            "sharpness": lr * torch.linalg.eigvalsh(now)[:, -1] / 2,
            "kernel_change": (now - before).flatten(1).norm(dim=1) / before.norm(),
            "spectral_ratio": moved.spectral_ratio, "frobenius": moved.frobenius,
        }
        numbers = {name: torch.where(gone, torch.nan, value) for name, value in numbers.items()}
        return numbers | {
            "peak_loss": loss.nan_to_num(math.inf).amax(0) / loss[0], "diverged": gone,
            "diverged_at": _first_above(loss), "loss_curve": curve(loss, _POINTS).mT,
        }

    return table(measure, widths, seeds, "rate sweep")


@experiment(version=1, smoke={"widths": (64,), "seeds": 2})
def two_phases(
    *, widths: tuple[int, ...] = (256, 512), seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """A small rate alone; or a large one for 30 steps and then a small one, linearized where that began.

    Six sequences of 5 tokens, targets not centered; rates .3, 3 and .3 times the edge at the weights where
    each begins.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    def measure(width: int, run: int) -> dict[str, Any]:
        regression, _ = drawn_task(seed + run, width, **_TASK)
        found: dict[str, Any] = {}
        theta = regression.start
        for name, rate, steps in (("single", 0.3, 500), ("first", 3.0, 30), ("second", 0.3, 500)):
            begin = theta if name == "second" else regression.start
            theta, numbers = _phase(regression, begin, rate, steps)
            found |= {f"{name}_{key}": value for key, value in numbers.items()}
        return found

    return table(measure, widths, seeds, "two phases")


@experiment(version=1, smoke={"widths": (64, 128), "seeds": 2})
def readout_scale(
    *, widths: tuple[int, ...] = (64, 128, 256, 512), seeds: int = 8, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """The paper's readout against one that shrinks like 4 / sqrt(m), which undoes laziness at every width.

    Six sequences of 5 tokens, centered; half the edge, 400 steps.

    Args:
        widths: units m.
        seeds: runs of each width, from ``seed`` on; NaN where there are fewer.
        seed: the first one.
        device: must be ``"cpu"``.
    """
    from dataclasses import replace

    from lrtheory.lazy_rnn.measures.movement import hidden_change, movement

    def measure(width: int, run: int) -> dict[str, Any]:
        plain, _ = drawn_task(seed + run, width, **_TASK)
        found: dict[str, Any] = {}
        for name, scale in (("paper", 1.0), ("mup", 4 / math.sqrt(width))):
            regression = replace(plain, network=plain.network.with_readout_scale(scale)).centered()
            theta, numbers = _phase(regression, regression.start, 0.5, 400)
            moved = movement(regression.network, theta)
            numbers |= {
                "hidden_change": hidden_change(regression.network, theta, regression.sequences),
                "sharpness": numbers.pop("lambda_ratio") / 2, "frobenius": moved.frobenius,
                "spectral": moved.spectral, "frobenius_ratio": moved.frobenius_ratio,
                "spectral_ratio": moved.spectral_ratio,
            }
            kept = {key: value for key, value in numbers.items() if key not in ("peak_loss", "loss_curve")}
            found |= {f"{name}_{key}": value for key, value in kept.items()}
        return found

    return table(measure, widths, seeds, "readout scale")


def _phase(
    regression: SequenceRegression, theta: Tensor, rate: float, steps: int
) -> tuple[Tensor, dict[str, Any]]:
    """Descend at a rate over the edge at these weights; weights after, and numbers against these weights."""
    import torch

    from lrtheory.lazy_rnn.kernels.training import trained
    from lrtheory.lazy_rnn.measures.movement import flips
    from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
    from lrtheory.lazy_rnn.theory.linearized import linearized

    linear = linearized(regression, theta)
    top = linear.eigenvalues[-1]
    lr = float(2 * rate / top)
    path = trained(regression, theta, lr, steps=steps)
    now = tangent_kernel(regression.network, path.theta, regression.sequences)
    return path.theta, {
        "final_loss": path.loss[-1], "peak_loss": path.loss.amax() / path.loss[0],
        "flips": flips(regression.network, path.theta, regression.sequences, since=theta),
        "kernel_change": (now - linear.kernel).norm() / linear.kernel.norm(),
        "lambda_ratio": torch.linalg.eigvalsh(now)[-1] / top,
        "max_train_gap": largest_gap(linear, path.residuals, lr), "loss_curve": curve(path.loss, _POINTS),
    }


def _first_above(loss: Tensor) -> Tensor:
    """First step at which a loss exceeds 1e8 times its start, NaN if none, shape (*E,)."""
    import torch

    above = loss.nan_to_num(math.inf) > 1e8 * loss[0]
    return torch.where(above.any(0), above.double().argmax(0).double(), torch.nan)
