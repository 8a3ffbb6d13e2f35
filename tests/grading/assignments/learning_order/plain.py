"""Loops in plain Python."""

import math
import random


def draw(seed, n, w, r, p_only, q_only):
    rng, d = random.Random(seed), len(w)
    x1, x2, y = [], [], []
    for _ in range(n):
        chance, label = rng.random(), rng.choice([-1, 1])
        noise = [rng.gauss(0, 1 / math.sqrt(d)) for _ in range(d)]
        along = sum(a * b for a, b in zip(noise, w, strict=True))
        wanted = label * (abs(along) + 1 / math.sqrt(d))
        one = [a + (wanted - along) * b for a, b in zip(noise, w, strict=True)]
        alpha = rng.uniform(0.5, 1)
        side = 0 if label > 0 else rng.choice([-r, r])
        two = [alpha, alpha * side]
        if chance < p_only:
            two = [0.0, 0.0]
        elif chance < p_only + q_only:
            one = [0.0] * d
        x1.append(one)
        x2.append(two)
        y.append(label)
    return {"x1": x1, "x2": x2, "y": y}


def accuracy(u, w):
    length = math.sqrt(sum(a * a for a in u))
    a = sum(p * q for p, q in zip(u, w, strict=True)) / length
    b = math.sqrt(max(0.0, 1 - a * a))
    if b < 1e-7:
        return 1.0 if a > 0 else 0.0
    steps, far, total = 20000, 9.0, 0.0
    for k in range(steps):
        g = (k + 0.5) * far / steps
        right = 0.5 * math.erfc(-a * (1 + g) / b / math.sqrt(2))
        total += math.exp(-g * g / 2) * right
    return total * far / steps * math.sqrt(2 / math.pi)


def loss_and_gradients(W, V, w, v, x1, x2, y, decay):
    n, loss = len(y), 0.0
    dW = [[decay * each for each in row] for row in W]
    dV = [[decay * each for each in row] for row in V]
    for k in range(n):
        f = 0.0
        for first, second, x in ((W, w, x1[k]), (V, v, x2[k])):
            for row, out in zip(first, second, strict=True):
                f += out * max(0.0, sum(a * b for a, b in zip(row, x, strict=True)))
        margin = y[k] * f
        if margin > 0:
            loss += math.log1p(math.exp(-margin)) / n
            wrong = math.exp(-margin) / (1 + math.exp(-margin))
        else:
            loss += (math.log1p(math.exp(margin)) - margin) / n
            wrong = 1 / (1 + math.exp(margin))
        pull = -y[k] * wrong / n
        for slope, first, second, x in ((dW, W, w, x1[k]), (dV, V, v, x2[k])):
            for i, row in enumerate(first):
                if sum(a * b for a, b in zip(row, x, strict=True)) > 0:
                    for j in range(len(x)):
                        slope[i][j] += pull * second[i] * x[j]
    squares = sum(each * each for first in (W, V) for row in first for each in row)
    return loss + decay / 2 * squares, dW, dV


def descend(theta, curvatures, rates, noise, seed):
    rng = random.Random(seed)
    found = []
    for row in theta:
        row = list(row)
        for lr in rates:
            for k, h in enumerate(curvatures):
                row[k] -= lr * (h * row[k] + noise * rng.gauss(0, 1))
        found.append(row)
    return found


def flipped(rates, decay, noise, tau):
    kept, variance = 1.0, 0.0
    for lr in rates:
        kept *= 1 - lr * decay
        variance = (1 - lr * decay) ** 2 * variance + (lr * noise) ** 2
    return math.atan2(math.sqrt(variance), kept * tau) / math.pi


def schedule(budget):
    rates = []
    for step in range(budget):
        rates.append(0.4 if step < 0.55 * budget else 0.05)
    return rates
