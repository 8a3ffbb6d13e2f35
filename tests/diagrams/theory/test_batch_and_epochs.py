"""What batches, epochs and short steps do to second order, against every training set and generators."""

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
import torch

from lrtheory.diagrams.counting.schedules import Diffusion, Epochs, GradientFlow, full_batch, one_epoch
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics, valley_floor
from lrtheory.diagrams.models.minima import minimum
from lrtheory.diagrams.models.moments import local_moments
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.theory import batch_and_epochs as batch

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

LINE, PLANE = two_quintics(), three_quintics()
RATE = 0.3  # coefficients of a power of the rate are multiplied by it


def moments_of(example):
    landscape, start = example
    return local_moments(landscape.population(), torch.tensor([float(x) for x in start], dtype=torch.float64))


def exact(example, schedule, **options):
    landscape, start = example
    return exact_enumeration(landscape, start, schedule, **options)


def mean_weights(example, schedule):
    """Exact coefficients of lr^2 in the mean of every weight."""
    dim = example[0].dim
    places = [Polynomial.coordinate(dim, axis) for axis in range(dim)]
    return np.array([float(exact(example, schedule, observable=p, order=2)[2]) for p in places])


@pytest.mark.parametrize(("examples", "size", "epochs"), [(2, 1, 1), (2, 1, 2), (4, 2, 1)])
@pytest.mark.parametrize("example", [LINE, PLANE], ids=["line", "plane"])
def test_gradient_descent_minus_sgd_is_the_slope_of_the_trace(example, examples, size, epochs):
    schedule = Epochs(examples, size, epochs)
    full = full_batch(examples, schedule.steps)
    moments = moments_of(example)
    setting = {"examples": examples, "batch_size": size, "steps": schedule.steps, "lr": RATE}
    truth = RATE**2 * (mean_weights(example, full) - mean_weights(example, schedule))
    np.testing.assert_allclose(batch.batch_displacement(moments, **setting), truth, rtol=1e-10)
    loss = RATE**2 * (exact(example, full, order=2)[2] - exact(example, schedule, order=2)[2])
    assert batch.batch_loss_difference(moments, **setting) == pytest.approx(float(loss), rel=1e-10)


@pytest.mark.parametrize(("examples", "size", "epochs"), [(2, 1, 2), (2, 1, 3), (4, 2, 2)])
@pytest.mark.parametrize("example", [LINE, PLANE], ids=["line", "plane"])
def test_epochs_with_a_shared_rate_move_by_the_slope_of_the_squared_batch_gradient(
    example, examples, size, epochs
):
    long, short = Epochs(examples, size, epochs), Epochs(examples, size)
    truth = RATE**2 * (mean_weights(example, long) / epochs**2 - mean_weights(example, short))
    setting = {"examples": examples, "batch_size": size, "epochs": epochs, "lr": RATE}
    np.testing.assert_allclose(batch.epochs_displacement(moments_of(example), **setting), truth, rtol=1e-10)
    loss = RATE**2 * (exact(example, long, order=2)[2] / epochs**2 - exact(example, short, order=2)[2])
    gained = batch.epochs_loss_difference(moments_of(example), **setting)
    assert gained == pytest.approx(float(loss), rel=1e-10)


@pytest.mark.parametrize("example", [LINE, PLANE], ids=["line", "plane"])
def test_short_steps_differ_from_the_flow_and_the_diffusion_as_predicted(example):
    steps, moments = 3, moments_of(example)
    noiseless = _without_noise(example)
    moved = mean_weights(noiseless, full_batch(1, steps)) - mean_weights(noiseless, GradientFlow(steps))
    predicted = batch.discretization_displacement(moments, steps=steps, lr=RATE)
    np.testing.assert_allclose(predicted, RATE**2 * moved, rtol=1e-10)
    sgd = exact(example, one_epoch(steps), order=2)[2]
    for limit, predicted in (
        (GradientFlow(steps), batch.loss_above_gradient_flow),
        (Diffusion(steps), batch.loss_above_diffusion),
    ):
        truth = RATE**2 * float(sgd - exact(example, limit, order=2)[2])
        assert predicted(moments, steps=steps, lr=RATE) == pytest.approx(truth, rel=1e-10)


def _without_noise(example):
    landscape, start = example
    return type(landscape)((F(1),), (landscape.mean,)), start


@pytest.mark.parametrize(
    ("curvature", "jerk", "noise", "law", "difference"),
    [
        (F(2), F(3), (1, -1), (F(1, 2), F(1, 2)), 8),
        (F(1), F(3), (1, -2), (F(2, 3), F(1, 3)), 8),
        (F(3, 2), F(-1), (1, -3), (F(3, 4), F(1, 4)), F(19, 2)),
    ],
)
def test_sgd_above_the_diffusion_at_a_minimum_is_the_known_rational(curvature, jerk, noise, law, difference):
    """Both by exact enumeration and generator, T = 4: nothing at second order, 8, 8 and 19/2 at third."""
    landscape = valley_floor(curvature, jerk, noise=noise, probabilities=law)
    zero = (F(0),)
    sgd = exact_enumeration(landscape, zero, one_epoch(4), order=3)
    diffusion = exact_enumeration(landscape, zero, Diffusion(4), order=3)
    assert (sgd[2] - diffusion[2], sgd[3] - diffusion[3]) == (0, difference)
    same = minimum(float(curvature), float(jerk), [float(x) for x in noise], [float(p) for p in law]).here
    predicted = batch.minimum_loss_above_diffusion(same, steps=4, lr=RATE)
    assert predicted == pytest.approx(RATE**3 * float(difference), rel=1e-12)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="a minimum is needed"):
        batch.minimum_loss_above_diffusion(moments_of(LINE), steps=1, lr=0.1)
    beside = replace(moments_of(LINE), gradient=torch.tensor([-1e-6], dtype=torch.float64))
    with pytest.raises(ValueError, match="a minimum is needed"):
        batch.minimum_loss_above_diffusion(beside, steps=1, lr=0.1)
    with pytest.raises(ValueError, match="batch_size must lie between 1 and the 4 examples, got 5"):
        batch.covariance_weight(4, 5, lr=0.1)
