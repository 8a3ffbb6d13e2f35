"""Where a stored run comes from: code, versions, device, date; never a host, a user or a folder."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lrtheory.source.hashes import PACKAGE, module_hashes

_GIT_TIMEOUT = 20.0  # seconds; a repository on a slow disk
_SHOWN_CHANGES = 3


@dataclass(frozen=True)
class MadeBy:
    """Protocol of a run that other code than this package made, on a machine that few have.

    Attributes:
        protocol: name of the script that made it.
        digest: SHA-256 of that script.
        small_end: which part of the run this package repeats, for example "widths 64 to 512".
        within: largest relative difference between that part and the package's own run of it.
        claim: id of the claim that holds this agreement.
    """

    protocol: str
    digest: str
    small_end: str
    within: float
    claim: str


@dataclass(frozen=True)
class Rechecked:
    """The last time that the small setting gave the numbers of the fingerprint, by code that had changed.

    Attributes:
        modules: package module to the hash of its code at that time.
        date: when, ISO 8601, UTC.
        strict: whether number was held against number; else what the experiment declares for other
            processors and versions.
    """

    modules: Mapping[str, str]
    date: str
    strict: bool


@dataclass(frozen=True)
class Provenance:
    """Origin of a stored run.

    Attributes:
        experiment: name of the experiment.
        version: version of the experiment when it ran.
        seeds: seeds it was given.
        modules: package module to the hash of its code, for all that could change the numbers.
        commit: git commit of the package, None outside a repository.
        dirty: whether the package differed from that commit, None outside a repository.
        python: version of Python.
        numpy: version of numpy.
        torch: version of torch.
        device: "cpu", or the name of the accelerator.
        dtypes: floating types of the run: its ``dtype`` parameter, else what the experiment declares,
            else those of its arrays.
        seconds: how long the run took.
        date: when it ended, ISO 8601, UTC.
        made_by: protocol of an adopted run, None for a run of this package.
    """

    experiment: str
    version: int
    seeds: tuple[int, ...]
    modules: Mapping[str, str]
    commit: str | None
    dirty: bool | None
    python: str
    numpy: str
    torch: str
    device: str
    dtypes: tuple[str, ...]
    seconds: float
    date: str
    made_by: MadeBy | None = None

    def caption(self, changes: tuple[str, ...] = (), rechecked: Rechecked | None = None) -> str:
        """One sentence for the caption of a figure.

        Args:
            changes: what has changed since the run, from ``changes_since``.
            rechecked: the re-check that holds for today's code, None without one.
        """
        kind = "Adopted run" if self.made_by else "Stored run"
        return (
            f"{kind} of {self.experiment} (version {self.version}) on {self.device} "
            f"in {' and '.join(self.dtypes) or 'integers'}, {_seed_list(self.seeds)}, "
            f"made on {self.date[:10]} in {_duration(self.seconds)}; {self._state(changes, rechecked)}."
        )

    def _state(self, changes: tuple[str, ...], rechecked: Rechecked | None) -> str:
        if changes and rechecked is None:
            return f"STALE: {shortened(changes)}"
        if self.made_by is not None:
            by = self.made_by
            return (
                f"made on an {self.device} by the protocol {by.protocol} ({by.digest[:8]}), not by today's "
                f"code; its small end, {by.small_end}, is repeated by this package within {by.within:.2g}"
            )
        if rechecked is None:
            return "fresh: the code is as it was"
        numbers = "numbers" if rechecked.strict else "numbers, within the bounds set for other processors"
        return f"the code has changed since; its small setting still gives the same {numbers}"


def shortened(changes: tuple[str, ...]) -> str:
    """The first changes of a list, and how many more there are."""
    rest = len(changes) - _SHOWN_CHANGES
    return ", ".join(changes[:_SHOWN_CHANGES]) + (f" and {rest} more" if rest > 0 else "")


def describe(
    *, experiment: str, number: int, parameters: Mapping[str, object], modules: Mapping[str, str],
    dtypes: Iterable[str], seconds: float,
) -> Provenance:
    """Provenance of a run that has just ended on this machine.

    Args:
        experiment: name of the experiment.
        number: its version.
        parameters: what it ran with; ``seed``, ``seeds``, ``device`` and ``dtype`` are read.
        modules: hashes taken before the run started.
        dtypes: floating types, unless a ``dtype`` parameter says it.
        seconds: length of the run.
    """
    commit, dirty = git_state()
    dtype = parameters.get("dtype")
    return Provenance(
        experiment=experiment, version=number, seeds=seeds_of(parameters), modules=dict(modules),
        commit=commit, dirty=dirty, python=platform.python_version(), numpy=installed("numpy"),
        torch=installed("torch"), device=device_name(str(parameters.get("device", "cpu"))),
        dtypes=(dtype,) if isinstance(dtype, str) else tuple(sorted(set(dtypes))), seconds=round(seconds, 3),
        date=now(),
    )


def now() -> str:
    """The time as records write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def changes_since(provenance: Provenance, module: str, number: int | None) -> tuple[str, ...]:
    """What has changed in the code since a run; empty for a fresh one.

    An adopted run was never made by the package's code; it ages only with the meaning of its experiment.

    Args:
        provenance: origin of the run.
        module: module that defines the experiment.
        number: version of the experiment today; None if it no longer exists.
    """
    if number is None:
        return (f"experiment {provenance.experiment} no longer exists",)
    found = [f"version was {provenance.version}, is {number}"] if number != provenance.version else []
    if provenance.made_by is not None:
        return tuple(found)
    try:
        hashes = module_hashes(module)
    except ValueError:
        return (*found, f"module {module} is gone")
    then = provenance.modules
    for name in sorted({*hashes, *then}):
        if hashes.get(name) != then.get(name):
            word = "is new" if name not in then else "is gone" if name not in hashes else "changed"
            found.append(f"{name} {word}")
    return tuple(found)


def device_name(device: str) -> str:
    """Name of a device for the record: "cpu", or what CUDA calls the accelerator."""
    if not device.startswith("cuda"):
        return device
    import torch

    return torch.cuda.get_device_name(device)


def git_state(root: Path = PACKAGE) -> tuple[str | None, bool | None]:
    """Commit of the repository that tracks a package folder, and whether the folder differs from it.

    Returns:
        (commit, dirty), or (None, None) when no repository tracks the folder: an installed package may
        lie inside somebody else's repository, whose commit says nothing about it.
    """
    if _git(root, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None, None
    commit = _git(root, "rev-parse", "HEAD")
    return (None, None) if commit is None else (commit, bool(_git(root, "status", "--porcelain", "--", ".")))


def _git(folder: Path, *arguments: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, text=True, timeout=_GIT_TIMEOUT, check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # no git here
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def installed(package: str) -> str:
    """Version of a package as it is installed here, or "not installed"."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def seeds_of(parameters: Mapping[str, object]) -> tuple[int, ...]:
    """Seeds among the parameters of a run: ``seed``, then ``seeds`` if it is a list."""
    seeds = parameters.get("seeds")  # a number under this name would be a count, not a seed
    given = [parameters.get("seed"), *(seeds if isinstance(seeds, tuple) else ())]
    return tuple(seed for seed in given if isinstance(seed, int))


def _seed_list(seeds: tuple[int, ...]) -> str:
    if len(seeds) < 2:
        return f"seed {seeds[0]}" if seeds else "no seed"
    if len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
