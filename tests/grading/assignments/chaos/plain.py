"""An answer in plain Python: loops, no arrays but at the doors."""

import math
import random

import numpy as np


def step(x, lr, curvature, amplitudes, eps):
    x = np.asarray(x, dtype=float)
    return map_step(x, x / eps, lr, curvature, amplitudes)


def kick(phase, amplitudes):
    return sum(k * size * math.sin(k * phase) for k, size in enumerate(amplitudes, 1))


def map_step(x, phase, lr, curvature, amplitudes):
    rows = [at - lr * curvature * at + lr * kick(u, amplitudes) for at, u in zip(x, phase, strict=False)]
    return np.array(rows)


def simulate(start, steps, lr, curvature, amplitudes, seed):
    coin = random.Random(seed)
    path = [[float(x) for x in start]]
    for _ in range(steps):
        phases = [coin.uniform(0, 2 * math.pi) for _ in start]
        path.append(list(map_step(path[-1], phases, lr, curvature, amplitudes)))
    return np.array(path)


def noise(amplitudes):
    return sum((k * size) ** 2 for k, size in enumerate(amplitudes, 1)) / 2


def exact_variance(lr, curvature, amplitudes):
    return lr * noise(amplitudes) / (curvature * (2 - lr * curvature))


def gibbs_variance(lr, curvature, amplitudes):
    return lr * noise(amplitudes) / 2 / curvature


def rate_for_excess(excess, curvature):
    return 2 * excess / (1 + excess) / curvature


def momentum_variance(lr, momentum, curvature, amplitudes):
    response, before, total = 1.0, 0.0, 0.0  # to one kick, and the sum of its squares
    while max(abs(response), abs(before)) > 1e-12:
        total += response**2
        response, before = response + momentum * (response - before) - lr * curvature * response, response
    return lr**2 * noise(amplitudes) * total


def slope(x, loss):
    poly = sum(k * c * x ** (k - 1) for k, c in enumerate(loss["powers"]) if k > 0)
    return poly - loss["amplitude"] * math.sin(x / loss["eps"])


def bend(x, loss):
    poly = sum(k * (k - 1) * c * x ** (k - 2) for k, c in enumerate(loss["powers"]) if k > 1)
    return poly - loss["amplitude"] / loss["eps"] * math.cos(x / loss["eps"])


def exponent(loss, lr, start, burn, steps):
    x, total = start, 0.0
    for t in range(burn + steps):
        if t >= burn:
            total += math.log(abs(1 - lr * bend(x, loss)) + 1e-300)
        x = x - lr * slope(x, loss)
    return total / steps


def three_cycles(powers, lr, low, high):
    loss = {"powers": powers, "amplitude": 0.0, "eps": 1.0}

    def once(x):
        return x - lr * slope(x, loss)

    def miss(x):
        return once(once(once(x))) - x

    cycles, count = [], 3001
    grid = [low + (high - low) * k / count for k in range(count + 1)]
    values = [miss(x) for x in grid]
    for left, right, a, b in zip(grid, grid[1:], values, values[1:], strict=False):
        if a * b < 0:
            for _ in range(60):
                middle = (left + right) / 2
                if miss(middle) * a > 0:
                    left = middle
                else:
                    right = middle
            cycle = [left, once(left), once(once(left))]
            known = any(abs(left - x) < 1e-7 * (high - low) for each in cycles for x in each)
            if abs(cycle[1] - left) > 1e-6 * (high - low) and not known:
                cycles.append(cycle)
    return cycles


def birth(powers):
    _, c1, c2, c3 = powers
    root = math.sqrt(4 * c2**2 - 12 * c1 * c3)  # curvature of the minimum
    bottom, top = (-2 * c2 + root) / (6 * c3), (-2 * c2 - root) / (6 * c3)
    low, high = 2 / root, 3 / root
    for _ in range(25):
        lr = (low + high) / 2
        if three_cycles(powers, lr, *sorted((top, bottom + 1 / (3 * c3 * lr)))):
            high = lr
        else:
            low = lr
    return high


def chaotic(cases):
    return [exponent(case, case["lr"], case["start"], 2000, 5000) > 0 for case in cases]
