"""Lesson 06's small worlds: values held to what was worked out by hand, and their pictures."""

import numpy as np
import pytest
from controls import make_ends_test

from qlib.lessons.one_update import worlds
from qlib.show.explorer import Explorer


def explorer():
    return Explorer(
        worlds.convergence,
        world=["chain", "fork"],
        learning_rate=(0.1, 5.0, 0.1, 0.5),
        gamma=(0.0, 0.95, 0.05, 0.9),
        terminal_cut=True,
        gradient=["stops at the target", "flows through it"],
    )


test_every_control_at_both_ends = make_ends_test({"convergence": explorer})


def test_moving_a_control_changes_the_readout():
    moved = explorer()
    before = moved.readout
    moved.controls["gamma"].value = 0.6
    assert moved.readout != before


def test_the_targets_are_those_worked_out_by_hand():
    assert worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9) == pytest.approx([1.8, 3.7, 2.7, 2.0])
    uncut = worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9, terminal_cut=False)
    assert uncut == pytest.approx([1.8, 3.7, 2.7, 4.7])


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
