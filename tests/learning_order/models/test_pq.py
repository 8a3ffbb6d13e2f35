"""The two patterns: shares of the groups, the signal in the noise, and the three points of the ray."""

import math

import pytest
import torch

from lrtheory.learning_order import PQDistribution, q_points
from lrtheory.seeds import generator


def sampled(count=40_000, **changed):
    numbers = {"dim": 9, "p_only": 0.2, "q_only": 0.3, "r": 0.25, "alpha_from": 0.4} | changed
    return PQDistribution(**numbers), PQDistribution(**numbers).sample(count, generator=generator(4, "data"))


def test_groups_come_in_their_shares_and_lack_what_they_lack():
    _, drawn = sampled()
    for group, share in enumerate((0.2, 0.3, 0.5)):
        count = (drawn.groups == group).double().mean()
        assert abs(count - share) < 4 * math.sqrt(share * (1 - share) / 40_000)
    assert not drawn.x1[drawn.groups == 1].any() and not drawn.x2[drawn.groups == 0].any()
    assert ((drawn.patterns == -1) == (drawn.groups == 0)).all()
    assert (drawn.x1[drawn.groups != 1] != 0).all()
    assert drawn.x2[drawn.groups != 0][:, 0].min() >= 0.4


@pytest.mark.parametrize("signal", [None, 0.9])
def test_the_signal_is_the_mean_and_the_rest_is_noise_of_length_one(signal):
    task, drawn = sampled(p_only=1.0, q_only=0.0, signal=signal)
    margin = drawn.labels * drawn.x1[:, 0]
    gamma = 1 / 3 if signal is None else signal
    assert task.gamma == pytest.approx(gamma)
    assert margin.min() >= gamma
    folded = (margin - gamma) * 3  # the absolute value of a Gaussian
    assert abs(folded.mean() - math.sqrt(2 / math.pi)) < 4 * 0.6028 / 200
    assert abs(folded.square().mean() - 1) < 4 * math.sqrt(2) / 200
    rest = drawn.x1[:, 1:]
    assert abs(rest.square().sum(1).mean() - 8 / 9) < 0.01
    assert (rest.mT @ drawn.labels / 40_000).abs().max() < 4 / 3 / 200


def test_x2_lies_on_the_three_rays_by_label():
    _, drawn = sampled()
    there = drawn.patterns >= 0
    points = drawn.x2[there][:, :2] / drawn.alpha[there][:, None]
    torch.testing.assert_close(points, q_points(0.25)[drawn.patterns[there]], rtol=0, atol=1e-12)
    assert not drawn.x2[:, 2:].any()
    assert ((drawn.labels[there] > 0) == (drawn.patterns[there] == 0)).all()
    sides = [(drawn.patterns[there] == k).double().mean() for k in (1, 2)]
    assert all(abs(side - 0.25) < 0.01 for side in sides)
    alpha = drawn.alpha[there]
    assert alpha.max() <= 1 and abs(alpha.mean() - 0.7) < 0.005
    assert drawn.joint.shape == (40_000, 18)


def test_no_line_separates_q_since_z_is_the_midpoint_of_the_others():
    z, above, below = q_points(0.25)
    torch.testing.assert_close(z, (above + below) / 2)


def test_one_group_alone_can_be_drawn_and_examples_picked():
    task, _ = sampled()
    drawn = task.sample_group("q_only", 50, generator=generator(1), dtype=torch.float32)
    assert (drawn.groups == 1).all() and drawn.x1.dtype == torch.float32 and len(drawn) == 50
    some = drawn[torch.tensor([3, 7])]
    assert len(some) == 2 and torch.equal(some.alpha, drawn.alpha[[3, 7]]) and some.r == 0.25


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"p_only": 0.8}, r"p_only \+ q_only must be at most 1, got 0.8 \+ 0.3 = 1.1"),
        ({"r": 0.0}, "r must be positive and finite, got 0.0; zeta must differ"),
        ({"r": -0.1}, "r must be positive"),
        ({"dim": 1}, "dim must be at least 2, got 1"),
        ({"q_only": -0.1}, "q_only must"),
        ({"alpha_from": 1.0}, r"alpha_from must lie in \[0, 1\), got 1.0"),
        ({"signal": 0.0}, "signal must be positive"),
    ],
)
def test_distributions_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        sampled(10, **changed)


def test_unknown_groups_and_empty_samples_are_refused():
    task, _ = sampled(10)
    with pytest.raises(ValueError, match="group must be one of"):
        task.sample_group("none", 5, generator=generator(1))
    with pytest.raises(ValueError, match="count"):
        task.sample(0, generator=generator(1))
