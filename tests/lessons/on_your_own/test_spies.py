"""What notes what it is asked notes all of it, and plays what was written beforehand."""

import numpy as np

from qlib.lessons.on_your_own.behaviour import SOUND, load
from qlib.lessons.on_your_own.spies import Spy, World


def test_a_world_ends_its_episodes_as_it_was_told():
    world = World(np.random.default_rng(0), [(2, True), (1, False)])
    world.reset(seed=7)
    ends = [world.step(action)[2:4] for action in (0, 1)]
    world.reset()
    ends.append(world.step(1)[2:4])
    assert ends == [(False, False), (True, False), (False, True)]
    assert world.told == [7.0, 0.0, 1.0, -1.0, 1.0]


def test_the_whole_loop_asks_acts_stores_and_learns_in_turn():
    world, spy = World(np.random.default_rng(0), [(2, True)]), Spy()
    assert load(SOUND).train.train(spy, world, 2) == [2]
    acts, pushes, learns = [1.0], [2.0], [3.0]
    kinds = [spy.asked[0], spy.asked[3], spy.asked[9]]
    assert kinds == acts + pushes + learns and len(spy.asked) == 2 * (3 + 6 + 1)
    assert spy.asked[8] == 0.0 and spy.asked[18] == 1.0, "the second step terminated"
