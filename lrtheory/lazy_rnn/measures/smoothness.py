"""How nearly linear the loss is: gradient against loss, and what is left of the loss beyond its tangent."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import pre_activations
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences


@torch.no_grad()
def gradient_ratio(regression: SequenceRegression, theta: Tensor) -> Tensor:
    """|gradient|^2 / (m f), shape (*E,): bounded below, a loss that is not small has a slope.

    It lies between twice the extreme eigenvalues of the tangent kernel over m, at every point exactly.

    Example:
        >>> from lrtheory.lazy_rnn import ElmanNetwork, last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> task = SequenceRegression(ElmanNetwork(one, one, one), read, 0 * one[None])  # y = 1 + w + w^2
        >>> float(gradient_ratio(task, task.start))  # twice the tangent kernel, (1 + 2 w)^2, over one unit
        18.0

    Cost: one gradient and one loss.

    See Also:
        `gradient_bounds`, where it lies for a kernel.
    """
    slope = regression.gradient(theta).square().sum(-1)
    return slope / (regression.network.width * regression.loss(theta))


@torch.no_grad()
def tangent_remainder(regression: SequenceRegression, theta: Tensor, move: Tensor) -> Tensor:
    """f(W + M) - f(W) - <gradient f(W), M>, shape (*E,): what semi-smoothness bounds.

    Example:
        >>> from lrtheory.lazy_rnn import ElmanNetwork, last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 2, 1))
        >>> task = SequenceRegression(ElmanNetwork(one, one, one), read, 0 * one[None])  # y = 1 + w
        >>> float(tangent_remainder(task, task.start, torch.tensor([4.0])))  # f = (1 + w)^2 / 2: 4^2 / 2
        8.0

    Args:
        regression: the landscape.
        theta: weights W, shape (*E, dim).
        move: M, shape (*E, dim).

    Cost: one gradient and two losses.
    """
    along = (regression.gradient(theta) * move).sum(-1)
    return regression.loss(theta + move) - regression.loss(theta) - along


@torch.no_grad()
def state_difference(
    network: ElmanNetwork, theta: Tensor, move: Tensor, sequences: Sequences
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Both sides of an exact identity for the change of the states in a move of the weights.

    With h' the states after the move, h'_l - h_l = sum_a (D_l + D''_l) W ... (D_{a+1} + D''_{a+1}) M h'_a;
    D''_l = (relu(g') - relu(g)) / (g' - g) - D_l lies in [-1, 1] and is zero wherever no sign changes.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> changes, made, excess = state_difference(network, one[0], 2 * one[0], read)
        >>> [float(each) for each in changes] == [float(each) for each in made]
        True
        >>> [float(each) for each in changes], [float(each) for each in excess]  # from 1, 2, 3 to 1, 4, 13
        ([0.0, 2.0, 10.0], [0.0, 0.0, 0.0])

    Args:
        network: that shares weights over time.
        theta: weights W, shape (*E, dim).
        move: M, shape (*E, dim).
        sequences: what is read.

    Returns:
        The differences at times 1 to L; the sums of the identity; the diagonals D'', each (*E, n, m).

    Cost: six forward passes: two of each network, and two for the sums.
    """
    driven = network.driven(sequences)
    before, after = (network.matrices(each, sequences.times) for each in (theta, theta + move))
    moves = network.matrices(move, sequences.times)
    old, new = (pre_activations(each, driven) for each in (before, after))
    made, excess = [torch.zeros_like(old[0])], [torch.zeros_like(old[0])]
    for time in range(1, sequences.times):
        shift = new[time] - old[time]
        open_ = (old[time] > 0).to(shift.dtype)
        share = torch.where(shift == 0, open_, (new[time].relu() - old[time].relu()) / shift)
        grown = made[-1] @ before[time - 1].mT + new[time - 1].relu() @ moves[time - 1].mT
        made.append(share * grown)
        excess.append(share - open_)
    changes = [b.relu() - a.relu() for a, b in zip(old, new, strict=True)]
    return changes, made, excess
