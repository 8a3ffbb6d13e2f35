"""The commands list, run and check: experiments and their stored runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lrtheory.commands import sweeps
from lrtheory.results import Result, Store
from lrtheory.results.parameters import parsed_word
from lrtheory.source.catalog import (
    claim_ids,
    experiments,
    known_theories,
    load_experiment,
    stored_runs,
    theories,
)

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_NOT_GOOD = 1


def add_commands(commands: Commands) -> None:
    """Add list, run and check to the command line."""
    listing = commands.add_parser(
        "list", help="show experiments, how many runs of each are stored, and the number of claims",
        epilog="Example: python -m lrtheory list --theory chaos",
    )
    listing.add_argument("--theory", help="only this theory")
    listing.set_defaults(command=_list)

    run = commands.add_parser(
        "run", help="run an experiment and store it", formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Examples:\n  python -m lrtheory run chaos.invariant_law --smoke\n"
               "  python -m lrtheory run chaos.invariant_law lr=0.2 seed=1\n"
               "  python -m lrtheory run mine.coin --module mine     runs an experiment of your own\n"
               "  python -m lrtheory run --stored --theory chaos     makes what the book needs and lacks\n"
               "  python -m lrtheory run chaos.invariant_law --grid lr=0.01:0.5:log20 seed=0..9 "
               "--executor processes:2",
    )
    run.add_argument("name", nargs="?", help="experiment, as shown by list")
    run.add_argument("words", nargs="*", metavar="key=value", help="parameters; values as in JSON")
    run.add_argument("--smoke", action="store_true", help="the small setting, seconds")
    run.add_argument("--stored", action="store_true", help="every run of the book that is missing or stale")
    run.add_argument("--theory", help="with --stored: only this theory")
    run.add_argument("--module", help="module outside the package that defines the experiment")
    run.add_argument("--seed", type=int, help="the same as seed=N")
    run.add_argument("--device", help="the same as device=D, for example cuda")
    sweeps.add_options(run)
    run.set_defaults(command=_run)

    check = commands.add_parser(
        "check", help="say which stored runs may be shown; status 1 if one is stale or corrupt",
        description="Where the code has changed since a run, its small setting is run again, and a run whose "
                    "numbers are the same counts as fresh.",
        epilog="Example: python -m lrtheory check --store book/cache",
    )
    check.add_argument("--quick", action="store_true", help="compare hashes of the code only, run nothing")
    check.add_argument("--record", action="store_true", help="write re-checks that agree into the records")
    check.set_defaults(command=_check)
    for parser in (listing, run, check):
        parser.add_argument("--store", help="folder of stored runs (default: $LRTHEORY_STORE, or book/cache)")


def _list(options: argparse.Namespace) -> int:
    """Print what each experiment is and how many runs of it are stored, read from file names and sources.

    Whether they are fresh takes hashing the package; that is what check is for.
    """
    chosen = known_theories(options.theory)
    stored = [stem.rpartition("-")[0] for stem in Store(options.store).records()]
    for theory in chosen:
        entries = [entry for entry in experiments() if entry.theory == theory]
        number = sum(name.startswith(f"{theory}.") for name in claim_ids())
        print(f"{theory}: {_count(len(entries), 'experiment')}, {_count(number, 'claim')}")
        for entry in entries:
            state = f"{stored.count(entry.name)} stored" if entry.name in stored else "not stored"
            print(f"  {entry.name}  [{state}]\n      {entry.summary}")
    if not theories():
        print("no theory has experiments or claims yet")
    return 0


def _run(options: argparse.Namespace) -> int:
    """Run one experiment, or every stored run that is not fresh."""
    if options.grid is None:
        sweeps.without_grid(options)
    if options.stored:
        if options.grid is not None or options.name is not None or options.smoke or options.seed is not None:
            raise ValueError(
                "--stored takes no experiment, key=value, --grid, --smoke or --seed: the book sets them"
            )
        return _run_stored(options)
    if options.name is None:
        raise ValueError("name an experiment (`python -m lrtheory list` shows them), or give --stored")
    if options.theory is not None:
        raise ValueError("--theory goes with --stored only")
    experiment = load_experiment(options.name, options.module)
    given = dict(parsed_word(word) for word in options.words)
    small = experiment.smoke if options.smoke else {}
    if options.grid is not None:
        return sweeps.run_grid(experiment, small, given, options)
    parameters = {**small, **given, **_seed_and_device(options)}
    store = Store(options.store)
    _report(store.run(experiment, **parameters))
    return 0


def _run_stored(options: argparse.Namespace) -> int:
    """Make the book's runs that are missing, stale or corrupt; skip those that may be shown."""
    store = Store(options.store)
    runs = []
    for name, stored in stored_runs(options.theory):
        experiment, parameters = load_experiment(name), {**stored, **_seed_and_device(options)}
        runs.append((experiment, parameters, store.stem(experiment, **parameters)))
    here = set(store.records())
    states = {state.stem: state for state in store.check([stem for _, _, stem in runs if stem in here])}
    for number, (experiment, parameters, stem) in enumerate(runs, start=1):
        head = f"[{number}/{len(runs)}] {experiment.command(**parameters)}"
        if stem in states and states[stem].good:
            print(f"{head}: {states[stem].state}, skipped")
            continue
        print(head, flush=True)
        _report(store.run(experiment, **parameters))
    return 0


def _report(result: Result) -> None:
    print(result.caption())
    for name in result.names:
        print(f"  {name}: {result[name].dtype} {result[name].shape}")


def _check(options: argparse.Namespace) -> int:
    """Print the state of each record."""
    store = Store(options.store)
    if options.store is not None and not store.root.is_dir():
        raise ValueError(f"there is no folder {store.root}; --store takes a folder of stored runs")
    states = store.check(quick=options.quick, record=options.record)
    for state in states:
        print(f"{state.state:18}{state.stem}" + (f"\n{'':18}{state.reason}" if state.reason else ""))
    bad = sum(not state.good for state in states)
    print(f"{_count(len(states), 'stored run')} in {store.readable()}, {bad} not fit to be shown")
    if bad:
        again = "python -m lrtheory run --stored"
        print(f"`check` without --quick runs their small settings; {again} makes them again" if options.quick
              else f"make them again with: {again}")
    return _NOT_GOOD if bad else 0


def _seed_and_device(options: argparse.Namespace) -> dict[str, object]:
    given = {"seed": options.seed, "device": options.device}
    return {name: value for name, value in given.items() if value is not None}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
