"""What a sweep gave: its points one by one, or one array of all of them, read file by file; runs nothing."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrtheory.results import Store
from lrtheory.sweeps.environment import changes_since
from lrtheory.sweeps.folder import DONE, FAILED, MISSING, State, state_of, stored_points
from lrtheory.sweeps.grid import points_text
from lrtheory.sweeps.header import Header, read_header
from lrtheory.sweeps.packs import Array

FOLDER = "sweeps"  # in a store


@dataclass(frozen=True)
class Point:
    """One point that has been made.

    Attributes:
        index: its number; the last name of the grid changes fastest.
        parameters: all that it ran with.
        arrays: what it gave, None if it failed.
        message: why it failed, empty otherwise.
        seconds: how long it took.
    """

    index: int
    parameters: Mapping[str, object]
    arrays: Mapping[str, Array] | None
    message: str
    seconds: float


@dataclass(frozen=True)
class Sweep:
    """An experiment over a grid, as far as it is stored.

    Attributes:
        folder: where it is stored.
        header: its plan, and the code and versions of its points.
        state: of each point when the folder was read.
        changes: what has changed in the code or the versions since; empty for a fresh one.
    """

    folder: Path
    header: Header
    state: State = field(repr=False)
    changes: tuple[str, ...] = ()

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return self.header.plan.experiment

    @property
    def grid(self) -> dict[str, tuple[object, ...]]:
        """Values of each parameter that changes, in the order of the axes."""
        grid = self.header.plan.grid
        return dict(zip(grid.names, grid.values, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter that changes."""
        return self.header.plan.grid.shape

    @property
    def size(self) -> int:
        """Number of points."""
        return self.header.plan.grid.size

    @property
    def done(self) -> int:
        """Number of points that are stored and did not fail."""
        return int(np.count_nonzero(self.state.status == DONE))

    @property
    def failed(self) -> dict[int, str]:
        """Numbers of the points that failed, and why; ``retry=True`` makes them again."""
        return dict(sorted(self.state.messages.items()))

    @property
    def missing(self) -> int:
        """Number of points that have not been made."""
        return int(np.count_nonzero(self.state.status == MISSING))

    @property
    def damaged(self) -> dict[str, str]:
        """Names of the files that could not be trusted when the folder was read, and why."""
        return {path.name: reason for path, reason in self.state.damaged.items()}

    @property
    def stale(self) -> bool:
        """Whether the code or the versions have changed since."""
        return bool(self.changes)

    @property
    def seconds(self) -> Array:
        """Seconds that each point took, of the shape of the grid; 0 where there is none."""
        return self.state.seconds.reshape(self.shape).copy()

    def parameters(self, index: int) -> dict[str, object]:
        """All parameters of a point.

        Raises:
            ValueError: no such point.
        """
        if not 0 <= index < self.size:
            raise ValueError(f"index must be from 0 to {self.size - 1}, got {index}")
        return self.header.plan.parameters(index)

    def points(self) -> Iterator[Point]:
        """Points that are stored, in order, failed ones too; at most a thousand are in memory at a time.

        Raises:
            CorruptResult: a file that cannot be trusted; names it. The next call of the sweep makes its
                points again.
        """
        digest = self.header.environment.digest
        for each in stored_points(self.folder, self.size, digest, self.state.small):
            yield Point(each.index, self.parameters(each.index), each.arrays, each.message, each.seconds)

    def __getitem__(self, name: str) -> Array:
        """One array of all points, shape (*grid, *shape of one).

        Raises:
            ValueError: points are missing or failed, or gave arrays of different shapes or types.
            KeyError: no such array; the message lists the names.
            CorruptResult: a file that cannot be trusted.
        """
        lacking = self.size - self.done
        if lacking:
            raise ValueError(
                f"{lacking} of {self.size} points of {self.experiment} are not there, {len(self.failed)} of "
                f"these failed: call sweep again, with retry=True for failed ones, or take masked({name!r})"
            )
        return np.asarray(self.masked(name).data)

    def masked(self, name: str) -> np.ma.MaskedArray:
        """The same with what is missing or failed masked, also where nothing is.

        Raises:
            ValueError: points gave arrays of different shapes or types; or there is none.
            KeyError: no such array; the message lists the names.
            CorruptResult: a file that cannot be trusted.
        """
        whole: Array | None = None
        lacking = np.ones(self.size, dtype=bool)
        for point in self.points():
            if point.arrays is None:
                continue
            if name not in point.arrays:
                place, known = f"{self.experiment} at point {point.index}", ", ".join(point.arrays)
                raise KeyError(f"{place} gave no array {name!r}; it has {known}")
            array = point.arrays[name]
            if whole is None:
                whole = np.zeros((self.size, *array.shape), dtype=array.dtype)
            if (array.shape, array.dtype) != (whole.shape[1:], whole.dtype):
                raise ValueError(
                    f"{name!r} is {whole.dtype} {whole.shape[1:]} at the first point and {array.dtype} "
                    f"{array.shape} at point {point.index}: take them one by one, from points()"
                )
            whole[point.index], lacking[point.index] = array, False
        if whole is None:
            raise ValueError(f"no point of {self.experiment} is there yet; run the sweep")
        mask = np.broadcast_to(lacking.reshape(-1, *[1] * (whole.ndim - 1)), whole.shape)
        shape = (*self.shape, *whole.shape[1:])
        return np.ma.MaskedArray(whole.reshape(shape), mask.reshape(shape))

    def caption(self) -> str:
        """One sentence for a figure: the grid, how many points there are, the date, and its state."""
        axes = " x ".join(f"{len(values)} {name}" for name, values in self.grid.items())
        part = f"{self.done} of " if self.done < self.size else ""
        counts = f"{part}{points_text(self.size)}"
        state = f"STALE: {', '.join(self.changes[:3])}" if self.changes else "fresh: the code is as it was"
        fixed = self.header.plan.fixed.get("device", "cpu")
        return (
            f"Sweep of {self.experiment} over {axes}, {counts}, {len(self.failed)} failed, on {fixed}, "
            f"begun on {self.header.date[:10]}; {state}."
        )

    def __repr__(self) -> str:
        return f"<{self.caption()[:-1]}>"

    def _repr_html_(self) -> str:
        """The caption, as a page shows it below a figure."""
        return f'<p class="provenance">{html.escape(self.caption())}</p>'


def read_sweep(folder: Path, header: Header, changes: tuple[str, ...] = ()) -> Sweep:
    """A sweep as its folder holds it now."""
    state = state_of(folder, header.plan.grid.size, header.environment.digest)
    return Sweep(folder, header, state, changes)


def to_make(found: Sweep, retry: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Numbers of the points that the next call makes, in order."""
    status = found.state.status
    return np.flatnonzero((status == MISSING) | ((status == FAILED) & retry))


def stored_sweeps(store: Store | str | Path | None = None, experiment: str | None = None) -> list[Sweep]:
    """Sweeps of a store, by name; every file is read and held against its digests.

    Example:
        >>> import tempfile
        >>> stored_sweeps(tempfile.mkdtemp())
        []

    Args:
        store: the store or its folder; by default the one that `Store` finds.
        experiment: only sweeps of this one.

    Raises:
        SweepRefused: a folder of another program, or of a newer version.
    """
    root = store.root if isinstance(store, Store) else Store(store).root
    found = []
    for folder in sorted((root / FOLDER).glob("*-*")):
        header = read_header(folder)
        if header is not None and experiment in (None, header.plan.experiment):
            plan, then = header.plan, header.environment
            found.append(read_sweep(folder, header, changes_since(then, plan.experiment, plan.module)))
    return found
