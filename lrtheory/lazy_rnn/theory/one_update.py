"""One update that changes one output at time 2 by a given amount: how nearly linear it is, exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import finite, positive, whole


@dataclass(frozen=True)
class OneUpdate:
    """What the smallest update with a given linear change of the output does in a wide network.

    Attributes:
        difference: change of the output beyond the linear one, along the wanted change.
        flip_fraction: share of the neurons at time 2 whose gate changes, all of them switched off.
        movement: Frobenius norm of the update of W; it has rank one, so it is the spectral norm, too.
    """

    difference: float
    flip_fraction: float
    movement: float


def one_update(
    change: float, *, width: int, first_norm: float = 1.0, second_norm: float = 1.0, outputs: int = 1
) -> OneUpdate:
    """Departure from the linear model of one sequence of two tokens, to leading order in the width.

    The smallest W' that moves the linearized output at time 2 by Delta moves active pre-activations alone, by
    2 d / m times (B' Delta)_k. Those it moves down may cross zero, and none crosses upward. With
    sigma^2 = 2 (|x_1|^2 + |x_2|^2), so that sqrt(m) g has variance sigma^2:
    full - linear = -sign(Delta) 2 sqrt(d) Delta^2 / (pi sigma sqrt(m)), share of gates that flip
    sqrt(d) |Delta| / (pi sigma sqrt(m)), |W'|_F = sqrt(2 d) |Delta| / (|x_1| sqrt(m)).

    Example:
        >>> one_update(2.0, width=10_000, second_norm=0.0).movement  # 2 sqrt(2) / 100
        0.0282842712474619

    Args:
        change: Delta, wanted change of the output; for several outputs its length, with a sign if one likes.
        width: m; |Delta| sqrt(d) / sigma must be small compared with sqrt(m).
        first_norm: |x_1|, > 0; the angle between the tokens plays no role.
        second_norm: |x_2|, >= 0.
        outputs: d.

    Returns:
        Means over networks; each is of order 1 / sqrt(m), the next order 1 / m smaller than itself.

    Raises:
        ValueError: a number is out of its range.

    See Also:
        `adversarial_flips`, the most gates that an update of a given norm can flip.

    Source: our derivation, in the chapter; the network is that of allenzhu2019.
    """
    m, d = whole("width", width, least=1), whole("outputs", outputs, least=1)
    delta, first = finite("change", change), positive("first_norm", first_norm)
    if finite("second_norm", second_norm) < 0:
        raise ValueError(f"second_norm must not be negative, got {second_norm}")
    sigma = math.sqrt(2) * math.hypot(first, second_norm)
    flips = abs(delta) * math.sqrt(d / m) / (math.pi * sigma)
    return OneUpdate(
        difference=-2 * delta * flips,
        flip_fraction=flips,
        movement=abs(delta) * math.sqrt(2 * d / m) / first,
    )
