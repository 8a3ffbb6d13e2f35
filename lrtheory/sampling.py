"""Which training examples a step sees: streams of batches for stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lrtheory.doors import check_choice, whole

_ORDERS = ("reshuffled", "fixed", "replacement")


def batches(
    examples: int, batch_size: int, *, order: str = "reshuffled", generator: torch.Generator | None = None
) -> Iterator[Tensor]:
    """Endless batches of example indices.

    Example:
        >>> from itertools import islice
        >>> from lrtheory import generator
        >>> drawn = list(islice(batches(6, 2, generator=generator(0, "batches")), 3))
        >>> sorted(torch.cat(drawn).tolist())
        [0, 1, 2, 3, 4, 5]

    Args:
        examples: number of training examples N, >= 1.
        batch_size: examples in a batch B, 1 <= B <= N; B divides N unless drawn with replacement.
        order: ``"reshuffled"`` (a new permutation each epoch), ``"fixed"`` (one permutation, every
            epoch the same) or ``"replacement"`` (independent draws).
        generator: source of the permutations and draws; required.

    Returns:
        Iterator of index tensors, shape (B,).

    Raises:
        ValueError: an argument is out of its range, or no generator was given.
    """
    whole("examples", examples, least=1)
    whole("batch_size", batch_size, least=1)
    check_choice("order", order, _ORDERS)
    if order != "replacement" and (batch_size > examples or examples % batch_size):
        raise ValueError(
            f"batch_size must divide the number of examples, got {batch_size} for {examples}; "
            "choose a divisor or order='replacement'"
        )
    if not isinstance(generator, torch.Generator):
        raise ValueError("batches draws numbers: pass generator=generator(seed, 'batches')")
    return _batch_stream(examples, batch_size, order, generator)


def _batch_stream(examples: int, batch_size: int, order: str, generator: torch.Generator) -> Iterator[Tensor]:
    fixed = torch.randperm(examples, generator=generator, device=generator.device)
    while True:
        if order == "replacement":
            yield torch.randint(examples, (batch_size,), generator=generator, device=generator.device)
            continue
        yield from torch.split(fixed, batch_size)
        if order == "reshuffled":
            fixed = torch.randperm(examples, generator=generator, device=generator.device)
