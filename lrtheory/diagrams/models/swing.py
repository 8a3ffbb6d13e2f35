"""Landscapes on which the corollaries are shown: a height, and a swing that the noise multiplies.

Minima made of atoms live in minima.py, the screw-shaped valley in screws.py; predictions in theory/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.moments import LocalMoments, slope
from lrtheory.doors import check_choice

Height = Callable[[Tensor], Tensor]
NOISES = {"gaussian": (1.0, 0.0), "chi": (2.0, 8.0)}  # variance and third cumulant


class Noisy(Protocol):
    """A landscape whose examples can be drawn without end; a finite `Population` with ``draw`` is one too."""

    @property
    def dim(self) -> int:
        """Number of weights d."""
        ...

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Test loss, shape (*E,)."""
        ...

    def example_loss(self, theta: Tensor, noise: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta (*E, d), noise (*E,)."""
        ...

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Independent examples, of that shape."""
        ...

    def covariance_root(self, theta: Tensor) -> Tensor:
        """Factor R of the gradient covariance C = R R^T, shape (*E, d, r)."""
        ...


@checked
@dataclass(frozen=True)
class SwingLandscape:
    """The losses l_x = height(theta) + x swing(theta), with x a random number of mean zero.

    Attributes:
        dim: number of weights d.
        height: test loss: weights (*E, d) -> (*E,), differentiable by autograd.
        swing: what the noise multiplies, likewise.
        noise: law of x: ``"gaussian"`` (variance 1) or ``"chi"`` (the square of a standard normal number
            minus its mean 1: variance 2, third cumulant 8).

    Source: tenka2020 (the form that its examples share; ours).
    """

    dim: int
    height: Height
    swing: Height
    noise: Literal["gaussian", "chi"] = "gaussian"

    def __post_init__(self) -> None:
        """Check the name of the noise.

        Raises:
            ValueError: it is unknown.
        """
        check_choice("noise", self.noise, NOISES)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Test loss, shape (*E,); there are no examples to pick, so ``samples`` is not looked at."""
        return self.height(theta)

    def example_loss(self, theta: Tensor, noise: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,)."""
        return self.height(theta) + noise * self.swing(theta)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Independent values of x, of that shape."""
        normal = torch.randn(shape, generator=generator, dtype=torch.float64, device=generator.device)
        return normal if self.noise == "gaussian" else normal**2 - 1

    def covariance_root(self, theta: Tensor) -> Tensor:
        """Factor R of the gradient covariance C = R R^T, shape (*E, d, 1)."""
        theta = theta.detach().requires_grad_()
        with torch.enable_grad():
            kick = slope(self.swing(theta), theta).detach()
        root: Tensor = NOISES[self.noise][0] ** 0.5 * kick[..., None]
        return root

    def moments(self, theta: Tensor) -> LocalMoments:
        """Exact moments at one point of shape (d,)."""
        variance, third = NOISES[self.noise]
        kick = torch.func.jacrev(self.swing)(theta)
        bend = torch.func.jacrev(torch.func.jacrev(self.swing))(theta)
        hessian = torch.func.jacrev(torch.func.jacrev(self.height))
        return LocalMoments(
            loss=self.height(theta),
            gradient=torch.func.jacrev(self.height)(theta),
            hessian=hessian(theta),
            jerk=torch.func.jacrev(hessian)(theta),
            covariance=variance * torch.outer(kick, kick),
            coupling=variance * bend[..., None] * kick,
            skewness=third * torch.einsum("a,b,c->abc", kick, kick, kick),
        )


def gauss() -> SwingLandscape:
    """Fitting the variance exp(h) of a Gaussian: l_x = (h + x^2 exp(-h)) / 2, x standard normal.

    The best fit is h = 0. The noise multiplies -- as x^2 - 1 -- half of exp(-h); at h = 0 the moments are
    H = 1/2, J = -1/2, C = 1/2, S = -1.

    Example:
        >>> gauss().dim  # one weight, h
        1

    Source: tenka2020, the Gauss landscape.
    """
    return SwingLandscape(1, _gauss_height, _half_decay, "chi")


def mean_estimation(curvature: float, spread: float, *, center: float = 0.0) -> SwingLandscape:
    """A noisy parabola: l_x = curvature (theta - center)^2 / 2 + x spread theta, x standard normal.

    Example:
        >>> mean_estimation(2.0, 3.0).dim
        1

    Args:
        curvature: H, > 0.
        spread: S; the gradient covariance is its square.
        center: the minimum of the test loss.

    Raises:
        ValueError: curvature is not positive.

    Source: tenka2020, mean estimation.
    """
    if not curvature > 0:
        raise ValueError(f"curvature must be positive, got {curvature}; nothing is learned on a flat loss")
    return SwingLandscape(
        1,
        lambda theta: curvature * (theta[..., 0] - center) ** 2 / 2,
        lambda theta: spread * theta[..., 0],
    )


def cubic_chi() -> SwingLandscape:
    """A cubic with skewed noise: l_x = theta^3 - theta (x^2 - 1), x standard normal.

    At 0 it has G = H = 0, J = 6, S = -8: only skewness moves the test loss, to leading order.

    Example:
        >>> cubic_chi().dim
        1

    Source: tenka2020, the cubic chi landscape of its experiments.
    """
    return SwingLandscape(1, lambda theta: theta[..., 0] ** 3, lambda theta: -theta[..., 0], "chi")


def _gauss_height(theta: Tensor) -> Tensor:
    return (theta[..., 0] + torch.exp(-theta[..., 0])) / 2


def _half_decay(theta: Tensor) -> Tensor:
    return torch.exp(-theta[..., 0]) / 2
