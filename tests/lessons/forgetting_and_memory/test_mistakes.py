"""Lesson 12's silent mistakes still flatter, and its memory still keeps what a ring forgets."""

import numpy as np
import pytest
from controls import drawn
from definitions import compare, record

import qlib
from qlib.lessons.forgetting_and_memory import alarms, flights, instruments, remedies
from qlib.lessons.forgetting_and_memory.measured import RECORDS
from qlib.study.result import Comparison
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

SCORES = record("forgetting_and_memory", "remedies")
FRESH = record("forgetting_and_memory", "remedies, held out")


def test_the_record_is_whole():
    assert len(SCORES.labels) == 32 and sum(label.startswith("without") for label in SCORES.labels) == 12
    assert SCORES.scores.shape == (32, 64, 20) and np.isfinite(SCORES.scores).all()
    large, base = SCORES["memory 100,000"], SCORES["base"]
    np.testing.assert_array_equal(large[:, :10], base[:, :10])  # 10,000 steps: nothing lost


def test_the_best_checkpoint_flatters_an_agent_that_forgets():
    base = SCORES["base"]
    assert mean_interval(base.max(1) - base[:, -1])[1] > 30


def over_three_starts(agent):
    return qlib.evaluate(agent, 3, seed=1).mean()


def test_the_best_checkpoint_falls_back_when_other_starts_examine_it():
    """Chosen by its score over 3 starts, a checkpoint is worse over 60 others: by how much, on average of 16 agents."""
    settings = qlib.Settings(observation_scale=(2.4, 2.0, 0.2095, 2.0), learning_rate=2e-3, epsilon_episodes=30)
    found = compare({"agents": settings}, steps=2_000, checkpoints=13, starts=60, diagnostics=[over_three_starts])
    few, many = found.diagnostics["over_three_starts"][0], found["agents"]  # (seeds, checkpoints)
    best = np.arange(16), few.argmax(1)
    assert (few[best] - many[best]).mean() > 5, (few[best], many[best])


def test_the_lessons_memory_keeps_falls_that_a_ring_forgets():
    ring, keeping = qlib.ReplayMemory(50), remedies.KeepingFalls(50)
    for step in range(1_000):
        for memory in (ring, keeping):
            memory.push(np.zeros(4), 0, float(step), np.zeros(4), step < 100 and step % 10 == 9)
    assert ring.storage.terminated.sum() == 0
    assert keeping.storage.terminated.sum() == 10
    newest = keeping.storage.rewards[~keeping.storage.terminated]
    assert newest.min() == 960, "beside the falls it holds the newest"


def near(found, value, low, high):
    assert [round(x) for x in mean_interval(found)] == [value, low, high], mean_interval(found)


def test_what_the_prose_says_of_ranks_and_alarms_is_what_the_records_hold():
    ranks = record("forgetting_and_memory", "ranks")
    counts = {
        "falls in memory": 0,
        "action gap": 0,
        "doomed value": 3,
        "highest value": 5,
        "loss": 3,
        "gradient norm": 3,
    }
    claims = RECORDS.claims("ranks")
    assert alarms.leaning(claims) == counts
    assert len(alarms.rank_table(ranks, claims).lines) == 15
    means = [found.mean() for name, found in ranks.items() if "highest value" in name]
    assert 0.585 < min(means) and max(means) < 0.635
    assert {claim.verdict() for name, claim in claims.items() if "action gap" in name or "falls" in name} == {"open"}
    warned = [ranks[f"{label}, highest value, as far"] for label in flights.FORGETFUL]
    assert [(int((found >= 0.75).sum()), len(found)) for found in warned] == [(65, 127), (63, 122)]
    rung = record("forgetting_and_memory", "alarms")
    for label in flights.FORGETFUL:
        found = {what: rung[f"{label}, highest value, {what}"].mean() for what in alarms.WHATS}
        assert 0.13 < found["precision"] < 0.18, "of six alarms five are false"
        assert 0.09 < found["base"] < 0.125 and found["recall"] < 0.5
    assert round(100 * rung["learning rate 0.003, highest value, base"].mean()) == 12


def test_what_the_prose_says_of_the_loss_is_what_the_records_hold():
    loss = record("forgetting_and_memory", "loss")
    near(100 * loss["learning rate 0.003, fell"], 18, 13, 23)
    near(100 * loss["learning rate 0.001, fell"], 10, 5, 16)
    near(100 * loss["learning rate 0.003, rose"], 4, 0, 8)
    near(100 * loss["learning rate 0.001, rose"], -4, -9, 0)
    assert [claim.verdict() for claim in RECORDS.claims("loss").values()] == ["open", "above", "open", "above"]
    points = alarms.in_points(RECORDS.claims("loss"))["learning rate 0.003, fell"]
    assert f"{points.chosen:.0f}" == "18 [13, 23]" and points.verdict() == "above"
    assert alarms.in_words(RECORDS.claims("lowest loss")) == "better, open"
    quietest = record("forgetting_and_memory", "lowest loss")
    near(quietest["memory of 1,000"], 77, 56, 97)
    near(-quietest["memory of 10,000"], 44, 16, 73)
    fresh = RECORDS.held_out("lowest loss")
    near(fresh["memory of 1,000"], 68, 40, 97)
    near(fresh["memory of 10,000"], -2, -39, 34)


