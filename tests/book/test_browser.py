"""The built book in a real browser with the network cut: whole, its knobs alive, readable by everyone."""

import re

import pytest
from structure.forms import NAMED, check_questions
from structure.looks import DESK, PHONE, late_verdicts, silently_cut, slabs, too_wide
from structure.pages import FILES, REFERENCE, text_of

# The reference is made by one directive from docstrings: two of its pages, the shorter ones, stand for all.
PAGES = [*(page for page in FILES if page not in REFERENCE), *REFERENCE[:3:2], "search", "genindex"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
UNFOLD = """() => {
  for (const part of document.querySelectorAll('details')) part.open = true;
  for (const button of document.querySelectorAll('button.toggle-button')) button.click();
}"""
# Of the thousands of tokens of code one of each kind stays: the others look the same, and take axe a minute.
THIN = """() => {
  const seen = new Set();
  for (const token of document.querySelectorAll('.highlight pre span:not(:has(*))')) {
    if (seen.has(token.className)) token.replaceWith(token.textContent);
    else seen.add(token.className);
  }
}"""
FIND_TROUBLE = """async ({ tags, colors }) => {
  const rules = { 'color-contrast': { enabled: colors } };
  const { violations } = await axe.run({ runOnly: tags, rules, resultTypes: ['violations'], preload: false });
  return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`));
}"""


@pytest.mark.parametrize("origin", ["server", "folder"])
def test_the_front_door_leads_to_the_first_page(visit, origin):
    page = visit("index.html", origin=origin)
    page.wait_for_url(re.compile(re.escape(f"{FILES[0]}.html")))
    assert page.locator("article h1").is_visible()


@pytest.mark.parametrize("origin", ["server", "folder"])
def test_the_search_finds_a_word_of_the_book(visit, origin):
    page = visit("search.html?q=gradient", origin=origin)
    page.locator("#search-results li a").first.wait_for(timeout=5000)
    page.wait_for_load_state("networkidle")


def check_whole(page):
    """Everything that the page shows is there."""
    assert page.title()
    assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"', '\\uf0c9')"), "no icons"
    formulas = page.locator(".math:not(.math .math)").count()
    assert page.locator("mjx-container").count() >= formulas
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("img").evaluate_all("all => all.every(i => !i.offsetParent || i.naturalWidth > 0)")


def check_readable(page, axe):
    """Unfolded, the page meets WCAG 2.1 AA (at the desk in both lights), and does not scroll sideways."""
    page.evaluate(UNFOLD)
    page.evaluate(THIN)
    page.evaluate(axe)
    width = page.viewport_size["width"]
    at_desk = width == DESK["width"]
    rules = {"tags": RULES, "colors": at_desk}  # colors are the same at any width
    for scheme in ("light", "dark") if at_desk else ("dark",):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
        page.wait_for_timeout(350)  # until what was folded, and the colors, have faded in
        assert page.evaluate(FIND_TROUBLE, rules) == [], scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"


# One visit for all checks of a page at a width; every page is opened from a server and from a folder.
@pytest.mark.parametrize(
    ("viewport", "origin"), [(DESK, "server"), (PHONE, "folder")], ids=["desk-server", "phone-folder"]
)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_any_other_host_and_readable_by_everyone(
    visit, axe, name, viewport, origin
):
    page = visit(f"{name}.html", origin=origin, viewport=viewport)
    check_whole(page)
    if viewport is PHONE:  # the whole range is walked at the desk
        for box, knob in knobs(page):
            first, last = (shown(at_end(box, knob, last=last)) for last in (False, True))
            assert first != last, f"{name}: {knob.get_attribute('id')} shows the same at both ends"
    check_readable(page, axe)
    if viewport is PHONE:
        assert silently_cut(page) == []
        assert late_verdicts(page) == []
        assert slabs(page) == []  # the page is dark now
    else:
        assert check_questions(page) == NAMED.findall(text_of(name) if name in FILES else "")
        assert too_wide(page) == []


