"""Squared error of a recurrent network on its sequences: the landscape of this theory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import pulled_back, states
from lrtheory.lazy_rnn.models.sequences import Sequences


@dataclass(frozen=True, eq=False)
class SequenceRegression:
    """f(W) = 1/2 sum over sequences and counted times of |y - y*|^2; a `Landscape`.

    A batch of b of the n sequences counts n / b times, so that its gradient is right on average.

    Attributes:
        network: its recurrent weights are what is descended; they start at ``start``.
        sequences: what is read, and which outputs count.
        targets: y*, shape (*E, n, L, d), or one that broadcasts to it, such as (n, 1, d) for the last time;
            looked at only where outputs count.

    Source: allenzhu2019, section 2.2.
    """

    network: ElmanNetwork
    sequences: Sequences
    targets: Tensor

    def __post_init__(self) -> None:
        """Check shapes and numbers.

        Raises:
            ValueError: targets that do not broadcast to (*E, n, L, d), or are not finite where they count.
        """
        full = (self.sequences.count, self.sequences.times, self.network.outputs)
        last = self.targets.shape[-3:]
        if len(last) < 3 or any(size not in (1, wanted) for size, wanted in zip(last, full, strict=True)):
            raise ValueError(
                f"targets must have shape (*E, n, L, d) = (*E, {', '.join(map(str, full))}), or one that "
                f"broadcasts to it, got {tuple(self.targets.shape)}"
            )
        if self.targets.dtype != self.network.recurrent.dtype:
            raise ValueError(
                f"targets must be {self.network.recurrent.dtype} like the weights, got {self.targets.dtype}"
            )
        if not bool(self.wanted.isfinite().all()):
            raise ValueError("targets must be finite where outputs count, got a number that is not")

    @property
    def dim(self) -> int:
        """Number of recurrent weights."""
        return self.network.dim

    @property
    def start(self) -> Tensor:
        """The network's own recurrent weights, shape (*E, dim)."""
        return self.network.start

    @property
    def numbers(self) -> int:
        """How many numbers N are fitted: counted outputs times d."""
        return int(self.sequences.counted.sum()) * self.network.outputs

    @property
    def wanted(self) -> Tensor:
        """Targets of the counted outputs, shape (*E, N)."""
        return self.sequences.flat(self._dense_targets())

    def outputs(self, theta: Tensor) -> Tensor:
        """Counted outputs, shape (*E, N): by sequence, time, then output."""
        return self.sequences.flat(self.network.outputs_of(theta, self.sequences))

    def residuals(self, theta: Tensor) -> Tensor:
        """Counted outputs minus targets, shape (*E, N)."""
        return self.outputs(theta) - self.wanted

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of each member, shape (*E,); a batch stands for all sequences."""
        _, gap, weight = self._passed(theta, samples)
        return weight * gap.square().sum((-3, -2, -1)) / 2

    @torch.no_grad()
    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient by back-propagation through time, shape (*E, dim)."""
        hidden, gap, weight = self._passed(theta, samples)
        matrices = self.network.matrices(theta, len(hidden))
        asked = self.sequences.counted.any(0).tolist()
        readout = self.network.readout
        pulls = [gap[..., time, :] @ readout if asks else None for time, asks in enumerate(asked)]
        pulled = pulled_back(matrices, [h > 0 for h in hidden], pulls)
        return weight * self.network.weights_from(pulled, hidden)

    def centered(self) -> SequenceRegression:
        """The same task with the outputs at the start added to the targets: residuals start at -y*.

        Source: chizat2019, section 2; an output that starts at zero.
        """
        with torch.no_grad():
            first = self.network.outputs_of(self.start, self.sequences)
        return replace(self, targets=self.targets + first)

    def _passed(self, theta: Tensor, samples: Tensor | None) -> tuple[list[Tensor], Tensor, float]:
        """States, masked residuals (*E, b, L, d), and how often a sequence counts."""
        driven, wanted = self.network.driven(self.sequences), self._dense_targets()
        mask, weight = self.sequences.counted, 1.0
        if samples is not None:
            weight = self.sequences.count / samples.shape[-1]
            driven = [_picked(each, samples, 1) for each in driven]
            wanted, mask = _picked(wanted, samples, 2), mask[samples]
        hidden = states(self.network.matrices(theta, self.sequences.times), driven)
        outputs = torch.stack([h @ self.network.readout.mT for h in hidden], -2)
        return hidden, (outputs - wanted).where(mask[..., None], 0), weight

    def _dense_targets(self) -> Tensor:
        full = (self.sequences.count, self.sequences.times, self.network.outputs)
        return self.targets.expand(*self.targets.shape[:-3], *full)


def _picked(whole: Tensor, samples: Tensor, after: int) -> Tensor:
    """Sequences of a batch, the same (b,) for all members or each its own (*E, b).

    Args:
        whole: the axis of the sequences is followed by ``after`` others.
        samples: indices.
        after: number of axes behind it.
    """
    axis = -1 - after
    if samples.ndim == 1:
        return whole.index_select(whole.ndim + axis, samples)
    lead = np.broadcast_shapes(whole.shape[:axis], samples.shape[:-1])
    index = samples.reshape(*samples.shape, *[1] * after)
    index = index.expand(*lead, samples.shape[-1], *whole.shape[axis + 1 :])
    return whole.expand(*lead, *whole.shape[axis:]).gather(len(lead), index)
