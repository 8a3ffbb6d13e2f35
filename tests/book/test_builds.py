"""Small books built with the settings of this one: what a build executes, what it keeps, what stops it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HEADER = {
    "jupytext": {"text_representation": {"extension": ".md", "format_name": "myst"}},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
}
COMMAND = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
EXECUTED = re.compile(r"executed (\w+) in \d")


def write_page(folder, name, cell, words="Words, $x$."):
    header = yaml.safe_dump(HEADER)
    page = f"---\n{header}---\n# A page\n\n{words}\n\n```{{code-cell}} ipython3\n{cell}\n```\n"
    (folder / "book" / f"{name}.md").write_text(page)


def small_book(folder, **cells):
    """Write a book of a few pages, one cell each, with this book's settings."""
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(ROOT / "book" / name, folder / "book" / name)
    for name in ("_config.yml", "book/references.bib"):
        shutil.copy(ROOT / name, folder / name)
    root, *rest = (f"book/{name}" for name in cells)
    contents = {"format": "jb-book", "root": root, "chapters": [{"file": name} for name in rest]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents))
    for name, cell in cells.items():
        write_page(folder, name, cell)


def build(folder):
    """Build a book; what it said, whether it was built, and the pages that it executed."""
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    said = done.stdout + done.stderr
    return said, done.returncode == 0, set(EXECUTED.findall(said))


def shown(folder, name):
    return re.sub(r"<[^>]+>", "", (folder / "_build" / "html" / "book" / f"{name}.html").read_text())


@pytest.mark.book
def test_a_page_is_executed_when_something_changed_that_can_change_it_and_only_then(tmp_path):
    store = "from lrtheory import Store, seeds\nprint(len(Store().records()), 'runs')"
    knows = "import os\n'-'.join(os.environ[k] for k in ('LRTHEORY_STATIC', 'LRTHEORY_OFFLINE'))"
    small_book(tmp_path, plain="print('one', 'plus')", stored=store, knows=knows)
    (tmp_path / "book" / "cache").mkdir()
    said, built, executed = build(tmp_path)
    assert built, said[-2000:]
    assert executed == {"plain", "stored", "knows"}
    assert "1-1" in shown(tmp_path, "knows")  # a page knows that it is a page
    assert (tmp_path / "_build" / "html" / "_static" / "mathjax" / "core.js").is_file()
    write_page(tmp_path, "plain", "print('one', 'plus')", words="Other words.")
    (tmp_path / "book" / "cache" / "chaos.orbit-1.npz").write_text("{}")
    # A page that reads the environment is executed every time.
    assert build(tmp_path)[1:] == (True, {"stored", "knows"})
    assert "Other words" in shown(tmp_path, "plain") and "one plus" in shown(tmp_path, "plain")
    assert "1 runs" in shown(tmp_path, "stored")
    write_page(tmp_path, "plain", "print('two', 'plus')")
    assert build(tmp_path)[1:] == (True, {"plain", "knows"})
    assert "two plus" in shown(tmp_path, "plain")


@pytest.mark.book
def test_a_cell_that_fails_stops_the_build_and_the_other_pages_are_kept(tmp_path):
    odd = "1 + 1\nimport sys; print('odd words', file=sys.stderr)"
    small_book(tmp_path, fine="print('all is well')", raises="raise ValueError('stop here')", loud=odd)
    said, built, executed = build(tmp_path)
    assert not built and executed == {"fine"}
    assert not (tmp_path / "_build" / "html" / "book" / "fine.html").exists()
    for words in (
        r"book/raises\.md, code cell 1 \(line \d+\) failed:\n.*Traceback.*ValueError: stop here",
        r"book/loud\.md, code cell 1 \(line \d+\) wrote on stderr:\nodd words",
    ):
        assert re.search(words, said, re.DOTALL), said[-3000:]
    write_page(tmp_path, "raises", "print('mended')")
    write_page(tmp_path, "loud", "print('quiet')")
    assert build(tmp_path)[1:] == (True, {"raises", "loud"})
    assert "all is well" in shown(tmp_path, "fine") and "mended" in shown(tmp_path, "raises")


def _heed_ctrl_c():
    """A gate in the background of a shell ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.book
def test_ctrl_c_ends_the_build_and_its_kernels(tmp_path):
    note = tmp_path / "kernels"
    cell = f"import os, time\nopen({str(note)!r}, 'a').write(f'{{os.getpid()}}\\n')\ntime.sleep(300)"
    small_book(tmp_path, one=cell, two=cell, three=cell)
    process = subprocess.Popen(
        COMMAND, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=_heed_ctrl_c
    )
    began = time.monotonic()
    while not (note.is_file() and note.read_text().count("\n")) and time.monotonic() - began < 60:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0, said
    for kernel in map(int, note.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(kernel, 0)
