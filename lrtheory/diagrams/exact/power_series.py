"""Exact series in the learning rate, cut off at an order. Runs of descent in them are in runs.py."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lrtheory.diagrams.models.polynomials import Polynomial

Series = tuple[Fraction, ...]  # coefficients of lr^0, lr^1, ... up to the order kept
Path = tuple[Series, ...]  # one series for each weight


def at_rest(theta: Sequence[Fraction], order: int) -> Path:
    """Weights that do not depend on the rate."""
    return tuple((weight, *[Fraction(0)] * order) for weight in theta)


def times(first: Series, second: Series) -> Series:
    """Product of two series of one length, cut off at that length."""
    total = [Fraction(0)] * len(first)
    for low, a in enumerate(first):
        if a:
            for high, b in enumerate(second[: len(first) - low]):
                if b:
                    total[low + high] += a * b
    return tuple(total)


def moved(path: Path, slopes: Path, factor: Fraction) -> Path:
    """Path plus factor times lr times the slopes: the rate raises every order by one."""
    return tuple(
        tuple(x + factor * s for x, s in zip(here, (Fraction(0), *slope[:-1]), strict=True))
        for here, slope in zip(path, slopes, strict=True)
    )


def combined(weights: Sequence[Fraction], paths: Sequence[Path]) -> Path:
    """Sum of weights times paths."""
    return tuple(
        tuple(sum(w * x for w, x in zip(weights, column, strict=True)) for column in zip(*rows, strict=True))
        for rows in zip(*paths, strict=True)
    )


def composed(polynomial: Polynomial, path: Path) -> Series:
    """A polynomial of the weights along a path, as a series of the path's length."""
    length = len(path[0])
    one = (Fraction(1), *[Fraction(0)] * (length - 1))
    powers: list[list[Series]] = [[one] for _ in path]
    total = [Fraction(0)] * length
    for exponents, coefficient in polynomial.terms:
        monomial = one
        for index, power in enumerate(exponents):
            known = powers[index]
            while len(known) <= power:
                known.append(times(known[-1], path[index]))
            monomial = known[power] if monomial is one else times(monomial, known[power])
        total = [a + coefficient * b for a, b in zip(total, monomial, strict=True)]
    return tuple(total)
