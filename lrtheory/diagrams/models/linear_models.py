"""Linear and logistic regression: populations whose every derivative is a Gram product of the features.

The k-th derivative of the loss of an example is a number times the k-fold product of its features, so a
contraction along directions is a product of matrix products; no automatic differentiation is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.doors import check_choice

Array = NDArray[np.float64]
LINKS = ("logistic", "squared")


@checked
@dataclass(frozen=True, eq=False)
class LinearModel:
    """A loss of one output that is linear in the weights: phi(y, x . theta), averaged over examples.

    It is a `Population` for the diagram engine, a `Landscape` for `descend`, and has all its directional
    derivatives in closed form.

    Attributes:
        features: x, shape (K, d); give a column of ones for a bias.
        targets: y, shape (K,); -1 or 1 for ``"logistic"`` (loss log(1 + exp(-y z))), any number for
            ``"squared"`` (loss (z - y)^2 / 2).
        link: the loss of an output z.
        weights: probabilities of the examples, shape (K,), sum one; None for equal ones.

    Source: tenka2020 (the experiments' logistic regression); the Gram algebra is ours.
    """

    features: Tensor
    targets: Tensor
    link: Literal["logistic", "squared"] = "logistic"
    weights: Tensor | None = None

    def __post_init__(self) -> None:
        """Check shapes, labels and weights.

        Raises:
            ValueError: shapes that do not fit, no example, numbers that are not float64 or not finite, an
                unknown link, labels other than -1 and 1, weights that are not probabilities.
        """
        if self.features.ndim != 2 or self.targets.shape != self.features.shape[:1]:
            raise ValueError(
                "features must have shape (K, d) and targets (K,), got "
                f"{tuple(self.features.shape)} and {tuple(self.targets.shape)}"
            )
        check_choice("link", self.link, LINKS)
        if self.link == "logistic" and not bool((self.targets.abs() == 1).all()):
            raise ValueError("targets of a logistic loss must be -1 or 1; map classes 0 and 1 by 2 y - 1")
        if self.weights is not None and not _is_law(self.weights, len(self.targets)):
            raise ValueError("weights must be probabilities, shape (K,), not negative, with sum one")
        if self.features.dtype != torch.float64 or not len(self.features):
            raise ValueError(
                f"features must be float64, of one example or more, got {self.features.dtype} of shape "
                f"{tuple(self.features.shape)}; use .double()"
            )
        if not bool(self.features.isfinite().all()) or not bool(self.targets.isfinite().all()):
            raise ValueError("features and targets must be finite")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return int(self.features.shape[1])

    @cached_property
    def probabilities(self) -> Tensor:
        """Probability of every example, shape (K,)."""
        count = len(self.targets)
        return self.features.new_full((count,), 1 / count) if self.weights is None else self.weights

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta (*E, d), examples (*E,)."""
        outputs = (self.features[examples] * theta).sum(dim=-1)
        return self._output_loss(outputs, self.targets[examples])

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss of each member, shape (*E,), of weights of shape (*E, d); ``samples`` picks a batch."""
        features, targets, weights = self.features, self.targets, self.probabilities
        if samples is not None:
            features, targets = features[samples], targets[samples]
            weights = features.new_full((len(targets),), 1 / len(targets))
        return self._output_loss(theta @ features.T, targets) @ weights

    def _output_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if self.link == "squared":
            return (outputs - targets) ** 2 / 2
        return torch.nn.functional.softplus(-targets * outputs)

    def derivatives(self, theta: Tensor) -> LinearDerivatives:
        """Directional derivatives at the weights theta, shape (d,)."""
        return LinearDerivatives(self, theta)


class LinearDerivatives:
    """Directional derivatives of a `LinearModel` at one point, each a few matrix products.

    Args:
        model: the population.
        theta: weights, shape (d,).
    """

    def __init__(self, model: LinearModel, theta: Tensor) -> None:
        """Evaluate the outputs once; derivatives of the link are made when a degree is first asked for."""
        if theta.shape != (model.dim,):
            raise ValueError(f"theta must have shape ({model.dim},), got {tuple(theta.shape)}")
        self.dim, self.probabilities = model.dim, model.probabilities
        self._features, self._targets, self._link = model.features, model.targets, model.link
        self._outputs = model.features @ theta
        self._slopes: dict[int, Tensor] = {}
        self._hessian: Tensor | None = None

    def mean(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along directions (*E, d), one index left open, shape (*E, d)."""
        if len(directions) == 1 and self.dim <= len(self._targets):
            return directions[0] @ self.hessian
        return self._along_all(directions, len(directions) + 1) @ self._features

    def example(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for one example each: directions (*E, d), examples broadcast to (*E,); shape (*E, d)."""
        numbers = self._along_one(directions, examples, len(directions) + 1)
        return numbers[..., None] * self._features[examples]

    def mean_number(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along all directions, shape (*E,); the loss itself without any."""
        return self._along_all(directions, len(directions)).sum(dim=-1)

    def example_number(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for one example each, shape (*E,)."""
        return self._along_one(directions, examples, len(directions))

    @property
    def hessian(self) -> Tensor:
        """Hessian of the mean loss, shape (d, d)."""
        if self._hessian is None:
            self._hessian = self._features.T @ (self._weighted_slopes(2)[:, None] * self._features)
        return self._hessian

    def _along_all(self, directions: Sequence[Tensor], degree: int) -> Tensor:
        """Probability-weighted link derivative times the product of all examples' outputs, shape (*E, K)."""
        product = self._weighted_slopes(degree)
        for direction in directions:
            product = product * (direction @ self._features.T)
        return product

    def _along_one(self, directions: Sequence[Tensor], examples: Tensor, degree: int) -> Tensor:
        product, features = self._slope(degree)[examples], self._features[examples]
        for direction in directions:
            product = product * (direction * features).sum(dim=-1)
        return product

    def _weighted_slopes(self, degree: int) -> Tensor:
        return self.probabilities * self._slope(degree)

    def _slope(self, degree: int) -> Tensor:
        """Derivative of the link at every example's output, shape (K,)."""
        if degree not in self._slopes:
            outputs, targets = self._outputs.cpu().numpy(), self._targets.cpu().numpy()
            slope = link_derivative(self._link, degree, outputs, targets)
            self._slopes[degree] = torch.from_numpy(slope).to(self._outputs)
        return self._slopes[degree]


def link_derivative(link: str, degree: int, outputs: Array, targets: Array) -> Array:
    """Derivative of a loss by its output, of any degree, shape of the outputs.

    Source: the definition; the derivatives of the sigmoid by our recursion.
    """
    if degree == 0:
        return np.logaddexp(0, -targets * outputs) if link == "logistic" else (outputs - targets) ** 2 / 2
    if link == "squared":
        return outputs - targets if degree == 1 else np.full_like(outputs, float(degree == 2))
    chance = expit(-targets * outputs)
    return np.asarray((-targets) ** degree * np.polyval(_sigmoid_polynomial(degree - 1), chance))


@cache
def _sigmoid_polynomial(degree: int) -> tuple[int, ...]:
    """Coefficients, highest first, of the derivative of the sigmoid s as a polynomial in s: s' = s - s^2."""
    coefficients = [0, 1]
    for _ in range(degree):
        slopes = [power * c for power, c in enumerate(coefficients)][1:]
        coefficients = [0, *slopes, 0]
        for power, c in enumerate(slopes):
            coefficients[power + 2] -= c
    return tuple(reversed(coefficients))


def _is_law(weights: Tensor, count: int) -> bool:
    return weights.shape == (count,) and bool((weights >= 0).all()) and abs(float(weights.sum()) - 1) < 1e-9
