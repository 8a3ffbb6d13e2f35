"""Variance of the final test loss over runs, as a series in the rate, from two predictions."""

from __future__ import annotations

from functools import partial

from lrtheory.diagrams.counting.edge_kernels import EdgeKernel, PlainSteps
from lrtheory.diagrams.counting.schedules import Schedule
from lrtheory.diagrams.models.polynomials import PolynomialLandscape
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.series.predicting import Metric, Start, predict
from lrtheory.diagrams.series.prediction import Number
from lrtheory.diagrams.values.observables import SquaredChange


def loss_variance(
    landscape: PolynomialLandscape | Population,
    theta: Start | None = None,
    schedule: Schedule | None = None,
    *,
    order: int = 4,
    kernel: EdgeKernel = PlainSteps(),  # noqa: B008  frozen, without state
    lr_matrix: Metric = None,
) -> tuple[Number, ...]:
    """Coefficients of the variance of the test loss that a run ends with, over training sets and orders.

    The variance is no sum of one diagram each: it takes two predictions, of the squared change of the loss
    and of the loss. Where every loss has the same gradient it is zero to all orders.

    Example:
        >>> from fractions import Fraction
        >>> from lrtheory.diagrams import one_epoch, valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> [str(each) for each in loss_variance(f, [1], one_epoch(3), order=2)]  # T C G^2
        ['0', '0', '12']

    Args:
        landscape: the population of losses.
        theta: where every run starts, as in `predict`.
        schedule: which examples each step sees.
        order: highest power of the rate, 0 to 7; the first that can differ from zero is 2.
        kernel: the rule of descent.
        lr_matrix: relative rate of the directions, as in `predict`.

    Returns:
        Coefficients of lr^0 to lr^order; exact on a `PolynomialLandscape`.

    Cost: that of two predictions.

    See also: predict, for means.

    Source: tenka2020 (the sum over diagrams); the variance is ours.
    """
    told = partial(predict, landscape, theta, schedule, order=order, kernel=kernel, lr_matrix=lr_matrix)
    squared, mean = told(observable=SquaredChange()).coefficients, told(observable="test").coefficients
    return tuple(
        squared[power] - sum(mean[low] * mean[power - low] for low in range(1, power))
        for power in range(order + 1)
    )
