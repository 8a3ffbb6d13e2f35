"""Checks of questions 1 and 2: the data, and what a direction is worth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from lrtheory.grading.assignments.checks import Array, Ask, Checks, Wrong, array, close, number

CHECKS = Checks()
_MARGIN = 1 + math.sqrt(2 / math.pi)  # mean of 1 + |g|


@CHECKS.check("q1", points=2, public=True)
def _parts_of_an_example(ask: Ask, draw: np.random.Generator) -> None:
    d, r = int(draw.integers(5, 20)), float(draw.uniform(0.1, 0.5))
    w = _direction(draw, d)
    x1, x2, y = _drawn(ask, int(draw.integers(10**6)), 400, w, r, 0.2, 0.3)
    has_p, has_q = (x1 != 0).any(1), (x2 != 0).any(1)
    near("share with P alone", (~has_q).mean(), 0.2, 0.5 / 20)
    near("share with Q alone", (~has_p).mean(), 0.3, 0.5 / 20)
    if not (has_p | has_q).all():
        raise Wrong("an example must carry P, Q or both; got one with neither")
    if (least := float((y * (x1 @ w))[has_p].min()) * math.sqrt(d)) < 1 - 1e-6:
        raise Wrong(f"y <w, x1> sqrt(d): expected 1 or more in every example with P, got {least:.4g}")
    alpha, side = x2[has_q].T
    if alpha.min() < 0.5 - 1e-6 or alpha.max() > 1 + 1e-6:
        raise Wrong(f"alpha: expected from 1/2 to 1, got {alpha.min():.4g} to {alpha.max():.4g}")
    close(np.abs(side / alpha), np.where(y[has_q] > 0, 0, r), atol=1e-6, what="|second of x2| / first")


@CHECKS.check("q1", points=1)
def _seed_decides(ask: Ask, draw: np.random.Generator) -> None:
    seed, w = int(draw.integers(10**6)), _direction(draw, 6)
    first, again, other = (_drawn(ask, s, 50, w, 0.3, 0.1, 0.2) for s in (seed, seed, seed + 1))
    for name, one, two, three in zip(("x1", "x2", "y"), first, again, other, strict=True):
        if not np.array_equal(one, two):
            raise Wrong(f"{name}: expected the same numbers from the same seed, got others")
        if np.array_equal(one, three):
            raise Wrong(f"{name}: expected other numbers from another seed, got the same")


@CHECKS.check("q1", points=2)
def _statistics_of_the_draw(ask: Ask, draw: np.random.Generator) -> None:
    d, n, w = 8, 6000, _direction(draw, 8)
    x1, x2, y = _drawn(ask, int(draw.integers(10**6)), n, w, 0.2, 0.3, 0.1)
    has_p, has_q = (x1 != 0).any(1), (x2 != 0).any(1)
    near("share with P alone", (~has_q).mean(), 0.3, 0.46 / math.sqrt(n))
    near("share with Q alone", (~has_p).mean(), 0.1, 0.3 / math.sqrt(n))
    along = y * (x1 @ w) * math.sqrt(d)
    across = (x1 - np.outer(x1 @ w, w))[has_p] * math.sqrt(d)
    near("mean of y <w, x1> sqrt(d)", along[has_p].mean(), _MARGIN, 0.6 / math.sqrt(n * 0.9))
    spread = float(np.mean((along[has_p] - 1) ** 2))
    near("mean of (y <w, x1> sqrt(d) - 1)^2", spread, 1, math.sqrt(2 / (n * 0.9)))
    covariance = across.T @ across / len(across)
    close(covariance, np.eye(d) - np.outer(w, w), atol=0.12, what="covariance of the noise across w, times d")
    alpha, side = x2[has_q, 0], x2[has_q, 1]
    negative = y[has_q] < 0
    near("mean of alpha", alpha.mean(), 0.75, 0.145 / math.sqrt(n * 0.7))
    near("variance of alpha", alpha.var(), 1 / 48, 0.0187 / math.sqrt(n * 0.7))
    for what, share, count in (
        ("share of y = 1", (y > 0).mean(), n),
        ("share of y = 1 where P is alone", (y[~has_q] > 0).mean(), n * 0.3),
        ("share of y = 1 where Q is alone", (y[~has_p] > 0).mean(), n * 0.1),
        ("share of z + zeta where y = -1", (side[negative] > 0).mean(), n * 0.35),
        ("share of large alpha where y = -1", (alpha[negative] > 0.75).mean(), n * 0.35),
        ("share of large alpha at z + zeta", (alpha[negative & (side > 0)] > 0.75).mean(), n * 0.17),
    ):
        near(what, share, 0.5, 0.5 / math.sqrt(count))


@CHECKS.check("q2", points=2, public=True)
def _directions_at_the_limits(ask: Ask, draw: np.random.Generator) -> None:
    w = _direction(draw, int(draw.integers(4, 40)))
    across = _direction(draw, len(w))
    across -= w * (w @ across)
    close(ask("accuracy", 3.0 * w, w), 1.0, atol=1e-6, what="accuracy of w itself")
    close(ask("accuracy", -w, w), 0.0, atol=1e-6, what="accuracy of -w")
    close(ask("accuracy", across, w), 0.5, atol=1e-6, what="accuracy of a direction across w")
    u = across / np.linalg.norm(across) + 0.3 * w
    both = number(ask("accuracy", u, w)) + number(ask("accuracy", -2 * u, w))
    close(both, 1.0, atol=1e-6, what="accuracy of u plus that of -2 u")


@CHECKS.check("q2", points=2)
def _accuracy_of_any_direction(ask: Ask, draw: np.random.Generator) -> None:
    for d in (3, 30, 300):
        w, u = _direction(draw, d), _direction(draw, d)
        tilt = draw.uniform(0.05, 0.95) * w
        u = float(draw.uniform(0.1, 5)) * (u + tilt)
        close(ask("accuracy", u, w), _accuracy(u, w), atol=2e-6, what=f"accuracy in {d} dimensions")


def near(what: str, found: float, expected: float, stderr: float) -> None:
    """Refuse a statistic more than five standard errors off."""
    if not abs(found - expected) <= 5 * stderr:
        raise Wrong(f"{what}: expected {expected:.4g} within {5 * stderr:.2g}, got {found:.4g}")


def _direction(draw: np.random.Generator, d: int) -> Array:
    u: Array = draw.standard_normal(d)
    return u / np.linalg.norm(u)


def _drawn(ask: Ask, *setting: Any) -> tuple[Array, Array, Array]:
    """x1, x2 and y of a draw with a seed, n, w and more."""
    found, n, d = ask("draw", *setting), setting[1], len(setting[2])
    if not isinstance(found, dict) or not {"x1", "x2", "y"} <= set(found):
        raise Wrong("draw: expected a dictionary with x1, x2 and y")
    y = array(found["y"], (n,), "y")
    if not (np.abs(y) == 1).all():
        raise Wrong("y: expected labels 1 and -1, got others")
    return array(found["x1"], (n, d), "x1"), array(found["x2"], (n, 2), "x2"), y


def _accuracy(u: Array, w: Array) -> float:
    a = float(u @ w / np.linalg.norm(u))
    slope = a / math.sqrt(1 - a * a)
    return float(quad(lambda g: 2 * norm.pdf(g) * norm.cdf(slope * (1 + g)), 0, 12, epsabs=1e-10)[0])
