"""Norms along the passes: hidden states forward, rows backward, products of layers, fresh directions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, svds
from torch import Tensor

from lrtheory.doors import whole
from lrtheory.lazy_rnn.models.networks import ElmanNetwork
from lrtheory.lazy_rnn.models.recurrence import pre_activations
from lrtheory.lazy_rnn.models.sequences import Sequences
from lrtheory.lazy_rnn.tangent.features import features


def state_norms(network: ElmanNetwork, theta: Tensor, sequences: Sequences) -> Tensor:
    """Norms of the hidden states, shape (*E, n, L), of weights (*E, dim).

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> state_norms(network, torch.tensor([-3.0]), read).tolist()  # 1, relu(1 - 3), relu(1 - 0)
        [[1.0, 0.0, 1.0]]

    Cost: one forward pass.

    See Also:
        `log_norms`, of fresh networks at widths where W takes too much memory.
    """
    return torch.stack([h.norm(dim=-1) for h in network.states(theta, sequences)], -1)


def pre_activation_norms(network: ElmanNetwork, theta: Tensor, sequences: Sequences) -> Tensor:
    """Norms of the pre-activations, shape (*E, n, L), of weights (*E, dim).

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> pre_activation_norms(network, torch.tensor([-3.0]), read).tolist()  # 1, 1 - 3, 1 - 0
        [[1.0, 2.0, 1.0]]

    Cost: two forward passes.

    See Also:
        `state_norms`, after the gates.
    """
    found = pre_activations(network.matrices(theta, sequences.times), network.driven(sequences))
    return torch.stack([g.norm(dim=-1) for g in found], -1)


def backward_norms(network: ElmanNetwork, theta: Tensor, sequences: Sequences) -> Tensor:
    """Squared norms of dy / dg times d / m, of the last counted output of each sequence.

    Example:
        >>> from lrtheory.lazy_rnn import last_time
        >>> one, read = torch.ones(1, 1), last_time(torch.ones(1, 3, 1))
        >>> network = ElmanNetwork(one, one, one)  # one unit: y = 1 + w + w^2, w from 1
        >>> backward_norms(network, torch.tensor([0.5]), read).tolist()  # w^2 and 1
        [[0.25, 1.0]]

    Args:
        network: without leading axes.
        theta: weights, shape (dim,).
        sequences: without leading axes.

    Returns:
        Mean over the outputs, shape (n, L - 1), at times 2 to L; 1/2 in a wide network, 0 after the output.

    Cost: one forward pass, and backward passes and memory of n R L m numbers, with R counted outputs a
    sequence.

    See Also:
        `backward_squared_norm`, its mean over networks.
    """
    pulls = features(network, theta, sequences).pulls[:, : network.outputs]
    return pulls.square().sum(-1).mean(1) * network.outputs / network.width


def gated_product_norm(matrices: Sequence[Tensor], gates: Sequence[Tensor]) -> float:
    """Largest singular value of D_k W_k ... D_1 W_1 by Lanczos iteration; no product of matrices is formed.

    Example:
        >>> matrices = [torch.tensor(each).diag().double() for each in ([3.0, 1.0], [2.0, 5.0])]
        >>> both, second = torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1.0])
        >>> [round(gated_product_norm(matrices, [gate, both]), 6) for gate in (both, second)]
        [6.0, 5.0]

    Args:
        matrices: W_1 to W_k, each (m, m) with m >= 2, float64.
        gates: diagonals of D_1 to D_k, each (m,).

    Cost: 2 k products of a matrix with a vector an iteration, m^2 each.

    See Also:
        `product_norm`, its limit in wide networks.
    """
    forward = [(matrix, gate.to(matrix.dtype)) for matrix, gate in zip(matrices, gates, strict=True)]

    def ahead(vector: np.ndarray) -> np.ndarray:
        carried = torch.from_numpy(np.ascontiguousarray(vector.reshape(-1)))
        for matrix, gate in forward:
            carried = gate * (matrix @ carried)
        return carried.numpy()

    def back(vector: np.ndarray) -> np.ndarray:
        carried = torch.from_numpy(np.ascontiguousarray(vector.reshape(-1)))
        for matrix, gate in reversed(forward):
            carried = matrix.mT @ (gate * carried)
        return carried.numpy()

    size = len(matrices[0])
    operator = LinearOperator((size, size), matvec=ahead, rmatvec=back, dtype=float)
    return float(svds(operator, k=1, v0=np.ones(size), return_singular_vectors=False)[0])


def fresh_norms(hidden: Sequence[Tensor]) -> Tensor:
    """Part of each state that is orthogonal to all states before it, of all sequences.

    Example:
        >>> hidden = [torch.tensor([[2.0, 0.0]]), torch.tensor([[3.0, 4.0]])]
        >>> [[round(float(each), 6) for each in row] for row in fresh_norms(hidden)]  # across (2, 0)
        [[4.0]]

    Args:
        hidden: h_1 to h_L of one member, each (n, m), with n L <= m.

    Returns:
        Norms |(I - U U^T) h_l|, shape (n, L - 1), at times 2 to L; U spans the states at earlier times.

    Raises:
        ValueError: more states than units.

    Cost: one factorization a time of all n l states so far, n^2 L^3 m in all.
    """
    (count, width), times = hidden[0].shape, len(hidden)
    whole("width", width, least=count * times, remedy="a wider network has room for all states")
    found = []
    for time in range(1, times):
        basis, _ = torch.linalg.qr(torch.cat(list(hidden[:time])).mT)
        rest = hidden[time] - (hidden[time] @ basis) @ basis.mT
        found.append((rest - (rest @ basis) @ basis.mT).norm(dim=-1))
    return torch.stack(found, -1)


def log_norms(
    width: int, tokens: Tensor, *, shared: bool, generator: torch.Generator
) -> Tensor:
    """Log |h_l| of fresh random networks, one a sequence, drawn exactly in law without the matrix W.

    A Gaussian matrix acts on a new orthogonal direction as fresh noise. With weights of their own at every
    time, W h is N(0, 2 |h|^2 / m). With shared weights and u_1, u_2, ... the Gram-Schmidt basis of h_1, h_2,
    ..., the columns W u_j are independent N(0, 2 / m).

    Example:
        >>> from lrtheory import generator
        >>> tokens = torch.ones(1, 3, 1, dtype=torch.float64)  # each adds its squared norm, in a wide network
        >>> found = log_norms(20_000, tokens, shared=False, generator=generator(0, "networks"))
        >>> [round(float(each)) for each in (2 * found[0]).exp()]
        [1, 2, 3]

    Args:
        width: units m.
        tokens: shape (n, L, d_x); every sequence is read by a network of its own.
        shared: whether all times have the same W.
        generator: what the networks are drawn from.

    Returns:
        Shape (n, L).

    Cost: n m (d_x + L) random numbers; with shared weights n m L^2 products, and memory of 2 n L m numbers
    instead of n m^2.

    See Also:
        `state_norms`, of networks at hand; `untied_log_norm` and `tied_log_deviation`, what is predicted.
    """
    count, times, size = tokens.shape
    scale = math.sqrt(2 / whole("width", width, least=1))

    def normal(*shape: int) -> Tensor:
        drawn: Tensor = torch.randn(*shape, generator=generator, dtype=tokens.dtype)
        return drawn * scale

    driven = torch.einsum("nmd,nld->lnm", normal(count, width, size), tokens)
    state, found = driven[0].relu(), []
    basis, images = (tokens.new_zeros(count, times if shared else 0, width) for _ in range(2))
    for time in range(times):
        if time and shared:
            state = (_known_image(state, basis, images, time - 1, normal) + driven[time]).relu()
        elif time:
            state = (normal(count, width) * state.norm(dim=-1, keepdim=True) + driven[time]).relu()
        found.append(state.norm(dim=-1).log())
    return torch.stack(found, -1)


def _known_image(
    state: Tensor, basis: Tensor, images: Tensor, known: int, normal: Callable[..., Tensor]
) -> Tensor:
    """W h, with one direction added to the known ones; basis and images are filled in place."""
    rest, old = state[:, None], basis[:, :known]
    for _ in range(2):  # once more for what rounding left
        rest = rest - (rest @ old.mT) @ old
    length = rest.norm(dim=-1, keepdim=True)
    new = length > 1e-9 * state.norm(dim=-1)[:, None, None]
    basis[:, known] = torch.where(new, rest / length.clamp_min(1e-300), 0)[:, 0]
    images[:, known] = normal(len(state), state.shape[-1])
    shares = state[:, None] @ basis[:, : known + 1].mT
    return (shares @ images[:, : known + 1])[:, 0]
