"""Predictions: the sum over diagrams of what a run ends with, order by order in the rate.

Counts are in counting/, values in values/; here they are multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Literal, cast

from torch import Tensor

from lrtheory.diagrams.counting.coefficients import coefficients
from lrtheory.diagrams.counting.edge_kernels import EdgeKernel, PlainSteps
from lrtheory.diagrams.counting.schedules import Schedule, required_schedule
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import Observable as Kind
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape, checked_point
from lrtheory.diagrams.models.populations import Population, start_of
from lrtheory.diagrams.series.prediction import Number, Prediction, Term
from lrtheory.diagrams.series.resummed import resummed_terms
from lrtheory.diagrams.values.algebra import Derivatives, PlainAlgebra, Root
from lrtheory.diagrams.values.contraction import contract
from lrtheory.diagrams.values.diagram_values import derivatives_of, diagram_values
from lrtheory.diagrams.values.gram import gram_values
from lrtheory.diagrams.values.observables import Displacement, SecondMoment, SquaredChange
from lrtheory.diagrams.values.rational import exact_values

Observable = Literal["test", "train", "gap"] | Displacement | SecondMoment | SquaredChange | Polynomial
Start = Sequence[Fraction] | Tensor  # exact numbers for exact landscapes, a tensor (d,) otherwise
Metric = Sequence[Sequence[Fraction]] | Tensor | None
_LOSSES = ("test", "train", "gap")


def predict(
    landscape: PolynomialLandscape | Population,
    theta: Start | None = None,
    schedule: Schedule | None = None,
    *,
    observable: Observable = "test",
    order: int = 3,
    kernel: EdgeKernel = PlainSteps(),  # noqa: B008  frozen, without state
    lr_matrix: Metric = None,
    noise: PolynomialLandscape | None = None,
    resummed: bool = False,
) -> Prediction:
    """Expected test loss (or another observable) at the end of a run, as a series in the learning rate.

    Exact on a `PolynomialLandscape`, by Gram products on a `LinearModel`, else by automatic differentiation.
    All derivatives are those at the start: the series is good while lr * steps * curvature is below about
    one, and the result says when it is not, ``at(lr)``. The re-summed one reaches further near a minimum.

    Example:
        >>> from lrtheory.diagrams import one_epoch, valley_floor
        >>> f = valley_floor(2, 0, noise=[1, -1], probabilities=[Fraction(1, 2)] * 2)
        >>> [str(each) for each in predict(f, [1], one_epoch(3), order=1).coefficients]  # l, then -T G^2
        ['1', '-12']

    Args:
        landscape: the population of losses; a `LinearModel` is one.
        theta: exact numbers for a `PolynomialLandscape`, else a tensor (d,) or None for a module's own.
        schedule: which examples each step sees; it must be given.
        observable: ``"test"``, ``"train"`` or ``"gap"`` (test minus train), a `Displacement`, a
            `SecondMoment`, a `SquaredChange`, or (exact landscapes) any polynomial of the weights.
        order: highest power of the rate, 0 to 7.
        kernel: the rule of descent: plain steps, momentum, a schedule of rates, averaged iterates.
        lr_matrix: relative rate of the directions, symmetric, (d, d), an inverse metric; None for identity.
        noise: zero-mean fields added afresh at each visit (label noise, dropout); exact landscapes only.
        resummed: take the re-summed series at a rate; for plain steps on one set of cells only.

    Raises:
        ValueError: an unknown order or observable, or a combination without an exact count or re-summation.

    Source: tenka2020 (the sum over diagrams, Theorem A, and re-summed, Theorem B).
    """
    schedule = required_schedule(schedule)
    theta = _start(landscape, theta)
    kind = _kind(observable)
    enumerate_diagrams(order, kind)  # refuses what is too large before the smaller orders are made
    diagrams = [each for edges in range(order + 1) for each in enumerate_diagrams(edges, kind)]
    if noise is not None:
        diagrams = [each for diagram in diagrams for each in with_fresh_noise(diagram)]
    counts = dict(zip(diagrams, coefficients(diagrams, schedule, kernel=kernel), strict=True))
    needed = [diagram for diagram, count in counts.items() if count]
    if isinstance(landscape, PolynomialLandscape):
        found = _exact(needed, landscape, theta, observable, lr_matrix, noise)
    else:
        found = _floating(needed, landscape, theta, observable, lr_matrix, noise)
    flip = -1 if observable == "gap" else 1
    terms = tuple(Term(diagram, count, found.get(diagram, 0), flip) for diagram, count in counts.items())
    if not resummed:
        return Prediction(terms, order)
    sums = _resummation(landscape, theta, schedule, observable, order, kernel, lr_matrix)
    return Prediction(terms, order, sums)


def _start(landscape: PolynomialLandscape | Population, theta: Start | None) -> Start:
    """Where the run starts, of the kind that the losses need."""
    if isinstance(landscape, PolynomialLandscape):
        return checked_point(cast(Sequence[Fraction], () if theta is None else theta), landscape.dim)
    return start_of(landscape, cast(Tensor | None, theta), name="theta")


def _kind(observable: Observable) -> Kind:
    if isinstance(observable, Displacement):
        return "displacement"
    if isinstance(observable, SecondMoment):
        return "second moment"
    if isinstance(observable, Polynomial | SquaredChange):
        return "test"
    if observable not in _LOSSES:
        raise ValueError(
            f"observable must be {', '.join(_LOSSES)}, a Displacement, a SecondMoment, a SquaredChange or a "
            f"Polynomial; got {observable!r}"
        )
    return observable


def _exact(
    diagrams: list[Diagram],
    landscape: PolynomialLandscape,
    theta: Start,
    observable: Observable,
    lr_matrix: Metric,
    noise: PolynomialLandscape | None,
) -> dict[Diagram, Number]:
    start = cast(tuple[Fraction, ...], theta)
    if isinstance(observable, Displacement | SecondMoment):
        observable = observable.polynomial(start)
    if isinstance(observable, SquaredChange):
        observable = (landscape.mean - landscape.mean(start)) ** 2
    root: Polynomial | Literal["test"] = observable if isinstance(observable, Polynomial) else "test"
    metric = cast(Sequence[Sequence[Fraction]] | None, lr_matrix)
    values = exact_values(diagrams, landscape, start, observable=root, lr_matrix=metric, noise=noise)
    return dict(zip(diagrams, values, strict=True))


def _floating(
    diagrams: list[Diagram],
    population: Population,
    start: Start,
    observable: Observable,
    lr_matrix: Metric,
    noise: PolynomialLandscape | None,
) -> dict[Diagram, Number]:
    theta, metric = cast(Tensor, start), cast(Tensor | None, lr_matrix)
    if noise is not None:
        raise ValueError("noise needs exact values: give the losses as a PolynomialLandscape")
    root = _root(observable, lambda: derivatives_of(population, theta))
    if root is None and isinstance(population, LinearModel):
        numbers = gram_values(diagrams, population, theta, lr_matrix=metric).tolist()
        return dict(zip(diagrams, numbers, strict=True))
    if root is None:
        numbers = diagram_values(diagrams, population, theta, lr_matrix=metric).tolist()
        return dict(zip(diagrams, numbers, strict=True))
    algebra = PlainAlgebra(derivatives_of(population, theta), metric, root)
    memory: dict[object, Tensor] = {}
    return {diagram: float(contract(diagram, algebra, memory)) for diagram in diagrams}


def _root(observable: Observable, derivatives: Callable[[], Derivatives]) -> Root | None:
    if isinstance(observable, Polynomial):
        raise ValueError("a Polynomial observable needs a PolynomialLandscape; else use Displacement")
    if isinstance(observable, SquaredChange):
        return partial(observable.along, derivatives())
    return observable.along if isinstance(observable, Displacement | SecondMoment) else None


def _resummation(
    landscape: PolynomialLandscape | Population,
    theta: Start,
    schedule: Schedule,
    observable: Observable,
    order: int,
    kernel: EdgeKernel,
    lr_matrix: Metric,
) -> Callable[[float], tuple[tuple[Diagram, float], ...]]:
    """Function of the rate that gives each linkless diagram's contribution."""
    if not isinstance(kernel, PlainSteps):
        raise ValueError(f"the re-summed series knows plain steps only, got {kernel}; use resummed=False")
    if isinstance(landscape, PolynomialLandscape):
        raise ValueError("the re-summed series works in floating point: pass landscape.population()")
    derivatives = derivatives_of(landscape, cast(Tensor, theta))
    metric, kind = cast(Tensor | None, lr_matrix), _kind(observable)
    root = _root(observable, lambda: derivatives)

    def at(lr: float) -> tuple[tuple[Diagram, float], ...]:
        terms = resummed_terms(
            derivatives, schedule, lr=lr, order=order, observable=kind, root=root, lr_matrix=metric
        )
        return tuple((term.diagram, term.contribution) for term in terms)

    return at
