"""Weights and numbers of examples that must fit the losses which they are given with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OWNERS = ("landscape", "population", "model", "source")  # what has weights and examples
_PLACES = ("theta", "start", "vector")
_INDICES = ("samples", "examples", "others")


def check_shapes(given: Mapping[str, Any]) -> None:
    """Refuse weights that are not as many as the losses have or of another type, and examples there are not.

    Args:
        given: arguments of one call, each of the kind that its annotation asks for.

    Raises:
        ValueError: names the argument, its shape or type, and the right one.
    """
    import torch

    owner = next(
        (given[name] for name in _OWNERS if isinstance(getattr(given.get(name), "dim", None), int)), None
    )
    if owner is None:
        return
    law = getattr(owner, "probabilities", None)
    for name in _PLACES:
        theta = given.get(name)
        if isinstance(theta, torch.Tensor):
            _check_weights(owner, theta, law, name)
    for name in _INDICES:
        numbers = given.get(name)
        if isinstance(numbers, torch.Tensor):
            _check_numbers(numbers, law, name)


def _check_weights(owner: Any, theta: Any, law: Any, name: str) -> None:
    from lrtheory.landscape import checked_weights

    checked_weights(owner, theta, name=name)
    kind = getattr(law, "dtype", theta.dtype)
    if theta.dtype != kind and getattr(law, "is_floating_point", bool)():
        raise ValueError(
            f"{name} must be {kind}, as the losses are, got {theta.dtype}; use {name}.to({kind})"
        )


def _check_numbers(numbers: Any, law: Any, name: str) -> None:
    import torch

    count = len(law) if isinstance(law, torch.Tensor) else None
    inside = count is None or bool(((numbers >= 0) & (numbers < count)).all())
    if numbers.dtype != torch.int64 or not numbers.ndim or not numbers.numel() or not inside:
        known = "" if count is None else f" from 0 to {count - 1}"
        raise ValueError(
            f"{name} must be an int64 tensor of numbers of examples{known}, at least one, got "
            f"{numbers.dtype} of shape {tuple(numbers.shape)}; for example torch.tensor([0])"
        )
