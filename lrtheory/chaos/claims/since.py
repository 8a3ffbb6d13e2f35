"""Claims of the work since 2020 on large rates, each on its smallest example; no ripple anywhere."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lrtheory import measure
from lrtheory.chaos.measures.runs import lyapunov_exponent
from lrtheory.chaos.models.large_scale import DoubleWell
from lrtheory.chaos.models.since import ProductRegression, SquaredProduct, critical_product_rate
from lrtheory.chaos.models.two_scale import uniform_start
from lrtheory.chaos.theory.bifurcation import flip_is_supercritical, period_doublings
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent, descend
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 256, "laptop": 1024, "long": 8192}
_DRAWS = {"smoke": 3, "laptop": 12, "long": 100}
_WIDTH = 1000


def _cubic_thresholds(scale: str) -> Verdict:
    found = period_doublings(DoubleWell(), 2, near=(1.2, 1.236), born=1.0, count=1)[0].lr
    return Verdict.near(found, math.sqrt(5) - 1, stderr=0.0, tolerance=1e-8)


def _cubic_triples(scale: str) -> Verdict:
    start = 0.5 + 0.3 * uniform_start(_MEMBERS[scale], generator(0, "start"))
    found = lyapunov_exponent(DoubleWell(), 2 - 1e-9, start, burn=500, steps=1000)
    return Verdict.near(found.value, math.log(3), stderr=found.stderr, tolerance=2e-3)


def _thrown(expansion: float, draws: int) -> list[tuple[float, float]]:
    """Final loss and final curvature times rate of every draw; infinite where the descent diverged."""
    landscape = ProductRegression(_WIDTH, scale=math.sqrt(_WIDTH))
    ends = []
    for draw in range(draws):
        theta = torch.randn(2 * _WIDTH, generator=generator(0, "weights", draw), dtype=torch.float64)
        lr = expansion / float(landscape.kernel(theta))
        try:
            end = descend(GradientDescent(lr), landscape, theta, steps=2000).final
        except FloatingPointError:
            ends.append((math.inf, math.inf))
            continue
        ends.append((float(landscape.loss(end)), lr * float(landscape.kernel(end))))
    return ends


def _catapult_lands_flatter(scale: str) -> Verdict:
    ends = [end for expansion in (2.5, 3.5) for end in _thrown(expansion, _DRAWS[scale])]
    if max(loss for loss, _ in ends) > 1e-12:
        return Verdict.at_most(max(loss for loss, _ in ends), 1e-12, note="a throw did not land")
    note = "largest rate times final curvature over all draws at expansions 2.5 and 3.5; all converged"
    return Verdict.at_most(max(product for _, product in ends), 2.0, note=note)


def _catapult_has_an_upper_edge(scale: str) -> Verdict:
    lost = [not math.isfinite(loss) for loss, _ in _thrown(4.3, _DRAWS[scale])]
    kept = [loss < 1e-12 for loss, _ in _thrown(3.7, _DRAWS[scale])]
    note = f"share lost at expansion 4.3; share that lands at 3.7 is {np.mean(kept):.2f}"
    return Verdict.at_least(float(np.mean(lost)) * float(np.mean(kept)), 1.0, note=note)


def _squared_product_edge(scale: str) -> Verdict:
    rates = torch.tensor([[0.2], [0.1], [0.05]], dtype=torch.float64)
    end = descend(GradientDescent(rates), SquaredProduct(), _sharp_starts(rates[:, 0]), steps=20_000).final
    top = torch.linalg.eigvalsh(SquaredProduct().hessian(end))[:, -1] * rates[:, 0] / 2
    gaps = (1 - top).tolist()
    note = "gap to the edge at lr = 0.2, 0.1, 0.05: " + ", ".join(f"{gap:.5f}" for gap in gaps)
    if min(gaps) <= 0:
        return Verdict.at_least(min(gaps), 0.0, note="descent came to rest beyond the edge; " + note)
    # Halving the rate must at least halve the gap.
    return Verdict.at_least(min(gaps[0] / gaps[1], gaps[1] / gaps[2]), 2.0, note=note)


def _sharp_starts(lr: Tensor) -> Tensor:
    """Starts with x y = 1.05 on the sharp side of the minimum whose sharpness is 2 / lr, shape (n, 2)."""
    product = 1.05
    difference = 1.2**2 * (lr**-2 - 4).sqrt()
    total = (difference**2 + 4 * product**2).sqrt()
    return torch.stack([(total + difference) / 2, (total - difference) / 2], dim=-1).sqrt()


def _critical_rate(scale: str) -> Verdict:
    """The rate between convergence and divergence by bisection, over the formula's, for one start."""
    landscape = ProductRegression(2, target=0.7)
    start = torch.tensor([2.0, 0.3, -0.4, 1.1], dtype=torch.float64)
    low, high = 0.1, 2.0
    for _ in range({"smoke": 12, "laptop": 16, "long": 20}[scale]):
        middle = (low + high) / 2
        low, high = (middle, high) if _converges(landscape, start, middle) else (low, middle)
    expected = critical_product_rate(landscape, start)
    return Verdict.near((low + high) / 2, expected, stderr=0.0, tolerance=high - low)


