"""What formulas refuse at their doors, entry by entry, since they broadcast over tensors of numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Numbers = float | Tensor


def numbers(
    name: str, value: Numbers, low: float = -math.inf, high: float = math.inf, *, open_low: bool = False,
    open_high: bool = False, remedy: str = "",
) -> Tensor:
    """One number or a tensor of them as float64, each finite and between two ends.

    Example:
        >>> numbers("r", 0.07, 0.0)
        tensor(0.0700, dtype=torch.float64)

    Args:
        name: what the caller calls it; the message begins with it.
        value: a number or a tensor of any shape, no flags.
        low: least value.
        high: largest value.
        open_low: whether the least value itself is refused.
        open_high: whether the largest value itself is refused.
        remedy: what to do instead; the message ends with it.

    Raises:
        ValueError: an entry is NaN, infinite or out of range, or it is no number.

    Source: ours.
    """
    ends = f"{'(' if open_low or low == -math.inf else '['}{low:g}, {high:g}"
    wanted = f"{ends}{')' if open_high or high == math.inf else ']'}"
    ending = f"; {remedy}" if remedy else ""
    refused = isinstance(value, bool | str | complex) or getattr(value, "dtype", None) in _NO_NUMBERS
    try:
        entries = torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        refused = True
    if refused:
        raise ValueError(f"{name} must lie in {wanted}, got {value!r}{ending}")
    above = entries > low if open_low else entries >= low
    below = entries < high if open_high else entries <= high
    wrong = ~(above & below & torch.isfinite(entries))
    if bool(wrong.any()):
        raise ValueError(f"{name} must lie in {wanted}, got {float(entries[wrong].ravel()[0]):g}{ending}")
    return entries


_NO_NUMBERS = (torch.bool, torch.complex64, torch.complex128)
