"""Checks of the assignment *Chaos without noise*: steps, kicks and variances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_discrete_lyapunov

from lrtheory.grading.assignments import chaos_orbits
from lrtheory.grading.assignments.checks import Array, Ask, Checks, Wrong, array, close, number

CHECKS = Checks()
Numbers = Sequence[float]
Setting = tuple[float, float, list[float]]


def _ripple(draw: np.random.Generator) -> Setting:
    """A rate, a curvature and one to three amplitudes; the rate times the curvature is below one."""
    tones = int(draw.integers(2, 4))
    amplitudes = draw.uniform(0.3, 1.2, tones) * draw.choice([-1, 1], tones)
    return float(draw.uniform(0.05, 0.45)), float(draw.uniform(0.4, 2.0)), amplitudes.tolist()


def _slope(x: Array, curvature: float, amplitudes: Numbers, eps: float) -> Array:
    """The loss's slope, by a step along the imaginary axis: no formula for it enters."""
    at = x + 1e-30j
    ripple = sum(size * np.cos(k * at / eps) for k, size in enumerate(amplitudes, 1))
    slope: Array = (curvature * at**2 / 2 + eps * ripple).imag / 1e-30
    return slope


def _kick(phase: Array, amplitudes: Numbers) -> Array:
    return -_slope(phase, 0.0, amplitudes, 1.0)


def _noise(amplitudes: Numbers) -> float:
    """Mean square of the kick over a period, as an average over many phases."""
    return float((_kick(np.arange(64) * np.pi / 32, amplitudes) ** 2).mean())


@CHECKS.check("q1", points=2, public=True)
def step_follows_the_slope(ask: Ask, draw: np.random.Generator) -> None:
    """One step is the rate times the slope, for ripples of any size."""
    for eps in (0.5, 1e-2, 1e-4):
        lr, curvature, amplitudes = _ripple(draw)
        x = draw.uniform(-1, 1, 9)
        right = x - lr * _slope(x, curvature, amplitudes, eps)
        found = ask("step", x, lr, curvature, amplitudes, eps)
        close(found, right, rtol=1e-7, atol=1e-9, what=f"step at eps {eps:g}")


@CHECKS.check("q1", points=1, public=True)
def map_takes_the_phase_it_is_given(ask: Ask, draw: np.random.Generator) -> None:
    """With the phase x/eps the stochastic map is descent."""
    lr, curvature, amplitudes = _ripple(draw)
    x, eps = draw.uniform(-1, 1, 8), 0.03
    right = x - lr * _slope(x, curvature, amplitudes, eps)
    found = ask("map_step", x, x / eps, lr, curvature, amplitudes)
    close(found, right, rtol=1e-8, atol=1e-10, what="map_step at the phases x / eps")


@CHECKS.check("q1", points=1)
def kicks_average_out(ask: Ask, draw: np.random.Generator) -> None:
    """Over a period of phases the mean step is that of the parabola, and its variance that of the kick."""
    lr, curvature, amplitudes = _ripple(draw)
    x = float(draw.uniform(-1, 1))
    phases = draw.uniform(0, 6) + np.arange(64) * np.pi / 32
    found = array(ask("map_step", np.full(64, x), phases, lr, curvature, amplitudes), (64,), "map_step")
    close(found.mean(), (1 - lr * curvature) * x, rtol=1e-8, atol=1e-10, what="mean over the phases")
    close(found.var(), lr**2 * _noise(amplitudes), rtol=1e-8, what="variance over the phases")


def _path(ask: Ask, start: Array, steps: int, setting: Setting, seed: int) -> Array:
    return array(ask("simulate", start, steps, *setting, seed), (steps + 1, len(start)), "simulate")


def _kicks(path: Array, setting: Setting) -> Array:
    lr, curvature, _ = setting
    kicks: Array = (path[1:] - (1 - lr * curvature) * path[:-1]) / lr
    return kicks


@CHECKS.check("q2", points=1, public=True)
def path_starts_and_repeats(ask: Ask, draw: np.random.Generator) -> None:
    """Row 0 is the start; the seed decides the rest."""
    setting, start = _ripple(draw), draw.uniform(-1, 1, 5)
    first, again, other = (_path(ask, start, 12, setting, seed) for seed in (3, 3, 4))
    close(first[0], start, rtol=1e-6, what="row 0 of simulate")
    if not np.array_equal(first, again):
        raise Wrong("simulate: expected the same path for the same seed, got another one")
    if np.isclose(first[1:], other[1:]).any():
        raise Wrong("simulate: expected another path for another seed, got the same positions")


@CHECKS.check("q2", points=2)
def kicks_have_the_law_of_a_uniform_phase(ask: Ask, draw: np.random.Generator) -> None:
    """The kicks read off from a path lie under the distribution function of the ripple's slope."""
    setting = _ripple(draw)
    kicks = np.sort(_kicks(_path(ask, draw.uniform(-1, 1, 400), 60, setting, 11), setting).ravel())
    right = np.sort(_kick((np.arange(200_000) + 0.5) * np.pi / 100_000, setting[2]))
    theory = np.searchsorted(right, kicks) / len(right)
    off = float(np.abs(theory - (np.arange(len(kicks)) + 0.5) / len(kicks)).max())
    bound = 2.5 / np.sqrt(len(kicks))
    if off > bound:
        raise Wrong(f"simulate: distribution of the kicks: expected within {bound:.3f}, got {off:.3f}")


