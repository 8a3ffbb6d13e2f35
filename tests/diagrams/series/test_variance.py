"""The squared change of the loss and the variance of the last loss, against every run."""

import pytest
import torch

from lrtheory.diagrams import (
    Epochs,
    SquaredChange,
    exact_enumeration,
    full_batch,
    loss_variance,
    means_over_every_run,
    one_epoch,
    predict,
    random_logistic,
    random_tanh_net,
    two_quintics,
)


def test_the_squared_change_of_the_loss_is_that_of_enumeration():
    landscape, start = two_quintics()
    square = (landscape.mean - landscape.mean(start)) ** 2
    truth = exact_enumeration(landscape, start, Epochs(2, epochs=2), observable=square, order=3)
    found = predict(landscape, start, Epochs(2, epochs=2), observable=SquaredChange(), order=3)
    assert found.coefficients == truth
    theta = torch.tensor([0.5], dtype=torch.float64)
    floating = predict(landscape.population(), theta, Epochs(2, epochs=2), observable=SquaredChange())
    assert [float(c) for c in floating.coefficients] == pytest.approx([float(c) for c in truth], rel=1e-11)


@pytest.mark.parametrize("draw", [random_tanh_net, random_logistic])
@pytest.mark.parametrize("schedule", [one_epoch(3), full_batch(2, 2)], ids=str)
def test_the_variance_of_the_loss_misses_the_exact_one_by_the_next_power_of_the_rate(draw, schedule):
    population, start = draw(3)
    series = [float(c) for c in loss_variance(population, start, schedule, order=3)]
    lrs = torch.tensor([2e-3, 1e-3], dtype=torch.float64)
    means = means_over_every_run(population, start, schedule, lrs)
    misses = [
        abs(float(square - mean**2) - sum(c * lr**k for k, c in enumerate(series)))
        for lr, square, mean in zip(lrs.tolist(), means.squared, means.test, strict=True)
    ]
    assert series[:2] == [0, 0] and series[2] > 0
    assert misses[0] / misses[1] == pytest.approx(16, rel=0.2)
