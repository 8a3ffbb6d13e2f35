"""Predictions at curvatures, amplitudes and momenta that are not one, against what they are derived from."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_lyapunov

from lrtheory import HeavyBall, Nesterov, chaos
from lrtheory.chaos.theory.momentum import exponent_sum, momentum_temperature, momentum_variance

CASES = [(0.1, 1.0, 1.0), (0.2, 3.0, -0.7), (0.5, 2.9, 2.0), (1.5, 0.3, 0.4)]  # lr, curvature, amplitude


@pytest.mark.parametrize(("lr", "curvature", "amplitude"), CASES)
def test_kicks_are_independent_as_far_as_the_drift_of_one_step_is_many_waves(lr, curvature, amplitude):
    """S is half the square of the drift's standard deviation, lr a x, over eps."""
    eps = 1e-3
    f = chaos.periodic(eps, curvature=curvature, amplitude=amplitude)
    drift = lr * curvature * math.sqrt(chaos.stationary_variance(f, lr))
    found = chaos.decorrelation(lr, eps, curvature=curvature, amplitude=amplitude)
    assert found == pytest.approx((drift / eps) ** 2 / 2, rel=1e-12)


@pytest.mark.parametrize("curvature", [0.4, 5.0])
def test_rates_up_to_two_over_the_curvature_have_a_regime_and_a_decorrelation(curvature):
    below, most = 1.999 / curvature, 2 / curvature
    assert chaos.decorrelation(below, 1e-3, curvature=curvature) > 0
    with pytest.raises(ValueError, match="lr must lie below 2 / curvature"):
        chaos.decorrelation(most, 1e-3, curvature=curvature)
    assert chaos.regime(most, 1e-3, curvature=curvature).name == "too large"
    assert chaos.regime(below, 1e-3, curvature=curvature).name == "large"
    assert (
        chaos.regime(below / 2, 1e-3, curvature=curvature, largest_curvature=2.1 * curvature).name
        == "too large"
    )
    small = 2 / (curvature + 0.3 / 1e-3)
    names = [chaos.regime(x * small, 1e-3, curvature=curvature, amplitude=-0.3).name for x in (0.999, 1.001)]
    assert names == ["small", "transition"]


