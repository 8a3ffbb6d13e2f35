"""The two-block network as a landscape: its gradient, its plane, its three outputs, its noise."""

import pytest
import torch

from lrtheory.descent import NoisyGradientDescent, descend
from lrtheory.landscape import autograd_gradient, pack
from lrtheory.learning_order import PQDistribution, Setting, TwoLayerNet, q_points
from lrtheory.seeds import generator

DATA = PQDistribution(12, p_only=0.2, q_only=0.3, r=0.4, alpha_from=0.25, signal=0.6)
SETTING = Setting(
    DATA, examples=60, width_p=6, width_q=1500, scale_q=1.7, tau_p=0.3, tau_q=0.9, weight_decay=0.02, lr=0.4
)


def drawn(setting=SETTING, seed=3):
    return setting.drawn((generator(seed, "data"), generator(seed, "weights")))


@pytest.mark.parametrize("kind", ["logistic", "squared"])
def test_the_gradient_is_that_of_the_loss_for_every_member_and_batch(kind):
    task, start = drawn(Setting(DATA, examples=30, width_p=4, width_q=9, weight_decay=0.05))
    task = type(task)(task.examples, task.second, task.weight_decay, kind)
    theta = torch.stack([start, 0.5 * start + 0.1])
    for samples in (None, torch.tensor([0, 3, 7, 20])):
        expected = autograd_gradient(task, theta, samples)
        torch.testing.assert_close(task.gradient(theta, samples), expected, rtol=1e-12, atol=1e-14)


def test_the_plane_stands_for_all_coordinates_of_x2():
    """Run in R^d with rotated z and zeta; project; the same run in the plane with the projected noise."""
    setting = Setting(DATA, examples=40, width_p=4, width_q=50, scale_q=2.0, weight_decay=0.03, lr=0.3)
    task, start = drawn(setting)
    basis, _ = torch.linalg.qr(torch.randn(12, 12, generator=generator(9), dtype=torch.float64))
    plane = basis[:, :2]
    x2 = task.examples.x2_plane @ plane.T
    full = type(task)(task.examples, task.second, task.weight_decay, q_inputs=x2)
    v = torch.randn(50, 12, generator=generator(10), dtype=torch.float64)
    theta = pack([task.blocks(start).p, v])
    noise = 0.1 * torch.randn(25, full.dim, generator=generator(11), dtype=torch.float64)

    def projected(flat):
        p, q = full.blocks(flat)
        return pack([p, q @ plane])

    def draws(rows):
        left = iter(rows)
        return NoisyGradientDescent(0.3, lambda theta, _: next(left))

    run = descend(draws(noise), full, theta, steps=25, generator=generator(0))
    shadow = draws([projected(n) for n in noise])
    small = descend(shadow, task, projected(theta), steps=25, generator=generator(0))
    torch.testing.assert_close(projected(run.final), small.final, rtol=0, atol=1e-12)
    torch.testing.assert_close(full.outputs(run.final), task.outputs(small.final), rtol=0, atol=1e-12)


def test_the_noise_of_the_rule_holds_the_weights_at_their_size():
    """With labels that pull nowhere the weights are an autoregression with the size of the start."""
    setting = Setting(DATA, examples=4, width_p=40, width_q=3000, scale_q=1e-9, weight_decay=0.5, lr=0.4)
    task, start = drawn(setting)
    rule = NoisyGradientDescent(0.4, task.gradient_noise(setting.noise))
    run = descend(rule, task, start, steps=60, generator=generator(1, "noise"))
    before, after = task.blocks(start), task.blocks(run.final)
    assert after.q.std() == pytest.approx(setting.tau_q, rel=0.03)
    assert after.p.std() == pytest.approx(setting.tau_p, rel=0.2)
    assert abs(torch.corrcoef(torch.stack([before.q.flatten(), after.q.flatten()]))[0, 1]) < 0.06


def test_three_outputs_give_every_output_of_the_second_block():
    task, start = drawn()
    v = task.blocks(start).q
    g = (q_points(0.4) @ v.mT).relu() @ task.second.q
    direct = (task.examples.x2_plane @ v.mT).relu() @ task.second.q
    there = task.examples.patterns >= 0
    torch.testing.assert_close(direct[there], (task.examples.alpha * g[task.examples.patterns])[there])
    assert not direct[~there].any()


def test_a_joint_network_whose_units_are_blind_to_one_half_is_that_of_two_blocks():
    task, start = drawn(Setting(DATA, examples=25, width_p=4, width_q=7, scale_q=2.0, weight_decay=0.04))
    p, q = task.blocks(start)
    units = torch.zeros(11, 24, dtype=torch.float64)
    units[:4, :12], units[4:, 12:14] = p, q
    joint = TwoLayerNet(
        task.examples.joint, task.examples.labels, torch.cat(list(task.second)), weight_decay=0.04
    )
    theta = units.flatten()
    torch.testing.assert_close(joint.outputs(theta), task.outputs(start), rtol=0, atol=1e-13)
    torch.testing.assert_close(joint.loss(theta), task.loss(start))
    slope = joint.gradient(theta).reshape(11, 24)
    expected = task.blocks(task.gradient(start))
    torch.testing.assert_close(slope[:4, :12], expected.p, rtol=0, atol=1e-13)
    torch.testing.assert_close(slope[4:, 12:14], expected.q, rtol=0, atol=1e-13)
    assert slope[:4, 12:].abs().max() > 1e-4  # but its units may begin to see the other half
