"""A memory that stores each frame once gives what one gives that stores whole stacks."""

import math

import numpy as np
import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qlib import FrameMemory, PrioritizedFrameMemory
from qlib.core.images import Image

KINDS = {"uint8": (0, 255), "bool": (0, 1), "float32": (-1, 1)}


def image(frames: int = 3, kind: str = "uint8", frame: tuple[int, ...] = (2, 3)) -> Image:
    return Image(frame, "none", kind, *KINDS[kind], frames)


class Life:
    """Episodes of random frames, as gymnasium's FrameStackObservation would hand them on, whole stacks kept."""

    def __init__(self, image: Image, seed: int) -> None:
        self.image, self.rng = image, np.random.default_rng(seed)
        self.rows: list[tuple] = []

    def frame(self) -> np.ndarray:
        low, high = KINDS[self.image.kind]
        numbers = self.rng.uniform(low, high, self.image.frame)
        return (numbers > 0.5 if self.image.kind == "bool" else numbers).astype(self.image.kind)

    def play(self, memory, length: int, terminated: bool) -> None:
        stack = [self.frame()] * self.image.frames
        for step in range(length):
            following = [*stack[1:], self.frame()]
            here, there = (np.stack(x) if self.image.frames > 1 else x[0] for x in (stack, following))
            ends = terminated and step == length - 1
            row = (here, int(self.rng.integers(4)), float(len(self.rows)), there, ends)
            self.rows.append(row)
            memory.push(*row)
            stack = following

    def holds(self, batch) -> list[int]:
        """Which transitions a batch holds, after seeing that all parts of each are whole."""
        found = [round(reward) for reward in batch.rewards.tolist()]
        for k, i in enumerate(found):
            here, action, _, there, ends = self.rows[i]
            np.testing.assert_array_equal(batch.observations[k].numpy(), here)
            np.testing.assert_array_equal(batch.next_observations[k].numpy(), there)
            assert (batch.actions[k], batch.terminated[k]) == (action, ends)
        return found


EPISODES = st.lists(st.tuples(st.integers(1, 7), st.booleans()), min_size=1, max_size=12)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("memory_kind", [FrameMemory, PrioritizedFrameMemory])
@settings(deadline=None, max_examples=40)
@given(frames=st.integers(1, 4), capacity=st.integers(1, 14), episodes=EPISODES, seed=st.integers(0, 99))
def test_it_gives_what_whole_stacks_would_give(kind, memory_kind, frames, capacity, episodes, seed):
    what = image(frames, kind)
    memory, life = memory_kind(capacity, what, 4), Life(what, seed)
    for length, terminated in episodes:
        life.play(memory, length, terminated)
        held = life.holds(memory.at(torch.from_numpy(memory.slots())))
        assert held == list(range(len(life.rows) - len(memory), len(life.rows))), "the newest, the oldest first"
        assert memory.pushed == len(life.rows)
        assert len(memory) <= capacity
        assert memory.holds(np.arange(-1, capacity + 1)).sum() == len(memory)
        batch = memory.sample(len(memory), torch.Generator().manual_seed(seed))
        assert set(life.holds(batch)) <= set(held)


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(1, 4), capacity=st.integers(2, 14), episodes=EPISODES)
def test_as_many_transitions_are_held_as_their_frames_allow(frames, capacity, episodes):
    what = image(frames)
    memory, life = FrameMemory(capacity, what), Life(what, 0)
    needed: list[int] = []  # each transition's oldest frame, as they are written
    written = 0
    for length, terminated in episodes:
        life.play(memory, length, terminated)
        needed += [written + max(0, step - frames + 1) for step in range(length)]
        written += length + 1
        fit = sum(number >= written - memory.n_frames for number in needed)
        assert len(memory) == min(fit, capacity)


def test_an_episode_without_end_keeps_as_many_transitions_as_it_has_room_for():
    memory, life = FrameMemory(10, image()), Life(image(), 0)
    life.play(memory, 37, False)
    assert len(memory) == 10
    assert memory.slots().tolist() == [7, 8, 9, 0, 1, 2, 3, 4, 5, 6]


