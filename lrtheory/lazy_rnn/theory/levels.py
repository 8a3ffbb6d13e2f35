"""Levels of laziness: the network's series in the move of its weights, gates held, cut after any order."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import whole
from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import pushed
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences


def level_outputs(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences, *, order: int | None,
    around: Tensor | None = None,
) -> Tensor:
    """Outputs of the network with the gates of other weights, to some order in the difference.

    With gates held, W enters a product once for each step, so the output is a polynomial of degree L - 1
    in the move. Order 1 is the linearization; order 2 adds the interaction of two moves; order L - 1 is all
    of it: the network with frozen gates. What then is left out is what changes signs.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> [float(level_outputs(network, torch.tensor([2.0]), read, order=k)) for k in range(3)]
        [3.0, 6.0, 7.0]

    Args:
        network: the network.
        theta: weights, shape (*E, dim).
        sequences: what is read.
        order: 0, 1, 2, ... or None for all.
        around: weights whose gates are held and around which it is expanded; by default the start.

    Returns:
        Counted outputs, shape (*E, N). Differentiable in theta.

    Raises:
        ValueError: an order that is no whole number of at least 0.

    Cost: a forward pass, and for each order one at twice its price.

    See Also:
        `jacobian_product`, the term of order 1 alone; `linearized`, order 1 as a landscape in function space.

    Source: ours; the pseudo-networks of allenzhu2019beyond, section 6, for a recurrent network.
    """
    times = sequences.times
    top = times - 1 if order is None else min(whole("order", order), times - 1)
    center = (network.start if around is None else around).expand(theta.shape)
    matrices, moves = network.matrices(center, times), network.matrices(theta - center, times)
    with torch.no_grad():
        term = network.states(center, sequences)
        gates = [h > 0 for h in term]
    total = [each @ network.readout.mT for each in term]
    for _ in range(top):
        term = pushed(matrices, gates, moves, term)
        total = [sum_ + each @ network.readout.mT for sum_, each in zip(total, term, strict=True)]
    return sequences.flat(torch.stack(total, -2))


@dataclass(frozen=True, eq=False)
class LazyRegression:
    """A regression in which the network is replaced by a level of laziness; a `Landscape`.

    Attributes:
        regression: network, sequences and targets.
        order: order of the series in the move of the weights, at least 1, or None for frozen gates.
        around: weights (*E, dim) around which it is taken; None for the start.

    Source: ours, after allenzhu2019reply (laziness has magnitudes).
    """

    regression: SequenceRegression
    order: int | None
    around: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse an order that is no whole number of at least 1: order 0 does not depend on the weights."""
        if self.order is not None:
            whole("order", self.order, least=1)

    @property
    def dim(self) -> int:
        """Number of recurrent weights."""
        return self.regression.dim

    @property
    def start(self) -> Tensor:
        """The network's own recurrent weights, shape (*E, dim)."""
        return self.regression.start

    def outputs(self, theta: Tensor) -> Tensor:
        """Counted outputs, shape (*E, N)."""
        own = self.regression
        return level_outputs(own.network, theta, own.sequences, order=self.order, around=self.around)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Squared error, shape (*E,).

        Raises:
            ValueError: samples are given; levels are compared on all sequences.
        """
        if samples is not None:
            raise ValueError("a LazyRegression has no batches; leave out batches=")
        return (self.outputs(theta) - self.regression.wanted).square().sum(-1) / 2
