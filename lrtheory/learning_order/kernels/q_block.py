"""The block that sees x2, reduced to its plane: one compiled pass a step over units of two coordinates.

By homogeneity x2 = alpha p_k gives alpha g_k: three numbers g say all that the block adds to any output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from lrtheory.learning_order.kernels.gaussians import fill_normals, key_of
from lrtheory.learning_order.models.noise import PLACES, PreActivationNoise

Floats = NDArray[np.floating]
Points = Any  # four arrays

_BLOCK: Final = 1024  # units whose noise is held at a time; stays in the first cache
_NONE: Final = -1
_GATE, _POST, _SHARED = (PLACES.index(place) for place in ("gate", "post", "shared"))


@numba.njit(fastmath=True, cache=True)
def _fill_points(seed: int, step: int, place: int, first: int, sigma: Any, xi: Points) -> None:
    """Noise of the three points, an array each; the fourth array is what a pair has left over."""
    fill_normals(key_of(seed, 1, step), first, xi[0], xi[1])
    if place != _SHARED:
        fill_normals(key_of(seed, 2, step), first, xi[2], xi[3])
    for i in range(len(xi[0])):
        xi[0][i] *= sigma
        xi[1][i] = xi[0][i] if place == _SHARED else sigma * xi[1][i]
        xi[2][i] = xi[0][i] if place == _SHARED else sigma * xi[2][i]


@numba.njit(fastmath=True, cache=True)
def _move(a: Floats, b: Floats, v: Floats, force: Floats, r: Any, keep: Any, lr: Any) -> None:
    """One step of a run of units, without noise; force is C_k."""
    zero = v[0] * 0
    c0, c1, c2 = lr * force[0], lr * force[1], lr * force[2]
    for i in range(len(a)):
        side = r * b[i]
        d0 = c0 if a[i] > zero else zero
        d1 = c1 if a[i] + side > zero else zero
        d2 = c2 if a[i] - side > zero else zero
        a[i] = keep * a[i] - v[i] * (d0 + d1 + d2)
        b[i] = keep * b[i] - v[i] * (r * (d1 - d2))


@numba.njit(fastmath=True, cache=True)
def _move_disturbed(
    a: Floats, b: Floats, v: Floats, force: Floats, r: Any, keep: Any, lr: Any, xi: Points
) -> None:
    """The same with gates that are disturbed."""
    zero = v[0] * 0
    c0, c1, c2 = lr * force[0], lr * force[1], lr * force[2]
    x0, x1, x2 = xi[0], xi[1], xi[2]
    for i in range(len(a)):
        side = r * b[i]
        d0 = c0 if a[i] + x0[i] > zero else zero
        d1 = c1 if a[i] + side + x1[i] > zero else zero
        d2 = c2 if a[i] - side + x2[i] > zero else zero
        a[i] = keep * a[i] - v[i] * (d0 + d1 + d2)
        b[i] = keep * b[i] - v[i] * (r * (d1 - d2))


@numba.njit(fastmath=True, cache=True)
def _add_clean(a: Floats, b: Floats, v: Floats, r: Any, out: Floats) -> None:
    """Add what a run of units gives at the three points."""
    zero = v[0] * 0
    s0, s1, s2 = zero, zero, zero
    for i in range(len(a)):
        side = r * b[i]
        h1, h2 = a[i] + side, a[i] - side
        s0 += v[i] * a[i] if a[i] > zero else zero
        s1 += v[i] * h1 if h1 > zero else zero
        s2 += v[i] * h2 if h2 > zero else zero
    out[0] += s0
    out[1] += s1
    out[2] += s2


@numba.njit(fastmath=True, cache=True)
def _disturbed_sum(a: Floats, b: Floats, v: Floats, shift: Any, place: int, xi: Floats) -> Any:
    """What a run of units gives at one point under noise."""
    zero = v[0] * 0
    total = zero
    for i in range(len(a)):
        h = a[i] + shift * b[i]
        n = xi[i]
        if place == _POST:
            total += v[i] * ((h if h > zero else zero) + n)
        else:
            total += v[i] * (h if place == _GATE else h + n) if h + n > zero else zero
    return total


@numba.njit(fastmath=True, cache=True)
def _step(
    a: Floats, b: Floats, v: Floats, force: Floats, r: Any, keep: Any, lr: Any, spread: Any, seed: int,
    step: int, place: int, sigma: Any, clean: Floats, noisy: Floats,
) -> None:
    """Step from ``step`` to the next with the noise of ``step``; outputs there, under the noise there."""
    clean[:] = 0
    noisy[:] = 0
    n1, n2 = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    n3, n4 = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    for first in range(0, len(a), _BLOCK):
        last = min(first + _BLOCK, len(a))
        size = last - first
        x, y, w = a[first:last], b[first:last], v[first:last]
        xi = (n1[:size], n2[:size], n3[:size], n4[:size])
        if lr > 0:
            if place >= 0 and place != _POST:
                _fill_points(seed, step, place, first, sigma, xi)
                _move_disturbed(x, y, w, force, r, keep, lr, xi)
            else:
                _move(x, y, w, force, r, keep, lr)
            if spread > 0:
                fill_normals(key_of(seed, 0, step), first, xi[0], xi[1])
                for i in range(size):
                    x[i] -= spread * n1[i]
                    y[i] -= spread * n2[i]
        _add_clean(x, y, w, r, clean)
        if place >= 0:
            _fill_points(seed, step + 1, place, first, sigma, xi)
            noisy[0] += _disturbed_sum(x, y, w, r * 0, place, xi[0])
            noisy[1] += _disturbed_sum(x, y, w, r, place, xi[1])
            noisy[2] += _disturbed_sum(x, y, w, -r, place, xi[2])


@dataclass(eq=False)
class QBlock:
    """Weights of the block in a run, and its outputs; what `_step` works on, in place.

    Attributes:
        v: second layer, shape (m,).
        a, b: coordinates of the units along z and along zeta / r, shape (m,).
        r: length of zeta.
        seed: of the noise, in [0, 2^63).
        g: outputs at z, z + zeta, z - zeta with alpha = 1, shape (3,), float64.
        noisy: the same under the pre-activation noise of this step.
    """

    v: Floats
    a: Floats
    b: Floats
    r: float
    seed: int

    def __post_init__(self) -> None:
        self.step = 0
        self.g, self.noisy = np.zeros(3), np.zeros(3)

    def begin(self, noise: PreActivationNoise | None = None) -> None:
        """Find the outputs of the weights as they are, under the noise of this step."""
        self._pass(np.zeros(3), 0.0, 0.0, 0.0, noise, self.step - 1)

    def advance(
        self, force: Floats, *, lr: float, weight_decay: float, spread: float,
        noise: PreActivationNoise | None = None,
    ) -> None:
        """One step, in place.

        Args:
            force: sum over the examples on each point of alpha times the slope of their loss, over n.
            lr: learning rate.
            weight_decay: lambda.
            spread: standard deviation of the noise on the gradient.
            noise: on the pre-activations, in this step and for the outputs after it.
        """
        self._pass(force, lr, weight_decay, spread, noise, self.step)
        self.step += 1

    def _pass(
        self, force: Floats, lr: float, weight_decay: float, spread: float,
        noise: PreActivationNoise | None, step: int,
    ) -> None:
        kind = self.v.dtype.type
        place, sigma = _coded(noise)
        _step(
            self.a, self.b, self.v, force.astype(kind), kind(self.r), kind(1 - lr * weight_decay), kind(lr),
            kind(lr * spread), self.seed, step, place, np.float32(sigma), self.g, self.noisy,
        )
        if noise is None:
            self.noisy[:] = self.g


def weight_noise(seed: int, step: int, units: int) -> Floats:
    """Standard Gaussians that the compiled step adds to the units, shape (units, 2), float32."""
    a, b = np.empty((2, units), np.float32)
    _fill_pairs(seed, step, a, b)
    return np.stack([a, b], axis=1)


def point_noise(seed: int, step: int, units: int, noise: PreActivationNoise) -> Floats:
    """Noise on the pre-activations that the compiled step adds, shape (3, units), float32."""
    rows = tuple(np.empty((4, units), np.float32))
    place, sigma = _coded(noise)
    _fill_points(seed, step, place, 0, np.float32(sigma), rows)
    return np.array(rows[:3])


@numba.njit(cache=True)
def _fill_pairs(seed: int, step: int, a: Floats, b: Floats) -> None:
    fill_normals(key_of(seed, 0, step), 0, a, b)


def _coded(noise: PreActivationNoise | None) -> tuple[int, float]:
    return (_NONE, 0.0) if noise is None else (PLACES.index(noise.place), float(noise.sigma_q))
