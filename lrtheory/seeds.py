"""Named streams of random numbers: one seed, many independent generators, no global state."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_SEED_BITS = 63


def generator(seed: int, *stream: str | int, device: str = "cpu") -> torch.Generator:
    """Generator of the named stream of a seed.

    The stream's name is hashed together with the seed, so a new stream leaves the others as they
    were, and neighboring seeds are unrelated.

    Example:
        >>> import torch
        >>> first, second = (torch.rand(1, generator=generator(0, "noise")) for _ in range(2))
        >>> bool(first == second), bool(first == torch.rand(1, generator=generator(0, "start")))
        (True, False)

    Args:
        seed: the experiment's seed, >= 0.
        stream: name of the stream, for example ``"start"`` or ``("batch", 3)``.
        device: where the numbers are drawn.

    Returns:
        A fresh ``torch.Generator``; the same arguments give the same numbers.

    Raises:
        ValueError: seed is negative or not an integer, or torch has no such device.
    """
    import torch

    number = stream_seed(seed, *stream)
    try:
        return torch.Generator(device=device).manual_seed(number)
    except RuntimeError as error:
        raise ValueError(f"device must be one that torch has here, as 'cpu', got {device!r}") from error


def stream_seed(seed: int, *stream: str | int) -> int:
    """Integer seed of the named stream, in [0, 2**63); for libraries that take a number.

    Raises:
        ValueError: seed is negative or not an integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be a non-negative integer, got {seed!r}; pass for example seed=0")
    name = "\x1f".join([str(seed), *(f"{type(part).__name__}:{part}" for part in stream)])
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)
