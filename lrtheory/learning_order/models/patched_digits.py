"""Scikit-learn's digits, each with a patch that gives the class away to whoever memorizes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from lrtheory.data.bundled import digits
from lrtheory.doors import between, check_choice, positive, whole

CLASSES = 10
VARIANTS = 2 * CLASSES  # a patch z + zeta and a patch z - zeta for each class
Group = Literal["digit", "patch", "both"]
GROUPS: tuple[Group, ...] = ("digit", "patch", "both")


@dataclass(frozen=True, eq=False)
class PatchedDigits:
    """Digits with patches: x = (pixels, patch), where one of the two may be missing (zero).

    A patch is alpha times one of 20 prototypes z + zeta_y and z - zeta_y. The class lies in a small
    difference from a large common vector, on both sides of it, so no linear function of a patch tells it.

    Attributes:
        pixels: shape (N, 64), zero where the digit is missing.
        variant: which prototype, 2 y or 2 y + 1, shape (N,), int64.
        strength: alpha, zero where the patch is missing, shape (N,).
        labels: the digit, shape (N,), int64.
        prototypes: z + zeta_y and z - zeta_y in turn, shape (20, patch length).
        test_pixels: digits that no training saw, shape (n, 64), with noise of their own and no patch.
        test_labels: shape (n,), int64.

    Source: ours, after li2019order, section 6, and li2019code, which puts such patches on photographs.
    """

    pixels: Tensor
    variant: Tensor
    strength: Tensor
    labels: Tensor
    prototypes: Tensor
    test_pixels: Tensor
    test_labels: Tensor

    @property
    def patches(self) -> Tensor:
        """The patch of each training example, shape (N, patch length), zero where it is missing."""
        return self.strength[:, None] * self.prototypes[self.variant]

    @property
    def prototype_labels(self) -> Tensor:
        """Class of each prototype, shape (20,)."""
        return torch.arange(VARIANTS) // 2

    def members(self, group: Group) -> Tensor:
        """Which training examples have a digit alone, a patch alone, or both, shape (N,), bool.

        Raises:
            ValueError: an unknown group.
        """
        check_choice("group", group, GROUPS)
        seen, patched = self.pixels.abs().sum(1) > 0, self.strength > 0
        return {"digit": seen & ~patched, "patch": ~seen & patched, "both": seen & patched}[group]


def patched_digits(
    generator: torch.Generator, *, train: int = 1000, digit_only: float = 0.1, patch_only: float = 0.2,
    pixel_scale: float = 0.1, pixel_noise: float = 1.0, common: float = 10.0, own: float = 2.0,
    patch_length: int = 16, dtype: torch.dtype = torch.float32,
) -> PatchedDigits:
    """Draw a training set: order of the digits, noise on the pixels, patches, groups.

    Pixels have mean zero and variance one over all images, then noise is added and all is scaled: small
    pixels make digits slow to learn.

    Example:
        >>> from lrtheory import generator
        >>> data = patched_digits(generator(0, "data"), train=1000)
        >>> [round(float(data.members(each).double().mean()), 1) for each in GROUPS], len(data.test_labels)
        ([0.1, 0.2, 0.7], 797)

    Args:
        generator: what is drawn from.
        train: training examples, 1 to 1796; the other digits are the test.
        digit_only: probability that an example has no patch.
        patch_only: probability that it has no digit.
        pixel_scale: factor on pixels with their noise, > 0.
        pixel_noise: standard deviation of the noise, over that of the pixels, >= 0.
        common: norm of the vector z that all patches share, > 0.
        own: norm of zeta_y, orthogonal to z, > 0.
        patch_length: entries of a patch, >= 2.
        dtype: of the numbers.

    Raises:
        ValueError: a number out of its range.

    Cost: noise on all 1797 images, whatever ``train``.

    Source: ours; groups and patches as in li2019order, section 6.
    """
    _check(train, digit_only, patch_only, pixel_noise, patch_length)
    for name, number in (("pixel_scale", pixel_scale), ("common", common), ("own", own)):
        positive(name, number)
    stored = digits()
    images = torch.as_tensor(stored.x, dtype=torch.float64).flatten(1)
    images = (images - images.mean()) / images.std()
    images = images + pixel_noise * torch.randn(images.shape, generator=generator, dtype=torch.float64)
    images, digit = (pixel_scale * images).to(dtype), torch.as_tensor(stored.y)
    order = torch.randperm(len(images), generator=generator)
    chosen, rest = order[:train], order[train:]
    prototypes = _prototypes(generator, common, own, patch_length)
    sign = torch.randint(0, 2, (train,), generator=generator)
    strength = 0.5 + 0.5 * torch.rand(train, generator=generator, dtype=torch.float64)
    draw = torch.rand(train, generator=generator, dtype=torch.float64)
    bare, blank = draw < digit_only, (draw >= digit_only) & (draw < digit_only + patch_only)
    return PatchedDigits(
        images[chosen].masked_fill(blank[:, None], 0), 2 * digit[chosen] + sign,
        strength.masked_fill(bare, 0).to(dtype), digit[chosen], prototypes.to(dtype), images[rest],
        digit[rest],
    )


def _prototypes(generator: torch.Generator, common: float, own: float, length: int) -> Tensor:
    z = torch.randn(length, generator=generator, dtype=torch.float64)
    z = common * z / z.norm()
    zeta = torch.randn(CLASSES, length, generator=generator, dtype=torch.float64)
    zeta -= (zeta @ z)[:, None] * z / common**2
    zeta *= own / zeta.norm(dim=1, keepdim=True)
    return torch.stack([z + zeta, z - zeta], 1).flatten(0, 1)


def _check(train: int, digit_only: float, patch_only: float, pixel_noise: float, patch_length: int) -> None:
    if not 1 <= whole("train", train, least=1) <= 1796:
        raise ValueError(f"train must leave some of the 1797 digits for the test, got {train}")
    between("digit_only", digit_only, 0, 1)
    between("patch_only", patch_only, 0, 1)
    if digit_only + patch_only > 1:
        raise ValueError(f"digit_only + patch_only must be at most 1, got {digit_only} + {patch_only}")
    between("pixel_noise", pixel_noise, 0, math.inf)
    whole("patch_length", patch_length, least=2)
