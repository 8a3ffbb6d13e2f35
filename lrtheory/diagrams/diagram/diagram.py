"""A diagram: a rooted tree whose nodes may be tied; its name, symmetry and kind. Values are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.diagram.trees import automorphisms, canonical_order, children_of

_NAME = re.compile(r"\((?P<ties>[0-9*-]+)\)\((?P<edges>[0-9-]*)\)")
_LARGEST_NAME = 9  # a node is one digit in a name


@dataclass(frozen=True, order=True)
class Diagram:
    """A rooted tree with ties, in canonical form: two equal drawings are equal objects.

    The root is node 0 and stands for the observable at the end of the run; every other node is a visit of
    one training example at one step, and an edge says that the step at the child moved the weights at
    which the parent is evaluated. Nodes in one part (tied) are visits of the same example.

    Attributes:
        parents: parent of every node in preorder, brothers in ascending order of subtree; the root's is -1.
        parts: part of every node, counted in order of first appearance; the root's is 0.
        fresh: parts tied by noise drawn afresh at each visit: all their nodes lie in one cell of
            space-time, not only in one row.

    Source: tenka2020 (rooted trees with outlines); the ties by fresh noise are ours.
    """

    parents: tuple[int, ...]
    parts: tuple[int, ...]
    fresh: frozenset[int] = field(default=frozenset(), compare=True)

    def __post_init__(self) -> None:
        """Check the kinds: a canonical form itself is made by the other constructors.

        Raises:
            ValueError: no tuples of one length with a root in front.
        """
        tuples = isinstance(self.parents, tuple) and isinstance(self.parts, tuple)
        kinds = tuples and isinstance(self.fresh, frozenset)
        if not kinds or self.parents[:1] != (-1,) or len(self.parts) != len(self.parents):
            raise ValueError(
                f"parents and parts must be tuples of one length, parents[0] = -1, got {self.parents!r} and "
                f"{self.parts!r}; make a diagram with Diagram.of, Diagram.parse or enumerate_diagrams"
            )

    @classmethod
    def of(
        cls, parents: Iterable[int], parts: Iterable[int], *, fresh: Iterable[int] = ()
    ) -> Diagram:
        """Diagram from any numbering of its nodes and any labels of its parts.

        Args:
            parents: parent of every node; exactly one is -1, the root.
            parts: label of every node's part.
            fresh: labels of the parts tied by fresh noise.

        Raises:
            ValueError: not one tree, lengths that differ, or a fresh part that holds the root, a single
                node or nothing.
        """
        given, labels, noisy = tuple(parents), tuple(parts), set(fresh)
        _check_tree(given)
        if len(labels) != len(given):
            raise ValueError(f"parts must name the part of each of {len(given)} nodes, got {len(labels)}")
        for label in noisy:
            if labels.count(label) < 2 or labels[given.index(-1)] == label:
                raise ValueError(f"fresh noise must tie two nodes or more, never the root; got part {label}")
        tree, nodes = canonical_order(given)
        placed = np.array([[list(labels).index(labels[node]) for node in nodes]])
        noise = np.array([[labels[node] in noisy for node in nodes]])
        best = int(np.argmax(_codes(placed, noise, automorphisms(tree))[0]))
        order = automorphisms(tree)[best]
        firsts = first_members(placed[:, order])[0]
        rank = {first: number for number, first in enumerate(sorted(set(firsts.tolist())))}
        marked = frozenset(rank[int(first)] for first in firsts[noise[0, order]])
        return cls(tree, tuple(rank[int(first)] for first in firsts), marked)

    @classmethod
    def parse(cls, name: str) -> Diagram:
        """Diagram from its text name, e.g. ``"(01-2)(02-12)"``.

        The first bracket lists the parts, the second the edges; the largest number is the root. A star
        after a part marks fresh noise.

        Raises:
            ValueError: not a name of this form, or not a tree.
        """
        if not isinstance(name, str):
            raise ValueError(f"name must be text like '(01-2)(02-12)', got {type(name).__name__}")
        match = _NAME.fullmatch(name.replace(" ", ""))
        if match is None:
            raise ValueError(f"a diagram's name reads like '(01-2)(02-12)': parts, then edges; got {name!r}")
        ties = match["ties"].split("-")
        nodes = sorted(int(digit) for part in ties for digit in part.rstrip("*"))
        if nodes != list(range(len(nodes))):
            raise ValueError(f"the parts of a name must hold 0 to its largest number once each, got {name!r}")
        parts = [next(i for i, part in enumerate(ties) if str(node) in part) for node in nodes]
        parents = _rooted_at_largest(name, len(nodes), [edge for edge in match["edges"].split("-") if edge])
        return cls.of(parents, parts, fresh=[i for i, part in enumerate(ties) if part.endswith("*")])

    @property
    def order(self) -> int:
        """Number of edges: the power of the learning rate."""
        return len(self.parents) - 1

    @property
    def name(self) -> str:
        """Text name in the author's convention, e.g. ``(01-2)(02-12)``; the largest number is the root."""
        top = self.order
        if top > _LARGEST_NAME:
            raise ValueError(f"a diagram of order {top} has no text name: nodes are single digits, up to 9")
        members = [sorted(top - node for node in part) for part in self.members]
        stars = {label: "*" for label in self.fresh}
        ties = sorted((part, stars.get(label, "")) for label, part in enumerate(members))
        edges = sorted((top - node, top - up) for node, up in enumerate(self.parents) if up >= 0)
        written = "-".join("".join(map(str, part)) + star for part, star in ties)
        return f"({written})({'-'.join(f'{a}{b}' for a, b in edges)})"

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Children of every node."""
        return children_of(self.parents)

    @cached_property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """Nodes of every part."""
        labels = range(max(self.parts) + 1)
        return tuple(tuple(n for n, part in enumerate(self.parts) if part == label) for label in labels)

    @property
    def ties(self) -> tuple[tuple[int, ...], ...]:
        """Nodes of every part that ties two nodes or more."""
        return tuple(part for part in self.members if len(part) > 1)

    @cached_property
    def symmetries(self) -> NDArray[np.int8]:
        """Renumberings that leave tree and parts as they are, shape (|Aut|, nodes)."""
        group = automorphisms(self.parents)
        noise = np.array([[part in self.fresh for part in self.parts]])
        codes = _codes(np.array([self.parts]), noise, group)[0]
        return np.asarray(group[codes == codes[0]])

    @property
    def aut(self) -> int:
        """Number of symmetries |Aut|."""
        return len(self.symmetries)

    @property
    def root_tied(self) -> bool:
        """Whether the root shares its part: such diagrams make the difference of train and test loss."""
        return self.parts.count(0) > 1

    @property
    def links(self) -> tuple[int, ...]:
        """Links: nodes other than the root with exactly one child and no tie."""
        lone = (node for node in range(1, len(self.parents)) if self.parts.count(self.parts[node]) == 1)
        return tuple(node for node in lone if len(self.children[node]) == 1)

    @property
    def linkless(self) -> bool:
        """Whether no node is a link; only these enter the re-summed series."""
        return not self.links

    @cached_property
    def path_condition(self) -> bool:
        """Whether no node is tied to its ancestor, the root aside.

        Without it a diagram does not embed in one epoch of single examples. Through order three all others
        do; at order four one does not: two branches whose ties cross, each before the other.
        """
        for node in range(1, len(self.parents)):
            above = self.parents[node]
            while above > 0:
                if self.parts[above] == self.parts[node]:
                    return False
                above = self.parents[above]
        return True

    def __str__(self) -> str:
        return self.name


def first_members(labels: NDArray[np.int_]) -> NDArray[np.int_]:
    """For labels of shape (*E, n), the first place in a row that bears the same label, same shape."""
    return np.asarray(np.argmax(labels[..., :, None] == labels[..., None, :], axis=-1))


def _codes(labels: NDArray[np.int_], noise: NDArray[np.bool_], group: NDArray[np.int8]) -> NDArray[np.int64]:
    """One number for each tied tree and renumbering, shape (E, |Aut|): equal numbers, equal drawings."""
    nodes = labels.shape[-1]
    backward = group[:, ::-1]  # the order of the digits in a name
    digits = first_members(labels[:, backward]) * 2 + noise[:, backward]
    weights = (2 * nodes) ** np.arange(nodes - 1, -1, -1, dtype=np.int64)
    return np.asarray(digits @ weights)


def _check_tree(parents: tuple[int, ...]) -> None:
    nodes = len(parents)
    inside = all(-1 <= parent < nodes for parent in parents)
    if not inside or parents.count(-1) != 1:
        raise ValueError(f"parents must hold one -1 (the root) and nodes below {nodes}, got {parents}")
    for node in range(nodes):
        seen, here = set(), node
        while here >= 0:
            if here in seen:
                raise ValueError(f"parents must lead to the root, node {node} goes in a circle: {parents}")
            seen.add(here)
            here = parents[here]


def _rooted_at_largest(name: str, nodes: int, edges: list[str]) -> list[int]:
    """Parents when the edges of a name hang from its largest number."""
    if len(edges) != nodes - 1 or any(len(edge) != 2 for edge in edges):
        raise ValueError(f"a tree on {nodes} nodes has {nodes - 1} edges of two digits, got {name!r}")
    parents, ahead = {nodes - 1: -1}, [nodes - 1]
    while ahead:
        here = ahead.pop()
        for a, b in ((int(edge[0]), int(edge[1])) for edge in edges):
            for this, other in ((a, b), (b, a)):
                if this == here and other not in parents:
                    parents[other] = here
                    ahead.append(other)
    if sorted(parents) != list(range(nodes)):
        raise ValueError(f"the edges of a diagram must join all its nodes, got {name!r}")
    return [parents[node] for node in range(nodes)]
