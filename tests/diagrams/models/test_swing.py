"""Heights and what the noise multiplies: the cumulants of the laws, and the parabola in closed form."""

import pytest
import torch

from lrtheory.diagrams.models.screws import helix, linear_screw, ring_helix
from lrtheory.diagrams.models.swing import cubic_chi, gauss, mean_estimation
from lrtheory.seeds import generator

FIELDS = ("loss", "gradient", "hessian", "jerk", "covariance", "coupling", "skewness")


@pytest.mark.parametrize("source", [mean_estimation(0.7, 3.0), gauss()], ids=["gaussian", "chi"])
def test_draws_have_the_cumulants_of_their_law(source):
    x = source.draw((400_000,), generator(0, "noise"))
    variance, third = (1, 0) if source.noise == "gaussian" else (2, 8)
    assert float(x.mean()) == pytest.approx(0, abs=0.01)
    assert float(x.var()) == pytest.approx(variance, rel=0.02)
    assert float((x**3).mean()) == pytest.approx(third, abs=0.4)


def test_landscapes_have_as_many_weights_as_they_look_at():
    assert [f.dim for f in (gauss(), cubic_chi(), mean_estimation(2.0, 1.0))] == [1, 1, 1]
    assert [f.dim for f in (helix(), linear_screw(), ring_helix(2))] == [3, 3, 3]


@pytest.mark.parametrize(("curvature", "spread", "center"), [(0.7, 3.0, 1.5), (2.0, -0.5, 0.0)])
def test_mean_estimation_is_a_parabola_about_its_center_with_the_same_noise_everywhere(
    curvature, spread, center
):
    for at in (-1.0, center, 4.0):
        m = mean_estimation(curvature, spread, center=center).moments(torch.tensor([at]).double())
        away = at - center
        numbers = [float(getattr(m, field)) for field in FIELDS]
        expected = [curvature * away**2 / 2, curvature * away, curvature, 0, spread**2, 0, 0]
        assert numbers == pytest.approx(expected, abs=1e-12)
