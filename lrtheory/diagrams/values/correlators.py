"""Correlators of several quantities estimated from batch means, and the inversion that removes their bias."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product

from torch import Tensor

from lrtheory.diagrams.diagram.enumeration import set_partitions

Partition = tuple[int, ...]  # label of the class of each factor, in order of first appearance


def batch_product(samples: Tensor, partition: Sequence[int]) -> Tensor:
    """Product of batch means in which the factors of one class are averaged over one batch.

    Its mean is a mixture of correlators: a factor averaged over S examples meets the others of its class
    in the same example only once in S times.

    Args:
        samples: factor i on example s of batch b, shape (D, B, S, *E).
        partition: class of every factor, D labels; at most B classes.

    Returns:
        Number of each member, shape (*E,).

    Raises:
        ValueError: labels that do not fit, or fewer batches than classes.

    Source: tenka2020, the statistic of a partition.
    """
    labels = _checked(samples, partition)
    means = samples.mean(dim=2)
    return math.prod((means[factor, label] for factor, label in enumerate(labels)), start=means.new_ones(()))


def correlator(samples: Tensor, partition: Sequence[int]) -> Tensor:
    """Unbiased estimate of a correlator: product over the classes of the mean of the class's product.

    The bias of `batch_product` is a sum of correlators of finer partitions, which are estimated in turn.

    Example:
        >>> import torch
        >>> from lrtheory import generator
        >>> x = 1 + torch.randn((2, 3, 50_000), generator=generator(0, "draws"), dtype=torch.float64)
        >>> both = x.expand(2, -1, -1, -1)  # the same factor twice
        >>> [round(float(correlator(both, classes).mean()), 1) for classes in ((0, 0), (0, 1))]  # E x^2; E x
        [2.0, 1.0]

    Args:
        samples: factor i on example s of batch b, shape (D, B, S, *E), all examples independent; B must be
            at least D.
        partition: class of every factor, D labels.

    Returns:
        Number of each member, shape (*E,).

    Raises:
        ValueError: labels that do not fit, or fewer batches than factors.

    Cost: products of batch means for every finer partition, some of them many times: for a handful of
    factors.

    Source: tenka2020, the inversion formula (corrected: its example is true of the correlator, not of
        the statistic; ours).
    """
    labels = _checked(samples, partition)
    factors, batches, size = samples.shape[:3]
    if batches < factors:
        raise ValueError(f"{factors} factors need as many independent batches, got {batches}")
    total = float(size) ** (factors - _classes(labels)) * batch_product(samples, labels)
    for finer, pieces in _refinements(labels):
        if max(pieces) <= size:
            weight = math.prod(math.perm(size - 1, many - 1) for many in pieces)
            total = total - weight * correlator(samples, finer)
    return total


def mixture_of_correlators(partition: Sequence[int], batch_size: int) -> dict[Partition, int]:
    """Which correlators the mean of S^D times `batch_product` mixes, and how much of each.

    Args:
        partition: class of every factor.
        batch_size: examples in a batch S.

    Returns:
        Weight of the correlator of every partition that is finer or the same.

    Source: tenka2020, the mean of the statistic.
    """
    labels = _renamed(partition)
    same = (labels, (1,) * _classes(labels))
    weights = {
        finer: math.prod(math.perm(batch_size, many) for many in pieces)
        for finer, pieces in [same, *_refinements(labels)]
    }
    return {finer: weight for finer, weight in weights.items() if weight}


def _refinements(partition: Partition) -> Iterator[tuple[Partition, tuple[int, ...]]]:
    """Strictly finer partitions, each with the number of pieces that every class is cut into."""
    classes = [[i for i, label in enumerate(partition) if label == c] for c in range(_classes(partition))]
    for cuts in product(*(set_partitions(len(each)).tolist() for each in classes)):
        pieces = tuple(max(cut) + 1 for cut in cuts)
        if max(pieces) == 1:
            continue
        labels: list[tuple[int, int]] = [(0, 0)] * len(partition)
        for number, (members, cut) in enumerate(zip(classes, cuts, strict=True)):
            for member, piece in zip(members, cut, strict=True):
                labels[member] = (number, piece)
        yield _renamed(labels), pieces


def _renamed(labels: Sequence[object]) -> Partition:
    rank = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return tuple(rank[label] for label in labels)


def _classes(partition: Partition) -> int:
    return max(partition) + 1


def _checked(samples: Tensor, partition: Sequence[int]) -> Partition:
    if samples.ndim < 3:
        raise ValueError(f"samples must have shape (D, B, S, *E), got {tuple(samples.shape)}")
    if len(partition) != len(samples) or not len(partition):
        raise ValueError(f"partition must label each of {len(samples)} factors, got {len(partition)} labels")
    labels = _renamed(partition)
    if _classes(labels) > samples.shape[1]:
        raise ValueError(f"{_classes(labels)} classes need as many batches, got {samples.shape[1]}")
    return labels
