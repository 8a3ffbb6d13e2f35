"""Digits with patches, two branches: large and small rates, batches, noise on units, Adam, first phases."""

from __future__ import annotations

from typing import Any, Final

from lrtheory.learning_order.experiments.digits_protocol import drawn_net, followed, noisy_path, stacked
from lrtheory.results import experiment, progress

LARGE: Final = 1.25
SMALL: Final = 0.1
PHASE: Final = 320  # steps at the large rate
EVERY: Final = 20  # steps between looks
RATES: Final = (0.05, 0.1, 0.25, 0.5, 1.0)
BATCHES: Final = (8, 32, 128, 1000)
NOISES: Final = (0.6, 0.9, 1.2)
ADAM_RATES: Final = (1e-3, 1e-2, 3e-2)
FIRST_RATES: Final = (0.1, 0.25, 0.5, 0.7, 1.0, 1.5, 3.0, 10.0)
# A chaotic run in float32: another processor's rounding leaves statistics, not digits.
_ELSEWHERE: Final = {
    "loss": 0.2, "patch_loss": 0.3, "digit_loss": 0.2, "accuracy": 0.1, "patch_accuracy": 0.3,
}


@experiment(
    version=1, smoke={"seeds": 1, "large_steps": 400, "small_steps": 240, "units": 512}, dtype="float32",
    elsewhere={f"{name}_{what}": part for name in ("large", "small") for what, part in _ELSEWHERE.items()},
)
def digits(
    *, seeds: int = 5, large_steps: int = 3320, small_steps: int = 7000, units: int = 4096, seed: int = 0
) -> dict[str, Any]:
    """A large rate (1.25, after 320 steps 0.1) against a small one (0.1): who learns what first.

    Plain SGD on batches of 32, drawn with replacement; 256 units for pixels.

    Args:
        seeds: runs, from ``seed`` on.
        large_steps: of the large rate and what follows it.
        small_steps: of the small rate.
        units: for patches.
        seed: the first one.

    Returns:
        ``large_...`` and ``small_...`` every 20 steps, shape (seeds, records): ``loss``, ``patch_loss`` and
        ``digit_loss`` (training examples of which one half is missing), ``accuracy`` on test digits without
        patches, ``patch_accuracy`` on the 20 prototypes; and ``large_step``, ``small_step``.
    """
    from lrtheory.rules import GradientDescent, step_decay

    plans = {
        "large": (GradientDescent(step_decay(LARGE, at=PHASE, factor=SMALL / LARGE)), large_steps),
        "small": (GradientDescent(SMALL), small_steps),
    }
    found: dict[str, list[Any]] = {}
    for run in progress(range(seed, seed + seeds), "digits"):
        net, start = drawn_net(run, patch_units=units)
        for name, (rule, steps) in plans.items():
            for what, values in followed(net, start, rule, steps, run, every=EVERY).items():
                found.setdefault(f"{name}_{what}", []).append(values)
    return stacked(found, (seeds,))


