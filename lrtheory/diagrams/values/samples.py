"""Unbiased estimates of diagrams from batches. Estimates that weigh all examples are in probes.py."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.crossing import value_key
from lrtheory.diagrams.diagram.cumulants import labeled_tree, moments
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.values.algebra import check_metric
from lrtheory.diagrams.values.diagram_values import check_no_fresh_noise
from lrtheory.diagrams.values.nested_loss import LabeledTrees, NestedLoss
from lrtheory.measure import Estimate, mean_and_stderr


def sampled_values(
    diagrams: Sequence[Diagram],
    population: Population,
    theta: Tensor,
    *,
    batch_size: int,
    repetitions: int,
    generator: torch.Generator,
    lr_matrix: Tensor | None = None,
) -> tuple[Estimate, ...]:
    """Unbiased estimates of the values of diagrams from independent batches, with standard errors.

    Each repetition draws as many batches as the largest diagram has nodes. Its cost is a fixed number of
    batch gradients whatever the population and the number of weights; the variance grows with the size of
    the ties and falls with the repetitions.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.diagrams import enumerate_diagrams, minimum
        >>> f, at = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), torch.ones(1, dtype=torch.float64)
        >>> draws = {"batch_size": 50, "repetitions": 100, "generator": generator(0, "batches")}
        >>> (found,) = sampled_values(enumerate_diagrams(1), f, at, **draws)
        >>> abs(found.value - 4) < 3 * found.stderr < 0.2  # G^2 = 4
        True

    Args:
        diagrams: of test or train type, without fresh noise.
        population: losses of d weights; examples are drawn from it with replacement.
        theta: where the values are wanted, shape (d,), float64.
        batch_size: examples in each batch S, >= 1.
        repetitions: independent repetitions, >= 2.
        generator: source of the draws.
        lr_matrix: relative rate of the directions, shape (d, d), symmetric; None for the identity.

    Returns:
        One estimate for each diagram; those of one call share their batches.

    Raises:
        ValueError: batch_size below 1, or fewer than two repetitions.

    See also: probed_values, which weighs all examples and draws none.

    Source: tenka2020 (estimates at a constant factor over a gradient); cumulants of batch means are ours.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if repetitions < 2:
        raise ValueError(f"a standard error needs at least 2 repetitions, got {repetitions}")
    batches = max((len(diagram.parents) for diagram in diagrams), default=1)
    weights = population.probabilities.to(generator.device)
    rows = []
    for _ in range(repetitions):
        drawn = torch.multinomial(weights, batches * batch_size, replacement=True, generator=generator)
        split = list(drawn.to(theta.device).reshape(batches, batch_size))
        rows.append(values_from_batches(diagrams, population, theta, split, lr_matrix=lr_matrix))
    return tuple(mean_and_stderr(column.cpu().numpy()) for column in torch.stack(rows, dim=1))


def values_from_batches(
    diagrams: Sequence[Diagram],
    population: Population,
    theta: Tensor,
    batches: Sequence[Tensor],
    *,
    lr_matrix: Tensor | None = None,
) -> Tensor:
    """One unbiased estimate of each diagram's value from batches that were drawn independently.

    The joint cumulant of the means of a batch of S is S^(1 - m) times that of m single examples. So each
    node is given a batch's mean loss; a part's cumulant is a signed sum of moments in which blocks of
    nodes share a batch and different blocks have different ones, times S^(m - 1).

    Args:
        diagrams: of test or train type, without fresh noise.
        population: losses of d weights.
        theta: shape (d,), float64.
        batches: numbers of examples, independent draws, all of one size S; as many batches as the largest
            diagram has nodes.
        lr_matrix: relative rate of the directions, shape (d, d), symmetric; None for the identity.

    Returns:
        Estimates, shape (diagrams,).

    Raises:
        ValueError: too few batches, batches of different sizes, or fresh noise.

    Source: ours.
    """
    check_metric(lr_matrix, population.dim)
    largest = max((len(diagram.parents) for diagram in diagrams), default=1)
    if len(batches) < largest:
        raise ValueError(f"{largest} nodes need as many independent batches, got {len(batches)}")
    if len({batch.shape for batch in batches}) > 1:
        raise ValueError(f"batches must be of one size, got {[len(batch) for batch in batches]}")
    point = theta.detach().clone().requires_grad_()
    with torch.enable_grad():
        losses = [NestedLoss(population.loss(point, samples=batch), point) for batch in batches]
    trees = LabeledTrees(dict(enumerate(losses)), lr_matrix)
    values = [_estimate(value_key(diagram), trees, len(batches[0])) for diagram in diagrams]
    return torch.stack(values) if values else theta.new_zeros(0)


def _estimate(diagram: Diagram, trees: LabeledTrees, batch_size: int) -> Tensor:
    check_no_fresh_noise(diagram)
    total: Tensor | float = 0.0
    for sign, blocks in moments(diagram):
        labels: list[object] = [0] * len(diagram.parents)
        used = dict.fromkeys(diagram.parts, 0)
        for block in blocks:
            part = diagram.parts[block[0]]
            batch = diagram.members[part][used[part]]  # each part has as many batches as nodes
            used[part] += 1
            for node in block:
                labels[node] = batch
        total = total + sign * trees.number(labeled_tree(diagram, labels))
    ties = sum(len(part) - 1 for part in diagram.members)
    return torch.as_tensor(total * float(batch_size) ** ties)


def covariance_trace_gradient(
    population: Population, theta: Tensor, examples: Tensor, others: Tensor
) -> Tensor:
    """Unbiased estimate 2 Hess(l_x) (grad l_x - grad l_y) of the gradient of the trace of the covariance.

    Example:
        >>> from lrtheory.diagrams import LinearModel
        >>> f = LinearModel(torch.tensor([[0.0], [2.0]]).double(), torch.zeros(2).double(), link="squared")
        >>> x, y = torch.cartesian_prod(torch.arange(2), torch.arange(2)).T  # every pair of examples
        >>> float(covariance_trace_gradient(f, torch.ones(1).double(), x, y).mean())  # C = 4 theta^2
        8.0

    Args:
        population: losses of d weights.
        theta: shape (d,).
        examples: numbers of the examples x, shape (*E,).
        others: numbers of the examples y, shape (*E,), drawn independently of x.

    Returns:
        One estimate for each pair, shape (*E, d).

    Cost: two gradients and a Hessian-vector product of one example for each pair.

    Source: tenka2020 (corrected: the Hessian of the first loss was missing in print; ours).
    """
    points = theta.detach().expand(*examples.shape, -1).clone().requires_grad_()
    with torch.enable_grad():
        first = NestedLoss(population.example_loss(points, examples).sum(), points)
        second = NestedLoss(population.example_loss(points, others).sum(), points)
    return 2 * first.along([first.along([]) - second.along([])])
