"""Large rate first, small rate throughout, and no noise at all: the three runs that the claim is about."""

from __future__ import annotations

from typing import Any

from lrtheory.learning_order.experiments.runs import Arm, compared, rounded, seeds_from, setting_of
from lrtheory.results import experiment

ARMS = ("LS", "S", "G")


@experiment(
    version=1, dtype="float32", smoke={"size": "tiny", "stop": 0.63, "seeds": 2, "every": 400},
    elsewhere=rounded(ARMS),
)
def race(
    *, size: str = "base", alpha_from: float = 0.5, stop: float = 0.36, seeds: int = 5, every: int = 100,
    seed: int = 0,
) -> dict[str, Any]:
    """Curves of L-S, S and noise-free descent (G) until their train loss has come down to one value.

    L-S takes the large rate up to the switch of the setting, then the small one; S the small one with the
    same noise on the gradient; G the large rate without noise.

    Args:
        size: setting, "base" or "small" ("tiny" to try it out).
        alpha_from: least alpha; the paper has 0.
        stop: train loss at which each run ends.
        seeds: how many, from ``seed`` on.
        every: steps between records of L-S and S; G is recorded 20 times as often.
        seed: the first.
    """
    from lrtheory.learning_order.models.phases import large_then_small, noise_free, small_throughout

    setting = setting_of(size, alpha_from=alpha_from, stop=stop)
    phases = {
        "LS": large_then_small(setting.lr, setting.small_lr, switch=setting.switch, stop=stop),
        "S": small_throughout(setting.small_lr, stop=stop),
        "G": noise_free(setting.lr, stop=stop),
    }
    often = {"LS": every, "S": every, "G": max(1, every // 20)}
    arms = {arm: Arm(setting, phases[arm], often[arm]) for arm in ARMS}
    return compared(arms, seeds_from(seed, seeds), "race")
