"""Rates and noise that drop by a factor at an epoch: the schedules of the authors' code and of our runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lrtheory.doors import check_choice, finite, whole


@dataclass(frozen=True)
class StepSchedule:
    """A value that is multiplied by a factor at some epochs; epochs count from 1.

    Attributes:
        start: value in the first epoch, >= 0.
        drops: pairs (epoch, factor): the factor acts from that epoch on.

    Raises:
        ValueError: a negative or infinite value or factor, an epoch below 1.

    Source: li2019code.
    """

    start: float
    drops: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, value in (("start", self.start), *(("factor", factor) for _, factor in self.drops)):
            if finite(name, value) < 0:
                raise ValueError(f"{name} must not be negative, got {value}; use 0 to switch off")
        for epoch, _ in self.drops:
            whole("epoch", epoch, least=1, remedy="epochs count from 1")

    def at(self, epoch: int) -> float:
        """Value in an epoch, >= 1.

        >>> StepSchedule(0.1, ((30, 0.04),)).at(29), StepSchedule(0.1, ((30, 0.04),)).at(30)
        (0.1, 0.004)
        """
        whole("epoch", epoch, least=1, remedy="epochs count from 1")
        return self.start * math.prod(factor for first, factor in self.drops if epoch >= first)


@dataclass(frozen=True)
class TrainingSchedule:
    """How one model is trained.

    Attributes:
        lr: learning rate by epoch.
        noise: standard deviation of the noise before each activation, by epoch.

    Source: li2019code.
    """

    lr: StepSchedule
    noise: StepSchedule = StepSchedule(0.0)


MODELS: Final = ("large", "small", "act_noise")
_FADE = StepSchedule(0.4, ((30, 1e-5),))
_SHORT_DROPS = ((30, 0.2), (45, 0.2))
# train_cifar.py of the authors: 200 epochs.
AUTHORS_DEFAULT: Final = StepSchedule(0.1, ((60, 0.2), (120, 0.2), (150, 0.2)))
# train_patches.py of the authors: 60 epochs.
_PATCHES: Mapping[str, TrainingSchedule] = {
    "large": TrainingSchedule(StepSchedule(0.1, ((30, 0.04),))),
    "small": TrainingSchedule(StepSchedule(0.004)),
    "act_noise": TrainingSchedule(StepSchedule(0.004), _FADE),
}
# Ours: the authors' factor, in 60 epochs for their 200; the noise is that of their patch experiment.
_PLAIN: Mapping[str, TrainingSchedule] = {
    "large": TrainingSchedule(StepSchedule(0.1, _SHORT_DROPS)),
    "small": TrainingSchedule(StepSchedule(0.01, _SHORT_DROPS)),
    "act_noise": TrainingSchedule(StepSchedule(0.01, _SHORT_DROPS), _FADE),
}


def training_schedule(model: str, *, patches: bool) -> TrainingSchedule:
    """Rate and noise by epoch of one of the three models, for 60 epochs.

    Example:
        >>> [training_schedule(model, patches=True).lr.at(30) for model in MODELS]
        [0.004, 0.004, 0.004]

    Args:
        model: ``"large"`` rate, ``"small"`` rate, or ``"act_noise"``: the small rate with noise before each
            activation, annealed at epoch 30.
        patches: the authors' schedule for images with a patch; else a shortened one of ours for plain images.

    Raises:
        ValueError: another model.

    Source: li2019code with patches; ours without.
    """
    check_choice("model", model, MODELS)
    return (_PATCHES if patches else _PLAIN)[model]
