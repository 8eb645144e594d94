"""Work in a background thread that obeys between two steps: the thread, and what it does to measure a comparison."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from qlib.study.compare import Variant, measure
from qlib.study.diagnostics import Diagnostic
from qlib.study.result import Comparison

_jobs: weakref.WeakSet[Job] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End the threads before Python takes their ground away."""
    for job in list(_jobs):
        job.close()


class _Stopped(BaseException):
    """Leaves the work between two steps; no Exception, so that nobody on the way takes it for a failure."""


class Job:
    """One background thread at most; every method returns at once, and the thread obeys between two steps.

    A subclass does its work in `_work`, which calls `_obey` between two steps, and has its last word in `_end`.

    Attributes:
        state: "ready", "running", "paused", "stopped", "finished" or "failed".
        alive: whether the thread is there, running or paused.
        error: what ended the work if it failed, or None.
        refused: what the latest change raised, or None.
        every: seconds between two reports while nothing else happens.

    Args:
        report: called with the job, in the thread, now and then and at each change of state.
    """

    every = 0.4

    def __init__(self, report: Callable[[Any], None]) -> None:
        self.state = "ready"
        self.alive = False
        self.error: Exception | None = None
        self.refused: Exception | None = None
        self._report = report
        self._next_report = 0.0
        self._wanted = "stopped"  # what the person at the panel wants: "running", "paused" or "stopped"
        self._lock = threading.RLock()  # an order either reaches the thread or finds that it is gone
        self._changes: deque[Callable[[], Any]] = deque()
        self._thread: threading.Thread | None = None
        _jobs.add(self)

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
        self._report = lambda job: None
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

    def _run(self) -> None:
        torch.set_num_threads(1)  # of this thread alone; these networks are too small to share among cores
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
        """Do what was asked for meanwhile, and report now and then."""
        self._apply_changes()
        if self._wanted == "paused":
            self._enter("paused")
            while self._wanted == "paused":
                time.sleep(0.02)
                self._apply_changes()
            if self._wanted == "running":
                self._enter("running")
        if self._wanted == "stopped":
            raise _Stopped
        if time.monotonic() >= self._next_report:
            self._tell()

    def _enter(self, state: str) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        try:
            self._report(self)
        except Exception as error:  # a picture that fails is no reason to lose the work
            warnings.warn(f"The work goes on, but its report failed: {error!r}", RuntimeWarning, stacklevel=2)
        self._next_report = time.monotonic() + self.every

    def _apply_changes(self) -> None:
        while self._changes:
            before, self.refused = self.refused, None
            try:
                self._changes.popleft()()
            except Exception as error:
                self.refused = error
            if self.refused is not before:
                self._tell()


class MeasuringJob(Job):
    """Measures a variant, labelled "run".

    After Stop or the end, `start` measures from the beginning.

    Attributes:
        result: what is known so far, or None.
        steps: environment steps that each agent has taken.

    Args:
        variant, seeds, steps, diagnostics: as `measure` takes them.
        report: as `Job` takes it, and called with each result.
    """

    def __init__(
        self,
        variant: Variant,
        seeds: int,
        steps: int,
        diagnostics: Sequence[str | Diagnostic],
        report: Callable[[MeasuringJob], None],
    ) -> None:
        super().__init__(report)
        self.result: Comparison | None = None
        self.steps = 0
        work = partial(measure, {"run": variant}, seeds, steps, diagnostics=diagnostics)
        self._measure = partial(work, before_step=self._before_step, in_exams=self._obey)
        self._measure()  # measures nothing, but refuses at once what cannot be measured

    def _work(self) -> None:
        self.result, self.steps = None, 0
        for result in self._measure():
            self.result = result
            self._tell()

    def _before_step(self) -> None:
        self._obey()
        self.steps += 1
