"""Tokens and targets, drawn and real."""

import math

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.real import digit_rows, vowel_frames
from lrtheory.lazy_rnn.models.sequences import last_time
from lrtheory.lazy_rnn.models.tokens import random_targets, random_tokens, simple_targets


@pytest.mark.parametrize(("count", "times", "inputs"), [(5, 4, 6), (3, 2, 2), (1, 7, 3)])
def test_random_tokens_have_norm_one_and_begin_as_the_theorem_asks(count, times, inputs):
    tokens = random_tokens(count, times, inputs, generator=generator(0, "tokens"))
    assert tokens.shape == (count, times, inputs)
    assert torch.allclose(tokens.norm(dim=-1), torch.ones(count, times, dtype=torch.float64), rtol=1e-14)
    assert bool((tokens[:, 0, -1] == 1 / math.sqrt(2)).all())


def test_random_targets_are_standard_normal_numbers_at_every_time():
    tokens = random_tokens(400, 5, 3, generator=generator(0, "tokens"))
    targets = random_targets(tokens, 2, generator=generator(1, "targets"))
    assert targets.shape == (400, 5, 2) and abs(targets.mean()) < 4 / math.sqrt(4000)
    assert abs(targets.var() - 1) < 4 * math.sqrt(2 / 4000)


@pytest.mark.parametrize("complexity", ["linear", "smooth"])
def test_simple_targets_depend_on_two_tokens_and_have_mean_square_one(complexity):
    tokens = random_tokens(20, 6, 4, generator=generator(0, "tokens"))
    targets = simple_targets(tokens, complexity, generator=generator(1, "rule"))
    assert targets.shape == (20, 6, 1) and bool((targets[:, 0] == 0).all())
    assert torch.allclose(targets[:, 1:].square().mean(), torch.ones(1).double())
    other = tokens.clone()
    other[:, :2] = tokens[:, [1, 0]]
    scaled = simple_targets(other, complexity, generator=generator(1, "rule"))
    ratio = scaled[:, 3:] / targets[:, 3:]  # the same but for the common size
    assert torch.allclose(ratio, ratio[0, 0].expand_as(ratio), rtol=1e-12)


def test_linear_targets_add_up():
    tokens = random_tokens(9, 4, 3, generator=generator(0, "tokens"))
    targets = simple_targets(tokens, "linear", generator=generator(1, "rule"))[:, 1:, 0].flatten()
    pairs = torch.cat([tokens[:, :-1], tokens[:, 1:]], -1).flatten(0, 1)
    found = torch.linalg.lstsq(pairs, targets[:, None]).solution
    assert torch.allclose(pairs @ found, targets[:, None], atol=1e-12)
    u, v = found[:3].norm(), found[3:].norm()
    assert torch.allclose(u, v, rtol=1e-10)


def test_bad_sizes_and_rules_are_refused():
    with pytest.raises(ValueError, match="times must be at least 2, got 1"):
        random_tokens(3, 1, 3, generator=generator(0, "t"))
    with pytest.raises(ValueError, match="complexity must be one of linear, smooth; got 'cubic'"):
        simple_targets(torch.ones(2, 3, 4), "cubic", generator=generator(0, "t"))
    with pytest.raises(ValueError, match="part must be one of train, test; got 'all'"):
        vowel_frames("all")


def test_rows_of_digits_are_tokens_that_the_theorem_allows():
    tokens, digits = digit_rows()
    assert tokens.shape == (1797, 8, 10) and sorted(set(digits.tolist())) == list(range(10))
    norms = tokens.norm(dim=-1)
    assert torch.allclose(norms[:, 0], torch.ones(1797, dtype=torch.float64)) and bool((norms <= 1).all())
    assert torch.allclose(tokens[:, 0, -1], torch.full((1797,), math.sqrt(0.5), dtype=torch.float64))
    assert bool((tokens[:, 1:, 8:] == 0).all())


@pytest.mark.parametrize(("part", "count", "longest"), [("train", 270, 26), ("test", 370, 29)])
def test_vowels_are_read_to_their_own_length(part, count, longest):
    frames, speakers = vowel_frames(part)
    assert len(frames) == len(speakers) == count
    assert min(map(len, frames)) == 7 and max(map(len, frames)) == longest
    assert all(torch.allclose(each.norm(dim=-1), torch.ones(len(each)).double()) for each in frames)
    sequences = last_time(frames[:5])
    network = random_network(12, 13, generator=generator(0, "weights"))
    assert sequences.flat(network.outputs_of(network.start, sequences)).shape == (5,)
