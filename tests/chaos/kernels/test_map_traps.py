"""What the compiled maps must not fall into, and what they refuse: rounding, libraries, bad input."""

import platform
import re

import numba
import numpy as np
import pytest
import torch

from lrtheory import chaos, generator
from lrtheory.chaos.kernels import (
    Polynomial,
    ensemble_histogram,
    ensemble_positions,
    has_map_kernel,
    lyapunov_sweep,
    orbit_diagram,
    sine,
)

PERIODIC = chaos.periodic(1e-3)
MAGIC = 6755399441055744.0  # adding and taking away 1.5 * 2^52 rounds to a whole number
START = np.full((4, 1), 0.3)


def histogram(**changes):
    arguments = {"burn": 0, "steps": 8, "bins": 4, "box": (-1, 1)} | changes
    return ensemble_histogram(PERIODIC, 0.1, START, **arguments)


def test_rounding_by_a_magic_number_is_deleted_under_fastmath_and_rint_is_not():
    z = np.linspace(-3, 3, 101)
    exact = z - np.rint(z)

    @numba.njit(fastmath=True)
    def by_magic(z, out):
        for i in range(z.size):
            out[i] = z[i] - ((z[i] + MAGIC) - MAGIC)

    @numba.njit(fastmath=True)
    def by_rint(z, out):
        for i in range(z.size):
            out[i] = z[i] - np.rint(z[i])

    magic, rint = np.empty_like(z), np.empty_like(z)
    by_magic(z, magic)
    by_rint(z, rint)
    assert np.array_equal(rint, exact)
    assert np.abs(magic - exact).max() > 0.4


def test_the_polynomials_are_cosine_and_sine_to_rounding():
    turns = np.linspace(-2, 2, 40_001)

    @numba.njit(fastmath=sine.FLAGS)
    def both(turns, cosines, sines):
        s = sine.scaled_sine(1.0)
        for i in range(turns.size):
            q = sine.quarter_distance(turns[i])
            cosines[i], sines[i] = sine.cosine(q, s), sine.sine(turns[i], q)

    cosines, sines = np.empty_like(turns), np.empty_like(turns)
    both(turns, cosines, sines)
    offset = turns - np.rint(turns)  # numpy's own angle, reduced exactly
    assert np.abs(cosines - np.cos(2 * np.pi * offset)).max() < 7e-16
    assert np.abs(sines - np.sin(2 * np.pi * offset)).max() < 7e-16


def test_exponents_split_off_powers_of_two():
    values = np.array([3.0, -0.75, 1e-200, 1e300, 0.0])
    mantissa, doublings = values.copy(), np.zeros(5, np.int64)
    sine.split_exponent(mantissa, doublings)
    assert np.array_equal(np.ldexp(mantissa[:4], doublings[:4]), np.abs(values[:4]))
    assert ((mantissa[:4] >= 1) & (mantissa[:4] < 2)).all()
    assert mantissa[4] == 0


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86-64 instructions")
def test_the_loop_is_vector_code_that_calls_no_library_for_its_sines():
    from lrtheory.chaos.kernels import line

    fresh = numba.njit(fastmath=sine.FLAGS)(line.positions.py_func)
    fresh(np.zeros(256), np.zeros(256), np.array([0.0, 1.0]), np.array([[1.0, 1.0, 0.0]]), 1)
    (assembly,) = fresh.inspect_asm().values()
    assert re.search(r"v(roundpd|rndscalepd)\s.*%[yz]mm", assembly)
    assert not re.search(r"svml|\b(sin|cos|sincos)\b", assembly)


def test_what_has_no_compiled_map_is_refused_by_name():
    tones, three = PERIODIC.small, torch.eye(3, dtype=torch.float64)
    in_three = chaos.TwoScale(
        chaos.Quadratic(three), chaos.Tones(torch.ones(3).double(), three, torch.zeros(3).double()), 0.1
    )

    class Bowl:
        dim = 1

        def loss(self, theta, samples=None):
            return theta[..., 0] ** 2

    for landscape, reason in [
        (Bowl(), "needs a TwoScale landscape, got Bowl; use descend"),
        (chaos.square_wave(0.1), "needs a ripple of Tones, got SquareWave"),
        (in_three, "needs one or two weights, got 3"),
        (chaos.TwoScale(Bowl(), tones, 0.1), "DoubleWell, CoupledWells or Polynomial, got Bowl"),
    ]:
        assert not has_map_kernel(landscape)
        with pytest.raises(ValueError, match=reason):
            ensemble_positions(landscape, 0.1, START, steps=1)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_fewer_digits_are_refused(dtype):
    with pytest.raises(ValueError, match=f"start must be float64, got {dtype}: chaotic orbits in"):
        ensemble_positions(PERIODIC, 0.1, START.astype(dtype), steps=1)
    with pytest.raises(ValueError, match=f"start must be float64, got {dtype}"):
        lyapunov_sweep(PERIODIC, 0.1, START.astype(dtype), burn=0, steps=1)


