"""The reply's toy example: a small shift of w along a changes <a, w> a lot. Predictions; nothing is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import finite, positive, whole


@dataclass(frozen=True)
class ToyShift:
    """What w' = kappa a / sqrt(m) does to two independent standard normal vectors a and w of m numbers.

    Attributes:
        deviation: standard deviation of <a, w> / sqrt(m) before; its mean is 0.
        shifted_mean: mean of <a, w + w'> / sqrt(m).
        shifted_deviation: its standard deviation.
        movement: |w'|, to leading order.
        relative_movement: |w'| / |w|, to leading order.
    """

    deviation: float
    shifted_mean: float
    shifted_deviation: float
    movement: float
    relative_movement: float


def toy_shift(kappa: float, width: int) -> ToyShift:
    """Predictions for the toy: <a, w> / sqrt(m) goes from order 1 to kappa while w moves by kappa / sqrt(m).

    <a, w'> / sqrt(m) = kappa |a|^2 / m, and |a|^2 is chi-squared with m degrees of freedom: mean kappa and
    variance 2 kappa^2 / m. The shift itself has the length kappa whatever the width; it is |w| that grows.

    Example:
        >>> shift = toy_shift(10.0, 10_000)
        >>> shift.shifted_mean, shift.relative_movement
        (10.0, 0.1)

    Args:
        kappa: size of the shift, of any sign; 1000 in the reply.
        width: m.

    Returns:
        First two moments are exact at any width; both movements have relative error of order 1 / sqrt(m).

    Raises:
        ValueError: kappa is not finite, or the width is no whole number >= 1.

    Source: allenzhu2019reply, its toy example with 1000 as kappa.
    """
    m, shift = whole("width", width, least=1), finite("kappa", kappa)
    return ToyShift(
        deviation=1.0,
        shifted_mean=shift,
        shifted_deviation=math.sqrt(1 + 2 * shift**2 / m),
        movement=abs(shift),
        relative_movement=abs(shift) / math.sqrt(m),
    )


def toy_width(kappa: float, *, relative_movement: float) -> float:
    """Width at which the toy's w moves by a given share of its length: (kappa / share)^2.

    With the reply's kappa = 1000, |w'| is small compared with |w| from widths far above 10^6 on.

    Example:
        >>> toy_width(1000.0, relative_movement=1.0)
        1000000.0

    Args:
        kappa: size of the shift, > 0.
        relative_movement: |w'| / |w|, > 0.

    Raises:
        ValueError: a number is not positive and finite.

    See Also:
        `toy_shift`, all that happens at a given width.

    Source: ours, from the example of allenzhu2019reply.
    """
    return (positive("kappa", kappa) / positive("relative_movement", relative_movement)) ** 2
