"""The folder of a sweep: points as they finish, a thousand of them to a file in the end; reads and writes.

A point that finishes goes to ``points/``, alone or with others that finish within the same tenth of a second.
When every point of a block is there, the block goes to ``shards/`` and the small files are removed: between
the two a kill leaves points twice, and readers take either. Only the driver writes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrtheory.results import CorruptResult
from lrtheory.results.files import replace
from lrtheory.sweeps.header import NAME
from lrtheory.sweeps.packs import Array, Outcome, packed, unpacked

BLOCK = 1000  # points of a shard
_LARGEST = 512_000_000  # bytes of small files that are still read at once to make a shard of them
_READINGS = 20  # of a block that a driver is moving meanwhile
POINTS, SHARDS, DAMAGED = "points", "shards", "damaged"
MISSING, DONE, FAILED = 0, 1, 2


@dataclass
class State:
    """What a folder holds.

    Attributes:
        status: of each point, shape (size,): missing, done or failed.
        seconds: that each took, shape (size,); 0 where missing.
        messages: why points failed, by their numbers.
        small: files of ``points/`` and the numbers of their points that are in no shard yet.
        damaged: files that cannot be trusted, and why.
        foreign: files whose points were made by code that the header does not name.
    """

    status: Array
    seconds: Array
    messages: dict[int, str] = field(default_factory=dict)
    small: dict[Path, tuple[int, ...]] = field(default_factory=dict)
    damaged: dict[Path, str] = field(default_factory=dict)
    foreign: list[Path] = field(default_factory=list)


def state_of(folder: Path, size: int, environment: str) -> State:
    """Read a folder whole, file by file, and hold every file against its digests.

    Args:
        folder: of the sweep.
        size: number of points.
        environment: digest that the header names.
    """
    state = State(np.zeros(size, dtype=np.uint8), np.zeros(size))
    for path in [*_files(folder / SHARDS), *_files(folder / POINTS)]:
        try:
            outcomes, made_with = unpacked(path, folder.name)
        except FileNotFoundError:
            continue
        except CorruptResult as error:
            state.damaged[path] = str(error)
            continue
        if made_with != environment:
            state.foreign.append(path)
            continue
        if path.parent.name == POINTS:
            state.small[path] = tuple(each.index for each in outcomes)
        for each in outcomes:
            note(state, each)
    return state


def note(state: State, outcome: Outcome) -> None:
    """Enter a point into the state of its folder, unless a success of it is there."""
    if outcome.arrays is not None:
        state.messages.pop(outcome.index, None)
    elif state.status[outcome.index] == DONE:
        return
    else:
        state.messages[outcome.index] = outcome.message
    state.status[outcome.index] = DONE if outcome.arrays is not None else FAILED
    state.seconds[outcome.index] = outcome.seconds


def write_points(folder: Path, outcomes: Sequence[Outcome], environment: str, state: State) -> None:
    """Store points that have finished, complete or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    first = min(each.index for each in outcomes)
    path = folder / POINTS / f"{first:08d}-{secrets.token_hex(4)}.npz"
    path.parent.mkdir(exist_ok=True)
    replace(path, packed(outcomes, folder.name, environment))
    state.small[path] = tuple(each.index for each in outcomes)
    for each in outcomes:
        note(state, each)


def consolidate(folder: Path, block: int, environment: str, state: State) -> None:
    """Put the points of a block into one file, and remove the small files that hold no others.

    Args:
        folder: of the sweep.
        block: number of the block, whose points are all there.
        environment: digest that the header names.
        state: of the folder.

    Raises:
        OSError: the folder cannot be written.
    """
    first, last = block * BLOCK, min((block + 1) * BLOCK, len(state.status)) - 1
    small = [path for path, numbers in state.small.items() if any(n // BLOCK == block for n in numbers)]
    if not small or sum(path.stat().st_size for path in small) > _LARGEST:
        return
    shard = folder / SHARDS / f"{first:08d}-{last:08d}.npz"
    paths = [*([shard] if shard.exists() else []), *small]
    outcomes = _merged((unpacked(path, folder.name)[0] for path in paths), first, last)
    shard.parent.mkdir(exist_ok=True)
    replace(shard, packed(list(outcomes.values()), folder.name, environment))
    for path in small:
        state.small[path] = tuple(n for n in state.small[path] if n // BLOCK != block)
        if not state.small[path]:
            path.unlink(missing_ok=True)
            del state.small[path]


def stored_points(
    folder: Path, size: int, environment: str, small: Mapping[Path, Sequence[int]]
) -> Iterator[Outcome]:
    """Points that are stored, in order, with at most a block of them in memory.

    Args:
        folder: of the sweep.
        size: number of points.
        environment: digest that the header names.
        small: files of ``points/`` whose numbers are known; others are opened to see.

    Raises:
        CorruptResult: a file that cannot be trusted.
    """
    for block in range(-(-size // BLOCK)):
        yield from _by_themselves(_block(folder, block, environment, small))


def set_aside(state: State) -> None:
    """Move damaged files away, so that their points count as missing and are made again."""
    for path in state.damaged:
        aside = path.parent.parent / DAMAGED
        with contextlib.suppress(FileNotFoundError):
            aside.mkdir(exist_ok=True)
            os.replace(path, aside / path.name)


def remove_drafts(folder: Path) -> None:
    """Remove what a killed driver was writing; only for whoever has the folder to itself."""
    for draft in (each for part in (POINTS, SHARDS) for each in (folder / part).glob(".*.tmp")):
        draft.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove all that a sweep has stored; the header goes first, so that no half is taken for a whole."""
    (folder / NAME).unlink(missing_ok=True)
    for part in (POINTS, SHARDS, DAMAGED):
        shutil.rmtree(folder / part, ignore_errors=True)


def _by_themselves(found: Mapping[int, Outcome]) -> Iterator[Outcome]:
    """Points in order, with arrays of their own: a view would keep its whole block in memory."""
    for index in sorted(found):
        held = found[index].arrays
        arrays = None if held is None else {name: array.copy() for name, array in held.items()}
        yield dataclasses.replace(found[index], arrays=arrays)


def _block(
    folder: Path, block: int, environment: str, small: Mapping[Path, Sequence[int]]
) -> dict[int, Outcome]:
    """Points of a block; looked for again if a driver moves them meanwhile."""
    first, last = block * BLOCK, (block + 1) * BLOCK - 1
    for _ in range(_READINGS):
        with contextlib.suppress(FileNotFoundError):
            packs = (unpacked(path, folder.name) for path in _near(folder, first, last, small))
            return _merged((held for held, made_with in packs if made_with == environment), first, last)
    raise CorruptResult(f"files of {folder} vanish while they are read; wait until its sweep has ended")


def _near(folder: Path, first: int, last: int, small: Mapping[Path, Sequence[int]]) -> list[Path]:
    """Files that hold points of a block, or may: a new small file is named by its first point only."""
    shards = [path for path in _files(folder / SHARDS) if int(path.name[:8]) == first]
    for path in _files(folder / POINTS):
        numbers = small.get(path, (first,))
        if int(path.name[:8]) <= last and any(first <= number <= last for number in numbers):
            shards.append(path)
    return shards


def _merged(packs: Iterable[Sequence[Outcome]], first: int, last: int) -> dict[int, Outcome]:
    """Points from first to last; a success stands above a failure, a later failure above an earlier one."""
    found: dict[int, Outcome] = {}
    for each in (each for pack in packs for each in pack if first <= each.index <= last):
        if each.arrays is not None or each.index not in found or found[each.index].arrays is None:
            found[each.index] = each
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[0-9]*-*.npz"))
