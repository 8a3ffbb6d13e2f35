"""Another loss, and no regularization: two questions that the authors leave open, or answer by words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from lrtheory.learning_order.experiments.runs import drawn, rounded, seeds_from, setting_of, stacked
from lrtheory.results import experiment, progress

_SQUARED: Final = ("small", "large", "small_all_alpha", "large_all_alpha")


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
    from lrtheory.learning_order.measures.curves import learning_curves
    from lrtheory.learning_order.models.phases import Phase

    found: dict[str, Any] = {}
    for name in progress(_SQUARED, "squared loss"):
        alpha_from = 0.0 if name.endswith("all_alpha") else 0.5
        setting = setting_of(size, alpha_from=alpha_from, lr=0.1 if name.startswith("large") else 0.06)
        large = name.startswith("large")
        phase = Phase(setting.lr, round(times[large] / setting.lr), noise=float(large))
        runs = []
        for one in seeds_from(seed, seeds):
            task, start, test = drawn(setting, one)
            task = replace(task, kind="squared")
            runs.append(learning_curves(
                task, start, [phase], noise=setting.noise, seed=one, every=50 if large else 10, test=test
            ))
        found |= stacked(runs, name)
    return found


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
    from lrtheory.learning_order.measures.curves import learning_curves
    from lrtheory.learning_order.models.phases import Phase

    setting = setting_of(size)
    found: dict[str, Any] = {}
    for name, decay in (("decay", setting.weight_decay), ("no_decay", 0.0)):
        runs = []
        for one in progress(seeds_from(seed, seeds), name):
            task, start, test = drawn(setting, one)
            task, phase = replace(task, weight_decay=decay), [Phase(setting.lr, steps)]
            runs.append(learning_curves(
                task, start, phase, noise=setting.noise, seed=one, every=every, test=test
            ))
        found |= stacked(runs, name)
    return found
