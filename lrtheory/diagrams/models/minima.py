"""A minimum given by its derivatives and by noise of a few atoms, so that all about it can be enumerated.

Landscapes with continuous noise live in swing.py; predictions about minima in theory/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.moments import LocalMoments, local_moments
from lrtheory.diagrams.models.training_sets import drawn_atoms


@checked
@dataclass(frozen=True, eq=False)
class Minimum:
    """A minimum at zero: l_x = theta H theta / 2 + J theta^3 / 6 + Q theta^4 / 24 + x . theta.

    A finite `Population`: x is one of K atoms, so that everything about it can be enumerated.

    Attributes:
        hessian: H, shape (d, d), symmetric.
        atoms: values of x, shape (K, d), of mean zero.
        probabilities: of the atoms, shape (K,), sum one.
        jerk: J, shape (d, d, d), symmetric; None for none.
        quartic: Q, shape (d, d, d, d), symmetric; None for none.

    Source: tenka2020 (minima of the corollaries); corrected numbers are ours.
    """

    hessian: Tensor
    atoms: Tensor
    probabilities: Tensor
    jerk: Tensor | None = None
    quartic: Tensor | None = None

    def __post_init__(self) -> None:
        """Check shapes, symmetry, and that zero is stationary.

        Raises:
            ValueError: shapes or dtypes that do not fit, a tensor that is not symmetric, no law, a mean
                that is not zero.
        """
        d = self.hessian.shape[0] if self.hessian.ndim else 0
        shapes = [("hessian", self.hessian, 2), ("jerk", self.jerk, 3), ("quartic", self.quartic, 4)]
        for name, tensor, rank in shapes:
            if tensor is not None and tensor.shape != (d,) * rank:
                raise ValueError(f"{name} must have shape {(d,) * rank}, got {tuple(tensor.shape)}")
            if tensor is not None and not _is_symmetric(tensor):
                raise ValueError(f"{name} must be symmetric in all its indices; average it over their orders")
        kinds = {each.dtype for each in (self.hessian, self.atoms, self.probabilities)}
        if len(kinds) > 1:
            raise ValueError(f"all tensors must be of one dtype, got {sorted(str(k) for k in kinds)}")
        count = len(self.probabilities)
        if self.atoms.shape != (count, d):
            raise ValueError(f"atoms must have shape {(count, d)}, got {tuple(self.atoms.shape)}")
        if bool((self.probabilities < 0).any()) or abs(float(self.probabilities.sum()) - 1) > 1e-9:
            raise ValueError(
                f"probabilities must not be negative and sum to one, got {self.probabilities.tolist()}"
            )
        mean = self.probabilities @ self.atoms
        if float(mean.abs().max()) > 1e-9 * (1 + float(self.atoms.abs().max())):
            raise ValueError(f"atoms must have mean zero, got {mean.tolist()}; subtract it")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return len(self.hessian)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Test loss, shape (*E,); with ``samples`` the mean loss of those atoms."""
        height = torch.einsum("...a,ab,...b->...", theta, self.hessian, theta) / 2
        if self.jerk is not None:
            height = height + torch.einsum("...a,...b,...c,abc->...", theta, theta, theta, self.jerk) / 6
        if self.quartic is not None:
            pairs = torch.einsum("...a,...b->...ab", theta, theta)
            height = height + torch.einsum("...ab,...cd,abcd->...", pairs, pairs, self.quartic) / 24
        return height if samples is None else height + theta @ self.atoms[samples].mean(dim=0)

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one atom, given by its number, for each member, shape (*E,)."""
        return self.loss(theta) + (self.atoms[examples] * theta).sum(dim=-1)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Numbers of independent atoms, of that shape."""
        return drawn_atoms(self.probabilities, shape, generator)

    def covariance_root(self, theta: Tensor) -> Tensor:
        """Factor R of the gradient covariance C = R R^T, shape (*E, d, K); the same everywhere."""
        root = (self.probabilities.sqrt()[:, None] * self.atoms).T
        return root.expand(*theta.shape[:-1], *root.shape)

    @cached_property
    def here(self) -> LocalMoments:
        """Exact moments at the minimum."""
        return self.moments(torch.zeros(self.dim, dtype=self.hessian.dtype))

    def moments(self, theta: Tensor) -> LocalMoments:
        """Exact moments at one point of shape (d,)."""
        return local_moments(self, theta)


def minimum(
    curvature: float,
    jerk: float,
    atoms: Sequence[float],
    probabilities: Sequence[float],
    *,
    quartic: float = 0.0,
) -> Minimum:
    """A minimum in one weight: l_x = h theta^2 / 2 + j theta^3 / 6 + q theta^4 / 24 + x theta.

    Example:
        >>> at = torch.tensor([1.0], dtype=torch.float64)
        >>> round(float(minimum(2.0, 3.0, [1.0, -1.0], [0.5, 0.5]).loss(at)), 6)  # 2 / 2 + 3 / 6
        1.5

    Args:
        curvature: h.
        jerk: j.
        atoms: values of x, of mean zero.
        probabilities: of the atoms.
        quartic: q.

    Source: tenka2020 (skewed noise at a minimum); the quartic is ours.
    """
    if not curvature >= 0:
        raise ValueError(f"curvature must not be negative, got {curvature}: 0 would be a maximum")
    numbers = [torch.tensor(values, dtype=torch.float64) for values in (atoms, probabilities)]
    return Minimum(
        _tensor(curvature, 2), numbers[0][:, None], numbers[1], _tensor(jerk, 3), _tensor(quartic, 4)
    )


def _tensor(number: float, rank: int) -> Tensor:
    return torch.full((1,) * rank, float(number), dtype=torch.float64)


def _is_symmetric(tensor: Tensor) -> bool:
    swaps = (tensor.transpose(axis, axis + 1) for axis in range(tensor.ndim - 1))
    return all(torch.allclose(tensor, swapped, atol=1e-12) for swapped in swaps)
