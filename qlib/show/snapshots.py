"""What an agent was at moments of its training: its network's numbers, few enough to travel with a page."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from torch import nn

from qlib.core.agent import QAgent
from qlib.engine.redefined import redefined

ROOM = 650_000  # bytes for all moments of a training; as base64 in a notebook that is saved, under a megabyte
FEWEST = 50  # steps between two moments at least


class Moment(NamedTuple):
    """A network at one moment of its training."""

    step: int  # environment steps of training
    episode: int
    numbers: bytes  # float16: each layer's weights, row by row, and its biases


class Snapshots:
    """Moments of one training, from its beginning to now, in at most `ROOM` bytes.

    They thin themselves: when there is no room for one more, the one goes whose neighbours lie closest together.

    Attributes:
        network: sizes of the layers and the observations' scale, as static/network.js takes them; empty where the page
            cannot play this agent, because it is no plain network or chooses its actions in another way.

    Args:
        agent: the agent whose training begins.
    """

    def __init__(self, agent: QAgent) -> None:
        self.network: dict[str, Any] = _described(agent)
        self._moments: list[Moment] = []
        self._next = 0

    def moments(self) -> list[Moment]:
        """Return what is kept, the oldest first."""
        return list(self._moments)

    def take(self, agent: QAgent, now: bool = False) -> None:
        """Keep the agent's network if the last one was long ago, or at once if it is to be `now`."""
        if not self.network or (agent.steps < self._next and not now):
            return
        if self._moments and self._moments[-1].step == agent.steps:
            return
        numbers = [x.detach().numpy().ravel() for layer in _layers(agent.online) for x in (layer.weight, layer.bias)]
        with np.errstate(over="ignore"):  # beyond 65,504 there is infinity, and the page says so
            self._moments.append(Moment(agent.steps, agent.episodes, np.concatenate(numbers).astype("<f2").tobytes()))
        self._next = agent.steps + max(FEWEST, agent.steps // 80)
        if len(self._moments) * len(self._moments[0].numbers) > ROOM and len(self._moments) > 2:
            steps = np.array([moment.step for moment in self._moments])
            del self._moments[1 + int(np.argmin(steps[2:] - steps[:-2]))]


def _layers(network: nn.Module) -> list[nn.Linear]:
    return [module for module in network.modules() if isinstance(module, nn.Linear)]


def _described(agent: QAgent) -> dict[str, Any]:
    """Describe a network of linear layers with ReLU between them, if that is what the agent's choices come from."""
    layers = _layers(agent.online)
    ours = agent.settings.env_id == "CartPole-v1" and layers and all(layer.bias is not None for layer in layers)
    if not ours or not all(a.out_features == b.in_features for a, b in itertools.pairwise(layers)):
        return {}
    scale = getattr(agent.online, "scale", None)
    n_numbers = sum(x.numel() for x in agent.online.state_dict().values())
    if n_numbers != sum((layer.in_features + 1) * layer.out_features for layer in layers) + (
        0 if scale is None else len(scale)
    ):
        return {}  # there is something else in it, which untrained may do nothing: batch norm
    observations = np.random.default_rng(0).uniform(-1, 1, (512, agent.n_observations)).astype(np.float32)
    x = observations if scale is None else observations / scale.numpy()
    for layer in layers:
        x = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        x = np.maximum(x, 0) if layer is not layers[-1] else x
    values = agent.q_values(observations).numpy()
    if not np.allclose(x, values, rtol=1e-3, atol=1e-5):
        return {}
    if "greedy" in redefined(agent) and not (agent.greedy(observations) == values.argmax(1)).all():
        return {}
    sizes = [agent.n_observations, *(layer.out_features for layer in layers)]
    return {"sizes": sizes, "scale": None if scale is None else scale.tolist()}
