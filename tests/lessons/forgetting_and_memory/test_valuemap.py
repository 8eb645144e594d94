"""The map of values: its states, its words, and every control of the lesson at both ends."""

import itertools

import numpy as np
import pytest

import qlib
from qlib.lessons.forgetting_and_memory import valuemap
from qlib.show.explorer import Explorer


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
    picture, words = valuemap.draw(balancer, title="step 200")
    assert "upright pole at rest: 100.0" in words
    assert "all but fallen: 3.8" in words  # 100 exp(-4) + 2
    assert "right on 50%" in words or "right on 49%" in words
    assert {"push left", "push right"} <= {text.get_text() for text in picture.figure.axes[0].texts}
    assert picture.figure.axes[0].get_title(loc="left") == "step 200"


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_network_that_prefers_one_action_everywhere_has_no_line(sign):
    picture, words = valuemap.draw(lambda s: np.stack([np.zeros(len(s)), np.full(len(s), float(sign))], axis=1))
    assert len(picture.figure.axes[0].texts) == 1
    assert picture.png() and f"right on {100 * (sign > 0)}%" in words


def test_every_control_at_both_ends_gives_a_picture_and_a_sentence():
    agent = qlib.QAgent(qlib.Settings())
    explorer = Explorer(
        lambda position, velocity: valuemap.draw(agent.q_values, position, velocity),
        position=(-2.4, 2.4, 0.2, 0.0),
        velocity=(-2.0, 2.0, 0.25, 0.0),
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
