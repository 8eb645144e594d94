"""The ring keeps the newest transitions in order, and sampling returns written ones only."""

import math
import sys

import numpy as np
import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qlib import Batch, QAgent, ReplayMemory, Settings
from qlib.core.demands import is_present


def transition(i: int, n_observations: int = 2) -> tuple:
    """The i-th transition: each of its parts can be told from i, and no two agree."""
    return [i + 0.25] * n_observations, i % 3, float(-i), [i + 0.75] * n_observations, i % 5 == 0


def filled(capacity: int, pushes: int) -> ReplayMemory:
    memory = ReplayMemory(capacity, n_observations=2)
    for column in memory.storage:
        column.fill_(float("nan") if column.is_floating_point() else column.dtype == torch.bool or -99)
    for i in range(pushes):
        memory.push(*transition(i))
    return memory


def numbers(batch: Batch) -> list[int]:
    """Which transitions a batch holds, after seeing that every part belongs to the same one."""
    found = [round(-reward) for reward in batch.rewards.tolist()]
    for row, i in enumerate(found):
        observation, action, reward, next_observation, terminated = transition(i)
        assert batch.observations[row].tolist() == observation
        assert batch.actions[row] == action
        assert batch.rewards[row] == reward
        assert batch.next_observations[row].tolist() == next_observation
        assert batch.terminated[row] == terminated
    return found


@settings(deadline=None, max_examples=60)
@given(capacity=st.integers(1, 12), pushes=st.integers(1, 40), seed=st.integers(0, 99))
def test_samples_are_whole_and_among_the_newest(capacity, pushes, seed):
    memory = filled(capacity, pushes)
    held = min(capacity, pushes)
    assert len(memory) == held
    generator = torch.Generator().manual_seed(seed)
    for size in (1, held):
        assert set(numbers(memory.sample(size, generator))) <= set(range(pushes - held, pushes))


@settings(deadline=None, max_examples=40)
@given(capacity=st.integers(1, 10), pushes=st.integers(0, 35))
def test_the_next_transition_overwrites_the_oldest(capacity, pushes):
    memory = filled(capacity, pushes)
    for slot in range(len(memory)):
        newest_there = max(i for i in range(pushes) if i % capacity == slot)
        assert memory.storage.rewards[slot] == -newest_there


@settings(deadline=None, max_examples=60)
@given(old=st.integers(1, 10), new=st.integers(1, 14), pushes=st.integers(0, 30), more=st.integers(0, 20))
def test_a_restored_memory_goes_on_with_the_newest(old, new, pushes, more):
    saved = filled(old, pushes)
    memory = filled(new, 0)
    rows = memory.restore(Batch(*(column[: len(saved)] for column in saved.storage)), saved.pushed)
    kept = min(len(saved), new)
    assert len(memory) == len(rows) == kept
    assert torch.equal(memory.storage.rewards[:kept], saved.storage.rewards[rows])
    assert new == old or rows.tolist() == [i % old for i in range(pushes - kept, pushes)], "the oldest first"
    expected = list(range(pushes - kept, pushes))
    if kept:
        assert sorted(numbers(Batch(*(column[:kept] for column in memory.storage)))) == expected
    for i in range(pushes, pushes + more):
        memory.push(*transition(i))
        expected = [*expected, i][-new:]
        assert sorted(numbers(Batch(*(column[: len(memory)] for column in memory.storage)))) == expected


def test_a_restored_memory_of_the_same_size_has_the_same_slots():
    saved = filled(7, 17)
    memory = filled(7, 0)
    memory.restore(saved.storage, saved.pushed)
    assert memory.pushed == 17
    for column, original in zip(memory.storage, saved.storage, strict=True):
        assert torch.equal(column, original)


def test_every_slot_is_sampled_about_equally_often():
    memory = filled(10, 25)
    counts = torch.zeros(25)
    for _ in range(1_000):
        for i in numbers(memory.sample(5, GENERATOR)):
            counts[i] += 1
    assert (counts[:15] == 0).all()
    assert counts[15:].min() > 400  # 500 expected, with a deviation of 21
    assert counts[15:].max() < 600


GENERATOR = torch.Generator().manual_seed(0)


