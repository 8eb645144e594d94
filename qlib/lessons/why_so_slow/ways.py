"""Ways to make one update of the original's: one change each, and all of them held to the same weights."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from qlib.core.agent import QAgent
from qlib.core.network import QNetwork
from qlib.core.settings import ORIGINAL
from qlib.core.training import train
from qlib.lessons.why_so_slow.stopwatch import Stopwatch, turn_about

HELD = 10_000  # transitions in the memory
BATCH = 64
FIRST = "the original's way"
_TRIALS = [random.Random(i).sample(range(HELD), BATCH) for i in range(50)]  # what every way has to learn from
_LOOKS = {"t", "detach", "view", "unsqueeze", "_record_function_enter_new", "_record_function_exit"}

Columns = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""Observations, actions, rewards, next observations: a column each; the original has no terminal cut."""


def collect() -> QAgent:
    """Let a random agent play 10,000 steps and learn nothing; its memory is what all updates here learn from."""
    agent = QAgent(dataclasses.replace(ORIGINAL, updates_per_step=0), seed=0)
    list(train(agent, steps=HELD))
    return agent


def both_memories(agent: QAgent) -> tuple[Columns, collections.deque]:
    """Return what an agent remembers twice: as a ring's four columns, and as the original's deque of tuples."""
    ring: Any = agent.memory.storage[:4]
    rows = (tuple(column[i].clone() for column in ring) for i in range(HELD))
    return ring, collections.deque(rows, maxlen=HELD)


def learner(**options: Any) -> tuple[QNetwork, torch.optim.Adam]:
    """Make a network, always with the same first weights, and its optimiser."""
    network = QNetwork(generator=torch.Generator().manual_seed(0))
    return network, torch.optim.Adam(network.parameters(), 1e-3, **options)


def flat(network: torch.nn.Module) -> np.ndarray:
    """Return a copy of a network's weights in one row."""
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()]).numpy()


def play(update: Callable, steps: int = 12, warm_up: int = 3) -> Stopwatch:
    """Play as the original does, each step with its 40 updates, and book where the time goes.

    Args:
        update: called with a network, its optimiser, the rows of a batch, and the watch that it laps.
        steps: environment steps that are timed.
        warm_up: steps before them that are not.
    """
    env, (network, optimizer) = gym.make("CartPole-v1"), learner()
    draw, watch = random.Random(0), Stopwatch()
    diary: collections.deque = collections.deque(maxlen=HELD)
    observation = env.reset(seed=0)[0]
    for step in range(warm_up + steps):
        if step == warm_up:
            watch.clear()
        watch.start()
        with torch.no_grad():
            action = network(torch.as_tensor(observation).unsqueeze(0)).argmax().item()
        watch.lap("act")
        following, reward, terminated, truncated, _ = env.step(action)
        watch.lap("environment")
        diary.append(tuple(torch.as_tensor(part) for part in (observation, action, reward, following)))
        watch.lap("remember")
        for _ in range(40):
            rows = draw.sample(range(HELD), BATCH)
            watch.lap("draw 64 numbers")
            update(network, optimizer, rows, watch)
        observation = env.reset()[0] if terminated or truncated else following
    return watch


def with_graph(network: QNetwork, following: torch.Tensor) -> torch.Tensor:
    """Value the next states as the original does: with a graph that is then thrown away."""
    return network(following).detach().max(1)[0]


def random_rows() -> torch.Tensor:
    """Draw the rows of a batch in one call."""
    return torch.randint(HELD, (BATCH,))


def one_by_one() -> list[int]:
    """Draw the rows of a batch as the original does."""
    return random.sample(range(HELD), BATCH)


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to make updates: from the rows of a batch, which it also draws, to a network's weights."""

    update: Callable[[Any], object]
    draw: Callable[[], Any]
    weights: Callable[[], np.ndarray]

    def __call__(self) -> None:
        """Draw a batch and make one update."""
        self.update(self.draw())