def test_what_the_prose_says_of_the_worst_update_is_what_the_records_hold():
    worst, fresh = record("forgetting_and_memory", "undone"), RECORDS.held_out("undone")
    near(worst["drop"], 136, 105, 166)
    near(fresh["drop"], 192, 152, 232)
    assert [round(100 * found["turned"].mean(), 1) for found in (worst, fresh)] == [0.8, 3.4]
    near(worst["undo it"] - worst["as it was"], 10, -12, 32)
    near(fresh["undo it"] - fresh["as it was"], 15, -28, 58)
    near(worst["another batch"] - worst["as it was"], 27, -24, 77)
    near(fresh["another batch"] - fresh["as it was"], 17, -38, 73)
    assert {claim.verdict() for claim in RECORDS.claims("undone").values()} == {"open"}


def test_what_the_prose_says_of_the_remedies_is_what_the_record_holds():
    labels = [label for label in SCORES.labels if label != "base" and not label.startswith("without")]
    rows = remedies.rows(SCORES, labels)
    assert len(rows) * 3 == 57 and len(remedies.survivors(SCORES, labels)) == 10
    both = remedies.twice(SCORES, FRESH, labels)
    assert {label: claim.verdict() for label, claim in both.items() if claim.verdict() != "open"} == {
        "hard target, over training": "below",
        "gamma 0.998, over training": "above",
        "2,000, keeping falls, over training": "above",
        **{f"RECOMMENDED, {measure}": "above" for measure in ("final score", "share", "over training")},
    }
    assert round(both["soft target, final score"].chosen.value) == 49
    assert "soft target" in remedies.sure(rows, 1) and "soft target, Double DQN" in remedies.sure(rows, 0)
    near(FRESH["soft target"][:, -1] - FRESH["base"][:, -1], 24, -43, 90)
    assert {"memory 64", "lower rate", "residual"} <= set(remedies.sure(rows, 2, False))
    assert "memory 500, falling rate" in remedies.sure(rows, 2)
    nothing = ("memory 500", "memory 2,000", "weight decay", "falling rate", "64-64 units", "prioritized")
    assert not {label for label in nothing for change in rows[label] if change.verdict() != "open"}
    late, fresh = (x.over_training("base", 15_000) - x.over_training("hard target", 15_000) for x in (SCORES, FRESH))
    near(late, 67, 30, 104)
    near(fresh, 92, 33, 150)
    few = [label for label in labels if mean_interval((SCORES[label] - SCORES["base"])[:16, -1]).above()]
    assert few == ["RECOMMENDED"]
    assert (SCORES["base"] >= 475).any(1).sum() >= 60


def test_what_the_prose_says_of_the_parts_of_recommended_is_what_the_record_holds():
    without = [label for label in SCORES.labels if label.startswith("without")]
    parts = remedies.rows(SCORES, without, "RECOMMENDED")
    assert len(parts) == 12 and remedies.sure(parts, 1, False) == ["without tau 0.05"]
    assert set(remedies.sure(parts, 0, False)) <= {"without tau 0.05"} and not remedies.sure(parts, 0)
    both = remedies.twice(SCORES, FRESH, without, "RECOMMENDED")
    assert {label: claim.verdict() for label, claim in both.items() if claim.verdict() != "open"} == {
        "without target network, over training": "above",
        "without tau 0.05, over training": "below",
    }


def test_a_change_is_shown_where_it_is_left_after_the_correction_and_held_out_seeds_say_the_same():
    rng = np.random.default_rng(0)
    labels, lifts = ("base", "up", "none", "turned"), np.array([[0, 60, 0, -60], [0, 60, 0, 60]])
    first, second = (
        Comparison(labels, np.arange(5), rng.normal(200 + lift, 20, (40, 5, 4)).T.swapaxes(1, 2)) for lift in lifts
    )
    both = remedies.twice(first, second, labels[1:])
    assert {label for label, claim in both.items() if claim.verdict() != "open"} == {
        "up, final score",
        "up, over training",
    }
    assert both["turned, over training"].chosen.below() and both["turned, over training"].held_out.above()
    assert len(both) == 9 and [line.split(",")[0] for line in remedies.shown(both)[1:]] == ["up", "up"]


def test_what_the_prose_says_of_batches_and_clipping_is_what_the_record_holds():
    batches = record("forgetting_and_memory", "batches")
    np.testing.assert_array_equal(batches["base"], SCORES["base"][:, :10])
    cost = {label: batches.over_training("base") - batches.over_training(label) for label in remedies.BATCHES}
    near(cost["gradient clipped to 1"], 126, 99, 153)
    near(cost["gradient clipped to 10"], 121, 98, 144)
    near(cost["batch 16"], 31, 6, 56)
    fresh = RECORDS.held_out("batches")
    beside = {label: fresh.over_training("base") - fresh.over_training(label) for label in remedies.BATCHES}
    near(beside["gradient clipped to 1"], 110, 71, 149)
    near(beside["gradient clipped to 10"], 103, 70, 137)
    near(beside["batch 16"], 28, -1, 56)
    shown = {words for words, claim in RECORDS.claims("batches").items() if claim.verdict() != "open"}
    whens = "at the end", "over training"
    assert shown == {f"gradient clipped to {norm} minus base, {when}" for norm in (1, 10) for when in whens}
    rows = remedies.rows(batches, remedies.BATCHES)
    assert remedies.sure(rows, 1, up=False) == ["gradient clipped to 1", "gradient clipped to 10"]


