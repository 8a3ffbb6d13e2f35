"""P1 and P1h: ensembles of gradient descent on x^2 / 2 + eps cos(x / eps), without and with a histogram."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from benchmarks import peers
from benchmarks.limits import Limits
from benchmarks.timing import Candidate, Workload
from lrtheory import GradientDescent, chaos, descend, generator
from lrtheory.chaos.kernels import ensemble_histogram, ensemble_positions
from lrtheory.rates.measured import Limit

EPS, LR, BINS = 1e-4, 0.1, 256
UNIT = "million map iterations per CPU second"
_STEP = 10  # fused multiply-adds, see step_limit


def plain(size: float) -> Workload:
    """P1: final positions."""
    ours, start = _ours_and_start(size)
    x = start[:, 0]
    landscape = chaos.periodic(EPS)

    def plain_loop(steps: int) -> None:
        descend(GradientDescent(LR), landscape, torch.from_numpy(start), steps=steps)

    others = [
        Candidate("torch, x - lr * (x - sin(x / eps))", _work(_torch, x, size, 8), 10),
        Candidate("torch, in place", _work(_torch_in_place, x, size, 8)),
        Candidate("lrtheory.descend, the plain loop", lambda: _million(plain_loop, len(x), _steps(size, 8))),
        Candidate("numpy", _work(_numpy, x, size, 3), 43),
        Candidate("numba, one lane after the other", _work(peers.numba_positions(EPS, LR), x, size, 2), 70),
        Candidate("pynamicalsys trajectory", _optional(peers.pynamicalsys_positions(EPS, LR), x, size), 100),
    ]
    mine = Candidate("lrtheory ensemble_positions", ours)
    return Workload("P1: maps", UNIT, mine, others, limit=step_limit)


def histogram(size: float) -> Workload:
    """P1h: 256 bins, every iterate counted."""
    landscape, steps = chaos.periodic(EPS), _steps(size, 500)
    start = ensemble_positions(landscape, LR, _ours_and_start(size)[1], steps=300)  # the settled law
    x = start[:, 0].copy()

    def ours() -> float:
        ensemble_histogram(landscape, LR, start, burn=0, steps=steps, bins=BINS, box=(-1, 1))
        return len(x) * steps / 1e6

    def thinned() -> float:
        count = 8 * (steps // 8 + 1)
        ensemble_histogram(landscape, LR, start, burn=0, steps=count, bins=BINS, box=(-1, 1), stride=8)
        return len(x) * count / 1e6

    others = [
        Candidate("the same, every 8th iterate (costs accuracy)", thinned),
        Candidate("torch and histc", _work(_torch_histc, x, size, 5), 10),
        Candidate("numpy and np.histogram", _work(_numpy_histogram, x, size, 2), 25),
        Candidate(
            "pynamicalsys and np.histogram",
            _optional(peers.pynamicalsys_positions(EPS, LR, bins=BINS), x, size),
            47,
        ),
    ]
    mine = Candidate("lrtheory ensemble_histogram", ours)
    return Workload("P1h: maps, every iterate binned", UNIT, mine, others, limit=counted_limit)


def step_limit(found: Limits) -> Limit:
    """Ten fused multiply-adds (or products, as dear) a step: as many as half a matrix product's FLOP.

    With z in turns of the ripple and q = 1/4 - |z - rint(z)|, the step is z (1 - lr) - q P(q^2): one square,
    seven steps of the polynomial P, of eight coefficients into which the rate goes, one product z (1 - lr),
    and one that joins both. Our kernel takes eleven, as each of its lanes has a rate of its own. Two
    differences, a rounding and an absolute value come on top; some processors have other units for them.
    """
    return Limit(found.float64 / 2 / _STEP / 1e6, f"{_STEP} fused multiply-adds a step in float64")


def counted_limit(found: Limits) -> Limit:
    """Those ten, one that makes a bin's number of z, and after them one increment of a counter.

    One after the other: a vector part fills a buffer, and a scalar part counts it. Our sums for mean and
    variance, an addition and a fused multiply-add, are not counted, as the other ways have none.
    """
    seconds = 2 * (_STEP + 1) / found.float64 + 1 / found.increments
    count = f"{_STEP + 1} fused multiply-adds and one increment of a counter a step"
    return Limit(1 / seconds / 1e6, count)


def _ours_and_start(size: float) -> tuple[Callable[[], float], np.ndarray]:
    members, steps = max(256, round(102_400 * size)), _steps(size, 1000)
    start = chaos.uniform_start(members, generator(0, "start"), reach=2.0).numpy()
    landscape = chaos.periodic(EPS)

    def run() -> float:
        ensemble_positions(landscape, LR, start, steps=steps)
        return members * steps / 1e6

    return run, start


def _work(kernel: peers.Kernel, x: np.ndarray, size: float, steps: int) -> Callable[[], float]:
    return lambda: _million(lambda count: kernel(x, count), len(x), _steps(size, steps))


def _optional(kernel: peers.Kernel | None, x: np.ndarray, size: float) -> Callable[[], float] | None:
    # It keeps every iterate: a few lanes for many steps, or the memory runs out.
    return None if kernel is None else _work(kernel, x[: max(4, round(400 * size))], size, 1000)


def _million(run: Callable[[int], object], members: int, steps: int) -> float:
    run(steps)
    return members * steps / 1e6


def _steps(size: float, steps: int) -> int:
    return max(1, round(steps * size))


def _torch(start: np.ndarray, steps: int) -> None:
    x = torch.from_numpy(start)
    for _ in range(steps):
        x = x - LR * (x - torch.sin(x / EPS))


def _torch_in_place(start: np.ndarray, steps: int) -> None:
    x = torch.from_numpy(start.copy())
    slope = torch.empty_like(x)
    for _ in range(steps):
        torch.mul(x, 1 / EPS, out=slope)
        slope.sin_().sub_(x)
        x.add_(slope, alpha=LR)


def _torch_histc(start: np.ndarray, steps: int) -> None:
    x, counts = torch.from_numpy(start), torch.zeros(BINS, dtype=torch.float64)
    for _ in range(steps):
        x = x - LR * (x - torch.sin(x / EPS))
        counts += torch.histc(x, BINS, -1.0, 1.0)


def _numpy(start: np.ndarray, steps: int) -> None:
    x = start
    for _ in range(steps):
        x = x - LR * (x - np.sin(x / EPS))


def _numpy_histogram(start: np.ndarray, steps: int) -> None:
    x, counts = start, np.zeros(BINS)
    for _ in range(steps):
        x = x - LR * (x - np.sin(x / EPS))
        counts += np.histogram(x, BINS, (-1.0, 1.0))[0]
