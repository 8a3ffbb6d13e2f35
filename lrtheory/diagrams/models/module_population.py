"""The losses of a torch module on its data, as a population for diagrams and a landscape for descent."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

Criterion = Callable[[Tensor, Tensor], Tensor]  # outputs (n, ...), targets (n, ...) -> losses (n,)


@dataclass(frozen=True, eq=False)
class ModulePopulation:
    """The losses of a module on its data: each example is as likely as the next, unless weights are given.

    The weights are all parameters, flattened in the order of ``named_parameters``. Derivatives to any
    order are taken, so module and criterion must be smooth (tanh and softplus are, a rectifier is not) and
    must not mix examples or draw random numbers.

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
        """Check dtype, lengths and the criterion; warn of layers without derivatives.

        Raises:
            ValueError: weights that are not float64, lengths that differ, a criterion that does not give
                one loss an example, random or mixing layers in training mode, bad probabilities.

        Warns:
            UserWarning: the module has layers that are not smooth.
        """
        types = {parameter.dtype for parameter in self.module.parameters()}
        if types != {torch.float64}:
            names = sorted(str(each) for each in types)
            raise ValueError(f"the module's weights must be float64, got {names}: use .double()")
        count = len(self.inputs)
        if len(self.targets) != count:
            raise ValueError(f"each input needs a target, got {count} inputs and {len(self.targets)} targets")
        _check_law(self.weights, count)
        _check_layers(self.module)
        with torch.no_grad():
            shape = self.criterion(self.module(self.inputs[:2]), self.targets[:2]).shape
        if shape != (min(2, count),):
            raise ValueError(
                f"criterion must give one loss for each example, shape ({min(2, count)},), got "
                f"{tuple(shape)}; use reduction='none'"
            )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def start(self) -> Tensor:
        """The module's own weights, shape (d,)."""
        return torch.cat([parameter.detach().reshape(-1) for parameter in self.module.parameters()])

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
        if len(members) == 1:
            return (self._on(members[0], inputs, targets) @ weights).reshape(theta.shape[:-1])
        each = vmap(lambda one: self._on(one, inputs, targets) @ weights)(members)
        return each.reshape(theta.shape[:-1])

    def example_loss(self, theta: Tensor, examples: Tensor) -> Tensor:
        """Loss of one example for each member, shape (*E,): theta (*E, d), examples (*E,)."""
        flat = examples.reshape(-1)

        def one(weights: Tensor, x: Tensor, y: Tensor) -> Tensor:
            return self._on(weights, x[None], y[None])[0]

        members = theta.reshape(-1, theta.shape[-1])
        each: Tensor = vmap(one)(members, self.inputs[flat], self.targets[flat])
        return each.reshape(examples.shape)

    def _on(self, theta: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        named, start = {}, 0
        for name, parameter in self.module.named_parameters():
            named[name] = theta[start : start + parameter.numel()].view(parameter.shape)
            start += parameter.numel()
        return self.criterion(functional_call(self.module, named, (inputs,)), targets)


_KINKED = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.PReLU,
    nn.RReLU,
    nn.ELU,
    nn.CELU,
    nn.SELU,
    nn.Hardtanh,
    nn.Hardshrink,
    nn.Softshrink,
    nn.Hardsigmoid,
    nn.Hardswish,
    nn.Threshold,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
)
_MIXING = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


def _check_layers(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, _MIXING) and layer.training:
            name = type(layer).__name__
            raise ValueError(f"{name} mixes examples or draws at random: put the module in eval mode")
    kinked = sorted({type(layer).__name__ for layer in module.modules() if isinstance(layer, _KINKED)})
    if kinked:
        warnings.warn(
            f"the module contains {', '.join(kinked)}: its loss is not analytic, derivatives miss the kinks, "
            "and the diagrams do not add up to what descent does; use tanh, softplus or average pooling",
            UserWarning,
            stacklevel=4,
        )


def _check_law(weights: Tensor | None, count: int) -> None:
    if weights is None:
        return
    if weights.shape != (count,) or bool((weights < 0).any()) or abs(float(weights.sum()) - 1) > 1e-9:
        raise ValueError(f"weights must be probabilities, shape ({count},), not negative, with sum one")