def test_sampling_depends_on_the_generator_only():
    memory = filled(50, 50)
    torch.manual_seed(1)
    one = numbers(memory.sample(20, torch.Generator().manual_seed(3)))
    torch.manual_seed(2)
    two = numbers(memory.sample(20, torch.Generator().manual_seed(3)))
    assert one == two
    assert one != numbers(memory.sample(20, torch.Generator().manual_seed(4)))


def test_a_sample_is_a_copy():
    memory = filled(4, 4)
    batch = memory.sample(4)
    before = [column.clone() for column in batch]
    for i in range(4, 8):
        memory.push(*transition(i))
    assert all(torch.equal(column, old) for column, old in zip(batch, before, strict=True))


def test_shapes_and_types():
    batch = filled(10, 10).sample(3)
    shapes = [tuple(column.shape) for column in batch]
    assert shapes == [(3, 2), (3,), (3,), (3, 2), (3,)]
    assert [column.dtype for column in batch] == [torch.float32, torch.int64, torch.float32, torch.float32, torch.bool]


def test_a_million_cartpole_transitions_fit_in_50_mb():
    memory = ReplayMemory(1_000_000, n_observations=4)
    assert memory.nbytes <= 50e6
    assert sum(column.untyped_storage().nbytes() for column in memory.storage) == memory.nbytes
    assert "0 of 1,000,000 transitions" in repr(memory)


@pytest.mark.parametrize("size", [0, -1, 6])
def test_a_sample_must_fit(size):
    with pytest.raises(
        ValueError, match=f"batch_size={size} is not allowed: the memory holds 5 transitions.*push more"
    ):
        filled(10, 5).sample(size)


@pytest.mark.parametrize(("name", "arguments"), [("capacity", lambda x: (x, 4)), ("n_observations", lambda x: (10, x))])
@pytest.mark.parametrize("size", [0, -1, 2.5, True, "3"])
def test_sizes_must_be_whole_numbers_above_0(name, arguments, size):
    with pytest.raises(ValueError, match=f"{name}={size!r} is not allowed: {name} must be a whole number from 1 up"):
        ReplayMemory(*arguments(size))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("observations", lambda x: x[:, :1], r"of shape \(5, 1\).*of shape \(5, 2\)"),
        ("rewards", lambda x: x[:4], r"of shape \(4,\).*of shape \(5,\)"),
        ("terminated", lambda x: x.float(), r"torch.float32.*torch.bool"),
    ],
)
def test_columns_that_do_not_fit_are_not_restored(name, change, words):
    memory, saved = filled(9, 2), filled(5, 5).storage
    with pytest.raises(ValueError, match=f"{name} are .*{words}"):
        memory.restore(saved._replace(**{name: change(getattr(saved, name))}), 5)
    with pytest.raises(ValueError, match="pushed=-5 is not allowed: pushed must be a whole number from 5 up"):
        memory.restore(saved, -5)
    assert memory.pushed == 2


@pytest.mark.parametrize("wrong", [[1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]], 1.0])
def test_an_observation_of_another_shape_is_refused_and_nothing_is_changed(wrong):
    memory = filled(3, 7)
    before = sorted(numbers(memory.storage))
    for bad in ((wrong, 0, 0.0, [1.0, 2.0], False), ([1.0, 2.0], 0, 0.0, wrong, False)):
        with pytest.raises(ValueError, match=r"holds observations of shape \(2,\), and got"):
            memory.push(*bad)
    assert sorted(numbers(memory.storage)) == before
    assert memory.pushed == 7


@pytest.mark.parametrize("pushes", [2, 7], ids=["not yet full", "full"])
def test_a_push_that_is_interrupted_anywhere_leaves_no_half_transition(pushes):
    interrupted = 0
    for line in range(60):
        memory = filled(3, pushes)
        interrupted += interrupt_at_line(line, memory, transition(pushes))
        held = numbers(Batch(*(column[: len(memory)] for column in memory.storage)))
        assert len(held) == min(pushes, 3)
        memory.push(*transition(pushes + 1))
        numbers(Batch(*(column[: len(memory)] for column in memory.storage)))
    assert interrupted > 15


def interrupt_at_line(number: int, memory: ReplayMemory, arguments: tuple) -> bool:
    """Push, and raise KeyboardInterrupt before the numbered line inside qlib.memory; say whether it came so far."""
    seen = 0

    def trace(frame, event, argument):
        nonlocal seen
        if not frame.f_code.co_filename.endswith("memory.py") or "test_" in frame.f_code.co_filename:
            return None
        if event == "line":
            seen += 1
            if seen == number + 1:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        memory.push(*arguments)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    memory.pushed -= 1  # not interrupted: the checks above expect the count before it
    return False


