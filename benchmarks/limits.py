"""What one core of this processor does at best: products, copies, counts; each the best of several."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numba
import numpy as np
import torch

_SEVERAL = 7
_SIDE = 768  # of the matrices: 0.9 GFLOP, and all three in the second or third cache
_COPIED = 2**25  # bytes: more than a cache of one core holds
_BINS, _BUFFER = 256, 4096


@dataclass(frozen=True)
class Limits:
    """Per CPU second of one core.

    Attributes:
        float64: floating-point operations of the best matrix product, numpy's or torch's; a fused
            multiply-add is two.
        float32: the same in float32.
        copy: bytes copied from memory to memory, each counted once.
        increments: counters raised by one, of 256 that lie in the first cache.
    """

    float64: float
    float32: float
    copy: float
    increments: float


@cache
def measured() -> Limits:
    """Measure them, once a process: about a second."""
    return Limits(_product("float64"), _product("float32"), _copy(), _increments())


def _product(dtype: str) -> float:
    left = np.random.default_rng(0).standard_normal((_SIDE, _SIDE)).astype(dtype)
    product, also = np.empty_like(left), torch.empty(_SIDE, _SIDE, dtype=getattr(torch, dtype))
    same = torch.from_numpy(left)
    by_numpy = _best(2.0 * _SIDE**3, lambda: np.matmul(left, left, out=product))
    return max(by_numpy, _best(2.0 * _SIDE**3, lambda: torch.mm(same, same, out=also)))


def _copy() -> float:
    source = np.ones(_COPIED // 8)
    into = np.empty_like(source)
    return _best(float(_COPIED), lambda: np.copyto(into, source))


def _increments() -> float:
    numbers = np.random.default_rng(0).integers(0, _BINS, _BUFFER).astype(np.uint16)
    counts = np.zeros(_BINS, np.int64)
    times = 2000
    return _best(float(times * _BUFFER), lambda: _count(numbers, counts, times))


@numba.njit(cache=True)
def _count(numbers: np.ndarray, counts: np.ndarray, times: int) -> None:
    for _ in range(times):
        for k in range(numbers.size):
            counts[numbers[k]] += 1


def _best(work: float, run: Callable[[], object]) -> float:
    run()
    rates = []
    for _ in range(_SEVERAL):
        begin = time.process_time()
        run()
        rates.append(work / max(time.process_time() - begin, 1e-9))
    return max(rates)
