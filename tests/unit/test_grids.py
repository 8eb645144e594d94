"""Playgrounds in static pages: each recorded grid is of the playground that its lesson has now."""

import json
import zlib
from base64 import b64decode

import grids
import nbformat
import pytest

import qlib
from qlib.show.control import make_control

HAVE_ONE = {
    *("06_one_update", "09_catastrophe", "10_carrot_and_stick"),
    *("11_normalisation", "12_forgetting_and_memory"),
}


def asked(name):
    return grids.playground(nbformat.read(grids.NOTEBOOKS / f"{name}.ipynb", as_version=4))


def test_a_playground_is_found_and_made_without_running_its_lesson():
    texts = {path.stem: path.read_text() for path in grids.NOTEBOOKS.glob("*.ipynb")}
    assert {name for name, text in texts.items() if "Playground(" in text and asked(name)} == HAVE_ONE
    build, options = asked("09_catastrophe")  # whose function stands in the lesson, with the classes that it needs
    assert options["steps"] == 800
    assert build("flows through", "eval", "none", "plain")(3).seed == 3


@pytest.mark.parametrize("name", sorted(path.stem for path in grids.GRIDS.glob("*.json")))
def test_a_recorded_grid_has_the_controls_and_agents_of_its_lesson(name):
    grid, (_, options) = json.loads((grids.GRIDS / f"{name}.json").read_text()), asked(name)
    controls = grids.controls_of(options)
    assert grid["specs"] == [control.spec() for control in controls.values()]
    assert grid["places"] == [control.place for control in controls.values()]
    assert grid["seeds"] == options.get("seeds", 16)
    recorded = json.loads(zlib.decompress(b64decode(grid["recorded"])))
    assert len(recorded) == grid["settings"] > 1
    assert all(
        f"After {options['steps']:,} steps" in one["words"] for one in recorded.values() if one["drawing"]["panels"]
    )
    assert len(grid["recorded"]) < 150_000


def test_a_grid_holds_all_settings_if_they_are_few_else_those_near_the_start():
    few = [make_control("a", [1, 2, 3]), make_control("b", False)]
    assert len(list(grids.chosen(few, 6))) == 6
    assert len(list(grids.chosen(few, 5))) == 1 + 2 + 1
    slider = make_control("c", (0, 99, 1, 33))
    places = [one[0] for one in grids.chosen([slider], 60)]
    assert {0, 33, 99} <= set(places) and len(places) == grids.SLIDER + 1
    three = [*few, make_control("d", [1, 2, 3])]
    assert len(list(grids.chosen(three, 14))) == 1 + 5 + 8


def test_what_is_recorded_is_a_drawing_with_words_and_a_refusal_is_a_sentence():
    def build(network):
        if network == "none":
            raise ValueError("Some network is needed.")
        return qlib.RECOMMENDED

    options = {"steps": 600, "seeds": 2, "diagnostics": ("loss",), "network": ["plain", "none"]}
    grid = grids.record(build, options, most=9)
    recorded = json.loads(zlib.decompress(b64decode(grid["recorded"])))
    assert recorded["1"]["words"] == "Some network is needed."
    assert recorded["0"]["words"].startswith("After 600 steps, means of 2 agents: greedy score ")
    assert [panel["title"] for panel in recorded["0"]["drawing"]["panels"]] == ["greedy score", "loss"]
    assert "2 agents at each of 2 settings" in grids.playable(grid)
