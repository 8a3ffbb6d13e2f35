"""Slopes and geometric means on powers that are known."""

import numpy as np
import pytest

from lrtheory.lazy_rnn.measures.fits import geometric_means, width_slope


def test_a_power_law_has_its_power_and_no_error():
    widths = np.array([128, 256, 512, 1024, 4096])
    values = 3.0 * widths[:, None] ** -0.7 * np.array([0.5, 1.0, 2.0])
    fit = width_slope(widths, values, least=256)
    assert fit.value == pytest.approx(-0.7) and fit.stderr < 1e-12 and fit.samples == 4
    assert geometric_means(values) == pytest.approx(3.0 * widths**-0.7)


def test_scatter_gives_the_standard_error_of_a_line():
    numbers = np.random.default_rng(0)
    widths = 2.0 ** np.arange(5, 12)
    noise = np.exp(0.3 * numbers.normal(size=(300, 7, 1)))
    slopes = [width_slope(widths, widths[:, None] * each, least=1) for each in noise]
    spread = np.std([each.value for each in slopes])
    assert spread == pytest.approx(np.sqrt(np.mean([each.stderr**2 for each in slopes])), rel=0.15)


def test_runs_that_are_not_there_are_left_out():
    assert geometric_means([[1.0, 4.0, np.nan], [0.0, 9.0, 1.0]]) == pytest.approx([2.0, 3.0])


def test_two_widths_are_too_few():
    with pytest.raises(ValueError, match="at least 3 widths >= 512, got 2"):
        width_slope([256, 512, 1024], np.ones((3, 2)))
