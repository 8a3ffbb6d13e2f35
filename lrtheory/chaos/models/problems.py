"""More losses of two scales, ready made, and the constructor of your own. `models` has the first three."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lrtheory.chaos.models.large_scale import (
    CoupledWells,
    Differentiated,
    LargeScale,
    Quadratic,
    WavyParabola,
)
from lrtheory.chaos.models.resonance import integer_relation
from lrtheory.chaos.models.small_scale import Tones
from lrtheory.chaos.models.two_scale import TwoScale
from lrtheory.chaos.models.uneven_ripples import QuickeningTone, SwellingTone
from lrtheory.doors import positive, whole
from lrtheory.landscape import Landscape

MATYAS = ((0.52, -0.48), (-0.48, 0.52))
_RANDOM_FREQUENCIES = (1.0, 2.0)  # our choice: of order one, and never so low that a tone is no ripple


def two_scale(
    large: Landscape,
    eps: float,
    *,
    amplitudes: Sequence[float],
    frequencies: Sequence[Sequence[float]],
    phases: Sequence[float] | None = None,
) -> TwoScale:
    """A loss of your own: any smooth landscape plus cosine tones of size eps, in any dimension.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> large = Quadratic(torch.eye(2, dtype=torch.float64))
        >>> two_scale(large, 1e-3, amplitudes=[1.0, 2.0], frequencies=[[1.0, 0.0], [0.0, 1.0]]).dim
        2

    Args:
        large: the large-scale part, d weights; where it has no ``gradient`` and ``hessian`` of its
            own, both come from automatic differentiation.
        eps: size of the ripple, > 0.
        amplitudes: largest slope of each tone, m numbers, none 0.
        frequencies: of each tone, m rows of d numbers, in units of 1 / eps. Descent runs with any; what
            is predicted of it refuses an integer relation between them, such as 1 : 3.
        phases: of each tone, in radians; None is 0 for all.

    Raises:
        ValueError: shapes do not fit together, or a number is out of its range.

    See also: two_tones and periodic, for one weight.

    Source: kong2020, the multiscale objective.
    """
    angles = [0.0] * len(amplitudes) if phases is None else phases
    tones = Tones(_float64(amplitudes), _float64(frequencies), _float64(angles))
    return TwoScale(_as_large_scale(large), tones, eps)


def two_tones(
    eps: float,
    *,
    amplitudes: tuple[float, float] = (1.0, 1.0),
    ratio: float = math.sqrt(2),
    curvature: float = 1.0,
) -> TwoScale:
    """The parabola curvature * x^2 / 2 with two tones of frequencies 1 and ratio: a ripple without a period.

    Example:
        >>> f = two_tones(0.1, amplitudes=(1.0, 2.0))
        >>> f.small.amplitudes.tolist()
        [1.0, 2.0]

    Args:
        eps: size of the ripple, > 0.
        amplitudes: largest slope of each tone, not 0.
        ratio: irrational, so that the tones' phases are independent; > 0. Told from p / q with p + q <= 16,
            to within eps or 1e-3; beyond that the law of one slope is within 0.01 of the independent one.
        curvature: of the large-scale part, > 0.

    Raises:
        ValueError: a number is out of its range, or the ratio one of small whole numbers.

    Source: kong2020, the quasi-periodic small scale; our choice of numbers.
    """
    if not 0 < ratio < math.inf or ratio == 1:
        raise ValueError(f"ratio must be positive and not 1, got {ratio}; try the square root of 2")
    relation = integer_relation(np.array([[1.0], [ratio]]), tolerance=min(positive("eps", eps), 1e-3))
    if relation is not None:
        raise ValueError(
            f"ratio must be irrational, got {ratio}, {relation[0]} over {-relation[1]}: the phases are not "
            "independent; try the square root of 2, or two_scale to descend on it without predictions"
        )
    return two_scale(_parabola(curvature), eps, amplitudes=amplitudes, frequencies=[[1.0], [ratio]])


def random_tones(
    eps: float, generator: torch.Generator, *, tones: int = 20, curvature: float = 1.0
) -> TwoScale:
    """The parabola with many tones of random frequency and phase, drawn once: nearly Gaussian slopes.

    Each tone has amplitude sqrt(2 / tones), so that the slope's variance is 1 for any number of them.

    Example:
        >>> from lrtheory import generator
        >>> random_tones(1e-3, generator(0, "tones"), tones=5).dim
        1

    Args:
        eps: size of the ripple, > 0.
        generator: source of the frequencies, uniform in [1, 2], and of the phases.
        tones: number of tones, >= 1.
        curvature: of the large-scale part, > 0.

    Raises:
        ValueError: a number is out of its range.

    Source: our example of kong2020's condition that no periodicity is needed.
    """
    whole("tones", tones, least=1)
    low, high = _RANDOM_FREQUENCIES
    frequencies = low + (high - low) * torch.rand((tones, 1), generator=generator, dtype=torch.float64)
    phases = 2 * math.pi * torch.rand(tones, generator=generator, dtype=torch.float64)
    amplitudes = torch.full((tones,), math.sqrt(2 / tones), dtype=torch.float64)
    return TwoScale(_parabola(curvature), Tones(amplitudes, frequencies, phases), eps)


def aperiodic(eps: float, *, curvature: float = 1.0, amplitude: float = 1.0) -> TwoScale:
    """The parabola with a ripple whose waves shorten away from 0: slope -amplitude sin((x + x^3/3) / eps).

    Example:
        >>> f = aperiodic(0.1, amplitude=0.5)
        >>> f.dim, f.eps
        (1, 0.1)

    Args:
        eps: size of the ripple, > 0.
        curvature: of the large-scale part, > 0.
        amplitude: largest slope of the ripple, not 0.

    See also: periodic, whose ripple repeats itself.

    Source: kong2020, the non-periodic small scale; our choice of ripple.
    """
    return TwoScale(_parabola(curvature), QuickeningTone(amplitude), eps)


def multiplicative(
    eps: float, *, curvature: float = 1.0, amplitude: float = 1.0, growth: float = 0.8
) -> TwoScale:
    """The parabola with a ripple that grows along the line: slope -amplitude (1 + growth x) sin(x / eps).

    Example:
        >>> multiplicative(1e-3).dim
        1

    Args:
        eps: size of the ripple, > 0.
        curvature: of the large-scale part, > 0.
        amplitude: largest slope of the ripple at x = 0, not 0.
        growth: of the slope, per unit of x.

    Source: our example of state-dependent noise, outside kong2020's conditions.
    """
    return TwoScale(_parabola(curvature), SwellingTone(amplitude, growth), eps)


def wavy_parabola(eps: float, *, amplitude: float = 1.0) -> TwoScale:
    """The convex loss x^2/2 + 0.5 cos x + 0.1 sin 2x + eps * amplitude * cos(x / eps).

    Example:
        >>> wavy_parabola(0.1).dim
        1

    Args:
        eps: size of the ripple, > 0.
        amplitude: largest slope of the ripple, not 0.

    Source: our strongly convex example, in the style of kong2020.
    """
    return two_scale(WavyParabola(), eps, amplitudes=[amplitude], frequencies=[[1.0]])


def matyas(eps: float, *, amplitudes: tuple[float, float] = (1.0, 1.0)) -> TwoScale:
    """The Matyas function 0.26 (x^2 + y^2) - 0.48 x y with one tone along each axis.

    Example:
        >>> f = matyas(1e-3)
        >>> [round(float(each), 2) for each in torch.linalg.eigvalsh(f.large.matrix)]
        [0.04, 1.0]

    Args:
        eps: size of the ripple, > 0.
        amplitudes: largest slope of the tone along x and along y, not 0; unequal ones make the noise
            anisotropic.

    Source: kong2020, the example in two dimensions; our choice of tones.
    """
    frequencies = [[1.0, 0.0], [0.0, 1.0]]
    return two_scale(Quadratic(_float64(MATYAS)), eps, amplitudes=amplitudes, frequencies=frequencies)


def coupled_wells(eps: float, *, amplitude: float = 2.0) -> TwoScale:
    """The nonconvex loss in two weights of `CoupledWells` with one tone along each axis.

    Example:
        >>> f = coupled_wells(1e-3, amplitude=3.0)
        >>> f.dim, f.eps
        (2, 0.001)

    Args:
        eps: size of the ripple, > 0.
        amplitude: largest slope of each tone, not 0.

    Source: our nonconvex example in two dimensions, in the style of kong2020.
    """
    frequencies = [[1.0, 0.0], [0.0, 1.0]]
    return two_scale(CoupledWells(), eps, amplitudes=[amplitude] * 2, frequencies=frequencies)


def _parabola(curvature: float) -> Quadratic:
    return Quadratic(_float64([[positive("curvature", curvature)]]))


def _as_large_scale(large: Landscape) -> LargeScale:
    complete = hasattr(large, "gradient") and hasattr(large, "hessian")
    return large if complete else Differentiated(large)  # type: ignore[return-value]


def _float64(numbers: object) -> Tensor:
    return torch.as_tensor(numbers, dtype=torch.float64)
