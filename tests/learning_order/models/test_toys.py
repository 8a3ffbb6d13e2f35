"""The toys: matched losses, throws, thresholds and directions, against the plain descent and known values."""

import math

import numpy as np
import pytest
import torch

from lrtheory import GradientDescent, batches, descend, generator, gradient, step_decay
from lrtheory.landscape import autograd_gradient
from lrtheory.learning_order.models.toys import (
    ErrorRegression,
    ProductThreshold,
    TwoHessians,
    random_throw_start,
    threshold_descent,
    threshold_limit,
    throw,
)

ONES = torch.ones(2, dtype=torch.float64)
START = (0.1, math.sqrt(40))


def matched(rule, target, since=0):
    """Test loss and step where the training loss first reaches a target."""
    plane = TwoHessians()
    looks = {"train": plane.loss, "test": plane.test_loss}
    path = descend(rule, plane, ONES, steps=1200, every=1, observe=looks, keep_theta=False)
    first = since + int((path.observed["train"][since:] <= target).double().argmax())
    return first, float(path.observed["test"][first])


@pytest.mark.parametrize(
    ("target", "steps", "test"),
    [(4e-3, 112, 0.3996), (2e-3, 458, 0.2), (1e-3, 805, 0.0999), (5e-4, 1151, 0.05)],
)
def test_at_the_same_training_loss_the_large_rate_has_the_smaller_test_loss(target, steps, test):
    first, small = matched(GradientDescent(0.1), target)
    assert first == steps and small == pytest.approx(test, abs=6e-5)
    first, large = matched(GradientDescent(step_decay(1.995, at=300, factor=0.1 / 1.995)), target, since=300)
    assert 309 <= first <= 319 and large < 1e-4


@pytest.mark.parametrize(
    "landscape",
    [TwoHessians((2.0, 0.3, 1.0), (1.0, 2.0, 3.0)), ProductThreshold(), ErrorRegression(torch.randn(
        5, 3, generator=generator(0, "x"), dtype=torch.float64))],
    ids=lambda each: type(each).__name__,
)  # fmt: skip
def test_gradients_are_those_of_the_losses(landscape):
    theta = torch.randn(4, landscape.dim, generator=generator(1, "theta"), dtype=torch.float64)
    assert torch.allclose(gradient(landscape, theta), autograd_gradient(landscape, theta), rtol=1e-11)


def test_losses_are_the_formulas():
    theta = torch.tensor([2.0, 3.0], dtype=torch.float64)
    plane = TwoHessians((0.5, 4.0), (3.0, 0.25))
    assert float(plane.loss(theta)) == 0.5 * (0.5 * 4 + 4 * 9)
    assert float(plane.test_loss(theta)) == 0.5 * (3 * 4 + 0.25 * 9)
    assert float(ProductThreshold().loss(theta)) == math.sqrt(37)
    regression = ErrorRegression(torch.tensor([[1.0, 2.0], [0.0, 1.0]], dtype=torch.float64))
    assert float(regression.loss(theta)) == (64 + 9) / 4
    assert float(regression.loss(theta, torch.tensor([1]))) == 4.5


def test_rates_above_two_over_the_square_end_where_it_is_just_stable():
    rates = np.array([0.02, 0.04, 0.06, 0.1, 0.2, 0.4])
    found = threshold_descent(rates, *START, steps=60_000)
    assert found == pytest.approx([39.985, 39.967, 33.273, 19.899, 9.796, 4.563], abs=2e-3)
    told = threshold_limit(rates, *START)
    assert told == pytest.approx([39.99, 39.99, 100 / 3, 20, 10, 5])
    assert np.abs(found / told - 1).max() < 0.09 and np.abs(found / told - 1)[:4].max() < 0.01


def test_the_descent_of_many_rates_is_that_of_the_landscape():
    for lr in (0.03, 0.3):
        start = torch.tensor(START, dtype=torch.float64)
        square = float(descend(GradientDescent(lr), ProductThreshold(), start, steps=50).final[1] ** 2)
        assert threshold_descent([lr], *START, steps=50)[0] == pytest.approx(square, rel=1e-12)


def test_two_numbers_describe_a_throw_exactly():
    width, lr = 30, 1.3
    numbers = generator(0, "throw")
    u, v = (torch.randn(width, generator=numbers, dtype=torch.float64) for _ in range(2))
    f, kernel = random_throw_start(width, generator=generator(0, "throw"))
    assert f == pytest.approx(float(u @ v) / math.sqrt(width))
    run = throw(f, kernel, lr, width=width, steps=25)
    for t in range(26):
        own = float(u @ v) / math.sqrt(width)
        assert run.loss[t] == pytest.approx(own**2 / 2, rel=1e-9)
        assert run.kernel[t] == pytest.approx(float(u @ u + v @ v) / width, rel=1e-9)
        pull = lr * own / math.sqrt(width)
        u, v = u - pull * v, v - pull * u


