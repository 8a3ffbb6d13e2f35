"""Exact values of diagrams against tabulated numbers, tensors written out, and their symmetries."""

from fractions import Fraction as Fr
from itertools import product

import pytest

from lrtheory.diagrams.diagram.crossing import rootings, value_key
from lrtheory.diagrams.diagram.cumulants import moments
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams
from lrtheory.diagrams.models.examples import three_quintics, two_quintics
from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape
from lrtheory.diagrams.values.rational import exact_value, exact_values

pytestmark = pytest.mark.slow  # with its family, more than a quick run can afford

L1, HALF = two_quintics()
L2, CORNER = three_quintics()
ONE_WEIGHT = {
    "(0)()": Fr(513, 2240),
    "(0-1)(01)": Fr(113, 112) ** 2,
    "(01)(01)": Fr(361, 1568),
    "(0-1-2)(02-12)": Fr(113, 112) ** 2 * Fr(79, 28),
    "(0-1-2)(01-12)": Fr(113, 112) ** 2 * Fr(79, 28),
    "(01-2)(02-12)": Fr(361, 1568) * Fr(79, 28),
    "(01-2)(01-12)": Fr(113, 112) * Fr(-285, 392) / 2,
    "(012-3)(03-13-23)": Fr(130321, 307328),
    "(0-12-3)(03-13-23)": Fr(775067, 614656),
    "(01-2-3)(02-12-23)": Fr(775067, 614656),
    "(0-1-2-3)(03-13-23)": Fr(27415043, 4917248),
    "(0-1-2-3)(02-12-23)": Fr(27415043, 4917248),
    "(0-1-2-3)(01-13-23)": Fr(79691329, 9834496),
    "(0-1-2-3)(01-12-23)": Fr(79691329, 9834496),
    "(02-1-3)(01-13-23)": Fr(2253001, 1229312),
    "(0-12-3)(01-13-23)": Fr(-2544195, 2458624),
}


@pytest.mark.parametrize(("name", "value"), ONE_WEIGHT.items())
def test_values_in_one_weight_are_the_tabulated_ones(name, value):
    assert exact_value(Diagram.parse(name), L1, HALF) == value


def test_values_in_two_weights_are_those_of_the_tabulated_tensors():
    G = (Fr(73, 80), Fr(43, 240))
    H = ((Fr(49, 40), Fr(193, 120)), (Fr(193, 120), Fr(-83, 360)))
    C = ((Fr(14261, 57600), Fr(-747, 6400)), (Fr(-747, 6400), Fr(10057, 28800)))
    grad_trace = (Fr(6481, 7200), Fr(467, 43200))
    two = range(2)
    HG = [sum(H[i][j] * G[j] for j in two) for i in two]

    def value(name):
        return exact_value(Diagram.parse(name), L2, CORNER)

    assert value("(0-1)(01)") == G[0] ** 2 + G[1] ** 2
    assert value("(01)(01)") == C[0][0] + C[1][1]
    assert value("(0-1-2)(01-12)") == sum(G[i] * HG[i] for i in two)
    assert value("(01-2)(02-12)") == sum(C[i][j] * H[i][j] for i, j in product(two, two))
    assert value("(01-2)(01-12)") == sum(g * t for g, t in zip(G, grad_trace, strict=True)) / 2
    assert value("(0-1-2-3)(01-12-23)") == sum(each**2 for each in HG)
    HH = [[sum(H[i][k] * H[k][j] for k in two) for j in two] for i in two]
    assert value("(02-1-3)(01-13-23)") == sum(C[i][j] * HH[i][j] for i, j in product(two, two))


def test_a_tie_of_four_is_the_fourth_cumulant_not_the_fourth_moment():
    slopes = [loss.derivative(0)(HALF) - L1.mean.derivative(0)(HALF) for loss in L1.losses]

    def moment(power):
        return sum(p * s**power for p, s in zip(L1.probabilities, slopes, strict=True))

    fourth = L1.mean.shifted(HALF).coefficients[(4,)] * 24
    star = Diagram.parse("(0123-4)(04-14-24-34)")
    assert exact_value(star, L1, HALF) == fourth * (moment(4) - 3 * moment(2) ** 2)


def test_a_tie_of_five_with_the_root_is_the_fifth_cumulant():
    """On losses t^5 / 120 + x t at zero the root's part is the joint cumulant of nothing but constants."""
    t = Polynomial.coordinate(1, 0)
    noise, p = (1, -2, 4), (Fr(1, 2), Fr(1, 3), Fr(1, 6))
    landscape = PolynomialLandscape(p, tuple(x * t + Fr(1, 120) * (1 + x) * t**5 for x in noise))
    star = Diagram.parse("(012345)(05-15-25-35-45)")
    mean = sum(a * x for a, x in zip(p, noise, strict=True))
    m = [sum(a * (x - mean) ** k for a, x in zip(p, noise, strict=True)) for k in range(7)]
    sixth = m[6] - 15 * m[4] * m[2] - 10 * m[3] ** 2 + 30 * m[2] ** 3
    assert exact_value(star, landscape, (0,)) == sixth


@pytest.mark.parametrize(("order", "distinct"), [(0, 1), (1, 1), (2, 3), (3, 12), (4, 62)])
def test_crossing_leaves_the_known_number_of_values(order, distinct):
    assert len({value_key(diagram) for diagram in enumerate_diagrams(order)}) == distinct


