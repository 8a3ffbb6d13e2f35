"""Runs of SGD against predictions of order 1 to 4: a small net, digits, LeNet, and a start at a minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from lrtheory.results import experiment, progress

if TYPE_CHECKING:
    from lrtheory.diagrams.models.module_population import ModulePopulation
    from lrtheory.law import Floats

OBSERVABLES: Final[tuple[Literal["test", "train", "gap"], ...]] = ("test", "train", "gap")
_ORDERS: Final[dict[Literal["test", "gap"], int]] = {"test": 3, "gap": 2}


@experiment(version=1, smoke={"rates": 3, "order": 3, "examples": 2})
def tanh_net_orders(
    *, examples: int = 4, order: int = 4, lowest: float = 0.005, highest: float = 0.6, rates: int = 22,
    seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Exact mean losses of a net of 8 weights over all training sets, and partial sums, plain and re-summed.

    Args:
        examples: training examples N, one epoch of single examples; 6^N runs a rate.
        order: highest power of the rate predicted.
        lowest: smallest learning rate.
        highest: largest one.
        rates: how many, evenly spaced in the logarithm.
        seed: of the net's weights and points.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.counting.schedules import one_epoch
    from lrtheory.diagrams.exact.every_set import losses_over_every_set
    from lrtheory.diagrams.models.networks import small_tanh_net
    from lrtheory.diagrams.series.predicting import predict

    population = small_tanh_net(seed=seed)
    start, schedule = population.start, one_epoch(examples)
    lrs = np.geomspace(lowest, highest, rates)
    exact = [losses_over_every_set(population, start, examples=examples, lr=float(lr)) for lr in lrs]
    found: dict[str, Any] = {"lr": lrs}
    for observable in progress(OBSERVABLES, "observables"):
        series = predict(
            population, start, schedule, observable=observable, order=order, resummed=True
        )
        powers = lrs[:, None] ** np.arange(order + 1)
        found[observable] = np.array([getattr(each, observable) for each in exact])
        found[f"{observable}_plain"] = np.cumsum(powers * np.array(series.coefficients, float), axis=1)
        found[f"{observable}_resummed"] = np.array([series.at(float(lr)).sums for lr in lrs])
    return found


@experiment(version=1, smoke={"images": 20, "examples": 3, "rates": 2, "runs": 40})
def digits_orders(
    *, images: int = 300, examples: int = 10, lowest: float = 1e-3, highest: float = 0.3, rates: int = 13,
    runs: int = 20_000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Softmax regression on digits: test loss and gap over training sets, and predictions to order 3.

    Args:
        images: size of the population.
        examples: training examples N, one epoch of single examples.
        lowest: smallest learning rate.
        highest: largest one.
        rates: how many, evenly spaced in the logarithm.
        runs: training sets, the same at every rate.
        seed: of the training sets.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.models.networks import digits_softmax

    lrs = np.geomspace(lowest, highest, rates)
    return _compared(digits_softmax(images=images), examples, lrs, runs=runs, seed=seed, runs_at_once=500)


@experiment(version=1, smoke={"images": 10, "examples": 2, "rates": 2, "runs": 8})
def lenet_orders(
    *, images: int = 100, examples: int = 10, lowest: float = 1e-3, highest: float = 0.512, rates: int = 10,
    runs: int = 3000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """LeNet on Fashion-MNIST: test loss and gap over training sets, and predictions to order 3.

    Args:
        images: size of the population, bundled images, as many of each class.
        examples: training examples N, one epoch of single examples.
        lowest: smallest learning rate.
        highest: largest one.
        rates: how many, evenly spaced in the logarithm.
        runs: training sets, the same at every rate.
        seed: of the network's start and of the training sets.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.models.networks import fashion_lenet

    lrs, population = np.geomspace(lowest, highest, rates), fashion_lenet(images=images, seed=seed)
    return _compared(population, examples, lrs, runs=runs, seed=seed, runs_at_once=25)


@experiment(version=1, smoke={"steps": (4, 8), "lrs": (0.2,)})
def near_a_minimum(
    *, lrs: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4), steps: tuple[int, ...] = (12, 25, 50, 100, 200, 400),
    order: int = 3, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Test loss of SGD from a minimum over lengths of the run: exact, plain partial sums, re-summed ones.

    Args:
        lrs: learning rates.
        steps: lengths of the run, one fresh example a step.
        order: highest power of the rate predicted.
        seed: not used: nothing is drawn.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.diagrams.counting.schedules import one_epoch
    from lrtheory.diagrams.models.minimum_example import lopsided_valley, mean_losses
    from lrtheory.diagrams.series.predicting import predict

    population = lopsided_valley().population()
    start = torch.zeros(1, dtype=torch.float64)
    shape = (len(lrs), len(steps))
    found = {name: np.empty((*shape, order + 1)) for name in ("plain", "resummed")}
    found["test"] = np.array([mean_losses(lr, max(steps))[list(steps)] for lr in lrs])
    for j in progress(range(len(steps)), "lengths"):
        series = predict(population, start, one_epoch(steps[j]), order=order, resummed=True)
        for i, lr in enumerate(lrs):
            orders = np.array(series.coefficients, float) * lr ** np.arange(order + 1)
            found["plain"][i, j], found["resummed"][i, j] = np.cumsum(orders), series.at(lr).sums
    return {"lr": np.array(lrs), "steps": np.array(steps), **found}


def _compared(
    population: ModulePopulation, examples: int, lrs: Floats, *, runs: int, seed: int, runs_at_once: int
) -> dict[str, Any]:
    """Measured means with standard errors, shape (rates, 2), and the terms of the predictions."""
    import numpy as np

    from lrtheory.diagrams.counting.schedules import one_epoch
    from lrtheory.diagrams.measures.controlled import Controls, controlled_losses
    from lrtheory.diagrams.series.predicting import predict
    from lrtheory.seeds import generator

    start = population.start
    found: dict[str, Any] = {"lr": lrs}
    for observable, order in _ORDERS.items():
        series = predict(population, start, one_epoch(examples), observable=observable, order=order)
        terms = [term for term in series.terms if term.count]
        found[f"{observable}_names"] = np.array([term.diagram.name for term in terms])
        found[f"{observable}_orders"] = np.array([term.diagram.order for term in terms])
        found[f"{observable}_terms"] = np.array([float(term.coefficient) for term in terms])
        found[f"{observable}_series"] = np.array(series.coefficients, float)
    controls = Controls(population, start)
    names = ("test", "gap", "plain_test", "plain_gap", "control")
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for lr in progress(lrs, "rates"):
        losses = controlled_losses(
            population, start, controls, examples=examples, lr=float(lr), runs=runs,
            generator=generator(seed, "training sets"), runs_at_once=runs_at_once,
        )
        for name in names:
            estimate = getattr(losses, name)
            measured[name].append((estimate.value, estimate.stderr))
    return found | {name: np.array(rows) for name, rows in measured.items()}
