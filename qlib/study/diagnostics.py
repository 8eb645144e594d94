"""Numbers that tell how an agent is doing beside its score: which of them warn before the score falls?

A diagnostic is a function from a QAgent to a number. `compare(..., diagnostics=("action gap", mine))` asks for some of
these by name, and for functions of one's own. Values are in units of the unscaled return: divided by
`Settings.reward_scale`, so that variants can be compared.
"""

from __future__ import annotations

import contextlib
import difflib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings

Diagnostic = Callable[[QAgent], float]

DOOMED = np.array(
    [
        side * np.array([position, velocity, angle, rate])
        for side in (1.0, -1.0)
        for position in (-1.0, 0.0, 1.0)
        for velocity in (-1.0, 0.0)
        for angle, rate in ((0.19, 1.2), (0.15, 1.8), (0.11, 2.4))
    ],
    dtype=np.float32,
)
"""CartPole states beyond saving, (36, 4) in m, m/s, rad, rad/s: whatever is done, the pole falls within 3 steps."""


def loss(agent: QAgent) -> float:
    """Mean TD loss on 256 transitions of the memory, as it is minimised: in units of scaled reward, squared if MSE.

    Looked at because everybody does. Beware: it rises when an agent sees something new, and is quiet while it rots.
    Batch norm counts as it does when acting (eval mode). NaN while the memory is empty.
    """
    if len(agent.memory) == 0:
        return math.nan
    generator = torch.Generator().manual_seed(0)  # of its own: the agent's would be a step further for the asking
    chosen = torch.randint(len(agent.memory), (256,), generator=generator)
    batch = agent.memory.at(torch.from_numpy(agent.memory.slots())[chosen])
    with torch.no_grad():
        return agent.loss(batch).item()


def falls_in_memory(agent: QAgent) -> float:
    """Number of transitions in the memory that are stored as terminated: on CartPole, falls.

    Looked at because what the memory has lost, the network forgets. Where `bootstrap_ends_at` is "termination or
    truncation", time limits are stored, and counted, as terminated.
    """
    return float(agent.memory.storage.terminated[torch.from_numpy(agent.memory.slots())].sum())


def share_of_falls(agent: QAgent) -> float:
    """Share of the memory's transitions that are stored as terminated, from 0 to 1: see `falls_in_memory`."""
    return falls_in_memory(agent) / len(agent.memory) if len(agent.memory) else math.nan


def action_gap(agent: QAgent) -> float:
    """Mean over fixed states of the best action's value minus the second best's: in units of unscaled return.

    The states are those that a random policy visits in the agent's environment, always the same. Looked at because a
    gap near 0 lets the least error in the values turn the policy round (Bellemare et al. 2016).
    """
    settings = agent.settings
    values = agent.q_values(visited(settings.env_id, frames=settings.frames, channels=settings.channels))  # (B, A)
    if values.shape[1] == 1:
        return 0.0
    best = values.topk(2).values  # (B, 2)
    return (best[:, 0] - best[:, 1]).mean().item() / agent.settings.reward_scale


def doomed_value(agent: QAgent) -> float:
    """Highest value given to CartPole states in which no action saves the pole: in units of unscaled return.

    The truth is at most 3 steps' reward. Looked at because a network that forgets the falls sees worth where there is
    none, and bootstrapping carries it to the states before.

    Raises:
        ValueError: if the environment is not CartPole.
    """
    if not agent.settings.env_id.startswith("CartPole-"):
        raise ValueError(
            f"The diagnostic 'doomed value' knows doomed states of CartPole only, and this is {agent.settings.env_id}. "
            "Leave it out, or give a function of your own."
        )
    return agent.q_values(DOOMED).max().item() / agent.settings.reward_scale


