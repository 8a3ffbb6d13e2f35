"""Jacobian and tangent kernel times vectors: two passes through the network, no matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import pulled_back, pushed
from lrtheory.lazy_rnn.models.sequences import Sequences


@torch.no_grad()
def jacobian_product(network: ElmanNetwork, theta: Tensor, sequences: Sequences, move: Tensor) -> Tensor:
    """How the counted outputs change to first order in a move of the weights: J move.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> jacobian_product(network, network.start, read, torch.tensor([2.0])).tolist()  # 2 (1 + 2 w)
        [6.0]

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs change.
        move: shape (*E, dim).

    Returns:
        Shape (*E, N).

    Cost: a forward pass, and one at twice its price.

    See Also:
        `jacobian_transpose_product`, from outputs to weights.

    Source: jacot2018; the recursion is ours.
    """
    hidden = network.states(theta, sequences)
    matrices, moves = (network.matrices(each, sequences.times) for each in (theta, move))
    changes = pushed(matrices, [h > 0 for h in hidden], moves, hidden)
    return sequences.flat(torch.stack([change @ network.readout.mT for change in changes], -2))


@torch.no_grad()
def jacobian_transpose_product(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences, vector: Tensor
) -> Tensor:
    """The move of the weights that a vector over the counted outputs pulls at: J^T vector.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> jacobian_transpose_product(network, network.start, read, torch.tensor([2.0])).tolist()
        [6.0]

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs pull.
        vector: shape (*E, N).

    Returns:
        Shape (*E, dim).

    Cost: one forward pass and one backward.

    See Also:
        `jacobian_product`, from weights to outputs.

    Source: allenzhu2019, fact 2.5.
    """
    hidden = network.states(theta, sequences)
    matrices = network.matrices(theta, sequences.times)
    dense = sequences.dense(vector, network.outputs)
    pulls = [dense[..., time, :] @ network.readout for time in range(sequences.times)]
    pulled = pulled_back(matrices, [h > 0 for h in hidden], pulls)
    return network.weights_from(pulled, hidden)


def kernel_product(network: ElmanNetwork, theta: Tensor, sequences: Sequences, vector: Tensor) -> Tensor:
    """Tangent kernel times a vector, shape (*E, N), without the kernel: J J^T vector.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> kernel_product(network, network.start, read, torch.tensor([2.0])).tolist()  # 2 (1 + 2 w)^2
        [18.0]

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs are rows and columns.
        vector: shape (*E, N).

    Cost: `jacobian_transpose_product` and `jacobian_product`; the kernel itself takes N^2 numbers.

    See Also:
        `tangent_kernel`, the matrix.

    Source: jacot2018.
    """
    move = jacobian_transpose_product(network, theta, sequences, vector)
    return jacobian_product(network, theta, sequences, move)
