"""Claims about rates beyond lazy training, two phases, and the scale of the readout. Adopted runs."""

from __future__ import annotations

from functools import partial

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.lazy_rnn.claims.slopes import slope_verdict
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.benign import vowels
from lrtheory.lazy_rnn.experiments.digits import ten_digits
from lrtheory.lazy_rnn.experiments.rates import RATES, rate_sweep, readout_scale, two_phases
from lrtheory.lazy_rnn.measures.fits import geometric_means, width_slope

_TOLERANCE = 0.08  # of powers of the width


def _at(name: str, rate: float) -> np.ndarray:
    """A number of the sweep at one rate, shape (widths, seeds)."""
    found: np.ndarray = gpu_run(rate_sweep)[name][:, :, RATES.index(rate)]
    return found


def _lazy_below_the_edge(scale: str) -> Verdict:
    """Largest peak of the loss over its start at nine tenths of the edge."""
    return Verdict.at_most(float(_at("peak_loss", 0.9).max()), 1.0)


def _catapult(scale: str) -> Verdict:
    """Share of runs at twice the edge that rise above their start, end below 1e-8, in flatter ground."""
    good = (_at("peak_loss", 2.0) > 1.3) & (_at("final_loss", 2.0) < 1e-8) & (_at("sharpness", 2.0) < 0.7)
    return Verdict.at_least(float(good.mean()), 0.9, limits="m = 256, 1024, 4096; 24 runs at c = 2")


def _diverges_beyond(scale: str) -> Verdict:
    return Verdict.at_least(float(_at("diverged", 16.0).mean()), 1.0, note="c = 16, 24 runs")


def _eight_times_the_edge(scale: str) -> Verdict:
    return Verdict.at_most(float(_at("diverged", 8.0).mean()), 1 / 24, note="share of 24 runs at c = 8")


def _peak_grows(scale: str) -> Verdict:
    """Power of the width with which the peak at c = 3 grows."""
    fit = width_slope(gpu_run(rate_sweep)["widths"], _at("peak_loss", 3.0), least=256)
    return Verdict.near(fit.value, 1.0, stderr=fit.stderr, sigmas=3.0, tolerance=0.1)


def _large_rates_are_not_lazy(scale: str) -> Verdict:
    """Flips at c = 3 at width 4096 over those at width 256."""
    means = geometric_means(_at("flips", 3.0))
    return Verdict.inside(float(means[-1] / means[0]), (0.8, 1.25), predicted=1.0)


def _second_phase_reaches_zero(scale: str) -> Verdict:
    """Largest final loss of the second phase over that of a single small rate, seed by seed."""
    run = gpu_run(two_phases)
    return Verdict.at_most(float((run["second_final_loss"] / run["single_final_loss"]).max()), 1e-3)


def _edge_of_stability(scale: str) -> Verdict:
    """Rate over the edge at the end: half of it at the start."""
    run = gpu_run(readout_scale)
    return Verdict.inside(float(run["mup_sharpness"][-1].mean()), (0.85, 1.05), predicted=1.0)


def _no_sharpening(scale: str) -> Verdict:
    run = gpu_run(readout_scale)
    return Verdict.inside(float(run["paper_sharpness"][-1].mean()), (0.48, 0.52), predicted=0.5)


def _ten_digits_are_lazy(scale: str) -> Verdict:
    """Gap of network and linearization on test images, over the change, at the widest."""
    run = run_at(scale, ten_digits, {"widths": (64,), "seeds": 1, "steps": 100, "images": 40})
    return Verdict.at_most(float(run["test_gap"][-1].mean()), 0.2)


def _vowels(scale: str) -> Verdict:
    """Test accuracy at the widest; chance is 1 / 9."""
    small = {"widths": (64,), "seeds": 1, "utterances": 45, "steps": 100}
    run = run_at(scale, vowels, small)
    least = 0.2 if scale == "smoke" else 0.5
    limits = "m = 512, 90 utterances, 400 steps; chance is 1/9"
    return Verdict.at_least(float(run["accuracy_full"][-1].mean()), least, limits=limits)


_phases = partial(Claim, theory="lazy_rnn", page="lazy_rnn/two_phases", kind="our finding", source="ours")
_ends = partial(
    Claim, theory="lazy_rnn", page="lazy_rnn/where_laziness_ends", kind="our finding", source="ours"
)
_SLOPE = "Slope of ln(geometric mean over seeds) against ln m, m >= 512."

