"""What an experiment's small setting gives: kept in a record, compared when the code has changed."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrtheory.results.provenance import installed

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

MOST_BYTES = 20_000  # of all arrays of a fingerprint
SAME = 1e-9  # relative to the largest number of an array: what code that does the same may differ by
_ROUNDS = ("numpy", "torch", "numba")  # packages whose versions round differently
_SUMMARY = 2  # a thinned array ends with its mean and its root mean square


@dataclass(frozen=True)
class Members:
    """An array whose entries along an axis are independent draws of one law, as those of a chaotic orbit are.

    On another processor such an orbit is another orbit, and only the mean over the members is compared.

    Attributes:
        axis: the axis of the members.
        sigmas: how many standard errors of the difference of two means are allowed.
    """

    axis: int
    sigmas: float = 6.0


Tolerance = float | Members


@dataclass(frozen=True)
class Fingerprint:
    """Numbers of a small setting.

    Attributes:
        parameters: all parameters of the small setting.
        setting: processor and versions that it ran on, which decide how sums are rounded.
        shapes: array name to its shape before thinning.
        arrays: the arrays; the larger ones thinned, so that all together take at most 20 kB.
        means: for an array of `Members`: mean and standard error over them, stacked.
    """

    parameters: Mapping[str, object]
    setting: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    arrays: Mapping[str, Array]
    means: Mapping[str, Array]


@dataclass(frozen=True)
class Agreement:
    """How two fingerprints compare.

    Attributes:
        strict: whether number was held against number, as on one processor with one set of versions.
        worst: the array that differs most, measured by what is allowed; empty when all are equal.
        difference: its difference: relative to its largest number, or in standard errors.
        allowed: what is allowed.
        failing: arrays that differ by more than is allowed, the worst first.
    """

    strict: bool
    worst: str
    difference: float
    allowed: float
    failing: tuple[str, ...]

    def reason(self) -> str:
        """The difference in words."""
        others = len(self.failing) - 1
        more = f", and {others} more array{'s' if others > 1 else ''}" if others > 0 else ""
        if math.isinf(self.difference):
            return f"{self.worst} has another shape, type or other missing values{more}"
        return f"{self.worst} differs by {self.difference:.2g} ({self.allowed:.2g} allowed){more}"


def fingerprint(
    arrays: Mapping[str, Array], parameters: Mapping[str, object], tolerances: Mapping[str, Tolerance]
) -> Fingerprint:
    """Fingerprint of what a small setting has just given on this machine.

    Raises:
        ValueError: a tolerance for an array that there is not, or an axis that it lacks.
    """
    unknown = sorted(set(tolerances) - set(arrays))
    if unknown:
        raise ValueError(f"elsewhere= names {', '.join(unknown)}, but the arrays are {', '.join(arrays)}")
    means = {name: _mean_and_stderr(arrays, name, how.axis) for name, how in _members(tolerances).items()}
    left = MOST_BYTES - sum(mean.nbytes for mean in means.values())
    if left < 0:
        raise ValueError(
            f"the means over members take more than {MOST_BYTES} bytes; let the small setting keep less"
        )
    shapes = {name: array.shape for name, array in arrays.items()}
    return Fingerprint(parameters, setting(), shapes, _thinned(arrays, left), means)


def compare(then: Fingerprint, now: Fingerprint, tolerances: Mapping[str, Tolerance]) -> Agreement:
    """Hold a fingerprint of today's code against the one in a record.

    In one setting every number must agree within 1e-9 of the largest of its array. Across processors and
    versions what counts is what the experiment declares: a relative tolerance, infinity for an array that
    is not compared, `Members`; 1e-9 for the arrays that it does not name.
    """
    strict = dict(then.setting) == dict(now.setting)
    amounts: dict[str, tuple[float, float]] = {}
    for name in {**then.shapes, **now.shapes}:
        how = SAME if strict else tolerances.get(name, SAME)
        if then.shapes.get(name) != now.shapes.get(name):
            amounts[name] = (math.inf, SAME)
        elif isinstance(how, Members):
            amounts[name] = (_in_stderrs(then.means.get(name), now.means.get(name)), how.sigmas)
        elif how < math.inf:
            amounts[name] = (_relative(then.arrays[name], now.arrays[name]), how)
    ranked = sorted(amounts, key=lambda name: -amounts[name][0] / amounts[name][1])
    failing = tuple(name for name in ranked if amounts[name][0] > amounts[name][1])
    worst = next((name for name in ranked if amounts[name][0] > 0), "")
    return Agreement(strict, worst, *(amounts[worst] if worst else (0.0, SAME)), failing)


def setting() -> dict[str, str]:
    """What decides the rounding of sums here: kind of processor, and versions of what computes."""
    versions = {package: installed(package).partition("+")[0] for package in _ROUNDS}
    return {"processor": _processor(), **versions}


def _processor() -> str:
    """Instruction sets that the compiled parts choose here; no name of a machine."""
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    parts = [platform.machine()]
    try:
        import torch
        from llvmlite.binding import get_host_cpu_name  # type: ignore[import-untyped]

        parts += [torch.backends.cpu.get_cpu_capability(), get_host_cpu_name()]
    except ImportError:  # an experiment need not use them
        pass
    pools = {str(pool.get("architecture", "")) for pool in threadpool_info()} - {""}
    return " ".join([*parts, *sorted(pools)])


def _members(tolerances: Mapping[str, Tolerance]) -> dict[str, Members]:
    return {name: how for name, how in tolerances.items() if isinstance(how, Members)}


def _mean_and_stderr(arrays: Mapping[str, Array], name: str, axis: int) -> Array:
    import numpy as np

    values = np.asarray(arrays[name], dtype=np.float64)
    shape = values.shape
    if not -len(shape) <= axis < len(shape) or shape[axis] < 2:
        raise ValueError(f"Members({axis}) of {name!r} needs two entries or more along it, got shape {shape}")
    return np.stack([values.mean(axis), values.std(axis, ddof=1) / math.sqrt(shape[axis])])


def _thinned(arrays: Mapping[str, Array], budget: int) -> dict[str, Array]:
    """The arrays, the larger ones cut to as many evenly spaced numbers as the budget of bytes allows."""
    most = max((array.size for array in arrays.values()), default=0)
    while sum(_thin(array, most).nbytes for array in arrays.values()) > budget and most > 1:
        most = most * 3 // 4
    return {name: _thin(array, most) for name, array in arrays.items()}


def _thin(array: Array, most: int) -> Array:
    import numpy as np

    if array.size <= most + _SUMMARY:
        return array
    kept: Array = array.ravel()[np.linspace(0, array.size - 1, most).astype(int)]
    if array.dtype.kind not in "fciub":
        return kept
    finite = array[np.isfinite(array)].astype(np.result_type(array.dtype, np.float64))
    summary = [finite.mean(), np.sqrt((np.abs(finite) ** 2).mean())] if finite.size else [0.0, 0.0]
    return np.concatenate([kept, summary])


def _relative(then: Array, now: Array) -> float:
    """Largest difference of two arrays in units of the largest number; infinite where they do not compare."""
    import numpy as np

    if then.shape != now.shape or then.dtype.kind != now.dtype.kind:
        return math.inf
    if then.dtype.kind not in "fciub":
        return 0.0 if np.array_equal(then, now) else math.inf
    then, now = np.atleast_1d(then), np.atleast_1d(now)
    finite = np.isfinite(then)
    if not np.array_equal(finite, np.isfinite(now)):
        return math.inf
    if not np.array_equal(then[~finite], now[~finite], equal_nan=then.dtype.kind in "fc"):
        return math.inf
    wide = np.result_type(then.dtype, np.float64)
    old, new = then[finite].astype(wide), now[finite].astype(wide)
    off, scale = np.abs(new - old).max(initial=0.0), np.abs(old).max(initial=0.0)
    return float(off / scale) if scale > 0 else (math.inf if off > 0 else 0.0)


def _in_stderrs(then: Array | None, now: Array | None) -> float:
    """Largest difference of two means in standard errors of the difference; rounding is forgiven."""
    import numpy as np

    if then is None or now is None or then.shape != now.shape:
        return math.inf
    missing = np.isnan(then[0])
    if not np.array_equal(missing, np.isnan(now[0])):
        return math.inf
    off, error = np.abs(now[0] - then[0]), np.hypot(now[1], then[1])
    off, error, scale = off[~missing], error[~missing], np.abs(then[0][~missing])
    off = np.where(off <= SAME * scale.max(initial=0.0), 0.0, off)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(off > 0, off / error, 0.0)
    return float(ratio.max(initial=0.0))
