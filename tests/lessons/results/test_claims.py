"""Lesson 16's verdicts follow from its records, and say what the lesson says."""

import numpy as np
import pytest
from controls import texts
from definitions import record

from qlib.lessons.results import claims, measured

RECIPES, RETURNS = record("results", "recipes"), dict(record("results", "returns"))


def test_what_needs_fewer_episodes_is_solved_sooner_and_never_comes_last():
    returns = {
        "soon": np.concatenate([np.full((4, 100), 200.0), np.zeros((4, 200))], 1),
        "late": np.concatenate([np.zeros((4, 100)), np.full((4, 200), 200.0)], 1),
        "never": np.zeros((4, 300)),
    }
    needed = claims.episodes_needed(returns)
    assert [int(needed[label][0]) for label in ("soon", "late")] == [100, 198] and np.isinf(needed["never"]).all()
    assert claims.solved_sooner(returns, "soon", "late").value == 1
    assert claims.solved_sooner(returns, "late", "never").value == 1
    assert claims.solved_sooner(returns, "never", "never").value == 0.5
    assert claims.higher_late(returns, "soon", "late").value == 0


def test_every_addition_stands_against_what_it_was_added_to():
    found = claims.additions(RETURNS)
    pairs = [label.partition(":")[0].split(" against ") for label in found.claims]
    assert pairs[::2] == pairs[1::2], "by both measures"
    assert [better for better, _ in pairs[::2]] == ["+ Double", "+ dueling", *["+ prioritized"] * 2]
    assert pairs[-1][1] == "DQN"
    assert "found" in "".join(texts(found)) and "shown" not in "".join(texts(found)), "sixteen seeds, none held out"


def test_nine_claims_and_their_verdicts(monkeypatch):
    monkeypatch.setattr(measured, "whole_runs", lambda: [{"seconds": 352.0}, {"seconds": 125.0}])
    rows = claims.verdicts(RECIPES, RETURNS)
    says = {claim: verdict for claim, verdict, _ in rows}
    assert len(says) == 9
    assert [claim for claim, verdict in says.items() if verdict == "yes"] == [
        "original: epsilon ends at 0.0067353342917064515",
        "paper: + prioritized solves sooner",
        "recommended: solves CartPole-v1",
    ]
    assert says["paper: + Double solves sooner"] == "not shown"
    monkeypatch.setattr(measured, "whole_runs", lambda: [{"seconds": 9_000.0}, {"seconds": 125.0}])
    slow = {claim: verdict for claim, verdict, _ in claims.verdicts(RECIPES, RETURNS)}
    assert slow["original: 1,000 episodes need 2 h 13 min"] == "yes"
    assert "352 s and 125 s" in str(claims.table(rows))


@pytest.mark.parametrize(("letter", "holds"), [("A", True), ("C", False), ("D", True), ("E", True), ("F", False)])
def test_the_sentences_of_the_last_exercise(letter, holds):
    ends = RECIPES.final()
    sooner, higher = (how(RETURNS, "+ prioritized", "DQN") for how in (claims.solved_sooner, claims.higher_late))
    double = claims.solved_sooner(RETURNS, "+ Double", "DQN")
    found = {
        "A": RECIPES.improvement("recommended", "paper").above(0.5),
        "C": bool((ends["recommended"] >= 475).all()),
        "D": sooner.above(0.5) != higher.above(0.5),
        "E": (RECIPES["original"].max(1) - ends["original"]).mean() > 200,
        "F": double.verdict(0.5) != "open",
    }
    assert found[letter] == holds
