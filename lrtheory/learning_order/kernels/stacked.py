"""Noisy descent of many two-layer networks that share their data, as one wide network with two products."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import check_choice, finite, whole
from lrtheory.landscape import checked_weights
from lrtheory.learning_order.models.two_layer import TwoLayerNet

WAYS = ("fastest", "stacked", "fused")
# Members times units times examples up to which the compiled loop is faster; measured, see benchmarks.
_FUSED_UP_TO = 10_000
_BLOCK = 2**17  # units times examples that are worked on at once: half a megabyte of float32
_STEPS_AT_ONCE, _NUMBERS_AT_ONCE = 64, 2**20  # of noise that is handed to the compiled loop


@dataclass(frozen=True, eq=False)
class EnsembleRun:
    """Noisy descent of an ensemble.

    Attributes:
        theta: weights after the last step, shape (S, m d).
        steps: of the records, shape (n,); 0 is the start.
        loss: mean loss without penalty at the records, shape (n, S).
    """

    theta: Tensor
    steps: Tensor
    loss: Tensor


@torch.no_grad()
def ensemble_descent(
    net: TwoLayerNet, theta: Tensor, lr: float | Tensor, *, steps: int, noise: float | Tensor = 0.0,
    generator: torch.Generator | None = None, every: int | None = None, way: str = "fastest",
) -> EnsembleRun:
    """Full-batch descent with fresh Gaussian noise on the gradient, of many members at once.

    The path of ``descend(NoisyGradientDescent(lr, noise), net, theta)`` with the numbers of the same
    generator, to rounding: theta <- theta - lr (gradient + noise N(0, 1)). A member that diverges ends in
    numbers that are not finite; nothing is raised then.

    Example:
        >>> from lrtheory import generator, learning_order
        >>> signs = learning_order.random_signs(20, 6, generator=generator(0, "data"))
        >>> net, start = learning_order.paired_net(signs, 8, generator=generator(0, "weights"))
        >>> rates = torch.tensor([0.5, 5.0], dtype=torch.float64)
        >>> run = ensemble_descent(net, start.expand(2, -1), rates, steps=200)
        >>> run.loss.shape, bool(run.loss[-1, 1] < run.loss[-1, 0])
        (torch.Size([2, 2]), True)

    Args:
        net: the landscape, readout (m,) or (S, m).
        theta: starts, shape (S, m d); not changed.
        lr: rates > 0, a number or shape (S,).
        steps: number of steps.
        noise: standard deviation of the noise on each coordinate of the gradient, a number or shape (S,).
        generator: source of the noise; needed unless the noise is zero.
        every: record the loss every so many steps; None records the ends.
        way: "stacked" (two matrix products a step), "fused" (compiled, for few and small networks), or the
            faster of both.

    Returns:
        `EnsembleRun`. Memory: weights three times, and blocks of half a megabyte.

    Raises:
        ValueError: shapes, rates or counts out of range; noise without a generator.
    """
    checked_weights(net, theta)
    check_choice("way", way, WAYS)
    whole("steps", steps)
    if theta.ndim != 2 or theta.dtype != net.inputs.dtype:
        raise ValueError(
            f"theta must have shape (S, {net.dim}) and the inputs' type {net.inputs.dtype}, got "
            f"{tuple(theta.shape)} and {theta.dtype}"
        )
    lr_, noise_ = (_each("lr", lr, theta, positive=True), _each("noise", noise, theta))
    if generator is None and bool((noise_ > 0).any()):
        raise ValueError("noise draws numbers: pass generator=generator(seed, 'noise')")
    stride = max(steps, 1) if every is None else whole("every", every, least=1)
    size = len(theta) * net.width * len(net.labels)
    fused = way == "fused" or (way == "fastest" and size <= _FUSED_UP_TO)
    move = _fused(net, lr_, noise_, generator) if fused else _Stack(net, lr_, noise_, generator).move
    theta, done = theta.clone(memory_format=torch.contiguous_format), 0
    marks, losses = [0], [net.data_loss(theta)]
    while done < steps:
        count = min(stride, steps - done)
        move(theta, count)
        done += count
        marks.append(done)
        losses.append(net.data_loss(theta))
    return EnsembleRun(theta, torch.tensor(marks), torch.stack(losses))


def _each(name: str, given: float | Tensor, theta: Tensor, *, positive: bool = False) -> Tensor:
    """A number for each member, shape (S,)."""
    if not isinstance(given, Tensor):
        given = torch.tensor(finite(name, given))
    if given.ndim > 1 or (given.ndim == 1 and len(given) != len(theta)):
        raise ValueError(f"{name} must be a number or have shape ({len(theta)},), got {tuple(given.shape)}")
    if not bool((given.isfinite() & ((given > 0) if positive else (given >= 0))).all()):
        raise ValueError(f"{name} must be {'positive' if positive else 'at least 0'} and finite, got {given}")
    return given.to(theta).expand(len(theta)).contiguous()


class _Stack:
    """Members as rows of one wide first layer; buffers that a step reuses."""

    def __init__(
        self, net: TwoLayerNet, lr: Tensor, noise: Tensor, generator: torch.Generator | None
    ) -> None:
        self._net, self._generator, members = net, generator, len(lr)
        self._readout = net.readout.to(lr).expand(members, -1).contiguous()
        self._slope = torch.empty(members * net.width, net.inputs.shape[1], dtype=lr.dtype)
        self._drawn = torch.empty_like(self._slope)
        # Written out for every weight: a factor for each row would break the loops up.
        rows = lr.repeat_interleave(net.width)[:, None].expand_as(self._slope)
        self._rates = (rows * self._readout.reshape(-1, 1) / len(net.labels)).contiguous()
        self._spread = (rows * noise.repeat_interleave(net.width)[:, None]).contiguous()
        self._keep = 1 - rows * net.weight_decay if net.weight_decay else None
        self._noisy = bool(noise.any())
        # As many members as fill a block, and of one member's examples as many as fit.
        self._examples = min(len(net.labels), max(_BLOCK // net.width, 64))
        self._members = max(1, min(members, _BLOCK // (net.width * self._examples)))
        self._units = torch.empty(self._members * net.width * self._examples, dtype=lr.dtype)

    def move(self, theta: Tensor, steps: int) -> None:
        weights = theta.view(self._slope.shape)
        blocks = [
            block for first in range(0, len(theta), self._members) for block in self._blocks(weights, first)
        ]
        for _ in range(steps):
            for block in blocks:
                block.fill_slope(self._net)
            if self._keep is not None:
                weights.mul_(self._keep)
            weights.addcmul_(self._rates, self._slope, value=-1)
            if self._noisy:
                weights.addcmul_(self._spread, self._drawn.normal_(generator=self._generator), value=-1)

    def _blocks(self, weights: Tensor, first: int) -> Iterator[_Block]:
        net, end = self._net, min(first + self._members, len(self._readout))
        rows = slice(first * net.width, end * net.width)
        for begin in range(0, len(net.labels), self._examples):
            chosen = slice(begin, begin + self._examples)
            read, count = net.inputs[chosen], (end - first) * net.width
            flat = self._units[: count * len(read)].view(count, len(read))
            yield _Block(
                weights[rows], self._readout[first:end, None], read, read.T, net.labels[chosen], flat,
                flat.view(end - first, net.width, len(read)), self._slope[rows], begin == 0,
            )


@dataclass(frozen=True, eq=False)
class _Block:
    """Some members and some examples, as views of the buffers: small enough to stay near the processor."""

    weights: Tensor
    readout: Tensor
    read: Tensor
    columns: Tensor
    labels: Tensor
    flat: Tensor
    units: Tensor
    slope: Tensor
    first: bool

    def fill_slope(self, net: TwoLayerNet) -> None:
        """Add the sums over these examples of gate times pull times input to the members' slopes."""
        torch.mm(self.weights, self.columns, out=self.flat)
        outputs = torch.bmm(self.readout, self.units.relu_())
        pull = net.pull(outputs, self.labels).expand_as(self.units)
        torch.ops.aten.threshold_backward.grad_input(pull, self.units, 0, grad_input=self.units)
        if self.first:
            torch.mm(self.flat, self.read, out=self.slope)
        else:
            self.slope.addmm_(self.flat, self.read)


