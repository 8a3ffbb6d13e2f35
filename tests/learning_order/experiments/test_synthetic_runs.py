"""The runs on the two patterns at their small size: shapes, seeds, padding, and one fact each."""

import numpy as np
import pytest

from lrtheory.learning_order.experiments.limits import (
    regularization,
    squared_loss,
    transient,
    weak_separation,
    widths_of_memory,
)
from lrtheory.learning_order.experiments.noise import (
    BATCHES,
    PLACES_TRIED,
    SCALES,
    adam,
    annealings,
    minibatches,
    noise_placement,
    noise_scale,
)
from lrtheory.learning_order.experiments.race import ARMS, race
from lrtheory.learning_order.experiments.runs import setting_of

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def small(experiment, **changes):
    return experiment(**{**experiment.smoke, **changes})


def test_the_race_pads_each_seed_and_a_seed_is_the_same_alone():
    two, one = small(race), small(race, seeds=1, seed=1)
    for arm in ARMS:
        lengths = np.isfinite(two[f"{arm}_steps"]).sum(1)
        assert two[f"{arm}_losses"].shape == (2, lengths.max(), 3)
        assert (two[f"{arm}_loss"][[0, 1], lengths - 1] <= 0.63).all() and two[f"{arm}_stopped"].all()
        alone = one[f"{arm}_g"][0]
        assert np.array_equal(two[f"{arm}_g"][1, : len(alone)], alone)
        assert (two[f"{arm}_ends"][:, -1] == np.nanmax(two[f"{arm}_steps"], 1)).all()


def test_every_place_of_noise_is_run_and_changes_the_run():
    run = small(noise_placement)
    ends = {name: run[f"{name}_g"][0, -1] for name, *_ in PLACES_TRIED}
    assert len({tuple(end) for end in ends.values()}) == len(PLACES_TRIED)
    assert run["none_flips"][0, 0] == 0 and run["pre_24_stopped"].all()


def test_noise_scales_are_rows_and_rates_columns():
    run = small(noise_scale)
    assert run["losses"].shape == (len(SCALES), 2, 1, 3) and run["flips"].shape == (len(SCALES), 2, 1)
    assert (np.diff(run["flips"][:, 0, 0]) < 0).all()


def test_batches_are_run_to_the_loss():
    run = small(minibatches)
    for batch in BATCHES:
        name = f"batch_{batch or 'all'}"
        assert run[f"{name}_stopped"].all() and run[f"{name}_flips"].shape[0] == 1


def test_annealings_share_their_first_phase():
    run = small(annealings)
    assert run["noise_off_ends"][0, 0] == run["rate_down_ends"][0, 0] == 60
    assert np.array_equal(run["noise_off_g"][0, 0], run["rate_down_g"][0, 0])


def test_adam_gives_one_row_a_parametrization():
    run = small(adam, steps=400)
    assert run["accuracy_p"].shape == (2, 1, 1) and (run["loss"] <= 0.55).all()
    never = small(adam, steps=1)
    assert np.isnan(never["first_step"]).all()


def test_cases_of_long_runs_differ():
    run = small(transient)
    assert run["decay_steps"].shape == run["no_decay_steps"].shape
    assert (run["decay_loss"][:, -1] != run["no_decay_loss"][:, -1]).all()


def test_widths_are_rows():
    run = small(widths_of_memory)
    assert run["memorized"].shape == (2, 1) and run["large"].shape == (2, 1, 3)


def test_the_weak_setting_runs_with_and_without_noise():
    run = small(weak_separation)
    assert run["large_flips"][0, -1] > 3 * run["small_flips"][0, -1]


def test_the_squared_loss_begins_near_that_of_nothing_known():
    run = small(squared_loss)
    assert run["small_loss"].shape[0] == 1 and (run["small_loss"][:, -1] < run["small_loss"][:, 0]).all()


def test_without_decay_weights_grow():
    run = small(regularization)
    assert run["no_decay_spread"][0, -1] > run["decay_spread"][0, -1] + 0.005
    assert run["decay_spread"][0, 0] == 1


def test_settings_are_changed_by_name_and_unknown_sizes_refused():
    setting = setting_of("small", r=0.2, dim=50, alpha_from=0.1, width_q=77)
    assert (setting.data.r, setting.data.dim, setting.data.alpha_from, setting.width_q) == (0.2, 50, 0.1, 77)
    with pytest.raises(ValueError, match="size must be one of"):
        setting_of("huge")
