"""The measurements that the book shows: one JSON file beside the stored runs, read, merged and written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from lrtheory.rates.measured import Measured, as_json, from_json
from lrtheory.results import Store
from lrtheory.results.files import replace

FILE = "benchmarks.json"


def kept_rates(folder: Path | None = None) -> tuple[Measured, ...]:
    """The kept measurements, in the order of the workloads' names; none where no run was kept.

    Args:
        folder: of stored runs; by default where the store reads.

    Raises:
        ValueError: the file is there but cannot be read.
    """
    path = (folder or Store().readable()) / FILE
    if not path.is_file():
        return ()
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path} cannot be shown: {error}; remove it, and measure again") from error


def keep_rates(found: Iterable[Measured], folder: Path | None = None) -> Path:
    """Put measurements in the place of earlier ones of the same workloads; the others stay as they are.

    Args:
        found: of full-size runs; what was not run at all is left out.
        folder: of stored runs; by default where the store writes.

    Returns:
        The file, which is replaced at once or not at all.

    Raises:
        ValueError: a run that was not at full size, or a file that cannot be merged with.
    """
    found = tuple(each for each in found if each.rows[0].rate is not None)
    check_full_size({each.origin.size for each in found})
    folder = folder or Store().root
    by_key = {each.key: each for each in kept_rates(folder)} | {each.key: each for each in found}
    ordered = sorted(by_key.values(), key=lambda each: each.name)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(ordered), indent=1, allow_nan=False) + "\n"
    replace(folder / FILE, text.encode())
    return folder / FILE


def check_full_size(sizes: Iterable[float]) -> None:
    """Raise ValueError unless all runs are at full size."""
    small = [size for size in sizes if size != 1]
    if small:
        raise ValueError(f"only a full-size run may be kept, got size {small[0]:g}: leave --size out")
