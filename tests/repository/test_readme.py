"""The README's example runs as it stands and prints what it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def example():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(r"```python\n(.*?)```", readme, re.DOTALL).group(1)


def test_the_example_has_at_most_eight_lines():
    assert len(example().strip().splitlines()) <= 8


def test_the_example_prints_the_numbers_in_its_comments(capsys):
    promised = [float(number) for number in re.findall(r"# (0\.\d+)", example())]
    exec(compile(example(), "README.md", "exec"), {})
    printed = [float(line.split()[-1]) for line in capsys.readouterr().out.strip().splitlines()]
    assert len(promised) == len(printed) == 3
    # The first number is measured on chaotic orbits, whose digits depend on the machine's sine.
    assert printed[0] == pytest.approx(promised[0], abs=4 * 0.0006)
    assert printed[1:] == promised[1:]


def test_what_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not missing
