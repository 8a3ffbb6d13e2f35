"""Claims about why linear is enough: the kernel, its least eigenvalue, large gradients, small remainders."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from lrtheory.claims import HOLDS, HOLDS_WITHIN_LIMITS, Claim, Verdict
from lrtheory.lazy_rnn.claims.slopes import slope_verdict
from lrtheory.lazy_rnn.experiments.adopted import gpu_run
from lrtheory.lazy_rnn.experiments.memorization import kernel_error, memorization
from lrtheory.lazy_rnn.experiments.protocol import drawn_task
from lrtheory.lazy_rnn.kernels.training import trained
from lrtheory.lazy_rnn.measures.smoothness import gradient_ratio, tangent_remainder
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.real import digit_rows
from lrtheory.lazy_rnn.models.sequences import every_time
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.limit import kernel_trace, limit_kernel, own_tangent
from lrtheory.lazy_rnn.theory.linearized import linearized
from lrtheory.lazy_rnn.theory.separation import (
    close_pair,
    least_eigenvalue,
    separation,
    separation_slope,
)
from lrtheory.seeds import generator


def _mean_kernel_is_the_limit(scale: str) -> Verdict:
    """Worst entry of the mean kernel of many networks, in standard errors beyond a share of 1 / m."""
    width, count = (256, 100) if scale == "smoke" else (1024, 300)
    tokens = 1.3 * random_tokens(2, 4, 3, generator=generator(0, "tokens"))
    exact, sequences = limit_kernel(tokens).matrix(), every_time(tokens)
    numbers, draws = generator(0, "weights"), []
    for _ in range(count):
        network = random_network(width, 3, generator=numbers)
        draws.append(tangent_kernel(network, network.start, sequences) / width)
    every = torch.stack(draws)
    error = every.std(0) / math.sqrt(count)
    worst = ((every.mean(0) - exact).abs() - 4 / width * exact.abs().amax()).clamp_min(0) / error
    return Verdict.at_most(float(worst.max()), 4.0)


def _diagonal(scale: str) -> Verdict:
    """K^{ll} of unit tokens is l (l - 1) / 4, and the trace n L (L^2 - 1) / 12."""
    tokens = random_tokens(3, 7, 5, generator=generator(0, "tokens"))
    times = torch.arange(1.0, 8.0, dtype=torch.float64)
    off = float((own_tangent(tokens) - times * (times - 1) / 4).abs().max())
    table = limit_kernel(tokens).tangent.flatten(0, 1).flatten(1)
    off = max(off, float((table.diagonal() - own_tangent(tokens).flatten()).abs().max()))
    return Verdict.at_most(max(off, abs(kernel_trace(tokens) - 3 * 7 * 48 / 12)), 1e-9)


def _untied(scale: str) -> Verdict:
    """Weights of their own at every time: the same entries at equal times, zeros between times."""
    tokens = random_tokens(3, 5, 4, generator=generator(0, "tokens"))
    shared, own = (limit_kernel(tokens, shared=each).tangent for each in (True, False))
    same = torch.eye(5, dtype=torch.bool)[None, :, None]
    off = (torch.where(same, own - shared, own)).abs().max()
    return Verdict.at_most(float(off), 1e-12)


def _sharing_interferes(scale: str) -> Verdict:
    """Largest entry between different times over the geometric mean of its diagonals."""
    tokens = random_tokens(4, 6, 5, generator=generator(0, "tokens"))
    table = limit_kernel(tokens).tangent
    own = own_tangent(tokens)
    size = (own[:, :, None, None] * own).sqrt()
    apart = ~torch.eye(6, dtype=torch.bool)[None, :, None].expand(table.shape)
    return Verdict.inside(float((table / size)[apart & (size > 0)].abs().max()), (0.01, 0.999))


def _least_eigenvalue_is_linear(scale: str) -> Verdict:
    """lambda_min / delta over its limit, worst of several later tokens, at delta = 0.002."""
    worst = 1.0
    for later in ([0.0], [1.0], [0.0] * 5, [1.0, 0.5]):
        last = torch.zeros(2, len(later) + 1, dtype=torch.bool)
        last[:, -1] = True
        found = least_eigenvalue(close_pair(0.002, later), counted=last) / 0.002
        ratio = found / separation_slope(later)
        worst = max(worst, ratio, key=lambda each: abs(each - 1))
    return Verdict.inside(worst, (0.99, 1.01), predicted=1.0)


def _separation_is_not_needed(scale: str) -> Verdict:
    """Least eigenvalue at the last time for digits of which two begin with one and the same row."""
    tokens, _ = digit_rows()
    first = tokens[:, 0]
    _, place, counts = torch.unique(first, dim=0, return_inverse=True, return_counts=True)
    twins = (place == int((counts > 1).nonzero()[0])).nonzero()[:2, 0]
    chosen = tokens[torch.cat([twins, torch.arange(30)])]
    chosen = chosen[sorted({tuple(each.flatten().tolist()): k for k, each in enumerate(chosen)}.values())]
    if separation(chosen) > 0:
        return Verdict.at_least(-1.0, 0.0)
    return Verdict.at_least(least_eigenvalue(chosen, first=8), 0.05)


def _gradient_bounds(scale: str) -> Verdict:
    """Largest violation of 2 lambda_min f <= |gradient|^2 <= 2 lambda_max f along a run, over m f."""
    width, steps = (128, 60) if scale == "smoke" else (512, 400)
    regression, _ = drawn_task(1, width, count=6, times=5, inputs=5)
    lr, worst = float(1 / linearized(regression).eigenvalues[-1]), 0.0
    theta = regression.start
    for _ in range(6):
        kernel = tangent_kernel(regression.network, theta, regression.sequences)
        values = torch.linalg.eigvalsh(kernel) / width
        ratio = float(gradient_ratio(regression, theta))
        worst = max(worst, 2 * float(values[0]) - ratio, ratio - 2 * float(values[-1]))
        theta = trained(regression, theta, lr, steps=steps // 6).theta
    return Verdict.at_most(worst, 1e-8)


def _gradients_stay_large(scale: str) -> Verdict:
    run = gpu_run(memorization)
    return Verdict.at_least(float(run["pl_min"][run["widths"] >= 1024].min()), 0.05)


def _remainder_is_quadratic(scale: str) -> Verdict:
    """Largest remainder beyond the tangent over m |M|_2^2, down the gradient and in random directions."""
    ratios, numbers = [], generator(0, "moves")
    for width in (128, 256) if scale == "smoke" else (256, 1024):
        regression, _ = drawn_task(2, width, count=4, times=4, inputs=4)
        slope = regression.gradient(regression.start)
        for direction in (-slope, torch.randn(regression.dim, generator=numbers, dtype=torch.float64)):
            size = torch.linalg.matrix_norm(direction.reshape(width, width), 2)
            for tau in (0.1, 1.0, 10.0):
                move = direction / size * tau / math.sqrt(width)
                left = tangent_remainder(regression, regression.start, move)
                ratios.append(float(left / (width * (tau / math.sqrt(width)) ** 2)))
    limits = "m >= 128, moves of spectral norm 0.1 / sqrt(m) and more; at m = 64 one gate at its edge gave 53"
    return Verdict.at_most(float(np.max(ratios)), 10.0, limits=limits)


_claim = partial(Claim, theory="lazy_rnn", page="lazy_rnn/why_linear", kind="our finding", source="ours")

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="lazy_rnn.limit-kernel", states=HOLDS,
        statement="In the mean over networks the tangent kernel, over m / d, is the closed form K.",
        how="Worst entry in standard errors, cross-time entries included, beyond a bias of order 1 / m.",
        check=_mean_kernel_is_the_limit,
    ),
    _claim(
        id="lazy_rnn.kernel-noise", states=HOLDS,
        statement="One network's kernel differs from it by m^(-1/2).",
        how="Slope of ln(relative error) against ln m, m = 512 to 16,384.",
        check=partial(slope_verdict, kernel_error, "error", -0.5, 0.03),
    ),
    _claim(
        id="lazy_rnn.diagonal", states=HOLDS,
        statement="For unit tokens K at time l is l (l - 1) / 4: later outputs learn faster.",
        how="Largest difference, trace included.", check=_diagonal,
    ),
    _claim(
        id="lazy_rnn.untied", states=HOLDS, source="yang2019scaling; ours for the cross-time entries",
        statement="Sharing the weights changes no entry at equal times; it adds those between times.",
        how="Largest difference of the two kernels at equal times, and entry of the other between.",
        check=_untied,
    ),
    _claim(
        id="lazy_rnn.interference", kind="rebuttal answer", states=HOLDS,
        source="allenzhu2019, section 1 (how to learn one pattern without destroying another)",
        statement="An update at one time moves outputs at others, by less than its own.",
        how="Largest cross-time entry over the geometric mean of its diagonals.", check=_sharing_interferes,
    ),
    _claim(
        id="lazy_rnn.least-eigenvalue", kind="theorem", states=HOLDS,
        source="allenzhu2019, Theorem 3; the constants are ours",
        statement="The least eigenvalue of K is proportional to the separation of close sequences.",
        how="Least eigenvalue over delta over its limit, worst of four kinds of later tokens.",
        check=_least_eigenvalue_is_linear,
    ),
    _claim(
        id="lazy_rnn.separation-not-needed", kind="theorem", states=HOLDS,
        source="allenzhu2019, footnote 10", check=_separation_is_not_needed,
        statement="Separation of the first tokens suffices and is not needed.",
        how="Least eigenvalue for digits of which two begin alike.",
    ),
    _claim(
        id="lazy_rnn.gradient-bounds", kind="theorem", states=HOLDS,
        source="allenzhu2019, Theorem 3, with the eigenvalues of the kernel there", check=_gradient_bounds,
        statement="At every point the squared gradient lies between 2 lambda_min f and 2 lambda_max f.",
        how="Largest violation at six points of a run.",
    ),
    _claim(
        id="lazy_rnn.large-gradients", kind="theorem", states=HOLDS, source="allenzhu2019, Theorem 3",
        statement="Along training the squared gradient stays above a fixed part of m f.",
        how="Least |gradient|^2 / (m f) of 40 runs, m = 1024 to 16,384.", check=_gradients_stay_large,
    ),
    _claim(
        id="lazy_rnn.semi-smooth", kind="theorem", states=HOLDS_WITHIN_LIMITS,
        source="allenzhu2019, Theorem 4, without its term of m^(1/3)",
        statement="What is left of the loss beyond its tangent is at most of order m |M|^2.",
        how="Largest remainder over m |M|_2^2, two widths, two directions, three sizes.",
        check=_remainder_is_quadratic,
    ),
)
