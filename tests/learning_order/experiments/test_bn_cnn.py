"""The authors' protocol on digits at its small size: curves, rates, noise, images, and refusals."""

import pytest
import torch

from lrtheory.data.bundled import digits
from lrtheory.learning_order.experiments.bn_cnn import BN_MODELS, _digits, _schedule, bn_cnn


@pytest.mark.slow
def test_curves_of_every_model_differ_but_share_the_images():
    run = bn_cnn(seeds=(0, 2), epochs=1, train=64)
    assert run["large_clean_acc"].shape == (2, 1) and run["seeds"].tolist() == [0, 2]
    losses = {model: run[f"{model}_train_loss"][:, 0] for model in BN_MODELS}
    assert len({each[0] for each in losses.values()}) == 4
    assert all(each[0] != each[1] for each in losses.values())
    louder = bn_cnn(models=("before",), seeds=(0,), epochs=1, train=64, noise=0.8)
    assert louder["before_train_loss"].item() != losses["before"][0]


def test_rates_are_those_of_the_photographs_and_noise_ends_at_epoch_30():
    large, small, before, after = (_schedule(model, 0.3) for model in BN_MODELS)
    assert [large.lr.at(e) for e in (29, 30)] == [0.1, 0.004]
    assert all(each.lr.at(e) == 0.004 for each in (small, before, after) for e in (1, 30, 60))
    assert large.noise.at(1) == small.noise.at(1) == 0
    assert all([each.noise.at(e) for e in (1, 29, 30, 60)] == [0.3, 0.3, 0, 0] for each in (before, after))


def test_digits_are_enlarged_and_noisy():
    made = _digits(0, 1000, "cpu")
    assert made.train.shape == (1000, 16, 16, 1) and made.test.shape == (797, 16, 16, 1)
    everything = torch.cat([made.train, made.test])[..., 0]
    clean = torch.as_tensor(digits().x, dtype=torch.float32)
    counts = torch.cat([made.train_labels, made.test_labels]).bincount()
    assert counts.tolist() == torch.as_tensor(digits().y).bincount().tolist()
    # variance 1 of standardized pixels and 1 of the noise; neighbors share the pixel, not the noise
    assert everything.var().item() == pytest.approx(2, rel=0.02) and abs(everything.mean()) < 0.01
    within = (everything[:, ::2] - everything[:, 1::2]).var().item()
    assert within == pytest.approx(2, rel=0.02)
    standard = (clean - clean.mean()) / clean.std()
    means = torch.stack([standard[torch.as_tensor(digits().y) == c].mean(0) for c in range(10)])
    labels = torch.cat([made.train_labels, made.test_labels])
    found = torch.stack([everything[labels == c].mean(0) for c in range(10)])
    assert (found[:, ::2, ::2] - means).abs().max() < 0.4  # five standard errors of about 180 images


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ("none",)}, "models must be one of large, small, before, after; got 'none'"),
        ({"train": 1797}, r"train must lie in \[1, 1796\], the digits but one, got 1797"),
        ({"train": 0}, r"train must lie in \[1, 1796\]"),
        ({"seeds": (-2,)}, "seeds must be at least 0, got -2"),
        ({"train": 31}, "batch_size must be at most the 31 images, got 32"),
    ],
)  # fmt: skip
def test_settings_that_are_none_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        bn_cnn(**{**bn_cnn.smoke, **changes})
