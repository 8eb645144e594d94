"""A plan stands before its run, held-out seeds are looked at once, and a sentence says no more than was measured."""

import dataclasses

import numpy as np
import pytest

from qlib.lessons.on_your_own import experiment
from qlib.lessons.on_your_own.claims import BASE
from qlib.study.result import Comparison


@pytest.fixture(autouse=True)
def at_once(home, monkeypatch):
    """Nothing is trained: a variant's score is its learning rate in thousandths, and its seed's noise."""

    def compare(variants, seeds, steps, checkpoints):
        noise = [np.random.default_rng(seed).normal(size=(len(variants), checkpoints)) for seed in seeds]
        scores = np.stack(noise, 1) + 1_000 * np.array([[[one.learning_rate]] for one in variants.values()])
        return Comparison(tuple(variants), np.arange(checkpoints) + 1, scores)

    monkeypatch.setattr(experiment, "compare", compare)


BETTER = {
    "quick": dataclasses.replace(BASE, learning_rate=0.005),
    "slow": dataclasses.replace(BASE, learning_rate=0.002),
}


def test_a_plan_is_run_and_its_sentence_holds():
    plan = experiment.plan("Five is above two.", variants=BETTER)
    assert "'quick' above 'slow', over training of 5,000 steps, on seeds 0 to 15 and, once, on seeds 5000" in repr(plan)
    found = plan.run()
    assert found.verdict == "above" and "quick minus slow, over training" in repr(found)
    good = "Over 16 seeds, and on 32 held-out ones, the quick one was some 3 steps above the slow one in 5,000 steps."
    review = experiment.judge(found, "above", good)
    assert (
        review.passed and "✓ passed" in repr(review) and all(question in repr(review) for question in experiment.RUBRIC)
    )


@pytest.mark.parametrize(("verdict", "sentence", "point"), [
    ("open", "Over 16 seeds the difference of 3 is open.", "the verdict, open, is that of both sets"),
    ("below", "Over 16 seeds it is 3 steps below.", "the verdict, below, is that of both sets"),
    ("above", "Over 16 seeds the difference of 3 is open.", "the sentence says so"),
    ("above", "The quick one is better on our seeds.", "it has a number"),
    ("above", "Over 16 seeds it is 40 steps better.", "was measured or planned (not 40)"),
    ("above", "It is 3 steps better.", "it says how many seeds"),
    ("above", "Over 16 seeds it is always 3 steps better.", "it claims nothing beyond"),
    ("above", "These 16 seeds prove that 5,000 steps are better.", "it claims nothing beyond"),
])  # fmt: skip
def test_a_sentence_that_says_something_else_is_told_what(verdict, sentence, point):
    review = experiment.judge(experiment.plan("Five is above two.", variants=BETTER).run(), verdict, sentence)
    assert not review.passed
    assert [holds for words, holds in review.points.items() if point in words] == [False]


def test_held_out_seeds_that_were_looked_at_are_not_held_out_any_more():
    plan = experiment.plan("double")
    assert not plan.run().looked
    again = experiment.plan("double", held_out=range(5031, 5063)).run()
    assert again.looked
    assert "✗ the held-out seeds were looked at once" in repr(experiment.judge(again, again.verdict, "16 seeds: open"))
    assert not experiment.plan("double", held_out=range(5063, 5095)).run().looked
    assert not experiment.plan("huber").run().looked, "another claim"


def test_what_is_level_is_open():
    found = experiment.plan("double").run()
    assert found.verdict == "open"
    assert experiment.judge(found, "open", "On 16 seeds and 32 held-out ones the difference is open.").passed


@pytest.mark.parametrize(("given", "words"), [
    ({"claim": "tripple"}, "none of double, target"),
    ({"claim": "double", "choosing": range(8)}, "at least 16 seeds in a row"),
    ({"claim": "double", "choosing": range(990, 1010)}, "below 1,000"),
    ({"claim": "double", "held_out": range(5000, 5016)}, "at least 32 seeds in a row"),
    ({"claim": "double", "held_out": range(100, 140)}, "from 5,000 up"),
    ({"claim": "double", "when": "at its best"}, "no end point"),
    ({"claim": "mine", "variants": {"a": BASE}}, "give two"),
])  # fmt: skip
def test_a_plan_that_lacks_something_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        experiment.plan(**given)


def test_what_no_plan_made_is_refused():
    with pytest.raises(TypeError, match="was not made by a plan"):
        experiment.judge(3.0, "open", "16 seeds")
    with pytest.raises(ValueError, match="is none of 'above'"):
        experiment.judge(experiment.plan("double").run(), "yes", "16 seeds")
