"""A matrix of rates that is none is refused by everything that takes one."""

import math

import pytest
import torch

from lrtheory.diagrams import (
    Diagram,
    LinearModel,
    drawn_cells,
    gram_values,
    one_epoch,
    predict,
    probed_values,
    resummed_terms,
    stationary_terms,
)
from lrtheory.diagrams.values.algebra import check_metric
from lrtheory.diagrams.values.diagram_values import derivatives_of, diagram_values
from lrtheory.seeds import generator

MODEL = LinearModel(
    torch.tensor([[1.0, 0.5], [0.2, -1.0], [0.3, 2.0]], dtype=torch.float64),
    torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64),
)
POINT = torch.tensor([0.1, -0.2], dtype=torch.float64)
TREE = [Diagram.parse("(0-1-2)(01-12)")]


def metric(*rows, dtype=torch.float64):
    return torch.tensor(rows, dtype=dtype)


BAD = {
    "asymmetric": (metric((1.0, 0.5), (0.0, 1.0)), "finite and symmetric"),
    "indefinite": (metric((1.0, 2.0), (2.0, 1.0)), "no negative eigenvalue, got -1"),
    "negative": (metric((-1.0, 0.0), (0.0, 1.0)), "no negative eigenvalue, got -1"),
    "not a number": (metric((1.0, math.nan), (math.nan, 1.0)), "finite and symmetric"),
    "infinite": (metric((math.inf, 0.0), (0.0, 1.0)), "finite and symmetric"),
    "single": (metric((1.0, 0.0), (0.0, 1.0), dtype=torch.float32), "float64 tensor, got torch.float32"),
    "a list": ([[1.0, 0.0], [0.0, 1.0]], "float64 tensor, got list"),
    "too large": (torch.eye(3, dtype=torch.float64), r"shape \(2, 2\), got \(3, 3\)"),
    "a vector": (torch.ones(2, dtype=torch.float64), r"shape \(2, 2\), got \(2,\)"),
}
DOORS = {
    "predict": lambda given: predict(MODEL, POINT, one_epoch(2), order=1, lr_matrix=given),
    "diagram_values": lambda given: diagram_values(TREE, MODEL, POINT, lr_matrix=given),
    "gram_values": lambda given: gram_values(TREE, MODEL, POINT, lr_matrix=given),
    "resummed": lambda given: resummed_terms(
        derivatives_of(MODEL, POINT), one_epoch(2), lr=0.1, order=1, lr_matrix=given
    ),
    "stationary": lambda given: stationary_terms(
        derivatives_of(MODEL, POINT), lr=0.1, order=1, lr_matrix=given
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", BAD)
def test_a_matrix_that_is_no_metric_is_refused(kind, door):
    given, message = BAD[kind]
    with pytest.raises(ValueError, match=f"lr_matrix must .*{message}"):
        DOORS[door](given)


REST, TURNED = metric((1.0, 0.0), (0.0, 0.0)), metric((2.0, 1.0), (1.0, 0.5))


@pytest.mark.parametrize("given", [None, torch.eye(2).double(), REST, TURNED])
def test_a_metric_is_taken_also_one_that_rests_in_a_direction(given):
    check_metric(given, 2)


def test_estimates_refuse_it_too():
    with pytest.raises(ValueError, match="lr_matrix must have no negative eigenvalue"):
        probed_values(TREE, MODEL, POINT, probes=2, generator=generator(0), lr_matrix=BAD["negative"][0])


@pytest.mark.parametrize("order", [(0, 1, 1), (0, 1), (1, 2, 3), (0, 1, 2, 3), (0.5, 1, 2)])
def test_an_order_that_is_no_permutation_is_refused(order):
    message = r"each order must be a permutation of 0 to 2, got|orders\[1\]\[\d\] must be a whole"
    with pytest.raises(ValueError, match=message):
        drawn_cells(3, [(2, 0, 1), order])


@pytest.mark.parametrize(
    ("features", "targets", "message"),
    [
        (torch.ones(2, 2), torch.tensor([1.0, -1.0]), "features must be float64, .* got torch.float32"),
        (torch.ones(0, 2).double(), torch.ones(0), "of one example or more"),
        (torch.tensor([[math.nan, 1.0]]).double(), torch.ones(1), "features.* must be finite"),
    ],
)
def test_data_that_are_none_are_refused(features, targets, message):
    with pytest.raises(ValueError, match=message):
        LinearModel(features, targets)
