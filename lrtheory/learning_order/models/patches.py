"""The patch task: a small pattern in the middle of images, which can be memorized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from lrtheory.doors import between, positive, whole

GROUPS: Final = ("clean", "patch_only", "both")
_CLASSES = 10


@dataclass(frozen=True, eq=False)
class PatchTask:
    """A patch z + s zeta of the class in the middle of some images; z is common, the sign s is a fair coin.

    Each class has two patches, symmetric about the common z: linear classifiers get at most 11 of 20.
    At every look at an image that carries a patch, one in five shows the patch alone, on black, with zeta
    times a fraction of 1.75; else the patch replaces the middle of the image.

    Attributes:
        z: common part, shape (size, size, channels).
        zeta: part of each class, shape (classes, size, size, channels).
        train: which training images carry a patch, shape (n,), bool.
        test: the same for the test images.
        side: pixels of an image's side.
        patch_only_share: of the looks at images with a patch, those without the image.
        patch_only_scale: largest factor on zeta there.

    Source: li2019code.
    """

    z: Tensor
    zeta: Tensor
    train: Tensor
    test: Tensor
    side: int = 32
    patch_only_share: float = 0.2
    patch_only_scale: float = 1.75

    def __post_init__(self) -> None:
        """Check that the patch fits.

        Raises:
            ValueError: a patch larger than the image, or a share that is none.
        """
        square = self.z.ndim == 3 and self.z.shape[0] == self.z.shape[1] <= self.side
        if not square or self.zeta.shape[1:] != self.z.shape:
            raise ValueError(
                "z and zeta must have shapes (size, size, channels) and (classes, size, size, channels), "
                f"size at most {self.side}, got {tuple(self.z.shape)} and {tuple(self.zeta.shape)}; "
                "use random_patches"
            )
        between("patch_only_share", self.patch_only_share, 0, 1)
        positive("patch_only_scale", self.patch_only_scale)

    @property
    def place(self) -> slice:
        """Rows and columns of the patch, 12 to 18 for a patch of 7 in an image of 32."""
        size = self.z.shape[0]
        first = int(self.side / 2 - size / 2)
        return slice(first, first + size)

    def shown(
        self, images: Tensor, labels: Tensor, carries: Tensor, *, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """One look at images: copies with their patches, and the group of each.

        Args:
            images: shape (n, side, side, channels), normalized, on the generator's device.
            labels: shape (n,), from 0.
            carries: which of them carry a patch, shape (n,), bool.
            generator: draws signs, backgrounds and fractions: 3 n numbers.

        Returns:
            Images, and an index into `GROUPS` of each, shape (n,).

        Raises:
            ValueError: images of another shape, or numbers of images, labels and carries that differ.
        """
        expected = (len(labels), self.side, self.side, self.z.shape[-1])
        if tuple(images.shape) != expected or len(carries) != len(labels):
            raise ValueError(
                f"images must have shape {expected}, one label and one entry of carries each; got "
                f"{tuple(images.shape)}, {len(labels)} labels, {len(carries)} entries; "
                "permute to channels last"
            )

        def uniform() -> Tensor:
            return torch.rand(len(labels), generator=generator, device=images.device)

        sign = torch.where(uniform() < 0.5, -1.0, 1.0)
        alone = carries & (uniform() < self.patch_only_share)
        scale = sign * torch.where(alone, self.patch_only_scale * uniform(), 1.0)
        own = _column(scale) * self.zeta.to(images.device)[labels]
        patches = self.z.to(images) + own.to(images.dtype)
        shown, place = images * _column(~alone).to(images.dtype), self.place
        shown[:, place, place] = torch.where(_column(carries), patches, shown[:, place, place])
        return shown, torch.where(alone, 1, 2) * carries


def random_patches(
    train: int, test: int, *, generator: torch.Generator, size: int = 7, side: int = 32, channels: int = 3,
    z_scale: float = 1.25, zeta_range: float = 0.1, share: float = 0.8,
) -> PatchTask:
    """Patches with the authors' constants, and which images carry one, once and for all.

    z has entries z_scale N(0, 1), zeta uniform ones in +- zeta_range; each image carries a patch with
    probability share. Of all looks 20 percent are then clean, 16 patch only, 64 both.

    Example:
        >>> task = random_patches(1000, 10, generator=torch.Generator().manual_seed(0))
        >>> task.place, round(float(task.train.double().mean()), 2)
        (slice(12, 19, None), 0.81)

    Args:
        train: training images.
        test: test images.
        generator: draws on the CPU: z, zeta, training images, test images.
        size: pixels of the patch's side.
        side: pixels of an image's side.
        channels: colors.
        z_scale: standard deviation of the common part, in units of normalized pixels.
        zeta_range: largest entry of the part of a class.
        share: of images that carry a patch.

    Raises:
        ValueError: counts below 1, scales that are not positive, a share that is none, too large a patch.

    Source: li2019code; the constants of Li, Wei and Ma's patch experiment.
    """
    for name, count in (("train", train), ("test", test), ("size", size), ("channels", channels)):
        whole(name, count, least=1)
    positive("z_scale", z_scale)
    positive("zeta_range", zeta_range)
    between("share", share, 0, 1)
    shape = (size, size, channels)
    z = z_scale * torch.randn(shape, generator=generator)
    zeta = zeta_range * (torch.rand((_CLASSES, *shape), generator=generator) * 2 - 1)
    carry = [torch.rand(count, generator=generator) < share for count in (train, test)]
    return PatchTask(z, zeta, carry[0], carry[1], side)


def _column(values: Tensor) -> Tensor:
    return values[:, None, None, None]
