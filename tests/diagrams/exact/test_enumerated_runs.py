"""Brute force over training sets, orders and draws against tabulated rationals and runs at small rates."""

import math
from fractions import Fraction as Fr
from itertools import product

import pytest

from lrtheory.diagrams.counting.edge_kernels import (
    AveragedSteps,
    HeavyBallSteps,
    NesterovSteps,
    PlainSteps,
    ScheduledSteps,
)
from lrtheory.diagrams.counting.schedules import (
    Cells,
    Diffusion,
    Epochs,
    GradientFlow,
    WithReplacement,
    full_batch,
    one_epoch,
)
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.models.examples import three_quintics, two_quintics, valley_floor
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape

L1, HALF = two_quintics()
L2, CORNER = three_quintics()
START1, START2 = Fr(513, 2240), Fr(4703, 5760)
TWICE, WEIGHT = Epochs(2, 1, 2), Polynomial.coordinate(1, 0)
RESHUFFLED = Epochs(2, 1, 2, "reshuffled")
FIELD = Fr(1, 2) * WEIGHT + Fr(1, 3) * WEIGHT**2 - Fr(1, 5) * WEIGHT**3
NOISE = PolynomialLandscape((Fr(1, 2), Fr(1, 2)), (FIELD, -FIELD))
ONE_WEIGHT = [
    (one_epoch(3), "test", "513/2240 -38307/12544 15815721/702464 -160094643/1229312"),
    (one_epoch(3), "train", "513/2240 -5885/1792 15198145/702464 -593714525/4917248"),
    (one_epoch(3), "gap", "0 361/1568 77197/87808 -46664047/4917248"),
    (TWICE, "test", "513/2240 -12769/3136 7388741/175616 -17200513/50176 742423716455/275365888"),
    (TWICE, "gap", "0 361/784 215631/87808 -182284231/4917248"),
    (RESHUFFLED, "test", "513/2240 -12769/3136 7388741/175616 -17200513/50176 92399337843/34420736"),
    (full_batch(2, 3), "test", "513/2240 -38307/12544 15771489/702464 -614029665/4917248"),
    (full_batch(2, 3), "gap", "0 1083/3136 73131/50176 -73928795/4917248"),
    (Epochs(4, 2, 2), "test", "513/2240 -12769/3136 7224999/175616 -3287282437/9834496"),
    (Epochs(4, 2, 2), "gap", "0 361/1568 99693/87808 -343233115/19668992"),
    (WithReplacement(2, 1, 3), "test", "513/2240 -38307/12544 16113717/702464 -39847593/307328"),
    (WithReplacement(2, 2, 2), "test", "513/2240 -12769/6272 3247033/351232 -144249415/4917248"),
    (one_epoch(2), "test", "513/2240 -12769/6272 464915/50176 -42877783/1404928"),
    (full_batch(2, 2), "test", "513/2240 -12769/6272 3189995/351232 -278844113/9834496"),
    (one_epoch(3), WEIGHT, "1/2 -339/112 26781/3136 -260363/10976"),
    (one_epoch(3), WEIGHT**2, "1/4 -339/112 230709/12544 -13542563/175616"),
    (one_epoch(3), L1.mean**2, "263169/5017600 -19651491/14049280 8001874599/393379840"),
]
TWO_WEIGHTS = [
    (one_epoch(3), "test", "4703/5760 -4981/1920 31269101/2764800 -90474816827/1492992000"),
    (one_epoch(3), "gap", "0 1375/2304 -3327329/2073600 23797434691/1492992000"),
    (Epochs(2, 1, 3), "test", "4703/5760 -4981/960 23899991/460800 -39979508047/55296000"),
    (Epochs(2, 1, 3), "gap", "0 1375/768 -1691447/153600 13821127321/55296000"),
    (one_epoch(2), "test", "4703/5760 -4981/2880 18508213/4147200 -1706989931/124416000"),
    (full_batch(2, 2), "test", "4703/5760 -4981/2880 12907883/2764800"),
]
KERNELS = [
    (
        one_epoch(3),
        HeavyBallSteps(Fr(9, 10)),
        "-7163409/1254400 441588737703/7024640000 -4750811774029929/9834496000000",
    ),
    (one_epoch(3), NesterovSteps(Fr(1, 2)), "-217073/50176 492112567/11239424 -220926789589/629407744"),
    (
        one_epoch(3),
        ScheduledSteps((1, Fr(1, 2), Fr(1, 3))),
        "-140459/75264 68622797/8429568 -20462983759/708083712",
    ),
    (TWICE, HeavyBallSteps(Fr(1, 2)), "-12769/2048 3895847175/44957696 -4488283770281/5035261952"),
]


