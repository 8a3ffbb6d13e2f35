"""Checks of the assignment *Lazy training of recurrent networks*."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.integrate import quad
from scipy.stats import norm

from lrtheory.grading.assignments.checks import Array, Ask, Checks, Wrong, array, close, number
from lrtheory.lazy_rnn.tangent.limit import limit_kernel

CHECKS = Checks()


@CHECKS.check("q1", points=3, public=True)
def _gradient_is_a_slope(ask: Ask, draw: np.random.Generator) -> None:
    _compare_gradient(ask, draw, times=4)


@CHECKS.check("q1", points=2)
def _long_sequences(ask: Ask, draw: np.random.Generator) -> None:
    _compare_gradient(ask, draw, times=9)
    _compare_gradient(ask, draw, times=2)


@CHECKS.check("q1", points=1)
def _first_time_does_not_count(ask: Ask, draw: np.random.Generator) -> None:
    W, A, B, x, target = _drawn(draw, 6, 3, 4, 2)
    other = target.copy()
    other[:, 0] += 5
    loss, slope = _gradient(ask, W, A, B, x, target)
    moved, same = _gradient(ask, W, A, B, x, other)
    close(moved, loss, rtol=1e-9, what="loss with another target at time 1")
    close(same, slope, rtol=1e-9, atol=1e-12, what="gradient with another target at time 1")
    if not np.abs(slope).max() > 1e-9:
        raise Wrong("gradient: expected one that is not zero")
    other = target.copy()
    other[:, -1] += 5
    found, told = _gradient(ask, W, A, B, x, other)[0], _loss(W, A, B, x, other)
    close(found, told, rtol=1e-8, what="loss with another target at the last time")


@CHECKS.check("q2", points=1, public=True)
def _means_at_known_cosines(ask: Ask, draw: np.random.Generator) -> None:
    for c, told in ((-1.0, (0.0, 0.0)), (0.0, (0.5 / math.pi, 0.25)), (1.0, (0.5, 0.5))):
        close(ask("gated_means", c), told, atol=1e-7, what=f"means at cosine {c:g}")


@CHECKS.check("q2", points=2)
def _means_are_integrals(ask: Ask, draw: np.random.Generator) -> None:
    for c in (*draw.uniform(-0.99, 0.99, 5).tolist(), 0.999999, 1 + 1e-15):
        told = (0.5, 0.5) if c > 1 else _means(c)
        close(ask("gated_means", c), told, rtol=1e-5, atol=1e-8, what=f"means at cosine {c:.6g}")


@CHECKS.check("q3", points=2, public=True)
def _kernels_of_one_sequence(ask: Ask, draw: np.random.Generator) -> None:
    n, times = 2, int(draw.integers(3, 7))
    x = draw.standard_normal((n, times, 3))
    Q, K = _kernels(ask, x)
    sizes = (x**2).sum(-1).cumsum(-1)
    own = np.concatenate([np.zeros((n, 1)), sizes.cumsum(-1)[:, :-1]], 1) / 2
    for i in range(n):
        close(np.diag(Q[i, :, i]), sizes[i], rtol=1e-6, what="Q of a time with itself")
        close(np.diag(K[i, :, i]), own[i], rtol=1e-6, atol=1e-9, what="K of a time with itself")
    for name, table in (("Q", Q), ("K", K)):
        close(table, table.transpose(2, 3, 0, 1), rtol=1e-8, atol=1e-10, what=f"{name} with both exchanged")


@CHECKS.check("q3", points=2)
def _kernels_of_all_pairs(ask: Ask, draw: np.random.Generator) -> None:
    x = draw.standard_normal((3, 4, 3))
    found, told = _kernels(ask, x), limit_kernel(torch.from_numpy(x))
    close(found[0], told.covariance.numpy(), rtol=1e-6, atol=1e-8, what="Q")
    close(found[1], told.tangent.numpy(), rtol=1e-6, atol=1e-8, what="K")


@CHECKS.check("q3", points=2)
def _kernels_keep_their_symmetries(ask: Ask, draw: np.random.Generator) -> None:
    x = draw.standard_normal((2, 4, 3))
    turn = np.linalg.qr(draw.standard_normal((3, 3)))[0]
    Q, K = _kernels(ask, x)
    for name, other, factor in (("rotated", x @ turn, 1.0), ("times 3", 3 * x, 9.0)):
        for table, moved in zip((Q, K), _kernels(ask, other), strict=True):
            close(moved, factor * table, rtol=1e-6, atol=1e-8, what=f"kernel of tokens {name}")
    later = x.copy()
    later[:, 3] += 1
    for table, moved in zip((Q, K), _kernels(ask, later), strict=True):
        close(moved[:, :3, :, :3], table[:, :3, :, :3], rtol=1e-9, what="kernel before a token that changed")
    if min(np.abs(K[:, 1:]).max(axis=(1, 2, 3)).min(), np.abs(Q).min()) <= 0:
        raise Wrong("kernels: expected some numbers that are not zero")
    _wide_network(x, Q)


@CHECKS.check("q4", points=3, public=True)
def _kernel_of_this_network(ask: Ask, draw: np.random.Generator) -> None:
    W, A, B, x, _ = _drawn(draw, 6, 2, 4, 2)
    close(_tangent(ask, W, A, B, x), _by_differences(W, A, B, x), rtol=1e-4, atol=1e-5, what="kernel")


@CHECKS.check("q4", points=2)
def _kernel_tells_one_step(ask: Ask, draw: np.random.Generator) -> None:
    W, A, B, x, target = _drawn(draw, 30, 3, 5, 1)
    u, slope, lr = _residuals(W, A, B, x, target), _slope(W, A, B, x, target), 1e-7
    change = (_residuals(W - lr * slope, A, B, x, target) - u) / lr
    close(-_tangent(ask, W, A, B, x) @ u, change, rtol=1e-3, atol=1e-3, what="-K u, change over lr")


@CHECKS.check("q5", points=2, public=True)
def _curve_of_separate_modes(ask: Ask, draw: np.random.Generator) -> None:
    sizes, u, lr = draw.uniform(0.5, 3, 3), draw.standard_normal(3), float(draw.uniform(0.1, 0.3))
    t = np.arange(9)[:, None]
    told = 0.5 * (((1 - lr * sizes) ** t * u) ** 2).sum(1)
    close(ask("loss_curve", np.diag(sizes), u, lr, 8), told, rtol=1e-8, what="loss after 0 to 8 steps")


@CHECKS.check("q5", points=2)
def _curve_of_any_kernel(ask: Ask, draw: np.random.Generator) -> None:
    root, u = draw.standard_normal((6, 4)), draw.standard_normal(6)
    kernel = root @ root.T
    top = float(np.linalg.eigvalsh(kernel)[-1])
    for lr in (0.5 / top, 1.9 / top, 2.2 / top):
        now, told = u.copy(), []
        for _ in range(31):
            told.append(0.5 * float(now @ now))
            now = now - lr * (kernel @ now)
        close(ask("loss_curve", kernel, u, lr, 30), told, rtol=1e-6, what=f"loss at lr {lr:.3g}")


@CHECKS.check("q5", points=3)
def _curve_before_training(ask: Ask, draw: np.random.Generator) -> None:
    W, A, B, x, target = _drawn(draw, 400, 3, 3, 1)
    kernel = _tangent(ask, W, A, B, x)
    if not (top := float(np.linalg.eigvalsh(kernel)[-1])) > 0:
        raise Wrong(f"kernel: expected a positive largest eigenvalue, got {top:.4g}")
    lr = 1 / top
    told = array(ask("loss_curve", kernel, _residuals(W, A, B, x, target), lr, 15), (16,), "loss curve")
    for step in range(16):
        real = _loss(W, A, B, x, target)
        close(told[step], real, rtol=0.25, atol=0.01 * told[0], what=f"loss after {step} steps, trained")
        W = W - lr * _slope(W, A, B, x, target)


def _drawn(draw: np.random.Generator, width: int, n: int, times: int, outputs: int) -> tuple[Array, ...]:
    """W, A, B, tokens of length one and targets."""
    x = draw.standard_normal((n, times, 4))
    return (
        draw.standard_normal((width, width)) * math.sqrt(2 / width),
        draw.standard_normal((width, 4)) * math.sqrt(2 / width),
        draw.standard_normal((outputs, width)) / math.sqrt(outputs),
        x / np.linalg.norm(x, axis=-1, keepdims=True),
        draw.standard_normal((n, times, outputs)),
    )


def _states(W: Array, A: Array, x: Array) -> list[Array]:
    found = [np.zeros((len(x), len(W)))]
    for time in range(x.shape[1]):
        found.append(np.maximum(found[-1] @ W.T + x[:, time] @ A.T, 0))
    return found[1:]


def _residuals(W: Array, A: Array, B: Array, x: Array, target: Array) -> Array:
    outputs = np.stack([h @ B.T for h in _states(W, A, x)], 1)
    return np.asarray((outputs - target)[:, 1:].ravel())


def _loss(*network: Array) -> float:
    return 0.5 * float((_residuals(*network) ** 2).sum())


def _slope(W: Array, A: Array, B: Array, x: Array, target: Array) -> Array:
    h = _states(W, A, x)
    u = _residuals(W, A, B, x, target).reshape(len(x), -1, len(B))
    slope, below = np.zeros_like(W), np.zeros_like(h[0])
    for time in range(x.shape[1] - 1, 0, -1):
        below = (u[:, time - 1] @ B + below) * (h[time] > 0)
        slope += below.T @ h[time - 1]
        below = below @ W
    return slope


def _by_differences(W: Array, A: Array, B: Array, x: Array) -> Array:
    nothing = np.zeros((len(x), x.shape[1], len(B)))
    rows = []
    for place in np.ndindex(*W.shape):
        step = np.zeros_like(W)
        step[place] = 1e-6
        ends = [_residuals(W + side * step, A, B, x, nothing) for side in (1, -1)]
        rows.append((ends[0] - ends[1]) / 2e-6)
    return np.transpose(rows) @ np.array(rows)


def _gradient(ask: Ask, *network: Array) -> tuple[float, Array]:
    found = ask("loss_and_gradient", *network)
    if not isinstance(found, list) or len(found) != 2:
        raise Wrong("loss_and_gradient: expected two things, the loss and its gradient by W")
    return number(found[0], "loss"), array(found[1], network[0].shape, "gradient")


def _compare_gradient(ask: Ask, draw: np.random.Generator, times: int) -> None:
    W, *rest = _drawn(draw, int(draw.integers(5, 9)), 3, times, 2)
    loss, slope = _gradient(ask, W, *rest)
    close(loss, _loss(W, *rest), rtol=1e-8, what="loss")
    for _ in range(3):
        toward = draw.standard_normal(W.shape)
        told = (_loss(W + 1e-6 * toward, *rest) - _loss(W - 1e-6 * toward, *rest)) / 2e-6
        close(float((slope * toward).sum()), told, rtol=1e-4, atol=1e-5, what="slope in a drawn direction")


def _means(c: float) -> tuple[float, float]:
    """Means over two normals of cosine c: product of their ReLUs, both positive; by integrals."""
    s = math.sqrt(1 - c * c)

    def product(g: float) -> float:
        return float(norm.pdf(g) * g * (c * g * norm.cdf(c * g / s) + s * norm.pdf(c * g / s)))

    def both(g: float) -> float:
        return float(norm.pdf(g) * norm.cdf(c * g / s))

    near = [10 * s, 1.0]
    return tuple(quad(f, 0, 12, points=near, epsabs=1e-12, limit=200)[0] for f in (product, both))


def _kernels(ask: Ask, x: Array) -> tuple[Array, Array]:
    found = ask("kernels", x)
    if not isinstance(found, list | np.ndarray) or len(found) != 2:
        raise Wrong("kernels: expected two things, Q and K")
    shape = x.shape[:2] * 2
    return array(found[0], shape, "Q"), array(found[1], shape, "K")


def _wide_network(x: Array, Q: Array) -> None:
    """Hidden states of a wide network have Q for their products."""
    draw, width = np.random.default_rng(7), 1500
    W = draw.standard_normal((width, width)) * math.sqrt(2 / width)
    A = draw.standard_normal((width, x.shape[2])) * math.sqrt(2 / width)
    h = np.stack(_states(W, A, x), 1)
    sizes = np.sqrt(np.einsum("ilil->il", Q))
    off = np.abs(np.einsum("ila,jka->iljk", h, h) - Q) / (sizes[:, :, None, None] * sizes)
    if off.max() > 0.25:
        raise Wrong(f"Q: expected the products of a wide network's states, is off by {off.max():.2g} of them")


def _tangent(ask: Ask, W: Array, A: Array, B: Array, x: Array) -> Array:
    size = len(x) * (x.shape[1] - 1) * len(B)
    return array(ask("tangent_kernel", W, A, B, x), (size, size), "kernel")
