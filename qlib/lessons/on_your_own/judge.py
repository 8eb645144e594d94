"""The judge of the first two commissions: an agent is judged by what it does, and nobody looks at its code.

judge.cartpole(train)    # train(env, seed) gives a policy: an observation in, an action out
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from tqdm.auto import tqdm

from qlib.lessons import progress
from qlib.lessons.on_your_own import far
from qlib.lessons.on_your_own.apart import Apart, Failed
from qlib.lessons.on_your_own.far import Train
from qlib.lessons.on_your_own.symptoms import Course, symptom
from qlib.lessons.on_your_own.turned import Turn, turn
from qlib.show.said import wrapped


@dataclass(frozen=True)
class Commission:
    """A task: where, within which budget, and what counts as done."""

    env_id: str
    bar: float
    """The mean return over `starts` that a seed must reach."""
    steps: int
    """Environment steps of the training, on each seed."""
    seconds: float
    """Of the processor's time, for each seed, examination included."""
    needed: int
    """How many of the seeds must reach the bar."""
    unlike: tuple[int, int]
    """Which two numbers of an observation are never turned alike."""
    seeds: tuple[int, ...] = (1, 2, 3)
    starts: int = 40


CARTPOLE = Commission("CartPole-v1", 475, 30_000, 60, 2, unlike=(2, 3))  # angle and angular velocity
ACROBOT = Commission("Acrobot-v1", -100, 40_000, 120, 2, unlike=(4, 5))  # both angular velocities
MOUNTAIN_CAR = Commission("MountainCar-v0", -150, 100_000, 240, 2, unlike=(0, 1))  # place and velocity


@dataclass
class Tried:
    """How one seed went."""

    seed: int
    score: float = float("nan")  # mean return of the policy, over the examination's starts
    steps: int = 0  # environment steps that it took
    seconds: float = 0.0
    said: str = ""  # what ended it, or which instrument looks wrong


