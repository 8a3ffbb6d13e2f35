"""Losses of two scales: a smooth large-scale part plus a small-scale ripple of size eps and slope one.

Networks live in `networks`; predictions about these losses live in `theory`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.chaos.models.curved import hessian
from lrtheory.chaos.models.large_scale import DoubleWell, LargeScale, Quadratic
from lrtheory.chaos.models.small_scale import SmallScale, SquareWave, Tones
from lrtheory.doors import positive, whole
from lrtheory.landscape import Landscape, gradient
from lrtheory.rules import NoisyGradientDescent, Schedule

__all__ = [
    "DoubleWell",
    "LargeScale",
    "Quadratic",
    "SmallScale",
    "SquareWave",
    "Tones",
    "TwoScale",
    "double_well",
    "periodic",
    "square_wave",
    "stochastic_rule",
    "uniform_start",
]


@dataclass(frozen=True)
class TwoScale:
    """The loss f(theta) = f0(theta) + eps f1(theta / eps), or with any other ripple of size eps.

    Attributes:
        large: f0, the large-scale part; a landscape of its own. A gradient and a Hessian that it lacks are
            differentiated.
        small: f1, the ripple.
        eps: size of the ripple, > 0; the theory wants it small compared with the learning rate.

    Source: kong2020, the multiscale objective.
    """

    large: Landscape
    small: SmallScale
    eps: float

    def __post_init__(self) -> None:
        positive("eps", self.eps, remedy="try eps=1e-3")
        if self.large.dim != self.small.dim:
            raise ValueError(
                f"large and small must share a dimension, got {self.large.dim} and {self.small.dim}"
            )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.large.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return self.large.loss(theta) + self.eps * self.small.height(theta, self.eps)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        return gradient(self.large, theta) + self.small.slope(theta, self.eps)

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d): of size 1 / eps."""
        return hessian(self.large, theta) + self.small.bend(theta, self.eps) / self.eps


def periodic(eps: float, *, curvature: float = 1.0, amplitude: float = 1.0) -> TwoScale:
    """The loss curvature * x^2 / 2 + eps * amplitude * cos(x / eps), one weight.

    Example:
        >>> f = periodic(0.1, curvature=2.0)
        >>> float(f.loss(torch.zeros(1, dtype=torch.float64)))  # eps cos 0
        0.1

    Args:
        eps: size of the ripple, > 0.
        curvature: of the large-scale part, > 0.
        amplitude: largest slope of the ripple, not 0; negative puts a minimum at x = 0.

    Raises:
        ValueError: a parameter is out of its range.

    See also: aperiodic and two_tones, whose ripples repeat less.

    Source: kong2020, the periodic example in one dimension; our choice of numbers.
    """
    return TwoScale(Quadratic(_column(positive("curvature", curvature))), _single_tone(amplitude), eps)


def double_well(eps: float, *, amplitude: float = 2.0, tilt: float = 0.05) -> TwoScale:
    """The loss (x^2 - 1)^2 / 4 + tilt * x + eps * amplitude * cos(x / eps), one weight.

    Example:
        >>> loss = double_well(0.01, tilt=0.0).large.loss
        >>> [float(loss(torch.tensor([x]))) for x in (0.0, 1.0)]
        [0.25, 0.0]

    Args:
        eps: size of the ripple, > 0.
        amplitude: largest slope of the ripple, not 0; below the barrier's slope (0.385 at no tilt)
            no descent ever crosses.
        tilt: positive makes the left well deeper.

    Source: kong2020, the nonconvex case; our choice of potential and numbers.
    """
    return TwoScale(DoubleWell(tilt), _single_tone(amplitude), eps)


def square_wave(eps: float, *, curvature: float = 1.0, amplitude: float = 1.0) -> TwoScale:
    """The periodic example with a square-wave slope: random-looking slopes, and never chaos.

    Example:
        >>> f = square_wave(0.01, amplitude=0.5)
        >>> float(f.gradient(torch.zeros(1, dtype=torch.float64)).abs())
        0.5

    Args:
        eps: size of the ripple, > 0.
        curvature: of the large-scale part, > 0.
        amplitude: size of the ripple's slope, > 0.

    Raises:
        ValueError: a parameter is out of its range.

    Source: our counterexample; see the chapter on the coin toss.
    """
    return TwoScale(Quadratic(_column(positive("curvature", curvature))), SquareWave(amplitude), eps)


def stochastic_rule(landscape: TwoScale, lr: float | Schedule) -> NoisyGradientDescent:
    """The stochastic map: descent of the large-scale part with the ripple's slope at random phases.

    Run it on ``landscape.large``: ``descend(stochastic_rule(f, lr), f.large, start, ...)``.

    Example:
        >>> stochastic_rule(periodic(1e-3), 0.1).lr
        0.1

    Args:
        landscape: loss of two scales.
        lr: learning rate, > 0.

    Source: kong2020, the stochastic map that gradient descent converges to.
    """
    return NoisyGradientDescent(lr, landscape.small.random_slope)


def uniform_start(
    members: int, generator: torch.Generator, *, reach: float = 1.0, dim: int = 1
) -> Tensor:
    """Starting points drawn uniformly from [-reach, reach] in every coordinate.

    Example:
        >>> from lrtheory import generator
        >>> start = uniform_start(1000, generator(0, "start"), reach=2.0, dim=3)
        >>> tuple(start.shape), bool((start.abs() <= 2).all())
        ((1000, 3), True)

    Args:
        members: number of points, >= 1.
        generator: source of the numbers.
        reach: half the width of the box, > 0.
        dim: number of weights d.

    Returns:
        Points, shape (members, dim), float64: an orbit of a chaotic map needs every digit.

    Raises:
        ValueError: a number is out of its range.

    Source: our choice.
    """
    positive("reach", reach)
    members, dim = whole("members", members, least=1), whole("dim", dim, least=1)
    unit = torch.rand((members, dim), generator=generator, dtype=torch.float64)
    return reach * (2 * unit - 1)


def _column(number: float) -> Tensor:
    return torch.tensor([[number]], dtype=torch.float64)


def _single_tone(amplitude: float) -> Tones:
    return Tones(_column(amplitude)[0], _column(1.0), torch.zeros(1, dtype=torch.float64))