def test_no_stack_reaches_across_an_episodes_start():
    memory = FrameMemory(20, image(3, frame=(1, 1)))
    one, two = ([np.full((1, 1), k, np.uint8) for k in range(first, first + 3)] for first in (1, 11))
    for a, b, c in (one, two):
        memory.push(np.stack([a, a, a]), 0, 0.0, np.stack([a, a, b]), False)
        memory.push(np.stack([a, a, b]), 0, 0.0, np.stack([a, b, c]), False)  # cut off by a time limit
    found = memory.at(torch.arange(4))
    assert found.observations.flatten(1).tolist() == [[1, 1, 1], [1, 1, 2], [11, 11, 11], [11, 11, 12]]
    assert found.next_observations.flatten(1).tolist() == [[1, 1, 2], [1, 2, 3], [11, 11, 12], [11, 12, 13]]
    assert memory.written == 6, "each frame once"


def test_a_start_that_is_no_repeated_frame_is_kept_whole():
    memory = FrameMemory(20, image(3, frame=(1, 1)))
    frames = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1)
    memory.push(frames[:3], 0, 0.0, frames[1:4], False)
    memory.push(frames[1:4], 0, 0.0, frames[2:5], False)
    assert memory.at(torch.arange(2)).observations.flatten(1).tolist() == [[1, 2, 3], [2, 3, 4]]
    assert memory.written == 5


@settings(deadline=None, max_examples=40)
@given(
    frames=st.integers(1, 3), old=st.integers(1, 12), new=st.integers(1, 14), episodes=EPISODES, more=EPISODES,
    kind=st.sampled_from([FrameMemory, PrioritizedFrameMemory]),
)  # fmt: skip
def test_a_restored_memory_holds_the_newest_and_goes_on(frames, old, new, episodes, more, kind):
    what = image(frames)
    saved, memory, life = kind(old, what), kind(new, what), Life(what, 1)
    for episode in episodes:
        life.play(saved, *episode)
    columns = type(saved.storage)(**saved.saved())
    held = life.holds(saved.at(torch.from_numpy(saved.slots())))
    rows = memory.restore(columns, saved.pushed)
    kept = life.holds(memory.at(torch.from_numpy(memory.slots())))
    assert kept == [held[row] for row in rows] == held[len(held) - len(kept) :]
    assert (memory.pushed, len(rows)) == (saved.pushed, len(memory))
    assert new < old or kept == held
    if new == old:
        one, two = (m.sample(len(held), torch.Generator().manual_seed(0)) for m in (saved, memory))
        assert torch.equal(one.rewards, two.rewards)
    for episode in more:
        life.play(memory, *episode)
        now = life.holds(memory.at(torch.from_numpy(memory.slots())))
        assert now == list(range(len(life.rows) - len(memory), len(life.rows)))


def test_draws_are_those_of_a_memory_of_whole_stacks():
    memory, life = FrameMemory(50, image()), Life(image(), 0)
    for _ in range(5):
        life.play(memory, 6, True)
    draws = memory.draw(64, torch.Generator().manual_seed(3))
    assert torch.equal(draws, torch.randint(30, (64,), generator=torch.Generator().manual_seed(3)))


def test_priorities_follow_their_transitions_until_these_leave():
    memory, life = PrioritizedFrameMemory(8, image(2)), Life(image(2), 0)
    life.play(memory, 5, True)
    memory.prioritize(np.array([3]), np.array([1e9]))
    assert set(memory.sample(3).slots) == {3}
    life.play(memory, 5, True)  # of twelve frames the first two are gone, and three transitions with them
    assert memory.slots().tolist() == [3, 4, 5, 6, 7, 0, 1]
    assert memory.priorities[0] == memory.highest == pytest.approx(1e9**0.6)
    memory.prioritize(memory.slots(), np.where(memory.slots() == 3, 1e12, 0))
    assert set(memory.sample(3).slots) == {3}
    life.play(memory, 5, True)
    batch = memory.sample(len(memory), torch.Generator().manual_seed(0))
    assert memory.holds(batch.slots).all()
    assert (batch.weights > 0).all() and (batch.weights <= 1).all()
    assert len(memory.priorities) == len(memory)
    gone = np.setdiff1d(np.arange(8), memory.slots())
    with pytest.raises(ValueError, match="where transitions are"):
        memory.prioritize(gone[:1], np.array([1.0]))


