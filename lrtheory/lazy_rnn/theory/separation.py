"""How far apart sequences begin, and how the least eigenvalue of the kernel vanishes when they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from lrtheory.doors import finite, positive
from lrtheory.lazy_rnn.tangent.limit import limit_kernel
from lrtheory.lazy_rnn.tangent.pairs import checked_tokens


def separation(inputs: Tensor) -> float:
    """Least distance delta between the first tokens of two sequences.

    The theorem asks for delta > 0. That suffices and is not needed: sequences that begin alike are told apart
    by their later tokens, so the kernel may be positive definite at delta = 0.

    Example:
        >>> separation(torch.tensor([[[3.0, 0.0]], [[0.0, 4.0]]], dtype=torch.float64))
        5.0

    Args:
        inputs: tokens, shape (n, L, d_x), float64, n >= 2; no first token is zero.

    Returns:
        delta, >= 0; at most 2 for tokens of length one, and the theorem speaks of (0, 1].

    Raises:
        ValueError: there is one sequence only, or they are no tokens (`limit_kernel`).

    Cost: memory of order n^2.

    See Also:
        `separation_slope`, what it means for the kernel.

    Source: allenzhu2019, Assumption 2.1.
    """
    first = checked_tokens("inputs", inputs)[:, 0]
    if len(first) < 2:
        raise ValueError(f"separation needs at least 2 sequences, got {len(first)}")
    apart = torch.triu_indices(len(first), len(first), 1)
    return float((first[apart[0]] - first[apart[1]]).norm(dim=-1).min())


def close_pair(distance: float, later_norms: Sequence[float] = (), *, first_norm: float = 1.0) -> Tensor:
    """Two sequences that differ in their first tokens only, by a given distance.

    The first tokens have one length; the later ones are the same in both, orthogonal to the first two.

    Example:
        >>> x = close_pair(0.1, [1.0, 0.0])
        >>> tuple(x.shape), round(separation(x), 12)
        ((2, 3, 3), 0.1)

    Args:
        distance: delta, in (0, 2 first_norm).
        later_norms: lengths of the tokens 2, 3, ..., finite and >= 0; zero for no input.
        first_norm: length of both first tokens, > 0.

    Returns:
        Tokens, shape (2, 1 + number of later norms, 3), float64.

    Raises:
        ValueError: a number is out of its range.

    Source: ours; the simplest data on which allenzhu2019, Theorem 3, shows its delta.
    """
    norm = positive("first_norm", first_norm)
    if not 0 < finite("distance", distance) < 2 * norm:
        raise ValueError(f"distance must lie in (0, 2 first_norm) = (0, {2 * norm:g}), got {distance}")
    half = math.asin(distance / (2 * norm))
    tokens = torch.zeros(2, 1 + len(later_norms), 3, dtype=torch.float64)
    tokens[:, 0, 0] = norm * math.cos(half)
    tokens[:, 0, 1] = norm * math.sin(half) * torch.tensor([1.0, -1.0], dtype=torch.float64)
    tokens[:, 1:, 2] = torch.tensor(_norms(later_norms), dtype=torch.float64)
    return tokens


def separation_slope(later_norms: Sequence[float], *, first_norm: float = 1.0) -> float:
    """Limit of lambda_min / delta for two close sequences of which only the last output counts.

    With s_a = |x_1|^2 + ... + |x_a|^2 it is the sum over a = 2..l of (s_1 + ... + s_{a-1}) / sqrt(s_a),
    divided by 2 pi: at time a the two differ in a share delta / (pi sqrt(s_a)) of their gates.
    No later input and |x_1| = 1: l (l - 1) / (4 pi). One later unit token: 1 / (2 sqrt(2) pi). Where all
    times from 2 on count, and later tokens are orthogonal to the difference of the first, the least
    eigenvalue is that of time 2 alone: ``separation_slope(later_norms[:1])``.

    Example:
        >>> round(separation_slope([0.0] * 5), 5), round(separation_slope([1.0]), 5)
        (2.38732, 0.11254)

    Args:
        later_norms: lengths of the tokens 2..l, which both sequences share, each finite and >= 0; not empty.
        first_norm: length of both first tokens, > 0, large compared with delta.

    Returns:
        Slope, > 0, in units of the tokens' length; scaling all tokens by c scales it by c.

    Raises:
        ValueError: there is no later token, or a number is out of its range.

    See Also:
        `least_eigenvalue`, exact at any distance.

    Source: our derivation; the delta of allenzhu2019, Theorem 3, is one power of the distance, too.
    """
    if len(later_norms) < 1:
        raise ValueError("later_norms must name the tokens after the first, got none: no output depends on W")
    norms = [positive("first_norm", first_norm), *_norms(later_norms)]
    squares = [norm**2 for norm in norms]
    past = torch.tensor(squares, dtype=torch.float64).cumsum(0)
    return float((past.cumsum(0)[:-1] / past[1:].sqrt()).sum()) / (2 * math.pi)


def least_eigenvalue(
    inputs: Tensor, *, first: int = 2, counted: Tensor | None = None, shared: bool = True
) -> float:
    """Smallest eigenvalue of the tangent kernel at infinite width: the rate of the slowest residual.

    Example:
        >>> last = torch.tensor([[False] * 5 + [True]] * 2)
        >>> round(least_eigenvalue(close_pair(0.005, [0.0] * 5), counted=last) / 0.005, 5)
        2.38385

    Args:
        inputs: tokens, shape (n, L, d_x), float64.
        first: first time that counts, >= 1.
        counted: pairs that count, shape (n, L), bool; None for all from ``first`` on.
        shared: whether one W serves all times.

    Returns:
        lambda_min(K); a network of width m has m / d times as much. What is below 1e-13 traces is rounding.

    Raises:
        ValueError: as of `limit_kernel` and `LimitKernel.matrix`.

    Cost: N^3 for N pairs that count.

    See Also:
        `separation_slope`, for close sequences in closed form.

    Source: our derivation of the kernel; jacot2018 for its least eigenvalue as a rate.
    """
    matrix = limit_kernel(inputs, shared=shared).matrix(first=first, counted=counted)
    return float(torch.linalg.eigvalsh(matrix)[0])


def _norms(later_norms: Sequence[float]) -> list[float]:
    norms = [finite(f"later_norms[{at}]", norm) for at, norm in enumerate(later_norms)]
    if norms and min(norms) < 0:
        raise ValueError(f"later_norms must not be negative, got {min(norms)}")
    return norms
