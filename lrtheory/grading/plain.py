"""What may pass between an answer and a check: plain data, and what of an answer's values becomes it.

This file also goes into the sandbox, where the package is not: it imports NumPy and the standard library alone.
"""

from __future__ import annotations

import numpy as np

DEPTH = 20  # of lists in lists
KINDS = "biufc"  # of the numbers in an array


def plain(value: object, depth: int = DEPTH) -> object:
    """The value as plain data: of exact types, so that no method of an answer's own class is called later.

    Raises:
        TypeError: it is none of None, bool, number, string, array, tensor, list, tuple, dictionary of these.
    """
    if depth < 0:
        raise TypeError(f"lists more than {DEPTH} deep")
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind.__module__.split(".")[0] == "torch" and hasattr(value, "detach"):
        return plain(value.detach().cpu().numpy(), depth)
    if isinstance(value, np.generic | np.ndarray):
        array = np.array(value, subok=False)
        if array.dtype.kind not in KINDS:
            raise TypeError(f"an array of {array.dtype}")
        return array.item() if array.ndim == 0 and array.dtype.kind != "c" else array
    if kind in (list, tuple):
        return [plain(each, depth - 1) for each in value]  # type: ignore[attr-defined]
    if kind is dict:
        return {str(key): plain(each, depth - 1) for key, each in value.items()}  # type: ignore[attr-defined]
    raise TypeError(f"a value of type {kind.__name__}")
