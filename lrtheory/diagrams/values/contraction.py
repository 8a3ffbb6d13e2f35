"""Walks a diagram from its leaves to its root, contracting derivatives on the way.

What a node and an edge are worth is an `Algebra`'s to say; they are in algebra.py and series/resummed.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import set_partitions
from lrtheory.diagrams.values.algebra import Algebra, Place

Label = tuple[str, int]  # ("row", part) or ("example", block): what a leading axis runs over


@dataclass(frozen=True)
class _Message:
    labels: tuple[Label, ...]  # one for each leading axis
    value: Tensor


def contract(diagram: Diagram, algebra: Algebra, memory: dict[object, Tensor] | None = None) -> Tensor:
    """Value of a diagram: cumulants of its parts, contracted along its edges.

    Tied losses are centered, so a part of two or three nodes is one product, and larger parts are the sum
    over their partitions into blocks of at least two that turns moments into cumulants.

    Args:
        diagram: what to walk.
        algebra: worth of nodes and edges; its tied nodes must be centered.
        memory: messages of subtrees already met, shared by the diagrams of one call.

    Returns:
        Number, a tensor without axes.

    Source: tenka2020 (values); the centered form and the walk are ours.
    """
    memory = {} if memory is None else memory
    total: Tensor | float = 0.0
    for sign, blocks in block_choices(diagram):
        walk = _Walk(diagram, blocks, algebra, memory)
        total = total + sign * walk.number()
    return torch.as_tensor(total)


@dataclass(frozen=True)
class _Walk:
    diagram: Diagram
    blocks: tuple[int, ...]  # block of every node, -1 for a node tied to nothing
    algebra: Algebra
    memory: dict[object, Tensor]

    def number(self) -> Tensor:
        arrived = [self._arrived(child, to_root=True) for child in self.diagram.children[0]]
        labels, directions = _aligned(arrived, self._labels(0))
        value = self.algebra.root(directions, self._place(0, labels), len(labels))
        for kind, _ in labels:
            value = self.algebra.close(value, 0, rows=kind == "row")
        return value

    def _arrived(self, node: int, *, to_root: bool) -> _Message:
        nodes = self._subtree(node)
        opened = self._opened(nodes)
        key = (to_root, self._key(node, nodes))
        if key not in self.memory:
            self.memory[key] = self.algebra.carried(self._sent(node, opened), to_root=to_root)
        return _Message(opened, self.memory[key])

    def _sent(self, node: int, opened: tuple[Label, ...]) -> Tensor:
        arrived = [self._arrived(child, to_root=False) for child in self.diagram.children[node]]
        labels, directions = _aligned(arrived, self._labels(node))
        value = self.algebra.node(directions, self._place(node, labels), len(labels))
        left = list(labels)
        for closed in [each for each in labels if each not in opened]:
            value = self.algebra.close(value, left.index(closed), rows=closed[0] == "row")
            left.remove(closed)
        return value.permute(*(left.index(each) for each in opened), *range(len(left), value.ndim))

    def _labels(self, node: int) -> tuple[Label, ...]:
        """Leading axes that a node needs: the example of its block, and the row of its part."""
        if self.blocks[node] < 0:
            return ()
        row: tuple[Label, ...] = (("row", self.diagram.parts[node]),) if self.algebra.has_rows else ()
        return (*row, ("example", self.blocks[node]))

    def _place(self, node: int, labels: tuple[Label, ...]) -> Place | None:
        own = self._labels(node)
        if not own:
            return None
        return Place(labels.index(own[-1]), labels.index(own[0]) if self.algebra.has_rows else None)

    def _subtree(self, node: int) -> tuple[int, ...]:
        below = [n for child in self.diagram.children[node] for n in self._subtree(child)]
        return (node, *below)

    def _opened(self, nodes: tuple[int, ...]) -> tuple[Label, ...]:
        """Axes of a subtree that nodes outside it need too, in order of appearance."""
        outside = {each for n in range(len(self.blocks)) if n not in nodes for each in self._labels(n)}
        met = dict.fromkeys(each for n in nodes for each in self._labels(n))
        return tuple(each for each in met if each in outside)

    def _key(self, node: int, nodes: tuple[int, ...]) -> object:
        """Subtree with its axes renamed in order of appearance: equal keys, equal messages."""
        opened = self._opened(nodes)
        names: dict[Label, tuple[int, bool]] = {}
        for n in nodes:
            for each in self._labels(n):
                names.setdefault(each, (len(names), each in opened))

        def shape(n: int) -> object:
            own = tuple(names[each] for each in self._labels(n))
            return (own, *(shape(child) for child in self.diagram.children[n]))

        return shape(node)


def _aligned(messages: Sequence[_Message], own: tuple[Label, ...]) -> tuple[tuple[Label, ...], list[Tensor]]:
    """Labels of all messages and of the node itself, and the messages with an axis for each of them."""
    labels = tuple(dict.fromkeys([each for message in messages for each in message.labels] + list(own)))
    aligned = []
    for message in messages:
        kept = [each for each in labels if each in message.labels]
        order = [message.labels.index(each) for each in kept]
        value = message.value.permute(*order, *range(len(kept), message.value.ndim))
        for place, each in enumerate(labels):
            if each not in message.labels:
                value = value.unsqueeze(place)
        aligned.append(value)
    return labels, aligned


def block_choices(diagram: Diagram) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Signed ways to cut every part into blocks of at least two nodes: the cumulants of centered losses."""
    parts = [part for part in diagram.members if len(part) > 1]
    for choice in product(*(_cuts(len(part)) for part in parts)):
        blocks, sign, used = [-1] * len(diagram.parents), 1, 0
        for part, labels in zip(parts, choice, strict=True):
            many = max(labels) + 1
            sign *= (-1) ** (many - 1) * math.factorial(many - 1)
            for node, label in zip(part, labels, strict=True):
                blocks[node] = used + label
            used += many
        yield sign, tuple(blocks)


def _cuts(size: int) -> list[tuple[int, ...]]:
    rows = [tuple(row) for row in set_partitions(size).tolist()]
    return [row for row in rows if all(row.count(label) > 1 for label in row)]
