"""An ensemble laid out in lanes for the compiled maps: units, padding, threads, checks for divergence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from lrtheory.chaos.kernels.phases import PhaseMap

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from lrtheory.law import Floats

T = TypeVar("T")

# Turns beyond which a float64 holds a phase to less than 4e-5 turns. At 2^38 exponents are right to 1e-3; at
# 2^43 they were off by .15, beyond 2^53, where every phase is whole, by all of ln(K / 2).
_MOST_TURNS = 2.0**38


@dataclass(frozen=True)
class Lanes:
    """Members of an ensemble side by side; the arrays are advanced in place.

    Attributes:
        phases: the map they run on.
        state: positions in turns, shape (d, padded).
        rate: learning rate of each, shape (padded,); padding repeats the last member.
        members: number of lanes that count, <= padded, a multiple of the block.
        shape: shape (*E, d) of the positions outside.
    """

    phases: PhaseMap
    state: Floats
    rate: Floats
    members: int
    shape: tuple[int, ...]

    @property
    def loops(self) -> ModuleType:
        """The compiled loops; the first use imports numba and loads or compiles them."""
        if self.phases.dim == 1:
            from lrtheory.chaos.kernels import line

            return line
        from lrtheory.chaos.kernels import plane

        return plane

    @property
    def positions(self) -> Floats:
        """Positions of the members, shape (*E, d)."""
        turns = self.state[:, : self.members].T
        return ((turns - self.phases.offset) / self.phases.scale).reshape(self.shape)

    def each_part(self, threads: int, run: Callable[[slice], T]) -> list[T]:
        """Run a function on consecutive parts of the lanes, a thread each; results in their order."""
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads must be an integer of at least 1, got {threads!r}")
        block = _block()
        blocks = self.rate.size // block
        edges = [block * (blocks * k // threads) for k in range(threads + 1)]
        parts = [slice(a, b) for a, b in pairwise(edges) if a < b]
        if len(parts) == 1:
            return [run(parts[0])]
        with ThreadPoolExecutor(len(parts)) as pool:
            return list(pool.map(run, parts))

    def advance(self, steps: int, threads: int) -> None:
        """Take the first steps, and check that all members are finite."""
        move = self.loops.positions

        def run(part: slice) -> None:
            move(*self.state[:, part], self.rate[part], *self.phases.numbers, steps)

        self.each_part(threads, run)
        self.check(0, steps)

    def check(self, begin: int, end: int) -> None:
        """Raise if a member became infinite or NaN between two steps."""
        lost = ~np.isfinite(self.state[:, : self.members]).all(axis=0)
        if lost.any():
            rates = self.rate[: self.members][lost]
            raise FloatingPointError(
                f"{lost.sum()} of {self.members} members diverged between steps {begin} and {end}, the "
                f"smallest lr among them is {rates.min():.6g}; a stable rate lies below 2 / (curvature of f0)"
            )
        _check_phases(self.phases, float(np.abs(self.state[:, : self.members]).max()), "positions reach")


def lanes(phases: PhaseMap, lr: ArrayLike, start: ArrayLike) -> Lanes:
    """Lay an ensemble out.

    Args:
        phases: the map.
        lr: learning rate > 0: a number or an array that broadcasts to shape (*E,).
        start: positions, shape (*E, d), float64.

    Raises:
        ValueError: start is not float64, finite and of that shape, lr is not positive and finite, or phases
            are not resolved: eps is too small for a float64 to hold the start or one step in turns.
    """
    at, rates = checked_start(phases, start), checked_rates(lr)
    if not _broadcasts(rates.shape, at.shape[:-1]):
        raise ValueError(f"lr of shape {rates.shape} must broadcast to the ensemble's shape {at.shape[:-1]}")
    points = at.reshape(-1, phases.dim)
    _check_phases(phases, phases.largest_slope * float(rates.max()), "one step moves up to")
    _check_phases(phases, float(np.abs(points).max()) * abs(phases.scale), "the start lies at up to")
    index = np.minimum(np.arange(-(-len(points) // _block()) * _block()), len(points) - 1)
    state = np.ascontiguousarray((points[index] * phases.scale + phases.offset).T)
    return Lanes(phases, state, np.broadcast_to(rates, at.shape[:-1]).ravel()[index], len(points), at.shape)


def _check_phases(phases: PhaseMap, turns: float, what: str) -> None:
    turns *= max(1.0, phases.quickest)
    if turns > _MOST_TURNS:
        raise ValueError(
            f"phases must be resolved, but {what} {turns:.3g} turns of the ripple, of which a float64 keeps "
            f"digits below {_MOST_TURNS:.2g} alone: raise eps, or use descend and its measures, which keep "
            "positions in units of their own"
        )


def checked_start(phases: PhaseMap, start: ArrayLike) -> Floats:
    """Starting points as an array; raises ValueError unless float64, finite and of shape (*E, d)."""
    at = np.asarray(start)
    if at.dtype != np.float64:
        raise ValueError(f"start must be float64, got {at.dtype}: chaotic orbits in fewer digits close up")
    if at.ndim == 0 or at.shape[-1] != phases.dim or not at.size or not np.isfinite(at).all():
        raise ValueError(f"start must be finite numbers of shape (*E, {phases.dim}), got shape {at.shape}")
    return at


def checked_rates(lr: ArrayLike) -> Floats:
    """Learning rates as an array; raises ValueError unless all are positive and finite."""
    if np.asarray(lr).dtype == bool:
        raise ValueError(f"lr must be numbers, positive and finite, got {lr!r}")
    rates = np.asarray(lr, dtype=np.float64)
    bad = rates[~((rates > 0) & np.isfinite(rates))]
    if bad.size:
        raise ValueError(f"lr must be positive and finite, got {bad[0]}")
    return rates


def checked_steps(name: str, count: int, *, least: int = 0) -> int:
    """A number of steps; raises ValueError unless it is an integer of at least `least`."""
    if isinstance(count, bool) or not isinstance(count, int) or count < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {count!r}")
    return count


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    behind = to[len(to) - len(shape) :]
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(shape, behind, strict=True))


def _block() -> int:
    from lrtheory.chaos.kernels.line import LANES

    return LANES
