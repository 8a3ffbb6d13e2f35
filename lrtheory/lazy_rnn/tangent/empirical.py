"""The tangent kernel of a network, contracted from its factors: no Jacobian is ever formed."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.sequences import Sequences
from lrtheory.lazy_rnn.tangent.features import Features, features, members

# Sequences whose products are made at once: what they need stays in the processor's cache.
_BLOCK = 8
# With so many rows a sequence it is cheaper to contract the states into the pulls first.
_ROWS_TO_CONTRACT_FIRST = 3


def tangent_kernel(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences, other: Sequences | None = None
) -> Tensor:
    """Empirical tangent kernel by the recurrent weights: Theta = J J'^T, J the Jacobian of the outputs.

    An entry is sum_{a,b} (z_a . z'_b) (h_{a-1} . h'_{b-1}), with z_a the derivative of an output by the
    pre-activation at time a: two Gram matrices instead of a Jacobian of N times m^2 numbers. With weights of
    their own at every time only a = b counts.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> tangent_kernel(network, network.start, read).tolist()  # (1 + 2 w)^2
        [[9.0]]

    Cost: 2 n L m^2 (1 + R) for the factors and about n^2 L^2 m (1 + R) + n^2 L m R^2 for the products, with R
    counted outputs a sequence (half of it on the diagonal blocks' account, where ``other`` is None). Memory:
    n R L m numbers, and 8 R L m more.

    Args:
        network: with members on leading axes, or one.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs are the rows.
        other: whose counted outputs are the columns; by default the same.

    Returns:
        Shape (*E, N, N'): rows by sequence, time, then output. Symmetric without ``other``.

    See Also:
        `kernel_product` without the matrix, `module_tangent_kernel` of any torch module, `limit_kernel` at
        infinite width.

    Source: ours, by allenzhu2019, fact 2.5; the kernel is that of jacot2018.
    """
    rows = members(network, theta, sequences)
    if other is None:
        found = [_symmetric(features(*row), row[0].shared) for row in rows]
    else:
        columns = members(network, theta, other)
        found = [
            _rectangle(features(*row), features(*column), row[0].shared)
            for row, column in zip(rows, columns, strict=True)
        ]
    stacked = torch.stack(found)
    return stacked.reshape(*theta.shape[:-1], *stacked.shape[-2:])


def _symmetric(own: Features, shared: bool) -> Tensor:
    """Lower block triangle, and its mirror image."""
    count, rows = own.pulls.shape[:2]
    whole = own.pulls.new_zeros(count, rows, count, rows)
    for begin in range(0, count, _BLOCK):
        end = min(begin + _BLOCK, count)
        whole[begin:end, :, :end] = _block(own, slice(begin, end), own, end, shared)
    flat = whole.reshape(count * rows, count * rows)[own.order][:, own.order]
    return torch.tril(flat) + torch.tril(flat, -1).mT


def _rectangle(first: Features, second: Features, shared: bool) -> Tensor:
    count, others = len(first.pulls), len(second.pulls)
    blocks = [
        _block(first, slice(begin, begin + _BLOCK), second, others, shared)
        for begin in range(0, count, _BLOCK)
    ]
    whole = torch.cat(blocks).reshape(count * first.rows, others * second.rows)
    return whole[first.order][:, second.order]


def _block(first: Features, some: slice, second: Features, until: int, shared: bool) -> Tensor:
    """Kernel of some sequences with the first ``until`` others, shape (i, R, until, R')."""
    pulls, states = first.pulls[some], first.states[some]
    states_gram = states.flatten(0, 1) @ second.states[:until].flatten(0, 1).mT
    near = states_gram.reshape(*states.shape[:2], until, second.states.shape[1])  # (i, a, j, b)
    if not shared:
        steps = min(near.shape[1], near.shape[3])
        diagonal = torch.zeros_like(near)
        diagonal[:, range(steps), :, range(steps)] = near[:, range(steps), :, range(steps)]
        near = diagonal
    if min(first.rows, second.rows) < _ROWS_TO_CONTRACT_FIRST:
        return _by_two_grams(pulls, second.pulls[:until], near)
    each = enumerate(second.pulls[:until])
    return torch.stack([_contracted(pulls, other, near[:, :, place]) for place, other in each], 2)


def _by_two_grams(pulls: Tensor, others: Tensor, near: Tensor) -> Tensor:
    """Gram matrix of the pulls, times that of the states, summed over both times."""
    gram = pulls.flatten(0, 2) @ others.flatten(0, 2).mT
    gram = gram.reshape(*pulls.shape[:3], *others.shape[:3])  # (i, r, a, j, s, b)
    return (gram * near[:, None, :, :, None, :]).sum((2, 5))


def _contracted(pulls: Tensor, other: Tensor, near: Tensor) -> Tensor:
    """States into the pulls of one sequence first: for many rows this is fewer operations.

    Args:
        pulls: of the block, shape (i, R, A, m).
        other: of one sequence, shape (R', B, m).
        near: Gram matrix of their states, shape (i, A, B).
    """
    block, steps = near.shape[:2]
    mixed = near.reshape(block * steps, -1) @ other  # (R', i A, m): no copy is made to contract it below
    columns = mixed.reshape(len(other), block, -1).permute(1, 2, 0)
    return torch.bmm(pulls.flatten(2), columns)
