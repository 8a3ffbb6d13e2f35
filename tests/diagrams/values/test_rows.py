"""The walk over a diagram whose tied nodes lie in rows, training examples: closed forms after one epoch."""

import pytest
import torch

from lrtheory.diagrams.counting.schedules import cells_of, full_batch, one_epoch
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.linear_models import LinearModel
from lrtheory.diagrams.series.resummed import TimedAlgebra
from lrtheory.diagrams.values.contraction import contract

FEATURES = torch.tensor([[1.0, 0.2], [-0.5, 1.0], [0.3, -1.2]], dtype=torch.float64)
START = torch.tensor([0.4, -0.7], dtype=torch.float64)


@pytest.mark.parametrize("examples", [1, 2, 4])
@pytest.mark.parametrize("lr", [0.1, 0.7])
def test_an_example_seen_once_lowers_its_own_loss_by_the_trace_of_the_covariance(examples, lr):
    """In one step on N examples by lr tr(C) / N; step by step by the mean of tr((1 - lr H)^t C) lr."""
    model = LinearModel(FEATURES, torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64), link="squared")
    derivatives, chances = model.derivatives(START), model.probabilities
    slopes = torch.stack([derivatives.example([], torch.tensor(k)) for k in range(3)])
    covariance = (slopes.T * chances) @ slopes - torch.outer(chances @ slopes, chances @ slopes)
    shrink = torch.eye(2, dtype=torch.float64) - lr * torch.stack(
        [derivatives.mean([axis]) for axis in torch.eye(2, dtype=torch.float64)]
    )
    carried = sum(torch.linalg.matrix_power(shrink, t) for t in range(examples)) / examples
    truths = {
        full_batch(examples, 1): lr * float(covariance.trace()) / examples,
        one_epoch(examples): lr * float((carried @ covariance).trace()),
    }
    for schedule, truth in truths.items():
        algebra = TimedAlgebra(derivatives, cells_of(schedule), lr)
        found = float(contract(Diagram.parse("(01)(01)"), algebra))
        assert found == pytest.approx(truth, rel=1e-12)
