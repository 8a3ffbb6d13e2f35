"""Errors that predictions state against true ones, on random landscapes, nets and regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lrtheory.results import experiment, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from lrtheory.diagrams.counting.schedules import Epochs, WithReplacement
    from lrtheory.diagrams.models.populations import Population
    from lrtheory.diagrams.series.prediction import Prediction

FAMILIES: Final = ("polynomials", "nets", "logistic")
OBSERVED: Final = ("test", "train", "gap", "displacement")
_RATES: Final = ((1e-3, 1.0), (5e-3, 3.0), (1e-2, 10.0))  # lowest and highest of each family
_HIGHEST: Final = (5, 4, 4, 5)  # order by observable; those of the training set have many more diagrams
_RESUMMED: Final = 3  # order of the re-summed series
_COLUMNS: Final = (
    "family", "problem", "observed", "order", "resummed", "lr",
    "stated", "missed", "change", "reliable", "ratio_stated", "ratio_reliable",
)


@experiment(version=1, smoke={"polynomials": 2, "nets": 1, "logistic": 2, "rates": 2})
def stated_errors(
    *, polynomials: int = 120, nets: int = 40, logistic: int = 60, rates: int = 6, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Stated and true errors, one entry a case: a problem, an order of 2 to 5 and a rate.

    Truth is the mean over every run. Beside what `Prediction.at` says: the error and the verdict of the
    ratio of the last two terms, which it went by before.

    Args:
        polynomials: random polynomial landscapes.
        nets: random tanh nets.
        logistic: random logistic regressions.
        rates: drawn for each problem, evenly in the logarithm over two to three decades.
        seed: of everything drawn.
        device: must be ``"cpu"``.
    """
    import numpy as np

    counts = (polynomials, nets, logistic)
    problems = [(family, number) for family in range(3) for number in range(counts[family])]
    rows = [row for each in progress(problems, "problems") for row in _cases(*each, rates, seed)]
    found = dict(zip(_COLUMNS, np.array(rows, dtype=float).T, strict=True))
    whole = ("family", "problem", "observed", "order")
    found |= {name: found[name].astype(np.int8 if name != "problem" else np.int16) for name in whole}
    return found | {name: found[name] > 0 for name in ("resummed", "reliable", "ratio_reliable")}


def _cases(family: int, number: int, rates: int, seed: int) -> Iterator[tuple[float, ...]]:
    """Columns of every case of one problem."""
    import numpy as np
    import torch

    from lrtheory.diagrams.exact.every_run import means_over_every_run
    from lrtheory.diagrams.series.predicting import predict
    from lrtheory.diagrams.values.observables import Displacement
    from lrtheory.seeds import generator

    numbers = generator(seed, "run", family, number)
    schedule, observed = _drawn_schedule(numbers), number % len(OBSERVED)
    low, high = np.log(_RATES[family])
    lrs = (low + (high - low) * torch.rand(rates, generator=numbers, dtype=torch.float64)).exp()
    landscape, theta, population, start = _drawn_problem(family, number, seed)
    kind: Any = Displacement(0) if OBSERVED[observed] == "displacement" else OBSERVED[observed]
    means = means_over_every_run(population, start, schedule, lrs)
    truth = means.moved[:, 0] if isinstance(kind, Displacement) else getattr(means, kind)
    series = predict(landscape, theta, schedule, observable=kind, order=_HIGHEST[observed])
    for lr, true in zip(lrs.tolist(), truth.tolist(), strict=True):
        for order in range(2, series.order + 1):
            yield (family, number, observed, order, 0, lr, *_compared(_through(series, order), lr, true))
    if _has_one_grid(schedule):
        series = predict(population, start, schedule, observable=kind, order=_RESUMMED, resummed=True)
        for lr, true in zip(lrs.tolist()[:2], truth.tolist(), strict=False):
            yield (family, number, observed, _RESUMMED, 1, lr, *_compared(series, lr, true))


def _compared(series: Prediction, lr: float, true: float) -> tuple[float, ...]:
    """Stated and true error, true change, verdict; error and verdict by the ratio of the last two terms."""
    import math

    told, gone = series.at(lr), not math.isfinite(true)
    missed, change = abs(told.sums[-1] - true), abs(true - told.sums[0])
    orders = [0.0] * (series.order + 1)
    for diagram, amount in series.breakdown(lr):
        orders[diagram.order] += amount
    *_, before, last = [0.0, 0.0, *(abs(term) for term in orders[1:] if term)]
    ratio = last**2 / before if before else math.inf
    here = (math.inf, math.inf) if gone else (missed, change)
    return told.error, *here, told.reliable, ratio, 0 < last <= before


def _through(series: Prediction, order: int) -> Prediction:
    """The same prediction of a lower order."""
    from lrtheory.diagrams.series.prediction import Prediction

    return Prediction(tuple(term for term in series.terms if term.diagram.order <= order), order)


def _drawn_problem(family: int, number: int, seed: int) -> tuple[Any, Any, Population, Tensor]:
    """Landscape and start as `predict` takes them, exact where they can be, and both in floating point."""
    import torch

    from lrtheory.diagrams.exact import random_landscapes as drawn
    from lrtheory.seeds import stream_seed

    own = stream_seed(seed, "problem", family, number)
    if family == 0:
        landscape, theta = drawn.random_polynomials(own)
        start = torch.tensor([float(weight) for weight in theta], dtype=torch.float64)
        return landscape, theta, landscape.population(), start
    population, start = (drawn.random_tanh_net if family == 1 else drawn.random_logistic)(own)
    return population, start, population, start


def _drawn_schedule(numbers: Any) -> Epochs | WithReplacement:
    """One of seven: examples and batches, one pass and several, fixed, reshuffled, with replacement."""
    import torch

    from lrtheory.diagrams.counting.schedules import Epochs, WithReplacement, full_batch, one_epoch

    schedules = (
        one_epoch(3), one_epoch(4), full_batch(3, 4), Epochs(2, epochs=3), Epochs(4, batch_size=2, epochs=2),
        Epochs(3, epochs=2, order="reshuffled"), WithReplacement(3, batch_size=2, steps=3),
    )
    return schedules[int(torch.randint(len(schedules), (), generator=numbers))]


def _has_one_grid(schedule: Epochs | WithReplacement) -> bool:
    """Whether the same cells are active in every run, as the re-summed series needs."""
    from lrtheory.diagrams.counting.schedules import Epochs

    return isinstance(schedule, Epochs) and schedule.order == "fixed"
