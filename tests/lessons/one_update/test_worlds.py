"""Lesson 06's small worlds: values held to what was worked out by hand, and their pictures."""

import numpy as np
import pytest
from controls import marks, texts
from definitions import NOTEBOOKS

from qlib.lessons.one_update import worlds
from qlib.show.shapes import Box


def test_the_targets_are_those_worked_out_by_hand():
    assert worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9) == pytest.approx([2.7, 4.6, 3.6, 2.0])
    uncut = worlds.targets(worlds.CHAIN, worlds.CHAIN.start, 0.9, terminal_cut=False)
    assert uncut == pytest.approx([2.7, 4.6, 3.6, 5.6])


def test_one_update_is_the_one_worked_out_by_hand():
    after = worlds.repeat(worlds.CHAIN, learning_rate=0.5, gamma=0.9, updates=1)[-1]
    assert after == pytest.approx(np.array([[2.925, 1.9], [2.4, 3.5]]))


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


def test_a_value_that_runs_away_stays_a_number():
    assert np.isfinite(worlds.repeat(worlds.CHAIN, 5.0, 0.95, 1_000, terminal_cut=False)).all()


def test_the_lessons_fold_says_how_many_updates_each_gradient_needs():
    needed = []
    for stopped in (True, False):
        history = worlds.repeat(worlds.CHAIN, learning_rate=0.5, gamma=0.9, updates=2_000, stopped=stopped)
        far = abs(history - worlds.true_values(worlds.CHAIN, 0.9)).max((1, 2)) > 0.01
        needed.append(int(np.flatnonzero(far)[-1]) + 1)
    text = " ".join((NOTEBOOKS / "06_one_update.py").read_text().replace("\n#", " ").split())
    assert f"after {needed[0]} updates with the gradient stopped, and after {needed[1]} with it flowing" in text


def test_the_table_shows_the_rows_of_the_batch_and_no_answer_before_it_is_asked():
    solved, asked = (
        worlds.table(worlds.CHAIN, worlds.CHAIN.start, 0.9),
        worlds.batch_table(worlds.CHAIN, worlds.CHAIN.start),
    )
    assert "boxes mark" in solved.alt and "4.60" in texts(solved)
    assert "?" in texts(asked) and "4.60" not in texts(asked) and not marks(asked, Box)
    gathered, highest = (
        [box for box in marks(solved, Box) if box.colour == colour] for colour in ("blue", "vermilion")
    )
    assert len(gathered) == 4 and len(highest) == 3, "nothing follows the row that ends"
