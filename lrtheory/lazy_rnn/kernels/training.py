"""Gradient descent of recurrent networks by one fused loop: the path of `descend`, with residuals kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import whole
from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.regression import SequenceRegression
from lrtheory.lazy_rnn.models.sequences import Sequences
from lrtheory.lazy_rnn.tangent.features import members

# Up to this width many small products at once beat one after the other; measured, see benchmarks.
_BATCHED_UP_TO = 128
_STEPS_BETWEEN_LOOKS = 50  # at whether anybody still moves
_DIVERGED = 1e8  # times the loss at the start


@dataclass(frozen=True, eq=False)
class Training:
    """A run of gradient descent, member by member.

    Attributes:
        theta: weights after the last step, shape (*E, m^2).
        residuals: outputs minus targets before every step and after the last, shape (T + 1, *E, N). A member
            that has stopped stays where it is; one that has diverged ends in numbers that are not finite.
        slopes: squared norm of the gradient at the same steps, shape (T + 1, *E).
        steps: how many steps each member took, shape (*E,), int64.
        diverged: whether the loss left 1e8 times its start, or the finite numbers, shape (*E,).
    """

    theta: Tensor
    residuals: Tensor
    slopes: Tensor
    steps: Tensor
    diverged: Tensor

    @property
    def loss(self) -> Tensor:
        """Loss before every step and after the last, shape (T + 1, *E)."""
        return self.residuals.square().sum(-1) / 2

    def first_below(self, level: float | Tensor) -> Tensor:
        """First step at which the loss lies below a level, NaN if it never does, shape (*E,)."""
        below = (self.loss < level).double()
        return torch.where(below.any(0), below.argmax(0).double(), torch.nan)


@torch.no_grad()
def trained(
    regression: SequenceRegression, theta: Tensor, lr: float | Tensor, *, steps: int | Tensor,
    stop: float | Tensor = 0.0,
) -> Training:
    """Plain gradient descent with one rate for each member, kept going until each has stopped.

    A member stops after its steps, below its loss ``stop``, or when it diverges; nothing is raised then.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # y = 1 + w + w^2, w from 1
        >>> run = trained(SequenceRegression(network, read, 7 * one[None]), one[0], 0.03, steps=200)
        >>> round(float(run.theta), 4), round(float(run.loss[0]), 4)  # 1 + 2 + 4 = 7; (3 - 7)^2 / 2
        (2.0, 8.0)

    Args:
        regression: the landscape.
        theta: start, shape (*E, m^2); not changed.
        lr: rates > 0, a number or shape (*E,).
        steps: at most so many, a number or shape (*E,).
        stop: losses at which members stop.

    Returns:
        `Training`. Cost: one forward and one backward pass over all sequences a step. Memory: T N numbers a
        member for the residuals, beside two copies of the weights.

    Raises:
        ValueError: weights of their own at every time; a rate that is not positive; steps that are not whole.

    See Also:
        `predict_training`, what it will give, without a step; `lrtheory.descend` for other rules and batches.
    """
    if not regression.network.shared:
        raise ValueError("trained takes networks that share weights over time; use lrtheory.descend")
    lead = theta.shape[:-1]
    lr_, steps_, stop_ = (
        torch.as_tensor(each, device=theta.device).to(kind).expand(lead).reshape(-1)
        for each, kind in ((lr, theta.dtype), (steps, torch.int64), (stop, theta.dtype))
    )
    if not bool(((lr_ > 0) & lr_.isfinite()).all()):
        raise ValueError(f"lr must be positive and finite, got {lr}")
    for each in steps_.tolist():
        whole("steps", each)
    targets = regression.wanted.expand(*lead, -1).reshape(len(lr_), -1)
    each = list(members(regression.network, theta, regression.sequences))
    many = len(each) > 1 and regression.network.width <= _BATCHED_UP_TO
    groups = [slice(0, len(each))] if many else [slice(k, k + 1) for k in range(len(each))]
    runs = [
        _Run(regression, each[some], targets[some]).train(lr_[some], steps_[some], stop_[some])
        for some in groups
    ]
    longest = max(len(run.residuals) for run in runs)
    return Training(
        torch.cat([run.theta for run in runs]).reshape(theta.shape),
        torch.cat([_held(run.residuals, longest) for run in runs], 1).reshape(longest, *lead, -1),
        torch.cat([_held(run.slopes, longest) for run in runs], 1).reshape(longest, *lead),
        torch.cat([run.steps for run in runs]).reshape(lead),
        torch.cat([run.diverged for run in runs]).reshape(lead),
    )


def _squared_norm(pulled: Tensor, before: Tensor) -> Tensor:
    """Squared norm of the sum of outer products, (E,) of (E, k, m) twice, by whichever way is shorter."""
    if pulled.shape[1] > pulled.shape[2]:
        return (pulled.mT @ before).square().sum((-2, -1))
    return ((pulled @ pulled.mT) * (before @ before.mT)).sum((-2, -1))


def _held(path: Tensor, length: int) -> Tensor:
    """A path that stays at its end."""
    return torch.cat([path, path[-1:].expand(length - len(path), *path.shape[1:])])


class _Run:
    """Members that are descended together: E of them, all tensors with E in front."""

    def __init__(
        self, regression: SequenceRegression, group: Sequence[tuple[ElmanNetwork, Tensor, Sequences]],
        targets: Tensor,
    ) -> None:
        network = regression.network
        self._width, self._sequences, self._targets = network.width, regression.sequences, targets
        self._readout = torch.stack([member.readout for member, _, _ in group])
        driven = [member.driven(own) for member, _, own in group]
        self._driven = [torch.stack(each) for each in zip(*driven, strict=True)]
        self._weights = torch.stack([own for _, own, _ in group]).reshape(-1, self._width, self._width)
        self._asked = regression.sequences.counted.any(0).tolist()

    def train(self, lr: Tensor, steps: Tensor, stop: Tensor) -> Training:
        residuals, slopes = [], []
        moving = torch.ones_like(lr, dtype=torch.bool)
        diverged, taken, first = torch.zeros_like(moving), torch.zeros_like(steps), None
        for t in range(int(steps.max()) + 1):
            hidden = self._states()
            gaps = self._residuals(hidden)
            loss = gaps.square().sum(-1) / 2
            first = loss if first is None else first
            diverged = diverged | ~(loss <= _DIVERGED * first)
            moving = moving & ~diverged & (loss > stop) & (t < steps)
            pulled, before = self._pulled(hidden, gaps)
            residuals.append(gaps)
            slopes.append(_squared_norm(pulled, before))
            if t % _STEPS_BETWEEN_LOOKS == 0 and not bool(moving.any()):
                break
            taken += moving
            step = torch.where(moving[:, None, None], -lr[:, None, None] * pulled, 0)
            self._weights.baddbmm_(step.mT, before)
        flat = self._weights.flatten(1)
        return Training(flat, torch.stack(residuals), torch.stack(slopes), taken, diverged)

    def _states(self) -> list[Tensor]:
        found = [self._driven[0].relu()]
        for added in self._driven[1:]:
            found.append(torch.baddbmm(added, found[-1], self._weights.mT).relu_())
        return found

    def _residuals(self, hidden: list[Tensor]) -> Tensor:
        outputs = torch.stack([h @ self._readout.mT for h in hidden], -2)
        return self._sequences.flat(outputs) - self._targets

    def _pulled(self, hidden: list[Tensor], gaps: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives by g_2 to g_L, and the states before them, each (E, (L - 1) n, m)."""
        dense = self._sequences.dense(gaps, self._readout.shape[1])
        found, below = [], torch.zeros_like(hidden[0])
        for time in range(len(hidden) - 1, 0, -1):
            whole_ = below + dense[..., time, :] @ self._readout if self._asked[time] else below
            found.append(whole_ * (hidden[time] > 0))
            below = found[-1] @ self._weights if time > 1 else below
        return torch.cat(found[::-1], 1), torch.cat(hidden[:-1], 1)
