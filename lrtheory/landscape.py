"""What is descended: the `Landscape` protocol, its gradient and curvature, and flat weight vectors.

A landscape is any object with `dim` and `loss(theta, samples=None)`. No rule of descent lives here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class Landscape(Protocol):
    """A loss over weights; leading axes of the weights are an ensemble.

    A class of your own needs these two members and nothing else. If it also has
    ``gradient(theta, samples=None)``, that is used; otherwise the gradient comes from autograd.
    """

    @property
    def dim(self) -> int:
        """Number of weights d."""
        ...

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss of each member, shape (*E,), of weights of shape (*E, d).

        ``samples`` picks training examples by index (a batch); ``None`` means all of them.
        """
        ...


def gradient(landscape: Landscape, theta: Tensor, samples: Tensor | None = None) -> Tensor:
    """Gradient of the loss, member by member.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> gradient(Quadratic(torch.tensor([[3.0]])), torch.tensor([2.0])).tolist()
        [6.0]

    Args:
        landscape: what is descended; its own ``gradient`` is used where it has one.
        theta: weights, shape (*E, d).
        samples: indices of the examples in the batch, or None for all.

    Returns:
        Gradient, shape (*E, d), detached.

    Raises:
        ValueError: theta's last axis is not ``landscape.dim``, or the landscape's losses or gradient have
            another shape than they must.

    Cost: one evaluation of the loss and one pass backward, where the landscape has no gradient of its own.
    """
    checked_weights(landscape, theta)
    own = getattr(landscape, "gradient", None)
    if own is None:
        return autograd_gradient(landscape, theta, samples)
    result: Tensor = own(theta, samples)
    if result.shape != theta.shape:
        raise ValueError(
            f"gradient of {type(landscape).__name__} must have theta's shape {tuple(theta.shape)}, got "
            f"{tuple(result.shape)}"
        )
    return result


def autograd_gradient(landscape: Landscape, theta: Tensor, samples: Tensor | None = None) -> Tensor:
    """Gradient by automatic differentiation, shape (*E, d), even where the landscape has its own."""
    theta = theta.detach().requires_grad_()
    with torch.enable_grad():
        total = _losses(landscape, theta, samples).sum()
        (result,) = torch.autograd.grad(total, theta)
    return result


def hvp(landscape: Landscape, theta: Tensor, vector: Tensor, samples: Tensor | None = None) -> Tensor:
    """Hessian of the loss times a vector, member by member, by differentiating twice.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> hvp(Quadratic(torch.tensor([[3.0]])), torch.tensor([2.0]), torch.tensor([5.0])).tolist()
        [15.0]

    Args:
        landscape: what is descended.
        theta: weights, shape (*E, d).
        vector: directions, shape (*E, d).
        samples: indices of the examples in the batch, or None for all.

    Returns:
        Products, shape (*E, d), detached. Exact up to rounding wherever the loss is twice
        differentiable at theta.

    Raises:
        ValueError: theta's last axis is not ``landscape.dim`` or vector's shape differs from theta's.

    Cost: about two gradients; the Hessian is never made.
    """
    checked_weights(landscape, theta)
    if vector.shape != theta.shape:
        raise ValueError(f"vector must have theta's shape {tuple(theta.shape)}, got {tuple(vector.shape)}")
    theta = theta.detach().requires_grad_()
    with torch.enable_grad():
        total = _losses(landscape, theta, samples).sum()
        (slope,) = torch.autograd.grad(total, theta, create_graph=True)
        if not slope.requires_grad:  # the loss is linear: autograd has nothing left to differentiate
            return torch.zeros_like(theta)
        (result,) = torch.autograd.grad((slope * vector.detach()).sum(), theta, allow_unused=True)
    return torch.zeros_like(theta) if result is None else result.detach()


def _losses(landscape: Landscape, theta: Tensor, samples: Tensor | None) -> Tensor:
    """Losses of the members; a loss that mixes them, or adds axes, would have another gradient."""
    losses = landscape.loss(theta, samples)
    if losses.shape != theta.shape[:-1]:
        raise ValueError(
            f"loss of {type(landscape).__name__} must have shape {tuple(theta.shape[:-1])} for theta of "
            f"shape {tuple(theta.shape)}, got {tuple(losses.shape)}: one loss a member, as by .sum(-1)"
        )
    return losses


def checked_weights(landscape: Landscape, theta: Tensor, *, name: str = "theta") -> Tensor:
    """Return theta if it is float32 or float64, shape (*E, d) with d = ``landscape.dim``; raise otherwise."""
    if not isinstance(theta, Tensor) or not theta.is_floating_point():
        kind = theta.dtype if isinstance(theta, Tensor) else type(theta).__name__
        raise ValueError(
            f"{name} must be a floating-point tensor of shape (*E, {landscape.dim}), got {kind}; give "
            "torch.tensor(numbers, dtype=torch.float64)"
        )
    if theta.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name} must be float32 or float64, got {theta.dtype}; use {name}.double()")
    if theta.ndim == 0 or theta.shape[-1] != landscape.dim:
        raise ValueError(
            f"{name} must have shape (*E, {landscape.dim}), got {tuple(theta.shape)}; "
            f"the last axis holds the {landscape.dim} weight(s) of one member"
        )
    return theta


def pack(parts: Sequence[Tensor], *, ensemble_axes: int = 0) -> Tensor:
    """Flatten and join weight arrays into one vector a member.

    Example:
        >>> pack([torch.ones(2, 3), torch.zeros(4)]).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]

    Args:
        parts: arrays of shape (*E, *part) that share the ensemble axes E; where there are such axes, each
            part has at least one of its own, (*E, 1) for a single number.
        ensemble_axes: number of axes of E.

    Returns:
        Weights, shape (*E, d).

    Raises:
        ValueError: no part, or one without so many axes.
    """
    if not parts or min(part.ndim for part in parts) < ensemble_axes:
        shapes = [tuple(part.shape) for part in parts]
        raise ValueError(f"parts must be tensors of at least {ensemble_axes} axes, one or more, got {shapes}")
    parts = [part.reshape(1) if part.ndim == 0 else part for part in parts]
    return torch.cat([part.flatten(start_dim=ensemble_axes) for part in parts], dim=-1)


def unpack(theta: Tensor, shapes: Sequence[tuple[int, ...]]) -> tuple[Tensor, ...]:
    """Split flat weights into arrays: the inverse of `pack`.

    Example:
        >>> first, second = unpack(torch.arange(7.0), [(2, 3), (1,)])
        >>> tuple(first.shape), second.tolist()
        ((2, 3), [6.0])

    Args:
        theta: weights, shape (*E, d).
        shapes: shape of each part, without the ensemble axes.

    Returns:
        Views of theta of shape (*E, *shape), one for each entry of shapes.

    Raises:
        ValueError: the sizes do not add up to d.
    """
    sizes = [math.prod(shape) for shape in shapes]
    if theta.ndim == 0:
        raise ValueError("theta must have shape (*E, d), got (): a number has no parts; use theta[None]")
    if sum(sizes) != theta.shape[-1]:
        raise ValueError(f"shapes hold {sum(sizes)} weights, theta has {theta.shape[-1]}: they must agree")
    parts = torch.split(theta, sizes, dim=-1)
    return tuple(
        part.reshape(*theta.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)
    )
