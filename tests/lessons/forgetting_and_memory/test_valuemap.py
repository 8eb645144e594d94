"""The map of values: its states, its words, and every control of the lesson at both ends."""

import itertools

import numpy as np
import pytest
from controls import drawn, marks, texts

import qlib
from qlib.lessons.forgetting_and_memory import valuemap
from qlib.show.explorer import Explorer
from qlib.show.marks import Heat, Line
from qlib.show.shapes import Words


def balancer(states):
    """Values as a sound network has them: high upright, and a push to the side to which the pole leans."""
    lean = states[:, 2] / 0.2095 + states[:, 3] / 3.0
    worth = 100 * np.exp(-(lean**2))
    return np.stack([worth - lean, worth + lean], axis=1)


def test_the_states_hold_the_cart_still_and_cover_the_pole():
    states = valuemap.states(1.5, -0.5)
    assert states.shape == (valuemap.CELLS**2, 4) and states.dtype == np.float32
    assert (states[:, 0] == 1.5).all() and (states[:, 1] == -0.5).all()
    assert states[0, 2:] == pytest.approx([-valuemap.ANGLE, -valuemap.RATE])
    assert states[len(states) // 2, 2:] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert states[1, 2] > states[0, 2] and states[1, 3] == states[0, 3]  # the angle runs first


def test_the_words_tell_what_the_colours_show():
    drawing, words = valuemap.draw(balancer)
    assert "upright pole at rest: 100.0" in words
    assert "all but fallen: 3.8" in words  # 100 exp(-4) + 2
    assert "right on 50%" in words or "right on 49%" in words
    assert "and values 0% of it above the ceiling" in words and "ceiling" not in drawing.panels[0].title
    assert {name.words: name.colour for name in marks(drawing, Words, 1)} == dict(valuemap.KEY)
    assert drawn(drawing)


def test_the_maps_colours_are_the_values_and_the_line_parts_the_actions():
    drawing, _ = valuemap.draw(balancer)
    (value,), (lead,) = marks(drawing, Heat), marks(drawing, Heat, 1)
    middle = valuemap.CELLS // valuemap.COARSE // 2
    assert value.values[middle, middle] == pytest.approx(100, abs=2) and value.values[-1, -1] <= 6
    assert value.high == 150 and lead.scale == "differences" and lead.high == valuemap.SURE
    assert lead.values[0, 0] < 0 < lead.values[-1, -1], "left in blue, right in vermilion"
    line = marks(drawing, Line, 1)[-1]
    np.testing.assert_allclose(np.divide(line.x, 0.2095), -np.divide(line.y, 3.0), atol=0.02)


def test_where_values_reach_the_ceiling_is_dashed():
    drawing, words = valuemap.draw(lambda s: 2 * balancer(s))
    (dashed,) = [line for line in marks(drawing, Line) if line.dash]
    there = np.isfinite(np.asarray(dashed.x, float))
    states = np.zeros((there.sum(), 4))
    states[:, 2:] = np.transpose([dashed.x, dashed.y])[there]
    np.testing.assert_allclose(2 * balancer(states).max(1), 100, atol=8)
    assert drawing.panels[0].title.endswith("dashed: the ceiling, 100") and "of it above the ceiling" in words


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_network_that_prefers_one_action_everywhere_has_no_line(sign):
    drawing, words = valuemap.draw(lambda s: np.stack([np.zeros(len(s)), np.full(len(s), float(sign))], axis=1))
    assert texts(drawing, 1)[-1:] == [valuemap.ACTIONS[sign > 0]] and len(marks(drawing, Words, 1)) == 1
    assert not marks(drawing, Line) + marks(drawing, Line, 1)
    assert drawn(drawing) and f"right on {100 * (sign > 0)}%" in words


def test_every_control_at_both_ends_gives_a_picture_and_a_sentence():
    agent = qlib.QAgent(qlib.Settings())
    explorer = Explorer(
        lambda position, velocity: valuemap.draw(agent.q_values, position, velocity),
        position=(-2.4, 2.4, 0.4, 0.0),
        velocity=(-2.0, 2.0, 0.5, 0.0),
    )
    before = explorer.readout
    for position, velocity in itertools.product((-2.4, 2.4), (-2.0, 2.0)):
        explorer.controls["position"].value, explorer.controls["velocity"].value = position, velocity
        assert "Values from" in explorer.readout and explorer.readout != before


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError, match="off the track"):
        valuemap.draw(balancer, position=3.0)
    with pytest.raises(ValueError, match="diverged"):
        valuemap.draw(lambda states: np.full((len(states), 2), np.nan))