def numbers(text):
    return tuple(Fr(word) for word in text.split())


@pytest.mark.parametrize(("schedule", "observable", "expected"), ONE_WEIGHT)
def test_one_weight_gives_the_tabulated_coefficients(schedule, observable, expected):
    known = numbers(expected)
    assert exact_enumeration(L1, HALF, schedule, observable=observable, order=len(known) - 1) == known


@pytest.mark.parametrize(("schedule", "observable", "expected"), TWO_WEIGHTS)
def test_two_weights_give_the_tabulated_coefficients(schedule, observable, expected):
    known = numbers(expected)
    assert exact_enumeration(L2, CORNER, schedule, observable=observable, order=len(known) - 1) == known


@pytest.mark.parametrize(("schedule", "kernel", "expected"), KERNELS)
def test_rules_with_memory_give_the_tabulated_coefficients(schedule, kernel, expected):
    assert exact_enumeration(L1, HALF, schedule, kernel=kernel) == (START1, *numbers(expected))


def test_the_order_of_passes_matters_from_the_fourth_power_on():
    fixed, drawn = (exact_enumeration(L1, HALF, each, order=4) for each in (TWICE, RESHUFFLED))
    assert [a - b for a, b in zip(fixed, drawn, strict=True)] == [0, 0, 0, 0, Fr(65898239, 5619712)]


def test_a_metric_gives_the_tabulated_coefficients():
    found = exact_enumeration(L2, CORNER, TWICE, lr_matrix=[[Fr(5, 4), 1], [1, 4]])
    assert found == numbers("4703/5760 -13789/2304 2141298731/16588800 -8022279915883/4777574400")


def test_fresh_noise_gives_the_tabulated_coefficients():
    found = exact_enumeration(L1, HALF, TWICE, noise=NOISE)
    assert found == numbers("513/2240 -12769/3136 1766581141/39513600 -4448287913/11289600")


@pytest.mark.parametrize(
    ("curvature", "jerk", "noise", "chances", "difference"),
    [
        (2, 3, (1, -1), (Fr(1, 2), Fr(1, 2)), 8),
        (1, 3, (1, -2), (Fr(2, 3), Fr(1, 3)), 8),
        (Fr(3, 2), -1, (1, -3), (Fr(3, 4), Fr(1, 4)), Fr(19, 2)),
    ],
)
def test_descent_and_its_diffusion_part_at_the_third_power(curvature, jerk, noise, chances, difference):
    landscape = valley_floor(curvature, jerk, noise=noise, probabilities=chances)
    steps = exact_enumeration(landscape, (0,), one_epoch(4))
    diffusion = exact_enumeration(landscape, (0,), Diffusion(4))
    assert [a - b for a, b in zip(steps, diffusion, strict=True)] == [0, 0, 0, difference]


def test_gradient_flow_is_the_limit_of_many_small_steps_without_noise():
    """Descent of a noiseless loss in n steps for each step of the flow: the gap falls like 1 / n."""
    plain = PolynomialLandscape((Fr(1),), (L2.mean,))
    flow = exact_enumeration(plain, CORNER, GradientFlow(2))
    gaps = []
    for parts in (8, 16):
        steps = exact_enumeration(plain, CORNER, full_batch(1, 2 * parts))
        gaps.append([float(c / parts**k - f) for k, (c, f) in enumerate(zip(steps, flow, strict=True))])
    assert gaps[0][:2] == [0, 0]
    for coarse, fine in zip(gaps[0][2:], gaps[1][2:], strict=True):
        assert coarse / fine == pytest.approx(2, abs=0.1)


def test_the_diffusion_of_a_parabola_is_the_known_one():
    """E[t^2] h / 2 with t an Ornstein-Uhlenbeck process of rate h and diffusion lr c."""
    h, c, steps = Fr(3, 2), Fr(3), Fr(5, 2)
    landscape = valley_floor(h, 0, noise=(1, -3), probabilities=(Fr(3, 4), Fr(1, 4)))
    found = exact_enumeration(landscape, (0,), Diffusion(steps), order=5)
    # (lr c / 4)(1 - exp(-2 lr h T)), term by term
    known = [Fr(0)] + [-c / 4 * (-2 * h * steps) ** k / math.factorial(k) if k else Fr(0) for k in range(5)]
    assert list(found) == known


