"""The experiments on noise at their smallest: what they store has the properties it must have."""

import numpy as np
import pytest

from lrtheory.diagrams.experiments.noise import (
    gauss_diffusion,
    helix_ring,
    helix_speeds,
    helix_tilts,
    skew_flip,
)
from lrtheory.diagrams.models.minima import minimum
from lrtheory.diagrams.theory.archimedes import screw_velocity
from lrtheory.diagrams.theory.second_order import gauss_loss_after_a_step
from lrtheory.diagrams.theory.skewness import skew_loss

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def test_the_helix_is_climbed_at_the_predicted_speed_by_sgd_and_by_the_diffusion():
    found = helix_speeds(walkers=400, steps=400, diffusion_steps=100)
    value, error = found["climb"][:, 0].T
    expected = [screw_velocity(float(lr)) for lr in found["lr"]]
    assert (np.abs(value - expected) < 4 * error + 0.02 * np.array(expected)).all()
    value, error = found["diffusion_climb"][:, 0].T
    assert (np.abs(value - found["diffusion_lr"] ** 2 / 6) < 4 * error + 0.05 * value).all()


def test_a_tilt_takes_its_slope_times_the_rate_from_the_speed():
    found = helix_tilts(rates=(0.2,), shares=(0.0, 3.0), walkers=400, steps=400)
    (level, first), (steep, second) = found["speed"][0]
    shift = 0.2 * 3 * 0.2 / 6  # and a little more where the valley turns under the cloud
    assert level - steep == pytest.approx(shift, abs=4 * np.hypot(first, second) + 0.03 * shift)
    assert level > 0 > steep


def test_the_way_around_the_ring_is_added_up_across_the_cut():
    found = helix_ring(turns=1, lr=0.4, walkers=40, steps=800, every=20)
    assert found["mean"][-1] > 2 * np.pi  # more than a lap, so that angles alone would not do
    assert (found["path"][0] == [1, 0, 0]).all()
    assert found["share_forward"][-1] > 0.9


def test_twin_runs_give_the_effect_of_the_jerk():
    found = skew_flip(rates=(0.2,), trials=40_000, time=2.0)
    here = minimum(1.0, 1.0, (1.0, -3.0), (0.75, 0.25)).here
    expected = [skew_loss(here, steps=steps, lr=0.2) for steps in range(1, 11)]
    assert (np.abs(found["effect_0"] - expected) < 5 * found["stderr_0"] + 1e-5).all()


def test_one_step_of_sgd_and_of_gaussian_noise_have_their_exact_losses():
    found = gauss_diffusion(rates=(0.2,), trials=40_000, refinement=4)
    truth = [gauss_loss_after_a_step(0.2), np.exp(0.2**2 / 4) / 2]
    for kind in (0, 1):
        value, error = found["loss"][kind, 0]
        assert abs(value - truth[kind]) < 4 * error
    value, error = found["loss"][2, 0]
    assert abs(value - (0.5 + 0.2**2 / 8 - 0.2**3 / 16)) < 4 * error + 0.2**3 / 64 + 0.2**4 / 4
