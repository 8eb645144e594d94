"""Games of other packages are registered when they are asked for, or missed in a sentence."""

import builtins
import logging

import gymnasium as gym
import numpy as np
import pytest

from qlib import MNIH_2013, QAgent, Settings, make_env
from qlib.core import games


@pytest.mark.parametrize(
    ("env_id", "package", "extra"), [("MinAtar/Breakout-v1", "minatar", "minatar"), ("ALE/Pong-v5", "ale_py", "atari")]
)
def test_a_package_that_is_missing_is_named_with_its_extra(env_id, package, extra, monkeypatch):
    known = dict(gym.registry)
    real = builtins.__import__

    def without(name, *args, **how):
        if name.partition(".")[0] == package:
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **how)

    monkeypatch.setattr(games.importlib, "import_module", without)
    gym.registry.pop(env_id, None)
    try:
        with pytest.raises(ValueError, match=rf"env_id='{env_id}' needs the extra \[{extra}\]: pip install -e"):
            make_env(Settings(env_id, channels="last"))
    finally:
        gym.registry.update(known)


@pytest.mark.parametrize("game", ["Asterix", "Breakout", "Freeway", "Seaquest", "SpaceInvaders"])
def test_minatars_games_are_images_that_a_seed_repeats(game):
    pytest.importorskip("minatar")
    settings = Settings(f"MinAtar/{game}-v1", channels="last", network="conv")
    agent = QAgent(settings)
    assert agent.image.frame[:2] == (10, 10) and agent.image.kind == "bool"
    runs = []
    env = make_env(settings)
    for _ in range(2):  # in one environment: nothing is left of the episode before
        seen = [env.reset(seed=3)[0]]
        rng = np.random.default_rng(0)
        for _ in range(60):
            found, _, terminated, truncated, _ = env.step(int(rng.integers(agent.n_actions)))
            seen.append(found)
            if terminated or truncated:
                break
        runs.append(np.array(seen))
    np.testing.assert_array_equal(*runs)


def test_minatar_is_drawn_without_further_packages():
    pytest.importorskip("minatar")
    env = make_env(Settings("MinAtar/Breakout-v1", channels="last"), render_mode="rgb_array")
    env.reset(seed=0)
    for _ in range(3):  # out from among the bricks
        env.step(0)
    picture = env.render()
    assert picture.shape == (160, 160, 3) and picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 5, "background, plate, ball, trail, bricks"


def test_importing_a_game_leaves_logging_alone():
    before = logging.root.manager.disable, list(logging.root.handlers)
    games._imported("json")
    assert (logging.root.manager.disable, logging.root.handlers) == before


def test_atari_comes_grey_small_and_stacked():
    pytest.importorskip("ale_py")
    pytest.importorskip("cv2")
    settings = Settings("ALE/Pong-v5", **MNIH_2013, memory_size=200)
    agent = QAgent(settings)
    assert agent.image.shape == (4, 84, 84) and agent.online.n_parameters == 677_686
    env = make_env(settings)
    observation, _ = env.reset(seed=0)
    assert (observation == observation[:1]).all(), "gymnasium fills the first stack with its one frame"
    for _ in range(5):
        following, reward, terminated, truncated, _ = env.step(agent.act(observation))
        agent.remember(observation, 0, reward, following, terminated, truncated)
        observation = following
    assert agent.memory.written == 6