def _fused(
    net: TwoLayerNet, lr: Tensor, noise: Tensor, generator: torch.Generator | None
) -> Callable[[Tensor, int], None]:
    """The compiled loop, with what does not change filled in."""
    from lrtheory.learning_order.kernels.fused import move

    shape = (len(lr), net.width, net.inputs.shape[1])
    readout = net.readout.to(lr).expand(len(lr), -1).contiguous()
    read, labels = net.inputs.T.contiguous().numpy(), net.labels.to(lr).contiguous().numpy()
    rates = (lr[:, None] * readout / len(labels)).numpy()
    keep, spread = (1 - lr * net.weight_decay).numpy(), (lr * noise).numpy()
    noisy, squared = bool(noise.any()), net.loss_name == "squared"
    at_once = max(1, min(_STEPS_AT_ONCE, _NUMBERS_AT_ONCE // math.prod(shape)))
    drawn = torch.empty(at_once if noisy else 0, *shape, dtype=lr.dtype)

    def run(theta: Tensor, steps: int) -> None:
        weights = theta.view(shape).numpy()
        for done in range(0, steps, at_once):
            count = min(at_once, steps - done)
            for each in drawn[:count]:
                each.normal_(generator=generator)
            move(
                weights, readout.numpy(), read, labels, rates, keep, spread, drawn.numpy(), squared, count
            )

    return run
