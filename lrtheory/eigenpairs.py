"""Extreme eigenvalues of a loss's Hessian, member by member, from Hessian-vector products alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.landscape import Landscape, checked_weights, hvp

# An image this small beside the operator, in units of rounding, is nothing: the space found maps to itself.
_BREAKDOWN = 100.0
_LOOK_EVERY = 4  # Lanczos steps between two looks at the residual

Operator = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Sharpness:
    """Top Hessian eigenvalue of each ensemble member and how well it is known.

    Attributes:
        value: largest eigenvalue, shape (*E,).
        residual: norm of H v - value v for the unit vector v found, shape (*E,); the eigenvalue
            nearest to value is no farther from it than this.
        iterations: Hessian-vector products of the search; one more gave the residual.
    """

    value: Tensor
    residual: Tensor
    iterations: int


@dataclass(frozen=True)
class Eigenpairs:
    """Extreme eigenvalues of each member's Hessian with their vectors, largest first.

    Attributes:
        values: eigenvalues, shape (*E, k), descending.
        vectors: unit vectors, shape (*E, k, d), orthogonal to each other.
        residuals: norm of H v - value v, shape (*E, k), computed with one product more a pair.
        iterations: Hessian-vector products of the search; one more a pair gave its residual.
    """

    values: Tensor
    vectors: Tensor
    residuals: Tensor
    iterations: int


@checked
def sharpness(
    landscape: Landscape,
    theta: Tensor,
    *,
    generator: torch.Generator,
    samples: Tensor | None = None,
    iterations: int = 40,
    tolerance: float | None = None,
) -> Sharpness:
    """Sharpness: the top eigenvalue of the Hessian, by Lanczos with full reorthogonalization.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> f, at = Quadratic(torch.diag(torch.tensor([1.0, 3.0]).double())), torch.ones(2).double()
        >>> round(float(sharpness(f, at, generator=torch.Generator().manual_seed(0)).value), 6)
        3.0

    Args:
        landscape: the loss.
        theta: weights, shape (*E, d).
        generator: source of the starting direction.
        samples: indices of the examples, or None for all.
        iterations: at most so many Hessian-vector products, and one for the residual; d of them give the
            exact answer.
        tolerance: as in `eigenpairs`, like what is refused.

    Returns:
        `Sharpness` with its residual, for every member at once. Memory: iterations copies of theta.
    """
    found = eigenpairs(
        landscape, theta, generator=generator, samples=samples, iterations=iterations, tolerance=tolerance
    )
    return Sharpness(found.values[..., 0], found.residuals[..., 0], found.iterations)


@checked
def eigenpairs(
    landscape: Landscape,
    theta: Tensor,
    *,
    generator: torch.Generator,
    largest: int = 1,
    smallest: int = 0,
    samples: Tensor | None = None,
    iterations: int = 40,
    tolerance: float | None = None,
) -> Eigenpairs:
    """The largest and the smallest eigenvalues of the Hessian with their vectors, repeated ones repeated.

    One pair after the other, each by Lanczos in the complement of those before it; where a space is
    exhausted, which equal eigenvalues do early, it goes on from a fresh direction. The search for a pair
    ends when its residual is below the tolerance for every member.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> f, at = Quadratic(torch.diag(torch.tensor([1.0, 3.0]).double())), torch.ones(2).double()
        >>> found = eigenpairs(f, at, generator=torch.Generator().manual_seed(0), smallest=1)
        >>> [round(each, 6) for each in found.values.tolist()]
        [3.0, 1.0]

    Args:
        landscape: the loss, twice differentiable at theta.
        theta: weights, shape (*E, d), finite.
        generator: source of the starting directions.
        largest: how many of the largest eigenvalues, >= 0.
        smallest: how many of the smallest, >= 0; with ``largest`` between 1 and d.
        samples: indices of the examples, or None for all.
        iterations: at most so many Hessian-vector products a pair, >= 1, and one more for its residual.
        tolerance: residual at which the search ends, in units of the largest eigenvalue found in
            magnitude; by default the square root of the rounding unit.

    Returns:
        `Eigenpairs`, descending. A residual above what is needed asks for more iterations. Memory:
        iterations copies of theta.

    Raises:
        ValueError: no pair or more than d, no iteration, a tolerance that is negative or NaN, weights of
            a wrong shape or not finite, a Hessian that is not finite.
    """
    checked_weights(landscape, theta)
    if min(largest, smallest) < 0 or not 1 <= largest + smallest <= landscape.dim:
        raise ValueError(
            f"between 1 and {landscape.dim} eigenvalues expected, got largest={largest}, smallest={smallest}"
        )
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, got {iterations}")
    unit = torch.finfo(theta.dtype).eps
    tolerance = unit**0.5 if tolerance is None else tolerance
    if not tolerance >= 0:
        raise ValueError(f"tolerance must not be negative, got {tolerance}")
    if not bool(theta.isfinite().all()):
        raise ValueError("theta must be finite: a Hessian at infinity has no eigenvalues")
    search = _Search(lambda vector: hvp(landscape, theta, vector, samples), theta, generator)
    for sign in (1,) * largest + (-1,) * smallest:
        search.add(sign, iterations, tolerance)
    return search.pairs()


class _Search:
    """Pairs found so far, and the directions in which to look for more."""

    def __init__(self, operator: Operator, like: Tensor, generator: torch.Generator) -> None:
        self._operator, self._like, self._generator = operator, like.detach(), generator
        self._unit = torch.finfo(like.dtype).eps
        self._values: list[Tensor] = []
        self._vectors: list[Tensor] = []
        self._residuals: list[Tensor] = []
        self._products = 0

    def add(self, sign: int, iterations: int, tolerance: float) -> None:
        """Find the largest (sign 1) or the smallest (sign -1) eigenvalue in the complement of those found."""
        basis: list[Tensor] = []
        diagonal: list[Tensor] = []
        sides: list[Tensor] = []
        direction = self._fresh(basis)
        for step in range(min(iterations, self._like.shape[-1] - len(self._vectors))):
            basis.append(direction)
            image = self._apply(direction)
            diagonal.append((image * direction).sum(-1))
            image = self._without(self._without(image, basis), basis)
            scale = torch.stack([*diagonal, *sides]).abs().amax(0)
            side = image.norm(dim=-1)
            ended = side <= _BREAKDOWN * self._unit * torch.maximum(scale, side)
            sides.append(torch.where(ended, 0.0, side))
            if step % _LOOK_EVERY == _LOOK_EVERY - 1 or bool(ended.all()):
                _, vector = _extreme(diagonal, sides[:-1], sign)
                if bool(((sides[-1] * vector[..., -1]).abs() <= tolerance * scale).all()):
                    break
            if step + 1 < self._like.shape[-1] - len(self._vectors):
                fresh = self._fresh(basis) if bool(ended.any()) else image
                direction = self._orthonormal(torch.where(ended[..., None], fresh, image), basis)
        _, vector = _extreme(diagonal, sides[: len(diagonal) - 1], sign)
        found = torch.einsum("...n,n...d->...d", vector, torch.stack(basis))
        self._keep(self._orthonormal(found, []))

    def pairs(self) -> Eigenpairs:
        """All pairs found, descending."""
        values = torch.stack(self._values, -1)
        order = values.argsort(dim=-1, descending=True)
        vectors = torch.stack(self._vectors, -2)
        return Eigenpairs(
            values.gather(-1, order),
            vectors.gather(-2, order[..., None].expand_as(vectors)),
            torch.stack(self._residuals, -1).gather(-1, order),
            self._products,
        )

    def _keep(self, vector: Tensor) -> None:
        image = self._apply(vector)
        value = (image * vector).sum(-1)
        self._products -= 1  # for the residual, not for the search
        self._values.append(value)
        self._vectors.append(vector)
        self._residuals.append((image - value[..., None] * vector).norm(dim=-1))

    def _apply(self, vector: Tensor) -> Tensor:
        self._products += 1
        image = self._operator(vector)
        if not bool(image.isfinite().all()):
            raise ValueError("the Hessian is not finite at theta: move away from where the loss is singular")
        return image

    def _fresh(self, basis: list[Tensor]) -> Tensor:
        """A random direction for each member, orthogonal to a basis and to the pairs found."""
        like, source = self._like, self._generator
        drawn = torch.randn(like.shape, generator=source, device=source.device, dtype=like.dtype)
        return self._orthonormal(drawn.to(like.device), basis)

    def _orthonormal(self, vector: Tensor, basis: list[Tensor]) -> Tensor:
        """Unit vectors orthogonal to rounding; scaled between passes, so that tiny vectors survive them."""
        vector = _unit(vector)
        for _ in range(2):
            vector = _unit(self._without(vector, basis))
        return vector

    def _without(self, vector: Tensor, basis: list[Tensor]) -> Tensor:
        for known in (*self._vectors, *basis):
            vector = vector - (vector * known).sum(-1, keepdim=True) * known
        return vector


def _extreme(diagonal: list[Tensor], sides: list[Tensor], sign: int) -> tuple[Tensor, Tensor]:
    """Largest or smallest eigenvalue of a tridiagonal matrix, and its vector."""
    matrix = torch.diag_embed(torch.stack(diagonal, dim=-1))
    if sides:
        side = torch.stack(sides, dim=-1)
        matrix = matrix + torch.diag_embed(side, offset=1) + torch.diag_embed(side, offset=-1)
    values, vectors = torch.linalg.eigh(matrix)
    place = -1 if sign > 0 else 0
    return values[..., place], vectors[..., :, place]


def _unit(vector: Tensor) -> Tensor:
    # A zero vector, as of a member whose Hessian is zero, stays zero instead of becoming NaN.
    length: Tensor = vector.norm(dim=-1, keepdim=True)
    return vector / length.clamp_min(torch.finfo(vector.dtype).tiny)
