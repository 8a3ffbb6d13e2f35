"""The compiled maps hold phases in turns: as long as a float64 resolves them they are right, then refused."""

import math

import numpy as np
import pytest

from lrtheory import chaos, generator
from lrtheory.chaos.kernels import ensemble_histogram, ensemble_positions, lyapunov_sweep, orbit_diagram


def start(members, dim=1, reach=1.0):
    return chaos.uniform_start(members, generator(0, "start"), dim=dim, reach=reach).numpy()


@pytest.mark.parametrize("eps", [1e-6, 1e-9, 5e-12])
def test_exponents_are_the_limiting_ones_up_to_the_bound(eps):
    f = chaos.periodic(eps)
    found = lyapunov_sweep(f, 0.1, start(512), burn=100, steps=1000)
    expected = chaos.limiting_lyapunov_exponent(f, 0.1)
    assert found.mean() == pytest.approx(expected, abs=5 * found.std() / 512**0.5)
    plane = chaos.matyas(eps)
    total = lyapunov_sweep(plane, 0.1, start(256, dim=2), burn=100, steps=1000).sum(-1)
    assert total.mean() == pytest.approx(chaos.limiting_lyapunov_sum(plane, 0.1), abs=5 * total.std() / 16)


@pytest.mark.parametrize("eps", [1e-13, 1e-16, 1e-18, 1e-19, 1e-25, 1e-200])
@pytest.mark.parametrize("make", [chaos.periodic, chaos.double_well, chaos.two_tones, chaos.matyas])
def test_phases_that_are_not_resolved_are_refused(make, eps):
    """At eps 1e-19 the exponent was 4.7 where it is 40.8."""
    f = make(eps)
    with pytest.raises(ValueError, match=r"phases must be resolved, but .* raise eps, or use descend"):
        lyapunov_sweep(f, 0.1, start(8, f.dim), burn=0, steps=16)
    with pytest.raises(ValueError, match="phases must be resolved"):
        ensemble_positions(f, 0.1, start(8, f.dim), steps=16)


def test_a_rate_or_a_quick_tone_may_be_what_is_not_resolved():
    f = chaos.periodic(1e-6)
    with pytest.raises(ValueError, match=r"one step moves up to 3\.18e\+11 turns"):
        lyapunov_sweep(f, [0.1, 2e6], start(2), burn=0, steps=1)
    with pytest.raises(ValueError, match="the start lies at up to"):
        orbit_diagram(f, [0.1], 2e6, burn=0, keep=1)
    quick = chaos.two_scale(f.large, 1e-6, amplitudes=[1.0, 1.0], frequencies=[[1.0], [math.pi * 1e7]])
    with pytest.raises(ValueError, match="phases must be resolved"):
        lyapunov_sweep(quick, 0.1, start(2), burn=0, steps=1)


def test_an_orbit_that_leaves_the_resolved_range_is_refused_at_its_end():
    """A rate of 2.1 doubles the distance every seven steps; it has not overflowed, and means nothing."""
    with pytest.raises(ValueError, match="phases must be resolved, but positions reach"):
        ensemble_positions(chaos.periodic(1e-6), 2.1, start(4), steps=200)
    with pytest.raises(ValueError, match="phases must be resolved, but positions reach"):
        ensemble_histogram(chaos.periodic(1e-6), 2.1, start(4), burn=100, steps=100, bins=5, box=(-1, 1))


def test_the_plain_measure_serves_where_the_compiled_one_refuses():
    f, theta = chaos.periodic(1e-19), chaos.uniform_start(256, generator(0, "start"))
    found = chaos.lyapunov_exponent(f, 0.1, theta, burn=100, steps=200)
    assert found.value == pytest.approx(chaos.limiting_lyapunov_exponent(f, 0.1), abs=5 * found.stderr)
    assert np.isclose(chaos.limiting_lyapunov_exponent(f, 0.1), 40.75, atol=0.01)
