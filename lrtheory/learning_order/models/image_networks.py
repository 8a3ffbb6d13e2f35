"""Networks for images, with noise at their activations: the paper's wide residual one, a small one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from lrtheory.doors import check_choice, whole

_STEM = 16  # channels before the first block
_SIDE = 32  # pixels of an image
_STAGES = ((16, 1), (32, 2), (64, 2))  # channels a unit of width, stride of the first of two blocks
_CNN_CHANNELS, _CNN_STRIDES = (1, 16, 32, 32), (1, 2, 2)
_CNN_SIDES = (16, 8, 4)  # of the picture at each activation of the small network


class WideResNet16(nn.Module):
    """Wide residual network of depth 16 for images of 32 x 32 pixels in color.

    Three stages of two blocks, each block BN - ReLU - convolution twice; where the channels change, a 1 x 1
    convolution of the activated input takes the place of the identity. Convolutions start at
    N(0, 2 / (k^2 channels out)), the last layer uniform in +- 1 / sqrt(channels), biases at zero.
    17,116,634 weights at width 10, 2,748,890 at width 4.

    Args:
        width: factor k on the channels 16, 32, 64 of the stages, >= 1.
        generator: draws the weights, on the CPU.
        classes: outputs.

    Attributes:
        noise_sides: side of the picture that each of the 13 activations sees, in order.

    Raises:
        ValueError: width or classes below 1.

    Source: zagoruyko2016; widths and start as in li2019code.
    """

    def __init__(self, width: int, *, generator: torch.Generator, classes: int = 10) -> None:
        """Draw the weights."""
        super().__init__()
        whole("width", width, least=1, remedy="the paper's network has width 10")
        self.noise_sides: list[int] = []
        self.stem = nn.Conv2d(3, _STEM, 3, padding=1, bias=False)
        blocks, channels, side = [], _STEM, _SIDE
        for base, stage_stride in _STAGES:
            for stride in (stage_stride, 1):
                blocks.append(_Block(channels, base * width, stride))
                self.noise_sides += [side, side // stride]
                channels, side = base * width, side // stride
        self.blocks, self.norm = nn.ModuleList(blocks), nn.BatchNorm2d(channels)
        self.readout = nn.Linear(channels, whole("classes", classes, least=1))
        self.noise_sides.append(side)
        draw_weights(self, self.readout, generator)

    @property
    def noise_size(self) -> int:
        """Numbers in the noise of one step: one for each place of each activation."""
        return sum(side**2 for side in self.noise_sides)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> Tensor:
        """Outputs, shape (batch, classes), of images (batch, 3, 32, 32).

        Args:
            images: normalized pixels.
            noise: shape (noise_size,), added before the activations; used in training mode only.
        """
        at = noise_planes(noise if self.training else None, self.noise_sides)
        hidden = self.stem(images)
        for number, block in enumerate(self.blocks):
            hidden = block(hidden, at[2 * number], at[2 * number + 1])
        features = noisy_relu(self.norm(hidden), at[-1]).mean((2, 3))
        outputs: Tensor = self.readout(features)
        return outputs


class _Block(nn.Module):
    """Pre-activation block of two convolutions."""

    def __init__(self, channels: int, wide: int, stride: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(wide)
        self.conv1 = nn.Conv2d(channels, wide, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(channels, wide, 1, stride, bias=False) if channels != wide else None

    def forward(self, images: Tensor, first: Tensor | None, second: Tensor | None) -> Tensor:
        active = noisy_relu(self.norm1(images), first)
        hidden = noisy_relu(self.norm2(self.conv1(active)), second)
        kept = images if self.shortcut is None else self.shortcut(active)
        out: Tensor = self.conv2(hidden) + kept
        return out


class SmallCnn(nn.Module):
    """Three convolutions with 16, 32, 32 channels, each BN - ReLU, and a linear layer on 4 x 4 places.

    Args:
        generator: draws the weights, on the CPU, as those of `WideResNet16`.
        classes: outputs.
        noise_at: whether noise is added ``"before"`` the activations, where it changes which are open, or
            ``"after"`` them.

    Attributes:
        noise_sides: side of the picture at each activation.

    Raises:
        ValueError: classes below 1, or another place for the noise.

    Source: ours, after the protocol of li2019code.
    """

    def __init__(
        self, *, generator: torch.Generator, classes: int = 10,
        noise_at: Literal["before", "after"] = "before",
    ) -> None:
        """Draw the weights."""
        super().__init__()
        check_choice("noise_at", noise_at, ("before", "after"))
        self.noise_at, self.noise_sides = noise_at, list(_CNN_SIDES)
        pairs = zip(_CNN_CHANNELS[:-1], _CNN_CHANNELS[1:], _CNN_STRIDES, strict=True)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, s, 1, bias=False) for a, b, s in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(wide) for wide in _CNN_CHANNELS[1:])
        self.readout = nn.Linear(_CNN_CHANNELS[-1] * _CNN_SIDES[-1] ** 2, whole("classes", classes, least=1))
        draw_weights(self, self.readout, generator)

    @property
    def noise_size(self) -> int:
        """Numbers in the noise of one step: one for each place of each activation."""
        return sum(side**2 for side in self.noise_sides)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> Tensor:
        """Outputs, shape (batch, classes), of images (batch, 1, 16, 16).

        Args:
            images: normalized pixels.
            noise: shape (noise_size,), shared by channels and batch; used in training mode only.
        """
        planes = noise_planes(noise if self.training else None, self.noise_sides)
        hidden, before = images, self.noise_at == "before"
        for convolution, norm, plane in zip(self.convolutions, self.norms, planes, strict=True):
            hidden = noisy_relu(norm(convolution(hidden)), plane if before else None)
            if plane is not None and not before:
                hidden = hidden + plane
        outputs: Tensor = self.readout(hidden.flatten(1))
        return outputs


def noisy_relu(hidden: Tensor, noise: Tensor | None) -> Tensor:
    """ReLU of pictures plus noise that all channels and all images of the batch share.

    Args:
        hidden: shape (batch, channels, side, side).
        noise: shape (side, side), None for none.

    Source: li2019code, where the noise is drawn for each place of the picture only.
    """
    return functional.relu(hidden if noise is None else hidden + noise.to(hidden.dtype))


def noise_planes(noise: Tensor | None, sides: Sequence[int]) -> list[Tensor | None]:
    """The noise of one step cut into planes (side, side), one for each activation; None for each without.

    Args:
        noise: shape (sum of the squares of the sides,), or None.
        sides: side of the picture that each activation sees.

    Raises:
        ValueError: noise of another size.

    Source: ours.
    """
    if noise is None:
        return [None] * len(sides)
    sizes = [side**2 for side in sides]
    if noise.shape != (sum(sizes),):
        raise ValueError(
            f"noise must have shape ({sum(sizes)},), one number a place; got {tuple(noise.shape)}; "
            "draw noise_size numbers"
        )
    planes = zip(torch.split(noise, sizes), sides, strict=True)
    return [part.view(side, side) for part, side in planes]


@torch.no_grad()
def draw_weights(network: nn.Module, readout: nn.Linear, generator: torch.Generator) -> None:
    """Draw the start of all convolutions, in the order of the modules, then that of the last layer, in place.

    Args:
        network: holds the convolutions.
        readout: its last layer.
        generator: draws.

    Source: li2019code for the convolutions; the last layer as torch draws it, but for biases of zero.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            spread = math.sqrt(2 / (module.kernel_size[0] ** 2 * module.out_channels))
            module.weight.normal_(0, spread, generator=generator)
    bound = readout.in_features**-0.5
    readout.weight.uniform_(-bound, bound, generator=generator)
    readout.bias.zero_()
