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

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs change.
        move: shape (*E, dim).

    Returns:
        Shape (*E, N). Cost: two forward passes.

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

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs pull.
        vector: shape (*E, N).

    Returns:
        Shape (*E, dim). Cost: one forward pass and one backward.

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

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: whose counted outputs are rows and columns.
        vector: shape (*E, N).

    Source: jacot2018.
    """
    move = jacobian_transpose_product(network, theta, sequences, vector)
    return jacobian_product(network, theta, sequences, move)
