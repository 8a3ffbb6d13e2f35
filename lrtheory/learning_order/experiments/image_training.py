"""Training of an image network by the protocol of the GPU runs: an epoch at a time, stopped and resumed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lrtheory.doors import check_choice, whole
from lrtheory.results import progress

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from lrtheory.learning_order.models.image_networks import SmallCnn, WideResNet16
    from lrtheory.learning_order.models.patches import PatchTask
    from lrtheory.learning_order.models.schedules import TrainingSchedule

MOMENTUM: Final = 0.9  # Nesterov's
WEIGHT_DECAY: Final = 5e-4  # on all parameters, as in the authors' code
_EVALUATED = 1000  # images in one pass; patch-only images of the test
_STREAMS = ("shuffle", "draws", "eval_draws", "noise")


@dataclass(frozen=True, eq=False)
class Pictures:
    """Normalized images, channels last, and labels, on the device that trains.

    Attributes:
        train: shape (n, side, side, channels).
        train_labels: shape (n,), int64.
        test: shape (m, side, side, channels).
        test_labels: shape (m,), int64.
    """

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


def named_generator(name: str, seed: int, device: str = "cpu") -> torch.Generator:
    """The protocol's stream of a name and a seed; the GPU runs drew the same, on their device."""
    import torch

    digest = hashlib.sha256(f"{name}/{seed}".encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:7], "big"))


