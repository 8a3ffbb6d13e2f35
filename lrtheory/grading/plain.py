"""What may pass between an answer and a check: plain data, and its text on the wire.

This file also goes into the sandbox, where the package is not: it needs NumPy and the standard library only.
"""

from __future__ import annotations

import base64
import json
import math

import numpy as np

DEPTH = 20  # of lists in lists
KINDS = "biufc"  # of the numbers in an array
DIMENSIONS = 8
LARGEST = 4_000_000  # bytes of one message


def plain(value: object, depth: int = DEPTH) -> object:
    """The value as plain data, of exact types: no method of an answer's own class is ever called later.

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


def text(message: object) -> bytes:
    """One line of JSON for a message of plain data.

    Raises:
        ValueError: it is longer than a message may be.
    """
    line = json.dumps(_tree(message)).encode() + b"\n"
    if len(line) > LARGEST:
        raise ValueError(f"{len(line)} bytes in one message; at most {LARGEST}")
    return line


def message(line: bytes) -> object:
    """The plain data of one line, whoever wrote it: nothing in it is executed, unpickled or allocated unseen.

    Raises:
        ValueError: the line is no message.
    """
    try:
        return _value(json.loads(line), DEPTH)
    except (RecursionError, MemoryError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"no message: {type(error).__name__}") from None


def _tree(value: object) -> object:
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": data, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, list):
        return [_tree(each) for each in value]
    if isinstance(value, dict):
        return {"dict": [[key, _tree(each)] for key, each in value.items()]}
    return value


def _value(tree: object, depth: int) -> object:
    if depth < -2:  # a message wraps its value in two dictionaries more
        raise ValueError("no message: too deep")
    if isinstance(tree, list):
        return [_value(each, depth - 1) for each in tree]
    if isinstance(tree, dict):
        if set(tree) == {"dict"}:
            return {str(key): _value(each, depth - 1) for key, each in tree["dict"]}
        return _array(tree)
    return tree


def _array(tree: dict[str, object]) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    dtype, shape, data = tree["dtype"], tree["shape"], tree["array"]
    if not (isinstance(dtype, str) and len(dtype) <= 4 and isinstance(data, str) and isinstance(shape, list)):
        raise ValueError("no message: an array needs dtype, shape and data")
    if np.dtype(dtype).kind not in KINDS or len(shape) > DIMENSIONS:
        raise ValueError(f"no message: an array of {dtype} with {len(shape)} dimensions")
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("no message: an array's shape")
    raw = base64.b64decode(data, validate=True)
    if math.prod(shape) * np.dtype(dtype).itemsize != len(raw):
        raise ValueError("no message: an array's size is not that of its shape")
    return np.frombuffer(raw, dtype=np.dtype(dtype)).reshape(shape).copy()
