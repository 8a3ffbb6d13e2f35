"""Claims about levels of laziness: what the linear model leaves out, and which part comes first."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.lazy_rnn.claims.slopes import slope_verdict
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.levels import laziness_levels
from lrtheory.lazy_rnn.experiments.memorization import limit
from lrtheory.lazy_rnn.experiments.protocol import drawn_network, drawn_task
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.measures.fits import geometric_means
from lrtheory.lazy_rnn.measures.movement import flips
from lrtheory.lazy_rnn.measures.smoothness import state_difference
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.sequences import every_time
from lrtheory.lazy_rnn.tangent.products import jacobian_transpose_product
from lrtheory.lazy_rnn.theory.adversary import adversarial_flips, adversarial_update
from lrtheory.lazy_rnn.theory.one_update import one_update
from lrtheory.lazy_rnn.theory.training import predict_training
from lrtheory.seeds import generator

_TOLERANCE = 0.06


def _signs_come_first(scale: str) -> Verdict:
    """What sign changes leave out over what interactions do, on test inputs of the widest networks."""
    run = gpu_run(laziness_levels)
    ratio = geometric_means(run["test_full_frozen"]) / geometric_means(run["test_frozen_linear"])
    return Verdict.at_least(float(ratio[-1]), 3.0, limits="4 tokens; at 24 tokens and m = 64 both are alike")


def _interactions_come_first(scale: str) -> Verdict:
    run = gpu_run(laziness_levels)
    ratio = geometric_means(run["test_frozen_linear"]) / geometric_means(run["test_full_frozen"])
    return Verdict.at_least(float(ratio[-1]), 1.0, note="interactions over sign changes, m = 16,384")


def _one_update_by(seed: int, width: int, change: float, tokens: torch.Tensor) -> tuple[float, float]:
    """Departure from the linear change along it, and flips, of the least move that changes one output."""
    network = random_network(width, tokens.shape[-1], generator=generator(seed, "one update", width))
    sequences, start = every_time(tokens), network.start
    ones = torch.ones(1, dtype=start.dtype)
    pull = jacobian_transpose_product(network, start, sequences, ones)
    theta = start + change / pull.square().sum() * pull
    first, after = (sequences.flat(network.outputs_of(each, sequences)) for each in (start, theta))
    return float(after - first) - change, float(flips(network, theta, sequences))


def _one_update_is_exact(scale: str) -> Verdict:
    """Mean departure over its law, over networks, at a change of either sign and unequal tokens."""
    count, width = (24, 512) if scale == "smoke" else (80, 2048)
    tokens = torch.tensor([[[0.6, 0.8], [0.9, -0.3]]], dtype=torch.float64)
    ratios = []
    for change in (1.0, -1.5):
        law = one_update(change, width=width, first_norm=1.0, second_norm=float(tokens[0, 1].norm()))
        ratios += [_one_update_by(seed, width, change, tokens)[0] / law.difference for seed in range(count)]
    mean, error = np.mean(ratios), np.std(ratios) / math.sqrt(len(ratios))
    return Verdict.near(float(mean), 1.0, stderr=float(error), sigmas=3.5, tolerance=0.06)


def _adversary(scale: str) -> Verdict:
    """Gates that the cheapest update flips in a network, over its law; geometric mean over draws."""
    width, seeds = (1024, 3) if scale == "smoke" else (4096, 4)
    ratios = []
    for seed in range(seeds):
        network = drawn_network(seed, width, 4)
        regression, _ = drawn_task(seed, width, count=1, times=2, inputs=4)
        driven = network.driven(regression.sequences)
        hidden = driven[0].relu()
        g = (hidden @ network.recurrent.mT + driven[1])[0]
        update = adversarial_update(g, hidden[0], tau=1.0)
        law = adversarial_flips(width, tau=1.0, hidden_norm=float(hidden.norm()), token_norm=1.0)
        ratios.append(int(update.flipped.sum()) / law)
    return Verdict.inside(float(np.exp(np.mean(np.log(ratios)))), (0.85, 1.15), predicted=1.0)


def _identity(scale: str) -> Verdict:
    """Largest error of the identity for the change of the states, at a move that flips many gates."""
    regression, _ = drawn_task(0, 64, count=4, times=6, inputs=5)
    move = 3.0 * torch.randn(regression.dim, generator=generator(0, "move"), dtype=torch.float64) / 64
    changes, made, excess = state_difference(regression.network, regression.start, move, regression.sequences)
    worst = max(float((a - b).abs().max()) for a, b in zip(changes, made, strict=True))
    if max(float(each.abs().max()) for each in excess) > 1:
        return Verdict.at_most(math.inf, 1.0)
    return Verdict.at_most(worst, 1e-12)


def _prediction_holds(scale: str) -> Verdict:
    """Share of looks at which the gap is at most three times the stated one, until the loss is 1e-4."""
    widths, seeds = ((64, 128, 256), 4) if scale == "smoke" else ((64, 128, 256, 512), 8)
    covered = []
    for width in widths:
        for seed in range(seeds):
            regression, _ = drawn_task(seed, width, count=8, times=4, inputs=6)
            told = predict_training(regression, steps=300)
            path = trained(regression, regression.start, told.lr, steps=300).residuals[told.steps]
            gap = (path - told.residuals).norm(dim=-1) / path[0].norm()
            looks = (path.square().sum(-1) > 1e-4 * path[0].square().sum()) & (told.steps > 0)
            covered += (gap[looks] <= 3 * told.gap[looks]).tolist()
    limits = "loss above 1e-4 of the first, rate 1 / lambda_max"
    return Verdict.at_least(float(np.mean(covered)), 0.95, limits=limits)


_claim = partial(Claim, theory="lazy_rnn", page="lazy_rnn/levels", kind="our finding", source="ours")
_HOW = "Slope of ln(geometric mean over seeds) against ln m, m = 512 to 16,384."

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="lazy_rnn.linear-test", how=_HOW, states=HOLDS,
        statement="On fresh inputs the linear model misses m^(-3/4) of the change.",
        check=partial(slope_verdict, laziness_levels, "test_full_linear", -0.75, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.linear-train", how=_HOW, states=HOLDS,
        statement="On training inputs it misses m^(-1/2): there all sign changes push the same way.",
        check=partial(slope_verdict, laziness_levels, "train_full_linear", -0.5, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.interactions", how=_HOW, states=HOLDS,
        statement="With gates held, interactions between steps are 1 / m of the change.",
        check=partial(slope_verdict, laziness_levels, "test_frozen_linear", -1.0, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.third-order", how=_HOW, states=HOLDS,
        statement="With gates held, what the second order leaves out is m^(-2) of the change.",
        check=partial(slope_verdict, laziness_levels, "test_frozen_quadratic", -2.0, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.signs-first", states=HOLDS_WITHIN_LIMITS,
        statement="In wide networks sign changes matter more than interactions.",
        how="What sign changes leave out over what interactions do, m = 16,384.", check=_signs_come_first,
    ),
    _claim(
        id="lazy_rnn.ladder", kind="rebuttal answer", source="allenzhu2019reply, magnitudes of laziness",
        states=DOES_NOT_REPRODUCE,
        statement="Leaving the linear model, interactions between layers come before sign changes.",
        how="The inverse ratio.", check=_interactions_come_first,
    ),
    _claim(
        id="lazy_rnn.one-update", states=HOLDS,
        statement="One update that moves one output by D falls short of it by 2 D^2 / (pi sigma sqrt(m)).",
        how="Mean over networks of departure over law, at two D and unequal tokens.",
        check=_one_update_is_exact,
    ),
    _claim(
        id="lazy_rnn.adversary", kind="theorem", source="allenzhu2019, Lemma C.2; the constant is ours",
        states=HOLDS, how="Flips of the cheapest update of spectral norm m^(-1/2), over the law.",
        statement="The exponent 2/3 of the bound on flips is reached: by an adversary, not by descent.",
        check=_adversary,
    ),
    _claim(
        id="lazy_rnn.identity", kind="theorem", source="allenzhu2019, Claim G.2", states=HOLDS,
        statement="The change of the states is exactly a sum over the times of the move.",
        how="Largest difference of both sides at a move that flips many gates.", check=_identity,
    ),
    _claim(
        id="lazy_rnn.full-linear", how=_HOW, states=HOLDS,
        statement="Trained to the end, network and linearization differ by m^(-2/3) on fresh inputs.",
        check=partial(slope_verdict, limit, "full_vs_linear", -0.65, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.finite-infinite", how=_HOW, states=HOLDS, page="lazy_rnn/why_linear",
        statement="The linearization is m^(-1/2) away from infinite width: noise of the kernel.",
        check=partial(slope_verdict, limit, "linear_vs_infinite", -0.5, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.prediction", states=HOLDS_WITHIN_LIMITS,
        statement="The gap that a prediction states before training covers the true one within a factor 3.",
        how="Share of looks along the runs at which it does.", check=_prediction_holds,
    ),
)
