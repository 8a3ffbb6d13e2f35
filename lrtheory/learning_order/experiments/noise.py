"""Which noise does it: its place, its scale, batches, an annealing by noise, and Adam."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lrtheory.learning_order.experiments.runs import (
    Arm,
    compared,
    drawn,
    rounded,
    seeds_from,
    setting_of,
)
from lrtheory.results import experiment, progress

if TYPE_CHECKING:
    from lrtheory.learning_order.models.settings import Setting

# Name of a run, where the noise goes, its size in V, and whether W has it, too.
PLACES_TRIED: Final = (
    ("none", None, 0.0, False), ("pre_06", "pre", 0.06, True), ("pre_12", "pre", 0.12, True),
    ("pre_24", "pre", 0.24, True), ("pre_48", "pre", 0.48, True), ("pre_24_in_V", "pre", 0.24, False),
    ("shared_24", "shared", 0.24, True), ("gate_24", "gate", 0.24, True), ("post_24", "post", 0.24, True),
    ("post_120", "post", 1.2, True),
)
# Noise scale over that of the large rate; each is made at two rates.
SCALES: Final = (1.0, 1 / 3, 0.1, 0.04)
ADAMS: Final = ((7.5, 1.2), (1.0, 9.0))  # A and tau_V: the same function and law, another parametrization


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "switch": 20, "every": 100},
    elsewhere=rounded(name for name, *_ in PLACES_TRIED),
)
def noise_placement(
    *, size: str = "base", switch: int = 1500, seeds: int = 3, every: int = 10, seed: int = 0
) -> dict[str, Any]:
    """Noise on the pre-activations, before, after, or in the gate alone, then none, until the loss is down.

    No noise on the gradient, the large rate throughout: what S is in the limit of a small rate. The loss is
    that without noise; a run that memorizes through the noise ends before the switch.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        switch: steps with the noise.
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.noise import PreActivationNoise
    from lrtheory.learning_order.models.phases import annealed_pre_activation

    setting = setting_of(size)
    ratio = setting.tau_p / setting.tau_q
    arms = {}
    for name, place, sigma, in_w in PLACES_TRIED:
        noise = None if place is None else PreActivationNoise(place, sigma, sigma * ratio * in_w)
        phases = annealed_pre_activation(setting.lr, noise, switch=switch, stop=setting.stop)
        arms[name] = Arm(setting, phases, every)
    return compared(arms, seeds_from(seed, seeds), "placement")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "time": 12.0},
    elsewhere=dict.fromkeys(("losses", "accuracies", "flips", "g"), 0.05),
)
def noise_scale(
    *, size: str = "base", time: float = 600.0, rates: tuple[float, ...] = (0.3, 0.1), seeds: int = 3,
    seed: int = 0,
) -> dict[str, Any]:
    """Runs of one length lr * steps at equal lr * tau_xi^2, which stands for rate over batch, at two rates.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        time: lr times steps.
        rates: learning rates.
        seeds: how many, from ``seed`` on.
        seed: the first.

    Returns:
        Numbers at the end, shape (scales, rates, seeds, ...); ``scales`` is lr tau_xi^2 over that of the
        setting.
    """
    import numpy as np

    from lrtheory.learning_order.models.phases import Phase

    setting, rows = setting_of(size), []
    jobs = [(s, lr, one) for s in SCALES for lr in rates for one in seeds_from(seed, seeds)]
    for scale, lr, one in progress(jobs, "noise scale"):
        steps = round(time / lr)
        phase = Phase(lr, steps, noise=math.sqrt(scale * setting.lr / lr))
        run = Arm(setting, [phase], steps).curves(one)
        rows.append({name: getattr(run, name)[-1].numpy() for name in ("losses", "accuracies", "flips", "g")})
    shape = (len(SCALES), len(rates), len(seeds_from(seed, seeds)))
    found = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return {key: value.reshape(*shape, *value.shape[1:]) for key, value in found.items()} | {
        "scales": np.array(SCALES), "rates": np.array(rates)
    }


