"""Values of diagrams on any population by automatic differentiation. Exact ones are in rational.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.crossing import rootings
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.models.populations import Population
from lrtheory.diagrams.values.algebra import Derivatives, PlainAlgebra, Root, check_metric
from lrtheory.diagrams.values.autodiff import AutodiffDerivatives
from lrtheory.diagrams.values.contraction import contract
from lrtheory.doors import whole

Observable = Callable[[Tensor], Tensor]  # weights (*E, d) -> number of each member (*E,)
_LARGEST_MESSAGE = 2**28  # numbers in one message: 2 GiB
_RUNS_AT_ONCE = 2**16  # members times examples under one gradient


def diagram_value(
    diagram: Diagram,
    population: Population,
    theta: Tensor,
    *,
    lr_matrix: Tensor | None = None,
    observable: Observable | None = None,
    members: int | None = None,
) -> float:
    """Value of one diagram: see `diagram_values`, which is faster for many.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, minimum
        >>> f, at = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), torch.ones(1, dtype=torch.float64)
        >>> diagram_value(enumerate_diagrams(1)[0], f, at)  # G^2
        4.0
    """
    values = diagram_values(
        [diagram], population, theta, lr_matrix=lr_matrix, observable=observable, members=members
    )
    return float(values[0])


def diagram_values(
    diagrams: Sequence[Diagram],
    population: Population,
    theta: Tensor,
    *,
    lr_matrix: Tensor | None = None,
    observable: Observable | None = None,
    members: int | None = None,
) -> Tensor:
    """Values of diagrams on a finite population, exact up to rounding, without sign, |Aut| and lr.

    Each node is a gradient of directional derivatives of the loss along what its children sent; no tensor
    with more than one weight index is ever made. Diagrams that differ by their root only are done once, in
    their cheapest rooting, and equal subtrees are shared.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams, minimum
        >>> f, at = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), torch.ones(1, dtype=torch.float64)
        >>> diagram_values(enumerate_diagrams(2), f, at).tolist()  # H C, G H G, 0 (constant noise), G H G
        [2.0, 8.0, 0.0, 8.0]

    Args:
        diagrams: of any orders, without fresh noise; the root may be tied.
        population: K losses of d weights. One with its own ``derivatives(theta)``, such as `LinearModel`,
            is differentiated in closed form.
        theta: start, shape (d,), float64.
        lr_matrix: relative rate of the directions, shape (d, d), symmetric; None for the identity.
        observable: what stands at the root, weights (*E, d) to (*E,); None for the loss.
        members: members of an ensemble that are differentiated at once; with the mean loss each of them
            runs all K examples, so lower it when memory is short. None for 65,536 / K, at least one.

    Raises:
        ValueError: theta not float64 of shape (d,), a metric that does not fit, fresh noise, a tied root
            with an observable of its own, or a message of more than 2^28 numbers.

    Cost: gradients of single examples, K for each gradient of the mean loss; a diagram takes at most about
    K^(1 + a) of them, with a the number of ties that are open at once (order 3 has a <= 1 for the test loss).
    Memory is K^a d numbers for a message and ``members`` differentiated copies of the model.

    Source: tenka2020 (values); gradients of gradients along messages are ours.
    """
    _check_point(population, theta, lr_matrix)
    root = None if observable is None else _derivative_of(observable, theta)
    if members is not None:
        whole("members", members, least=1)
    chunk = members or max(1, _RUNS_AT_ONCE // len(population.probabilities))
    algebra = PlainAlgebra(derivatives_of(population, theta, members=chunk), lr_matrix, root)
    memory: dict[object, Tensor] = {}
    found: dict[Diagram, Tensor] = {}
    values = []
    for diagram in diagrams:
        _check_diagram(diagram, observable)
        rooted = diagram if observable is not None else cheapest_rooting(diagram)
        if rooted not in found:
            _check_memory(rooted, len(population.probabilities), population.dim)
            found[rooted] = contract(rooted, algebra, memory).to(theta)
        values.append(found[rooted])
    return torch.stack(values) if values else theta.new_zeros(0)


def derivatives_of(population: Population, theta: Tensor, *, members: int = 512) -> Derivatives:
    """A population's own directional derivatives at theta if it has them, or automatic ones.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> one = torch.ones(1, dtype=torch.float64)
        >>> here = derivatives_of(minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5]), one)
        >>> here.mean([]).tolist(), here.mean([one]).tolist()  # G, and H along a direction
        ([2.0], [2.0])
    """
    own: Any = getattr(population, "derivatives", None)
    if own is not None:
        known: Derivatives = own(theta)
        return known
    return AutodiffDerivatives(population, theta, members=members)


@cache
def cheapest_rooting(diagram: Diagram) -> Diagram:
    """The rooting of a test or train diagram whose contraction has the fewest gradients to take.

    Diagrams with one value have one cheapest rooting.

    Source: ours.
    """
    return min(rootings(diagram, tied=True), key=lambda rooted: (_work(rooted), rooted))


def _work(diagram: Diagram, population: int = 1000) -> int:
    """Gradients of single examples to take: each node for every member of the axes that arrive there."""
    total = 0
    for node, children in enumerate(diagram.children):
        arriving = {part for child in children[node == 0 :] for part in _open_parts(diagram, child)}
        total += (len(children) + 1) * population ** (1 + len(arriving))  # a mean is taken even where tied
    return total


def _open_parts(diagram: Diagram, node: int) -> set[int]:
    """Parts with nodes both in the subtree below a node, itself included, and outside it."""
    below = _subtree(diagram, node)
    return {diagram.parts[n] for n in below} & {p for n, p in enumerate(diagram.parts) if n not in below}


def _subtree(diagram: Diagram, node: int) -> set[int]:
    return {node}.union(*(_subtree(diagram, child) for child in diagram.children[node]))


def _derivative_of(observable: Observable, theta: Tensor) -> Root:
    """Derivative of an observable along all directions that arrive at the root."""

    def along(directions: Sequence[Tensor]) -> Tensor:
        shape = sum((direction[..., 0] for direction in directions), start=theta.new_zeros(())).shape
        point = theta.detach().expand(*shape, -1).clone().requires_grad_()
        with torch.enable_grad():
            number = observable(point)
            if not isinstance(number, Tensor) or number.shape != shape:
                got = tuple(number.shape) if isinstance(number, Tensor) else type(number).__name__
                raise ValueError(f"observable must give one number a member, shape {tuple(shape)}, got {got}")
            for direction in directions:
                if not number.requires_grad:
                    return torch.zeros(shape).to(theta)
                (slope,) = torch.autograd.grad(number.sum(), point, create_graph=True, materialize_grads=True)
                number = (slope * direction).sum(dim=-1)
        return number.detach()

    return along


def _check_point(population: Population, theta: Tensor, lr_matrix: Tensor | None) -> None:
    if theta.dtype != torch.float64 or theta.shape != (population.dim,):
        raise ValueError(
            f"theta must be float64 of shape ({population.dim},), got {theta.dtype} {tuple(theta.shape)}: "
            "values are differences of large numbers"
        )
    check_metric(lr_matrix, population.dim)


def check_no_fresh_noise(diagram: Diagram) -> None:
    """Refuse a diagram with ties by fresh noise, which a population of losses does not have.

    Raises:
        ValueError: the diagram has such ties.
    """
    if diagram.fresh:
        raise ValueError(f"a population has no fresh noise: use exact_value for {diagram}")


def _check_diagram(diagram: Diagram, observable: Observable | None) -> None:
    check_no_fresh_noise(diagram)
    if diagram.root_tied and observable is not None:
        raise ValueError(f"a tied root is an example's loss, not an observable of its own: {diagram}")


def _check_memory(diagram: Diagram, examples: int, dim: int) -> None:
    widest = max(len(_open_parts(diagram, node)) for node in range(len(diagram.parents)))
    numbers = examples**widest * dim
    if numbers > _LARGEST_MESSAGE:
        raise ValueError(
            f"diagram {diagram} has {widest} ties open at once, a message of {numbers:,} numbers for "
            f"{examples} examples and {dim} weights, the limit is {_LARGEST_MESSAGE:,}: use sampled_values"
        )
