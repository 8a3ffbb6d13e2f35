"""The player turned by its reader in a real browser: keyboard, pictures, words, play and pause."""


def test_the_page_opens_on_the_start_with_one_picture_each(opened):
    for player in opened():
        player.assert_shows()
        assert player.box.get_by_role("img").count() == 1


def test_the_arrows_walk_the_whole_range_and_show_what_python_draws(opened):
    one, _ = opened()
    lr = one.explorer.controls["lr"]
    slider = one.box.get_by_role("slider", name="learning rate")
    slider.focus()
    one.page.keyboard.press("Home")
    pictures = set()
    for value in lr.grid:
        one.assert_shows(lr=value)
        assert slider.get_attribute("aria-valuetext") == lr.text(value)
        assert one.box.locator("output").inner_text() == lr.text(value)
        pictures.add(one.shown())
        one.page.keyboard.press("ArrowRight")
    assert len(pictures) == len(lr.grid)
    one.assert_shows(lr=lr.grid[-1])


def test_a_logarithmic_slider_walks_its_own_values_with_their_unit(opened):
    _, two = opened()
    slider = two.box.get_by_role("slider", name="small scale")
    slider.focus()
    two.page.keyboard.press("Home")
    texts = []
    for value in two.explorer.controls["eps"].grid:
        two.assert_shows(eps=value)
        texts.append(slider.get_attribute("aria-valuetext"))
        two.page.keyboard.press("ArrowUp")
    assert texts == ["0.001 m", "0.01 m", "0.1 m", "1 m"]


def test_home_end_and_the_page_keys_move_the_slider(opened):
    one, _ = opened()
    places = {}
    for key in ("End", "PageDown", "Home", "PageUp"):
        one.slider.press(key)
        places[key] = int(one.slider.input_value())
    assert places["End"] == 8 > places["PageDown"]
    assert places["Home"] == 0 < places["PageUp"]


def test_a_choice_is_made_from_the_keyboard_and_keeps_the_slider_where_it_is(opened):
    one, _ = opened()
    one.slider.press("End")
    choice = one.box.get_by_role("combobox", name="rule")
    assert choice.input_value() == "heavy ball"
    choice.press("ArrowUp")
    assert choice.input_value() == "plain"
    one.assert_shows(lr=one.explorer.controls["lr"].grid[-1], rule="plain")


def test_two_explorers_do_not_touch_each_other(opened):
    one, two = opened()
    one.slider.press("End")
    two.assert_shows()
    names = one.page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(names) == len(set(names)) == 3


def test_play_runs_to_the_end_and_the_numbers_are_spoken_only_when_it_stops(opened):
    _, two = opened()
    two.page.clock.install()
    two.slider.press("Home")
    two.box.get_by_role("button", name="Play: small scale").click()
    assert two.box.get_by_role("button", name="Pause: small scale").is_visible()
    assert two.box.locator(".lr-numbers").get_attribute("aria-live") == "off"
    two.page.clock.run_for(60_000)
    two.assert_shows(eps=1.0)
    assert two.box.locator(".lr-numbers").get_attribute("aria-live") == "polite"
    two.box.get_by_role("button", name="Play: small scale").click()
    assert two.slider.input_value() == "0"


def test_pause_holds_the_frame_and_so_does_the_readers_hand(opened):
    one, _ = opened()
    one.page.clock.install()
    one.slider.press("Home")
    for stop in (one.box.get_by_role("button").click, lambda: one.slider.press("ArrowRight")):
        one.box.get_by_role("button", name="Play").click()
        one.page.clock.run_for(700)
        stop()
        held = one.slider.input_value()
        one.page.clock.run_for(5_000)
        assert one.slider.input_value() == held
        assert 0 < int(held) < 8


def test_nothing_moves_by_itself(opened):
    one, _ = opened()
    one.page.clock.install()
    one.page.clock.run_for(60_000)
    one.assert_shows()


def test_with_reduced_motion_the_button_takes_one_step(opened):
    _, two = opened(reduced_motion="reduce")
    two.page.clock.install()
    two.slider.press("Home")
    step = two.box.get_by_role("button", name="Step: small scale")
    step.click()
    two.page.clock.run_for(60_000)
    two.assert_shows(eps=0.01)
    for _ in range(3):
        step.click()
    two.assert_shows(eps=0.001)


def test_a_player_put_into_the_page_later_starts_by_itself(opened):
    one, two = opened()
    one.page.evaluate(
        "html => document.body.append(document.createRange().createContextualFragment(html))",
        f"<div>{two.explorer.html()}</div>",
    )
    one.page.evaluate(
        "html => document.body.insertAdjacentHTML('beforeend', html)",
        two.explorer.html(),
    )
    for place in (2, 3):
        later = type(two)(two.explorer, two.page, two.page.locator("lr-explorer").nth(place))
        later.slider.press("End")
        later.assert_shows(eps=1.0)
