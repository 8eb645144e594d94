"""Lesson 05's pictures: numbers held to what was worked out by hand, and every control at both of its ends."""

import itertools

import numpy as np
import pytest

from qlib.lessons.one_update import pictures, worlds
from qlib.show.explorer import Explorer
from qlib.show.picture import Picture

EXPLORERS = {
    "ceiling": lambda: Explorer(pictures.ceiling, gamma=(0.0, 0.98, 0.01, 0.8)),
    "convergence": lambda: Explorer(
        worlds.convergence,
        world=["chain", "fork"],
        learning_rate=(0.1, 5.0, 0.1, 0.5),
        gamma=(0.0, 0.95, 0.05, 0.9),
        terminal_cut=True,
        gradient=["stops at the target", "flows through it"],
    ),
    "time_limit": lambda: Explorer(
        pictures.time_limit, the_observation_shows=["the time", "no time"], gamma=(0.5, 0.99, 0.01, 0.95)
    ),
}


def ends(control):
    if hasattr(control, "options"):
        return [control.options[0], control.options[-1]]
    return [control.min, control.max] if hasattr(control, "min") else [True, False]


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_control_at_both_ends_gives_a_picture_and_a_sentence(name):
    explorer = EXPLORERS[name]()
    controls = explorer.controls
    for values in itertools.product(*map(ends, controls.values())):
        picture, words = explorer.draw(**dict(zip(controls, values, strict=True)))
        assert isinstance(picture, Picture) and len(picture.alt) > 15
        assert "nan" not in words and "inf" not in words
    picture.png()


@pytest.mark.parametrize("name", EXPLORERS)
def test_moving_a_control_changes_the_readout(name):
    explorer = EXPLORERS[name]()
    before = explorer.readout
    explorer.controls["gamma"].value = 0.6
    assert explorer.readout != before


def test_the_targets_are_those_worked_out_by_hand():
    assert worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9) == pytest.approx([1.8, 3.7, 2.7, 2.0])
    assert worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9, terminal_cut=False) == pytest.approx(
        [1.8, 3.7, 2.7, 4.7]
    )


def test_one_update_is_the_one_worked_out_by_hand():
    after = worlds.repeat(worlds.CHAIN, learning_rate=0.5, gamma=0.9, updates=1)[-1]
    assert after == pytest.approx(np.array([[1.2, 2.425], [2.925, 1.25]]))


def test_the_true_values_of_the_chain_solve_its_equations():
    assert worlds.true_values(worlds.CHAIN, 0.9) == pytest.approx(np.array([[2.52, 2.8], [1.8, 2.0]]))


@pytest.mark.parametrize("world", worlds.WORLDS.values(), ids=list(worlds.WORLDS))
def test_the_semi_gradient_finds_the_true_values(world):
    assert worlds.repeat(world, 0.5, 0.9, 500)[-1] == pytest.approx(worlds.true_values(world, 0.9), abs=1e-3)


def test_the_residual_gradient_is_right_in_the_chain_and_wrong_in_the_fork():
    chain = worlds.repeat(worlds.CHAIN, 0.5, 0.9, 2_000, stopped=False)[-1]
    fork = worlds.repeat(worlds.FORK, 0.5, 1.0, 2_000, stopped=False)[-1]
    assert chain == pytest.approx(worlds.true_values(worlds.CHAIN, 0.9), abs=1e-3)
    assert fork[:, 0] == pytest.approx([0.5, 0.75, 0.25], abs=1e-3)  # Sutton and Barto 2018, example 11.2


def test_without_the_terminal_cut_the_end_pays_for_ever():
    assert worlds.repeat(worlds.CHAIN, 0.5, 0.9, 3_000, terminal_cut=False)[-1][1, 1] == pytest.approx(2 / (1 - 0.9))


def test_a_value_that_runs_away_is_still_drawn():
    picture, words = worlds.convergence("chain", 5.0, 0.95, False, "flows through it")
    assert picture.png() and "largest error" in words


def test_the_table_shows_the_rows_of_the_batch():
    for pulled in ("taken", "all"):
        assert "4 transitions" in worlds.table(worlds.CHAIN, worlds.CHAIN.start, 0.9, pulled).alt


def test_the_time_limit_costs_most_at_the_end_if_the_time_shows_and_the_same_everywhere_if_not():
    shown, hidden = pictures.time_limit(0.95, "the time")[1], pictures.time_limit(0.95, "no time")[1]
    assert "20.00 at step 0, 1.00 at step 499" in shown
    assert "19.27 at step 0, 19.27 at step 499" in hidden


def test_doomed_and_fresh_draws_a_row_for_each_way_to_learn():
    values = np.random.default_rng(0).normal(size=(16, 3))
    picture = pictures.doomed_and_fresh({"whole": values, "no cut": values + 5}, ceiling=5)
    assert [label.get_text() for label in picture.figure.axes[0].get_yticklabels()] == ["whole", "no cut"]
