"""The loss to second and third order in the rate, for any schedule, against runs of every training set."""

from fractions import Fraction as F
from itertools import permutations, product

import numpy as np
import pytest
import torch

from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    WithReplacement,
    cells_of,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.moments import local_moments
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.models.swing import cubic_chi, gauss
from lrtheory.diagrams.theory import batch_and_epochs as batch
from lrtheory.diagrams.theory.second_order import (
    first_gap,
    gauss_loss_after_a_step,
    one_epoch_series,
    pair_counts,
    second_order_series,
    summed_series,
)

LINE, PLANE = two_quintics(), three_quintics()
SCHEDULES = {
    "one epoch": one_epoch(3),
    "two epochs": Epochs(2, epochs=2),
    "reshuffled": Epochs(3, epochs=2, order="reshuffled"),
    "batches": Epochs(4, batch_size=2, epochs=2),
    "full batch": full_batch(2, 3),
    "replacement": WithReplacement(2, steps=3),
    "batches with replacement": WithReplacement(3, batch_size=2, steps=2),
    "unequal batches": Cells(3, ((0, 1), (2,), (0,), (0, 1, 2))),
    "flow": GradientFlow(F(5, 2)),
    "diffusion": Diffusion(3),
}


def moments_of(example):
    landscape, start = example
    return local_moments(landscape.population(), torch.tensor([float(x) for x in start], dtype=torch.float64))


def exact(example, schedule, **options):
    landscape, start = example
    return exact_enumeration(landscape, start, schedule, **options)


