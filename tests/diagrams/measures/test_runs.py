"""Runs on fresh examples, training sets and the helix, against closed forms and the plain loop."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from lrtheory.descent import GradientDescent, descend
from lrtheory.diagrams.counting.schedules import Cells, Diffusion, Epochs, WithReplacement, full_batch
from lrtheory.diagrams.measures.compiled_helix import walk
from lrtheory.diagrams.measures.helix_runs import helix_climb
from lrtheory.diagrams.measures.runs import (
    diffused_weights,
    example_noise,
    fresh_weights,
    gaussian_noise,
    mean_loss,
    trained_losses,
)
from lrtheory.diagrams.models.examples import two_quintics
from lrtheory.diagrams.models.minima import minimum
from lrtheory.diagrams.models.screws import helix
from lrtheory.diagrams.models.swing import gauss, mean_estimation
from lrtheory.diagrams.models.training_sets import Atoms, TrainingSet
from lrtheory.diagrams.theory.archimedes import screw_distance, screw_velocity, stalling_tilt
from lrtheory.diagrams.theory.second_order import gauss_loss_after_a_step
from lrtheory.landscape import gradient
from lrtheory.measure import mean_and_stderr
from lrtheory.seeds import generator

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

ZERO = torch.zeros(1, dtype=torch.float64)


def within(estimate, truth, *, errors=4):
    return abs(estimate.value - truth) < errors * estimate.stderr


def test_a_step_on_fresh_examples_of_gauss_has_the_exact_mean_loss():
    theta = fresh_weights(
        gauss(), ZERO, lr=0.25, steps=1, members=200_000, generator=generator(0, "fresh")
    )
    loss = mean_loss(gauss(), theta)
    assert theta.shape == (200_000, 1)
    assert within(loss, gauss_loss_after_a_step(0.25))
    assert loss.stderr < 1e-4 < gauss_loss_after_a_step(0.25) - 0.5


@pytest.mark.parametrize("steps", [1, 5])
def test_the_spread_on_fresh_examples_and_of_the_diffusion_is_that_of_a_linear_recursion(steps):
    source = minimum(1.5, 0.0, [1.0, -3.0], [0.75, 0.25])
    setting = {"lr": 0.2, "steps": steps, "members": 60_000, "generator": generator(1, steps)}
    runs = [(fresh_weights(source, ZERO, **setting), steps, 0.2, 0.04 * 3)]
    diffused = diffused_weights(source, ZERO, refinement=4, **setting)
    runs.append((diffused, 4 * steps, 0.05, 0.2 * 0.05 * 3))
    for theta, count, rate, kick in runs:
        spread = sum(kick * (1 - rate * 1.5) ** (2 * t) for t in range(count))
        assert within(mean_and_stderr(theta**2), spread)
    assert abs(float((runs[0][0] ** 3).mean())) > 10 * abs(float((runs[1][0] ** 3).mean()))  # skewed, or not


@pytest.mark.parametrize("source", [gauss(), helix(), Atoms(two_quintics()[0].population())])
def test_both_kinds_of_noise_have_mean_zero_and_the_covariance_of_the_examples(source):
    point = torch.tensor([0.4, -0.3, 0.8][: source.dim], dtype=torch.float64)
    truth = source.moments(point).covariance
    for number, noise in enumerate((example_noise(source), gaussian_noise(source))):
        kicks = noise(point.expand(20_000, -1), generator(2, number))
        for i, j in np.ndindex(*truth.shape):
            assert within(mean_and_stderr(kicks[:, i]), 0)
            assert within(mean_and_stderr(kicks[:, i] * kicks[:, j]), float(truth[i, j]), errors=4.5)


def test_training_sets_of_mean_estimation_overfit_by_the_known_numbers():
    """C = 100, N = 10, T = 100, lr = 0.05: excess 8.47288 and gap 18.40965 at curvature 1/2."""
    losses = trained_losses(
        mean_estimation(0.5, 10.0),
        ZERO,
        full_batch(10, 100),
        lr=0.05,
        trials=10_000,
        generator=generator(0, "sets"),
    )
    assert within(losses.test, 8.47288)
    assert within(losses.gap, 18.40965)
    assert losses.gap.value == pytest.approx(losses.test.value - losses.train.value)
    assert losses.theta.shape == (10_000, 1)


SEEN = Cells(2, ((0, 1), (1,), (0,)))


@pytest.mark.parametrize(
    "schedule",
    [Epochs(2, epochs=2), Epochs(2, epochs=2, order="reshuffled"), WithReplacement(2, steps=3), SEEN],
    ids=["fixed", "reshuffled", "replacement", "cells"],
)
def test_losses_over_drawn_training_sets_are_those_over_all_of_them(schedule):
    landscape, start = two_quintics()
    atoms, theta = Atoms(landscape.population()), torch.tensor([float(start[0])], dtype=torch.float64)
    drawn = trained_losses(atoms, theta, schedule, lr=0.15, trials=40_000, generator=generator(3, "order"))
    sets = torch.tensor(list(product(range(2), repeat=2)))
    weights = atoms.population.probabilities[sets].prod(-1)
    data, truths = TrainingSet(atoms, sets), []
    for visits in every_visit(schedule):
        run = descend(
            GradientDescent(0.15),
            data,
            theta.expand(4, 1),
            steps=len(visits),
            batches=[torch.tensor(batch) for batch in visits],
        )
        test, train = atoms.loss(run.final), data.loss(run.final)
        truths.append([float(weights @ test), float(weights @ (test - train))])
    test, gap = np.mean(truths, axis=0)
    assert within(drawn.test, test)
    assert within(drawn.gap, gap)


def every_visit(schedule):
    """All the orders, equally likely, in which a schedule may visit two examples one at a time."""
    if isinstance(schedule, Cells):
        return [schedule.seen]
    if isinstance(schedule, WithReplacement):
        return [tuple((n,) for n in draws) for draws in product(range(2), repeat=schedule.steps)]
    orders = [((0,), (1,)), ((1,), (0,))]
    return [a + b for a, b in product(orders, repeat=2) if schedule.order == "reshuffled" or a == b]


def test_the_compiled_walk_takes_the_steps_of_the_plain_loop():
    """One walker on the same noise: the loop in u, v, z with the gradient of the loss itself."""
    lr, tilt, burn, steps = 0.2, 0.05, 7, 50
    means = np.empty((1, 3))
    walk(np.random.default_rng(5), means, np.array([lr, 1.5, tilt]), np.array([burn, steps]))
    noise = torch.tensor(1.5 * np.random.default_rng(5).standard_normal(burn + steps))
    source, theta, started, squares = helix(tilt=tilt), torch.zeros(3, dtype=torch.float64), 0.0, 0.0
    for t, x in enumerate(noise):
        if t == burn:
            started = float(theta[2])
        if t >= burn:
            squares += float(theta[0] ** 2 + theta[1] ** 2)
        theta = theta.detach().requires_grad_()
        (slope,) = torch.autograd.grad(source.example_loss(theta, x), theta)
        theta = (theta - lr * slope).detach()
    assert means[0, 0] == pytest.approx((float(theta[2]) - started) / steps, rel=1e-11)
    assert means[0, 1] == pytest.approx(squares / steps, rel=1e-11)


def test_sgd_climbs_the_helix_and_a_tilt_stops_it():
    lr = 0.1
    climb = helix_climb(lr, walkers=10_000, steps=1_000, generator=generator(0, "helix"))
    speed = screw_velocity(lr)
    assert abs(climb.velocity.value - speed) < 4 * climb.velocity.stderr
    assert climb.velocity.value - lr**2 / 6 > 10 * climb.velocity.stderr  # faster than to leading order
    assert abs(climb.coupling.value + climb.velocity.value / lr) < 4 * math.hypot(
        climb.coupling.stderr, climb.velocity.stderr / lr
    )
    assert climb.squared_distance.value == pytest.approx(screw_distance(lr), rel=0.01)
    stalled = helix_climb(
        lr, walkers=10_000, steps=1_000, generator=generator(0, "tilt"), tilt=stalling_tilt(lr)
    )
    assert abs(stalled.velocity.value) < 4 * stalled.velocity.stderr


def test_the_diffusion_climbs_the_helix_too_and_descent_without_noise_does_not():
    climb = helix_climb(0.1, walkers=4_000, steps=500, generator=generator(0, "diffusion"), diffusion=8)
    euler = 0.1**2 / (2 * (3 - 2 * 0.1 / 8))
    assert abs(climb.velocity.value - euler) < 4 * climb.velocity.stderr + 0.005 * euler
    floor = torch.tensor([[0.0, 0.0, 0.3], [0.0, 0.0, 2.0]], dtype=torch.float64)
    assert float(gradient(helix(), floor).abs().max()) == 0
    resting = descend(GradientDescent(0.1), helix(), floor, steps=100).final
    assert bool((resting == floor).all())


def test_arguments_out_of_range_are_refused():
    setting = {"lr": 0.1, "steps": 1, "generator": generator(0, "none")}
    cases = [
        (lambda: fresh_weights(gauss(), ZERO, members=1, **setting), "at least 2 independent runs, got 1"),
        (lambda: diffused_weights(gauss(), ZERO, members=2, refinement=0, **setting), "refinement must be"),
        (
            lambda: trained_losses(
                gauss(), ZERO, Diffusion(2), lr=0.1, trials=2, generator=generator(0, "none")
            ),
            "has no training set",
        ),
        (lambda: helix_climb(1.0, walkers=40, steps=1, generator=generator(0, "no")), "lr must lie in"),
        (lambda: helix_climb(0.1, walkers=39, steps=1, generator=generator(0, "no")), "at least 40 walkers"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
