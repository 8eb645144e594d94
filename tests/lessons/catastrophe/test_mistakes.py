"""Lesson 09's silent mistakes still do worse than the whole agent, and its diagnostics still catch them."""

import dataclasses

import numpy as np
import pytest
import torch
from definitions import FIRST, NOTEBOOKS, compare, defined, record

import qlib
from qlib.core.network import mix
from qlib.lessons.catastrophe import measure, rates
from qlib.lessons.catastrophe.measure import BRIEF as SETTINGS
from qlib.lessons.catastrophe.measure import NORMED
from qlib.study.diagnostics import visited
from qlib.study.statistics import mean_interval

TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "09_catastrophe.py").read_text().splitlines()
).replace("−", "-")
NAMES = "ThroughTarget", "GraphWhenActing", "NoEval", "RowDoubled", "TargetInTrainMode", "moves_when_acting", "follow"


@pytest.fixture(scope="module")
def lesson():
    """The lesson's own classes, from its cells."""
    return defined("09_catastrophe", *NAMES)


def through_target(kind):
    """Return the score over training, the last loss and the last highest value: whole's and the broken one's."""
    variants = {"whole": SETTINGS, "broken": lambda seed: kind(SETTINGS, seed)}
    found = compare(variants, steps=700, checkpoints=[500, 600, 700], starts=5, diagnostics=("loss", "highest value"))
    last = {name: np.median(values[:, :, -1], axis=1) for name, values in found.diagnostics.items()}
    return found.scores.mean((1, 2)), last["loss"], last["highest value"]


def row_doubled(kind):
    """Return the last score and the last highest value: whole's and the broken one's."""
    variants = {"whole": NORMED, "broken": lambda seed: kind(NORMED, seed)}
    found = compare(variants, seeds=6, steps=420, checkpoints=[420], starts=3, diagnostics=("highest value",))
    return found.scores.mean((1, 2)), np.median(found.diagnostics["highest value"][:, :, -1], axis=1)


def test_the_gradient_through_the_target_has_the_lower_loss_and_the_lower_score(lesson):
    (whole, broken), (loud, quiet), (high, low) = through_target(lesson["ThroughTarget"])
    assert broken < 0.8 * whole
    assert quiet < loud / 10
    assert low < high / 3
    assert quiet / low**2 > loud / high**2, "measured by its own values it is not the quiet one"


def test_the_doubled_row_is_blind(lesson):
    (whole, broken), (high, runaway) = row_doubled(lesson["RowDoubled"])
    assert broken < whole / 2
    assert runaway > 2 * high


@pytest.mark.parametrize("name", ["GraphWhenActing", "NoEval"])
def test_without_batch_norm_no_grad_and_eval_change_no_bit_of_what_is_learned(lesson, name):
    plain = dataclasses.replace(SETTINGS, compiled=False)
    agents = [kind(plain, FIRST) for kind in (qlib.QAgent, lesson[name])]
    for agent in agents:
        for _ in qlib.train(agent, steps=120):
            pass
    assert agents[0].updates > 50
    for a, b in zip(*(agent.online.parameters() for agent in agents), strict=True):
        assert torch.equal(a, b)


def test_acting_without_no_grad_keeps_a_graph(lesson):
    values = [kind(SETTINGS).q_values(np.zeros(4, np.float32)) for kind in (qlib.QAgent, lesson["GraphWhenActing"])]
    assert [value.requires_grad for value in values] == [False, True]