def test_a_fault_of_contrast_and_a_picture_without_words_are_found(visit, axe):
    page = visit(f"{FILES[0]}.html")
    faults = '<p style="color:#bbb">pale words</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
    page.evaluate("html => document.querySelector('article h1').insertAdjacentHTML('afterend', html)", faults)
    page.evaluate(axe)
    trouble = " ".join(page.evaluate(FIND_TROUBLE, {"tags": RULES, "colors": True}))
    assert "color-contrast" in trouble
    assert "image-alt" in trouble


def shown(box):
    """Picture and words of an explorer, and its line of numbers."""
    picture = box.locator("img:visible").first
    source = picture.evaluate("async image => { await image.decode(); return image.src }")
    return source, picture.get_attribute("alt"), box.locator("[aria-live]").first.inner_text()


def knobs(page):
    """Every knob of every explorer of a page, with its explorer."""
    for box in page.locator("lr-explorer, .lr-explorer").all():
        yield from ((box, knob) for knob in box.locator("input[type=range], select").all())


def at_end(box, knob, *, last):
    """The explorer, with a knob at its first or at its last value."""
    knob.focus()
    if knob.evaluate("k => k.matches('select')"):
        place = "k.options.length - 1" if last else "0"
        moved = "k.dispatchEvent(new Event('input', {bubbles: true}))"
        knob.evaluate(f"k => {{ k.selectedIndex = {place}; {moved} }}")
    else:
        knob.press("End" if last else "Home")
    return box


def walked(box, knob):
    """Everything an explorer shows while one knob is moved by keyboard from its first value to its last."""
    at_end(box, knob, last=False)
    if knob.evaluate("k => k.matches('select')"):
        steps, key = knob.evaluate("k => k.options.length - 1"), "ArrowDown"
    else:
        steps, key = knob.evaluate("k => Math.round((k.max - k.min) / (k.step || 1))"), "ArrowRight"
    seen = [shown(box)]
    for _ in range(steps):
        knob.press(key)
        seen.append(shown(box))
    return seen


@pytest.mark.parametrize("name", PAGES)
def test_every_knob_moved_by_keyboard_changes_what_is_shown(visit, built_book, name):
    if "lr-explorer" not in (built_book / f"{name}.html").read_text(encoding="utf-8"):
        return
    found = list(knobs(visit(f"{name}.html", origin="folder")))
    assert found, "an explorer without a knob"
    for box, knob in found:
        seen = walked(box, knob)
        where = f"{name}: {knob.get_attribute('id')}"
        assert len(set(seen)) == len(seen), f"{where} shows the same twice"
        assert len({picture for picture, _, _ in seen}) > 1, f"{where} does not move its picture"


def test_some_page_has_an_explorer(built_book):
    assert any("lr-explorer" in (built_book / f"{name}.html").read_text(encoding="utf-8") for name in PAGES)


REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(part => part.checkVisibility({visibilityProperty: true}) && !part.disabled && part.tabIndex >= 0)
  .filter(part => part.type !== 'radio' || part.form.querySelector('[type=radio]') === part)
  .map((part, n) => part.dataset.place = `${n} ${part.tagName} ${part.textContent.trim().slice(0, 40)}`)"""
FOCUSED = "() => document.activeElement.dataset.place || ''"


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tabulator_key_reaches_everything_that_can_be_pressed(visit, viewport):
    page = visit("book/chaos/road.html", viewport=viewport)
    page.evaluate(UNFOLD)
    wanted = page.evaluate(REACHABLE)
    assert len(wanted) > 60
    reached = set()
    for _ in range(2 * len(wanted)):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(FOCUSED))
    assert [place for place in wanted if place not in reached] == []


def test_the_menu_that_says_where_to_run_a_page_opens_by_keyboard(visit, axe):
    page = visit("book/chaos/road.html")
    button = page.get_by_role("button", name="Run this page")
    button.focus()
    button.press("Enter")
    page.keyboard.press("ArrowDown")
    names = []
    for _ in range(3):
        names.append(page.evaluate("document.activeElement.innerText.trim()"))
        page.keyboard.press("ArrowDown")
    assert names == ["Binder", "Colab", "Your computer"]
    page.evaluate(axe)
    assert page.evaluate(FIND_TROUBLE, {"tags": RULES, "colors": True}) == []
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Binder").is_visible()