CLAIMS: tuple[Claim, ...] = (
    _phases(
        id="lazy_rnn.below-edge", states=HOLDS, check=_lazy_below_the_edge,
        statement="Below the edge 2 / lambda_max the loss never rises above its start.",
        how="Largest peak over the start at c = 0.9, 24 runs.",
    ),
    _phases(
        id="lazy_rnn.catapult", source="lewkowycz2020", states=HOLDS_WITHIN_LIMITS, check=_catapult,
        statement="Beyond the edge the loss rises, falls to zero, and ends in flatter ground.",
        how="Share of runs at c = 2 for which all three hold.",
    ),
    _phases(
        id="lazy_rnn.catapult-reach", states=HOLDS, check=_eight_times_the_edge,
        statement="Up to eight times the edge next to no run diverges.", how="Share that does at c = 8.",
    ),
    _phases(
        id="lazy_rnn.divergence", states=HOLDS, check=_diverges_beyond,
        statement="At sixteen times the edge every run diverges.", how="Share that does at c = 16.",
    ),
    _phases(
        id="lazy_rnn.peak", states=HOLDS, check=_peak_grows,
        statement="The peak of the catapult grows in proportion to the width.",
        how="Slope of ln(peak) against ln m at c = 3.",
    ),
    _phases(
        id="lazy_rnn.large-rate", kind="rebuttal answer", states=HOLDS, check=_large_rates_are_not_lazy,
        source="allenzhu2019reply (larger steps, another behavior)",
        statement="A large rate is not lazy at any width: the share of flips does not fall.",
        how="Flips at c = 3, width 4096 over width 256.",
    ),
    _phases(
        id="lazy_rnn.second-phase", kind="rebuttal answer", states=HOLDS,
        source="allenzhu2019reply (the second phase, where the rate is decayed)",
        statement="After a large rate, a small one is lazy about where the large one ended.",
        how=_SLOPE + " Flips of the second phase.",
        check=partial(slope_verdict, two_phases, "second_flips", -0.5, _TOLERANCE),
    ),
    _phases(
        id="lazy_rnn.second-phase-loss", kind="rebuttal answer", states=HOLDS,
        source="allenzhu2019reply (training error goes to zero)", check=_second_phase_reaches_zero,
        statement="The second phase ends far below what the small rate alone reaches in as many steps.",
        how="Largest ratio of final losses, 40 pairs of runs.",
    ),
    _ends(
        id="lazy_rnn.readout-flips", source="chizat2019; ours for this network", states=HOLDS,
        statement="With a readout that shrinks like m^(-1/2) flips do not fall with the width.",
        how=_SLOPE, check=partial(slope_verdict, readout_scale, "mup_flips", 0.0, _TOLERANCE),
    ),
    _ends(
        id="lazy_rnn.paper-flips", states=HOLDS, how=_SLOPE,
        check=partial(slope_verdict, readout_scale, "paper_flips", -0.5, _TOLERANCE),
        statement="With the paper's readout they fall like m^(-1/2).",
    ),
    _ends(
        id="lazy_rnn.hidden-change", states=HOLDS, how=_SLOPE,
        statement="With the small readout the states change by half of themselves at every width.",
        check=partial(slope_verdict, readout_scale, "mup_hidden_change", 0.0, _TOLERANCE),
    ),
    _ends(
        id="lazy_rnn.edge-of-stability", source="cohen2021", states=HOLDS, check=_edge_of_stability,
        statement="With the small readout the curvature grows until the rate comes close to the edge.",
        how="Rate over the edge at the end of runs that began at one half, m = 8192.",
    ),
    _ends(
        id="lazy_rnn.no-sharpening", states=HOLDS, check=_no_sharpening,
        statement="With the paper's readout the curvature stays where it was.",
        how="The same with the paper's readout.",
    ),
    _ends(
        id="lazy_rnn.ten-digits", states=DOES_NOT_REPRODUCE, check=_ten_digits_are_lazy,
        statement="A width of 512 learns ten digits from a hundred images lazily.",
        how="Gap of network and linearization on test images over the change.",
    ),
    _ends(
        id="lazy_rnn.vowels", states=HOLDS_WITHIN_LIMITS, check=_vowels,
        statement="From sequences of unequal length the network names one of nine speakers far above chance.",
        how="Mean test accuracy.",
    ),
)
