"""What the theorems ask for and grant, in numbers: rates and steps as logarithms, since floats overflow.

Constants that the source hides in O and Omega are taken as 1; logarithms in rho and varrho are natural.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrtheory.doors import positive, whole, within


@dataclass(frozen=True)
class Guarantee:
    """Learning rate and numbers of steps of a theorem, with logarithms to the base 10.

    Attributes:
        rho: n L d log m.
        varrho: n L d log(m / eps) / delta; the width must be at least C varrho^C for some large C, not given.
        log10_lr: of the learning rate.
        log10_least_steps: of the first number of steps at which the loss is at most eps.
        log10_most_steps: of the last one for which that is shown.
        log10_radius: of the distance varrho^50 / sqrt(m) from the start, in the Frobenius norm, that no
            iterate leaves.
    """

    rho: float
    varrho: float
    log10_lr: float
    log10_least_steps: float
    log10_most_steps: float
    log10_radius: float


def descent_guarantee(
    *, sequences: int, length: int, outputs: int, width: int, separation: float, eps: float
) -> Guarantee:
    """Gradient descent reaches loss eps: lr = delta / (rho^44 m), T from rho^59 log(1/eps) / delta^2 on.

    Up to varrho^28 times as many steps are covered. Where the laptop takes lr = 0.1 / m and some hundred
    steps, the theorem's worst case asks for 10^-103 / m and 10^139.

    Example:
        >>> guarantee = descent_guarantee(
        ...     sequences=8, length=4, outputs=1, width=1024, separation=0.5, eps=math.exp(-1)
        ... )
        >>> round(guarantee.rho, 1), round(guarantee.log10_least_steps, 1)
        (221.8, 139.0)

    Args:
        sequences: n.
        length: L >= 2.
        outputs: d.
        width: m >= 2; any size, as a Python integer.
        separation: delta in (0, 1], least distance of first tokens. The proof takes it, without loss
            of generality, below 1 / (C L^2 log(m)^3).
        eps: loss to be reached, in (0, 1).

    Raises:
        ValueError: a number is out of its range.

    See Also:
        `stochastic_guarantee`.

    Source: allenzhu2019, Theorem 1, exponents of Appendix F.
    """
    return _guarantee((44, 59), sequences, length, outputs, width, separation, eps)


def stochastic_guarantee(
    *, sequences: int, length: int, outputs: int, width: int, separation: float, eps: float
) -> Guarantee:
    """Stochastic gradient descent: lr = delta / (rho^42 m), T from rho^57 log(1/eps) / delta^2 on.

    One sequence a step; the rate is linear as all losses share a minimum. Steps up to varrho^28 times as many
    are covered.

    Example:
        >>> guarantee = stochastic_guarantee(
        ...     sequences=8, length=4, outputs=1, width=1024, separation=0.5, eps=math.exp(-1)
        ... )
        >>> round(guarantee.log10_least_steps, 1)
        134.3

    Args:
        sequences: n.
        length: L >= 2.
        outputs: d.
        width: m >= 2; any size, as a Python integer.
        separation: delta in (0, 1].
        eps: loss to be reached, in (0, 1).

    Raises:
        ValueError: a number is out of its range.

    See Also:
        `descent_guarantee`, on all sequences at once.

    Source: allenzhu2019, Theorem 2, exponents of Appendix G to I.
    """
    return _guarantee((42, 57), sequences, length, outputs, width, separation, eps)


def _guarantee(
    exponents: tuple[int, int], n: int, length: int, d: int, width: int, separation: float, eps: float
) -> Guarantee:
    m = whole("width", width, least=2)
    size = whole("sequences", n, least=1) * whole("length", length, least=2) * whole("outputs", d, least=1)
    if positive("separation", separation) > 1:
        raise ValueError(f"separation must lie in (0, 1], got {separation}; take 1 where it is larger")
    within("eps", eps, 0, 1)
    rho = size * math.log(m)
    varrho = size * (math.log(m) - math.log(eps)) / separation
    least = exponents[1] * math.log10(rho) - 2 * math.log10(separation) + math.log10(-math.log(eps))
    return Guarantee(
        rho=rho,
        varrho=varrho,
        log10_lr=math.log10(separation) - exponents[0] * math.log10(rho) - math.log10(m),
        log10_least_steps=least,
        log10_most_steps=least + 28 * math.log10(varrho),
        log10_radius=50 * math.log10(varrho) - math.log10(m) / 2,
    )
