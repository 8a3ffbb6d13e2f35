"""The runs about limits keep their promises at smoke size."""

import numpy as np
import pytest

from lrtheory.chaos.experiments.limits import exit_times, variance_over_sizes

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def test_descent_and_operator_wait_equally_long():
    run = exit_times(lr=(0.2,), members=512, crossings=200, most_steps=10_000)
    assert run["operator_steps"][0] == pytest.approx(5739, rel=0.01)
    assert run["waited"][0] / run["crossings"][0] == pytest.approx(run["operator_steps"][0], rel=4 / 200**0.5)


def test_a_wait_too_long_to_be_seen_is_not_counted():
    run = exit_times(lr=(0.1,), members=16, most_steps=10)
    assert run["crossings"][0] == 0 and run["operator_steps"][0] > 1e6


def test_the_variance_is_exact_where_kicks_are_independent_and_not_where_they_are_not():
    run = variance_over_sizes(eps=(1e-3, 5e-5), lr=(0.01,), members=512, burn=4000, keep=8000, groups=4)
    assert run["ratio"].shape == (2, 1, 2, 4)
    assert np.all(run["ratio"][:, 0, 0].mean(-1) > 1.3)
    assert run["ratio"][:, 0, 1].mean(-1) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("experiment", [exit_times, variance_over_sizes])
def test_another_device_is_refused(experiment):
    with pytest.raises(ValueError, match="runs on the cpu alone, got device 'cuda'; leave"):
        experiment(device="cuda")
