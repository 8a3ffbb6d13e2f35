"""Entropic force, skewness and the helix, against carried moments, enumeration and quadrature."""

import math
from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

from lrtheory.diagrams.experiments.noise import helix_tilts
from lrtheory.diagrams.models.minima import Minimum, minimum
from lrtheory.diagrams.models.screws import helix, linear_screw
from lrtheory.diagrams.theory import archimedes, entropic_force, errata, skewness
from lrtheory.diagrams.theory.cubic_moments import cubic_response
from lrtheory.diagrams.theory.time_sums import geometric_sum, nested_integral, nested_sum
from lrtheory.results import Store

DOUBLE = torch.float64


def tilted_bowl():
    """Curvatures 1 and 0.4, a full cubic part, three atoms of noise."""
    cubic = torch.zeros(2, 2, 2, dtype=DOUBLE)
    for place, value in (((0, 0, 1), 1.3), ((0, 0, 0), -0.7), ((1, 1, 1), 0.5), ((0, 1, 1), 0.9)):
        for order in set(product((0, 1, 2), repeat=3)):
            if sorted(order) == [0, 1, 2]:
                cubic[place[order[0]], place[order[1]], place[order[2]]] = value
    atoms = torch.tensor([[1, 0.5], [-1, 0.2], [0.3, -0.9]], dtype=DOUBLE)
    law = torch.tensor([0.3, 0.4, 0.3], dtype=DOUBLE)
    bowl = torch.diag(torch.tensor([1, 0.4], dtype=DOUBLE))
    return Minimum(bowl, atoms - law @ atoms, law, cubic)


def turned(source, angle=0.6):
    """The same minimum in other coordinates, so that no tensor is diagonal."""
    c, s = math.cos(angle), math.sin(angle)
    q = torch.tensor([[c, -s], [s, c]], dtype=DOUBLE)
    cubic = torch.einsum("abc,ia,jb,kc->ijk", source.jerk, q, q, q)
    return Minimum(q @ source.hessian @ q.T, source.atoms @ q.T, source.probabilities, cubic)


def response(source, lr, steps):
    m = source.here
    tensors = (each.numpy() for each in (m.hessian, m.jerk, m.covariance, m.skewness))
    return cubic_response(*tensors, lr=lr, steps=steps)


@pytest.mark.parametrize(("late", "early"), [(0.9, 0.7), (0.8, 0.8), (1.0, 0.6), (1.0, 1.0), (-0.5, 0.3)])
def test_sums_over_two_times_are_the_plain_sums(late, early):
    pairs = sum(late ** (9 - t) * early ** (t - s - 1) for t in range(10) for s in range(t))
    factors = torch.tensor([late, early], dtype=DOUBLE)
    assert float(nested_sum(*factors, 10)) == pytest.approx(pairs, rel=1e-12)
    assert float(geometric_sum(factors[0], 10)) == pytest.approx(sum(late**t for t in range(10)), rel=1e-12)
    rates = torch.tensor([1 - late, 1 - early], dtype=DOUBLE)
    integral, _ = dblquad(
        lambda s, t: math.exp(-(1 - late) * (3 - t) - (1 - early) * (t - s)), 0, 3, 0, lambda t: t
    )
    assert float(nested_integral(*rates, 3.0)) == pytest.approx(integral, rel=1e-10)


def test_the_entropic_force_has_the_known_numbers():
    source = tilted_bowl().here
    for steps, place in ((11, (0.00155896, -0.01641677)), (3, (0.00030837, -0.00151927))):
        moved = entropic_force.entropic_displacement(source, steps=steps, lr=0.1)
        np.testing.assert_allclose(moved, place, atol=6e-9)
    published = errata.published_entropic_displacement(source, steps=11, lr=0.1)  # a product of integrals
    np.testing.assert_allclose(published, (0.000801, -0.023591), atol=6e-7)


@pytest.mark.parametrize("steps", [0, 1, 2, 11, 60])
@pytest.mark.parametrize("lr", [0.1, 0.8, 1.6])
def test_entropic_force_and_skewness_are_what_carried_moments_say(steps, lr):
    source = turned(tilted_bowl())
    truth = response(source, lr, steps)
    moved = entropic_force.entropic_displacement(source.here, steps=steps, lr=lr)
    np.testing.assert_allclose(moved, truth.displacement, rtol=1e-9, atol=1e-14)
    gained = skewness.skew_loss(source.here, steps=steps, lr=lr)
    assert gained == pytest.approx(float(truth.loss), rel=1e-9, abs=1e-14)


