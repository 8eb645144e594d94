"""A known mistake is named only if it explains all that came; sentences are judged by what was measured."""

import numpy as np
import pytest
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, Waits
from qlib.lessons.judge import improbable, judge, judge_cases, judge_sentences, refuse, refuse_faults


def test_a_known_mistake_is_named_by_its_shape_and_numbers():
    mistakes = {"a row came": [1.0, 2.0], "a number came": 1.0}
    for got, fault in ((torch.tensor([1.0, 2.0]), "a row"), (1, "a number")):
        with pytest.raises(
            Mistake, match=rf"Came .*1.*\n  Because  this is what comes when {fault} came\.\n  Hint     h\."
        ):
            refuse(got, mistakes, "h")
    for got in ([1.0, 3.0], [1, [2, 3]], "text", [[1.0, 2.0]]):
        refuse(got, mistakes, "h")


def test_the_fewest_faults_that_explain_what_came_are_named():
    faults = {"a": "a is left", "b": "b is left", "c": "c is left"}
    with pytest.raises(Mistake) as told:
        refuse_faults(lambda some: set(some) >= {"a", "c"}, faults, "The numbers")
    assert str(told.value) == "not yet. The numbers show what is left:\n  Still    a is left\n           c is left."
    refuse_faults(lambda some: False, faults, "The numbers")


def test_counts_are_improbable_when_chance_hardly_ever_gives_them():
    rng = np.random.default_rng(0)
    fair = np.array([0.5, 0.3, 0.2])
    assert not any(improbable(rng.multinomial(1_000, fair), 7 * fair) for _ in range(2_000))
    assert improbable(rng.multinomial(1_000, [0.4, 0.35, 0.25]), fair)
    assert not improbable(np.array([30, 0, 70]), np.array([0.3, 0, 0.7]))
    assert improbable(np.array([30, 1, 69]), np.array([0.3, 0, 0.7])), "what has no chance came"
    assert 0.01 < np.mean([improbable(rng.multinomial(1_000, fair), fair, rare=0.05) for _ in range(500)]) < 0.1
    assert not improbable(np.array([40]), np.ones(1))


def test_a_known_mistake_is_named_only_if_it_explains_what_came_for_every_input():
    @exercise("1.1 Squares")
    def squares(answer):
        trials = [(f"for {n}", answer(n), n * n, {"it is doubled": 2 * n, "it is cubed": n**3}) for n in (2, 1, 3)]
        judge(trials, "a number times itself", "n * n")

    assert squares(lambda n: n * n).status == "passed"
    told = "Expected 1.\n  Came     2.\n  Here     for 1\n  Because  this is what comes when it is doubled"
    assert told in squares(lambda n: 2 * n).message  # for 2 it is right
    message = squares(lambda n: 4 if n == 2 else 2 if n == 1 else 5).message  # doubled once, and then something else
    assert "a number times itself, here for 1" in message and "doubled" not in message
    assert "your function returns None" in squares(lambda n: None if n == 3 else n * n).message


def test_a_mistake_that_an_input_cannot_show_is_not_named():
    @exercise("1.1 Squares")
    def squares(answer):
        judge([("for 2", answer(2), 4, {"it is halved": 1}), ("for 3", answer(3), 9, {})], "a number times itself")

    assert "halved" not in squares(lambda n: 1).message


def doubled(faulty):
    cases = [(0, 3), (2, 2), (5, 1)]
    faults = {"the second is left out": lambda a, b: 2 * a, "they are multiplied": lambda a, b: a * b}
    judge_cases(faulty, cases, lambda a, b: 2 * a + b, faults, lambda a, b: f"twice {a} and {b}", "look again")


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        (lambda a, b: 2 * a, "this is what comes when the second is left out"),
        (lambda a, b: a * b, "this is what comes when they are multiplied"),
        (lambda a, b: 2 * a if a == 5 else 2 * a + b, "Because  twice 5 and 1"),
        (lambda a, b: [a, b], "shape (2,)"),
    ],
)
def test_every_case_is_asked_before_a_mistake_is_named(faulty, words):
    with pytest.raises(Mistake) as mistake:
        doubled(faulty)
    assert words in str(mistake.value)
    doubled(lambda a, b: 2 * a + b)


SENTENCES = {"a": (True, "look at a"), "b": (False, "b says too much"), "c": (True, "look at c")}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("abc", "b says too much"),
        ("a", "one sentence that holds is missing.\n  Hint     look at c"),
        ("", "Came     none"),
        ("acd", "letters out of abc"),
        (3, "letters out of abc"),
        ([1, "a"], "letters out of abc"),
    ],
)
def test_an_overclaim_comes_before_what_is_missing(said, words):
    with pytest.raises(Mistake) as mistake:
        judge_sentences(said, SENTENCES)
    assert words in str(mistake.value)


@pytest.mark.parametrize("said", ["ac", "CA", "A, C", ["a", "c"], {"A", "C"}, ("ac",), "(a) + (c)."])
def test_letters_may_come_in_any_order_and_any_collection(said):
    judge_sentences(said, SENTENCES)


def test_no_letters_yet_wait():
    with pytest.raises(Waits):
        judge_sentences(..., SENTENCES)
