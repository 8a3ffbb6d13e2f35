"""What a kernel is taken over: sequences of tokens, and which of their times count. No kernel lives here."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.doors import whole


def checked_tokens(name: str, inputs: Tensor) -> Tensor:
    """Sequences of tokens whose first is not zero, or a refusal.

    Example:
        >>> checked_tokens("inputs", torch.ones(2, 3, 4, dtype=torch.float64)).shape
        torch.Size([2, 3, 4])

    Args:
        name: what the caller calls them; the message begins with it.
        inputs: tokens, shape (n, L, d_x), float64, finite; all of them beyond the first may be zero.

    Returns:
        The same tensor.

    Raises:
        ValueError: the shape or the dtype is another, an axis is empty, an entry is not finite, or the first
            token of a sequence has no length: before any input a ReLU network has no direction, and no
            cosine is defined.
    """
    if not isinstance(inputs, Tensor) or inputs.dtype != torch.float64:
        got = getattr(inputs, "dtype", type(inputs).__name__)
        raise ValueError(f"{name} must be a float64 tensor, got {got}; convert it with .double()")
    if inputs.ndim != 3 or not inputs.numel():
        raise ValueError(
            f"{name} must have the shape (sequences, times, token size), none 0, got {tuple(inputs.shape)}"
        )
    broken = ~inputs.isfinite().all(-1)
    if bool(broken.any()):
        raise ValueError(f"{name} must be finite, got {_entry(inputs, broken)}")
    silent = inputs[:, :1].square().sum(-1) == 0
    if bool(silent.any()):
        raise ValueError(
            f"the first token of each of the {name} must not be zero, got {_entry(inputs, silent)}: the "
            "hidden state is zero there and has no direction; drop the sequence or let it begin later"
        )
    return inputs


def counted_pairs(name: str, mask: Tensor | None, shape: tuple[int, int], *, first: int) -> Tensor:
    """Which (sequence, time) pairs count: all from a first time on, or those of them that a mask keeps.

    Example:
        >>> counted_pairs("counted", None, (2, 3), first=2).tolist()
        [[False, True, True], [False, True, True]]

    Args:
        name: what the caller calls the mask.
        mask: shape (n, L), bool, or None for all; leave out what lies behind the end of a shorter sequence.
        shape: sequences and times, (n, L).
        first: first time that counts, from 1 to L; times are counted from 1.

    Returns:
        Shape (n, L), bool, on the mask's device.

    Raises:
        ValueError: the mask has another shape or dtype, ``first`` lies outside 1 to L, or nothing counts.
    """
    if whole("first", first, least=1) > shape[1]:
        raise ValueError(f"first must be at most the number of times {shape[1]}, got {first}")
    late = torch.arange(1, shape[1] + 1) >= first
    if mask is None:
        return late.expand(shape)
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool or tuple(mask.shape) != shape:
        got = f"{mask.dtype} of {tuple(mask.shape)}" if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(f"{name} must be a bool tensor of shape {shape} (sequences, times), got {got}")
    kept = mask & late.to(mask.device)
    if not bool(kept.any()):
        raise ValueError(f"{name} must keep some time from {first} on, got none")
    return kept


def _entry(inputs: Tensor, where: Tensor) -> str:
    sequence, time = (int(at) for at in where.nonzero()[0])
    return f"{inputs[sequence, time].tolist()} in sequence {sequence} at time {time + 1}"