@pytest.mark.skipif(not is_present("cuda"), reason="this machine has no CUDA device")
def test_a_memory_on_the_gpu_gives_batches_there():
    memory = ReplayMemory(10, 2, device="cuda")
    for i in range(15):
        memory.push(*transition(i))
    batch = memory.sample(4, torch.Generator().manual_seed(0))
    assert all(column.device.type == "cuda" for column in batch)
    numbers(Batch(*(column.cpu() for column in batch)))
    assert memory.to("cpu").storage.rewards.device.type == "cpu"


def test_the_device_is_passed_on_to_every_tensor():
    assert {column.device.type for column in ReplayMemory(3, 2, device="meta").storage} == {"meta"}


BAD_ACTIONS = [-1, 3, 10**6, 10**30, 1.0, 0.5, True, None, "1", [1], np.array([0, 1]), np.float32(1), torch.tensor(1.5)]


@pytest.mark.parametrize("action", BAD_ACTIONS, ids=repr)
def test_an_action_that_the_environment_has_not_is_refused_and_nothing_is_stored(action):
    memory = ReplayMemory(5, 2, n_actions=3)
    with pytest.raises(ValueError, match="is not allowed: action must be a whole number from 0 to 2"):
        memory.push([0, 0], action, 1.0, [0, 0], False)
    assert len(memory) == 0


@pytest.mark.parametrize("kind", [int, np.int8, np.uint8, np.int64, np.array, torch.tensor])
def test_an_action_may_be_a_whole_number_of_any_kind(kind):
    memory = ReplayMemory(5, 2, n_actions=3)
    for action in range(3):
        memory.push([0, 0], kind(action), 1.0, [0, 0], False)
    assert memory.storage.actions[:3].tolist() == [0, 1, 2]


def test_a_memory_that_knows_no_actions_takes_any_from_0_up():
    memory = ReplayMemory(5, 2)
    memory.push([0, 0], 10**6, 1.0, [0, 0], False)
    with pytest.raises(ValueError, match="action=-1 is not allowed: action must be a whole number from 0 up"):
        memory.push([0, 0], -1, 1.0, [0, 0], False)


@pytest.mark.parametrize("replay", ["uniform", "prioritized"])
def test_an_agents_memory_knows_its_actions(replay):
    agent = QAgent(Settings(replay=replay))
    with pytest.raises(ValueError, match=r"action=2 is not allowed.*from 0 to 1"):
        agent.remember(np.zeros(4), 2, 1.0, np.zeros(4), False)
    assert agent.steps == len(agent.memory) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e39, -1e300])
@pytest.mark.parametrize("place", [0, 2, 3], ids=["observation", "reward", "next observation"])
@pytest.mark.filterwarnings("error")
def test_a_number_that_is_not_finite_as_float32_is_refused(place, bad):
    memory, transition = filled(3, 5), [[1.0, 2.0], 0, 0.0, [1.0, 2.0], False]
    transition[place] = bad if place == 2 else [0.0, bad]
    with pytest.raises(ValueError, match=r"finite as float32, which ends at 3.4e38"):
        memory.push(*transition)
    assert sorted(numbers(memory.storage)) == [2, 3, 4]


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("actions", 3, "action=tensor.3. is not allowed.*0 to 2"),
        ("actions", -1, "action=tensor.-1. is not allowed.*0 to 2"),
        ("rewards", math.inf, "rewards are not all finite"),
        ("observations", math.nan, "^observations are not all finite"),
        ("next_observations", -math.inf, "next_observations are not all finite"),
        ("terminated", torch.tensor(7, dtype=torch.uint8).view(torch.bool), "terminated are not all True or False"),
    ],
)
def test_what_push_refuses_is_not_restored(name, row, words):
    memory, saved = ReplayMemory(9, 2, n_actions=3), filled(5, 5).storage
    if name == "terminated":
        saved.terminated.view(torch.uint8)[4] = 7
    else:
        getattr(saved, name)[4] = row
    with pytest.raises(ValueError, match=words):
        memory.restore(saved, 5)
    assert len(memory) == 0 and not memory.storage.observations.any()


