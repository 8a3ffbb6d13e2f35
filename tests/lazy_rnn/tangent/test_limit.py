"""The kernel of infinite width against stored digits, closed forms, its invariances and its refusals."""

import math

import pytest
import torch

from lrtheory import generator
from lrtheory.lazy_rnn.tangent.limit import (
    kernel_trace,
    limit_kernel,
    own_covariance,
    own_tangent,
)

DOUBLE = {"dtype": torch.float64}
Q_SHARED = {
    (0, 1, 0, 2): 0.511877166, (0, 2, 0, 3): 1.5265871212, (0, 3, 0, 4): 2.4998592306,
    (0, 1, 1, 1): 0.8357427109, (0, 2, 1, 4): 0.5987582936, (0, 4, 1, 4): 2.5244962484,
}  # fmt: skip
K_SHARED = {
    (0, 2, 0, 3): 0.1726362919, (0, 2, 0, 4): 0.1082269827, (0, 3, 0, 4): 0.6832950449,
    (0, 2, 1, 2): 0.286655747, (0, 2, 1, 3): 0.0415810039, (0, 3, 1, 3): 0.6267213599,
    (0, 3, 1, 2): 0.2943407962, (0, 4, 1, 3): 0.9101343062, (0, 4, 1, 4): 1.0582254523,
    (1, 2, 1, 3): 0.1218359895,
}  # fmt: skip
SPECTRUM = [0.2055033293, 0.6178439583, 0.9147287552, 1.3714581159, 2.1946752989, 4.6957905423]


def two_of_four():
    """Two sequences of four unit tokens of three numbers: the first at a slope, the others on a circle."""
    x = torch.zeros(2, 4, 3, **DOUBLE)
    for i, angle in enumerate((0.0, 0.9)):
        x[i, 0] = torch.tensor([math.cos(angle), math.sin(angle), 1.0]) / math.sqrt(2)
        for time in (2, 3, 4):
            a = 0.7 * time + 1.3 * i
            x[i, time - 1] = torch.tensor([math.cos(a), math.sin(a), 0.0], **DOUBLE)
        x[i, 0] = torch.tensor([math.cos(angle), math.sin(angle), 1.0], **DOUBLE) / math.sqrt(2)
    return x


def drawn(n, length, size, *, seed=0, unit=False):
    x = torch.randn(n, length, size, generator=generator(seed, "data"), **DOUBLE)
    return x / x.norm(dim=-1, keepdim=True) if unit else x


def entry(table, at):
    i, time, j, other = at
    return float(table[i, time - 1, j, other - 1])


@pytest.mark.parametrize("at", Q_SHARED)
def test_covariance_at_stored_digits(at):
    assert entry(limit_kernel(two_of_four()).covariance, at) == pytest.approx(Q_SHARED[at], abs=1e-8)


@pytest.mark.parametrize("at", K_SHARED)
def test_tangent_kernel_at_stored_digits(at):
    tangent = limit_kernel(two_of_four()).tangent
    assert entry(tangent, at) == pytest.approx(K_SHARED[at], abs=1e-8)
    assert entry(tangent, (*at[2:], *at[:2])) == pytest.approx(K_SHARED[at], abs=1e-8)


def test_spectrum_and_energy_of_the_matrix_at_stored_digits():
    matrix = limit_kernel(two_of_four()).matrix()
    assert torch.linalg.eigvalsh(matrix).tolist() == pytest.approx(SPECTRUM, abs=1e-7)
    y = torch.tensor([1.0, -1, 1, -1, 1, -1], **DOUBLE)
    assert float(y @ torch.linalg.solve(matrix, y)) == pytest.approx(13.1532284943, abs=1e-7)


def test_weights_that_are_not_shared_decouple_times_and_change_no_time():
    x = drawn(3, 4, 2, seed=1)
    shared, untied = limit_kernel(x), limit_kernel(x, shared=False)
    for time in range(4):
        for name in ("covariance", "tangent"):
            one, other = (getattr(each, name)[:, time, :, time] for each in (shared, untied))
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
    apart = ~torch.eye(4, dtype=torch.bool)
    assert float(untied.tangent.transpose(1, 2)[:, :, apart].abs().max()) == 0.0
    assert entry(limit_kernel(two_of_four(), shared=False).covariance, (0, 2, 0, 3)) == pytest.approx(
        1.2004453101, abs=1e-8
    )


