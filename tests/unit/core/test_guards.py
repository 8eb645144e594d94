"""Ctrl-C waits for the end of what it must not cut in two, and an update computes on one thread."""

import os
import signal
import threading

import pytest
import torch

from qlib.core.guards import HeldBack, one_thread


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
