"""Criteria against their derivatives and limits, and the mixed outcome of tuning by them."""

import math

import pytest
import torch

from lrtheory.diagrams.measures.model_selection import Akaike, Stabilized, Takeuchi, tuned_excess
from lrtheory.diagrams.models.swing import mean_estimation
from lrtheory.diagrams.theory.curvature import flow_gap, overfitting
from lrtheory.seeds import generator

CURVATURES = torch.tensor([1e-6, 1e-3, 0.00099, 0.05, 0.7, 4.0], dtype=torch.float64)
CRITERIA = {"takeuchi": Takeuchi(100, 10), "stabilized": Stabilized(100, 10, 1.0), "akaike": Akaike(10)}


@pytest.mark.parametrize("name", CRITERIA)
def test_slopes_are_the_derivatives_of_the_values(name):
    at = CURVATURES.clone().requires_grad_()
    value = CRITERIA[name].value(at)
    if name == "akaike":
        assert value.tolist() == pytest.approx([0.1] * 6)
        assert float(CRITERIA[name].slope(CURVATURES).abs().max()) == 0
        return
    (slope,) = torch.autograd.grad(value.sum(), at)
    torch.testing.assert_close(CRITERIA[name].slope(CURVATURES), slope, rtol=1e-6, atol=0)


def test_the_stabilized_criterion_is_the_gap_of_the_flow_and_bounded_where_flat():
    for curvature in (0.05, 2.0):
        moments = mean_estimation(curvature, 10.0).moments(torch.zeros(1, dtype=torch.float64))
        value = CRITERIA["stabilized"].value(torch.tensor(curvature, dtype=torch.float64))
        assert float(value) == pytest.approx(flow_gap(moments, examples=10, time=1.0), rel=1e-12)
    flat = torch.zeros(1, dtype=torch.float64)
    assert float(CRITERIA["stabilized"].value(flat)) == pytest.approx(10)
    assert float(CRITERIA["stabilized"].slope(flat)) == pytest.approx(-5)
    assert math.isinf(float(CRITERIA["takeuchi"].value(flat)))
    long = Stabilized(100, 10, 1e4).value(torch.tensor(0.5, dtype=torch.float64))
    assert float(long) == pytest.approx(float(CRITERIA["takeuchi"].value(torch.tensor(0.5))), rel=1e-12)


def excess(name, curvature, distance=0.0, trials=4_000):
    setting = {"curvature": curvature, "spread": 10.0, "distance": distance, "trials": trials}
    criterion = None if name is None else CRITERIA[name]
    return tuned_excess(criterion, generator=generator(0, "tuning"), **setting)


@pytest.mark.parametrize("curvature", [0.01, 1.0])
def test_plain_descent_has_the_predicted_excess(curvature):
    found = excess(None, curvature, trials=40_000).excess
    moments = mean_estimation(curvature, 10.0).moments(torch.zeros(1, dtype=torch.float64))
    truth = overfitting(moments, examples=10, steps=100, lr=0.01)
    assert abs(found.value - truth) < 4 * found.stderr
    far = excess(None, curvature, distance=10.0).excess
    bias = curvature / 2 * (10 * (1 - 0.01 * curvature) ** 100) ** 2
    assert abs(far.value - truth - bias) < 4 * far.stderr


def test_a_criterion_without_slope_regularizes_no_one():
    assert excess("akaike", 1.0).regularization == 0
    assert excess("akaike", 1.0).excess == excess(None, 1.0).excess


@pytest.mark.parametrize("curvature", [1e-3, 0.01, 0.1, 1.0, 4.0])
def test_tuning_helps_whatever_the_curvature_when_the_start_is_the_truth(curvature):
    """At curvature 1 it is 1.302 against 2.015."""
    tuned, plain = excess("stabilized", curvature).excess, excess(None, curvature).excess
    assert plain.value - tuned.value > 3 * math.hypot(plain.stderr, tuned.stderr) or curvature == 4.0
    assert tuned.value < plain.value
    if curvature == 1.0:
        assert abs(tuned.value - 1.302) < 4 * tuned.stderr
        assert abs(plain.value - 2.015) < 4 * plain.stderr


@pytest.mark.parametrize(
    ("curvature", "sign"),
    [(0.003, -1), (0.03, -1), (0.1, 1), (0.3, 1), (1.0, 1), (1.3, 1), (3.0, 0), (4.0, 0)],
)
def test_far_from_the_truth_tuning_helps_flat_hurts_middling_and_leaves_sharp_models(curvature, sign):
    """Paired: the same training sets, so that differences are known better than means."""
    tuned = excess("stabilized", curvature, distance=10.0, trials=20_000).excess
    plain = excess(None, curvature, distance=10.0, trials=20_000).excess
    gain = (tuned.value - plain.value) / plain.value
    assert gain == pytest.approx(0, abs=1e-3) if sign == 0 else sign * gain > 0.01


@pytest.mark.parametrize("curvature", [0.001, 0.01])
def test_takeuchi_explodes_where_flat(curvature):
    assert excess("takeuchi", curvature).excess.value > 1e4 * excess(None, curvature).excess.value


def test_an_infinite_run_is_counted_as_infinite():
    setting = {"curvature": 1e3, "spread": 10.0, "trials": 10, "steps": 200, "lr": 1.0}
    run = tuned_excess(None, generator=generator(0, "wild"), **setting)
    assert (run.diverged, run.excess.value) == (1.0, math.inf)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="curvature and lr must be positive"):
        tuned_excess(None, curvature=0.0, spread=1.0, generator=generator(0, "none"))
