"""Gaussian numbers that are computed from a counter: any step's noise again, without storing it.

A 64-bit hash of (key, counter) gives a radius and an angle, and these two independent Gaussians (Box and
Muller). Logarithm, sine and cosine are polynomials in float32, so that the compiler works on many lanes at
once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S3 = (np.uint64(n) for n in (30, 27, 31, 32, 3))
_LOW = np.uint64(0xFFFFFFFF)
_f = np.float32


@numba.njit(inline="always", cache=True)
def mixed(x: Any) -> Any:
    """Finalizer of SplitMix64: every bit of the result hangs on every bit of x."""
    x = (x ^ (x >> _S30)) * _MIX1
    x = (x ^ (x >> _S27)) * _MIX2
    return x ^ (x >> _S31)


@numba.njit(cache=True)
def key_of(seed: int, stream: int, step: int) -> Any:
    """Key of one step of a stream of a seed."""
    return mixed(mixed(mixed(np.uint64(seed)) + np.uint64(stream) * _GOLDEN) + np.uint64(step) * _MIX2)


@numba.njit(fastmath=True, cache=True)
def fill_normals(key: Any, first: int, a: Floats, b: Floats) -> None:
    """Write standard Gaussians number first, first + 1, ... of a key into a and b, float32, of one length."""
    for i in range(len(a)):
        h = mixed(key + np.uint64(first + i) * _GOLDEN)
        u = (_f(np.int64(h >> _S32)) + _f(0.5)) * _f(2.0**-32)
        bits = np.float32(u).view(np.int32)
        exponent = _f((bits >> 23) - 127)
        m = ((bits & 0x7FFFFF) | 0x3F800000)
        mantissa = np.int32(m).view(np.float32)
        high = mantissa > _f(1.41421356)
        mantissa = mantissa * _f(0.5) if high else mantissa
        exponent = exponent + _f(1.0) if high else exponent
        y = mantissa - _f(1.0)
        z = y * y
        p = _f(7.0376836292e-2)
        p = p * y - _f(1.1514610310e-1)
        p = p * y + _f(1.1676998740e-1)
        p = p * y - _f(1.2420140846e-1)
        p = p * y + _f(1.4249322787e-1)
        p = p * y - _f(1.6668057665e-1)
        p = p * y + _f(2.0000714765e-1)
        p = p * y - _f(2.4999993993e-1)
        p = p * y + _f(3.3333331174e-1)
        log = y * z * p - _f(0.5) * z + y + exponent * _f(0.6931471806)
        radius = np.sqrt(max(_f(-2.0) * log, _f(0.0)))
        low = np.int64(h & _LOW)
        # 29 bits give an angle within an eighth of a turn, three the octant.
        t = (_f(low >> 3) + _f(0.5)) * _f(2.0**-29) - _f(0.5)
        t = t * _f(1.5707963268)
        w = t * t
        sin = t * (_f(1.0) + w * (_f(-1.6666654611e-1) + w * (_f(8.3321608736e-3) - w * _f(1.9515295891e-4))))
        cos = _f(1.0) - _f(0.5) * w + w * w * (
            _f(4.166664568298827e-2) + w * (_f(-1.388731625493765e-3) + w * _f(2.443315711809948e-5))
        )
        swap = (low & 1) != 0
        c = sin if swap else cos
        s = cos if swap else sin
        a[i] = -radius * c if (low & 2) != 0 else radius * c
        b[i] = -radius * s if (low & 4) != 0 else radius * s
