"""Runs whose means the corollaries predict: fresh examples, training sets, the diffusion; no predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.descent import GradientDescent, NoisyGradientDescent, descend
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    Schedule,
    WithReplacement,
    required_schedule,
)
from lrtheory.diagrams.models.populations import start_of
from lrtheory.diagrams.models.swing import Noisy
from lrtheory.diagrams.models.training_sets import SingleExamples, TrainingSet
from lrtheory.landscape import autograd_gradient, gradient
from lrtheory.measure import Estimate, mean_and_stderr

_MEMBERS_AT_ONCE = 50_000


@dataclass(frozen=True, eq=False)
class Losses:
    """Mean losses over many training sets after a run, each with its standard error.

    Attributes:
        test: test loss.
        train: loss on the examples trained on.
        gap: test minus train.
        theta: weights after the last step, shape (trials, d).
    """

    test: Estimate
    train: Estimate
    gap: Estimate
    theta: Tensor


def example_noise(landscape: Noisy) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Gradient of a fresh example minus the gradient of the test loss: noise for `NoisyGradientDescent`.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> noise = example_noise(minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]))
        >>> sorted(set(noise(torch.ones(99, 1).double(), torch.Generator()).flatten().tolist()))
        [-1.0, 1.0]

    Source: tenka2020, SGD with fresh examples.
    """

    def noise(theta: Tensor, generator: torch.Generator) -> Tensor:
        examples = landscape.draw(tuple(theta.shape[:-1]), generator)
        one = autograd_gradient(SingleExamples(landscape, examples), theta)
        return one - gradient(landscape, theta)

    return noise


