"""Every public function of the theory is tried with numbers that are none: each is refused by name."""

import math

import numpy as np
import pytest
import torch
from chaos.door_table import LAW, NO_NUMBERS, PLANE, POINTS, RULE, START, STEPS, TABLE, P

from lrtheory import NoisyGradientDescent, chaos, generator
from lrtheory.chaos import kernels


def bad_values():
    for name, (_, _, kinds) in TABLE.items():
        for part in kinds.split("; "):
            kind, arguments = part.split(": ")
            for argument in arguments.split():
                values = [math.nan, math.inf, -math.inf]
                if kind == "positive":
                    values += [0.0, -1.0]
                if kind.startswith("from"):
                    least = int(kind.split()[1])
                    values += [least - 1, -7, least + 0.5]
                if kind != "finite" and name != "stochastic_rule":
                    values.append(True)
                yield from ((name, argument, value) for value in values)


@pytest.mark.parametrize("name", TABLE)
def test_the_arguments_of_the_table_run(name):
    make, good, _ = TABLE[name]
    make(**good)


@pytest.mark.parametrize(("name", "argument", "value"), list(bad_values()))
def test_numbers_that_are_none_are_refused(name, argument, value):
    make, good, _ = TABLE[name]
    with pytest.raises(ValueError, match=r"\bgot\b|must"):
        make(**(good | {argument: value}))


def test_every_public_name_is_in_the_table_or_takes_no_number():
    assert set(chaos.__all__) - NO_NUMBERS <= set(TABLE)
    assert not NO_NUMBERS & set(TABLE)


BAD_STARTS = {
    "single precision": START.float(),
    "NaN": START * math.nan,
    "infinite": START / 0,
    "two weights": POINTS,
    "no axis": torch.tensor(0.1).double(),
    "nobody": START[:0],
    "integers": torch.zeros(4, 1, dtype=torch.int64),
}
MEASURES = {
    "lyapunov_exponent": lambda start: chaos.lyapunov_exponent(P, 0.1, start, **STEPS),
    "lyapunov_spectrum": lambda start: chaos.lyapunov_spectrum(RULE, P, start, **STEPS),
    "stationary_sample": lambda start: chaos.stationary_sample(RULE, P, start, burn=1, keep=1),
    "pair_distance": lambda start: chaos.pair_distance(RULE, P, start, delta=1e-9, steps=1),
    "orbit_diagram": lambda start: chaos.orbit_diagram(P, [0.1], start, burn=1, keep=1),
    "time_against_ensemble": lambda start: chaos.time_against_ensemble(RULE, P, start, burn=1, keep=9),
    "lyapunov_sweep": lambda start: kernels.lyapunov_sweep(P, 0.1, start.numpy(), **STEPS),
}


@pytest.mark.parametrize("start", BAD_STARTS)
@pytest.mark.parametrize("measure", MEASURES)
def test_starts_that_are_none_are_refused(measure, start):
    with pytest.raises(ValueError, match=r"start must|start of shape"):
        MEASURES[measure](BAD_STARTS[start])


@pytest.mark.parametrize("place", [0.5, 1.0, 1e3, -2e9])
@pytest.mark.parametrize("share", [1e-5, 0.4])
def test_a_twin_that_rounding_makes_the_member_is_refused(place, share):
    """A delta of 1e-20 gave distances of 0."""
    start = torch.tensor([[place], [0.0]], dtype=torch.float64)
    delta = share * np.spacing(abs(place))
    with pytest.raises(ValueError, match=r"spacing of float64 at start, got .*; try delta=1e-9"):
        chaos.pair_distance(RULE, chaos.Quadratic(torch.eye(1).double()), start, delta=delta, steps=3)
    delta *= 5 / share
    gap = chaos.pair_distance(RULE, chaos.Quadratic(torch.eye(1).double()), start, delta=delta, steps=0)
    assert torch.allclose(gap, torch.full_like(gap, delta), rtol=0.25)


@pytest.mark.parametrize("shape", [(0, 2), (3, 0), (0,), (4,), ()])
def test_samples_of_nothing_have_no_distance(shape):
    with pytest.raises(ValueError, match=r"two samples of one shape|at least one point"):
        chaos.sliced_w1(torch.zeros(shape).double(), torch.zeros(shape).double(), generator=generator(0))
    if 0 in shape:
        with pytest.raises(ValueError, match="samples must be at least one number"):
            chaos.w2_distance(np.zeros(shape), LAW)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_samples_that_are_not_finite_are_refused(bad):
    worse = POINTS.clone()
    worse[2, 1] = bad
    with pytest.raises(ValueError, match="samples must hold finite numbers"):
        chaos.sliced_w1(POINTS, worse, generator=generator(0))
    with pytest.raises(ValueError, match="series must hold finite values"):
        chaos.autocorrelation([1.0, bad, 2.0], lags=1)
    with pytest.raises(ValueError, match="orbit must hold at least two finite positions"):
        chaos.stationarity_identities(PLANE, 0.1, worse)
    with pytest.raises(ValueError, match="covariance must be symmetric and finite"):
        chaos.gaussian_density(torch.eye(2).double() * bad, POINTS)
    with pytest.raises(ValueError, match="exponents must be at least one number and not NaN"):
        chaos.kaplan_yorke_dimension([bad, -1.0])
    with pytest.raises(ValueError, match="matrix must be"):
        chaos.Quadratic(torch.eye(2).double() * bad)


def test_orbits_without_a_step_have_no_identities():
    for orbit in (START[:1], START[0]):
        with pytest.raises(ValueError, match="orbit must hold at least two finite positions"):
            chaos.stationarity_identities(P, 0.1, orbit)


@pytest.mark.parametrize("curvature", [0.0, -1.0])
def test_a_parabola_without_a_minimum_has_no_law(curvature):
    f = chaos.TwoScale(chaos.Quadratic(torch.tensor([[curvature]]).double()), P.small, 1e-3)
    for predict in (chaos.stationary_variance, chaos.stationary_kurtosis, chaos.stationary_law):
        with pytest.raises(ValueError, match=r"curvature must be positive and finite, got .*; a law needs"):
            predict(f, 0.1)


def test_a_descent_that_diverges_has_no_exponent():
    for lr in (2.5, 1e3):
        with pytest.raises(FloatingPointError, match="diverge"):
            chaos.lyapunov_exponent(P, lr, START, burn=0, steps=3000)


def test_a_superstable_cycle_has_the_exponent_minus_infinity():
    """At lr 1 the parabola's every point lands on the minimum, and stays."""
    bowl = chaos.Quadratic(torch.eye(1).double())
    found = chaos.lyapunov_exponent(bowl, 1.0, START, burn=1, steps=3)
    assert found.value == -math.inf and math.isnan(found.stderr)


def test_noise_is_no_rule_of_a_heavy_ball():
    for rule in (NoisyGradientDescent(0.1, lambda theta, source: theta), RULE, None):
        with pytest.raises(ValueError, match=r"HeavyBall expected, got|rule must be a HeavyBall, got"):
            chaos.exponent_sum(rule)


@pytest.mark.parametrize("name", [name for name, (_, good, _) in TABLE.items() if "landscape" in good])
@pytest.mark.parametrize("bad", [None, "a loss", (1.0, 2.0), torch.nn.Linear(1, 1), chaos.TwoScale], ids=str)
def test_what_is_no_landscape_is_refused(name, bad):
    """Two kernels take polynomials too, and say so themselves."""
    make, good, _ = TABLE[name]
    with pytest.raises(ValueError, match=r"landscape must |kernel|polynomial|TwoScale"):
        make(**(good | {"landscape": bad}))
