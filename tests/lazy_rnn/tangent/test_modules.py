"""Tangent kernels of modules against the structured way and finite differences."""

import re

import pytest
import torch
from torch import nn

from lrtheory import generator
from lrtheory.lazy_rnn.models.networks import random_network
from lrtheory.lazy_rnn.models.sequences import every_time, last_time, stacked_sequences
from lrtheory.lazy_rnn.models.tokens import random_tokens
from lrtheory.lazy_rnn.tangent.empirical import tangent_kernel
from lrtheory.lazy_rnn.tangent.modules import module_tangent_kernel


class Elman(nn.Module):
    """The network of the paper as a user of torch writes it."""

    def __init__(self, network):
        super().__init__()
        sizes = (network.inputs, network.width)
        self.cell = nn.RNN(*sizes, nonlinearity="relu", bias=False, batch_first=True).double()
        self.readout = network.readout
        with torch.no_grad():
            self.cell.weight_hh_l0.copy_(network.recurrent)
            self.cell.weight_ih_l0.copy_(network.input_weights)

    def forward(self, tokens):
        return self.cell(tokens)[0] @ self.readout.mT


class Diagonal(nn.Module):
    """A linear recurrence with one decay a unit."""

    def __init__(self, inputs, width, numbers):
        super().__init__()
        self.decay = nn.Parameter(0.5 + 0.4 * torch.rand(width, generator=numbers, dtype=torch.float64))
        self.drive = torch.randn(width, inputs, generator=numbers, dtype=torch.float64)
        self.readout = torch.randn(1, width, generator=numbers, dtype=torch.float64)

    def forward(self, tokens):
        state, outputs = tokens.new_zeros(len(tokens), len(self.decay)), []
        for time in range(tokens.shape[1]):
            state = self.decay * state + tokens[:, time] @ self.drive.mT
            outputs.append(state @ self.readout.mT)
        return torch.stack(outputs, 1)


def sequences(build=every_time, count=3, times=4, inputs=3, seed=0):
    return build(random_tokens(count, times, inputs, generator=generator(seed, "tokens")))


@pytest.mark.parametrize("build", [every_time, last_time])
def test_an_elman_module_has_the_kernel_of_the_structured_way(build):
    network = random_network(9, 3, 2, generator=generator(0, "weights"))
    expected = tangent_kernel(network, network.start, sequences(build))
    found = module_tangent_kernel(Elman(network), sequences(build), parameters=["cell.weight_hh_l0"])
    assert torch.allclose(found, expected, atol=1e-11)
    all_weights = module_tangent_kernel(Elman(network), sequences(build))
    assert bool((torch.linalg.eigvalsh(all_weights - found) > -1e-9).all())


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_gated_cells_have_kernels_of_finite_differences(kind):
    torch_state = torch.random.get_rng_state()
    cell = kind(3, 4, batch_first=True).double()
    torch.random.set_rng_state(torch_state)
    own, other = sequences(count=2), sequences(last_time, count=3, times=3, seed=1)
    found = module_tangent_kernel(cell, own, other, parameters=["weight_hh_l0"])

    def rows(which):
        weight, columns = cell.weight_hh_l0.detach(), []
        for place in range(weight.numel()):
            ends = []
            for step in (1e-6, -1e-6):
                shifted = weight.clone()
                shifted.view(-1)[place] += step
                outputs = torch.func.functional_call(cell, {"weight_hh_l0": shifted}, (which.tokens,))[0]
                ends.append(outputs.detach()[which.counted].flatten())
            columns.append((ends[0] - ends[1]) / 2e-6)
        return torch.stack(columns, 1)

    assert torch.allclose(found, rows(own) @ rows(other).mT, atol=1e-7)


def test_a_diagonal_recurrence_has_the_kernel_of_its_decays():
    module, which = Diagonal(3, 5, generator(0, "module")), sequences(count=2)

    def outputs(decay):
        return torch.func.functional_call(module, {"decay": decay}, (which.tokens,))[which.counted].flatten()

    rows = torch.func.jacrev(outputs)(module.decay.detach())
    assert torch.allclose(module_tangent_kernel(module, which), rows @ rows.mT, atol=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 5, 100])
def test_less_memory_gives_the_same_kernel(rows):
    module, which = Diagonal(3, 5, generator(0, "module")), sequences(count=3)
    memory = rows * 2 * 5 * 8
    whole = module_tangent_kernel(module, which)
    assert torch.allclose(module_tangent_kernel(module, which, memory=memory), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: (nn.Linear(3, 2).double(), ["W"]), "parameters must be among weight, bias, got W"),
        (lambda: (torch.relu, None), "must be a torch.nn.Module, got builtin_function"),
        (lambda: (nn.Flatten(), None), "parameters must be among none, got "),
        (lambda: (nn.GRU(3, 4).double(), None), "need batch_first=True"),
        (lambda: (nn.Sequential(nn.Linear(3, 2), nn.Dropout()).double(), None), "call .eval()"),
        (lambda: (nn.Sequential(nn.Flatten(), nn.Linear(12, 2)).double(), None), "got (1, 2) for one"),
    ],
)  # fmt: skip
def test_modules_without_a_kernel_are_refused(make, message):
    module, parameters = make()
    with pytest.raises(ValueError, match=re.escape(message)):
        module_tangent_kernel(module, sequences(), parameters=parameters)


def test_sequences_with_members_are_refused():
    which = sequences()
    stacked = stacked_sequences([which, which])
    with pytest.raises(ValueError, match=re.escape("tokens must have shape (n, L, d_x), got (2, 3, 4, 3)")):
        module_tangent_kernel(nn.Linear(3, 2).double(), stacked)
