"""Random polynomial landscapes, small nets and logistic regressions: cases nobody chose, to calibrate on."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import torch
from torch import Tensor, nn

from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.models.module_population import ModulePopulation
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape, weighted_sum
from lrtheory.diagrams.models.populations import Population
from lrtheory.landscape import autograd_gradient
from lrtheory.seeds import generator

_GRAIN = 8  # coefficients and starts are whole multiples of one eighth
_SHARES = (Fraction(1), Fraction(1), Fraction(1, 8), Fraction(0))  # of the mean gradient kept at a start
_STEPS = (0, 0, 30, 300)  # of descent on the test loss before a run starts
_RATE = 0.1  # of that descent


def random_polynomials(seed: int) -> tuple[PolynomialLandscape, tuple[Fraction, ...]]:
    """Two to four polynomial losses of degree 3 to 5 in one to three weights, and a start.

    Every coefficient is a standard normal number; in every second landscape it is over (degree - 1)! of
    its term, so that high derivatives are no larger than low ones. Probabilities are unequal, the start
    is half a standard normal number in every weight. Coefficients and starts are rounded to eighths. In
    every second landscape the losses are tilted alike, so that an eighth of the mean gradient is left at
    the start, or nothing.

    Example:
        >>> landscape, start = random_polynomials(0)
        >>> sum(landscape.probabilities) == 1, len(start) == landscape.dim, landscape.mean.degree in (3, 4, 5)
        (True, True, True)

    Args:
        seed: of everything; a landscape a seed.

    Returns:
        (landscape, start).

    Source: ours.
    """
    numbers = generator(seed, "random polynomials")
    dim, many, degree = _whole(1, 3, numbers), _whole(2, 4, numbers), _whole(3, 5, numbers)
    smooth = _whole(0, 1, numbers) == 1
    chances = [_whole(1, 5, numbers) for _ in range(many)]
    losses = tuple(_polynomial(dim, degree, smooth, numbers) for _ in range(many))
    start = tuple(_eighths(0.5, numbers) for _ in range(dim))
    landscape = PolynomialLandscape(tuple(Fraction(c, sum(chances)) for c in chances), losses)
    taken = 1 - _SHARES[_whole(0, 3, numbers)]
    slopes = [-taken * slope(start) for slope in landscape.mean.gradient]
    tilt = weighted_sum(slopes, [Polynomial.coordinate(dim, i) for i in range(dim)])
    return PolynomialLandscape(landscape.probabilities, tuple(loss + tilt for loss in losses)), start


def random_tanh_net(seed: int) -> tuple[ModulePopulation, Tensor]:
    """One or two inputs, one to three tanh units, one output, squared error, on three to five points.

    Weights, inputs and targets are standard normal numbers; probabilities of the points are unequal. Every
    second start is moved toward a minimum, by 30 or 300 steps of descent on the test loss.

    Example:
        >>> population, start = random_tanh_net(0)
        >>> len(start) == population.dim, round(float(population.probabilities.sum()), 9)
        (True, 1.0)

    Args:
        seed: of everything; a net a seed.

    Returns:
        (population, start), the start of shape (d,).

    Source: ours.
    """
    numbers = generator(seed, "random tanh net")
    inputs, units, points = _whole(1, 2, numbers), _whole(1, 3, numbers), _whole(3, 5, numbers)
    net = nn.Sequential(nn.Linear(inputs, units), nn.Tanh(), nn.Linear(units, 1, bias=False)).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(_normal(tuple(parameter.shape), numbers))
    x, y, law = _normal((points, inputs), numbers), _normal((points,), numbers), _law(points, numbers)
    population = ModulePopulation(net, x, y, _half_squared_error, weights=law)
    return population, _descended(population, population.start, numbers)


def random_logistic(seed: int) -> tuple[LinearModel, Tensor]:
    """Logistic regression in one to three weights on three to five points, and a start.

    Features are standard normal numbers, labels fair coins, probabilities of the points unequal; the start
    is a standard normal number in every weight, every second one moved toward the minimum as for the nets.

    Example:
        >>> population, start = random_logistic(0)
        >>> len(start) == population.dim, sorted(set(population.targets.abs().tolist()))
        (True, [1.0])

    Args:
        seed: of everything; a regression a seed.

    Returns:
        (population, start), the start of shape (d,).

    Source: ours.
    """
    numbers = generator(seed, "random logistic")
    dim, points = _whole(1, 3, numbers), _whole(3, 5, numbers)
    labels = torch.tensor([2.0 * _whole(0, 1, numbers) - 1 for _ in range(points)], dtype=torch.float64)
    model = LinearModel(_normal((points, dim), numbers), labels, weights=_law(points, numbers))
    return model, _descended(model, _normal((dim,), numbers), numbers)


def _polynomial(dim: int, degree: int, smooth: bool, numbers: torch.Generator) -> Polynomial:
    terms = {}
    for exponents in product(range(degree + 1), repeat=dim):
        total = sum(exponents)
        if 0 < total <= degree:
            factorial = 1
            for factor in range(2, total):
                factorial *= factor
            terms[exponents] = _eighths(1.0, numbers) / (factorial if smooth else 1)
    return Polynomial.of(dim, terms)


def _descended(population: Population, theta: Tensor, numbers: torch.Generator) -> Tensor:
    for _ in range(_STEPS[_whole(0, 3, numbers)]):
        theta = theta - _RATE * autograd_gradient(population, theta)
    return theta


def _whole(lowest: int, highest: int, numbers: torch.Generator) -> int:
    return int(torch.randint(lowest, highest + 1, (), generator=numbers))


def _normal(shape: tuple[int, ...], numbers: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=numbers, dtype=torch.float64)


def _eighths(scale: float, numbers: torch.Generator) -> Fraction:
    return Fraction(round(_GRAIN * scale * float(_normal((), numbers))), _GRAIN)


def _law(points: int, numbers: torch.Generator) -> Tensor:
    shares = torch.tensor([_whole(1, 5, numbers) for _ in range(points)], dtype=torch.float64)
    return shares / shares.sum()


def _half_squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs[:, 0] - targets) ** 2 / 2
