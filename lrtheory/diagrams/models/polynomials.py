"""Exact polynomials of the weights, and populations of them. Series in the rate are in exact/."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from lrtheory.arguments.checked import checked

if TYPE_CHECKING:
    from lrtheory.diagrams.models.populations import PolynomialPopulation

Exponents = tuple[int, ...]
Exact = Fraction | int


@dataclass(frozen=True)
class Polynomial:
    """A polynomial of d weights with exact rational coefficients.

    Make one from a table of exponents with `Polynomial.of`, or from `Polynomial.coordinate` and arithmetic.

    Attributes:
        dim: number of weights d, >= 1.
        terms: (exponents, coefficient) of every term, in ascending order of exponents, none zero.
    """

    dim: int
    terms: tuple[tuple[Exponents, Fraction], ...]

    def __post_init__(self) -> None:
        """Refuse what is no number of weights, or no tuple of terms."""
        if type(self.dim) is not int or self.dim < 1 or not isinstance(self.terms, tuple):
            raise ValueError(
                f"dim must be at least 1, terms a tuple, got {self.dim!r} and {type(self.terms).__name__}; "
                "make a polynomial with Polynomial.of or Polynomial.coordinate"
            )

    @classmethod
    def of(cls, dim: int, terms: Mapping[Exponents, Exact]) -> Polynomial:
        """Polynomial from a table: the exponents of a term, one for each weight, to its coefficient.

        Raises:
            ValueError: exponents that do not fit the weights, or a coefficient that is not exact.
        """
        if not isinstance(terms, Mapping) or not all(isinstance(each, tuple) for each in terms):
            raise ValueError(f"terms must map tuples of exponents to coefficients, got {terms!r}")
        for exponents, coefficient in terms.items():
            whole = all(isinstance(power, int) and power >= 0 for power in exponents)
            if len(exponents) != dim or not whole:
                raise ValueError(f"a term needs {dim} exponents, whole and not negative, got {exponents}")
            check_exact(coefficient, "a coefficient")
        kept = {exponents: Fraction(c) for exponents, c in terms.items() if c}
        return cls(dim, tuple(sorted(kept.items())))

    @classmethod
    def constant(cls, dim: int, value: Exact) -> Polynomial:
        """The polynomial that is the same everywhere."""
        return cls.of(dim, {(0,) * dim: value})

    @classmethod
    def coordinate(cls, dim: int, index: int) -> Polynomial:
        """The weight number ``index``, from 0.

        Raises:
            ValueError: no such weight.
        """
        if not isinstance(index, int) or not 0 <= index < dim:
            raise ValueError(f"index must be 0 to {dim - 1}, a weight's number, got {index}")
        return cls.of(dim, {tuple(int(i == index) for i in range(dim)): 1})

    @property
    def degree(self) -> int:
        """Largest sum of exponents; 0 for a constant."""
        return max((sum(exponents) for exponents, _ in self.terms), default=0)

    @cached_property
    def coefficients(self) -> Mapping[Exponents, Fraction]:
        """Coefficient of every term by its exponents."""
        return dict(self.terms)

    def __add__(self, other: Polynomial | Exact) -> Polynomial:
        total = dict(self.terms)
        for exponents, coefficient in self._partner(other).terms:
            total[exponents] = total.get(exponents, Fraction(0)) + coefficient
        return Polynomial.of(self.dim, total)

    def __mul__(self, other: Polynomial | Exact) -> Polynomial:
        total: dict[Exponents, Fraction] = {}
        for (first, a), (second, b) in product(self.terms, self._partner(other).terms):
            exponents = tuple(i + j for i, j in zip(first, second, strict=True))
            total[exponents] = total.get(exponents, Fraction(0)) + a * b
        return Polynomial.of(self.dim, total)

    def __neg__(self) -> Polynomial:
        return self * -1

    def __sub__(self, other: Polynomial | Exact) -> Polynomial:
        return self + self._partner(other) * -1

    def __rsub__(self, other: Exact) -> Polynomial:
        return self._partner(other) - self

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, power: int) -> Polynomial:
        if not isinstance(power, int) or power < 0:
            raise ValueError(f"power must be a whole number of at least 0, got {power}")
        return math.prod([self] * power, start=Polynomial.constant(self.dim, 1))

    def __call__(self, theta: Sequence[Exact]) -> Fraction:
        """Exact value at the weights theta, one number for each."""
        at = checked_point(theta, self.dim)
        return sum((c * _monomial(at, exponents) for exponents, c in self.terms), start=Fraction(0))

    def derivative(self, index: int) -> Polynomial:
        """Derivative by the weight number ``index``."""
        lowered = {
            tuple(power - (i == index) for i, power in enumerate(exponents)): exponents[index] * c
            for exponents, c in self.terms
        }
        return Polynomial.of(self.dim, {exponents: c for exponents, c in lowered.items() if c})

    @cached_property
    def gradient(self) -> tuple[Polynomial, ...]:
        """Derivatives by every weight."""
        return tuple(self.derivative(index) for index in range(self.dim))

    def shifted(self, theta: Sequence[Exact]) -> Polynomial:
        """The same polynomial in deviations from theta: its coefficients are Taylor coefficients."""
        at = checked_point(theta, self.dim)
        total: dict[Exponents, Fraction] = {}
        for exponents, c in self.terms:
            for kept in product(*(range(power + 1) for power in exponents)):
                left = tuple(power - keep for power, keep in zip(exponents, kept, strict=True))
                ways = math.prod(math.comb(power, keep) for power, keep in zip(exponents, kept, strict=True))
                total[kept] = total.get(kept, Fraction(0)) + c * ways * _monomial(at, left)
        return Polynomial.of(self.dim, total)

    def _partner(self, other: Polynomial | Exact) -> Polynomial:
        if not isinstance(other, Polynomial):
            return Polynomial.constant(self.dim, other)
        if other.dim != self.dim:
            raise ValueError(f"polynomials of as many weights expected, got {self.dim} and {other.dim}")
        return other


@checked
@dataclass(frozen=True)
class PolynomialLandscape:
    """A finite population of polynomial losses: everything about descent on it can be known exactly.

    Attributes:
        probabilities: probability of every example, exact, > 0, with sum one.
        losses: the loss of every example.

    Source: tenka2020 (a law over losses); finite populations as a laboratory are ours.
    """

    probabilities: tuple[Fraction, ...]
    losses: tuple[Polynomial, ...]

    def __post_init__(self) -> None:
        """Check the law and that the losses are of the same weights.

        Raises:
            ValueError: numbers that differ, probabilities that are no law or not exact, mixed dimensions.
        """
        if not self.losses or len(self.probabilities) != len(self.losses):
            raise ValueError(
                "each example needs a probability and a loss, got "
                f"{len(self.probabilities)} and {len(self.losses)}"
            )
        for probability in self.probabilities:
            check_exact(probability, "a probability")
        if any(p <= 0 for p in self.probabilities) or sum(self.probabilities) != 1:
            raise ValueError(f"probabilities must be positive with sum 1, got sum {sum(self.probabilities)}")
        if len({loss.dim for loss in self.losses}) > 1:
            raise ValueError(f"all losses must be of the same weights, got {[p.dim for p in self.losses]}")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.losses[0].dim

    @cached_property
    def mean(self) -> Polynomial:
        """The test loss: the mean over the population."""
        return weighted_sum(self.probabilities, self.losses)

    def population(self) -> PolynomialPopulation:
        """The same losses in floating point, to simulate and to differentiate automatically."""
        from lrtheory.diagrams.models.populations import PolynomialPopulation  # torch, only when asked for

        return PolynomialPopulation.of(self)


def weighted_sum(weights: Sequence[Exact], polynomials: Sequence[Polynomial]) -> Polynomial:
    """Sum of weights times polynomials; at least one.

    Source: the definition (our code).
    """
    total: dict[Exponents, Fraction] = {}
    for weight, polynomial in zip(weights, polynomials, strict=True):
        for exponents, c in polynomial.terms:
            total[exponents] = total.get(exponents, Fraction(0)) + weight * c
    return Polynomial.of(polynomials[0].dim, total)


def checked_point(theta: Sequence[Exact], dim: int) -> tuple[Fraction, ...]:
    """Weights as exact numbers, after a check.

    Raises:
        ValueError: not one exact number for each weight.

    Source: our rule that an exact landscape takes exact numbers only.
    """
    if not isinstance(theta, Sequence) or isinstance(theta, str):
        raise ValueError(
            f"theta must be {dim} exact numbers, whole numbers or Fractions, got {type(theta).__name__}; for "
            "a tensor take landscape.population()"
        )
    if len(theta) != dim:
        raise ValueError(f"theta must hold {dim} weights, got {len(theta)}")
    for weight in theta:
        check_exact(weight, "a weight")
    return tuple(Fraction(weight) for weight in theta)


def check_exact(number: object, name: str) -> None:
    """Refuse a number that is not exact.

    Raises:
        ValueError: neither a whole number nor a Fraction.

    Source: our rule that an exact landscape takes exact numbers only.
    """
    if not isinstance(number, Fraction | int) or isinstance(number, bool):
        raise ValueError(f"{name} must be exact: a whole number or a Fraction, got {number!r}")


def _monomial(theta: tuple[Fraction, ...], exponents: Exponents) -> Fraction:
    return math.prod((x**power for x, power in zip(theta, exponents, strict=True)), start=Fraction(1))
