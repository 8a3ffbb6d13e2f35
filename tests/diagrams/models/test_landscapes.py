"""Landscapes of the corollaries: their tensors, ensembles and draws, against quadrature and by hand."""

import math

import numpy as np
import pytest
import torch

from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.minima import Minimum, minimum
from lrtheory.diagrams.models.moments import eigenbasis, local_moments
from lrtheory.diagrams.models.screws import helix, linear_screw, ring_helix, ring_place
from lrtheory.diagrams.models.swing import SwingLandscape, cubic_chi, gauss, mean_estimation
from lrtheory.diagrams.models.training_sets import Atoms, SingleExamples, TrainingSet, drawn_atoms
from lrtheory.landscape import gradient
from lrtheory.seeds import generator

FIELDS = ("loss", "gradient", "hessian", "jerk", "covariance", "coupling", "skewness")
SWINGING = {
    "gauss": gauss(),
    "mean estimation": mean_estimation(0.7, 3.0, center=1.5),
    "cubic chi": cubic_chi(),
    "helix": helix(tilt=0.2),
    "linear screw": linear_screw(),
    "ring": ring_helix(3),
}
MINIMUM = minimum(2.0, 3.0, [1.0, -3.0], [0.75, 0.25], quartic=-1.5)


class Quadrature:
    """A continuous law of noise replaced by nodes that integrate what third moments need exactly."""

    def __init__(self, source):
        nodes, weights = np.polynomial.hermite_e.hermegauss(8)
        self.nodes = torch.tensor(nodes if source.noise == "gaussian" else nodes**2 - 1)
        self.probabilities = torch.tensor(weights / weights.sum())
        self.source, self.dim = source, source.dim

    def example_loss(self, theta, examples):
        return self.source.example_loss(theta, self.nodes[examples])


def point(dim):
    return torch.tensor([1.3, 0.8, -0.9][:dim], dtype=torch.float64)


@pytest.mark.parametrize("name", SWINGING)
def test_moments_are_those_of_the_losses_integrated_over_the_noise(name):
    source = SWINGING[name]
    exact, integrated = (
        source.moments(point(source.dim)),
        local_moments(Quadrature(source), point(source.dim)),
    )
    for field in FIELDS:
        torch.testing.assert_close(getattr(exact, field), getattr(integrated, field), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("source", [*SWINGING.values(), MINIMUM], ids=[*SWINGING, "minimum"])
def test_the_covariance_root_squares_to_the_covariance_of_each_member(source):
    theta = point(source.dim) + torch.arange(6.0, dtype=torch.float64).reshape(3, 2, 1) / 10
    root = source.covariance_root(theta)
    for i, j in np.ndindex(3, 2):
        covariance = source.moments(theta[i, j]).covariance
        torch.testing.assert_close(root[i, j] @ root[i, j].T, covariance, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("source", [*SWINGING.values(), MINIMUM], ids=[*SWINGING, "minimum"])
def test_each_member_of_an_ensemble_has_its_own_loss_and_gradient(source):
    theta = point(source.dim) + torch.arange(6.0, dtype=torch.float64).reshape(3, 2, 1) / 10
    noise = source.draw((3, 2), generator(0, "draw"))
    losses, slopes = source.example_loss(theta, noise), gradient(source, theta)
    assert losses.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        assert float(losses[i, j]) == pytest.approx(float(source.example_loss(theta[i, j], noise[i, j])))
        moments = source.moments(theta[i, j])
        assert float(source.loss(theta)[i, j]) == pytest.approx(float(moments.loss), rel=1e-12)
        torch.testing.assert_close(slopes[i, j], moments.gradient, rtol=1e-10, atol=1e-12)


def test_gauss_and_the_cubic_have_the_tensors_of_the_theory_at_zero():
    zero = torch.zeros(1, dtype=torch.float64)
    at = {name: SWINGING[name].moments(zero) for name in ("gauss", "cubic chi")}
    numbers = {
        name: [float(getattr(m, f)) for f in ("gradient", "hessian", "jerk", "covariance", "skewness")]
        for name, m in at.items()
    }
    assert numbers == {"gauss": [0, 0.5, -0.5, 0.5, -1], "cubic chi": [0, 0, 6, 2, -8]}


@pytest.mark.parametrize("z", [0.0, 0.4, 2.0])
def test_the_valley_of_the_helix_has_the_same_tensors_everywhere_in_the_turning_frame(z):
    m = helix().moments(torch.tensor([0.0, 0.0, z], dtype=torch.float64))
    c, s = math.cos(z), math.sin(z)
    frame = torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=torch.float64)  # columns a, b, z
    turned = [frame.T @ tensor @ frame for tensor in (m.hessian, m.covariance)]
    torch.testing.assert_close(turned[0], torch.diag(torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)))
    half = torch.tensor([[0.5, -0.5, 0], [-0.5, 0.5, 0], [0, 0, 0]], dtype=torch.float64)
    torch.testing.assert_close(turned[1], half)
    jerk = torch.einsum("abc,ai,bj,ck->ijk", m.jerk, frame, frame, frame)
    assert float(jerk[0, 1, 2]) == pytest.approx(1)
    assert float(m.gradient.abs().max()) == 0


