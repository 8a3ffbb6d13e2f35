"""PyTorch with automatic gradients, and recursion from the last time back to the first."""

import functools

import numpy as np
import torch


def outputs(W, A, B, x):
    h, found = torch.zeros(len(x), len(W), dtype=W.dtype), []
    for token in x.unbind(1):
        h = (h @ W.T + token @ A.T).relu()
        found.append(h @ B.T)
    return torch.stack(found[1:], 1)


def loss_and_gradient(W, A, B, x, target):
    W, A, B, x, target = map(torch.as_tensor, (W, A, B, x, target))
    W.requires_grad_()
    loss = 0.5 * (outputs(W, A, B, x) - target[:, 1:]).square().sum()
    return loss.detach(), torch.autograd.grad(loss, W)[0]


def gated_means(c):
    # angle between two half planes
    angle = 2 * np.arctan2(np.sqrt(max(0, 1 - c)), np.sqrt(max(0, 1 + c)))
    both = 0.5 - angle / (2 * np.pi)
    return [np.sin(angle) / (2 * np.pi) + np.cos(angle) * both, both]


def kernels(x):
    n, times, _ = x.shape

    @functools.cache
    def pair(i, a, j, b):
        if a < 0 or b < 0:
            return 0.0, 0.0
        q, k = pair(i, a - 1, j, b - 1)
        size = np.sqrt(np.sum(x[i, : a + 1] ** 2) * np.sum(x[j, : b + 1] ** 2))
        product, both = gated_means((q + x[i, a] @ x[j, b]) / size)
        return 2 * size * product, both * (q + 2 * k)

    table = np.array([pair(*at) for at in np.ndindex(n, times, n, times)])
    return table.T.reshape(2, n, times, n, times)


def tangent_kernel(W, A, B, x):
    W, A, B, x = map(torch.as_tensor, (W, A, B, x))
    W.requires_grad_()
    each = outputs(W, A, B, x).flatten()
    J = torch.stack([torch.autograd.grad(y, W, retain_graph=True)[0].flatten() for y in each])
    return J @ J.T


def loss_curve(kernel, u0, lr, steps):
    step = np.eye(len(u0)) - lr * kernel
    u, found = u0, []
    for _ in range(steps + 1):
        found.append(u @ u / 2)
        u = step @ u
    return found
