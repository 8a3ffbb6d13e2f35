"""Compiled maps against the plain loop and plain derivatives, on losses tame enough to compare orbits."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, chaos, descend, generator, hvp
from lrtheory.chaos.kernels import (
    Polynomial,
    ensemble_histogram,
    ensemble_positions,
    has_map_kernel,
    lyapunov_sweep,
    orbit_diagram,
)
from lrtheory.landscape import autograd_gradient

LINE = chaos.Quadratic(torch.tensor([[1.3]], dtype=torch.float64))
PLANE = chaos.Quadratic(torch.tensor([[0.52, -0.48], [-0.48, 0.7]], dtype=torch.float64))
CROSSED = Polynomial({(2, 0): 0.4, (0, 2): 0.5, (2, 2): 0.3, (3, 1): -0.1, (0, 0): 7.0})
STEEP = Polynomial({(6,): 0.02, (5,): 0.01, (4,): 0.1, (2,): 0.3, (1,): -0.1})
LR = 0.1


def tones(amplitudes, frequencies, phases):
    return chaos.Tones(*(torch.tensor(v, dtype=torch.float64) for v in (amplitudes, frequencies, phases)))


ONE, TWO = tones([0.7], [[-1.7]], [2.0]), tones([1.0, -0.5], [[1.0], [math.sqrt(2)]], [0.3, -1.1])
AXES = tones([1.0, 0.2], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.4])
THREE = tones([1.0, 0.4, -0.7], [[1.0, 0.0], [0.0, 1.0], [1.0, -math.pi]], [0.0, 5.0, 1.0])
EPS = 0.2  # lr * amplitude / eps is so small that orbits stay together
LANDSCAPES = {
    "periodic": chaos.periodic(EPS),
    "double well": chaos.double_well(EPS, amplitude=0.5),
    "turned tone": chaos.TwoScale(LINE, ONE, EPS),
    "quasi-periodic": chaos.TwoScale(LINE, TWO, EPS),
    "sextic": chaos.TwoScale(STEEP, TWO, EPS),
    "axes": chaos.TwoScale(PLANE, AXES, EPS),
    "one tone in the plane": chaos.TwoScale(PLANE, tones([1.0], [[0.6, 1.1]], [0.5]), EPS),
    "coupled wells": chaos.TwoScale(chaos.CoupledWells(), AXES, EPS),
    "crossed": chaos.TwoScale(CROSSED, THREE, EPS),
}
every_landscape = pytest.mark.parametrize("f", LANDSCAPES.values(), ids=LANDSCAPES)
PERIODIC, WELLS = LANDSCAPES["periodic"], LANDSCAPES["coupled wells"]


def start(f, members=300, reach=1.0):
    return chaos.uniform_start(members, generator(0, "start"), reach=reach, dim=f.dim)


def jacobians(f, lr, theta, steps):
    """I - lr * Hessian along plain orbits, shape (steps, members, d, d)."""
    path = descend(GradientDescent(lr), f, theta, steps=steps, every=1).theta[:-1]
    return (torch.eye(f.dim, dtype=torch.float64) - lr * f.hessian(path)).numpy()


@every_landscape
def test_positions_are_those_of_the_plain_loop(f):
    assert has_map_kernel(f)
    plain = descend(GradientDescent(LR), f, start(f), steps=40).final.numpy()
    assert np.abs(ensemble_positions(f, LR, start(f), steps=40) - plain).max() < 1e-11


@every_landscape
def test_exponents_are_those_of_the_plain_derivatives(f):
    steps, theta = 21, start(f, 40)
    tangent = np.broadcast_to(np.array([1.0, 0.5])[: f.dim], (40, f.dim))
    length, along = np.linalg.norm(tangent, axis=-1), jacobians(f, LR, theta, steps)
    for jacobian in along:
        tangent = np.einsum("mij,mj->mi", jacobian, tangent)
    first = np.log(np.linalg.norm(tangent, axis=-1) / length) / steps
    areas = np.log(np.abs(np.linalg.det(along))).mean(0)
    found = lyapunov_sweep(f, LR, theta, burn=0, steps=steps)
    assert found.shape == (40, f.dim)
    assert np.allclose(found[:, 0], first, rtol=1e-8, atol=1e-10)
    assert np.allclose(found.sum(-1), areas, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("eps", [1e-3, 1e-4, 1e-5])
def test_one_step_is_exact_to_the_rounding_of_the_phase(eps):
    f = chaos.periodic(eps)
    plain = descend(GradientDescent(LR), f, start(f, 100_000), steps=1).final.numpy()
    error = np.abs(ensemble_positions(f, LR, start(f, 100_000), steps=1) - plain).max()
    assert error < 5e-13 * (1e-4 / eps)


@every_landscape
def test_histograms_are_those_of_the_positions(f):
    theta, box = start(f), [(-0.7, 0.8), (-0.5, 0.6)][: f.dim]
    bins = [31, 17][: f.dim]
    found = ensemble_histogram(f, LR, theta, burn=3, steps=20, bins=bins, box=box)
    path = np.stack([ensemble_positions(f, LR, theta, steps=t) for t in range(4, 24)]).reshape(-1, f.dim)
    counts, edges = np.histogramdd(path, bins, box)
    assert all(np.array_equal(a, b) for a, b in zip(found.edges, edges, strict=True))
    assert np.abs(found.counts - counts).sum() <= 2  # a position may round across an edge
    assert found.visits == len(path)
    assert abs(found.outside - (len(path) - counts.sum())) <= 2
    assert np.allclose(found.mean, path.mean(0), rtol=0, atol=1e-11)
    assert np.allclose(found.covariance, np.cov(path.T, bias=True), rtol=0, atol=1e-11)
    assert np.allclose(found.final, path[-len(theta) :], rtol=0, atol=1e-11)
    cell = math.prod((high - low) / n for (low, high), n in zip(box, bins, strict=True))
    assert found.density.sum() * cell == pytest.approx(1 - found.outside / found.visits)


def test_an_orbit_diagram_holds_the_steps_after_the_burn():
    lrs = np.linspace(0.01, 0.3, 300)
    found = orbit_diagram(PERIODIC, lrs, 0.4, burn=5, keep=7)
    at = np.full((300, 1), 0.4)
    steps = [ensemble_positions(PERIODIC, lrs, at, steps=5 + k)[:, 0] for k in range(1, 8)]
    assert found.shape == (300, 7)
    assert np.array_equal(found, np.stack(steps, axis=1))


@every_landscape
def test_no_member_depends_on_its_lane_or_company(f):
    theta = start(f, 700).numpy()
    whole = ensemble_positions(f, LR, theta, steps=9)
    for i in (0, 255, 256, 699):
        assert np.array_equal(ensemble_positions(f, LR, theta[i], steps=9), whole[i])
    folded = ensemble_positions(f, LR, theta.reshape(7, 100, -1), steps=9)
    assert np.array_equal(folded.reshape(whole.shape), whole)


@pytest.mark.parametrize("f", [PERIODIC, WELLS], ids=["line", "plane"])
def test_no_result_depends_on_the_threads(f):
    theta, lrs = start(f, 1500), np.linspace(0.05, 0.3, 1500)
    box = [(-1, 1)] * f.dim
    one, more = (
        (
            ensemble_positions(f, lrs, theta, steps=50, threads=threads),
            ensemble_histogram(f, lrs, theta, burn=3, steps=32, bins=[20] * f.dim, box=box, threads=threads),
            lyapunov_sweep(f, lrs, theta[0], burn=40, steps=50, threads=threads),
        )
        for threads in (1, 4)
    )
    assert np.array_equal(one[0], more[0])
    assert np.array_equal(one[1].counts, more[1].counts)
    assert np.array_equal(one[1].covariance, more[1].covariance)
    assert np.array_equal(one[2], more[2])


def test_every_member_may_have_its_own_rate():
    theta, lrs = start(WELLS, 5), np.array([0.01, 0.05, 0.1, 0.2, 0.3])
    alone = [ensemble_positions(WELLS, lr, point, steps=30) for lr, point in zip(lrs, theta, strict=True)]
    assert np.array_equal(ensemble_positions(WELLS, lrs, theta, steps=30), np.stack(alone))


def test_a_sweep_has_the_shape_of_its_rates_then_of_its_starts():
    lrs, theta = np.full((2, 3), 0.1), start(WELLS, 4)
    found = lyapunov_sweep(WELLS, lrs, theta, burn=0, steps=8)
    assert found.shape == (2, 3, 4, 2)
    assert np.array_equal(found[1, 2], lyapunov_sweep(WELLS, 0.1, theta, burn=0, steps=8))


def test_a_map_that_folds_everything_has_an_exponent_of_minus_infinity():
    flat = chaos.Quadratic(torch.zeros(1, 1, dtype=torch.float64))
    fold = chaos.TwoScale(flat, tones([1.0], [[1.0]], [math.pi]), 1.0)  # x - sin x: derivative 0 at x = 0
    assert lyapunov_sweep(fold, 1.0, np.zeros(1), burn=0, steps=40)[0] == -math.inf


@pytest.mark.parametrize("polynomial", [STEEP, CROSSED], ids=["line", "crossed"])
@pytest.mark.parametrize("ensemble", [(), (3, 2)])
def test_derivatives_of_a_polynomial_are_those_of_its_loss(polynomial, ensemble):
    theta = torch.randn(*ensemble, polynomial.dim, generator=generator(0, "points"), dtype=torch.float64)
    along = torch.randn(theta.shape, generator=generator(0, "along"), dtype=torch.float64)
    assert polynomial.loss(theta).shape == ensemble
    assert torch.allclose(polynomial.gradient(theta), autograd_gradient(polynomial, theta), rtol=1e-10)
    product = torch.einsum("...ij,...j->...i", polynomial.hessian(theta), along)
    assert torch.allclose(product, hvp(polynomial, theta, along), rtol=1e-10)


def test_importing_the_package_loads_neither_numba_nor_torch():
    code = "import lrtheory.chaos.kernels, sys; assert not {'numba', 'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