def test_the_diagnostics_tell_whole_from_broken(lesson):
    settings = dataclasses.replace(SETTINGS, network="batch_norm", target_network="soft")
    moved = {kind: lesson["moves_when_acting"](lesson[kind](settings)) for kind in ("RowDoubled", "TargetInTrainMode")}
    assert moved == {"RowDoubled": True, "TargetInTrainMode": False}
    assert not lesson["moves_when_acting"](qlib.QAgent(settings))
    batch = qlib.Batch(torch.zeros(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.zeros(3) > 0)
    leaks = [kind(SETTINGS).td_target(batch).requires_grad for kind in (qlib.QAgent, lesson["ThroughTarget"])]
    assert leaks == [False, True]


def test_batch_norm_in_train_mode_says_so_for_a_batch_of_one(lesson):
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        lesson["NoEval"](NORMED).act(np.zeros(4, np.float32))


def test_a_target_network_disarms_the_gradient_through_it(lesson):
    settings = dataclasses.replace(SETTINGS, target_network="hard")
    batch = qlib.Batch(torch.zeros(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.zeros(3) > 0)
    agents = [kind(settings, FIRST) for kind in (qlib.QAgent, lesson["ThroughTarget"])]
    gradients = [torch.autograd.grad(agent.loss(batch), list(agent.online.parameters())) for agent in agents]
    for a, b in zip(*gradients, strict=True):
        assert torch.equal(a, b)


def test_a_target_network_of_the_lesson_follows_as_qlibs_does(lesson):
    for kind in (qlib.QNetwork, qlib.QNetworkBN):
        online, mine, theirs = (kind(generator=torch.Generator().manual_seed(seed)) for seed in (1, 2, 2))
        online(torch.randn(8, 4))  # in train mode: batch norm's averages move
        lesson["follow"](mine, online, tau=0.1)
        mix(theirs, online, 0.1)
        for a, b in zip(mine.state_dict().values(), theirs.state_dict().values(), strict=True):
            torch.testing.assert_close(a, b)


def test_two_equal_rows_are_nothing_to_batch_norm_and_a_whole_agent_sees_more(lesson):
    network = qlib.QNetworkBN(generator=torch.Generator().manual_seed(0)).train()
    with torch.no_grad():
        rows = [network(torch.tensor([[0.0, 0.0, angle, 0.0]]).repeat(2, 1))[0] for angle in (-0.2, 0.0, 0.2)]
    assert all(torch.allclose(row, rows[0], atol=1e-4) for row in rows)
    acted = {}
    for kind in (qlib.QAgent, lesson["RowDoubled"]):
        agent = kind(NORMED, seed=0)
        for _ in qlib.train(agent, steps=300):
            pass
        acted[kind.__name__] = len({agent.act(observation) for observation in visited("CartPole-v1")})
    assert acted == {"QAgent": 2, "RowDoubled": 1}


def test_the_same_numbers_another_gradient(lesson):
    batch = measure.random_batch()
    agents = qlib.QAgent(SETTINGS, FIRST), lesson["ThroughTarget"](SETTINGS, FIRST)
    assert measure.side_by_side(*agents, batch) == {"targets": True, "loss": True, "gradient": False}
    assert measure.same_weights(lesson["ThroughTarget"], seeds=2) == 0
    assert measure.same_weights(qlib.QAgent, seeds=2) == 2


def test_a_graph_is_kept_with_the_values_and_not_under_no_grad():
    network = qlib.QNetwork()
    one = torch.zeros(1, 4)
    history = [network(one).max() for _ in range(3)]
    assert all(value.grad_fn is not None for value in history)
    kept, size = measure.kept_by(lambda: network(one))
    assert kept > 3 and size > 2_000
    with torch.no_grad():
        assert measure.kept_by(lambda: network(one)) == (0, 0)


def test_times_are_compared_in_turn_and_one_disturbed_round_does_not_count(monkeypatch):
    clock, calls = [0.0], [0]
    monkeypatch.setattr(measure.time, "perf_counter", lambda: clock[0])

    def one():
        calls[0] += 1
        clock[0] += 4.0 if calls[0] > 100 else 40.0  # the first round is disturbed

    def other():
        clock[0] += 1.0

    assert measure.times_as_long(one, other, rounds=15) == (4.0, 4.0, 4.0)


def verdicts(difference):
    """Say what the first sixteen seeds, the next sixteen and all of them show."""
    return [mean_interval(difference[part]).verdict() for part in (*measure.SIXTEENS.values(), slice(128))]


def test_what_the_prose_says_of_the_records_is_what_they_hold():
    both = {gamma: record("catastrophe", f"detach, gamma {gamma}") for gamma in (0.99, 0.8)}
    cost = {gamma: found["through target"] - found["whole"] for gamma, found in both.items()}
    assert verdicts(cost[0.99]) == ["below"] * 3
    assert verdicts(cost[0.99] - cost[0.8])[-1] == "below", "it hurt more at 0.99"
    assert verdicts(cost[0.8])[:2] == ["open", "open"] and cost[0.8][:16].mean() < -30, "all but worse, and nothing"
    modes = record("catastrophe", "batch norm")
    doubled, target = (modes[label] - modes["whole"] for label in ("row doubled", "target in train mode"))
    assert verdicts(doubled) == ["below"] * 3, "whichever seeds you take"
    assert verdicts(target) == ["below", "open", "below"] and 1.7 < target[:16].mean() / target.mean() < 2


HELD_OUT = {  # as the prose says it: on the seeds that were chosen on, and on the others
    "hard, every 100": ("42 steps [9, 75]", "-26 [-78, 25]"),
    "soft, tau 0.01": ("77 [46, 107]", "-41 [-92, 11]"),
}


def test_what_the_prose_says_of_target_networks_is_what_both_sets_hold():
    sets = measure.Found(*(record("catastrophe", f"target networks{which}") for which in ("", ", held out")))
    for slow, words in HELD_OUT.items():
        change = sets.difference(f"{slow}, at the end", "none, at the end")
        assert (f"{change.loss():.0f}", f"{mean_interval(change.held_out):.0f}") == (
            words[0].replace(" steps", ""),
            words[1],
        )
        assert all(each in TEXT for each in words)
    lines = repr(measure.sets(measure.against_none(sets))).splitlines()
    assert len(lines) == 9 and all(line.endswith("open") for line in lines[1:])


def test_at_other_learning_rates_detach_costs_where_the_prose_says():
    leaks = measure.Found(*(record("catastrophe", f"detach by rate{which}") for which in ("", ", held out")))
    assert rates.cost_is_shown(leaks, 0.8) == [0.03] and rates.cost_is_shown(leaks, 0.99) == list(rates.RATES)
    assert "whole highest at 0.01" in rates.draw_leak(leaks, 0.8).alt
    targets = measure.Found(*(record("catastrophe", f"target networks by rate{each}") for each in ("", ", held out")))
    assert {gain.verdict() for gain in rates.at_their_best(targets).values()} == {"open"}
    assert rates.draw_targets(targets).alt.count("highest at") == 5


def test_the_figure_says_where_the_interval_of_all_seeds_lies_and_has_both_sixteens_beside_it():
    up, open_ = np.arange(1.0, 129.0), np.tile([-1.0, 1.0], 64)
    found = measure.sets({"up": measure.Difference(up, up), "open": measure.Difference(up, open_)})
    assert [*found.sets] == ["seeds 0 to 15", "seeds 16 to 31", "chosen on", "held out"]
    assert [found.sets[name]["up"].value for name in found.sets] == [8.5, 24.5, 64.5, 64.5]
    _, up, open_ = repr(found).splitlines()
    assert up.startswith("up  ") and up.endswith("above") and open_.endswith("open")
