"""The command status, and what run does with a grid."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrtheory.results import Experiment
    from lrtheory.sweeps import Sweep

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_NOT_WHOLE, _FAILED, _INTERRUPTED = 1, 3, 130
_ENDS = 3  # points that a dry run shows of each end
_SHOWN_FAILURES = 3


def add_options(run: argparse.ArgumentParser) -> None:
    """Add what a grid needs to the command run."""
    run.add_argument(
        "--grid", nargs="+", action="extend", metavar="name=values",
        help="every combination of a:b:logN, a:b:linN, i..j or v1,v2,v3 instead of one run; goes on where an "
             "earlier call stopped",
    )
    run.add_argument("--executor", default="local", metavar="WHERE",
                     help="with --grid: local, threads:N, processes:N or dask://HOST:PORT (default: local)")
    run.add_argument("--window", type=int, metavar="N",
                     help="with --grid: most points under way at a time (default: 4 a worker; 64 with dask://)")
    run.add_argument("--dry-run", action="store_true",
                     help="with --grid: print the points, what is stored and the cost, run nothing")
    run.add_argument("--retry", action="store_true", help="with --grid: make points again that failed")
    run.add_argument("--again", action="store_true", help="with --grid: throw away what is stored of it")


def add_commands(commands: Commands) -> None:
    """Add status to the command line."""
    status = commands.add_parser(
        "status", help="show the sweeps of a store; status 1 if one is stale or not whole",
        epilog="Example: python -m lrtheory status chaos.invariant_law",
    )
    status.add_argument("name", nargs="?", metavar="EXPERIMENT", help="only sweeps of this one")
    status.add_argument("--store", help="folder of stored runs (default: $LRTHEORY_STORE, or book/cache)")
    status.set_defaults(command=_status)


def without_grid(options: argparse.Namespace) -> None:
    """Refuse what goes with a grid only.

    Raises:
        ValueError: such an option.
    """
    given = [name for name in ("dry_run", "retry", "again") if getattr(options, name)]
    if options.executor != "local":
        given.append("executor")
    if options.window is not None:
        given.append("window")
    if given:
        raise ValueError(f"--{given[0].replace('_', '-')} goes with --grid only")


def run_grid(
    experiment: Experiment, small: Mapping[str, object], given: Mapping[str, object],
    options: argparse.Namespace,
) -> int:
    """Run an experiment over a grid.

    Args:
        experiment: what to run.
        small: parameters of the small setting, where it is asked for; the grid and what is given go before.
        given: parameters that are given beside the grid.
        options: of the command run.
    """
    from lrtheory.commands.executors import opened_executor
    from lrtheory.commands.grid_words import grid_from_words
    from lrtheory.sweeps.driver import sweep
    from lrtheory.sweeps.plan import planned
    from lrtheory.sweeps.trouble import SweepStopped

    grid, single = _split(grid_from_words(options.grid))
    both = sorted(set(given) & {*grid, *single})
    if both:
        raise ValueError(f"parameter {both[0]!r} is in the grid and beside it; leave one of them out")
    device = {} if options.device is None else {"device": options.device}
    kept = {name: value for name, value in small.items() if name not in grid}
    fixed, seed = {**kept, **single, **given, **device}, options.seed
    if options.dry_run:
        return _dry_run(experiment, grid, fixed, seed, options)
    planned(experiment, grid, fixed, seed)  # refuses bad points before an executor is waited for
    try:
        with opened_executor(options.executor) as executor:
            found = sweep(
                experiment, grid, executor, store=options.store, seed=seed, fixed=fixed,
                retry=options.retry, again=options.again, window=options.window,
            )
    except SweepStopped as error:
        print(f"lrtheory: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print("lrtheory: stopped; what has finished is stored, and the same command goes on", file=sys.stderr)
        return _INTERRUPTED
    _report(found)
    return _NOT_WHOLE if found.failed else 0


def _split(grid: dict[str, list[object]]) -> tuple[dict[str, list[object]], dict[str, object]]:
    """The axes of a grid, and what has one value: a key=value word that follows the grid, as a rule."""
    axes = {name: values for name, values in grid.items() if len(values) > 1} or grid
    return axes, {name: values[0] for name, values in grid.items() if name not in axes}


def _report(found: Sweep) -> None:
    print(found.caption())
    print(f"  in {found.folder}")
    failures = list(found.failed.items())
    for index, message in failures[:_SHOWN_FAILURES]:
        point = found.header.plan.grid.point(index)
        print(f"  failed: {_words(point)}: {message}")
    if len(failures) > _SHOWN_FAILURES:
        print(f"  and {len(failures) - _SHOWN_FAILURES} more; --retry makes them again")
    for name, reason in found.damaged.items():
        print(f"  damaged: {name}: {reason}")


def _dry_run(
    experiment: Experiment, grid: dict[str, list[object]], fixed: dict[str, object], seed: int | None,
    options: argparse.Namespace,
) -> int:
    """Print what a sweep would do."""
    from lrtheory.commands.estimate import previewed
    from lrtheory.sweeps.grid import points_text

    seen = previewed(experiment, grid, store=options.store, seed=seed, fixed=fixed, retry=options.retry)
    plan = seen.plan
    axes = " x ".join(f"{count} {name}" for name, count in zip(plan.grid.names, plan.grid.shape, strict=True))
    print(f"{plan.experiment}: {points_text(plan.grid.size)}, {axes}")
    size = plan.grid.size
    shown = range(size) if size <= 2 * _ENDS else [*range(_ENDS), None, *range(size - _ENDS, size)]
    for index in shown:
        print("  ..." if index is None else f"  {index}: {_words(plan.grid.point(index))}")
    print(f"stored in {seen.folder}: {seen.done} done, {seen.failed} failed; {seen.ahead} to make")
    print(f"about {seen.seconds:.3g} s a point, {seen.how}: {seen.seconds * seen.ahead:.3g} s on one worker")
    return 0


def _words(point: dict[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in point.items())


def _status(options: argparse.Namespace) -> int:
    """Print the sweeps of a store."""
    from lrtheory.results.provenance import shortened
    from lrtheory.source.catalog import experiments, find_experiment
    from lrtheory.sweeps.grid import points_text
    from lrtheory.sweeps.reading import stored_sweeps

    found = stored_sweeps(options.store, options.name)
    if options.name is not None and not found and options.name not in {each.name for each in experiments()}:
        find_experiment(options.name)  # says which names there are
    whole = True
    for each in found:
        whole &= each.done == each.size and not each.damaged and not each.stale
        axes = " x ".join(f"{len(values)} {name}" for name, values in each.grid.items())
        counts = f"{each.done} done, {len(each.failed)} failed, {each.missing} missing"
        size = points_text(each.size)
        print(f"{each.experiment}: {axes}, {size}: {counts}, {len(each.damaged)} files damaged")
        print(f"  {each.folder}")
        if each.stale:
            print(f"  stale: {shortened(each.changes)}")
        for name, reason in each.damaged.items():
            print(f"  damaged: {name}: {reason}")
    if not found:
        of = "" if options.name is None else f" of {options.name}"
        print(f"no sweep{of} is stored here")
    return 0 if whole else _NOT_WHOLE
