"""What the corollaries need to know of a landscape at one point: the first tensors of its losses there.

The formulas that use them live in theory/, landscapes in swing.py and screws.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.populations import Population


@checked
@dataclass(frozen=True, eq=False)
class LocalMoments:
    """Derivatives of the test loss l and joint moments of derivatives of the example losses, at one point.

    Attributes:
        loss: l, shape ().
        gradient: G, shape (d,).
        hessian: H, shape (d, d).
        jerk: J, the third derivative of l, shape (d, d, d).
        covariance: C, covariance of the examples' gradients, shape (d, d).
        coupling: covariance of the examples' Hessian (first two indices) with their gradient (last), shape
            (d, d, d); zero where the noise does not depend on the weights.
        skewness: S, third cumulant of the examples' gradients, shape (d, d, d).

    Source: tenka2020, the table of fragments.
    """

    loss: Tensor
    gradient: Tensor
    hessian: Tensor
    jerk: Tensor
    covariance: Tensor
    coupling: Tensor
    skewness: Tensor

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: one that does not fit the gradient's.
        """
        d = self.gradient.numel()
        ranks = {"loss": 0, "gradient": 1, "hessian": 2, "covariance": 2}
        for name in (*ranks, "jerk", "coupling", "skewness"):
            rank = ranks.get(name, 3)
            shape = tuple(getattr(self, name).shape)
            if shape != (d,) * rank:
                raise ValueError(f"{name} must have shape {(d,) * rank}, got {shape}; see local_moments")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return len(self.gradient)

    @property
    def trace_slope(self) -> Tensor:
        """Gradient of tr C, shape (d,)."""
        return 2 * torch.einsum("aca->c", self.coupling)

    @property
    def covariance_slope(self) -> Tensor:
        """Derivative of C_ij along weight k at [i, j, k], shape (d, d, d)."""
        half = torch.einsum("ikj->ijk", self.coupling)
        return half + half.transpose(0, 1)


@dataclass(frozen=True, eq=False)
class Eigenbasis:
    """Moments in a basis in which the Hessian is diagonal.

    Attributes:
        curvatures: eigenvalues h of H, shape (d,), ascending.
        vectors: eigenvectors as columns, shape (d, d).
        covariance: C in that basis, shape (d, d).
        jerk: J in that basis, shape (d, d, d).
        skewness: S in that basis, shape (d, d, d).
    """

    curvatures: Tensor
    vectors: Tensor
    covariance: Tensor
    jerk: Tensor
    skewness: Tensor


def eigenbasis(moments: LocalMoments) -> Eigenbasis:
    """Moments in an eigenbasis of the Hessian; sums over directions of the formulas run in it.

    Example:
        >>> from lrtheory.diagrams import Minimum
        >>> bent, atoms = torch.tensor([[2.0, 1.0], [1.0, 2.0]]), torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        >>> basis = eigenbasis(Minimum(bent.double(), atoms.double(), torch.tensor([0.5, 0.5]).double()).here)
        >>> [round(each, 6) for each in basis.curvatures.tolist()], round(float(basis.covariance[1, 1]), 6)
        ([1.0, 3.0], 2.0)

    Cost: d^4 operations, for the tensors of d^3 numbers.

    Source: tenka2020 (the formulas' basis).
    """
    curvatures, vectors = torch.linalg.eigh(moments.hessian)
    turned = [
        torch.einsum("abc,ai,bj,ck->ijk", tensor, vectors, vectors, vectors)
        for tensor in (moments.jerk, moments.skewness)
    ]
    return Eigenbasis(curvatures, vectors, vectors.T @ moments.covariance @ vectors, *turned)


def local_moments(population: Population, theta: Tensor) -> LocalMoments:
    """Moments of a finite population at one point, exactly, by automatic differentiation.

    Forms every third derivative: for landscapes of few weights. Work: d^2 gradients of all K examples at
    once; memory: K d^3 numbers.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [1.0, -1.0], [0.5, 0.5])
        >>> moments = local_moments(f, torch.zeros(1, dtype=torch.float64))
        >>> float(moments.hessian), float(moments.jerk), float(moments.covariance)
        (2.0, 3.0, 1.0)

    Args:
        population: examples with their probabilities.
        theta: weights, shape (d,).

    Returns:
        Moments at theta, detached.

    Raises:
        ValueError: theta does not have shape (d,).

    Source: tenka2020, the definitions.
    """
    if theta.shape != (population.dim,):
        raise ValueError(f"theta must have shape ({population.dim},), got {tuple(theta.shape)}: one point")
    chances = population.probabilities.to(theta)
    losses, slopes, bends, jerks = _derivatives(population, theta)
    gradient, hessian = torch.einsum("k,ka->a", chances, slopes), torch.einsum("k,kab->ab", chances, bends)
    kicks = slopes - gradient
    return LocalMoments(
        loss=chances @ losses,
        gradient=gradient,
        hessian=hessian,
        jerk=torch.einsum("k,kabc->abc", chances, jerks),
        covariance=torch.einsum("k,ka,kb->ab", chances, kicks, kicks),
        coupling=torch.einsum("k,kac,kb->acb", chances, bends, kicks),
        skewness=torch.einsum("k,ka,kb,kc->abc", chances, kicks, kicks, kicks),
    )


def _derivatives(population: Population, theta: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Losses (K,) of all examples and their first three derivatives, the K examples as an ensemble."""
    count = len(population.probabilities)
    points = theta.detach().expand(count, -1).clone().requires_grad_()
    with torch.enable_grad():
        losses = population.example_loss(points, torch.arange(count, device=theta.device))
        slopes = slope(losses, points)
        bends = torch.stack([slope(each, points) for each in slopes.unbind(-1)], dim=-1)
        rows = [slope(each, points) for each in bends.flatten(start_dim=1).unbind(-1)]
    jerks = torch.stack(rows, dim=-1).reshape(*bends.shape, points.shape[-1]).transpose(1, -1)
    return losses.detach(), slopes.detach(), bends.detach(), jerks.detach()


def slope(values: Tensor, points: Tensor) -> Tensor:
    """Gradient of every member's value by its own point, shape (*E, d); zero where the value is constant.

    Source: the definition (our code).
    """
    if not values.requires_grad:
        return torch.zeros_like(points)
    (result,) = torch.autograd.grad(values.sum(), points, create_graph=True, allow_unused=True)
    return torch.zeros_like(points) if result is None else result
