"""What the gates of the memorizing block do: how many flipped, how many tell, what two times share."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.doors import positive

_S = (1.0, -0.5, -0.5)  # second difference over z, z + zeta, z - zeta


def pattern_flip_rate(before: Tensor, after: Tensor, r: float) -> Tensor:
    """Share of the gates, over units and the three patterns, that stand on the other side than before.

    Example:
        >>> before, after = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.1, 2.0]])
        >>> round(float(pattern_flip_rate(before, after, 0.5)), 4)
        0.3333

    Args:
        before: weights (*E, m, 2), by coordinates along z and along zeta / r.
        after: weights later, same shape.
        r: length of zeta over that of z, > 0.

    Returns:
        Shape (*E,); `lrtheory.learning_order.gate_flip_rate` is the law of its mean.

    Raises:
        ValueError: shapes that do not fit, or an r that is not positive and finite.

    See Also:
        `cross_kernel_smode`, what flips mean for the kernel.
    """
    first, second = _both(before, after, r)
    return (first != second).to(before.dtype).mean((-2, -1))


def wedge_fraction(v: Tensor, r: float) -> Tensor:
    """Share of units whose gate tells z + zeta from z - zeta.

    Example:
        >>> float(wedge_fraction(torch.tensor([[0.1, 1.0], [1.0, 0.1]]), 0.5))
        0.5

    Args:
        v: weights (*E, m, 2).
        r: as of `pattern_flip_rate`.

    Returns:
        Shape (*E,); 2 arctan(r) / pi at Gaussian weights.

    Raises:
        ValueError: as of `pattern_flip_rate`.

    See Also:
        `wedge_share`, at Gaussian weights.
    """
    gates = _gates(v, positive("r", r))
    return (gates[..., 1] != gates[..., 2]).to(v.dtype).mean(-1)


def cross_kernel_smode(before: Tensor, after: Tensor, r: float) -> Tensor:
    """Second difference of the kernel between the gates of two times: the memorizable part of what is shared.

    The mean over units of <a, b>, with a = sum_k s_k gate_k p_k at the one time and b at the other. It is 0
    for a unit that is open, or shut, for all three patterns: only units in the wedge count.

    Example:
        >>> weights = torch.tensor([[0.1, 1.0], [1.0, 0.1]])
        >>> float(cross_kernel_smode(weights, weights, 0.5))
        0.15625

    Args:
        before: as of `pattern_flip_rate`.
        after: as of `pattern_flip_rate`; the same weights again for the kernel of one time.
        r: as of `pattern_flip_rate`.

    Returns:
        Shape (*E,), for a second layer of +-1 / sqrt(m); its noise is of order r / sqrt(m).

    Raises:
        ValueError: as of `pattern_flip_rate`.

    See Also:
        `cross_kernel_ratio`, as a share; `cross_time_smode`, its law.
    """
    first, second = (gates.to(before.dtype) for gates in _both(before, after, r))
    one, other = (_seen(gates, r) for gates in (first, second))
    return (one * other).sum(-1).mean(-1)


def cross_kernel_ratio(before: Tensor, after: Tensor, r: float) -> Tensor:
    """Share that is left, at the other time, of the second difference of the kernel of one time.

    Example:
        >>> weights = torch.tensor([[0.1, 1.0], [1.0, 0.1]])
        >>> float(cross_kernel_ratio(weights, weights, 0.5))
        1.0

    Args:
        before: as of `pattern_flip_rate`.
        after: as of `pattern_flip_rate`.
        r: as of `pattern_flip_rate`.

    Returns:
        Shape (*E,); NaN where no unit told the patterns apart before.

    Raises:
        ValueError: as of `pattern_flip_rate`.
    """
    return cross_kernel_smode(before, after, r) / cross_kernel_smode(before, before, r)


def cka(kernel: Tensor, later: Tensor) -> Tensor:
    """Alignment of two kernel matrices of the same inputs: the cosine between them once they are centered.

    Both are kernels of one time each. It says how alike they are as kernels, not whether the same units make
    them: gates may all have been exchanged at an alignment of 1.

    Example:
        >>> kernel = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
        >>> round(float(cka(kernel, 5 * kernel)), 6)
        1.0

    Args:
        kernel: shape (*E, n, n), symmetric.
        later: same shape.

    Returns:
        Shape (*E,), in [-1, 1]; free of scale and of what is common to all inputs.

    Raises:
        ValueError: shapes that are not square or not alike.

    Cost: n^2, once the kernels are there.

    See Also:
        `cross_kernel_ratio`, which does say whether the same units make them.
    """
    if kernel.shape != later.shape or kernel.ndim < 2 or kernel.shape[-1] != kernel.shape[-2]:
        shapes = f"{tuple(kernel.shape)} and {tuple(later.shape)}"
        raise ValueError(f"kernels must be square tables (..., n, n) of one shape, got {shapes}")
    one, other = (_centered(each) for each in (kernel, later))
    norm = one.square().sum((-2, -1)).sqrt() * other.square().sum((-2, -1)).sqrt()
    return (one * other).sum((-2, -1)) / norm


def _centered(kernel: Tensor) -> Tensor:
    rows = kernel - kernel.mean(-1, keepdim=True)
    return rows - rows.mean(-2, keepdim=True)


def _both(before: Tensor, after: Tensor, r: float) -> tuple[Tensor, Tensor]:
    if before.shape != after.shape:
        shapes = f"{tuple(before.shape)} and {tuple(after.shape)}"
        raise ValueError(f"weights of both times must have one shape (..., m, 2), got {shapes}")
    length = positive("r", r)
    return _gates(before, length), _gates(after, length)


def _gates(v: Tensor, r: float) -> Tensor:
    """Whether each unit is open for z, z + zeta, z - zeta: (*E, m, 3)."""
    if v.ndim < 2 or v.shape[-1] != 2:
        raise ValueError(f"weights must have the shape (..., m, 2), got {tuple(v.shape)}")
    along, across = v[..., 0], r * v[..., 1]
    return torch.stack([along > 0, along + across > 0, along - across > 0], -1)


def _seen(gates: Tensor, r: float) -> Tensor:
    """Sum of s_k p_k over the patterns for which a unit is open: (*E, m, 2)."""
    s = torch.tensor(_S, dtype=gates.dtype, device=gates.device)
    weighed = gates * s
    return torch.stack([weighed.sum(-1), r * (weighed[..., 1] - weighed[..., 2])], -1)