@experiment(
    version=1, smoke={"seeds": 1, "rates": (0.5,), "batch_sizes": (32,), "units": 128}, dtype="float32",
    elsewhere=_ELSEWHERE,
)
def digits_rates(
    *, seeds: int = 2, rates: tuple[float, ...] = RATES, batch_sizes: tuple[int, ...] = BATCHES,
    time: float = 60.0, units: int = 1024, seed: int = 0,
) -> dict[str, Any]:
    """Rates against sizes of batches at one time rate x steps, mean of the last five of thirty looks.

    Args:
        seeds: runs, from ``seed`` on.
        rates: constant ones.
        batch_sizes: drawn with replacement; 1000 is all examples.
        time: rate times steps.
        units: of both branches.
        seed: the first one.

    Returns:
        As of `digits`, each of shape (batch sizes, rates, seeds).
    """
    from lrtheory.rules import GradientDescent

    table: dict[str, list[Any]] = {}
    cells = [(b, r, s) for b in batch_sizes for r in rates for s in range(seed, seed + seeds)]
    for size, lr, run in progress(cells, "rates and batches"):
        net, start = drawn_net(run, pixel_units=units, patch_units=units)
        steps = round(time / lr)
        path = followed(
            net, start, GradientDescent(lr), steps, run, every=max(steps // 30, 1), batch_size=size
        )
        for what, values in path.items():
            table.setdefault(what, []).append(values[-5:].mean())
    table.pop("step")
    return stacked(table, (len(batch_sizes), len(rates), seeds))


@experiment(
    version=1, smoke={"seeds": 1, "noises": (0.9,), "noisy_steps": 60, "calm_steps": 20, "units": 128},
    dtype="float32", elsewhere=_ELSEWHERE,
)
def digits_noise(
    *, seeds: int = 2, noises: tuple[float, ...] = NOISES, noisy_steps: int = 3000, calm_steps: int = 1000,
    units: int = 4096, everywhere: bool = False, seed: int = 0,
) -> dict[str, Any]:
    """The small rate with noise on the hidden units, before or after the rectifier, switched off at last.

    Args:
        seeds: runs, from ``seed`` on.
        noises: deviations over that of the batch's pre-activations.
        noisy_steps: with noise.
        calm_steps: after them, without.
        units: for patches.
        everywhere: whether units make noise, too, where their part of the input is missing.
        seed: the first one.

    Returns:
        As of `digits`, shape (places, noises, seeds, records), places before and after; ``step``.
    """
    from lrtheory.learning_order.models.branches import PLACES

    table: dict[str, list[Any]] = {}
    cells = [(p, n, s) for p in PLACES for n in noises for s in range(seed, seed + seeds)]
    for place, noise, run in progress(cells, "noise on units"):
        net, start = drawn_net(run, patch_units=units)
        path = noisy_path(
            net, start, run, lr=SMALL, noise=noise, place=place, noisy_steps=noisy_steps,
            calm_steps=calm_steps, every=EVERY, everywhere=everywhere,
        )
        for what, values in path.items():
            table.setdefault(what, []).append(values)
    return stacked(table, (len(PLACES), len(noises), seeds))


@experiment(
    version=1, smoke={"seeds": 1, "rates": (1e-2,), "steps": 60, "units": 128}, dtype="float32",
    elsewhere=_ELSEWHERE,
)
def digits_adam(
    *, seeds: int = 5, rates: tuple[float, ...] = ADAM_RATES, steps: int = 600, units: int = 4096,
    seed: int = 0,
) -> dict[str, Any]:
    """Adam instead of SGD: test accuracy when the patch is learned, looked at every ten steps.

    Args:
        seeds: runs, from ``seed`` on.
        rates: constant ones.
        steps: of each run.
        units: for patches.
        seed: the first one.

    Returns:
        As of `digits`, shape (rates, seeds, records), and ``step``.
    """
    from lrtheory.learning_order.kernels.adam import Adam

    table: dict[str, list[Any]] = {}
    for lr, run in progress([(r, s) for r in rates for s in range(seed, seed + seeds)], "Adam"):
        net, start = drawn_net(run, patch_units=units)
        for what, values in followed(net, start, Adam(lr), steps, run, every=10).items():
            table.setdefault(what, []).append(values)
    return stacked(table, (len(rates), seeds))


@experiment(
    version=1, smoke={"seeds": 1, "rates": (1.0,), "first": 40.0, "second": 3.0, "units": 128},
    dtype="float32", elsewhere=_ELSEWHERE,
)
def digits_first_phase(
    *, seeds: int = 2, rates: tuple[float, ...] = FIRST_RATES, first: float = 500.0, second: float = 60.0,
    units: int = 1024, seed: int = 0,
) -> dict[str, Any]:
    """How large should the first rate be? A first phase of one length in time, then rate 0.03.

    Args:
        seeds: runs, from ``seed`` on.
        rates: of the first phase.
        first: its rate times its steps.
        second: 0.03 times the steps after it.
        units: of both branches.
        seed: the first one.

    Returns:
        As of `digits` at the end of the first phase (index 0) and of the second (1), each of shape
        (2, rates, seeds), NaN if the run diverged.
    """
    import numpy as np

    from lrtheory.rules import GradientDescent, step_decay

    later = 0.03
    found: dict[str, Any] = {}
    for r, lr in enumerate(progress(rates, "first phases")):
        for k in range(seeds):
            net, start = drawn_net(seed + k, pixel_units=units, patch_units=units)
            steps = round(first / lr)
            rule = GradientDescent(step_decay(lr, at=steps, factor=later / lr))
            try:
                path = followed(net, start, rule, steps + round(second / later), seed + k, every=steps)
            except FloatingPointError:
                continue
            for what, values in path.items():
                rows = found.setdefault(what, np.full((2, len(rates), seeds), np.nan))
                rows[:, r, k] = values[1], values[-1]
    found.pop("step", None)
    return found
