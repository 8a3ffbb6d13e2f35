"""The losses of a torch module on its data, as a population for diagrams and a landscape for descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from lrtheory.diagrams.models.module_probes import check_module, plain_kernels

Criterion = Callable[[Any, Tensor], Tensor]  # outputs (n, ...), targets (n, ...) -> losses (n,)


@dataclass(frozen=True, eq=False)
class ModulePopulation:
    """The losses of a module on its data: each example is as likely as the next, unless weights are given.

    The weights are all parameters that require a gradient, flattened in the order of ``named_parameters``;
    frozen ones stay as they are. Derivatives to any order are taken, so module and criterion must be smooth
    (tanh and softplus are, a rectifier is not), and one example's loss must depend on nothing but the
    weights and that example: a few are tried when the population is made. Recurrent and attention modules
    work; where torch cannot map them over members, members are looped over.

    Attributes:
        module: network in float64, in eval mode if it has dropout or batch normalization.
        inputs: of all K examples, shape (K, ...).
        targets: of all examples, shape (K, ...).
        criterion: outputs (n, ...) and targets (n, ...) to a loss each, shape (n,); for example
            ``functools.partial(torch.nn.functional.cross_entropy, reduction="none")``.
        weights: probabilities of the examples, shape (K,), or None for equal ones.

    Source: tenka2020 (a finite data set as the population); the smoothness it asks for is analyticity.
    """

    module: nn.Module
    inputs: Tensor
    targets: Tensor
    criterion: Criterion
    weights: Tensor | None = None

    def __post_init__(self) -> None:
        """Check types, dtypes and lengths, and try the module on a few examples.

        Raises:
            ValueError: no module, tensors or criterion; no weights, or weights that are not float64; lengths
                that differ, no examples, bad probabilities; a loss that is not one an example, mixes
                examples, draws numbers or differs from call to call.

        Warns:
            UserWarning: operations that run are not smooth.
        """
        _require_types(self)
        types = {parameter.dtype for _, parameter in self._weights()}
        if types != {torch.float64}:
            names = ", ".join(sorted(str(each) for each in types)) or "none that require a gradient"
            remedy = ".double()" if types else ".requires_grad_()"
            raise ValueError(f"the module's weights must be float64, got {names}: use {remedy}")
        count = len(self.inputs)
        if len(self.targets) != count:
            raise ValueError(f"each input needs a target, got {count} inputs and {len(self.targets)} targets")
        if count == 0:
            raise ValueError("a population needs at least one example, got none")
        _check_law(self.weights, count)
        with plain_kernels():
            check_module(
                self.module, lambda x, y: self.criterion(self.module(x), y), self.inputs, self.targets
            )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return sum(parameter.numel() for _, parameter in self._weights())

    @property
    def start(self) -> Tensor:
        """The module's own weights, shape (d,)."""
        return torch.cat([parameter.detach().reshape(-1) for _, parameter in self._weights()])

    @cached_property
    def probabilities(self) -> Tensor:
        """Probability of every example, shape (K,)."""
        count = len(self.inputs)
        equal = torch.full((count,), 1 / count, dtype=torch.float64, device=self.inputs.device)
        return equal if self.weights is None else self.weights

    def losses(self, theta: Tensor) -> Tensor:
        """Losses of all examples at one point, shape (K,)."""
        return self._on(theta, self.inputs, self.targets)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean loss of each member, shape (*E,), of weights (*E, d); ``samples`` picks a batch."""
        inputs, targets, weights = self.inputs, self.targets, self.probabilities
        if samples is not None:
            inputs, targets = inputs[samples], targets[samples]
            weights = weights.new_full((len(samples),), 1 / len(samples))
        members = theta.reshape(-1, theta.shape[-1])
        each = self._each(lambda one: self._on(one, inputs, targets) @ weights, members)
        return each.reshape(theta.shape[:-1])

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta (*E, d), examples (*E,)."""
        flat = examples.reshape(-1)

        def one(weights: Tensor, x: Tensor, y: Tensor) -> Tensor:
            return self._on(weights, x[None], y[None])[0]

        members = theta.reshape(-1, theta.shape[-1])
        return self._each(one, members, self.inputs[flat], self.targets[flat]).reshape(examples.shape)

    def _weights(self) -> list[tuple[str, nn.Parameter]]:
        return [(name, each) for name, each in self.module.named_parameters() if each.requires_grad]

    def _on(self, theta: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        named, start = {}, 0
        for name, parameter in self._weights():
            named[name] = theta[start : start + parameter.numel()].view(parameter.shape)
            start += parameter.numel()
        with plain_kernels():
            return self.criterion(functional_call(self.module, named, (inputs,)), targets)

    def _each(self, function: Callable[..., Tensor], *rows: Tensor) -> Tensor:
        """A function of every row: all at once where torch has a rule for it, else one after the other."""
        if len(rows[0]) != 1 and self._maps:
            mapped: Tensor = vmap(function)(*rows)
            return mapped
        if len(rows[0]) == 0:
            return rows[0].new_zeros(0)
        return torch.stack([function(*row) for row in zip(*rows, strict=True)])

    @cached_property
    def _maps(self) -> bool:
        """Whether torch maps the losses, and their derivatives, over members."""
        theta = self.start.repeat(2, 1).requires_grad_()
        x, y = self.inputs[:1], self.targets[:1]
        try:
            with torch.enable_grad():
                total = vmap(lambda one: self._on(one, x, y).sum())(theta).sum()
                for _ in range(2):
                    (slope,) = torch.autograd.grad(
                        total, theta, create_graph=True, materialize_grads=True, allow_unused=True
                    )
                    total = (slope**2).sum()
        except (RuntimeError, NotImplementedError, ValueError):
            return False
        return True


def _require_types(population: ModulePopulation) -> None:
    wanted = "give ModulePopulation(module, inputs, targets, criterion)"
    if not isinstance(population.module, nn.Module):
        kind = type(population.module).__name__
        raise ValueError(f"module must be a torch.nn.Module, got {kind}; {wanted}")
    for name in ("inputs", "targets"):
        value = getattr(population, name)
        if not isinstance(value, Tensor) or value.ndim == 0:
            kind = "a number" if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(f"{name} must be a tensor of all examples, got {kind}; {wanted}")
    if not callable(population.criterion):
        kind = type(population.criterion).__name__
        raise ValueError(f"criterion must be a function, got {kind}; {wanted}")


def _check_law(weights: Tensor | None, count: int) -> None:
    if weights is None:
        return
    if not isinstance(weights, Tensor) or weights.shape != (count,) or not bool((weights >= 0).all()) \
            or not abs(float(weights.sum()) - 1) <= 1e-9:
        raise ValueError(f"weights must be probabilities, shape ({count},), not negative, with sum one")
