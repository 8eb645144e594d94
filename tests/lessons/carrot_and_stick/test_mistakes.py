"""Lesson 10's silent mistakes still do worse than the whole, with room to spare, and its diagnostics find them."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from definitions import compare, defined

import qlib

NAMES = "settings", "punished_at_limit", "Shaped", "Speed", "paid_and_steps", "paid", "paid_per_step"
CORRIDOR = "corridor_q", "shaped_reward", "potential"


@pytest.fixture(scope="module")
def lesson():
    return defined("10_carrot_and_stick", *NAMES, *CORRIDOR, dataclasses=dataclasses)


@pytest.fixture
def short(lesson):
    """The lesson's CartPole of 20 steps, with a stick of -100."""
    if "Short/CartPole-v1" not in gym.registry:
        usual = gym.spec("CartPole-v1")
        doors = {"entry_point": usual.entry_point, "vector_entry_point": usual.vector_entry_point}
        gym.register("Short/CartPole-v1", max_episode_steps=20, **doors)
    return defined("10_carrot_and_stick", "short", settings=lesson["settings"], dataclasses=dataclasses)["short"]


def test_punished_for_succeeding_it_falls_at_once_and_a_count_finds_it(lesson, short):
    variants = {"whole": short, "broken": dataclasses.replace(short, stick_at_time_limit=True)}
    found = compare(variants, steps=1_500, checkpoints=2, diagnostics=(lesson["punished_at_limit"],))
    whole, broken = found.scores.mean((1, 2))
    assert whole > broken + 2, (whole, broken)
    whole, broken = found.diagnostics["punished_at_limit"][:, :, -1]
    assert whole.max() == 0 and broken.min() > 0


def test_without_the_cut_and_without_a_stick_nothing_is_learned(lesson):
    whole = dataclasses.replace(lesson["settings"], gamma=0.8)
    broken = dataclasses.replace(whole, bootstrap_ends_at="nothing")
    variants = {"whole": whole, "broken": broken, "with a stick": dataclasses.replace(broken, stick=-10.0)}
    whole, broken, with_a_stick = compare(variants, steps=1_000, checkpoints=2).scores.mean((1, 2))
    assert broken < 30
    assert min(whole, with_a_stick) > 90, (whole, with_a_stick)


def test_a_bonus_that_changes_the_best_policy_ruins_the_score_and_is_better_paid_for_each_step(lesson):
    """And worse for each episode, for that is so short: what is paid says what one likes; the score does not."""
    settings = dataclasses.replace(lesson["settings"], gamma=0.95)
    variants = {"whole": settings, "broken": lambda seed: lesson["Speed"](settings, seed)}
    paid = lesson["paid"], lesson["paid_per_step"]
    found = compare(variants, steps=1_000, checkpoints=2, diagnostics=paid)
    whole, broken = found.scores.mean((1, 2))
    assert whole > broken + 50, (whole, broken)
    whole, broken = np.median(found.diagnostics["paid_per_step"][:, :, -1], axis=1)
    assert whole == pytest.approx(1) and broken > 3, broken
    whole, broken = np.median(found.diagnostics["paid"][:, :, -1], axis=1)
    assert broken < 0.7 * whole, (whole, broken)


def test_what_is_paid_for_an_episode_is_its_steps_and_the_bonus(lesson):
    whole, broken = (kind(lesson["settings"], 0) for kind in (qlib.QAgent, lesson["Speed"]))
    paid, steps = lesson["paid_and_steps"](whole)
    assert paid == steps
    paid, steps = lesson["paid_and_steps"](broken)
    assert paid > steps, "and so much for moving"


def test_a_bonus_for_progress_turns_round_before_the_goal_and_a_potential_does_not(lesson):
    q, phi, n = lesson["corridor_q"], lesson["potential"], 6
    none = q(lambda s, after: 0.0)
    by_potential = q(lambda s, after: lesson["shaped_reward"](0.0, phi(s), phi(after), after == n, 0.9))
    by_progress = q(lambda s, after: 0.5 * (after > s))
    assert none.argmax(1).tolist() == by_potential.argmax(1).tolist() == [1, 1, 1, 1, 1, 1]
    assert by_progress.argmax(1).tolist() == [1, 1, 1, 1, 1, 0]
    np.testing.assert_allclose(by_potential, none - phi(np.arange(n))[:, None])


def test_round_trips_of_as_many_steps_tell_a_bonus_from_a_potential(lesson):
    """The diagnostic: from one state and back in two steps, into the wall or forth and back."""
    phi = lesson["potential"]

    def pay(bonus):
        return [bonus(a, b) + 0.9 * bonus(b, c) for a, b, c in ((0, 0, 0), (0, 1, 0))]

    by_potential = pay(lambda s, after: lesson["shaped_reward"](0.0, phi(s), phi(after), False, 0.9))
    assert by_potential[0] == pytest.approx(by_potential[1])
    still, to_and_fro = pay(lambda s, after: 0.5 * (after > s))
    assert to_and_fro > still + 0.4
