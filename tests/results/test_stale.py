"""Stored runs by the hashes of the code alone: what turns them stale, and what must not."""


def test_a_changed_module_is_named_where_nothing_is_run(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, "(1 - lr)", "(1 - 2 * lr)")
    result = store.get(toy.orbit)
    assert result.stale and f"STALE: {toy.__name__} changed" in result.caption()
    assert "fresh" not in result.caption()
    (state,) = store.check(quick=True)
    assert (state.state, state.experiment) == ("stale", toy.orbit.name)
    assert state.reason == f"{toy.__name__} changed; not re-checked"


def test_comments_docstrings_and_blank_lines_leave_a_run_fresh(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, "    More words.\n", "    Other words.\n\n")
    edit(toy, "    import numpy as np\n", "\n    import numpy as np  # for the powers\n    # and so on\n")
    assert not store.get(toy.orbit).stale and store.check(quick=True)[0].state == "fresh"


def test_a_raised_version_turns_runs_stale(store, toy, edit):
    store.run(toy.orbit)
    newer = type(toy.orbit)(**{**vars(toy.orbit), "version": 2})
    assert "version was 1, is 2" in store.get(newer).caption()
    edit(toy, "version=1", "version=2")
    (state,) = store.check()
    assert state.state == "stale" and "version was 1, is 2" in state.reason


def test_a_run_whose_experiment_is_gone_is_stale(store, toy, edit):
    store.run(toy.orbit)
    edit(toy, "def orbit(", "def trajectory(")
    assert "no longer exists" in store.check()[0].reason
