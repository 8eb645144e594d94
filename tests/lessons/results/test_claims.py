"""Lesson 16's verdicts follow from its records, and say what the lesson says."""

import numpy as np
import pytest
from controls import texts
from definitions import NOTEBOOKS, record

from qlib.lessons.results import claims, measured

TEXT = " ".join(line.removeprefix("# ").strip() for line in (NOTEBOOKS / "16_results.py").read_text().splitlines())
pytestmark = pytest.mark.usefixtures("beside_the_notebooks")
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
    found = claims.additions()
    pairs = [label.partition(":")[0].split(" against ") for label in found]
    assert pairs[::2] == pairs[1::2], "by both measures"
    assert [better for better, _ in pairs[::2]] == ["+ Double", "+ dueling", *["+ prioritized"] * 2]
    assert pairs[-1][1] == "DQN"
    assert {one.bar for one in found.values()} == {0.5}
    assert [label for label, one in found.items() if one.verdict() != "open"] == ["+ prioritized against DQN: sooner"]
    alone = found["+ prioritized against + dueling: sooner"]
    assert alone.chosen.above(0.5) and alone.held_out.above(0.5) and not alone.survives, "open after the correction"
    assert (f"{alone.chosen.value:.2f}", f"{alone.held_out.value:.2f}") == ("0.75", "0.72") and len(found) == 8
    assert "is sooner with 0.75 and 0.72. But these are eight comparisons" in TEXT
    assert [each for each in texts(claims.drawn(found)) if "shown" in each] == ["above: shown"]


def test_each_recipe_beside_the_original_is_as_the_lesson_says_on_both_sets():
    found = {label: one.verdict() for label, one in measured.RECORDS.claims("recipes").items()}
    assert found == {
        f"{recipe} minus original, {when}": "open" if recipe == "lecture" else "above"
        for recipe in ("lecture", "paper", "recommended")
        for when in ("at the end", "over training")
    }
    fresh = measured.RECORDS.held_out("recipes").final()
    solved = {label: int((ends >= 475).sum()) for label, ends in fresh.items()}
    assert solved == {"original": 1, "lecture": 2, "paper": 8, "recommended": 30}
    assert "ends solved on 30 of 32, the paper's on 8, the lecture's on 2, and the original's on 1" in TEXT
    apart = measured.where_they_part(fresh["recommended"], fresh["paper"])
    assert (apart[0], apart[-1], len(apart)) == (279, 500, 222) and "from a score of 279 on" in TEXT


def test_nine_claims_and_their_verdicts(monkeypatch):
    monkeypatch.setattr(measured, "whole_runs", lambda: [{"seconds": 352.0}, {"seconds": 125.0}])
    rows = claims.verdicts()
    says = {claim: verdict for claim, verdict, *_ in rows}
    assert len(says) == 9
    assert [claim for claim, verdict in says.items() if verdict == "yes"] == [
        "original: its printed epsilon at the end",
        "recommended: solves CartPole-v1",
    ]
    assert {claim for claim, verdict in says.items() if verdict == "not shown"} == {
        f"paper: + {added} solves sooner" for added in ("Double", "dueling", "prioritized")
    }
    monkeypatch.setattr(measured, "whole_runs", lambda: [{"seconds": 9_000.0}, {"seconds": 125.0}])
    slow = {claim: verdict for claim, verdict, *_ in claims.verdicts()}
    assert slow["original: 1,000 episodes need 2 h 13 min"] == "yes"
    assert "352 s and 125 s" in str(claims.table(rows))


@pytest.mark.parametrize(("letter", "holds"), [("A", True), ("C", False), ("D", True), ("E", True), ("F", False)])
def test_the_sentences_of_the_last_exercise(letter, holds):
    ends = RECIPES.final()
    added = claims.additions()
    sooner, higher, double = (
        added[label].verdict()
        for label in (
            "+ prioritized against DQN: sooner",
            "+ prioritized against DQN: higher",
            "+ Double against DQN: sooner",
        )
    )
    found = {
        "A": RECIPES.improvement("recommended", "paper").above(0.5),
        "C": bool((ends["recommended"] >= 475).all()),
        "D": (sooner, higher) == ("above", "open"),
        "E": (RECIPES["original"].max(1) - ends["original"]).mean() > 200,
        "F": double != "open",
    }
    assert found[letter] == holds
