"""Examples drawn from a population, and training sets of them to descend. The losses live elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.moments import LocalMoments, local_moments, slope
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.models.swing import Noisy


@checked
@dataclass(frozen=True, eq=False)
class Atoms:
    """A finite population as a source of independent examples, each named by its number.

    Attributes:
        population: polynomials, a linear model, a network on its data.

    Source: tenka2020 (a finite set as the population); our code.
    """

    population: Population

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.population.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Test loss, shape (*E,)."""
        return self.population.loss(theta, samples)

    def example_loss(self, theta: Tensor, noise: Tensor) -> Tensor:
        """Loss of one example, given by its number, for each member, shape (*E,)."""
        return self.population.example_loss(theta, noise)

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Numbers of independent examples, of that shape."""
        return drawn_atoms(self.population.probabilities, shape, generator)

    def covariance_root(self, theta: Tensor) -> Tensor:
        """Factor R of the gradient covariance C = R R^T, shape (*E, d, K): K gradients."""
        chances = self.population.probabilities.to(theta)
        count = len(chances)
        points = theta.detach().unsqueeze(-2).expand(*theta.shape[:-1], count, -1).clone().requires_grad_()
        numbers = torch.arange(count, device=theta.device).expand(points.shape[:-1])
        with torch.enable_grad():
            kicks = slope(self.population.example_loss(points, numbers), points).detach()
        kicks = kicks - torch.einsum("k,...ka->...a", chances, kicks)[..., None, :]
        return (chances.sqrt()[:, None] * kicks).transpose(-1, -2)

    def moments(self, theta: Tensor) -> LocalMoments:
        """Exact moments at one point of shape (d,)."""
        return local_moments(self.population, theta)


@checked
@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Examples drawn once, one set for each member of an ensemble: what a finite training run descends.

    Attributes:
        source: where the examples come from.
        noise: the examples, shape (*E, N), as ``source.draw`` gives them.

    Source: tenka2020, the training loss.
    """

    source: Noisy
    noise: Tensor

    def __post_init__(self) -> None:
        """Check that there are examples.

        Raises:
            ValueError: none.
        """
        if self.noise.ndim == 0 or self.noise.shape[-1] == 0:
            raise ValueError(
                f"noise must be examples of shape (*E, N), N of at least 1, got {tuple(self.noise.shape)}; "
                "give source.draw((N,), generator)"
            )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.source.dim

    @property
    def examples(self) -> int:
        """Training examples N."""
        return self.noise.shape[-1]

    def example_losses(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of every example of a batch at the member's weights, shape (*E, B).

        ``samples`` are numbers of examples, shape (B,), or a batch of its own for every member, (*E, B).
        """
        noise = self.noise
        if samples is not None:
            noise = noise[..., samples] if samples.ndim == 1 else noise.gather(-1, samples)
        points = theta.unsqueeze(-2).expand(*theta.shape[:-1], noise.shape[-1], theta.shape[-1])
        return self.source.example_loss(points, noise.expand(points.shape[:-1]))

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss of each member's examples, shape (*E,); ``samples`` as in ``example_losses``."""
        return self.example_losses(theta, samples).mean(dim=-1)


@dataclass(frozen=True, eq=False)
class SingleExamples:
    """One example for each member of an ensemble, as a landscape: what a step of SGD descends.

    Attributes:
        source: where the examples come from.
        examples: one for each member, shape (*E,).

    Source: the definition of SGD (our code).
    """

    source: Noisy | Population
    examples: Tensor

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.source.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of each member's example, shape (*E,); there is no batch to pick."""
        return self.source.example_loss(theta, self.examples)


def drawn_atoms(probabilities: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Numbers of independent atoms of a finite law, of any shape.

    Source: the definition (our code).
    """
    uniform = torch.rand(shape, generator=generator, dtype=torch.float64, device=generator.device)
    edges = probabilities.to(uniform).cumsum(0)[:-1]
    return torch.searchsorted(edges, uniform, right=True)
