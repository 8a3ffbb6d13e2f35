"""Long runs about batches, epochs and overfitting: imitated batches, many epochs, mean estimation, tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrtheory.results import experiment, progress

if TYPE_CHECKING:
    import torch

    from lrtheory.diagrams.models.linear_models import LinearModel
    from lrtheory.diagrams.models.training_sets import TrainingSet

PAIRS = (("pullover", "coat"), ("sandal", "sneaker"), ("shirt", "dress"))
TUNERS = ("plain", "takeuchi", "stabilized")


@experiment(version=1, dtype="float64", smoke={"trials": 200, "rates": (0.01, 0.1), "starts": 1})
def imitated_batches(
    *, rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3), starts: int = 3, examples: int = 10,
    trials: int = 8_000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Gradient descent minus SGD, with and without the penalty that imitates SGD: logistic regression.

    All three see the same training sets; SGD makes one epoch in batches of one, each order and its reverse.

    Args:
        rates: learning rates.
        starts: random starts for each pair of classes.
        examples: N, and number of steps T.
        trials: training sets.
        seed: seed of the starts and sets.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.descent import GradientDescent, descend
    from lrtheory.diagrams.diagram.diagram import Diagram
    from lrtheory.diagrams.theory.covariance_penalty import imitation_of
    from lrtheory.diagrams.values.diagram_values import diagram_value

    drift = Diagram.parse("(01-2)(01-12)")  # its value is G . grad(tr C) / 2
    count = len(PAIRS) * starts
    plain, imitated = np.empty((count, len(rates), 2)), np.empty((count, len(rates), 2))
    pull = np.empty(count)
    problems = [(pair, number) for pair in PAIRS for number in range(starts)]
    for row, (pair, number) in enumerate(progress(problems, "problems")):
        model, start = fashion_pair(*pair), random_start(pair, number, seed)
        pull[row] = 2 * diagram_value(drift, model, start)
        for column, lr in enumerate(rates):
            with_penalty, without = [], []  # type: ignore[var-annotated]
            for data in drawn_sets(model, examples, trials, seed, (*pair, number)):
                theta = start.expand(len(data.noise), -1)
                sgd = epoch_losses(data, theta, lr=lr, epochs=1)
                copy = imitation_of(data, examples=examples, batch_size=1, lr=lr)
                for into, landscape in ((without, data), (with_penalty, copy)):
                    run = descend(GradientDescent(lr), landscape, theta, steps=examples, keep_theta=False)
                    into.append(model.loss(run.final) - sgd)
            plain[row, column] = _mean(torch.cat(without))
            imitated[row, column] = _mean(torch.cat(with_penalty))
    return {"lr": np.array(rates), "plain": plain, "imitated": imitated, "pull": pull}


@experiment(version=1, dtype="float64", smoke={"trials": 200, "rates": (0.03, 0.1)})
def shared_epochs(
    *, rates: tuple[float, ...] = (0.005, 0.01, 0.02, 0.05, 0.1), epochs: tuple[int, ...] = (2, 3, 5, 8),
    examples: int = 10, trials: int = 40_000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Test loss after E epochs of rate lr / E minus that after one epoch of rate lr: logistic regression.

    Args:
        rates: learning rates of the one epoch.
        epochs: numbers of epochs E.
        examples: N.
        trials: training sets; each is passed in an order and in its reverse.
        seed: seed of the start and sets.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.diagrams.diagram.diagram import Diagram
    from lrtheory.diagrams.values.diagram_values import diagram_value

    pair = PAIRS[0]
    model, start = fashion_pair(*pair), random_start(pair, 0, seed)
    tied, untied = Diagram.parse("(01-2)(01-12)"), Diagram.parse("(0-1-2)(01-12)")
    pulls = [2 * diagram_value(each, model, start) for each in (tied, untied)]
    difference = np.empty((len(epochs), len(rates), 2))
    for column, lr in enumerate(progress(rates, "rates")):
        gained: list[list[torch.Tensor]] = [[] for _ in epochs]
        for data in drawn_sets(model, examples, trials, seed, ("epochs",)):
            theta = start.expand(len(data.noise), -1)
            once = epoch_losses(data, theta, lr=lr, epochs=1)
            for into, passes in zip(gained, epochs, strict=True):
                into.append(epoch_losses(data, theta, lr=lr / passes, epochs=passes) - once)
        difference[:, column] = [_mean(torch.cat(each)) for each in gained]
    # G . grad(tr C) and G . grad |G|^2
    return {
        "lr": np.array(rates), "epochs": np.array(epochs), "difference": difference, "pulls": np.array(pulls),
    }


@experiment(version=1, dtype="float64", smoke={"trials": 1000, "points": 6})
def mean_estimations(
    *, smallest: float = 1e-4, largest: float = 4.0, points: int = 24, spread: float = 10.0,
    examples: int = 10, steps: int = 100, lr: float = 0.05, trials: int = 100_000, seed: int = 0,
    device: str = "cpu",
) -> dict[str, Any]:
    """Excess test loss and gap after full-batch descent on noisy parabolas of many curvatures.

    Args:
        smallest: smallest curvature.
        largest: largest one.
        points: how many, evenly spaced in the logarithm.
        spread: S; the gradient covariance is its square.
        examples: N.
        steps: T.
        lr: learning rate.
        trials: training sets.
        seed: seed of the sets.
        device: must be ``"cpu"``.
    """
    import numpy as np
    import torch

    from lrtheory.diagrams.counting.schedules import full_batch
    from lrtheory.diagrams.measures.runs import trained_losses
    from lrtheory.diagrams.models.swing import mean_estimation
    from lrtheory.seeds import generator

    curvature = np.geomspace(smallest, largest, points)
    excess, gap = np.empty((points, 2)), np.empty((points, 2))
    start = torch.zeros(1, dtype=torch.float64)
    for place, h in enumerate(progress(curvature, "curvatures")):
        run = trained_losses(
            mean_estimation(float(h), spread), start, full_batch(examples, steps), lr=lr, trials=trials,
            generator=generator(seed, "sets", place),
        )
        excess[place] = run.test.value, run.test.stderr
        gap[place] = run.gap.value, run.gap.stderr
    return {"curvature": curvature, "excess": excess, "gap": gap}


@experiment(version=1, dtype="float64", smoke={"trials": 500, "points": 6})
def tuned_models(
    *, smallest: float = 1e-3, largest: float = 4.0, points: int = 25,
    distances: tuple[float, ...] = (0.0, 10.0), spread: float = 10.0, examples: int = 10, steps: int = 100,
    lr: float = 0.01, trials: int = 20_000, seed: int = 0, device: str = "cpu",
) -> dict[str, Any]:
    """Excess test loss of plain descent and of descent with a tuned l2 penalty, on the same training sets.

    Args:
        smallest: smallest curvature.
        largest: largest one.
        points: how many, evenly spaced in the logarithm.
        distances: of the true mean from the start.
        spread: S; the gradient covariance is its square.
        examples: N.
        steps: T.
        lr: learning rate.
        trials: training sets.
        seed: seed of the sets.
        device: must be ``"cpu"``.
    """
    import numpy as np

    from lrtheory.diagrams.measures.model_selection import Stabilized, Takeuchi, tuned_excess
    from lrtheory.seeds import generator

    criteria = (None, Takeuchi(spread**2, examples), Stabilized(spread**2, examples, lr * steps))
    curvature = np.geomspace(smallest, largest, points)
    excess = np.empty((len(distances), len(TUNERS), points, 2))
    strength = np.empty((len(distances), len(TUNERS), points))
    for i, distance in enumerate(progress(distances, "distances")):
        for j, criterion in enumerate(criteria):
            for k, h in enumerate(curvature):
                found = tuned_excess(
                    criterion, curvature=float(h), spread=spread, distance=distance, examples=examples,
                    steps=steps, lr=lr, trials=trials, generator=generator(seed, "sets", k),
                )
                excess[i, j, k] = found.excess.value, found.excess.stderr
                strength[i, j, k] = found.regularization
    return {"curvature": curvature, "distance": np.array(distances), "excess": excess, "strength": strength}


def fashion_pair(one: str, other: str) -> LinearModel:
    """Logistic regression of two kinds of clothes: 200 images, 7 x 7 pixels and a bias, of length about 1."""
    import numpy as np
    import torch

    from lrtheory.data import fashion_mnist_subset
    from lrtheory.data.images import FASHION_CLASSES
    from lrtheory.diagrams.models.linear_models import LinearModel

    images = fashion_mnist_subset()  # type: ignore[operator]
    kinds = [FASHION_CLASSES.index(name) for name in (one, other)]
    chosen = np.isin(images.y_train, kinds)
    small = images.x_train[chosen].reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)) / 255
    features = np.hstack([small.reshape(len(small), -1), np.ones((len(small), 1))])
    features /= np.sqrt((features**2).sum(axis=1).mean())
    targets = np.where(images.y_train[chosen] == kinds[0], 1.0, -1.0)
    return LinearModel(torch.from_numpy(features), torch.from_numpy(targets))


def random_start(pair: tuple[str, str], number: int, seed: int) -> torch.Tensor:
    """Starting weights of a pair of clothes: standard normal."""
    import torch

    from lrtheory.seeds import generator

    stream = generator(seed, "start", *pair, number)
    return torch.randn(50, generator=stream, dtype=torch.float64)


def drawn_sets(
    model: LinearModel, examples: int, trials: int, seed: int, stream: tuple[str | int, ...]
) -> list[TrainingSet]:
    """Training sets drawn with replacement, a thousand together."""
    from lrtheory.diagrams.models.training_sets import Atoms, TrainingSet
    from lrtheory.seeds import generator

    numbers, source = generator(seed, "sets", *stream), Atoms(model)
    counts = [min(1000, trials - begun) for begun in range(0, trials, 1000)]
    return [TrainingSet(source, source.draw((count, examples), numbers)) for count in counts]


def epoch_losses(data: TrainingSet, theta: torch.Tensor, *, lr: float, epochs: int) -> torch.Tensor:
    """Test loss after passes in the order of each set, averaged with that of the reverse, shape (trials,)."""
    import torch

    from lrtheory.descent import GradientDescent, descend

    losses = []
    for order in (torch.arange(data.examples), torch.arange(data.examples).flip(0)):
        batches = (one[None] for _ in range(epochs) for one in order)
        steps = epochs * data.examples
        run = descend(GradientDescent(lr), data, theta, steps=steps, batches=batches, keep_theta=False)
        losses.append(data.source.loss(run.final))
    return (losses[0] + losses[1]) / 2


def _mean(differences: torch.Tensor) -> tuple[float, float]:
    return float(differences.mean()), float(differences.std() / len(differences) ** 0.5)
