"""Sums over diagrams of order five and six against brute force; slow, for there are thousands of diagrams."""

from fractions import Fraction as Fr

import pytest

from lrtheory.diagrams.counting.coefficients import coefficients
from lrtheory.diagrams.counting.schedules import Epochs, WithReplacement, full_batch, one_epoch
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.exact.enumerated_runs import exact_enumeration
from lrtheory.diagrams.exact.power_series import at_rest, combined, composed, moved
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.values.rational import exact_values

pytestmark = pytest.mark.slow
L1, HALF = two_quintics()
L2, CORNER = three_quintics()


@pytest.mark.parametrize(
    ("schedule", "observable", "order"),
    [
        (one_epoch(3), "test", 6),
        (Epochs(2, 1, 2, "reshuffled"), "test", 5),
        (WithReplacement(2, 1, 3), "test", 5),
        (Epochs(4, 2, 2), "train", 5),
        (full_batch(2, 3), "train", 5),
    ],
)
def test_high_orders_add_up_too(schedule, observable, order):
    found = exact_enumeration(L1, HALF, schedule, observable=observable, order=order)
    diagrams = enumerate_diagrams(order, observable)
    counted = coefficients(diagrams, schedule)
    values = exact_values(diagrams, L1, HALF)
    terms = zip(diagrams, counted, values, strict=True)
    assert sum((-1) ** order * c * v / d.aut for d, c, v in terms) == found[order]


@pytest.mark.parametrize("schedule", [one_epoch(4), Epochs(2, 1, 2, "reshuffled")])
def test_order_four_adds_up_in_two_weights(schedule):
    found = exact_enumeration(L2, CORNER, schedule, observable="train", order=4)
    diagrams = enumerate_diagrams(4, "train")
    values = exact_values(diagrams, L2, CORNER)
    counted = coefficients(diagrams, schedule)
    assert sum(c * v / d.aut for d, c, v in zip(diagrams, counted, values, strict=True)) == found[4]


@pytest.mark.parametrize(
    ("landscape", "theta", "third"),
    [(L1, HALF, Fr(-589514977, 19668992)), (L2, CORNER, Fr(-13513638881, 995328000))],
)
def test_descent_with_a_penalty_on_the_covariance_matches_sgd_to_second_order(landscape, theta, third):
    """Two examples, two steps: the penalty from the two halves adds lr (1/4) Hess_A (g_A - g_B)."""
    total = [Fr(0)] * 4
    for p, first in zip(landscape.probabilities, landscape.losses, strict=True):
        for q, second in zip(landscape.probabilities, landscape.losses, strict=True):
            end = at_rest(theta, 3)
            for _ in range(2):
                plain, extra = slopes(first, second, end)
                raised = moved(at_rest([Fr(0)] * len(end), 3), extra, Fr(1))
                end = moved(end, combined([Fr(1), Fr(1)], [plain, raised]), Fr(-1))
            total = [a + p * q * b for a, b in zip(total, composed(landscape.mean, end), strict=True)]
    sgd = exact_enumeration(landscape, theta, one_epoch(2))
    assert total[:3] == list(sgd[:3])
    assert total[3] == third != sgd[3]


def slopes(first, second, path):
    """Gradient of the mean loss, and a quarter of Hess_A (g_A - g_B), along a path."""
    weights = range(first.dim)
    gap = [first.derivative(i) - second.derivative(i) for i in weights]
    penalty = [
        sum((first.derivative(i).derivative(j) * gap[j] for j in weights), Polynomial.constant(first.dim, 0))
        for i in weights
    ]
    mean = (first + second) * Fr(1, 2)
    plain = tuple(composed(slope, path) for slope in mean.gradient)
    return plain, tuple(composed(each * Fr(1, 4), path) for each in penalty)
