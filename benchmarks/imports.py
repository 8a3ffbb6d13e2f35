"""P7: CPU time of imports, each in a fresh interpreter."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
from collections.abc import Callable

from benchmarks.timing import Candidate, Workload


def bare(size: float) -> Workload:
    """The package alone."""
    ours = Candidate("import lrtheory", _fresh("lrtheory"))
    others = [Candidate("(the interpreter alone)", _fresh("sys")), *_others(torch_goal=50, peer_goal=60)]
    return Workload("P7a: imports", "imports per CPU second", ours, others, _children)


def with_numpy(size: float) -> Workload:
    """The package and numpy, which most of its uses load."""
    ours = Candidate("import lrtheory, numpy", _fresh("lrtheory, numpy"))
    others = [Candidate("import numpy", _fresh("numpy")), *_others(torch_goal=9, peer_goal=11)]
    return Workload("P7b: imports, numpy loaded", "imports per CPU second", ours, others, _children)


def _others(*, torch_goal: float, peer_goal: float) -> list[Candidate]:
    return [
        Candidate("import torch", _fresh("torch"), torch_goal),
        Candidate("import pynamicalsys", _fresh("pynamicalsys"), peer_goal),
    ]


def _fresh(names: str) -> Callable[[], float] | None:
    first = names.split(",")[0]
    if importlib.util.find_spec(first) is None:
        return None
    path = f"import sys; sys.path[:] = {sys.path!r}; import {names}"
    command = [sys.executable, "-c", path]

    def run() -> float:
        subprocess.run(command, check=True)
        return 1.0

    return run


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
