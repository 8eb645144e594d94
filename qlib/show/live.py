"""Training in the background: an agent that can be watched and changed while it learns."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import Stick, make_env
from qlib.core.training import Episode, train
from qlib.show.demonstration import Demo, demonstrate
from qlib.show.worker import Worker

REPORT_EVERY = 0.125  # seconds: eight pictures a second look alive and cost little


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


class TrainingSession(Worker):
    """Trains an agent in one background thread, which may be paused, changed and stopped: see `Worker`.

    After its end, `start` trains as long again; after Stop, the episode that was under way does not count.

    Attributes:
        agent: the agent; Stop and errors leave it as it is.
        history: an Episode for each episode that ended.
        values: the highest action value in one start state after each of these episodes.
        demo: the latest demonstration, or None.
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
        super().__init__(lambda: report(self))
        self.agent = agent
        self.steps = steps
        self.history: list[Episode] = []
        self.values: list[float] = []
        self.demo: Demo | None = None
        self.held_epsilon: float | None = None
        self.seconds_left: float | None = None
        settings = agent.settings
        bare = make_env(dataclasses.replace(settings, stick=None))
        self._stick = Stick(bare, settings.stick, settings.stick_at_time_limit)
        self._env = _Watched(self._stick, self._before_step)
        self._start_state = bare.reset(seed=0)[0]
        self._demo_env = gym.make(settings.env_id) if demos and settings.env_id.startswith("CartPole") else None
        self._next_demo = self._next_report = 0.0

    @property
    def steps_now(self) -> int:
        """Steps in the episode under way."""
        return self._env.steps

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

    def _work(self) -> None:
        torch.set_num_threads(1)  # per thread; these networks are too small to share among cores
        self._goal = self._next_goal()
        self._resume()
        for episode in train(self.agent, steps=sys.maxsize, env=self._env):
            self.history.append(episode)
            self.values.append(float(self.agent.q_values(self._start_state).max()))
            if self.held_epsilon is not None:
                self.agent.epsilon = self.held_epsilon
            if self._done() >= self._goal:
                break

    def _resume(self) -> None:
        self._began = time.monotonic(), self._done()

    def _end(self) -> None:
        self._show(last=True)

    def _before_step(self) -> None:
        self._obey()
        if time.monotonic() >= self._next_report:
            self._show()

    def _show(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._demo_env is not None and (last or now >= self._next_demo):
            self.demo = demonstrate(self.agent, self._demo_env, seed=2_000_000 + len(self.history))
            self._next_demo = now + self.demo.seconds
        began, done = self._began
        if last:
            self.seconds_left = None
        elif self._done() > done and now - began > 0.5:  # a shorter look would promise anything
            left = max(0, self._goal - self._done())
            self.seconds_left = left * (now - began) / (self._done() - done)
        self._tell()
        self._next_report = time.monotonic() + REPORT_EVERY

    def _done(self) -> int:
        return self.agent.episodes if self.steps is None else self.agent.steps

    def _next_goal(self) -> int:
        length = self.agent.settings.episodes if self.steps is None else self.steps
        return length * (self._done() // length + 1)