@pytest.mark.parametrize("example", [LINE, PLANE], ids=["line", "plane"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_loss_to_second_order_is_that_of_every_run(name, example):
    truth = exact(example, SCHEDULES[name], order=2)
    series = second_order_series(moments_of(example), SCHEDULES[name])
    np.testing.assert_allclose(series, [float(x) for x in truth], rtol=1e-11)


def test_the_loss_to_second_order_is_the_known_rational():
    """Of two examples: two epochs, and three steps of full batches."""
    two = second_order_series(moments_of(LINE), Epochs(2, epochs=2))
    np.testing.assert_allclose(two, [513 / 2240, -12769 / 3136, 7388741 / 175616], rtol=1e-12)
    full = second_order_series(moments_of(LINE), full_batch(2, 3))
    np.testing.assert_allclose(full, [513 / 2240, -38307 / 12544, 15771489 / 702464], rtol=1e-12)


@pytest.mark.parametrize("example", [LINE, PLANE], ids=["line", "plane"])
@pytest.mark.parametrize("steps", [1, 3])
def test_the_loss_after_one_epoch_to_third_order_is_that_of_every_run(steps, example):
    truth = exact(example, one_epoch(steps), order=3)
    np.testing.assert_allclose(
        one_epoch_series(moments_of(example), steps), [float(x) for x in truth], rtol=1e-11
    )


def test_pairs_are_counted_as_on_the_grid():
    """Placed one by one on the active cells, averaged over orders or draws."""

    def placed(cells):
        weight = [(t, n, F(1, len(b))) for t, b in enumerate(cells.seen) for n in b]
        pairs = [(s, u, a * b, n == m) for (s, n, a), (u, m, b) in product(weight, weight)]
        return np.array(
            [
                sum((w for _, _, w in weight), F(0)),
                sum((w for s, u, w, _ in pairs if s < u), F(0)),
                sum((w for _, _, w, same in pairs if same), F(0)),
                sum((w for s, u, w, same in pairs if same and s < u), F(0)),
            ]
        )

    def counted(schedule):
        pairs = pair_counts(schedule)
        return [pairs.steps, pairs.ordered, pairs.tied, pairs.tied_ordered]

    for schedule in (Epochs(6, batch_size=2, epochs=3), full_batch(3, 4), one_epoch(5)):
        assert counted(schedule) == list(placed(cells_of(schedule))) == counted(cells_of(schedule))
    orders = list(permutations(range(4)))
    twice = [
        Cells(4, tuple(tuple(o[k : k + 2]) for o in pair for k in (0, 2))) for pair in product(orders, orders)
    ]
    mean = sum(placed(cells) for cells in twice) / F(len(twice))
    assert counted(Epochs(4, batch_size=2, epochs=2, order="reshuffled")) == list(mean)
    unequal = SCHEDULES["unequal batches"]
    assert counted(unequal) == list(placed(unequal))


@pytest.mark.parametrize("name", ["one epoch", "batches", "full batch", "replacement"])
def test_the_first_gap_is_that_of_every_run(name):
    schedule = SCHEDULES[name]
    truth = exact(LINE, schedule, observable="gap", order=1)[1]
    assert first_gap(moments_of(LINE), schedule, lr=0.01) == pytest.approx(0.01 * float(truth), rel=1e-12)


def test_gauss_after_a_step_is_its_integral_and_its_series():
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    for lr, start in ((0.1, 0.0), (0.4, 0.0), (0.3, 0.7)):
        h = start - lr / 2 * (1 - nodes**2 * np.exp(-start))
        integral = (weights * (h + np.exp(-h))).sum() / weights.sum() / 2
        assert gauss_loss_after_a_step(lr, start=start) == pytest.approx(integral, rel=1e-10)
    series = (1 / 2, 0, 1 / 8, -1 / 12, 5 / 64, -17 / 240)
    left = [gauss_loss_after_a_step(lr) - summed_series(series, lr) for lr in (0.02, 0.01)]
    assert np.log2(left[0] / left[1]) == pytest.approx(6, abs=0.1)
    zero = torch.zeros(1, dtype=torch.float64)
    np.testing.assert_allclose(one_epoch_series(gauss().moments(zero), 1), series[:4], atol=1e-15)
    moments = gauss().moments(zero)
    opposed = batch.minimum_loss_above_diffusion(moments, steps=1, lr=1.0)
    assert opposed == pytest.approx(1 / 16 - 1 / 12, rel=1e-12)  # both parts, of opposite sign


def test_only_skewness_moves_the_loss_of_the_cubic():
    """G = H = 0, J = 6, S = -8: the loss is 8 T lr^3, which for one step is -E[(lr y)^3] = 8 lr^3."""
    zero = torch.zeros(1, dtype=torch.float64)
    np.testing.assert_allclose(one_epoch_series(cubic_chi().moments(zero), 5), [0, 0, 0, 40], atol=1e-12)
    nodes, weights = np.polynomial.hermite_e.hermegauss(10)
    moved = 0.1 * (nodes**2 - 1)  # theta after a step of rate 0.1 from 0, where the slope is -(x^2 - 1)
    assert (weights * moved**3).sum() / weights.sum() == pytest.approx(8 * 0.1**3, rel=1e-12)


@pytest.mark.parametrize(
    ("start", "lr", "truth", "second", "third"),
    [
        (0.0, 0.2, 0.05528717, 0.24, -0.288),
        (0.0, 0.4, 0.12491630, 0.96, -3.264),
        (1.0, 0.05, 0.14582875, 0.38011, 0.03381),
    ],
)
def test_the_series_of_twelve_steps_has_the_known_numbers_and_fails_where_the_run_is_long(
    start, lr, truth, second, third
):
    """t^2/2 + x t^2/8 + t^3/20 + x t with x = -1 or 1: every one of the 4096 sequences against the series."""
    t = Polynomial.coordinate(1, 0)
    losses = tuple(F(1, 2) * t**2 + F(x, 8) * t**2 + F(1, 20) * t**3 + x * t for x in (-1, 1))
    population = PolynomialLandscape((F(1, 2), F(1, 2)), losses).population()
    theta = np.full(4096, start)
    for signs in np.array(list(product((-1, 1), repeat=12))).T:
        theta = theta - lr * (theta * (1 + signs / 4) + 3 * theta**2 / 20 + signs)
    assert (theta**2 / 2 + theta**3 / 20).mean() == pytest.approx(truth, abs=6e-9)
    series = one_epoch_series(local_moments(population, torch.tensor([start], dtype=torch.float64)), 12)
    assert summed_series(series[:3], lr) == pytest.approx(second, abs=6e-6)
    assert summed_series(series, lr) == pytest.approx(third, abs=6e-6)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"lr must lie above -1, got -1\.5"):
        gauss_loss_after_a_step(-1.5)
