"""Tiles hold what the definition says; linear Q-learning makes the update by hand, and goes where an agent goes."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import qlib
from qlib.lessons.sparse_rewards.tiles import CART_POLE, MOUNTAIN_CAR, LinearQ, TileCoder

POWERS = st.sampled_from([1, 2, 4, 8, 16])
CAR = qlib.Settings(env_id="MountainCar-v0", epsilon_start=0.0, epsilon_end=0.0, learning_rate=0.5, gamma=0.9)


@st.composite
def coders(draw):
    n = draw(st.integers(1, 3))
    low = draw(st.lists(st.floats(-50, 50), min_size=n, max_size=n))
    widths = draw(st.lists(st.floats(0.01, 100), min_size=n, max_size=n))
    high = [a + width for a, width in zip(low, widths, strict=True)]
    return TileCoder(low, high, draw(POWERS), draw(st.integers(1, 6)))


def points(coder, unit):
    """Places in a coder's range, from numbers in [0, 1]."""
    return coder.low + np.asarray(unit)[..., : len(coder.low)] * (coder.high - coder.low)


UNIT = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(coders(), UNIT)
def test_one_tile_of_each_tiling_is_active_and_within_bounds(coder, unit):
    active = coder.active(points(coder, unit))
    assert active.shape == (coder.tilings,)
    per_tiling = coder.n_tiles // coder.tilings
    assert (active // per_tiling == np.arange(coder.tilings)).all()


@given(coders(), UNIT, UNIT)
def test_neighbours_share_tiles_and_strangers_do_not(coder, one, other):
    one, other = points(coder, one), points(coder, other)
    shared = (coder.active(one) == coder.active(other)).sum()
    apart = abs(one - other) / (coder.high - coder.low) * coder.tiles  # in tiles
    # In each dimension the offsets are 0, 1/t, 2/t, ... in some order: so many grids have a line between the two.
    at_most = sum(math.ceil(distance * coder.tilings + 1e-6) for distance in apart)
    assert shared >= coder.tilings - at_most
    if (apart > 1 + 1e-9).any():
        assert shared == 0


@given(coders())
def test_no_two_places_have_one_number(coder):
    n = len(coder.low)
    middle = (np.indices((coder.tiles,) * n).reshape(n, -1).T + 0.5) / coder.tiles
    cells, active = coder.cells(points(coder, middle)), coder.active(points(coder, middle))
    for k in range(coder.tilings):
        assert len(np.unique(active[:, k])) == len(np.unique(cells[:, k], axis=0))
    assert active.min() >= 0 and active.max() < coder.n_tiles


@given(coders())
def test_what_lies_outside_counts_as_lying_at_the_edge(coder):
    np.testing.assert_array_equal(coder.active(coder.low - 5), coder.active(coder.low))
    np.testing.assert_array_equal(coder.active(coder.high + 5), coder.active(coder.high))


def test_the_offsets_are_not_those_of_the_diagonal():
    coder = TileCoder([0, 0], [1, 1], tilings=4, tiles=2)
    np.testing.assert_allclose(coder.offsets, [[0, 0], [0.25, 0.75], [0.5, 0.5], [0.75, 0.25]])
    np.testing.assert_array_equal(coder.cells(np.array([0.4, 0.4]))[:, 0], [0, 1, 1, 1])


@given(POWERS, st.integers(1, 4))
def test_no_two_grids_coincide_in_any_dimension(tilings, n):
    offsets = TileCoder([0] * n, [1] * n, tilings, tiles=1).offsets
    for d in range(n):
        np.testing.assert_array_equal(np.sort(offsets[:, d]), np.arange(tilings) / tilings)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0, -np.inf], [1, 1]), "dimension 1"),
        (([0, 1], [1, 1]), "dimension 1.*empty"),
        (([0], [1], 0), "tilings=0 is not allowed"),
        (([0], [1], 4, 2.5), "tiles=2.5 is not allowed"),
        (([0, 0], [1, 1], 3), "tilings=3 is not allowed.*power of two"),
        (([0, 0], [1, 1], 6), "tilings=6 is not allowed.*power of two"),
    ],
)
def test_a_coder_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        TileCoder(*arguments)


@pytest.mark.parametrize(
    ("observation", "words"), [([0.5], "ranges for 2 numbers"), ([0.5, np.nan], "not finite"), (0.5, "ranges for 2")]
)
def test_an_observation_that_no_tile_holds_is_refused(observation, words):
    with pytest.raises(ValueError, match=words):
        TileCoder([0, 0], [1, 1]).active(observation)


def test_one_update_by_hand():
    agent = LinearQ(CAR, TileCoder(*MOUNTAIN_CAR, tilings=4, tiles=4), start_value=-2.0)
    here, there = np.array([-0.5, 0.0]), np.array([0.3, 0.05])
    assert agent.q_values(here).tolist() == pytest.approx([-2, -2, -2])
    agent.remember(here, 1, -1.0, there, terminated=False, truncated=True)
    error = -1 + 0.9 * -2 - -2  # a time limit does not cut the bootstrap
    assert agent.learn() == pytest.approx(error**2)
    assert agent.q_values(here).tolist() == pytest.approx([-2, -2 + 0.5 * error, -2])
    assert agent.q_values(there).tolist() == pytest.approx([-2, -2, -2])
    agent.remember(there, 2, -1.0, here, terminated=True)
    agent.learn()
    assert agent.q_values(there)[2].item() == pytest.approx(-2 + 0.5 * (-1 - -2))
    assert math.isnan(agent.learn()), "each transition is learned from once"
    assert agent.updates == agent.steps == 2