@pytest.mark.parametrize("seed", range(4))
def test_between_two_and_four_the_loss_is_thrown_and_the_kernel_falls(seed):
    f, kernel = random_throw_start(1000, generator=generator(seed, "throw"))
    runs = {c: throw(f, kernel, c / kernel, width=1000, steps=2000) for c in (0.5, 1.5, 2.5, 3.0, 3.9, 4.2)}
    for c in (0.5, 1.5):
        assert runs[c].loss.max() == runs[c].loss[0] and runs[c].kernel[-1] / kernel > 0.99
    for c in (2.5, 3.0, 3.9):
        assert runs[c].loss.max() > 10 * runs[c].loss[0] and runs[c].loss[-1] < 1e-12
        assert runs[c].kernel[-1] * c / kernel < 2
    assert runs[2.5].kernel[-1] / kernel == pytest.approx(0.51, abs=0.01)
    assert np.isinf(runs[4.2].loss[-1])


def orthogonal(shake=0.0):
    numbers = generator(0, "directions")
    basis = torch.linalg.qr(torch.randn(16, 8, generator=numbers, dtype=torch.float64))[0].mT
    sizes = torch.linspace(2.0, 1.0, 8, dtype=torch.float64).sqrt()
    extra = shake * torch.randn(8, 16, generator=numbers, dtype=torch.float64)
    return ErrorRegression(sizes[:, None] * basis + extra), basis.sum(0) / math.sqrt(8)


def test_errors_of_orthogonal_examples_shrink_each_by_its_own_visits():
    """A step on example i multiplies the error along it by 1 - lr |x_i|^2, and leaves the others."""
    regression, start = orthogonal()
    stream = batches(8, 1, order="replacement", generator=generator(1, "b"))
    drawn = [next(stream) for _ in range(60)]
    path = descend(
        GradientDescent(0.97), regression, start, steps=60,
        batches=batches(8, 1, order="replacement", generator=generator(1, "b")),
    )
    sizes = regression.inputs.square().sum(1)
    visits = torch.bincount(torch.cat(drawn), minlength=8)
    told = (1 - 0.97 * sizes) ** visits / math.sqrt(8)
    directions = regression.inputs / sizes.sqrt()[:, None]
    assert torch.allclose(directions @ path.final, told, rtol=1e-9, atol=1e-15)
    assert float(regression.top_cosine(path.final)) == pytest.approx(float(told[0].abs() / told.norm()))


def test_the_cosine_is_with_the_longest_direction():
    regression, start = orthogonal()
    assert float(regression.top_cosine(start)) == pytest.approx(1 / math.sqrt(8))
    for sign in (1, -1):
        assert float(regression.top_cosine(sign * regression.inputs[0])) == pytest.approx(1)
    assert float(regression.top_cosine(regression.inputs[5])) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TwoHessians((1.0,), (1.0, 2.0)), "train and test need as many curvatures"),
        (lambda: TwoHessians((1.0, 0.0), (1.0, 2.0)), "curvatures must be positive"),
        (lambda: threshold_limit([0.1, -0.1], *START), "lr must be positive and finite"),
        (lambda: threshold_limit(0.1, 2.0, 1.0), "y must be larger than x in size, got x = 2.0, y = 1.0"),
        (lambda: threshold_descent(0.1, *START, steps=-1), "steps must be at least 0"),
        (lambda: throw(1.0, 0.0, 0.1, width=3, steps=1), "kernel must be positive"),
        (lambda: threshold_descent([0.1, math.inf], *START, steps=1), "lr must be positive and finite"),
        (lambda: throw(-2.0, 1.9, 0.1, width=4, steps=1), r"2 \|output\| / sqrt\(width\) = 2, got 1\.9"),
        (lambda: throw(1.0, 1.0, 0.0, width=3, steps=1), "lr must be positive"),
        (lambda: throw(1.0, 1.0, 0.1, width=0, steps=1), "width must be at least 1"),
        (lambda: throw(math.nan, 1.0, 0.1, width=3, steps=1), "output must be one finite number"),
        (lambda: random_throw_start(0, generator=generator(0, "x")), "width must be at least 1"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
