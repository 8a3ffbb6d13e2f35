"""One number for the noise of descent: what rate, batch and injected noise have in common."""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.learning_order.theory.elementwise import Numbers, numbers


def noise_scale(lr: Numbers, examples: Numbers, batch_size: Numbers) -> Tensor:
    """Noise scale lr (N / B - 1) of batches drawn without replacement: none where the batch is everything.

    Example:
        >>> round(float(noise_scale(0.1, 50_000, 128)), 2)
        38.96

    Args:
        lr: learning rate, >= 0.
        examples: N, > 0.
        batch_size: B, in (0, N].

    Returns:
        Shape of all three.

    Raises:
        ValueError: a number out of range.

    See Also:
        `small_batch_noise_scale`, the usual form; `spherical_noise_scale`, of noise that is added.

    Source: smith2018, before its approximation for small batches.
    """
    rate, count, batch = _checked(lr, examples, batch_size)
    return rate * (count / batch - 1)


def small_batch_noise_scale(lr: Numbers, examples: Numbers, batch_size: Numbers) -> Tensor:
    """Noise scale lr N / B: what `noise_scale` is for small batches. Halving lr is doubling B.

    Example:
        >>> round(float(small_batch_noise_scale(0.1, 50_000, 128)), 2)
        39.06

    Args:
        lr: as of `noise_scale`.
        examples: as of `noise_scale`.
        batch_size: as of `noise_scale`.

    Returns:
        Shape of all three.

    Raises:
        ValueError: a number out of range.

    Source: smith2018.
    """
    rate, count, batch = _checked(lr, examples, batch_size)
    return rate * count / batch


def spherical_noise_scale(lr: Numbers, noise: Numbers) -> Tensor:
    """Noise scale lr tau_xi^2 of Gaussian noise that is added to every coordinate of the gradient.

    In a time lr t, weights walk lr^2 tau_xi^2 t = (lr tau_xi^2)(lr t): runs of equal scale are alike.

    Example:
        >>> round(float(spherical_noise_scale(0.3, 0.0876)), 6)
        0.002302

    Args:
        lr: learning rate, >= 0.
        noise: tau_xi, standard deviation of a coordinate, >= 0.

    Returns:
        Shape of both.

    Raises:
        ValueError: a number out of range.

    Source: ours, after smith2018; the noise is that of li2019order.
    """
    return numbers("lr", lr, 0.0) * numbers("noise", noise, 0.0) ** 2


def equal_scale_noise(lr: Numbers, noise: Numbers, *, new_lr: Numbers) -> Tensor:
    """Noise with which another rate has the same noise scale: noise sqrt(lr / new_lr).

    Example:
        >>> round(float(equal_scale_noise(0.3, 1.0, new_lr=0.1)), 6)
        1.732051

    Args:
        lr: rate now, >= 0.
        noise: noise now, >= 0.
        new_lr: the other rate, > 0.

    Returns:
        Shape of all three.

    Raises:
        ValueError: a number out of range.

    Source: ours.
    """
    ratio = numbers("lr", lr, 0.0) / numbers("new_lr", new_lr, 0.0, open_low=True)
    return numbers("noise", noise, 0.0) * torch.sqrt(ratio)


def _checked(lr: Numbers, examples: Numbers, batch_size: Numbers) -> tuple[Tensor, Tensor, Tensor]:
    count = numbers("examples", examples, 0.0, open_low=True)
    batch = numbers("batch_size", batch_size, 0.0, open_low=True)
    numbers("batch_size / examples", batch / count, 0.0, 1.0, remedy="a batch holds each example once")
    return numbers("lr", lr, 0.0), count, batch
