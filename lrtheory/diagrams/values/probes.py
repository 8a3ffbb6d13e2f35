"""Estimates of diagrams from random weights of all examples; no gradient of a single example is taken."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.cumulants import Node, labeled_tree
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.values.algebra import check_metric
from lrtheory.diagrams.values.diagram_values import cheapest_rooting, check_no_fresh_noise
from lrtheory.diagrams.values.nested_loss import LabeledTrees, NestedLoss
from lrtheory.measure import Estimate, mean_and_stderr

_LARGEST_TIE = 3


def probed_values(
    diagrams: Sequence[Diagram],
    population: Population,
    theta: Tensor,
    *,
    probes: int,
    generator: torch.Generator,
    lr_matrix: Tensor | None = None,
) -> tuple[Estimate, ...]:
    """Unbiased estimates of values from random weights of the examples, with standard errors.

    A part of m nodes is the sum over the examples of p times the product of m centered losses. With
    independent random weights s of mean zero and E[s^m] = 1, the losses sum of s p^(1/m) (l_x - l), one in
    each node, have that mean: for m = 2 random signs, for m = 3 a skewed coin. A probe is a few gradients
    of weighted losses over the whole population, shared by the diagrams: C:H takes 3, the six values that
    one epoch of single examples has at order 3 take 12.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.diagrams import enumerate_diagrams, minimum
        >>> f, at = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), torch.ones(1, dtype=torch.float64)
        >>> found = probed_values(enumerate_diagrams(1), f, at, probes=2, generator=generator(0, "probes"))
        >>> round(found[0].value, 6), round(found[0].stderr, 6)  # G^2: no tie, no error
        (4.0, 0.0)

    Args:
        diagrams: of test or train type, without fresh noise, no part of more than three nodes.
        population: K losses of d weights; its ``losses(theta)`` is used where it has one.
        theta: where the values are wanted, shape (d,), float64.
        probes: independent probes, >= 2.
        generator: source of the random weights.
        lr_matrix: relative rate of the directions, shape (d, d), symmetric; None for the identity.

    Returns:
        One estimate for each diagram; those of one call share their probes.

    Raises:
        ValueError: fewer than two probes, a part of more than three nodes, or fresh noise.

    See also: sampled_values, from batches; diagram_values, exact.

    Source: tenka2020 (estimates at a constant factor over a gradient); the skewed coin is ours.
    """
    if probes < 2:
        raise ValueError(f"a standard error needs at least 2 probes, got {probes}")
    labels = [_labels(diagram) for diagram in diagrams]
    names = sorted({label for each in labels for label in each if label != _MEAN})
    count = len(population.probabilities)
    rows = []
    for _ in range(probes):
        coins = {name: random_weights(count, name[0], generator=generator) for name in names}
        rows.append(values_from_weights(diagrams, population, theta, coins, lr_matrix=lr_matrix))
    return tuple(mean_and_stderr(column.cpu().numpy()) for column in torch.stack(rows, dim=1))


def values_from_weights(
    diagrams: Sequence[Diagram],
    population: Population,
    theta: Tensor,
    coins: dict[tuple[int, int], Tensor],
    *,
    lr_matrix: Tensor | None = None,
) -> Tensor:
    """One unbiased estimate of each value from given random weights.

    Args:
        diagrams: of test or train type, without fresh noise, no part of more than three nodes.
        population: K losses of d weights.
        theta: shape (d,), float64.
        coins: random weights (K,), independent of each other, for (m, i): part number i, from 0, of those
            with m nodes in a diagram; of mean zero with E[s^m] = 1.
        lr_matrix: relative rate of the directions, shape (d, d), symmetric; None for the identity.

    Returns:
        Estimates, shape (diagrams,).

    Source: ours.
    """
    check_metric(lr_matrix, population.dim)
    point = theta.detach().clone().requires_grad_()
    p = population.probabilities.to(theta)
    with torch.enable_grad():
        losses = _losses(population, point)
        known: dict[object, NestedLoss] = {_MEAN: NestedLoss(losses @ p, point)}
        for (size, number), coin in coins.items():
            weights = coin.to(theta) * p ** (1 / size)
            known[size, number] = NestedLoss(losses @ (weights - weights.sum() * p), point)
    trees = LabeledTrees(known, lr_matrix)
    trees_of = [_tree(cheapest_rooting(diagram)) for diagram in diagrams]
    for tree in sorted(trees_of, key=_widest, reverse=True):
        trees.number(tree)  # high derivatives first: they keep the graphs that lower ones share
    values = [trees.number(tree) for tree in trees_of]
    return torch.stack(values) if values else theta.new_zeros(0)


def random_weights(count: int, size: int, *, generator: torch.Generator) -> Tensor:
    """Independent random weights s with mean zero and E[s^size] = 1, shape (count,), float64.

    Args:
        count: number of weights.
        size: 2 for random signs; 3 for a coin that is 2 c with probability 1/3 and -c otherwise, 2 c^3 = 1.
        generator: source of the draws.
    """
    coin = torch.rand(count, dtype=torch.float64, generator=generator, device=generator.device)
    values, chance = probe_coin(size)
    return torch.where(coin < chance, values[0], values[1])


def probe_coin(size: int) -> tuple[tuple[float, float], float]:
    """The two values of the coin for parts of a size, and the probability of the first."""
    low = 2 ** (-1 / 3)
    return ((1.0, -1.0), 1 / 2) if size == 2 else ((2 * low, -low), 1 / 3)


_MEAN = (0, 0)


def _labels(diagram: Diagram) -> list[tuple[int, int]]:
    """For each node, the size of its part and its number among the parts of that size; (0, 0) if untied."""
    check_no_fresh_noise(diagram)
    labels, met = [_MEAN] * len(diagram.parents), dict.fromkeys(range(2, _LARGEST_TIE + 1), 0)
    for part in diagram.ties:
        size = len(part)
        if size > _LARGEST_TIE:
            raise ValueError(
                f"a probe estimates parts of at most {_LARGEST_TIE} nodes, {diagram} has one of {size}: its "
                "cumulant is not a moment of centered losses; use sampled_values"
            )
        for node in part:
            labels[node] = (size, met[size])
        met[size] += 1
    return labels


def _tree(diagram: Diagram) -> Node:
    return labeled_tree(diagram, _labels(diagram))


def _widest(tree: Node) -> int:
    """Largest number of children of a node."""
    _, below = tree
    return max([len(below), *map(_widest, below)])


def _losses(population: Population, theta: Tensor) -> Tensor:
    """Losses of all examples at one point, shape (K,), with their graph."""
    own = getattr(population, "losses", None)
    if own is not None:
        known: Tensor = own(theta)
        return known
    numbers = torch.arange(len(population.probabilities), device=theta.device)
    return population.example_loss(theta.expand(len(numbers), -1), numbers)
