"""Cosine and sine of an angle in turns, in arithmetic that compilers turn into vector code.

Importing this module imports numba; the maps that use it live in `line` and `plane`. numba's cache on
disk does not see that a map depends on this file: after editing it, delete `__pycache__` beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrtheory.law import Floats

# Products and sums may be fused, and nothing else is relaxed. Under full fastmath a rounding written
# as (z + magic) - magic is deleted, silently; np.rint is one instruction and safe under any flag.
FLAGS = {"contract"}

# sin(2 pi q) = q (S0 + S1 q^2 + ...) and cos(2 pi q) = C0 + C1 q^2 + ... for |q| <= 1/4: interpolated
# at the Chebyshev nodes of q^2 in 50 digits; largest errors 2.4e-16 and 1e-16. Own polynomials, because
# numba's sine is a library call for one number at a time wherever Intel's vector library is missing.
_SINE = (
    6.283185307179585,
    -41.341702240398284,
    81.60524927557977,
    -76.70585968962867,
    42.05868995395094,
    -15.09450614073429,
    3.817365633469135,
    -0.6925067010720717,
)
_COSINE = (
    1.0,
    -19.739208802178705,
    64.93939402266395,
    -85.45681720598061,
    60.24464131316041,
    -26.426254066690255,
    7.903462492085097,
    -1.7132184107005932,
    0.2719458499499813,
)

# Bits of a float64: all but the sign, those of the mantissa, and the number 1.
ABSOLUTE = (1 << 63) - 1
_MANTISSA = (1 << 52) - 1
_ONE = 1023 << 52


def _generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
    # llvmlite checks attribute names against a list of its own, hence `set.add`.
    set.add(builder.function.attributes, '"prefer-vector-width"="512"')
    return context.get_dummy_value()


def _wide_vectors(_context: Any) -> Any:
    """Let the compiler use the widest vectors in the calling function.

    On Intel's chips LLVM halves them by default, which costs a third of the speed here. The attribute
    is text that other chips ignore, and it changes no result.
    """
    return types.void(), _generate


wide_vectors: Any = intrinsic(_wide_vectors)


@numba.njit(inline="always")
def scaled_sine(factor: float) -> tuple[float, ...]:
    """Coefficients of factor * sin(2 pi q), so that an amplitude costs nothing in the loop."""
    return (
        factor * _SINE[0],
        factor * _SINE[1],
        factor * _SINE[2],
        factor * _SINE[3],
        factor * _SINE[4],
        factor * _SINE[5],
        factor * _SINE[6],
        factor * _SINE[7],
    )


@numba.njit(inline="always")
def quarter_distance(turns: float) -> float:
    """Signed distance q = 1/4 - |t| in [-1/4, 1/4], with t the offset from the nearest whole turn.

    cos(2 pi turns) = sin(2 pi q), and sin(2 pi turns) = cos(2 pi q) with the sign of t.
    """
    distance: float = 0.25 - abs(turns - np.rint(turns))
    return distance


@numba.njit(inline="always")
def cosine(q: float, s: tuple[float, ...]) -> float:
    """The sine polynomial with coefficients s at q: the scaled cosine of the turns q stands for."""
    r = q * q
    p = s[6] + r * s[7]
    p = s[5] + r * p
    p = s[4] + r * p
    p = s[3] + r * p
    p = s[2] + r * p
    p = s[1] + r * p
    p = s[0] + r * p
    return q * p


@numba.njit(inline="always")
def sine(turns: float, q: float) -> float:
    """sin(2 pi turns), given also q = quarter_distance(turns)."""
    r = q * q
    p = _COSINE[7] + r * _COSINE[8]
    p = _COSINE[6] + r * p
    p = _COSINE[5] + r * p
    p = _COSINE[4] + r * p
    p = _COSINE[3] + r * p
    p = _COSINE[2] + r * p
    p = _COSINE[1] + r * p
    p = _COSINE[0] + r * p
    signed: float = np.copysign(p, turns - np.rint(turns))
    return signed


@numba.njit(fastmath=FLAGS)
def split_exponent(values: Floats, doublings: NDArray[np.int64]) -> None:
    """Move the powers of two of all values into doublings, and leave absolute values in [1, 2), or 0.

    A running product is thus kept in range without a logarithm in the loop.
    """
    wide_vectors()
    bits = values.view(np.int64)
    for i in range(values.size):
        b = bits[i] & ABSOLUTE
        doublings[i] += (b >> 52) - 1023
        bits[i] = (b & _MANTISSA) | _ONE if b > 0 else 0