@pytest.mark.parametrize("observable", ["test", "gap"])
@pytest.mark.parametrize("order", [2, 3])
def test_the_value_does_not_know_the_root(order, observable):
    """The mean loss given as an observable of its own switches crossing off; each untied rooting agrees."""
    for diagram in enumerate_diagrams(order, observable):
        shared = exact_value(diagram, L2, CORNER)
        for other in rootings(diagram, tied=False):
            assert exact_value(other, L2, CORNER, observable=L2.mean) == shared
        for other in rootings(diagram, tied=True):
            assert value_key(other) == value_key(diagram)


def test_many_values_are_those_of_one_at_a_time():
    diagrams = enumerate_diagrams(3, "train")
    together = exact_values(diagrams, L2, CORNER)
    assert together == tuple(exact_value(diagram, L2, CORNER) for diagram in diagrams)


def test_a_metric_is_a_change_of_weights():
    """Weights theta = A phi with the plain rate in phi are the rate A A^T in theta."""
    a, b = Polynomial.coordinate(2, 0), Polynomial.coordinate(2, 1)
    u, v = a + Fr(1, 2) * b, 2 * b
    nothing = Polynomial.constant(2, 0)
    changed = tuple(sum((c * u**i * v**j for (i, j), c in loss.terms), start=nothing) for loss in L2.losses)
    phi = (CORNER[0] - CORNER[1] / 4, CORNER[1] / 2)
    diagrams = enumerate_diagrams(3, "train")
    inside = exact_values(diagrams, PolynomialLandscape(L2.probabilities, changed), phi)
    assert inside == exact_values(diagrams, L2, CORNER, lr_matrix=[[Fr(5, 4), 1], [1, 4]])


def test_ties_are_worth_nothing_without_noise():
    plain = PolynomialLandscape((Fr(1, 4), Fr(3, 4)), (L1.mean, L1.mean))
    for diagram in enumerate_diagrams(4, "train"):
        value = exact_value(diagram, plain, HALF)
        assert value == 0 if diagram.ties else value == exact_value(diagram, L1, HALF)


def test_an_observable_stands_at_the_root():
    weight = Polynomial.coordinate(2, 1)
    assert exact_value(Diagram.parse("(0-1)(01)"), L2, CORNER, observable=weight) == Fr(43, 240)
    assert exact_value(Diagram.parse("(01-2)(02-12)"), L2, CORNER, observable=weight) == 0
    spread = exact_value(Diagram.parse("(01-2)(02-12)"), L2, CORNER, observable=weight**2)
    assert spread == 2 * Fr(10057, 28800)


def test_fresh_noise_ties_with_its_own_cumulants():
    t = Polynomial.coordinate(1, 0)
    field = Fr(1, 2) * t + Fr(1, 3) * t**2 - Fr(1, 5) * t**3
    noise = PolynomialLandscape((Fr(1, 3), Fr(2, 3)), (2 * field, -field))
    slope, curvature = field.derivative(0)(HALF), field.derivative(0).derivative(0)(HALF)
    H, G = Fr(79, 28), Fr(113, 112)

    def value(name):
        return exact_value(Diagram.parse(name), L1, HALF, noise=noise)

    assert value("(01*-2)(02-12)") == 2 * slope**2 * H
    assert value("(01*-2)(01-12)") == 2 * slope * curvature * G
    assert value("(012*-3)(03-13-23)") == 2 * slope**3 * Fr(38, 7)
    variance = Fr(361, 1568)
    fourth = L1.mean.shifted(HALF).coefficients[(4,)] * 24
    assert value("(01*-23-4)(04-14-24-34)") == 2 * slope**2 * variance * fourth


def test_moments_add_up_to_nothing_for_a_constant():
    """The cumulant of constants is zero from two factors on: the signs and multiplicities cancel."""
    for name in ("(01-2)(02-12)", "(012-3)(03-13-23)", "(0123-4)(04-14-24-34)", "(01-23-4)(04-14-24-34)"):
        assert sum(sign for sign, _ in moments(Diagram.parse(name))) == 0


def test_what_has_no_value_is_refused():
    gap, fresh = Diagram.parse("(01)(01)"), Diagram.parse("(01*-2)(02-12)")
    with pytest.raises(ValueError, match=r"a tied root is an example's loss, not .*\(01\)\(01\)"):
        exact_value(gap, L1, HALF, observable=L1.mean)
    with pytest.raises(ValueError, match="has parts of fresh noise: give the noise that is added"):
        exact_value(fresh, L1, HALF)
    with pytest.raises(ValueError, match="fresh noise must have mean zero everywhere"):
        exact_value(fresh, L1, HALF, noise=L1)
    with pytest.raises(ValueError, match="noise must be a field over the landscape's 1 weights, got 2"):
        exact_value(fresh, L1, HALF, noise=L2)
    with pytest.raises(ValueError, match=r"observable must be 'test' or a polynomial .* got 'gap'"):
        exact_value(gap, L1, HALF, observable="gap")
    with pytest.raises(ValueError, match=r"lr_matrix must have 2 rows of 2 numbers, got \[2\]"):
        exact_value(gap, L2, CORNER, lr_matrix=[[1, 2]])
    with pytest.raises(ValueError, match="lr_matrix must be symmetric: it is the inverse of a metric"):
        exact_value(gap, L2, CORNER, lr_matrix=[[1, 2], [1, 2]])
    with pytest.raises(ValueError, match=r"an entry of lr_matrix must be exact: .* got 0\.5"):
        exact_value(gap, L2, CORNER, lr_matrix=[[1, 0.5], [0.5, 2]])
