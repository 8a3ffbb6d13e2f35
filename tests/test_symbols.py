"""The table of symbols against the formulas of every page: what is used is in it, and nothing else."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[1] / "book"
FIRST = ("index.md", "descent.md", "own_loss.md", "data.md")
COLUMNS = {"chaos": 2, "learning_order": 3, "lazy_rnn": 4, "diagrams": 5}
GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "kappa", "lambda"),
    *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi", "omega", "ell"),
    *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega"),
}
WORDS = re.compile(r"\\(?:text|mathrm|operatorname|mathtt|label|begin|end)\*?\{[^}]*\}")
FACES = re.compile(r"\\(mathbb|mathcal|mathbf|hat|bar|tilde|vec|dot)(?![A-Za-z])\s*\{?\s*(\\?[A-Za-z]+)\}?")
SHORT = {"mathbb": "bb ", "mathcal": "cal "}


def formulas(text):
    """Every formula of a page, outside of code."""
    text = re.sub(r"^```(?:\{code-cell\}|console|python).*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text.split("\n---\n", 1)[-1])
    shown = re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)
    return shown + re.findall(r"\$(.+?)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.DOTALL), re.DOTALL)


def symbols(formula):
    """Letters of a formula, Greek ones by name, without those of indices and of words."""
    formula = WORDS.sub(" ", formula)
    found = {SHORT.get(face, "") + name.lstrip("\\") for face, name in FACES.findall(formula)}
    rest = FACES.sub(" ", formula)
    found |= set(re.findall(r"\\([A-Za-z]+)", rest)) & GREEK
    rest = re.sub(r"_\{[^{}]*\}|_[A-Za-z0-9]", " ", re.sub(r"\\[A-Za-z]+", " ", rest))
    found |= set(re.findall("[A-Za-z]", rest))
    return {name for name in found if name in GREEK or len(name.split()[-1]) == 1}


def used(paths):
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {name for text in texts for each in formulas(text) for name in symbols(each)}


def table():
    """Rows of the table: symbol -> its cells, the first one empty."""
    text = (BOOK / "symbols.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \$(.+?)\$ (\|.*)\|$", text, re.MULTILINE)
    split = re.compile(r"(?<!\\)\|")
    return {"".join(symbols(name)): [cell.strip() for cell in split.split(cells)] for name, cells in rows}


def test_every_row_is_of_one_symbol_and_says_something():
    rows = table()
    assert len(rows) > 50
    assert [name for name, cells in rows.items() if len(cells) != 6 or not any(cells)] == []


@pytest.mark.parametrize("theory", COLUMNS)
def test_the_column_of_a_theory_has_the_symbols_of_its_pages_and_no_others(theory):
    found = used(sorted((BOOK / theory).glob("*.md")))
    listed = {name for name, cells in table().items() if cells[COLUMNS[theory]]}
    assert (sorted(found - listed), sorted(listed - found)) == ([], [])


def test_the_first_pages_use_what_their_column_has():
    found = used([BOOK / name for name in FIRST])
    listed = {name for name, cells in table().items() if cells[1]}
    assert (sorted(found - listed), sorted(listed - found)) == ([], [])


def test_the_pages_about_all_use_no_other_symbols():
    assert used([BOOK / "asked.md", BOOK / "glossary.md", BOOK / "how_to_read.md"]) <= set(table())


def test_symbols_are_read_off_formulas():
    formula = r"\hat\theta_{t+1} = \mathbb E[x_k] - \eta\,\nabla f(\theta), \quad \text{for all } n"
    assert symbols(formula) == {"theta", "bb E", "x", "eta", "f", "n"}
    assert formulas("a $x$ b `$y$`\n\n$$\nz\n$$\n\n```{code-cell} ipython3\n$q$\n```\n") == ["\nz\n", "x"]
