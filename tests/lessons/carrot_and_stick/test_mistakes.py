"""Lesson 10's silent mistakes still do worse than the whole, with room to spare, and its diagnostics find them."""

import dataclasses

import numpy as np
import pytest
from definitions import compare, defined

import qlib
from qlib.lessons.carrot_and_stick import agents, worlds
from qlib.study.statistics import mean_interval


def test_a_stick_is_what_the_environment_pays_at_a_fall_and_at_the_limit_only_where_it_is_told():
    """A balancer by hand plays 500 steps, or pushes the wrong way and falls."""
    with_stick = defined("10_carrot_and_stick", "with_stick")["with_stick"]
    for at_time_limit, side in ((False, 1), (False, -1), (True, 1), (True, -1)):
        env = qlib.make_env(qlib.Settings(stick=-10.0, stick_at_time_limit=at_time_limit))
        (x, velocity, angle, spin), _ = env.reset(seed=0)
        steps, over = 0, False
        while not over:
            push = side * (angle + 0.3 * spin + 0.08 * x + 0.12 * velocity) > 0
            (x, velocity, angle, spin), reward, terminated, truncated, _ = env.step(int(push))
            steps, over = steps + 1, terminated or truncated
        assert steps == 500 if side == 1 else steps < 20
        assert reward == with_stick(1.0, terminated, truncated, -10.0, at_time_limit)
        assert reward == (1.0 if side == 1 and not at_time_limit else -10.0)


def test_punished_for_succeeding_it_falls_at_once_and_a_count_finds_it():
    short = agents.carrot_and_stick("-100", 0.99, False, True, 20, "none")
    variants = agents.punished_both_ways(short)
    found = compare(variants, steps=1_500, checkpoints=2, diagnostics=(agents.punished_at_limit,))
    whole, broken = found.scores.mean((1, 2))
    assert whole > broken + 2, (whole, broken)
    whole, broken = found.diagnostics["punished at the limit"][:, :, -1]
    assert whole.max() == 0 and broken.min() > 0


def test_without_the_cut_and_without_a_stick_nothing_is_learned():
    whole = dataclasses.replace(agents.LEARNER, gamma=0.8)
    broken = dataclasses.replace(whole, bootstrap_ends_at="nothing")
    variants = {"whole": whole, "broken": broken, "with a stick": dataclasses.replace(broken, stick=-10.0)}
    whole, broken, with_a_stick = compare(variants, steps=1_000, checkpoints=2).scores.mean((1, 2))
    assert broken < 30
    assert min(whole, with_a_stick) > 90, (whole, with_a_stick)


def test_a_bonus_that_changes_the_best_policy_ruins_the_score_and_is_better_paid_for_each_step():
    """And worse for each episode, for that is so short: what is paid says what one likes; the score does not."""
    settings = dataclasses.replace(agents.LEARNER, gamma=0.95)
    variants = {"whole": settings, "broken": lambda seed: agents.Speed(settings, seed)}
    found = compare(variants, steps=1_000, checkpoints=2, diagnostics=(paid, paid_per_step))
    whole, broken = found.scores.mean((1, 2))
    assert whole > broken + 50, (whole, broken)
    whole, broken = np.median(found.diagnostics["paid_per_step"][:, :, -1], axis=1)
    assert whole == pytest.approx(1) and broken > 3, broken
    whole, broken = np.median(found.diagnostics["paid"][:, :, -1], axis=1)
    assert broken < 0.7 * whole, (whole, broken)


def paid(agent):
    return agents.paid_and_steps(agent)[0]


def paid_per_step(agent):
    return paid(agent) / agents.paid_and_steps(agent)[1]


def test_what_is_paid_for_an_episode_is_its_steps_and_the_bonus():
    whole, broken = (kind(agents.LEARNER, 0) for kind in (qlib.QAgent, agents.Speed))
    money, steps = agents.paid_and_steps(whole)
    assert money == steps
    money, steps = agents.paid_and_steps(broken)
    assert money > steps, "and so much for moving"


