"""Run all workloads, or those named: python -m benchmarks [--size S] [--rounds N] [P1 P1h P2 P3 P4 P5 P7]."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from benchmarks.timing import rows, table

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
    "P7": ["imports.bare", "imports.with_numpy"],
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(WORKLOADS)}; default all")
    parser.add_argument("--size", type=float, default=1.0, help="share of the full size, for a quick look")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of which medians are taken")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in WORKLOADS]
    if unknown:
        parser.error(f"unknown workload {unknown[0]}; known: {', '.join(WORKLOADS)}")
    _use_one_thread()
    for name in options.names or WORKLOADS:
        for where in WORKLOADS[name]:
            module, build = where.split(".")
            workload = getattr(import_module(f"benchmarks.{module}"), build)(options.size)
            print(table(workload, rows(workload, rounds=options.rounds)), end="\n\n", flush=True)


def _use_one_thread() -> None:
    import numba
    import torch

    torch.set_num_threads(1)
    numba.set_num_threads(1)


if __name__ == "__main__":
    main()
