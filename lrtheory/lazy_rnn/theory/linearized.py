"""Training of the network's linearization, in function space: a landscape with one weight a fitted number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.theory.modes import spectrum, start_along


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
            ValueError: shapes that do not fit, or as of `spectrum`.
        """
        if self.kernel.shape != (*self.start_residuals.shape, self.start_residuals.shape[-1]):
            raise ValueError(
                "kernel must have shape (*E, N, N) and start_residuals (*E, N), got "
                f"{tuple(self.kernel.shape)} and {tuple(self.start_residuals.shape)}"
            )
        start_along(self.kernel, self.start_residuals)

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
        return self._eigen[0]

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

    @cached_property
    def _eigen(self) -> tuple[Tensor, Tensor]:
        return spectrum(self.kernel)

    @cached_property
    def _root(self) -> Tensor:
        values, vectors = self._eigen
        return (vectors * values.sqrt()[..., None, :]) @ vectors.mT


def linearized(regression: SequenceRegression, theta: Tensor | None = None) -> LinearizedRegression:
    """The linearization of a network at some weights, by its own tangent kernel there.

    Example:
        >>> from lrtheory.lazy_rnn import ElmanNetwork, last_time
        >>> one = torch.ones(1, 1, 1, dtype=torch.float64)
        >>> network = ElmanNetwork(one[0], one[0], one[0])  # of three tokens: y = 1 + w + w^2, w from 1
        >>> task = SequenceRegression(network, last_time(one.expand(1, 3, 1)), 5 * one)
        >>> linear = linearized(task)
        >>> linear.kernel.tolist(), linear.start_residuals.tolist()  # (1 + 2 w)^2, 3 - 5
        ([[9.0]], [-2.0])

    Args:
        regression: network, sequences and targets.
        theta: weights (*E, dim) at which it is taken; by default the start.

    Cost: one tangent kernel, one forward pass, and N^3 for the kernel's eigenvalues.

    See Also:
        `level_outputs`, the same outputs as a function of the weights; `predict_training`, how far to trust
        it.

    Source: jacot2018; lee2019wide, section 2.
    """
    at = regression.start if theta is None else theta
    kernel = tangent_kernel(regression.network, at, regression.sequences)
    with torch.no_grad():
        return LinearizedRegression(kernel, regression.residuals(at))
