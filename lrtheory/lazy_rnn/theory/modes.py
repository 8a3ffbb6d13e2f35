"""A kernel matrix taken apart: eigenvalues, the start along its eigenvectors, and what steps make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import whole

_ROUNDING = 1e-10  # asymmetry, or negative eigenvalue, over the largest eigenvalue that counts as rounding
_EDGE = 1e-12  # a rate beyond the critical one by less, relatively, is the critical one


def spectrum(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, rising, and eigenvectors of a kernel matrix, or a refusal.

    Example:
        >>> spectrum(torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64))[0].tolist()
        [1.0, 3.0]

    Args:
        kernel: shape (*E, N, N), float64, symmetric, without negative eigenvalues; leading axes are an
            ensemble.

    Returns:
        Eigenvalues, shape (*E, N), those below zero by rounding set to 0; eigenvectors in columns,
        shape (*E, N, N).

    Raises:
        ValueError: another shape or dtype, not finite, all zero, not symmetric or with a negative eigenvalue
            beyond 1e-10 of the largest.

    Cost: N^3.

    Source: jacot2018, the kernel of training; this check is ours.
    """
    if not isinstance(kernel, Tensor) or kernel.dtype != torch.float64:
        got = getattr(kernel, "dtype", type(kernel).__name__)
        raise ValueError(f"kernel must be a float64 tensor, got {got}; convert it with .double()")
    if kernel.ndim < 2 or kernel.shape[-1] != kernel.shape[-2] or not kernel.numel():
        raise ValueError(f"kernel must have the shape (*E, N, N), none 0, got {tuple(kernel.shape)}")
    if not bool(kernel.isfinite().all()):
        raise ValueError(f"kernel must be finite, got {float(kernel[~kernel.isfinite()][0])}")
    size = kernel.abs().amax((-2, -1))
    tilt = (kernel - kernel.mT).abs().amax((-2, -1))
    if bool((tilt > _ROUNDING * size).any()):
        raise ValueError(f"kernel must be symmetric, got entries that differ by {float(tilt.max()):.3g}")
    values, vectors = torch.linalg.eigh((kernel + kernel.mT) / 2)
    least, largest = values[..., 0], values[..., -1]
    if bool((largest <= 0).any()):
        raise ValueError("kernel must have a positive eigenvalue, got none: nothing is trained")
    if bool((least < -_ROUNDING * largest).any()):
        worst = float(least.min())
        raise ValueError(f"kernel must have no negative eigenvalue, got {worst:.6g}: it is no Gram matrix")
    return values.clamp_min(0), vectors


def start_along(kernel: Tensor, start: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The start along a kernel's eigenvectors.

    Example:
        >>> kernel = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
        >>> _, _, along = start_along(kernel, torch.tensor([1.0, 1.0], dtype=torch.float64))
        >>> [round(abs(each), 6) for each in along.tolist()]
        [0.0, 1.414214]

    Args:
        kernel: shape (*E, N, N), as of `spectrum`.
        start: shape (*F, N), float64, finite; *F broadcasts with *E.

    Returns:
        Eigenvalues and eigenvectors, as of `spectrum`, and components, shape (*G, N), G what *E and *F
        broadcast to.

    Raises:
        ValueError: as of `spectrum`, or the start has another shape or dtype or is not finite.

    Cost: that of `spectrum`, N^3.

    Source: ours, linear algebra.
    """
    values, vectors = spectrum(kernel)
    if not isinstance(start, Tensor) or start.dtype != torch.float64:
        got = getattr(start, "dtype", type(start).__name__)
        raise ValueError(f"start must be a float64 tensor, got {got}; convert it with .double()")
    if start.ndim < 1 or start.shape[-1] != values.shape[-1] or not _fit(start.shape, values.shape):
        raise ValueError(
            f"start must have a shape (*F, N) that broadcasts with {tuple(values.shape)}, got "
            f"{tuple(start.shape)}"
        )
    if not bool(start.isfinite().all()):
        raise ValueError(f"start must be finite, got {float(start[~start.isfinite()][0])}")
    return values, vectors, torch.einsum("...ji,...j->...i", vectors, start)


@dataclass(frozen=True)
class Modes:
    """What becomes of each eigenvector's part of the start.

    Attributes:
        values: eigenvalues lambda, shape (*E, N).
        vectors: eigenvectors in columns, shape (*E, N, N).
        start: the start along them, shape (*G, N).
        decay: (1 - lr lambda)^t, shape (T, *G, N) or one that broadcasts to it.
        gain: lr times the sum of the decays before t, (1 - decay) / lambda; the same shape.
    """

    values: Tensor
    vectors: Tensor
    start: Tensor
    decay: Tensor
    gain: Tensor

    @classmethod
    def after(
        cls,
        kernel: Tensor,
        start: Tensor,
        lr: float | Tensor,
        steps: Iterable[int],
        *,
        allow_divergence: bool = False,
    ) -> Modes:
        """Modes after given numbers of steps; arguments and errors as of `residuals`."""
        values, vectors, along = start_along(kernel, start)
        rate = _checked_rate(lr, values[..., -1], allow_divergence)[..., None]
        counts = [whole("steps", each) for each in (steps.tolist() if isinstance(steps, Tensor) else steps)]
        if not counts:
            raise ValueError("steps must name at least one number of steps, got none")
        times = torch.tensor(counts, dtype=torch.float64, device=values.device)
        times = times.reshape(-1, *[1] * along.ndim)
        speed = rate * values
        decay = (1 - speed) ** times
        slow = -torch.expm1(times * torch.log1p(-speed.clamp_max(0.5)))  # where 1 - decay would cancel
        missing = torch.where(speed < 0.5, slow, 1 - decay)
        moving = values > 0
        gain = torch.where(moving, missing / values.masked_fill(~moving, 1.0), rate * times)
        return cls(values, vectors, along, decay, gain)

    def back(self, along: Tensor) -> Tensor:
        """What components along the eigenvectors, shape (T, *G, N), are in the outputs."""
        return torch.einsum("...ij,...j->...i", self.vectors, along)


def _checked_rate(lr: float | Tensor, largest: Tensor, allow_divergence: bool) -> Tensor:
    rate = torch.as_tensor(lr, dtype=torch.float64, device=largest.device)
    if isinstance(lr, bool) or not bool(((rate > 0) & rate.isfinite()).all()):
        raise ValueError(f"lr must be positive and finite, got {lr}")
    if rate.ndim and rate.shape != largest.shape:
        raise ValueError(f"lr must be one number or of shape {tuple(largest.shape)}, got {tuple(rate.shape)}")
    if not allow_divergence and bool((rate * largest > 2 * (1 + _EDGE)).any()):
        raise ValueError(
            f"lr must be at most 2 / lambda_max = {float((2 / largest).min()):.6g}, got {lr}: linear "
            "training diverges; allow_divergence=True follows it all the same"
        )
    return rate


def _fit(one: torch.Size, other: torch.Size) -> bool:
    """Whether two shapes broadcast."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return all(a == b or 1 in (a, b) for a, b in pairs)