@CHECKS.check("q2", points=1)
def kicks_are_independent(ask: Ask, draw: np.random.Generator) -> None:
    """Neighboring steps and members: no correlation of kicks or their squares. No two are alike."""
    setting = _ripple(draw)
    kicks = _kicks(_path(ask, draw.uniform(-1, 1, 150), 150, setting, 23), setting)
    bound = 5.5 / np.sqrt(kicks.size)
    for power in (1, 2):
        value = kicks**power - (kicks**power).mean()
        value = value / max(float(value.std()), 1e-300)
        for what, product in (("steps", value[1:] * value[:-1]), ("members", value[:, 1:] * value[:, :-1])):
            if abs(product.mean()) > bound:
                raise Wrong(f"simulate: correlation between {what}: expected 0, got {product.mean():.3f}")
    for what, rows in (("steps", kicks), ("members", kicks.T)):
        with np.errstate(all="ignore"):
            alike = np.abs(np.corrcoef(rows) - np.eye(len(rows))).max()
        if not alike <= 0.6:
            raise Wrong(f"simulate: the kicks of two {what}: expected no correlation, got {alike:.2f}")


@CHECKS.check("q2", points=1, public=True)
def cloud_forgets_its_start(ask: Ask, draw: np.random.Generator) -> None:
    """After many steps the variance is that of the sum over all kicks."""
    lr, curvature, amplitudes = float(draw.uniform(0.2, 0.4)), float(draw.uniform(1, 2)), _ripple(draw)[2]
    path = _path(ask, np.full(4000, 2.0), 60, (lr, curvature, amplitudes), 5)
    right = sum(lr**2 * _noise(amplitudes) * (1 - lr * curvature) ** (2 * k) for k in range(60))
    close(path[-1].var(), right, rtol=0.14, what="variance of simulate's last row")


@CHECKS.check("q3", points=2, public=True)
def variance_is_kept_by_a_step(ask: Ask, draw: np.random.Generator) -> None:
    """The exact variance is that of the sum over all earlier kicks."""
    for wide in (0.1, 0.9, 1.6):
        lr, curvature, amplitudes = _ripple(draw)
        lr = wide / curvature
        right = sum(lr**2 * _noise(amplitudes) * (1 - wide) ** (2 * k) for k in range(400))
        found = ask("exact_variance", lr, curvature, amplitudes)
        close(found, right, rtol=1e-8, what=f"exact_variance at lr*curvature {wide}")


@CHECKS.check("q3", points=1, public=True)
def gibbs_variance_is_that_of_its_density(ask: Ask, draw: np.random.Generator) -> None:
    """The second moment of exp(-f0/T), integrated numerically."""
    for _ in range(2):
        lr, curvature, amplitudes = _ripple(draw)
        heat = lr * _noise(amplitudes) / 2
        x = np.linspace(-12, 12, 4001) * np.sqrt(heat / curvature)
        weight = np.exp(-curvature * x**2 / 2 / heat)
        right = (weight * x**2).sum() / weight.sum()
        close(ask("gibbs_variance", lr, curvature, amplitudes), right, rtol=1e-7, what="gibbs_variance")


@CHECKS.check("q3", points=1)
def excess_comes_out(ask: Ask, draw: np.random.Generator) -> None:
    """At the rate handed out the exact variance exceeds the Gibbs variance by the share asked for."""
    for excess in draw.uniform(0.01, 3, 4):
        curvature = float(draw.uniform(0.3, 3))
        lr = number(ask("rate_for_excess", float(excess), curvature), "rate_for_excess")
        if not 0 < lr * curvature < 2:
            raise Wrong(f"rate_for_excess: expected a rate between 0 and {2 / curvature:.4g}, got {lr:.4g}")
        ratio = sum(lr * curvature * (1 - lr * curvature) ** (2 * k) for k in range(4000)) * 2
        close(ratio - 1, excess, rtol=1e-4, what="excess at the rate of rate_for_excess")


def _with_momentum(lr: float, momentum: float, curvature: float, amplitudes: Numbers) -> float:
    step = np.array([[1 + momentum - lr * curvature, -momentum], [1.0, 0.0]])
    noise: npt.NDArray[np.float64] = np.diag([lr**2 * _noise(amplitudes), 0.0])
    return float(solve_discrete_lyapunov(step, noise)[0, 0])


@CHECKS.check("q4", points=1, public=True)
def a_little_momentum(ask: Ask, draw: np.random.Generator) -> None:
    """Without momentum, and with the least of it."""
    for momentum in (0.0, 0.1):
        lr, curvature, amplitudes = _ripple(draw)
        right = _with_momentum(lr, momentum, curvature, amplitudes)
        found = ask("momentum_variance", lr, momentum, curvature, amplitudes)
        close(found, right, rtol=1e-6, what=f"momentum_variance at momentum {momentum}")


@CHECKS.check("q4", points=2)
def much_momentum(ask: Ask, draw: np.random.Generator) -> None:
    """Up to 0.95, and at rates beyond 2/curvature, which momentum still bears."""
    for momentum, wide in ((0.5, 1.5), (0.9, 2.5), (0.95, 0.05)):
        _, curvature, amplitudes = _ripple(draw)
        right = _with_momentum(wide / curvature, momentum, curvature, amplitudes)
        found = ask("momentum_variance", wide / curvature, momentum, curvature, amplitudes)
        close(found, right, rtol=1e-6, what=f"momentum_variance at momentum {momentum}, lr*curvature {wide}")


CHECKS.extend(chaos_orbits.CHECKS)
