"""The command claims: check what the book states and print the ledger."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import TYPE_CHECKING, get_args

from lrtheory.claims import Claim, Report, Scale, load_claims
from lrtheory.claims.kept import arriving_claims
from lrtheory.claims.ledger import ledger_json, ledger_text
from lrtheory.results import progress

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_NOT_AS_STATED = 1
_INTERRUPTED = 130  # what a shell makes of Ctrl-C


def add_commands(commands: Commands) -> None:
    """Add claims to the command line."""
    parser = commands.add_parser(
        "claims", help="check the claims of the book; status 1 if one that should hold does not",
        epilog="Example: python -m lrtheory claims --theory chaos --scale smoke",
    )
    parser.add_argument("--theory", help="only this theory")
    parser.add_argument("--id", help="only this claim")
    parser.add_argument(
        "--scale", choices=get_args(Scale), default="smoke",
        help="smoke: seconds a claim; laptop: minutes; long",
    )
    parser.add_argument("--again", action="store_true", help="check also what is kept from an earlier call")
    parser.add_argument("--json", action="store_true", help="print a JSON list in place of the table")
    parser.set_defaults(command=_claims)


def _claims(options: argparse.Namespace) -> int:
    claims = load_claims(options.theory)
    if options.id is not None:
        known = [claim.id for claim in claims]
        if options.id not in known:
            near = ", ".join(difflib.get_close_matches(options.id, known, n=3, cutoff=0.3) or known[:3])
            raise ValueError(f"no claim is called {options.id!r}; the nearest are {near or 'none'}")
        claims = tuple(claim for claim in claims if claim.id == options.id)
    reports, interrupted = _reports(claims, options)
    print(ledger_json(reports) if options.json else ledger_text(reports))
    if interrupted:
        count = f"{len(reports)} of {len(claims)} claims"
        print(f"lrtheory: stopped after {count}; what is checked is kept", file=sys.stderr)
        return _INTERRUPTED
    return _NOT_AS_STATED if any(report.failed for report in reports) else 0


def _reports(claims: tuple[Claim, ...], options: argparse.Namespace) -> tuple[list[Report], bool]:
    """Reports in the order of the claims, as many as there are when Ctrl-C stops the rest; whether it did."""
    found: dict[str, Report] = {}
    interrupted = False
    try:
        arriving = arriving_claims(claims, options.scale, again=options.again)
        for report in progress(arriving, "claims", len(claims)):
            found[report.claim.id] = report
    except KeyboardInterrupt:
        interrupted = True
    return [found[claim.id] for claim in claims if claim.id in found], interrupted
