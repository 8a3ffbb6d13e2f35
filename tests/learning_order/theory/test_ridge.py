"""The ridge law against its own balance, a general minimizer, printed values, and cases solved by hand."""

import math

import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import minimize

from lrtheory.learning_order.models.pq import q_points
from lrtheory.learning_order.theory.gates import (
    averaged_kernel,
    averaged_smode,
    cross_time_kernel,
    frozen_kernel,
    second_difference,
)
from lrtheory.learning_order.theory.rates import leak_number, start_force
from lrtheory.learning_order.theory.ridge import ridge_law, stepped_kernel
from lrtheory.learning_order.theory.smoothing import smoothed_kernel

LABELS, SHARES = (1.0, -1.0, -1.0), (0.5, 0.25, 0.25)
CASES = [
    {"r": 0.07, "weight_decay": 8e-4, "amplitude": 7.5, "alpha_from": 0.5},
    {"r": 0.3, "weight_decay": 0.02, "amplitude": 2.0, "alpha_from": 0.0, "share": 0.3},
    {"r": 0.2, "weight_decay": 1e-3, "amplitude": 3.0, "alpha_from": 0.2, "alpha_to": 0.6},
]


def pulls(outputs, low, high, loss):
    """Minus the slope of the mean loss by each output, by adaptive quadrature."""

    def pull(g, y, share):
        if loss == "squared":
            return quad(lambda a: a * (y - a * g), low, high)[0] / (high - low) * share
        return quad(lambda a: a * y / (1 + math.exp(y * a * g)), low, high)[0] / (high - low) * share

    found = [pull(g, y, s) for g, y, s in zip(outputs.tolist(), LABELS, SHARES, strict=True)]
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize(("weight_decay", "smode"), [(8e-4, 0.424), (1.6e-3, 0.221)])
def test_printed_second_differences(weight_decay, smode):
    law = ridge_law(averaged_kernel(q_points(0.07)), weight_decay, amplitude=7.5, alpha_from=0.5)
    assert law.smode == pytest.approx(smode, abs=6e-4)


@pytest.mark.parametrize("loss", ["logistic", "squared"])
@pytest.mark.parametrize("make", [averaged_kernel, frozen_kernel, lambda p: smoothed_kernel(p, 0.1)])
@pytest.mark.parametrize("case", CASES)
def test_the_pull_of_the_examples_balances_weight_decay(case, make, loss):
    case = dict(case)
    kernel = make(q_points(case.pop("r")))
    law = ridge_law(kernel, loss=loss, **case)
    low, high = case["alpha_from"], case.get("alpha_to", 1.0)
    pull = case.get("share", 1.0) * pulls(law.outputs, low, high, loss)
    balance = case["amplitude"] ** 2 * kernel @ pull / case["weight_decay"]
    assert torch.allclose(law.outputs, balance, rtol=1e-6, atol=1e-7)
    assert law.smode == pytest.approx(float(law.outputs @ torch.tensor([1.0, -0.5, -0.5]).double()))
    assert law.residual < 1e-9


@pytest.mark.parametrize("case", CASES)
def test_no_other_outputs_do_better(case):
    case = dict(case)
    kernel = averaged_kernel(q_points(case.pop("r")))
    law = ridge_law(kernel, **case)
    low, high, share = case["alpha_from"], case.get("alpha_to", 1.0), case.get("share", 1.0)
    inverse = torch.linalg.inv(case["amplitude"] ** 2 * kernel).numpy()

    def parts(g):
        loss = sum(
            s * quad(lambda a, g=g_k, y=y: math.log1p(math.exp(-y * a * g)), low, high)[0] / (high - low)
            for g_k, y, s in zip(g, LABELS, SHARES, strict=True)
        )
        return loss, case["weight_decay"] / 2 * float(g @ inverse @ g)

    def total(g):
        loss, penalty = parts(g)
        return share * loss + penalty

    precise = {"xatol": 1e-6, "fatol": 1e-12}
    found = minimize(total, law.outputs.numpy() + 0.01, method="Nelder-Mead", options=precise)
    assert total(law.outputs.numpy()) <= found.fun + 1e-10
    assert parts(law.outputs.numpy()) == pytest.approx((law.loss, law.penalty), rel=1e-9)


