"""How much to regularize, chosen by what descent will overfit: Takeuchi's criterion and its stabilized form.

The predicted overfitting itself lives in theory/curvature.py; here it is descended, together with the weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.doors import whole
from lrtheory.measure import Estimate, mean_and_stderr


class Criterion(Protocol):
    """Penalty on a model's curvature: what its training loss underestimates the test loss by."""

    def value(self, curvature: Tensor) -> Tensor:
        """Penalty, any shape."""
        ...

    def slope(self, curvature: Tensor) -> Tensor:
        """Its derivative by the curvature, any shape."""
        ...


@checked
@dataclass(frozen=True)
class Takeuchi:
    """C / (N k): the gap of a fully trained model of curvature k; without bound where flat.

    Attributes:
        variance: C of an example's gradient.
        examples: training examples N.

    Source: takeuchi1976.
    """

    variance: float
    examples: int

    def value(self, curvature: Tensor) -> Tensor:
        """Penalty, any shape."""
        return self.variance / (self.examples * curvature)

    def slope(self, curvature: Tensor) -> Tensor:
        """Its derivative by the curvature, any shape."""
        return -self.variance / (self.examples * curvature**2)


@checked
@dataclass(frozen=True)
class Stabilized:
    """(C / N) (1 - e^(-lr T k)) / k: the gap of a model trained for T steps; C lr T / N where flat.

    Attributes:
        variance: C of an example's gradient.
        examples: training examples N.
        time: lr T of the descent.

    Source: tenka2020, the stabilized criterion.
    """

    variance: float
    examples: int
    time: float

    def value(self, curvature: Tensor) -> Tensor:
        """Penalty, any shape."""
        reach = torch.where(curvature == 0, self.time, -torch.expm1(-self.time * curvature) / curvature)
        return self.variance / self.examples * reach

    def slope(self, curvature: Tensor) -> Tensor:
        """Its derivative by the curvature, any shape."""
        x = self.time * curvature
        # (x e^-x - 1 + e^-x) / x^2, by its series where it would cancel
        series = -1 / 2 + x / 3 - x**2 / 8 + x**3 / 30
        bend = torch.where(x.abs() < 1e-3, series, (x * torch.exp(-x) + torch.expm1(-x)) / x**2)
        return self.variance / self.examples * self.time**2 * bend


@checked
@dataclass(frozen=True)
class Akaike:
    """1 / N a weight, whatever its curvature: right where C = k, and no reason to regularize.

    Attributes:
        examples: training examples N.

    Source: akaike1974.
    """

    examples: int

    def value(self, curvature: Tensor) -> Tensor:
        """Penalty, any shape."""
        return torch.full_like(curvature, 1 / self.examples)

    def slope(self, curvature: Tensor) -> Tensor:
        """Its derivative by the curvature: zero."""
        return torch.zeros_like(curvature)


@dataclass(frozen=True, eq=False)
class Tuned:
    """Many trials of one weight and its regularization, descended together.

    Attributes:
        excess: test loss above its minimum.
        regularization: mean of the last lambda.
        diverged: share of the trials that left every bound; the means are then infinite.
    """

    excess: Estimate
    regularization: float
    diverged: float


def tuned_excess(
    criterion: Criterion | None,
    *,
    curvature: float,
    spread: float,
    distance: float = 0.0,
    examples: int = 10,
    steps: int = 100,
    lr: float = 0.01,
    trials: int = 10_000,
    generator: torch.Generator,
) -> Tuned:
    """Excess test loss after full-batch descent of the weight w and its regularization lambda together.

    The examples' losses are curvature (w - distance)^2 / 2 + x spread w, x standard normal; descended is
    their mean plus lambda w^2 / 2 plus the criterion at k = curvature + lambda, from w = lambda = 0, with
    lambda kept from becoming negative.

    Example:
        >>> run = {"steps": 2, "lr": 0.5, "trials": 2, "generator": torch.Generator()}
        >>> tuned_excess(None, curvature=1.0, spread=0.0, distance=1.0, **run).excess.value  # (1 - lr)^4 / 2
        0.03125

    Args:
        criterion: what tunes lambda; None for plain descent with lambda = 0.
        curvature: H, > 0.
        spread: S; the variance of an example's gradient is its square.
        distance: of the true weight from the start.
        examples: N of each trial.
        steps: T.
        lr: learning rate of both.
        trials: independent training sets.
        generator: source of the examples.

    Raises:
        ValueError: curvature or lr that is not positive, fewer than two trials.

    Cost: a few operations on ``trials`` numbers a step.

    Source: tenka2020, the experiment on tuning (its rate is not stated; 0.01 is our choice).
    """
    whole("steps", steps)
    whole("examples", examples, least=1)
    if not (curvature > 0 and lr > 0 and trials > 1):
        raise ValueError(
            f"curvature and lr must be positive and trials at least 2, got {curvature}, {lr}, {trials}"
        )
    noise = torch.randn((trials, examples), generator=generator, dtype=torch.float64)
    push = spread * noise.mean(dim=1)
    weight, strength = torch.zeros_like(push), torch.zeros_like(push)
    for _ in range(steps):
        slope = curvature * (weight - distance) + strength * weight + push
        if criterion is not None:
            tuning = weight**2 / 2 + criterion.slope(curvature + strength)
            strength = (strength - lr * tuning).clamp(min=0)
        weight = weight - lr * slope
    excess = curvature / 2 * (weight - distance) ** 2
    lost = ~torch.isfinite(excess)
    mean = Estimate(math.inf, math.inf, trials) if bool(lost.any()) else mean_and_stderr(excess.numpy())
    return Tuned(mean, float(strength.mean()), float(lost.double().mean()))