def gaussian_noise(landscape: Noisy, *, size: float = 1.0) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Gaussian noise, times ``size``, with the covariance that the examples' gradients have where theta is.

    Example:
        >>> from lrtheory.diagrams import mean_estimation
        >>> kicks = gaussian_noise(mean_estimation(1.0, 3.0))(torch.zeros(20_000, 1), torch.Generator())
        >>> round(float(kicks.std()), 1)  # the spread
        3.0

    Source: tenka2020, the comparison with stochastic differential equations.
    """

    def noise(theta: Tensor, generator: torch.Generator) -> Tensor:
        root = landscape.covariance_root(theta)
        shape = (*root.shape[:-2], root.shape[-1])
        normal = torch.randn(shape, generator=generator, dtype=root.dtype, device=generator.device)
        return size * torch.einsum("...ar,...r->...a", root, normal)

    return noise


def fresh_weights(
    landscape: Noisy,
    start: Tensor | None = None,
    *,
    lr: float,
    steps: int,
    members: int,
    generator: torch.Generator,
) -> Tensor:
    """Weights, shape (members, d), after steps on one fresh example each: SGD in one epoch.

    Example:
        >>> from lrtheory.diagrams import mean_estimation
        >>> run = {"lr": 0.5, "steps": 2, "members": 2, "generator": torch.Generator()}
        >>> fresh_weights(mean_estimation(1.0, 0.0), torch.ones(1), **run).tolist()  # no noise: (1 - lr)^T
        [[0.25], [0.25]]

    Args:
        landscape: where the examples come from.
        start: shape (d,); None for the weights of the population's module, where it has one.
        lr: learning rate, > 0.
        steps: T.
        members: independent runs.
        generator: source of the examples.
    """
    rule = NoisyGradientDescent(lr, example_noise(landscape))
    return _in_parts(rule, landscape, start, steps=steps, members=members, generator=generator)


def diffused_weights(
    landscape: Noisy,
    start: Tensor | None = None,
    *,
    lr: float,
    steps: int,
    members: int,
    generator: torch.Generator,
    refinement: int = 8,
) -> Tensor:
    """Weights of the diffusion d theta = -grad l dt + sqrt(lr C) dW after a time lr T, by Euler and Maruyama.

    Example:
        >>> from lrtheory.diagrams import mean_estimation
        >>> run = {"lr": 0.5, "steps": 2, "members": 2, "generator": torch.Generator(), "refinement": 2}
        >>> diffused_weights(mean_estimation(1.0, 0.0), torch.ones(1), **run)[0].tolist()  # (1 - lr / 2)^4
        [0.31640625]

    Args:
        landscape: its mean gradient and gradient covariance.
        start: shape (d,); None for the weights of the population's module, where it has one.
        lr: learning rate of the SGD that is imitated, > 0.
        steps: T of that SGD.
        members: independent runs.
        generator: source of the noise.
        refinement: steps of the integrator to one of SGD, >= 1; the error falls as its inverse.
    """
    if refinement < 1:
        raise ValueError(f"refinement must be at least 1, got {refinement}; 8 leaves about an eighth of lr h")
    rule = NoisyGradientDescent(lr / refinement, gaussian_noise(landscape, size=refinement**0.5))
    fine = steps * refinement
    return _in_parts(rule, landscape, start, steps=fine, members=members, generator=generator)


def mean_loss(landscape: Noisy, theta: Tensor) -> Estimate:
    """Mean test loss of an ensemble of independent runs, weights (members, d), with its standard error.

    Example:
        >>> from lrtheory.diagrams import mean_estimation
        >>> mean_loss(mean_estimation(2.0, 1.0), torch.tensor([[0.0], [2.0]])).value  # of 0 and 4
        2.0
    """
    return mean_and_stderr(landscape.loss(theta).detach().numpy())


def trained_losses(
    landscape: Noisy,
    start: Tensor | None = None,
    schedule: Schedule | None = None,
    *,
    lr: float,
    trials: int,
    generator: torch.Generator,
) -> Losses:
    """Losses of SGD on training sets of N examples; each trial draws its own set, orders and draws.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f, run = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), {"trials": 9, "generator": torch.Generator()}
        >>> round(trained_losses(f, torch.zeros(1).double(), Epochs(1), lr=0.1, **run).gap.value, 9)  # lr C
        0.1

    Args:
        landscape: where the examples come from.
        start: shape (d,); None for the weights of the population's module, where it has one.
        schedule: passes, independent draws or any cells; its limits have no training set and are refused.
        lr: learning rate, > 0.
        trials: independent training sets.
        generator: source of the sets, orders and draws.
    """
    schedule, start = required_schedule(schedule), start_of(landscape, start)
    if isinstance(schedule, GradientFlow | Diffusion):
        raise ValueError("a limit of infinitely small steps has no training set; use diffused_weights")
    parts = []
    for count in _counts(trials):
        data = TrainingSet(landscape, landscape.draw((count, schedule.examples), generator))
        run = descend(
            GradientDescent(lr),
            data,
            start.expand(count, -1),
            steps=schedule.steps,
            batches=_batches(schedule, count, generator),
            keep_theta=False,
        )
        parts.append((landscape.loss(run.final), data.loss(run.final), run.final))
    test, train, theta = (torch.cat(each) for each in zip(*parts, strict=True))
    gaps = mean_and_stderr((test - train).numpy())
    return Losses(mean_and_stderr(test.numpy()), mean_and_stderr(train.numpy()), gaps, theta)


def _batches(
    schedule: Epochs | WithReplacement | Cells, trials: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Batches of every step: one for all trials, shape (B,), or one for each, shape (trials, B)."""
    if isinstance(schedule, Cells):
        yield from (torch.tensor(batch) for batch in schedule.seen)
    elif isinstance(schedule, WithReplacement):
        for _ in range(schedule.steps):
            yield torch.randint(schedule.examples, (trials, schedule.batch_size), generator=generator)
    else:
        for _ in range(schedule.epochs):
            order = torch.arange(schedule.examples)
            if schedule.order == "reshuffled":
                order = torch.rand((trials, schedule.examples), generator=generator).argsort(dim=-1)
            slots = order.reshape(*order.shape[:-1], -1, schedule.batch_size)
            yield from slots.unbind(dim=-2)


def _in_parts(
    rule: NoisyGradientDescent,
    landscape: Noisy,
    start: Tensor | None,
    *,
    steps: int,
    members: int,
    generator: torch.Generator,
) -> Tensor:
    """Final weights of an ensemble, run so many members at once that they stay in fast memory."""
    place = start_of(landscape, start)
    runs = (
        descend(
            rule, landscape, place.expand(count, -1), steps=steps, keep_theta=False, generator=generator
        )
        for count in _counts(members)
    )
    return torch.cat([run.final for run in runs])


def _counts(members: int) -> list[int]:
    if members < 2:
        raise ValueError(f"a mean with its error needs at least 2 independent runs, got {members}")
    whole, rest = divmod(members, _MEMBERS_AT_ONCE)
    return [_MEMBERS_AT_ONCE] * whole + ([rest] if rest else [])
