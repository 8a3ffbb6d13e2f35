"""What has been learned: accuracy on each pattern alone and on both, losses by group, margins and modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from lrtheory.learning_order.models.pq import PQExamples, q_points
from lrtheory.learning_order.models.two_block import TwoBlockTask


class ByPart(NamedTuple):
    """A number for examples with P alone, Q alone, and both; each of shape (*E,)."""

    p_only: Tensor
    q_only: Tensor
    both: Tensor


@dataclass(frozen=True)
class QModes:
    """Three outputs of the block that sees x2, in the directions in which they move.

    Attributes:
        second_difference: g0 - (g+ + g-) / 2, the part of Q that no linear function makes; shape (*E,).
        odd: (g+ - g-) / 2, noise of the start that fades slowly.
        linear: (2 g0 + g+ + g-) / 4, the stiff one that limits the rate.
        margins: y_k g_k, shape (*E, 3).
    """

    second_difference: Tensor
    odd: Tensor
    linear: Tensor
    margins: Tensor


def q_outputs(task: TwoBlockTask, theta: Tensor) -> Tensor:
    """Outputs g of the block that sees x2 at z, z + zeta, z - zeta, shape (*E, 3), of weights (*E, dim).

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import Blocks, PQDistribution
        >>> kinds = PQDistribution(2, p_only=0.0, q_only=0.0, r=0.5)
        >>> data = kinds.sample(100, generator=generator(0, "data"))
        >>> task = TwoBlockTask(data, Blocks(torch.ones(1), torch.ones(1)))
        >>> q_outputs(task, torch.tensor([0.0, 0.0, 1.0, 1.0])).tolist()  # 1, 1 + r, 1 - r
        [1.0, 1.5, 0.5]

    Cost: three points, whatever the number of examples.

    See Also:
        `p_outputs`, of the other block.
    """
    points = q_points(task.examples.r).to(theta)
    g: Tensor = (points @ task.blocks(theta).q.mT).relu() @ task.second.q.to(theta)
    return g


def p_outputs(task: TwoBlockTask, theta: Tensor, x1: Tensor) -> Tensor:
    """Outputs of the block that sees x1, shape (*E, n).

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import Blocks, PQDistribution
        >>> kinds = PQDistribution(2, p_only=0.0, q_only=0.0, r=0.5)
        >>> data = kinds.sample(100, generator=generator(0, "data"))
        >>> task = TwoBlockTask(data, Blocks(torch.ones(1), torch.ones(1)))
        >>> x1 = torch.tensor([[3.0, 4.0], [-3.0, 0.0]])
        >>> p_outputs(task, torch.tensor([1.0, 0.5, 0.0, 0.0]), x1).tolist()  # relu(3 + 4 / 2), relu(-3)
        [5.0, 0.0]

    Cost: n m_W d products.

    See Also:
        `q_outputs`, of the other block.
    """
    f: Tensor = (x1.to(theta) @ task.blocks(theta).p.mT).relu() @ task.second.p.to(theta)
    return f


def q_modes(outputs: Tensor) -> QModes:
    """Modes of the outputs g at the three points, shape (*E, 3).

    Example:
        >>> found = q_modes(torch.tensor([1.0, -1.0, -1.0]))  # right at all three points
        >>> float(found.second_difference), float(found.odd), found.margins.tolist()
        (2.0, 0.0, [1.0, 1.0, 1.0])

    See Also:
        `second_difference`, the same of a kernel.
    """
    g0, above, below = outputs.unbind(-1)
    signs = outputs.new_tensor([1.0, -1.0, -1.0])
    curved, odd, linear = g0 - (above + below) / 2, (above - below) / 2, (2 * g0 + above + below) / 4
    return QModes(curved, odd, linear, signs * outputs)


def q_accuracy(outputs: Tensor) -> Tensor:
    """Accuracy on examples with Q alone, exactly, of the outputs g; shape (*E,). Labels are fair.

    NaN where an output is NaN.

    Example:
        >>> right, linear = [1.0, -1.0, -1.0], [1.0, 1.0, -1.0]  # no linear function gets more than 3/4
        >>> q_accuracy(torch.tensor([right, linear])).tolist()
        [1.0, 0.75]
    """
    right = outputs * outputs.new_tensor([1.0, -1.0, -1.0]) > 0
    found = (right * outputs.new_tensor([0.5, 0.25, 0.25])).sum(-1)
    return torch.where(outputs.isnan().any(-1), torch.nan, found)


def checked_test(task: TwoBlockTask, test: PQExamples) -> PQExamples:
    """Test examples, if all of them carry both patterns and are of the kind that the task is made of.

    Raises:
        ValueError: examples with one pattern, another dimension, another r.
    """
    lacking = int((test.groups != 2).sum())
    if lacking:
        raise ValueError(
            f"test must hold examples with both patterns, got {lacking} of {len(test)} with one; draw them "
            "with fresh_examples or sample_group(\"both\", ...)"
        )
    kinds = [(each.x1.shape[1], each.r) for each in (task.examples, test)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"test must have d, r = {kinds[0]} as the training examples have, got {kinds[1]}")
    return test


def component_accuracies(task: TwoBlockTask, theta: Tensor, test: PQExamples) -> ByPart:
    """Accuracy on each pattern alone and on both.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import Blocks, PQDistribution
        >>> kinds = PQDistribution(2, p_only=0.0, q_only=0.0, r=0.5)
        >>> data = kinds.sample(100, generator=generator(0, "data"))
        >>> task = TwoBlockTask(data, Blocks(torch.tensor([1.0, -1.0]), torch.ones(1)))
        >>> theta = torch.tensor([1.0, 0.0, -1.0, 0.0, 0.0, 0.0])  # f = x1 . w; nothing on Q
        >>> [float(each) for each in component_accuracies(task, theta, data)]
        [1.0, 0.0, 1.0]

    Args:
        task: the network.
        theta: weights, shape (*E, dim).
        test: fresh examples with both patterns; for P alone their x1 is taken by itself.

    Returns:
        Accuracies; that on Q alone is exact. NaN at weights that are not finite.

    Raises:
        ValueError: test examples with one pattern only, of another dimension, or of another r.

    Cost: one pass of the first block over the test examples; the second sees three points.

    See Also:
        `component_losses`, of the training examples by group.
    """
    test = checked_test(task, test)
    return accuracies(test, p_outputs(task, theta, test.x1), q_outputs(task, theta))


def accuracies(test: PQExamples, p: Tensor, g: Tensor) -> ByPart:
    """Accuracies by part, of outputs p of the first block, shape (*E, n), and g of the second, (*E, 3)."""
    y, q = test.labels.to(p), test.alpha.to(p) * g[..., test.patterns]
    right = [torch.where(f.isnan().any(-1), torch.nan, (y * f > 0).to(p).mean(-1)) for f in (p, p + q)]
    return ByPart(right[0], q_accuracy(g), right[1])


def component_losses(task: TwoBlockTask, theta: Tensor) -> ByPart:
    """Mean train loss of each group, shape (*E,); NaN where a group is empty.

    Example:
        >>> from lrtheory import generator
        >>> from lrtheory.learning_order import Blocks, PQDistribution
        >>> kinds = PQDistribution(2, p_only=0.3, q_only=0.3, r=0.5)
        >>> data = kinds.sample(100, generator=generator(0, "data"))
        >>> task = TwoBlockTask(data, Blocks(torch.ones(1), torch.ones(1)))
        >>> [round(float(each), 4) for each in component_losses(task, torch.zeros(4))]  # log 2
        [0.6931, 0.6931, 0.6931]

    Cost: one forward pass over the training examples.

    See Also:
        `component_accuracies`, on fresh examples.
    """
    losses = task.losses(task.outputs(theta))
    groups = task.examples.groups
    return ByPart(*(losses[..., groups == group].mean(-1) for group in range(3)))


def first_step(steps: Tensor, reached: Tensor) -> Tensor:
    """First of the recorded steps at which something is so, NaN where it never is.

    Example:
        >>> losses = torch.tensor([[0.7, 0.7], [0.3, 0.6], [0.1, 0.5]])
        >>> first_step(torch.tensor([0, 10, 20]), losses <= 0.4).tolist()
        [10.0, nan]

    Args:
        steps: shape (n,).
        reached: shape (n, *E), bool.

    Raises:
        ValueError: numbers in place of bool.
    """
    if reached.dtype != torch.bool:
        raise ValueError(f"reached must be bool, got {reached.dtype}; compare first, as losses <= 0.4")
    found = steps[reached.long().argmax(0)].double()
    return torch.where(reached.any(0), found, torch.nan)
