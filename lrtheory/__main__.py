"""``python -m lrtheory``: reads the command line and hands over to lrtheory.commands; prints errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lrtheory.commands import bench, claims, data, grading, runs, sweeps

BAD_USAGE, FAILED, STOPPED = 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: words after ``python -m lrtheory``; those of the process when None.

    Returns:
        Exit status: 0 done, 1 something is stale, corrupt or does not hold, 2 bad usage, 3 a run that
        failed, 130 stopped by Ctrl-C.
    """
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    # argparse takes key=value words only before the first option; they may also follow it
    if not hasattr(options, "words") or any(word.startswith("-") for word in rest):
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
    else:
        options.words += rest
    try:
        status = int(options.command(options))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("lrtheory: stopped; what was stored before is as it was", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # whoever reads the output has seen enough, as in `list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FloatingPointError as error:
        print(f"lrtheory: the run failed: {error}", file=sys.stderr)
        return FAILED
    except (ValueError, LookupError, OSError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        print(f"lrtheory: {text}", file=sys.stderr)
        return BAD_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lrtheory" if Path(sys.argv[0]).stem == "lrtheory" else "python -m lrtheory",
        description="Experiments, stored runs, claims and data of the book on what a learning rate does.",
        epilog="Start with: python -m lrtheory list",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (runs, sweeps, claims, data, grading, bench):
        group.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