def test_the_twin_of_the_helix_is_the_helix_an_eighth_ahead_and_the_ring_is_the_helix_bent():
    theta = torch.tensor([[0.3, -0.2, 0.7], [0.1, 0.4, 5.0]], dtype=torch.float64)
    noise = torch.tensor([0.5, -2.0], dtype=torch.float64)
    ahead = theta + torch.tensor([0, 0, math.pi / 4], dtype=torch.float64)
    losses = helix().example_loss(ahead, noise)
    torch.testing.assert_close(linear_screw().example_loss(theta, noise), losses)
    radius, angle = 7 + theta[:, 0], theta[:, 2] / 7
    ring = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle), theta[:, 1]], dim=-1)
    torch.testing.assert_close(
        ring_helix(7).example_loss(ring, noise), helix().example_loss(theta, noise)
    )
    torch.testing.assert_close(ring_place(ring, 7), theta[:, 2])


def test_the_tilt_is_a_slope_along_the_axis():
    theta = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    gain = helix(tilt=0.25).loss(theta) - helix().loss(theta)
    assert float(gain) == pytest.approx(0.25 * 0.3, rel=1e-14)


def test_moments_of_the_polynomial_landscapes_are_the_known_rationals():
    """Values of the two landscapes on which everything is known exactly."""
    landscape, start = two_quintics()
    m = local_moments(landscape.population(), torch.tensor([float(x) for x in start], dtype=torch.float64))
    known = {
        "loss": 513 / 2240,
        "gradient": 113 / 112,
        "hessian": 79 / 28,
        "jerk": 38 / 7,
        "covariance": 361 / 1568,
        "trace_slope": -285 / 392,
    }
    for field, value in known.items():
        assert float(getattr(m, field)) == pytest.approx(value, rel=1e-13), field
    assert float(m.skewness * m.jerk) == pytest.approx(130321 / 307328, rel=1e-12)
    landscape, start = three_quintics()
    m = local_moments(landscape.population(), torch.tensor([float(x) for x in start], dtype=torch.float64))
    np.testing.assert_allclose(m.gradient, [73 / 80, 43 / 240], rtol=1e-13)
    np.testing.assert_allclose(m.hessian, [[49 / 40, 193 / 120], [193 / 120, -83 / 360]], rtol=1e-13)
    np.testing.assert_allclose(m.trace_slope, [6481 / 7200, 467 / 43200], rtol=1e-12)
    torch.testing.assert_close(torch.einsum("aac->c", m.covariance_slope), m.trace_slope)


def test_the_slope_of_the_covariance_is_its_derivative():
    landscape, _ = three_quintics()
    population, theta = landscape.population(), torch.tensor([0.4, -0.7], dtype=torch.float64)
    for axis in range(2):
        shift = torch.zeros(2, dtype=torch.float64)
        shift[axis] = 1e-5
        ends = [local_moments(population, theta + sign * shift).covariance for sign in (1, -1)]
        slope = local_moments(population, theta).covariance_slope[..., axis]
        torch.testing.assert_close((ends[0] - ends[1]) / 2e-5, slope, rtol=1e-7, atol=1e-8)


def test_an_eigenbasis_turns_every_tensor_alike():
    landscape, _ = three_quintics()
    m = local_moments(landscape.population(), torch.tensor([0.4, -0.7], dtype=torch.float64))
    basis = eigenbasis(m)
    v = basis.vectors
    torch.testing.assert_close(v @ torch.diag(basis.curvatures) @ v.T, m.hessian)
    torch.testing.assert_close(v @ basis.covariance @ v.T, m.covariance)
    torch.testing.assert_close(torch.einsum("ijk,ai,bj,ck->abc", basis.jerk, v, v, v), m.jerk)
    assert float((basis.jerk * basis.skewness).sum()) == pytest.approx(float((m.jerk * m.skewness).sum()))


