"""Training of the network's linearization, in function space: a landscape with one weight a fitted number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel

_ROUNDING = 1e-9  # beside the largest eigenvalue: a kernel has no eigenvalue below minus this


@dataclass(frozen=True, eq=False)
class LinearizedRegression:
    """f(v) = 1/2 |u_0 + Theta^(1/2) v|^2: a network that is linear in its weights, as a `Landscape`.

    The linearization moves in no direction but the rows of its Jacobian, so N coordinates v say where it
    is: any rule of descent moves v as it moves the linearized network's weights, and |v| is how far
    those have come. With gradient descent the residuals obey u <- u - lr Theta u.

    Attributes:
        kernel: tangent kernel Theta, shape (*E, N, N); an infinite-width one times m / d serves as well.
        start_residuals: u_0, shape (*E, N).

    Source: jacot2018; lee2019wide, section 2.
    """

    kernel: Tensor
    start_residuals: Tensor

    def __post_init__(self) -> None:
        """Check shapes, symmetry and sign.

        Raises:
            ValueError: shapes that do not fit, a kernel that is not symmetric and positive up to rounding.
        """
        if self.kernel.shape != (*self.start_residuals.shape, self.start_residuals.shape[-1]):
            raise ValueError(
                "kernel must have shape (*E, N, N) and start_residuals (*E, N), got "
                f"{tuple(self.kernel.shape)} and {tuple(self.start_residuals.shape)}"
            )
        scale = self.kernel.abs().amax()
        if not bool(self.kernel.isfinite().all() & self.start_residuals.isfinite().all()):
            raise ValueError("kernel and start_residuals must be finite, got a number that is not")
        crooked = (self.kernel - self.kernel.mT).abs().amax()
        if bool(crooked > _ROUNDING * scale):
            raise ValueError(f"kernel must be symmetric, got entries that differ by {float(crooked):.3g}")
        least = self._eigen[0].amin()
        if bool(least < -_ROUNDING * scale * self.kernel.shape[-1]):
            raise ValueError(f"kernel must have no negative eigenvalue, got {float(least):.3g}")

    @property
    def dim(self) -> int:
        """Number of coordinates: that of the fitted numbers, N."""
        return int(self.kernel.shape[-1])

    @property
    def start(self) -> Tensor:
        """Where nothing has moved: zeros, shape (*E, N)."""
        return torch.zeros_like(self.start_residuals)

    @property
    def eigenvalues(self) -> Tensor:
        """Eigenvalues of the kernel, shape (*E, N), increasing; curvatures of this landscape."""
        return self._eigen[0].clamp_min(0)

    def residuals(self, v: Tensor) -> Tensor:
        """Outputs minus targets, shape (*E, N)."""
        return self.start_residuals + (self._root @ v[..., None])[..., 0]

    def loss(self, v: Tensor, samples: Tensor | None = None) -> Tensor:
        """Squared error, shape (*E,); batches cannot be taken.

        Raises:
            ValueError: samples are given.
        """
        if samples is not None:
            raise ValueError("a LinearizedRegression has no batches: its coordinates mix the sequences")
        return self.residuals(v).square().sum(-1) / 2

    @torch.no_grad()
    def gradient(self, v: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, N)."""
        if samples is not None:
            raise ValueError("a LinearizedRegression has no batches: its coordinates mix the sequences")
        return (self._root @ self.residuals(v)[..., None])[..., 0]

    def residuals_after(self, lr: float | Tensor, steps: Tensor) -> Tensor:
        """Residuals after so many steps of gradient descent: (1 - lr Theta)^t u_0.

        Args:
            lr: rate > 0, a number or shape (*E,).
            steps: whole numbers, shape (k,).

        Returns:
            Shape (k, *E, N). Exact for any number of steps; no step is made.
        """
        return self._mixed(self._decay(lr, steps))

    def impulse_after(self, lr: float | Tensor, steps: Tensor) -> Tensor:
        """What has been fed to the network: the sum of lr u_s over the steps before; J^T of it is the move.

        Arguments as of `residuals_after`.

        Returns:
            Shape (k, *E, N).
        """
        values, _ = self._eigen
        rate = torch.as_tensor(lr, dtype=values.dtype)[..., None]
        t = steps.to(values.dtype).reshape(-1, *[1] * values.ndim)
        small = (rate * values).abs() * t.amax() < _ROUNDING
        summed = (1 - self._decay(lr, steps)) / torch.where(small, 1, values)
        return self._mixed(torch.where(small, rate * t, summed))

    def movement_after(self, lr: float | Tensor, steps: Tensor) -> Tensor:
        """Frobenius norm of the move after so many steps, shape (k, *E); arguments as of `impulse_after`."""
        fed = self.impulse_after(lr, steps)
        return (fed * (self.kernel @ fed[..., None])[..., 0]).sum(-1).clamp_min(0).sqrt()

    def movement_at_rest(self) -> Tensor:
        """Movement when all is fitted: sqrt(u_0 . Theta^-1 u_0), shape (*E,); the least that fits."""
        solved = torch.linalg.solve(self.kernel, self.start_residuals[..., None])[..., 0]
        moved: Tensor = (self.start_residuals * solved).sum(-1)
        return moved.sqrt()

    def _decay(self, lr: float | Tensor, steps: Tensor) -> Tensor:
        values, _ = self._eigen
        rate = torch.as_tensor(lr, dtype=values.dtype)[..., None]
        return (1 - rate * values) ** steps.to(values.dtype).reshape(-1, *[1] * values.ndim)

    def _mixed(self, factors: Tensor) -> Tensor:
        """A function of the kernel, given by its eigenvalues (k, *E, N), applied to u_0."""
        _, vectors = self._eigen
        shares = (vectors.mT @ self.start_residuals[..., None])[..., 0]
        return (vectors @ (factors * shares)[..., None])[..., 0]

    @cached_property
    def _eigen(self) -> tuple[Tensor, Tensor]:
        values, vectors = torch.linalg.eigh((self.kernel + self.kernel.mT) / 2)
        return values, vectors

    @cached_property
    def _root(self) -> Tensor:
        values, vectors = self._eigen
        return (vectors * values.clamp_min(0).sqrt()[..., None, :]) @ vectors.mT


def linearized(regression: SequenceRegression, theta: Tensor | None = None) -> LinearizedRegression:
    """The linearization of a network at some weights, by its own tangent kernel there.

    Args:
        regression: network, sequences and targets.
        theta: weights (*E, dim) at which it is taken; by default the start.

    Source: jacot2018; lee2019wide, section 2.
    """
    at = regression.start if theta is None else theta
    kernel = tangent_kernel(regression.network, at, regression.sequences)
    with torch.no_grad():
        return LinearizedRegression(kernel, regression.residuals(at))