@pytest.mark.parametrize("pushed", [4, 2**63, 10**30, 5.0, True])
def test_a_memory_cannot_have_got_fewer_than_it_holds_nor_more_than_can_be_counted(pushed):
    with pytest.raises(ValueError, match=r"pushed=.* is not allowed: pushed must be a whole number from 5 up"):
        ReplayMemory(9, 2).restore(filled(5, 5).storage, pushed)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_sizes_may_be_numpys(kind):
    memory = ReplayMemory(kind(100), kind(2), kind(3))
    for i in range(130):
        memory.push(*transition(i))
    assert sorted(numbers(memory.storage)) == list(range(30, 130))
    assert len(memory.sample(kind(5)).actions) == 5


def test_a_memory_larger_than_the_machines_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: FreeMemory)
    with pytest.raises(
        ValueError, match=r"memory_size.=1000000000 is not allowed: it would take 45.0 GB.*16.0 GB free"
    ):
        ReplayMemory(10**9)
    with pytest.raises(ValueError, match=r"capacity=1000000.* fit 64 bits"):
        ReplayMemory(10**30)
    assert ReplayMemory(10**7).nbytes == 450e6


class FreeMemory:
    available = 16e9


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's count of pages")
def test_a_memory_takes_no_room_before_it_is_filled():
    process = psutil.Process()
    before = process.memory_info().rss
    memory = ReplayMemory(10**7)
    memory.push([1.0] * 4, 0, 1.0, [1.0] * 4, False)
    assert memory.sample(1).rewards == 1
    assert process.memory_info().rss - before < 50e6


@pytest.mark.parametrize("n_actions", [0, -1, 1.5, "two"])
def test_the_number_of_actions_is_a_whole_number(n_actions):
    with pytest.raises(ValueError, match=r"n_actions=.* is not allowed"):
        ReplayMemory(5, 2, n_actions)


def test_the_largest_float32_may_be_stored_and_no_larger():
    memory, largest = ReplayMemory(5, 1), float(np.finfo(np.float32).max)
    memory.push([largest], 0, -largest, [-largest], False)
    assert memory.storage.rewards[0] == -largest
    with pytest.raises(ValueError, match="Nothing was stored"):
        memory.push([0.0], 0, largest * 1.01, [0.0], False)
    assert len(memory) == 1


def test_an_interrupt_in_a_push_goes_on_and_leaves_a_whole_row_that_does_not_count(monkeypatch):
    memory = filled(3, 3)
    write, calls = ReplayMemory._write, []

    def interrupted(self, slot, values):
        calls.append(slot)
        if len(calls) == 1:
            self.storage.observations[slot] = 99.0
            raise KeyboardInterrupt
        write(self, slot, values)

    monkeypatch.setattr(ReplayMemory, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        memory.push(*transition(3))
    assert calls == [0, 0] and memory.pushed == 3
    np.testing.assert_array_equal(memory.storage.observations[0], transition(3)[0])


def test_moved_to_another_device_it_is_there_and_returns_itself():
    memory = ReplayMemory(5, 2)
    assert memory.to("meta") is memory
    assert {column.device.type for column in memory.storage} == {"meta"}


def test_a_byte_of_two_is_no_truth():
    memory, saved = ReplayMemory(9, 2), filled(5, 5).storage
    saved.terminated.view(torch.uint8)[1] = 2
    with pytest.raises(ValueError, match="bytes other than 0 and 1"):
        memory.restore(saved, 5)


def test_what_was_pushed_is_counted_in_pythons_numbers():
    memory = ReplayMemory(5, 2)
    memory.restore(filled(5, 5).storage, np.int64(7))
    assert type(memory.pushed) is int and memory.pushed == 7


def test_it_says_its_size():
    assert "0 of 100,000 transitions, 4.5 MB on cpu" in repr(ReplayMemory(100_000))


class Elsewhere(torch.Tensor):
    """Stands in for a tensor of another device, which NumPy cannot write."""

    is_cpu = False

    def numpy(self):
        raise TypeError("can't convert a tensor of another device to numpy")


def test_what_is_pushed_to_another_device_is_written_there():
    memory = filled(3, 0)
    memory.storage = Batch(*(column.as_subclass(Elsewhere) for column in memory.storage))
    for i in range(5):
        memory.push(*transition(i))
    assert numbers(Batch(*(column.as_subclass(torch.Tensor) for column in memory.storage))) == [3, 4, 2]
