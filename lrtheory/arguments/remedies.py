"""What to pass instead: by what is wanted and by what came."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

_LONGEST = 60  # characters of a value that a message shows

# By the name of the type that is wanted.
_USUAL: Mapping[str, str] = {
    "Cells": "for example drawn_cells(2, [[0, 1], [1, 0]])",
    "Derivatives": "give derivatives_of(population, theta)",
    "Diagram": "take one of enumerate_diagrams(order)",
    "Epochs": "for example one_epoch(10)",
    "Generator": 'give lrtheory.generator(seed, "a name")',
    "Landscape": "define a class with these two",
    "Law": "for example chaos.gibbs_law(landscape, lr)",
    "LinearModel": "give LinearModel(features, targets)",
    "LocalMoments": "give local_moments(population, theta)",
    "Noisy": "for example Atoms(population) or gauss()",
    "PolynomialLandscape": "for example two_quintics()[0]",
    "Population": "for example LinearModel(features, targets)",
    "Rule": "for example GradientDescent(0.1)",
    "Tensor": "give a tensor of float64",
    "float": "give one number",
    "int": "give one integer",
}
_OF_MODULES = "wrap the module with its data: diagrams.ModulePopulation(module, inputs, targets, criterion)"
_OF_DATA = (
    "make losses of the data: diagrams.LinearModel(features, targets), or "
    "diagrams.ModulePopulation(module, inputs, targets, criterion)"
)


def described(value: Any) -> str:
    """A value in the words of a message: short, and with its type where it needs one."""
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and hasattr(value, "dtype"):
        return f"{type(value).__name__} of {value.dtype}, shape {tuple(shape)}"
    if value is None or isinstance(value, bool | int | float | complex | str):
        text = repr(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return type(value).__name__


def remedy_for(wanted: str, value: Any) -> str:
    """What to pass instead of a value, in a few words; empty where there is nothing to say."""
    names = wanted.split(" | ")
    if inspect.isclass(value):
        return f"make one: {value.__name__}(...)"
    if {"Population", "Noisy", "Landscape"} & set(names):
        return _of_losses(names, value)
    if "Tensor" in names:
        return _of_tensors(value)
    if any(name.endswith("Steps") for name in names):
        return (
            "momentum is HeavyBallSteps(0.9) or NesterovSteps(0.9), a schedule ScheduledSteps(factors); "
            "the rate is given to at(lr)"
        )
    if "Epochs" in names:
        return "say how often each example is seen: one_epoch(10), or Epochs(examples, batch_size, epochs)"
    if "Fraction" in wanted and hasattr(value, "tolist"):
        return "exact numbers are Fractions; for a tensor take landscape.population()"
    return next((_USUAL[name] for name in names if name in _USUAL), "")


def _of_losses(names: list[str], value: Any) -> str:
    import torch

    if isinstance(value, torch.nn.Module):
        return _OF_MODULES
    if hasattr(value, "population"):
        return f"give the losses in floating point: {type(value).__name__}.population()"
    if "Noisy" in names and hasattr(value, "probabilities"):
        return "draw examples from the population: Atoms(population)"
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return _OF_DATA
    return next(_USUAL[name] for name in names if name in _USUAL)


def _of_tensors(value: Any) -> str:
    import torch

    if isinstance(value, torch.nn.Module):
        return "the weights of a module are lrtheory.pack(list(module.parameters())), or population.start"
    if type(value).__name__ == "ndarray":
        return "give torch.from_numpy(array)"
    if inspect.isgenerator(value) or _holds_tensors(value):
        return "join the parts: lrtheory.pack(list(parts)), or population.start"
    if isinstance(value, list | tuple | int | float):
        return "give torch.tensor(numbers, dtype=torch.float64)"
    return _USUAL["Tensor"]


def _holds_tensors(value: Any) -> bool:
    import torch

    return isinstance(value, list | tuple) and any(isinstance(each, torch.Tensor) for each in value)