class ImageTraining:
    """One network in training: SGD with Nesterov's momentum, or Adam, on cross-entropy.

    An epoch visits the images once in a random order; its last, incomplete batch is dropped. On CUDA the
    passes are in bfloat16, weights and steps in float32.

    Args:
        network: moved to the images' device.
        pictures: what it sees.
        task: patches on the images; None for plain ones.
        schedule: rate and noise by epoch.
        seed: of the streams for order, patches and noise.
        batch_size: images a step.
        optimizer: "sgd" or "adam".
    """

    def __init__(
        self, network: WideResNet16 | SmallCnn, pictures: Pictures, task: PatchTask | None, *,
        schedule: TrainingSchedule, seed: int, batch_size: int = 128, optimizer: str = "sgd",
    ) -> None:
        """Prepare the optimizer and the streams.

        Raises:
            ValueError: a batch larger than the training set, or an unknown optimizer.
        """
        import torch

        check_choice("optimizer", optimizer, ("sgd", "adam"))
        if whole("batch_size", batch_size, least=1) > len(pictures.train):
            raise ValueError(f"batch_size must be at most the {len(pictures.train)} images, got {batch_size}")
        self.pictures, self.task, self.schedule, self.batch_size = pictures, task, schedule, batch_size
        self.device = pictures.train.device
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        parameters = self.network.parameters()
        self.optimizer: torch.optim.Optimizer = (
            torch.optim.Adam(parameters, weight_decay=WEIGHT_DECAY) if optimizer == "adam"
            else torch.optim.SGD(  # fused, as the protocol: other rounding grows within a few steps
                parameters, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True, fused=True
            )
        )
        self.streams = {name: named_generator(name, seed, str(self.device)) for name in _STREAMS}

    def epoch(self, number: int) -> dict[str, float]:
        """Train for one epoch, counted from 1, and evaluate.

        Returns:
            ``lr``, ``noise``, then ``loss`` and ``acc`` of ``train`` (in training mode, while it moves; by
            group too) and of ``clean``, ``mixed`` and ``patch`` only test images, or of ``test``.
        """
        import torch

        lr, level = self.schedule.lr.at(number), self.schedule.noise.at(number)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        count, shuffle = len(self.pictures.train), self.streams["shuffle"]
        order = torch.randperm(count, generator=shuffle, device=self.device)
        images, labels = self.pictures.train[order], self.pictures.train_labels[order]
        groups = torch.zeros_like(labels)
        if self.task:
            carries = self.task.train.to(self.device)[order]
            images, groups = self.task.shown(images, labels, carries, generator=self.streams["draws"])
        sums = torch.zeros(3, 3, device=self.device)
        for first in range(0, len(labels) - self.batch_size + 1, self.batch_size):
            rows = slice(first, first + self.batch_size)
            self._step(images[rows], labels[rows], groups[rows], level, sums)
        return {"lr": lr, "noise": level} | self._train_curves(sums) | self._evaluated()

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on."""
        return {
            "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(),
            "streams": {name: stream.get_state() for name, stream in self.streams.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        for name, stream in self.streams.items():
            stream.set_state(state["streams"][name])

    def _autocast(self) -> AbstractContextManager[Any]:
        import torch

        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def _step(self, images: Tensor, labels: Tensor, groups: Tensor, level: float, sums: Tensor) -> None:
        """One step; adds loss, right answers and count of each group to the sums."""
        import torch
        from torch.nn.functional import cross_entropy, one_hot

        noise = None
        if self.schedule.noise.start > 0:
            size = (self.network.noise_size,)
            noise = level * torch.randn(size, generator=self.streams["noise"], device=self.device)
        self.optimizer.zero_grad(set_to_none=True)
        with self._autocast():
            outputs = self.network(images.permute(0, 3, 1, 2), noise)
        losses = cross_entropy(outputs.float(), labels, reduction="none")
        losses.mean().backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        with torch.no_grad():
            right = (outputs.argmax(1) == labels).float()
            sums += torch.stack([losses, right, torch.ones_like(losses)]) @ one_hot(groups, 3).float()

    def _train_curves(self, sums: Tensor) -> dict[str, float]:
        from lrtheory.learning_order.models.patches import GROUPS

        loss, right, count = sums.double().cpu().numpy()
        parts = {"train": slice(None)} | {f"train_{name}": k for k, name in enumerate(GROUPS) if self.task}
        found = {}
        for name, part in parts.items():
            seen = max(count[part].sum(), 1.0)
            found[f"{name}_loss"], found[f"{name}_acc"] = loss[part].sum() / seen, right[part].sum() / seen
        return {name: float(value) for name, value in found.items()}

    def _evaluated(self) -> dict[str, float]:
        """Loss and accuracy on test images; signs, backgrounds and patch-only labels are drawn afresh."""
        import torch

        images, labels, task = self.pictures.test, self.pictures.test_labels, self.task
        if task is None:
            return self._scored("test", images, labels)
        found = self._scored("clean", images, labels)
        stream = self.streams["eval_draws"]
        mixed, _ = task.shown(images, labels, task.test.to(self.device), generator=stream)
        found |= self._scored("mixed", mixed, labels)
        count = min(_EVALUATED, len(labels))
        labels = torch.randint(10, (count,), generator=stream, device=self.device)
        blank, carries = torch.zeros_like(images[:count]), torch.ones_like(labels, dtype=torch.bool)
        only, _ = task.shown(blank, labels, carries, generator=stream)
        return found | self._scored("patch", only, labels)

    def _scored(self, name: str, images: Tensor, labels: Tensor) -> dict[str, float]:
        import torch
        from torch.nn.functional import cross_entropy

        self.network.eval()
        with torch.no_grad(), self._autocast():
            passes = torch.split(images.permute(0, 3, 1, 2), _EVALUATED)
            parts = [self.network(part).float() for part in passes]
        self.network.train()
        outputs = torch.cat(parts)
        right = (outputs.argmax(1) == labels).float().mean()
        return {f"{name}_loss": float(cross_entropy(outputs, labels)), f"{name}_acc": float(right)}


def curves(training: ImageTraining, epochs: int, name: str, key: str) -> dict[str, list[float]]:
    """Curves of a whole training, one number an epoch.

    With LRTHEORY_CHECKPOINTS set to a folder, the state after each epoch is kept there, and a run that was
    stopped goes on after its last whole epoch. `forget` removes what is kept.

    Args:
        training: at its start.
        epochs: how many.
        name: what the progress bar says.
        key: names the run; runs that differ in anything must differ in it.
    """
    import torch

    path, rows = _checkpoint(key), []
    if path is not None and path.is_file():
        kept = torch.load(path, map_location=training.device, weights_only=True)
        for stream, state in kept["state"]["streams"].items():
            kept["state"]["streams"][stream] = state.cpu()
        training.restore(kept["state"])
        rows = kept["rows"]
    for number in progress(range(len(rows) + 1, epochs + 1), name):
        rows.append(training.epoch(number))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save({"state": training.state(), "rows": rows}, path.with_suffix(".new"))
            os.replace(path.with_suffix(".new"), path)
    return {quantity: [row[quantity] for row in rows] for quantity in rows[0]}


def forget(key: str) -> None:
    """Remove the state that `curves` kept of a run, if any."""
    path = _checkpoint(key)
    if path is not None:
        path.unlink(missing_ok=True)


def _checkpoint(key: str) -> Path | None:
    folder = os.environ.get("LRTHEORY_CHECKPOINTS")
    return Path(folder) / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.pt" if folder else None
