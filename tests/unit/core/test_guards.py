"""Ctrl-C waits for the end of what it must not cut in two, and an update computes on one thread."""

import dataclasses
import os
import random
import signal
import threading

import pytest
import torch

import qlib
from qlib.core.guards import HeldBack, LastGood, no_denormals, one_thread


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_it_comes_at_the_end_of_the_outermost_block():
    done = []
    with pytest.raises(KeyboardInterrupt), HeldBack():
        with HeldBack():
            press()
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_comes_where_the_block_lets_it_through():
    done = []
    with pytest.raises(KeyboardInterrupt), HeldBack() as ctrl_c:
        ctrl_c.check()
        press()
        done.append("step")
        ctrl_c.check()
        done.append("never")
    assert done == ["step"]


def test_pressed_twice_it_comes_at_once():
    done = []
    with pytest.raises(KeyboardInterrupt), HeldBack():
        press()
        done.append("once")
        press()
        done.append("never")
    assert done == ["once"]


def test_whoever_takes_care_of_it_is_not_interrupted():
    with HeldBack() as ctrl_c:
        press()
        assert ctrl_c.pressed
        ctrl_c.pressed = False


def test_an_error_in_the_block_leaves_the_handler_as_it_was():
    with pytest.raises(ZeroDivisionError), HeldBack():
        1 / 0  # noqa: B018
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_it_does_nothing():
    handlers = []

    def work():
        with HeldBack():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_one_thread_is_for_the_block_only():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


KINDS = {
    "compiled": {},
    "readable": {"compiled": False},
    "prioritized": {"replay": "prioritized"},
    "hard target": {"target_network": "hard", "target_every": 7},
    "batch norm": {"network": "batch_norm"},
}


def agrees(agent: qlib.QAgent) -> bool:
    counted = {int(state["step"]) for state in agent.optimizer.state.values()}
    return counted <= {agent.updates} and agent.memory.pushed == agent.steps


@pytest.mark.parametrize("kind", KINDS)
def test_interrupted_at_any_time_training_is_between_two_steps(kind):
    """Eight real signals a kind, at moments drawn from a seed; the counts of updates and steps agree each time."""
    moments = random.Random(kind)
    settings = dataclasses.replace(qlib.RECOMMENDED, hidden=(16,), learning_starts=64, memory_size=2_000, **KINDS[kind])
    list(qlib.train(qlib.QAgent(settings), steps=100))  # imports and compiling, which take their own time
    for seed in range(8):
        agent = qlib.QAgent(settings, seed)
        timer = threading.Timer(moments.uniform(0.01, 0.3), press)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            for _ in qlib.train(agent, steps=10**6):
                pass
        timer.join()
        assert agrees(agent)
        for _ in qlib.train(agent, episodes=1):
            pass
        assert agrees(agent), "and it goes on"


def test_the_smallest_numbers_are_0_within_the_block_only():
    small = torch.tensor([1e-39])
    with no_denormals():
        assert (small * 1).item() == 0
    assert (small * 1).item() > 0
    with no_denormals(needed=False):
        assert (small * 1).item() > 0
    torch.set_flush_denormal(True)
    try:
        with no_denormals():
            pass
        assert (small * 1).item() == 0, "as it was before"
    finally:
        torch.set_flush_denormal(False)


def test_the_last_good_numbers_are_put_back_and_before_there_are_any_nothing_changes():
    weights, good = [torch.ones(3), torch.zeros(2, 2)], LastGood()
    good.put_back(weights)
    assert weights[0].tolist() == [1, 1, 1]
    good.keep(weights)
    for tensor in weights:
        tensor.fill_(float("nan"))
    good.put_back(weights)
    assert weights[0].tolist() == [1, 1, 1] and weights[1].sum() == 0
    other = [torch.full((5,), 2.0)]
    good.keep(other)  # another network took its place
    other[0].zero_()
    good.put_back(other)
    assert other[0].tolist() == [2] * 5
