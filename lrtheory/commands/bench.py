"""The command bench: the fast paths beside their peers, by the benchmarks of the repository."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

REPOSITORY = Path(__file__).resolve().parents[2]


def add_commands(commands: Commands) -> None:
    """Add bench to the command line."""
    bench = commands.add_parser(
        "bench", help="measure the fast paths beside other ways to do the same work",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Examples:\n  python -m lrtheory bench P1 P2\n"
               "  python -m lrtheory bench --size 0.1 --rounds 3     a quick look\n"
               "  python -m lrtheory bench --keep                    what the page How fast shows",
    )
    bench.add_argument("names", nargs="*", metavar="NAME", help="workloads, P1, P1h, P2 to P9 (default: all)")
    bench.add_argument("--size", type=float, default=1.0, help="share of the full size, for a quick look")
    bench.add_argument("--rounds", type=int, default=7, help="rounds of which medians are taken (default: 7)")
    bench.add_argument("--json", metavar="FILE", help="write what was found as JSON; - prints it")
    bench.add_argument(
        "--keep", action="store_true",
        help="put it in the store for the page How fast; workloads that are not named stay as they are",
    )
    bench.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> int:
    """Hand over to the folder beside the package."""
    if not (REPOSITORY / "benchmarks" / "command.py").is_file():
        raise ValueError(
            "the benchmarks are not in the installed package but in its repository: "
            f"git clone {_address()}, and run python -m lrtheory bench there"
        )
    import sys
    from importlib import import_module

    if str(REPOSITORY) not in sys.path:
        sys.path.insert(0, str(REPOSITORY))
    return int(import_module("benchmarks.command").measure(options))


def _address() -> str:
    """Where the repository is, as the package's metadata say it."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        links = metadata("lrtheory").get_all("Project-URL") or []
    except PackageNotFoundError:
        links = []
    named = (link.partition(",")[2].strip() for link in links if link.startswith("Homepage"))
    return next(named, "the repository named by pip show -v lrtheory")
