"""Claims about many times: norms forward and backward, sharing, products of layers, worst case, errata."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.benign import KINDS, width_needed
from lrtheory.lazy_rnn.experiments.depth import depth, product_norms
from lrtheory.lazy_rnn.experiments.memorization import memorization
from lrtheory.lazy_rnn.experiments.protocol import drawn_network
from lrtheory.lazy_rnn.measures.movement import spectral_norm
from lrtheory.lazy_rnn.measures.passes import backward_norms, fresh_norms, pre_activation_norms, state_norms
from lrtheory.lazy_rnn.models.sequences import every_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.theory.norms import norm_bounds, untied_log_norm
from lrtheory.lazy_rnn.theory.product_norms import product_norm
from lrtheory.lazy_rnn.theory.worst_case import descent_guarantee
from lrtheory.seeds import generator


def _norms(scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Norms of states and pre-activations of fresh networks, shape (networks, n, L)."""
    width, seeds = (512, 4) if scale == "smoke" else (1024, 12)
    found = []
    for seed in range(seeds):
        network = drawn_network(seed, width, 5)
        sequences = every_time(random_tokens(4, 16, 5, generator=generator(seed, "tokens")))
        both = (state_norms, pre_activation_norms)
        found.append([measure(network, network.start, sequences).numpy() for measure in both])
    table = np.array(found)
    return table[:, 0], table[:, 1]


def _norm_bounds_hold(scale: str) -> Verdict:
    """Share of states from time 2 on outside the bounds of the lemma."""
    hidden, before = _norms(scale)
    outside = 0.0
    for time in range(2, 17):
        low = norm_bounds(time, 16)
        h, g = hidden[:, :, time - 1], before[:, :, time - 1]
        outside += ((h < low.hidden_low) | (h > low.hidden_high) | (g > low.preactivation_high)).mean()
    return Verdict.at_most(outside / 15, 0.0, limits="times 2 to 16, m = 1024")


def _first_bound_holds(scale: str) -> Verdict:
    """Share of states at time 1 below the printed bound, which is 1."""
    hidden, _ = _norms(scale)
    return Verdict.at_most(float((hidden[:, :, 0] < 1).mean()), 0.01)


def _backward(scale: str) -> Verdict:
    width, seeds = (512, 6) if scale == "smoke" else (2048, 8)
    found = []
    for seed in range(seeds):
        network = drawn_network(seed, width, 5)
        sequences = every_time(random_tokens(2, 9, 5, generator=generator(seed, "tokens")))
        found.append(float(backward_norms(network, network.start, sequences).mean()))
    mean, error = np.mean(found), np.std(found) / math.sqrt(len(found))
    return Verdict.near(float(mean), 0.5, stderr=float(error), sigmas=3.5, tolerance=0.03)


