"""Train an agent in a background thread, at a speed that eyes can follow, and keep what it was on the way."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable

from qlib.core.agent import QAgent
from qlib.core.demands import demand_whole
from qlib.core.environment import Stick, make_env
from qlib.core.rules import learning_rate
from qlib.core.training import Episode, train
from qlib.engine.takeover import is_compiled
from qlib.show.demo import Demo, demonstrate, film, is_cart
from qlib.show.job import Job
from qlib.show.snapshots import Snapshots

SPEEDS: dict[str, float | None] = {"to watch": 30.0, "faster": 10.0, "as fast as it can": None}  # seconds a run
FASTEST = "as fast as it can"
COMPILING = "the first update is compiled, once on this machine: some ten seconds"


class TrainingJob(Job):
    """Trains an agent.

    After its end, `start` trains as long again; after Stop, for the rest. The episode that Stop cut off does not count.

    Attributes:
        agent: the agent; Stop and errors leave it as it is.
        history: an Episode for each episode that ended.
        values: the highest action value in one start state after each of these episodes.
        steps_now: steps in the episode under way.
        snapshots: what the agent was at moments of the training.
        demo: the latest demonstration of an agent that snapshots cannot tell of, or None.
        compiles: whether this machine has compiled nothing yet, so that the first update takes a while.
        held_epsilon: the chance of a random action that is held against the schedule; None: the schedule decides.

    Args:
        agent: the agent to train.
        steps: the run's length in environment steps; None: `agent.settings.episodes` episodes.
        report: as `Job` takes it.
        demos: whether to play the greedy policy now and then where the page cannot.
        speed: one of `SPEEDS`; it may change at any time.

    Raises:
        ValueError: if there is no such speed.
    """

    every = 0.125  # eight pictures a second look alive and cost little

    def __init__(
        self,
        agent: QAgent,
        steps: int | None = None,
        report: Callable[[TrainingJob], None] = lambda job: None,
        demos: bool = True,
        speed: str = FASTEST,
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
        self.snapshots = Snapshots(agent)
        self.snapshots.take(agent)
        self._demos = demos and not self.snapshots.network
        self._next_demo = 0.0
        self.compiles = agent.settings.compiled and not is_compiled(agent.image is not None)
        self._goal = self._length = settings.episodes if steps is None else steps
        self.set_speed(speed)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest of the run takes at the pace of late; None while nobody can tell."""
        began, done_then = self._began
        spent, done = time.monotonic() - began, self._done() - done_then
        if self.state != "running" or spent < 0.5 or done == 0:  # a shorter look would promise anything
            return None
        return max(0, self._goal - self._done()) * spent / done

    def copied(self) -> tuple[list[Episode], list[float]]:
        """Copy the record of what happened so far: an Episode and a value for each episode."""
        return list(self.history), list(self.values)

    def look_back(self, record: tuple[list[Episode], list[float]] | None) -> None:
        """Show an agent that was loaded: its own record, if it is at hand, and one episode of its greedy policy."""
        if record is not None:
            self.history, self.values = list(record[0]), list(record[1])
        self._demonstrate()

    def set_speed(self, speed: str) -> None:
        """Let a whole run take as many seconds as `SPEEDS` says, from now on."""
        if speed not in SPEEDS:
            raise ValueError(f"speed={speed!r} is not allowed: choose one of {', '.join(map(repr, SPEEDS))}.")
        self.speed = speed
        self._began = time.monotonic(), self._done()

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
        self._goal = self._length * (self._done() // self._length + 1)
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
        self._dawdle()
        if self.held_epsilon is not None:  # it may have fallen with the step
            self.agent.epsilon = self.held_epsilon
        self.snapshots.take(self.agent)
        if time.monotonic() >= self._next_demo:
            self._demonstrate()

    def _dawdle(self) -> None:
        """Wait for the moment at which this step is due at the chosen speed."""
        while (whole := SPEEDS[self.speed]) is not None:
            began, done_then = self._began
            wait = began + whole * (self._done() - done_then) / self._length - time.monotonic()
            if wait <= 0:
                return
            time.sleep(min(wait, 0.02))
            self._obey()

    def _end(self) -> None:
        self._demonstrate()

    def _enter(self, state: str) -> None:
        if state == "running":
            self._began = time.monotonic(), self._done()
        else:
            self.snapshots.take(self.agent, now=True)
        super()._enter(state)

    def _demonstrate(self) -> None:
        if self._demos:
            show = demonstrate if is_cart(self.agent.settings) else film
            self.demo = show(self.agent, seed=2_000_000 + len(self.history))
            self._next_demo = time.monotonic() + self.demo.seconds

    def _done(self) -> int:
        return self.agent.episodes if self.steps is None else self.agent.steps


def standing(job: TrainingJob, more: bool = False) -> str:
    """Say in one line where a training stands; with `more`, also where a learning rate stands that falls."""
    agent, history = job.agent, job.history
    if job.error is not None:
        words = [f"Training ended: {job.error} The agent and its history are still here."]
    elif job.state == "ready" and not agent.episodes:
        words = ["An untrained agent. Press Train."]
    elif job.compiles and not agent.updates and job.state == "running":
        words = [
            f"{agent.steps:,} steps in all",
            "the first update is compiled, once on this machine: some ten seconds",
        ]
    else:
        going = job.state in ("running", "paused")
        best = ""
        if history:
            cart = is_cart(agent.settings)
            best = f", longest {max(e.steps for e in history)}" if cart else f", best {max(e.score for e in history):g}"
        words = [f"episode {agent.episodes + 1:,}", f"{job.steps_now} steps now{best}"]
        if not going:
            words = [job.state, f"{agent.episodes:,} episodes{best}"]
        words += [f"epsilon {agent.epsilon:.2f}", f"{agent.steps:,} steps in all"]
        if more and agent.settings.learning_rate_end is not None:
            words.append(f"learning rate {learning_rate(agent.settings, agent.steps):.1e}, falling")
        left = job.seconds_left
        if job.state == "paused":
            words.append("paused")
        elif left is not None:
            words.append(f"{left:.0f} s left")
    if job.refused is not None:
        words.append(f"the last change failed: {job.refused}")
    return " · ".join(words)
