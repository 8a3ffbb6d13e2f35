"""A page with two players, opened in a real browser with the network cut; tests are in the other files."""

import base64
from dataclasses import dataclass

import numpy as np
import pytest

from lrtheory.explorer import Choice, Explorer, Slider, explore

LR = Slider(np.linspace(0.25, 2.25, 9), label="learning rate", start=1.0)
RULE = Choice(("plain", "heavy ball"), label="rule", start="heavy ball")
EPS = Slider(np.geomspace(1e-3, 1.0, 4), label="small scale", start=0.1, unit="m")


def descent(lr, rule):
    theta, velocity = [1.0], 0.0
    for _ in range(6):
        velocity = (0.5 * velocity if rule == "heavy ball" else 0.0) - lr * theta[-1]
        theta.append(theta[-1] + velocity)
    return {"theta": np.array(theta)}


def ripple(eps):
    x = np.linspace(0, 1, 200)
    return {"theta": x**2 + eps * np.sin(x / eps)}


def draw(ax, arrays):
    ax.plot(arrays["theta"], color="black")
    ax.set(ylim=(-3, 3), xticks=[], yticks=[], xlabel="step")


def last(arrays):
    return {"last": f"{arrays['theta'][-1]:.3g}", "largest": f"{arrays['theta'].max():.3g}"}


@dataclass(frozen=True)
class Player:
    """One explorer of the open page, beside the same explorer in Python."""

    explorer: Explorer
    page: object
    box: object  # the locator of the player

    @property
    def picture(self):
        return self.box.locator("img.lr-frame")

    @property
    def slider(self):
        return self.box.get_by_role("slider")

    @property
    def controls(self):
        return self.box.locator(":is(button, input, select)")

    def shown(self):
        """Bytes of the picture in view, once the browser has decoded it."""
        source = self.picture.evaluate("async image => { await image.decode(); return image.src }")
        assert self.picture.evaluate("image => image.naturalWidth") == 1280
        return base64.b64decode(source.removeprefix("data:image/webp;base64,"))

    def assert_shows(self, **setting):
        """The picture, its words and the numbers are what Python draws and says for the setting."""
        frame = self.explorer.at(**setting)
        assert self.shown() == frame.webp()
        assert self.picture.get_attribute("alt") == frame.alt
        assert self.box.locator("[aria-live]").inner_text() == frame.readout


@pytest.fixture(scope="session")
def explorers():
    texts = {"look_for": "the sign flips above 1.", "alt": "Weight against step."}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRTHEORY_STATIC", "1")
        return (
            explore(descent, draw, **texts, label="Descent", numbers=last, figsize=(4, 2), lr=LR, rule=RULE),
            explore(ripple, draw, **texts, label="Ripple", numbers=last, figsize=(4, 2), eps=EPS),
        )


@pytest.fixture(scope="session")
def address(explorers, tmp_path_factory):
    fragments = "<p>Words between.</p>".join(explorer.html() for explorer in explorers)
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
        f'<meta name="viewport" content="width=device-width"><body><main><h1>Page</h1>{fragments}</main>'
    )
    return path.as_uri()


@pytest.fixture
def opened(browser, address, explorers):
    """Open the page with the network cut and give its players.

    Whatever the page asked for, threw or logged as an error fails the test at the end.
    """
    trouble, contexts = [], []

    def answer(route):
        if route.request.url.startswith("file:"):
            return route.continue_()
        trouble.append(f"asked for {route.request.url}")
        return route.abort()

    def open_page(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.route("**/*", answer)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(f"threw {error}"))
        page.on("console", lambda message: message.type == "error" and trouble.append(message.text))
        page.goto(address)
        boxes = page.locator("lr-explorer")
        return [Player(explorer, page, boxes.nth(place)) for place, explorer in enumerate(explorers)]

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []
