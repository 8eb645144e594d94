"""Work in a background thread that obeys between two steps: training an agent, or measuring a comparison."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import itertools
import sys
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.demands import demand_whole
from qlib.core.environment import Stick, make_env
from qlib.core.training import Episode, play, train
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


class TrainingJob(Job):
    """Trains an agent.

    After its end, `start` trains as long again; after Stop, for the rest. The episode that Stop cut off does not count.

    Attributes:
        agent: the agent; Stop and errors leave it as it is.
        history: an Episode for each episode that ended.
        values: the highest action value in one start state after each of these episodes.
        steps_now: steps in the episode under way.
        demo: the latest demonstration, or None.
        held_epsilon: the chance of a random action that is held against the schedule; None: the schedule decides.

    Args:
        agent: the agent to train.
        steps: the run's length in environment steps; None: `agent.settings.episodes` episodes.
        report: as `Job` takes it.
        demos: whether to show the greedy policy (CartPole only).
    """

    every = 0.125  # eight pictures a second look alive and cost little

    def __init__(
        self,
        agent: QAgent,
        steps: int | None = None,
        report: Callable[[TrainingJob], None] = lambda job: None,
        demos: bool = True,
    ) -> None:
        if steps is not None:
            demand_whole("steps", steps)
        super().__init__(report)
        self.agent = agent
        self.steps = steps
        self.history: list[Episode] = []
        self.values: list[float] = []
        self.steps_now = 0
        self.demo: Demo | None = None
        self.held_epsilon: float | None = None
        settings = agent.settings
        bare = make_env(dataclasses.replace(settings, stick=None))
        self._env = Stick(bare, settings.stick, settings.stick_at_time_limit)
        self._start_state = bare.reset(seed=0)[0]
        self._demos = demos and settings.env_id.startswith("CartPole")
        self._next_demo = 0.0
        self._goal = 0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest of the run takes at the pace of late; None while nobody can tell."""
        began, done_then = self._began
        spent, done = time.monotonic() - began, self._done() - done_then
        if self.state != "running" or spent < 0.5 or done == 0:  # a shorter look would promise anything
            return None
        return max(0, self._goal - self._done()) * spent / done

    def set_learning_rate(self, rate: float) -> None:
        """Hold the learning rate at a value; its own fall, if it had one, ends."""
        settings = dataclasses.replace(self.agent.settings, learning_rate=rate, learning_rate_end=None)
        self.agent.settings = settings
        self.agent.optimizer.param_groups[0]["lr"] = rate

    def set_stick(self, reward: float | None) -> None:
        """Change the reward of the step that ends an episode; None: the environment's own."""
        self.agent.settings = dataclasses.replace(self.agent.settings, stick=reward)
        self._env.reward = reward

    def hold_epsilon(self, epsilon: float | None) -> None:
        """Hold the chance of a random action; None: the schedule goes on from where it is."""
        self.held_epsilon = epsilon
        if epsilon is not None:
            self.agent.epsilon = epsilon

    def _work(self) -> None:
        length = self.agent.settings.episodes if self.steps is None else self.steps
        self._goal = length * (self._done() // length + 1)
        for episode in train(self.agent, steps=sys.maxsize, env=self._env, before_step=self._before_step):
            self.history.append(episode)
            self.values.append(float(self.agent.q_values(self._start_state).max()))
            if self.held_epsilon is not None:
                self.agent.epsilon = self.held_epsilon
            if self._done() >= self._goal:
                break

    def _before_step(self, step: int) -> None:
        self.steps_now = step
        self._obey()
        if time.monotonic() >= self._next_demo:
            self._demonstrate()

    def _end(self) -> None:
        self._demonstrate()

    def _enter(self, state: str) -> None:
        if state == "running":
            self._began = time.monotonic(), self._done()
        super()._enter(state)

    def _demonstrate(self) -> None:
        if self._demos:
            self.demo = demonstrate(self.agent, seed=2_000_000 + len(self.history))
            self._next_demo = time.monotonic() + self.demo.seconds

    def _done(self) -> int:
        return self.agent.episodes if self.steps is None else self.agent.steps


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


DEMO_LIMIT = 1_000  # steps: twice CartPole's own limit, and 20 s to watch


@dataclasses.dataclass(frozen=True)
class Demo:
    """One episode of the greedy policy, to be watched."""

    trained_steps: int
    """Environment steps that the agent had trained for."""
    trajectory: np.ndarray
    """Cart position (m) and pole angle (rad) at each moment, shape (steps + 1, 2)."""
    ending: str
    """How it ended, in words."""

    @property
    def seconds(self) -> float:
        """How long it takes to watch by CartPole's own clock, 0.02 s a step, with a rest after it."""
        return (len(self.trajectory) - 1) * 0.02 + 1.2


def demonstrate(agent: QAgent, seed: int) -> Demo:
    """Play one greedy episode of CartPole as an exam does: nothing is drawn from the agent's generator.

    Args:
        agent: it is not changed.
        seed: chooses the start.
    """
    moments = list(itertools.islice(play(agent.greedy, agent.settings, [seed]), DEMO_LIMIT + 1))
    path, last = np.array([moment.observations[0, [0, 2]] for moment in moments]), moments[-1]
    if last.terminated[0]:
        ending = "left the track" if abs(path[-1, 0]) > 2.4 else "the pole fell"
    elif last.truncated[0]:
        ending = "reached the time limit"
    else:
        ending = f"cut off here: this environment has not ended the episode after {DEMO_LIMIT:,} steps"
    return Demo(agent.steps, path, ending)
