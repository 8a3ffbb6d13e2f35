"""Noise scales against the variance of batches that are drawn, and against each other."""

import itertools

import pytest
import torch

from lrtheory.learning_order.theory.noise_scale import (
    equal_scale_noise,
    noise_scale,
    small_batch_noise_scale,
    spherical_noise_scale,
)


@pytest.mark.parametrize("batch", [1, 2, 5, 6])
def test_the_scale_is_that_of_the_variance_of_all_batches(batch):
    gradients = torch.tensor([1.0, -2.0, 0.5, 4.0, 0.0, -3.5], dtype=torch.float64)
    count = len(gradients)
    means = [gradients[list(chosen)].mean() for chosen in itertools.combinations(range(count), batch)]
    variance = torch.stack(means).var(unbiased=False)
    per_example = gradients.var() / count  # of all pairs without replacement
    assert float(variance / per_example) == pytest.approx(count / batch - 1, abs=1e-12)
    assert float(noise_scale(0.3, count, batch)) == pytest.approx(0.3 * (count / batch - 1), abs=1e-15)


def test_small_batches_make_both_alike_and_a_smaller_rate_is_a_larger_batch():
    ratio = small_batch_noise_scale(0.1, 1000, 1) / noise_scale(0.1, 1000, 1)
    assert float(ratio) == pytest.approx(1000 / 999)
    half, twice = small_batch_noise_scale(0.05, 1000, 8), small_batch_noise_scale(0.1, 1000, 16)
    assert float(half) == float(twice) == pytest.approx(6.25)


@pytest.mark.parametrize(("lr", "noise", "new"), [(0.3, 1.0, 0.1), (0.05, 2.0, 0.7)])
def test_the_partner_of_another_rate_has_the_same_scale(lr, noise, new):
    partner = float(equal_scale_noise(lr, noise, new_lr=new))
    assert float(spherical_noise_scale(new, partner)) == pytest.approx(lr * noise**2, rel=1e-14)
    assert new * partner**2 == pytest.approx(lr * noise**2, rel=1e-14)


def test_scales_broadcast():
    lr = torch.tensor([[0.1], [0.3]], dtype=torch.float64)
    batch = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    assert noise_scale(lr, 100, batch).shape == (2, 3)
    assert float(noise_scale(lr, 100, batch)[1, 2]) == 0
    assert float(small_batch_noise_scale(lr, 100, batch)[1, 1]) == pytest.approx(3)
    assert spherical_noise_scale(lr, batch).shape == equal_scale_noise(lr, batch, new_lr=0.2).shape == (2, 3)


def test_numbers_out_of_range_are_refused():
    for formula in (noise_scale, small_batch_noise_scale):
        with pytest.raises(ValueError, match=r"batch_size / examples must lie in \[0, 1\], got 1.5; a batch"):
            formula(0.1, 10, 15)
        with pytest.raises(ValueError, match=r"batch_size must lie in \(0, inf\), got 0"):
            formula(0.1, 10, 0)
        with pytest.raises(ValueError, match=r"examples must lie in \(0, inf\), got 0"):
            formula(0.1, 0, 1)
        with pytest.raises(ValueError, match=r"lr must lie in \[0, inf\), got -0.1"):
            formula(-0.1, 10, 1)
    with pytest.raises(ValueError, match=r"noise must lie in \[0, inf\), got -1"):
        spherical_noise_scale(0.1, -1.0)
    with pytest.raises(ValueError, match=r"lr must lie in \[0, inf\), got -1"):
        spherical_noise_scale(-1.0, 1.0)
    with pytest.raises(ValueError, match=r"new_lr must lie in \(0, inf\), got 0"):
        equal_scale_noise(0.1, 1.0, new_lr=0.0)
    with pytest.raises(ValueError, match=r"noise must lie in \[0, inf\), got -1"):
        equal_scale_noise(0.1, -1.0, new_lr=1.0)
    with pytest.raises(ValueError, match=r"lr must lie in \[0, inf\), got -1"):
        equal_scale_noise(-1.0, 1.0, new_lr=1.0)
