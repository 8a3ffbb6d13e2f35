"""What a module is refused for or warned of, and what works: mixing, chance, kinks, recurrence, attention."""

import functools
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lrtheory import generator
from lrtheory.diagrams import ModulePopulation

HALF_SQUARE = lambda outputs, targets: 0.5 * (outputs - targets) ** 2  # noqa: E731


def normal(*shape, stream="data"):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(0, stream))


class Then(nn.Module):
    """A linear layer, then a function of its outputs; one number an example."""

    def __init__(self, function, features=3):
        super().__init__()
        self.layer, self.function = nn.Linear(features, 2), function

    def forward(self, x):
        return self.function(self.layer(x)).sum(-1)


def population(module, criterion=HALF_SQUARE, examples=5, targets=None):
    y = normal(examples, stream="targets") if targets is None else targets
    return ModulePopulation(module.double(), normal(examples, 3), y, criterion)


MIXES = {
    "centers over the batch": lambda h: h - h.mean(0),
    "normalizes over the batch": lambda h: F.batch_norm(h, None, None, training=True),
    "softmax over examples": lambda h: h.softmax(0),
    "adds up along the batch": lambda h: h.cumsum(0),
    "looks at its neighbor": lambda h: h + torch.roll(h, 1, 0),
    "attends to other examples": lambda h: F.scaled_dot_product_attention(h[None], h[None], h[None])[0],
    "divides by the largest": lambda h: h / h.abs().amax(),
    "counts the examples": lambda h: h / len(h),
}


@pytest.mark.filterwarnings("ignore:the module or its criterion runs")
@pytest.mark.parametrize("kind", MIXES)
@pytest.mark.parametrize("examples", [2, 5, 40])
def test_a_module_that_mixes_examples_is_refused(kind, examples):
    with pytest.raises(ValueError, match=r"the loss of (an example changes with|one example alone)"):
        population(Then(MIXES[kind]), examples=examples)


def test_batch_normalization_is_refused_unless_it_has_seen_data():
    with pytest.raises(
        ValueError, match="BatchNorm1d mixes examples or draws at random: put the module in eval"
    ):
        population(Then(nn.BatchNorm1d(2)))
    with pytest.raises(ValueError, match=r"the loss of one example alone cannot be .*mixes examples"):
        population(Then(nn.BatchNorm1d(2, track_running_stats=False)).eval())
    population(Then(nn.BatchNorm1d(2)).eval())
    population(Then(nn.LayerNorm(2)))


@pytest.mark.parametrize(
    "draw",
    [
        lambda h: F.dropout(h, 0.5),
        lambda h: F.dropout(h, 1e-3),
        lambda h: h + 1e-3 * torch.randn_like(h),
        lambda h: h + 0 * torch.rand(1),
        lambda h: F.gumbel_softmax(h),
    ],
)
def test_a_module_that_draws_numbers_is_refused_and_leaves_the_stream_as_it_was(draw):
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="draws random numbers"):
        population(Then(draw).eval())
    after_layer = torch.get_rng_state()  # the layer's own start was drawn from it, and nothing since
    torch.set_rng_state(before)
    Then(draw)
    assert torch.equal(torch.get_rng_state(), after_layer)


def test_a_module_that_differs_from_call_to_call_is_refused():
    source, calls = generator(0, "own"), []
    own = lambda h: h + 1e-3 * torch.randn(h.shape, generator=source, dtype=h.dtype)  # noqa: E731
    with pytest.raises(ValueError, match="the losses differ from call to call"):
        population(Then(own))
    with pytest.raises(ValueError, match="the losses differ from call to call"):
        population(Then(lambda h: h * (1 + 1e-3 * (calls.append(1) or len(calls)))))


def test_a_module_that_changes_its_buffers_is_refused():
    class Counts(Then):
        def __init__(self):
            super().__init__(torch.tanh)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return super().forward(x)

    with pytest.raises(ValueError, match="the module changes its own buffers when it is called"):
        population(Counts())


@pytest.mark.parametrize(
    "criterion",
    [
        lambda outputs, targets: ((outputs - targets) ** 2).mean(-1),
        lambda outputs, targets: ((outputs - targets) ** 2).sum(dim=tuple(range(1, outputs.ndim))),
        functools.partial(F.mse_loss, reduction="none"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_targets_that_broadcast_against_outputs_are_refused_with_the_remedy(criterion):
    net = nn.Linear(3, 1)
    with pytest.raises(ValueError, match="squeeze the outputs"):
        population(net, criterion)
    fine = population(net, lambda outputs, targets: criterion(outputs, targets[:, None]).reshape(-1))
    assert fine.losses(fine.start).shape == (5,)


KINKS = {
    "relu": F.relu, "abs": torch.abs, "clamp": lambda h: h.clamp(-1, 1), "leaky_relu": F.leaky_relu,
    "hardtanh": F.hardtanh, "maximum": lambda h: torch.maximum(h, 2 * h), "elu": F.elu, "floor": torch.floor,
    "max": lambda h: h.max(-1, keepdim=True).values, "sort": lambda h: h.sort(-1).values[:, :1],
    "max_pool1d": lambda h: F.max_pool1d(h[:, None], 2)[:, 0], "round": torch.round, "hardswish": F.hardswish,
    "where": lambda h: torch.where(h > 0, h, h**2), "softshrink": F.softshrink,
    "clamp_min": lambda h: h.clamp_min(0.0), "relu_": lambda h: h.clone().relu_(),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINKS)
def test_a_kink_that_runs_is_warned_of_wherever_it_is_written(kind):
    with pytest.warns(UserWarning, match="the module or its criterion runs .*: its loss is not analytic"):
        population(Then(KINKS[kind]))


@pytest.mark.parametrize(
    "criterion",
    [
        functools.partial(F.l1_loss, reduction="none"),
        functools.partial(F.smooth_l1_loss, reduction="none"),
        functools.partial(F.huber_loss, reduction="none"),
        lambda outputs, targets: (1 - targets * outputs).clamp_min(0),
        lambda outputs, targets: F.relu(1 - targets * outputs) ** 2,
    ],
)
def test_a_criterion_with_a_kink_is_warned_of(criterion):
    with pytest.warns(UserWarning, match="the module or its criterion runs"):
        population(Then(torch.tanh), criterion)


def test_a_layer_with_a_kink_is_named_and_one_that_does_not_run_is_not():
    class Unused(Then):
        def __init__(self):
            super().__init__(torch.tanh)
            self.spare = nn.ReLU()

    with pytest.warns(UserWarning, match="the module contains ReLU: its loss is not analytic"):
        population(Then(nn.ReLU()))
    with pytest.warns(
        UserWarning, match="the module contains ReLU and the module or its criterion runs abs:"
    ):
        population(Then(nn.ReLU()), functools.partial(F.l1_loss, reduction="none"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        population(Unused())


@pytest.mark.parametrize(
    "smooth",
    [
        torch.tanh,
        F.softplus,
        F.gelu,
        F.silu,
        torch.sigmoid,
        torch.sin,
        F.log_softmax,
        F.softmax,
        F.logsigmoid,
        F.mish,
    ],
)
def test_what_is_smooth_is_not_warned_of(smooth):
    function = functools.partial(smooth, dim=-1) if smooth in (F.log_softmax, F.softmax) else smooth
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        population(Then(function))
