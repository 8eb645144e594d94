"""Twelve claims to choose from for the fourth commission: one thing changed in settings that learn within a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from qlib.core.settings import Settings
from qlib.lessons.own_run import OWN as BASE  # what each claim changes one thing of


@dataclass(frozen=True)
class Claim:
    """A sentence, and two variants of which it says that the first scores above the second."""

    sentence: str
    variants: Mapping[str, Settings]


def _changed(label: str, other: str, sentence: str, whole_is_first: bool = False, **changes: Any) -> Claim:
    """Make a claim about one change: that what is changed scores above BASE, or the other way round."""
    changed = replace(BASE, **changes)
    return Claim(sentence, {label: BASE, other: changed} if whole_is_first else {label: changed, other: BASE})


CLAIMS = {
    "double": _changed("Double DQN", "DQN", "Double DQN scores above DQN.", double=True),
    "target": _changed("soft", "none", "A soft target network scores above none.", True, target_network="none"),
    "huber": _changed("Huber", "squared", "Huber's loss scores above the mean squared error.", loss="huber"),
    "clipping": _changed("clipped", "left", "A gradient clipped to norm 10 scores above none.", max_gradient_norm=10.0),
    "batch": _changed("128", "64", "Batches of 128 score above batches of 64.", batch_size=128, learning_starts=128),
    "memory": _changed("10,000", "1,000", "A memory of 10,000 scores above one of 1,000.", True, memory_size=1_000),
    "width": _changed("64 units", "24 units", "Layers of 64 units score above layers of 24.", True, hidden=(24, 24)),
    "depth": _changed("three", "two", "Three hidden layers score above two.", hidden=(64, 64, 64)),
    "gamma": _changed("gamma 0.99", "gamma 0.9", "A gamma of 0.99 scores above one of 0.9.", True, gamma=0.9),
    "stick": _changed("stick -10", "no stick", "A stick of -10 scores above none.", stick=-10.0),
    "exploring": _changed("60", "20", "60 episodes of exploring score above 20.", True, epsilon_episodes=20),
    "scaling": _changed("ranges", "raw", "Divided observations score above raw ones.", True, observation_scale=None),
}
"""By name. None of the lessons measured it in just these settings."""
