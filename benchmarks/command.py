"""Measures workloads, prints their tables, and hands what was found to JSON and to the store."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks import limits
from benchmarks.timing import Workload, rows, table
from lrtheory.rates.kept import check_full_size, keep_rates
from lrtheory.rates.measured import Measured, Origin, as_json
from lrtheory.results import Store
from lrtheory.results.files import probe
from lrtheory.results.provenance import git_state, installed, now

WORKLOADS = {
    "P1": ["maps.plain"],
    "P1h": ["maps.histogram"],
    "P2": ["exponents.line", "exponents.plane"],
    "P3": ["ensembles.big", "ensembles.small", "ensembles.tiny"],
    "P4": ["kernels.one_output", "kernels.ten_outputs", "kernels.training"],
    "P5": [
        "counting.counting", "predictions.logistic_one_percent", "predictions.logistic_per_mille",
        "predictions.logistic_too_far", "predictions.network_one_percent", "predictions.network_per_mille",
    ],
    "P6": ["book.rendering"],
    "P7": ["imports.bare", "imports.with_numpy"],
    "P8": ["sweeps.at_once", "sweeps.with_work"],
    "P9": ["accelerator.kernel", "accelerator.training", "accelerator.training_small"],
}
PACKAGES = ("numpy", "torch", "numba", "scipy", "networkx", "pynamicalsys", "distributed")


def measure(options: argparse.Namespace) -> int:
    """Measure what the options of ``lrtheory bench`` name.

    Raises:
        ValueError: an unknown workload, a size or a number of rounds out of range, a small run to be kept.
        OSError: what was found could not be written; found out before the run.
    """
    names = _checked(options)
    aside = options.json == "-"
    _use_one_thread()
    found = []
    for name in names:
        for key in WORKLOADS[name]:
            module, build = key.split(".")
            load = _load()
            workload: Workload = getattr(import_module(f"benchmarks.{module}"), build)(options.size)
            took = rows(workload, rounds=options.rounds)
            limit = workload.limit(limits.measured()) if workload.limit else None
            text = table(workload, took, limit)
            print(text, end="\n\n", flush=True, file=sys.stderr if aside else sys.stdout)
            origin = _origin(load, options.size, 1 if workload.seconds else options.rounds)
            found.append(
                Measured(key, name, workload.title, workload.unit, workload.seconds, took, limit, origin)
            )
            if options.keep:
                kept = keep_rates(found[-1:])
    if options.json:
        text = json.dumps(as_json(found), indent=1)
        print(text) if aside else Path(options.json).write_text(text + "\n", encoding="utf-8")
    if options.keep:
        print(f"kept in {kept}", file=sys.stderr)
    return 0


def _checked(options: argparse.Namespace) -> list[str]:
    """Names to measure, once each; what cannot end well is refused before it begins."""
    unknown = [name for name in options.names if name not in WORKLOADS]
    if unknown:
        raise ValueError(f"unknown workload {unknown[0]}; known: {', '.join(WORKLOADS)}")
    if not 0 < options.size <= 1:
        raise ValueError(f"--size must be above 0 and at most 1, got {options.size:g}")
    if options.rounds < 1:
        raise ValueError(f"--rounds must be at least 1, got {options.rounds}")
    if options.json and options.json != "-":
        folder = Path(options.json).absolute().parent
        if not folder.is_dir() or Path(options.json).is_dir():
            raise ValueError(f"--json must name a file in a folder that is there, got {options.json}")
    if options.keep:
        check_full_size([options.size])
        probe(Store().root)
    return list(dict.fromkeys(options.names)) or list(WORKLOADS)


def _origin(load: float | None, size: float, rounds: int) -> Origin:
    commit, dirty = git_state()
    versions = {"python": platform.python_version(), **{name: installed(name) for name in PACKAGES}}
    return Origin(
        processor=_processor(), cores=os.cpu_count() or 1, versions=versions, date=now(), commit=commit,
        dirty=dirty, load=(load, _load()), size=size, rounds=rounds, limits=asdict(limits.measured()),
    )


def _processor() -> str:
    """Its name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _use_one_thread() -> None:
    import numba
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    numba.set_num_threads(1)
    threadpool_limits(1)  # numpy's products: until the process ends
