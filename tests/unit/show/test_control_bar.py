"""A bar of controls: the page and Python say the same."""

from qlib.show.control import make_control
from qlib.show.control_bar import ControlBar


def test_what_is_chosen_in_the_page_arrives_and_the_other_way_round():
    gamma, cut = make_control("gamma", (0.0, 1.0, 0.1, 0.9)), make_control("cut", True)
    bar = ControlBar([gamma, cut])
    assert bar.places == [9, 1] and [spec["kind"] for spec in bar.specs] == ["slider", "tick"]
    bar.places = [3, 0]
    assert gamma.value == 0.3 and cut.value is False
    gamma.value = 0.5
    assert bar.places == [5, 0]
    bar.close()
