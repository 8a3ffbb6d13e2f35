"""The notebooks of the pages: as the pages are now, in plain Markdown, and with one address everywhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import paired_notebooks
import pytest
from address import Address, address
from nbclient import NotebookClient
from plain_markdown import Book, plain, sources

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "https://github.com/Ada-2/a.book"
HUB = Address("https://github.com/ada/book", "main", "https://ada.github.io/book/")
BOOK = Book(ROOT, HUB, frozenset({"book/chaos/road", "book/data"}), {"here": "A title"}, {"a": "Ada 1843"})


@pytest.fixture(scope="module")
def made():
    return paired_notebooks.made(ROOT)


def test_the_notebooks_are_those_that_the_pages_make(made):
    for name, text in made.items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name} is of another page: make notebooks"
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").rglob("*.ipynb")}
    assert kept == {name for name in made if name.endswith(".ipynb")}


@pytest.mark.parametrize("page", paired_notebooks.paired())
def test_a_notebook_has_the_code_of_its_page_and_one_cell_that_brings_the_package(page):
    codes = [cell.source for cell in jupytext.read(ROOT / f"{page}.md").cells if cell.cell_type == "code"]
    notebook = nbformat.read(ROOT / paired_notebooks.path_of(page), as_version=4)
    install, *rest = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source.removeprefix(paired_notebooks.QUIET) for cell in rest] == codes
    assert "except ModuleNotFoundError" in install.source
    assert re.search(r'%pip install --quiet "lrtheory @ git\+https://\S+@v\d+\.\d+\.\d+"', install.source)
    assert not any(cell.outputs or cell.execution_count for cell in notebook.cells if "outputs" in cell)
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert words.startswith("# ")
    assert not re.search(r"\{(?:term|cite|prf:ref)\}|^:::|^```+\{|\.md[#)]", words, re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s:]+\.ipynb)\)", words):
        assert (ROOT / paired_notebooks.path_of(page)).parent.joinpath(target).is_file(), target


def test_solutions_and_hints_stay_folded():
    notebook = nbformat.read(ROOT / "notebooks" / "chaos" / "road.ipynb", as_version=4)
    places = [n for n, cell in enumerate(notebook.cells) if "<summary>Solution" in cell.source]
    assert len(places) >= 4
    after = [notebook.cells[n + 1] for n in places]
    codes = [cell for cell in after if cell.cell_type == "code"]
    assert codes and all(cell.metadata.jupyter.source_hidden for cell in codes)
    assert all(cell.source.startswith(paired_notebooks.QUIET) for cell in codes)


@pytest.mark.slow
def test_a_check_of_a_solution_is_silent_where_it_holds_keeps_its_names_and_speaks_where_it_fails():
    sources = [f"{paired_notebooks.QUIET}found = 4\nprint(found)\nassert found == {n}" for n in (4, 5)]
    cells = [nbformat.v4.new_code_cell(source) for source in [*sources, "print(found)"]]
    run = NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name="python3", allow_errors=True)
    holds, fails, later = (cell.outputs for cell in run.execute().cells)
    assert holds == [] and later[0].text == "4\n"
    assert [output.ename for output in fails if "ename" in output] == ["AssertionError"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a {term}`word`, {term}`words <word>`", "a word, words"),
        ("see {cite}`a`", "see [Ada 1843](https://ada.github.io/book/book/references.html)"),
        ("by {prf:ref}`here`", "by the theorem *A title*"),
        ("[r](road.md) [r](./road.md)", "[r](road.ipynb) [r](./road.ipynb)".replace("./", "")),
        ("[d](../data.md)", "[d](../data.ipynb)"),
        ("[g](../glossary.md#x)", "[g](https://ada.github.io/book/book/glossary.html#x)"),
        ("`{x}`, ![p](a.png)", "`{x}`, ![p](a.png)"),
        ("```{admonition} Why\n:class: note\n\nso\n```", "> **Why.**\n>\n> so"),
        ("```{prf:theorem} T\n:label: l\n\n$x$\n```", "> **Theorem (T).**\n>\n> $x$"),
        (":::{hint}\n:class: dropdown\n\nh\n:::", "<details><summary>Hint</summary>\n\nh\n\n</details>"),
        (
            "````{exercise}\n:label: l\n\nq\n\n:::{hint}\nh\n:::\n````",
            "**Exercise.** q\n\n<details><summary>Hint</summary>\n\nh\n\n</details>",
        ),
        (
            "```{solution-start} l\n:class: dropdown\n```\n\ns\n\n```{solution-end}\n```\nt",
            "<details><summary>Solution</summary>\n\ns\n\n</details>\n\nt",
        ),
        ("```{admonition} A\n---\nclass: x\n---\nb\n```", "> **A.**\n>\n> b"),
        ("```python\n{term}\n```", "```python\n{term}\n```"),
    ],
)
def test_a_part_of_a_page_becomes_plain_markdown(text, shown):
    assert plain(text, "book/chaos/limits", BOOK) == shown


@pytest.mark.parametrize("text", ["```{mystery}\nx\n```", "a {numref}`x`", ":::{tip}\nx\n:::"])
def test_what_has_no_plain_form_yet_is_refused_by_name(text):
    with pytest.raises(ValueError, match=r"book/chaos/limits: .* has no plain form yet"):
        plain(text, "book/chaos/limits", BOOK)


def test_sources_are_named_by_author_and_year(tmp_path):
    entries = ["Ada, A.", "Ada, A. and van der Bee, B.", "Ada, A. and Bee, B. and Cee, C."]
    file = tmp_path / "a.bib"
    lines = [f"@misc{{k{n}, author={{{who}}}, year={{1843}}}}\n" for n, who in enumerate(entries)]
    file.write_text("".join(lines))
    assert list(sources(file).values()) == ["Ada 1843", "Ada and van der Bee 1843", "Ada et al. 1843"]


@pytest.mark.parametrize(
    "url", ["github.com/a/b", "https://github.com", "https://github.com/a/b.git", "http://h/a/"]
)
def test_an_address_that_is_none_is_refused_with_what_to_write(tmp_path, url):
    (tmp_path / "_config.yml").write_text(f"repository: {{url: '{url}', branch: main}}")
    with pytest.raises(ValueError, match=r"give https://HOST/OWNER/NAME, without \.git"):
        address(tmp_path)


def test_what_follows_from_an_address():
    elsewhere = Address("https://git.example.org/a/b", "main", "")
    assert HUB.binder("x.ipynb") == "https://mybinder.org/v2/gh/ada/book/main?urlpath=lab/tree/x.ipynb"
    assert HUB.colab("x.ipynb") == "https://colab.research.google.com/github/ada/book/blob/main/x.ipynb"
    assert "/v2/git/https%3A%2F%2Fgit.example.org%2Fa%2Fb/main?" in elsewhere.binder("x.ipynb")
    assert elsewhere.colab("x.ipynb") is None
    assert elsewhere.page("book/index") == "https://git.example.org/a/b/blob/main/book/index.md"


@pytest.mark.parametrize(
    ("url", "more", "base"),
    [
        (ELSEWHERE, "", "https://ada-2.github.io/a.book/"),
        ("https://github.com/Ada/ada.github.io", "", "https://ada.github.io/"),
        ("https://git.example.org/a/b", "", ""),
        (ELSEWHERE, "html: {baseurl: 'https://book.example.org/'}", "https://book.example.org/"),
    ],
)
def test_where_the_book_is_published_follows_unless_it_is_said(tmp_path, url, more, base):
    (tmp_path / "_config.yml").write_text(f"repository: {{url: '{url}', branch: main}}\n{more}\n")
    assert address(tmp_path).base == base


def test_another_address_in_the_one_setting_leaves_no_trace_of_the_first(tmp_path):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and Path(name).suffix not in (".npz", ".gz"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    first = address(ROOT)
    config = tmp_path / "_config.yml"
    config.write_text(config.read_text().replace(first.repository, ELSEWHERE))
    paired_notebooks.write(tmp_path)
    marks = (first.repository.removeprefix("https://"), first.base.removeprefix("https://").strip("/"))
    texts = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert [path.name for path, text in texts.items() if any(mark.encode() in text for mark in marks)] == []
    for name in ("README.md", "CITATION.cff", "notebooks/chaos/road.ipynb"):
        assert ELSEWHERE.encode() in texts[tmp_path / name], name
    describe = [sys.executable, "setup.py", "--quiet", "egg_info", "--egg-base", str(tmp_path)]
    subprocess.run(describe, cwd=tmp_path, capture_output=True, check=True)
    about = (tmp_path / "lrtheory.egg-info" / "PKG-INFO").read_text(encoding="utf-8")
    assert f"Project-URL: Homepage, {ELSEWHERE}\n" in about
