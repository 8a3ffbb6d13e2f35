"""The commands data list, where, fetch and verify: the data sets and their files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrtheory.data.sources import Info

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_WRONG_FILE = 1


def add_commands(commands: Commands) -> None:
    """Add data, with its own four commands, to the command line."""
    data = commands.add_parser(
        "data", help="the data sets: list, where, fetch, verify",
        epilog="Example: python -m lrtheory data fetch fashion_mnist",
    )
    actions = data.add_subparsers(required=True, metavar="ACTION")
    for name, command, text, example in (
        ("list", _list, "what there is, whose it is, under which licence", "data list"),
        ("where", _where, "where each file is, or where it would be looked for", "data where cifar10"),
        ("fetch", _fetch, "find or download whole sets and check them", "data fetch fashion_mnist"),
        ("verify", _verify, "check the digests of all files that are here", "data verify"),
    ):
        parser = actions.add_parser(name, help=text, epilog=f"Example: python -m lrtheory {example}")
        parser.add_argument("names", nargs="*", metavar="NAME", help="data sets (default: all)")
        parser.set_defaults(command=command)


def _chosen(options: argparse.Namespace) -> list[Info]:
    from lrtheory.data.sources import info, names

    return [info(name) for name in options.names or names()]


def _list(options: argparse.Namespace) -> int:
    for source in _chosen(options):
        print(f"{source.name}: {source.title} [{source.where}]\n    {source.contents}")
        print(f"    license {source.license}; {source.credit}\n    {source.doi or source.url}")
    return 0


def _where(options: argparse.Namespace) -> int:
    from lrtheory.data.whole import folders, found_file

    for source in _chosen(options):
        print(f"{source.name}: {source.where}")
        if source.where == "whole":
            for file in source.files:
                print(f"    {file.name}: {found_file(source, file) or 'not here'}")
            print("    looked in " + ", ".join(map(str, folders(source))))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from lrtheory.data.whole import found_file, read_file

    if not options.names:
        raise ValueError("name what to fetch: fashion_mnist (31 MB) or cifar10 (170 MB)")
    for source in _chosen(options):
        if source.where != "whole":
            print(f"{source.name}: nothing to fetch, it is {source.where}")
            continue
        for file in source.files:
            read_file(source, file)
            print(f"{source.name}: {found_file(source, file)} is the right file")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from lrtheory.data.sources import DataNotAvailable, bundled
    from lrtheory.data.whole import found_file, read_file

    wrong = 0
    for source in _chosen(options):
        for number, file in enumerate(source.files):
            try:
                if source.where == "bundled":
                    bundled(source.name, number)
                elif source.where == "scikit-learn":
                    _verify_digits(source)
                elif found_file(source, file) is None:
                    print(f"{source.name}: {file.name} is not here")
                    continue
                else:
                    read_file(source, file)
                print(f"{source.name}: {file.name} is the right file")
            except DataNotAvailable as error:
                print(f"{source.name}: {error}")
                wrong += 1
    return _WRONG_FILE if wrong else 0


def _verify_digits(source: Info) -> None:
    from importlib.resources import files

    from lrtheory.data.sources import content

    path = files("sklearn.datasets.data") / source.files[0].name
    content(path.read_bytes(), source.files[0], str(path))
