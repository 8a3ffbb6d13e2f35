"""Small landscapes of the work since 2020: thresholds, final sharpness and exponents that are known."""

import math

import pytest
import torch

from lrtheory import GradientDescent, chaos, descend, generator

pytestmark = pytest.mark.slow  # together more than a quick run can afford

WELLS = chaos.DoubleWell()


def start(members=256):
    return 0.5 + 0.3 * chaos.uniform_start(members, generator(0, "start"))


@pytest.mark.parametrize(
    ("lr", "exponent", "tolerance"),
    [(0.9, math.log(0.8), 1e-9), (1.9, 0.877, 0.01), (2 - 1e-9, math.log(3), 2e-3)],
)
def test_exponents_of_the_cubic_map_are_the_tabulated_ones(lr, exponent, tolerance):
    found = chaos.lyapunov_exponent(WELLS, lr, start(), burn=1000, steps=1000)
    assert found.value == pytest.approx(exponent, abs=tolerance)


def test_the_cubic_map_is_the_descent():
    w = torch.linspace(-1.5, 1.5, 31, dtype=torch.float64)[:, None]
    for lr in (0.3, 1.3, 1.9):
        after = chaos.cubic_coordinate(lr, w - lr * WELLS.gradient(w))
        assert torch.allclose(
            chaos.cubic_map(lr, chaos.cubic_coordinate(lr, w)), after, rtol=1e-10, atol=1e-13
        )


def test_the_cubic_map_diverges_beyond_a_rate_of_two():
    with pytest.raises(FloatingPointError, match="diverged at step"):
        descend(GradientDescent(2.05), WELLS, start(), steps=5000)


def catapult(expansion, steps=2000):
    width = 1000
    f = chaos.ProductRegression(width, scale=math.sqrt(width))
    theta = torch.randn(2 * width, generator=generator(0, "weights"), dtype=torch.float64)
    kernel = float(f.kernel(theta))
    lr = expansion / kernel
    path = descend(
        GradientDescent(lr), f, theta, steps=steps, every=1, observe={"loss": f.loss}, keep_theta=False
    )
    return path.observed["loss"], float(f.kernel(path.final)) / kernel


def test_the_catapult_has_its_three_phases():
    lazy, kept = catapult(1.5)
    assert float(lazy[-1]) < 1e-12 and float(lazy.max()) == float(lazy[0]) and kept > 0.99
    thrown, shrunk = catapult(2.5)
    assert float(thrown[-1]) < 1e-12 and float(thrown.max()) > 10 * float(thrown[0])
    assert shrunk * 2.5 < 2
    far, shrunk = catapult(3.9)
    assert float(far[-1]) < 1e-12 and shrunk * 3.9 < 2
    with pytest.raises(FloatingPointError, match="diverged at step"):
        catapult(4.1)


@pytest.mark.parametrize(("lr", "expected"), [(0.2, 0.99274), (0.1, 0.99769), (0.05, 0.99939)])
def test_the_minimalist_example_ends_at_the_tabulated_sharpness(lr, expected):
    f, product = chaos.SquaredProduct(), 1.05
    starts = []
    for factor in (1.05, 1.2):
        difference = (factor * (lr**-2 - 4) ** 0.25) ** 2
        total = math.sqrt(difference**2 + 4 * product**2)
        starts.append([math.sqrt((total + difference) / 2), math.sqrt((total - difference) / 2)])
    path = descend(GradientDescent(lr), f, torch.tensor(starts, dtype=torch.float64), steps=20_000)
    top = torch.linalg.eigvalsh(f.hessian(path.final))[:, -1]
    assert (lr * top / 2).tolist() == pytest.approx([expected] * 2, abs=2e-4)


def test_the_edge_minimum_has_the_sharpness_of_the_edge():
    for lr in (0.05, 0.1, 0.2):
        at = torch.tensor(chaos.edge_minimum(lr), dtype=torch.float64)
        assert float(at.prod()) == pytest.approx(1, rel=1e-10)
        assert float((at[0] ** 2 - at[1] ** 2) ** 0.5) == pytest.approx((lr**-2 - 4) ** 0.25, rel=1e-10)
        top = torch.linalg.eigvalsh(chaos.SquaredProduct().hessian(at))[-1]
        assert float(top) == pytest.approx(2 / lr, rel=1e-10)


def test_the_critical_rate_of_a_product_separates_convergence_from_divergence():
    f = chaos.ProductRegression(2, target=0.7)
    theta = torch.tensor([2.0, 0.3, -0.4, 1.1], dtype=torch.float64)
    critical = chaos.critical_product_rate(f, theta)
    assert critical == pytest.approx(0.66605612, abs=1e-8)
    assert float(f.loss(descend(GradientDescent(0.999 * critical), f, theta, steps=5000).final)) < 1e-12
    with pytest.raises(FloatingPointError, match="diverged at step"):
        descend(GradientDescent(1.001 * critical), f, theta, steps=5000)


def test_beyond_a_critical_rate_set_by_the_target_descent_stays_bounded():
    f = chaos.ProductRegression(1, target=1.0)
    theta = torch.tensor([1.5, 0.2], dtype=torch.float64)
    critical = chaos.critical_product_rate(f, theta)
    assert critical == pytest.approx(1.0, rel=1e-12)
    assert float(f.loss(descend(GradientDescent(0.999), f, theta, steps=20_000).final)) < 1e-12
    beyond = descend(GradientDescent(1.05), f, theta, steps=20_000)
    assert 1e-3 < float(f.loss(beyond.final)) < 10


def test_bad_rates_are_refused_by_name():
    theta = torch.ones(4, dtype=torch.float64)
    for make, message in [
        (
            lambda: chaos.critical_product_rate(chaos.ProductRegression(2, scale=2.0), theta),
            "scale must be 1",
        ),
        (lambda: chaos.edge_minimum(0.5), r"lr must lie in \(0, 1/2\), got 0.5"),
        (lambda: chaos.cubic_map(0.0, theta), "lr must be positive and finite, got 0"),
        (lambda: chaos.cubic_coordinate(-1.0, theta), "lr must be positive and finite, got -1"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
