"""Closed forms of linear training against a plain loop over weights of an explicit Jacobian."""

import math

import numpy as np
import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.theory import linear_training as linear
from lrtheory.lazy_rnn.theory import modes, rates

DOUBLE = {"dtype": torch.float64}
STEPS = [0, 1, 2, 7, 40, 300]
CURVES = (linear.residuals, linear.summed_residuals, linear.loss_curve, linear.movement_curve)


def problem(n, weights, *lead, seed=0):
    source = generator(seed, "problem")
    jacobian = (
        torch.randn(*lead, n, weights, generator=source, **DOUBLE)
        * torch.logspace(-1, 1, n, **DOUBLE)[:, None]
    )
    return jacobian, 3 * torch.randn(*lead, n, generator=source, **DOUBLE)


def loop(jacobian, start, lr, steps):
    """Residual, summed residuals, loss and movement of descent on |J w + u_0|^2 / 2."""
    w, summed, kept = torch.zeros_like(jacobian[..., 0, :]), torch.zeros_like(start), []
    for t in range(max(steps) + 1):
        u = torch.einsum("...nw,...w->...n", jacobian, w) + start
        if t in steps:
            kept.append((u, summed, u.square().sum(-1) / 2, w.norm(dim=-1)))
        summed = summed + lr * u
        w = w - lr * torch.einsum("...nw,...n->...w", jacobian, u)
    return [torch.stack(each) for each in zip(*kept, strict=True)]


@pytest.mark.parametrize(("n", "weights"), [(1, 4), (5, 9), (6, 4)])  # the last kernel is singular
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97, 1.0])  # of the critical rate
def test_any_step_at_once_is_the_plain_loop(n, weights, share):
    jacobian, start = problem(n, weights)
    kernel = jacobian @ jacobian.T
    lr = share * float(rates.critical_rate(kernel))
    for curve, expected in zip(CURVES, loop(jacobian, start, lr, STEPS), strict=True):
        torch.testing.assert_close(curve(kernel, start, lr=lr, steps=STEPS), expected, rtol=1e-9, atol=1e-9)


def test_members_of_an_ensemble_have_rates_of_their_own():
    jacobian, start = problem(4, 7, 3, 2)
    kernel = jacobian @ jacobian.mT
    lr = rates.default_rate(kernel)
    assert lr.shape == (3, 2)
    for curve, expected in zip(CURVES, loop(jacobian, start, lr[..., None], STEPS), strict=True):
        found = curve(kernel, start, lr=lr, steps=STEPS)
        assert found.shape == expected.shape
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_outputs_share_a_kernel():
    jacobian, _ = problem(4, 7)
    kernel, start = jacobian @ jacobian.T, problem(4, 1, 5, seed=1)[1]
    for curve in CURVES:
        each = torch.stack([curve(kernel, u, lr=1e-3, steps=[3, 1]) for u in start], 1)
        torch.testing.assert_close(curve(kernel, start, lr=1e-3, steps=[3, 1]), each, rtol=1e-12, atol=1e-13)
    both = linear.interpolation_movement(kernel, start)
    assert both.shape == (5,)
    assert float(both[2]) == pytest.approx(float(linear.interpolation_movement(kernel, start[2])))


def test_slow_directions_keep_their_digits():
    kernel = torch.diag(torch.tensor([1e-13, 1e-9, 1.0], **DOUBLE))
    found = linear.summed_residuals(kernel, torch.ones(3, **DOUBLE), lr=0.5, steps=[1, 10])
    expected = [[0.5, 0.5, 0.5], [5.0, 5.0 * (1 - 4.5 * 5e-10), 1 - 0.5**10]]
    torch.testing.assert_close(found, torch.tensor(expected, **DOUBLE), rtol=1e-11, atol=0)


def test_movement_ends_at_the_interpolation():
    jacobian, start = problem(5, 12)
    kernel = jacobian @ jacobian.T
    weights = torch.linalg.pinv(jacobian) @ start
    assert float(linear.interpolation_movement(kernel, start)) == pytest.approx(
        float(weights.norm()), rel=1e-10
    )
    curve = linear.movement_curve(
        kernel, start, lr=rates.default_rate(kernel), steps=[10**k for k in range(9)]
    )
    assert bool((curve.diff() >= -1e-12).all())
    assert float(curve[-1]) == pytest.approx(float(weights.norm()), rel=1e-9)


