"""The readable update of many agents at once: their own `loss`, traced once and run on all their networks together.

This is for what the compiled update does not know: batch norm, other networks, an agent whose loss or target was
redefined in a lesson. What cannot be traced is left to the agents themselves.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad_and_value, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from qlib.core.agent import QAgent
from qlib.core.guards import one_thread
from qlib.core.memory import Batch
from qlib.engine.flat import Layout
from qlib.engine.placed import owns_adamw

GROUP = 16  # rows are filled up to a multiple of this: an agent's rounding must not depend on how many others there are
_OWN = ("seed", "generator", "memory", "optimizer", "epsilon", "steps", "updates", "episodes", "_good")
_SHARED = ("settings", "observed", "n_observations", "n_actions", "device", "online", "target", "_taken", "_lock")
_TRACING = RLock()  # torch traces for one thread at a time
# A process that is forked while another thread traces would find the lock locked, and torch in the middle of it.
os.register_at_fork(before=_TRACING.acquire, after_in_parent=_TRACING.release, after_in_child=_TRACING.release)


class TracedUpdate(Layout):
    """The agents' own update on stacked networks: one call of each tensor operation for all of them.

    Args:
        agents: as `Layout` takes them; use `attempt`, which tries whether it computes what they do.
    """

    def __init__(self, agents: Sequence[QAgent]) -> None:
        super().__init__(agents, spare=-len(agents) % GROUP)
        self.n = len(agents)
        self._model = _Model(_template(agents[0]))
        self._statistics = _share_buffers(agents, len(self.rows))
        rows = torch.from_numpy(self.rows)
        self._online = _views(rows[:, 0], "online", agents[0].online)
        self._target = {} if agents[0].target is None else _views(rows[:, 1], "target", agents[0].target)
        self._columns = Batch(*map(torch.from_numpy, self.memory))
        self._index = (torch.arange(len(rows)) % self.n).unsqueeze(1)
        self._slots = torch.zeros(len(rows), agents[0].settings.batch_size, dtype=torch.int64)
        self._traced: dict[tuple, Callable] = {}

    @classmethod
    def attempt(cls, agents: Sequence[QAgent]) -> TracedUpdate | None:
        """Stack new agents, or return None where that cannot be done, or would not compute what each does alone."""
        if not all(map(_is_stackable, agents)) or len({type(agent) for agent in agents}) > 1:
            return None
        copies = copy.deepcopy(list(agents))
        try:
            trial = cls(copies)
            if not trial._agrees(copies):
                return None
        except Exception:  # an agent may be anything; whatever stands in the way, it can still learn alone
            return None
        stacked = cls(agents)
        stacked._traced = trial._traced
        return stacked

    def update(self, slots: np.ndarray, rate: float, shares: np.ndarray, who: np.ndarray) -> np.ndarray:
        """Take one update on the transitions in slots (agents in `who`, B): see `QAgent.update`.

        Returns:
            The losses, shape (agents in `who`,).
        """
        self._slots[torch.from_numpy(who)] = torch.from_numpy(slots)
        batch = Batch(*(column[self._index, self._slots] for column in self._columns))
        before = [tensor.clone() for tensor in self._statistics.values()]
        losses, gradients = self._differentiate(batch)
        after = self.advance(losses, gradients, who, shares, rate)
        if before:
            learned = torch.zeros(len(self.rows), dtype=torch.bool)
            learned[torch.from_numpy(who[np.isfinite(after)])] = True
            if not learned[: self.n].all():
                for tensor, old in zip(self._statistics.values(), before, strict=True):
                    tensor[~learned] = old[~learned]
            self._copy_statistics(torch.from_numpy(who[np.isfinite(after) & (shares > 0)]))
        return after

    def greedy(self, observations: np.ndarray) -> np.ndarray:
        """Choose each agent's best action for each of its observations (agents, B, n_observations), (agents, B)."""
        x = torch.zeros(len(self.rows), *observations.shape[1:])
        x[: self.n] = torch.from_numpy(observations)
        values = self._run("q_values", vmap(self._call("q_values")), self._online, self._target, self._statistics, x)
        return values[: self.n].argmax(2).numpy()

    def _differentiate(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Compute the losses (rows,) and gradients (rows, parameters)."""
        function = vmap(grad_and_value(self._call("loss")))
        gradients, losses = self._run("loss", function, self._online, self._target, self._statistics, batch)
        flat = torch.cat([gradient.reshape(len(self.rows), -1) for gradient in gradients.values()], dim=1)
        return losses.numpy().astype(np.float64), flat.numpy()

    def _call(self, method: str) -> Callable:
        def call(online: dict, target: dict, statistics: dict, argument: Any) -> torch.Tensor:
            return functional_call(self._model, {**online, **target, **statistics}, (method, argument))

        return call

    def _run(self, name: str, function: Callable, *arguments: Any) -> Any:
        """Call a function's trace for these shapes, which takes none of the detours of vmap and autograd."""
        shape = arguments[-1].shape if isinstance(arguments[-1], torch.Tensor) else ()
        if (name, shape) not in self._traced:
            kept = [tensor.clone() for tensor in self._statistics.values()]
            with _TRACING:
                graph = make_fx(function)(*arguments)
            for tensor, old in zip(self._statistics.values(), kept, strict=True):  # tracing has moved them once
                tensor.copy_(old)
            graph.graph.eliminate_dead_code()
            graph.recompile()
            self._traced[name, shape] = graph
        with torch.no_grad(), one_thread():
            return self._traced[name, shape](*arguments)

    def _copy_statistics(self, who: torch.Tensor) -> None:
        for name, tensor in self._statistics.items():
            if name.startswith("target."):
                tensor[who] = self._statistics["online." + name.removeprefix("target.")][who]

    def _agrees(self, agents: Sequence[QAgent]) -> bool:
        """Say whether losses, gradients, statistics and values are those that the agents compute alone."""
        settings, rows = agents[0].settings, len(self.rows)
        generator = torch.Generator().manual_seed(0)
        shape = (rows, max(settings.batch_size, 2))
        observations = torch.randn(2, *shape, agents[0].n_observations, generator=generator)
        actions = torch.randint(agents[0].n_actions, shape, generator=generator)
        ended = torch.rand(shape, generator=generator) < 0.2
        batch = Batch(observations[0], actions, torch.randn(shape, generator=generator), observations[1], ended)
        alone = copy.deepcopy(list(agents))
        losses, gradients = self._differentiate(batch)
        greedy = self.greedy(observations[0, : self.n].numpy())
        for i, agent in enumerate(alone):
            agent.online.train()
            loss = agent.loss(Batch(*(column[i] for column in batch)))
            own = torch.autograd.grad(loss, list(agent.online.parameters()), allow_unused=True, materialize_grads=True)
            gradient = torch.cat([part.reshape(-1) for part in own]).numpy()
            if not np.isclose(losses[i], loss.item(), rtol=1e-4, atol=1e-6):
                return False
            if abs(gradients[i] - gradient).max() > 1e-3 * abs(gradient).max() + 1e-6:
                return False
            if (agent.q_values(observations[0, i]).argmax(1).numpy() != greedy[i]).mean() > 0.05:
                return False
            for name, buffer in _Model(agent).named_buffers():
                if name in self._statistics and not torch.allclose(self._statistics[name][i], buffer, atol=1e-4):
                    return False
        return True


class _Model(nn.Module):
    """An agent's networks as one module, whose call is a method of the agent."""

    def __init__(self, agent: QAgent) -> None:
        super().__init__()
        self.online, self.target = agent.online, agent.target
        self._agent = (agent,)  # in a tuple, or PyTorch would look for parameters in it

    def forward(self, method: str, argument: Any) -> torch.Tensor:
        (agent,) = self._agent
        if method == "loss":
            agent.online.train()
        return getattr(agent, method)(argument)


def _template(agent: QAgent) -> QAgent:
    """Copy what the agents share. Asking it for what is each one's own fails, as does changing it."""
    template = copy.copy(agent)
    template.online, template.target = copy.deepcopy((agent.online, agent.target))
    for name in _OWN:
        del template.__dict__[name]

    def refuse(self: QAgent, name: str, value: Any) -> None:
        raise AttributeError(f"{name} would change while agents learn together.")

    template.__class__ = type("Template", (type(agent),), {"__setattr__": refuse})
    return template


def _share_buffers(agents: Sequence[QAgent], rows: int) -> dict[str, torch.Tensor]:
    """Stack the networks' buffers, such as batch norm's statistics, and make the agents' own views of them."""
    stacked = {}
    named = [dict(_Model(agent).named_buffers()) for agent in agents]
    for name, first in named[0].items():
        stacked[name] = first.expand(rows, *first.shape).clone()
        for row, buffers in zip(stacked[name], named, strict=False):
            row.copy_(buffers[name])
            buffers[name].data = row
    return stacked


def _views(rows: torch.Tensor, prefix: str, network: nn.Module) -> dict[str, torch.Tensor]:
    """Name the parts of flat rows (agents, parameters) as a network's parameters, each (agents, *shape)."""
    named = dict(network.named_parameters(prefix))
    parts = rows.split([parameter.numel() for parameter in named.values()], dim=1)
    shapes = [(len(rows), *parameter.shape) for parameter in named.values()]
    return {name: part.view(shape) for name, part, shape in zip(named, parts, shapes, strict=True)}


def _is_stackable(agent: QAgent) -> bool:
    """Say whether an agent has its parts where they belong, and no further ones that could be its own."""
    networks = [agent.online] if agent.target is None else [agent.online, agent.target]
    tensors = [tensor for network in networks for tensor in (*network.parameters(), *network.buffers())]
    return (
        agent.settings.compiled
        and agent.image is None
        and agent.settings.replay == "uniform"
        and set(vars(agent)) == {*_OWN, *_SHARED}
        and owns_adamw(agent, list(agent.online.parameters()))
        and all(tensor.device.type == "cpu" for tensor in tensors)
        and all(parameter.dtype == torch.float32 for network in networks for parameter in network.parameters())
    )
