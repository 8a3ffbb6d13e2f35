"""Claims beyond one weight and beyond periodic ripples: covariances, currents, wells, uneven noise."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

from lrtheory import measure
from lrtheory.chaos.experiments.dimensions import coupled_wells_law, matyas_law
from lrtheory.chaos.kernels.lyapunov import lyapunov_sweep
from lrtheory.chaos.measures.runs import lyapunov_exponent, stationary_sample
from lrtheory.chaos.models.problems import (
    aperiodic,
    coupled_wells,
    matyas,
    multiplicative,
    random_tones,
    two_tones,
)
from lrtheory.chaos.models.two_scale import stochastic_rule, uniform_start
from lrtheory.chaos.theory.covariance import (
    probability_current,
    scalar_gibbs_covariance,
    stationary_covariance,
)
from lrtheory.chaos.theory.limiting_exponents import aperiodic_lyapunov_exponent, limiting_lyapunov_spectrum
from lrtheory.chaos.theory.multiplicative_noise import multiplicative_moments
from lrtheory.chaos.theory.stationary import stationary_variance
from lrtheory.claims import HOLDS, Claim, Verdict
from lrtheory.descent import GradientDescent
from lrtheory.law import Floats
from lrtheory.seeds import generator

_MEMBERS = {"smoke": 1024, "laptop": 4096, "long": 16384}
_SKEWED = (1.0, 0.2)  # strengths of the ripple along x and y
_GROUPS = 8


@cache
def _plane(scale: str) -> Any:
    steps = {"smoke": 1500, "laptop": 6000, "long": 40_000}[scale]
    return matyas_law(amplitudes=_SKEWED, keep=steps)


@cache
def _neighbors(scale: str) -> Any:
    """Positions (steps, members, 2) of the descent on the Matyas function, one after the other."""
    start = uniform_start(_MEMBERS[scale], generator(0, "start"), dim=2)
    landscape = matyas(1e-4, amplitudes=_SKEWED)
    return stationary_sample(GradientDescent(0.1), landscape, start, burn=1500, keep=200).numpy()


def _covariance_is_exact(scale: str) -> Verdict:
    expected = np.asarray(stationary_covariance(matyas(1e-4, amplitudes=_SKEWED), 0.1))[0, 0]
    found = measure.mean_and_stderr(_plane(scale)["covariance"][:, 0, 0])
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.005 * expected)


def _scalar_gibbs_is_not(scale: str) -> Verdict:
    gibbs = np.asarray(scalar_gibbs_covariance(matyas(1e-4, amplitudes=_SKEWED), 0.1))
    found = measure.mean_and_stderr(_plane(scale)["covariance"][:, 1, 1] / gibbs[1, 1])
    exact = np.asarray(stationary_covariance(matyas(1e-4, amplitudes=_SKEWED), 0.1))[1, 1] / gibbs[1, 1]
    return Verdict.near(found.value, exact, stderr=found.stderr, tolerance=0.005)


def _current_flows(scale: str) -> Verdict:
    expected = float(probability_current(matyas(1e-4, amplitudes=_SKEWED), 0.1)[0, 1])
    found = measure.mean_over_groups(_twist, _neighbors(scale), _GROUPS, axis=1)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=2e-5)


def _twist(x: Floats) -> float:
    """Mean of x' y - y' x over neighboring positions."""
    return float((x[1:, :, 0] * x[:-1, :, 1] - x[1:, :, 1] * x[:-1, :, 0]).mean())


def _exponents_are_the_axes(scale: str) -> Verdict:
    start = uniform_start(128, generator(0, "start"), dim=2).numpy()
    landscape = matyas(1e-4, amplitudes=_SKEWED)
    spectra = lyapunov_sweep(landscape, np.array([0.1]), start, burn=1000, steps=2000)[0]
    found = measure.mean_and_stderr(spectra[:, 1])
    expected = limiting_lyapunov_spectrum(landscape, 0.1)[1]
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.01)


def _variance_of(landscape: Any, expected: float, scale: str, tolerance: float) -> Verdict:
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    x = stationary_sample(GradientDescent(0.1), landscape, start, burn=300, keep=500)[..., 0].numpy()
    found = measure.mean_over_groups(np.var, x, _GROUPS, axis=1)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=tolerance * expected)


def _two_tones(scale: str) -> Verdict:
    landscape = two_tones(1e-4)
    return _variance_of(landscape, stationary_variance(landscape, 0.1), scale, 0.005)


def _twenty_tones(scale: str) -> Verdict:
    landscape = random_tones(1e-6, generator(0, "tones"))
    return _variance_of(landscape, stationary_variance(landscape, 0.1), scale, 0.01)


def _no_period(scale: str) -> Verdict:
    return _variance_of(aperiodic(1e-4), stationary_variance(two_tones(1e-4), 0.1) / 2, scale, 0.005)


def _no_period_exponent(scale: str) -> Verdict:
    landscape = aperiodic(1e-4)
    start = uniform_start(_MEMBERS[scale] // 4, generator(0, "start"))
    found = lyapunov_exponent(landscape, 0.1, start, burn=300, steps=500)
    expected = aperiodic_lyapunov_exponent(landscape, 0.1)
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.005)


def _uneven_noise_skews(scale: str) -> Verdict:
    landscape = multiplicative(1e-5)
    start = uniform_start(_MEMBERS[scale], generator(0, "start"))
    x = stationary_sample(GradientDescent(0.1), landscape, start, burn=300, keep=800)[..., 0].numpy()
    found = measure.mean_over_groups(_skewness, x, _GROUPS, axis=1)
    expected = multiplicative_moments(landscape, 0.1).skewness
    return Verdict.near(found.value, expected, stderr=found.stderr, tolerance=0.01)


def _skewness(x: Floats) -> float:
    return float(((x - x.mean()) ** 3).mean() / x.std() ** 3)


def _coupled_wells_share(scale: str) -> Verdict:
    steps = {"smoke": 1000, "laptop": 8000, "long": 40_000}[scale]
    run: Any = coupled_wells_law(keep=steps)
    found = measure.mean_and_stderr(run["mean"][:, 0])
    start = uniform_start(_MEMBERS[scale], generator(0, "start"), dim=2)
    landscape, kicks = coupled_wells(1e-5), generator(0, "noise")
    rule = stochastic_rule(landscape, 0.1)
    coin = stationary_sample(rule, landscape.large, start, burn=3000, keep=200, generator=kicks)
    expected = measure.mean_over_groups(np.mean, coin[..., 0].numpy(), _GROUPS, axis=1)
    error = float(np.hypot(found.stderr, expected.stderr))
    return Verdict.near(found.value, expected.value, stderr=error)


_claim = partial(Claim, theory="chaos", page="chaos/dimensions", states=HOLDS)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        id="chaos.matyas-covariance",
        kind="rebuttal answer",
        statement="The noise need not be isotropic: with a ripple five times stronger along x than along "
        "y, descent has the covariance of the map with random kicks.",
        source="kong2020reply, on isotropic noise; the covariance is our derivation",
        how="Variance of x on the rough Matyas function against the solution of the discrete Lyapunov "
        "equation.",
        check=_covariance_is_exact,
    ),
    _claim(
        id="chaos.matyas-scalar-gibbs",
        kind="rebuttal answer",
        statement="Isotropy is needed for the Gibbs density: a scalar temperature gets the variance of y "
        "wrong by an eighth.",
        source="kong2020reply, on isotropic noise; the numbers are ours",
        how="Variance of y over that of a Gibbs law with the mean temperature, against the exact ratio.",
        check=_scalar_gibbs_is_not,
    ),
    _claim(
        id="chaos.matyas-current",
        kind="our finding",
        statement="Anisotropic noise makes the settled cloud turn: a film of it run backward looks "
        "different.",
        source="our derivation: the antisymmetric part of the covariance of neighboring steps",
        how="Mean of x' y - y' x over neighboring positions (x, y) and (x', y') against the prediction.",
        check=_current_flows,
    ),
    _claim(
        id="chaos.matyas-exponents",
        kind="rebuttal answer",
        statement="In two weights there are two positive exponents, ln(lr A_i / (2 eps)) along the two "
        "axes.",
        source="kong2020reply, on more dimensions; kong2020, appendix C.3.3, in the style of",
        how="Second exponent on the rough Matyas function from the compiled map.",
        check=_exponents_are_the_axes,
    ),
    _claim(
        id="chaos.two-tones",
        kind="experiment",
        statement="A ripple of two tones of incommensurate frequency gives the variance of two "
        "independent kicks.",
        source="kong2020, section 3.2, quasi-periodic small scale, in the style of",
        how="Variance of the orbits at rate 0.1, eps = 1e-4, to half a percent.",
        check=_two_tones,
    ),
    _claim(
        id="chaos.twenty-tones",
        kind="our finding",
        statement="So does a frozen ripple of twenty random tones, which looks like noise.",
        source="our example",
        how="Variance of the orbits at rate 0.1, eps = 1e-6, to one percent.",
        check=_twenty_tones,
    ),
    _claim(
        id="chaos.no-period",
        kind="experiment",
        statement="A ripple without any period gives the variance of the periodic one.",
        source="kong2020, section 3.2, non-periodic small scale, in the style of",
        how="Variance of the orbits on the slope sin((x + x^3/3) / eps) at rate 0.1, eps = 1e-4.",
        check=_no_period,
    ),
    _claim(
        id="chaos.no-period-exponent",
        kind="our finding",
        statement="Its exponent is ln(lr / (2 eps)) plus the mean of ln(1 + x^2).",
        source="our derivation",
        how="Mean of ln|1 - lr f''| along the orbits.",
        check=_no_period_exponent,
    ),
    _claim(
        id="chaos.uneven-noise",
        kind="our finding",
        statement="A ripple whose strength depends on the place skews the law, as the exact moments say.",
        source="our derivation: moments of a map with multiplicative noise",
        how="Skewness of the orbits on the slope (1 + 0.8 x) sin(x / eps) at rate 0.1.",
        check=_uneven_noise_skews,
    ),
    _claim(
        id="chaos.coupled-wells",
        kind="rebuttal answer",
        statement="In two weights and two wells the descent has the mean position of the map with random "
        "kicks.",
        source="kong2020reply, on more dimensions and nonconvex losses; the loss is our choice",
        how="Mean of x of the descent and of the map with random kicks, rate 0.1, eps = 1e-5.",
        check=_coupled_wells_share,
    ),
)
