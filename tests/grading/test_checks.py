"""What a check says of a wrong value, and how often a schedule must be right."""

import numpy as np
import pytest

from lrtheory.grading.assignments.checks import Wrong, close
from lrtheory.grading.assignments.learning_order import descent
from lrtheory.grading.notebook import local


def test_numbers_that_look_alike_are_shown_to_where_they_differ():
    with pytest.raises(Wrong, match=r"expected 0\.3, got 0\.30000001"):
        close(float(np.float32(0.3)), 0.3, rtol=1e-9)
    with pytest.raises(Wrong, match=r"expected 0\.3, got 0\.4$"):
        close(0.4, 0.3)


@pytest.mark.parametrize(
    ("losses", "right"),
    [((0.5, 0.5), True), ((0.6, 0.5, 0.5), True), ((0.5, 0.6, 0.6), False), ((0.6, 0.6), False)],
)
def test_a_schedule_must_learn_both_in_two_draws_of_three(losses, right, monkeypatch):
    seeds, left = [], list(losses)

    def train(rates, seed):
        seeds.append(seed)
        return 0.99, left.pop(0), 1.0

    monkeypatch.setattr(descent, "train", train)
    ask = local({"schedule": lambda budget: [0.1] * budget})
    check = next(each for each in descent.CHECKS if each.name == "learns-both")
    if right:
        check.test(ask, np.random.default_rng(3))
    else:
        with pytest.raises(Wrong, match=r"in two runs of [23]: expected accuracy 0\.975 on P"):
            check.test(ask, np.random.default_rng(3))
    assert not left and len(set(seeds)) == len(losses)
