"""The network of the paper: two layers of ReLUs, half of them blind to x2 and half to x1, and its loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lrtheory.doors import between, check_choice
from lrtheory.landscape import pack, unpack
from lrtheory.learning_order.models.noise import NoiseDraw
from lrtheory.learning_order.models.pq import PQExamples

LOSSES = ("logistic", "squared")


class Blocks(NamedTuple):
    """Something for each of the two blocks of hidden units: those that see x1, and those that see x2."""

    p: Any
    q: Any


@dataclass(frozen=True, eq=False)
class TwoBlockTask:
    """Mean loss of f(x) = w . relu(W x1) + v . relu(V x2) on examples, plus weight decay; a `Landscape`.

    W and V are trained, w and v are not. V is kept by its two coordinates in the plane of z and zeta: the
    others never meet an input. (`q_inputs` of more coordinates gives the network before this reduction.)

    Attributes:
        examples: what is learned.
        second: w of shape (m_W,) and v of shape (m_V,).
        weight_decay: lambda >= 0; the loss has (lambda / 2) (|W|^2 + |V|^2) in it.
        kind: ``"logistic"``, log(1 + exp(-y f)), or ``"squared"``, (f - y)^2 / 2.
        q_inputs: x2 in coordinates of your own, shape (n, k); by default those of its plane.

    Raises:
        ValueError: shapes that do not agree, another loss, a decay below zero.

    Source: li2019order, section 2; the reduction to the plane of z and zeta is ours.
    """

    examples: PQExamples
    second: Blocks
    weight_decay: float = 0.0
    kind: str = "logistic"
    q_inputs: Tensor | None = None

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, LOSSES)
        between("weight_decay", self.weight_decay, 0, math.inf)
        if any(part.ndim != 1 or not len(part) for part in self.second):
            shapes = [tuple(part.shape) for part in self.second]
            raise ValueError(f"second must hold w and v of shape (m,), got {shapes}")
        if self.q_inputs is not None and len(self.q_inputs) != len(self.examples):
            raise ValueError(f"q_inputs must have {len(self.examples)} rows, got {len(self.q_inputs)}")

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Shapes of W and V."""
        x1, x2 = self.inputs(None)
        return (len(self.second.p), x1.shape[1]), (len(self.second.q), x2.shape[1])

    @property
    def dim(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.shapes)

    def blocks(self, theta: Tensor) -> Blocks:
        """W and V, shapes (*E, m, inputs), of weights (*E, dim); views."""
        return Blocks(*unpack(theta, self.shapes))

    def inputs(self, samples: Tensor | None) -> Blocks:
        """x1 and x2 of a batch, or of all examples."""
        own = self.examples.x2_plane if self.q_inputs is None else self.q_inputs
        return Blocks(*(x if samples is None else x[samples] for x in (self.examples.x1, own)))

    def outputs(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """f, shape (*E, n)."""
        parts = zip(self.inputs(samples), self.blocks(theta), self.second, strict=True)
        p, q = ((x @ weights.mT).relu() @ second for x, weights, second in parts)
        f: Tensor = p + q
        return f

    def train_loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss without weight decay, shape (*E,): what is meant by *train loss* in the book."""
        return self.losses(self.outputs(theta, samples), samples).mean(-1)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss with weight decay, shape (*E,)."""
        return self.train_loss(theta, samples) + self.weight_decay / 2 * theta.square().sum(-1)

    def losses(self, outputs: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of each example, of its output."""
        y = self._labels(samples)
        if self.kind == "squared":
            return (outputs - y).square() / 2
        return torch.nn.functional.softplus(-y * outputs)

    def slopes(self, outputs: Tensor, samples: Tensor | None = None) -> Tensor:
        """Derivative of each example's loss by its output."""
        y = self._labels(samples)
        return outputs - y if self.kind == "squared" else -y * torch.sigmoid(-y * outputs)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient with weight decay, shape (*E, dim)."""
        return self.gradient_under(theta, None, samples)

    def gradient_under(
        self, theta: Tensor, drawn: NoiseDraw | None, samples: Tensor | None = None
    ) -> Tensor:
        """Gradient with weight decay, the hidden units being disturbed by noise; shape (*E, dim).

        Args:
            theta: weights, shape (*E, dim).
            drawn: noise on the pre-activations, drawn for this step; None for none.
            samples: a batch, by index; None for all.
        """
        inputs, weights = self.inputs(samples), self.blocks(theta)
        xi = Blocks(None, None) if drawn is None else self._placed(drawn, samples)
        units, gates = [], []
        for x, matrix, shift in zip(inputs, weights, xi, strict=True):
            hidden = x @ matrix.mT
            unit, gate = (
                (hidden.relu(), (hidden > 0).to(x.dtype)) if drawn is None or shift is None
                else drawn.noise.disturbed(hidden, shift)
            )
            units.append(unit)
            gates.append(gate)
        f = units[0] @ self.second.p + units[1] @ self.second.q
        slopes = self.slopes(f, samples) / f.shape[-1]
        parts = [
            (gate * slopes[..., None] * second).mT @ x
            for gate, second, x in zip(gates, self.second, inputs, strict=True)
        ]
        return pack(parts, ensemble_axes=theta.ndim - 1) + self.weight_decay * theta

    def _placed(self, drawn: NoiseDraw, samples: Tensor | None) -> Blocks:
        """The draw for each example and unit; nothing where a part is absent."""
        picked = self.examples if samples is None else self.examples[samples]
        there = picked.groups != 1
        p = drawn.p if samples is None else drawn.p[samples]
        alpha = picked.alpha * (picked.patterns >= 0)
        return Blocks(p * there[:, None], alpha[:, None] * drawn.q[picked.patterns.clamp_min(0)])

    def on(self, examples: PQExamples) -> TwoBlockTask:
        """The same network on other examples."""
        return replace(self, examples=examples)

    def _labels(self, samples: Tensor | None) -> Tensor:
        return self.examples.labels if samples is None else self.examples.labels[samples]
