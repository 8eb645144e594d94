"""The explorer: a drawing at every value, made beforehand where they are few, and one explorer a cell."""

import json
import zlib

import ipywidgets
import numpy as np
import pytest

import qlib
from qlib.show.control import make_control
from qlib.show.drawing import Drawing
from qlib.show.explorer import Explorer
from qlib.show.marks import Line
from qlib.show.panel import Panel


def drawing(episodes):
    epsilon = qlib.epsilon_schedule(qlib.RECOMMENDED, episodes)
    return Drawing(Panel([Line(np.arange(episodes), epsilon)]), alt=f"Epsilon over {episodes} episodes.")


def draw(episodes):
    return drawing(episodes), f"{episodes} episodes"


def count():
    return len(ipywidgets.widgets.widget._instances)


def recorded(explorer):
    return json.loads(zlib.decompress(explorer.view.recorded))


def test_it_draws_at_every_value_of_its_controls():
    explorer = Explorer(draw, episodes=(1, 9))
    for value in (1, 9):
        explorer.controls["episodes"].value = value
        assert explorer.readout == f"{value} episodes"
    explorer.close()


def test_what_draw_does_not_accept_is_a_sentence():
    def refuse(episodes):
        raise ValueError("Choose more than one episode.")

    explorer = Explorer(refuse, episodes=(1, 9))
    assert explorer.readout == "Choose more than one episode." == explorer.view.shown["words"]
    assert recorded(explorer)["3"]["words"] == "Choose more than one episode."
    explorer.close()


def test_few_values_are_all_recorded_and_the_page_needs_no_kernel():
    explorer = Explorer(lambda episodes, twice: draw(episodes * (1 + twice)), episodes=(1, 9), twice=False)
    found = recorded(explorer)
    assert len(found) == 18
    assert found["3,1"]["words"] == "8 episodes"
    assert found["3,1"]["drawing"] == json.loads(json.dumps(drawing(8).numbers()))
    before = explorer.view.shown
    explorer.controls["episodes"].value = 4
    assert explorer.view.shown is before, "nothing is sent that the page has"
    explorer.close()


def test_of_many_values_those_along_each_control_are_recorded_and_the_rest_is_sent_when_asked_for():
    explorer = Explorer(lambda a, b: draw(a + b), name="many", record=20, a=(1, 9, 1, 2), b=(1, 9, 1, 5))
    found = recorded(explorer)
    assert set(found) == {f"{i},4" for i in range(9)} | {f"1,{i}" for i in range(9)}
    explorer.view.places = [8, 8]  # as the page sets them
    assert explorer.readout == "18 episodes"
    assert explorer.view.shown["places"] == [8, 8] and explorer.view.shown["words"] == "18 episodes"
    explorer.close()


def test_nothing_is_recorded_where_nothing_shall_be():
    calls = []
    explorer = Explorer(lambda a: calls.append(a) or draw(a), name="none", record=0, a=(1, 9))
    assert calls == [1] and recorded(explorer) == {}
    explorer.close()


def test_a_cell_that_runs_again_replaces_its_explorer_with_all_its_parts():
    before = count()
    first = Explorer(draw, episodes=(1, 9))
    widgets = count()
    for _ in range(3):
        last = Explorer(draw, episodes=(1, 9))
    assert count() == widgets
    assert first.comm is None
    last.close()
    assert count() == before


def test_a_control_that_was_given_moves_the_explorer_that_came_after():
    given = make_control("episodes", (1, 9))
    first = Explorer(draw, episodes=given)
    last = Explorer(draw, episodes=given)
    given.value = 5
    assert last.readout == "5 episodes" and last.view.places == [4]
    assert first.readout == "1 episodes" and first.view.places == [0]
    last.close()


def test_no_drawing_is_made_twice():
    calls = []
    explorer = Explorer(lambda a: calls.append(a) or draw(a), name="once", a=(1, 9, 1, 4))
    assert sorted(calls) == list(range(1, 10))
    explorer.close()


def test_explorers_of_other_controls_or_names_live_side_by_side():
    made = [
        Explorer(draw, episodes=(1, 9)),
        Explorer(draw, episodes=(1, 9), name="second"),
        Explorer(lambda episodes, again: draw(episodes), episodes=(1, 9), again=[1, 2]),
    ]
    assert all(explorer.comm is not None for explorer in made)
    for explorer in made:
        explorer.close()


def test_a_bad_control_leaves_the_former_explorer_alone():
    explorer = Explorer(draw, episodes=(1, 9))
    with pytest.raises(TypeError, match="episodes=3 is no control"):
        Explorer(draw, episodes=3)
    assert explorer.comm is not None
    explorer.close()


def test_where_no_script_runs_the_picture_stands_with_all_that_was_recorded():
    explorer = Explorer(draw, episodes=(1, 9))
    data = explorer._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "<img" in data["text/html"] and "1 episodes</p>" in data["text/html"]
    told = json.loads(data["text/html"].split('<script type="application/json">')[1].split("</script>")[0])
    assert told["specs"] == [{"kind": "slider", "label": "episodes", "low": 1, "step": 1, "digits": 0, "places": 9}]
    assert told["recorded"]["base64"] and told["places"] == [0]
    assert data["text/plain"] == "Explorer: 1 episodes"
    explorer.close()
