"""The twin of the helix and the ring that it closes into are climbed and circled as fast; long plain runs."""

import math

import pytest
import torch

from lrtheory.diagrams.measures.helix_runs import helix_climb
from lrtheory.diagrams.measures.runs import fresh_weights
from lrtheory.diagrams.models.screws import linear_screw, ring_helix, ring_place
from lrtheory.diagrams.theory.archimedes import screw_velocity
from lrtheory.measure import mean_and_stderr
from lrtheory.seeds import generator

pytestmark = pytest.mark.slow


def test_the_twin_climbs_like_the_helix():
    start = torch.zeros(3, dtype=torch.float64)
    theta = fresh_weights(
        linear_screw(), start, lr=0.2, steps=300, members=10_000, generator=generator(0, "twin")
    )
    twin = mean_and_stderr(theta[:, 2] / 300)
    compiled = helix_climb(0.2, walkers=20_000, steps=300, generator=generator(0, "helix"), burn=0)
    off = twin.value - compiled.velocity.value
    assert abs(off) < 4 * math.hypot(twin.stderr, compiled.velocity.stderr)
    assert twin.value > 20 * twin.stderr


@pytest.mark.parametrize("lr", [0.05, 0.1])
def test_the_turning_of_the_valley_is_seen_in_the_speed(lr):
    """The cloud of a straight valley alone is off by many errors; with the turning nothing is left."""
    climb = helix_climb(lr, walkers=40_000, steps=4_000, generator=generator(0, "turning", int(1000 * lr)))
    turning, cloud = screw_velocity(lr), screw_velocity(lr, accuracy="cloud")
    assert abs(climb.velocity.value - turning) < 4 * climb.velocity.stderr
    assert abs(climb.velocity.value - cloud) > 4 * climb.velocity.stderr


def test_sgd_circles_the_ring():
    """A third of the way around a ring of three turns: no potential has a force all around its minimum."""
    turns, steps, lr = 12, 600, 0.1
    start = torch.tensor([float(turns), 0.0, 0.0], dtype=torch.float64)
    theta = fresh_weights(
        ring_helix(turns), start, lr=lr, steps=steps, members=10_000, generator=generator(0, "ring")
    )
    circled = mean_and_stderr(ring_place(theta, turns) / steps)
    assert circled.value > 20 * circled.stderr
    assert circled.value == pytest.approx(screw_velocity(lr), rel=0.1)  # the ring is only so straight
