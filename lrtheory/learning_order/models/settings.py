"""One setting of the whole problem: data, network, decay and noise; the two that the book uses, and draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from lrtheory.doors import between, positive, whole
from lrtheory.landscape import pack
from lrtheory.learning_order.models.noise import stationary_noise
from lrtheory.learning_order.models.pq import PQDistribution, PQExamples
from lrtheory.learning_order.models.two_block import Blocks, TwoBlockTask


@dataclass(frozen=True)
class Setting:
    """The problem of the paper at a size that a laptop can run.

    It departs from the paper in this: the second block has an output scale A other than one, the blocks
    begin at different sizes, r is a number of its own and not d^(-3/4), and the first block is narrow (what
    it learns is linear). The rates of the runs belong to it, since the noise on the gradient is that which
    holds weights at their size at the large rate (Assumption 3.1).

    Attributes:
        data: distribution of the examples.
        examples: how many to train on, N.
        width_p, width_q: units that see x1, and x2; width_p is even.
        scale_q: A; the second layers are +-1 / sqrt(m_W) and +-A / sqrt(m_V).
        tau_p, tau_q: standard deviations of W and V at the start.
        weight_decay: lambda.
        lr, small_lr: large and small rate.
        switch: step at which the large rate is annealed.
        stop: train loss at which runs are compared.

    Raises:
        ValueError: a number out of its range.

    Source: li2019order, as we reconstruct it; sizes ours.
    """

    data: PQDistribution
    examples: int = 2000
    width_p: int = 20
    width_q: int = 300_000
    scale_q: float = 7.5
    tau_p: float = 0.35
    tau_q: float = 1.2
    weight_decay: float = 8e-4
    lr: float = 0.3
    small_lr: float = 0.012
    switch: int = 4000
    stop: float = 0.36

    def __post_init__(self) -> None:
        for name in ("examples", "width_p", "width_q", "switch"):
            whole(name, getattr(self, name), least=1)
        for name in ("scale_q", "tau_p", "tau_q", "lr", "small_lr", "stop"):
            positive(name, getattr(self, name))
        between("weight_decay", self.weight_decay, 0, math.inf)
        if self.small_lr > self.lr:
            raise ValueError(f"small_lr must be at most lr = {self.lr}, got {self.small_lr}; exchange them")
        if self.width_p % 2:
            raise ValueError(f"width_p must be even, got {self.width_p}: half of w is positive; add one")

    @property
    def noise(self) -> Blocks:
        """Standard deviation tau_xi of the gradient's noise in each block."""
        taus = (self.tau_p, self.tau_q)
        return Blocks(*(stationary_noise(tau, self.lr, self.weight_decay) for tau in taus))

    def drawn(self, generators: tuple[torch.Generator, torch.Generator]) -> tuple[TwoBlockTask, Tensor]:
        """Training task and weights at the start, shape (dim,), float64.

        w is positive in exactly half of its units, so that the noise of W leaves no offset; signs of v are
        fair.

        Args:
            generators: for the examples, and for the weights.
        """
        examples, weights = generators
        signs = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(self.width_p // 2)
        chance = torch.rand(self.width_q, generator=weights, dtype=torch.float64)
        fair = torch.where(chance < 0.5, -1.0, 1.0).double()
        second = Blocks(signs / math.sqrt(self.width_p), fair * (self.scale_q / math.sqrt(self.width_q)))
        task = TwoBlockTask(
            self.data.sample(self.examples, generator=examples), second, weight_decay=self.weight_decay
        )
        parts = [
            tau * torch.randn(shape, generator=weights, dtype=torch.float64)
            for tau, shape in zip((self.tau_p, self.tau_q), task.shapes, strict=True)
        ]
        return task, pack(parts)


BASE: Final = Setting(PQDistribution(200, p_only=0.03, q_only=0.30, r=0.07, alpha_from=0.5))
# A third of the units and six tenths of the examples: every run takes seconds, and the order is the same.
SMALL: Final = Setting(BASE.data, examples=1200, width_q=100_000, switch=2500, stop=0.42)


def fresh_examples(setting: Setting, generator: torch.Generator, count: int = 4000) -> PQExamples:
    """Fresh examples that carry both patterns, on which accuracies are measured.

    Example:
        >>> from lrtheory import generator
        >>> test = fresh_examples(SMALL, generator(0, "test"), 100)
        >>> len(test), set(test.groups.tolist())  # the group of both
        (100, {2})

    Cost: count times d numbers.

    Source: ours.
    """
    return setting.data.sample_group("both", count, generator=generator)
