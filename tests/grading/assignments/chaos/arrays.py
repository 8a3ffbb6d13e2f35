"""An answer in NumPy and SciPy."""

import numpy as np
from numpy.polynomial import Polynomial
from scipy.optimize import brentq


def kick(phase, amplitudes):
    k = np.arange(1, len(amplitudes) + 1)
    return np.sin(np.asarray(phase)[..., None] * k) @ (k * np.asarray(amplitudes))


def step(x, lr, curvature, amplitudes, eps):
    return x - lr * (curvature * x - kick(x / eps, amplitudes))


def map_step(x, phase, lr, curvature, amplitudes):
    return x - lr * curvature * x + lr * kick(phase, amplitudes)


def simulate(start, steps, lr, curvature, amplitudes, seed):
    rng = np.random.default_rng(seed)
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        phase = rng.uniform(0, 2 * np.pi, len(start))
        path.append(map_step(path[-1], phase, lr, curvature, amplitudes))
    return np.array(path)


def noise(amplitudes):
    k = np.arange(1, len(amplitudes) + 1)
    return float(np.sum((k * np.asarray(amplitudes)) ** 2) / 2)


def exact_variance(lr, curvature, amplitudes):
    keep = (1 - lr * curvature) ** 2
    return lr**2 * noise(amplitudes) / (1 - keep)


def gibbs_variance(lr, curvature, amplitudes):
    return lr * noise(amplitudes) / (2 * curvature)


def rate_for_excess(excess, curvature):
    return 2 * excess / ((1 + excess) * curvature)


def momentum_variance(lr, momentum, curvature, amplitudes):
    drift = 1 + momentum - lr * curvature
    step = np.array([[drift, -momentum], [1.0, 0.0]])
    kicks = np.array([lr**2 * noise(amplitudes), 0.0, 0.0, 0.0])
    stay = np.kron(step, step)
    return float(np.linalg.solve(np.eye(4) - stay, kicks)[0])


def slopes(loss):
    poly, amplitude, eps = Polynomial(loss["powers"]), loss["amplitude"], loss["eps"]
    first, second = poly.deriv(), poly.deriv(2)

    def slope(x):
        return first(x) - amplitude * np.sin(x / eps)

    def bend(x):
        return second(x) - amplitude / eps * np.cos(x / eps)

    return slope, bend


def exponent(loss, lr, start, burn, steps):
    slope, bend = slopes(loss)
    x, orbit = start, []
    for _ in range(burn + steps):
        orbit.append(x)
        x = x - lr * slope(x)
    growth = np.abs(1 - lr * bend(np.array(orbit[burn:])))
    return float(np.mean(np.log(np.maximum(growth, 1e-300))))


def three_cycles(powers, lr, low, high):
    once = Polynomial([0, 1]) - lr * Polynomial(powers).deriv()

    def miss(x):
        return once(once(once(x))) - x

    grid = np.linspace(low, high, 3001)
    changes = np.nonzero(miss(grid[1:]) * miss(grid[:-1]) < 0)[0]
    cycles = []
    for i in changes:
        x = brentq(miss, grid[i], grid[i + 1], xtol=1e-15)
        cycle = [x, once(x), once(once(x))]
        fixed = abs(once(x) - x) < 1e-6 * (high - low)
        if not fixed and x <= min(cycle[1:]):
            cycles.append(cycle)
    return cycles


def birth(powers):
    _, c1, c2, c3 = powers
    top_curvature = np.sqrt(4 * c2**2 - 12 * c1 * c3)
    top = (-2 * c2 - top_curvature) / (6 * c3)
    bottom = (-2 * c2 + top_curvature) / (6 * c3)
    slope = Polynomial(powers).deriv()

    def lowest(lr):
        once = Polynomial([0, 1]) - lr * slope
        x = top + (bottom + 1 / (3 * c3 * lr) - top) * np.linspace(0.01, 0.99, 5000)
        move = once(x) - x
        return np.min((once(once(once(x))) - x)[abs(move) > 1e-9] / move[abs(move) > 1e-9])

    return brentq(lowest, 2.5 / top_curvature, 2.95 / top_curvature)


def chaotic(cases):
    return [bool(exponent(case, case["lr"], case["start"], 2000, 5000) > 0) for case in cases]