def test_one_eigenvector_is_solved_by_hand():
    s = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
    kernel = 0.7 * s[:, None] * s
    law = ridge_law(kernel, 0.3, amplitude=2.0, alpha_from=0.25, share=0.5, loss="squared")
    first, second = 1.25 / 2, (1 + 0.25 + 0.0625) / 3  # means of alpha and of its square
    strength = 4 * 0.7 * 0.5
    assert torch.allclose(law.outputs, s * strength * first / (0.3 + strength * second))
    assert law.smode == pytest.approx(2 * float(law.outputs[0]))


def test_under_strong_decay_the_leak_is_the_leak_number_times_the_force():
    r, amplitude, decay = 0.02, 7.5, 0.5
    law = ridge_law(averaged_kernel(q_points(r)), decay, amplitude=amplitude, alpha_from=0.5)
    linear = leak_number(amplitude, r, decay) * start_force(0.5)
    assert law.smode == pytest.approx(linear, rel=0.02)


def test_the_frozen_kernel_memorizes_what_the_averaged_one_hides():
    points = q_points(0.07)
    frozen, averaged = (
        ridge_law(make(points), 8e-4, amplitude=7.5, alpha_from=0.5)
        for make in (frozen_kernel, averaged_kernel)
    )
    assert frozen.smode > 10 * averaged.smode
    assert frozen.loss < 0.2 < 0.6 < averaged.loss < math.log(2)


def test_nonsense_is_refused():
    kernel = averaged_kernel(q_points(0.1))
    for changed, match in (
        ({"weight_decay": 0.0}, "weight_decay must be positive and finite, got 0.*nothing balances"),
        ({"amplitude": -1.0}, "amplitude must be positive and finite, got -1"),
        ({"alpha_from": 1.0}, r"\(alpha_from, alpha_to\) must be an interval"),
        ({"alpha_from": -0.1}, r"alpha_from must lie in \[0, 1\], got -0.1"),
        ({"share": 0.0}, r"share must lie in \(0, 1\], got 0"),
        ({"share": 1.5}, r"share must lie in \(0, 1\], got 1.5"),
        ({"loss": "hinge"}, "loss must be one of logistic, squared; got 'hinge'"),
        ({"kernel": kernel + torch.triu(kernel)}, "kernel must be one symmetric table"),
        ({"kernel": kernel - 0.1 * torch.eye(3)}, "kernel must have no negative eigenvalue, got -0.0"),
        ({"kernel": torch.eye(2)}, r"kernel must have the shape \(..., 3, 3\)"),
        ({"kernel": kernel[None]}, "kernel must be one symmetric table"),
    ):
        with pytest.raises(ValueError, match=match):
            ridge_law(**({"kernel": kernel, "weight_decay": 0.1} | changed))


def test_the_stepped_kernel_is_a_sum_over_ages():
    points = torch.tensor([[1.0, 0.3, -0.2], [-0.4, 1.5, 0.7]], dtype=torch.float64)
    by_hand = sum(0.3 * 0.7 ** (age - 1) * cross_time_kernel(points, 0.7**age) for age in range(1, 150))
    assert torch.allclose(stepped_kernel(points, 0.6, 0.5), by_hand, rtol=1e-12)
    assert torch.equal(stepped_kernel(points, 2.0, 0.5), points @ points.mT / 4)  # all is forgotten at once


def test_the_stepped_kernel_nears_the_averaged_one():
    points, averaged = q_points(0.2), float(averaged_smode(0.2))
    gaps = [1 - float(second_difference(stepped_kernel(points, 1.0, x))) / averaged for x in (4e-3, 1e-3)]
    # A share of the first interval is missing, where the kernel falls like a root: the gap goes like x.
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.25)
    assert gaps[1] < 0.03
    assert torch.allclose(stepped_kernel(points, 0.1, 1e-3), averaged_kernel(points), atol=1e-4)


def test_steps_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"lr \* weight_decay must lie in \[1e-06, 1\], got 1e-09; take"):
        stepped_kernel(q_points(0.1), 1e-5, 1e-4)
    for lr, decay, name in ((0.0, 1.0, "lr"), (1.0, 0.0, "weight_decay")):
        with pytest.raises(ValueError, match=f"{name} must be positive"):
            stepped_kernel(q_points(0.1), lr, decay)
