"""Runs on digits with patches for the page on later work: break-even points, a trained second layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lrtheory.learning_order.experiments.digits_protocol import BATCH, EXAMPLES, drawn_net
from lrtheory.results import experiment, progress
from lrtheory.seeds import generator

if TYPE_CHECKING:
    from torch import Tensor

    from lrtheory.learning_order.models.branches import TwoBranchNet

RATES: Final = (0.05, 0.1, 0.4, 1.25)
LEVELS: Final = (0.5, 0.7, 0.9)
SLOPES: Final = (0.0, 0.01, 0.2)
TRAINED_RATES: Final = (0.1, 0.7, 1.25)
_EVERY, _SMALL, _PHASE, _REST = 2, 0.1, 320, 500


@experiment(
    version=1, smoke={"seeds": 1, "rates": (0.4,), "levels": (0.5,), "units": 64}, dtype="float32",
    elsewhere={"step": 0.3, "trace": 0.5, "top": 0.5, "sharpness": 0.5},
)
def break_even(
    *, seeds: int = 3, rates: tuple[float, ...] = RATES, levels: tuple[float, ...] = LEVELS,
    most_steps: int = 1500, units: int = 4096, seed: int = 0,
) -> dict[str, Any]:
    """Noise and sharpness where the training accuracy first reaches a level, looked at every two steps.

    Args:
        seeds: runs, from ``seed`` on.
        rates: constant ones.
        levels: of training accuracy, increasing.
        most_steps: after which a run is given up.
        units: for patches.
        seed: the first one.

    Returns:
        ``step``, ``trace`` and ``top`` (of the covariance of single gradients), ``sharpness`` (top
        eigenvalue of the Hessian), each of shape (rates, levels, seeds); NaN where a level was not reached.
    """
    import numpy as np

    shape = (len(rates), len(levels), seeds)
    found = {name: np.full(shape, np.nan) for name in ("step", "trace", "top", "sharpness")}
    for r, lr in enumerate(progress(rates, "break-even points")):
        for k in range(seeds):
            net, start = drawn_net(seed + k, patch_units=units)
            for level, numbers in _reached(net, start, lr, levels, most_steps, seed + k):
                for name, number in numbers.items():
                    found[name][r, level, k] = number
    return found


@experiment(
    version=1,
    smoke={"seeds": 1, "rates": (0.7,), "slopes": (0.2,), "units": 64, "steps": 40, "rest": 10},
    dtype="float32",
    elsewhere={
        "phase_patch_loss": 0.5, "patch_loss": 0.5, "accuracy": 0.2, "patch_accuracy": 0.5, "live": 0.5,
    },
)
def digits_trained(
    *, seeds: int = 3, rates: tuple[float, ...] = TRAINED_RATES, slopes: tuple[float, ...] = SLOPES,
    steps: int = _PHASE, rest: int = _REST, units: int = 4096, seed: int = 0,
) -> dict[str, Any]:
    """All four layers trained, with rectifiers that leak or do not: a rate, then the small one.

    Args:
        seeds: runs, from ``seed`` on.
        rates: of the first phase.
        slopes: of the rectifier below zero.
        steps: of the first phase.
        rest: steps at rate 0.1 after it.
        units: for patches.
        seed: the first one.

    Returns:
        ``diverged``; ``phase_patch_loss`` and ``live`` (share of patch units open on some prototype) after
        the first phase; ``patch_loss``, ``accuracy``, ``patch_accuracy`` at the end; each of shape (rates,
        slopes, seeds), NaN where a run diverged.
    """
    import numpy as np

    shape = (len(rates), len(slopes), seeds)
    names = ("phase_patch_loss", "live", "patch_loss", "accuracy", "patch_accuracy")
    found = {name: np.full(shape, np.nan) for name in names}
    diverged = np.zeros(shape, bool)
    cells = [(r, s, k) for r in range(len(rates)) for s in range(len(slopes)) for k in range(seeds)]
    for r, s, k in progress(cells, "trained second layers"):
        numbers = _all_trained(seed + k, rates[r], slopes[s], steps, rest, units)
        diverged[r, s, k] = not numbers
        for name, number in numbers.items():
            found[name][r, s, k] = number
    return found | {"diverged": diverged}


def _reached(
    net: TwoBranchNet, theta: Tensor, lr: float, levels: tuple[float, ...], most: int, seed: int
) -> list[tuple[int, dict[str, float]]]:
    """Which levels were reached, and the numbers there."""
    from lrtheory.eigenpairs import sharpness
    from lrtheory.learning_order.measures.gradients import gradient_covariance
    from lrtheory.sampling import batches

    samples = batches(EXAMPLES, BATCH, order="replacement", generator=generator(seed, "batches"))
    found: list[tuple[int, dict[str, float]]] = []
    for step in range(most):
        if step % _EVERY == 0:
            right = float((net.logits(theta).argmax(-1) == net.data.labels).double().mean())
            while len(found) < len(levels) and right >= levels[len(found)]:
                spread = gradient_covariance(net, theta)
                top = sharpness(net, theta, generator=generator(seed, "direction"), tolerance=1e-2)
                numbers = {"step": step, "trace": spread.trace, "top": spread.top}
                found.append((len(found), {**numbers, "sharpness": float(top.value)}))
            if len(found) == len(levels):
                break
        theta = theta - lr * net.gradient(theta, next(samples))
    return found


def _all_trained(
    seed: int, lr: float, slope: float, steps: int, rest: int, units: int
) -> dict[str, float]:
    """Numbers of one run, none if it diverged."""
    import torch
    from torch.nn.functional import cross_entropy, leaky_relu

    from lrtheory.sampling import batches

    net, theta = drawn_net(seed, patch_units=units)
    data = net.data
    layers = [*net.branches(theta), net.pixel_readout, net.patch_readout]
    first, second, pixel_out, patch_out = (each.clone().requires_grad_() for each in layers)
    optimizer = torch.optim.SGD([first, second, pixel_out, patch_out], lr=lr)
    samples = batches(EXAMPLES, BATCH, order="replacement", generator=generator(seed, "batches"))

    def pixel_logits(pixels: Tensor) -> Tensor:
        return leaky_relu(pixels @ first.mT, slope) @ pixel_out.mT

    def prototype_logits() -> Tensor:
        return leaky_relu(data.prototypes @ second.mT, slope) @ patch_out.mT

    blank, phase = data.members("patch"), {}

    @torch.no_grad()
    def patch_loss() -> float:
        patch = data.strength[blank, None] * prototype_logits()[data.variant[blank]]
        return float(cross_entropy(patch, data.labels[blank]))

    for step in range(steps + rest):
        if step == steps:
            open_ = (data.prototypes @ second.mT > 0).any(0).double().mean()
            phase = {"live": float(open_), "phase_patch_loss": patch_loss()}
            optimizer.param_groups[0]["lr"] = min(lr, _SMALL)
        batch = next(samples)
        patch = data.strength[batch, None] * prototype_logits()[data.variant[batch]]
        loss = cross_entropy(pixel_logits(data.pixels[batch]) + patch, data.labels[batch])
        if not bool(loss.isfinite()):
            return {}
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        guess = pixel_logits(data.test_pixels).argmax(1)
        told = prototype_logits().argmax(1)
    return {
        **phase, "patch_loss": patch_loss(),
        "accuracy": float((guess == data.test_labels).double().mean()),
        "patch_accuracy": float((told == data.prototype_labels).double().mean()),
    }
