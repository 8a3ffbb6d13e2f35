"""Arithmetic of the two theorems: numbers stated before, scaling in each quantity, sizes beyond floats."""

import math

import pytest

from lrtheory.lazy_rnn.theory.worst_case import descent_guarantee, stochastic_guarantee

SMALL = {"sequences": 8, "length": 4, "outputs": 1, "width": 1024, "separation": 0.5, "eps": math.exp(-1)}
BOTH = pytest.mark.parametrize("guarantee", [descent_guarantee, stochastic_guarantee])


def test_the_laptop_of_the_opening_figure():
    found = descent_guarantee(**SMALL)
    assert found.rho == pytest.approx(221.8, abs=0.05)
    assert -found.log10_lr - math.log10(1024) == pytest.approx(103.5, abs=0.05)
    assert found.log10_least_steps == pytest.approx(139, abs=0.1)


def test_exponents_by_integers():
    found, other = descent_guarantee(**SMALL), stochastic_guarantee(**SMALL)
    rho, varrho = found.rho, found.varrho
    assert varrho == pytest.approx(64 * (math.log(1024) + 1), rel=1e-14)
    exact = 59 * math.log10(rho) + math.log10(4)
    assert found.log10_least_steps == pytest.approx(exact, rel=1e-14)
    assert found.log10_most_steps == pytest.approx(exact + 28 * math.log10(varrho), rel=1e-14)
    assert other.log10_lr - found.log10_lr == pytest.approx(2 * math.log10(rho), rel=1e-12)
    assert found.log10_least_steps - other.log10_least_steps == pytest.approx(2 * math.log10(rho), rel=1e-12)
    assert found.log10_radius == pytest.approx(50 * math.log10(varrho) - 5 * math.log10(2), rel=1e-14)
    assert other.log10_radius == found.log10_radius


@BOTH
def test_scaling(guarantee):
    base = guarantee(**SMALL)
    power = 44 if guarantee is descent_guarantee else 42
    for name, factor in (("sequences", 3), ("length", 2), ("outputs", 10)):
        other = guarantee(**(SMALL | {name: factor * SMALL[name]}))
        assert other.rho == pytest.approx(factor * base.rho, rel=1e-14)
        assert base.log10_lr - other.log10_lr == pytest.approx(power * math.log10(factor), rel=1e-12)
        slower = (power + 15) * math.log10(factor)
        assert other.log10_least_steps - base.log10_least_steps == pytest.approx(slower, rel=1e-12)
    nearer = guarantee(**(SMALL | {"separation": 0.05}))
    assert base.log10_lr - nearer.log10_lr == pytest.approx(1, rel=1e-12)
    assert nearer.log10_least_steps - base.log10_least_steps == pytest.approx(2, rel=1e-12)
    assert nearer.log10_most_steps - base.log10_most_steps == pytest.approx(30, rel=1e-12)
    finer = guarantee(**(SMALL | {"eps": math.exp(-10)}))
    assert finer.log10_least_steps - base.log10_least_steps == pytest.approx(1, rel=1e-12)


@BOTH
def test_no_size_overflows(guarantee):
    found = guarantee(**(SMALL | {"width": 10**400, "eps": 1e-300, "separation": 1e-200}))
    assert all(map(math.isfinite, vars(found).values()))
    assert found.rho == pytest.approx(32 * 400 * math.log(10), rel=1e-12)


@BOTH
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sequences": 0}, "sequences must be at least 1, got 0"),
        ({"length": 1}, "length must be at least 2, got 1"),
        ({"outputs": 0}, "outputs must be at least 1, got 0"),
        ({"width": 1}, "width must be at least 2, got 1"),
        ({"width": 1e3}, "width must be a whole number"),
        ({"separation": 1.1}, r"separation must lie in \(0, 1\], got 1.1; take 1"),
        ({"separation": 0.0}, "separation must be positive and finite, got 0.0"),
        ({"eps": 1.0}, r"eps must lie in \(0, 1\), got 1.0"),
        ({"eps": math.nan}, r"eps must lie in \(0, 1\), got nan"),
    ],
)
def test_numbers_out_of_range_are_refused(guarantee, given, message):
    with pytest.raises(ValueError, match=message):
        guarantee(**(SMALL | given))
