"""What looks wrong from outside is named in lesson 08's order."""

import pytest

from qlib.lessons.on_your_own.symptoms import Course, symptom


def course(returns, actions, chosen=(0, 1) * 50, steady=1.0):
    return Course(list(actions), list(returns), list(chosen), steady)


BOTH = (0, 1) * 1_000


@pytest.mark.parametrize(("seen", "score", "words"), [
    (course([20] * 5, (0, 1) * 50), 9, "the steps: it took 100"),
    (course([20] * 100, BOTH, steady=0.8), 100, "gave two actions in 20% of cases"),
    (course([10] * 100, [1] * 2_000), 9, "100% of the training's actions"),
    (course([20] * 50 + [450] * 50, BOTH), 12, "the last twenty episodes of training reached 450, the policy 12"),
    (course([20] * 100, BOTH, chosen=[1] * 90), 9, "100% of the policy's actions"),
    (course([20] * 100, BOTH), 20, "training began at 20 and ended at 20"),
    (course([20] * 50 + [200] * 50, BOTH), 210, "training went from 20 to 200, so it learns"),
], ids=lambda given: given if isinstance(given, str) else "")  # fmt: skip
def test_the_first_that_looks_wrong_is_named(seen, score, words):
    said = symptom(seen, score, bar=475)
    assert said.startswith("Look at ") and words in said


def test_who_did_nothing_at_all_is_told_so():
    assert "it took 0 in its training" in symptom(Course(), 9.0, 475)


def test_a_course_notes_steps_and_returns():
    here = Course()
    for reward in (1.0, 2.0):
        here.begin()
        here.note(0, reward)
        here.note(1, reward)
    assert (here.steps, here.returns, here.first(), here.last()) == (4, [2.0, 4.0], 3.0, 3.0)
