"""The toy of the reply against drawn vectors, at the reply's size of the shift and at others."""

import math

import numpy as np
import pytest

from lrtheory.lazy_rnn.theory.toy import toy_shift, toy_width


@pytest.mark.parametrize(
    ("kappa", "width"), [(1000.0, 10_000), (1000.0, 40_000), (-3.0, 10_000), (20.0, 500)]
)
def test_drawn_vectors_follow_the_predictions(kappa, width):
    count, rng = 200, np.random.default_rng(width)
    a, w = rng.normal(size=(2, count, width))
    shift = kappa / math.sqrt(width) * a
    before = (a * w).sum(1) / math.sqrt(width)
    after = (a * (w + shift)).sum(1) / math.sqrt(width)
    found = toy_shift(kappa, width)
    relative = np.linalg.norm(shift, axis=1) / np.linalg.norm(w, axis=1)
    assert abs(before.mean()) <= 4 / math.sqrt(count)
    assert before.std(ddof=1) == pytest.approx(found.deviation, rel=0.2)
    assert after.mean() == pytest.approx(
        found.shifted_mean, abs=4 * found.shifted_deviation / math.sqrt(count)
    )
    assert after.std(ddof=1) == pytest.approx(found.shifted_deviation, rel=0.2)
    assert relative.mean() == pytest.approx(
        found.relative_movement, rel=2 / width + 4 / math.sqrt(width * count)
    )
    assert np.linalg.norm(shift, axis=1).mean() == pytest.approx(found.movement, rel=1e-2)


def test_bands_stated_for_the_reply():
    rng, width = np.random.default_rng(0), 20_000
    a, w = rng.normal(size=(2, 20, width))
    shift = 1000 / math.sqrt(width) * a
    after = (a * (w + shift)).sum(1) / math.sqrt(width)
    relative = np.linalg.norm(shift, axis=1) / np.linalg.norm(w, axis=1)
    assert after.mean() == pytest.approx(toy_shift(1000, width).shifted_mean, rel=0.015)
    assert relative.mean() == pytest.approx(toy_shift(1000, width).relative_movement, rel=0.01)
    assert 0.6 < math.sqrt(np.mean((a * w).sum(1) ** 2 / width)) < 1.4


def test_the_shift_is_no_shorter_than_w_until_the_width_is_kappa_squared():
    assert toy_shift(1000, 10_000).relative_movement == pytest.approx(10)
    assert toy_width(1000, relative_movement=1.0) == pytest.approx(1e6)
    for kappa, share in ((1000.0, 0.01), (3.0, 0.2)):
        width = round(toy_width(kappa, relative_movement=share))
        assert toy_shift(kappa, width).relative_movement == pytest.approx(share, rel=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, "1000"])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match="kappa must be one finite number"):
        toy_shift(bad, 10)
    with pytest.raises(ValueError, match="kappa must be positive and finite"):
        toy_width(bad, relative_movement=0.1)
    with pytest.raises(ValueError, match="relative_movement must be positive and finite, got 0"):
        toy_width(1.0, relative_movement=0)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        toy_shift(1.0, 0)
