"""Where the order is not seen, or not for long: time, width, scale, another loss, no regularization."""

from __future__ import annotations

from typing import Any, Final

from lrtheory.learning_order.experiments.runs import Arm, compared, rounded, seeds_from, setting_of
from lrtheory.results import experiment, progress

WIDTHS: Final = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_SQUARED: Final = ("small", "large", "small_all_alpha", "large_all_alpha")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "time": 15.0},
    elsewhere=rounded(("decay", "no_decay", "more_dims")),
)
def transient(
    *, size: str = "base", time: float = 600.0, seeds: int = 3, every: int = 10, seed: int = 0
) -> dict[str, Any]:
    """Noise-free descent long after its loss is down: the pattern P is learned late, but it is learned.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        time: lr times steps.
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import Phase

    cases: dict[str, dict[str, Any]] = {
        "decay": {}, "no_decay": {"weight_decay": 0.0},
        "more_dims": {"weight_decay": 0.0, "dim": 400, "examples": 1000},
    }
    arms = {}
    for name, changed in cases.items():
        setting = setting_of(size, **changed)
        phase = Phase(setting.lr, round(time / setting.lr), noise=0.0)
        arms[name] = Arm(setting, [phase], every)
    return compared(arms, seeds_from(seed, seeds), "transient")


@experiment(
    version=1, dtype="float32",
    smoke={"size": "tiny", "widths": (1000, 3000), "steps": (20, 60), "seeds": 1},
    elsewhere=dict.fromkeys(("memorized", "large"), 0.05),
)
def widths_of_memory(
    *, size: str = "base", widths: tuple[int, ...] = WIDTHS, steps: tuple[int, int] = (400, 2000),
    seeds: int = 2, seed: int = 0,
) -> dict[str, Any]:
    """Width of the second block: what noise-free descent can memorize, and what the large rate does.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        widths: units m_V.
        steps: of noise-free descent, and of the large rate with noise.
        seeds: how many, from ``seed`` on.
        seed: the first.

    Returns:
        ``memorized``: train loss of noise-free descent at its end, shape (widths, seeds). ``large``: loss on
        Q alone, second difference, accuracy on P at the end of the large rate, shape (widths, seeds, 3).
    """
    import numpy as np

    from lrtheory.learning_order.measures.learned import q_modes
    from lrtheory.learning_order.models.phases import Phase

    memorized, large = [], []
    jobs = [(width, one) for width in widths for one in seeds_from(seed, seeds)]
    for width, one in progress(jobs, "widths"):
        setting = setting_of(size, width_q=width)
        run = Arm(setting, [Phase(setting.lr, steps[0], noise=0.0)], steps[0]).curves(one)
        memorized.append(float(run.loss[-1]))
        run = Arm(setting, [Phase(setting.lr, steps[1])], steps[1]).curves(one)
        curved = float(q_modes(run.g[-1]).second_difference)
        large.append((float(run.losses[-1, 1]), curved, float(run.accuracies[-1, 0])))
    shape = (len(widths), len(seeds_from(seed, seeds)))
    return {
        "widths": np.array(widths), "memorized": np.array(memorized).reshape(shape),
        "large": np.array(large).reshape(*shape, 3),
    }


@experiment(
    version=1, dtype="float32", smoke={"seeds": 1, "time": 12.0, "examples": 300, "width": 3000},
    elsewhere=rounded(("small", "large")),
)
def weak_separation(
    *, dim: int = 400, examples: int = 4000, r: float = 0.2, width: int = 150_000, time: float = 600.0,
    seeds: int = 3, every: int = 10, seed: int = 0,
) -> dict[str, Any]:
    """Output scale one, where A^2 r d is 80 and not 800: the small rate learns both patterns at once.

    Args:
        dim: d.
        examples: N.
        r: length of zeta.
        width: units m_V.
        time: lr times steps of each run.
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import Phase

    setting = setting_of("base", dim=dim, r=r, examples=examples, width_q=width, scale_q=1.0)
    steps = round(time / setting.lr)
    arms = {
        name: Arm(setting, [Phase(setting.lr, steps, noise=factor)], every)
        for name, factor in (("small", 0.0), ("large", 1.0))
    }
    return compared(arms, seeds_from(seed, seeds), "weak separation")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "times": (9.0, 12.0)},
    elsewhere=rounded(_SQUARED),
)
def squared_loss(
    *, size: str = "base", times: tuple[float, float] = (150.0, 600.0), seeds: int = 3, seed: int = 0
) -> dict[str, Any]:
    """The squared loss: noise-free descent at lr .06, and lr .1 with noise that holds weights at their size.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        times: lr times steps, without noise and with it.
        seeds: how many, from ``seed`` on.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import Phase

    arms = {}
    for name in _SQUARED:
        alpha_from = 0.0 if name.endswith("all_alpha") else 0.5
        large = name.startswith("large")
        setting = setting_of(size, alpha_from=alpha_from, lr=0.1 if large else 0.06)
        phase = Phase(setting.lr, round(times[large] / setting.lr), noise=float(large))
        arms[name] = Arm(setting, [phase], 50 if large else 10, {"kind": "squared"})
    return compared(arms, seeds_from(seed, seeds), "squared loss")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "seeds": 1, "steps": 60, "every": 20},
    elsewhere=rounded(("decay", "no_decay")),
)
def regularization(
    *, size: str = "base", steps: int = 8000, seeds: int = 3, every: int = 200, seed: int = 0
) -> dict[str, Any]:
    """The large rate with weight decay, and without it but with the same noise, which then piles up.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        steps: of each run.
        seeds: how many, from ``seed`` on.
        every: steps between records.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import Phase

    setting = setting_of(size)
    arms = {
        name: Arm(setting, [Phase(setting.lr, steps)], every, {"weight_decay": decay})
        for name, decay in (("decay", setting.weight_decay), ("no_decay", 0.0))
    }
    return compared(arms, seeds_from(seed, seeds), "regularization")
