"""The tangent kernel of the network of infinite width, over all pairs of sequences and times."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.lazy_rnn.tangent.arc_cosine import kappa0, kappa1
from lrtheory.lazy_rnn.tangent.pairs import checked_tokens, counted_pairs


@dataclass(frozen=True)
class LimitKernel:
    """Two kernels over (sequence, time) pairs; entry [i, l - 1, j, k - 1] belongs to times l of i and k of j.

    Attributes:
        covariance: Q, limit of <h_l(x_i), h_k(x_j)>, shape (n, L, n', L'); the outputs of a fresh network
            have covariance Q / d.
        tangent: K, limit of d / m times the tangent kernel in W, shape (n, L, n', L'); zero at time 1. For a
            network of width m with d outputs it is near (m / d) K for each output, and 0 between two.
        with_itself: whether rows and columns are the same sequences.
    """

    covariance: Tensor
    tangent: Tensor
    with_itself: bool

    def matrix(
        self, *, first: int = 2, counted: Tensor | None = None, other_counted: Tensor | None = None
    ) -> Tensor:
        """The tangent kernel as a matrix over the pairs that count, by sequence, then time.

        Args:
            first: first time that counts, >= 1; no output before time 2 depends on W.
            counted: pairs of the rows that count, shape (n, L), bool; None for all from ``first`` on. For
                sequences of unequal length, leave out what lies behind their ends.
            other_counted: the same for the columns, shape (n', L'); where the columns are the rows' own
                sequences, None stands for ``counted``.

        Returns:
            Shape (N, N'), N = n (L - first + 1) without a mask; the order is that of ``values[counted]``.

        Raises:
            ValueError: a mask has another shape or keeps nothing, or ``first`` is no time.
        """
        n, length, n_other, length_other = self.tangent.shape
        rows = counted_pairs("counted", counted, (n, length), first=first)
        if other_counted is None and self.with_itself:
            columns = rows
        else:
            columns = counted_pairs("other_counted", other_counted, (n_other, length_other), first=first)
        return self.tangent.flatten(2)[rows][:, columns.ravel()]


def limit_kernel(inputs: Tensor, other: Tensor | None = None, *, shared: bool = True) -> LimitKernel:
    """Kernels of the ReLU recurrent network of infinite width of which only W is trained.

    With c the cosine that belongs to Lambda^{lk} = Q^{l-1,k-1} + <x_l, x'_k>,
    Q^{lk} = sqrt(Lambda^{ll} Lambda'^{kk}) kappa1(c), R^{lk} = kappa0(c) (Q^{l-1,k-1} + R^{l-1,k-1}) and
    K = R / 2, from Q = R = 0 before the first input. Each entry looks back along its own diagonal
    only, so one table serves all times and lengths; what follows a time never changes it.

    Example:
        >>> unit = torch.tensor([[[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]]], dtype=torch.float64)
        >>> limit_kernel(unit).tangent[0].diagonal(dim1=0, dim2=2).tolist()
        [[0.0, 0.5, 1.5]]

    Args:
        inputs: tokens, shape (n, L, d_x), float64; the first of a sequence not zero.
        other: tokens of the columns, shape (n', L', d_x); None for the same sequences.
        shared: whether one W serves all times; False is the feedforward net with a W of its own at each.

    Returns:
        Covariance and tangent kernel, each of shape (n, L, n', L'), on the inputs' device.

    Raises:
        ValueError: tokens have another shape or dtype, are not finite, differ in size, or begin with zero.

    Cost: memory and time of order n n' L L', four tables of that size at 8 bytes an entry. Sequences whose
    cosine lies within 1e-14 of one (unit tokens nearer than about 1e-7) count as equal.

    See Also:
        `tangent_kernel`, of a network at hand: near m / d times this.

    Source: our derivation for W alone; jacot2018 for the kernel, yang2019scaling for weights that are shared.
    """
    rows = checked_tokens("inputs", inputs)
    columns = rows if other is None else checked_tokens("other", other)
    if columns.shape[-1] != rows.shape[-1]:
        raise ValueError(
            f"tokens must have one size, got {rows.shape[-1]} in inputs and {columns.shape[-1]} in other"
        )
    products = torch.einsum("ilx,jkx->iljk", rows, columns)
    own, own_other = own_covariance(rows), own_covariance(columns)
    covariance, tangent = torch.zeros_like(products), torch.zeros_like(products)
    past = torch.zeros_like(products[:, 0]), torch.zeros_like(products[:, 0])
    for time in range(rows.shape[1]):
        if not shared:
            only = torch.arange(columns.shape[1], device=products.device) == time
            past = past[0] * only, past[1] * only
        scale = (own[:, time, None, None] * own_other).sqrt()
        cosine = (past[0] + products[:, time]) / scale
        covariance[:, time] = scale * kappa1(cosine)
        tangent[:, time] = kappa0(cosine) * (past[0] + past[1])
        past = _later(covariance[:, time]), _later(tangent[:, time])
    return LimitKernel(covariance, tangent / 2, with_itself=other is None)


def own_covariance(inputs: Tensor) -> Tensor:
    """Limit of the squared norm of each hidden state: Q^{ll}(x, x) = sum over a <= l of |x_a|^2.

    Example:
        >>> own_covariance(torch.tensor([[[3.0], [2.0]]], dtype=torch.float64)).tolist()
        [[9.0, 13.0]]

    Args:
        inputs: tokens, shape (n, L, d_x), float64.

    Returns:
        Shape (n, L).

    Raises:
        ValueError: as of `limit_kernel`.

    Cost: n L d_x, without the table of pairs.

    See Also:
        `limit_kernel`, of all pairs; `mean_squared_norm`, the same as a law of networks.

    Source: our derivation; the same weights shared or not.
    """
    return checked_tokens("inputs", inputs).square().sum(-1).cumsum(-1)


def own_tangent(inputs: Tensor) -> Tensor:
    """The tangent kernel's diagonal: K^{ll}(x, x) = sum over b < l of (l - b) |x_b|^2 / 2.

    For tokens of length one it is l (l - 1) / 4; its sum, the trace, bounds the largest eigenvalue.

    Example:
        >>> own_tangent(torch.tensor([[[3.0], [2.0], [0.0]]], dtype=torch.float64)).tolist()
        [[0.0, 4.5, 11.0]]

    Args:
        inputs: tokens, shape (n, L, d_x), float64.

    Returns:
        Shape (n, L); zero at time 1.

    Raises:
        ValueError: as of `limit_kernel`.

    Cost: n L d_x, without the table of pairs.

    See Also:
        `limit_kernel`, of all pairs.

    Source: our derivation; the same weights shared or not.
    """
    summed = own_covariance(inputs).cumsum(-1) / 2
    return summed.roll(1, -1).index_fill(-1, torch.zeros(1, dtype=torch.long, device=summed.device), 0.0)


def kernel_trace(inputs: Tensor, *, first: int = 2, counted: Tensor | None = None) -> float:
    """Trace of the tangent kernel over the pairs that count: an upper bound of its largest eigenvalue.

    For n sequences of L tokens of length one it is n L (L^2 - 1) / 12.

    Example:
        >>> kernel_trace(torch.ones(2, 4, 1, dtype=torch.float64))
        10.0

    Args:
        inputs: tokens, shape (n, L, d_x), float64.
        first: first time that counts, >= 1.
        counted: pairs that count, shape (n, L), bool; None for all from ``first`` on.

    Raises:
        ValueError: as of `limit_kernel` and `LimitKernel.matrix`.

    Cost: n L d_x, without the table of pairs.

    Source: our derivation.
    """
    diagonal = own_tangent(inputs)
    shape = (diagonal.shape[0], diagonal.shape[1])
    return float(diagonal[counted_pairs("counted", counted, shape, first=first)].sum())


def _later(table: Tensor) -> Tensor:
    """What a row of the table, shape (n, n', L'), is to the next: entry k of it is met at time k + 1."""
    return torch.nn.functional.pad(table[..., :-1], (1, 0))
