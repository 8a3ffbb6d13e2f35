"""What the tangent kernel is made of: states, and derivatives of the outputs by the pre-activations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Features:
    """Factors of one network's Jacobian: its row of an output is the sum over times of pull times state.

    Rows of a sequence are its counted times, latest first, times d outputs; sequences with fewer counted
    times have empty rows at the end.

    Attributes:
        pulls: derivatives with respect to g_2 to g_L, shape (n, R, L - 1, m).
        states: h_1 to h_{L-1}, shape (n, L - 1, m).
        order: places of the rows that count among all n R, by sequence, time, then output, shape (N,).
    """

    pulls: Tensor
    states: Tensor
    order: Tensor

    @property
    def rows(self) -> int:
        """Rows R of each sequence."""
        return int(self.pulls.shape[1])


def members(
    network: ElmanNetwork, theta: Tensor, sequences: Sequences
) -> Iterator[tuple[ElmanNetwork, Tensor, Sequences]]:
    """Each member of an ensemble alone: network, weights (dim,) and sequences without leading axes.

    Members of theta, shape (*E, dim), that the network or the sequences do not have share theirs.
    """
    lead = theta.shape[:-1]

    def each(whole: Tensor, tail: int) -> Tensor:
        shape = whole.shape[whole.ndim - tail :]
        return whole.expand(*lead, *shape).reshape(-1, *shape)

    weights = (
        each(network.recurrent, 2 if network.shared else 3), each(network.input_weights, 2),
        each(network.readout, 2),
    )
    rows = zip(*weights, each(theta, 1), each(sequences.tokens, 3), strict=True)
    for recurrent, input_weights, readout, own, tokens in rows:
        alone = ElmanNetwork(recurrent, input_weights, readout, network.shared)
        yield alone, own, Sequences(tokens, sequences.counted)


@torch.no_grad()
def features(network: ElmanNetwork, theta: Tensor, sequences: Sequences) -> Features:
    """Factors of the Jacobian of one network's counted outputs with respect to its recurrent weights.

    Args:
        network: without leading axes.
        theta: weights, shape (dim,).
        sequences: without leading axes.

    Returns:
        `Features`; memory n R L m numbers, R = d times the most counted times of a sequence. All rows that
        pass through one matrix do so in one product.
    """
    hidden = network.states(theta, sequences)
    matrices = network.matrices(theta, sequences.times)
    began, order = _rows(sequences.counted)
    (count, places), outputs, width = began.shape, network.outputs, network.width
    pulls = theta.new_zeros(count, places, outputs, sequences.times - 1, width)
    running = theta.new_zeros(count, places, outputs, width)
    for time in range(sequences.times - 1, 0, -1):
        started = int((began > time).sum(1).max())
        if started:
            running[:, :started] = running[:, :started] @ matrices[time]
        running[began == time] = network.readout
        running *= (hidden[time] > 0)[:, None, None]
        pulls[:, :, :, time - 1] = running
    whole = (order[:, None] * outputs + torch.arange(outputs, device=order.device)).flatten()
    stacked = torch.stack(hidden[:-1], 1)
    return Features(pulls.reshape(count, places * outputs, sequences.times - 1, width), stacked, whole)


def _rows(counted: Tensor) -> tuple[Tensor, Tensor]:
    """Counted times of each sequence, latest first, -1 where there are no more, shape (n, P); their order."""
    times = [row.nonzero()[:, 0].flip(0).tolist() for row in counted]
    places = max(map(len, times))
    began = torch.tensor([row + [-1] * (places - len(row)) for row in times], device=counted.device)
    order = [number * places + len(row) - 1 - k for number, row in enumerate(times) for k in range(len(row))]
    return began, torch.tensor(order, device=counted.device)

