"""The network of the paper: two layers of ReLUs, half of them blind to x2 and half to x1, and its loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lrtheory.doors import between, check_choice
from lrtheory.landscape import pack, unpack
from lrtheory.learning_order.models.noise import NoiseDraw
from lrtheory.learning_order.models.pq import PQExamples, q_points
from lrtheory.learning_order.models.two_layer import LOSSES, example_losses, loss_slopes


class Blocks(NamedTuple):
    """Something for each of the two blocks of hidden units: those that see x1, and those that see x2."""

    p: Any
    q: Any


@dataclass(frozen=True, eq=False)
class TwoBlockTask:
    """Mean loss of f(x) = w . relu(W x1) + v . relu(V x2) on examples, plus weight decay; a `Landscape`.

    W and V are trained, w and v are not. V is kept by its two coordinates in the plane of z and zeta, since
    the others never meet an input; and as f is homogeneous in x2, three outputs stand for all examples.
    (`q_inputs` of more coordinates gives the network before this reduction.)

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
        inputs = 2 if self.q_inputs is None else self.q_inputs.shape[1]
        return (len(self.second.p), self.examples.x1.shape[1]), (len(self.second.q), inputs)

    @property
    def dim(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.shapes)

    def blocks(self, theta: Tensor) -> Blocks:
        """W and V, shapes (*E, m, inputs), of weights (*E, dim); views."""
        return Blocks(*unpack(theta, self.shapes))

    def outputs(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """f, shape (*E, n)."""
        return self._forward(theta, None, samples)[0]

    def train_loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss without weight decay, shape (*E,): what is meant by *train loss* in the book."""
        return self.losses(self.outputs(theta, samples), samples).mean(-1)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss with weight decay, shape (*E,)."""
        return self.train_loss(theta, samples) + self.weight_decay / 2 * theta.square().sum(-1)

    def losses(self, outputs: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of each example, of its output."""
        return example_losses(self.kind, outputs, self._labels(samples).to(outputs))

    def slopes(self, outputs: Tensor, samples: Tensor | None = None) -> Tensor:
        """Derivative of each example's loss by its output."""
        return loss_slopes(self.kind, outputs, self._labels(samples).to(outputs))

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
        f, gates = self._forward(theta, drawn, samples)
        slopes = self.slopes(f, samples) / f.shape[-1]
        x1, (points, place, alpha) = self._x1(samples).to(theta), self._rays(theta, samples)
        force = f.new_zeros(*f.shape[:-1], len(points)).index_add(-1, place, alpha * slopes)
        parts = [
            (gate * slope[..., None] * second.to(theta)).mT @ x
            for gate, slope, second, x in zip(gates, (slopes, force), self.second, (x1, points), strict=True)
        ]
        return pack(parts, ensemble_axes=theta.ndim - 1) + self.weight_decay * theta

    def gradient_noise(self, noise: Blocks) -> Callable[[Tensor, torch.Generator], Tensor]:
        """Noise for `NoisyGradientDescent`: fresh Gaussians of one standard deviation a block.

        Args:
            noise: standard deviations of xi in the two blocks, as of `Setting.noise`.
        """
        sizes = [math.prod(shape) for shape in self.shapes]
        scale = torch.cat([torch.full((n,), float(s)) for n, s in zip(sizes, noise, strict=True)])

        def drawn(theta: Tensor, generator: torch.Generator) -> Tensor:
            return scale.to(theta) * torch.randn(theta.shape, generator=generator, dtype=theta.dtype)

        return drawn

    def _forward(
        self, theta: Tensor, drawn: NoiseDraw | None, samples: Tensor | None
    ) -> tuple[Tensor, Blocks]:
        """Outputs, and gates: of the first block at every example, of the second at every point."""
        weights, x1 = self.blocks(theta), self._x1(samples).to(theta)
        points, place, alpha = self._rays(theta, samples)
        hidden = Blocks(x1 @ weights.p.mT, points @ weights.q.mT)
        if drawn is None:
            units = Blocks(*(h.relu() for h in hidden))
            gates = Blocks(*((h > 0).to(theta) for h in hidden))
        else:
            there = (x1 != 0).any(-1, keepdim=True)
            xi = Blocks((drawn.p if samples is None else drawn.p[samples]) * there, drawn.q)
            pairs = [drawn.noise.disturbed(h, x.to(theta)) for h, x in zip(hidden, xi, strict=True)]
            units, gates = (Blocks(*parts) for parts in zip(*pairs, strict=True))
        p, q = (unit @ second.to(theta) for unit, second in zip(units, self.second, strict=True))
        f: Tensor = p + alpha * q[..., place]
        return f, gates

    def _x1(self, samples: Tensor | None) -> Tensor:
        return self.examples.x1 if samples is None else self.examples.x1[samples]

    def _rays(self, like: Tensor, samples: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Points that the second block sees, and for each example which of them and how many times it."""
        picked = self.examples if samples is None else self.examples[samples]
        if self.q_inputs is None:
            alpha = picked.alpha * (picked.patterns >= 0)
            return q_points(picked.r).to(like), picked.patterns.clamp_min(0), alpha.to(like)
        points = self.q_inputs if samples is None else self.q_inputs[samples]
        return points.to(like), torch.arange(len(points)), like.new_ones(len(points))

    def _labels(self, samples: Tensor | None) -> Tensor:
        return self.examples.labels if samples is None else self.examples.labels[samples]