def test_the_rank_of_the_worked_run_is_what_a_pencil_finds():
    scores, values = instruments.WORKED_SCORES, instruments.WORKED_VALUES
    assert [alarms.rank_before_the_fall(scores, values, 1, rule) for rule in ("as far", "near")] == [0.75, 0.75]
    assert alarms.rank_before_the_fall(scores, values, 1, "as high") == 1.0  # +35 against +17
    assert alarms.rank_before_the_fall(scores, values, -1) == 0.25
    assert np.isnan(alarms.rank_before_the_fall(np.array([9.0, 9, 500, 0]), np.arange(4.0), 1)), "nothing to compare"


def test_recall_and_precision_of_a_run_that_is_worked_by_hand():
    scores = np.array([300.0, 300, 300, 300, 100, 300, 300, 300, 100, 300, 300, 100])  # great falls after 3, 7 and 10
    values = np.array([0.0, 0, 8, 9, 8, 9, 8, 9, 8, 9, 8, 0])  # it leaps at 3, and at 2; seven examinations count
    assert alarms._shares(scores, values) == pytest.approx((1 / 3, 1 / 2, 3 / 7))


def planted(early):
    """Two agents that fall every fourth examination; an instrument leaps before each fall, or after it."""
    scores = np.tile([300.0, 300, 300, 0], 10)
    leap = np.roll(np.tile([0.0, 0, 9, 0], 10), 0 if early else 2)
    values = np.stack([np.stack([leap, leap])] * 2)
    diagnostics = {name: sign * values for name, sign in alarms.SIGNS.items()}
    return Comparison(tuple(flights.FORGETFUL), np.arange(40), np.stack([np.stack([scores] * 2)] * 2), (), diagnostics)


def test_an_alarm_that_always_rings_before_a_fall_has_full_recall_and_precision():
    perfect, late = alarms.alarms(planted(early=True)), alarms.alarms(planted(early=False))
    for name in alarms.SIGNS:
        key = f"learning rate 0.003, {name}, "
        assert (perfect[key + "recall"] == 1).all() or (perfect[key + "recall"] == 0).all(), perfect
        assert perfect[key + "base"] == pytest.approx(1 / 3, abs=0.04)
        assert late[key + "recall"].max() <= 0.5
    ranks = alarms.ranks(planted(early=True))
    assert min(ranks[f"learning rate 0.001, {name}, as far"].min() for name in alarms.SIGNS) > 0.5


def test_the_forgetful_agents_forget_and_the_recorder_keeps_every_network():
    run, networks = flights.record(seeds=4)
    assert len(networks) == 8 and all(len(kept) == flights.EXAMINATIONS for kept in networks.values())
    assert tuple(run.diagnostics) == tuple(flights.SIGNS)
    for label in run.labels:
        assert (flights.falls(run[label]) > 150).sum() >= 2
    label = run.labels[0]
    seed, step = flights.worst(run, label)
    assert flights.falls(run[label])[seed] == flights.falls(run[label]).max()
    drawing, words = flights.value_map(run, networks, label)(seed, step, 0.0, 0.0)
    assert f"step {step:,}" in words and drawn(drawing)
    sound = flights.corners(run, networks, label)
    assert len({len(each) for each in sound.values()}) == 1 and np.isfinite(sound["corner"]).all()
    assert (sound["doomed"] > 10).mean() > 0.5


def test_in_the_originals_settings_the_size_of_the_memory_is_open():
    own = record("forgetting_and_memory", "original memory")
    assert own.labels == ("memory 1,000", "memory 10,000", "memory 100,000") and own.scores.shape == (3, 16, 20)
    small, all_kept = (own.difference(label, own.labels[1], when="over training") for label in own.labels[::2])
    assert (f"{small:.0f}", f"{all_kept:.0f}") == ("-6 [-27, 15]", "7 [-6, 19]")
    assert {own.difference(label, own.labels[1]).verdict() for label in own.labels[::2]} == {"open"}
    again = record("forgetting_and_memory", "original memory, held out")
    said = [f"{again.difference(label, own.labels[1], when='over training'):.0f}" for label in own.labels[::2]]
    assert said == ["5 [-13, 23]", "5 [-2, 12]"] and again.scores.shape == (3, 32, 20)
    held = own.diagnostics["falls in memory"][:, :, -1].mean(1).round()
    assert held.tolist() == [13, 148, 415] and [(own[label][:, -1] >= 475).sum() for label in own.labels] == [0, 0, 2]
    assert len(remedies.original_table(own).lines) == 4
    assert qlib.ORIGINAL.memory_size == remedies.ORIGINAL_SIZES[1]
