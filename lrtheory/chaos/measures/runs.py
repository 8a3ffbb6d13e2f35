"""Numbers read off runs in one weight: exponents, divergence, periods, identities, samples.

Exponents in many weights and with momentum live in `spectrum`, cycles found by root finding in `cycles`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lrtheory.chaos.models.curved import checked_line, hessian
from lrtheory.descent import GradientDescent, Rule, descend
from lrtheory.doors import finite, positive, whole
from lrtheory.landscape import Landscape, checked_weights, gradient
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

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> at = torch.tensor([[0.5]], dtype=torch.float64)
        >>> sample = stationary_sample(GradientDescent(0.4), DoubleWell(), at, burn=50, keep=2)
        >>> [round(each, 6) for each in sample.flatten().tolist()]  # it rests at the minimum
        [1.0, 1.0]

    Args:
        rule: rule of descent.
        landscape: what is descended.
        start: shape (*E, d), float64: in fewer digits chaotic orbits soon close into cycles.
        burn: steps forgotten first, >= 0.
        keep: steps kept, >= 1.
        generator: source of numbers of a noisy rule.

    Returns:
        Positions, shape (keep, *E, d). Memory: 8 * keep * E * d bytes.
    """
    checked_start(landscape, start)
    whole("burn", burn)
    whole("keep", keep, least=1)
    settled = descend(rule, landscape, start, steps=burn, generator=generator)
    path = descend(
        rule, landscape, settled.final, steps=keep, every=1, generator=generator, memory=settled.memory
    )
    return path.theta[1:]


def lyapunov_exponent(landscape: Landscape, lr: float, start: Tensor, *, burn: int, steps: int) -> Estimate:
    """Lyapunov exponent per step of gradient descent in one weight: the mean of ln|1 - lr f''|.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> at = torch.ones(2, 1, dtype=torch.float64)  # two members, at a minimum where f'' = 2
        >>> round(lyapunov_exponent(DoubleWell(), 0.25, at, burn=0, steps=9).value, 6)  # ln(1 - 2 lr)
        -0.693147

    Args:
        landscape: loss with one weight; a gradient and a Hessian that it lacks are differentiated.
        lr: learning rate, > 0.
        start: independent starting points, shape (E, 1), float64, E >= 2.
        burn: steps forgotten first, >= 0.
        steps: steps averaged over, for each member, >= 1.

    Returns:
        Mean over members; -inf, with an error of NaN, where a derivative was 0, as on a superstable cycle.

    Raises:
        FloatingPointError: a member became infinite or NaN.

    Source: the definition; kong2020 plots it against eps and lr.
    """
    if landscape.dim != 1:
        raise ValueError(f"the loss has {landscape.dim} weights: this exponent is for maps of the line")
    checked_start(landscape, start, members=2)
    lr = positive("lr", lr)
    whole("burn", burn)
    whole("steps", steps, least=1)
    theta = descend(GradientDescent(lr), landscape, start, steps=burn).final
    total = torch.zeros_like(theta[..., 0])
    for _ in range(steps):
        total += (1 - lr * hessian(landscape, theta)[..., 0, 0]).abs().log()
        theta = theta - lr * gradient(landscape, theta)
    check_converged(theta, burn + steps)
    if bool(total.isneginf().any()):
        return Estimate(-math.inf, math.nan, total.numel())
    return mean_and_stderr(total / steps)


def pair_distance(
    rule: Rule, landscape: Landscape, start: Tensor, *, delta: float, steps: int, every: int = 1
) -> Tensor:
    """Distance, shape (records, *E), of each member from a twin started delta away in the first weight.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> rule, at = GradientDescent(0.25), torch.ones(1, dtype=torch.float64)  # at a minimum, f'' = 2
        >>> path = pair_distance(rule, DoubleWell(), at, delta=1e-6, steps=2)
        >>> [round(each * 1e6, 3) for each in path.tolist()]  # a factor 1 - 2 lr a step
        [1.0, 0.5, 0.25]

    Args:
        rule: rule of descent without noise.
        landscape: what is descended.
        start: shape (*E, d), float64.
        delta: first distance, > 0 and at least the spacing of float64 at start's first coordinates.
        steps: number of steps, >= 0.
        every: record every so many steps, from step 0 on, >= 1.
    """
    checked_start(landscape, start)
    positive("delta", delta, remedy="try delta=1e-9")
    spacing = float(np.spacing(start[..., 0].abs().max().item()))
    if delta < spacing:
        raise ValueError(
            f"delta must be at least {spacing:.2g}, the spacing of float64 at start, got {delta}: the twin "
            "would be the member itself; try delta=1e-9"
        )
    shift = torch.zeros_like(start)
    shift[..., 0] = delta
    path = descend(rule, landscape, torch.stack([start, start + shift]), steps=steps, every=every).theta
    distance: Tensor = (path[:, 1] - path[:, 0]).norm(dim=-1)
    return distance


