"""NumPy on whole arrays."""

import numpy as np
from scipy.special import expit, ndtr


def draw(seed, n, w, r, p_only, q_only):
    rng, d = np.random.default_rng(seed), len(w)
    y = rng.choice([-1.0, 1.0], n)
    x1 = rng.normal(0, 1 / np.sqrt(d), (n, d))
    along = x1 @ w
    x1 += np.outer(y * (np.abs(along) + 1 / np.sqrt(d)) - along, w)
    side = np.where(y > 0, 0.0, r * rng.choice([-1.0, 1.0], n))
    x2 = rng.uniform(0.5, 1, n)[:, None] * np.stack([np.ones(n), side], 1)
    group = rng.choice(3, n, p=[p_only, q_only, 1 - p_only - q_only])
    x1[group == 1] = 0
    x2[group == 0] = 0
    return {"x1": x1, "x2": x2, "y": y}


def accuracy(u, w):
    a = u @ w / np.linalg.norm(u)
    b = np.sqrt(max(0.0, 1 - a * a))
    g, weight = np.polynomial.legendre.leggauss(200)
    g, weight = 5 * (g + 1), 5 * weight
    density = np.sqrt(2 / np.pi) * np.exp(-(g**2) / 2)
    return float(weight @ (density * ndtr(a * (1 + g) / max(b, 1e-300))))


def loss_and_gradients(W, V, w, v, x1, x2, y, decay):
    one, two = x1 @ W.T, x2 @ V.T
    f = np.maximum(one, 0) @ w + np.maximum(two, 0) @ v
    pull = -y * expit(-y * f) / len(y)
    dW = ((one > 0) * pull[:, None] * w).T @ x1 + decay * W
    dV = ((two > 0) * pull[:, None] * v).T @ x2 + decay * V
    loss = np.logaddexp(0, -y * f).mean()
    return loss + decay / 2 * (np.sum(W**2) + np.sum(V**2)), dW, dV


def descend(theta, curvatures, rates, noise, seed):
    rng = np.random.default_rng(seed)
    for lr in rates:
        xi = noise * rng.standard_normal(theta.shape)
        theta = theta - lr * (curvatures * theta + xi)
    return theta


def flipped(rates, decay, noise, tau):
    lr = np.array(rates)
    after = np.append(np.cumprod((1 - lr * decay)[::-1])[::-1][1:], 1.0)
    kept = tau * np.prod(1 - lr * decay)
    variance = kept**2 + np.sum((lr * noise * after) ** 2)
    return float(np.arccos(min(1.0, kept / np.sqrt(variance))) / np.pi)


def schedule(budget):
    large = int(0.55 * budget)
    return np.concatenate([np.full(large, 0.4), np.full(budget - large, 0.05)])
