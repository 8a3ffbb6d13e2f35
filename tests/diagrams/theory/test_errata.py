"""Published statements that calculation refutes, each beside the corrected one and the truth that decides."""

import math
from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest
import torch

from lrtheory.diagrams.counting.schedules import Diffusion, Epochs, GradientFlow, full_batch, one_epoch
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.minima import minimum
from lrtheory.diagrams.models.moments import local_moments
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.theory import batch_and_epochs as batch
from lrtheory.diagrams.theory import curvature, entropic_force, errata, skewness
from lrtheory.diagrams.theory.covariance_penalty import covariance_statistic, trace_slope_statistic
from lrtheory.diagrams.theory.cubic_moments import cubic_response

LANDSCAPE, START = two_quintics()
MOMENTS = local_moments(LANDSCAPE.population(), torch.tensor([0.5], dtype=torch.float64))
SKEWED = minimum(1.0, 1.0, [1.0, -3.0], [0.75, 0.25]).here


def second_order(schedule, observable="test"):
    """Exact coefficient of lr^2 over every training set."""
    place = Polynomial.coordinate(1, 0) if observable == "displacement" else observable
    return float(exact_enumeration(LANDSCAPE, START, schedule, observable=place, order=2)[2])


def skewed_response(lr, steps):
    """Exact effect of the cubic part of ``SKEWED``, by carried moments."""
    numbers = [np.full((1,) * rank, value) for rank, value in ((2, 1.0), (3, 1.0), (2, 3.0), (3, -6.0))]
    return cubic_response(*numbers, lr=lr, steps=steps)


