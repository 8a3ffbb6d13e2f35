"""How many examples each pattern needs, against simulations, printed values and an enumeration."""

import itertools
import math

import pytest
import torch

from lrtheory.learning_order.theory.samples import (
    chance_of_all_patterns,
    examples_needed,
    mean_direction_accuracy,
)
from lrtheory.seeds import generator


def simulated(dim, count, repeats, name):
    """Accuracy of the mean direction, over repeats; test examples of the same law."""
    draw, found = generator(0, "samples", name), []
    for _ in range(repeats):
        x = torch.randn(count + 2000, dim, generator=draw, dtype=torch.float64) / math.sqrt(dim)
        x[:, 0] = x[:, 0].abs() + 1 / math.sqrt(dim)  # times the label, in a frame where w comes first
        found.append(float((x[count:] @ x[:count].mean(0) > 0).double().mean()))
    return sum(found) / repeats


@pytest.mark.parametrize(
    ("ratio", "accuracy"),
    [(0.02, 0.6742), (0.05, 0.7585), (0.1, 0.8333), (0.2, 0.9054), (0.5, 0.9721), (1.0, 0.9938)],
)
def test_printed_accuracies_and_a_simulation(ratio, accuracy):
    assert float(mean_direction_accuracy(ratio)) == pytest.approx(accuracy, abs=6e-5)
    found = simulated(200, round(200 * ratio), 40, str(ratio))
    assert found == pytest.approx(accuracy, abs=0.015)


def test_ends_and_shape_of_the_law():
    ratios = torch.tensor([[0.0, 1e-6], [0.3, 1e4]], dtype=torch.float64)
    found = mean_direction_accuracy(ratios)
    assert found.shape == (2, 2)
    assert float(found[1, 0]) == float(mean_direction_accuracy(0.3))
    assert float(found[0, 0]) == pytest.approx(0.5, abs=1e-14)
    slope = (1 + math.sqrt(2 / math.pi)) ** 2 / math.sqrt(2 * math.pi)
    assert float(found[0, 1]) - 0.5 == pytest.approx(slope * 1e-3, rel=1e-4)
    assert float(found[1, 1]) == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("accuracy", [0.51, 0.9, 0.999])
@pytest.mark.parametrize("dim", [1, 700])
def test_examples_needed_is_the_inverse(accuracy, dim):
    count = examples_needed(accuracy, dim)
    assert float(mean_direction_accuracy(count / dim)) == pytest.approx(accuracy, rel=1e-12)
    assert count / dim == pytest.approx(examples_needed(accuracy, 2 * dim) / (2 * dim), rel=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_the_chance_to_see_all_patterns_is_that_of_an_enumeration(count):
    shares = (0.5, 0.25, 0.25)
    total = sum(
        math.prod(shares[k] for k in drawn)
        for drawn in itertools.product(range(3), repeat=count)
        if len(set(drawn)) == 3
    )
    assert chance_of_all_patterns(count) == pytest.approx(total, abs=1e-15)


def test_six_and_a_third_examples_show_all_patterns_in_the_mean():
    mean = sum(1 - chance_of_all_patterns(count) for count in range(300))
    assert mean == pytest.approx(19 / 3, rel=1e-12)


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"examples_per_dim must lie in \[0, inf\), got -1"):
        mean_direction_accuracy(torch.tensor([0.1, -1.0]))
    for bad in (0.5, 1.0, math.nan):
        with pytest.raises(ValueError, match=r"accuracy must lie in \(0.5, 1\).*1/2 needs no example"):
            examples_needed(bad, 10)
    with pytest.raises(ValueError, match="dim must be at least 1, got 0"):
        examples_needed(0.9, 0)
    with pytest.raises(ValueError, match="examples must be at least 0, got -1"):
        chance_of_all_patterns(-1)
