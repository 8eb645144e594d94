"""A cell is folded if it only sets up a widget, and never if a learner should read it."""

import pytest
from folded import only_sets_up

SLIDERS = "Explorer(\n    pictures.ring,\n    pushed=(0, 30, 1, 4),\n    capacity=(1, 12, 1, 6),\n)"


@pytest.mark.parametrize("source", [SLIDERS, f"names = [1, 2]\n{SLIDERS}", SLIDERS.replace("Explorer", "Playground")])
def test_sliders_are_folded(source):
    assert only_sets_up(source)


@pytest.mark.parametrize(
    "source",
    [
        "Explorer(pictures.ring, pushed=(0, 30, 1, 4))",  # a glance is enough
        f"def rank(seeds):\n    return seeds\n\n\n{SLIDERS}",  # defines something
        f"agent.learn()\n{SLIDERS}",  # does something
        SLIDERS.replace("Explorer", "compare"),
        f"%matplotlib inline\n{SLIDERS}",
        f"{SLIDERS}\nprint(agent)",
    ],
)
def test_what_does_more_stays_open(source):
    assert not only_sets_up(source)
