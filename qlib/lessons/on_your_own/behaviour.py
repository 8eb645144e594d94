"""What the repository promises, asked of its parts: each question gives numbers, the same for all that is right."""

from __future__ import annotations

import copy
import importlib.util
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from qlib.lessons.on_your_own.spies import Spy, World

SOUND = Path(__file__).parent / "repository"


def load(folder: Path) -> ModuleType:
    """Import a copy of the repository, whatever another one of its name left behind."""
    name = f"repository_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    for part in ("network", "memory", "agent", "train"):
        setattr(package, part, importlib.import_module(f"{name}.{part}"))
    return package


def answers(folder: Path, number: int) -> dict[str, Any]:
    """Ask everything of a copy; what it raises is its answer.

    Args:
        folder: of the copy.
        number: the source of all inputs.
    """
    found: dict[str, Any] = {}
    for name, ask in ASKED.items():
        rng = np.random.default_rng((number, len(found)))
        try:
            found[name] = _plain(ask(load(folder), rng))
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"[:200]
    return found


def alike(one: Any, other: Any) -> bool:
    """Say whether two answers are the same within float32's rounding."""
    try:
        return np.allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-4, atol=1e-5)
    except (TypeError, ValueError):  # an error in words, or another number of numbers
        return False


def _plain(values: Any) -> list[float]:
    return [float(value) for value in np.concatenate([np.ravel(np.asarray(each, float)) for each in values])]


def _transitions(rng: np.random.Generator, n: int) -> list[tuple]:
    """Draw transitions whose parts tell which one they are of."""
    return [
        (
            np.float32(rng.normal(size=4)),
            int(rng.integers(2)),
            float(np.float32(rng.normal())),
            np.float32(rng.normal(size=4)),
            bool(k % 3 == 0),
        )
        for k in range(n)
    ]


def _held(repository: Any, rng: np.random.Generator, pushed: int) -> list:
    """List what a memory of six gives back after some pushes, each once, in a fixed order."""
    memory = repository.memory.Memory(6)
    for each in _transitions(rng, pushed):
        memory.push(*each)
    batch = memory.sample(400, torch.Generator().manual_seed(int(rng.integers(2**31))))
    rows = np.column_stack([np.asarray(column, float).reshape(400, -1) for column in batch])
    return [len(memory), *np.unique(rows.round(5), axis=0)]


def _drawn_evenly(repository: Any, rng: np.random.Generator) -> list:
    """Say whether each of fifty is drawn about as often as the others, in order of age and as they come."""
    memory = repository.memory.Memory(50)
    for k, each in enumerate(_transitions(rng, 50)):
        memory.push(each[0], each[1], float(k), each[3], each[4])
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    drawn = torch.stack([memory.sample(10, generator).rewards for _ in range(400)])  # (400, 10)
    counts = np.bincount(drawn.flatten().long(), minlength=50)
    neighbours = (drawn[:, 1:] - drawn[:, :-1] == 1).float().mean()
    return [((counts - 80) ** 2 / 80).sum() < 100, neighbours < 0.1]  # 49 degrees of freedom: 100 is 1 in 50,000


def _agent(repository: Any, rng: np.random.Generator, **arguments: Any) -> Any:
    """Make an agent, and draw both networks' weights, each its own."""
    agent = repository.agent.Agent(int(rng.integers(1_000)), **arguments)
    with torch.no_grad():
        for network in (agent.online, agent.target):
            for weight in network.parameters():
                weight.copy_(torch.as_tensor(rng.normal(size=tuple(weight.shape)) / 4))
    return agent


def _batch(repository: Any, rng: np.random.Generator, n: int = 64) -> Any:
    columns = (np.stack(column) for column in zip(*_transitions(rng, n), strict=True))
    here, actions, rewards, there, terminated = map(torch.as_tensor, columns)
    return repository.memory.Batch(here.float(), actions.long(), rewards.float(), there.float(), terminated)


def _acts(repository: Any, rng: np.random.Generator) -> list:
    agent = _agent(repository, rng)
    seen = rng.normal(size=(40, 4)).astype(np.float32)
    with torch.no_grad():
        best = agent.online(torch.as_tensor(seen)).argmax(1).numpy()
    greedy = np.array([agent.act(one, 0.0) for one in seen])
    shares = [np.mean([agent.act(seen[0], epsilon) == best[0] for _ in range(400)]) for epsilon in (0.5, 1.0)]
    return [greedy == best, abs(shares[0] - 0.75) < 0.12, abs(shares[1] - 0.5) < 0.13]


