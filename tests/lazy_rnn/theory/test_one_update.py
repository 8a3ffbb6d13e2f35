"""Constants of one update against networks of a plain loop: several lengths of tokens, changes, outputs."""

import math

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.theory.one_update import one_update

DOUBLE = {"dtype": torch.float64}


def one_network(change, width, norms, outputs, source):
    """Difference to the linear model, flips and movement of the smallest update, from the network itself."""
    tokens = torch.randn(2, 3, generator=source, **DOUBLE)
    tokens = tokens / tokens.norm(dim=-1, keepdim=True) * torch.tensor(norms, **DOUBLE)[:, None]
    scale = math.sqrt(2 / width)
    transition = scale * torch.randn(width, width, generator=source, **DOUBLE)
    input_weights = scale * torch.randn(width, 3, generator=source, **DOUBLE)
    readout = torch.randn(outputs, width, generator=source, **DOUBLE) / math.sqrt(outputs)
    direction = torch.randn(outputs, generator=source, **DOUBLE)
    direction = direction / direction.norm()
    hidden = torch.relu(input_weights @ tokens[0])
    g = transition @ hidden + input_weights @ tokens[1]
    rows = readout * (g > 0)  # the Jacobian with respect to W is rows[r] times hidden'
    left = rows.T @ torch.linalg.solve(rows @ rows.T, change * direction) / hidden.square().sum()
    moved = g + left * hidden.square().sum()
    nonlinear = direction @ readout @ (moved.relu() - g.relu()) - change
    return nonlinear, ((moved > 0) != (g > 0)).double().mean(), left.norm() * hidden.norm()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "norms", "outputs"),
    [
        (1.0, (1.0, 1.0), 1),
        (-2.0, (1.0, 1.0), 1),
        (1.5, (0.5, 1.2), 1),
        (-1.0, (2.0, 0.0), 1),
        (2.0, (1.3, 0.4), 3),
    ],
)
def test_means_over_networks(change, norms, outputs):
    width, source = 1024, generator(7, "networks")
    drawn = torch.tensor([one_network(change, width, norms, outputs, source) for _ in range(60)])
    mean, stderr = drawn.mean(0), drawn.std(0) / math.sqrt(len(drawn))
    found = one_update(change, width=width, first_norm=norms[0], second_norm=norms[1], outputs=outputs)
    predicted = torch.tensor([found.difference, found.flip_fraction, found.movement])
    order = 3 / width * (1 + change**2)  # what the next order may add, relatively
    assert bool(((mean - predicted).abs() <= 4 * stderr + order * predicted.abs()).all())
    assert bool((stderr < 0.15 * predicted.abs()).all())


def test_stored_constants_for_unit_tokens():
    found = one_update(1.0, width=10_000)
    assert found.difference * 100 == pytest.approx(-1 / math.pi, rel=1e-14)
    assert found.flip_fraction * 100 == pytest.approx(1 / (2 * math.pi), rel=1e-14)
    assert found.movement * 100 == pytest.approx(math.sqrt(2), rel=1e-14)


def test_scales():
    found = one_update(0.7, width=400, first_norm=1.3, second_norm=0.4, outputs=2)
    wider = one_update(0.7, width=1600, first_norm=1.3, second_norm=0.4, outputs=2)
    larger = one_update(-2.1, width=400, first_norm=1.3, second_norm=0.4, outputs=2)
    homogeneous = one_update(3.5, width=400, first_norm=6.5, second_norm=2.0, outputs=2)
    assert wider.difference == pytest.approx(found.difference / 2)
    assert larger.difference == pytest.approx(-9 * found.difference)  # against the change, whatever its sign
    assert larger.flip_fraction == pytest.approx(3 * found.flip_fraction)
    assert larger.movement == pytest.approx(3 * found.movement)
    assert homogeneous.difference == pytest.approx(5 * found.difference)
    assert homogeneous.flip_fraction == pytest.approx(found.flip_fraction)
    assert homogeneous.movement == pytest.approx(found.movement)
    assert one_update(0.0, width=3).flip_fraction == 0.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"change": math.nan}, "change must be one finite number, got nan"),
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"width": 2.5}, "width must be a whole number"),
        ({"first_norm": 0.0}, "first_norm must be positive and finite, got 0.0"),
        ({"second_norm": -1.0}, "second_norm must not be negative, got -1.0"),
        ({"second_norm": math.nan}, "second_norm must be one finite number, got nan"),
        ({"outputs": 0}, "outputs must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        one_update(**({"change": 1.0, "width": 8} | given))
