"""The ReLU Elman network of the paper: fixed input and output weights, recurrent weights at their start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lrtheory.doors import positive, whole
from lrtheory.lazy_rnn.models.recurrence import drive, states
from lrtheory.lazy_rnn.models.sequences import Sequences


@dataclass(frozen=True, eq=False)
class ElmanNetwork:
    """h_l = relu(W h_{l-1} + A x_l), y_l = B h_l, h_0 = 0; only W is trained.

    Attributes:
        recurrent: W at the start, shape (*E, m, m). For a network that has weights of its own at every time
            (``shared=False``), W_2 to W_L, shape (*E, L - 1, m, m).
        input_weights: A, shape (*E, m, d_x).
        readout: B, shape (*E, d, m).
        shared: whether all times have the same W.

    Source: allenzhu2019, definition 2.2.
    """

    recurrent: Tensor
    input_weights: Tensor
    readout: Tensor
    shared: bool = True

    def __post_init__(self) -> None:
        """Check that the three belong together.

        Raises:
            ValueError: shapes or dtypes that do not fit, fewer units than outputs, weights that are not
                finite.
        """
        square = self.recurrent.shape[-2:]
        lead = self.recurrent.shape[: -2 if self.shared else -3]
        fits = (
            self.recurrent.ndim >= (2 if self.shared else 3)
            and square[0] == square[1] == self.input_weights.shape[-2] == self.readout.shape[-1]
            and lead == self.input_weights.shape[:-2] == self.readout.shape[:-2]
        )
        parts = (self.recurrent, self.input_weights, self.readout)
        if not fits:
            raise ValueError(
                "recurrent, input_weights and readout must have shapes (*E, m, m), (*E, m, d_x), (*E, d, m), "
                f"got {', '.join(str(tuple(part.shape)) for part in parts)}"
            )
        if len({part.dtype for part in parts}) > 1 or not self.recurrent.is_floating_point():
            raise ValueError(f"weights must share one floating type, got {[str(p.dtype) for p in parts]}")
        _check_outputs(self.outputs, self.width)
        if not all(bool(part.isfinite().all()) for part in parts):
            raise ValueError("weights must be finite, got a number that is not")

    @property
    def width(self) -> int:
        """Number of units m."""
        return int(self.recurrent.shape[-1])

    @property
    def inputs(self) -> int:
        """Size d_x of a token."""
        return int(self.input_weights.shape[-1])

    @property
    def outputs(self) -> int:
        """Number of outputs d."""
        return int(self.readout.shape[-2])

    @property
    def dim(self) -> int:
        """Number of trained weights: m^2, or (L - 1) m^2 with weights of their own at every time."""
        return self.width**2 * (1 if self.shared else int(self.recurrent.shape[-3]))

    @property
    def start(self) -> Tensor:
        """The recurrent weights at the start as vectors, shape (*E, dim)."""
        return self.recurrent.flatten(-2 if self.shared else -3)

    def matrices(self, theta: Tensor, times: int) -> list[Tensor]:
        """W_2 to W_L of flat weights (*E, dim), each (*E, m, m).

        Raises:
            ValueError: a number of weights, or of times, that is not this network's.
        """
        if theta.shape[-1] != self.dim:
            raise ValueError(f"theta must have shape (*E, {self.dim}), got {tuple(theta.shape)}")
        square = (self.width, self.width)
        if self.shared:
            return [theta.reshape(*theta.shape[:-1], *square)] * (times - 1)
        own = int(self.recurrent.shape[-3])
        if times - 1 > own:
            raise ValueError(
                f"sequences must have at most {own + 1} tokens, got {times}: this network has weights of its "
                f"own for {own} steps"
            )
        return list(theta.reshape(*theta.shape[:-1], own, *square).unbind(-3))[: times - 1]

    def driven(self, sequences: Sequences) -> list[Tensor]:
        """A x_1 to A x_L, each (*E, n, m).

        Raises:
            ValueError: tokens of another size or dtype than this network reads.
        """
        if sequences.inputs != self.inputs or sequences.tokens.dtype != self.recurrent.dtype:
            raise ValueError(
                f"tokens must have {self.inputs} coordinates in {self.recurrent.dtype}, got "
                f"{sequences.inputs} in {sequences.tokens.dtype}"
            )
        return drive(self.input_weights, sequences.tokens)

    def states(self, theta: Tensor, sequences: Sequences) -> list[Tensor]:
        """Hidden states at times 1 to L, each (*E, n, m), of weights theta, shape (*E, dim)."""
        return states(self.matrices(theta, sequences.times), self.driven(sequences))

    def outputs_of(self, theta: Tensor, sequences: Sequences) -> Tensor:
        """All outputs, counted or not, shape (*E, n, L, d)."""
        return torch.stack([h @ self.readout.mT for h in self.states(theta, sequences)], -2)

    def weights_from(self, pulled: Sequence[Tensor], hidden: Sequence[Tensor]) -> Tensor:
        """Flat weights (*E, dim): outer products of derivatives at times 2 to L with the states before them.

        Summed over sequences, and over times where they share weights.
        """
        if self.shared:  # one product over sequences and times
            return (torch.cat(list(pulled), -2).mT @ torch.cat(list(hidden[:-1]), -2)).flatten(-2)
        each = [later.mT @ before for later, before in zip(pulled, hidden, strict=False)]
        idle = [torch.zeros_like(each[0])] * (int(self.recurrent.shape[-3]) - len(each))
        return torch.stack([*each, *idle], -3).flatten(-3)

    def with_readout_scale(self, scale: float) -> ElmanNetwork:
        """The same network with its outputs multiplied: by alpha (chizat2019), or 4 / sqrt(m) as in muP.

        Raises:
            ValueError: a scale that is not positive.
        """
        return replace(self, readout=self.readout * positive("scale", scale))


def random_network(
    width: int, inputs: int, outputs: int = 1, *, generator: torch.Generator,
    own_times: int | None = None, dtype: torch.dtype = torch.float64, drawn_in: torch.dtype | None = None,
) -> ElmanNetwork:
    """The paper's initialization: W and A of variance 2 / m, B of variance 1 / d.

    States and outputs are then of order one, gradients of order sqrt(m): rates scale like 1 / m.

    Example:
        >>> from lrtheory import generator
        >>> network = random_network(500, 8, generator=generator(0, "weights"))
        >>> network.dim, round(500 * float(network.recurrent.square().mean()), 1)  # m times the variance
        (250000, 2.0)

    Args:
        width: units m, at least ``outputs``.
        inputs: size d_x of a token.
        outputs: d.
        generator: what W, A and B are drawn from, in this order.
        own_times: None for one W at all times; else the length L of the sequences, and W_2 to W_L are
            drawn independently of each other.
        dtype: of the weights.
        drawn_in: of the drawn numbers, before they are scaled; by default the same.

    Raises:
        ValueError: sizes that are no positive whole numbers, or fewer units than outputs.

    Cost: m^2 + m (d_x + d) random numbers, with own times (L - 1) m^2 for W.

    Source: allenzhu2019, section 2.1 (the second argument of N there is the variance).
    """
    width, inputs, outputs = (
        whole(name, size, least=1)
        for name, size in (("width", width), ("inputs", inputs), ("outputs", outputs))
    )
    _check_outputs(outputs, width)
    own = () if own_times is None else (whole("own_times", own_times, least=2) - 1,)

    def normal(variance: float, *shape: int) -> Tensor:
        drawn = torch.randn(*shape, generator=generator, dtype=drawn_in or dtype)
        return drawn.to(dtype) * math.sqrt(variance)

    return ElmanNetwork(
        normal(2 / width, *own, width, width), normal(2 / width, width, inputs),
        normal(1 / outputs, outputs, width), shared=own_times is None,
    )


def stacked_networks(members: Sequence[ElmanNetwork]) -> ElmanNetwork:
    """One ensemble of networks of one shape, with the members on a leading axis.

    Example:
        >>> from lrtheory import generator
        >>> each = [random_network(6, 3, generator=generator(seed, "weights")) for seed in range(4)]
        >>> tuple(stacked_networks(each).start.shape)  # members, weights
        (4, 36)

    Raises:
        ValueError: none given, or shapes that differ.

    Cost: one copy of all weights.

    Source: ours.
    """
    shapes = {(tuple(n.recurrent.shape), n.inputs, n.outputs, n.shared) for n in members}
    if len(shapes) != 1:
        raise ValueError(f"members must be networks of one shape, got {sorted(map(str, shapes)) or 'none'}")
    return replace(
        members[0], recurrent=torch.stack([each.recurrent for each in members]),
        input_weights=torch.stack([each.input_weights for each in members]),
        readout=torch.stack([each.readout for each in members]),
    )


def _check_outputs(outputs: int, width: int) -> None:
    if outputs > width:
        raise ValueError(
            f"width must be at least the number of outputs, got {width} units for {outputs} outputs: "
            "fewer units cannot reach every target"
        )