def _network(repository: Any, rng: np.random.Generator) -> list:
    network = _agent(repository, rng).online
    return [network(torch.as_tensor(np.float32(rng.normal(size=(5, 4))))).detach()]


def _targets(repository: Any, rng: np.random.Generator) -> list:
    agent = _agent(repository, rng, gamma=0.9)
    return [agent.targets(_batch(repository, rng)).detach()]


def _loss(repository: Any, rng: np.random.Generator) -> list:
    agent, batch = _agent(repository, rng), _batch(repository, rng)
    loss = agent.loss(batch)
    loss.backward()
    return [[loss.item()], *(weight.grad for weight in agent.online.parameters())]


def _learns(repository: Any, rng: np.random.Generator) -> list:
    """Take three steps on a memory of one transition many times over, whatever is drawn from it."""
    agent = _agent(repository, rng, batch_size=8, share=0.3)
    (one,) = _transitions(rng, 1)
    for _ in range(20):
        agent.memory.push(*one)
    for _ in range(3):
        agent.learn()
    seen = torch.as_tensor(np.float32(rng.normal(size=(4, 4))))
    with torch.no_grad():
        return [agent.online(seen), agent.target(seen)]


def _waits(repository: Any, rng: np.random.Generator) -> list:
    """Say whether it learns as soon as there is a batch, and not before."""
    agent = _agent(repository, rng, batch_size=8)
    moved = []
    for each in _transitions(rng, 10):
        before = copy.deepcopy(list(agent.online.parameters()))
        agent.memory.push(*each)
        agent.learn()
        moved.append(any(not torch.equal(a, b) for a, b in zip(before, agent.online.parameters(), strict=True)))
    return [moved]


def _seeds(repository: Any, rng: np.random.Generator) -> list:
    """Compare first weights and first actions: of one seed the same, of two seeds not."""
    one, same, other = (repository.agent.Agent(seed) for seed in (3, 3, 4))
    weights = [torch.nn.utils.parameters_to_vector(agent.online.parameters()) for agent in (one, same, other)]
    actions = [[agent.act(np.zeros(4, np.float32), 1.0) for _ in range(30)] for agent in (one, same, other)]
    equal = [torch.equal(weights[0], each) for each in weights[1:]] + [actions[0] == each for each in actions[1:]]
    targets = torch.nn.utils.parameters_to_vector(one.target.parameters())
    return [equal, [torch.equal(weights[0], targets)]]


def _epsilon(repository: Any, rng: np.random.Generator) -> list:
    return [[repository.train.epsilon_at(episode) for episode in (0, 1, 17, 30, 59, 60, 61, 500)]]


def _trains(repository: Any, rng: np.random.Generator) -> list:
    world, spy = World(rng, [(3, True), (4, False), (1, True)]), Spy()
    lengths = repository.train.train(spy, world, 14)
    return [spy.asked, world.told, lengths]


def _examines(repository: Any, rng: np.random.Generator) -> list:
    world, spy = World(rng, [(3, True), (4, False), (2, True)]), Spy()
    score = repository.train.evaluate(spy, world, [5, 6, 7])
    return [spy.asked, world.told, [score]]


ASKED: dict[str, Callable[[Any, np.random.Generator], list]] = {
    "a memory that is not full gives back what was pushed": lambda r, rng: _held(r, rng, 4),
    "a memory that is full gives back the newest": lambda r, rng: _held(r, rng, 17),
    "each transition is drawn as often as the others": _drawn_evenly,
    "the network maps observations to values": _network,
    "an action is greedy, or random with probability epsilon": _acts,
    "targets are those of Double DQN": _targets,
    "the loss is the mean squared error of the actions taken": _loss,
    "an update moves the online network, and the target network a share": _learns,
    "learning begins when there is a batch": _waits,
    "all randomness comes from the seed": _seeds,
    "epsilon falls in a straight line and stays": _epsilon,
    "training stores what happened, and learns after each step": _trains,
    "an examination is greedy and adds up what was paid": _examines,
}
"""What is asked, by the sentence that a learner reads."""
