"""An environment that is somewhere else: an action goes out on a line, an observation comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np

from qlib.lessons.on_your_own.apart import Apart, Failed, Line

Policy = Callable[[np.ndarray], int]
Train = Callable[[gym.Env, int], Policy]


class FarEnv(gym.Env):
    """The environment as it looks from over there: gymnasium's `reset` and `step`, and how many steps are left."""

    def __init__(self, line: Line, spaces: dict[str, Any], steps: int) -> None:
        dtype = np.dtype(spaces["dtype"])
        ends = np.array(spaces["low"], dtype), np.array(spaces["high"], dtype)
        self.observation_space = gym.spaces.Box(*ends, dtype=dtype.type)
        self.action_space = gym.spaces.Discrete(spaces["actions"])
        self.steps_left = steps
        self._line = line

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self._line.tell(reset=True)
        return self._seen(self._line.hear()), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict]:
        self._line.tell(step=int(action))
        said = self._line.hear()
        if "refused" in said:
            raise RuntimeError(said["refused"])
        self.steps_left -= 1
        return self._seen(said), said["reward"], said["terminated"], said["truncated"], {}

    def _seen(self, said: dict[str, Any]) -> np.ndarray:
        return np.asarray(said["observation"], self.observation_space.dtype)


def trainee(train: Train, seed: int, steps: int) -> Callable[[Line], None]:
    """Return the work of a stranger's process: to train, and then to answer for its policy."""

    def work(line: Line) -> None:
        env = FarEnv(line, line.hear(), steps)
        policy = train(env, seed)
        if not callable(policy):
            raise TypeError(f"train gave {policy!r:.80}, and not a policy: a function, observation to action.")
        line.tell(trained=True)
        while True:
            seen = np.asarray(line.hear()["observations"], env.observation_space.dtype)
            line.tell(actions=[_whole(policy(one)) for one in seen])

    return work


def begin(apart: Apart, env: gym.Env) -> None:
    """Let a trainee begin, in the spaces of an environment."""
    space, actions = env.observation_space, env.action_space
    assert isinstance(space, gym.spaces.Box) and isinstance(actions, gym.spaces.Discrete)
    apart.begin(low=space.low.tolist(), high=space.high.tolist(), dtype=str(space.dtype), actions=int(actions.n))


def requests(apart: Apart) -> Iterator[dict[str, Any]]:
    """Yield what a trainee asks of its environment, each to be answered, until its training is over."""
    while "trained" not in (said := apart.hear()):
        yield said


def act(apart: Apart, observations: np.ndarray) -> list[Any]:
    """Ask a trainee's policy for an action for each of some observations (n, n_observations)."""
    apart.tell(observations=observations.tolist())
    actions = apart.hear().get("actions")
    if not isinstance(actions, list) or len(actions) != len(observations):
        raise Failed("its process did not answer with one action for each observation.")
    return actions


def _whole(action: Any) -> int | str:
    """Return an action as a whole number that JSON can write, or what it is in place of one."""
    try:
        return int(action)
    except (TypeError, ValueError):
        return f"{action!r:.80}"
