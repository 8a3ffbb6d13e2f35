"""Claims about memorization: everything is fitted, and nothing moves far. Adopted runs to width 16,384."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from lrtheory.claims import DOES_NOT_REPRODUCE, HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.claims.runs import run_at
from lrtheory.descent import GradientDescent, descend
from lrtheory.lazy_rnn.claims.slopes import slope_verdict
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.benign import two_layer_digits
from lrtheory.lazy_rnn.experiments.digits import digits
from lrtheory.lazy_rnn.experiments.memorization import memorization
from lrtheory.lazy_rnn.experiments.protocol import drawn_task
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.measures.fits import geometric_means, width_slope
from lrtheory.lazy_rnn.measures.movement import alignment
from lrtheory.lazy_rnn.tangent.features import features
from lrtheory.lazy_rnn.theory.linearized import linearized
from lrtheory.lazy_rnn.theory.toy import toy_width
from lrtheory.sampling import batches
from lrtheory.seeds import generator

_TOLERANCE = 0.05


def _everything_is_fitted(scale: str) -> Verdict:
    """Largest final loss at widths of 512 and more; the runs stop at 1e-9."""
    run = gpu_run(memorization)
    worst = run["final_loss"][run["widths"] >= 512].max()
    return Verdict.at_most(float(worst), 2e-6, limits="m >= 512, 8 seeds")


def _narrow_networks_do_not(scale: str) -> Verdict:
    run = gpu_run(memorization)
    failed = np.isnan(run["steps_to_1e6"][run["widths"] == 64]).mean()
    return Verdict.at_most(float(failed), 0.0, note="12 condition numbers of steps, 8 seeds, loss 1e-6")


def _movement_is_predicted(scale: str) -> Verdict:
    run = gpu_run(memorization)
    wide = run["frobenius_over_predicted"][run["widths"] >= 4096]
    return Verdict.inside(float(geometric_means(wide)[0]), (1.0, 1.03), predicted=1.0)


def _any_labels_by_single_sequences(scale: str) -> Verdict:
    """R^2 of ln f against the step for SGD with one sequence a step."""
    steps = 600 if scale == "smoke" else 2000
    regression, _ = drawn_task(0, 256, count=6, times=4, inputs=6)
    rule = GradientDescent(float(1 / (6 * linearized(regression).eigenvalues[-1])))
    stream = batches(6, 1, order="replacement", generator=generator(0, "batch"))
    path = descend(
        rule, regression, regression.start, steps=steps, every=steps // 50,
        observe={"loss": regression.loss}, keep_theta=False, batches=stream,
    )
    log = path.observed["loss"].log().numpy()[10:]
    return Verdict.at_least(float(np.corrcoef(path.steps.numpy()[10:], log)[0, 1] ** 2), 0.95)


def _alignments(scale: str) -> tuple[float, float, int]:
    """Root mean square alignment of W_0 and of its move with the readout and the states, and the width."""
    width, seeds = (256, 2) if scale == "smoke" else (512, 6)
    found: list[list[float]] = [[], []]
    for seed in range(seeds):
        regression, _ = drawn_task(seed, width, count=4, times=4, inputs=4)
        lr = float(1 / linearized(regression).eigenvalues[-1])
        run = trained(regression, regression.start, lr, steps=300)
        parts = features(regression.network, regression.start, regression.sequences)
        pulls, states = parts.pulls[:, 0, -1], parts.states[:, -1]  # of the last output, one step back
        for k, matrix in enumerate((regression.start, run.theta - regression.start)):
            square = matrix.reshape(width, width)
            found[k] += alignment(square, pulls, states).square().tolist()
    return math.sqrt(np.mean(found[0])), math.sqrt(np.mean(found[1])), width


def _first_weights_are_not_aligned(scale: str) -> Verdict:
    first, _, width = _alignments(scale)
    return Verdict.inside(first * math.sqrt(width), (0.25, 0.8), predicted=0.5)


def _moves_are_aligned(scale: str) -> Verdict:
    first, move, _ = _alignments(scale)
    return Verdict.at_least(move / first, 4.0)


def _toy(scale: str) -> Verdict:
    """<a, w + w'> / sqrt(m) for w' = kappa a / sqrt(m), over kappa, at several kappa."""
    draws, size, numbers = (200 if scale == "smoke" else 2000), 4000, generator(0, "toy")
    ratios = []
    for kappa in (3.0, 30.0, 1000.0):
        a, w = torch.randn(2, draws, size, generator=numbers, dtype=torch.float64)
        after = ((a * (w + kappa / math.sqrt(size) * a)).sum(1) / math.sqrt(size)).mean()
        ratios.append(float(after) / kappa)
    return Verdict.inside(max(ratios, key=lambda ratio: abs(ratio - 1)), (0.9, 1.1), predicted=1.0)


def _toy_needs_width(scale: str) -> Verdict:
    """Width from which the reply's shift, kappa = 1000, is a tenth of the weights."""
    return Verdict.at_least(toy_width(1000.0, relative_movement=0.1), 1e6)


