"""The protocol of all runs on digits with patches: what is drawn, and what is looked at along the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lrtheory.seeds import generator

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from lrtheory.learning_order.models.branches import Place, TwoBranchNet
    from lrtheory.rules import Rule

LOOKS: Final = ("loss", "patch_loss", "digit_loss", "accuracy", "patch_accuracy")
EXAMPLES: Final = 1000
BATCH: Final = 32


def drawn_net(seed: int, **units: int) -> tuple[TwoBranchNet, Tensor]:
    """Network and start of a seed, with its data; ``units`` as of `random_branches`."""
    from lrtheory.learning_order.models.branches import random_branches
    from lrtheory.learning_order.models.patched_digits import patched_digits

    data = patched_digits(generator(seed, "data"), train=EXAMPLES)
    return random_branches(data, generator=generator(seed, "weights"), **units)


def followed(
    net: TwoBranchNet, start: Tensor, rule: Rule, steps: int, seed: int, *, every: int,
    batch_size: int = BATCH,
) -> dict[str, Any]:
    """Run a rule, and look.

    Args:
        net: the network.
        start: its weights.
        rule: of descent.
        steps: how many.
        seed: of the batches.
        every: steps between looks.
        batch_size: drawn with replacement; all 1000 examples are taken as they are.

    Returns:
        `LOOKS` by name, each of shape (records,), and ``step``.
    """
    from lrtheory.descent import descend

    samples = None if batch_size == EXAMPLES else _batches(seed, batch_size)
    path = descend(
        rule, net, start, steps=steps, every=every, observe={"looks": lambda theta: _looks(net, theta)},
        keep_theta=False, batches=samples,
    )
    return _named(path.observed["looks"], path.steps)


def noisy_path(
    net: TwoBranchNet, start: Tensor, seed: int, *, lr: float, noise: float, place: Place, noisy_steps: int,
    calm_steps: int, every: int, everywhere: bool,
) -> dict[str, Any]:
    """SGD with noise on the hidden units, then without; what is returned as of `followed`."""
    import torch

    from lrtheory.descent import descend
    from lrtheory.rules import GradientDescent

    samples, theta, looks, marks = _batches(seed, BATCH), start, [], []
    shaken = _Shaken(net, noise, place, everywhere, generator(seed, "units"))
    done = 0
    for landscape, steps in ((shaken, noisy_steps), (net, calm_steps)):
        path = descend(
            GradientDescent(lr), landscape, theta, steps=steps, every=every,
            observe={"looks": lambda theta: _looks(net, theta)}, keep_theta=False, batches=samples,
        )
        first = 1 if done else 0
        looks.append(path.observed["looks"][first:])
        marks.append(path.steps[first:] + done)
        theta, done = path.final, done + steps
    return _named(torch.cat(looks), torch.cat(marks))


def stacked(found: dict[str, list[Any]], shape: tuple[int, ...]) -> dict[str, Any]:
    """Lists of results as arrays with axes of their cells in front; one ``step`` for all.

    Args:
        found: results of each cell, by name.
        shape: of the cells.
    """
    import numpy as np

    steps = {name: values[0] for name, values in found.items() if name.endswith("step")}
    arrays = {name: np.stack(values) for name, values in found.items() if name not in steps}
    return {name: each.reshape(*shape, *each.shape[1:]) for name, each in arrays.items()} | steps


@dataclass(frozen=True, eq=False)
class _Shaken:
    """The network with fresh noise on its hidden units at every gradient, as a landscape."""

    net: TwoBranchNet
    noise: float
    place: Place
    everywhere: bool
    generator: torch.Generator

    @property
    def dim(self) -> int:
        return self.net.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        return self.net.loss(theta, samples)

    def gradient(self, theta: Tensor, samples: Tensor) -> Tensor:
        return self.net.noisy_gradient(
            theta, samples, noise=self.noise, place=self.place, generator=self.generator,
            everywhere=self.everywhere,
        )


def _batches(seed: int, size: int) -> Iterator[Tensor]:
    from lrtheory.sampling import batches

    return batches(EXAMPLES, size, order="replacement", generator=generator(seed, "batches"))


def _looks(net: TwoBranchNet, theta: Tensor) -> Tensor:
    import torch

    losses = net.group_loss(theta)
    return torch.stack([
        losses["all"], losses["patch"], losses["digit"], net.test_accuracy(theta).to(theta),
        net.patch_accuracy(theta).to(theta),
    ])


def _named(looks: Tensor, steps: Tensor) -> dict[str, Any]:
    columns = zip(LOOKS, looks.numpy().T, strict=True)
    return {**{name: column.copy() for name, column in columns}, "step": steps.numpy()}
