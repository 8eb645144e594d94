"""What a learner has put in the place of the original, by whatever way: one answer, which every engine asks for."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from qlib.core.agent import QAgent
from qlib.core.memory import ReplayMemory
from qlib.core.network import QNetwork, QNetworkConv
from qlib.core.prioritized import PrioritizedReplayMemory

NOTHING: frozenset[str] = frozenset()


class _Original:
    """The methods of one class as they were when this module was imported."""

    def __init__(self, kind: type, prefix: str, *names: str) -> None:
        self.kind, self.prefix, self.names = kind, prefix, names
        self.get = attrgetter(*names)
        self.functions = self.get(kind)

    def redefined(self, thing: Any) -> frozenset[str]:
        """Name the methods that are not the original ones: on the class, in a subclass, or on the object."""
        own, kind = thing.__dict__, type(thing)
        if kind is self.kind and self.get(kind) == self.functions and own.keys().isdisjoint(self.names):
            return NOTHING
        return frozenset(
            self.prefix + name
            for name, function in zip(self.names, self.functions, strict=True)
            if name in own or getattr(kind, name, None) is not function
        )


_MEMORY = ("push", "_write", "stored", "next_slot", "sample", "at", "draw", "__len__")
_AGENT = _Original(
    QAgent, "", "act", "explore", "greedy", "q_values", "remember", "learn", "update", "loss", "td_target"
)
_UNIFORM = _Original(ReplayMemory, "memory.", *_MEMORY)
_PRIORITIZED = _Original(PrioritizedReplayMemory, "memory.", *_MEMORY, "weights", "prioritize")
_NETWORK = _Original(QNetwork, "network.", "forward", "__call__")
_CONV = _Original(QNetworkConv, "network.", "forward", "__call__")


def redefined(agent: QAgent) -> frozenset[str]:
    """Name the methods of an agent, its memory ("memory.draw") and its networks ("network.forward") that are not ours.

    Redefined on the class itself, in a subclass or on the one object: all are found. A hook on a network counts as
    another forward.
    """
    prioritized = isinstance(agent.memory, PrioritizedReplayMemory)
    found = _AGENT.redefined(agent) | (_PRIORITIZED if prioritized else _UNIFORM).redefined(agent.memory)
    for network in (agent.online,) if agent.target is None else (agent.online, agent.target):
        found |= (_CONV if isinstance(network, QNetworkConv) else _NETWORK).redefined(network)
        if network._forward_hooks or network._forward_pre_hooks:
            found |= {"network.forward"}
    return found
