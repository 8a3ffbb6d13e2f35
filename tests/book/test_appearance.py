"""The look of the book, held by pictures: every kind of part, at a desk and on a phone, in light and in dark.

Pictures are taken at half size. A pixel differs when one of its colors does by more than COLOR of 255 levels;
a place has changed when more than SHARE of its pixels differ. Two starts of one browser differ nowhere.
APPEARANCE=draw in the environment draws the kept pictures anew.

A browser that sets type or draws buttons otherwise than the one that drew them, which a few letters show that
are no part of the book, cannot be held to these pictures: it skips the tests, and says so.
"""

import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import missing
from PIL import Image
from structure.looks import SETTLED
from structure.staged import ALIKE, PLACES, stage

COLOR, SHARE = 5, 0.001
DRAW = os.environ.get("APPEARANCE") == "draw"
KEPT = Path(__file__).with_name("appearance")
WIDTHS = {"desk": {"width": 1280, "height": 1300}, "phone": {"width": 375, "height": 1300}}
VIEWS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]
SPECIMEN = "".join(
    f"<p style='font: {size}px Liberation {face}; color: #22262b'>Hamburgefonstiv 0123 &eta;</p>"
    for face, size in (("Serif", 18.2), ("Sans", 15.2), ("Mono", 13))
) + "<input type=radio checked> <input type=radio> <input size=9 value=0.05> <button>Check</button>"
# What a style sheet could lose: the place where it is seen, and the fault.
FAULTS = {
    ("desk", "light"): {
        "ground 8 levels darker": ("question", "html { --pst-color-background: #f5f4f1 !important; }"),
        "no border": ("answer", "form.self-check { border-color: transparent !important; }"),
        "words over a figure": ("figure", "p.seen { margin-top: -3rem !important; }"),
        "figure 3 px to the side": ("figure", ".cell_output img { translate: 3px; }"),
        "no menu": ("menu", ".dropdown-menu { display: none !important; }"),
        "no rules in a table": ("ledger", ".bd-article table * { border-color: transparent !important; }"),
        "links in the color of words": ("entry", ".bd-article a { color: #22262b !important; }"),
    },
    ("phone", "dark"): {
        "explorer not turned around": ("chapter", "lr-explorer { --lr-figure: none !important; }"),
        "letters 1 px larger": ("prose", ".bd-article { font-size: calc(1.14rem + 1px) !important; }"),
        "box 8 levels brighter": ("theorem", ".theorem { background: #25292f !important; }"),
        "margin 6 px wider": ("theorem", "div.proof { margin-bottom: calc(1.6rem + 6px) !important; }"),
        "hint in the color of nothing": ("exercise", ".hint { --book-edge: transparent !important; }"),
        "code in another face": ("cell", "pre { font-family: 'Liberation Serif' !important; }"),
        "figure not turned around": ("figure", ".cell_output img { filter: none !important; }"),
    },
}


@pytest.fixture(scope="module")
def faces():
    """The faces that the pictures are set in."""
    if not shutil.which("fc-list"):
        missing("no fc-list to ask for faces: install fontconfig")
    found = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=True).stdout
    for face in ("Serif", "Sans", "Mono"):
        if f"Liberation {face}" not in found:
            missing(f"no Liberation {face}: install fonts-liberation")


@pytest.fixture(scope="module")
def alike(browser, faces):
    """A browser that draws letters and native parts as the one did that drew the pictures."""
    page = browser.new_page(viewport={"width": 400, "height": 240})
    page.set_content(SPECIMEN)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB").reduce(2)
    page.close()
    if DRAW:
        KEPT.mkdir(exist_ok=True)
        taken.save(KEPT / "specimen.webp", lossless=True, quality=100, method=4)
    with Image.open(KEPT / "specimen.webp") as wanted:
        share, _ = compare(taken, wanted.convert("RGB"))
    if share > SHARE:
        pytest.skip("this browser draws letters otherwise than the one that drew the pictures")


@pytest.fixture
def pictured(visit, origins, alike):
    """Function that pictures places in one view, given with faults of their style; it stays on a page."""

    def picture(width, scheme, wanted):
        page, at = None, None
        for name, fault in wanted:
            if page is None:
                page = visit(f"{PLACES[name]['page']}.html", viewport=WIDTHS[width], scheme=scheme)
            elif PLACES[name]["page"] != at:
                page.goto(f"{origins['server']}/{PLACES[name]['page']}.html")
                page.evaluate(SETTLED)
            at = PLACES[name]["page"]
            style = page.add_style_tag(content=ALIKE + fault)
            yield name, stage(page, name, width)
            style.evaluate("style => style.remove()")

    return picture


def kept(name, width, scheme):
    return KEPT / f"{name}-{width}-{scheme}.webp"


def compare(taken, wanted):
    """Share of pixels that differ, and a picture of them; what only one picture has differs."""
    both = np.zeros((2, max(taken.height, wanted.height), max(taken.width, wanted.width), 3), np.int16)
    both[1] = 255
    for layer, image in zip(both, (taken, wanted), strict=True):
        layer[: image.height, : image.width] = np.asarray(image)
    differs = (np.abs(both[0] - both[1]) > COLOR).any(axis=-1)
    return differs.mean(), Image.fromarray(np.uint8(differs) * 255)


def change(name, image, width, scheme, folder):
    """What is to be said of a place whose look has changed; the pictures that show it go to the folder."""
    with Image.open(kept(name, width, scheme)) as wanted:
        share, difference = compare(image, wanted.convert("RGB"))
    if share <= SHARE:
        return ""
    image.save(folder / f"{name}-taken.png")
    difference.save(folder / f"{name}-difference.png")
    return (
        f"{name} at the {width} in the {scheme}: {share:.2%} of the pixels differ, {SHARE:.2%} may; "
        f"kept {kept(name, width, scheme)}, taken {folder / name}-taken.png, and {name}-difference.png"
    )


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_place_looks_as_it_did(pictured, tmp_path, width, scheme):
    found = []
    for name, image in pictured(width, scheme, [(name, "") for name in PLACES]):
        if DRAW:
            image.save(kept(name, width, scheme), lossless=True, quality=100, method=4)
        found.append(change(name, image, width, scheme, tmp_path))
    assert not any(found), "\n".join(filter(None, found))


@pytest.mark.parametrize(("width", "scheme"), FAULTS)
def test_a_fault_of_the_style_is_found(pictured, tmp_path, width, scheme):
    faults = FAULTS[width, scheme]
    for fault, (name, image) in zip(faults, pictured(width, scheme, faults.values()), strict=True):
        said = change(name, image, width, scheme, tmp_path)
        assert said.startswith(name), f"{fault} is not found in {name} at the {width} in the {scheme}"
        assert (tmp_path / f"{name}-difference.png").is_file()


def test_every_kept_picture_is_of_a_place():
    wanted = {kept(name, *view).name for name in PLACES for view in VIEWS}
    assert wanted | {"specimen.webp"} == {path.name for path in KEPT.iterdir()}
    assert sum(path.stat().st_size for path in KEPT.iterdir()) <= 400_000
