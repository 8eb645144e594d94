"""What an update is guarded from: Ctrl-C in its middle, threads that change its rounding, numbers that slow it."""

from __future__ import annotations

# The public module's functions turn numbers into enums, which takes five times as long as the rest of this file.
import _signal
import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import torch

_MAIN = threading.main_thread().ident
_outer: HeldBack | None = None


class HeldBack:
    """Hold Ctrl-C back within a `with` block: it comes at the block's end, or where `check` is called.

    Pressed a second time it comes at once, for a block that does not end. Only the main thread is ever interrupted,
    so in other threads, and within another such block, this does nothing.

    Attributes:
        pressed: whether a Ctrl-C is held back; set it to False to take care of it yourself.
    """

    __slots__ = ("_handler", "pressed")

    def __enter__(self) -> HeldBack:
        global _outer
        self.pressed = False
        self._handler: Any = None
        if threading.get_ident() == _MAIN and _outer is None:
            handler = _signal.getsignal(_signal.SIGINT)
            if callable(handler):
                self._handler = handler
                _signal.signal(_signal.SIGINT, self._press)
                _outer = self
        return self

    def check(self) -> None:
        """Let a Ctrl-C through that was held back."""
        if self.pressed:
            self.pressed = False
            self._handler(_signal.SIGINT, None)

    def __exit__(self, *error: object) -> None:
        global _outer
        if self._handler is not None:
            _outer = None
            _signal.signal(_signal.SIGINT, self._handler)
            self.check()

    def _press(self, number: int, frame: Any) -> None:
        if self.pressed:
            self.check()
        self.pressed = True


class LastGood:
    """The numbers of networks as they were before the last step, for when that step was one too far."""

    def __init__(self) -> None:
        self._copies: list[torch.Tensor] = []

    def keep(self, state: Sequence[torch.Tensor]) -> None:
        """Copy what a step is about to change, into the same place: new memory takes as long again."""
        if [copy.shape for copy in self._copies] != [tensor.shape for tensor in state]:
            self._copies = [torch.empty_like(tensor) for tensor in state]
        for copy, tensor in zip(self._copies, state, strict=True):
            copy.copy_(tensor)

    def put_back(self, state: Sequence[torch.Tensor]) -> None:
        """Write the copies back; before the first step there are none."""
        for tensor, copy in zip(state, self._copies, strict=False):
            tensor.copy_(copy)


@contextlib.contextmanager
def no_denormals(needed: bool = True) -> Iterator[None]:
    """Take numbers below 1.2e-38 for 0, on this thread, if `needed`: a processor takes many times as long for each.

    Pixels that are mostly 0 leave Adam's averages of half of all weights to fall until they are that small.
    """
    if not needed:
        yield
        return
    before = float(torch.tensor(1e-39) * 1) == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: networks this small only wait for a second one, and rounding would depend on it."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
