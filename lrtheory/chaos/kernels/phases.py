"""From a loss of two scales to the numbers its compiled map runs on; no loop lives here.

The state of a map is y = scale * x + offset, in turns of a tone, so that the loop needs no division
by eps. Every slope is multiplied by the scale too; the learning rate stays what it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from lrtheory.chaos.kernels.polynomial import Polynomial

if TYPE_CHECKING:
    from lrtheory.chaos.models.small_scale import Tones
    from lrtheory.chaos.models.two_scale import TwoScale
    from lrtheory.landscape import Landscape
    from lrtheory.law import Floats

_TURN = 2 * math.pi
_QUARTER = 0.25  # the slope of a cosine is minus a sine: a cosine a quarter of a turn later
_SLOPES = (3, 4)  # rows of the work array of `plane`, and below with the two axes of a second derivative
_BENDS = ((5, 0, 0), (6, 0, 1), (7, 1, 1))


@dataclass(frozen=True)
class PhaseMap:
    """Gradient descent on a sum of sines and a polynomial, in turns.

    Attributes:
        dim: number of weights, 1 or 2.
        scale: turns a unit of length.
        offset: turns at x = 0.
        numbers: what the loops in `line` or `plane` take, in their order.
    """

    dim: int
    scale: float
    offset: float
    numbers: tuple[Floats, ...]

    @property
    def largest_slope(self) -> float:
        """Most turns a unit of the rate that the ripple moves a point in one step."""
        tones = self.numbers[-1]
        return float(np.abs(tones[:, : self.dim]).max(axis=1).sum())

    @property
    def quickest(self) -> float:
        """Most turns of a tone for one of the state."""
        tones = self.numbers[-1]
        return float(np.abs(tones[:, self.dim : 2 * self.dim]).max())


def has_map_kernel(landscape: Landscape) -> bool:
    """Whether a compiled map serves this landscape; the plain loop `descend` serves every one."""
    return _obstacle(landscape) is None


def phase_map(landscape: Landscape) -> PhaseMap:
    """Numbers of the compiled map of gradient descent on this landscape.

    Raises:
        ValueError: the landscape has no compiled map; says why.
    """
    obstacle = _obstacle(landscape)
    if obstacle is not None:
        raise ValueError(f"a compiled map needs {obstacle}; use descend, which serves every landscape")
    two_scale = cast("TwoScale", landscape)
    f0 = _polynomial(two_scale)
    return _line(two_scale, f0) if f0.dim == 1 else _plane(two_scale, f0)


def _obstacle(landscape: Landscape) -> str | None:
    from lrtheory.chaos.models.large_scale import CoupledWells, DoubleWell, Quadratic
    from lrtheory.chaos.models.two_scale import Tones, TwoScale

    if not isinstance(landscape, TwoScale):
        return f"a TwoScale landscape, got {type(landscape).__name__}"
    if not isinstance(landscape.large, Quadratic | DoubleWell | CoupledWells | Polynomial):
        kind = type(landscape.large).__name__
        return f"a large-scale part Quadratic, DoubleWell, CoupledWells or Polynomial, got {kind}"
    if not isinstance(landscape.small, Tones):
        return f"a ripple of Tones, got {type(landscape.small).__name__}"
    if landscape.dim not in (1, 2):
        return f"one or two weights, got {landscape.dim}"
    return None


def _polynomial(landscape: TwoScale) -> Polynomial:
    from lrtheory.chaos.models.large_scale import CoupledWells, DoubleWell, Quadratic

    large = landscape.large
    if isinstance(large, DoubleWell):
        return Polynomial({(4,): 0.25, (2,): -0.5, (1,): large.tilt, (0,): 0.25})
    if isinstance(large, CoupledWells):
        return Polynomial({(4, 0): 0.25, (2, 0): -0.5, (0, 0): 0.25, (0, 2): 0.5, (1, 1): 0.25, (1, 0): 0.05})
    if isinstance(large, Quadratic):
        matrix = large.matrix.double().tolist()
        if large.dim == 1:
            return Polynomial({(2,): matrix[0][0] / 2})
        return Polynomial({(2, 0): matrix[0][0] / 2, (1, 1): matrix[0][1], (0, 2): matrix[1][1] / 2})
    return cast("Polynomial", large)


def _line(landscape: TwoScale, f0: Polynomial) -> PhaseMap:
    tones = cast("Tones", landscape.small)
    frequencies = tones.frequencies[:, 0].double().numpy()
    turns = tones.phases.double().numpy() / _TURN % 1.0 + _QUARTER
    scale, offset = frequencies[0] / (_TURN * landscape.eps), turns[0]
    slopes = scale * tones.amplitudes.double().numpy() * np.sign(frequencies)
    ratios = frequencies / frequencies[0]
    in_x = np.zeros(max(2, 1 + max(p for (p,) in f0.coefficients)))
    for (power,), coefficient in f0.derivative(0).coefficients.items():
        in_x[power] = coefficient
    powers = np.zeros_like(in_x)
    for k, c in enumerate(in_x):  # c x^k with x = (y - offset) / scale, expanded in y
        for j in range(k + 1):
            powers[j] += c * scale ** (1 - k) * math.comb(k, j) * (-offset) ** (k - j)
    table = np.column_stack([slopes, ratios, turns - ratios * offset])
    return PhaseMap(1, float(scale), float(offset), (_trimmed(powers), table))


def _trimmed(powers: Floats) -> Floats:
    """Coefficients without trailing zeros, at least the constant and the linear one."""
    last = max([1, *np.flatnonzero(powers).tolist()])
    return powers[: last + 1].copy()


def _plane(landscape: TwoScale, f0: Polynomial) -> PhaseMap:
    tones = cast("Tones", landscape.small)
    scale = 1 / (_TURN * landscape.eps)
    slopes = scale * (tones.amplitudes[:, None] * tones.directions).double().numpy()
    turns = tones.phases.double().numpy() / _TURN % 1.0 + _QUARTER
    table = np.column_stack([slopes, tones.frequencies.double().numpy(), turns])
    if len(table) == 1:  # the loop advances two tones at once: the second is silent
        table = np.vstack([table, np.zeros(5)])
    linear = np.zeros((2, 3))
    terms = []
    for axis in (0, 1):
        for (p, q), c in f0.derivative(axis).coefficients.items():
            if p + q <= 1:
                linear[axis, p + 2 * q] = c * scale ** (1 - p - q)
            elif c:
                terms.append([_SLOPES[axis], c * scale ** (1 - p - q), p, q])
    for row, i, j in _BENDS:
        for (p, q), c in f0.derivative(i).derivative(j).coefficients.items():
            if p + q >= 1 and c:
                terms.append([row, c * scale ** (-p - q), p, q])
    return PhaseMap(2, scale, 0.0, (linear, np.array(terms).reshape(-1, 4), table))
