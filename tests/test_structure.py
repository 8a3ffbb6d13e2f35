"""The rooms of the theories: who may import whom. Circles and global state are in structure/."""

import re
from pathlib import Path

import pytest
from structure.reading import PACKAGE, SOURCES, circles, imports, inside, module_name, reached, read_module

# What each room of a theory may import of that theory, from the ground up.
PLAIN = {
    "models": (),
    "kernels": ("models",),
    "theory": ("models",),
    "measures": ("models", "kernels"),
    "experiments": ("models", "kernels", "theory", "measures"),
    "claims": ("models", "kernels", "theory", "measures", "experiments"),
    "plots": (),
}
ENGINE = ("diagram", "counting", "values", "series", "exact")
ROOMS = {
    "chaos": PLAIN,
    "learning_order": PLAIN,
    "lazy_rnn": {
        **PLAIN,
        "tangent": ("models",),
        "kernels": ("models", "tangent"),
        "theory": ("models", "tangent"),
        "measures": ("models", "kernels", "tangent"),
        "experiments": ("models", "kernels", "tangent", "theory", "measures"),
        "claims": ("models", "kernels", "tangent", "theory", "measures", "experiments"),
    },
    "diagrams": {
        "models": (),
        "kernels": ("models",),
        "diagram": ("models",),
        "counting": ("models", "diagram"),
        "values": ("models", "diagram", "counting"),
        "series": ("models", "diagram", "counting", "values"),
        "exact": ("models", "diagram", "counting", "values"),
        "theory": ("models", *ENGINE),
        "measures": ("models", "kernels", *ENGINE),
        "experiments": ("models", "kernels", *ENGINE, "theory", "measures"),
        "claims": ("models", "kernels", *ENGINE, "theory", "measures", "experiments"),
        "plots": ("diagram", "counting"),  # drawings
    },
}
# What each room may import of the spine.
SPINE = (
    *("arguments", "data", "descent", "doors", "eigenpairs", "landscape", "law", "lazy", "measure", "rules"),
    *("sampling", "seeds"),
)
OF_THE_SPINE = {
    None: ("lazy",),  # the face of a theory
    "theory": ("arguments", "doors", "landscape", "law", "lazy", "rules"),
    "plots": ("lazy", "plotting"),
    "experiments": (*SPINE, "results"),
    "claims": (*SPINE, "results", "claims"),
}
ASSIGNMENTS = "lrtheory.grading.assignments"  # above all theories: their checks may take numbers from them
PLOTS_MAY_USE = ("numpy", "matplotlib", "math", "typing", "collections", "itertools", "__future__")
# What no prediction may need, however far away; of any theory.
_OF_A_THEORY = r"\w+\.(kernels|measures|experiments)"
MEASURES = re.compile(rf"lrtheory\.(measure|eigenpairs|descent|sampling|{_OF_A_THEORY})(\.|$)")


def room_of(module):
    """Theory and room of a module; None for what it has not."""
    parts = [*module.split("."), None, None][1:3]
    return tuple(parts) if parts[0] in ROOMS else (None, None)


def misplaced(path):
    """Whether a file of a theory, named from the package on, lies in no room or deeper than in one."""
    theory, *folders = path.parts
    if theory not in ROOMS or folders == ["__init__.py"]:
        return False
    return len(folders) != 2 or folders[0] not in ROOMS[theory]


