"""Lesson 04's silent mistakes still cost what it says, and its diagnostics still find them."""

import numpy as np
import pytest
import torch
from definitions import seeds

import qlib
from qlib.lessons.choosing_actions import trials
from qlib.lessons.choosing_actions.questions import QUESTIONS
from qlib.study.statistics import mean_interval

PLANNED = qlib.Settings(epsilon_decay="original", epsilon_episodes=600)  # a run of 1,000 episodes
BARE = qlib.epsilon_schedule(PLANNED, 2_000)


@pytest.fixture(scope="module")
def agents():
    return trials.trained(seeds(16))


def test_epsilon_left_on_makes_most_agents_look_worse_than_they_are(agents):
    epsilons = 0.0, 0.05, 0.2, 0.5, 1.0
    scores = np.array([[trials.play(agent, e).mean() for e in epsilons] for agent in agents])
    whole, left_on, fifth, half, random = scores.T
    np.testing.assert_array_equal(whole, [qlib.evaluate(agent, 30).mean() for agent in agents])
    assert (left_on < whole).sum() >= 10, "of 16; a perfect one may stay perfect"
    assert mean_interval(left_on - whole).below(0)
    assert left_on.mean() > 0.9 * whole.mean()
    assert 1 / 3 < half.mean() / whole.mean() < 2 / 3
    assert (half > random).all()
    assert np.corrcoef(whole, whole - fifth)[0, 1] > 0, "they share a number: nothing follows"


@pytest.mark.parametrize(("epsilon", "found"), [(0.0, False), (0.5, True)])
def test_five_plays_of_one_start_find_an_epsilon_that_is_on(agents, epsilon, found):
    differs = [len({trials.one_start(agent, epsilon) for _ in range(5)}) > 1 for agent in agents]
    assert differs == [found] * 16


def test_without_a_floor_nobody_finds_what_got_better_late():
    for seed in seeds(4):
        bare, kept = (trials.buttons(BARE, floor, runs=50, seed=seed) for floor in (0.0, 0.05))
        assert bare.mean() < 0.1 and kept.mean() > 0.9


def test_counting_the_random_actions_to_come_finds_a_missing_floor():
    """The diagnostic: in the last 100 of 2,000 episodes, of 100 steps each."""
    assert BARE[-100:].sum() * 100 == pytest.approx(0.6, abs=0.05)
    assert BARE.clip(0.05)[-100:].sum() * 100 == pytest.approx(500)


def test_qlibs_own_schedule_stops_at_its_floor_and_the_originals_does_not():
    ours, original = (qlib.epsilon_schedule(settings, 4_000) for settings in (qlib.RECOMMENDED, PLANNED))
    np.testing.assert_allclose(ours[100:], qlib.RECOMMENDED.epsilon_end)
    assert qlib.RECOMMENDED.epsilon_end > 0.01
    assert original[-1] < original[1_999] / 1_000


def test_the_originals_own_last_epsilon_comes_out_to_the_last_digit():
    assert qlib.epsilon_schedule(qlib.ORIGINAL, 1_000)[999] == 0.0067353342917064515


def test_torch_draws_an_exact_zero_once_in_2_to_the_24():
    generator = torch.Generator().manual_seed(0)
    zeros = sum(int((torch.rand(2**24, generator=generator) == 0).sum()) for _ in range(4))
    assert 1 <= zeros <= 12, "4 are expected"
    chances = [1 - (1 - 2.0**-24) ** 500_000, -np.expm1(500_000 * np.log1p(-(2.0**-53)))]
    assert chances == pytest.approx([0.03, 6e-11], rel=0.1), "as the lesson's answer says"


def test_an_untrained_network_has_a_habit_and_no_ties():
    agents = [qlib.QAgent(qlib.ORIGINAL, seed=seed) for seed in range(16)]
    assert (trials.favourites(agents) > 0.9).sum() == 14
    gaps = torch.stack([agent.q_values(trials.made_up_states()) @ torch.tensor([-1.0, 1.0]) for agent in agents])
    assert (gaps.mean(1).abs() > gaps.std(1)).sum() == 14, "the difference hardly changes from state to state"
    values = torch.cat([agent.q_values(trials.made_up_states()) for agent in agents])
    assert not (values[:, 0] == values[:, 1]).any()
    left, either = (trials.play(trials.blank(), epsilon).mean() for epsilon in (0.0, 1.0))
    assert round(left) == 9 and either > 2 * left


def test_what_a_cell_keeps_to_itself_is_one_of_the_choices():
    said = [trials.how_long(steps, 10.0) for steps in (5, 10, 21)]
    assert said == QUESTIONS["ties"]["choices"]
    one, many = {9}, {9, 12}
    said = [trials.alike({0.0: a, 0.5: b}) for a, b in ((one, many), (many, one), (one, one), (many, many))]
    assert said == QUESTIONS["five scores"]["choices"]
    assert [trials.is_an_action(torch.tensor(n)) for n in (0, 1, 2, 37)] == [True, True, False, False]


def test_a_linear_layer_takes_one_observation_and_no_grad_changes_no_value():
    network, x = qlib.QNetwork(), torch.rand(4)
    with torch.no_grad():
        alone, in_a_batch = network(x), network(x.unsqueeze(0))
    assert torch.allclose(alone, in_a_batch[0]) and torch.equal(in_a_batch, network(x.unsqueeze(0)).detach())
