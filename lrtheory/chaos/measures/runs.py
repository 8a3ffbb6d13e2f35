"""Numbers read off runs in one weight: exponents, divergence, periods, identities, samples.

Exponents in many weights and with momentum live in `spectrum`, cycles found by root finding in `cycles`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.chaos.models.curved import Curved
from lrtheory.descent import GradientDescent, Rule, descend
from lrtheory.landscape import Landscape, gradient
from lrtheory.measure import Estimate, mean_and_stderr


@dataclass(frozen=True)
class Identities:
    """Two averages over a descent that its first and last point fix exactly.

    For x_{t+1} = x_t - lr g_t the sums telescope: the mean of g is (x_0 - x_n) / (lr n), and the mean
    of 2 x.g - lr |g|^2 is (|x_0|^2 - |x_n|^2) / (lr n). Both vanish for a stationary law.

    Attributes:
        mean_gradient: average gradient, shape (*E, d).
        telescoped_gradient: what its ends say it is, shape (*E, d).
        virial: average of 2 x.g - lr |g|^2, shape (*E,).
        telescoped_virial: what its ends say it is, shape (*E,).
    """

    mean_gradient: Tensor
    telescoped_gradient: Tensor
    virial: Tensor
    telescoped_virial: Tensor


def stationary_sample(
    rule: Rule,
    landscape: Landscape,
    start: Tensor,
    *,
    burn: int,
    keep: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Positions of an ensemble after a transient is forgotten.

    Args:
        rule: rule of descent.
        landscape: what is descended.
        start: shape (*E, d), float64.
        burn: steps forgotten first, >= 0.
        keep: steps kept, >= 1.
        generator: source of numbers of a noisy rule.

    Returns:
        Positions, shape (keep, *E, d). Memory: 8 * keep * E * d bytes.

    Raises:
        ValueError: start is not float64, in which chaotic orbits soon close into cycles.
    """
    check_float64(start)
    settled = descend(rule, landscape, start, steps=burn, generator=generator)
    path = descend(
        rule, landscape, settled.final, steps=keep, every=1, generator=generator, memory=settled.memory
    )
    return path.theta[1:]


def lyapunov_exponent(landscape: Curved, lr: float, start: Tensor, *, burn: int, steps: int) -> Estimate:
    """Lyapunov exponent per step of gradient descent in one weight: the mean of ln|1 - lr f''|.

    Args:
        landscape: loss with one weight and a `hessian`.
        lr: learning rate, > 0.
        start: independent starting points, shape (E, 1), float64, E >= 2.
        burn: steps forgotten first.
        steps: steps averaged over, for each member.

    Returns:
        Mean over members with its standard error.

    Raises:
        ValueError: more than one weight, or start is not float64.

    Source: the definition; kong2020 plots it against eps and lr.
    """
    if landscape.dim != 1:
        raise ValueError(f"the loss has {landscape.dim} weights: this exponent is for maps of the line")
    check_float64(start)
    theta = descend(GradientDescent(lr), landscape, start, steps=burn).final
    total = torch.zeros_like(theta[..., 0])
    for _ in range(steps):
        total += (1 - lr * landscape.hessian(theta)[..., 0, 0]).abs().log()
        theta = theta - lr * landscape.gradient(theta)
    return mean_and_stderr(total / steps)


def pair_distance(
    rule: Rule, landscape: Landscape, start: Tensor, *, delta: float, steps: int, every: int = 1
) -> Tensor:
    """Distance between each member and a twin started delta away along the first coordinate.

    Args:
        rule: rule of descent without noise.
        landscape: what is descended.
        start: shape (*E, d), float64.
        delta: first distance, > 0.
        steps: number of steps.
        every: record every so many steps.

    Returns:
        Distances, shape (records, *E), the first at step 0.

    Raises:
        ValueError: delta is not positive, or start is not float64.
    """
    check_float64(start)
    if not delta > 0:
        raise ValueError(f"delta must be positive, got {delta}; try delta=1e-9")
    shift = torch.zeros_like(start)
    shift[..., 0] = delta
    path = descend(rule, landscape, torch.stack([start, start + shift]), steps=steps, every=every).theta
    distance: Tensor = (path[:, 1] - path[:, 0]).norm(dim=-1)
    return distance


def cycle_period(
    landscape: Landscape, lr: float, start: float, *, burn: int, longest: int, tolerance: float = 1e-12
) -> int | None:
    """Period of the cycle that gradient descent in one weight has fallen into, if it has.

    Args:
        landscape: loss with one weight.
        lr: learning rate, > 0.
        start: starting point.
        burn: steps forgotten first.
        longest: longest period looked for.
        tolerance: two points this close count as the same.

    Returns:
        The smallest period, or None if the orbit does not return within ``longest`` steps.
    """
    at = torch.tensor([start], dtype=torch.float64)
    settled = descend(GradientDescent(lr), landscape, at, steps=burn).final
    orbit = descend(GradientDescent(lr), landscape, settled, steps=longest, every=1).theta[:, 0]
    returns = torch.nonzero((orbit[1:] - orbit[0]).abs() < tolerance)
    return int(returns[0]) + 1 if len(returns) else None


def stationarity_identities(landscape: Landscape, lr: float, orbit: Tensor) -> Identities:
    """Both identities of a gradient descent, from its whole orbit; they hold for any loss and any lr.

    Args:
        landscape: what was descended.
        lr: the learning rate it was descended with.
        orbit: every position from first to last, shape (n + 1, *E, d).

    Returns:
        `Identities`: measured averages beside their telescoped values.
    """
    steps = len(orbit) - 1
    slopes = gradient(landscape, orbit[:-1])
    virial = (2 * (orbit[:-1] * slopes).sum(-1) - lr * (slopes**2).sum(-1)).mean(0)
    return Identities(
        mean_gradient=slopes.mean(0),
        telescoped_gradient=(orbit[0] - orbit[-1]) / (lr * steps),
        virial=virial,
        telescoped_virial=((orbit[0] ** 2).sum(-1) - (orbit[-1] ** 2).sum(-1)) / (lr * steps),
    )


def check_float64(start: Tensor) -> None:
    """Refuse a start in fewer digits than 64 bits hold.

    Raises:
        ValueError: start is of another type.
    """
    if start.dtype != torch.float64:
        raise ValueError(f"start must be float64, got {start.dtype}: chaotic orbits in fewer digits close up")