def test_the_step_size_falls_as_the_settings_say():
    settings = dataclasses.replace(CAR, learning_rate_end=0.1, learning_rate_steps=2)
    agent = LinearQ(settings, TileCoder(*MOUNTAIN_CAR))
    for share in (0.3, 0.1, 0.1):
        before = agent.q_values(np.zeros(2))[0].item()
        agent.remember(np.zeros(2), 0, -1.0, np.zeros(2), terminated=True)
        agent.learn()
        assert agent.q_values(np.zeros(2))[0].item() == pytest.approx(before + share * (-1 - before), abs=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rate", [40.0, 1e200])
@pytest.mark.parametrize(("env_id", "ranges"), [("CartPole-v1", CART_POLE), ("MountainCar-v0", MOUNTAIN_CAR)])
def test_a_linear_agent_that_diverges_says_so_and_keeps_its_last_finite_weights(env_id, ranges, rate):
    settings = qlib.Settings(env_id=env_id, learning_rate=rate)
    agent = LinearQ(settings, TileCoder(*ranges, tiles=2))
    with pytest.raises(qlib.DivergedError, match=r"not finite at update [\d,]+, step [\d,]+.*Lower learning_rate"):
        list(qlib.train(agent, steps=20_000))
    assert np.isfinite(agent.weights).all()
    assert agent.updates == agent.steps - 1


def test_values_of_many_are_the_values_of_each():
    agent = LinearQ(CAR, TileCoder(*MOUNTAIN_CAR))
    agent.weights[:] = np.random.default_rng(0).normal(size=agent.weights.shape)
    rows = points(agent.coder, np.random.default_rng(1).random((5, 2)))
    torch.testing.assert_close(agent.q_values(rows), torch.stack([agent.q_values(row) for row in rows]))


def test_equal_actions_are_chosen_at_random_and_the_best_otherwise():
    agent = LinearQ(CAR, TileCoder(*MOUNTAIN_CAR))
    assert {agent.act(np.zeros(2)) for _ in range(50)} == {0, 1, 2}
    agent.weights[1] += 1
    assert {agent.act(np.zeros(2)) for _ in range(20)} == {1}
    assert {agent.act(np.zeros(2), epsilon=1.0) for _ in range(50)} == {0, 1, 2}


def test_the_same_seed_gives_the_same_run_and_optimism_finds_the_goal():
    settings = dataclasses.replace(CAR, learning_rate=1.0, gamma=0.99)
    histories = []
    for seed in (0, 0, 1):
        agent = LinearQ(settings, TileCoder(*MOUNTAIN_CAR, tilings=16), seed)
        histories.append([episode.score for episode in qlib.train(agent, steps=9_000)])
    assert histories[0] == histories[1] != histories[2]
    assert max(histories[0]) > -200 and max(histories[2]) > -200


def test_pessimism_does_not_find_the_goal():
    settings = dataclasses.replace(CAR, learning_rate=1.0, gamma=0.99)
    agent = LinearQ(settings, TileCoder(*MOUNTAIN_CAR, tilings=16), 0, start_value=-100)
    assert max(episode.score for episode in qlib.train(agent, steps=9_000)) == -200
    assert (abs(agent.weights * 16 + 100) < 1e-6).all(), "no target ever differs from what is already believed"


def test_it_balances_cartpole_longer_than_at_first():
    settings = qlib.Settings(epsilon_episodes=20, learning_rate=0.5, gamma=0.99)
    agent = LinearQ(settings, TileCoder(*CART_POLE, tilings=16, tiles=4), 0)
    before = qlib.evaluate(agent, 20).mean()
    for _ in qlib.train(agent, steps=8_000):
        pass
    assert qlib.evaluate(agent, 20).mean() > before + 50


@pytest.mark.parametrize(
    ("keywords", "words"),
    [({"start_value": math.inf}, "start_value=inf"), ({"seed": -1}, "seed=-1"), ({"settings": qlib.Settings()}, "4")],
)
def test_what_a_linear_agent_cannot_be_is_refused(keywords, words):
    with pytest.raises(ValueError, match=words):
        LinearQ(**{"settings": CAR, "coder": TileCoder(*MOUNTAIN_CAR)} | keywords)


def test_an_observation_that_is_not_finite_is_refused_by_its_step():
    agent = LinearQ(CAR, TileCoder(*MOUNTAIN_CAR))
    with pytest.raises(ValueError, match="step 1 is not finite"):
        agent.remember(np.zeros(2), 0, -1.0, np.array([np.nan, 0]), terminated=False)
    assert agent.steps == 0
