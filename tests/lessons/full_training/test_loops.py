"""Exercise 7.2 of lesson 07: the whole loop is whole, and each of the four does what its solution says of it."""

from types import SimpleNamespace

import pytest
from definitions import NOTEBOOKS

from qlib.lessons.full_training import loops


class World:
    """An episode of some steps whose observations count them; beyond a time limit it goes on, and falls at step 9."""

    def __init__(self, length, end):
        self.length, self.end, self.at = length, end, 0
        self.seen, self.rows, self.epsilons, self.updates = [], [], [], 0
        self.settings, self.epsilon = None, 1.0

    def reset(self):
        return 0, {}

    def step(self, action):
        self.at += 1
        over = self.at >= self.length
        fell = (over and self.end == "terminated") or self.at == 9
        return self.at, 1.0, fell, over and self.end == "truncated", {}

    def act(self, observation, epsilon):
        self.seen.append(observation)
        self.epsilons.append(epsilon)
        return 0

    def remember(self, observation, action, reward, next_observation, terminated, truncated):
        self.rows.append((observation, next_observation, terminated, truncated))

    def learn(self):
        assert len(self.rows) == self.updates + 1, "the newest is there"
        self.updates += 1


def play(lines, length, end):
    world = World(length, end)
    space = SimpleNamespace(env=world, agent=world, next_epsilon=lambda settings, epsilon: epsilon / 2)
    exec("\n".join(line.source for line in lines), vars(space))
    return world


@pytest.mark.parametrize(("length", "end"), [(3, "terminated"), (4, "truncated"), (1, "terminated"), (1, "truncated")])
def test_the_whole_loop_is_whole(length, end):
    world = play(loops.WHOLE, length, end)
    assert world.seen == list(range(length))
    assert [row[:2] for row in world.rows] == [(t, t + 1) for t in range(length)]
    assert world.updates == length
    assert set(world.epsilons) == {1.0} and world.epsilon == 0.5


def test_each_loop_goes_wrong_as_its_solution_says():
    a, b, c, d = (play(loops.LOOPS[name], 4, "truncated") for name in "ABCD")
    assert a.seen == [0] * 4 and [row[0] for row in a.rows] == [0] * 4
    assert b.epsilons == [1.0, 0.5, 0.25, 0.125]
    assert len(c.seen) == 9
    assert all(before == after for before, after, *_ in d.rows)
    assert [len(world.rows) for world in (a, b, d)] == [4, 4, 4]


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("A", {7: loops.GO_ON}),
        ("B", {9: loops.EPSILON}),
        ("C", {8: loops.GO_ON}),
        ("D", {6: loops.REMEMBER, 7: loops.Line("    observation = next_observation")}),
    ],
)
def test_each_loop_is_whole_once_its_line_is_mended(name, mended):
    assert list(mended) == loops.wrong(name)
    lines = [mended.get(number, line) for number, line in enumerate(loops.LOOPS[name], 1)]
    assert vars(play(lines, 4, "truncated")) == vars(play(loops.WHOLE, 4, "truncated"))


def test_the_lines_are_those_of_section_1():
    lesson = "".join((NOTEBOOKS / "07_full_training.py").read_text().split())
    lesson = lesson.replace("seed=episode_seed(agent)", "").replace("truncated,info=", "truncated,_=")
    for line in loops.WHOLE:
        assert "".join(line.source.split()) in lesson, line


def test_the_lines_are_numbered_and_none_breaks():
    shown = repr(loops.show()).splitlines()
    assert shown[0] == "A  1  observation, _ = env.reset()" and "D 10  " in shown[-1]
    assert len([row for row in shown if row[:1].strip()]) == sum(map(len, loops.LOOPS.values()))
    assert max(map(len, shown)) <= 90, "JupyterLab breaks what is longer at 1280 pixels with its contents open"
