"""Named streams of random numbers."""

import subprocess
import sys

import pytest
import torch

from lrtheory import generator
from lrtheory.seeds import stream_seed


def draws(*key):
    return torch.rand(8, generator=generator(*key))


def test_the_same_stream_gives_the_same_numbers():
    assert torch.equal(draws(3, "start"), draws(3, "start"))


@pytest.mark.parametrize("other", [(4, "start"), (3, "noise"), (3, "start", 1), (3, "start", "1"), (3,)])
def test_another_seed_or_name_gives_other_numbers(other):
    assert not torch.equal(draws(3, "start"), draws(*other))


def test_a_number_and_its_text_name_different_streams():
    assert stream_seed(0, 1) != stream_seed(0, "1")


def test_streams_are_the_same_in_another_process():
    code = "from lrtheory.seeds import stream_seed; print(stream_seed(5, 'data', 2))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(other) == stream_seed(5, "data", 2)


def test_drawing_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    draws(0, "start")
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_a_seed_that_is_no_count_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a non-negative integer, got"):
        generator(seed, "start")