def _spread(kind: str, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Depths, and the standard deviation over networks of log |h| without input after the first token."""
    run = gpu_run(depth)
    row = run[kind][list(run["widths"]).index(width)]
    return run["depths"], np.nanstd(row, 0, ddof=1)


def _power_of_depth(kind: str, predicted: float, scale: str) -> Verdict:
    depths, spread = _spread(kind, 4096)
    far = depths >= 16
    slope = np.polyfit(np.log(depths[far]), np.log(spread[far]), 1)[0]
    return Verdict.near(float(slope), predicted, stderr=0.0, tolerance=0.12)


def _untied_law(scale: str) -> Verdict:
    """Spread over its law at time 64, geometric mean over widths."""
    widths = (512, 1024, 2048, 4096, 8192)
    ratios = []
    for width in widths:
        depths, spread = _spread("untied_zero", width)
        ratios.append(spread[list(depths).index(64)] / untied_log_norm(64, width).deviation)
    error = 1 / math.sqrt(2 * 100 * len(widths))
    return Verdict.near(float(np.exp(np.mean(np.log(ratios)))), 1.0, stderr=error, tolerance=0.03)


def _edge_of_products(name: str, scale: str) -> Verdict:
    """Worst norm of k factors, k = 2 to 16, over the free-probability edge, width 8192."""
    run = gpu_run(product_norms)
    keep = [k for k, count in enumerate(run["factors"]) if 2 <= count <= 16]
    edges = np.array([product_norm(int(run["factors"][k])) for k in keep])
    ratios = np.nanmean(run[name][-1], 0)[keep] / edges
    return Verdict.inside(float(ratios[np.abs(ratios - 1).argmax()]), (0.94, 1.06), predicted=1.0)


def _products_stay_bounded(scale: str) -> Verdict:
    """Edge at 400 factors over that at 100: it would be one."""
    return Verdict.at_most(product_norm(400) / product_norm(100), 1.1)


def _spectral_norm_is_two(scale: str) -> Verdict:
    width = 256 if scale == "smoke" else 1024
    norms = [float(spectral_norm(drawn_network(seed, width, 2).recurrent)) for seed in range(3)]
    return Verdict.inside(float(np.mean(norms)), (1.9, 2.2), predicted=2 * math.sqrt(2))


def _fresh_directions(scale: str) -> Verdict:
    """Least part of a state that no earlier state of any sequence explains."""
    least = math.inf
    for seed in range(3):
        network = drawn_network(seed, 512, 5)
        sequences = every_time(random_tokens(6, 10, 5, generator=generator(seed, "tokens")))
        least = min(least, float(fresh_norms(network.states(network.start, sequences)).min()))
    return Verdict.at_least(least, 0.5)


def _theorem_and_laptop(scale: str) -> Verdict:
    """Powers of ten between the steps of the theorem and those of the run; n = 8, L = 4, m = 1024."""
    told = descent_guarantee(sequences=8, length=4, outputs=1, width=1024, separation=0.5, eps=1e-6)
    run = gpu_run(memorization)
    taken = np.nanmedian(run["steps_to_1e6"][list(run["widths"]).index(1024)])
    return Verdict.at_least(told.log10_least_steps - math.log10(float(taken)), 130.0)


def _benign(scale: str) -> Verdict:
    """Least width at which all seeds fit 32 sequences: random over linear targets."""
    small = {"widths": (24, 48, 96), "sequences": (24,), "seeds": 1, "steps": 1500}
    run = run_at(scale, width_needed, small)
    least = []
    for kind in ("random", "linear"):
        fits = run["success"][KINDS.index(kind), -1].all(1)
        least.append(run["widths"][fits.argmax()] if fits.any() else math.inf)
    limits = "32 sequences of 3 tokens, 3000 steps; with more steps narrower networks fit random targets, too"
    return Verdict.at_least(float(least[0] / least[1]), 1.5, limits=limits)


def _complexity(scale: str) -> Verdict:
    """Y . K^-1 y / N of random targets over that of linear ones, at the most sequences."""
    small = {"widths": (16,), "sequences": (32,), "seeds": 3, "steps": 1}
    run = run_at(scale, width_needed, small)
    cost = run["complexity"][:, -1].mean(-1)
    return Verdict.at_least(float(cost[KINDS.index("random")] / cost[KINDS.index("linear")]), 2.0)


_time = partial(Claim, theory="lazy_rnn", page="lazy_rnn/time", kind="our finding", source="ours")
_case = partial(
    Claim, theory="lazy_rnn", page="lazy_rnn/theorem_and_laptop", kind="our finding", source="ours"
)

CLAIMS: tuple[Claim, ...] = (
    _time(
        id="lazy_rnn.norm-bounds", kind="theorem", source="allenzhu2019, Lemma B.3", check=_norm_bounds_hold,
        states=HOLDS_WITHIN_LIMITS, how="Share of norms outside.",
        statement="States and pre-activations keep within the bounds of the lemma from time 2 on.",
    ),
    _time(
        id="lazy_rnn.first-norm", kind="theorem", source="allenzhu2019, Lemma B.3, at its first time",
        states=DOES_NOT_REPRODUCE, check=_first_bound_holds, how="Share of first states that are shorter.",
        statement="The first state is at least as long as its token.",
    ),
    _time(
        id="lazy_rnn.backward", states=HOLDS, check=_backward,
        statement="Rows pulled back through time keep their size: |dy / dg|^2 d / m = 1/2 at every depth.",
        how="Mean over times, sequences and networks.",
    ),
    _time(
        id="lazy_rnn.tied-spread", states=HOLDS, check=partial(_power_of_depth, "tied_zero", 1.0),
        statement="With shared weights log |h| spreads over networks in proportion to time.",
        how="Power of time in the standard deviation, m = 4096, times 16 to 256.",
    ),
    _time(
        id="lazy_rnn.untied-spread", states=HOLDS, check=partial(_power_of_depth, "untied_zero", 0.5),
        statement="With weights of their own it spreads like the root of time.",
        how="Power of time in the standard deviation, m = 4096, times 16 to 256.",
    ),
    _time(
        id="lazy_rnn.untied-law", states=HOLDS, check=_untied_law,
        statement="With weights of their own the spread is sqrt(5 l / (4 m)).",
        how="Measured over predicted at time 64, five widths.",
    ),
    _time(
        id="lazy_rnn.products-untied", states=HOLDS, check=partial(_edge_of_products, "untied"),
        statement="Norms of products of layers lie at the free-probability edge.",
        how="Worst ratio for 2 to 16 factors, m = 8192.",
    ),
    _time(
        id="lazy_rnn.products-tied", states=HOLDS, check=partial(_edge_of_products, "tied"),
        statement="So they do with shared weights.", how="Worst ratio for 2 to 16 factors, m = 8192.",
    ),
    _time(
        id="lazy_rnn.products-bounded", kind="theorem", source="allenzhu2019, Remark 4.1 (a conjecture)",
        states=DOES_NOT_REPRODUCE, check=_products_stay_bounded,
        statement="The norm of a product of layers stays bounded however many there are.",
        how="Edge at 400 factors over that at 100.",
    ),
    _time(
        id="lazy_rnn.spectral-norm", kind="theorem", source="allenzhu2019, section 4 (says 2)",
        states=DOES_NOT_REPRODUCE, check=_spectral_norm_is_two,
        statement="The spectral norm of W at its start is 2.", how="Mean of three networks; 2 sqrt(2).",
    ),
    _time(
        id="lazy_rnn.fresh", kind="theorem", source="allenzhu2019, Lemma B.6", check=_fresh_directions,
        states=HOLDS, statement="Every state has a part that no earlier state explains.",
        how="Least length of that part; the lemma's bound is of order 1e-11.",
    ),
    _case(
        id="lazy_rnn.worst-case", states=HOLDS, check=_theorem_and_laptop,
        statement="The theorem's steps exceed a laptop's by more than 130 powers of ten.",
        how="Difference of the logarithms; constants that the theorem hides taken as one.",
    ),
    _case(
        id="lazy_rnn.benign-width", kind="rebuttal answer", states=HOLDS_WITHIN_LIMITS, check=_benign,
        source="allenzhu2019reply (a more benign training set)",
        statement="In a given time narrower networks fit targets of a simple rule than random ones.",
        how="Least width at which all seeds fit, random over linear.",
    ),
    _case(
        id="lazy_rnn.benign-cost", kind="rebuttal answer", states=HOLDS, check=_complexity,
        source="allenzhu2019reply (low-complexity concept classes)",
        statement="They cost less of the kernel: y . K^-1 y / N is smaller.",
        how="Random over linear at the most sequences.",
    ),
)