def _digits(scale: str) -> Verdict:
    run = gpu_run(digits)
    wide = run["accuracy_full"][run["widths"] == 8192].mean()
    return Verdict.at_least(float(wide), 0.95, limits="3 against 8, 32 images, m = 8192")


def _two_layers(scale: str) -> Verdict:
    run = run_at(scale, two_layer_digits, {"widths": (128, 256, 512), "seeds": 1, "steps": 100})
    fit = width_slope(run["widths"], run["frobenius_ratio"], least=1)
    return Verdict.near(fit.value, -0.5, stderr=fit.stderr, tolerance=0.06)


_claim = partial(Claim, theory="lazy_rnn", page="lazy_rnn/nothing_moves", kind="experiment")
_GPU = "Slope of ln(geometric mean over 8 seeds) against ln m, m = 512 to 16,384."

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="lazy_rnn.memorization", kind="theorem",
        statement="Random labels at every time are fitted from random weights by plain gradient descent.",
        source="allenzhu2019, Theorem 1; allenzhu2019reply", how="Largest final loss of 48 runs.",
        states=HOLDS_WITHIN_LIMITS, check=_everything_is_fitted,
    ),
    _claim(
        id="lazy_rnn.memorization-narrow",
        statement="Already 64 units fit 24 random labels to 1e-6 within twelve condition numbers of steps.",
        source="ours", how="Share of seeds that fail.", states=DOES_NOT_REPRODUCE,
        check=_narrow_networks_do_not,
    ),
    _claim(
        id="lazy_rnn.frobenius", statement="The weights move by 1 / m of their norm.",
        source="ours; allenzhu2019, Theorem 1, bounds it", how=_GPU, states=HOLDS,
        check=partial(slope_verdict, memorization, "frobenius_ratio", -1.0, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.spectral", statement="In the spectral norm the weights move by m^(-1/2) of their norm.",
        source="ours", how=_GPU, states=HOLDS,
        check=partial(slope_verdict, memorization, "spectral_ratio", -0.5, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.flips", statement="The share of gates that change sides falls like m^(-1/2).",
        source="ours; allenzhu2019, Lemma C.2, bounds it by m^(-1/3)", how=_GPU, states=HOLDS,
        check=partial(slope_verdict, memorization, "flips", -0.5, _TOLERANCE),
    ),
    _claim(
        id="lazy_rnn.movement", statement="The move is sqrt(u_0 . Theta^-1 u_0), known before training.",
        source="ours", how="Geometric mean of moved over predicted at m = 4096.", states=HOLDS,
        check=_movement_is_predicted,
    ),
    _claim(
        id="lazy_rnn.stochastic", kind="theorem",
        statement="With one sequence a step the loss falls exponentially, too.",
        source="allenzhu2019, Theorem 2", how="R^2 of ln f against the step, m = 256.", states=HOLDS,
        check=_any_labels_by_single_sequences,
    ),
    _claim(
        id="lazy_rnn.cancellation", kind="rebuttal answer",
        statement="The first weights meet readout and states by chance alone: alignment near 0.5 / sqrt(m).",
        source="allenzhu2019reply (W is random: a lot of cancellation)",
        how="Root mean square alignment times sqrt(m).", states=HOLDS, check=_first_weights_are_not_aligned,
    ),
    _claim(
        id="lazy_rnn.correlation", kind="rebuttal answer",
        statement="Their move is aligned: it makes several times more of its size.",
        source="allenzhu2019reply (W' correlates with A, B)",
        how="Alignment of the move over that of the first weights.", states=HOLDS, check=_moves_are_aligned,
    ),
    _claim(
        id="lazy_rnn.toy", kind="rebuttal answer",
        statement="A shift of w by kappa a / sqrt(m) turns a chance product <a, w> into kappa sqrt(m).",
        source="allenzhu2019reply, toy example", how="Mean product over kappa sqrt(m), worst of three kappa.",
        states=HOLDS, check=_toy,
    ),
    _claim(
        id="lazy_rnn.toy-width",
        statement="The reply's shift of 1000 / sqrt(m) a is small beside w only from a million weights on.",
        source="ours, on allenzhu2019reply", how="Width at which the shift is a tenth of w.", states=HOLDS,
        check=_toy_needs_width,
    ),
    _claim(
        id="lazy_rnn.digits", statement="A lazy network tells handwritten threes from eights.",
        source="ours", how="Mean test accuracy of 8 seeds.", states=HOLDS_WITHIN_LIMITS, check=_digits,
    ),
    _claim(
        id="lazy_rnn.two-layer", kind="rebuttal answer",
        statement="A two-layer network on digits moves by m^(-1/2) of its norm at the same accuracy.",
        source="allenzhu2019reply, which points to a figure of another paper; our own run",
        how="Slope of ln(relative movement) against ln m.", states=HOLDS, check=_two_layers,
    ),
)