def test_a_minimum_has_the_tensors_that_it_was_given():
    m = MINIMUM.here
    values = [float(getattr(m, field)) for field in FIELDS]
    assert values == pytest.approx([0, 0, 2, 3, 3, 0, -6])
    theta = torch.tensor([0.3], dtype=torch.float64)
    assert float(MINIMUM.loss(theta)) == pytest.approx(0.09 + 3 * 0.027 / 6 - 1.5 * 0.0081 / 24, rel=1e-13)
    picked = MINIMUM.loss(theta, torch.tensor([1]))
    assert float(picked) == pytest.approx(float(MINIMUM.example_loss(theta, torch.tensor(1))), rel=1e-14)


def test_atoms_come_as_often_as_they_should_and_carry_the_population_with_them():
    landscape, _ = two_quintics()
    atoms = Atoms(landscape.population())
    drawn = atoms.draw((200, 300), generator(0, "atoms"))
    assert abs(float((drawn == 0).double().mean()) - 1 / 3) < 4 * math.sqrt(2 / 9 / 60_000)
    theta = torch.tensor([[0.5], [-0.2]], dtype=torch.float64)
    root = atoms.covariance_root(theta)
    for place in range(2):
        torch.testing.assert_close(root[place] @ root[place].T, atoms.moments(theta[place]).covariance)
    certain = drawn_atoms(torch.tensor([0.0, 1.0, 0.0]), (100,), generator(0, "certain"))
    assert certain.tolist() == [1] * 100


def test_a_training_set_is_the_mean_of_its_own_examples():
    source = gauss()
    data = TrainingSet(source, source.draw((3, 4), generator(1, "set")))
    theta = torch.tensor([[0.1], [0.5], [-0.4]], dtype=torch.float64)
    by_hand = torch.stack([source.example_loss(theta, data.noise[:, n]) for n in range(4)], dim=-1)
    torch.testing.assert_close(data.example_losses(theta), by_hand)
    torch.testing.assert_close(data.loss(theta), by_hand.mean(-1))
    torch.testing.assert_close(data.loss(theta, torch.tensor([0, 3])), by_hand[:, [0, 3]].mean(-1))
    own = torch.tensor([[0, 0], [3, 1], [2, 3]])  # a batch for every member
    rows = torch.arange(3)[:, None]
    torch.testing.assert_close(data.loss(theta, own), by_hand[rows, own].mean(-1))
    assert (data.dim, data.examples) == (1, 4)


def test_single_examples_are_training_sets_of_one():
    population = three_quintics()[0].population()
    theta = torch.tensor([[0.3, -0.7], [0.1, 0.2], [-0.5, 0.4]], dtype=torch.float64)
    numbers = torch.tensor([2, 0, 1])
    one, sets = SingleExamples(population, numbers), TrainingSet(Atoms(population), numbers[:, None])
    assert one.dim == 2
    assert torch.equal(one.loss(theta), sets.loss(theta))
    assert torch.allclose(gradient(one, theta), gradient(sets, theta), rtol=1e-12)


def test_arguments_out_of_range_are_refused():
    one = torch.ones(1, 1, dtype=torch.float64)
    law = torch.ones(1, dtype=torch.float64)
    cases = [
        (lambda: SwingLandscape(1, torch.sin, torch.sin, "cauchy"), "noise must be one of gaussian, chi"),
        (lambda: mean_estimation(0.0, 1.0), "curvature must be positive, got 0"),
        (lambda: ring_helix(0), "turns must be a whole number"),
        (lambda: Minimum(one, one, law), "atoms must have mean zero"),
        (lambda: Minimum(one, one, 0.5 * law), "probabilities must not be negative and sum to one"),
        (lambda: Minimum(one, one.expand(2, 1), law), "atoms must have shape"),
        (lambda: Minimum(one, 0 * one, law, jerk=one), "jerk must have shape"),
        (lambda: Minimum(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), one, law), "hessian must be symmetric"),
        (lambda: Minimum(one, one, law.float()), "all tensors must be of one dtype"),
        (lambda: local_moments(MINIMUM, torch.zeros(2, 1)), "theta must have shape"),
    ]
    for call, message in cases:
        with pytest.raises(ValueError, match=message):
            call()
