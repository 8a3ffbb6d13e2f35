"""Which examples a run visits, and how likely: every training set, order and draw. Runs are elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

from lrtheory.diagrams.counting.schedules import Cells, Epochs, WithReplacement

Batch = tuple[Any, ...]  # examples in ascending order, repeats allowed; with noise, (example, noise) each
Visits = tuple[Batch, ...]  # one batch a step
Term = tuple[Visits, Fraction, tuple[Fraction, ...]]
FiniteSchedule = Epochs | WithReplacement | Cells


class VisitLaw:
    """Probability of every sequence of batches, and what training set goes with it.

    Attributes:
        chances: probability of each sequence.
        shares: for each sequence, probability times mean share of each example in the training set.
    """

    def __init__(self, examples: int) -> None:
        """Start with nothing, for a population of ``examples`` examples."""
        self.chances: dict[Visits, Fraction] = {}
        self.shares: dict[Visits, tuple[Fraction, ...]] = {}
        self._none = (Fraction(0),) * examples

    def add(self, visits: Visits, chance: Fraction, shares: Iterable[Fraction]) -> None:
        """Add a sequence whose training set has the given shares of examples."""
        self.chances[visits] = self.chances.get(visits, Fraction(0)) + chance
        before = self.shares.get(visits, self._none)
        self.shares[visits] = tuple(old + chance * new for old, new in zip(before, shares, strict=True))


def visit_law(probabilities: Sequence[Fraction], schedule: FiniteSchedule) -> VisitLaw:
    """Law of the batches that a schedule visits when the training set is drawn from a population.

    Batches are sets with repeats, so that training sets and orders which differ in names only are joined.
    """
    law = VisitLaw(len(probabilities))
    for visits, chance, shares in _terms(schedule, tuple(probabilities)):
        law.add(visits, chance, shares)
    return law


def with_noise(law: VisitLaw, probabilities: Sequence[Fraction]) -> VisitLaw:
    """The law when each visit also draws one of several noises: labels become (example, noise)."""
    noisy = VisitLaw(len(next(iter(law.shares.values()))))
    for visits, chance in law.chances.items():
        shares = [share / chance for share in law.shares[visits]]
        for drawn in product(*(_noisy_batches(batch, probabilities).items() for batch in visits)):
            weight = math.prod((p for _, p in drawn), start=chance)
            noisy.add(tuple(batch for batch, _ in drawn), weight, shares)
    return noisy


def number_of_runs(schedule: FiniteSchedule, examples: int) -> int:
    """How many sequences of batches `visit_law` goes through, counted without making them.

    Args:
        schedule: when each training example is visited.
        examples: size of the population.
    """
    match schedule:
        case Epochs():
            return _runs_of_epochs(schedule, examples)
        case WithReplacement():
            return _runs_of_draws(schedule, examples)
        case Cells():
            return int(examples ** len({row for batch in schedule.seen for row in batch}))


def _runs_of_epochs(schedule: Epochs, examples: int) -> int:
    kinds = math.comb(schedule.batch_size + examples - 1, schedule.batch_size)
    batches = schedule.examples // schedule.batch_size
    if not _redrawn(schedule):
        return int(kinds**batches)
    orders: Counter[tuple[int, ...]] = Counter({(0,) * examples: 1})
    for _ in range(batches):
        grown: Counter[tuple[int, ...]] = Counter()
        for have, many in orders.items():
            for batch in _multisets(range(examples), schedule.batch_size):
                grown[tuple(h + batch.count(k) for k, h in enumerate(have))] += many
        orders = grown
    return sum(many**schedule.epochs for many in orders.values())


def _runs_of_draws(schedule: WithReplacement, examples: int) -> int:
    def sets(support: int) -> int:
        return math.comb(examples, support) * math.comb(schedule.examples - 1, support - 1)

    def batches(support: int) -> int:
        return math.comb(schedule.batch_size + support - 1, schedule.batch_size)

    supports = range(1, min(examples, schedule.examples) + 1)
    return sum(sets(support) * int(batches(support) ** schedule.steps) for support in supports)


def _terms(schedule: FiniteSchedule, p: tuple[Fraction, ...]) -> Iterator[Term]:
    """Every (visits, chance, shares of the examples in the training set)."""
    match schedule:
        case Epochs():
            return _reshuffled_terms(schedule, p) if _redrawn(schedule) else _fixed_terms(schedule, p)
        case WithReplacement():
            return _drawn_terms(schedule, p)
        case Cells():
            return _cell_terms(schedule, p)


def _fixed_terms(schedule: Epochs, p: tuple[Fraction, ...]) -> Iterator[Term]:
    kinds = [(batch, _chance(batch, p)) for batch in _multisets(range(len(p)), schedule.batch_size)]
    for drawn in product(kinds, repeat=schedule.examples // schedule.batch_size):
        one_pass = [batch for batch, _ in drawn]
        shares = _shares([label for batch in one_pass for label in batch], len(p))
        visits = tuple(one_pass * schedule.epochs)
        yield visits, math.prod((c for _, c in drawn), start=Fraction(1)), shares


def _reshuffled_terms(schedule: Epochs, p: tuple[Fraction, ...]) -> Iterator[Term]:
    for training_set in _multisets(range(len(p)), schedule.examples):
        passes = _passes(training_set, schedule.batch_size)
        for drawn in product(passes.items(), repeat=schedule.epochs):
            visits = tuple(batch for one_pass, _ in drawn for batch in one_pass)
            weight = math.prod((c for _, c in drawn), start=_chance(training_set, p))
            yield visits, weight, _shares(training_set, len(p))


def _drawn_terms(schedule: WithReplacement, p: tuple[Fraction, ...]) -> Iterator[Term]:
    for training_set in _multisets(range(len(p)), schedule.examples):
        shares = _shares(training_set, len(p))
        support = sorted(set(training_set))
        kinds = [(batch, _chance(batch, shares)) for batch in _multisets(support, schedule.batch_size)]
        for drawn in product(kinds, repeat=schedule.steps):
            weight = math.prod((c for _, c in drawn), start=_chance(training_set, p))
            yield tuple(batch for batch, _ in drawn), weight, shares


def _cell_terms(schedule: Cells, p: tuple[Fraction, ...]) -> Iterator[Term]:
    rows = sorted({row for batch in schedule.seen for row in batch})
    unseen = schedule.examples - len(rows)
    for drawn in product(range(len(p)), repeat=len(rows)):
        example = dict(zip(rows, drawn, strict=True))
        visits = tuple(tuple(sorted(example[row] for row in batch)) for batch in schedule.seen)
        shares = tuple((drawn.count(k) + unseen * p[k]) / schedule.examples for k in range(len(p)))
        yield visits, math.prod((p[k] for k in drawn), start=Fraction(1)), shares


def _redrawn(schedule: Epochs) -> bool:
    """Whether a new order makes a difference; the first pass of a drawn set is in random order anyway."""
    return schedule.order == "reshuffled" and schedule.epochs > 1 and schedule.batch_size < schedule.examples


def _passes(training_set: tuple[int, ...], size: int) -> dict[Visits, Fraction]:
    """Every sequence of batches of one pass in random order, with its probability."""
    if not training_set:
        return {(): Fraction(1)}
    found: dict[Visits, Fraction] = {}
    have = Counter(training_set)
    for batch in set(_multisets(sorted(have), size)):
        taken = Counter(batch)
        ways = math.prod(math.comb(have[k], many) for k, many in taken.items())
        if ways:
            chance = Fraction(ways, math.comb(len(training_set), size))
            for rest, later in _passes(tuple((have - taken).elements()), size).items():
                found[(batch, *rest)] = chance * later
    return found


def _noisy_batches(batch: Batch, probabilities: Sequence[Fraction]) -> dict[Batch, Fraction]:
    found: dict[Batch, Fraction] = {}
    for drawn in product(range(len(probabilities)), repeat=len(batch)):
        labels = tuple(sorted(zip(batch, drawn, strict=True)))
        chance = math.prod((probabilities[k] for k in drawn), start=Fraction(1))
        found[labels] = found.get(labels, Fraction(0)) + chance
    return found


def _multisets(labels: Iterable[int], size: int) -> list[tuple[int, ...]]:
    return list(combinations_with_replacement(labels, size))


def _chance(batch: Sequence[int], p: Sequence[Fraction]) -> Fraction:
    """Probability of drawing a set with repeats, in any order."""
    counts = Counter(batch)
    ways = math.factorial(len(batch)) // math.prod(math.factorial(many) for many in counts.values())
    return math.prod((p[k] ** many for k, many in counts.items()), start=Fraction(ways))


def _shares(training_set: Sequence[int], examples: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(training_set.count(k), len(training_set)) for k in range(examples))