def highest_value(agent: QAgent) -> float:
    """Highest value given to a state of the memory: in units of unscaled return.

    Looked at because a return has a ceiling, 1 / (1 - gamma) for a reward of 1, and values above it are delusions.
    Of a large memory some 2,000 states, evenly spread. NaN while the memory is empty.
    """
    if len(agent.memory) == 0:
        return math.nan
    some = agent.memory.slots()[:: -(-len(agent.memory) // 2_000)]
    return (
        agent.q_values(agent.memory.at(torch.from_numpy(some)).observations).max().item() / agent.settings.reward_scale
    )


def weights(agent: QAgent) -> float:
    """Euclidean norm of all of the online network's parameters, without a unit.

    Looked at because weights that only grow make a network that changes its mind ever more abruptly.
    """
    return math.sqrt(sum(p.detach().square().sum().item() for p in agent.online.parameters()))


DIAGNOSTICS: dict[str, Diagnostic] = {
    "loss": loss,
    "falls in memory": falls_in_memory,
    "share of falls": share_of_falls,
    "action gap": action_gap,
    "doomed value": doomed_value,
    "highest value": highest_value,
    "weights": weights,
}


def named(diagnostics: Sequence[str | Diagnostic]) -> dict[str, Diagnostic]:
    """Find each diagnostic's name and function: these by name, a function of one's own by its `__name__`.

    Raises:
        ValueError: if a name is unknown (the message lists the near ones) or there twice.
        TypeError: if one is neither a name nor a function.
    """
    if isinstance(diagnostics, str) or not isinstance(diagnostics, Sequence):
        raise TypeError(f"diagnostics={diagnostics!r} is no list of names or functions: give ('loss',), for example.")
    found: dict[str, Diagnostic] = {}
    names = {function: name for name, function in DIAGNOSTICS.items()}
    for one in diagnostics:
        if isinstance(one, str):
            if one not in DIAGNOSTICS:
                near = difflib.get_close_matches(one, DIAGNOSTICS, cutoff=0.5) or DIAGNOSTICS
                raise ValueError(f"There is no diagnostic {one!r}. Near it: {', '.join(map(repr, near))}.")
            name, function = one, DIAGNOSTICS[one]
        elif callable(one):
            name, function = names.get(one) or str(getattr(one, "__name__", repr(one))), one
        else:
            raise TypeError(f"{one!r} is no diagnostic: give a name or a function from a QAgent to a number.")
        if name in found:
            raise ValueError(f"The diagnostic {name!r} is there twice. Leave one out, or give the function a name.")
        found[name] = function
    return found


def diagnose(agent: QAgent, diagnostics: Sequence[Diagnostic]) -> list[float]:
    """Ask an agent for each diagnostic's number, and leave it as it was."""
    if not diagnostics:
        return []
    with _undisturbed(agent):
        found = [diagnostic(agent) for diagnostic in diagnostics]
    for diagnostic, number in zip(diagnostics, found, strict=True):
        if np.size(number) != 1:
            raise TypeError(f"The diagnostic {diagnostic!r} gave {number!r}: it must give one number.")
    return [float(number) for number in found]


@contextlib.contextmanager
def _undisturbed(agent: QAgent) -> Iterator[None]:
    """Put back what a look may move: the generator, and in the networks batch norm's statistics and the mode."""
    networks = [agent.online] if agent.target is None else [agent.online, agent.target]
    before = [(network.training, [t.clone() for t in network.state_dict().values()]) for network in networks]
    drawn = agent.generator.get_state()
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        agent.generator.set_state(drawn)
        for network, (training, state) in zip(networks, before, strict=True):
            network.train(training)
            for tensor, old in zip(network.state_dict().values(), state, strict=True):
                tensor.copy_(old)


def visited(env_id: str, n: int = 200, frames: int = 1, channels: str = "auto") -> np.ndarray:
    """List states that a random policy visits in an environment, always the same ones, shape (n, n_observations).

    Images (n, *shape) are of their own dtype; `frames` and `channels` are those of `Settings`.
    """
    return _visited(env_id, n, frames, channels).copy()  # whoever writes into it spoils no later call


@lru_cache
def _visited(env_id: str, n: int, frames: int, channels: Any) -> np.ndarray:
    env = make_env(Settings(env_id=env_id, frames=frames, channels=channels))
    actions = np.random.default_rng(0)
    states: list[np.ndarray] = []
    while len(states) < n:
        observation, _ = env.reset(seed=len(states))
        over = False
        while not over and len(states) < n:
            states.append(observation)
            observation, _, terminated, truncated, _ = env.step(actions.integers(env.action_space.n))  # type: ignore[attr-defined]
            over = terminated or truncated
    env.close()
    return np.array(states, np.float32 if states[0].ndim == 1 else None)
