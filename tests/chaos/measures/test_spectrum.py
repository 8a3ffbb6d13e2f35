"""All exponents of a descent: of bowls and companion matrices, with momentum up to 1, of a student's loss."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, HeavyBall, Nesterov, chaos, generator


def plane(members):
    return chaos.uniform_start(members, generator(0, "start"), dim=2)


def test_the_spectrum_of_a_smooth_bowl_is_its_contraction():
    bowl = chaos.matyas(1.0).large
    found = chaos.lyapunov_spectrum(GradientDescent(0.3), bowl, plane(2), burn=60, steps=10)
    assert np.allclose(found.exponents, np.log([1 - 0.3 * 0.04, 1 - 0.3]), rtol=1e-9)


@pytest.mark.parametrize("rule", [HeavyBall(0.3, 0.5), Nesterov(0.3, 0.5)])
def test_the_spectrum_with_momentum_is_that_of_its_matrix(rule):
    """On a bowl the spectrum is ln|eigenvalues| of the companion matrix, averaged where two are conjugate."""
    found = chaos.lyapunov_spectrum(rule, chaos.matyas(1.0).large, plane(2), burn=0, steps=4000)
    expected = []
    for curvature in (0.04, 1.0):
        b = 0.3 * curvature
        first, second = (1.5 - b, -0.5) if isinstance(rule, HeavyBall) else (1.5 * (1 - b), -0.5 * (1 - b))
        expected += list(np.log(np.abs(np.linalg.eigvals([[first, second], [1.0, 0.0]]))))
    assert np.allclose(found.exponents, sorted(expected, reverse=True), atol=2e-3)


def test_the_spectrum_in_one_weight_is_the_exponent():
    f, start = chaos.periodic(1e-4), chaos.uniform_start(64, generator(0, "start"))
    many = chaos.lyapunov_spectrum(GradientDescent(0.1), f, start, burn=50, steps=100)
    one = chaos.lyapunov_exponent(f, 0.1, start, burn=50, steps=100)
    assert float(many.exponents) == pytest.approx(one.value, rel=1e-10)
    assert float(many.stderr) == pytest.approx(one.stderr, rel=1e-8)


def test_exponents_of_the_heavy_ball_add_up_to_ln_momentum_on_any_loss():
    rule, start = HeavyBall(0.1, 0.7), 0.3 * plane(16)
    for f in (chaos.matyas(1e-3, amplitudes=(1.0, 0.2)), chaos.coupled_wells(1e-2), chaos.SquaredProduct()):
        found = chaos.lyapunov_spectrum(rule, f, start, burn=5, steps=60)
        assert float(found.exponents.sum()) == pytest.approx(chaos.exponent_sum(rule, dim=2), abs=1e-9)


def test_a_spectrum_of_a_diverging_descent_is_refused():
    with pytest.raises(FloatingPointError, match="the descent diverged within 4000 steps"):
        chaos.lyapunov_spectrum(
            GradientDescent(3.0), chaos.matyas(1.0).large, plane(2), burn=2000, steps=2000
        )


class Pendulum:
    """-cos x in each weight: the heavy ball at momentum 1 is Chirikov's standard map."""

    def __init__(self, dim=1):
        self.dim = dim

    def loss(self, theta, samples=None):
        return -theta.cos().sum(-1)


@pytest.mark.parametrize("kick", [0.7, 5.0, 40.0])
@pytest.mark.parametrize("dim", [1, 3])
def test_a_ball_that_forgets_nothing_keeps_volumes(kick, dim):
    rule, start = HeavyBall(kick, 1.0), 3 * chaos.uniform_start(8, generator(0, "start"), dim=dim)
    found = chaos.lyapunov_spectrum(rule, Pendulum(dim), start, burn=10, steps=200)
    assert float(found.exponents.sum()) == pytest.approx(chaos.exponent_sum(rule, dim=dim), abs=1e-10)
    pairs = found.exponents + found.exponents.flip(0)  # symplectic: exponents come with their opposites
    assert float(pairs.abs().max()) < 0.05


def test_the_standard_map_has_its_known_exponent():
    """Chirikov: ln(K / 2) at large K."""
    start = 3 * chaos.uniform_start(64, generator(0, "start"))
    found = chaos.lyapunov_spectrum(HeavyBall(40.0, 1.0), Pendulum(), start, burn=20, steps=400)
    assert float(found.exponents[0]) == pytest.approx(math.log(20.0), abs=0.02)


@pytest.mark.parametrize("rule", [HeavyBall(0.1, 1.0), Nesterov(0.1, 1.0)])
def test_exponents_of_a_ball_that_forgets_nothing_are_the_predicted_ones(rule):
    f, start = chaos.periodic(1e-7), chaos.uniform_start(128, generator(0, "start"))
    found = chaos.lyapunov_spectrum(rule, f, start, burn=10, steps=150)
    expected = chaos.momentum_exponents(f, rule)
    assert np.allclose(found.exponents, expected, atol=0.05)


class Both:
    """A landscape with derivatives as a class with a loss alone."""

    def __init__(self, f):
        self.f, self.dim = f, f.dim

    def loss(self, theta, samples=None):
        return self.f.loss(theta)


