"""The check of the learner's loop: it plays a tiny world whose every call is written down and compared."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from qlib.lessons.check import exercise
from qlib.lessons.expected import Mistake, answered, explain, require

END, LIMIT, BOTH = "terminated", "truncated", "terminated and truncated"
TRIALS = (  # how the episodes end, and after how many steps; and a batch's size
    ([(3, END), (1, END), (6, LIMIT), (9, END)], 4),
    ([(2, LIMIT), (12, END), (1, LIMIT), (1, END), (7, END)], 3),
    ([(5, END), (4, BOTH), (2, END), (260, LIMIT)], 2),
)


@exercise("6.5 The loop", piece="loop")
def loop(answer: Callable) -> None:
    """Check a function of my, env and finished that trains until `finished` says so, and returns my.network."""
    for number, (episodes, batch_size) in enumerate(TRIALS):
        for stops in (True, False):
            world = _World(episodes, batch_size, seed=10 * number + stops, stops=stops)
            with explain(
                (TypeError, ValueError, RuntimeError),
                "observation, info = env.reset() and five from env.step(action)",
                "",
                "",
                "dict$|tuple|unpack",
            ):
                came = answer(world.my, world, world.finished)
            answered(came)
            require(world.resets > 0, "episodes that begin with env.reset()", "none", "a loop plays and learns")
            world.demand_end(came)


class _World:
    """An environment, the parts of an agent, and an examiner, who all know what should come next."""

    def __init__(self, episodes: list, batch_size: int, seed: int, stops: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.episodes, self.stops = episodes, stops
        self.resets = self.step_in_episode = self.steps = self.updates = self.follows = 0
        self.over, self.examined = True, True
        self.pending: str = ""  # what must come before the next step: "act", "step" or "push"
        self.action, self.last_update_at = -1, -1
        self.batch = SimpleNamespace(number=-1)  # drawn last
        self.seeds: set[int] = set()
        network = torch.nn.Linear(4, 3)
        with torch.no_grad():
            network.weight.copy_(torch.as_tensor(self.rng.normal(size=(3, 4))))
            network.bias.zero_()
        self.my = SimpleNamespace(
            network=network,
            target_network=copy.deepcopy(network),
            optimizer=torch.optim.SGD(network.parameters(), 0.1),
            memory=_Memory(self),
            epsilons=np.round(self.rng.random(len(episodes) + (2 if stops else 0)), 3),
            epsilon_greedy=self.choose,
            update=self.update,
            gamma=float(self.rng.choice([0.9, 0.99])),
            batch_size=batch_size,
            follow=self.follow,
            rng=np.random.default_rng(seed),
            generator=torch.Generator().manual_seed(seed),
        )
        self.given = dict(vars(self.my))

    # The environment ----------------------------------------------------------------------------------------------
    def reset(self, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict]:
        why = "with one seed each episode has the same start: leave it out"
        require(seed is None or seed not in self.seeds, "env.reset()", f"env.reset(seed={seed}), once more", why)
        if seed is not None:
            self.seeds.add(seed)
        if not self.over:
            raise Mistake(Came="env.reset() in the middle of an episode", Because="the episode goes on until its end")
        self._close_step()
        if not self.examined:
            raise Mistake(Came="no finished(my.network)", Because="it is asked once after each episode")
        if self.resets >= len(self.episodes):
            why = "finished said True: break" if self.stops else "there is one episode for each of my.epsilons"
            raise Mistake(Came="one more env.reset()", Because=why)
        self.resets += 1
        self.over = self.examined = False
        self.step_in_episode = 0
        self.seen, self.pending = self._look(), "act"
        return self.seen, {}

    def step(self, action: Any) -> tuple:
        if self.over:
            why = "the episode is over when it terminated or was truncated"
            raise Mistake(Came="env.step() after the end", Because=why, Hint="over = terminated or truncated")
        self._close_step()
        require(self.pending != "act", "my.epsilon_greedy before env.step", action, "it chooses each action")
        right = np.ndim(action) == 0 and int(action) == self.action
        require(right, f"env.step({self.action})", action, "the action that my.epsilon_greedy chose is played")
        length, end = self.episodes[self.resets - 1]
        self.step_in_episode += 1
        self.steps += 1
        self.over = self.step_in_episode == length
        self.former, self.seen, self.pending = self.seen, self._look(), "push"
        self.reward = float(np.round(self.rng.normal(), 3))
        self.ends = self.over and end in (END, BOTH), self.over and end in (LIMIT, BOTH)
        return self.seen, self.reward, *self.ends, {}

    def close(self) -> None:
        """Be closed as an environment may be; whoever made this one has no use for that."""

    def _look(self) -> np.ndarray:
        return self.rng.normal(size=4).astype(np.float32)

    # The agent's parts --------------------------------------------------------------------------------------------
    def choose(self, q_values: Any, epsilon: float, rng: Any) -> int:
        require(not self.over, "an action for each step", "one more after the end", "the episode is over")
        self._close_step()
        with explain(
            (RuntimeError, TypeError), "NumPy values", "my.epsilon_greedy takes NumPy", ".numpy() in no_grad()"
        ):
            values = np.asarray(q_values, dtype=float)
        why, hint = "my.epsilon_greedy takes the values of one observation", "no row in front: shape (A,)"
        require(values.shape == (3,), "shape (3,)", values, why, hint)
        with torch.no_grad():
            right = self.my.network(torch.as_tensor(self.seen)).numpy()
        why = "the values are my.network's, of the observation that is seen now"
        hint = "does `observation` become `next_observation` at the end of each step?"
        require(np.allclose(values, right, atol=1e-5), f"values {right.round(3)}", values, why, hint)
        wanted = self.my.epsilons[self.resets - 1]
        why = f"this is episode {self.resets}, and its epsilon is number {self.resets} of my.epsilons"
        require(abs(float(epsilon) - wanted) < 1e-9, f"epsilon {wanted}", epsilon, why)
        require(rng is self.given["rng"], "my.rng", rng, "the draws are the run's own")
        self.action, self.pending = int(self.rng.integers(3)), "step"
        return self.action

    def push(self, observation: Any, action: Any, reward: Any, next_observation: Any, terminated: Any) -> None:
        require(self.pending == "push", "one push after each step", "another one", "each transition is kept once")
        for name, came, right in (
            ("observation", observation, self.former),
            ("next_observation", next_observation, self.seen),
        ):
            if not np.allclose(np.asarray(came, dtype=float), right):
                why = f"{name} is what was seen {'before' if name == 'observation' else 'after'} the action"
                raise Mistake(f"not yet. my.memory.push, {name}:", Expected=str(right), Came=str(came), Because=why)
        require(int(action) == self.action, f"action {self.action}", action, "the action that was played is kept")
        require(
            abs(float(reward) - self.reward) < 1e-6, f"reward {self.reward}", reward, "the reward that came is kept"
        )
        if bool(terminated) != self.ends[0]:
            why = "only `terminated` cuts the target"
            if all(self.ends):
                why = "a fall in the very step that reaches the time limit is a fall"
            elif self.ends[1] and bool(terminated):
                why = "a time limit is no fall: this episode was truncated, and its target must look ahead"
            raise Mistake(Expected=f"terminated {self.ends[0]}", Came=str(terminated), Because=why)
        self.pending = "act"

    def sample(self, batch_size: Any, generator: Any) -> Any:
        require(batch_size == self.my.batch_size, f"batch_size {self.my.batch_size}", batch_size, "it is my.batch_size")
        require(generator is self.given["generator"], "my.generator", generator, "the draws are the run's own")
        self.batch = SimpleNamespace(number=self.steps)
        return self.batch

    def update(self, network: Any, target_network: Any, optimizer: Any, batch: Any, gamma: Any) -> float:
        self._demand_pushed()
        why, hint = "an update needs gradients", "no_grad is for the values that choose an action, and for nothing else"
        require(torch.is_grad_enabled(), "my.update(...) outside of torch.no_grad()", "one inside of it", why, hint)
        at = self.steps
        why = "the memory holds fewer transitions than a batch has: wait"
        require(at >= self.my.batch_size, "no update yet", f"one after {at} steps", why, "len(my.memory) tells")
        require(self.last_update_at != at, "one update a step", "two", "each step is followed by one update")
        require(network is self.given["network"], "my.network first", network, "that is the one that learns")
        require(target_network is self.given["target_network"], "my.target_network second", target_network, "it values")
        require(optimizer is self.given["optimizer"], "my.optimizer", optimizer, "it moves my.network's weights")
        fresh = batch is self.batch and self.batch.number == at
        require(fresh, "a batch drawn for this update", "another one", "each update has its own my.memory.sample(...)")
        require(abs(float(gamma) - self.my.gamma) < 1e-9, f"gamma {self.my.gamma}", gamma, "it is my.gamma")
        self._demand_followed()
        with torch.no_grad():
            network.bias += 1.0  # so that each version of the network can be told from the others
        self.updates += 1
        self.last_update_at = at
        return 0.0

    def follow(self, target_network: Any, network: Any) -> None:
        first, second = target_network is self.given["target_network"], network is self.given["network"]
        why = "the target network goes towards the network, and not the other way"
        require(first and second, "my.follow(my.target_network, my.network)", "other networks", why)
        self.follows += 1
        why = "one small step for each update"
        require(self.follows <= self.updates, f"{self.updates} calls of my.follow", self.follows, why)

    def finished(self, network: Any) -> bool:
        self._close_step()
        require(self.over, "finished(...) after an episode", "in the middle of one", "it is asked after each episode")
        require(not self.examined, "finished(...) once after each episode", "asked again", "an examination takes time")
        require(network is self.given["network"], "finished(my.network)", network, "that is what is examined")
        self.examined = True
        return self.stops and self.resets == len(self.episodes)

    # What must have been done -------------------------------------------------------------------------------------
    def _demand_pushed(self) -> None:
        require(self.pending != "push", "my.memory.push after each env.step", "none", "what is not kept is not learned")

    def _close_step(self) -> None:
        """A step's business is done: pushed, updated once if there is a batch, the target copied when due."""
        self._demand_pushed()
        if self.steps >= self.my.batch_size and self.last_update_at != self.steps:
            why = f"from {self.my.batch_size} transitions on each step is followed by one update"
            raise Mistake(Expected="my.update after this step", Came=f"none after step {self.steps}", Because=why)
        self._demand_followed()

    def _demand_followed(self) -> None:
        why = "the target network takes one small step after each update"
        require(self.follows >= self.updates, "my.follow(...) after each update", "none", why)

    def demand_end(self, came: Any) -> None:
        """The loop has returned."""
        self._close_step()
        require(self.over, "whole episodes", "a return in the middle of one", "an episode goes on until its end")
        require(self.examined, "finished(my.network) after the last episode, too", "none", "it is asked after each one")
        why = "finished has not said True, and my.epsilons has more"
        require(self.resets == len(self.episodes), f"{len(self.episodes)} episodes", self.resets, why)
        require(
            came is self.given["network"], "my.network in the end", came, "whoever called the loop wants to play it"
        )


class _Memory:
    def __init__(self, world: _World) -> None:
        self.world = world
        self.kept = 0

    def push(self, observation: Any, action: Any, reward: Any, next_observation: Any, terminated: Any) -> None:
        self.world.push(observation, action, reward, next_observation, terminated)
        self.kept += 1

    def sample(self, batch_size: Any, generator: Any = None) -> Any:
        return self.world.sample(batch_size, generator)

    def __len__(self) -> int:
        return self.kept
