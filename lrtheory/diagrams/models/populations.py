"""What a population of losses is, and polynomial ones in floating point. Modules: module_population.py."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.arguments.remedies import described


class Population(Protocol):
    """A finite population of K losses of d weights; also a `Landscape` for `descend`.

    A population may add ``losses(theta)``, all K losses at one point of shape (d,): estimators use it.
    """

    @property
    def dim(self) -> int:
        """Number of weights d."""
        ...

    @property
    def probabilities(self) -> Tensor:
        """Probability of every example, shape (K,), with sum one."""
        ...

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta of shape (*E, d), examples (*E,)."""
        ...

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss of each member, shape (*E,), theta (*E, d); ``samples`` picks a batch for all members."""
        ...


@checked
@dataclass(frozen=True, eq=False)
class PolynomialPopulation:
    """Polynomial losses in floating point.

    Attributes:
        probabilities: of the examples, shape (K,).
        coefficients: of every example's terms, shape (K, M).
        exponents: of the weights in every term, shape (M, d), whole numbers.
    """

    probabilities: Tensor
    coefficients: Tensor
    exponents: Tensor

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: not as many rows as probabilities, or not as many terms as exponents.
        """
        shapes = [tuple(each.shape) for each in (self.probabilities, self.coefficients, self.exponents)]
        law, rows, powers = shapes
        fits = len(law) == 1 and len(rows) == len(powers) == 2 and rows == (law[0], powers[0])
        if not fits or not rows[0] or not powers[1]:
            raise ValueError(
                f"probabilities (K,), coefficients (K, M) and exponents (M, d) expected, got {shapes}; use "
                "PolynomialLandscape.population()"
            )

    @classmethod
    def of(cls, landscape: Any) -> PolynomialPopulation:
        """The losses of a `PolynomialLandscape`, rounded to float64."""
        exponents = sorted({exponents for loss in landscape.losses for exponents, _ in loss.terms})
        rows = [[float(loss.coefficients.get(e, 0)) for e in exponents] for loss in landscape.losses]
        return cls(
            torch.tensor([float(p) for p in landscape.probabilities], dtype=torch.float64),
            torch.tensor(rows, dtype=torch.float64),
            torch.tensor(exponents).reshape(-1, landscape.dim),
        )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return int(self.exponents.shape[1])

    def losses(self, theta: Tensor) -> Tensor:
        """Losses of all examples at one point, shape (K,)."""
        return self.coefficients @ self._monomials(theta)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss of each member, shape (*E,), of weights (*E, d); ``samples`` picks a batch."""
        if samples is None:
            return self._monomials(theta) @ (self.probabilities @ self.coefficients)
        return self._monomials(theta) @ self.coefficients[samples].mean(dim=0)

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta (*E, d), examples (*E,)."""
        return (self._monomials(theta) * self.coefficients[examples]).sum(dim=-1)

    def _monomials(self, theta: Tensor) -> Tensor:
        """Every term without its coefficient, shape (*E, M).

        Products, not ``pow``: its higher derivatives at zero are not finite numbers.
        """
        powers = [torch.ones_like(theta)]
        for _ in range(int(self.exponents.max())):
            powers.append(powers[-1] * theta)
        table = torch.stack(powers)  # (powers, *E, d)
        weights = range(self.dim)
        picked = [table[self.exponents[:, weight], ..., weight] for weight in weights]  # each (M, *E)
        return math.prod(picked[1:], start=picked[0]).movedim(0, -1)


def start_of(landscape: Any, start: Tensor | None, *, name: str = "start") -> Tensor:
    """Where a run starts: what is given, or the population's own start, which a module's has.

    Args:
        landscape: a population, or a source of examples that has one.
        start: shape (d,); None for the landscape's own.
        name: what the caller calls it.

    Raises:
        ValueError: none is given and there is none, or it is no tensor.

    Source: our convention.
    """
    own = getattr(landscape, "start", None)
    found = getattr(getattr(landscape, "population", None), "start", own) if start is None else start
    if not isinstance(found, Tensor):
        why = f"a {type(landscape).__name__} has no start of its own" if found is None else (
            f"got {described(found)}"
        )
        raise ValueError(
            f"{name} must be a tensor of shape ({landscape.dim},): {why}; give for example "
            f"torch.zeros({landscape.dim}, dtype=torch.float64)"
        )
    return found
