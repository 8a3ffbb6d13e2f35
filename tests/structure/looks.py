"""What a browser can measure of the looks of a page; the tests that use it are in tests/book."""

import io

from PIL import Image

PHONE, DESK = {"width": 375, "height": 720}, {"width": 1280, "height": 900}
SETTLED = """async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
}"""


def too_wide(page):
    """Code and outputs that are cut at the right edge of a desk."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.bd-article pre')]
          .filter(part => part.scrollWidth > part.clientWidth + 1)
          .map(part => `${part.scrollWidth - part.clientWidth} px: ${part.textContent.slice(0, 90)}`)"""
    )


def silently_cut(page):
    """Parts that scroll sideways and do not show it, on a phone."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.bd-article *')]
          .filter(part => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0
            && /auto|scroll/.test(getComputedStyle(part).overflowX))
          .filter(part => !(part.dataset.more || '').includes('right')
            || getComputedStyle(part).maskImage === 'none')
          .map(part => part.outerHTML.slice(0, 120))"""
    )


def late_verdicts(page):
    """Tables whose verdicts are out of sight on a phone."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.bd-article table')].flatMap(table => {
          const heads = [...table.querySelectorAll('thead th, tr:first-child th')];
          const verdict = heads.find(head => /^verdict$/i.test(head.textContent.trim()));
          const box = table.getBoundingClientRect();
          return verdict && verdict.getBoundingClientRect().right > box.left + 345
            ? [table.textContent.slice(0, 80)] : [];
        })"""
    )


def slabs(page):
    """Pictures that are mostly bright, on a dark page."""
    found = []
    for picture in page.locator(".bd-article :is(.cell_output, lr-explorer, figure) img:visible").all():
        seen = Image.open(io.BytesIO(picture.screenshot())).convert("L")
        bright = sum(seen.histogram()[200:]) / (seen.width * seen.height)
        if bright > 0.3:
            found.append(f"{bright:.0%} bright: {picture.get_attribute('alt')[:90]}")
    return found