def run_mean(schedule_sets, lr, kernel_run, observable):
    """Mean over equally weighted runs, each a list of batches of losses, at a rate that is a number."""
    return sum(weight * observable(kernel_run(batches, lr)) for weight, batches in schedule_sets)


def training_sets(count):
    for chosen in product(range(len(L1.losses)), repeat=count):
        yield math.prod(L1.probabilities[k] for k in chosen), [L1.losses[k].derivative(0) for k in chosen]


def averaged(batches, lr):
    theta, seen = HALF[0], []
    for batch in batches:
        theta = theta - lr * sum(slope((theta,)) for slope in batch) / len(batch)
        seen.append(theta)
    return (seen[-1] + seen[-2]) / 2


def plain(batches, lr):
    theta = HALF[0]
    for batch in batches:
        theta = theta - lr * sum(slope((theta,)) for slope in batch) / len(batch)
    return theta


SEEN = ((0, 2), (1,), (0, 1, 2), (2,))


@pytest.mark.parametrize(
    ("schedule", "kernel", "run", "cells"),
    [
        (Cells(3, SEEN), PlainSteps(), plain, SEEN),
        (Cells(3, SEEN), AveragedSteps(2), averaged, SEEN),
        (Epochs(3, 1, 1), AveragedSteps(2), averaged, ((0,), (1,), (2,))),
    ],
)
def test_the_series_is_that_of_runs_at_a_small_rate(schedule, kernel, run, cells):
    """The mean over runs at a rate that is a number, minus the series to order 3, falls like lr^4."""
    series = exact_enumeration(L1, HALF, schedule, kernel=kernel)
    errors = []
    for lr in (Fr(1, 4000), Fr(1, 8000)):
        sets = [(p, [[slopes[row] for row in batch] for batch in cells]) for p, slopes in training_sets(3)]
        exact = run_mean(sets, lr, run, lambda theta: L1.mean((theta,)))
        errors.append(exact - sum(c * lr**k for k, c in enumerate(series)))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.1)


def test_an_enumeration_that_is_too_long_is_refused_before_it_starts():
    with pytest.raises(ValueError, match="would take about 3,486,784,401 runs, the limit is 20,000"):
        exact_enumeration(L2, CORNER, one_epoch(20))
    with pytest.raises(ValueError, match=r"would take about 64 runs, the limit is 60: "):
        exact_enumeration(L1, HALF, TWICE, noise=NOISE, limit=60)


def test_what_cannot_be_enumerated_is_refused():
    with pytest.raises(ValueError, match="order must be a whole number of at least 0, got -1"):
        exact_enumeration(L1, HALF, TWICE, order=-1)
    with pytest.raises(ValueError, match=r"observable must be test, train, gap or .* got 'loss'"):
        exact_enumeration(L1, HALF, TWICE, observable="loss")
    with pytest.raises(ValueError, match="the gap needs a training set, a continuous limit has none"):
        exact_enumeration(L1, HALF, GradientFlow(2), observable="gap")
    with pytest.raises(ValueError, match="a continuous limit is taken of plain descent without fresh noise"):
        exact_enumeration(L1, HALF, Diffusion(2), noise=NOISE)
    with pytest.raises(ValueError, match=r"momentum must be exact: .* got 0\.5"):
        exact_enumeration(L1, HALF, TWICE, kernel=HeavyBallSteps(0.5))
    with pytest.raises(ValueError, match="factors must hold one factor a step, 4 in all, got 1"):
        exact_enumeration(L1, HALF, TWICE, kernel=ScheduledSteps((1,)))
    with pytest.raises(ValueError, match=r"a factor of the schedule must be exact: .* got 0\.5"):
        exact_enumeration(L1, HALF, one_epoch(1), kernel=ScheduledSteps((0.5,)))
    with pytest.raises(ValueError, match="last must be 1 to the 4 steps of the run, got 5"):
        exact_enumeration(L1, HALF, TWICE, kernel=AveragedSteps(5))