MILLION = Image((84, 84), "none", "uint8", 0, 255, 4)


@pytest.mark.parametrize(("capacity", "gigabytes"), [(1_000_000, 7.1), (100_000, 0.72)])
def test_frames_of_atari_take_little_more_than_their_bytes(capacity, gigabytes, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("m", (), {"available": 10**12}))
    memory = FrameMemory(capacity, MILLION)  # what is not written takes no memory yet
    assert memory.nbytes <= gigabytes * 1e9
    assert memory.nbytes == sum(column.untyped_storage().nbytes() for column in memory.storage)


@pytest.mark.parametrize("kind", [FrameMemory, PrioritizedFrameMemory])
def test_frames_of_minatar_take_at_most_a_fifth_more_than_their_bytes(kind):
    breakout = Image((10, 10, 4), "last", "bool", 0, 1)
    memory = kind(100_000, breakout)
    trees = memory._sums.nbytes + memory._minima.nbytes if kind is PrioritizedFrameMemory else 0
    assert memory.nbytes + trees <= 1.2 * 100_000 * 400
    assert memory._size(100_000, 0) + 400 * memory.n_frames == memory.nbytes + trees


def test_more_than_there_is_room_for_is_refused_with_the_number(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("m", (), {"available": 7 * 10**9}))
    with pytest.raises(
        ValueError, match=r"memory_size\)=1000000 is not allowed: it would take 7.1 GB, and cpu has 7.0"
    ):
        FrameMemory(1_000_000, MILLION)
    FrameMemory(100_000, MILLION)


def test_what_does_not_go_on_is_refused_and_nothing_is_stored():
    memory, what = FrameMemory(20, image(3)), image(3)
    frames = np.arange(30, dtype=np.uint8).reshape(5, 2, 3)
    repeated = np.stack([frames[2], frames[2], frames[2]])
    with pytest.raises(ValueError, match="does not go on from this one: its first 2 of 3 frames"):
        memory.push(frames[:3], 0, 0.0, repeated, False)
    with pytest.raises(ValueError, match=r"has shape \(3, 3, 2\).*declares \(3, 2, 3\).*swapped"):
        memory.push(frames[:3].reshape(3, 3, 2), 0, 0.0, frames[1:4], False)
    with pytest.raises(ValueError, match=r"next observation has shape \(2, 3\)"):
        memory.push(frames[:3], 0, 0.0, frames[0], False)
    with pytest.raises(ValueError, match="is of float64, and the environment declares uint8"):
        memory.push(frames[:3] / 255, 0, 0.0, frames[1:4], False)
    with pytest.raises(ValueError, match="reward nan"):
        memory.push(frames[:3], 0, math.nan, frames[1:4], False)
    with pytest.raises(ValueError, match="action=7 is not allowed"):
        FrameMemory(20, what, 2).push(frames[:3], 7, 0.0, frames[1:4], False)
    assert (memory.pushed, memory.written, len(memory)) == (0, 0, 0)


def test_a_file_that_points_elsewhere_is_refused():
    memory, life = FrameMemory(9, image()), Life(image(), 0)
    life.play(memory, 6, True)
    whole = memory.saved()
    for name, value, why in [
        ("newest", torch.arange(6) + 2, "which of the frames"),
        ("newest", torch.zeros(6, dtype=torch.int64), "which of the frames"),
        ("before", torch.full((6,), 3, dtype=torch.uint8), "which of the frames"),
        ("frames", whole["frames"][1:], "which of the frames"),
        ("frames", whole["frames"].float(), "float32"),
        ("rewards", whole["rewards"] * math.nan, "not all finite"),
        ("terminated", torch.full((6,), 2, dtype=torch.uint8).view(torch.bool), "other than 0 and 1"),
    ]:
        with pytest.raises(ValueError, match=why):
            FrameMemory(9, image()).restore(type(memory.storage)(**whole | {name: value}), 6)
    with pytest.raises(ValueError, match="pushed=5"):
        FrameMemory(9, image()).restore(type(memory.storage)(**whole), 5)
