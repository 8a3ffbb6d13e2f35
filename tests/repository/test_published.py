"""What publishing takes: the workflows do what the commands do, and the site says where it lies."""

import re
import xml.etree.ElementTree
from pathlib import Path

import pytest
import yaml
from address import address
from PIL import Image
from structure.pages import FILES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}


def steps(flow):
    return [step for job in FLOWS[flow]["jobs"].values() for step in job["steps"]]


def test_the_gate_runs_for_each_change_and_the_book_is_published_from_main():
    assert set(FLOWS) == {"gate", "publish"}
    assert {"pull_request", "push"} == set(FLOWS["gate"][True])  # YAML reads `on` as a truth
    assert ".ci/run" in [step.get("run") for step in steps("gate")]
    assert FLOWS["publish"][True]["push"] == {"branches": ["main"]}
    assert any(step.get("run", "").startswith("make book CLEAN=1") for step in steps("publish"))
    (packed,) = [step for step in steps("publish") if "upload-pages-artifact" in step.get("uses", "")]
    assert packed["with"] == {"path": "_build/html"}


@pytest.mark.parametrize("flow", FLOWS)
def test_a_workflow_may_do_no_more_than_it_needs_and_names_versions(flow):
    assert FLOWS[flow]["permissions"] == {"contents": "read"}
    assert all(job.get("timeout-minutes", 10) <= 90 for job in FLOWS[flow]["jobs"].values())
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in steps(flow) if "uses" in step)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asked = [step["run"].split()[1] for step in steps(flow) if step.get("run", "").startswith("make ")]
    assert set(asked) <= set(targets)


def test_the_sitemap_lists_the_pages_at_their_address(built_book):
    tree = xml.etree.ElementTree.parse(built_book / "sitemap.xml")
    places = [place.text for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(places) == sorted(f"{address().base}{page}.html" for page in FILES)


def test_a_link_to_a_page_shows_title_words_and_a_card_of_the_right_shape(built_book):
    for page in FILES:
        text = (built_book / f"{page}.html").read_text(encoding="utf-8")
        told = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', text))
        assert told["url"] == f"{address().base}{page}.html"
        assert told["image"] == f"{address().base}_static/card.png" and told["image:alt"] and told["title"]
        assert len(told.get("description", "")) > 20, page
        assert f'<link rel="canonical" href="{told["url"]}"' in text
    with Image.open(built_book / "_static" / "card.png") as card:
        assert card.size == (1200, 630)
