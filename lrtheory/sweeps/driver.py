"""The call that runs a sweep: what is stored is kept, what is missing is made, one driver writes."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

import numpy as np

from lrtheory.results import Experiment, Store, progress
from lrtheory.results.files import probe
from lrtheory.source.catalog import load_experiment
from lrtheory.sweeps.engines import Elsewhere, Engine, Here
from lrtheory.sweeps.environment import Environment, environment_of
from lrtheory.sweeps.folder import clear, remove_drafts, set_aside
from lrtheory.sweeps.header import NAME, Header, read_header, write_header
from lrtheory.sweeps.keeper import Keeper
from lrtheory.sweeps.lock import only_driver
from lrtheory.sweeps.plan import Plan, planned
from lrtheory.sweeps.reading import FOLDER, Sweep, read_sweep, to_make
from lrtheory.sweeps.trouble import Lost, SweepRefused, SweepStopped
from lrtheory.sweeps.worker import Task


def sweep(
    experiment: Experiment, grid: Mapping[str, Iterable[object]], executor: object | None = None, *,
    store: Store | str | Path | None = None, seed: int | None = None,
    fixed: Mapping[str, object] | None = None, retry: bool = False, again: bool = False,
    window: int | None = None,
) -> Sweep:
    """Run an experiment at every point of a grid and store each point as it finishes.

    The same call goes on where it was broken off, and once all points are there only reads them. A point that
    raises is recorded with its message, and the others go on. The executor decides where points run; what
    comes back is the same to the last bit, whoever ran it, on processors and versions alike.

    Example:
        >>> import tempfile
        >>> from lrtheory.chaos.experiments.laws import invariant_law
        >>> grid = {"lr": [0.1, 0.5], "eps": [0.1, 0.01, 0.001]}
        >>> small = {"members": 8, "burn": 5, "keep": 5}
        >>> found = sweep(invariant_law, grid, fixed=small, seed=0, store=tempfile.mkdtemp())
        >>> found.shape, found.done, found.failed
        ((2, 3), 6, {})

    Cost: about a millisecond a point beside the point itself; memory for a thousand points.

    Args:
        experiment: marked with `experiment`, in a file that the workers can import.
        grid: names of parameters and the values of each; the last one changes fastest.
        executor: any of ``concurrent.futures``, ``dask.distributed``, ``loky`` or ``submitit``; this process
            by default. It is not shut down.
        store: the store or its folder; by default the one that `Store` finds.
        seed: gives every point a seed of its own, from this one and the point's values.
        fixed: other parameters, ``device`` and ``dtype`` among them.
        retry: make points again that failed.
        again: throw away what is stored of this very sweep, and make all of it.
        window: most points under way at a time; by default four a worker, or 64.

    Raises:
        ValueError: a bad grid, seed or parameter; nothing was run. `SweepRefused`, one of these: the folder
            holds points of other code, another process is at work in it, or it is another program's.
        SweepStopped: workers, scheduler or disk failed, or a worker has other code or versions; what is
            stored is whole, and the same call goes on.
        OSError: the store cannot be written; nothing was run.
    """
    _require_executor(executor, window)
    plan = planned(experiment, grid, fixed, seed)
    _require_importable(experiment)
    environment = environment_of(experiment)
    root = store.root if isinstance(store, Store) else Store(store).root
    folder = root / FOLDER / plan.stem
    found = None if again else _complete(folder, environment, retry)
    if found is not None:
        return found
    probe(root)
    folder.mkdir(parents=True, exist_ok=True)
    with only_driver(folder):
        if again:
            clear(folder)
        found = _opened(folder, plan, environment)
        _make(found, environment, to_make(found, retry), executor, window)
    return found


def _complete(folder: Path, environment: Environment, retry: bool) -> Sweep | None:
    """A sweep that needs nothing, read without a lock and without writing."""
    header = read_header(folder)
    if header is None:
        return None
    found = read_sweep(folder, header, _changes(header, environment))
    whole = not len(to_make(found, retry)) and not found.damaged and not found.state.small
    return found if whole else None


def _opened(folder: Path, plan: Plan, environment: Environment) -> Sweep:
    """The sweep as it is stored; begun where there is nothing, damaged files set aside."""
    header = read_header(folder) or write_header(folder, plan, environment)
    remove_drafts(folder)
    found = read_sweep(folder, header, _changes(header, environment))
    if found.state.foreign:
        raise SweepRefused(
            f"{len(found.state.foreign)} files of {folder} were made by other code than its {NAME} names; "
            "name another store, or make all points anew with again=True (--again)"
        )
    if found.damaged:
        name, reason = next(iter(found.damaged.items()))
        more = f", and {len(found.damaged) - 1} more files" if len(found.damaged) > 1 else ""
        warnings.warn(f"{name} is set aside in {folder / 'damaged'}: {reason}{more}", stacklevel=4)
        set_aside(found.state)
    return found


def _changes(header: Header, environment: Environment) -> tuple[str, ...]:
    return header.environment.differences(environment, "then", "now")


def _stale(before: Sweep, ahead: int) -> SweepRefused:
    more = f" and {len(before.changes) - 2} more changes" if len(before.changes) > 2 else ""
    return SweepRefused(
        f"the sweep in {before.folder} is stale: {'; '.join(before.changes[:2])}{more}. {ahead} of "
        f"{before.size} points are to be made, and would be mixed with points of other code: name another "
        "store, or make all points anew with again=True (--again)"
    )


def _require_executor(executor: object | None, window: int | None) -> None:
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    if executor is not None and not hasattr(executor, "submit"):
        raise ValueError(f"executor must have submit, as ProcessPoolExecutor() has, got {executor!r:.60}")


def _require_importable(experiment: Experiment) -> None:
    """Refuse what workers, which import by name, would not find as it is here."""
    if experiment.module == "__main__":
        raise ValueError(
            f"experiment must be in a file that workers can import, got {experiment.name} of the notebook or "
            "script that is run itself: move it to a file of its own, and import it from there"
        )
    if load_experiment(experiment.name, experiment.module) != experiment:
        raise ValueError(
            "experiment must be the one that its module defines, since workers import it by name, "
            f"got another {experiment.name}"
        )


def _make(
    before: Sweep, environment: Environment, ahead: np.ndarray[tuple[int], np.dtype[np.int64]],
    executor: object | None, window: int | None,
) -> None:
    """Make points, store them, and enter them into the sweep's state.

    Raises:
        SweepRefused: there are points to make, and they would be mixed with points of other code.
        SweepStopped: workers, scheduler or disk failed.
    """
    if before.stale and len(ahead):
        raise _stale(before, len(ahead))
    plan, digest = before.header.plan, environment.digest
    tasks = (
        (index, Task(plan.experiment, plan.module, plan.parameters(index), digest))
        for index in ahead.tolist()
    )
    engine: Engine = Here(tasks) if executor is None else Elsewhere(executor, tasks, window)
    keeper = Keeper(before.folder, environment, before.state, ahead)
    arriving = _arriving(engine, keeper)
    try:
        with contextlib.closing(arriving):
            for _ in progress(arriving, before.experiment, len(ahead)):
                pass
    except Lost as error:
        stored = f"{before.size - before.missing} of {before.size} points are stored in {before.folder}"
        raise SweepStopped(f"{str(error).rstrip('.')}. {stored}; call again to go on") from error


def _arriving(engine: Engine, keeper: Keeper) -> Generator[None, None, None]:
    """One item a point that finishes; whatever breaks in, what has finished is stored."""
    try:
        keeper.tidy()
        while not engine.idle:
            found = engine.collect(keeper.patience())
            trouble = keeper.take(found)
            if trouble is not None:
                raise trouble
            keeper.store_if_due()
            for _ in found:
                yield
        keeper.store()
    except BaseException:  # Ctrl-C, a lost pool, a full disk
        with contextlib.suppress(Lost):
            keeper.take(engine.stop())
            keeper.store()
        raise
