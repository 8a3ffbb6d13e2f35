"""How fast SGD climbs the helix, and how steep a tilt stops it. The landscape is in models/screws.py."""

from __future__ import annotations

import math
from typing import Literal

from lrtheory.doors import check_choice, sensible

Accuracy = Literal["leading", "cloud", "turning"]
ACCURACIES = ("leading", "cloud", "turning")


@sensible()
def screw_velocity(lr: float, *, accuracy: Accuracy = "turning", tilt: float = 0.0) -> float:
    """Mean climb of the helix per step, once the start is forgotten.

    To leading order lr^2 / 6; with the cloud of weights that steps of this length leave on straight valleys,
    lr^2 / (2 (3 - 2 lr)); with the turning of the valley under the cloud, that times 1 - lr / 24, which is
    complete to the order lr^3. A tilt takes lr tilt away; the valley turns more slowly then, so that the
    last factor is 1 - lr / 24 + tilt / 4, and 1 near the tilt lr / 6 that stops the climb.

    Measured at lr = 0.1: 0.17779(2) lr^2, against 0.16667, 0.17857 and 0.17783.

    Example:
        >>> round(screw_velocity(0.1), 6)
        0.001778

    Args:
        lr: learning rate, in (0, 1), where the steep direction of curvature 2 is stable.
        accuracy: ``"leading"``, ``"cloud"`` or ``"turning"``.
        tilt: slope of the axis.

    Raises:
        ValueError: lr is out of its range, or an unknown accuracy.

    Source: tenka2020 (leading order); the finite steps and the turning are ours.
    """
    if not 0 < lr < 1:
        raise ValueError(f"lr must lie in (0, 1), got {lr}: the helix has curvature 2")
    check_choice("accuracy", accuracy, ACCURACIES)
    # In the turning frame E[ab] (3 lr - 2 lr^2) = -lr^2 / 2 - lr^2 E[(a + b)^2]
    # - lr E[(ab + tilt) (b^2 - a^2)].
    # On the Gaussian cloud the last terms are (-1/24 + 1/16) lr^3 - lr^2 tilt / 8; the climb is -lr E[ab].
    cloud = 1 / (2 * (3 - 2 * lr))
    shares = {"leading": 1 / 6, "cloud": cloud, "turning": cloud * (1 - lr / 24 + tilt / 4)}
    return lr**2 * shares[accuracy] - lr * tilt


@sensible()
def stalling_tilt(lr: float, *, accuracy: Accuracy = "turning") -> float:
    """Slope of the axis against which the climb just stops; to leading order lr / 6.

    With the turning it is that of the cloud, lr / (2 (3 - 2 lr)), up to relative order lr^2: a valley that
    does not turn does not lag.

    Example:
        >>> round(stalling_tilt(0.01), 5)  # near lr / 6
        0.00168

    Args:
        lr: learning rate, in (0, 1).
        accuracy: as in `screw_velocity`.

    Source: tenka2020 (corrected; ours).
    """
    level, there = (screw_velocity(lr, accuracy=accuracy, tilt=tilt) for tilt in (0.0, 1.0))
    return level / (level - there)


@sensible()
def steps_per_turn(lr: float, *, accuracy: Accuracy = "turning") -> float:
    """Steps in which SGD climbs one turn of the helix, 2 pi; to leading order 12 pi / lr^2.

    Example:
        >>> round(steps_per_turn(0.1) / (12 * math.pi / 0.1**2), 2)
        0.94

    Args:
        lr: learning rate, in (0, 1).
        accuracy: as in `screw_velocity`.

    Source: tenka2020 (leading order); the rest is ours.
    """
    return 2 * math.pi / screw_velocity(lr, accuracy=accuracy)


@sensible()
def screw_distance(lr: float) -> float:
    """Mean of u^2 + v^2 on the helix at its moving steady state, with the cloud of finite steps.

    In the turning frame: lr C / (2 h - lr h^2) with C = 1/2, for h = 2 and 1; to leading order 3 lr / 8.

    Example:
        >>> round(screw_distance(0.1), 4)
        0.0402

    Args:
        lr: learning rate, in (0, 1).

    Source: ours.
    """
    return sum(lr * 0.5 / (2 * h - lr * h**2) for h in (1, 2))
