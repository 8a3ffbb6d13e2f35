"""An answer by other algorithms: torch and its derivatives, twins, companion matrices, the tangency."""

import math

import numpy as np
import torch
from numpy.polynomial import Polynomial
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar


def step(x, lr, curvature, amplitudes, eps):
    at = torch.tensor(np.asarray(x), dtype=torch.float64, requires_grad=True)
    loss = curvature * at**2 / 2
    for k, size in enumerate(amplitudes, 1):
        loss = loss + eps * size * torch.cos(k * at / eps)
    (slope,) = torch.autograd.grad(loss.sum(), at)
    return at.detach() - lr * slope


def map_step(x, phase, lr, curvature, amplitudes):
    x, phase = (torch.as_tensor(np.asarray(each), dtype=torch.float64) for each in (x, phase))
    return (1 - lr * curvature) * x + lr * (step(phase, 1.0, 0.0, amplitudes, 1.0) - phase)


def simulate(start, steps, lr, curvature, amplitudes, seed):
    coin = torch.Generator().manual_seed(seed)
    phases = 2 * math.pi * torch.rand(steps, len(start), generator=coin, dtype=torch.float64)
    path = [torch.as_tensor(np.asarray(start), dtype=torch.float64)]
    for phase in phases:
        path.append(map_step(path[-1], phase, lr, curvature, amplitudes))
    return torch.stack(path)


def noise(amplitudes):
    phases = np.arange(100) * np.pi / 50
    return float(np.mean(sum(k * a * np.sin(k * phases) for k, a in enumerate(amplitudes, 1)) ** 2))


def exact_variance(lr, curvature, amplitudes):
    return momentum_variance(lr, 0.0, curvature, amplitudes)


def gibbs_variance(lr, curvature, amplitudes):
    heat = lr * noise(amplitudes) / 2
    reach = 10 * math.sqrt(heat / curvature)

    def moment(power):
        return quad(lambda x: x**power * math.exp(-curvature * x * x / 2 / heat), -reach, reach, epsabs=0)[0]

    return moment(2) / moment(0)


def rate_for_excess(excess, curvature):
    def miss(wide):
        return exact_variance(wide, 1.0, [1.0]) / (wide / 4) - 1 - excess

    return brentq(lambda wide: float(miss(wide)), 1e-9, 2 - 1e-9, xtol=1e-14) / curvature


def momentum_variance(lr, momentum, curvature, amplitudes):
    move = torch.tensor([[1 + momentum - lr * curvature, -momentum], [1, 0]], dtype=torch.float64)
    total = torch.tensor([[lr**2 * noise(amplitudes), 0], [0, 0]], dtype=torch.float64)
    for _ in range(60):  # doubling: the sum of 2^k terms becomes that of 2^(k+1)
        total, move = total + move @ total @ move.T, move @ move
    return total[0, 0]


def exponent(loss, lr, start, burn, steps):
    return _exponents([{**loss, "lr": lr, "start": start}], burn, steps)[0]


def _exponents(cases, burn, steps):
    degree = max(len(case["powers"]) for case in cases)
    c = np.array([list(case["powers"]) + [0.0] * (degree - len(case["powers"])) for case in cases]).T
    k = np.arange(degree)[:, None]
    first, second = (k * c)[1:], (k * (k - 1) * c)[2:]
    a, eps, lr, x = (np.array([case[key] for case in cases]) for key in ("amplitude", "eps", "lr", "start"))
    total = np.zeros(len(cases))
    for t in range(burn + steps):
        phase = x / eps
        if t >= burn:
            bend = np.polynomial.polynomial.polyval(x, second, tensor=False) - a / eps * np.cos(phase)
            total += np.log(np.abs(1 - lr * bend) + 1e-300)
        x = x - lr * (np.polynomial.polynomial.polyval(x, first, tensor=False) - a * np.sin(phase))
    return total / steps


def three_cycles(powers, lr, low, high):
    """Newton's method from many places at once."""
    once = Polynomial([0, 1]) - lr * Polynomial(powers).deriv()
    middle, wide = (low + high) / 2, (high - low) / 2
    x = middle + wide * np.cos(np.linspace(0, math.pi, 4000))
    for _ in range(60):
        y, growth = x, 1.0
        for _ in range(3):
            y, growth = once(y), growth * once.deriv()(y)
        x = np.clip(x - (y - x) / (growth - 1), low, high)
    y, z = once(x), once(once(x))
    closes = (abs(once(z) - x) < 1e-7 * wide) & (abs(y - x) > 1e-6 * wide)
    cycles = np.stack((x, y, z), 1)[closes & (x <= y) & (x <= z)]
    _, kept = np.unique(np.round(cycles[:, 0] / wide, 6), return_index=True)
    return cycles[kept].reshape(-1, 3)


def birth(powers):
    slope = Polynomial(powers).deriv()
    bend = float(np.abs(slope.deriv()(slope.roots()[0])))

    def depth(lr):
        once = Polynomial([0, 1]) - lr * slope
        quotient = (once(once(once)) - Polynomial([0, 1])) // (once - Polynomial([0, 1]))
        low, high = sorted(slope.roots())
        low, high = low - (high - low), high + (high - low)
        grid = np.linspace(low, high, 4000)
        i = int(np.clip(np.argmin(quotient(grid)), 1, 3998))
        ends = grid[i - 1], grid[i + 1]
        found = minimize_scalar(quotient, bounds=ends, method="bounded", options={"xatol": 1e-14})
        return found.fun

    return brentq(depth, 2.4 / bend, 2.95 / bend)


def chaotic(cases):
    return [bool(each > 0) for each in _exponents(cases, 2000, 5000)]
