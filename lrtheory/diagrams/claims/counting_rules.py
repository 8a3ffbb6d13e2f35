"""Claims about edge kernels, fresh noise and continuous limits. Counts of plain steps are in counting.py."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import torch
from sympy import Symbol

from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.claims.exact import exact_zero
from lrtheory.diagrams.claims.counting import small_diagrams
from lrtheory.diagrams.counting.coefficients import coefficient
from lrtheory.diagrams.counting.edge_kernels import (
    AveragedSteps,
    EdgeKernel,
    HeavyBallSteps,
    NesterovSteps,
    ScheduledSteps,
)
from lrtheory.diagrams.counting.schedules import Diffusion, Epochs, GradientFlow, cells_of, one_epoch
from lrtheory.diagrams.counting.symbolic import symbolic_coefficient
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.series.predicting import predict

_STEPS = 8


def _weights(kernel: EdgeKernel, *, nesterov: bool) -> Verdict:
    """Where PyTorch's optimizer stands after steps whose gradients are unit vectors: its edge weights."""
    theta = torch.zeros(_STEPS, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=1.0, momentum=0.9, nesterov=nesterov)
    worst = 0.0
    for step in range(_STEPS):
        for s in range(step):  # the gradient of this step is taken where theta is now
            worst = max(worst, abs(-float(theta.detach()[s]) - float(kernel.inner(s, step))))
        theta.grad = torch.eye(_STEPS, dtype=torch.float64)[step]
        optimizer.step()
    return Verdict.at_most(worst, 1e-12)


def _momentum_series(scale: str) -> Verdict:
    """Heavy ball, Nesterov, a falling rate and averaged iterates: enumerated runs against the sum."""
    kernels: tuple[EdgeKernel, ...] = (
        HeavyBallSteps(Fraction(9, 10)),
        NesterovSteps(Fraction(1, 2)),
        ScheduledSteps((Fraction(1), Fraction(1, 2), Fraction(1, 3))),
        AveragedSteps(2),
    )
    landscape, start = two_quintics()
    worst = Fraction(0)
    for kernel in kernels:
        truth = exact_enumeration(landscape, start, one_epoch(3), order=3, kernel=kernel)
        summed = predict(landscape, start, one_epoch(3), order=3, kernel=kernel).coefficients
        worst = max(worst, *(abs(a - Fraction(b)) for a, b in zip(truth, summed, strict=True)))
    return exact_zero(worst)


def _long_momentum(scale: str) -> Verdict:
    """The weight of an edge across 200 steps of momentum 0.9, against ten plain steps."""
    return Verdict.near(float(HeavyBallSteps(0.9).inner(0, 200)), 10.0, stderr=0.0, tolerance=1e-7)


def _fresh_noise(scale: str) -> Verdict:
    """A field added with a random sign at every visit; all training sets and all signs are run."""
    landscape, start = two_quintics()
    t = Polynomial.coordinate(1, 0)
    field = Fraction(1, 2) * t + Fraction(1, 3) * t**2 - Fraction(1, 5) * t**3
    noise = PolynomialLandscape((Fraction(1, 2), Fraction(1, 2)), (field, -field))
    schedule = Epochs(2, epochs=2)
    truth = exact_enumeration(landscape, start, schedule, order=3, noise=noise)
    summed = predict(landscape, start, schedule, order=3, noise=noise).coefficients
    worst = max(abs(a - Fraction(b)) for a, b in zip(truth, summed, strict=True))
    return exact_zero(worst, note=f"third order {truth[3]}")


def _cell_ties(scale: str) -> Verdict:
    """Two leaves in one cell, four passes over three: counted by hand as one a cell, tied by row as pairs."""
    grid = cells_of(Epochs(3, epochs=4))
    by_noise = coefficient(Diagram.parse("(01*-2)(02-12)"), grid)
    by_row = coefficient(Diagram.parse("(01-2)(02-12)"), grid)
    note = f"{by_row} by row"
    return Verdict.inside(float(Fraction(by_row) / Fraction(by_noise)), (4.0, 4.0), predicted=4.0, note=note)


