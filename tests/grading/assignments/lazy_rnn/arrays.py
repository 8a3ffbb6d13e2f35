"""NumPy on whole batches."""

import numpy as np


def states(W, A, x):
    h = [np.zeros((len(x), len(W)))]
    for time in range(x.shape[1]):
        h.append(np.maximum(h[-1] @ W.T + x[:, time] @ A.T, 0))
    return h


def loss_and_gradient(W, A, B, x, target):
    h = states(W, A, x)
    loss, slope, below = 0.0, np.zeros_like(W), 0.0
    for time in range(x.shape[1], 1, -1):
        u = h[time] @ B.T - target[:, time - 1]
        loss += 0.5 * np.sum(u**2)
        delta = (u @ B + below) * (h[time] > 0)
        slope += delta.T @ h[time - 1]
        below = delta @ W
    return loss, slope


def gated_means(c):
    c = np.clip(c, -1, 1)
    angle = np.arccos(c)
    product = (np.sqrt(1 - c * c) + (np.pi - angle) * c) / (2 * np.pi)
    return product, (np.pi - angle) / (2 * np.pi)


def kernels(x):
    n, times, _ = x.shape
    sizes = np.cumsum(np.sum(x**2, -1), -1)
    Q, K = np.zeros((n, times, n, times)), np.zeros((n, times, n, times))
    for a in range(times):
        for b in range(times):
            q, k = (Q[:, a - 1, :, b - 1], K[:, a - 1, :, b - 1]) if a and b else (0, 0)
            scale = np.sqrt(np.outer(sizes[:, a], sizes[:, b]))
            product, both = gated_means((q + x[:, a] @ x[:, b].T) / scale)
            Q[:, a, :, b] = 2 * scale * product
            K[:, a, :, b] = 2 * both * (q / 2 + k)
    return Q, K


def tangent_kernel(W, A, B, x):
    h, (n, times, _), d = states(W, A, x), x.shape, len(B)
    rows = np.zeros((n, times - 1, d, len(W), len(W)))
    for last in range(2, times + 1):
        delta = B[None] * (h[last] > 0)[:, None]
        for time in range(last, 1, -1):
            rows[:, last - 2] += delta[..., None] * h[time - 1][:, None, None]
            delta = delta @ W * (h[time - 1] > 0)[:, None]
    J = rows.reshape(n * (times - 1) * d, -1)
    return J @ J.T


def loss_curve(kernel, u0, lr, steps):
    values, vectors = np.linalg.eigh(kernel)
    along = vectors.T @ u0
    t = np.arange(steps + 1)[:, None]
    return 0.5 * np.sum(((1 - lr * values) ** t * along) ** 2, 1)
