"""Training in the background: a thread that can be watched, paused, changed and stopped between two steps."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import sys
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import torch

from qlib.agent import QAgent
from qlib.demonstration import Demo, demonstrate
from qlib.environment import Stick, make_env
from qlib.training import Episode, train

REPORT_EVERY = 0.125  # seconds: eight pictures a second look alive and cost little

_sessions: weakref.WeakSet[TrainingSession] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End the threads before Python takes their ground away."""
    for session in list(_sessions):
        session.close()


class _Stopped(Exception):
    """Leaves the training loop between two steps."""


class _Watched(gym.Wrapper):
    """Calls back before each step and each reset, and counts the steps of the episode."""

    def __init__(self, env: gym.Env, between_steps: Callable[[], None]) -> None:
        super().__init__(env)
        self.between_steps = between_steps
        self.steps = 0

    def reset(self, **kwargs: Any) -> tuple[Any, dict]:
        self.between_steps()
        self.steps = 0
        return self.env.reset(**kwargs)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict]:
        self.between_steps()
        self.steps += 1
        return self.env.step(action)


class TrainingSession:
    """Trains an agent in one background thread; every method returns at once and is obeyed between two steps.

    Attributes:
        state: "ready", "running", "paused", "stopped", "finished" or "failed".
        agent: the agent; Stop and errors leave it as it is.
        history: an Episode for each episode that ended.
        values: the highest action value in one start state after each of these episodes.
        demo: the latest demonstration, or None.
        error: what ended a run that failed, or None.
        refused: what the latest change raised, or None.
        alive: whether the thread is there, running or paused.
        held_epsilon: the chance of a random action that is held against the schedule; None: the schedule decides.

    Args:
        agent: the agent to train.
        steps: the run's length in environment steps; None: `agent.settings.episodes` episodes.
        report: called in the thread some eight times a second and at each change of state.
        demos: whether to show the greedy policy (CartPole only).
    """

    def __init__(
        self,
        agent: QAgent,
        steps: int | None = None,
        report: Callable[[TrainingSession], None] = lambda session: None,
        demos: bool = True,
    ) -> None:
        if steps is not None and steps < 1:
            raise ValueError(f"steps={steps!r} is not allowed: steps must be a whole number from 1 up, or None.")
        self.agent = agent
        self.steps = steps
        self.state = "ready"
        self.history: list[Episode] = []
        self.values: list[float] = []
        self.demo: Demo | None = None
        self.error: Exception | None = None
        self.refused: Exception | None = None
        self.alive = False
        self.held_epsilon: float | None = None
        self.seconds_left: float | None = None
        self._report = report
        self._wanted = "stopped"  # what the person at the panel wants: "running", "paused" or "stopped"
        self._lock = threading.RLock()  # a click either reaches the thread or finds that it is gone
        self._changes: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        settings = agent.settings
        bare = make_env(dataclasses.replace(settings, stick=None))
        self._stick = Stick(bare, settings.stick, settings.stick_at_time_limit)
        self._env = _Watched(self._stick, self._between_steps)
        self._start_state = bare.reset(seed=0)[0]
        self._demo_env = gym.make(settings.env_id) if demos and settings.env_id.startswith("CartPole") else None
        self._next_demo = self._next_report = 0.0
        _sessions.add(self)

    def start(self) -> None:
        """Train, or go on after pause, stop or the end; a run that reached its length gets as much again."""
        with self._lock:
            self._wanted = "running"  # a thread that is about to end reads this and goes on
            if not self.alive:
                self.alive = True
                self._thread = threading.Thread(target=self._run, name="qlib training", daemon=True)
                self._thread.start()

    def pause(self) -> None:
        """Wait before the next step."""
        with self._lock:
            if self._wanted == "running":
                self._wanted = "paused"

    def stop(self) -> None:
        """End before the next step; agent and history stay, the episode under way does not count."""
        self._wanted = "stopped"

    def close(self) -> None:
        """Stop, report nothing more, and wait for the thread's end."""
        self._report = lambda session: None
        self.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def steps_now(self) -> int:
        """Steps in the episode under way."""
        return self._env.steps

    async def finished(self) -> None:
        """Wait for the end; starts a run that nobody started and goes on with one that is paused.

        Interrupting the kernel stops the training and keeps agent and history.

        Raises:
            DivergedError, ValueError: what ended the run, if it failed.
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
        """Call `action` between two steps, or at once if no thread is training; `refused` keeps what it raises."""
        with self._lock:
            self._changes.append(action)
            if not self.alive:
                self._apply_changes()

    def set_learning_rate(self, rate: float) -> None:
        """Hold the learning rate at a value; its own fall, if it had one, ends."""
        settings = dataclasses.replace(self.agent.settings, learning_rate=rate, learning_rate_end=None)
        self.agent.settings = settings
        self.agent.optimizer.param_groups[0]["lr"] = rate

    def set_stick(self, reward: float | None) -> None:
        """Change the reward of the step that ends an episode; None: the environment's own."""
        self.agent.settings = dataclasses.replace(self.agent.settings, stick=reward)
        self._stick.reward = reward

    def hold_epsilon(self, epsilon: float | None) -> None:
        """Hold the chance of a random action; None: the schedule goes on from where it is."""
        self.held_epsilon = epsilon
        if epsilon is not None:
            self.agent.epsilon = epsilon

    def _run(self) -> None:
        torch.set_num_threads(1)  # per thread; these networks are too small to share among cores
        going = True
        while going:
            self._train()
            with self._lock:
                self._apply_changes()
                going = self.alive = self._wanted != "stopped"

    def _train(self) -> None:
        self.error = None
        try:
            self._began = time.monotonic(), self._done()
            self._goal = self._next_goal()
            self._enter("running")
            try:
                self._play()
                end = "finished"
            except _Stopped:
                end = "stopped"
            self.seconds_left = None
            self._show(last=True)
        except Exception as error:  # whatever it is, the person at the panel must see it
            self.error, end = error, "failed"
        if end != "stopped":  # after Stop the wish may be to go on already
            with self._lock:
                self._wanted = "stopped"
        self._enter(end)

    def _play(self) -> None:
        for episode in train(self.agent, steps=sys.maxsize, env=self._env):
            self.history.append(episode)
            self.values.append(float(self.agent.q_values(self._start_state).max()))
            if self.held_epsilon is not None:
                self.agent.epsilon = self.held_epsilon
            if self._done() >= self._goal:
                break

    def _between_steps(self) -> None:
        self._apply_changes()
        if self._wanted == "paused":
            self._enter("paused")
            while self._wanted == "paused":
                time.sleep(0.02)
                self._apply_changes()
            self._began = time.monotonic(), self._done()
            if self._wanted == "running":
                self._enter("running")
        if self._wanted == "stopped":
            raise _Stopped
        if time.monotonic() >= self._next_report:
            self._show()

    def _show(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._demo_env is not None and (last or now >= self._next_demo):
            self.demo = demonstrate(self.agent, self._demo_env, seed=2_000_000 + len(self.history))
            self._next_demo = now + self.demo.seconds
        began, done = self._began
        if not last and self._done() > done and now - began > 0.5:  # a shorter look would promise anything
            left = max(0, self._goal - self._done())
            self.seconds_left = left * (now - began) / (self._done() - done)
        self._tell()
        self._next_report = time.monotonic() + REPORT_EVERY

    def _enter(self, state: str) -> None:
        self.state = state
        self._tell()

    def _tell(self) -> None:
        try:
            self._report(self)
        except Exception as error:  # a picture that fails is no reason to lose the run
            warnings.warn(f"The training goes on, but its report failed: {error!r}", RuntimeWarning, stacklevel=2)

    def _apply_changes(self) -> None:
        while self._changes:
            self.refused = None
            try:
                self._changes.popleft()()
            except Exception as error:
                self.refused = error
                self._tell()

    def _done(self) -> int:
        return self.agent.episodes if self.steps is None else self.agent.steps

    def _next_goal(self) -> int:
        length = self.agent.settings.episodes if self.steps is None else self.steps
        return length * (self._done() // length + 1)
