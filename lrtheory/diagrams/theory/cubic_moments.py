"""What a small cubic part of the loss does to SGD at a minimum, exactly, by carrying moments step by step.

Uses no diagram and no formula for sums over time: the truth that closed forms are held against.
"""
from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.arguments.remedies import described
from lrtheory.doors import sensible

Numbers = NDArray[Any]  # floats, or Fractions as objects


@dataclass(frozen=True, eq=False)
class CubicResponse:
    """Derivatives by the size of the cubic part, at size zero.

    Attributes:
        displacement: of the mean weights after the last step, shape (d,).
        loss: of the mean test loss after the last step.
    """

    displacement: Numbers
    loss: Any


@sensible()
def cubic_response(
    hessian: Numbers, jerk: Numbers, covariance: Numbers, skewness: Numbers, *, lr: Any, steps: int
) -> CubicResponse:
    """Effect of a cubic part, to first order in its size, on SGD with fresh noise from a minimum at zero.

    For l = theta H theta / 2 + size J theta^3 / 6 and independent gradient noise of mean zero: the joint
    moments of the weights without the cubic part and of their first change obey a closed linear recursion.

    Example:
        >>> one = np.ones(1)
        >>> h, j, c = one.reshape(1, 1), one.reshape(1, 1, 1), one.reshape(1, 1)
        >>> found = cubic_response(h, j, c, 0 * j, lr=0.1, steps=2)
        >>> round(float(found.displacement[0]), 9)  # -lr^3 C J / 2: what one kick does at the step after
        -0.0005

    Args:
        hessian: H, shape (d, d).
        jerk: J, shape (d, d, d).
        covariance: C of the noise, shape (d, d).
        skewness: S, its third cumulant, shape (d, d, d).
        lr: learning rate; a Fraction, with arrays of Fractions, gives exact answers.
        steps: T, >= 0.

    Raises:
        ValueError: shapes that do not fit, or a negative number of steps.

    Cost: d^6 operations a step, for the turn of a tensor of d^3 numbers.

    Source: ours.
    """
    rate = lr.item() if getattr(lr, "ndim", None) == 0 else lr
    if not isinstance(rate, Real):
        raise ValueError(f"lr must be one number, got {described(lr)}; a Fraction gives exact answers")
    d, lr = len(hessian), rate
    shapes = [each.shape for each in (hessian, jerk, covariance, skewness)]
    if shapes != [(d, d), (d,) * 3, (d, d), (d,) * 3] or steps < 0:
        raise ValueError(
            f"shapes {[(d, d), (d,) * 3] * 2} and steps of at least 0 expected, got {shapes} and {steps}"
        )
    keep = np.eye(d, dtype=int) - lr * hessian
    spread, lean, mean, joint = 0 * covariance, 0 * skewness, 0 * covariance[0], 0 * covariance
    for _ in range(steps):
        joint = keep @ joint @ keep.T - lr * np.einsum("iab,abc,jc->ij", jerk, lean, keep) / 2
        mean = keep @ mean - lr * np.einsum("iab,ab->i", jerk, spread) / 2
        lean = np.einsum("ia,jb,kc,abc->ijk", keep, keep, keep, lean) - lr**3 * skewness
        spread = keep @ spread @ keep.T + lr**2 * covariance
    return CubicResponse(mean, (hessian * joint).sum() + (jerk * lean).sum() / 6)
