"""The state of stored runs: by the hashes of the code, and where these differ by what the code does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lrtheory.results.fingerprints import Agreement
from lrtheory.results.provenance import Rechecked, changes_since, now, shortened
from lrtheory.results.records import CorruptResult, Record, mark_rechecked, read_record
from lrtheory.source.catalog import Entry, claim_ids, declared, experiments
from lrtheory.source.hashes import module_hashes, source_file

State = Literal["fresh", "fresh, re-checked", "adopted", "stale", "corrupt"]
GOOD: tuple[State, ...] = ("fresh", "fresh, re-checked", "adopted")


@dataclass(frozen=True)
class RecordState:
    """State of one record of a store.

    Attributes:
        stem: file name without suffix.
        experiment: name of the experiment, as the file name has it.
        state: *fresh*: the code is as it was. *fresh, re-checked*: it has changed, its small setting gives
            the same numbers. *adopted*: made elsewhere, by another code. *stale*: the numbers are others,
            or nothing shows that they are not. *corrupt*: damaged.
        reason: what has changed, and what was found; empty for a fresh run.
    """

    stem: str
    experiment: str
    state: State
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether the record may be shown: neither stale nor corrupt."""
        return self.state in GOOD


@dataclass(frozen=True)
class _Pending:
    """A record whose code has changed, with what is needed to run its small setting."""

    record: Record
    digest: str
    entry: Entry
    changes: tuple[str, ...]


def check_records(
    folder: Path, stems: Iterable[str], *, quick: bool, record: bool
) -> tuple[RecordState, ...]:
    """State of some records of a store, in their order.

    Args:
        folder: folder of the store.
        stems: file names without suffix.
        quick: compare hashes only; changed code then means stale, unless a recorded re-check covers it.
        record: write each re-check that agrees into its record.
    """
    entries = {entry.name: entry for entry in experiments()}
    found = {stem: _by_hash(folder, stem, entries, quick) for stem in stems}
    pending = {stem: state for stem, state in found.items() if isinstance(state, _Pending)}
    judged = _by_numbers(folder, pending, record) if pending else {}
    return tuple(judged[stem] if isinstance(state, _Pending) else state for stem, state in found.items())


def standing(record: Record, module: str, number: int | None) -> tuple[tuple[str, ...], Rechecked | None]:
    """What has changed since a run, and the recorded re-check if it covers today's code.

    Args:
        record: the stored run.
        module: module that defines the experiment today.
        number: version of the experiment today, None if it no longer exists.
    """
    origin = record.provenance
    changes = changes_since(origin, module, number)
    if origin.made_by is not None or number != origin.version:
        return changes, None
    recheck = record.rechecked
    covered = recheck is not None and bool(changes) and dict(recheck.modules) == module_hashes(module)
    return changes, recheck if covered else None


def _by_hash(folder: Path, stem: str, entries: Mapping[str, Entry], quick: bool) -> RecordState | _Pending:
    name = stem.rpartition("-")[0]
    try:
        record, digest = read_record(folder, stem, f"make it again with: python -m lrtheory run {name} ...")
    except CorruptResult as error:
        return RecordState(stem, name, "corrupt", str(error))
    entry = entries.get(record.experiment) or _outside(record)
    module = entry.module if entry else record.module
    changes, recheck = standing(record, module, entry.version if entry else None)
    made_by = record.provenance.made_by
    if made_by is not None and not changes:
        if made_by.claim in claim_ids():
            return RecordState(stem, name, "adopted", f"{made_by.protocol}, held by {made_by.claim}")
        changes = (f"adopted on the word of a claim {made_by.claim!r} that does not exist",)
    if not changes:
        return RecordState(stem, name, "fresh")
    if recheck is not None:
        return RecordState(stem, name, "fresh, re-checked", f"{shortened(changes)}; {_SAME[recheck.strict]}")
    hopeless = entry is None or entry.version != record.provenance.version or made_by is not None
    if entry is None or hopeless or quick or record.fingerprint is None:
        kept = hopeless or record.fingerprint is not None
        more = "" if hopeless else "; not re-checked" if kept else "; it has no small setting to re-check"
        return RecordState(stem, name, "stale", shortened(changes) + more)
    return _Pending(record, digest, entry, changes)


_SAME = {
    True: "the small setting gives the same numbers",
    False: "the small setting gives the same numbers within the bounds set for other processors",
}


def _by_numbers(folder: Path, pending: Mapping[str, _Pending], record: bool) -> dict[str, RecordState]:
    """Run the small settings of records whose code has changed, and compare."""
    from lrtheory.results.rechecks import Task, agreements

    tasks = [
        Task(str(folder), stem, each.digest, each.entry.module, each.entry.name.rpartition(".")[2])
        for stem, each in pending.items()
    ]
    found = {}
    for (stem, each), agreement in zip(pending.items(), agreements(tasks), strict=True):
        found[stem] = _judged(stem, each, agreement)
        if record and found[stem].good and isinstance(agreement, Agreement):
            recheck = Rechecked(module_hashes(each.entry.module), now(), agreement.strict)
            mark_rechecked(folder, replace(each.record, rechecked=recheck), each.digest)
    return found


def _judged(stem: str, each: _Pending, agreement: Agreement | str) -> RecordState:
    name, changed = each.record.experiment, shortened(each.changes)
    if isinstance(agreement, str):
        return RecordState(stem, name, "stale", f"{changed}; its small setting gives {agreement}")
    if agreement.failing:
        return RecordState(stem, name, "stale", f"{changed}; in the small setting {agreement.reason()}")
    return RecordState(stem, name, "fresh, re-checked", f"{changed}; {_SAME[agreement.strict]}")


def _outside(record: Record) -> Entry | None:
    """Entry of an experiment that lives outside the package, in today's source; None when it is gone."""
    path = None if record.module.startswith("lrtheory.") else source_file(record.module)
    if path is None:
        return None
    entries = declared(path.read_text(encoding="utf-8"), record.module)
    return next((entry for entry in entries if entry.name == record.experiment), None)