def test_divergence_is_reported_with_its_steps_and_smallest_rate():
    lrs = np.array([0.1, 2.5, 1.0, 2.3])
    with pytest.raises(FloatingPointError, match=r"2 of 4 members diverged between steps 0 and 9000.* 2\.3;"):
        ensemble_positions(PERIODIC, lrs, START, steps=9000)
    for run in (
        lambda: ensemble_histogram(PERIODIC, lrs, START, burn=10, steps=9000, bins=4, box=(-1, 1)),
        lambda: lyapunov_sweep(PERIODIC, lrs, START[0], burn=10, steps=9000),
        lambda: orbit_diagram(PERIODIC, lrs, 0.3, burn=10, keep=9000),
    ):
        with pytest.raises(FloatingPointError, match="2 of 4 members diverged between steps 10 and 90"):
            run()
    steep = chaos.TwoScale(Polynomial({(4, 0): 1.0, (0, 2): 1.0}), plane_tones(), 0.1)
    with pytest.raises(FloatingPointError, match="1 of 2 members diverged"):
        ensemble_positions(steep, 0.1, np.array([[0.1, 0.1], [9.0, 0.0]]), steps=50)


def plane_tones():
    eye = torch.eye(2, dtype=torch.float64)
    return chaos.Tones(torch.ones(2).double(), eye, torch.zeros(2).double())


def test_positions_outside_the_box_are_counted_apart():
    seen = histogram(box=(2, 3))
    assert seen.counts.sum() == 0
    assert seen.outside == seen.visits == 32


def test_bad_arguments_are_refused_by_name():
    for lr in (0.0, -0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="lr must be positive and finite, got"):
            ensemble_positions(PERIODIC, lr, START, steps=1)
    with pytest.raises(ValueError, match=r"lr of shape \(3,\) must broadcast to the ensemble's shape \(4,\)"):
        ensemble_positions(PERIODIC, [0.1] * 3, START, steps=1)
    for start in (np.zeros((4, 2)), np.zeros(()), np.zeros((0, 1)), np.full((2, 1), np.nan)):
        with pytest.raises(ValueError, match=r"start must be finite numbers of shape \(\*E, 1\), got shape"):
            ensemble_positions(PERIODIC, 0.1, start, steps=1)
    with pytest.raises(ValueError, match="steps must be an integer of at least 0, got -1"):
        ensemble_positions(PERIODIC, 0.1, START, steps=-1)
    for threads in (0, True, 1.0):
        with pytest.raises(ValueError, match="threads must be an integer of at least 1, got"):
            ensemble_positions(PERIODIC, 0.1, START, steps=1, threads=threads)
    with pytest.raises(ValueError, match=r"burn must be an integer of at least 0, got 1\.5"):
        lyapunov_sweep(PERIODIC, 0.1, START, burn=1.5, steps=1)
    with pytest.raises(ValueError, match="keep must be an integer of at least 1, got 0"):
        orbit_diagram(PERIODIC, [0.1], 0.3, burn=0, keep=0)
    with pytest.raises(ValueError, match=r"needs one weight and lrs of shape \(n,\), got 1 and \(\)"):
        orbit_diagram(PERIODIC, 0.1, 0.3, burn=0, keep=1)


def test_bad_bins_are_refused_by_name():
    with pytest.raises(ValueError, match="steps must be a multiple of stride, got 8 and 3"):
        histogram(stride=3)
    for bins in (0, 2.5, (4, 4)):
        with pytest.raises(ValueError, match=r"bins must be 1 integer\(s\) of at least 1, got"):
            histogram(bins=bins)
    with pytest.raises(ValueError, match="bins, with one more on each side, may be 65536 in all, got 65535"):
        histogram(bins=65535)
    for box in ((1, -1), (0, np.inf), [(0, 1), (0, 1)]):
        with pytest.raises(ValueError, match=r"box must be 1 pair\(s\) of finite numbers low < high, got"):
            histogram(box=box)


def test_bad_polynomials_are_refused_by_name():
    for coefficients in ({}, {(): 1.0}, {(1,): 1.0, (1, 1): 1.0}):
        with pytest.raises(ValueError, match="all monomials need one power a weight, got"):
            Polynomial(coefficients)
    for powers, coefficient in (((-1,), 1.0), ((0.5,), 1.0), ((1,), np.nan)):
        with pytest.raises(ValueError, match="powers must be integers >= 0 and coefficients finite, got"):
            Polynomial({powers: coefficient})


def test_a_compiled_map_takes_tensors_and_leaves_the_start_alone():
    start = chaos.uniform_start(10, generator(0, "start"))
    before = start.clone()
    ensemble_positions(PERIODIC, 0.1, start, steps=3)
    lyapunov_sweep(PERIODIC, 0.1, start, burn=2, steps=3)
    assert torch.equal(start, before)