def _limits(scale: str) -> Verdict:
    """Counts in one epoch over N^order at N = 10^9, against the limit; ties survive by chance only."""
    many, worst = 10**9, 0.0
    for diagram in small_diagrams():
        share = Fraction(coefficient(diagram, one_epoch(many))) / Fraction(many) ** diagram.order
        worst = max(worst, abs(float(share - Fraction(coefficient(diagram, GradientFlow(1))))))
    return Verdict.at_most(worst, 1e-8, note="at most three powers of 1/N are left")


def _diffusion(scale: str) -> Verdict:
    """What the diffusion keeps of an epoch's formula: the highest power of N, ties of two at most."""
    worst = Fraction(0)
    for diagram in small_diagrams():
        formula, parts = symbolic_coefficient(diagram, "one epoch"), len(diagram.members) - 1
        leading = Fraction(str(formula.expand().coeff(Symbol("N"), parts)))
        pairs = max(len(part) for part in diagram.members) <= 2
        kept = leading * 5**parts if pairs else Fraction(0)
        worst = max(worst, abs(kept - Fraction(coefficient(diagram, Diffusion(5)))))
    return exact_zero(worst)


_claim = partial(Claim, theory="diagrams", page="diagrams/counting", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="diagrams.heavy-ball-weights",
        kind="our finding",
        statement="The heavy ball weighs an edge across k steps (1 - beta^k) / (1 - beta); counting does the "
        "rest.",
        source="polyak1964, the rule; the edge weights are ours",
        how="Eight steps of PyTorch's optimizer with unit vectors for gradients; the largest difference.",
        check=lambda scale: _weights(HeavyBallSteps(0.9), nesterov=False),
    ),
    _claim(
        id="diagrams.nesterov-weights",
        kind="our finding",
        statement="Nesterov's rule adds beta^k to the heavy ball's weight on edges between gradients.",
        source="nesterov1983, the rule; the edge weights are ours",
        how="Eight steps of PyTorch's optimizer with unit vectors for gradients; the largest difference.",
        check=lambda scale: _weights(NesterovSteps(0.9), nesterov=True),
    ),
    _claim(
        id="diagrams.kernels-in-the-series",
        kind="our finding",
        statement="Momentum, falling rates and averaged iterates change weights of edges, nothing else.",
        source="ours",
        how="All training sets of three, four rules, through third order in exact fractions.",
        check=_momentum_series,
    ),
    _claim(
        id="diagrams.momentum-as-rate",
        kind="our finding",
        statement="Across many steps an edge under momentum beta weighs 1 / (1 - beta): a larger rate.",
        source="ours",
        how="The weight of an edge across 200 steps at momentum 0.9.",
        check=_long_momentum,
    ),
    _claim(
        id="diagrams.fresh-noise",
        kind="our finding",
        statement="Noise drawn anew at every visit adds ties within a cell, with the noise's own cumulants.",
        source="ours",
        how="All training sets and signs of two passes over two, through third order in exact fractions.",
        check=_fresh_noise,
    ),
    _claim(
        id="diagrams.cell-ties",
        kind="our finding",
        statement="Two leaves tied by fresh noise embed E times less often than two tied by example.",
        source="ours",
        how="Ratio of the counts in four passes over three.",
        check=_cell_ties,
    ),
    _claim(
        id="diagrams.flow-counts",
        kind="theorem",
        statement="For infinitely small steps ties vanish; a tree counts the volume of its orders in time.",
        source="butcher2016, elementary weights; tenka2020, limits of one epoch",
        how="Counts in an epoch of 10^9 examples, over N^order, against the limit, for 22 diagrams.",
        check=_limits,
    ),
    _claim(
        id="diagrams.diffusion-counts",
        kind="our finding",
        statement="The diffusion keeps ties of two nodes and each formula's highest power of N, no more.",
        source="ours; tenka2020, comparison with stochastic differential equations",
        how="Formulas of one epoch cut by hand against the limit, for 22 diagrams; the difference.",
        check=_diffusion,
    ),
)
