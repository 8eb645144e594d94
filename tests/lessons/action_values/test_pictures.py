"""Lesson 01's pictures: both ends of every control, and their numbers are right."""

import numpy as np
import pytest
from controls import make_ends_test, marks, texts

from qlib.lessons.action_values import bins, pictures, questions, tables
from qlib.show.explorer import Explorer
from qlib.show.marks import Line

LEARNED = bins.learn(4, steps=4_000, seeds=16, examinations=4)
EXPLORERS = {
    "ceiling": lambda: Explorer(pictures.ceiling, gamma=(0.0, 0.98, 0.01, 0.5)),
    "convergence": lambda: Explorer(
        pictures.convergence, rate=(0.05, 2.5, 0.05, 0.2), gamma=(0.0, 0.95, 0.05, 0.7), terminal_cut=True
    ),
    "plan": lambda: Explorer(lambda table: pictures.plan(LEARNED, table, 4), name="plan", table=(0, 15)),
}

test_every_control_at_both_ends = make_ends_test(EXPLORERS)


@pytest.mark.parametrize(("gamma", "words"), [(0.0, "horizon is 1.0 steps"), (0.8, "ceiling 5.00"), (0.98, "50.00")])
def test_the_ceiling_is_said(gamma, words):
    assert words in pictures.ceiling(gamma)[1]


def test_the_sum_is_drawn_on_an_axis_of_all_that_one_may_guess():
    drawing = pictures.adding_up(0.8, 500)
    assert "worth 5.00" in drawing.alt and texts(drawing) == ["all of them: 5.00"]
    assert drawing.panels[0].y.high == 500


def test_one_round_shows_what_was_thought_seen_and_became_of_it():
    said = texts(pictures.one_round(tables.MADE_UP, 0.9, 0.5))
    assert said[18:27] == ["A", "go", "2.00", "1", "B", "3.00", "no", "3.70", "2.85"]
    assert said[36:45] == ["B", "go", "1.00", "2", "B", "none", "yes", "2.00", "1.50"]


def test_a_guessed_rate_is_the_one_that_is_drawn():
    def drawn(guess):
        return marks(pictures.at_rate(guess), Line)[0].y

    assert drawn(0.5) == pytest.approx(tables.repeat(0.5, 0.9, 60)[:, 0, 0])
    right = questions.QUESTIONS["never settles"]["answer"]
    assert drawn(None) == pytest.approx(tables.repeat(right, 0.9, 60)[:, 0, 0])


def test_each_broken_table_shows_its_fault():
    drawing = pictures.broken_tables()
    ends = {panel.title: [line.y for line in marks(drawing, Line, i)] for i, panel in enumerate(drawing.panels)}
    assert abs(ends["left"][3][-1] - 2) > 3, "it swings"
    assert ends["middle"][3][-1] > 15, "the end pays again and again"
    assert [line[-1] for line in ends["right"]] == pytest.approx([0, 1, 0, 2], abs=1e-3), "the rewards alone"


def test_the_plan_counts_the_cells_that_were_never_seen():
    words = pictures.plan(LEARNED, 3, 4)[1]
    middle = LEARNED.visits[3].reshape(4, 4, 4, 4, 2)[2, 2].sum(-1)
    assert words == f"Of 16 cells here, {(middle == 0).sum()} were never seen by table 3."


def test_scores_and_coverage_are_drawn():
    assert "16 tables" in pictures.score(LEARNED).alt
    picture = pictures.coverage({n: bins.learn(n, 1_000, 2, 1) for n in (3, 5)})
    assert "3 bins: 81 cells, " in picture.alt and "5 bins: 625 cells, " in picture.alt
    there, seen = marks(picture, Line)
    assert there.y == pytest.approx([81, 625])
    assert np.all(seen.y < there.y)


def test_the_chain_is_drawn_with_its_rewards():
    assert {"go: 1", "go: 2", "wait: 0", "the end"} <= set(texts(pictures.chain()))
