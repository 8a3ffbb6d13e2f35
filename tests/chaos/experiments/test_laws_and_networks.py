"""The experiments of the first theory at their small size: shapes, and one fact each."""

import numpy as np
import pytest
import torch

from lrtheory.chaos.experiments.airfoil import airfoil_runs
from lrtheory.chaos.experiments.dimensions import coupled_wells_law, matyas_law, ripples_law
from lrtheory.chaos.experiments.laws import double_well_law, invariant_law, invariant_law_over_rates
from lrtheory.chaos.experiments.siren import siren_runs
from lrtheory.chaos.models.networks import airfoil_network

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def small(experiment, **changes):
    return experiment(**{**experiment.smoke, **changes})


def test_descent_and_map_have_histograms_of_the_same_positions():
    run = small(invariant_law)
    assert run["descent_counts"].sum() == run["map_counts"].sum() == 512 * 200
    second = [run[f"{name}_moments"][1].mean() for name in ("descent", "map")]
    assert second == pytest.approx([0.0263] * 2, rel=0.1)


def test_the_double_well_prefers_the_left():
    run = small(double_well_law)
    assert run["descent_counts"][:120].sum() > run["descent_counts"][120:].sum()


def test_the_table_over_rates_has_a_row_for_every_cell():
    run = small(invariant_law_over_rates)
    assert run["variance"].shape == (3, 2, 8)
    exact = np.array([0.1, 0.5]) / 2 / (2 - np.array([0.1, 0.5]))
    assert np.allclose(run["variance"][-1].mean(-1), exact, rtol=0.1)


@pytest.mark.parametrize("experiment", [matyas_law, coupled_wells_law])
def test_the_plane_is_counted_whole(experiment):
    run = small(experiment)
    assert run["counts"].shape == (100, 100)
    assert run["counts"].sum() == pytest.approx(256 * 200, rel=1e-3)
    assert np.allclose(run["covariance"], np.swapaxes(run["covariance"], 1, 2))


def test_the_plane_is_compiled_for_the_cpu():
    with pytest.raises(ValueError, match="matyas_law runs on the cpu alone, got device 'cuda'"):
        small(matyas_law, device="cuda")


def test_ripples_without_period_have_the_variance_of_one_tone():
    assert small(ripples_law)["aperiodic_variance"].mean() == pytest.approx(0.0263, rel=0.1)


def test_airfoil_losses_start_at_the_variance_and_fall():
    run = small(airfoil_runs)
    assert run["loss"].shape == (2, 100)
    assert np.allclose(run["loss"][:, 0], 47.56, rtol=0.05)
    assert (run["loss"][:, -1] < 20).all()
    assert (run["diverged_at"] == -1).all()
    assert run["weights"].shape == (2, 100, 4)


def test_twins_start_in_every_block_and_part_as_the_plain_descent_says():
    from lrtheory import GradientDescent, descend, generator

    run, network = small(airfoil_runs, seeds=1, checkpoints=2), airfoil_network()
    distance = run["twin_distance"][0]
    assert distance.shape == (2, 11)
    assert np.allclose(distance[:, 0], 1e-9, rtol=1e-5)
    start = network.start(1, generator(0, "start", 0))
    away = torch.randn(network.dim, generator=generator(0, "twin", 0, 0), dtype=torch.float64)
    step = GradientDescent(0.0165)
    first, twin = start, start + 1e-9 * away / away.norm()
    path = [descend(step, network, at, steps=80, every=40).theta for at in (first, twin)]
    expected = (path[1] - path[0]).norm(dim=-1)[:, 0].numpy()
    assert np.allclose(distance[0, :3], expected, rtol=1e-4)


def test_a_twin_is_followed_no_longer_than_its_run():
    run = small(airfoil_runs, seeds=1, steps=480, checkpoints=4)
    known = np.isfinite(run["twin_distance"][0]).sum(1)
    assert known.tolist() == [11, 9, 6, 3]


def test_a_diverging_network_says_when_and_leaves_no_numbers_after():
    run = small(airfoil_runs, lr=0.5)
    assert (run["diverged_at"] >= 0).all()
    assert (run["diverged_at"] < 100).all()
    assert np.isnan(run["sharpness"]).all()


def test_the_small_run_is_the_plain_descent():
    from lrtheory import GradientDescent, descend, generator

    run, network = small(airfoil_runs, seeds=1), airfoil_network()
    start = network.start(1, generator(0, "start", 0))
    watch = {"loss": network.loss}
    path = descend(GradientDescent(0.0165), network, start, steps=40, every=20, observe=watch)
    assert np.allclose(run["loss"][0, :3], path.observed["loss"][:, 0].numpy(), rtol=1e-8)


def test_bad_airfoil_plans_are_refused():
    with pytest.raises(ValueError, match=r"steps must be a multiple of checkpoints \* 20, got 1999"):
        airfoil_runs(steps=1999)
    with pytest.raises(ValueError, match="twin_steps must be a multiple of 40, got 50"):
        airfoil_runs(twin_steps=50)
    with pytest.raises(ValueError, match="one hidden layer, one output and device cpu expected"):
        airfoil_runs(sizes=(5, 16, 2, 1))


def test_sine_networks_are_followed_to_their_twins():
    run = small(siren_runs)
    assert run["loss"].shape == (61, 2)
    assert np.allclose(run["twin_distance"][0], 1e-9)
    assert run["twin_distance"][-1].min() > 1e-6
