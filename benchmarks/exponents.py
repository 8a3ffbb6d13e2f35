"""P2: Lyapunov exponents over many learning rates, in one weight and (both exponents) in two."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from benchmarks import peers
from benchmarks.limits import Limits
from benchmarks.timing import Candidate, Workload
from lrtheory import chaos
from lrtheory.chaos.kernels import lyapunov_sweep
from lrtheory.rates.measured import Limit

EPS, RATES = 1e-2, 2048
MATRIX = np.array([[0.52, -0.48], [-0.48, 0.52]])
UNIT = "million tangent iterations per CPU second"
_LINE, _PLANE = 22, 64  # fused multiply-adds, see line_limit and plane_limit


def line(size: float) -> Workload:
    """One exponent of the periodic example, lr from 1e-3 to 1."""
    rates, landscape = _rates(size), chaos.periodic(EPS)
    start, by_numba = np.full(rates.size, 0.3), peers.numba_exponents(EPS)

    def ours(steps: int) -> None:
        lyapunov_sweep(landscape, rates, np.array([0.3]), burn=0, steps=steps)

    others = [
        Candidate("torch, all rates at once", _work(lambda n: _torch(rates, n), rates, size, 100), 20),
        Candidate("numpy, all rates at once", _work(lambda n: _numpy(rates, n), rates, size, 100), 37),
        Candidate(
            "numba, one rate after the other",
            _work(lambda n: by_numba(rates, start, n), rates, size, 100),
            37,
        ),
        Candidate("pynamicalsys lyapunov", _few(peers.pynamicalsys_exponents(EPS), rates, start, size), 80),
    ]
    mine = Candidate("lrtheory lyapunov_sweep", _work(ours, rates, size, 4000))
    return Workload("P2a: exponents on the line", UNIT, mine, others, limit=line_limit)


def plane(size: float) -> Workload:
    """Both exponents on a quadratic form with a tone along each axis."""
    rates = _rates(size)
    both = torch.ones(2, dtype=torch.float64)
    tones = chaos.Tones(both, torch.eye(2, dtype=torch.float64), 0 * both)
    landscape = chaos.TwoScale(chaos.Quadratic(torch.from_numpy(MATRIX)), tones, EPS)
    start = np.tile([0.3, -0.2], (rates.size, 1))

    def ours(steps: int) -> None:
        lyapunov_sweep(landscape, rates, start[0], burn=0, steps=steps)

    methods = {"ER": 80, "QR": 200}
    others = [
        Candidate(
            f"pynamicalsys, method {name}",
            _few(peers.pynamicalsys_spectrum(EPS, MATRIX, method=name), rates, start, size),
            goal,
        )
        for name, goal in methods.items()
    ]
    mine = Candidate("lrtheory lyapunov_sweep", _work(ours, rates, size, 2000))
    return Workload("P2b: both exponents in the plane", UNIT, mine, others, limit=plane_limit)


def line_limit(found: Limits) -> Limit:
    """22 fused multiply-adds (or products) a step.

    One square q^2; seven steps of the sine's polynomial, one that joins it to the linear term, one for that
    term, one for the rate: eleven, as in P1 with a rate for each lane. Eight steps of the cosine's
    polynomial, one that adds the curvature, one for the rate, and the running product: eleven more. The
    look at its exponent comes once in 16 steps and multiplies nothing.
    """
    return Limit(found.float64 / 2 / _LINE / 1e6, f"{_LINE} fused multiply-adds a step in float64")


def plane_limit(found: Limits) -> Limit:
    """64 fused multiply-adds (or products) a step, for any two tones on any quadratic form.

    Phases of two tones 4; for each tone a square, seven steps and a product for the slope and eight steps for
    the bend, 34 in all; positions 5 each; three entries of the Jacobian 3 each; the tangent 2 a component;
    the factor of areas 3.
    """
    return Limit(found.float64 / 2 / _PLANE / 1e6, f"{_PLANE} fused multiply-adds a step in float64")


def _rates(size: float) -> np.ndarray:
    return np.linspace(1e-3, 1.0, max(8, round(RATES * size)))


def _work(run: Callable[[int], object], rates: np.ndarray, size: float, steps: int) -> Callable[[], float]:
    count = max(8, round(steps * size))

    def work() -> float:
        run(count)
        return rates.size * count / 1e6

    return work


def _few(
    sweep: peers.Sweep | None, rates: np.ndarray, start: np.ndarray, size: float
) -> Callable[[], float] | None:
    """A few rates for many steps, so that its calls from Python cost little."""
    if sweep is None:
        return None
    chosen = slice(None, None, max(1, rates.size // 16))
    return _work(lambda n: sweep(rates[chosen], start[chosen], n), rates[chosen], size, 20_000)


def _torch(rates: np.ndarray, steps: int) -> None:
    lr, x = torch.from_numpy(rates), torch.full((rates.size,), 0.3, dtype=torch.float64)
    total = torch.zeros_like(x)
    for _ in range(steps):
        total += (1 - lr * (1 - torch.cos(x / EPS) / EPS)).abs().log()
        x = x - lr * (x - torch.sin(x / EPS))


def _numpy(rates: np.ndarray, steps: int) -> None:
    x, total = np.full(rates.size, 0.3), np.zeros(rates.size)
    for _ in range(steps):
        total += np.log(np.abs(1 - rates * (1 - np.cos(x / EPS) / EPS)))
        x = x - rates * (x - np.sin(x / EPS))
