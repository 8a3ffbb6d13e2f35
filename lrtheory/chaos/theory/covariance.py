"""Predicted covariances on a quadratic large-scale part, in any dimension and for any noise.

In one dimension the variance and the law have closed forms: `theory` and `laws`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov
from torch import Tensor

from lrtheory.chaos.models.two_scale import Quadratic, TwoScale
from lrtheory.chaos.theory.stationary import slope_covariance
from lrtheory.doors import finite
from lrtheory.law import Floats

_SINGULAR = 1e-12  # smallest over largest eigenvalue below which a covariance counts as singular


def stationary_covariance(landscape: TwoScale, lr: float) -> Tensor:
    """Exact covariance S of the stochastic map: S = (I - lr H) S (I - lr H) + lr^2 C.

    Here H is the large-scale part's Hessian and C the covariance of the ripple's slope.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(float(stationary_covariance(periodic(1e-3), 0.1)), 5)  # lr s2 / (2 - lr), s2 = 1/2
        0.02632

    Args:
        landscape: loss of two scales with a quadratic large-scale part.
        lr: learning rate, in (0, 2 / largest eigenvalue of H).

    Returns:
        S, shape (d, d), float64.

    Raises:
        ValueError: the large-scale part is not quadratic and convex, or lr is out of its range.

    Cost: d^3.

    See also: small_rate_covariance, its limit at a small rate.

    Source: mandt2017 for small rates; the exact equation is derived in the chapter.
    """
    step, kick = _one_step(landscape, lr)
    return torch.as_tensor(solve_discrete_lyapunov(step, lr**2 * kick))


def small_rate_covariance(landscape: TwoScale, lr: float) -> Tensor:
    """Covariance of the stochastic map to first order in lr: the S with H S + S H = lr C.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(float(small_rate_covariance(periodic(1e-3), 0.1)), 6)  # lr s2 / 2, s2 = 1/2
        0.025

    Args:
        landscape: loss of two scales with a quadratic large-scale part.
        lr: learning rate, > 0, small compared with 1 / (largest eigenvalue of H).

    Returns:
        S, shape (d, d), float64.

    Raises:
        ValueError: as `stationary_covariance`.

    Cost: d^3.

    See also: stationary_covariance, of which it is the limit at a small rate.

    Source: mandt2017, the covariance of stochastic gradient descent.
    """
    step, kick = _one_step(landscape, lr)
    hessian = (np.eye(len(step)) - step) / lr
    return torch.as_tensor(solve_continuous_lyapunov(hessian, lr * kick))


def scalar_gibbs_covariance(landscape: TwoScale, lr: float) -> Tensor:
    """Covariance T H^-1 of a Gibbs law with the mean temperature T = lr tr C / (2 d).

    It is what one would write down for isotropic noise, and wrong for any other.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(float(scalar_gibbs_covariance(periodic(1e-3), 0.1)), 6)  # lr s2 / 2, s2 = 1/2
        0.025

    Args:
        landscape: loss of two scales with a quadratic large-scale part.
        lr: learning rate, > 0.

    Raises:
        ValueError: as `stationary_covariance`.

    Cost: d^3.

    Source: kong2020, the rescaled Gibbs law, stretched beyond its condition of isotropy.
    """
    step, kick = _one_step(landscape, lr)
    hessian = (np.eye(len(step)) - step) / lr
    return torch.as_tensor(lr * np.trace(kick) / (2 * len(step)) * np.linalg.inv(hessian))


def probability_current(landscape: TwoScale, lr: float) -> Tensor:
    """Antisymmetric part Q = (I - lr H) S - S (I - lr H) of the covariance of neighboring steps.

    It is zero exactly when the stationary state runs as well backward as forward, which is when the
    noise commutes with the curvature, H C = C H.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> abs(float(probability_current(periodic(1e-3), 0.1))) < 1e-12  # none on the line
        True

    Args:
        landscape: loss of two scales with a quadratic large-scale part.
        lr: learning rate, in (0, 2 / largest eigenvalue of H).

    Returns:
        Q, shape (d, d), float64; of dimension length squared a step.

    Raises:
        ValueError: as `stationary_covariance`.

    Cost: d^3.

    Source: our derivation; detailed balance of a linear map with Gaussian noise.
    """
    step, _ = _one_step(landscape, lr)
    covariance = np.asarray(stationary_covariance(landscape, lr))
    return torch.as_tensor(step @ covariance - covariance @ step)


def gaussian_density(covariance: Tensor, theta: Tensor) -> Tensor:
    """Density of the centered Gaussian with a given covariance: the law's limit at small rates.

    Example:
        >>> import math
        >>> at = gaussian_density(torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64))
        >>> round(float(at) * 2 * math.pi, 9)
        1.0

    Args:
        covariance: symmetric positive definite, shape (d, d).
        theta: points, shape (*E, d).

    Returns:
        Density, shape (*E,).

    Raises:
        ValueError: the covariance has another shape, is not symmetric, or singular, as when a ripple does not
            reach every direction.

    Cost: one factorization of the covariance, d^3.

    Source: kong2020, the rescaled Gibbs law of a parabola; mandt2017 for anisotropic noise.
    """
    size = theta.shape[-1] if theta.ndim else 0
    square = tuple(covariance.shape) == (size, size)
    if not square or not torch.allclose(covariance, covariance.T) or not bool(covariance.isfinite().all()):
        raise ValueError(
            f"covariance must be symmetric and finite of shape {(size, size)}, got {covariance.tolist()}"
        )
    values = torch.linalg.eigvalsh(covariance)
    if float(values[0]) <= _SINGULAR * float(values[-1]):
        raise ValueError(
            f"covariance must be positive definite, got eigenvalues {values.tolist()}: the noise does not "
            "reach every direction, so no density exists; drop those weights"
        )
    solved = torch.linalg.solve(covariance, theta[..., None])[..., 0]
    normalization = math.sqrt(float((2 * math.pi * values).prod()))
    return torch.exp(-(theta * solved).sum(-1) / 2) / normalization


def _one_step(landscape: TwoScale, lr: float) -> tuple[Floats, Floats]:
    """I - lr H and C, after checking that the map contracts."""
    if not isinstance(landscape.large, Quadratic):
        kind = type(landscape.large).__name__
        raise ValueError(f"a covariance in closed form needs a quadratic large-scale part, got {kind}")
    hessian = np.asarray(landscape.large.matrix, dtype=float)
    curvatures = np.linalg.eigvalsh(hessian)
    if curvatures[0] <= 0:
        raise ValueError(f"every curvature must be positive, got {curvatures.tolist()}: no stationary state")
    if not 0 < finite("lr", lr) < 2 / curvatures[-1]:
        raise ValueError(
            f"lr must lie between 0 and 2 / (largest curvature) = {2 / curvatures[-1]:.4g}, got {lr}: "
            "no stationary state beyond it"
        )
    return np.eye(len(hessian)) - lr * hessian, np.asarray(slope_covariance(landscape), dtype=float)
