"""Work in a background thread that obeys between two steps: start, pause, change, stop."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

_workers: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End the threads before Python takes their ground away."""
    for worker in list(_workers):
        worker.close()


class _Stopped(Exception):
    """Leaves the work between two steps."""


class Worker:
    """One background thread at most; every method returns at once, and the thread obeys between two steps.

    A subclass does its work in `_work`, which calls `_obey` between two steps, and says its last word in `_end`.

    Attributes:
        state: "ready", "running", "paused", "stopped", "finished" or "failed".
        alive: whether the thread is there, running or paused.
        error: what ended the work if it failed, or None.
        refused: what the latest change raised, or None.

    Args:
        report: called without arguments in the thread at each change of state.
    """

    def __init__(self, report: Callable[[], None]) -> None:
        self.state = "ready"
        self.alive = False
        self.error: Exception | None = None
        self.refused: Exception | None = None
        self._report = report
        self._wanted = "stopped"  # what the person at the panel wants: "running", "paused" or "stopped"
        self._lock = threading.RLock()  # an order either reaches the thread or finds that it is gone
        self._changes: deque[Callable[[], Any]] = deque()
        self._thread: threading.Thread | None = None
        _workers.add(self)

    def start(self) -> None:
        """Work, or go on after pause, stop or the end."""
        with self._lock:
            self._wanted = "running"  # a thread that is about to end reads this and goes on
            if not self.alive:
                self._thread = threading.Thread(target=self._run, name="qlib training", daemon=True)
                self._thread.start()
                self.alive = True

    def pause(self) -> None:
        """Wait before the next step."""
        with self._lock:
            if self._wanted == "running":
                self._wanted = "paused"

    def stop(self) -> None:
        """End before the next step."""
        self._wanted = "stopped"

    def close(self) -> None:
        """Stop, report nothing more, and wait for the thread's end."""
        self._report = lambda: None
        self.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)

    async def finished(self) -> None:
        """Wait for the end; starts what nobody started and goes on with what is paused.

        Interrupting the kernel stops the work and keeps what it has done.

        Raises:
            DivergedError, ValueError: what ended the work, if it failed.
        """
        if self.state == "ready" or self._wanted == "paused":
            self.start()
        try:
            while self.alive:
                await asyncio.sleep(0.05)
        except BaseException:
            self.stop()
            raise
        if self.error is not None:
            raise self.error

    def change(self, action: Callable[[], Any]) -> None:
        """Call `action` between two steps, or at once if no thread is there; `refused` keeps what it raises."""
        with self._lock:
            self._changes.append(action)
            if not self.alive:
                self._apply_changes()

    def _work(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        """Called when the work has stopped or finished, before its state says so."""

    def _resume(self) -> None:
        """Called when the work goes on after a pause."""

    def _run(self) -> None:
        going = True
        while going:
            self._run_once()
            with self._lock:
                self._apply_changes()
                going = self.alive = self._wanted != "stopped"

    def _run_once(self) -> None:
        self.error = None
        try:
            self._enter("running")
            try:
                self._work()
                end = "finished"
            except _Stopped:
                end = "stopped"
            self._end()
        except Exception as error:  # whatever it is, the person at the panel must see it
            self.error, end = error, "failed"
        if end != "stopped":  # after Stop the wish may be to go on already
            with self._lock:
                self._wanted = "stopped"
        self._enter(end)

    def _obey(self) -> None:
        self._apply_changes()
        if self._wanted == "paused":
            self._enter("paused")
            while self._wanted == "paused":
                time.sleep(0.02)
                self._apply_changes()
            if self._wanted == "running":
                self._resume()
                self._enter("running")
        if self._wanted == "stopped":
            raise _Stopped

    def _enter(self, state: str) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        try:
            self._report()
        except Exception as error:  # a picture that fails is no reason to lose the work
            warnings.warn(f"The work goes on, but its report failed: {error!r}", RuntimeWarning, stacklevel=2)

    def _apply_changes(self) -> None:
        while self._changes:
            before, self.refused = self.refused, None
            try:
                self._changes.popleft()()
            except Exception as error:
                self.refused = error
            if self.refused is not before:
                self._tell()