def test_a_constant_token_at_stored_digits():
    x = torch.zeros(1, 6, 2, **DOUBLE)
    x[..., 0] = 1.0
    kernel = limit_kernel(x)
    ahead = [entry(kernel.covariance, (0, k, 0, k + 1)) for k in range(1, 6)]
    assert ahead == pytest.approx(
        [1.0683098862, 2.1137965470, 3.1473993033, 4.1737569057, 5.1952538444], abs=1e-8
    )
    ahead = [entry(kernel.tangent, (0, k, 0, k + 1)) for k in range(2, 6)]
    assert ahead == pytest.approx([0.4380248403, 1.2790783585, 2.5045971257, 4.1026882947], abs=1e-8)


@pytest.mark.parametrize(("n", "length", "size"), [(5, 7, 3), (2, 60, 2)])
def test_unit_tokens_have_a_known_diagonal_and_trace(n, length, size):
    x = drawn(n, length, size, unit=True)
    kernel, time = limit_kernel(x), torch.arange(1, length + 1, **DOUBLE)
    diagonal = torch.einsum("ilil->il", kernel.tangent)
    torch.testing.assert_close(diagonal, (time * (time - 1) / 4).expand(n, length), rtol=0, atol=1e-10)
    torch.testing.assert_close(
        torch.einsum("ilil->il", kernel.covariance), time.expand(n, -1), rtol=1e-12, atol=0
    )
    trace = n * length * (length**2 - 1) / 12
    assert float(kernel.matrix().trace()) == pytest.approx(trace, rel=1e-10)
    assert kernel_trace(x) == pytest.approx(trace, rel=1e-10)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_closed_diagonals_hold_for_any_tokens(shared, seed):
    x = drawn(4, 6, 3, seed=seed) * torch.tensor([0.3, 2.0, 0.0, 5.0, 1.0, 1.0], **DOUBLE)[:, None]
    kernel = limit_kernel(x, shared=shared)
    torch.testing.assert_close(
        torch.einsum("ilil->il", kernel.covariance), own_covariance(x), rtol=1e-12, atol=0
    )
    torch.testing.assert_close(
        torch.einsum("ilil->il", kernel.tangent), own_tangent(x), rtol=1e-12, atol=1e-14
    )
    assert torch.linalg.eigvalsh(kernel.matrix())[0] >= -1e-10 * kernel_trace(x)