def test_a_new_output_moves_by_its_kernel_row_times_the_summed_residuals():
    jacobian, start = problem(5, 12)
    other, _ = problem(3, 12, seed=2)
    kernel, w = jacobian @ jacobian.T, torch.zeros(12, **DOUBLE)
    lr = 0.7 * float(rates.critical_rate(kernel))
    for _ in range(9):
        w = w - lr * jacobian.T @ (jacobian @ w + start)
    summed = linear.summed_residuals(kernel, start, lr=lr, steps=[9])[0]
    torch.testing.assert_close(-other @ jacobian.T @ summed, other @ w, rtol=1e-9, atol=1e-10)


def test_scaling_the_kernel_up_and_the_rate_down_changes_no_residual():
    jacobian, start = problem(5, 12)
    kernel = jacobian @ jacobian.T
    one = linear.residuals(kernel, start, lr=1e-3, steps=[5, 50])
    torch.testing.assert_close(linear.residuals(64 * kernel, start, lr=1e-3 / 64, steps=[5, 50]), one)
    moved = linear.interpolation_movement(64 * kernel, start)
    assert float(moved) == pytest.approx(float(linear.interpolation_movement(kernel, start)) / 8)


def test_beyond_the_critical_rate_one_must_ask():
    kernel, start = torch.diag(torch.tensor([1.0, 4.0], **DOUBLE)), torch.ones(2, **DOUBLE)
    for curve in CURVES:
        with pytest.raises(
            ValueError, match=r"lr must be at most 2 / lambda_max = 0.5, got 0.51: .* allow_diverg"
        ):
            curve(kernel, start, lr=0.51, steps=[1])
        with pytest.raises(FloatingPointError, match="left the range of floats"):
            curve(kernel, start, lr=1.0, steps=[3000], allow_divergence=True)
    grown = linear.residuals(kernel, start, lr=1.0, steps=[3], allow_divergence=True)
    assert grown.tolist() == [[0.0, pytest.approx(-27.0)]]


def test_rates_of_a_matrix_and_of_an_ensemble():
    kernel = torch.diag_embed(torch.tensor([[0.5, 8.0], [2.0, 40.0]], **DOUBLE))
    assert rates.critical_rate(kernel).tolist() == [0.25, 0.05]
    assert rates.default_rate(kernel).tolist() == [0.125, 0.025]
    fall = rates.steps_to_ratio(kernel, math.exp(-3))
    torch.testing.assert_close(fall, torch.tensor([24.0, 30.0], **DOUBLE), rtol=1e-12, atol=0)
    assert rates.steps_to_ratio(torch.diag(torch.tensor([0.0, 1.0], **DOUBLE)), 0.1).item() == math.inf


def test_the_steps_are_enough_and_for_a_slow_start_hardly_more():
    values = torch.tensor([1.0, 5.0, 200.0], **DOUBLE)
    kernel, lr = torch.diag(values), 1 / 200
    for start, least in ((torch.ones(3, **DOUBLE), 0.0), (torch.tensor([1.0, 0.0, 0.0], **DOUBLE), 0.95)):
        t = math.ceil(rates.steps_to_ratio(kernel, 1e-3).item())
        loss = linear.loss_curve(kernel, start, lr=lr, steps=[0, t])
        assert least * 1e-3 <= float(loss[1] / loss[0]) <= 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_the_squared_gradient_lies_within_its_bounds_and_reaches_them(seed):
    jacobian, start = problem(6, 9, seed=seed)
    kernel, loss = jacobian @ jacobian.T, start.square().sum() / 2
    low, high = rates.gradient_bounds(kernel, loss)
    assert float(low) <= float((jacobian.T @ start).square().sum()) <= float(high)
    _, vectors = modes.spectrum(kernel)
    for along, bound in ((vectors[:, 0], low), (vectors[:, -1], high)):
        u = along * math.sqrt(2 * float(loss))
        assert float((jacobian.T @ u).square().sum()) == pytest.approx(float(bound), rel=1e-9)


