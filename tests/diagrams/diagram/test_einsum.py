"""The value of a diagram written out as tensors and indices, against the exact walk over its tree."""

import numpy as np
import pytest

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.einsum import cumulant_tensors, einsum_string, value_formula
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams, with_fresh_noise
from lrtheory.diagrams.models.examples import three_quintics
from lrtheory.diagrams.values.rational import exact_value


@pytest.mark.parametrize("observable", ["test", "gap"])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_the_einsum_of_the_cumulant_tensors_is_the_value(order, observable):
    landscape, start = three_quintics()
    for diagram in enumerate_diagrams(order, observable):
        tensors = cumulant_tensors(diagram, landscape, start)
        assert np.einsum(einsum_string(diagram), *tensors) == exact_value(diagram, landscape, start)


@pytest.mark.parametrize(
    ("name", "formula", "subscripts"),
    [
        ("(0)()", "l", "->"),
        ("(0-1)(01)", "G_a G_a", "a,a->"),
        ("(01-2)(02-12)", "H_ab C_ab", "ab,ab->"),
        ("(01-2)(01-12)", "G_a <h_ab g_b>", "a,abb->"),
        ("(012-3)(03-13-23)", "J_abc S_abc", "abc,abc->"),
        ("(01)(01)", "<g_a g_a>", "aa->"),
        ("(0-1-2-3-4)(04-14-24-34)", "D4_abcd G_a G_b G_c G_d", "abcd,a,b,c,d->"),
    ],
)
def test_small_diagrams_read_as_in_the_text(name, formula, subscripts):
    found = Diagram.parse(name)
    assert einsum_string(found) == subscripts
    assert value_formula(found) == formula.replace("<g_a g_a>", "C_aa")


def test_fresh_noise_is_refused():
    landscape, start = three_quintics()
    fresh = with_fresh_noise(Diagram.parse("(01-2)(02-12)"))[1]
    with pytest.raises(ValueError, match="ties by fresh noise"):
        cumulant_tensors(fresh, landscape, start)
