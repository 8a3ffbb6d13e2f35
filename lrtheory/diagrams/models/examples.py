"""Named polynomial landscapes on which the engine is held to exact numbers. The Helix is not among them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape


def two_quintics() -> tuple[PolynomialLandscape, tuple[Fraction, ...]]:
    """Two losses of degree five in one weight, without symmetry, and a start: every diagram has a value.

    Example:
        >>> landscape, start = two_quintics()
        >>> landscape.dim, len(start)
        (1, 1)

    Returns:
        (landscape, start theta = 1/2).

    Source: ours.
    """
    t = Polynomial.coordinate(1, 0)
    losses = (
        t + _over(2) * t**2 + _over(3) * t**3 - _over(4) * t**4 + _over(5) * t**5,
        -_over(2) * t + t**2 - _over(6) * t**3 + _over(2) * t**4 + _over(7) * t**5,
    )
    return PolynomialLandscape((Fraction(1, 3), Fraction(2, 3)), losses), (Fraction(1, 2),)


def three_quintics() -> tuple[PolynomialLandscape, tuple[Fraction, ...]]:
    """Three losses of degree five in two weights, without symmetry, and a start.

    Example:
        >>> landscape, start = three_quintics()
        >>> landscape.dim, len(start)
        (2, 2)

    Returns:
        (landscape, start theta = (1, -1/2)).

    Source: ours.
    """
    u, v = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    losses = (
        u + v**2 + _over(2) * u**2 * v + _over(3) * u * v**3 + _over(4) * u**4 + _over(5) * u**2 * v**3,
        _over(2) * u**2
        - v
        - _over(2) * u * v**2
        + _over(6) * u**3 * v
        + _over(8) * v**4
        - _over(3) * u**3 * v**2,
        u * v + u**2 + _over(2) * v - _over(3) * u**3,
    )
    return PolynomialLandscape((_over(2), _over(3), _over(6)), losses), (Fraction(1), -_over(2))


def valley_floor(
    curvature: Fraction | int,
    jerk: Fraction | int,
    *,
    noise: Sequence[Fraction | int],
    probabilities: Sequence[Fraction | int],
) -> PolynomialLandscape:
    """Losses h t^2 / 2 + j t^3 / 6 + x t: a minimum at 0 in one weight, with the same noise everywhere.

    Example:
        >>> valley_floor(1, 2, noise=[1, -1], probabilities=[Fraction(1, 2), Fraction(1, 2)]).dim
        1

    Args:
        curvature: h, > 0.
        jerk: j, the third derivative.
        noise: values of x, of mean zero.
        probabilities: of the values of x.

    Raises:
        ValueError: a curvature that is not positive, or noise whose mean is not zero.

    Source: tenka2020 (descent from a minimum).
    """
    if len(noise) != len(probabilities) or not noise:
        raise ValueError(
            f"noise must have one value for each probability, got {len(noise)} and {len(probabilities)}"
        )
    if curvature <= 0:
        raise ValueError(f"curvature must be positive, got {curvature}: 0 must be a minimum")
    mean = sum(p * x for p, x in zip(probabilities, noise, strict=True))
    if mean:
        raise ValueError(f"noise must have mean zero, got {mean}: else 0 is no minimum of the test loss")
    t = Polynomial.coordinate(1, 0)
    bowl = Fraction(curvature) / 2 * t**2 + Fraction(jerk) / 6 * t**3
    losses = tuple(bowl + Fraction(x) * t for x in noise)
    return PolynomialLandscape(tuple(Fraction(p) for p in probabilities), losses)


def _over(number: int) -> Fraction:
    return Fraction(1, number)
