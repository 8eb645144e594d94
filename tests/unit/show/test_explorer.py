"""The explorer: a picture at every value, and one explorer a cell."""

import ipywidgets
import pytest

import qlib
from qlib.show.explorer import BESIDE, Explorer, make_control
from qlib.show.picture import Picture, figure


def picture(episodes):
    fig, ax = figure(4, 2)
    ax.plot(qlib.epsilon_schedule(qlib.RECOMMENDED, episodes))
    return Picture(fig, f"Epsilon over {episodes} episodes.")


def draw(episodes):
    return picture(episodes), f"{episodes} episodes"


def count():
    return len(ipywidgets.widgets.widget._instances)


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
    assert "Choose more than one episode." in explorer._text.value
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


def test_a_choice_whose_value_is_none_is_shown_as_chosen():
    for options in ([("none", None), ("one", 1)], [(f"none {i}", None) for i in range(9)]):
        control = make_control("stick", options)
        assert control.index == 0
        assert control.value is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ((-2.4, 2.4, 0.1, 0.2), "0.2"),
        ((-0.2, 0.2, 0.01, 0.05), "0.05"),
        ((0.05, 1.0, 0.1, 0.15), "0.15"),
        ((0.0, 1e-3, 1e-5, 5e-5), "0.00005"),
        ((0.5, 9000.0, 0.5, 1234.5), "1234.5"),
        ((0.0, 3.0, 1.0, 2.0), "2"),
    ],
)
def test_a_slider_says_as_many_digits_as_its_steps_have(spec, said):
    control = make_control("x", spec)
    assert format(control.value, control.readout_format) == said  # Python and the page read this format alike


def test_the_name_of_buttons_stands_beside_them():
    layout = make_control("network", ["untrained", "trained"]).layout
    assert (layout.display, layout.grid_gap) == ("flex", "8px")  # else they are a block below their name


def test_a_choice_keeps_its_distance_from_the_next_control():
    for options in (["few", "words"], [f"one of many, number {i}" for i in range(9)]):
        assert make_control("part", options).layout.margin == BESIDE


def test_explorers_of_other_controls_or_names_live_side_by_side():
    made = [
        Explorer(draw, episodes=(1, 9)),
        Explorer(draw, episodes=(1, 9), name="second"),
        Explorer(lambda episodes, again: draw(episodes), episodes=(1, 9), again=[1, 2]),
    ]
    assert all(explorer.comm is not None for explorer in made)
    for explorer in made:
        explorer.close()


def test_a_control_that_was_given_outlives_the_former_explorer_and_draws_once():
    calls = []

    def counted(episodes):
        calls.append(episodes)
        return draw(episodes)

    slider = ipywidgets.IntSlider(min=1, max=9)
    for _ in range(3):
        last = Explorer(counted, episodes=slider)
    calls.clear()
    slider.value = 5
    assert calls == [5]
    assert last.readout == "5 episodes"
    last.close()


def test_a_bad_control_leaves_the_former_explorer_alone():
    explorer = Explorer(draw, episodes=(1, 9))
    with pytest.raises(TypeError, match="episodes=3 is no control"):
        Explorer(draw, episodes=3)
    assert explorer.comm is not None
    explorer.close()


def test_where_no_widget_runs_the_picture_stands():
    explorer = Explorer(draw, episodes=(1, 9))
    data = explorer._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "<img" in data["text/html"]
    assert data["text/plain"] == "Explorer: 1 episodes"
    explorer.close()


def test_what_a_slider_adds_up_to_is_what_its_label_says():
    seen = []

    def draw(**values):
        seen.append(values)
        return picture(5)

    explorer = Explorer(draw, factor=(0.1, 8.0, 0.1, 2.0), rate=[3e-4], none=[None, 1])
    explorer.controls["factor"].value = 0.9999999999999999  # as the slider in the page counts
    assert seen[-1] == {"factor": 1.0, "rate": 3e-4, "none": None}
    explorer.close()


@pytest.mark.parametrize(("seconds", "fades"), [(0.5, True), (0.0, False)])
def test_a_slow_picture_fades_while_the_next_one_is_made(monkeypatch, seconds, fades):
    seen = []

    def look(episodes):
        seen.append((explorer._picture.value, explorer._text.value) if seen else None)
        return draw(episodes)

    now = iter([0.0, seconds, 2.0, 2.0 + seconds, 4.0, 4.0])
    monkeypatch.setattr("qlib.show.explorer.time.perf_counter", lambda: next(now))
    explorer = Explorer(look, episodes=(1, 9))
    explorer.controls["episodes"].value = 5
    faded, said = seen[1]
    assert ("opacity" in faded) == ("Computing" in said) == fades
    assert "opacity" not in explorer._picture.value and "5 episodes" in explorer._text.value
    explorer.close()