def broken_arrows(source, module):
    """Imports that the architecture forbids, as sentences."""
    theory, room = room_of(module)
    found = imports(source, module)
    wrong = {name for name in found for above in ("book", "tests", "benchmarks") if inside(name, above)}
    if inside(module, ASSIGNMENTS):
        return sorted(f"{module} imports {name}" for name in wrong)
    if theory is None:
        wrong |= {name for name in found if room_of(name)[0]}
        return sorted(f"{module} imports {name}" for name in wrong)
    rooms = [room, *ROOMS[theory].get(room, ())] if room else []
    allowed = [f"lrtheory.{theory}.{each}" for each in rooms]
    allowed += [f"lrtheory.{each}" for each in OF_THE_SPINE.get(room, SPINE)]
    checked = {name for name in found if inside(name, "lrtheory")}
    if room == "plots":  # the type checker may read the spine there, and nothing else may be imported
        of_a_theory = {name for name in found if room_of(name)[0]}
        checked = of_a_theory | imports(source, module, types=False)
        allowed += PLOTS_MAY_USE
    wrong |= {name for name in checked if not any(inside(name, each) for each in allowed)}
    return sorted(f"{module} imports {name}" for name in wrong)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_imports_only_along_the_arrows(path):
    assert broken_arrows(path.read_text(encoding="utf-8"), module_name(path)) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/theory/*.py")), ids=module_name)
def test_a_prediction_reaches_nothing_that_measures_descends_or_samples(path):
    assert [name for name in reached(module_name(path), read_module) if MEASURES.match(name)] == []


def test_what_a_module_reaches_is_followed_through_other_modules():
    sources = {
        "lrtheory.chaos.theory.laws": "from lrtheory.chaos.models.two_scale import Tones",
        "lrtheory.chaos.models.two_scale": "def f():\n    from lrtheory.measure import sharpness",
        "lrtheory.measure": "if TYPE_CHECKING:\n    from lrtheory import descent",
        "lrtheory.descent": "",
    }
    found = reached("lrtheory.chaos.theory.laws", sources.get)
    assert found == set(sources) - {"lrtheory.descent"}
    assert [name for name in found if MEASURES.match(name)] == ["lrtheory.measure"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lrtheory.sampling", True),
        ("lrtheory.chaos.kernels.line", True),
        ("lrtheory.lazy_rnn.measures", True),
        ("lrtheory.diagrams.counting.edge_kernels", False),
        ("lrtheory.chaos.models.since", False),
    ],
)
def test_what_measures_is_told_by_its_room(name, found):
    assert bool(MEASURES.match(name)) == found


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_a_module_of_a_theory_lies_in_a_room(path):
    assert not misplaced(path.relative_to(PACKAGE))


@pytest.mark.parametrize("name", ["chaos/laws.py", "chaos/series/laws.py", "diagrams/theory/more/laws.py"])
def test_a_module_outside_the_rooms_is_found(name):
    assert misplaced(Path(name))
    assert not misplaced(Path("diagrams/series/laws.py")) and not misplaced(Path("data/more/laws.py"))


@pytest.mark.parametrize(("theory", "rooms"), ROOMS.items(), ids=list(ROOMS))
def test_the_rooms_of_a_theory_have_an_order(theory, rooms):
    assert circles(rooms) == []
    assert {each for below in rooms.values() for each in below} <= set(rooms)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lrtheory.descent", "from lrtheory.chaos.models.two_scale import TwoScale"),
        ("lrtheory.results", "import book.data"),
        ("lrtheory.chaos", "from lrtheory.chaos.models.siren import SineNetwork"),
        # another theory, or the face of one's own, which hands on every room
        ("lrtheory.chaos.models.siren", "def f():\n    from lrtheory import diagrams"),
        ("lrtheory.lazy_rnn.claims.time", "from lrtheory.chaos.models import siren"),
        ("lrtheory.chaos.claims.road", "from lrtheory import chaos"),
        # upwards
        ("lrtheory.chaos.models.siren", "from lrtheory.chaos import slope_variance"),
        ("lrtheory.chaos.kernels.line", "from lrtheory.chaos.theory import laws"),
        ("lrtheory.chaos.theory.laws", "from lrtheory.chaos.kernels import lyapunov_sweep"),
        ("lrtheory.chaos.theory.laws", "from lrtheory.chaos.measures.runs import lyapunov_exponent"),
        ("lrtheory.chaos.theory.laws", "from ..measures.runs import lyapunov_exponent"),
        ("lrtheory.chaos.theory.laws", "from lrtheory import descend"),
        ("lrtheory.learning_order.theory.order", "import lrtheory.sampling"),
        ("lrtheory.lazy_rnn.measures.kernel", "from lrtheory.lazy_rnn.theory import kernel"),
        ("lrtheory.chaos.experiments.laws", "from lrtheory.chaos.claims import laws"),
        ("lrtheory.chaos.experiments.laws", "from lrtheory.chaos.plots import histogram"),
        ("lrtheory.chaos.measures.runs", "from lrtheory.results import Store"),
        ("lrtheory.chaos.experiments.laws", "from lrtheory.claims import Claim"),
        ("lrtheory.chaos.experiments.laws", "from lrtheory import sweep"),
        ("lrtheory.sweeps.driver", "from lrtheory.chaos.models import siren"),
        # the engine of the diagrams
        ("lrtheory.diagrams.models.swing", "from lrtheory.diagrams.diagram.diagram import Diagram"),
        ("lrtheory.diagrams.diagram.trees", "from lrtheory.diagrams import coefficients"),
        ("lrtheory.diagrams.values.gram", "from lrtheory.diagrams.series import resummed"),
        ("lrtheory.diagrams.exact.runs", "from lrtheory.diagrams.theory import second_order"),
        # pictures
        ("lrtheory.chaos.plots.laws", "import torch"),
        ("lrtheory.chaos.plots.laws", "from lrtheory.chaos.theory import laws"),
        ("lrtheory.chaos.plots.laws", "if TYPE_CHECKING:\n    from lrtheory.chaos.theory.laws import Law"),
        ("lrtheory.diagrams.plots.drawing", "from lrtheory.diagrams.values import diagram_values"),
    ],
)
def test_an_import_against_the_arrows_is_found(module, line):
    assert len(broken_arrows(line, module)) > 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lrtheory.chaos.claims.laws", "from lrtheory.chaos import lyapunov_exponent, slope_variance"),
        ("lrtheory.chaos.claims.laws", "from lrtheory import descend\nfrom lrtheory.claims import Claim"),
        ("lrtheory.chaos.plots.laws", "import numpy as np\nif TYPE_CHECKING:\n    import lrtheory.law"),
        ("lrtheory.chaos.theory.laws", "from lrtheory.chaos.models import siren\nfrom lrtheory import law"),
        ("lrtheory.diagrams.plots.drawing", "from math import pi\nfrom lrtheory.diagrams import Diagram"),
        ("lrtheory.diagrams.theory.errata", "from lrtheory.diagrams.counting.schedules import Epochs"),
        ("lrtheory.chaos", "from lrtheory import lazy"),
    ],
)
def test_an_import_along_the_arrows_is_left_alone(module, line):
    assert broken_arrows(line, module) == []


