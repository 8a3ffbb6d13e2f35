"""The scale of the outputs is a unit of time: an exact identity, and the dimension that is needed."""

from __future__ import annotations

from dataclasses import dataclass

from lrtheory.doors import check_positive, positive


@dataclass(frozen=True)
class BlockSetting:
    """Numbers of a block of ReLU units whose fixed second layer is +-amplitude / sqrt(width).

    Attributes:
        amplitude: A.
        lr: learning rate.
        weight_decay: lambda.
        tau: standard deviation of a weight at the start.
        noise: tau_xi, standard deviation of a coordinate of the noise on the gradient.
    """

    amplitude: float
    lr: float
    weight_decay: float
    tau: float
    noise: float

    def __post_init__(self) -> None:
        """Refuse numbers that no block has."""
        check_positive(amplitude=self.amplitude, lr=self.lr)
        for name in ("weight_decay", "tau", "noise"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be finite and at least 0, got {getattr(self, name)}")


def rescaled(setting: BlockSetting, amplitude: float = 1.0) -> BlockSetting:
    """The setting of another amplitude that gives the same outputs at every step, with the same draws.

    A ReLU is positively homogeneous: with c the old amplitude over the new one, weights c V give the same
    outputs, and follow the rate c^2 lr, the decay lambda / c^2, the spread c tau and the noise tau_xi / c.

    Example:
        >>> rescaled(BlockSetting(amplitude=2.0, lr=0.25, weight_decay=0.5, tau=1.5, noise=3.0))
        BlockSetting(amplitude=1.0, lr=1.0, weight_decay=0.125, tau=3.0, noise=1.5)

    Args:
        setting: of one block.
        amplitude: the new A, > 0.

    Returns:
        The other setting; exact, so that only rounding tells the runs apart.

    Raises:
        ValueError: an amplitude that is not positive and finite.

    Source: ours.
    """
    c = setting.amplitude / positive("amplitude", amplitude)
    return BlockSetting(
        float(amplitude), c**2 * setting.lr, setting.weight_decay / c**2, c * setting.tau, setting.noise / c
    )


def effective_dim(amplitude: float, dim: float) -> float:
    """Dimension that a problem looks like once its memorizing block has amplitude 1: A^2 d.

    Next to that block the generalizable one is slower by A^2, as it would be in a dimension that is larger
    by A^2.

    Example:
        >>> effective_dim(7.5, 200)
        11250.0

    Args:
        amplitude: A, > 0.
        dim: d, > 0.

    Raises:
        ValueError: a number that is not positive and finite.

    See Also:
        `literal_dim`, by the paper's own scaling.

    Source: ours.
    """
    return positive("amplitude", amplitude) ** 2 * positive("dim", dim)


def literal_dim(order_parameter: float) -> float:
    """Dimension at which the paper's own scaling has a given order parameter A^2 r d: its fourth power.

    There r = d^(-3/4) and A = 1.

    Example:
        >>> literal_dim(10.0)
        10000.0

    Args:
        order_parameter: A^2 r d, how much faster the memorizable pattern is, up to a constant; > 0.

    Raises:
        ValueError: a number that is not positive and finite.

    Source: ours, with exponents of li2019order as we reconstruct them.
    """
    return positive("order_parameter", order_parameter) ** 4
