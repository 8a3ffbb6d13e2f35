"""A small convolutional network with batch norm for digits, with noise at its activations."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from lrtheory.doors import check_choice, whole
from lrtheory.learning_order.models.wide_resnet import draw_weights, noise_planes, noisy_relu

_CHANNELS, _STRIDES = (1, 16, 32, 32), (1, 2, 2)
_SIDES = (16, 8, 4)


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
        self.noise_at, self.noise_sides = noise_at, list(_SIDES)
        pairs = zip(_CHANNELS[:-1], _CHANNELS[1:], _STRIDES, strict=True)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, s, 1, bias=False) for a, b, s in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(wide) for wide in _CHANNELS[1:])
        self.readout = nn.Linear(_CHANNELS[-1] * _SIDES[-1] ** 2, whole("classes", classes, least=1))
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