def test_a_movement_that_no_weights_make_is_refused():
    jacobian, start = problem(6, 4)
    kernel = jacobian @ jacobian.T
    with pytest.raises(ValueError, match=r"kernel must reach the start, got a part of .* no movement fits"):
        linear.interpolation_movement(kernel, start)
    within = jacobian @ torch.ones(4, **DOUBLE)
    assert float(linear.interpolation_movement(kernel, within)) == pytest.approx(2.0, rel=1e-8)


GOOD = torch.eye(3, **DOUBLE)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (GOOD.float(), "kernel must be a float64 tensor, got torch.float32"),
        (np.eye(3), "kernel must be a float64 tensor, got float64; convert"),
        (GOOD[:2], r"kernel must have the shape \(\*E, N, N\), none 0, got \(2, 3\)"),
        (GOOD[0], r"kernel must have the shape .*, got \(3,\)"),
        (GOOD[:0, :0], r"kernel must have the shape .*, got \(0, 0\)"),
        (GOOD * math.nan, "kernel must be finite, got nan"),
        (
            GOOD + torch.tensor([[0, 1e-3, 0], [0, 0, 0], [0, 0, 0]], **DOUBLE),
            "symmetric, got .* differ by 0.001",
        ),
        (torch.diag(torch.tensor([1.0, -1e-3], **DOUBLE)), "no negative eigenvalue, got -0.001"),
        (torch.stack([GOOD, 0 * GOOD]), "kernel must have a positive eigenvalue, got none"),
        (-GOOD, "kernel must have a positive eigenvalue"),
    ],
)
def test_what_is_no_kernel_is_refused_at_every_door(kernel, message):
    start = torch.ones(3, **DOUBLE)
    calls = [modes.spectrum, rates.critical_rate, rates.default_rate, lambda k: rates.steps_to_ratio(k, 0.1)]
    calls += [lambda k: rates.gradient_bounds(k, 1.0), lambda k: linear.interpolation_movement(k, start)]
    calls += [lambda k, curve=curve: curve(k, start, lr=0.1, steps=[1]) for curve in CURVES]
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call(kernel)


def test_rounding_in_a_kernel_is_forgiven():
    jacobian, _ = problem(6, 4)
    kernel = jacobian @ jacobian.T
    kernel[0, 1] += 1e-13
    values, vectors = modes.spectrum(kernel)
    assert float(values.min()) == 0.0
    torch.testing.assert_close(vectors @ torch.diag(values) @ vectors.T, kernel, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": torch.ones(3)}, "start must be a float64 tensor, got torch.float32"),
        ({"start": torch.ones(2, **DOUBLE)}, r"start must have a shape .* \(3,\), got \(2,\)"),
        ({"start": torch.tensor([1.0, math.inf, 0.0], **DOUBLE)}, "start must be finite, got inf"),
        (
            {"kernel": GOOD.expand(2, 3, 3), "start": torch.ones(4, 3, **DOUBLE)},
            r"start must .*, got \(4, 3\)",
        ),
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"lr": math.nan}, "lr must be positive and finite, got nan"),
        ({"lr": True}, "lr must be positive and finite, got True"),
        ({"lr": torch.ones(2)}, r"lr must be one number or of shape \(\), got \(2,\)"),
        ({"steps": []}, "steps must name at least one number of steps, got none"),
        ({"steps": [1, -1]}, "steps must be at least 0, got -1"),
        ({"steps": [1.5]}, "steps must be a whole number"),
        ({"steps": torch.tensor([0.5])}, "steps must be a whole number"),
    ],
)
def test_other_arguments_out_of_range_are_refused(given, message):
    good = {"kernel": GOOD, "start": torch.ones(3, **DOUBLE), "lr": 0.1, "steps": [1]}
    for curve in CURVES:
        with pytest.raises(ValueError, match=message):
            curve(**(good | given))


@pytest.mark.parametrize("bad", [0.0, 1.0, -1.0, math.nan])
def test_a_ratio_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=r"ratio must lie in \(0, 1\), got"):
        rates.steps_to_ratio(GOOD, bad)


@pytest.mark.parametrize("bad", [-1.0, math.nan, torch.tensor([1.0, -1.0])])
def test_a_loss_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="loss must be at least zero and finite, got"):
        rates.gradient_bounds(GOOD, bad)