@dataclass(frozen=True)
class Judgement:
    """What was asked, how each seed went, and the number that repeats it."""

    commission: Commission
    number: int
    tried: list[Tried] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether as many seeds as needed reach the bar."""
        return sum(one.score >= self.commission.bar for one in self.tried) >= self.commission.needed

    def __repr__(self) -> str:
        asked = self.commission
        verdict = "✓ passed" if self.passed else "✗ not yet"
        lines = [
            f"{verdict}: {asked.env_id}, {asked.bar:g} or more on {asked.needed} of {len(asked.seeds)} seeds. "
            f"Judgement {self.number}, which `number={self.number}` repeats."
        ]
        for one in self.tried:
            score = "no score" if np.isnan(one.score) else f"{one.score:.1f} on average of {asked.starts} starts"
            lines.append(f"  seed {one.seed}: {score}; {one.steps:,} steps in {one.seconds:.0f} s. {one.said}".rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return wrapped(repr(self))


def cartpole(train: Train, number: int | None = None) -> Judgement:
    """Judge a DQN from an empty cell on CartPole-v1."""
    return judge(train, CARTPOLE, number)


def acrobot(train: Train, number: int | None = None) -> Judgement:
    """Judge the same agent on Acrobot-v1."""
    return judge(train, ACROBOT, number)


def mountain_car(train: Train, number: int | None = None) -> Judgement:
    """Judge the same agent on MountainCar-v0."""
    return judge(train, MOUNTAIN_CAR, number)


def judge(train: Train, commission: Commission, number: int | None = None) -> Judgement:
    """Let an agent train in a process of its own, in an environment that is turned, and examine its policy.

    Args:
        train: train(env, seed), called once for each seed; it returns a policy. `env.steps_left` says what is left.
        commission: what is asked.
        number: repeats the turns and the starts of an earlier judgement; None: new ones, which nobody knows.

    Returns:
        A Judgement.

    Raises:
        TypeError: if `train` is no function, or processes cannot be forked here.
    """
    if train is None or train is ... or not callable(train):
        raise TypeError(f"{train!r} is no function. Give train itself, without brackets: judge.cartpole(train).")
    with contextlib.ExitStack() as all_of_them:
        aparts = [Apart(far.trainee(train, seed, commission.steps), commission.seconds) for seed in commission.seeds]
        for apart in aparts:
            all_of_them.callback(apart.close)
        # Drawn now, when nobody can inherit it.
        found = Judgement(commission, secrets.randbelow(10**6) if number is None else int(number))
        still = bool(os.environ.get("QLIB_STILL"))  # a saved page would keep the bar as it began
        with tqdm(total=len(aparts) * commission.steps, desc="judge", unit="step", leave=False, disable=still) as bar:
            for seed, apart in zip(commission.seeds, aparts, strict=True):
                rng = np.random.default_rng((found.number, seed))
                found.tried.append(_try(apart, Tried(seed), commission, rng, bar.update))
    if found.passed:
        progress.passed(f"17.1 {commission.env_id}")
    return found


def _try(
    apart: Apart, one: Tried, commission: Commission, rng: np.random.Generator, tell: Callable[[int], Any]
) -> Tried:
    started, course = time.perf_counter(), Course()
    here = turn(commission.env_id, rng, commission.unlike)
    env = here.make()
    far.begin(apart, env)
    try:
        _train(apart, env, commission, int(rng.integers(2**31)), course, tell)
        one.score = _examine(apart, here, commission, int(rng.integers(2**31)), course)
        if one.score < commission.bar:
            one.said = symptom(course, one.score, commission.bar)
    except Failed as failed:
        one.said = f"It has no score: {failed}"
    apart.close()
    one.steps, one.seconds = course.steps, time.perf_counter() - started
    tell(commission.steps - course.steps)  # what it left
    return one


def _train(
    apart: Apart, env: gym.Env, commission: Commission, seed: int, course: Course, tell: Callable[[int], Any]
) -> None:
    """Answer what the agent asks of the environment until its training is over."""
    first: int | None = seed
    running = False
    for said in far.requests(apart):
        if said.get("reset"):
            observation, _ = env.reset(seed=first)
            first, running = None, True
            course.begin()
            apart.tell(observation=observation.tolist())
            continue
        if not running:
            apart.tell(refused="The episode is over, or has not begun: call env.reset() first.")
            continue
        if course.steps == commission.steps:
            apart.tell(refused=f"The budget of {commission.steps:,} environment steps is spent. Stop before.")
            continue
        action = _action(said.get("step"), env)
        observation, reward, terminated, truncated, _ = env.step(action)
        running = not (terminated or truncated)
        course.note(action, float(reward))
        tell(1)
        apart.tell(
            observation=observation.tolist(),
            reward=float(reward),
            terminated=bool(terminated),
            truncated=bool(truncated),
        )


def _examine(apart: Apart, here: Turn, commission: Commission, seed: int, course: Course) -> float:
    """Play the policy from starts that it has not seen, all at once, and return the mean return."""
    envs = [here.make() for _ in range(commission.starts)]
    seen = [env.reset(seed=seed + k)[0] for k, env in enumerate(envs)]
    playing, returns, again = list(range(len(envs))), np.zeros(len(envs)), []
    while playing:
        answers = far.act(apart, np.stack([seen[playing[0]], *(seen[k] for k in playing)]))
        again.append(answers[0] == answers[1])  # does it say the same twice?
        still = []
        for k, answer in zip(playing, answers[1:], strict=True):
            course.chosen.append(_action(answer, envs[k]))
            seen[k], reward, terminated, truncated, _ = envs[k].step(answer)
            returns[k] += float(reward)
            still += [] if terminated or truncated else [k]
        playing = still
    course.steady = float(np.mean(again))
    return float(returns.mean())


def _action(said: object, env) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not env.action_space.contains(np.int64(said)):
        raise Failed(f"it chose the action {said!r}; this environment has 0 to {env.action_space.n - 1}.")
    return said
