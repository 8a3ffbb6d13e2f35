"""What the explorer's controls say of themselves, and what the explorer refuses, with its words."""

import numpy as np
import pytest

from lrtheory.explorer import Choice, Slider, explore


@pytest.fixture(autouse=True)
def static_page(monkeypatch):
    monkeypatch.setenv("LRTHEORY_STATIC", "1")


def descent(lr, rule="plain"):
    return {"theta": (1 - lr) ** np.arange(6)}


def draw(ax, arrays):
    ax.plot(arrays["theta"])
    ax.set(xticks=[], yticks=[])


TEXTS = {"label": "Descent", "look_for": "the sign flips above 1.", "alt": "Weight against step."}
LR = Slider((0.5, 1.0, 1.5), label="learning rate", start=1.5)
RULE = Choice(("plain", "heavy ball"), label="rule")


def explorer(compute=descent, plot=draw, **options):
    return explore(compute, plot, **{**TEXTS, "lr": LR, **options})


@pytest.mark.parametrize(
    ("values", "spacing"),
    [
        (np.linspace(0.1, 2.2, 22), "linear"),
        (np.geomspace(1e-4, 1, 9), "log"),
        ((1, 2, 3), "linear"),
        ((1, 2, 4, 8), "listed"),
        ((0.1, 0.2, 0.5), "listed"),
    ],
)
def test_the_spacing_is_read_off_the_values(values, spacing):
    assert Slider(values, label="x").spacing == spacing


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (np.linspace(0.1, 0.5, 5), ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        (np.geomspace(1e-5, 1e-3, 3), ["1e-5", "0.0001", "0.001"]),
        ((1.0001, 1.0002), ["1.0001", "1.0002"]),
        (np.array([10, 1000, 100000]), ["10", "1000", "100000"]),
        ((2e9, 3e12), ["2e9", "3e12"]),
    ],
)
def test_values_are_written_with_as_few_digits_as_tell_them_apart(values, texts):
    slider = Slider(values, label="x")
    assert [slider.text(value) for value in slider.grid] == texts


def test_a_unit_and_a_format_are_the_authors():
    slider = Slider((0.5, 1.0), label="time", unit="s", format=".2f")
    assert [slider.text(value) for value in slider.grid] == ["0.50 s", "1.00 s"]


def test_controls_are_equal_when_their_values_are():
    assert Slider(np.array([1.0, 2.0]), label="x") == Slider([1.0, 2.0], label="x", start=1)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ((), "at least two numbers, got 0"),
        ((1.0,), "at least two numbers, got 1"),
        ((2.0, 1.0), "must increase, got 1.0 after 2.0"),
        ((1.0, 1.0), "must differ, got 1.0 twice"),
        ((1.0, float("nan")), "must be finite, got nan"),
        ((1.0, float("inf")), "must be finite, got inf"),
        (("a", "b"), "must be numbers, got 'a'; for names use Choice"),
        ((False, True), "must be numbers, got False"),
    ],
)
def test_a_slider_refuses_values_that_make_no_scale(values, match):
    with pytest.raises(ValueError, match=match):
        Slider(values, label="x")


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Slider((1.0, 2.0), label="x", start=1.5), "start must be one of the values 1, 2; got 1.5"),
        (lambda: Slider((1.0, 2.0), label=" "), "label must say in words"),
        (lambda: Slider((1.01, 1.02), label="x", format=".1f"), "shows 1.01 and 1.02 both as '1.0'"),
        (lambda: Choice(("a",), label="x"), "at least two, got 1"),
        (lambda: Choice(("a", "b", "a"), label="x"), "must differ, got a, b, a"),
        (lambda: Choice(("a", "b"), label="x", start="c"), "start must be one of a, b; got c"),
        (lambda: Choice(("a", "b"), label=""), "label must say in words"),
    ],
)
def test_a_control_names_what_is_wrong_with_it(make, match):
    with pytest.raises(ValueError, match=match):
        make()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"lr": [1, 2]}, "lr must be a Slider or a Choice, got list"),
        ({"rule": RULE, "steps": LR}, "at most 2 controls, got 3"),
        ({"lr": Slider(range(201), label="x")}, "at most 200 frames, got 201"),
        ({"lr": Slider(range(101), label="x"), "rule": RULE}, "at most 200 frames, got 202"),
        ({"speed": LR}, "compute has no parameter 'speed'; its parameters are lr, rule"),
        ({"label": " "}, "label must be a sentence for the reader, got ' '"),
        ({"alt": ""}, "alt must be a sentence"),
        ({"look_for": ""}, "look_for must be a sentence"),
    ],
)
def test_an_explorer_names_what_is_wrong_with_it(options, match):
    with pytest.raises(ValueError, match=match):
        explorer(**options)


def test_an_explorer_without_controls_is_refused():
    with pytest.raises(ValueError, match="needs a control, got 0"):
        explore(lambda: {}, draw, **TEXTS)


def test_a_parameter_without_control_or_default_is_refused():
    with pytest.raises(ValueError, match="compute needs 'steps'; add a control"):
        explorer(lambda lr, steps: descent(lr))


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"lr": 5.0}, "lr must be between 0.5 and 1.5, got 5"),
        ({"lr": "fast"}, "lr must be a number, got 'fast'"),
        ({"rule": "best"}, "rule must be one of plain, heavy ball; got best"),
        ({"speed": 1}, "no control 'speed'; the controls are lr, rule"),
    ],
)
def test_a_setting_out_of_reach_is_refused(params, match):
    with pytest.raises(ValueError, match=match):
        explorer(rule=RULE).frame(**params)


def test_a_slider_of_whole_numbers_refuses_a_fraction():
    shown = explore(lambda steps: descent(1 / steps), draw, **TEXTS, steps=Slider((1, 2), label="steps"))
    with pytest.raises(ValueError, match=r"steps must be a whole number, got 1\.5"):
        shown.frame(steps=1.5)


def fails_at_one(lr):
    if lr == 1.0:
        raise ZeroDivisionError("no step left")
    return descent(lr)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"compute": fails_at_one}, r"compute failed at lr=1.0: ZeroDivisionError: no step left"),
        ({"compute": lambda lr: [1]}, r"compute failed at lr=0.5: .*arrays by name, a dict; got list"),
        ({"plot": lambda ax, arrays: None}, r"plot failed at lr=0.5: .*drew nothing; draw on the axes"),
        ({"plot": lambda ax, arrays: arrays["x"]}, r"plot failed at lr=0.5: KeyError: 'x'"),
        ({"numbers": lambda arrays: 3.0}, r"numbers failed at lr=0.5: .*one text; got float"),
    ],
)
def test_a_failure_stops_the_cell_and_names_the_setting(options, match):
    with pytest.raises(RuntimeError, match=match):
        explorer(**options)


def test_in_a_kernel_a_failure_at_the_start_stops_the_cell(monkeypatch):
    monkeypatch.delenv("LRTHEORY_STATIC")
    with pytest.raises(RuntimeError, match=r"compute failed at lr=1\.0"):
        explorer(fails_at_one, lr=Slider((0.5, 1.0), label="learning rate", start=1.0))


@pytest.mark.slow
def test_a_player_too_heavy_for_a_page_is_refused():
    noise = np.random.default_rng(0).uniform(size=(500, 800, 3))

    def image(ax, arrays):
        ax.imshow(np.roll(noise, round(10 * arrays["theta"][1]), axis=1))

    with pytest.raises(ValueError, match=r"at most 1.5 MB, got \d.\d MB in 3 frames; give fewer values"):
        explorer(plot=image)
