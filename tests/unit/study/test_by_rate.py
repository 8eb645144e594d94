"""Variants at several values of a setting: each is compared at the value that other seeds chose for it."""

import numpy as np

from qlib.study.by_rate import at, at_their_best, best, curve

RATES = (0.001, 0.01)
NOISE = np.array([-1.0, 0.0, 1.0, 2.0])


def scores(**means):
    return {
        at(name, rate): mean + NOISE for name, pair in means.items() for rate, mean in zip(RATES, pair, strict=True)
    }


def test_a_rate_is_chosen_on_the_one_set_and_the_difference_taken_on_the_other():
    chosen, held_out = scores(base=(10, 20), other=(30, 5)), scores(base=(99, 20), other=(26, 99))
    held_out[at("other", 0.001)] = 26 + 2 * NOISE
    (change,) = at_their_best(chosen, held_out, ["base", "other"], RATES, "base").values()
    assert change.value == np.mean(6 + NOISE) and change.above()


def test_a_curve_has_a_row_for_each_rate():
    assert at("x 4", 0.001) == "x 4, rate 0.001"
    np.testing.assert_array_equal(curve(scores(base=(10, 20)), "base", RATES), [10 + NOISE, 20 + NOISE])


def test_the_setting_need_not_be_a_rate():
    found = {at(name, gamma, "gamma"): gamma * NOISE + 10 for name in "ab" for gamma in (0.9, 0.5)}
    assert set(found) == {"a, gamma 0.9", "a, gamma 0.5", "b, gamma 0.9", "b, gamma 0.5"}
    assert best(found, "ab", (0.5, 0.9), "gamma") == {"a": 0.9, "b": 0.9}
    assert at_their_best(found, found, "ab", (0.5, 0.9), "a", "gamma")["b"].value == 0
