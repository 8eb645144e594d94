"""The ring keeps the newest transitions in order, and sampling returns written ones only."""

import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qlib import Batch, ReplayMemory
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
    memory.restore(Batch(*(column[: len(saved)] for column in saved.storage)), saved.pushed)
    kept = min(len(saved), new)
    assert len(memory) == kept
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
    with pytest.raises(ValueError, match="pushed=-5 is not allowed: 5 transitions are there"):
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