def test_what_a_shaped_agent_stores_is_the_reward_and_its_bonus():
    now, later = np.array([0.0, 1.0, 0.1, 0.0], np.float32), np.array([0.0, -2.0, -0.05, 0.0], np.float32)
    for kind, extra in ((agents.Potential, -24 * 0.9 * 0.05 + 2.4), (agents.Progress, 1.2), (agents.Speed, 10.0)):
        agent = kind(dataclasses.replace(agents.LEARNER, gamma=0.9), 0)
        agent.remember(now, 0, 1.0, later, False)
        assert agent.memory.storage.rewards[0].item() == pytest.approx(1 + extra)
    agent = agents.Potential(agents.LEARNER, 0)
    agent.remember(now, 0, 1.0, later, True)  # the potential of a terminal state is 0
    assert agent.memory.storage.rewards[0].item() == pytest.approx(3.4)
    with pytest.raises(NotImplementedError):
        agents.Shaped(agents.LEARNER, 0).remember(now, 0, 1.0, later, False)


def test_a_time_limit_cannot_be_punished_without_a_stick():
    with pytest.raises(ValueError, match="Choose a stick, or untick it"):
        agents.carrot_and_stick("none", 0.8, True, True, 500, "none")
    made = agents.carrot_and_stick("-1", 0.8, True, False, 500, "speed")(3)
    assert type(made) is agents.Speed
    assert (made.settings.stick, made.settings.bootstrap_ends_at) == (-1.0, "nothing")


def test_a_bonus_for_progress_turns_round_before_the_goal_and_a_potential_does_not():
    none = worlds.corridor_q(lambda s, after: 0.0)
    by_potential, by_progress = worlds.corridor_q(worlds.by_potential), worlds.corridor_q(worlds.for_progress)
    assert none.argmax(1).tolist() == by_potential.argmax(1).tolist() == [1, 1, 1, 1, 1, 1]
    assert by_progress.argmax(1).tolist() == [1, 1, 1, 1, 1, 0]
    np.testing.assert_allclose(by_potential, none - worlds.potential(np.arange(6))[:, None])
    turns = [worlds.corridor_q(lambda s, after, k=k: k * worlds.for_progress(s, after))[5, 1] for k in (0.5, 0.6)]
    assert turns[0] == pytest.approx(1.25) and turns[1] == pytest.approx(1.3)


def test_round_trips_of_as_many_steps_tell_a_bonus_from_a_potential():
    """The diagnostic: from one state and back in two steps, into the wall or forth and back."""

    def pay(bonus):
        return [bonus(a, b) + 0.9 * bonus(b, c) for a, b, c in ((0, 0, 0), (0, 1, 0))]

    assert pay(worlds.by_potential) == pytest.approx([0.57, 0.57])
    assert pay(worlds.for_progress) == pytest.approx([0.0, 0.5])


def test_only_a_potential_that_is_0_at_the_end_keeps_every_best_policy():
    kept = worlds.kept_policies()
    assert kept["potential, 0 at the end"] == 1_000
    assert 900 < kept["potential, not 0 at the end"] < 1_000
    assert kept["free bonus"] < 500


def test_the_cut_lets_a_table_find_the_goal():
    lengths = {cut: np.mean([worlds.learn_corridor(seed, cut) for seed in range(16)]) for cut in (True, False)}
    assert lengths[True] == pytest.approx(11.1, abs=0.05)
    assert lengths[False] == pytest.approx(23.2, abs=0.05)
    told = [f"{mean_interval([worlds.learn_corridor(seed, cut) for seed in range(16)]):.1f}" for cut in (True, False)]
    assert told == ["11.1 [10.9, 11.3]", "23.2 [22.9, 23.4]"]


def test_without_the_cut_it_ends_as_a_random_walk():
    late = mean_interval([worlds.learn_corridor(seed, False, episodes=3_000) for seed in range(8)])
    assert f"{late:.0f}" == "108 [98, 118]" and late.low < 108 < late.high


def test_where_a_policy_turns_is_said_in_the_questions_words():
    right, left = [0.0, 1.0], [1.0, 0.0]
    found = [worlds.where_it_turns(np.array(rows)) for rows in (
        [right] * 4, [left, *[right] * 3], [right, left, left, right], [*[right] * 3, left])]  # fmt: skip
    assert found == ["nowhere", "at the wall", "in the middle", "one step before the goal"]