@pytest.mark.parametrize("shared", [True, False])
def test_it_does_what_its_inputs_do(shared):
    x, other = drawn(4, 5, 3), drawn(2, 3, 3, seed=1)
    kernel = limit_kernel(x, other, shared=shared)
    rotation = torch.linalg.qr(drawn(1, 3, 3, seed=2)[0]).Q
    turned = limit_kernel(x @ rotation, other @ rotation, shared=shared)
    scaled = limit_kernel(1.7 * x, 1.7 * other, shared=shared)
    order = torch.tensor([2, 0, 3, 1])
    moved = limit_kernel(x[order], other, shared=shared)
    back = limit_kernel(other, x, shared=shared)
    for name in ("covariance", "tangent"):
        table = getattr(kernel, name)
        assert table.shape == (4, 5, 2, 3)
        torch.testing.assert_close(getattr(turned, name), table, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(getattr(scaled, name), 1.7**2 * table, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(getattr(moved, name), table[order], rtol=1e-12, atol=0)
        torch.testing.assert_close(getattr(back, name).permute(2, 3, 0, 1), table, rtol=1e-12, atol=0)


def test_one_side_scaled_scales_both_kernels_by_as_much():
    x, other = drawn(3, 4, 2), drawn(2, 5, 2, seed=1)
    kernel, scaled = limit_kernel(x, other), limit_kernel(0.4 * x, other)
    torch.testing.assert_close(scaled.tangent, 0.4 * kernel.tangent, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shared", [True, False])
def test_what_follows_a_time_never_changes_it(shared):
    x = drawn(3, 6, 2)
    whole, prefix = limit_kernel(x, shared=shared), limit_kernel(x[:, :4], shared=shared)
    torch.testing.assert_close(whole.tangent[:, :4, :, :4], prefix.tangent, rtol=1e-13, atol=0)


def test_sequences_of_unequal_length_meet_in_one_table():
    x = two_of_four()
    kernel = limit_kernel(x[:1], x[1:, :3])
    assert float(kernel.tangent[0, 3, 0, 2]) == pytest.approx(0.9101343062, abs=1e-8)
    counted = torch.tensor([[False, False, False, True], [False, False, True, False]])
    last = limit_kernel(x).matrix(counted=counted)
    expected = [[3.0, 0.9101343062], [0.9101343062, 1.5]]
    torch.testing.assert_close(last, torch.tensor(expected, **DOUBLE), rtol=0, atol=1e-9)


def test_the_matrix_is_by_sequence_then_time():
    x, other = drawn(3, 4, 2), drawn(2, 5, 2, seed=1)
    kernel = limit_kernel(x, other)
    matrix = kernel.matrix(first=3)
    assert matrix.shape == (3 * 2, 2 * 3)
    assert float(matrix[1 * 2 + 1, 1 * 3 + 2]) == float(kernel.tangent[1, 3, 1, 4])
    rows = torch.rand(3, 4, generator=generator(0, "rows")) < 0.6
    columns = torch.rand(2, 5, generator=generator(0, "columns")) < 0.6
    picked = kernel.matrix(first=1, counted=rows, other_counted=columns)
    expected = [[float(kernel.tangent[i, a, j, b]) for j, b in columns.nonzero()] for i, a in rows.nonzero()]
    assert picked.tolist() == expected
    assert kernel.matrix(counted=rows).shape == (int(rows[:, 1:].sum()), 8)
    itself = limit_kernel(x)
    assert itself.matrix(counted=rows).shape == (int(rows[:, 1:].sum()),) * 2
    every = torch.ones(3, 4, dtype=torch.bool)
    assert itself.matrix(counted=rows, other_counted=every).shape == (int(rows[:, 1:].sum()), 9)


def test_trace_over_the_last_times_of_ragged_sequences():
    x = drawn(3, 5, 2)
    last = torch.nn.functional.one_hot(torch.tensor([4, 1, 2]), 5).bool()
    assert kernel_trace(x, counted=last) == pytest.approx(float(limit_kernel(x).matrix(counted=last).trace()))


def spoiled(value, at=(1, 2)):
    x = drawn(3, 4, 2)
    x[at] = value
    return x


@pytest.mark.parametrize("function", [limit_kernel, own_covariance, own_tangent, kernel_trace])
@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (drawn(3, 4, 2).float(), r"inputs must be a float64 tensor, got torch.float32"),
        ([[1.0]], "inputs must be a float64 tensor, got list"),
        (drawn(3, 4, 2)[0], r"inputs must have the shape .*, got \(4, 2\)"),
        (drawn(3, 4, 2)[:, :0], r"inputs must have the shape .*, got \(3, 0, 2\)"),
        (spoiled(math.nan), r"inputs must be finite, got \[nan, nan\] in sequence 1 at time 3"),
        (spoiled(math.inf, (2, 0)), r"inputs must be finite, got .* in sequence 2 at time 1"),
        (spoiled(0.0, (2, 0)), r"first token of each .* must not be zero, got \[0.0, 0.0\] in sequence 2 at"),
    ],
)  # fmt: skip
def test_tokens_without_a_kernel_are_refused(function, tokens, message):
    with pytest.raises(ValueError, match=message):
        function(tokens)


def test_other_tokens_are_refused_by_their_name():
    with pytest.raises(ValueError, match="other must be finite"):
        limit_kernel(drawn(2, 3, 2), spoiled(math.nan))
    with pytest.raises(ValueError, match="tokens must have one size, got 2 in inputs and 3 in other"):
        limit_kernel(drawn(2, 3, 2), drawn(2, 3, 3))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"first": 0}, "first must be at least 1, got 0"),
        ({"first": 5}, "first must be at most the number of times 4, got 5"),
        ({"first": 2.0}, "first must be a whole number"),
        ({"counted": torch.ones(3, 3, dtype=torch.bool)}, r"counted must be a bool tensor of shape \(3, 4\)"),
        ({"counted": torch.ones(3, 4)}, r"counted must be a bool tensor of shape .*, got torch.float32"),
        ({"counted": torch.zeros(3, 4, dtype=torch.bool)}, "counted must keep some time from 2 on, got none"),
        ({"other_counted": [True]}, "other_counted must be a bool tensor .*, got list"),
    ],
)
def test_times_that_are_none_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        limit_kernel(drawn(3, 4, 2)).matrix(**given)