@pytest.mark.parametrize(
    "rule", [GradientDescent(0.1), HeavyBall(0.1, 0.6), HeavyBall(0.1, 1.0), Nesterov(0.1, 0.6)]
)
@pytest.mark.parametrize(
    "f",
    [chaos.SquaredProduct(), chaos.matyas(0.3), chaos.CoupledWells(), chaos.ProductRegression(2, target=0.5)],
)
def test_a_loss_alone_has_the_spectrum_of_the_one_with_derivatives(f, rule):
    start = 0.5 * chaos.uniform_start(3, generator(0, "start"), dim=f.dim)
    ours, theirs = (
        chaos.lyapunov_spectrum(rule, each, start, burn=2, steps=12) for each in (Both(f), f)
    )
    assert torch.allclose(ours.exponents, theirs.exponents, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "f", [chaos.periodic(0.2), chaos.double_well(0.3), chaos.WavyParabola(), chaos.multiplicative(0.4)]
)
def test_a_loss_alone_has_every_measure_of_the_one_with_derivatives(f):
    own, lr, start = Both(f), 0.08, chaos.uniform_start(4, generator(0, "start"))
    ours, theirs = (chaos.lyapunov_exponent(each, lr, start, burn=2, steps=12) for each in (own, f))
    assert ours.value == pytest.approx(theirs.value, rel=1e-10)
    orbits = [
        chaos.stationary_sample(GradientDescent(lr), each, start, burn=2, keep=9) for each in (own, f)
    ]
    assert torch.allclose(*orbits, rtol=1e-10, atol=1e-12)
    ours, theirs = (chaos.stationarity_identities(each, lr, orbits[1]) for each in (own, f))
    assert torch.allclose(ours.virial, theirs.virial, rtol=1e-10, atol=1e-12)
    ours, theirs = (chaos.critical_points(each, box=(-2, 2.1), points=999) for each in (own, f))
    assert np.allclose(ours, theirs, rtol=1e-10, atol=1e-10) and len(ours)
    ours, theirs = (chaos.find_cycles(each, lr, 1, box=(-2, 2.1), points=999) for each in (own, f))
    assert np.allclose([c.multiplier for c in ours], [c.multiplier for c in theirs], rtol=1e-10)
    assert chaos.cycle_period(own, lr, 0.1, burn=300, longest=4) == chaos.cycle_period(
        f, lr, 0.1, burn=300, longest=4
    )


@pytest.mark.parametrize("f", [chaos.DoubleWell(), chaos.periodic(0.1, amplitude=-1.0)])
def test_a_loss_alone_bifurcates_where_the_one_with_derivatives_does(f):
    near = (1.2, 1.236) if isinstance(f, chaos.DoubleWell) else (0.17, 0.3164)
    ours, theirs = (chaos.bifurcation_point(each, 2, multiplier=-1.0, near=near) for each in (Both(f), f))
    assert (ours.lr, ours.point) == (
        pytest.approx(theirs.lr, rel=1e-12),
        pytest.approx(theirs.point, rel=1e-10),
    )


class WithGradient(Both):
    """A student's class with a gradient and no Hessian."""

    def gradient(self, theta, samples=None):
        return self.f.gradient(theta)


@pytest.mark.parametrize("kind", [Both, WithGradient])
def test_a_student_s_large_scale_part_serves_every_prediction(kind):
    large = chaos.WavyParabola()
    own = chaos.TwoScale(kind(large), chaos.periodic(1e-4).small, 1e-4)
    lib = chaos.TwoScale(large, chaos.periodic(1e-4).small, 1e-4)
    x = torch.linspace(-1, 1, 7, dtype=torch.float64)[:, None]
    for predict in (
        lambda f: f.gradient(x),
        lambda f: f.hessian(x),
        lambda f: chaos.gibbs_density(f, 0.1, x),
        lambda f: chaos.quasi_potential_slope(f, 0.4),
        lambda f: chaos.quasi_potential_barrier(f, 0.0, 0.4),
        lambda f: chaos.gibbs_barrier(f, 0.0, 0.4),
        lambda f: chaos.operator_law(chaos.transfer_operator(f, 0.1, points=301)).variance,
    ):
        assert torch.allclose(torch.as_tensor(predict(own)), torch.as_tensor(predict(lib)), rtol=1e-10)


@pytest.mark.parametrize("f", [chaos.SquaredProduct(), chaos.matyas(0.3), chaos.WavyParabola()])
@pytest.mark.parametrize("wrap", [lambda f: f, Both])
def test_the_modified_loss_can_be_differentiated_in_its_turn(f, wrap):
    """Its Hessian left a term out wherever the gradient of f was differentiated automatically."""
    modified = chaos.ModifiedLoss(wrap(f), 0.2)
    theta = 0.7 * chaos.uniform_start(3, generator(0, "start"), dim=f.dim)
    bends = chaos.Differentiated(modified).hessian(theta)
    step = 1e-6 * torch.eye(f.dim, dtype=torch.float64)
    for axis in range(f.dim):
        ends = modified.gradient(theta + step[axis]), modified.gradient(theta - step[axis])
        assert torch.allclose(bends[..., axis], (ends[0] - ends[1]) / 2e-6, atol=1e-6)
    assert not modified.loss(theta).requires_grad


@pytest.mark.parametrize("shape", [lambda h: h[..., 0], lambda h: h.sum(), lambda h: h[..., None]])
def test_a_hessian_of_another_shape_is_refused(shape):
    class Wrong(WithGradient):
        def hessian(self, theta):
            return shape(self.f.hessian(theta))

    start = chaos.uniform_start(3, generator(0, "start"))
    with pytest.raises(ValueError, match=r"hessian of Wrong must have shape \(3, 1, 1\) for theta of shape"):
        chaos.lyapunov_exponent(Wrong(chaos.DoubleWell()), 0.1, start, burn=0, steps=1)
    with pytest.raises(ValueError, match="hessian of Wrong must have shape"):
        chaos.lyapunov_spectrum(GradientDescent(0.1), Wrong(chaos.DoubleWell()), start, burn=0, steps=1)