def cycle_period(
    landscape: Landscape, lr: float, start: float, *, burn: int, longest: int, tolerance: float = 1e-12
) -> int | None:
    """Smallest period of the cycle that descent in one weight has fallen into; None if it does not return.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> [cycle_period(DoubleWell(), lr, 0.5, burn=500, longest=9) for lr in (0.9, 1.1, 1.25)]
        [1, 2, 4]

    Args:
        landscape: loss with one weight.
        lr: learning rate, > 0.
        start: starting point.
        burn: steps forgotten first, >= 0.
        longest: longest period looked for, >= 1.
        tolerance: two points this close count as the same, > 0.

    Raises:
        FloatingPointError: the descent became infinite or NaN.
    """
    checked_line(landscape)
    positive("tolerance", tolerance)
    positive("lr", lr)
    finite("start", start)
    whole("longest", longest, least=1)
    at = torch.tensor([start], dtype=torch.float64)
    settled = descend(GradientDescent(lr), landscape, at, steps=burn).final
    orbit = descend(GradientDescent(lr), landscape, settled, steps=longest, every=1).theta[:, 0]
    returns = torch.nonzero((orbit[1:] - orbit[0]).abs() < tolerance)
    return int(returns[0]) + 1 if len(returns) else None


def stationarity_identities(landscape: Landscape, lr: float, orbit: Tensor) -> Identities:
    """`Identities` of a gradient descent, from its whole orbit; they hold for any loss and any lr.

    Example:
        >>> from lrtheory.chaos import DoubleWell
        >>> found = stationarity_identities(DoubleWell(), 0.25, torch.tensor([[2.0], [0.5]]))  # one step
        >>> found.mean_gradient.tolist(), found.telescoped_gradient.tolist()
        ([6.0], [6.0])

    Args:
        landscape: what was descended.
        lr: the learning rate it was descended with, > 0.
        orbit: every position from first to last, shape (n + 1, *E, d), n >= 1, finite.
    """
    positive("lr", lr)
    checked_weights(landscape, orbit)
    if orbit.ndim < 2 or len(orbit) < 2 or not bool(orbit.isfinite().all()):
        raise ValueError(
            f"orbit must hold at least two finite positions, shape (n + 1, *E, {landscape.dim}), got shape "
            f"{tuple(orbit.shape)}"
        )
    steps = len(orbit) - 1
    slopes = gradient(landscape, orbit[:-1])
    virial = (2 * (orbit[:-1] * slopes).sum(-1) - lr * (slopes**2).sum(-1)).mean(0)
    return Identities(
        mean_gradient=slopes.mean(0),
        telescoped_gradient=(orbit[0] - orbit[-1]) / (lr * steps),
        virial=virial,
        telescoped_virial=((orbit[0] ** 2).sum(-1) - (orbit[-1] ** 2).sum(-1)) / (lr * steps),
    )


def checked_start(landscape: Landscape, start: Tensor, *, members: int = 0) -> Tensor:
    """Starting points of a measure; raises ValueError unless finite float64 of shape (*E, d), E large enough.

    Args:
        landscape: what is descended, d weights.
        start: the points.
        members: smallest size of the ensemble; above 0 its shape must be (E, d).
    """
    if not isinstance(start, Tensor) or start.dtype != torch.float64:
        kind = start.dtype if isinstance(start, Tensor) else type(start).__name__
        raise ValueError(f"start must be float64, got {kind}: chaotic orbits in fewer digits close up")
    if start.ndim == 0 or start.shape[-1] != landscape.dim:
        raise ValueError(f"start must have shape (*E, {landscape.dim}), got {tuple(start.shape)}")
    if start.numel() == 0 or not bool(start.isfinite().all()):
        raise ValueError(f"start must be finite numbers, at least one, got shape {tuple(start.shape)}")
    if members and (start.ndim != 2 or len(start) < members):
        raise ValueError(
            f"start must have shape (E, d) with at least {members} members, got {tuple(start.shape)}"
        )
    return start


def check_converged(theta: Tensor, steps: int) -> None:
    """Raise FloatingPointError if a member is infinite or NaN."""
    if not bool(theta.isfinite().all()):
        raise FloatingPointError(
            f"the descent diverged within {steps} steps; lower lr below 2 / sharpness"
        )
