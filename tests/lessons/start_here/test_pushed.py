"""The push of lesson 00, measured over many episodes, is the stage's push, in gymnasium's own CartPole."""

import re
from types import SimpleNamespace

import gymnasium as gym
import numpy as np

from qlib.lessons.start_here.pushed import AT, LIMIT, PUSH, STRENGTHS, Pushed, survivors
from qlib.show.marks import Line
from qlib.show.view import STATIC

STEADY = SimpleNamespace(greedy=lambda seen: (seen @ np.array([0.1, 0.3, 1.0, 0.6]) > 0).astype(np.int64))
LEANING = SimpleNamespace(greedy=lambda seen: np.zeros(len(seen), dtype=np.int64))


def reaches_the_end(start: np.ndarray, push: float) -> bool:
    env = gym.make("CartPole-v1").unwrapped
    env.reset()
    env.state = start.copy()
    for step in range(LIMIT):
        if step == AT:
            env.state = env.state + np.array([0, 0, 0, push])
        if env.step(int(STEADY.greedy(np.float32(env.state)[None])[0]))[2]:
            return False
    return True


def test_one_episode_at_a_time_gives_the_same_counts_but_for_rounding():
    envs = gym.make_vec("CartPole-v1", num_envs=100, vectorization_mode="vector_entry_point")
    envs.reset(seed=1_000_000)
    pushes = np.array([0.0, 1.4, 1.5, -1.4, -2.0])
    slow = [sum(reaches_the_end(start, push) for start in envs.unwrapped.state.T.astype(np.float64)) for push in pushes]
    assert slow[0] == 100 and min(slow) == 0
    assert np.abs(survivors(STEADY, pushes) - slow).max() <= 10, slow  # sines of arrays differ in the last bit


def test_who_falls_before_the_push_survives_none_and_the_weakest_is_too_much():
    fallen = Pushed(LEANING)
    assert fallen.once == 0 and fallen.enough == 0.0
    assert fallen.sides == {"right": 0.0, "left": 0.0}


def test_the_picture_says_what_it_draws():
    pushed = Pushed(STEADY)
    few = STRENGTHS[pushed.right + pushed.left < 100]
    assert pushed.enough == few[0] > PUSH
    for side, counts in (("right", pushed.right), ("left", pushed.left)):
        beyond = STRENGTHS == pushed.sides[side]
        assert counts[beyond] < 50 and (counts[STRENGTHS < pushed.sides[side]] >= 50).all()
    assert f"Of 200 with one push of 0.6 rad/s {pushed.once} do; from {few[0]} rad/s" in pushed.picture().alt
    right, left = (mark.y for mark in pushed.picture().panels[0].marks if isinstance(mark, Line))
    assert (right.tolist(), left.tolist()) == (pushed.right.tolist(), pushed.left.tolist())


def test_the_stage_pushes_as_hard():
    assert float(re.search(r"const KICK = ([\d.]+);", (STATIC / "actor.js").read_text())[1]) == PUSH
