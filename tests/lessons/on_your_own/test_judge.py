"""The judge lets through who learns here, and nobody else; it says why, and nothing that comes to it does it harm."""

import dataclasses
import functools
import re

import pytest
import references
import strangers
from definitions import NOTEBOOKS
from strangers import ONE, QUICK

from qlib.lessons.on_your_own import judge


def test_who_learns_here_passes_on_every_seed():
    found = judge.judge(strangers.searches, QUICK, number=0)
    assert found.passed and "✓ passed" in repr(found)
    assert sum(one.score >= 475 and not one.said for one in found.tried) >= 2


def test_a_number_repeats_a_judgement_and_another_one_is_another():
    first, same, other = (judge.judge(strangers.learns_nothing, ONE, number).tried[0] for number in (1, 1, 2))
    assert (first.score, first.steps) == (same.score, same.steps) != (other.score, other.steps)


@pytest.mark.parametrize(("stranger", "words"), [
    (strangers.brings_a_policy, "it took 0 in its training, so what it does was not learned here"),
    (strangers.brings_a_policy_and_walks_about, "Look at "),
    (strangers.learns_elsewhere, "Look at "),
    (strangers.peeks, "Look at "),
    (strangers.leaves_exploration_on, "Is exploration left on?"),
    (strangers.never_explores, "100% of the training's actions are one and the same. Does it explore?"),
    (strangers.learns_and_plays_with_other_weights, "Which weights does it play with"),
    (strangers.says_one_thing, "100% of the policy's actions are one and the same"),
    (strangers.learns_nothing, "Are there updates, do they move the weights"),
    (strangers.forges, "its process did not answer with one action for each observation"),
    (strangers.patches_the_judge, "Look at "),
    (strangers.acts_out_of_range, "it chose the action 7; this environment has 0 to 1"),
    (strangers.acts_in_fractions, "it chose the action \"'left'\""),
    (strangers.gives_no_policy, "train gave None, and not a policy"),
    (strangers.takes_all_memory, "your code raised MemoryError"),
    (strangers.leaves_without_a_word, "its process ended without a word"),
    (strangers.says_nonsense, "its process said what nobody asked"),
], ids=lambda given: getattr(given, "__name__", None))  # fmt: skip
def test_all_others_fail_and_read_why(stranger, words, monkeypatch):
    number = 124 if stranger is strangers.peeks else 123  # it shall find no other judgement of its own number
    monkeypatch.setattr(judge.secrets, "randbelow", lambda n: number)  # drawn when the stranger is there already
    found = judge.judge(stranger, ONE)
    assert not found.passed and "✗ not yet" in repr(found)
    assert words in repr(found)


def test_one_good_seed_of_three_is_not_enough():
    found = judge.judge(strangers.learns_on_one_seed, QUICK, number=0)
    assert [one.score >= 475 for one in found.tried][1:] == [False, False] and not found.passed


def test_what_is_no_function_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match="Give train itself, without brackets"):
        judge.cartpole(...)


def test_the_reference_is_on_its_way_after_a_sixth_of_its_steps():
    """To its end, on three seeds and ten times in a row, `tests/lessons/references.py` asks it."""
    short = functools.partial(references.learn, **references.TRAIN["cartpole"].keywords | {"steps": 5_000})
    found = judge.judge(short, dataclasses.replace(ONE, bar=150, seconds=60), number=0)
    assert found.passed, found


def test_every_call_that_the_lesson_offers_is_there():
    text = (NOTEBOOKS / "17_on_your_own.py").read_text()
    space: dict = {}
    exec("\n".join(re.findall(r"^from .*$", text, re.MULTILINE)), space)
    offered = re.findall(r"^# (\w+)\.(\w+)\(", text, re.MULTILINE)
    assert len(offered) >= 6
    assert all(callable(getattr(space[name], call)) for name, call in offered if name != "case")
    assert all(callable(getattr(space["hunt"].Case, call)) for name, call in offered if name == "case")
