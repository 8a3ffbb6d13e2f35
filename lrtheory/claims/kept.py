"""The ledger on disk: a claim is checked once, in several processes, until something it rests on changes."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lrtheory.claims import Claim, Report, Scale, Verdict, load_claims, run_claims
from lrtheory.results import Store
from lrtheory.results.files import replace
from lrtheory.source.catalog import theories
from lrtheory.source.hashes import PACKAGE
from lrtheory.source.inputs import inputs_digest

_ID = re.compile(r'\bid="([\w.-]+)"')
_UNKNOWN = float("inf")  # seconds: what was never timed may be long, and goes first


def kept_claims(
    claims: Iterable[Claim], scale: Scale = "laptop", *, jobs: int | None = None, again: bool = False
) -> list[Report]:
    """Reports of claims, in their order: kept ones where nothing has changed since, the others checked now.

    A report is kept while the package code that its claim reaches, the bundled data, the stored runs and
    the installed versions are as they were. Claims that are not the package's own, and checks that
    raised, are never kept.

    Args:
        claims: what to check.
        scale: smoke, laptop or long.
        jobs: processes, each with one thread; by default as many as there are cores.
        again: check all of them again.

    Raises:
        ValueError: unknown scale.
    """
    claims = tuple(claims)
    order = {claim.id: place for place, claim in enumerate(claims)}
    reports = arriving_claims(claims, scale, jobs=jobs, again=again)
    return sorted(reports, key=lambda report: order[report.claim.id])


def arriving_claims(
    claims: Iterable[Claim], scale: Scale = "laptop", *, jobs: int | None = None, again: bool = False
) -> Iterator[Report]:
    """The same reports as they come: first the kept ones, then each as soon as its family is checked."""
    claims = tuple(claims)
    run_claims((), scale)  # refuses an unknown scale
    families = _families(claims)
    own = {claim.id: claim for family in families.values() for claim in family}
    waiting = []
    for module, family in families.items():
        key = inputs_digest([(module, None)], Store().root)
        kept = {} if again else {claim.id: _read(claim, scale, key) for claim in family}
        yield from (report for report in kept.values() if report is not None)
        missing = [claim.id for claim in family if kept.get(claim.id) is None]
        if missing:
            waiting.append((sum(_seconds(name, scale) for name in missing), missing, key))
    for claim in claims:
        if claim.id not in own:
            yield from run_claims([claim], scale)
    waiting.sort(key=lambda task: task[0], reverse=True)
    for found in _checked([(names, scale, key) for _, names, key in waiting], jobs):
        yield from (_report(own[name], scale, fields) for name, fields in found.items())


def ledger_folder() -> Path:
    """Where reports are kept: $LRTHEORY_LEDGER, else beside the built book, else the user's cache."""
    named = os.environ.get("LRTHEORY_LEDGER")
    if named:
        return Path(named)
    top = PACKAGE.parent
    if (top / "book" / "_ext").is_dir():
        return top / "_build" / "ledger"
    import pooch  # type: ignore[import-untyped]

    return Path(pooch.os_cache("lrtheory")) / "ledger"


def _families(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """The package's own among the claims, by the module that states them."""
    named = sorted({claim.theory for claim in claims} & set(theories()))
    own = {claim.id: claim for theory in named for claim in load_claims(theory)}
    homes = dict(_homes())
    families: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.id in homes and own.get(claim.id) == claim:
            families.setdefault(homes[claim.id], []).append(claim)
    return families


def _homes() -> Iterator[tuple[str, str]]:
    """Ids of the package's claims and the modules that state them, read from the files."""
    for theory in theories():
        for path in [PACKAGE / theory / "claims.py", *(PACKAGE / theory / "claims").rglob("*.py")]:
            if path.is_file():
                module = ".".join(("lrtheory", *path.relative_to(PACKAGE).with_suffix("").parts))
                yield from ((name, module) for name in _ID.findall(path.read_text(encoding="utf-8")))


def _checked(
    tasks: Sequence[tuple[list[str], Scale, str]], jobs: int | None
) -> Iterator[dict[str, dict[str, Any]]]:
    """What the checks of each family gave, family by family, in processes when there are several."""
    import joblib

    jobs = min(joblib.cpu_count() if jobs is None else jobs, len(tasks))
    if jobs <= 1:
        yield from (_check([name], scale, key) for names, scale, key in tasks for name in names)
        return
    with joblib.parallel_config("loky", inner_max_num_threads=1), warnings.catch_warnings():
        # A worker that has grown is replaced by a fresh one; nothing is lost, so nothing need be said.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
        pool = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=jobs)
        yield from pool(joblib.delayed(_check)(*task) for task in tasks)


def _check(names: list[str], scale: Scale, key: str) -> dict[str, dict[str, Any]]:
    """Check claims of one family, one after the other, and keep each report at once."""
    own = {claim.id: claim for claim in load_claims(names[0].split(".")[0])}
    found = {}
    for name in names:
        (report,) = run_claims([own[name]], scale)
        found[name] = _fields(report)
        if report.verdict is not None:
            _write(name, scale, {"key": key, **found[name]})
    return found


def _path(name: str, scale: Scale) -> Path:
    return ledger_folder() / f"{name}.{scale}.json"


def _write(name: str, scale: Scale, content: Mapping[str, Any]) -> None:
    """Put an entry in place complete or not at all; a folder that cannot be written to keeps nothing."""
    path = _path(name, scale)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, json.dumps(content, indent=1).encode())


def _read(claim: Claim, scale: Scale, key: str) -> Report | None:
    """The kept report of a claim, None without one that is whole and still right."""
    try:
        content = json.loads(_path(claim.id, scale).read_text(encoding="utf-8"))
        return _report(claim, scale, content) if content["key"] == key else None
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _seconds(name: str, scale: Scale) -> float:
    """How long a claim took when it was last kept."""
    try:
        return float(json.loads(_path(name, scale).read_text(encoding="utf-8"))["seconds"])
    except (OSError, ValueError, TypeError, LookupError):
        return _UNKNOWN


def _fields(report: Report) -> dict[str, Any]:
    """All of a report but its claim, as JSON of Python holds it, NaN and infinities too."""
    verdict = None if report.verdict is None else asdict(report.verdict)
    return {"verdict": verdict, "error": report.error, "seconds": report.seconds}


def _report(claim: Claim, scale: Scale, fields: Mapping[str, Any]) -> Report:
    given = fields["verdict"]
    if given is not None and given["interval"] is not None:
        given = {**given, "interval": tuple(given["interval"])}
    verdict = None if given is None else Verdict(**given)
    return Report(claim, scale, verdict, fields["error"], fields["seconds"])
