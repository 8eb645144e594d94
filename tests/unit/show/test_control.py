"""Controls: what can be chosen, and what is said of what cannot."""

import pytest

from qlib.show.control import Control, make_control


def test_a_choice_whose_value_is_none_is_shown_as_chosen():
    for options in ([("none", None), ("one", 1)], [(f"none {i}", None) for i in range(9)]):
        control = make_control("stick", options)
        assert control.place == 0 and control.value is None


@pytest.mark.parametrize(
    ("spec", "digits", "start"),
    [
        ((-2.4, 2.4, 0.1, 0.2), 1, 0.2),
        ((-0.2, 0.2, 0.01, 0.05), 2, 0.05),
        ((0.05, 1.0, 0.1, 0.15), 2, 0.15),
        ((0.0, 1e-3, 1e-5, 5e-5), 5, 5e-5),
        ((0.5, 9000.0, 0.5, 1234.5), 1, 1234.5),
        ((0.0, 3.0, 1.0, 2.0), 0, 2.0),
    ],
)
def test_a_slider_says_as_many_digits_as_its_steps_have(spec, digits, start):
    control = make_control("x", spec)
    assert control.spec()["digits"] == digits and control.value == start


def test_what_a_slider_adds_up_to_is_what_its_label_says():
    values = make_control("factor", (0.1, 8.0, 0.1, 2.0)).values
    assert 1.0 in values and 0.3 in values and values[-1] == 8.0 and len(values) == 80
    assert str(make_control("position", (-2.4, 2.4, 0.4)).values[6]) == "0.0", "not 4e-16, nor -0.0"


def test_whole_numbers_stay_whole():
    values = make_control("n", (0, 40_000, 1_000, 0)).values
    assert values[3] == 3_000 and isinstance(values[3], int)


def test_few_short_words_are_buttons_and_more_a_menu():
    assert make_control("network", ["untrained", "trained"]).spec() == {
        "kind": "buttons",
        "label": "network",
        "options": ["untrained", "trained"],
        "places": 2,
    }
    assert make_control("part", [f"one of many, number {i}" for i in range(9)]).kind == "menu"
    assert make_control("with_underscore", True).spec() == {
        "kind": "tick",
        "label": "with underscore",
        "options": None,
        "places": 2,
    }


def test_setting_a_value_moves_it_and_a_value_that_cannot_be_chosen_is_refused():
    control = make_control("rate", [3e-4, 1e-3])
    control.value = 0.001
    assert control.place == 1
    with pytest.raises(ValueError, match=r"rate=0.5 cannot be chosen. Choose one of 0.0003, 0.001."):
        control.value = 0.5
    slider = make_control("gamma", (0.0, 1.0, 0.01))
    slider.value = 0.9999999999999999  # as arithmetic leaves it
    assert slider.value == 1.0
    with pytest.raises(ValueError, match=r"Choose one of 0.0, 0.01, 0.02, ..., 1.0"):
        slider.value = 0.555


def test_a_control_that_was_made_stays_itself_and_a_slider_may_have_names():
    gamma = Control("gamma", "slider", [0.5, 0.9, 0.99], options=["0.5", "0.9", "0.99"])
    assert make_control("gamma", gamma) is gamma
    assert gamma.spec() == {"kind": "slider", "label": "gamma", "options": ["0.5", "0.9", "0.99"], "places": 3}


@pytest.mark.parametrize("spec", [3, "word", [], (1,), None])
def test_what_is_no_control_is_refused(spec):
    with pytest.raises(TypeError, match="is no control: give a list"):
        make_control("x", spec)


@pytest.mark.parametrize("spec", [(0.0, 1e9, 0.1), (1, 10**12), (5, 1)])
def test_a_slider_that_no_hand_can_set_is_refused(spec):
    with pytest.raises(ValueError, match=r"x=.* is a slider of .* values\. Let it have from 1 to 100,000"):
        make_control("x", spec)


@pytest.mark.parametrize(("number", "chosen"), [(0.34, 0.3), (-5.0, 0.0), (1e9, 1.0)])
def test_a_slider_approaches_a_number_that_it_need_not_have(number, chosen):
    control = make_control("share", (0.0, 1.0, 0.1))
    control.approach(number)
    assert control.value == pytest.approx(chosen)
