"""How far the recurrent weights have moved, and what that did to the gates and to the tangent kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse.linalg import svds
from torch import Tensor
from torch.linalg import vector_norm

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import flipped_share
from lrtheory.lazy_rnn.models.sequences import Sequences
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel

_WHOLE_UP_TO = 256  # widths up to which all singular values are as quick as the largest


@dataclass(frozen=True, eq=False)
class Movement:
    """Size of the change of the recurrent weights of each member, shape (*E,) each.

    Attributes:
        frobenius: root of the sum of squares.
        spectral: largest singular value; the largest over times where each has weights of its own.
        frobenius_ratio: the first over that of the weights at the start.
        spectral_ratio: the second over that of the weights at the start.
    """

    frobenius: Tensor
    spectral: Tensor
    frobenius_ratio: Tensor
    spectral_ratio: Tensor


def movement(network: ElmanNetwork, theta: Tensor) -> Movement:
    """Movement of the weights from the network's start.

    Example:
        >>> eye = torch.eye(2)
        >>> found = movement(ElmanNetwork(eye, eye, eye), torch.tensor([4.0, 0.0, 0.0, 5.0]))
        >>> round(float(found.frobenius), 6), round(float(found.spectral_ratio), 6)  # of diag(3, 4)
        (5.0, 4.0)

    Args:
        network: whose ``recurrent`` is the start.
        theta: weights now, shape (*E, dim).

    Returns:
        `Movement`.

    Cost: one `spectral_norm` of the change and one of the start a member and matrix.

    See Also:
        `flips`, `hidden_change` and `kernel_change`, what the move did to the network.
    """
    change, start = theta - network.start, network.start.expand(theta.shape)
    spectral, spectral_start = (_spectral(network, each) for each in (change, start))
    frobenius = change.norm(dim=-1)
    return Movement(frobenius, spectral, frobenius / start.norm(dim=-1), spectral / spectral_start)


def spectral_norm(matrices: Tensor) -> Tensor:
    """Largest singular value of each matrix, shape (*E,) of (*E, m, m).

    Example:
        >>> round(float(spectral_norm(torch.diag(torch.tensor([3.0, -4.0])))), 6)
        4.0

    Cost: m^3 a matrix up to width 256; beyond, products with one matrix after the other, m^2 each, on the
    CPU.
    """
    if matrices.shape[-1] <= _WHOLE_UP_TO:
        values: Tensor = torch.linalg.svdvals(matrices)
        return values[..., 0]
    each = matrices.reshape(-1, *matrices.shape[-2:]).cpu().numpy()
    found = [_largest(matrix) for matrix in each]
    return torch.tensor(found, dtype=matrices.dtype, device=matrices.device).reshape(matrices.shape[:-2])


def flips(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences, *, since: Tensor | None = None
) -> Tensor:
    """Share of the gates that changed sides, over units, sequences and the times from 2 that are read.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> float(flips(network, torch.tensor([-3.0]), read))  # closed at time 2, open at time 3
        0.5

    Args:
        network: the network.
        theta: weights now, shape (*E, dim).
        sequences: what is read.
        since: weights before, shape (*E, dim); by default the start.

    Returns:
        Shape (*E,).

    Cost: two forward passes.
    """
    before = (network.start if since is None else since).expand(theta.shape)
    then, now = (network.states(each, sequences) for each in (before, theta))
    return flipped_share(then, now, sequences.read)


def kernel_change(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences, *, since: Tensor | None = None
) -> Tensor:
    """Change of the tangent kernel over the kernel before, in Frobenius norm, shape (*E,).

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> round(float(kernel_change(network, torch.tensor([2.5]), read)), 6)  # (1 + 2 w)^2: from 9 to 36
        3.0

    Arguments as of `flips`.

    Cost: two tangent kernels.

    See Also:
        `flips`, the share of gates behind it.
    """
    then = (network.start if since is None else since).expand(theta.shape)
    now, before = (tangent_kernel(network, each, sequences).flatten(-2) for each in (theta, then))
    change: Tensor = vector_norm(now - before, dim=-1) / vector_norm(before, dim=-1)
    return change


def hidden_change(network: ElmanNetwork, theta: Tensor, sequences: Sequences) -> Tensor:
    """Change of the states at the times from 2 that are read, over their size at the start, shape (*E,).

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 2, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w, w from 1
        >>> float(hidden_change(network, torch.tensor([2.0]), read))  # the state 1 + w goes from 2 to 3
        0.5

    Cost: two forward passes.
    """
    now, then = (network.states(each, sequences) for each in (theta, network.start.expand(theta.shape)))
    read = sequences.read[:, 1:]
    after, before = (torch.stack(each[1:], -2)[..., read, :].flatten(-2) for each in (now, then))
    change: Tensor = vector_norm(after - before, dim=-1) / vector_norm(before, dim=-1)
    return change


def alignment(matrix: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """|z . M h| / (|z| |M|_2 |h|): 1 where a matrix does all it can for two vectors, 1 / sqrt(m) by chance.

    Example:
        >>> matrix, vectors = torch.diag(torch.tensor([4.0, 2.0])), torch.eye(2)
        >>> found = alignment(matrix, vectors, vectors)  # along the first axis, and along the second
        >>> [round(float(each), 6) for each in found]
        [1.0, 0.5]

    Args:
        matrix: M, shape (*E, m, m).
        left: z, shape (*E, ..., m).
        right: h, shape (*E, ..., m).

    Returns:
        Shape (*E, ...).

    Cost: one `spectral_norm` a matrix, and one product with it a vector.
    """
    norm = spectral_norm(matrix)
    made: Tensor = ((right @ matrix.mT) * left).sum(-1).abs() / (left.norm(dim=-1) * right.norm(dim=-1))
    return made / norm.reshape(norm.shape + (1,) * (made.ndim - norm.ndim))


def _spectral(network: ElmanNetwork, theta: Tensor) -> Tensor:
    times = 2 if network.shared else network.recurrent.shape[-3] + 1
    return torch.stack([spectral_norm(matrix) for matrix in network.matrices(theta, times)]).amax(0)


def _largest(matrix: np.ndarray) -> float:
    if not matrix.any():
        return 0.0
    start = np.ones(len(matrix))  # no state of chance: the same matrix always gives the same number
    return float(svds(matrix.astype(float), k=1, v0=start, return_singular_vectors=False)[0])
