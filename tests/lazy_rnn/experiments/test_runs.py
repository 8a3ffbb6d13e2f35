"""The runs of lazy training at their small size: shapes, seeds, and one fact each."""

import numpy as np
import pytest

from lrtheory.lazy_rnn.experiments.adopted import ADOPTED, gpu_run
from lrtheory.lazy_rnn.experiments.benign import KINDS, two_layer_digits, vowels, width_needed
from lrtheory.lazy_rnn.experiments.depth import depth, product_norms
from lrtheory.lazy_rnn.experiments.digits import digits, ten_digits
from lrtheory.lazy_rnn.experiments.levels import laziness_levels
from lrtheory.lazy_rnn.experiments.memorization import kernel_error, limit, memorization
from lrtheory.lazy_rnn.experiments.protocol import curve_steps
from lrtheory.lazy_rnn.experiments.rates import rate_sweep, readout_scale, two_phases
from lrtheory.source.catalog import load_experiment

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford


def small(experiment, **changes):
    return experiment(**{**experiment.smoke, **changes})


@pytest.mark.parametrize(
    "experiment",
    [memorization, limit, kernel_error, laziness_levels, two_phases, readout_scale],
    ids=lambda each: each.name,
)
def test_rows_are_widths_and_columns_are_seeds(experiment):
    two = small(experiment)
    one = small(experiment, seeds=1, seed=1, widths=experiment.smoke["widths"][-1:])
    shape = (len(experiment.smoke["widths"]), 2)
    for name, values in two.items():
        if name != "widths":
            assert values.shape[:2] == shape, name
            assert np.array_equal(one[name][0, 0], values[-1, 1], equal_nan=True), name


def test_curves_begin_at_the_first_loss_and_end_at_the_last():
    run = small(memorization)
    assert run["loss_curve"].shape == (2, 2, len(curve_steps()))
    assert np.allclose(run["loss_curve"][..., -1], run["final_loss"])
    assert (run["loss_curve"][..., 0] > run["final_loss"]).all()


def test_rates_below_the_edge_are_lazy_and_beyond_it_throw():
    run = small(rate_sweep, rates=(0.5, 4.0, 400.0))
    assert (run["peak_loss"][..., 0] == 1).all() and (run["peak_loss"][..., 1] > 1).all()
    assert (run["diverged"][..., 2] == 1).all() and np.isnan(run["flips"][..., 2]).all()
    assert (run["diverged_at"][..., 2] < 20).all() and np.isfinite(run["flips"][..., :2]).all()


def test_norms_in_law_begin_alike_for_both_kinds_of_weights():
    run = small(depth)
    assert run["tied_unit"].shape == (1, 16, 8)
    assert abs(run["tied_unit"][0, :, 0].mean() - run["untied_unit"][0, :, 0].mean()) < 0.2


def test_products_of_one_factor_are_the_same_tied_and_untied():
    run = small(product_norms)
    assert np.allclose(run["tied"][..., 0], run["untied"][..., 0], rtol=1e-9)
    assert (run["W_norm"] >= run["tied"][..., 0]).all()


@pytest.mark.parametrize(
    "experiment", [digits, ten_digits, vowels, two_layer_digits], ids=lambda each: each.name
)
def test_shares_lie_between_zero_and_one_and_losses_fall(experiment):
    run = small(experiment)
    shares = [values for name, values in run.items() if name.startswith(("accuracy", "flips"))]
    assert len(shares) >= 2 and all(((each >= 0) & (each <= 1)).all() for each in shares)
    assert (run["loss_curve"][..., -1] < run["loss_curve"][..., 0]).all()


def test_more_width_fits_more_and_simple_targets_cost_less():
    run = small(width_needed, steps=600, sequences=(4, 12), widths=(8, 96))
    assert run["success"][:, :, 1].mean() > run["success"][:, :, 0].mean()
    cost = run["complexity"].mean(-1)
    assert cost[KINDS.index("linear"), -1] < cost[KINDS.index("random"), -1]


def test_every_adopted_run_is_stored_with_the_arrays_of_its_experiment():
    for name, parameters in ADOPTED.items():
        experiment = load_experiment(name)
        run, own = gpu_run(experiment), small(experiment)
        assert set(own) == set(run.names), name
        assert list(run["widths"]) == list(parameters["widths"])
        assert run.provenance.made_by is not None and "H100" in run.provenance.device