@pytest.mark.parametrize(("lr", "curvature", "amplitude"), CASES)
def test_positions_of_the_stochastic_map_forget_by_one_factor_a_step(lr, curvature, amplitude):
    f = chaos.periodic(1e-3, curvature=curvature, amplitude=amplitude)
    factors = [chaos.stationary_autocorrelation(f, lr, lag) for lag in range(4)]
    assert factors == pytest.approx([1, *np.cumprod([1 - lr * curvature] * 3)], rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
@pytest.mark.parametrize(("lr", "curvature", "amplitude"), CASES[:3])
@pytest.mark.parametrize("kind", [HeavyBall, Nesterov])
def test_the_variance_with_momentum_is_that_of_two_positions_that_a_matrix_moves(
    kind, lr, curvature, amplitude, momentum
):
    rule, f = kind(lr / 2, momentum), chaos.periodic(1e-3, curvature=curvature, amplitude=amplitude)
    rate, ahead = lr / 2, momentum if kind is Nesterov else 0.0
    # x'' = x + mu (x - x_before) - lr a (x + ahead (x - x_before)) + kick
    pull = rate * curvature
    matrix = np.array([[1 + momentum - pull * (1 + ahead), -momentum + pull * ahead], [1.0, 0.0]])
    kick = np.array([[rate**2 * amplitude**2 / 2, 0.0], [0.0, 0.0]])
    exact = solve_discrete_lyapunov(matrix, kick)[0, 0]
    assert momentum_variance(f, rule) == pytest.approx(exact, rel=1e-9)
    slow = kind(1e-7, momentum)
    assert momentum_temperature(f, slow) == pytest.approx(curvature * momentum_variance(f, slow), rel=1e-5)


@pytest.mark.parametrize("dim", [1, 3])
def test_a_step_of_the_heavy_ball_shrinks_volumes_by_the_momentum_a_weight(dim):
    assert exponent_sum(HeavyBall(0.1, 0.25), dim=dim) == pytest.approx(dim * math.log(0.25))
    assert exponent_sum(HeavyBall(0.1, 1.0), dim=dim) == 0
    with pytest.raises(ValueError, match="momentum must be above 0, got 0"):
        exponent_sum(HeavyBall(0.1, 0.0), dim=dim)


@pytest.mark.parametrize("growth", [0.5, -0.8, 0.0])
@pytest.mark.parametrize(
    ("lr", "curvature", "amplitude"), [(0.1, 1.0, 1.0), (0.2, 3.0, -0.7), (0.05, 0.5, 0.4)]
)
def test_one_step_leaves_the_moments_of_multiplicative_noise_as_they_are(lr, curvature, amplitude, growth):
    f = chaos.multiplicative(1e-3, curvature=curvature, amplitude=amplitude, growth=growth)
    m = chaos.multiplicative_moments(f, lr)
    shrink, kick, third = 1 - lr * curvature, (lr * amplitude) ** 2 / 2, m.skewness * m.variance**1.5
    assert m.mean == 0
    assert m.variance == pytest.approx(shrink**2 * m.variance + kick * (1 + growth**2 * m.variance))
    pushed = 2 * growth * m.variance + growth**2 * third  # the mean of x (1 + g x)^2
    assert third == pytest.approx(shrink**3 * third + 3 * shrink * kick * pushed, rel=1e-10, abs=1e-15)


@pytest.mark.parametrize(
    ("lr", "curvature", "amplitude", "growth"), [(0.01, 3.0, -0.7, 0.5), (0.002, 0.5, 2.0, -0.3)]
)
def test_no_probability_flows_in_the_law_of_ito(lr, curvature, amplitude, growth):
    law = chaos.ito_law(
        chaos.multiplicative(1e-4, curvature=curvature, amplitude=amplitude, growth=growth), lr
    )
    x, p = law.points, law.density
    spread = lr * amplitude**2 / 4 * np.gradient((1 + growth * x) ** 2 * p, x, edge_order=2)
    drift = curvature * x * p
    assert np.abs(spread + drift).max() < 1e-3 * np.abs(drift).max()


@pytest.mark.parametrize("eps", [0.15, 0.02, 1e-4])
def test_from_the_rate_of_escape_on_the_largest_step_inside_the_well_lands_on_its_rim(eps):
    lr = chaos.escape_rate(eps)
    x = eps * np.linspace(math.pi, 1.5 * math.pi, 200_001)
    slopes = x + np.sin(x / eps)
    rim = x[np.nonzero((slopes[1:] >= 0) & (slopes[:-1] < 0))[0][0]] if slopes[0] < 0 else x[slopes <= 0][0]
    inside = np.linspace(0, rim, 200_001)
    landing = np.abs(inside - lr * (inside + np.sin(inside / eps))).max()
    assert landing == pytest.approx(rim, rel=1e-4)
    assert chaos.limiting_escape_stretch() == pytest.approx(lr / eps, rel=5 * eps)


@pytest.mark.parametrize("curvature", [1.0, 4.0])
def test_coins_at_half_the_inverse_curvature_have_a_uniform_law_up_to_both_ends(curvature):
    """The map is x / 2 +- reach / 2: binary digits, all equally likely."""
    f, lr = chaos.square_wave(1e-3, curvature=curvature, amplitude=3.0), 0.5 / curvature
    reach = 3.0 / curvature
    operator = chaos.transfer_operator(f, lr, points=801, box=(-reach, reach))
    law = chaos.operator_law(operator)
    assert law.density == pytest.approx(np.full(801, 0.5 / reach), rel=0.02)
    assert law.variance == pytest.approx(reach**2 / 3, rel=0.01)
    weights = chaos.stationary_weights(operator)
    assert weights.sum() == pytest.approx(1) and weights[0] == pytest.approx(weights[-1], rel=1e-6)
    for start in (-reach, reach):
        assert chaos.mean_exit_steps(operator, start, interval=(-math.inf, math.inf)) == math.inf


@pytest.mark.parametrize("lr", [0.0, -0.1, 2 / 3, math.inf])
def test_no_rate_and_rates_beyond_the_limit_contract_nothing(lr):
    with pytest.raises(ValueError, match="lr must"):
        chaos.contraction_rate(lr, least_curvature=1.0, largest_curvature=3.0)


@pytest.mark.parametrize("from_one", [1e-7, 1e-3, 0.5])
def test_a_fixed_point_has_any_multiplier_at_the_rate_that_gives_it(from_one):
    """At the foot of a well of curvature 2 the multiplier is 1 - 2 lr."""
    found = chaos.bifurcation_point(
        chaos.DoubleWell(), 1, multiplier=1 - from_one, near=(0.98, 0.6 * from_one)
    )
    assert (found.point, found.lr) == pytest.approx((1, from_one / 2), rel=1e-7)


@pytest.mark.parametrize(("lr", "tilt"), [(0.05, 0.0), (2.0, 0.1)])
def test_the_law_of_gibbs_falls_with_the_height_wherever_it_is(lr, tilt):
    f = chaos.double_well(1e-3, amplitude=1.5, tilt=tilt)
    law, temperature = chaos.gibbs_law(f, lr), lr * 1.5**2 / 4
    heights = f.large.loss(torch.as_tensor(law.points)[:, None]).numpy()
    inside = law.density > 1e-12
    level = np.log(law.density[inside]) + heights[inside] / temperature
    assert np.ptp(level) < 1e-8
    assert heights[[0, -1]].min() - heights.min() > 59 * temperature
