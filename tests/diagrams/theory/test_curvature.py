"""Overfitting and gap at a minimum, against every training set, a search and carried covariances."""

import math
from itertools import product

import pytest
import torch
from scipy.optimize import minimize_scalar

from lrtheory.descent import GradientDescent, descend
from lrtheory.diagrams.models.minima import Minimum, minimum
from lrtheory.diagrams.models.screws import helix
from lrtheory.diagrams.models.swing import gauss, mean_estimation
from lrtheory.diagrams.models.training_sets import TrainingSet
from lrtheory.diagrams.theory import curvature

DOUBLE = torch.float64
ATOMS = torch.tensor([[0.93, 0.615], [-1.07, 0.315], [0.23, -0.785]], dtype=DOUBLE)
LAW = torch.tensor([0.3, 0.4, 0.3], dtype=DOUBLE)
HESSIAN = torch.tensor([[0.8, 0.28], [0.28, 0.6]], dtype=DOUBLE)


def bowl():
    """A quadratic minimum whose tensors are not diagonal together."""
    return Minimum(HESSIAN, ATOMS - LAW @ ATOMS, LAW)


def every_training_set(source, examples, steps, lr):
    """Mean excess and gap of full-batch descent from zero over every training set, weighted."""
    sets = torch.tensor(list(product(range(len(source.probabilities)), repeat=examples)))
    weights = source.probabilities[sets].prod(dim=-1)
    data = TrainingSet(source, sets)
    start = torch.zeros(len(sets), source.dim, dtype=DOUBLE)
    theta = descend(GradientDescent(lr), data, start, steps=steps).final
    return float(weights @ source.loss(theta)), float(weights @ (source.loss(theta) - data.loss(theta)))


@pytest.mark.parametrize(("lr", "steps", "examples"), [(0.1, 7, 2), (0.9, 20, 3), (1.7, 4, 2)])
def test_overfitting_and_gap_of_a_quadratic_are_those_of_every_training_set(lr, steps, examples):
    source = bowl()
    excess, gap = every_training_set(source, examples, steps, lr)
    setting = {"examples": examples, "steps": steps, "lr": lr}
    assert curvature.overfitting(source.here, **setting) == pytest.approx(excess, rel=1e-10)
    assert curvature.minimum_gap(source.here, **setting) == pytest.approx(gap, rel=1e-10)


def test_overfitting_with_a_cubic_part_differs_at_the_next_order_in_the_examples():
    source = minimum(1.0, 0.8, [0.3, -0.3], [0.5, 0.5])
    setting = {"steps": 5, "lr": 0.2}
    off = []
    for examples in (4, 8):
        excess, _ = every_training_set(source, examples, **setting)
        off.append(abs(excess - curvature.overfitting(source.here, examples=examples, **setting)))
    assert 1.8 < math.log2(off[0] / off[1]) < 2.2  # as 1 / N^2, while overfitting itself falls as 1 / N


def test_mean_estimation_has_the_known_numbers():
    """C = 100, N = 10, T = 100, lr = 0.05."""
    zero = torch.zeros(1, dtype=DOUBLE)
    known = {0.05: (4.90370, 44.28859, 4.89291, 44.23984), 0.5: (8.47288, 18.40965, 8.42568, 18.35830)}
    for sharpness, (excess, gap, flow, flow_gap) in known.items():
        m = mean_estimation(sharpness, 10.0).moments(zero)
        setting = {"examples": 10, "steps": 100, "lr": 0.05}
        assert curvature.overfitting(m, **setting) == pytest.approx(excess, abs=6e-6)
        assert curvature.minimum_gap(m, **setting) == pytest.approx(gap, abs=6e-6)
        assert curvature.flow_overfitting(m, examples=10, time=5.0) == pytest.approx(flow, abs=6e-6)
        assert curvature.flow_gap(m, examples=10, time=5.0) == pytest.approx(flow_gap, abs=6e-6)


def test_the_worst_curvature_is_where_a_search_finds_it():
    def below(x):
        return -float(curvature.overfitting_shape(torch.tensor(x, dtype=DOUBLE)))

    found = minimize_scalar(below, bounds=(0.1, 5), method="bounded", options={"xatol": 1e-10})
    assert pytest.approx(found.x, abs=1e-6) == curvature.WORST_SHARPNESS
    assert pytest.approx(1.256431208626, abs=1e-12) == curvature.WORST_SHARPNESS
    assert pytest.approx(0.407264377589, abs=1e-12) == curvature.WORST_OVERFITTING
    worst = curvature.WORST_SHARPNESS
    assert math.exp(worst) == pytest.approx(1 + 2 * worst, rel=1e-14)
    zero = torch.zeros(1, dtype=DOUBLE)
    peaked = mean_estimation(curvature.worst_curvature(5.0), 10.0).moments(zero)
    peak = curvature.flow_overfitting(peaked, examples=10, time=5.0)
    assert peak == pytest.approx(100 * 5 * curvature.WORST_OVERFITTING / 20, rel=1e-12)


def test_flat_and_sharp_limits_of_overfitting():
    """The gap falls with curvature from C lr T / N; long runs give Takeuchi's trace, and d / N for C = H."""
    zero = torch.zeros(1, dtype=DOUBLE)
    grid = [1e-13, 1e-6, 0.01, 0.1, 1.0, 10.0]
    sources = [mean_estimation(h, 3.0).moments(zero) for h in grid]
    gaps = [curvature.minimum_gap(m, examples=10, steps=50, lr=0.1) for m in sources]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(9 * 0.1 * 50 / 10, rel=1e-10)
    source = bowl().here
    long = curvature.overfitting(source, examples=5, steps=5_000, lr=0.5)
    takeuchi = curvature.takeuchi_overfitting(source, examples=5)
    by_hand = float(torch.trace(source.covariance @ torch.linalg.inv(source.hessian))) / 10
    assert long == pytest.approx(takeuchi, rel=1e-10)
    assert takeuchi == pytest.approx(by_hand, rel=1e-10)
    akaike = gauss().moments(zero)  # C = H = 1/2
    assert curvature.takeuchi_overfitting(akaike, examples=10) == pytest.approx(1 / 20)


def test_one_epoch_overfitting_is_that_of_the_covariance_carried_step_by_step():
    source, spread = bowl().here, torch.zeros(2, 2, dtype=DOUBLE)
    keep = torch.eye(2, dtype=DOUBLE) - 0.3 * source.hessian
    for _ in range(9):
        spread = keep @ spread @ keep.T + 0.09 * source.covariance
    excess = float((source.hessian * spread).sum()) / 2
    assert curvature.one_epoch_overfitting(source, steps=9, lr=0.3) == pytest.approx(excess, rel=1e-12)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="time must be positive"):
        curvature.worst_curvature(0.0)
    with pytest.raises(ValueError, match="every curvature must be positive"):
        curvature.takeuchi_overfitting(helix().moments(torch.zeros(3, dtype=DOUBLE)), examples=2)