def test_carried_moments_are_the_derivative_of_every_run():
    """All sequences of two atoms, in fractions: both means are series in the size of the cubic part."""
    atoms, law, lr, steps = (F(1), F(-3)), (F(3, 4), F(1, 4)), F(1, 10), 4
    place, loss = F(0), F(0)
    for draw in product((0, 1), repeat=steps):
        weight = math.prod((law[k] for k in draw), start=F(1))
        theta, change = F(0), F(0)
        for k in draw:
            theta, change = (1 - lr) * theta - lr * atoms[k], (1 - lr) * change - lr * theta**2 / 2
        place += weight * change
        loss += weight * (theta * change + theta**3 / 6)
    exact = [np.full((1,) * rank, F(n), dtype=object) for rank, n in ((2, 1), (3, 1), (2, 3), (3, -6))]
    truth = cubic_response(*exact, lr=lr, steps=steps)
    assert (truth.displacement[0], truth.loss) == (place, loss)


def test_limits_of_the_entropic_force():
    source = turned(tilted_bowl()).here
    few = entropic_force.early_entropic_displacement(source, steps=4, lr=1e-4)
    torch.testing.assert_close(
        few, entropic_force.entropic_displacement(source, steps=4, lr=1e-4), rtol=3e-4, atol=0
    )
    many = entropic_force.entropic_displacement(source, steps=3_000, lr=0.3)
    forever = entropic_force.stationary_entropic_displacement(source, lr=0.3)
    torch.testing.assert_close(many, forever, rtol=1e-10, atol=0)
    off = []
    for lr in (0.02, 0.01):
        setting = {"steps": round(2 / lr), "lr": lr}
        flow = entropic_force.flow_entropic_displacement(source, **setting)
        off.append(float((flow / entropic_force.entropic_displacement(source, **setting) - 1).abs().max()))
        leading = entropic_force.stationary_entropic_displacement(source, lr=lr, finite_steps=False)
        late = entropic_force.flow_entropic_displacement(source, steps=100 / lr, lr=lr)
        torch.testing.assert_close(late, leading, rtol=1e-10, atol=0)
    assert math.log2(off[0] / off[1]) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("landscape", [helix(), linear_screw()], ids=["helix", "twin"])
@pytest.mark.parametrize("z", [0.0, 1.1])
def test_the_valley_of_the_helix_is_climbed_as_fast_as_worked_out(landscape, z):
    m = landscape.moments(torch.tensor([0.0, 0.0, z], dtype=DOUBLE))
    for finite_steps, accuracy in ((True, "cloud"), (False, "leading")):
        velocity = entropic_force.valley_velocity(m, lr=0.1, finite_steps=finite_steps)
        speed = archimedes.screw_velocity(0.1, accuracy=accuracy)
        np.testing.assert_allclose(velocity, [0, 0, speed], atol=1e-12)


def test_the_numbers_of_the_helix():
    rates = (0.02, 0.05, 0.1, 0.2, 0.3)
    refined = [archimedes.screw_velocity(lr, accuracy="cloud") / lr**2 for lr in rates]
    np.testing.assert_allclose(refined, [0.16892, 0.17241, 0.17857, 0.19231, 0.20833], atol=5e-6)
    assert archimedes.steps_per_turn(0.1, accuracy="leading") == pytest.approx(3770, abs=0.5)
    for lr in (0.02, 0.01):  # a valley that does not turn does not lag: third order as for the cloud
        off = archimedes.stalling_tilt(lr) / archimedes.stalling_tilt(lr, accuracy="cloud") - 1
        assert off == pytest.approx(lr**2 / 36, rel=0.02)
    tilt = archimedes.stalling_tilt(0.1)
    assert archimedes.screw_velocity(0.1, tilt=tilt) == pytest.approx(0, abs=1e-16)
    assert archimedes.screw_distance(1e-3) == pytest.approx(0.375e-3, rel=1e-3)


def test_a_tilted_valley_turns_more_slowly_and_lags_less():
    stored = Store().get(helix_tilts)
    for share, (speed, stderr) in zip(stored["share"], stored["speed"][0], strict=True):  # rate 0.05
        predicted = archimedes.screw_velocity(0.05, tilt=float(share) * 0.05 / 6)
        assert abs(speed - predicted) < 3 * stderr  # without tilt / 4: up to seven