BATCHES: Final = (None, 100, 10, 1)


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "every": 100},
    elsewhere=rounded(f"batch_{batch or 'all'}" for batch in BATCHES),
)
def minibatches(*, size: str = "small", seeds: int = 5, every: int = 5, seed: int = 0) -> dict[str, Any]:
    """Real batches in place of Gaussian noise, at the large rate, until the loss has come down.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import Phase

    setting = setting_of(size)
    arms = {}
    for batch in BATCHES:
        phase = Phase(setting.lr, 4000, noise=0.0, stop=setting.stop, batch=batch)
        arms[f"batch_{batch or 'all'}"] = Arm(setting, [phase], every)
    return compared(arms, seeds_from(seed, seeds), "batches")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "every": 100},
    elsewhere=rounded(("noise_off", "rate_down")),
)
def annealings(*, size: str = "base", seeds: int = 5, every: int = 10, seed: int = 0) -> dict[str, Any]:
    """After the large rate with noise: noise off at the same rate, or the rate down with the noise kept.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import annealed_by_noise, large_then_small

    setting = setting_of(size)
    ways = {
        "noise_off": annealed_by_noise(setting.lr, switch=setting.switch, stop=setting.stop),
        "rate_down": large_then_small(
            setting.lr, setting.small_lr, switch=setting.switch, stop=setting.stop
        ),
    }
    arms = {name: Arm(setting, phases, every) for name, phases in ways.items()}
    return compared(arms, seeds_from(seed, seeds), "annealings")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "rates": (1e-2,)},
    elsewhere=dict.fromkeys(("accuracy_p", "accuracy_q", "loss"), 0.2),
)
def adam(
    *, size: str = "base", rates: tuple[float, ...] = (1e-3, 1e-2), seeds: int = 3, steps: int = 3000,
    seed: int = 0,
) -> dict[str, Any]:
    """Adam on all examples, without noise and decay, until the loss has come down, in two parametrizations.

    A and tau_V multiply to the same function at the start; plain descent cannot tell them apart but by its
    unit of time.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out), with 100,000 units at most.
        rates: learning rates of Adam; betas .9 and .999.
        seeds: how many, from ``seed`` on.
        steps: at most.
        seed: the first.

    Returns:
        At the first step where the loss is down, shape (parametrizations, rates, seeds): accuracy on P, on Q,
        the step and the loss; NaN where it never is.
    """
    import numpy as np

    jobs = [(p, lr, one) for p in ADAMS for lr in rates for one in seeds_from(seed, seeds)]
    rows = []
    for (scale_q, tau_q), lr, one in progress(jobs, "adam"):
        setting = setting_of(size, scale_q=scale_q, tau_q=tau_q, weight_decay=0.0)
        rows.append(_adam_run(setting, one, lr, steps))
    shape = (len(ADAMS), len(rates), len(seeds_from(seed, seeds)))
    names = ("accuracy_p", "accuracy_q", "first_step", "loss")
    table = np.array(rows).reshape(*shape, len(names))
    return {name: table[..., k] for k, name in enumerate(names)} | {"rates": np.array(rates)}


def _adam_run(setting: Setting, seed: int, lr: float, steps: int) -> tuple[float, ...]:
    """Accuracies, step and loss when the loss is down."""
    from dataclasses import replace

    import torch

    from lrtheory.learning_order.measures.learned import component_accuracies

    setting = replace(setting, width_q=min(setting.width_q, 100_000))
    task, start, test = drawn(setting, seed)
    theta = start.float().requires_grad_()
    optimizer = torch.optim.Adam([theta], lr=lr)
    for step in range(steps + 1):
        with torch.no_grad():
            loss = float(task.train_loss(theta))
            if loss <= setting.stop:
                found = component_accuracies(task, theta, test)
                return float(found.p_only), float(found.q_only), float(step), loss
            theta.grad = task.gradient(theta)
        optimizer.step()
    return (math.nan,) * 4
