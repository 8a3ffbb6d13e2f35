"""Which modules work: frozen parameters, recurrence, attention; and what is no module with data."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lrtheory import GradientDescent, descend, generator
from lrtheory.diagrams import ModulePopulation, one_epoch, predict
from lrtheory.measure import sharpness

HALF_SQUARE = lambda outputs, targets: 0.5 * (outputs - targets) ** 2  # noqa: E731


def normal(*shape, stream="data"):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(0, stream))


def test_frozen_parameters_are_left_alone():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).double()
    net[0].requires_grad_(False)
    frozen = ModulePopulation(net, normal(5, 3), normal(5, stream="targets"), HALF_SQUARE)
    assert frozen.dim == 5 and torch.equal(frozen.start, torch.cat([net[2].weight[0], net[2].bias]).detach())
    features = torch.tanh(net[0](frozen.inputs)).detach()
    by_hand = ModulePopulation(nn.Sequential(net[2], nn.Flatten(0)), features, frozen.targets, HALF_SQUARE)
    there, here = (predict(each, each.start, one_epoch(3)).coefficients for each in (by_hand, frozen))
    assert torch.allclose(torch.tensor(there), torch.tensor(here), rtol=1e-12)
    moved = descend(GradientDescent(0.1), frozen, frozen.start, steps=2).final
    assert moved.shape == (5,)
    net.requires_grad_(False)
    with pytest.raises(ValueError, match="got none that require a gradient"):
        ModulePopulation(net, normal(5, 3), normal(5, stream="targets"), HALF_SQUARE)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.out = kind(3, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])[:, 0]


class ByHand(nn.Module):
    """The same networks in elementary operations, with the parameters of a recurrent one."""

    def __init__(self, other, kind):
        super().__init__()
        self.other, self.kind = other, kind

    def forward(self, x):
        cell = self.other.cell
        state, memory = x.new_zeros(len(x), 4), x.new_zeros(len(x), 4)
        for t in range(x.shape[1]):
            fed = x[:, t] @ cell.weight_ih_l0.T + cell.bias_ih_l0
            back = state @ cell.weight_hh_l0.T + cell.bias_hh_l0
            if self.kind is nn.RNN:
                state = torch.tanh(fed + back)
            elif self.kind is nn.GRU:
                (r, z, n), (rb, zb, nb) = fed.chunk(3, 1), back.chunk(3, 1)
                reset, keep = torch.sigmoid(r + rb), torch.sigmoid(z + zb)
                state = (1 - keep) * torch.tanh(n + reset * nb) + keep * state
            else:
                i, f, g, o = (fed + back).chunk(4, 1)
                memory = torch.sigmoid(f) * memory + torch.sigmoid(i) * torch.tanh(g)
                state = torch.sigmoid(o) * torch.tanh(memory)
        return self.other.out(state)[:, 0]


class Attention(nn.Module):
    def __init__(self, attend):
        super().__init__()
        self.queries, self.keys, self.values = (nn.Linear(3, 4) for _ in range(3))
        self.out, self.attend = nn.Linear(4, 1), attend

    def forward(self, x):
        return self.out(self.attend(self.queries(x), self.keys(x), self.values(x))).mean((1, 2))


def attend_by_hand(q, k, v):
    return (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1) @ v


def agree(first, second):
    """Coefficients, losses of members and sharpness of two populations agree to 1e-10."""
    theta = torch.stack([first.start, 0.7 * first.start])
    assert torch.allclose(first.start, second.start)
    for one in (
        lambda each: torch.tensor(
            [float(c) for c in predict(each, theta[0], one_epoch(3), order=3).coefficients]
        ),
        lambda each: each.loss(theta, torch.tensor([0, 2])),
        lambda each: each.example_loss(theta[:, None].repeat(1, 3, 1), torch.arange(6).reshape(2, 3) % 5),
        lambda each: sharpness(each, theta, generator=generator(0, "v")).value,
        lambda each: descend(GradientDescent(0.05), each, theta, steps=4).final,
    ):
        there, here = one(first), one(second)
        assert torch.allclose(there, here, rtol=1e-10, atol=1e-10 * float(here.abs().max()))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_recurrent_module_is_the_network_written_out(kind):
    x, y = normal(5, 4, 3), normal(5, stream="targets")
    net = Recurrent(kind).double()
    agree(ModulePopulation(net, x, y, HALF_SQUARE), ModulePopulation(ByHand(net, kind), x, y, HALF_SQUARE))


@pytest.mark.slow
def test_attention_is_the_network_written_out():
    x, y = normal(5, 4, 3), normal(5, stream="targets")
    fused, by_hand = Attention(F.scaled_dot_product_attention).double(), Attention(attend_by_hand).double()
    by_hand.load_state_dict(fused.state_dict())
    agree(ModulePopulation(fused, x, y, HALF_SQUARE), ModulePopulation(by_hand, x, y, HALF_SQUARE))


@pytest.mark.slow
def test_a_transformer_layer_works_and_leaves_the_fast_path_as_it_was():
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.TransformerEncoderLayer(
                4, 2, 8, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.out = nn.Linear(4, 1)

        def forward(self, x):
            return self.out(self.block(x)).mean((1, 2))

    fast = torch.backends.mha.get_fastpath_enabled()
    some = ModulePopulation(Encoder().double().eval(), normal(4, 3, 4), normal(4, stream="t"), HALF_SQUARE)
    first, second = (float(c) for c in predict(some, some.start, one_epoch(2), order=1).coefficients)
    slope = torch.autograd.grad(some.loss(start := some.start.requires_grad_()), start)[0]
    assert second == pytest.approx(-2 * float(slope @ slope), rel=1e-9)  # two steps down the slope
    assert first == pytest.approx(float(some.loss(some.start.detach())), rel=1e-12)
    assert torch.backends.mha.get_fastpath_enabled() == fast


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((lambda x: x, normal(3, 2), normal(3), HALF_SQUARE), "must be a torch.nn.Module, got function"),
        ((None, normal(3, 2), normal(3), HALF_SQUARE), "module must be a torch.nn.Module, got NoneType"),
        ((nn.Linear(2, 1), [1.0, 2.0], normal(2), HALF_SQUARE), "inputs must be .*, got list"),
        ((nn.Linear(2, 1), normal(3, 2), None, HALF_SQUARE), "targets must be .*, got NoneType"),
        ((nn.Linear(2, 1), normal(3, 2)[0, 0], normal(3), HALF_SQUARE), "inputs must be .*, got a number"),
        ((nn.Linear(2, 1), normal(3, 2), normal(3), "mse"), "criterion must be a function, got str"),
        ((nn.Linear(2, 1).double(), normal(0, 2), normal(0), HALF_SQUARE), "at least one example, got none"),
        (
            (nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)).double(), torch.full((3, 2), torch.nan).double(),
             normal(3), HALF_SQUARE),
            "losses at the module's own weights must be finite",
        ),
    ],
)  # fmt: skip
def test_what_is_no_module_with_data_is_refused_by_name(given, message):
    with pytest.raises(ValueError, match=message):
        ModulePopulation(*given)


def test_a_data_loader_in_place_of_the_inputs_is_refused():
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(normal(4, 2), normal(4)))
    with pytest.raises(
        ValueError, match=r"inputs must be .*, got DataLoader; give Module"
    ):
        ModulePopulation(nn.Linear(2, 1), loader, normal(4), HALF_SQUARE)