def test_skewness_has_the_known_numbers():
    source = minimum(1.0, 1.0, [1.0, -3.0], [0.75, 0.25]).here
    known = {
        (0.05, 10): (2.6469581e-4, 6.883e-4),
        (0.1, 18): (-1.2125337e-3, 3.678e-3),
        (0.3, 18): (-9.6690206e-3, 4.110e-2),
    }
    for (lr, steps), (both, leaves) in known.items():
        assert skewness.skew_loss(source, steps=steps, lr=lr) == pytest.approx(both, rel=1e-7)
        assert skewness.leaves_skew_loss(source, steps=steps, lr=lr) == pytest.approx(leaves, rel=1e-3)
    plane = tilted_bowl().here
    for steps, both, leaves in (
        (3, -3.8733582e-4, -5.03e-4),
        (8, -2.6008947e-4, -8.34e-4),
        (11, -1.0380656e-4, -9.07e-4),
    ):
        assert skewness.skew_loss(plane, steps=steps, lr=0.1) == pytest.approx(both, rel=1e-7)
        assert skewness.leaves_skew_loss(plane, steps=steps, lr=0.1) == pytest.approx(leaves, rel=1e-3)


def test_limits_of_the_effect_of_skewness():
    source = turned(tilted_bowl()).here
    early = skewness.early_skew_loss(source, steps=3, lr=1e-4)
    assert skewness.skew_loss(source, steps=3, lr=1e-4) == pytest.approx(early, rel=1e-3)
    off = []
    for lr in (0.04, 0.02):
        late = skewness.skew_loss(source, steps=round(60 / lr), lr=lr)
        off.append(late / skewness.stationary_skew_loss(source, lr=lr) - 1)
    assert math.log2(off[0] / off[1]) == pytest.approx(1, abs=0.1)


def stationary_moments(h, jerk, quartic, law, lr, largest=12):
    """Stationary moments 1 to ``largest`` from E[p(theta)] = E[p(theta - lr g)], larger ones dropped."""
    noise = {n: sum(p * x**n for x, p in law) for n in range(largest + 1)}
    slope = np.polynomial.Polynomial([0, 1 - lr * h, -lr * jerk / 2, -lr * quartic / 6])
    system = np.eye(largest)
    constant = np.zeros(largest)
    for n in range(1, largest + 1):
        for k in range(n + 1):
            kept = (slope ** (n - k) * (math.comb(n, k) * (-lr) ** k * noise[k])).coef
            constant[n - 1] += kept[0]
            for power, c in enumerate(kept[1 : largest + 1]):
                system[n - 1, power] -= c
    return np.linalg.solve(system, constant)


def test_the_stationary_loss_is_that_of_the_moment_equations_to_second_order():
    h, jerk, quartic, law = 1.3, 0.9, 0.7, ((1.0, 0.75), (-3.0, 0.25))
    numbers = {"variance": 3.0, "jerk": jerk, "third": -6.0, "quartic": quartic}
    off, away = [], []
    for lr in (2e-3, 1e-3):
        moments = stationary_moments(h, jerk, quartic, law, lr)
        loss = h * moments[1] / 2 + jerk * moments[2] / 6 + quartic * moments[3] / 24
        off.append(loss - skewness.stationary_loss(h, lr=lr, **numbers))
        away.append(moments[0] - skewness.stationary_place(h, lr=lr, variance=3.0, jerk=jerk))
    assert math.log2(off[0] / off[1]) == pytest.approx(3, abs=0.1)
    assert math.log2(away[0] / away[1]) == pytest.approx(2, abs=0.1)


def test_arguments_out_of_range_are_refused():
    valley, bowl = helix().moments(torch.zeros(3, dtype=DOUBLE)), tilted_bowl().here
    cases = [
        (lambda: entropic_force.stationary_entropic_displacement(valley, lr=0.1), "use valley_velocity"),
        (lambda: entropic_force.valley_velocity(bowl, lr=0.1), "use stationary_entropic_displacement"),
        (lambda: entropic_force.valley_velocity(valley, lr=1.0), "lr must lie below 2 / sharpness"),
        (lambda: archimedes.screw_velocity(1.0), r"lr must lie in \(0, 1\), got 1.0"),
        (lambda: archimedes.screw_velocity(0.1, accuracy="best"), "accuracy must be one of leading, cloud"),
        (lambda: skewness.stationary_skew_loss(valley, lr=0.1), "nothing becomes stationary"),
        (lambda: skewness.stationary_place(-1.0, lr=0.1, variance=1, jerk=1), "curvature must be positive"),
        (lambda: cubic_response(*(np.eye(2),) * 4, lr=0.1, steps=1), "shapes .* expected"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
    atoms = torch.tensor([[0.0, 1.0], [0.0, -1.0]], dtype=DOUBLE)
    trough = torch.diag(torch.tensor([1.0, 0.0], dtype=DOUBLE))
    diffusing = Minimum(trough, atoms, torch.tensor([0.5, 0.5], dtype=DOUBLE)).here
    with pytest.raises(ValueError, match="noise pushes along a flat direction"):
        entropic_force.valley_velocity(diffusing, lr=0.1)
