"""Nothing in the package is imported in a circle: no modules, no folders."""

from structure.reading import SOURCES, circles, imports, inside, module_name


def import_graph(sources):
    """What each module imports of the package when it runs, functions included; ``sources`` by module.

    A package does not count as imported by what lies in it.
    """
    found = {module: imports(source, module, types=False) for module, source in sources.items()}
    return {
        module: {name for name in names if name in sources and not inside(module, name)}
        for module, names in found.items()
    }


def folder_graph(graph, packages):
    """The same for folders; a module that lies in the package itself stands for itself."""
    def folder(module):
        above = module if module in packages else module.rpartition(".")[0]
        return module if above == "lrtheory" else above

    found = {}
    for module, names in graph.items():
        found.setdefault(folder(module), set()).update(folder(name) for name in names)
    return {name: others - {name} for name, others in found.items()}


def test_nothing_in_the_package_is_imported_in_a_circle():
    graph = import_graph({module_name(path): path.read_text(encoding="utf-8") for path in SOURCES})
    assert circles(graph) == []
    packages = {module_name(path) for path in SOURCES if path.name == "__init__.py"}
    assert circles(folder_graph(graph, packages)) == []


def test_a_circle_is_found_among_modules_and_among_folders():
    sources = {
        "lrtheory.chaos.theory.laws": "def f():\n    from lrtheory.chaos.models.siren import SineNetwork",
        "lrtheory.chaos.models.siren": "if TYPE_CHECKING:\n    import lrtheory.chaos.theory.laws",
        "lrtheory.chaos.models.since": "import lrtheory.chaos.theory.covariance",
        "lrtheory.chaos.theory.covariance": "import lrtheory.law",
        "lrtheory.law": "",
    }
    graph = import_graph(sources)
    assert circles(graph) == []
    assert set(circles(folder_graph(graph, set()))) == {"lrtheory.chaos.theory", "lrtheory.chaos.models"}
    graph = import_graph({**sources, "lrtheory.law": "from lrtheory.chaos.models import since"})
    assert set(circles(graph)) == {
        "lrtheory.law", "lrtheory.chaos.models.since", "lrtheory.chaos.theory.covariance"
    }  # fmt: skip