def _converges(landscape: ProductRegression, start: Tensor, lr: float) -> bool:
    try:
        end = descend(GradientDescent(lr), landscape, start, steps=3000).final
    except FloatingPointError:
        return False
    return float(landscape.loss(end)) < 1e-12


def _flip_sign_decides(scale: str) -> Verdict:
    """Where descent ends at 2.1 / f'' on log cosh x and x^2/2 + x^4/4, against the sign."""
    ends = {}
    for name, slope in (("soft", torch.tanh), ("hard", lambda x: x + x**3)):
        x = torch.tensor(0.01, dtype=torch.float64)
        for _ in range(2000):
            x = (x - 2.1 * slope(x)).clamp(-1e6, 1e6)
        ends[name] = abs(float(x))
    said = flip_is_supercritical(1.0, 0.0, -2.0) and not flip_is_supercritical(1.0, 0.0, 6.0)
    if not said or ends["hard"] < 1e3:
        return Verdict.at_least(ends["hard"], 1e3, note="the hard flip must run away, and the sign say so")
    expected = 0.38924101919837567  # root of 2 x = 2.1 tanh x
    return Verdict.near(ends["soft"], expected, stderr=0.0, tolerance=1e-9, note="half width of the bounce")


def _balance(scale: str) -> Verdict:
    landscape, lr = ProductRegression(1, target=1.0), 0.9
    x = 2 * uniform_start(_MEMBERS[scale] * 8, generator(0, "start"), dim=2)
    before = x.clone()
    for _ in range(1500):
        x = (x - lr * landscape.gradient(x)).clamp(-1e3, 1e3)
    done = landscape.loss(x) < 1e-12
    gap = float((x[done, 0] - x[done, 1]).abs().max())
    first = measure.mean_and_stderr((before[done, 0] - before[done, 1]).abs().numpy())
    note = f"largest gap |x - y| of {int(done.sum())} limits; its mean at the start was {first.value:.2f}"
    return Verdict.at_most(gap, math.sqrt(2 / lr - 2), note=note)


_claim = partial(Claim, theory="chaos", page="chaos/since", kind="theorem", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.cubic-flip",
        statement="Descent of (w^2 - 1)^2 / 4 doubles its 2-cycle at rate sqrt(5) - 1.",
        source="chen2023, the cubic map; the closed form is our derivation",
        how="Root of the 2-cycle's multiplier + 1, against sqrt(5) - 1.",
        check=_cubic_thresholds,
    ),
    _claim(
        id="chaos.cubic-ln3",
        statement="At rate 2 descent of (w^2 - 1)^2 / 4 has the Lyapunov exponent ln 3.",
        source="chen2023, the chaotic phase; w = sqrt(2) sin t triples t, our derivation",
        how="Mean of ln|1 - lr f''| just below rate 2.",
        check=_cubic_triples,
    ),
    _claim(
        id="chaos.catapult",
        kind="experiment",
        statement="Thrown out above rate * curvature = 2, descent lands where rate * curvature < 2.",
        source="lewkowycz2020",
        how="Final curvature of u.v networks of width 1000 at expansions 2.5 and 3.5, many draws.",
        check=_catapult_lands_flatter,
    ),
    _claim(
        id="chaos.catapult-edge",
        kind="experiment",
        statement="The catapult ends near rate * curvature = 4: at 3.7 all land, at 4.3 all are lost.",
        source="lewkowycz2020",
        how="Share of draws that diverge at 4.3, times the share that land at 3.7.",
        check=_catapult_has_an_upper_edge,
    ),
    _claim(
        id="chaos.minimal-edge",
        kind="our finding",
        statement="On (1 - x^2 y^2)^2 / 4 descent stops just below sharpness 2 / lr; half the rate leaves at "
        "most half the gap.",
        source="zhu2023 for the example; the gaps are our measurement",
        how="Ratios of the gaps 1 - sharpness * lr / 2 at rates 0.2, 0.1 and 0.05 from the sharp side.",
        check=_squared_product_edge,
    ),
    _claim(
        id="chaos.critical-rate",
        statement="Descent of (u.v - y)^2 / 2 converges below a rate known in closed form and not above.",
        source="liang2025 for scalars; vectors are our check",
        how="Bisection for the border of convergence from one start, against the formula.",
        check=_critical_rate,
    ),
    _claim(
        id="chaos.soft-flip",
        statement="Above 2 / f'' a stable 2-cycle exists if 3 f'''^2 > f'' f'''', and none if less.",
        source="our derivation, the Schwarzian derivative of one step",
        how="Where descent ends at 2.1 / f'' on log cosh x and on x^2/2 + x^4/4.",
        check=_flip_sign_decides,
    ),
    _claim(
        id="chaos.balance",
        statement="A limit of descent on (1 - x y)^2 / 2 at rate lr has |x - y| <= sqrt(2 / lr - 2).",
        source="wang2022, balancing; the bound is our two lines",
        how="Largest gap of all limits at rate 0.9 over random starts.",
        check=_balance,
    ),
)
