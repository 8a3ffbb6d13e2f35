"""The explorer's live face in a real kernel: a slider turned over the wire redraws what Python draws."""

import base64
import queue
import time

import numpy as np
import pytest

from lrtheory.explorer import Choice, Explorer, Slider

pytestmark = pytest.mark.slow  # together more than a quick run can afford

pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
jupyter_client = pytest.importorskip("jupyter_client", reason="jupyter_client is not installed")

WAIT = 60  # seconds for one answer of the kernel
CELL = """
import numpy as np
from lrtheory import Choice, Slider, explore

def descent(lr, rule="plain"):
    if rule == "broken" and lr > 1:
        raise ZeroDivisionError("no step left")
    return {"theta": (1 - lr) ** np.arange(6)}

def draw(ax, arrays):
    ax.plot(arrays["theta"], "o-")
    ax.set(ylim=(-2, 2), xticks=[], yticks=[])

def last(arrays):
    return {"last weight": f"{arrays['theta'][-1]:.3g}"}

TEXTS = {"label": "Descent", "look_for": "the sign flips above 1.", "alt": "Weight against step."}
LR = Slider(np.linspace(0.5, 1.5, 5), label="learning rate", start=0.5)
RULE = Choice(("plain", "broken"), label="rule")
"""
SHOW = "explore(descent, draw, numbers=last, figsize=(3, 2), lr=LR, rule=RULE, **TEXTS)"

cell = {}
exec(CELL, cell)


class Kernel:
    """A kernel that remembers the widgets it made: their state as a front end would hold it."""

    def __init__(self, client):
        self.client = client
        self.widgets = {}

    def settled(self, request):
        """Follow the messages of a request until the kernel is idle; return what it displayed."""
        shown, until = None, time.monotonic() + WAIT
        while time.monotonic() < until:
            try:
                message = self.client.get_iopub_msg(timeout=WAIT)
            except queue.Empty:
                break
            kind, content = message["msg_type"], message["content"]
            if kind in ("comm_open", "comm_msg") and "state" in content["data"]:
                data = content["data"]
                state = self.widgets.setdefault(content["comm_id"], {})
                state.update(data["state"])
                for path, buffer in zip(data.get("buffer_paths", ()), message["buffers"], strict=True):
                    state[path[0]] = bytes(buffer)
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "error":
                raise AssertionError("\n".join(content["traceback"]))
            if kind in ("execute_result", "display_data"):
                shown = content
            if kind == "status" and content["execution_state"] == "idle":
                return shown
        raise AssertionError(f"the kernel was not done in {WAIT} seconds")

    def run(self, code):
        return self.settled(self.client.execute(code))

    def turn(self, model, value, *, key="value"):
        """Set a control as a front end does: one message over the wire."""
        place = next(key for key, state in self.widgets.items() if state.get("_model_name") == model)
        data = {"method": "update", "state": {key: value}, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": place, "data": data})
        self.client.shell_channel.send(message)
        self.settled(message["header"]["msg_id"])

    def state(self, model):
        return [state for state in self.widgets.values() if state.get("_model_name") == model]

    @property
    def picture(self):
        (image,) = self.state("ImageModel")
        return image["value"]

    @property
    def words(self):
        return " ".join(state["value"] for state in self.state("HTMLModel"))


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LRTHEORY_STATIC", raising=False)
        manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(client):
    """The kernel, with the explorer of the cell just shown."""
    kernel = Kernel(client)
    kernel.run(CELL)
    kernel.shown = kernel.run(SHOW)
    return kernel


@pytest.fixture(scope="module")
def expected():
    """The same explorer in this process: what Python draws."""
    return Explorer(
        cell["descent"],
        cell["draw"],
        **cell["TEXTS"],
        numbers=cell["last"],
        figsize=(3, 2),
        controls={"lr": cell["LR"], "rule": cell["RULE"]},
    )


def test_a_kernel_is_given_the_widget_with_a_picture_and_words_to_fall_back_on(kernel, expected):
    data = kernel.shown["data"]
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] in kernel.widgets
    assert base64.b64decode(data["image/png"]) == expected.first.png() == kernel.picture
    assert expected.first.caption in kernel.words
    assert kernel.shown["metadata"]["image/png"]["width"] == 640


@pytest.mark.parametrize("lr", [1.25, 0.777])
def test_turning_the_slider_redraws_any_value_on_the_grid_or_between(kernel, expected, lr):
    before = kernel.picture
    kernel.turn("FloatSliderModel", lr)
    frame = expected.at(lr=lr)
    assert kernel.picture == frame.png() != before
    assert frame.caption in kernel.words


def test_a_failure_is_written_out_and_the_next_setting_recovers(kernel, expected):
    kernel.turn("FloatSliderModel", 1.5)
    kernel.turn("DropdownModel", 1, key="index")
    assert (
        "compute failed at lr=1.5, rule=&#x27;broken&#x27;: ZeroDivisionError: no step left" in kernel.words
    )
    assert "Traceback" in kernel.words
    assert "hidden" in [state.get("visibility") for state in kernel.state("LayoutModel")]
    kernel.turn("FloatSliderModel", 0.75)
    assert kernel.picture == expected.at(lr=0.75, rule="broken").png()
    assert "ZeroDivisionError" not in kernel.words
    assert "hidden" not in [state.get("visibility") for state in kernel.state("LayoutModel")]


def test_one_turn_costs_less_than_three_tenths_of_a_second(expected):
    knob = expected.widget.children[2]
    seconds = []
    for lr in (0.7, 0.8, 0.9):
        start = time.process_time()  # of this process, so that a busy machine does not count
        knob.value = lr
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.3


@pytest.mark.parametrize(
    ("control", "model"),
    [
        (Slider(np.linspace(0.5, 1.5, 5), label="x"), "FloatSliderModel"),
        (Slider(np.geomspace(1e-5, 0.3, 7), label="x"), "FloatLogSliderModel"),
        (Slider((0.1, 0.2, 0.5), label="x"), "SelectionSliderModel"),
        (Slider((1, 2, 3), label="x", unit="s"), "IntSliderModel"),
        (Slider((1, 2, 4), label="x"), "SelectionSliderModel"),
        (Choice((1, 8, 64), label="x"), "DropdownModel"),
    ],
)
def test_each_control_has_the_widget_that_fits_and_reaches_every_value_of_its_grid(control, model):
    received = []
    explorer = Explorer(
        lambda x: received.append(x) or {"y": [0, x]},
        lambda ax, arrays: ax.plot(arrays["y"]),
        **cell["TEXTS"],
        controls={"x": control},
    )
    (knob,) = [child for child in explorer.widget.children if child._model_name == model]
    received.clear()
    for value in control.grid[1:]:
        knob.value = value
    assert received == list(control.grid[1:])