@pytest.mark.parametrize("steps", [2, 4])
def test_batch_size_moves_the_weights_in_proportion_to_the_steps(steps):
    """Printed without the factor T, which makes it right for one step only. Decided by every run of N = 2."""
    truth = second_order(full_batch(2, steps), "displacement") - second_order(
        Epochs(2, epochs=steps // 2), "displacement"
    )
    published = errata.published_batch_displacement(MOMENTS, examples=2, lr=1.0)
    assert truth == pytest.approx(steps * float(published), rel=1e-10)
    corrected = batch.batch_displacement(MOMENTS, examples=2, batch_size=1, steps=steps, lr=1.0)
    assert float(corrected) == pytest.approx(truth, rel=1e-10)


def test_epochs_differ_by_the_length_of_their_steps_too():
    """Printed with tr C alone. Decided by every run of N = 2; without G, at a minimum, both agree."""
    truth = second_order(Epochs(2, epochs=3), "displacement") / 9 - second_order(one_epoch(2), "displacement")
    setting = {"examples": 2, "epochs": 3, "lr": 1.0}
    published = float(errata.published_epochs_displacement(MOMENTS, **setting))
    assert float(batch.epochs_displacement(MOMENTS, **setting)) == pytest.approx(truth, rel=1e-10)
    missing = 2 * 2 / (4 * 3) * float(batch.squared_gradient_slope(MOMENTS))
    assert truth - published == pytest.approx(missing, rel=1e-10)
    assert abs(missing) > 5 * abs(published)


def test_the_gap_at_a_minimum_is_twice_what_a_later_version_prints():
    """Decided by every training set: descent of a parabola from its minimum ends at -reach x mean noise."""
    h, atoms, law, examples, time = 0.7, (1.0, -3.0), (0.75, 0.25), 3, 2.0
    reach, gap = (1 - math.exp(-time * h)) / h, 0.0
    for draw in product((0, 1), repeat=examples):
        mean = sum(atoms[k] for k in draw) / examples
        gap += math.prod(law[k] for k in draw) * reach * mean * mean  # test minus train is -theta mean
    source = minimum(h, 0.0, atoms, law).here
    assert curvature.flow_gap(source, examples=examples, time=time) == pytest.approx(gap, rel=1e-12)
    assert errata.published_gap(source, examples=examples, time=time) == pytest.approx(gap / 2, rel=1e-12)


@pytest.mark.parametrize(("steps", "factor"), [(40, 2.0), (20_000, 1.0)])
def test_the_entropic_force_is_a_nested_sum_not_a_product(steps, factor):
    """The product is right for many steps only and twice too much for few. Decided by carried moments."""
    lr = 1e-3
    truth = float(skewed_response(lr, steps).displacement[0])
    published = float(errata.published_entropic_displacement(SKEWED, steps=steps, lr=lr))
    corrected = float(entropic_force.entropic_displacement(SKEWED, steps=steps, lr=lr))
    assert corrected == pytest.approx(truth, rel=1e-9)
    assert published / truth == pytest.approx(factor, rel=0.08)


@pytest.mark.parametrize("lr", [0.1, 0.01])
def test_the_stationary_displacement_is_of_first_order_in_the_rate(lr):
    """Printed with one factor lr too many. Decided by carried moments after many steps."""
    truth = float(skewed_response(lr, round(40 / lr)).displacement[0])
    corrected = float(entropic_force.stationary_entropic_displacement(SKEWED, lr=lr))
    assert corrected == pytest.approx(truth, rel=1e-6)
    published = float(errata.published_stationary_displacement(SKEWED, lr=lr))
    assert published == pytest.approx(lr * truth, rel=0.06)


def test_noise_puts_sgd_above_the_flow_but_not_above_the_diffusion():
    """Printed: above both by T C:H / 2. Decided by enumeration and by the generators of both limits."""
    steps, published = 3, errata.published_loss_above_diffusion(MOMENTS, steps=3, lr=1.0)
    sgd = second_order(one_epoch(steps))
    quiet_landscape = type(LANDSCAPE)((F(1),), (LANDSCAPE.mean,))
    quiet = [
        float(exact_enumeration(quiet_landscape, START, schedule, order=2)[2])
        for schedule in (full_batch(1, steps), GradientFlow(steps))
    ]
    above_flow = sgd - second_order(GradientFlow(steps))
    assert above_flow - (quiet[0] - quiet[1]) == pytest.approx(published, rel=1e-10)  # the noise's part
    above_diffusion = sgd - second_order(Diffusion(steps))
    assert above_diffusion == pytest.approx(quiet[0] - quiet[1], rel=1e-10)  # nothing of the noise is left
    assert abs(published) > 0.3


@pytest.mark.parametrize("lr", [0.02, 0.01])
def test_skewness_has_the_other_sign_after_many_steps(lr):
    """Printed: -lr^2 S J / (6 (h + h + h)), one diagram of two. Decided by carried moments."""
    truth = float(skewed_response(lr, round(40 / lr)).loss)
    published = errata.published_stationary_skew_loss(SKEWED, lr=lr)
    corrected = skewness.stationary_skew_loss(SKEWED, lr=lr)
    assert corrected == pytest.approx(truth, rel=2 * lr)
    assert published == pytest.approx(-2 * truth, rel=2 * lr)


def test_a_small_effect_of_skewness_has_a_minus_sign():
    """Printed once with a plus: for one step from zero the loss gains J E[theta^3] / 6 = -lr^3 S J / 6."""
    gained = sum(p * (-0.1 * x) ** 3 / 6 for x, p in ((1.0, 0.75), (-3.0, 0.25)))
    assert skewness.early_skew_loss(SKEWED, steps=1, lr=0.1) == pytest.approx(gained, rel=1e-12)
    assert gained == pytest.approx(-(0.1**3) * -6 / 6, rel=1e-12)


@pytest.fixture(scope="module")
def plane():
    landscape, start = three_quintics()
    theta = torch.tensor([float(x) for x in start], dtype=torch.float64)
    return landscape.population(), theta


def test_the_covariance_statistic_is_unbiased_without_a_half(plane):
    """Decided by all nine pairs of examples."""
    population, theta = plane
    gradients = [_gradient(population, theta, k) for k in range(3)]
    law, truth = population.probabilities, local_moments(population, theta).covariance
    means = [
        sum(law[x] * law[y] * statistic(gradients[x], gradients[y]) for x, y in product(range(3), repeat=2))
        for statistic in (covariance_statistic, errata.published_covariance_statistic)
    ]
    torch.testing.assert_close(means[0], truth)
    torch.testing.assert_close(means[1], truth / 2)


def test_twice_the_hessian_along_a_difference_is_unbiased_for_the_slope_of_the_trace(plane):
    """Printed as 2 l_x grad(l_x - l_y); read 2 H_x grad(l_x - l_y). Decided by all nine pairs of examples."""
    population, theta = plane
    law, read, printed = population.probabilities, 0.0, 0.0
    for x, y in product(range(3), repeat=2):
        weight, one, other = law[x] * law[y], torch.tensor([x]), torch.tensor([y])
        read += weight * trace_slope_statistic(population, theta, one, other)
        apart = _gradient(population, theta, x) - _gradient(population, theta, y)
        printed += weight * 2 * population.example_loss(theta, torch.tensor(x)) * apart
    truth = torch.tensor([6481 / 7200, 467 / 43200], dtype=torch.float64)
    torch.testing.assert_close(read, truth, rtol=1e-12, atol=0)
    assert float((printed - truth).abs().max()) > 0.1


def test_the_worked_example_of_the_correlator_needs_the_correlator():
    """Atoms 1, -2, 5 and batches of S = 2: the identity for <x x x> in three parts, by every draw.

    With <x>_mu the product over the parts mu of the means of x to the size of the part, and {x}_mu the
    statistic with a batch mean for each factor: <x>_{012} = S^2 E{x}_{012} - (S - 1) (sum over the three
    partitions in a pair and one) <x>_mu - (S - 1)(S - 2) <x>_{0|1|2}. Printed with statistics {x} for those
    correlators.
    """
    atoms, size = (F(1), F(-2), F(5)), 2
    mean = {n: sum(x**n for x in atoms) / 3 for n in (1, 2, 3)}
    batches = [(F(x + y, 2), F(1, 9)) for x, y in product(atoms, repeat=2)]
    statistic = {n: sum(w * m**n for m, w in batches) for n in (1, 2, 3)}  # every factor a batch mean
    correlator = mean[2] * mean[1]
    with_correlator = size**2 * statistic[3] - 3 * (size - 1) * correlator
    with_correlator -= (size - 1) * (size - 2) * mean[1] ** 3
    assert with_correlator == mean[3]
    with_statistic = size**2 * statistic[3] - 3 * (size - 1) * statistic[2] * mean[1]
    with_statistic -= (size - 1) * (size - 2) * mean[1] ** 3
    assert with_statistic != mean[3]


def _gradient(population, theta, example):
    theta = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad(population.example_loss(theta, torch.tensor(example)), theta)
    return slope
