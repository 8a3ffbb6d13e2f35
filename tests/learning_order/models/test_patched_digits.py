"""Digits with patches: norms, groups and labels as promised, no leak from test to training."""

import re

import pytest
import torch

from lrtheory import generator
from lrtheory.data.bundled import digits
from lrtheory.learning_order.models.patched_digits import patched_digits


def drawn(seed=0, **options):
    return patched_digits(generator(seed, "data"), **{"dtype": torch.float64, **options})


def test_prototypes_lie_on_both_sides_of_one_common_vector():
    data = drawn(common=7.0, own=1.5, patch_length=12)
    plus, minus = data.prototypes[::2], data.prototypes[1::2]
    middle, half = (plus + minus) / 2, (plus - minus) / 2
    assert torch.allclose(middle, middle[:1].expand_as(middle)) and middle.shape == (10, 12)
    assert torch.allclose(middle.norm(dim=1), torch.tensor(7.0).double())
    assert torch.allclose(half.norm(dim=1), torch.tensor(1.5).double())
    assert (half @ middle[0]).abs().max() < 1e-12


def test_no_linear_function_of_a_patch_tells_its_class():
    """Z + zeta and z - zeta have the mean z in every class: least squares find nothing."""
    data = drawn()
    targets = torch.nn.functional.one_hot(data.prototype_labels, 10).double() - 0.1
    fitted = data.prototypes @ torch.linalg.lstsq(data.prototypes, targets).solution
    assert fitted.abs().max() < 1e-10


@pytest.mark.parametrize(("bare", "blank"), [(0.1, 0.2), (0.3, 0.05)])
def test_groups_come_with_their_probabilities_and_share_nobody(bare, blank):
    data = drawn(digit_only=bare, patch_only=blank)
    shares = {group: float(data.members(group).double().mean()) for group in ("digit", "patch", "both")}
    for group, wanted in (("digit", bare), ("patch", blank), ("both", 1 - bare - blank)):
        assert abs(shares[group] - wanted) < 4 * (wanted * (1 - wanted) / 1000) ** 0.5
    assert sum(shares.values()) == pytest.approx(1)


def test_a_patch_belongs_to_the_label_and_its_strength_lies_in_one_half_to_one():
    data = drawn()
    patched = data.strength > 0
    assert torch.equal(data.variant // 2, data.labels)
    assert 0.5 <= float(data.strength[patched].min()) < 0.51 and 0.99 < float(data.strength.max()) <= 1
    assert abs(float((data.variant % 2).double().mean()) - 0.5) < 4 * 0.5 / 1000**0.5
    assert torch.allclose(data.patches[3], data.strength[3] * data.prototypes[data.variant[3]])
    assert torch.equal(data.prototype_labels, torch.arange(10).repeat_interleave(2))


def test_pixels_are_digits_with_noise_and_no_digit_is_in_both_parts():
    quiet = drawn(pixel_noise=0.0, pixel_scale=1.0, train=1200, patch_only=0.0)
    images = torch.cat([quiet.pixels, quiet.test_pixels])
    assert images.shape == (1797, 64) and quiet.test_pixels.shape == (597, 64)
    assert float(images.mean()) == pytest.approx(0, abs=1e-12) and float(images.std()) == pytest.approx(1)
    rows = {tuple(row) for row in digits().x.reshape(1797, 64)}
    assert len({tuple(row) for row in images.tolist()}) == len(rows)
    noisy = drawn(pixel_noise=0.5, pixel_scale=0.2, patch_only=0.0)
    deviation = float(torch.cat([noisy.pixels, noisy.test_pixels]).std())
    assert deviation == pytest.approx(0.2 * 1.25**0.5, rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train": 1797}, "train must leave some of the 1797 digits for the test, got 1797"),
        ({"digit_only": 0.7, "patch_only": 0.6}, "digit_only + patch_only must be at most 1, got 0.7 + 0.6"),
        ({"patch_only": -0.1}, "patch_only must lie in [0, 1], got -0.1"),
        ({"digit_only": 1.1}, "digit_only must lie in [0, 1], got 1.1"),
        ({"pixel_scale": 0.0}, "pixel_scale must be positive and finite, got 0.0"),
        ({"common": -1.0}, "common must be positive and finite, got -1.0"),
        ({"own": 0.0}, "own must be positive and finite, got 0.0"),
        ({"pixel_noise": -1.0}, "pixel_noise must lie in [0, inf], got -1.0"),
        ({"patch_length": 1}, "patch_length must be at least 2, got 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        drawn(**change)


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="group must be one of digit, patch, both; got 'all'"):
        drawn().members("all")
