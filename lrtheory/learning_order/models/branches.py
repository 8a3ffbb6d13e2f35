"""A network with a branch for pixels and a branch for patches, whose logits are added; a landscape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from lrtheory.doors import between, check_choice, whole
from lrtheory.landscape import pack
from lrtheory.learning_order.models.patched_digits import CLASSES, GROUPS, VARIANTS, PatchedDigits

Place = Literal["before", "after"]
PLACES: tuple[Place, ...] = ("before", "after")


@dataclass(frozen=True, eq=False)
class TwoBranchNet:
    """Mean cross-entropy of O_W relu(W pixels) + O_V relu(V patch); a `Landscape` over W and V.

    A patch is a multiple of one of 20 prototypes, and a network without biases is homogeneous: the patch
    branch is computed on the prototypes alone, whatever the size of the batch.

    Attributes:
        data: the training set.
        pixel_readout: O_W, fixed, shape (10, m_W).
        patch_readout: O_V, fixed, shape (10, m_V).

    Source: ours, after the network of li2019order, section 3, whose halves of the input have units of their
        own and whose second layer is fixed.
    """

    data: PatchedDigits
    pixel_readout: Tensor
    patch_readout: Tensor

    @property
    def dim(self) -> int:
        """Number of weights of W and V."""
        return self._pixel_weights + self.patch_readout.shape[1] * self.data.prototypes.shape[1]

    def branches(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """W, shape (*E, m_W, 64), and V, shape (*E, m_V, patch length), of weights (*E, d)."""
        first, second = theta[..., : self._pixel_weights], theta[..., self._pixel_weights :]
        lead = theta.shape[:-1]
        shape = (*lead, self.pixel_readout.shape[1], -1), (*lead, self.patch_readout.shape[1], -1)
        return first.reshape(shape[0]), second.reshape(shape[1])

    def pixel_logits(self, theta: Tensor, pixels: Tensor) -> Tensor:
        """Logits of the pixel branch, shape (*E, n, 10), on given pixels (n, 64)."""
        return (self.pixel_readout @ (self.branches(theta)[0] @ pixels.mT).relu()).mT

    def prototype_logits(self, theta: Tensor) -> Tensor:
        """Logits of the patch branch on the 20 prototypes, shape (*E, 20, 10)."""
        return (self.patch_readout @ (self.branches(theta)[1] @ self.data.prototypes.mT).relu()).mT

    def logits(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Logits on training examples, shape (*E, n, 10)."""
        pixels, variant, strength, _ = self._picked(samples)
        patch = self.prototype_logits(theta)[..., variant, :]
        return self.pixel_logits(theta, pixels) + strength[:, None] * patch

    def example_loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Cross-entropy of each training example, shape (*E, n)."""
        logits, labels = self.logits(theta, samples), self._picked(samples)[3]
        lead = logits.shape[:-1]
        every = labels.expand(lead).reshape(-1)
        return cross_entropy(logits.reshape(-1, CLASSES), every, reduction="none").reshape(lead)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Mean cross-entropy, shape (*E,)."""
        return self.example_loss(theta, samples).mean(-1)

    @torch.no_grad()
    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        pixels, variant, strength, labels = self._picked(samples)
        first, second = self.branches(theta)
        units = (first @ pixels.mT).relu_()
        stored = (second @ self.data.prototypes.mT).relu_()
        chosen = one_hot(variant, VARIANTS).to(pixels) * strength[:, None]  # (n, 20)
        error = self.pixel_readout @ units + (self.patch_readout @ stored) @ chosen.mT
        error = self._error(error, labels)
        moves = (
            _gated(units, self.pixel_readout.mT @ error) @ pixels,
            _gated(stored, self.patch_readout.mT @ (error @ chosen)) @ self.data.prototypes,
        )
        return pack(moves, ensemble_axes=theta.ndim - 1)

    @torch.no_grad()
    def noisy_gradient(
        self, theta: Tensor, samples: Tensor, *, noise: float, place: Place, generator: torch.Generator,
        everywhere: bool = False,
    ) -> Tensor:
        """Gradient, shape (d,), with fresh Gaussian noise on the hidden units, one member at a time.

        Its deviation is ``noise`` times that of the batch's pre-activations, for each branch.

        Args:
            theta: weights, shape (d,).
            samples: indices of the batch.
            noise: deviation over that of the pre-activations.
            place: "before" the rectifier, where it moves the gates, or "after" it.
            generator: source of the noise.
            everywhere: whether units make noise, too, where their part of the input is missing.

        Raises:
            ValueError: an unknown place, noise below zero.
        """
        check_choice("place", place, PLACES)
        between("noise", noise, 0, math.inf)
        pixels, variant, strength, labels = self._picked(samples)
        inputs = (pixels, strength[:, None] * self.data.prototypes[variant])
        readouts, states, gates = (self.pixel_readout, self.patch_readout), [], []
        for weights, read in zip(self.branches(theta), inputs, strict=True):
            units = weights @ read.mT
            fresh = torch.randn(units.shape, generator=generator, dtype=units.dtype)
            fresh *= noise * units.std() * (everywhere | (read != 0).any(1))
            units = units + fresh if place == "before" else units
            states.append(units.relu() if place == "before" else units.relu() + fresh)
            gates.append(units)
        error = self._error(readouts[0] @ states[0] + readouts[1] @ states[1], labels)
        moves = [
            _gated(units, readout.mT @ error) @ read
            for units, readout, read in zip(gates, readouts, inputs, strict=True)
        ]
        return pack(moves)

    def test_accuracy(self, theta: Tensor) -> Tensor:
        """Share of test digits that are told without a patch, shape (*E,)."""
        guess = self.pixel_logits(theta, self.data.test_pixels).argmax(-1)
        return (guess == self.data.test_labels).double().mean(-1)

    def patch_accuracy(self, theta: Tensor) -> Tensor:
        """Share of the 20 prototypes that are told without a digit, shape (*E,)."""
        return (self.prototype_logits(theta).argmax(-1) == self.data.prototype_labels).double().mean(-1)

    def group_loss(self, theta: Tensor) -> dict[str, Tensor]:
        """Mean cross-entropy of each group of training examples and of all, each of shape (*E,)."""
        each = self.example_loss(theta)
        found = {group: each[..., self.data.members(group)].mean(-1) for group in GROUPS}
        return found | {"all": each.mean(-1)}

    @property
    def _pixel_weights(self) -> int:
        return self.pixel_readout.shape[1] * self.data.pixels.shape[1]

    def _error(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Derivative of the mean loss by the logits, shape (*E, 10, n), of logits of that shape."""
        error = torch.softmax(logits, -2)
        error[..., labels, range(len(labels))] -= 1
        return error / len(labels)

    def _picked(self, samples: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        data = self.data
        if samples is None:
            return data.pixels, data.variant, data.strength, data.labels
        return data.pixels[samples], data.variant[samples], data.strength[samples], data.labels[samples]


def random_branches(
    data: PatchedDigits, *, pixel_units: int = 256, patch_units: int = 4096, generator: torch.Generator
) -> tuple[TwoBranchNet, Tensor]:
    """A network with both second layers drawn and fixed, and a start for both first ones.

    Deviations: W sqrt(2 / 64), V 3 / sqrt(patch length), O_W 1.5 / sqrt(m_W), O_V 3 / sqrt(m_V). The patch
    branch is the larger: patches are the fast feature.

    Example:
        >>> from lrtheory import generator, learning_order
        >>> data = learning_order.patched_digits(generator(0, "data"))
        >>> net, start = random_branches(data, patch_units=64, generator=generator(0, "weights"))
        >>> start.shape[0] == net.dim == 256 * 64 + 64 * 16
        True

    Args:
        data: the training set.
        pixel_units: units m_W.
        patch_units: units m_V.
        generator: what is drawn from.

    Returns:
        The network, and the start, shape (d,).

    Raises:
        ValueError: numbers of units that are not positive.

    Cost: m_W 64 + m_V (patch length) + 10 (m_W + m_V) random numbers.

    Source: ours, by trial: sizes at which the order of learning shows on a laptop.
    """
    whole("pixel_units", pixel_units, least=1)
    whole("patch_units", patch_units, least=1)
    (_, pixels), (_, length) = data.pixels.shape, data.prototypes.shape
    shapes = (
        ((pixel_units, pixels), math.sqrt(2 / pixels)), ((patch_units, length), 3 / math.sqrt(length)),
        ((CLASSES, pixel_units), 1.5 / math.sqrt(pixel_units)),
        ((CLASSES, patch_units), 3 / math.sqrt(patch_units)),
    )
    drawn = [std * torch.randn(shape, generator=generator, dtype=torch.float64) for shape, std in shapes]
    first, second, pixel_readout, patch_readout = (each.to(data.pixels.dtype) for each in drawn)
    return TwoBranchNet(data, pixel_readout, patch_readout), pack([first, second])


def _gated(units: Tensor, pulled: Tensor) -> Tensor:
    """What is pulled back, where units are open; in place."""
    return pulled.mul_(units > 0)