def in_torch(fetch: Callable, best: Callable = with_graph, draw: Callable = random_rows, **options: Any) -> Way:
    """Make a way in PyTorch.

    Args:
        fetch: rows to a batch's four tensors.
        best: (network, next observations) to their values, shape (batch,).
        draw: draws the rows.
        options: of Adam.
    """
    network, optimizer = learner(**options)

    def update(rows: Any) -> None:
        s, a, r, following = fetch(rows)
        y = r + ORIGINAL.gamma * best(network, following)
        loss = F.mse_loss(network(s).gather(1, a.unsqueeze(1)), y.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return Way(update, draw, lambda: flat(network))


class Race:
    """Ways that take turns, each of which first has to end where the original's way does.

    Attributes:
        ways: name to a function that makes one update, or several at once.
        updates: name to how many updates a call makes, where it is more than one.
    """

    def __init__(self) -> None:
        self.ways: dict[str, Callable[[], object]] = {}
        self._end = np.zeros(0)
        self.updates: dict[str, int] = {}

    def enter(self, name: str, way: Way) -> None:
        """Let a way take part if 50 updates on the same batches bring it to the first one's weights.

        Raises:
            ValueError: if they do not.
        """
        for rows in _TRIALS:
            way.update(np.array(rows))
        end = way.weights()
        self._end = end if not self.ways else self._end
        if not np.allclose(end, self._end, atol=1e-4):
            far = np.abs(end - self._end).max()
            raise ValueError(f"{name!r} ends {far:.2g} away from {next(iter(self.ways))!r}: it is another algorithm.")
        self.ways[name] = way

    def enter_as_tested(self, name: str, function: Callable[[], object], updates: int = 1) -> None:
        """Let take part what draws its own batches; that it ends at the same weights is for tests to hold."""
        self.ways[name], self.updates[name] = function, updates

    def run(self, rounds: int = 15) -> dict[str, np.ndarray]:
        """Time all ways, turn about; return name to microseconds for one update, shape (rounds,)."""
        times = turn_about(self.ways, rounds)
        return {name: rounds / self.updates.get(name, 1) for name, rounds in times.items()}


class _Count(TorchDispatchMode):
    """Sees every operation on its way to the code that computes it (an inner tool of PyTorch)."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: collections.Counter = collections.Counter()

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        self.operations[function.overloadpacket.__name__] += 1
        return function(*arguments, **(named or {}))


def operations(update: Callable[[], object]) -> collections.Counter:
    """Count the operations that an update asks PyTorch for, without those that only look at a tensor another way."""
    update()  # Adam makes its averages at its first step
    with _Count() as count:
        update()
    return collections.Counter({name: n for name, n in count.operations.items() if name not in _LOOKS})


def halved(totals: Mapping[str, int]) -> str:
    """Return the first name whose count is less than half of the one before it, or "none of them"."""
    return next((b for a, b in itertools.pairwise(totals) if totals[b] < 0.5 * totals[a]), "none of them")


def largest_step(times: Mapping[str, float]) -> tuple[str, float]:
    """Return the way that is faster than the one before it by the largest factor, and that factor."""
    factors = {b: times[a] / times[b] for a, b in itertools.pairwise(times)}
    return max(factors.items(), key=lambda step: step[1])


def longest(watch: Mapping[str, float]) -> tuple[str, float]:
    """Return what takes longest of playing, fetching and the network, in the question's words, and its share."""
    playing = {"act", "environment", "remember"}
    fetching = {"draw 64 numbers", "pick 64 tuples", "stack into tensors"}
    groups = {
        "playing: act, environment, remember": playing,
        "fetching the 40 batches from the memory": fetching,
        "the network: forward, loss, backward, optimiser": watch.keys() - playing - fetching,
    }
    spent = {name: sum(watch[part] for part in parts) for name, parts in groups.items()}
    name = max(spent, key=spent.__getitem__)
    return name, spent[name] / sum(watch.values())


def updates_made(agents: Mapping[str, QAgent], ring: Columns, calls: int = 120) -> dict[str, np.ndarray]:
    """Let agents remember one more transition before each call of `learn`; return the updates they then have made.

    Returns:
        Name to counts, shape (calls,).
    """
    counts: dict[str, list[int]] = {name: [] for name in agents}
    for name, agent in agents.items():
        before = agent.updates
        for i in range(calls):
            agent.remember(ring[0][i].numpy(), int(ring[1][i]), 1.0, ring[3][i].numpy(), False)
            agent.learn()
            counts[name].append(agent.updates - before)
    return {name: np.array(made) for name, made in counts.items()}
