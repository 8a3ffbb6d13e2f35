"""A notebook for each page with cells, for Binder, Colab and JupyterLab; run as python paired_notebooks.py.

The page is what is edited; its notebook has the same code cells, text in plain Markdown, and a cell that
brings the package where it is not there. What checks a solution is silent there, unless it fails.
README and CITATION.cff get the address of the repository.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import jupytext
import nbformat
from address import ROOT, Address, address
from plain_markdown import Book, has_cells, plain, sources, theorems, toc
from self_checks import questions

FOLDER = "notebooks"
INSTALL = """\
# On Colab the package comes first; elsewhere it is there.
try:
    import lrtheory
except ModuleNotFoundError:
    %pip install --quiet "lrtheory @ git+{repository}@v{version}"
"""
QUIET = """\
%%capture
# Silent, as its output tells the answer; take the line above away to see it.
"""
HEAD = "*[A page]({page}) of [What a learning rate does]({book}) as a notebook: here its sliders are alive.*"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# The ledger checks every claim, in processes of its own: minutes, and 2.6 GB where Binder grants 2.
HEAVY = {"book/claims"}
ADDRESSED = ("README.md", "CITATION.cff")


def paired(root: Path = ROOT) -> list[str]:
    """Names of the pages that have a notebook."""
    return [page for page in toc(root) if has_notebook(root, page)]


def has_notebook(root: Path, page: str) -> bool:
    """Whether a page has one: there are cells in it, and it is none of the heavy ones."""
    return page not in HEAVY and has_cells(root / f"{page}.md")


def path_of(page: str) -> str:
    """Where the notebook of a page lies: book/chaos/road in notebooks/chaos/road.ipynb."""
    return f"{FOLDER}/{page.removeprefix('book/')}.ipynb"


def notebook(page: str, book: Book, version: str) -> str:
    """The notebook of a page, as text.

    Args:
        page: its name, such as book/chaos/road.
        book: what the page may refer to.
        version: of the package that is installed where there is none.
    """
    read = jupytext.reads(_text(book.root, page), fmt="md:myst")
    cells, solving = [], False
    for cell in read.cells:
        if cell.cell_type == "code":
            cells.append(_code(cell, hidden=solving or _folded(cell), quiet=solving))
            continue
        if (text := plain(cell.source, page, book)).strip():
            cells.append(nbformat.v4.new_markdown_cell(text.strip()))
        for mark in re.findall(r"\{solution-(start|end)\}", cell.source):
            solving = mark == "start"
    head = HEAD.format(page=book.address.page(page), book=book.address.page("book/index"))
    install = INSTALL.format(repository=book.address.repository, version=version).rstrip()
    first = [nbformat.v4.new_markdown_cell(head), nbformat.v4.new_code_cell(install)]
    cells[1:1] = first
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.validate(made)
    return nbformat.writes(made, indent=1) + "\n"


def addressed(text: str, where: Address) -> str:
    """A text with the address of the repository in the place of the one that it names.

    Args:
        text: README or CITATION.cff; what it names is marked by `repository-code:` or by a link to Binder.
        where: the address that _config.yml names.
    """
    text = re.sub(r"(?m)^(repository-code: ).*$", rf"\g<1>{where.repository}", text)
    text = re.sub(r"(?m)^(url: ).*$", rf"\g<1>{where.base or where.repository}", text)
    text = re.sub(r"(?m)^(\[binder\]: ).*$", rf"\g<1>{where.binder(FOLDER)}", text)
    text = re.sub(r"(?m)^(\[read\]: ).*$", rf"\g<1>{where.page('book/index')}", text)
    return re.sub(r"(?m)^(\[repository\]: ).*$", rf"\g<1>{where.repository}", text)


def made(root: Path = ROOT) -> dict[str, str]:
    """What every file that this script writes should hold, by its path in the checkout."""
    pages, where = paired(root), address(root)
    known: dict[str, str] = {}
    for page in toc(root):
        known |= theorems(_text(root, page))
    authors = sources(root / "book" / "references.bib")
    book = Book(root, where, frozenset(pages), known, authors, questions(root))
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    files = {path_of(page): notebook(page, book, version) for page in pages}
    for name in ADDRESSED:
        files[name] = addressed((root / name).read_text(encoding="utf-8"), where)
    return files


def write(root: Path = ROOT) -> None:
    """Write the notebooks of a checkout, take away those whose page is gone, and set the address."""
    files = made(root)
    for old in (root / FOLDER).rglob("*.ipynb"):
        if old.relative_to(root).as_posix() not in files:
            old.unlink()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _text(root: Path, page: str) -> str:
    return (root / f"{page}.md").read_text(encoding="utf-8")


def _code(cell: nbformat.NotebookNode, *, hidden: bool, quiet: bool) -> nbformat.NotebookNode:
    # JupyterLab can fold what a cell holds, but unfolds what it puts out as soon as all cells are run.
    made = nbformat.v4.new_code_cell(QUIET * quiet + cell.source)
    if tags := [tag for tag in cell.metadata.get("tags", ()) if tag != "remove-cell"]:
        made.metadata["tags"] = tags
    if hidden:
        made.metadata["jupyter"] = {"source_hidden": True}
    return made


def _folded(cell: nbformat.NotebookNode) -> bool:
    return bool({"hide-input", "hide-cell", "remove-input"} & set(cell.metadata.get("tags", ())))


if __name__ == "__main__":
    write()
