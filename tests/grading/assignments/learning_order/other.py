"""PyTorch with automatic gradients, and other algorithms."""

import numpy as np
import torch
from scipy.stats import multivariate_normal


def draw(seed, n, w, r, p_only, q_only):
    g = torch.Generator().manual_seed(seed)
    w, d = torch.as_tensor(w), len(w)
    y = 2.0 * (torch.rand(n, generator=g, dtype=torch.float64) < 0.5) - 1
    x1 = torch.randn(n, d, generator=g, dtype=torch.float64) / d**0.5
    agree = y * (x1 @ w) >= 0  # reflect the others
    x1 = torch.where(agree[:, None], x1, x1 - 2 * torch.outer(x1 @ w, w))
    x1 = x1 + y[:, None] * w / d**0.5
    alpha = 0.5 + 0.5 * torch.rand(n, generator=g, dtype=torch.float64)
    flip = torch.rand(n, generator=g, dtype=torch.float64)
    side = torch.where(y > 0, 0.0, torch.where(flip < 0.5, r, -r))
    x2 = alpha[:, None] * torch.stack([torch.ones_like(side), side], 1)
    chance = torch.rand(n, generator=g, dtype=torch.float64)
    x2[chance < p_only] = 0
    x1[(chance >= p_only) & (chance < p_only + q_only)] = 0
    return {"x1": x1, "x2": x2, "y": y}


def accuracy(u, w):
    # right if a (1 + |g|) + b h > 0: twice the chance of h' - a g < a, g > 0
    a = u @ w / np.linalg.norm(u)
    law = multivariate_normal([0, 0], [[1, a], [a, 1]], allow_singular=True)
    return 2 * float(law.cdf([a, 0]))


def loss_and_gradients(W, V, w, v, x1, x2, y, decay):
    W, V = (torch.as_tensor(each).requires_grad_() for each in (W, V))
    w, v, x1, x2, y = map(torch.as_tensor, (w, v, x1, x2, y))
    f = (x1 @ W.T).relu() @ w + (x2 @ V.T).relu() @ v
    loss = torch.logaddexp(torch.zeros_like(f), -y * f).mean()
    loss = loss + decay / 2 * (W.square().sum() + V.square().sum())
    return loss, *torch.autograd.grad(loss, (W, V))


def descend(theta, curvatures, rates, noise, seed):
    g = torch.Generator().manual_seed(seed)
    theta, bend = torch.as_tensor(theta), torch.as_tensor(curvatures)
    for lr in rates:
        xi = torch.randn(theta.shape, generator=g, dtype=torch.float64)
        theta = theta - lr * (bend * theta + noise * xi)
    return theta


def flipped(rates, decay, noise, tau):
    # covariance of (theta now, theta at the start), step by step
    cov = np.array([[1.0, 1.0], [1.0, 1.0]]) * tau**2
    for lr in rates:
        move = np.diag([1 - lr * decay, 1.0])
        cov = move @ cov @ move + np.diag([(lr * noise) ** 2, 0])
    quadrant = np.arctan2(np.sqrt(max(0, np.linalg.det(cov))), cov[0, 1])
    return float(quadrant / np.pi)


def schedule(budget):
    # large, then down along a geometric sequence
    large = int(0.55 * budget)
    down = np.geomspace(0.15, 0.03, budget - large)
    return [0.4] * large + down.tolist()
